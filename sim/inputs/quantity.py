"""Quantities as people write them: a number with a unit, perhaps scatter, a range, a source and a grade."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from sim.errors import PlacedError, nearest
from sim.inputs import money, units
from sim.inputs.laws import Law, mean, parse_law

__all__ = ["ESTIMATE", "EVIDENCE", "GRADES", "LAWS", "Quantity", "Value", "word"]

ESTIMATE = "estimate:"
"""Prefix of a source that is our own guess; the reason follows."""

GRADES = "ABCDE"
"""A first principles, measured or vendor quote; B published; C secondary page; D unchecked; E estimate."""

EVIDENCE = ("value", "range", "law", "source", "estimate", "grade", "note", "year")
"""Keys of a quantity that is written as a mapping."""

LAWS = ("triangular", "uniform")
"""Laws of a range: most likely at the value, or equally likely anywhere."""

_LAW = re.compile(r"^\s*[a-z]+\s*\(.*\)")
_WITH_UNIT = r"^(?!\s*[-+]?[0-9.]+([eE][-+]?[0-9]+)?\s*$).+"
"""What is more than a bare number, for JSON Schemas."""
_LARGEST = 1e15
_SMALLEST = 1e-15
"""Bounds of any figure in canonical units: nothing in a plant is larger, or smaller and yet not 0."""


@dataclass(frozen=True, slots=True)
class Value:
    """A number of a file with its evidence, in canonical units."""

    value: float
    """The number, or the mean of its scatter."""
    unit: str
    """Canonical unit of value, low and high."""
    law: Law
    """Scatter from lot to lot; a fixed law for a plain number."""
    basis: str = ""
    """Word after the unit, such as `product` in `200 kg product` or `Li2S` in `0.2 mol/mol Li2S`."""
    low: float | None = None
    high: float | None = None
    range_law: str = LAWS[0]
    """How likely the numbers of the range are, one of `LAWS`."""
    source: str = ""
    """Key of the bibliography or `estimate: reason`; empty = that of the step or entry around it."""
    grade: str = ""
    note: str = ""
    year: int | None = None
    """Price year of an amount of money."""
    text: str = ""
    """The quantity as written."""

    @property
    def certain(self) -> bool:
        """Whether the value has no scatter."""
        return self.law.kind == "fixed"


@dataclass(frozen=True, slots=True)
class Quantity:
    """Field annotation: the canonical units that the field accepts, its bounds, and what may be written with it.

    >>> Quantity("h").read("45 min").value
    0.75
    """

    units: tuple[str, ...]
    minimum: float = 0.0
    exclusive: bool = False
    """Whether the minimum itself is too little."""
    maximum: float = math.inf
    drawn: bool = False
    """Whether the figure may scatter from lot to lot, as in `triangular(4, 6, 9) h`."""
    based: bool = False
    """Whether a word may follow the unit, as in `200 kg product`."""

    def __init__(
        self,
        *units: str,
        minimum: float = 0.0,
        exclusive: bool = False,
        maximum: float = math.inf,
        drawn: bool = False,
        based: bool = False,
    ) -> None:
        given = {"units": units, "minimum": minimum, "exclusive": exclusive, "maximum": maximum}
        for name, item in {**given, "drawn": drawn, "based": based}.items():
            object.__setattr__(self, name, item)

    def read(self, raw: Any) -> Value:
        """Read a quantity from text, from a number (fractions only) or from a mapping with `value:`.

        Raises
        ------
        PlacedError
            If the number, the unit, the range or a key is wrong; the text says what is allowed.
        """
        if isinstance(raw, Value):
            return raw
        if not isinstance(raw, dict):
            return self._at(raw)
        for key in raw:
            if key not in EVIDENCE:
                hint = nearest(str(key), EVIDENCE) or f"; allowed are {', '.join(EVIDENCE)}"
                raise PlacedError(f"unknown key '{key}' in a quantity{hint}", key)
        if "value" not in raw:
            raise ValueError("a quantity written as a mapping needs a 'value'")
        year = _year(raw.get("year"))
        plain = self._at(raw["value"], "value", year=year)
        low, high = self._range(raw.get("range"), plain, year)
        return replace(
            plain,
            low=low,
            high=high,
            range_law=_range_law(raw),
            source=_source(raw),
            grade=_grade(raw.get("grade", "")),
            note=word(raw, "note"),
            year=year,
        )

    def _at(self, raw: Any, *where: str | int, year: int | None = None) -> Value:
        """Read a quantity without evidence that stands at *where*; *year* is that of its price."""
        try:
            return self._checked(self._bare(raw, year))
        except ValueError as error:
            raise PlacedError(str(error), *where) from None

    def _bare(self, raw: Any, year: int | None) -> Value:
        """Read a quantity without evidence: the first unit that fits wins."""
        if isinstance(raw, str) and _LAW.match(raw):
            return self._law(raw)
        text, basis = raw, ""
        if self.based and isinstance(raw, str):
            basis = units.split(raw).rest
            text = raw.strip().removesuffix(basis).strip()
        problems: list[str] = []
        # mol/mol and kg/kg are both pure numbers: what is written in mol is meant so
        in_mol = isinstance(text, str) and "mol" in text
        for unit in sorted(self.units, key=lambda unit: in_mol and "mol" not in unit):
            try:
                value = money.parse(text, unit, year) if unit.startswith("USD") else units.parse(text, unit)
            except ValueError as error:
                problems.append(str(error))
            else:
                # laws know no negative numbers; what may be negative, an enthalpy, is never drawn
                return Value(value=value, unit=unit, law=Law("fixed", (max(0.0, value),)), basis=basis, text=str(raw))
        raise ValueError(self._choice(problems))

    def _law(self, raw: str) -> Value:
        if not self.drawn:
            raise ValueError(f"this figure does not vary from lot to lot: give one number and a 'range', found {raw!r}")
        problems: list[str] = []
        for unit in self.units:
            try:
                law = parse_law(raw, unit)
            except ValueError as error:
                problems.append(str(error))
            else:
                return Value(value=mean(law), unit=unit, law=law, text=str(raw))
        raise ValueError(self._choice(problems))

    def _choice(self, problems: list[str]) -> str:
        """Return one message for a quantity that fits none of the units."""
        unknown = problems[0].startswith("unknown unit") and "did you mean" not in problems[0]
        if unknown and len(self.units) == 1:
            return f"{problems[0]}; expected {'a fraction' if self.units == ('1',) else self.units[0]}"
        if len(self.units) == 1 or (problems[0].startswith("unknown") and not unknown):
            return problems[0]
        return f"{problems[0]}; allowed are {', '.join(unit for unit in self.units[:-1])} and {self.units[-1]}"

    def _range(self, raw: Any, plain: Value, year: int | None) -> tuple[float | None, float | None]:
        if raw is None:
            return None, None
        if not isinstance(raw, list) or len(raw) != 2:
            raise PlacedError(f"a range is written [low, high], found {raw!r}", "range")
        for index, item in enumerate(raw):
            if isinstance(item, str) and _LAW.match(item):
                raise PlacedError(f"the ends of a range are plain quantities, found {item!r}", "range", index)
        low, high = (self._at(item, "range", index, year=year) for index, item in enumerate(raw))
        for index, item in enumerate((low, high)):
            if (item.unit, item.basis) != (plain.unit, plain.basis):
                text = f"'{item.text}' is not in the unit of the value, '{plain.text}'"
                raise PlacedError(text, "range", index)
        if not low.value <= plain.value <= high.value:
            text = f"the range [{raw[0]}, {raw[1]}] does not contain the value {plain.text}"
            raise PlacedError(text, "range")
        return low.value, high.value

    def _checked(self, value: Value) -> Value:
        number, unit = value.value, "" if value.unit == "1" else f" {value.unit}"
        if number < self.minimum or (self.exclusive and number <= self.minimum):
            bound = "above" if self.exclusive else "at least"
            raise ValueError(f"expected {bound} {self.minimum:g}{unit}, found {value.text!r}")
        most = min(self.maximum, _LARGEST)
        if number > most:
            percent = most <= 1.0 and not unit and 2.0 * most < number <= 100.0 * most and "%" not in value.text
            hint = f" (did you mean '{value.text} %'?)" if percent else ""
            raise ValueError(f"expected at most {most:g}{unit}, found {value.text!r}{hint}")
        if 0.0 < abs(number) < _SMALLEST:
            raise ValueError(f"expected 0 or more than {_SMALLEST:g}{unit}, found {value.text!r}")
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        allowed = ", ".join("a fraction" if unit == "1" else unit for unit in self.units)
        kinds = ["string", "number"] if "1" in self.units else ["string"]
        plain: dict[str, Any] = {"type": kinds, "description": f"quantity in {allowed}"}
        plain |= {} if "1" in self.units else {"pattern": _WITH_UNIT}
        words = {key: {"type": "string"} for key in ("source", "estimate", "note")}
        mapping = {
            "type": "object",
            "properties": {
                "value": plain,
                "range": {"type": "array", "items": plain, "minItems": 2, "maxItems": 2},
                "law": {"enum": list(LAWS)},
                **words,
                "grade": {"enum": list(GRADES)},
                "year": {"type": "integer"},
            },
            "required": ["value"],
            "additionalProperties": False,
        }
        return {"anyOf": [plain, mapping]}


def word(raw: dict[str, Any], key: str) -> str:
    """Return a text of a mapping, empty if it is not given.

    Raises
    ------
    PlacedError
        If something else than text stands there.
    """
    found = raw.get(key, "")
    if not isinstance(found, str):
        raise PlacedError(f"'{key}' is text, found {found!r}", key)
    return found


def _range_law(raw: dict[str, Any]) -> str:
    if "law" not in raw:
        return LAWS[0]
    if raw.get("range") is None:
        raise PlacedError("a 'law' says how likely the numbers of a 'range' are, and there is no range", "law")
    if raw["law"] not in LAWS:
        raise PlacedError(f"unknown law {raw['law']!r} of a range; allowed are {' and '.join(LAWS)}", "law")
    return str(raw["law"])


def _source(raw: dict[str, Any]) -> str:
    if "source" in raw and "estimate" in raw:
        raise PlacedError("give either a 'source' or an 'estimate', not both", "estimate")
    if "estimate" not in raw:
        return word(raw, "source")
    reason = word(raw, "estimate")
    if not reason.strip():
        raise PlacedError("an 'estimate' needs its reason", "estimate")
    return f"{ESTIMATE} {reason}"


def _grade(raw: object) -> str:
    if raw not in ("", *GRADES):
        raise PlacedError(f"unknown grade {raw!r}; allowed are {', '.join(GRADES)}", "grade")
    return str(raw)


def _year(raw: Any) -> int | None:
    if raw is None:
        return None
    if not isinstance(raw, int) or not 1950 <= raw <= 2100:
        raise PlacedError(f"a price year is a whole number such as 2024, found {raw!r}", "year")
    return raw
