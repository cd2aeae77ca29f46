"""Beginning a study: a commented route and a scenario that check and run, to be made one's own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from sim.errors import InputError, Issue, nearest
from sim.inputs import yamlfile
from sim.inputs.bundle import bundled

__all__ = ["KINDS_OF_START", "begin"]

_TEMPLATES = Path(__file__).parent.parent / "data" / "templates"

KINDS_OF_START = tuple(sorted(path.stem for path in _TEMPLATES.glob("*.yaml")))
"""Kinds of routes that can be begun from nothing; the others are begun from a bundled route."""

_TARGETS: Mapping[str, str] = {"kg": "40 t/y", "m2": "0.5 Mm2/y"}

_SCENARIO = """\
# What to run: `sim run {name}_scenario.yaml`. Every word of it: `sim schema scenario`, or docs/reference/scenario.md.
name: {name}_scenario
title: {name} by itself
question: What does a unit cost, and what decides it?

lines:                          # add others to compare them with, such as a bundled route (`sim routes`)
  - {{name: {name}, route: {name}.yaml, target: {target}}}

horizon: 1 y                    # observed time; whole years hold shutdowns in proportion
warm_up: auto                   # time before anything counts
replications: 10                # runs with other random numbers
seed: 1
prices: spot_2025               # price set of the catalogue (`sim show price_sets`)
# region: EU                    # electricity and wages (`sim show regions`)
# overlays: [my_prices.yaml]    # your own prices, laid over the catalogue
# set:
#   {name}.steps.STEP.duration: 2 h
"""


def begin(name: str, *, route: str = "", kind: str = "synthesis") -> Mapping[str, str]:
    """Return the text of a route and of a scenario by their file names.

    Parameters
    ----------
    name : str
        Name of the route: letters, digits and `_`.
    route : str, default=""
        A bundled route to begin from.
    kind : str, default="synthesis"
        One of `KINDS_OF_START`, if there is no such route.

    Raises
    ------
    InputError
        If the name is none, or there is no such route or kind.
    """
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,49}", name):
        raise _problem(name, "expected a name of letters, digits and '_' that begins with a letter")
    known = bundled("routes")
    if route and route not in known:
        raise _problem(route, f"there is no bundled route '{route}'{nearest(route, known)}")
    if not route and kind not in KINDS_OF_START:
        text = f"expected {' or '.join(KINDS_OF_START)}, found '{kind}'; others begin from a bundled route, by --from"
        raise _problem(kind, text)
    path = known[route] if route else _TEMPLATES / f"{kind}.yaml"
    text = path.read_text(encoding="utf-8").replace("NAME", name)
    text = re.sub(r"^name: .*$", f"name: {name}", text, count=1, flags=re.MULTILINE)
    unit = yamlfile.read(path).data["product"]["unit"]
    return {f"{name}.yaml": text, f"{name}_scenario.yaml": _SCENARIO.format(name=name, target=_TARGETS[unit])}


def _problem(found: str, text: str) -> InputError:
    return InputError([Issue(found, 1, 1, text)])
