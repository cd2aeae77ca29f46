"""What the report of every bundled scenario says, kept as text: what changes it shows as a readable difference.

`PYTHONPATH=.:tests python tests/reporting/test_said.py [NAME ...]` writes the texts anew. `five_routes` is compared in
`test_document.py`, whose run it shares.
"""

import sys
from difflib import unified_diff
from pathlib import Path

import pytest
from support.said import text_of

import sim

TEXTS = Path(__file__).parent / "said"
KEPT = [path.stem for path in sorted(TEXTS.glob("*.txt")) if path.stem != "five_routes"]


def run(name):
    """Run one replication of a bundled scenario."""
    return sim.run(sim.load_scenario(name, replications=1))


@pytest.mark.slow
@pytest.mark.parametrize("name", KEPT)
def test_a_bundled_scenario_says_what_it_said(name):
    before, now = (TEXTS / f"{name}.txt").read_text(encoding="utf-8"), text_of(run(name))

    assert "".join(unified_diff(before.splitlines(keepends=True), now.splitlines(keepends=True), "before", "now")) == ""


if __name__ == "__main__":
    for chosen in sys.argv[1:] or [*KEPT, "five_routes"]:
        (TEXTS / f"{chosen}.txt").write_text(text_of(run(chosen)), encoding="utf-8")
