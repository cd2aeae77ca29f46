"""Variants: members of a family in one file."""

import pytest

from sim import api
from sim.errors import InputError
from sim.inputs import bundled, yamlfile
from sim.plant import variants
from sim.study import load_scenario

FAMILIES = {name: variants(yamlfile.read(path)) for name, path in bundled("routes").items()}
MEMBERS = [(name, member) for name, members in FAMILIES.items() for member in members]


@pytest.mark.parametrize(("name", "member"), MEMBERS)
def test_a_bundled_variant_balances_without_a_doubt_and_is_another_product(name, member):
    own, plain = api.load_route(name, variant=member), api.load_route(name)

    assert own.flowsheet.imbalance < 1e-9
    assert not own.warnings
    assert own.route.title != plain.route.title
    assert own.route.product.material != plain.route.product.material
    # what a file says of its variants is no change of it
    assert not own.changes


def test_the_halogen_of_an_argyrodite_is_weighed_in_one_to_one():
    flow = api.load_route("wet_thf_etoh", variant="bromide").flowsheet.steps["dissolve"]
    solvate = flow.inlet.kg_per_unit["Li3PS4_3THF"]

    # LiBr is 86.84, the solvate 396.36 g/mol
    assert flow.feeds["LiBr"] / solvate == pytest.approx(86.84 / 396.36, rel=1e-3)
    assert "LiCl" not in flow.feeds


def test_lines_of_one_scenario_are_members_of_one_family(tmp_path):
    path = tmp_path / "family.yaml"
    path.write_text(
        "name: family\ntitle: Halogens\nlines:\n"
        "  - {name: cl, route: wet_thf_etoh, target: 500 t/y}\n"
        "  - {name: br, route: wet_thf_etoh, variant: bromide, target: 500 t/y}\n"
        "horizon: 1 y\nwarm_up: 5 week\n"
    )

    def products(**more):
        return [line.route.product.material for line in load_scenario(str(path), **more).lines]

    assert products() == ["Li5.5PS4.5Cl1.5", "Li6PS5Br"]
    assert products(overrides=["cl.variant=iodide"]) == ["Li6PS5I", "Li6PS5Br"]


def test_a_change_of_the_scenario_comes_on_top_of_a_variant():
    changed = load_scenario(
        "review", overrides=["argyrodite_bromide.steps.anneal.yield=0.9"], lines=["argyrodite_bromide"]
    ).lines[0]

    assert changed.route.product.material == "Li6PS5Br"
    assert [change.path for change in changed.changes] == ["steps.anneal.yield"]


def test_a_route_without_variants_says_so():
    with pytest.raises(InputError, match="has no variant 'bromide', nor any other"):
        api.load_route("ball_milling", variant="bromide")
