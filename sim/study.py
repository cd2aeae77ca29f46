"""A scenario with all of its lines resolved: read, overridden, checked, sized."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim import yamlfile
from sim.bundle import find
from sim.errors import InputError, Issue, nearest
from sim.library import CATALOGUE, Library, load_library
from sim.line import Change, Line, resolve
from sim.overlay import Overlay, Override
from sim.scenario import LineSpec, Scenario

__all__ = ["Study", "load_scenario"]


@dataclass(frozen=True, slots=True)
class Study:
    """Everything that a run needs."""

    scenario: Scenario
    lines: tuple[Line, ...]
    changes: tuple[Change, ...]
    """Every override, in order: scenario, line, command line."""
    digests: Mapping[str, str]
    """SHA-256 of every file that was read, by the name that messages use."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """Doubts about the lines, each once."""
        return tuple(dict.fromkeys(text for line in self.lines for text in line.warnings))


def load_scenario(wanted: str | Path, *, overrides: Sequence[str] = (), **replace: Any) -> Study:
    """Read a scenario and everything that it names.

    Parameters
    ----------
    wanted : str or Path
        A bundled scenario by name, or the path of a scenario file.
    overrides : sequence of str
        Changes as on the command line, `path=value`; they beat those of the scenario.
    **replace
        Fields of the scenario to replace, such as `replications=3` or `seed=7`; None changes nothing.

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
    path, shown = find("scenarios", str(wanted))
    overlay = Overlay(yamlfile.read(path, name=shown))
    issues: list[Issue] = []
    typed = list(_command_line(overrides))
    own = set(Scenario.model_fields) - {"set"}
    for override in [item for item in typed if item.path[0] in own]:
        problem = overlay.apply(override, override.path)
        issues += [problem] if problem else []
    if isinstance(overlay.data, dict):
        overlay.data.update({key: value for key, value in replace.items() if value is not None})
    scenario = overlay.validate(Scenario, overlay.data, (), issues)
    if issues or scenario is None:
        raise InputError(issues)
    names = [line.name for line in scenario.lines]
    changes = [
        *_overrides(overlay.document, ("set",), scenario.set, "scenario"),
        *(item for item in typed if item.path[0] not in own),
    ]
    roots = (*names, *CATALOGUE)
    for index, name in enumerate(names):
        if names.index(name) != index:
            issues.append(overlay.issue(("lines", index, "name"), f"the line name '{name}' is used twice"))
    for override in changes:
        if override.path[0] not in roots:
            text = f"'{'.'.join(override.path)}' hits nothing: no '{override.path[0]}'{nearest(override.path[0], roots)}"
            issues.append(override.issue(text))
    if issues:
        raise InputError(issues)
    return _resolved(scenario, overlay, path, changes, [_change(*item) for item in overlay.changes])


def _change(override: Override, old: str, new: str) -> Change:
    return Change(".".join(override.path), old, new, override.by)


def _resolved(
    scenario: Scenario, overlay: Overlay, path: Path, changes: Sequence[Override], made: list[Change]
) -> Study:
    """Resolve every line; the problems of all lines are reported together."""
    shared = [item for item in changes if item.path[0] in CATALOGUE]
    digests = {overlay.document.name: overlay.document.digest}
    library, catalogue_changes = _library(overlay, scenario, shared)
    issues: list[Issue] = []
    lines: list[Line] = []
    for index, spec in enumerate(scenario.lines):
        own = list(_overrides(overlay.document, ("lines", index, "set"), spec.set, "line"))
        own += [_below(item) for item in changes if item.path[0] == spec.name]
        try:
            line = _line(spec, scenario, path, library, shared, own, overlay)
        except InputError as error:
            issues += error.issues
            continue
        lines.append(line)
        made += [Change(f"{spec.name}.{c.path}", c.old, c.new, c.by) for c in line.changes]
    if issues:
        raise InputError(issues)
    for spec in scenario.lines:
        route_path, route_shown = find("routes", spec.route, beside=path)
        digests[route_shown] = yamlfile.read(route_path, name=route_shown).digest
    return Study(scenario, tuple(lines), (*catalogue_changes, *made), digests)


def _library(overlay: Overlay, scenario: Scenario, shared: Sequence[Override]) -> tuple[Library, list[Change]]:
    try:
        library = load_library(prices=scenario.prices, overrides=shared)
    except InputError as error:
        if error.issues[0].file == "prices":
            raise InputError([overlay.issue(("prices",), error.issues[0].text)]) from None
        raise
    return library, [_change(*item) for item in library.changes]


def _line(
    spec: LineSpec,
    scenario: Scenario,
    path: Path,
    library: Library,
    shared: Sequence[Override],
    own: Sequence[Override],
    overlay: Overlay,
) -> Line:
    """Resolve one line, with a catalogue of its own if it changes that."""
    try:
        route_path, shown = find("routes", spec.route, beside=path)
    except InputError as error:
        index = scenario.lines.index(spec)
        raise InputError([overlay.issue(("lines", index, "route"), f"{spec.route}: {error.issues[0].text}")]) from None
    local = [item for item in own if item.path[0] in CATALOGUE]
    if local:
        library = load_library(prices=scenario.prices, overrides=[*shared, *local])
    line = resolve(
        spec.name,
        route_path,
        library,
        scenario.plant,
        shown=shown,
        target_per_year=spec.target.value if spec.target else None,
        overrides=[item for item in own if item.path[0] not in CATALOGUE],
        warm_up_h=scenario.warm_up.value,
        horizon_h=scenario.horizon.value,
    )
    if spec.target is not None and spec.target.unit != f"{line.unit}/y":
        index = scenario.lines.index(spec)
        text = f"the line ships {line.unit}, so its target is in {line.unit}/y, not {spec.target.unit}"
        raise InputError([overlay.issue(("lines", index, "target"), text)])
    return line


def _below(item: Override) -> Override:
    """Return an override without the name of its line."""
    return Override(item.path[1:] or ("",), item.value, item.document, item.place, item.by)


def _overrides(
    document: yamlfile.Document, place: tuple[str | int, ...], given: Mapping[str, Any], by: str
) -> Iterator[Override]:
    for path, value in given.items():
        yield Override(tuple(str(path).split(".")), value, document, (*place, path), by)


def _command_line(overrides: Sequence[str]) -> Iterator[Override]:
    """Read `path=value` texts; values are YAML."""
    for text in overrides:
        path, equals, value = text.partition("=")
        name = f"--set {text}"
        if not equals or not path:
            raise InputError([Issue(name, 1, 1, "expected path=value, such as ball_milling.steps.mill.dose='15 kWh/kg'")])
        document = yamlfile.parse(value or "''", name=name)
        yield Override(tuple(path.strip().split(".")), document.data, document, (), "command line")
