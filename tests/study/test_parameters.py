from functools import cache

import numpy as np
import pytest
from support import lines

from sim.errors import InputError
from sim.inputs.questions import Uncertainty
from sim.plant.sizing import solve
from sim.study.load import load_scenario
from sim.study.parameters import correlations, parameters, underived


@cache
def five():
    return load_scenario("five_routes")


def keyed(found):
    return {parameter.key: parameter for parameter in found}


def test_a_number_of_several_lines_is_one_parameter():
    found = keyed(parameters(five().lines))
    assert set(found["materials.Li2CO3.price"].ranges) >= {"ball_milling", "wet_thf", "metathesis"}
    assert len(found) < sum(len(parameter.ranges) for parameter in found.values())
    for parameter in found.values():
        for own in parameter.ranges.values():
            assert own.low <= own.mode <= own.high
            assert own.low < own.high


def test_a_price_that_the_price_set_replaced_is_drawn_from_the_range_in_force():
    line = next(line for line in load_scenario("five_routes", prices="at_scale").lines if line.name == "dry_ptfe")
    own = keyed(parameters([line]))["materials.Li2CO3.price"].ranges["dry_ptfe"]
    assert (own.low, own.mode, own.high) == (7.0, 8.4, 30.0)


def test_a_price_that_the_scenario_sets_is_no_parameter():
    study = load_scenario("five_routes", overrides=["materials.Li2CO3.price=9 USD/kg"])
    assert "materials.Li2CO3.price" not in keyed(parameters(study.lines))


def test_a_duration_that_follows_from_dose_and_power_is_no_parameter():
    # 2 kWh/kg x 100 kg at 20 kW are the 10 h that the route gives as well
    text = lines.ONE_STEP.replace("10 h", "{value: 10 h, range: [5 h, 20 h]}").replace(
        "    operators: 1", "    dose: {value: 2 kWh/kg, range: [1 kWh/kg, 4 kWh/kg]}\n    operators: 1"
    )
    line = lines.resolved(text)
    assert [parameter.key for parameter in parameters([line])] == ["route.toy.steps.mill.dose"]
    assert underived(line).route.steps[0].duration is None
    assert solve(underived(line).graph, line.flowsheet, line.library, line.year, target=None) == line.sizing


def test_only_names_parameters_by_pattern():
    found = parameters(five().lines, Uncertainty(only=["materials.*.price"]))
    assert found
    assert all(parameter.key.startswith("materials.") and parameter.key.endswith(".price") for parameter in found)


def test_prices_of_equipment_share_a_factor_and_yields_one_for_every_reason():
    spec = Uncertainty()
    found = parameters(five().lines, spec)
    matrix = correlations(found, spec)
    place = {parameter.key: index for index, parameter in enumerate(found)}
    prices = [key for key in place if key.startswith("equipment.") and key.endswith(".price.value")]
    # a rank correlation of 0.6 is 2 sin(0.1 pi) = 0.618 between normal numbers
    assert matrix[place[prices[0]], place[prices[1]]] == pytest.approx(2.0 * np.sin(0.1 * np.pi))
    assert matrix[place[prices[0]], place["materials.Li2CO3.price"]] == 0.0
    assert np.linalg.eigvalsh(matrix)[0] > 0.0
    reasons = {parameter.group[1] for parameter in found if parameter.group[0] == "yields"}
    assert len(reasons) > 1
    loose = correlations(found, Uncertainty(factors={"capital": 0.0}))
    assert loose[place[prices[0]], place[prices[1]]] == 0.0


SCENARIO = """name: small
title: small
lines: [{name: a, route: ball_milling, target: 500 t/y}]
horizon: 1 y
warm_up: 1 week
uncertainty:
"""


def refused(tmp_path, block):
    path = tmp_path / "small.yaml"
    path.write_text(SCENARIO + block)
    with pytest.raises(InputError) as caught:
        load_scenario(path)
    return [str(issue).removeprefix(f"{path}:") for issue in caught.value.issues]


@pytest.mark.parametrize(
    ("block", "message"),
    [
        (
            "  sampler: halton\n",
            "7:12: 'sampler': expected 'sobol', 'latin_hypercube' or 'random', found 'halton'",
        ),
        (
            "  only: [materials.Li2S.prise]\n",
            "7:10: no number of these lines is called 'materials.Li2S.prise' (did you mean 'materials.Li2S.price'?)",
        ),
        (
            "  only: [economics.overhead_on_labour, route.ball_milling.steps.mill.power.clean]\n",
            "7:40: 'route.ball_milling.steps.mill.power.clean' has no range: give it one, "
            "{value: 8 kW, range: [low, high]}",
        ),
        (
            "  correlate:\n    - {between: [materials.Li2CO3.price, materials.Li2S.price], rank: 0.9}\n"
            "    - {between: [materials.Li2CO3.price, materials.P2S5.price], rank: -0.9}\n"
            "    - {between: [materials.P2S5.price, materials.Li2S.price], rank: 0.9}\n",
            "9:7: 'materials.Li2CO3.price' and 'materials.P2S5.price' cannot have a rank correlation of -0.9 beside what "
            "is said of the others: the correlation matrix is not positive definite",
        ),
        (
            "  only: [materials.Li2CO3.price]\n  correlate:\n    - {between: [materials.Li2CO3.price, "
            "materials.Li2S.price], rank: 0.9}\n",
            "9:17: a correlation needs two parameters that are sampled, found materials.Li2CO3.price",
        ),
        (
            "  factors: {captial: 0.5}\n",
            "7:13: expected 'capital', 'footprints', 'repairs' or 'yields', found 'captial'",
        ),
        ("  samples: 1\n", "7:12: 'samples': expected at least 2, found 1"),
    ],
)
def test_what_is_wrong_is_said_at_its_place(tmp_path, block, message):
    assert refused(tmp_path, block) == [message]
