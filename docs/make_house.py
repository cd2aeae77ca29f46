"""The table of rooms in CONTRIBUTING.md: made from the import contract and the doors, so that it shows the house as it is.

`python docs/make_house.py` writes it.
"""

import ast
import re
import tomllib
from pathlib import Path

__all__ = ["PAGE", "renewed"]

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "CONTRIBUTING.md"
_TABLE = re.compile(r"(<!-- made by `python docs/make_house\.py` -->\n)(?:\|.*\n)*")


def renewed(page: str) -> str:
    """Return the page with its table as the contract and the doors have it now."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    floors = [layer.split(" : ") for layer in contracts[0]["layers"]]
    rows = [
        f"| {len(floors) - number} | `{room}` | {_said(room)} | {_modules(room)} |"
        for number, floor in enumerate(floors)
        for room in floor
    ]
    table = ["| floor | room | what it is | modules |", "|---|---|---|---|", *rows]
    return _TABLE.sub(lambda found: found[1] + "".join(f"{row}\n" for row in table), page)


def _said(room: str) -> str:
    """Return the first sentence of a room's door."""
    path = ROOT / "sim" / room / "__init__.py"
    text = (path if path.is_file() else path.parent.with_suffix(".py")).read_text(encoding="utf-8")
    return " ".join((ast.get_docstring(ast.parse(text)) or "").split("\n\n")[0].split())


def _modules(room: str) -> str:
    inside = sorted(path.stem for path in (ROOT / "sim" / room).glob("*.py") if path.stem != "__init__")
    folders = sorted(f"{path.parent.name}/" for path in (ROOT / "sim" / room).glob("*/__init__.py"))
    return ", ".join(f"`{name}`" for name in [*inside, *folders])


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
