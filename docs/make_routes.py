"""The page of the routes, made from the route files: `python docs/make_routes.py` writes `docs/routes.md`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sim.inputs import bundled, yamlfile

__all__ = ["PAGE", "page"]

PAGE = Path(__file__).parent / "routes.md"

_KINDS = {
    "precursor": "Precursors",
    "synthesis": "Electrolyte powders",
    "membrane": "Separators",
    "electrode": "Electrodes",
    "cell": "Cells",
    "recycling": "Recycling",
}
"""Kinds of route in order of flow, with their headings."""

_HEAD = """\
<!-- Made by `python docs/make_routes.py` from routes/; do not edit. -->
# The routes

Every route is a file of unit operations in `routes/`. Lines of one kind, function, unit and service are ranked against each
other, others only stand side by side; `sim run review` sets all that the review describes beside each other, `sim run table2` its
membranes,
[what their products are said to be](validation.md) is held against them, and `sim check NAME` names the steps and
streams of one.
"""

_MISSING = """
## Routes of the review that no file can say yet

| route | what is missing |
|---|---|
| Li3PS4 with lithium thioethoxide | a reagent that a later step gives back to an earlier one: without its loop 0.38 kg of it are lost per kg |
| direct recycling and re-sintering of spent cells and electrolyte | several products with prices or credits, allocation, gate fees, feeds of uncertain composition |
"""


def page() -> str:
    """Return the page as text."""
    routes = [yamlfile.read(path).data for path in bundled("routes").values()]
    return "".join([_HEAD, *_sections(routes), _MISSING])


def _sections(routes: list[Mapping[str, Any]]) -> Iterator[str]:
    for kind, heading in _KINDS.items():
        # what is ranked together stands together
        members = sorted(
            (data for data in routes if data["kind"] == kind),
            key=lambda data: (str(data["function"]), str(data["name"])),
        )
        if not members:
            continue
        yield f"\n## {heading}\n\n| route | what | function | steps | solvents | specification |\n|---|---|---|---|---|---|\n"
        for data in members:
            yield _row(data)


def _row(data: Mapping[str, Any]) -> str:
    name = data["name"]
    spec = "; ".join(f"{key} {value}" for key, value in data["product"].get("spec", {}).items())
    family = "".join(f"; variant `{key}`: {said['title']}" for key, said in data.get("variants", {}).items())
    cells = [
        f"[{name}](../routes/{name}.yaml)",
        f"{data['title']}{family}",
        data["function"],
        str(len(data["steps"])),
        ", ".join(data.get("tanks", {})) or "–",
        spec or "–",
    ]
    return f"| {' | '.join(cells)} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
