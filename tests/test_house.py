"""The house: who may import what of whom; import-linter holds the floors."""

import ast
from pathlib import Path

import pytest

import sim

ROOT = Path(sim.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))
ROOMS = sorted(path.parent.name for path in ROOT.glob("*/__init__.py"))


def room(name):
    """Return the room of a dotted name or of a file, or nothing if it is in none."""
    return next((part for part in name[1:2] if part in ROOMS), None)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_room_is_entered_by_its_door(path):
    own = room(("sim", *path.relative_to(ROOT).parts))
    imports = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)]
    deep = [
        node.module for node in imports if node.module and node.module.startswith("sim.") and node.module.count(".") > 1
    ]

    assert [name for name in deep if room(tuple(name.split("."))) != own] == []


def test_there_are_fourteen_rooms_and_modules_at_most():
    found = {path.name for path in ROOT.iterdir() if path.name[0] not in "._" and path.name not in ("data", "py.typed")}

    assert len(found) <= 14, sorted(found)


@pytest.mark.parametrize("name", ROOMS)
def test_a_door_says_what_is_behind_it(name):
    assert ast.get_docstring(ast.parse((ROOT / name / "__init__.py").read_text()))
