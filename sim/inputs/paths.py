"""Paths: the way to a number or word, in one language wherever a path is written.

`materials.Li2S.price`, `economics.wage` or `region` is of the catalogue or the scenario. `LINE.steps.STEP.dose` is of
one line (in a chain `LINE.ROUTE.steps.STEP.dose`), `*.steps.STEP.dose` of every line, `route.ROUTE.steps.STEP.dose` of
every line that holds this route: so tables call it, since lines of one route share its numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import is_dataclass, replace
from typing import Any

from pydantic import BaseModel

__all__ = ["ALL", "ROUTE", "Path", "below", "changed", "split"]

Path = tuple[str | int, ...]
"""Names of fields, keys and indices."""

ALL, ROUTE = "*", "route"
"""First words of paths that mean every line, and every line that holds a route."""


def split(text: str) -> tuple[str, ...]:
    """Return the words of a path.

    >>> split("materials.Li2S.price")
    ('materials', 'Li2S', 'price')
    """
    return tuple(word.strip() for word in text.split("."))


def below(path: tuple[str, ...], line: str, routes: Collection[str], *, chain: bool) -> tuple[str, ...] | None:
    """Return what a path says of a line: below its route, or in a chain the route and what is below it.

    Parameters
    ----------
    line : str
        Name of the line.
    routes : collection of str
        Names of its routes.
    chain : bool
        Whether it is a chain.

    Returns
    -------
    tuple of str or None
        None if the path is of something else.

    >>> below(("route", "wet", "steps"), "a", ["wet"], chain=False)
    ('steps',)
    >>> below(("*", "wet", "steps"), "a", ["wet"], chain=True)
    ('wet', 'steps')
    """
    first, *rest = path
    if first in (line, ALL):
        return tuple(rest)
    if first == ROUTE and rest and rest[0] in routes:
        return tuple(rest if chain else rest[1:])
    return None


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
