"""What comes with the program: routes, scenarios and cells, found by name, or files of the user's by path."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import yaml

from sim.errors import InputError, Issue, nearest

__all__ = ["bundled", "find", "program", "title_of"]

_PACKAGE = Path(__file__).parent.parent


def bundled(kind: str) -> dict[str, Path]:
    """Return the bundled files of a kind, `routes`, `scenarios` or `cells`, by name."""
    packed = _PACKAGE / "data" / kind
    folder = packed if packed.is_dir() else _PACKAGE.parent / kind
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def title_of(path: Path) -> str:
    """Return the title of a route or a scenario, which is read no further; empty if it has none."""
    with path.open("rb") as file:
        events = yaml.parse(file, Loader=yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader)
        depth, key = 0, ""
        for event in events:
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > 1 or not isinstance(event, yaml.ScalarEvent):
                key = ""
            elif key == "title":
                return str(event.value)
            else:
                key = event.value if not key else ""
    return ""


@cache
def program() -> str:
    """Return a digest of the program: its modules and its catalogue, whatever number its version has."""
    found = hashlib.sha256()
    for path in sorted(path for path in _PACKAGE.rglob("*") if path.suffix in (".py", ".yaml", ".cpp", ".hpp", ".h")):
        found.update(f"{path.relative_to(_PACKAGE).as_posix()}\0{path.stat().st_size}\0".encode())
        found.update(path.read_bytes())
    return found.hexdigest()


def find(kind: str, wanted: str, *, beside: Path | None = None) -> tuple[Path, str]:
    """Return (path, name for messages) of a file given by path or by bundled name.

    Parameters
    ----------
    kind : str
        `routes`, `scenarios` or `cells`.
    wanted : str
        A bundled name, or a path; a relative path starts at the folder of *beside*, if given, then here.

    Raises
    ------
    InputError
        If there is neither such a file nor such a name.
    """
    known = bundled(kind)
    if wanted in known:
        return known[wanted], f"{kind}/{wanted}.yaml"
    tried = [base / wanted for base in ([beside.parent] if beside is not None else []) + [Path()]]
    for path in tried:
        if _is(path.is_file):
            return path, str(path)
    if any(_is(path.is_dir) for path in tried) and wanted:
        raise InputError([Issue(wanted, 1, 1, "expected a file, found a directory")])
    if Path(wanted).suffix or "/" in wanted:
        raise InputError([Issue(wanted, 1, 1, "there is no such file")])
    hint = nearest(wanted, known) or f"; bundled {kind} are {', '.join(known)}"
    raise InputError([Issue(wanted, 1, 1, f"neither a file nor a bundled name{hint}")])


def _is(test: Callable[[], bool]) -> bool:
    """Whether a path is what it is asked for; no if the system will not even look (too long, no right to)."""
    try:
        return test()
    except (OSError, ValueError):
        return False
