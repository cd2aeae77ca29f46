"""A scenario with all of its lines resolved: read, overridden, checked, sized."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from sim.errors import InputError, Issue, nearest
from sim.inputs import (
    ALL,
    CATALOGUE,
    ESTIMATE,
    HOURS_PER_YEAR,
    INDUSTRIAL,
    OWN,
    PRICES,
    REGION,
    ROUTE,
    CellDesign,
    Library,
    LineSpec,
    Overlay,
    Override,
    Plant,
    Scenario,
    Sourced,
    axes,
    below,
    bundled,
    find,
    graded,
    load_cell,
    load_library,
    misfit,
    money,
    needed,
    split,
    unknown,
    unobtainable,
    yamlfile,
)
from sim.plant import (
    Change,
    Line,
    Part,
    mended,
    open_hours,
    plant_calendar,
    resolve_chain,
    scales,
    unknown_scale,
    unknown_variant,
    variants,
)
from sim.results import CurrencyFacts, unknown_kpi
from sim.study import trial
from sim.study.alone import scenario_of
from sim.study.parameters import uncertainty_problems

__all__ = ["LINE_FIELDS", "Request", "Study", "load_scenario"]

_LOG = logging.getLogger(__name__)

KEPT_IN = ("routes", "scenarios", "cells")
"""Folders of what comes with the program."""

LINE_FIELDS = ("target", "prices", "region", "scale", "variant", "plant", "sizes")
"""What a change may set of a line itself, as in `ball_milling.target`; all other paths go to its route."""


_RIVALS = {"replications": "precision", "precision": "replications"}
"""Fields of which a scenario has one: what is typed takes the place of what the file says."""


@dataclass(frozen=True, slots=True, repr=False)
class Study:
    """Everything that a run needs."""

    scenario: Scenario
    lines: tuple[Line, ...]
    changes: tuple[Change, ...]
    """Every override, in order: scenario, line, command line."""
    digests: Mapping[str, str]
    """SHA-256 of every file that was read, by its name in results."""
    request: Request
    """How the study was asked for."""
    cell: CellDesign | None = None
    """What the lines make parts of, if the scenario says so."""
    rivals: tuple[CellDesign, ...] = ()
    """Cells that a battery plant makes, set beside it."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Names of these files in results, which do not hang on where the scenario was run from, by those of messages."""

    def told(self, text: str) -> str:
        """Return a message with the name that its file has in results."""
        name = next((name for name in self.names if text.startswith(f"{name}:")), "")
        return self.names.get(name, "") + text.removeprefix(name)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Doubts about the lines, each once."""
        return tuple(dict.fromkeys(text for line in self.lines for text in line.warnings))

    @property
    def currency(self) -> CurrencyFacts | None:
        """What money the results are wanted in, None for US dollars."""
        return _currency(self.scenario, self.lines[0].library)

    def __repr__(self) -> str:
        return f"<Study {self.scenario.name}: {', '.join(line.name for line in self.lines)}>"

    def _repr_html_(self) -> str:
        """Return the lines and what they are sized for, for a notebook."""
        rows = [
            {
                "line": line.name,
                "route": line.route.title,
                "target": "" if line.target_per_year is None else f"{line.target_per_year:,.6g} {line.unit}/y",
                "scale": line.scale,
                "steps": len(line.route.steps),
                "machines": sum(line.machines.values()),
                "people": round(line.sizing.people, 1),
            }
            for line in self.lines
        ]
        return f"<b>{escape(self.scenario.title)}</b>\n{pd.DataFrame(rows).to_html(index=False, border=0)}"


@dataclass(frozen=True, slots=True)
class Request:
    """A scenario and what was changed in it from outside: enough to read it again, changed further."""

    wanted: str
    overrides: tuple[str | tuple[str, Any], ...] = ()
    overlays: tuple[str, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)
    changes: tuple[Override, ...] = ()
    """Changes with a place of their own; they beat all others."""
    lines: tuple[str, ...] = ()
    """Lines to resolve; all if empty."""

    def read(self, changes: Sequence[Override] = (), lines: Sequence[str] = ()) -> Study:
        """Read the scenario with further changes, and only some of its lines if any are named."""
        return _read(replace(self, changes=(*self.changes, *changes), lines=tuple(lines) or self.lines))


@dataclass(frozen=True, slots=True)
class _Context:
    """What every line of a scenario is resolved with."""

    path: Path
    scenario: Scenario
    overlay: Overlay
    given: tuple[Override, ...]
    """Overrides of the scenario's `set`."""
    typed: tuple[Override, ...]
    """Overrides of the command line."""
    routes: tuple[yamlfile.Document, ...]
    """Route files that add entries to the catalogue."""
    files: tuple[yamlfile.Document, ...]
    """Private files over the catalogue."""
    request: Request
    cell: CellDesign | None = None
    tried: bool = False
    """Whether lines are tried in expected values."""

    def library(self, own: Sequence[Override] = (), *, prices: str = "", region: str = "") -> Library:
        """Return the catalogue of a line; the command line beats the line, which beats the scenario."""
        overrides = [*_of_catalogue(self.given), *own, *_of_catalogue(self.typed)]
        names = (prices or self.scenario.prices, region or self.scenario.region)
        if not overrides:
            return _plain_library(_Laid(*names, self.routes, self.files))
        return load_library(prices=names[0], region=names[1], routes=self.routes, files=self.files, overrides=overrides)


class _Laid:
    """A price set, a region and the files over the catalogue; equal are those that read alike."""

    def __init__(
        self, prices: str, region: str, routes: Sequence[yamlfile.Document], files: Sequence[yamlfile.Document]
    ) -> None:
        self.prices, self.region, self.routes, self.files = prices, region, routes, files
        self._key = (prices, region, *((document.name, document.digest) for document in (*routes, *files)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Laid) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)


@lru_cache(maxsize=16)
def _plain_library(of: _Laid) -> Library:
    """Return a catalogue without overrides, read once: the points of a sweep share it."""
    return load_library(prices=of.prices, region=of.region, routes=of.routes, files=of.files)


def load_scenario(
    wanted: str | Path,
    *,
    overrides: Sequence[str] | Mapping[str, Any] = (),
    overlays: Sequence[str | Path] = (),
    changes: Sequence[Override] = (),
    lines: Sequence[str] = (),
    **fields: Any,
) -> Study:
    """Read a scenario and everything that it names.

    Parameters
    ----------
    wanted : str or Path
        A bundled scenario by name, or the path of a scenario file; or a route, which is run by itself for a year.
    overrides : sequence of str, or mapping
        Changes as on the command line, `path=value`, or values by their paths; they beat those of the scenario.
    overlays : sequence of str or Path
        Private files over the catalogue; they beat those that the scenario names.
    changes : sequence of Override
        Changes that know their place, for messages; they beat all others.
    lines : sequence of str
        Lines to resolve, by name; all if empty.
    **fields
        Fields of the scenario to replace, such as `replications=3` or `seed=7`, or of all of its lines, `target='40
        t/y'`; None changes nothing.

    Returns
    -------
    Study

    Raises
    ------
    InputError
        With everything that is wrong in the scenario, or in all of its routes.

    Examples
    --------
    >>> study = load_scenario("five_routes", replications=1)
    >>> [line.name for line in study.lines][:2]
    ['ball_milling', 'wet_thf']
    """
    private = tuple(map(str, overlays))
    asked = overrides.items() if isinstance(overrides, Mapping) else overrides
    return _read(Request(str(wanted), tuple(asked), private, fields, tuple(changes), tuple(lines)), tried=True)


def _read(request: Request, *, tried: bool = False) -> Study:
    if tried:
        _LOG.info("reading and sizing %s", Path(request.wanted).name)
    path, document = scenario_of(request.wanted)
    overlay = Overlay(document, Scenario)
    issues: list[Issue] = []
    typed = [*_command_line(request.overrides, issues), *_replaced(request.fields), *request.changes]
    _yield_to(typed, overlay)
    rest = []
    for override in typed:
        places = _own(override.path, overlay.data)
        if not places:
            rest.append(override)
        for place in places:
            one = override if override.path[0] != ALL else replace(override, path=place[1:])
            if problem := overlay.apply(one, place):
                issues.append(problem)
    scenario = overlay.validate(Scenario, overlay.data, (), issues) or _mended(overlay.data)
    if scenario is None:
        raise InputError(issues)
    whole = not issues
    given = tuple(_overrides(overlay.document, ("set",), scenario.set, "scenario"))
    if whole:
        issues += _problems(scenario, overlay, (*given, *rest))
        issues += _unknown_lines(scenario, request.lines)
    files = tuple(_private(scenario, path, request, issues))
    own = tuple(_with_entries(scenario, path))
    context = _Context(path, scenario, overlay, given, tuple(rest), own, files, request, tried=tried)
    library = None
    try:
        library = context.library()
    except InputError as error:
        issues += _placed(error, overlay)
    if library is None or issues:
        raise InputError([*issues, *_of_routes(context, library)])
    said = Sourced(source=f"{ESTIMATE} set by scenario {path.stem}")
    scenario = graded(scenario, library.bibliography, overlay, around=said)
    return _resolved(replace(context, scenario=scenario), library)


_STAND_INS = {"name": "x", "title": "x", "horizon": "1 y", "warm_up": "auto"}
"""What must be there for a scenario to be read, while its own is at fault."""


def _mended(data: Any) -> Scenario | None:
    """Return a faulty scenario without its faults, if enough is left of it to look into its routes."""
    return mended(Scenario, data, "lines", _STAND_INS)[0]


def _private(scenario: Scenario, path: Path, request: Request, issues: list[Issue]) -> Iterator[yamlfile.Document]:
    """Yield the overlays of a scenario and of the command line; what cannot be read is added to *issues*."""
    named = [(path.parent / name, name) for name in scenario.overlays]
    for file, name in [*named, *((Path(name), name) for name in request.overlays)]:
        try:
            yield yamlfile.read(file, name=name)
        except InputError as error:
            issues += error.issues


def _of_routes(context: _Context, library: Library | None) -> Iterator[Issue]:
    """Yield what is wrong in the routes of a scenario that is at fault itself, or whose catalogue is.

    Without the catalogue that is meant, entries that its files would add count as known.
    """
    added = {
        str(name)
        for document in (*context.routes, *context.files)
        for entries in (document.data.values() if isinstance(document.data, dict) else ())
        for name in (entries if isinstance(entries, dict) else ())
    }
    # what the scenario says of hours and targets may be what is wrong
    lines = [line.model_copy(update={"plant": None, "target": None}) for line in context.scenario.lines]
    plain = {"plant": Plant(), "lines": lines, "cell": "", "rivals": [], "uncertainty": None}
    bare = replace(context, scenario=context.scenario.model_copy(update=plain), tried=False)
    try:
        _resolved(bare, library or load_library())
    except InputError as error:
        for issue in error.issues:
            name = issue.text.removeprefix("unknown ").partition("'")[2].partition("'")[0]
            missing = library is None and issue.text.startswith("unknown ") and name in added
            if issue.file != context.overlay.document.name and not missing:
                yield issue


def _with_entries(scenario: Scenario, beside: Path) -> Iterator[yamlfile.Document]:
    """Yield the routes of a scenario that have entries of their own; what cannot be read is reported with its line."""
    wanted = dict.fromkeys(link.route for line in scenario.lines for link in line.links)
    for name in wanted:
        with suppress(InputError):
            path, shown = find("routes", name, beside=beside)
            document = yamlfile.read(path, name=shown)
            if isinstance(document.data, dict) and not document.data.keys().isdisjoint(OWN):
                yield document


def _yield_to(typed: Sequence[Override], overlay: Overlay) -> None:
    """Take out of a scenario the field whose rival was typed: replications or a precision."""
    rules = [item for item in typed if item.path[0] in _RIVALS]
    for override in rules if len(rules) == 1 else ():
        rival = _RIVALS[override.path[0]]
        if isinstance(overlay.data, dict) and rival in overlay.data:
            overlay.apply(replace(override, path=(rival,), value=None), (rival,))


def _own(path: tuple[str, ...], data: Any) -> list[tuple[str, ...]]:
    """Return where a change stands in the scenario file itself; nowhere if it is one of a route or the catalogue."""
    if path[0] in Scenario.model_fields and path[0] != "set":
        return [path]
    raw = data.get("lines") if isinstance(data, dict) else None
    names = [str(line.get("name")) for line in raw if isinstance(line, dict)] if isinstance(raw, list) else []
    if len(path) < 2 or path[1] not in LINE_FIELDS:
        return []
    return [("lines", name, *path[1:]) for name in names if path[0] in (name, ALL)]


def _unknown_lines(scenario: Scenario, wanted: Sequence[str]) -> Iterator[Issue]:
    names = [line.name for line in scenario.lines]
    for name in wanted:
        if name not in names:
            text = f"there is no line '{name}'{nearest(name, names)}; there are {', '.join(names)}"
            yield Issue(f"--line {name}", 1, 1, text)


def _placed(error: InputError, overlay: Overlay, *here: str | int) -> list[Issue]:
    """Return the issues of a catalogue, those about the price set or region at the words that ask for it."""
    names = (PRICES, REGION)
    return [overlay.issue((*here, item.file), item.text) if item.file in names else item for item in error.issues]


def _problems(scenario: Scenario, overlay: Overlay, changes: Sequence[Override]) -> Iterator[Issue]:
    """Yield what is wrong in a scenario as such: names, hours, overrides that hit nothing."""
    names = [line.name for line in scenario.lines]
    for index, name in enumerate(names):
        if names.index(name) != index:
            yield overlay.issue(("lines", index, "name"), f"the line name '{name}' is used twice")
        if name in CATALOGUE or name in Scenario.model_fields or name == ROUTE:
            text = f"'{name}' is a word of scenario files and overrides; call the line something else"
            yield overlay.issue(("lines", index, "name"), text)
    plants: list[tuple[Plant | None, tuple[str | int, ...]]] = [(scenario.plant, ("plant",))]
    plants += [(line.plant, ("lines", index, "plant")) for index, line in enumerate(scenario.lines)]
    year = HOURS_PER_YEAR
    for plant, path in plants:
        if plant is not None and open_hours(plant_calendar(plant, year), 0.0, year) <= 0.0:
            yield overlay.issue(path, "the plant is never open: its shutdowns cover all shifts of the year")
    axis = scenario.price_axis
    if axis is not None and axis.low.value >= axis.high.value:
        yield overlay.issue(("price_axis", "high"), f"the axis ends at {axis.high.text}, where it begins or before")
    yield from _block_problems(scenario, overlay)
    roots = (*names, *CATALOGUE, ALL, ROUTE)
    for override in changes:
        if override.path[0] not in roots:
            text = f"'{override.name}' hits nothing: no '{override.path[0]}'{nearest(override.path[0], roots)}"
            yield override.issue(text)
        elif override.path[0] not in CATALOGUE and len(override.path) < (3 if override.path[0] == ROUTE else 2):
            what = "route" if override.path[0] == ROUTE else "line"
            yield override.issue(f"'{override.name}' is a whole {what}: name a value in it, such as steps.mill.yield")


def _block_problems(scenario: Scenario, overlay: Overlay) -> Iterator[Issue]:
    """Yield what is wrong with what a scenario asks beside its lines."""
    lines = {line.name: line for line in scenario.lines}
    for block in ("bottleneck", "optimise"):
        for index, name in enumerate(getattr(scenario, block)):
            if name not in lines:
                yield overlay.issue((block, index), f"there is no line '{name}'{nearest(name, lines)}")
            elif block == "optimise" and lines[name].target is None:
                yield overlay.issue((block, index), f"'{name}' has no target to be met: give the line a 'target'")
    for index, name in enumerate(scenario.sensitivity.kpis if scenario.sensitivity else ()):
        if problem := unknown_kpi(name):
            yield overlay.issue(("sensitivity", "kpis", index), problem)
    for place, text in axes.problems(scenario):
        single = isinstance(overlay.data["sweep"], dict)
        yield overlay.issue(("sweep", *(place[1:] if single else place)), text)


def _of_catalogue(changes: Sequence[Override]) -> list[Override]:
    return [item for item in changes if item.path[0] in CATALOGUE]


def _of_line(changes: Sequence[Override], spec: LineSpec, routes: Sequence[str]) -> list[Override]:
    """Return the overrides of a line, with what is below it as their paths."""
    found = [(item, below(item.path, spec.name, routes, chain=spec.line is not None)) for item in changes]
    return [replace(item, path=path) for item, path in found if path is not None]


def _of_route(changes: Sequence[Override], name: str) -> list[Override]:
    """Return the overrides of a route of a chain, without its name."""
    return [replace(item, path=item.path[1:]) for item in changes if item.path[0] == name]


def _resolved(context: _Context, library: Library) -> Study:
    """Resolve every line; the problems of all lines are reported together."""
    scenario, overlay = context.scenario, context.overlay
    issues: list[Issue] = []
    lines: list[Line] = []
    routes: list[str] = []
    changes = [_change(item) for item in (*overlay.changes, *library.changes)]
    digests = {overlay.document.name: overlay.document.digest}
    digests |= {document.name: document.digest for document in context.files}
    axis = scenario.price_axis
    if axis is not None and axis.material not in library.materials:
        text = unknown("material", axis.material, library.materials)
        issues.append(overlay.issue(("price_axis", "material"), text))
    issues += _no_money(scenario, library, overlay)
    design, drawing = _cell(context, library, scenario.cell, ("cell",)) if scenario.cell else (None, None)
    rivals, drawings = _rivals(context, library, issues)
    digests |= {document.name: document.digest for document in drawings}
    if design is not None and drawing is not None:
        context = replace(context, cell=design)
        digests[drawing.name] = drawing.digest
    wanted = context.request.lines
    for index, spec in enumerate(scenario.lines):
        if wanted and spec.name not in wanted:
            continue
        try:
            line, documents = _line(context, library, index, spec)
        except InputError as error:
            issues += error.issues
            continue
        if context.tried:
            issues += [overlay.issue(("lines", index), text) for text in trial.faults(line)]
        lines.append(line)
        own = [_change(item) for item in line.library.changes if item[0].by == "line"]
        changes += [Change(f"{spec.name}.{c.path}", c.old, c.new, c.by) for c in (*own, *line.changes)]
        digests |= {document.name: document.digest for document in documents}
        routes += [_name(document) for document in documents]
    issues = issues or list(_unknown_routes(context, routes))
    if design is not None and drawing is not None and not issues:
        missing = unobtainable(design, {line.route.function for line in lines})
        issues += [drawing.issue(("components", name), text) for name, text in missing.items()]
    if scenario.uncertainty is not None and not issues:
        found = uncertainty_problems(lines, scenario.uncertainty)
        issues += [overlay.issue(("uncertainty", *item.path), item.text) for item in found]
    if issues:
        raise InputError(issues)
    kept = scenario.model_copy(update={"lines": [spec for spec in scenario.lines if not wanted or spec.name in wanted]})
    names = _lasting(digests)
    digests = {names[name]: digest for name, digest in digests.items()}
    return Study(kept, tuple(lines), tuple(changes), digests, context.request, design, rivals, names)


def _lasting(names: Iterable[str]) -> dict[str, str]:
    """Return names of files that do not hang on where a scenario is run from: without folders, unless two are alike."""
    found: dict[str, str] = {}
    for name in names:
        kind, _, file = name.partition("/")
        ours = kind in KEPT_IN and Path(file).stem in bundled(kind)
        plain = name if ours else Path(name).name
        found[name] = plain if plain not in found.values() else f"{Path(name).parent.name}/{plain}"
    return found


def _currency(scenario: Scenario, library: Library) -> CurrencyFacts | None:
    """Return the money that the results of a scenario are wanted in, None for US dollars.

    Raises
    ------
    ValueError
        If there is no rate of that currency for the year of money.
    """
    code, year = scenario.currency, library.economics.year
    if code in ("", money.DOLLAR):
        return None
    rates = {known: currency.usd for known, currency in library.currencies.items()}
    return {"code": code, "usd": money.rate(code, year, rates), "year": year}


def _no_money(scenario: Scenario, library: Library, overlay: Overlay) -> Iterator[Issue]:
    """Yield why the results of a scenario cannot be in its currency."""
    try:
        _currency(scenario, library)
    except ValueError as error:
        yield overlay.issue(("currency",), str(error))


def _rivals(
    context: _Context, library: Library, issues: list[Issue]
) -> tuple[tuple[CellDesign, ...], list[yamlfile.Document]]:
    """Read the cells that the scenario sets beside its own, and add what is wrong to *issues*."""
    found = [_cell(context, library, name, ("rivals", index)) for index, name in enumerate(context.scenario.rivals)]
    for index, (rival, _) in enumerate(found):
        place = ("rivals", index)
        if rival.making is None:
            text = f"'{rival.name}' does not say how a battery plant makes it: give it a 'making'"
            issues.append(context.overlay.issue(place, text))
        if not context.scenario.cell:
            issues.append(context.overlay.issue(place, "there is no 'cell' to set a rival beside: name one"))
    return tuple(rival for rival, _ in found), [document for _, document in found]


def _cell(
    context: _Context, library: Library, wanted: str, place: tuple[str | int, ...]
) -> tuple[CellDesign, yamlfile.Document]:
    """Read a cell that the scenario names at some place."""
    try:
        return load_cell(wanted, library, beside=context.path)
    except InputError as error:
        if [issue.file for issue in error.issues] != [wanted]:
            raise
        raise InputError([context.overlay.issue(place, f"{wanted}: {error.issues[0].text}")]) from None


def _change(item: tuple[Override, str, str]) -> Change:
    override, old, new = item
    return Change(".".join(override.path), old, new, override.by)


def _line(context: _Context, library: Library, index: int, spec: LineSpec) -> tuple[Line, list[yamlfile.Document]]:
    """Resolve one line, with a catalogue of its own if it changes that."""
    scenario, overlay, here = context.scenario, context.overlay, ("lines", index)

    def at(number: int, key: str) -> tuple[str | int, ...]:
        """Return where a route of the line is named, or its `from`."""
        place = (*here, *spec.places[number])
        return (*place, key) if spec.line is None or (*place, key) in overlay.document.marks else place

    documents = _documents(context, spec, at)
    for number, document in enumerate(documents):
        if spec.scale not in ("", *scales(document)):
            text = unknown_scale(document, spec.scale)
            place = (*here, "scale") if spec.line is None else at(number, "route")
            raise InputError([overlay.issue(place, text)])
        wanted = spec.links[number].variant
        if wanted and wanted not in variants(document):
            text = unknown_variant(document, wanted)
            place = (*here, *spec.places[number], "variant")
            raise InputError([overlay.issue(place, text)])
    target = _target(context, spec, documents[-1], here)
    own = list(_overrides(overlay.document, (*here, "set"), spec.set, "line"))
    local = _of_catalogue(own)
    if local or spec.prices or spec.region:
        try:
            library = context.library(local, prices=spec.prices, region=spec.region)
        except InputError as error:
            raise InputError(_placed(error, overlay, *here)) from None
    routes = [_name(document) for document in documents]
    changes = [
        *_of_line(context.given, spec, routes),
        *(item for item in own if item not in local),
        *_of_line(context.typed, spec, routes),
    ]
    line = resolve_chain(
        spec.name,
        _parts(spec, documents, routes, changes),
        library,
        spec.plant or scenario.plant,
        place=lambda problem: overlay.issue(at(int(problem.path[0]), str(problem.path[1])), problem.text),
        scale=spec.scale or (INDUSTRIAL if any(line.scale for line in scenario.lines) else ""),
        backend=spec.backend or scenario.backend,
        target_per_year=target,
        fit=(spec.sizes or scenario.sizes) == "target",
        warm_up_h=scenario.warm_up_h,
        horizon_h=scenario.horizon.value,
    )
    if context.cell is not None:
        text = misfit(context.cell, line.route.function, _shipped(line))
        if text:
            raise InputError([overlay.issue((*here, "route" if spec.line is None else "line"), text)])
    return line, documents


def _target(
    context: _Context, spec: LineSpec, document: yamlfile.Document, here: tuple[str | int, ...]
) -> float | None:
    """Return the target of a line in the unit of its product a year; one in kWh is that of the cells it goes into."""
    target, unit = spec.target, _unit(document)
    if target is None:
        return None
    text, found = "", target.value
    if target.unit == "kWh/y":
        design, function = context.cell, str(document.data.get("function")) if isinstance(document.data, dict) else ""
        per_kwh = needed(design, function, unit) if design is not None else None
        if design is None:
            text = (
                f"a target in energy, '{target.text}', needs a cell: name a design, such as 'cell: nmc_lithium_sulfide'"
            )
        elif per_kwh is None and unit:
            known = ", ".join(design.functions)
            text = f"'{target.text}': the cell '{design.name}' takes no {function} in {unit}; it takes {known}"
        found *= per_kwh or 1.0
    elif unit and target.unit != f"{unit}/y":
        text = f"the line ships {unit}, so its target is in {unit}/y, found '{target.text}'"
    if text:
        raise InputError([context.overlay.issue((*here, "target"), text)])
    return found


def _shipped(line: Line) -> dict[str, float]:
    """Return what a unit of a line's product holds [kg/unit]."""
    outlets = [outlet for flow in line.flowsheet.steps.values() for outlet in flow.outlets if "ship" in outlet.places]
    return dict(outlets[-1].stream.kg_per_unit) if outlets else {}


def _documents(
    context: _Context, spec: LineSpec, at: Callable[[int, str], tuple[str | int, ...]]
) -> list[yamlfile.Document]:
    """Read the files of a line's routes; all that cannot be read are reported together."""
    found, issues = [], []
    for number, link in enumerate(spec.links):
        try:
            path, shown = find("routes", link.route, beside=context.path)
        except InputError as error:
            issues.append(context.overlay.issue(at(number, "route"), f"{link.route}: {error.issues[0].text}"))
            continue
        try:
            found.append(yamlfile.read(path, name=shown))
        except InputError as error:
            issues += error.issues
    if issues:
        raise InputError(issues)
    return found


def _parts(
    spec: LineSpec, documents: Sequence[yamlfile.Document], names: Sequence[str], changes: Sequence[Override]
) -> list[Part]:
    """Return the routes of a line with their changes; in a chain the first word of a path says whose it is."""
    if spec.line is None:
        return [Part(documents[0], tuple(changes), variant=spec.variant)]
    links = [(stage, link) for stage, branches in enumerate(spec.stages) for link in branches]
    issues = []
    for override in changes:
        first = override.path[0]
        if first not in names:
            text = f"'{override.name}' hits nothing: the chain has no route '{first}'{nearest(first, names)}"
            issues.append(override.issue(f"{text}; its routes are {', '.join(names)}"))
        elif len(override.path) == 1:
            issues.append(override.issue(f"'{override.name}' is a whole route: name a value in it"))
    if issues:
        raise InputError(issues)
    return [
        Part(document, tuple(_of_route(changes, name)), link.from_, stage, link.share, link.variant, name)
        for document, name, (stage, link) in zip(documents, names, links, strict=True)
    ]


def _unknown_routes(context: _Context, routes: Sequence[str]) -> Iterator[Issue]:
    """Yield what is wrong with changes of a route; where some lines alone are read, the others may hold it."""
    for override in () if context.request.lines else (*context.given, *context.typed):
        if override.path[0] == ROUTE and override.path[1] not in routes:
            text = f"'{override.name}' hits nothing: no line has a route '{override.path[1]}'"
            yield override.issue(text + nearest(override.path[1], routes))


def _name(document: yamlfile.Document) -> str:
    """Return the name of a route, empty if the file does not say."""
    return str(document.data.get("name")) if isinstance(document.data, dict) else ""


def _unit(document: yamlfile.Document) -> str:
    """Return the unit that a route ships in, empty if the file does not say."""
    product = document.data.get("product") if isinstance(document.data, dict) else None
    unit = product.get("unit") if isinstance(product, dict) else None
    return unit if unit in ("kg", "m2") else ""


def _overrides(
    document: yamlfile.Document, place: tuple[str | int, ...], given: Mapping[str, Any], by: str
) -> Iterator[Override]:
    for path, value in given.items():
        yield Override(split(path), value, document, (*place, path), by, path)


def _command_line(overrides: Sequence[str | tuple[str, Any]], issues: list[Issue]) -> Iterator[Override]:
    """Read `path=value` texts, whose values are YAML, or pairs of both."""
    for text in overrides:
        if isinstance(text, tuple):
            path, value = text
            document = yamlfile.Document(f"{path}={value}", value, {(): (1, 1)}, {})
            yield Override(split(path), value, document, (), "command line", path)
            continue
        path, equals, value = text.partition("=")
        name = f"--set {text}"
        if not equals or not path.strip():
            problem = "expected path=value, such as ball_milling.steps.mill.dose='15 kWh/kg'"
            issues.append(Issue(name, 1, 1, problem))
            continue
        try:
            document = yamlfile.parse(value or "''", name=name)
        except InputError as error:
            issues += error.issues
            continue
        yield Override(split(path), document.data, document, (), "command line", path.strip())


def _replaced(fields: Mapping[str, Any]) -> Iterator[Override]:
    """Return fields of the scenario given by name, such as `--seed 7`, as overrides."""
    for name, value in fields.items():
        if value is not None:
            document = yamlfile.Document(f"--{name} {value}", value, {(): (1, 1)}, {})
            path = (ALL, name) if name in LINE_FIELDS and name not in Scenario.model_fields else (name,)
            yield Override(path, value, document, (), "command line", name)
