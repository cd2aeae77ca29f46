"""Invented facts of a manifest, made from what is declared."""

from typing import Any, NotRequired, get_args, get_origin, get_type_hints

from typing_extensions import is_typeddict

from sim.results import manifest as declared


def invented(kind: Any, /, **given: Any) -> Any:
    """Return an empty value of every field that a manifest must have; those that are given beat it."""
    if is_typeddict(kind):
        hints = get_type_hints(kind, include_extras=True)
        needed = {name: hint for name, hint in hints.items() if get_origin(hint) is not NotRequired}
        return {**({name: invented(hint) for name, hint in needed.items()} if kind.__total__ else {}), **given}
    allowed = get_args(kind)
    return None if type(None) in allowed else (get_origin(kind) or kind)()


def line(name: str, **given: Any) -> declared.LineFacts:
    """Return the facts of a line."""
    return invented(declared.LineFacts, name=name, **{"route": {"name": name}, **given})


def manifest(*lines: declared.LineFacts, **given: Any) -> declared.Manifest:
    """Return a manifest."""
    return invented(declared.Manifest, format=declared.FORMAT, program_version="0.1.0", lines=list(lines), **given)
