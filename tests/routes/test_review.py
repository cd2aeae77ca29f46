"""The further routes of the review: what they weigh in by hand-made stoichiometry, and whom they may be ranked with."""

import pytest

from sim import yamlfile
from sim.bundle import bundled
from sim.library import load_library
from sim.line import resolve
from sim.scenario import Plant

LIBRARY = load_library()
MOLAR_G = {"Li2S": 45.94, "P2S5": 222.25, "LiCl": 42.39, "LiI": 133.84, "SnS2": 182.83}
"""Molar masses by hand [g/mol]."""


def line_of(name):
    return resolve(name, bundled("routes")[name], LIBRARY, Plant())


def bought(name):
    """Return what a route takes in per unit shipped [kg/unit]."""
    total = {}
    for flow in line_of(name).flowsheet.steps.values():
        for material, kg in flow.feeds.items():
            total[material] = total.get(material, 0.0) + kg * flow.expected
    return total


@pytest.mark.parametrize(
    ("name", "moles"),
    [
        # 7 Li2S + 3 P2S5 -> 2 Li7P3S11
        ("wet_dme", {"Li2S": 7.05, "P2S5": 3}),
        ("wet_thf_acn", {"Li2S": 7.05, "P2S5": 3}),
        # 3 Li2S + P2S5 + LiI -> Li7P2S8I; of what is weighed first, 0.2 % stays in the isolator, and Li2S follows later
        ("wet_ep_lii", {"Li2S": 3.025 * 0.998, "P2S5": 1, "LiI": 1}),
        # 5 Li2S + P2S5 + 2 LiCl -> 2 Li6PS5Cl
        ("wet_cpme", {"Li2S": 5.04, "P2S5": 1, "LiCl": 2}),
        ("wet_methf", {"Li2S": 5.04, "P2S5": 1, "LiCl": 2}),
        ("rgo_template", {"Li2S": 5.04, "P2S5": 1, "LiCl": 2}),
        # 5 Li2S + SnS2 + P2S5 -> Li10SnP2S12
        ("li10snp2s12", {"Li2S": 5.004, "SnS2": 1, "P2S5": 1}),
    ],
)
def test_a_powder_is_weighed_in_by_its_equation(name, moles):
    total = bought(name)

    for material, mol in moles.items():
        expected = mol * MOLAR_G[material] / MOLAR_G["P2S5"] / moles["P2S5"]
        assert total[material] / total["P2S5"] == pytest.approx(expected, rel=1e-4)


def test_chlorine_rich_argyrodite_takes_three_chlorides_for_two_phosphorus():
    # per mol of P2S5: 99 % of it makes 1.98 mol of solvate, of which 0.8 % and 0.2 % stay in isolator and reactor
    total = bought("wet_thf_etoh")
    solvate = 2 * 0.99 * 0.998 * 0.992

    chloride = total["LiCl"] / MOLAR_G["LiCl"] / (total["P2S5"] / MOLAR_G["P2S5"])
    # the rinse takes 20 kg of solvate from every twentieth charge
    assert chloride == pytest.approx(1.5 * solvate, rel=5e-3)
    shipped = line_of("wet_thf_etoh").flowsheet.steps["pack"].primary.stream.kg_per_unit
    assert shipped["Li5.5PS4.5Cl1.5"] > 0.98


def test_a_mixture_of_solvents_comes_back_to_two_tanks():
    for name, solvents in (("wet_thf_acn", ("THF", "acetonitrile")), ("wet_thf_etoh", ("THF", "ethanol"))):
        line = line_of(name)
        for solvent in solvents:
            drawn = sum(flow.drawn.get(solvent, 0.0) * flow.expected for flow in line.flowsheet.steps.values())
            back = sum(flow.recovered.get(solvent, 0.0) * flow.expected for flow in line.flowsheet.steps.values())
            assert 0.9 < back / drawn < 0.97, (name, solvent)


def test_a_poor_conductor_is_not_ranked_beside_argyrodite():
    powders = [yamlfile.read(path).data for path in bundled("routes").values()]
    limits = {
        data["name"]: float(step["inspect"]["limit"].split()[0])
        for data in powders
        for step in data["steps"]
        if data["function"] == "electrolyte powder" and "limit" in step.get("inspect", {})
    }

    assert {"wet_thf", "wet_thf_etoh", "wet_cpme", "wet_methf"} <= set(limits)
    assert not {"wet_dme", "wet_ep_lii", "wet_thf_acn", "rgo_template", "li10snp2s12"} & set(limits)
    assert min(limits.values()) >= 1.3


def test_a_solvent_toxic_to_reproduction_is_named_so():
    assert "CMR" in LIBRARY.materials["DME"].hazards
    assert "toxic to reproduction" in line_of("wet_dme").route.product.spec["warning"]
