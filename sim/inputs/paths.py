"""Paths: the way to a number or word, from the top of what holds it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import is_dataclass, replace
from typing import Any

from pydantic import BaseModel

__all__ = ["Path", "changed"]

Path = tuple[str | int, ...]
"""Names of fields, keys and indices."""


def changed(item: Any, changes: Mapping[Path, Callable[[Any], Any]]) -> Any:
    """Return a copy of models, mappings and lists in which what stands at some paths is changed.

    Every part above is copied once, all others are shared.

    >>> changed({"a": [1, 2], "b": 3}, {("a", 1): lambda old: 10 * old})
    {'a': [1, 20], 'b': 3}
    """
    tree: dict[str | int, Any] = {}
    for path, change in changes.items():
        *above, last = path
        branch = tree
        for key in above:
            branch = branch.setdefault(key, {})
        branch[last] = change
    return _put(item, tree)


def _put(item: Any, tree: Mapping[str | int, Any] | Callable[[Any], Any]) -> Any:
    """Return a copy of *item* in which what stands at the ends of *tree* is changed."""
    if not isinstance(tree, Mapping):
        return tree(item)
    if isinstance(item, Mapping):
        return {**item, **{key: _put(item[key], branch) for key, branch in tree.items()}}
    if isinstance(item, list):
        return [_put(part, tree[index]) if index in tree else part for index, part in enumerate(item)]
    update = {str(key): _put(getattr(item, str(key)), branch) for key, branch in tree.items()}
    if isinstance(item, BaseModel):
        return item.model_copy(update=update)
    assert is_dataclass(item)
    return replace(item, **update)  # type: ignore[type-var]
