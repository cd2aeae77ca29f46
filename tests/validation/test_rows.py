"""Published results through the program: verdicts follow from numbers, and the page says what the program finds."""

import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sim.errors import InputError, SimError
from sim.inputs import library as library_module
from sim.inputs import yamlfile
from sim.inputs.library import DATA
from sim.validation import Claim, Found, load_facts, page, run, table, verdict
from sim.validation.queues import KEYS, LINES, sample, summarised
from sim.validation.rows import COMPUTATIONS, number, section

PAGE = Path(__file__).parent.parent.parent / "docs" / "validation.md"


@pytest.fixture(scope="module")
def facts():
    return load_facts()


@pytest.fixture(scope="module")
def fast(facts):
    """Every claim but those on queues."""
    return run([group for group in facts.claims.groups if group != "queues"], facts=facts)


def judge(key, overrides):
    facts = load_facts(tuple(overrides))
    it = facts.claims.claims[key]
    return verdict(it, COMPUTATIONS[key](facts, it))[0]


def claim(**changes):
    fields = {"group": "x", "claim": "x", "published": 100.0, "unit": "kg", "tolerance": 0.05, "source": "x"}
    return Claim.model_validate({**fields, **changes})


# -- verdicts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "found", "expected"),
    [
        ({}, Found(105.0), "reproduced"),
        ({}, Found(105.1), "not reproduced"),
        ({}, Found(94.9), "not reproduced"),
        ({}, Found(50.0, fitted=101.0), "fits"),
        ({}, Found(50.0, fitted=106.0), "not reproduced"),
        ({}, Found(math.nan, fitted=math.nan), "not reproduced"),
        ({"published": [100.0, 200.0]}, Found(150.0), "reproduced"),
        ({"published": [100.0, 200.0]}, Found(209.0), "reproduced"),
        ({"published": [100.0, 200.0]}, Found(94.0), "not reproduced"),
        ({"against_itself": True}, Found(101.0), "reproduced"),
        ({"against_itself": True}, Found(110.0), "contradiction"),
        ({}, Found(98.0, half_width=2.5), "reproduced"),
        ({}, Found(98.0, half_width=1.5), "not reproduced"),  # the interval misses
        ({}, Found(98.0, half_width=5.5), "not reproduced"),  # the interval is too wide to say anything
    ],
)
def test_the_verdict_follows_from_the_numbers(changes, found, expected):
    assert verdict(claim(**changes), found)[0] == expected


def test_a_fit_names_its_assumption_with_the_numbers_of_the_computation():
    it = claim(assuming="Li2S at {needed:.0f} USD/kg", why="spot price is lower")

    assert verdict(it, Found(2.0, fitted=100.0, details={"needed": 5883.4})) == (
        "fits",
        "Li2S at 5883 USD/kg (100 kg); spot price is lower",
    )


def test_every_claim_but_those_on_queues_turns_out_as_it_is_known_to(fast):
    assert [row.key for row in fast if row.surprising] == []
    assert {row.verdict for row in fast} == {"reproduced", "fits", "not reproduced", "contradiction"}


def test_every_claim_has_a_computation_and_every_computation_a_claim(facts):
    assert set(facts.claims.claims) == {*COMPUTATIONS, *KEYS}


@pytest.mark.parametrize(
    ("key", "overrides", "before", "after"),
    [
        (
            "metathesis_materials",
            ["materials.Na2S.price=30 USD/kg", "materials.LiCl.price=25 USD/kg"],
            "fits",
            "reproduced",
        ),
        ("metathesis_materials", ["materials.P2S5.price=25 USD/kg"], "fits", "not reproduced"),
        ("demand_li2s", ["materials.P2S5.formula=P2S3"], "reproduced", None),
        ("six_tenths", ["equipment.stirred_mill.price.exponent=0.7"], "reproduced", "not reproduced"),
        ("index_2019_2023", ["economics.cost_index.2019=600"], "reproduced", "not reproduced"),
        ("halide_per_area", ["materials.ZrCl4.price=9.5 USD/kg"], "fits", "reproduced"),
        ("li2s_monohydrate", ["materials.sucrose.price=3 USD/kg"], "fits", "reproduced"),
    ],
)
def test_a_changed_number_of_the_catalogue_changes_the_verdict(fast, key, overrides, before, after):
    assert next(row.verdict for row in fast if row.key == key) == before
    if after is None:  # the equation no longer balances
        with pytest.raises(InputError):
            judge(key, overrides)
    else:
        assert judge(key, overrides) == after


def test_a_wrong_number_of_the_battery_plant_changes_the_verdicts(facts):
    plant = facts.batpac
    formation = plant.processes["formation"]
    dearer = formation.model_copy(update={"capital": replace(formation.capital, value=900e6)})
    wrong = plant.model_copy(update={"processes": {**plant.processes, "formation": dearer}})
    rows = run(["batpac"], facts=replace(facts, batpac=wrong))

    assert {row.key for row in rows if row.surprising} == {
        "batpac_capital", "batpac_capital_per_kwh", "batpac_conversion", "golden_total", "golden_equipment",
        "golden_formation",
    }  # fmt: skip


def test_a_repaired_table_has_no_contradiction(facts):
    total = facts.table.total.model_copy(update={"weight_g": 60.933, "usd": 5.7005})
    repaired = replace(facts, table=facts.table.model_copy(update={"total": total}))

    found = {row.key: row for row in run(["contradictions"], facts=repaired)}
    assert found["table_totals"].verdict == "reproduced"
    assert found["table_totals"].surprising


# -- queues ------------------------------------------------------------------------------------------------------------


def tandem(room):
    """Throughput of three stations with rate 1 and *room* between them; the first always has work.

    State: how many have left the first and not the second, how many the second and not the third; the last of a full
    place stands finished in the machine before it.
    """
    states = [(i, j) for j in range(room + 3) for i in range((room + 3) if j < room + 2 else (room + 2))]
    index = {state: number for number, state in enumerate(states)}
    rates = np.zeros((len(states), len(states)))
    for (i, j), here in index.items():
        blocked = j == room + 2
        if (i + 1, j) in index:
            rates[here, index[i + 1, j]] = 1.0
        if i > 0 and not blocked:
            rates[here, index[i - 1, j + 1]] = 1.0
        if j > 0:
            rates[here, index[i, j - 1]] = 1.0
    rates -= np.diag(rates.sum(axis=1))
    balance = np.vstack([rates.T, np.ones(len(states))])
    share = np.linalg.lstsq(balance, np.append(np.zeros(len(states)), 1.0), rcond=None)[0]
    return sum(share[number] for (_, j), number in index.items() if j > 0)


EXACT = {
    "queue_mm1": 0.3 / (1 - 0.3),
    "queue_mm2": 0.6 + (0.18 / 0.7) / (1.6 + 0.18 / 0.7) / (2 / 0.6 - 1),  # Erlang C
    "queue_md1": 0.4 + 0.4**2 / (2 * (1 - 0.4)),
    "queue_mg1": 0.3 + 0.3**2 * (1 + 0.8**2) / (2 * (1 - 0.3)),
    "queue_dd1": 9.0,
    "queue_mm1k": 1 - 0.2 * 0.8**4 / (1 - 0.8**5),
    "queue_jackson": 0.3 / 0.7 + 0.25 / 0.75,
    "queue_pair_0": 2 / 3 / 2,
    "queue_pair_2": 4 / 5 / 2,
    "queue_triple_0": tandem(0) / 2,
    "queue_triple_2": tandem(2) / 2,
}


@pytest.mark.parametrize("key", LINES)
def test_the_exact_values_of_the_queues_are_exact(facts, key):
    assert facts.claims.claims[key].published == pytest.approx(EXACT[key], rel=2e-7)


def test_three_stations_without_room_pass_22_of_39():
    # G. C. Hunt, Operations Research 4 (1956) 674
    assert tandem(0) == pytest.approx(22 / 39)


@pytest.mark.parametrize("key", ["queue_mm1", "queue_mm2", "queue_dd1", "queue_pair_0", "queue_triple_2"])
def test_two_replications_of_a_queue_come_near(key):
    assert np.mean([sample(key, 0), sample(key, 1)]) == pytest.approx(EXACT[key], rel=0.05)


def test_a_biased_engine_would_show_in_all_queues_together(facts):
    claims = facts.claims.claims
    honest, biased = (
        {key: [shift * EXACT[key] * (1 + wobble) for wobble in (-0.01, 0.0, 0.01)] for key in LINES}
        for shift in (1.0, 1.02)
    )

    assert summarised(claims, honest)["queue_bias"].value == pytest.approx(1.0, rel=1e-6)
    assert verdict(claims["queue_bias"], summarised(claims, biased)["queue_bias"])[0] == "not reproduced"


@pytest.mark.slow
def test_queues_have_their_exact_means_and_the_page_is_what_the_program_writes(facts):
    one, two = run(facts=facts), run(facts=facts, jobs=2)

    assert one == two
    assert [row.key for row in one if row.surprising] == []
    assert PAGE.read_text(encoding="utf-8") == page(one), "the page is stale: sim validate --out docs/validation.md"


# -- pages and errors --------------------------------------------------------------------------------------------------


def test_the_page_holds_what_the_program_finds(facts, fast):
    written = PAGE.read_text(encoding="utf-8")
    for group in dict.fromkeys(row.group for row in fast):
        assert section([row for row in fast if row.group == group]) in written, "sim validate --out docs/validation.md"


def test_rows_say_what_was_published_and_computed(fast):
    text = table(fast)

    assert "published 17 to 23 USD/kg   computed 21.311 USD/kg" in text
    assert "fits only with Na2S at 30 and LiCl at 25 USD/kg (5" in text
    assert text.count("\n! ") == 0


def test_the_capital_of_a_powder_plant_lies_between_two_announced_ones_per_tonne(facts):
    pilot, extension = (
        COMPUTATIONS[key](facts, facts.claims.claims[key]) for key in ("lotte_capital", "solid_power_capital")
    )
    # 15e9 KRW x 0.000733 USD/KRW over 70 t/y = 0.157 MUSD per t/y; (50 + 60) MUSD over 140 - 30 t/y = 1.0
    for musd, tonnes in ((pilot.value, 70.0), (pilot.details["dry"], 70.0), (extension.value, 110.0)):
        assert 11.0 / 70.0 < musd / tonnes < 110.0 / 110.0


def test_the_capital_of_an_announced_plant_follows_the_catalogue():
    dear = load_facts(("economics.building=5000 USD/m2",))
    key = "lotte_capital"
    cheap = load_facts(("economics.building=2500 USD/m2",))
    more = (
        COMPUTATIONS[key](dear, dear.claims.claims[key]).value
        - COMPUTATIONS[key](cheap, cheap.claims.claims[key]).value
    )
    floor = COMPUTATIONS["lotte_area"](cheap, cheap.claims.claims["lotte_area"]).value
    # Lang's factors hold the building; only what is bought turn-key pays 2,500 USD/m2 more for its floor
    assert 0.0 < more < 1e-6 * 2500.0 * floor


def test_the_review_differs_from_three_of_the_abstracts_that_it_cites(fast):
    found = {row.key: row for row in fast}
    for key in ("laser_cvd_phase", "binder_graphite", "binder_cosolvent"):
        assert found[key].verdict == "contradiction"


def test_the_electrolyte_of_a_kwh_is_the_design_over_its_rejects(fast):
    # 92.5 g/m2 / (0.149 kg/m2 x 185.6 Ah/kg x 3.75 V / 1000 x 0.95)
    row = next(row for row in fast if row.key == "electrolyte_per_kwh")
    assert row.computed.startswith(f"{0.0925 / (0.149 * 185.6 * 3.75 / 1000 * 0.95):.5g}")


def test_groups_have_a_number_and_a_name(facts):
    assert run(["11"], facts=facts) == run(["finance"], facts=facts)
    assert [row.group for row in run(["finance", "9", "idemitsu"], facts=facts)] == ["idemitsu"] * 3 + ["finance"] * 7


@pytest.mark.parametrize("name", ["0", "99", "batpack", ""])
def test_an_unknown_group_is_refused_with_those_that_there_are(facts, name):
    with pytest.raises(InputError, match=re.escape(f"{name}:1:1: unknown group")) as error:
        run([name], facts=facts)
    assert "1 demand, 2 li2s" in str(error.value)


def test_a_claim_that_nothing_computes_is_named(facts):
    claims = facts.claims.model_copy(update={"claims": {"six_tenth": facts.claims.claims["six_tenths"]}})
    with pytest.raises(SimError, match=r"nothing computes the claim 'six_tenth' \(did you mean 'six_tenths'\?\)"):
        run(facts=replace(facts, claims=claims))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{group: finance, claim: A machine", "{group: finances, claim: A machine", "unknown group 'finances'"),
        (
            "tolerance: 0.0097, source: turton_book",
            "tolerance: 0.0097, source: turton_boo",
            "unknown source 'turton_boo'",
        ),
        ("tolerance: 0.0097, source: turton_book", "tolerance: 0.0097", "a claim was published somewhere"),
        ("published: 52, unit", "published: many, unit", "published"),
        ("tolerance: 0.0097, source", "tolerance: 0.0097, tolerated: 1, source", "unknown key 'tolerated'"),
    ],
)
def test_what_is_wrong_with_a_claim_is_reported_at_its_line(monkeypatch, old, new, message):
    text = (DATA / "claims.yaml").read_text(encoding="utf-8")
    assert text.count(old) == 1
    line = text[: text.index(old)].count("\n") + 1
    plain = library_module._document
    broken = yamlfile.parse(text.replace(old, new), name="sim/data/claims.yaml")
    monkeypatch.setattr(library_module, "_document", lambda name: broken if name == "claims" else plain(name))

    with pytest.raises(InputError) as error:
        load_facts()
    assert message in str(error.value)
    assert f"sim/data/claims.yaml:{line}:" in str(error.value)


@pytest.mark.parametrize(("value", "text"), [(0.0, "0"), (71.18, "71.18"), (303_700, "303,700"), (1e-3, "0.001")])
def test_numbers_are_written_for_readers(value, text):
    assert number(value) == text
