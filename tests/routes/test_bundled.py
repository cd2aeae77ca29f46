from pathlib import Path

import jsonschema
import pytest

from sim import yamlfile
from sim.bundle import bundled
from sim.library import load_library
from sim.line import resolve, scales
from sim.scenario import Plant, Scenario
from sim.spec import Route
from sim.study import load_scenario

HERE = Path(__file__).parent
ROUTES = [*bundled("routes").values(), HERE / "base.yaml"]
SCENARIOS = [*bundled("scenarios").values(), HERE / "base_scenario.yaml"]


@pytest.mark.parametrize("path", ROUTES, ids=lambda path: path.stem)
def test_every_route_loads_balances_and_lowers(path):
    line = resolve("x", path, load_library(), Plant(), target_per_year=1e5)

    assert line.flowsheet.imbalance < 1e-9
    assert [step.name for step in line.plan.steps] == [f"{line.route.name}/{step.id}" for step in line.route.steps]
    assert not line.changes


@pytest.mark.parametrize("path", bundled("routes").values(), ids=lambda path: path.stem)
def test_every_route_has_a_laboratory_and_a_pilot_scale_without_a_doubt(path):
    assert scales(yamlfile.read(path)) == ("lab", "pilot", "industrial")

    for scale in ("lab", "pilot"):
        line = resolve("x", path, load_library(), Plant(), scale=scale)
        assert line.flowsheet.imbalance < 1e-9
        assert not line.warnings
        assert not line.changes


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_every_scenario_loads_without_a_doubt(path):
    study = load_scenario(str(path))

    assert study.lines
    assert not study.warnings
    assert len(study.digests) == 1 + len({line.route for line in study.scenario.lines})


@pytest.mark.parametrize("path", ROUTES, ids=lambda path: path.stem)
def test_one_unit_is_shipped_per_unit_shipped(path):
    line = resolve("x", path, load_library(), Plant())

    shipped = 0.0
    for name, flow in line.flowsheet.steps.items():
        for outlet in flow.outlets:
            passed = line.graph.fractions(name).passed if outlet is flow.primary else 1.0
            shipped += flow.expected * outlet.factor * passed * (outlet.places[0] == "ship")

    assert shipped == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize(("model", "paths"), [(Route, ROUTES), (Scenario, SCENARIOS)], ids=["route", "scenario"])
def test_files_keep_the_json_schema(model, paths):
    schema = model.model_json_schema(by_alias=True, mode="validation")
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)

    for path in paths:
        problems = [
            f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(yamlfile.read(path).data)
        ]
        assert problems == [], path


def test_the_json_schema_refuses_what_the_program_refuses():
    validator = jsonschema.Draft202012Validator(Route.model_json_schema(by_alias=True, mode="validation"))
    data = yamlfile.read(HERE / "base.yaml").data
    data["steps"][0]["duratoin"] = "1 h"
    data["steps"][1]["duration"] = 8

    assert {error.json_path for error in validator.iter_errors(data)} == {"$.steps[0]", "$.steps[1].duration"}
