"""The page of problems: made from `sim/data/problems.toml` and the examples in `tests/routes/bad`.

`python docs/make_errors.py` writes `docs/errors.md`.
"""

from __future__ import annotations

import re
from difflib import unified_diff
from pathlib import Path

from sim.errors import Kind, kinds

__all__ = ["BAD", "PAGE", "page"]

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "errors.md"
BAD = ROOT / "tests" / "routes" / "bad"

_HEAD = """\
<!-- made by `python docs/make_errors.py` from sim/data/problems.toml; do not edit -->
# Problems by code

A message of `sim check` and of every command that reads files says where and what, and ends in a code:

    route.yaml:21:15: 'duration': expected a quantity with a unit such as 'min' or 'h', found the bare number 2 [E101]

`sim check` finds what `sim run` would refuse, all of it at once as far as one fault does not hide another. In Python an
`InputError` has `issues`, each with `file`, `line`, `col`, `path` (`steps[3].duration`), `text` and `code`.
`sim show E101` prints what stands here.
"""

_GROUPS = {
    "E0": "Reading a file",
    "E1": "Values",
    "E2": "Names",
    "E3": "Sources",
    "E4": "Streams",
    "E5": "Machines and people",
    "E6": "Plants, chains and questions",
    "E7": "Changes",
    "E8": "Costs and results",
    "E9": "All else",
}


def page() -> str:
    """Return the whole page."""
    parts, group = [_HEAD], ""
    for code, kind in kinds().items():
        if code[:2] != group:
            group = code[:2]
            parts.append(f"## {_GROUPS[group]}\n")
        parts.append(f"### {code} {kind.title}\n\n{kind.why}\n\n{_example(kind)}{kind.mend}\n")
    return "\n".join(parts)


def _example(kind: Kind) -> str:
    """Return what an example changes in a sound file, and the message about it."""
    if not kind.example:
        return ""
    base = "base_scenario" if kind.example.startswith("scenario_") else "base"
    good = (BAD.parent / f"{base}.yaml").read_text(encoding="utf-8").splitlines()
    text = (BAD / f"{kind.example}.yaml").read_text(encoding="utf-8").splitlines()
    heads = [line for line in text if re.match(r"# (\S+:)?\d+:\d+: ", line)]
    bad = [line for line in text if not line.startswith("#")]
    changed = [line for line in unified_diff(good, bad, n=0, lineterm="") if not re.match(r"[+-]{3}|@@", line)]
    shown = "\n".join(changed[:8])
    message = re.sub(r"^# (\S+:)?\d+:\d+: ", "", heads[0])
    return f"```diff\n{shown}\n```\n\n> {message}\n\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
