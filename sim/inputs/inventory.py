"""Inventory: every number of a file that was read, with the way to it and its name in plain words.

A name is made of a head, the title of the step or entry in which the number stands, and of the titles of the fields on
the way to it. A field's title is the `title=` of its declaration, or its name; `{}` in it stands for a key of the
mapping that the field holds.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sim.inputs.catalogue import KINDS, SINGLE, Library
from sim.inputs.paths import Path
from sim.inputs.prices import Followed
from sim.inputs.quantity import Value
from sim.inputs.route import own_name
from sim.inputs.spec import Spec

__all__ = ["Number", "catalogue_heads", "catalogue_numbers", "numbers_in"]


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a file, with its place."""

    path: Path
    """The way to it: `route` or a file of the catalogue, then names of fields, keys and indices."""
    where: str
    """Dotted path of the entry around it."""
    quantity: str
    """The field."""
    title: str
    """Plain words: of which step, material or machine, and what of it."""
    value: Value


@dataclass(frozen=True, slots=True)
class _Words:
    """The name of a number as far as it is told on the way to it."""

    head: str
    told: tuple[str, ...] = ()
    field: str = ""
    """Title of the last field, with `{}` for keys."""
    keys: tuple[str, ...] = ()
    """Keys below that field."""
    which: str = ""
    """Which of several items of a list it is."""

    @property
    def inside(self) -> tuple[str, ...]:
        """The titles of all fields, filled in; keys without a place of their own stand behind."""
        places = self.field.count("{")
        filled = self.field.format(*self.keys, *[""] * (places - len(self.keys)))
        return (*self.told, *(" ".join(word.split()) for word in (filled, *self.keys[places:]) if word.strip()))

    def title(self) -> str:
        """Return the whole name."""
        words = " ".join((*self.inside, *([f"({self.which})"] if self.which else [])))
        return f"{self.head}: {words}" if self.head else words


def numbers_in(entry: Spec, path: Path, where: str, head: str = "") -> Iterator[Number]:
    """Yield all numbers below an entry, each once.

    Parameters
    ----------
    entry : Spec
        A whole file or an entry of one.
    path : tuple
        The way to it.
    where : str
        Its dotted path.
    head : str, default=""
        What it is called in the names of its numbers; empty for what says nothing.
    """
    yield from _numbers(entry, path, where, _Words(head))


def _numbers(item: Any, path: Path, where: str, words: _Words) -> Iterator[Number]:
    if isinstance(item, Followed) and item.quote is None:
        # worked out from the prices of its roots: what is known of it is its conversion and what arrives
        for key, name, title in (("plus", "plus", "conversion"), ("yield_", "yield", "yield")):
            yield from _numbers(getattr(item, key), (*path, key), f"{where}.{name}", replace(words, field=title))
    elif isinstance(item, Value):
        entry, _, field = where.rpartition(".")
        yield Number(path, entry, field, words.title(), item)
    elif isinstance(item, Spec):
        for name, info in type(item).model_fields.items():
            told = replace(words, told=words.inside, field=_said(name, info.title), keys=())
            yield from _numbers(getattr(item, name), (*path, name), f"{where}.{name.rstrip('_')}", told)
    elif isinstance(item, Mapping):
        for name, part in item.items():
            title = getattr(part, "title", "")
            inner = _Words(title) if title else replace(words, keys=(*words.keys, _plain(str(name))))
            yield from _numbers(part, (*path, name), f"{where}.{name}" if name else where, inner)
    elif isinstance(item, list | tuple):
        for index, (part, inner) in enumerate(zip(item, _items(item, words), strict=True)):
            yield from _numbers(part, (*path, index), f"{where}.{getattr(part, 'id', '') or index}", inner)


def _said(name: str, title: str | None) -> str:
    """Return what a field is called."""
    return name.rstrip("_").replace("_", " ") if title is None else title


def _plain(key: str) -> str:
    """Return a key as words, in a chain with its route behind it.

    >>> _plain("filter_cloth"), _plain("metathesis/mill"), _plain("")
    ('filter cloth', 'mill (metathesis)', '')
    """
    route = key.rpartition("/")[0]
    return (own_name(key) + (f" ({route})" if route else "")).replace("_", " ")


def _items(items: Sequence[Any], words: _Words) -> Iterator[_Words]:
    """Yield what the items of a list are called: by their titles, by their ids, or counted if there are several."""
    ids = [str(getattr(item, "id", "")) for item in items]
    if all(ids):
        titles = {name: getattr(item, "title", "") or _plain(name) for name, item in zip(ids, items, strict=True)}
        heads = _distinct({name: (title, f"{title} ({_plain(name)})") for name, title in titles.items()})
        yield from (_Words(f"{words.head}, {heads[name]}" if words.head else heads[name]) for name in ids)
        return
    for number in range(len(items)):
        which = f"{words.field} {number + 1}" if len(items) > 1 else words.which
        yield replace(words, field="", keys=(), which=which)


# -- the catalogue -----------------------------------------------------------------------------------------------------

_TITLED = ("materials", "equipment", "utilities", "rooms", "consumables")
"""Kinds of the catalogue that lines use."""


def catalogue_heads(library: Library) -> dict[tuple[str, str], str]:
    """Return what the entries of the catalogue are called, by kind and name: short, and no two alike.

    The title up to its first comma or bracket, at most 40 characters of it, or as much more of it as tells it apart.
    """
    found = {}
    for kind in _TITLED:
        for name, entry in getattr(library, kind).items():
            title = entry.title.replace(":", ",")
            short = title.partition(",")[0].partition(" (")[0]
            found[kind, name] = (textwrap.shorten(short, 40, placeholder="…"), short, title, f"{title} ({name})")
    return _distinct(found)


def _distinct(candidates: Mapping[Any, Sequence[str]]) -> dict[Any, str]:
    """Return for each key the first of its candidates that no other key has in the same place.

    >>> _distinct({"a": ("salt", "salt, wet"), "b": ("salt", "salt, dry"), "c": ("sugar", "sugar, dry")})
    {'a': 'salt, wet', 'b': 'salt, dry', 'c': 'sugar'}
    """
    counts = [Counter(column) for column in zip(*candidates.values(), strict=True)]
    return {
        key: next((word for word, count in zip(words, counts, strict=True) if count[word] == 1), words[-1])
        for key, words in candidates.items()
    }


def catalogue_numbers(library: Library) -> Iterator[Number]:
    """Yield every number of the whole catalogue."""
    heads = catalogue_heads(library)
    for kind in KINDS:
        for name, entry in getattr(library, kind).items():
            yield from numbers_in(entry, (kind, name), f"{kind}.{name}", heads.get((kind, name), _plain(name)))
    for kind in SINGLE:
        yield from numbers_in(getattr(library, kind), (kind,), kind)
