"""What comes with the program, to read: a file as it stands, an entry of the catalogue, a kind of problem."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from sim.errors import InputError, Issue, kinds, nearest
from sim.inputs.bundle import bundled
from sim.inputs.catalogue import KINDS, Library
from sim.inputs.evidence import shown
from sim.inputs.inventory import numbers_in
from sim.inputs.prices import Followed
from sim.inputs.quantity import ESTIMATE, Value

__all__ = ["show"]

WIDTH = 110
"""Columns of the text."""


def show(wanted: str, library: Library) -> str:
    """Return a text about something that comes with the program, with its sources.

    Parameters
    ----------
    wanted : str
        A route or scenario by name; a part of the catalogue, such as `materials`; an entry, such as `Li2S` or
        `materials.Li2S`; or the code of a problem, such as `E101`.
    library : Library
        The catalogue.

    Raises
    ------
    InputError
        If there is no such thing.
    """
    if wanted in kinds():
        kind = kinds()[wanted]
        return "\n".join([f"{wanted} {kind.title}", *(textwrap.fill(text, WIDTH) for text in (kind.why, kind.mend))])
    files = {**bundled("routes"), **bundled("scenarios"), **bundled("cells")}
    found = [_file(files[wanted].read_text(encoding="utf-8"), library)] if wanted in files else []
    if wanted in KINDS:
        entries = getattr(library, wanted).items()
        found.append("\n".join(f"{name:<28} {getattr(entry, 'title', '')}" for name, entry in entries))
    of, _, name = wanted.rpartition(".")
    holding = [one for one in KINDS if name in getattr(library, one) and of in ("", one)]
    found += ["\n".join(_entry(one, name, library)) for one in holding]
    if not found:
        names = [*files, *KINDS, *(name for one in KINDS for name in getattr(library, one))]
        raise InputError([Issue(wanted, 1, 1, f"nothing of this name comes along{nearest(wanted, names)}")])
    return "\n\n".join(found)


def _file(text: str, library: Library) -> str:
    """Return a file as it stands, and the sources that it names."""
    cited = [key for key in library.bibliography if f"source: {key}" in text]
    told = [f"# {key}: {shown(key, library.bibliography)}" for key in cited]
    return "\n".join([text, "# Sources", *told]) if told else text


def _entry(kind: str, name: str, library: Library) -> Iterator[str]:
    """Yield the lines about one entry: its words, its numbers with range and grade, its sources."""
    entry: Any = getattr(library, kind)[name]
    yield f"{kind}.{name}: {getattr(entry, 'title', name)}"
    for field in type(entry).model_fields:
        value = getattr(entry, field)
        words = value if isinstance(value, str) else ", ".join(value) if _is_words(value) else ""
        if words and field not in ("title", "source", "grade"):
            yield textwrap.fill(f"{field}: {words}", WIDTH, initial_indent="  ", subsequent_indent="    ")
    if isinstance(getattr(entry, "price", None), Followed):
        yield f"  price: {_quantity(entry.price)}, follows {entry.price.from_}"
    cited: dict[str, None] = {}
    for number in numbers_in(entry, (kind, name), name):
        value, path = number.value, ".".join(map(str, number.path[2:]))
        span = "" if value.low is None or value.high is None else f"{value.low:g} to {value.high:g}"
        yield f"  {path:<26} {_quantity(value):<18} {span:<20} {value.grade:<2} {_short(value.source)}".rstrip()
        cited[value.source] = None
    for source in cited:
        if source:
            text = f"{'' if source.startswith(ESTIMATE) else source + ': '}{shown(source, library.bibliography)}"
            yield textwrap.fill(text, WIDTH, initial_indent="  - ", subsequent_indent="    ")


def _is_words(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, str) for item in value)


def _quantity(value: Value) -> str:
    unit = "" if value.unit == "1" else f" {value.unit}"
    return f"{value.value:.6g}{unit}{'' if value.year is None else f' ({value.year})'}"


def _short(source: str) -> str:
    return "estimate" if source.startswith(ESTIMATE) else source
