"""What to ask a vendor for: the weakest numbers that move the cost most, each with the question that settles it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from sim.inputs import Equipment, Followed, Library, Step
from sim.plant import Line

__all__ = ["quotes", "quotes_text"]

WEAK = ("D", "E")
"""Grades of numbers that nobody has read anywhere."""

WIDTH = 110
"""Columns of the text."""

TRIAL = ("dose", "power", "run", "energy", "rate", "speed", "efficiency", "extra")
"""Numbers of a step that a trial on the maker's machine tells."""


def quotes(lines: Sequence[Line], tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the numbers most worth a vendor's quote, what moves the lines most first.

    Parameters
    ----------
    lines : sequence of Line
        Of one scenario, or a route by itself.
    tables : sequence of DataFrame
        From `line_sources`, one for each line.

    Returns
    -------
    DataFrame
        Columns where, quantity, title, grade, value, unit, low, high, moves (mean over the lines of the swing of the
        unit cost between both ends of the range over the cost [1], 0 in lines that do not hold the number), of (lines
        with their own share, largest first) and ask (what to ask for). Only numbers of grade D or E that a vendor
        could answer for: prices, machines, consumables, rooms, and what a trial on a machine tells.
    """
    shares: dict[tuple[str, str], dict[str, float]] = {}
    rows: dict[tuple[str, str], tuple[object, ...]] = {}
    asks: dict[tuple[str, str], str] = {}
    for line, table in zip(lines, tables, strict=True):
        moved = table[table["grade"].isin(WEAK) & (table["swing_usd_per_unit"] > 0.0)]
        for row in moved.itertuples():
            key = str(row.where), str(row.quantity)
            ask = _ask(*key, lines, line)
            if ask:
                asks[key] = ask
                rows[key] = (row.title, row.grade, row.value, row.unit, row.low, row.high)
                shares.setdefault(key, {})[line.name] = float(str(row.swing_usd_per_unit)) / float(str(row.cost))
    found = []
    for key, own in shares.items():
        largest = sorted(own.items(), key=lambda item: (-item[1], item[0]))
        of = ", ".join(f"{name} {share:.1%}" for name, share in largest)
        found.append((*key, *rows[key], sum(own.values()) / len(lines), of, asks[key]))
    columns = ["where", "quantity", "title", "grade", "value", "unit", "low", "high", "moves", "of", "ask"]
    frame = pd.DataFrame(found, columns=columns).astype({"moves": float})
    return frame.sort_values("moves", ascending=False, kind="stable", ignore_index=True)


def quotes_text(table: pd.DataFrame, most: int = 15) -> str:
    """Return the first rows of `quotes` to read."""
    if table.empty:
        return "No number of grade D or E that a vendor could answer for moves the cost."
    head = (
        "Worth a quote first: what both ends of the range move the cost by, mean over the lines; D unchecked, E guessed"
    )
    lines = [*textwrap.wrap(head, WIDTH)]
    for number, row in enumerate(table.head(most).itertuples(), 1):
        unit = "" if row.unit == "1" else f" {row.unit}"
        span = f"{_figure(row.value)}{unit} ({_figure(row.low)} to {_figure(row.high)}), grade {row.grade}"
        lines += ["", f"{number:>2}  {float(str(row.moves)):>6.1%}  {row.title}: {span}"]
        for words in (f"of {row.of}", f"ask for {row.ask}"):
            lines += textwrap.wrap(words, WIDTH, initial_indent=" " * 12, subsequent_indent=" " * 14)
    return "\n".join(lines)


def _figure(value: object) -> str:
    number = float(str(value))
    return f"{number:,.0f}" if abs(number) >= 1000.0 else f"{number:.4g}"


def _ask(where: str, quantity: str, lines: Iterable[Line], line: Line) -> str:
    """Return what to ask for so that a number need not be guessed; empty if no vendor could say."""
    kind, _, rest = where.partition(".")
    name, _, inner = rest.partition(".")
    library = line.library
    if kind == "materials" and "price" in (quantity, inner):
        return _material(name, lines, library)
    if kind == "equipment":
        return _machine(library.equipment[name], inner, quantity)
    if kind == "consumables" and quantity == "price":
        title = library.consumables[name].title.partition(",")[0]
        return f"the price of one {title} in yearly lots, and how long it lasts"
    if kind == "rooms" and quantity in ("power", "heat", "capital", "setback", "air_power"):
        return (
            f"a builder's offer for {library.rooms[name].title.partition(':')[0]}: USD and kW per m2, open and closed"
        )
    if kind == "route" and quantity in TRIAL:
        return _trial(where, quantity, line)
    return ""


def _material(name: str, lines: Iterable[Line], library: Library) -> str:
    kg = sum(_bought(line).get(name, 0.0) for line in lines)
    price = library.materials[name].price
    title = library.materials[name].title
    amount = f", {_figure(float(f'{kg:.2g}'))} kg a year," if kg else ""
    if isinstance(price, Followed) and price.quote is None:
        origin = " and ".join(library.materials[root.name].title for root in price.roots)
        return f"the price of {title}{amount} delivered, without tax; it is worked out from {origin} here"
    return f"the price of {title}{amount} delivered, without tax, with its analysis and the price of the grade below"


def _bought(line: Line) -> Mapping[str, float]:
    """Return what a line takes in of every material in a year, without losses per event [kg/y]."""
    found: dict[str, float] = {}
    for flow in line.flowsheet.steps.values():
        for material, kg in flow.feeds.items():
            found[material] = found.get(material, 0.0) + kg * flow.expected * (line.target_per_year or 0.0)
    return found


_OF_MACHINE: Mapping[tuple[str, str], str] = {
    (
        "price",
        "value",
    ): "the price of one {title} of {at}, inert and tight for H2S where the line is, delivered, with its year",
    ("price", "exponent"): "prices of {title} at half and at twice {at}",
    ("price", "containment"): "the price of {title} of {at} plain and inert",
    ("", "footprint"): "a drawing of {title} of {at} with its access",
    ("", "mtbf"): "hours between stops of {title} in plants that run it",
    ("", "mttr"): "hours that a stop of {title} takes to mend",
    ("", "life"): "how long {title} is used before it is replaced",
    ("", "power_density"): "power and chamber of {title} of {at}",
    ("", "fill"): "the charge that {title} of {at} takes",
}


def _machine(entry: Equipment, inner: str, quantity: str) -> str:
    title = entry.title.partition(",")[0].partition(" (")[0]
    at = entry.price.at
    size = at.text if at.unit != "1" else "one station"
    if inner == "jacket":
        return f"the heat that {title} of {size} sheds in operation, and at which temperature of the powder"
    return _OF_MACHINE.get((inner, quantity), "").format(title=title, at=size)


_TRIED: Mapping[str, str] = {"power": "power while it runs", "run": "power while it runs", "extra": "heat taken up"}


def _trial(where: str, quantity: str, line: Line) -> str:
    """Return the trial that tells a number of a step."""
    _, _, rest = where.partition(".steps.")
    own = rest.partition(".")[0]
    step = next((step for step in line.route.steps if step.id in (own, f"{where.split('.')[1]}/{own}")), None)
    if step is None:
        return ""
    words = _TRIED.get(quantity, quantity.replace("_", " "))
    return f"a trial with the real charge on {_of(step, line.library)}: {words} of '{line.titles[step.id]}'"


def _of(step: Step, library: Library) -> str:
    """Return the machine of a step in words; of a web line all that is coupled in it."""
    if step.sections:
        return f"a line of {', '.join(section.id.replace('_', ' ') for section in step.sections)}"
    entry = library.equipment.get(step.equipment)
    return entry.title.partition(",")[0].partition(" (")[0] if entry else "the machine"
