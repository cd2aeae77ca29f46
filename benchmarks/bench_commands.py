"""What people run, as whole processes: processor time and wall time of each, beside a bare loop."""

import pytest

COMMANDS = [
    ("sim run five_routes", 3, "10 s / 7 s"),
    ("sim run matrix --no-report", 1, "20 s / 12 s"),
    ("sim run how_sure", 1, "20 s of wall time"),
    ("sim bottleneck five_routes --line metathesis --replications 3", 1, "6 s"),
    ("sim sensitivity five_routes --line metathesis", 1, "6 s"),
    ("sim sensitivity five_routes --line metathesis --reach '50 USD/kg'", 1, "3 s"),
    ("sim sweep scale_curve", 1, "8 s"),
    ("sim optimise five_routes --line ball_milling --trials 10 --replications 3", 1, "3 s"),
    ("sim validate", 1, "10 s"),
    ("sim check five_routes", 5, "0.8 s"),
    ("sim routes", 5, "0.3 s"),
    ("sim sources metathesis", 5, "1 s"),
    ("sim graph metathesis", 5, "1.5 s"),
]
"""Command, how often it is run, and the time wanted: of the processors, and by the clock."""


@pytest.mark.benchmark
@pytest.mark.parametrize(("words", "rounds", "wanted"), COMMANDS, ids=[words for words, *_ in COMMANDS])
def test_command(words, rounds, wanted, command, row, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    row(f"`{words}`", command(words, rounds=rounds), wanted)
