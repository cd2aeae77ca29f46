"""A Plan as the flat buffer that the compiled core reads.

All is in words of 8 bytes, little-endian: whole numbers (and truths, as 0 and 1), numbers, texts (their bytes counted,
then filled up to whole words), lists (their items counted), what may be missing (0, or 1 and the value), records (their
fields in the order in which they are declared). First come the recipes of all laws, each once; a law is the number of
its recipe. So a new field of the plan is encoded without a change here, and `plan.hpp` must read it in the same place.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import cache
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

import numpy as np

from sim.engine.draws import recipe
from sim.engine.plan import Plan
from sim.inputs import Law

__all__ = ["encode"]

_WORD = 8
_whole = struct.Struct("<q").pack
_number = struct.Struct("<d").pack


def encode(plan: Plan) -> bytes:
    """Return a plan as a buffer.

    >>> len(encode(Plan("empty", 0.0, 1.0, ()))) % 8
    0
    """
    laws: dict[Law, int] = {}
    body = bytearray()
    _writer(Plan)(body, plan, laws)
    head = bytearray(_whole(len(laws)))
    for law in laws:
        found = recipe(law)
        head += _whole(found.form)
        for numbers in (found.numbers, found.table):
            head += _whole(len(numbers)) + np.asarray(numbers, "<f8").tobytes()
    return bytes(head + body)


Laws = dict[Law, int]
"""All laws so far and the numbers of their recipes."""

Writer = Callable[[bytearray, Any, Laws], None]
"""Appends a value to a buffer."""


def _numbers(to: bytearray, values: tuple[float, ...], _: Laws) -> None:
    to += struct.pack(f"<q{len(values)}d", len(values), *values)


def _text(to: bytearray, value: str, _: Laws) -> None:
    data = value.encode()
    to += _whole(len(data)) + data + bytes(-len(data) % _WORD)


def _law(to: bytearray, value: Law, laws: Laws) -> None:
    to += _whole(laws.setdefault(value, len(laws)))


@cache
def _writer(kind: Any) -> Writer:
    """Return what appends values of a declared type."""
    plain: dict[Any, Writer] = {
        float: lambda to, value, _: to.extend(_number(value)),
        int: lambda to, value, _: to.extend(_whole(value)),
        bool: lambda to, value, _: to.extend(_whole(value)),
        str: _text,
        Law: _law,
        tuple[float, ...]: _numbers,
    }
    if kind in plain:
        return plain[kind]
    if get_origin(kind) is tuple:
        return _of_tuple(get_args(kind))
    if is_dataclass(kind):
        return _of_record(kind)
    return _of_option(get_args(kind))


def _of_tuple(kinds: tuple[Any, ...]) -> Writer:
    if kinds[1:] == (...,):
        item = _writer(kinds[0])

        def write_list(to: bytearray, values: tuple[Any, ...], laws: Laws) -> None:
            to += _whole(len(values))
            for value in values:
                item(to, value, laws)

        return write_list
    items = [_writer(kind) for kind in kinds]

    def write_items(to: bytearray, values: tuple[Any, ...], laws: Laws) -> None:
        for item, value in zip(items, values, strict=True):
            item(to, value, laws)

    return write_items


def _of_record(kind: Any) -> Writer:
    hints = get_type_hints(kind)
    items = [(field.name, _writer(hints[field.name])) for field in fields(kind)]

    def write_record(to: bytearray, value: Any, laws: Laws) -> None:
        for name, item in items:
            item(to, getattr(value, name), laws)

    return write_record


def _of_option(kinds: tuple[Any, ...]) -> Writer:
    (known,) = (kind for kind in kinds if kind is not NoneType)
    item = _writer(known)

    def write_option(to: bytearray, value: Any, laws: Laws) -> None:
        to += _whole(value is not None)
        if value is not None:
            item(to, value, laws)

    return write_option
