"""A file as it is asked for: a scenario, or a route by itself, which is the only line of a scenario of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sim.errors import InputError, Issue, nearest
from sim.inputs import Document, bundled, find, yamlfile

__all__ = ["is_scenario", "opened", "scenario_of"]

_TIMES = {"horizon": "1 y", "warm_up": "auto"}
"""How long a route by itself is simulated."""


def opened(wanted: str) -> tuple[Path, Document]:
    """Read a scenario or a route, by bundled name or path.

    Raises
    ------
    InputError
        If there is no such file, or it is not the YAML that this program accepts.
    """
    routes, scenarios = bundled("routes"), bundled("scenarios")
    # a word that is neither is taken for what it is like
    route = wanted in routes or (nearest(wanted, routes) and not nearest(wanted, scenarios))
    path, shown = find("routes" if route and wanted not in scenarios else "scenarios", wanted)
    return path, yamlfile.read(path, name=shown)


def is_scenario(document: Document) -> bool:
    """Whether a file has lines rather than steps; raises InputError if it is no mapping."""
    data = document.data
    if not isinstance(data, dict):
        raise InputError([Issue(document.name, 1, 1, "expected a mapping: a route has 'steps', a scenario 'lines'")])
    if "lines" in data or "steps" in data:
        return "lines" in data
    return "horizon" in data or "replications" in data


def scenario_of(wanted: str) -> tuple[Path, Document]:
    """Read a scenario; a route by itself becomes one with this one line, for a year.

    Raises
    ------
    InputError
        As `opened`.
    """
    path, document = opened(wanted)
    if not isinstance(document.data, dict) or "steps" not in document.data or "lines" in document.data:
        return path, document
    route, name, title = document.data, document.data.get("name"), document.data.get("title")
    named = name if isinstance(name, str) else path.stem
    line = {"name": named, "route": path.stem if wanted in bundled("routes") else path.name}
    data: dict[str, Any] = {"name": named, "title": title if isinstance(title, str) else named, "lines": [line]}
    if "format" in route:
        data["format"] = route["format"]
    return path, Document(document.name, {**data, **_TIMES}, {(): (1, 1)}, {}, document.digest)
