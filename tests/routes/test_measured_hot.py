"""What conducts only in the heat is told apart from what conducts in a room."""

import pytest

import sim
from sim.results import places


@pytest.mark.parametrize(
    ("route", "target", "kelvin"), [("ald_mgpon", "15 m2/y", 773.15), ("ald_zno_latp", "2000 m2/y", None)]
)
def test_the_temperature_of_the_measurement_stands_beside_the_resistance(route, target, kelvin):
    results = sim.run(sim.load_scenario(f"routes/{route}.yaml", target=target, replications=1, doubt=False))
    (line,) = results.manifest["lines"]
    assert line.get("measured_at_k") == kelvin
    assert [place.at_k for place in places(results)] == [kelvin]
