"""A whole year of the five routes: the target is met and effectiveness is believable."""

import pytest

TARGETS = {"ball_milling": 5e5, "wet_thf": 5e5, "metathesis": 5e5, "dry_ptfe": 2.5e6, "infiltration": 2.5e6}
OEE = {
    "ball_milling": (0.75, 0.88),
    "wet_thf": (0.75, 0.88),
    "metathesis": (0.75, 0.88),
    "dry_ptfe": (0.55, 0.70),
    "infiltration": (0.55, 0.70),
}

pytestmark = pytest.mark.slow


def mean(results, line, kpi):
    table = results.summary
    return table[(table["line"] == line) & (table["kpi"] == kpi)]["mean"].item()


@pytest.mark.parametrize("line", TARGETS)
def test_the_target_is_met_within_three_percent(year, line):
    assert mean(year, line, "throughput") == pytest.approx(TARGETS[line], rel=0.03)
    assert not [text for text in year.manifest["warnings"] if text.startswith(f"{line}:") and "target" in text]


@pytest.mark.parametrize("line", OEE)
def test_overall_equipment_effectiveness_is_believable(year, line):
    low, high = OEE[line]
    assert low <= mean(year, line, "oee") <= high


@pytest.mark.parametrize(("line", "low", "high"), [("ball_milling", 65, 95), ("wet_thf", 65, 95), ("dry_ptfe", 25, 45)])
def test_people_are_as_many_as_such_plants_have(year, line, low, high):
    assert low <= mean(year, line, "people") <= high


@pytest.mark.parametrize("line", ["ball_milling", "wet_thf", "metathesis"])
def test_work_in_process_and_lead_time_agree_with_littles_law(year, line):
    per_hour = mean(year, line, "throughput") / 8760.0
    assert mean(year, line, "wip") == pytest.approx(per_hour * mean(year, line, "lead_time"), rel=0.1)
