"""What the review reports of products, held against the routes: worked out by hand."""

import pytest

from sim.validation import load_facts, run


@pytest.fixture(scope="module")
def rows():
    return {row.key: row for row in run(["review"], facts=load_facts())}


def test_a_film_conducts_what_it_keeps_of_its_powder(rows):
    # 2.2 mS/cm of bought powder, of which PTFE and pores leave 0.7; 8.4 mS/cm would take a powder of 12
    assert rows["conductivity_dry_ptfe"].computed == "1.54 mS/cm"
    assert rows["conductivity_dry_ptfe"].verdict == "fits"
    assert "a powder of 12 mS/cm" in rows["conductivity_dry_ptfe"].text


def test_the_cell_without_binder_holds_its_energy_with_less_active_material_than_the_route_has(rows):
    # 116 mAh/g x 16.38 mg x 3.51 V / 44.2 mg are 150.9 Wh/kg if all of the sheet were active; 115 of it are 76.2 %
    all_active = 116 * 16.38 * 3.51 / 44.2
    assert 115 / all_active == pytest.approx(0.762, abs=5e-4)
    assert "76.2 wt%" in rows["energy_ppc_binder_free"].text
    # 149 of 186.4 g/m2 and what the binder left behind
    computed = float(rows["energy_ppc_binder_free"].computed.split()[0])
    assert computed == pytest.approx(all_active * 149 / 186.4, rel=1e-3)


def test_the_best_sample_of_a_paper_is_not_the_mean_of_a_plant(rows):
    for route in ("wet_thf", "wet_thf_etoh", "wet_thf_acn", "bulk_solution_sulfur", "li10snp2s12"):
        row = rows[f"conductivity_{route}"]
        assert row.verdict == "not reproduced"
        assert 0.85 < float(row.ratio) < 0.97


def test_a_route_that_was_set_from_a_figure_says_so(rows):
    for row in rows.values():
        if row.key.startswith("conductivity_") and row.verdict == "reproduced":
            assert "set from this figure" in row.text
