"""The reference pages of the files: made from the models, so that they cannot differ from what the program reads.

`python docs/make_reference.py` writes `route.md`, `scenario.md`, `cell.md`, `catalogue.md`, `kpis.md` and `results.md` in `docs/reference`.
"""

from __future__ import annotations

import ast
import inspect
import math
import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, BeforeValidator, PlainValidator
from pydantic.fields import FieldInfo

from sim.inputs import (
    Quantity,
    Value,
    battery_plant,
    catalogue,
    cell,
    deposition,
    energy,
    laws,
    library,
    press,
    questions,
    route,
    scenario,
    spec,
)  # fmt: skip
from sim.results import KPIS, TABLES, Manifest, Table

__all__ = ["FOLDER", "pages", "undocumented"]

FOLDER = Path(__file__).parent.parent / "docs" / "reference"
"""Where the pages lie in a working copy."""

_MADE = "<!-- Made by `python docs/make_reference.py` from the models in sim/; do not edit. -->\n"

_EVIDENCE = """\
## How numbers are written

A *quantity* is text with a unit, such as `45 min`, `20 kg` or `2.2 mS/cm`. A bare number is right only where the unit
below is 1; there `5 %` and `0.05` mean the same. Scatter from lot to lot is a [law](route.md#laws):
`triangular(3, 4, 6) h`, `lognormal(4, cv=0.2) h`, `exponential(600) h`. A quantity with its evidence is a mapping:

    duration: {value: 4 h, range: [3 h, 8 h], source: choi2018, note: at 60 degC}
    duration: {value: 4 h, range: [3 h, 8 h], estimate: similar reactors}

`range` is what is not known about the number (`law: uniform` beside it: equally likely anywhere); `source` is a key of
the bibliography, `estimate` a reason in its place; `grade` (A to E) may lower the grade that the source gives; `year`
belongs to money. A number without evidence of its own has that of the block around it: blocks marked *evidence* below
take `source` or `estimate`, `grade` and `note`.
Unknown keys are errors.
"""

_LAWS = """\
## Laws

Where the tables below say *or a law*, a value may vary from lot to lot. The unit stands behind the bracket and holds
for all parameters but cv, k and shape, which are pure numbers; parameters stand in order or by name, as in
`beta(2, 9, mean=4, sd=1) h`. No value is below 0.

| law | what it says |
|---|---|
"""

_MEASURED = """
A file of measured values, such as `measured(kiln.csv) min`, has one number of 0 or more in each line, 2 to 10,000 of
them, all in the unit behind the bracket; a first line that is no number is a heading. Its path starts at the folder of
the file that names it, or at the working folder if it is typed on the command line.
"""

_ROUTE = (
    route.Route, route.Product, route.Accepts, route.Dissolved, route.Component, route.TankSpec, route.Regeneration,
    route.Step, energy.Section, route.Reaction, deposition.Deposit, deposition.Cycle, deposition.Pulse, press.Press, route.Recovery,
    energy.Power, energy.Heat, energy.Cooling, energy.Condense,
    route.Setup, route.Clean, route.LossPerEvent, route.Maintenance, route.FailureMode, route.QualityRule, route.Inspect,
    route.Buffer, route.ReleaseRule,
)  # fmt: skip
_SCENARIO = (
    scenario.Scenario, scenario.LineSpec, scenario.Link, scenario.Plant, scenario.Shutdown, scenario.Break, questions.Precision,
    questions.Uncertainty, questions.Correlation, questions.Sensitivity,
    scenario.PriceAxis, questions.Sweep, questions.Axis,
)  # fmt: skip
_CATALOGUE = (
    catalogue.Material, catalogue.Equipment, catalogue.Price, catalogue.Jacket, catalogue.Utility, catalogue.Services,
    catalogue.Chiller, catalogue.VacuumPump, catalogue.Room, catalogue.Consumable, catalogue.Economics,
    catalogue.PriceSet, catalogue.Region, catalogue.Currency, catalogue.Reference, battery_plant.BatPaC, battery_plant.Driver,
    battery_plant.Process, battery_plant.Counterpart, battery_plant.LargeCell, battery_plant.Overheads,
)  # fmt: skip
_CELL = (cell.CellDesign, cell.CellComponent, cell.Powder, cell.Making)
_OWN = frozenset(spec.Sourced.model_fields)


def pages() -> dict[str, str]:
    """Return the text of every reference page by file name."""
    return {
        "route.md": _page(
            "The route file",
            "One file describes one manufacturing route: its product, its solvent tanks and its steps in order. "
            "`sim schema route` prints the same as a JSON Schema for editors.",
            _ROUTE,
            _laws(),
        ),
        "scenario.md": _page(
            "The scenario file",
            "A scenario says which lines are compared, in which plant and for how long. A flag of the command line "
            "beats the scenario, the scenario beats the route, the route beats the catalogue. `sim schema scenario` "
            "prints the same as a JSON Schema.",
            _SCENARIO,
        ),
        "cell.md": _page(
            "The cell file",
            "A cell design turns what lines ship into kWh of cell. A scenario names a bundled one, or a file of yours, "
            "as `cell: my_cell.yaml`.",
            _CELL,
        ),
        "catalogue.md": _page(
            "The catalogue",
            "Shared facts lie in `sim/data/*.yaml`, one file for each block below; a scenario changes them with "
            "`set:`, such as `materials.LiCl.price: 9 USD/kg`.",
            _CATALOGUE,
        )
        + "\n"
        + "\n".join(_entries()),
        "kpis.md": _indicators(),
        "results.md": _results(),
    }


def undocumented() -> list[str]:
    """Return the fields, as `Model.field`, that neither a docstring of their own nor one of their model explains."""
    return [
        f"{model.__name__}.{name}"
        for model in (*_ROUTE, *_SCENARIO, *_CELL, *_CATALOGUE)
        for name, info in _fields(model)
        if not _meaning(model, name, info)
    ]


def _laws() -> str:
    """Return the table of the laws of scatter."""
    return _LAWS + "".join(f"| `{form}` | {meaning} |\n" for form, meaning in laws.KINDS.items()) + _MEASURED


def _page(title: str, lead: str, models: Iterable[type[BaseModel]], *more: str) -> str:
    parts = [_MADE, f"# {title}\n", f"{lead}\n", _EVIDENCE, *more, *(_section(model) for model in models)]
    return "\n".join(parts)


def _section(model: type[BaseModel]) -> str:
    hint = " Takes *evidence*." if issubclass(model, route.Sourced) else ""
    lines = [f"## {model.__name__}\n", f"{_paragraph(model.__doc__)}{hint}\n"]
    lines += ["| key | what | default | meaning |", "|---|---|---|---|"]
    types_ = get_type_hints(model, include_extras=True)
    for name, info in _fields(model):
        cells = (f"`{info.alias or name}`", _kind(types_[name]), _default(info), _meaning(model, name, info))
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _fields(model: type[BaseModel]) -> list[tuple[str, FieldInfo]]:
    """Return the fields of a model, its own before those it shares, evidence left out."""
    hidden = _OWN if issubclass(model, route.Sourced) else frozenset()
    own = vars(model).get("__annotations__", {})
    shown = [(name, info) for name, info in model.model_fields.items() if name not in hidden]
    return sorted(shown, key=lambda item: item[0] not in own)


def _meaning(model: type[BaseModel], name: str, info: FieldInfo) -> str:
    """Return what a field means, in its own words or those of the model that it holds."""
    if info.description:
        return _paragraph(info.description)
    inner = _model_in(get_type_hints(model, include_extras=True)[name])
    return _paragraph(inner.__doc__) if inner else ""


def _paragraph(text: str | None) -> str:
    return " ".join((text or "").split("\n\n")[0].split())


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "required"
    value = info.get_default(call_default_factory=True)
    return "–" if value is None or value in ("", {}, []) or isinstance(value, BaseModel) else f"`{_plain(value)}`"


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


# -- what may stand there ----------------------------------------------------------------------------------------------


def _kind(hint: Any) -> str:
    """Return in words what a type allows."""
    base, extras = _split(hint)
    for extra in extras:
        if isinstance(extra, Quantity):
            return _quantity(extra)
        if isinstance(extra, PlainValidator):
            return _kind(extra.json_schema_input_type)
    short = any(isinstance(extra, BeforeValidator) for extra in extras)
    text = _base(base, extras)
    return f"{_short_form(base)}, or {text}" if short else text


def _short_form(base: Any) -> str:
    """Return what may be written in place of a mapping or list: its only value, or the first field of a model."""
    if get_origin(base) is list:
        return _kind(get_args(base)[0])
    if get_origin(base) is dict:
        return _kind(get_args(base)[1])
    name = next(iter(base.model_fields))
    return _kind(get_type_hints(base, include_extras=True)[name])


def _base(base: Any, extras: Sequence[Any]) -> str:
    origin = get_origin(base)
    if origin in (Union, types.UnionType):
        return " or ".join(_kind(part) for part in get_args(base) if part is not type(None))
    if origin is Literal:
        return " or ".join(f"`{word}`" for word in get_args(base) if word != "")
    if origin is dict:
        key, value = get_args(base)
        names = _kind(key) if get_origin(key) is Literal else "name"
        return f"mapping of {names} to {_kind(value)}"
    if origin is list:
        return f"list of {_kind(get_args(base)[0])}"
    if isinstance(base, type) and issubclass(base, BaseModel):
        return f"[{base.__name__}](#{base.__name__.lower()})"
    return _word(base, extras)


def _word(base: Any, extras: Sequence[Any]) -> str:
    limits = [item for extra in extras for item in (extra.metadata if isinstance(extra, FieldInfo) else (extra,))]
    if base is str:
        return "name" if any(getattr(item, "pattern", None) for item in limits) else "text"
    word = {int: "whole number", float: "number", bool: "`true` or `false`", Any: "anything"}[base]
    bounds = {name: getattr(item, name) for item in limits for name in ("ge", "gt", "le") if hasattr(item, name)}
    signs = (("ge", "from"), ("gt", "above"), ("le", "to"))
    return " ".join([word, *(f"{sign} {bounds[name]}" for name, sign in signs if name in bounds)])


def _quantity(quantity: Quantity) -> str:
    units = ", ".join(quantity.units)
    low = f"above {quantity.minimum:g}" if quantity.exclusive else "" if quantity.minimum == 0.0 else "any sign"
    if quantity.minimum > 0.0:
        low = f"from {quantity.minimum:g}"
    high = "" if math.isinf(quantity.maximum) else f"up to {quantity.maximum:g}"
    limits = " ".join(filter(None, (low, high)))
    return f"quantity [{units}]" + (f", {limits}" if limits else "")


def _split(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    """Return (type, metadata) of a type hint."""
    if get_origin(hint) is Annotated:
        base, *extras = get_args(hint)
        inner, more = _split(base)
        return inner, (*more, *extras)
    return hint, ()


def _model_in(hint: Any) -> type[BaseModel] | None:
    """Return the first model that a type holds."""
    base, _ = _split(hint)
    if isinstance(base, type) and issubclass(base, BaseModel):
        return base
    return next((model for part in get_args(base) if (model := _model_in(part))), None)


# -- what the bundled catalogue holds ----------------------------------------------------------------------------------


def _entries() -> Iterator[str]:
    """Yield a table for every file of the bundled catalogue."""
    known = library.load_library()
    yield "# Entries\n\nNames that routes and scenarios may use.\n"
    yield _table(
        "Materials",
        ("name", "title", "formula", "price"),
        ((name, item.title, item.formula, _price(item.price)) for name, item in known.materials.items()),
    )
    yield _table(
        "Equipment",
        ("name", "title", "sizes", "room"),
        ((name, item.title, " to ".join(item.sizes), item.room) for name, item in known.equipment.items()),
    )
    yield _table("Rooms", ("name", "title"), ((name, item.title) for name, item in known.rooms.items()))
    yield _table(
        "Consumables",
        ("name", "title", "price"),
        ((name, item.title, _price(item.price)) for name, item in known.consumables.items()),
    )
    yield _table(
        "Utilities",
        ("name", "title", "price"),
        ((name, item.title, _price(item.price)) for name, item in known.utilities.items()),
    )
    yield _table("Price sets", ("name", "title"), ((name, item.title) for name, item in known.price_sets.items()))
    yield _table("Bibliography", ("key", "title", "grade"), _references(known.bibliography))


def _references(known: Mapping[str, catalogue.Reference]) -> Iterator[tuple[str, str, str]]:
    for name, item in known.items():
        year = f" ({item.year})" if item.year else ""
        yield name, f"{item.title}{year}", item.grade


def _price(value: Value | None) -> str:
    return "" if value is None else f"{value.text}{f' ({value.year})' if value.year else ''}"


def _table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"## {title}\n", "| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join((f"`{row[0]}`", *row[1:])).replace("\n", " ") + " |" for row in rows]
    return "\n".join(lines) + "\n"


# -- indicators --------------------------------------------------------------------------------------------------------


def _indicators() -> str:
    """Return the page of the key performance indicators, from their declarations."""
    rows = []
    for item in KPIS.values():
        name = f"{item.name}Li" if item.each else item.name
        cells = (name, item.of("unit"), item.meaning, item.formula, f"{item.range} {item.note}".strip(), item.better)
        rows.append([cell.replace("|", "\\|") for cell in cells])
    lead = (
        "Every line has these in `kpis.csv` (one value a replication) and `summary.csv` (mean and 95 % interval). "
        "*unit* is what the line ships, kg or m2; `window` is the observed time. `yield_Li` stands for one row for "
        "every element of the product. Fractions are fractions, not percent.\n"
    )
    table = _table("Indicators", ("kpi", "unit", "meaning", "formula", "range", "better"), rows)
    return f"{_MADE}\n# Key performance indicators\n\n{lead}\n{table}"


# -- result tables ------------------------------------------------------------------------------------------------------

_RESULTS = """\
# Results

`sim run` writes one folder. It is made beside its place and renamed, so it is there as a whole or not at all; results
that stand there are replaced, a folder with anything else is refused. Equal inputs give equal bytes, for any `--jobs`,
on one machine with the locked versions.

- Long tables hold means over replications, scaled from the window to a year of 8,760 h.
- *per unit* means: per unit of good, shipped product (kg, or m2 as defined in the [glossary](../glossary.md)).
- The step `line` stands for what belongs to no single step: tanks, staff, auxiliaries.
- Fractions are fractions, not percent. An empty field is no value; whole numbers and words have none.
- A text that begins with `=`, `+`, `-`, `@`, a tab or a carriage return and is no number has an apostrophe before it, so
  that no spreadsheet takes it for a formula; `sim.load_run` takes it away again.

| file | what | when |
|---|---|---|
| `summary.csv` ... `warmup.csv` | the tables below | always |
| `manifest.json` | everything that names the run | always |
| `figures/*.png`, `report.pdf` | figures at 200 dpi, the report with the same figures as vectors | without `--no-report` |
| `sizing.csv` ... `samples.parquet` | the last tables below | with such a block in the scenario |
| `events.parquet` | every row of every event log | with `--events` |

In Python a table is an attribute: `results.costs`. Indicators and their formulas are on [a page of their own](kpis.md).
"""


def _results() -> str:
    """Return the page of the result tables, from their declarations."""
    tables = (_declared(table) for table in TABLES.values())
    keys = [(f"{name}", meaning) for name, meaning in _said(Manifest).items()]
    return "\n".join([_MADE, _RESULTS, *tables, _table("`manifest.json`", ("key", "meaning"), keys)])


def _said(kind: type) -> dict[str, str]:
    """Return what a class says below each of its fields."""
    (found,) = ast.parse(inspect.getsource(kind)).body
    assert isinstance(found, ast.ClassDef)
    pairs = [(one, other) for one, other in pairwise(found.body) if isinstance(one, ast.AnnAssign)]
    return {ast.unparse(one.target): " ".join(ast.literal_eval(other.value).split()) for one, other in pairs}  # type: ignore[attr-defined]


def _declared(table: Table) -> str:
    when = f" With {table.when} only." if table.when else ""
    lines = [
        f"## `{table.name}.csv`\n",
        f"{table.meaning}{when}\n",
        "| column | type | unit | meaning |",
        "|---|---|---|---|",
    ]
    for column in table.columns:
        meaning = ": ".join(filter(None, (column.meaning, ", ".join(column.words))))
        name = f"`{column.name}`" if column.name else "..."
        kind = "" if column.kind == "more" else column.kind
        lines.append(f"| {name} | {kind} | {column.unit} | {meaning} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for page, content in pages().items():
        (FOLDER / page).write_text(content, encoding="utf-8")
