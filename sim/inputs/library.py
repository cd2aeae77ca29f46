"""The library: the catalogue read from `sim/data`, switched to a region and prices, and held to its rules."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import chain, product
from pathlib import Path
from types import GenericAlias
from typing import Any, TypeVar

from sim.errors import InputError, Issue, PlacedError, nearest
from sim.inputs import money, yamlfile
from sim.inputs.catalogue import CATALOGUE, KINDS, OWN, SINGLE, Equipment, Library, Material, PriceSet, Reference
from sim.inputs.evidence import NO_SOURCE, cited, evidence_faults, graded, graded_library, unsourced
from sim.inputs.missing import unknown
from sim.inputs.overrides import Overlay, Override, is_quantity, quote_in
from sim.inputs.prices import Followed, PriceQuantity, based
from sim.inputs.quantity import Value
from sim.inputs.spec import Sourced, Spec, of_format

__all__ = ["DATA", "PRICES", "REGION", "load_library", "read_document", "read_entry"]

PRICES, REGION = "prices", "region"
"""What stands for the file in the message about an unknown price set or region; the scenario puts its line there."""

DATA = Path(__file__).parent.parent / "data"
"""Folder of the bundled catalogue."""


_SCHEMAS: Mapping[str, Any] = {kind: GenericAlias(dict, (str, model)) for kind, model in KINDS.items()}


_SETS = ("price_sets", "regions")
"""Kinds that are laid over the others, and so are read before them."""

_Replacement = tuple[Override, bool]
"""An override, and whether it may add an entry, as private files may."""


def load_library(
    *,
    prices: str = "",
    region: str = "",
    routes: Sequence[yamlfile.Document] = (),
    files: Sequence[yamlfile.Document] = (),
    overrides: Sequence[Override] = (),
) -> Library:
    """Read the bundled catalogue, switch to a region and a price set, add and replace entries, apply overrides.

    Parameters
    ----------
    prices, region : str, default=""
        Names of a price set and of a region; empty keeps what the files say.
    routes : sequence of Document
        Route files, whose own `materials`, `equipment` and `bibliography` are added. A route changes nothing that is
        there already: all lines of a comparison see one catalogue.
    files : sequence of Document
        Files with the shape of the catalogue, its kinds at the top (`materials: {LiCl: {price: ...}}`). What they
        name replaces what is there, entry by entry and field by field; unknown names are new entries.
    overrides : sequence of Override
        Changes whose path starts with a file of the catalogue, such as `materials.LiCl.price`.

    Raises
    ------
    InputError
        With everything that is wrong, at its line; nothing is half loaded.

    Notes
    -----
    An override beats a file, a file beats a route and the price set, and that the region, unless they change the price
    set or the region itself.
    """
    overlays = {kind: Overlay(_document(kind), schema) for kind, schema in _SCHEMAS.items()}
    overlays |= {kind: Overlay(_document(kind), model) for kind, model in SINGLE.items()}
    issues: list[Issue] = []
    own = _own(routes, overlays, issues)
    private = _private(files, overlays, own, issues)
    changes = [*((item, True) for item in (*own, *private)), *((override, False) for override in overrides)]
    for change in [item for item in changes if item[0].path[0] == "currencies"]:
        _apply(overlays, change, issues)
    currencies = _entries(overlays, "currencies", issues)
    with money.at_rates({code: currency.usd for code, currency in currencies.items()}):
        return _loaded(overlays, changes, {"currencies": currencies}, (prices, region), issues)


def _loaded(
    overlays: Mapping[str, Overlay],
    changes: Sequence[_Replacement],
    entries: dict[str, Any],
    chosen: tuple[str, str],
    issues: list[Issue],
) -> Library:
    """Read all kinds but those in *entries*; *chosen* are price set and region."""
    stages = [_prices(overlays)]
    for change in [item for item in changes if item[0].path[0] in _SETS]:
        _apply(overlays, change, issues)
    entries |= {kind: _entries(overlays, kind, issues) for kind in _SETS}
    if not issues:
        _switch(overlays, *chosen)
    stages.append(_prices(overlays))
    for change in [item for item in changes if item[0].path[0] not in (*_SETS, *entries)]:
        _apply(overlays, change, issues)
    entries |= {kind: _entries(overlays, kind, issues) for kind in KINDS if kind not in entries}
    entries |= {kind: overlays[kind].validate(model, overlays[kind].data, (), issues) for kind, model in SINGLE.items()}
    if issues:
        raise InputError(issues)
    made = [change for overlay in overlays.values() for change in overlay.changes]
    order = {id(override): number for number, (override, _) in enumerate(changes)}
    made.sort(key=lambda change: order[id(change[0])])
    library = Library(**entries, changes=tuple(made))
    try:
        materials = based(library.materials, [*stages, _prices(overlays)])
        library = replace(
            library, materials=materials, price_sets=_worked_out(library, {**_prices(overlays), **stages[0]}, overlays)
        )
    except PlacedError as error:
        issues.append(overlays["materials"].issue(error.where, str(error)))
    for kind, path, text in chain(_faults(library), _number_faults(library, overlays)):
        issues.append(overlays[kind].issue(path, text))
    issues += dict.fromkeys(_overlay_faults(library))
    if issues:
        raise InputError(issues)
    return graded_library(library, overlays)


def _prices(overlays: Mapping[str, Overlay]) -> dict[str, Any]:
    """Return the price of every material as it stands in the file."""
    entries = overlays["materials"].data.items()
    return {
        name: copy.deepcopy(entry["price"])
        for name, entry in entries
        if isinstance(entry, Mapping) and entry.get("price")
    }


def _worked_out(library: Library, before: Mapping[str, Any], overlays: Mapping[str, Overlay]) -> dict[str, PriceSet]:
    """Return price sets in which a price that follows others is what it comes to in its set."""
    found = {}
    for name, one in library.price_sets.items():
        raw = overlays["price_sets"].data[name]["prices"]
        after = {**before, **{key: quote_in(before.get(key), price) for key, price in raw.items()}}
        materials = dict(library.materials)
        for key, entry in library.materials.items():
            # what follows nothing need not be read again
            if isinstance(entry.price, Followed) or "from" in (after.get(key) or ()):
                price = PriceQuantity().read(after[key]) if key in after else None
                materials[key] = entry.model_copy(update={"price": price})
        told = based(materials, [before, after])
        found[name] = one.model_copy(
            update={
                "prices": {
                    key: told[key].price if isinstance(price, Followed) else price for key, price in one.prices.items()
                }
            }
        )
    return found


Entry = TypeVar("Entry", bound=Spec)


def read_entry(name: str, model: type[Entry], library: Library) -> Entry:
    """Read a file of `sim/data` beside the catalogue and hold it to the same rules: money has a year, sources exist.

    Parameters
    ----------
    name : str
        File without its ending, such as `batpac`.
    model : type
        What the whole file is read as.
    library : Library
        Whose bibliography holds the sources.

    Raises
    ------
    InputError
        With everything that is wrong, at its line.
    """
    return read_document(_document(name), model, library)


def read_document(document: yamlfile.Document, model: type[Entry], library: Library) -> Entry:
    """Return a file that was read as *model*, held to the same rules as `read_entry`.

    Raises
    ------
    InputError
        With everything that is wrong, at its line.
    """
    overlay = Overlay(document, model)
    issues: list[Issue] = []
    with money.at_rates({code: currency.usd for code, currency in library.currencies.items()}):
        entry = overlay.validate(model, overlay.data, (), issues)
    if entry is None:
        raise InputError(issues)
    issues += [overlay.issue(place, text) for place, text in _entry_faults(entry, (), library.bibliography)]
    if issues:
        raise InputError(issues)
    return graded(entry, library.bibliography)


def _own(routes: Sequence[yamlfile.Document], overlays: Mapping[str, Overlay], issues: list[Issue]) -> list[Override]:
    """Return the entries that routes add, each once."""
    found: dict[tuple[str, str], Override] = {}
    for document, kind in product(routes, OWN):
        entries = document.data.get(kind) if isinstance(document.data, Mapping) else None
        if not isinstance(entries, Mapping):
            continue  # the route says so itself
        for name, value in entries.items():
            place, first = (kind, name), found.get((kind, name))
            if name in overlays[kind].data:
                text = f"the catalogue has '{name}' already, for all routes: change it in an overlay or by 'set'"
                issues.append(document.issue(place, text, key=True))
            elif first is None:
                by = f"route {Path(document.name).stem}"
                found[place] = Override(place, value, document, place, by, f"{kind}.{name}", own=True)
            elif first.value != value:
                where = first.document.issue(place, "", key=True)
                text = f"'{name}' stands otherwise in {where.file}, line {where.line}: say it once, in an overlay"
                issues.append(document.issue(place, text, key=True))
    return list(found.values())


def _private(
    files: Sequence[yamlfile.Document], overlays: Mapping[str, Overlay], own: Sequence[Override], issues: list[Issue]
) -> list[Override]:
    """Return what private files replace, one override for each field that they give."""
    found: list[Override] = []
    known = {kind: dict(overlay.data) for kind, overlay in overlays.items()}
    for item in own:
        known[item.path[0]][item.path[1]] = item.value
    for document in files:
        if not isinstance(document.data, Mapping):
            issues.append(document.issue((), f"expected a mapping of {', '.join(CATALOGUE)}"))
            continue
        for kind, entries in document.data.items():
            if kind == "format":
                try:
                    of_format(entries)
                except ValueError as error:
                    issues.append(document.issue((kind,), str(error)))
            elif kind not in overlays:
                hint = nearest(str(kind), CATALOGUE) or f"; allowed are {', '.join(CATALOGUE)}"
                issues.append(document.issue((kind,), f"unknown part of the catalogue '{kind}'{hint}", key=True))
            elif not isinstance(entries, Mapping):
                issues.append(document.issue((kind,), "expected a mapping of entries"))
            else:
                found += _replaced(known[kind], entries, (kind,), Overlay(document), None, issues)
                known[kind] |= {name: entry for name, entry in entries.items() if name not in known[kind]}
    return found


def _replaced(
    old: Any, new: Any, path: tuple[str, ...], overlay: Overlay, around: Sourced | None, issues: list[Issue]
) -> Iterator[Override]:
    """Yield an override for every part of *new* that replaces a part of *old*, as deep as both are plain mappings.

    What *new* says of its source is said of the numbers beside it, not of those that it leaves as they are.
    """
    said = {key: value for key, value in new.items() if key in _EVIDENCE}
    numbers = {key: value for key, value in new.items() if key not in said}
    if said and numbers:
        around = overlay.validate(Sourced, said, path, issues) or around
    for key, value in (numbers or said).items():
        place = (*path, str(key))
        there = old.get(key)
        if _by_year(there) and isinstance(value, Mapping):
            value = {**there, **value}  # noqa: PLW2901 - years are added to those that are there
        elif isinstance(there, Mapping) and not is_quantity(there) and isinstance(value, Mapping):
            yield from _replaced(there, value, place, overlay, around, issues)
            continue
        by = f"overlay {Path(overlay.document.name).name}"
        yield Override(place, value, overlay.document, place, by, ".".join(place), around)


def _by_year(item: Any) -> bool:
    """Say whether something is a table of years, such as exchange rates and the plant cost index."""
    return isinstance(item, Mapping) and bool(item) and all(str(key).isdigit() for key in item)


_EVIDENCE = ("source", "estimate", "grade", "note")
"""What an entry of an overlay may say of all of its numbers."""


def _apply(overlays: Mapping[str, Overlay], change: _Replacement, issues: list[Issue]) -> None:
    override, may_add = change
    overlay, path = overlays[override.path[0]], override.path[1:]
    if override.path[0] in KINDS and len(path) == 1 and path[0] not in overlay.data and may_add:
        overlay.add(override, path[0])
        return
    problem = overlay.apply(override, path)
    issues += [problem] if problem else []


def _switch(overlays: Mapping[str, Overlay], prices: str, region: str) -> None:
    """Lay a region over utilities and wages, and the prices of a price set over those of the materials."""
    issues: list[Issue] = []
    for kind, wanted, file in (("price set", prices, PRICES), ("region", region, REGION)):
        sets = overlays[f"{kind.replace(' ', '_')}s"].data
        if wanted and wanted not in sets:
            hint = nearest(wanted, sets) or f"; there are {', '.join(sets)}"
            issues.append(Issue(file, 1, 1, f"unknown {kind} '{wanted}'{hint}"))
    if issues:
        raise InputError(issues)
    for name, (kind, *path) in _REGIONAL.items() if region else ():
        _lay(overlays, ("regions", region, name), kind, tuple(path))
    named = overlays["price_sets"].data[prices].get("prices", {}) if prices else {}
    for material in named:
        if material in overlays["materials"].data:
            _lay(overlays, ("price_sets", prices, "prices", material), "materials", (material, "price"))


def _lay(overlays: Mapping[str, Overlay], source: tuple[str, ...], kind: str, path: tuple[str, ...]) -> None:
    """Lay a number of a region or price set over one of the catalogue, with its evidence and whoever changed it."""
    own, (name, *below) = overlays[source[0]], source[1:]
    entry = raw = own.data[name]
    for key in below:
        if key not in raw:
            return
        raw = raw[key]
    inner = [own.setter((name, *below[:number])) for number in range(len(below), -1, -1)]
    by = next((override for override in inner if override is not None), None)
    changed = by is not None and by is not inner[-1]
    *above, last = path
    old = overlays[kind].data
    for key in above:
        old = old[key]
    overlays[kind].replace(path, quote_in(old.get(last), raw if changed else _sourced(raw, entry)), by)


_REGIONAL = {
    "electricity": ("utilities", "electricity", "price"),
    "electricity_gwp": ("utilities", "electricity", "gwp"),
    "heat": ("utilities", "heat", "price"),
    "wage": ("economics", "wage"),
}
"""Where the figures of a region go."""


def _sourced(raw: Any, entry: Mapping[str, Any]) -> Any:
    """Return a quantity with the source of the entry that it is taken from, if it has none of its own."""
    if isinstance(raw, Mapping) and {"source", "estimate"} & set(raw):
        return raw
    around = {key: entry[key] for key in ("source", "estimate", "grade") if key in entry}
    return {**around, **(raw if isinstance(raw, Mapping) else {"value": raw})}


def _entries(overlays: Mapping[str, Overlay], kind: str, issues: list[Issue]) -> dict[str, Any]:
    """Return the entries of one file of the catalogue."""
    found = {}
    for name, raw in overlays[kind].data.items():
        entry = overlays[kind].validate(KINDS[kind], raw, (name,), issues)
        if entry is not None:
            found[name] = entry
    return found


Place = tuple[str | int, ...]
Fault = tuple[str, Place, str]
"""Kind, path in its file, and what is wrong there."""


def _faults(library: Library) -> Iterator[Fault]:
    """Yield names that no file knows, and years without a cost index."""
    known, rooms = library.materials, library.rooms
    for name, material in known.items():
        yield from _material_faults(name, material, known)
    for name, entry in library.equipment.items():
        if entry.room not in rooms:
            yield "equipment", (name, "room"), f"unknown room '{entry.room}'{nearest(entry.room, rooms)}"
        yield from _purge_faults(name, entry, known)
        year = entry.price.value.year
        if year is not None and year not in library.economics.cost_index:
            yield "equipment", (name, "price", "value"), _no_index(year, library)
    if library.economics.year not in library.economics.cost_index:
        yield "economics", ("year",), _no_index(library.economics.year, library)
    yield from _plant_faults(library)
    for name, prices in library.price_sets.items():
        for other in prices.prices:
            if other not in known:
                yield "price_sets", (name, "prices", other), unknown("material", other, known)


def _number_faults(library: Library, overlays: Mapping[str, Overlay]) -> Iterator[Fault]:
    """Yield what is wrong with the evidence of numbers."""
    for kind, entry, path in _entries_of(library):
        for place, text in _entry_faults(entry, path, library.bibliography):
            # what an override puts there is an estimate of whoever set it
            if text != NO_SOURCE or not overlays[kind].changed(place):
                yield kind, place, text


def _overlay_faults(library: Library) -> Iterator[Issue]:
    """Yield what is wrong with the evidence that overlays give for whole entries."""
    for override, _, _ in library.changes:
        for place, text in evidence_faults(override.evidence, library.bibliography, override.place[:-1]):
            yield override.document.issue(place, text)


def _entry_faults(entry: Spec, path: Place, bibliography: Mapping[str, Reference]) -> Iterator[tuple[Place, str]]:
    """Yield sources that no file knows, grades above them, numbers without any, and money without a year."""
    yield from evidence_faults(entry, bibliography, path)
    yield from ((place, NO_SOURCE) for place in unsourced(entry, path))
    for place, item, _ in cited(entry, path, ()):
        if isinstance(item, Value) and item.unit.startswith("USD") and item.year is None:
            yield place, f"money needs its price year: {{value: {item.text}, year: 2024}}"


def _material_faults(name: str, material: Material, known: Mapping[str, Material]) -> Iterator[Fault]:
    for key, others in (("assay", list(material.assay)), ("soluble_in", material.soluble_in)):
        for index, other in enumerate(others):
            if other not in known:
                place = other if key == "assay" else index
                yield "materials", (name, key, place), unknown("material", other, known)
    own = material.assay.get(name)
    if material.assay and (own is None or own.value <= 0.0):
        yield "materials", (name, "assay"), f"the assay names what {name} is bought for, itself, with more than 0"


def _purge_faults(name: str, entry: Equipment, known: Mapping[str, Material]) -> Iterator[Fault]:
    for gas in entry.purge:
        if gas not in known:
            yield "equipment", (name, "purge", gas), unknown("material", gas, known)
        elif known[gas].density is None:
            yield "equipment", (name, "purge", gas), f"{gas} has no density in the catalogue, so it cannot be metered"
    if entry.jacket is not None and entry.volume(1.0) is None:
        text = (
            f"a jacket needs equipment that is sized in m3, or in kW with a power density, not in {entry.price.at.unit}"
        )
        yield "equipment", (name, "jacket"), text


def _plant_faults(library: Library) -> Iterator[Fault]:
    """Yield machines of the battery plant that are not in the catalogue, and prices that cannot be moved."""
    plant = library.batpac
    if plant is None:
        return
    for name in plant.counterparts:
        if name not in library.equipment:
            yield "batpac", ("counterparts", name), unknown("equipment", name, library.equipment)
    for name, process in plant.processes.items():
        year = process.capital.year
        if year is not None and year not in library.economics.cost_index:
            yield "batpac", ("processes", name, "capital"), _no_index(year, library)


def _no_index(year: int, library: Library) -> str:
    years = sorted(library.economics.cost_index)
    whole = years == list(range(years[0], years[-1] + 1))
    shown = f"{years[0]} to {years[-1]}" if whole else ", ".join(map(str, years))
    add = f"an overlay adds one: economics: {{cost_index: {{'{year}': NUMBER}}}}"
    return f"there is no cost index of {year}; there are those of {shown}, and {add}"


def _entries_of(library: Library) -> Iterator[tuple[str, Spec, Place]]:
    """Yield every entry of the catalogue with its file and its place there."""
    for kind in KINDS:
        yield from ((kind, entry, (name,)) for name, entry in getattr(library, kind).items())
    for kind in SINGLE:
        yield kind, getattr(library, kind), ()


@cache
def _document(kind: str) -> yamlfile.Document:
    return yamlfile.read(DATA / f"{kind}.yaml", name=f"sim/data/{kind}.yaml")
