"""Every breakdown adds up to its total, for all bundled routes."""

import pandas as pd
import pytest

from sim.inputs.library import load_library

LIMIT = 1e-9
DIRECTIONS = ["feed", "product", "by_product", "waste", "emission", "stock_change"]
ROUTES = ("ball_milling", "wet_thf", "metathesis", "dry_ptfe", "infiltration")
KPIS = (
    "throughput", "cost_per_unit", "conversion_cost_per_unit", "energy_per_unit", "lead_time", "wip", "oee",
    "first_pass_yield", "yield_Li", "gwp_per_unit", "e_factor", "pmi", "capital", "people", "area",
)  # fmt: skip


def kpi(results, line, name):
    """Values of an indicator, one a replication."""
    table = results.kpis
    return table[(table["line"] == line) & (table["kpi"] == name)]["value"].to_numpy()


def capital_recovery_factor(rate, life_y):
    return rate / (1.0 - (1.0 + rate) ** -life_y)


def of(table, line):
    return table[table["line"] == line]


@pytest.mark.parametrize("line", ROUTES)
def test_every_line_has_the_promised_indicators(short, line):
    found = set(of(short.kpis, line)["kpi"])
    assert set(KPIS) <= found
    assert not of(short.kpis, line)["value"].isna().any()


@pytest.mark.parametrize("line", ROUTES)
def test_cost_items_add_up_to_the_cost_per_unit(short, line):
    assert of(short.costs, line)["usd_per_unit"].sum() == pytest.approx(
        kpi(short, line, "cost_per_unit").mean(), rel=LIMIT
    )


@pytest.mark.parametrize("line", ROUTES)
def test_cost_items_add_up_to_the_cost_per_year(short, line):
    total = (kpi(short, line, "cost_per_unit") * kpi(short, line, "throughput")).mean()
    assert of(short.costs, line)["usd_per_year"].sum() == pytest.approx(total, rel=LIMIT)


@pytest.mark.parametrize("line", ROUTES)
def test_the_equipment_list_adds_up_to_the_capital_and_its_annuities_to_the_cost(short, line):
    parts, costs, economics = of(short.equipment, line), of(short.costs, line), load_library().economics
    rate, building = economics.discount_rate.value, economics.building_life.value
    structure = parts["floor_usd"] + parts["room_usd"]
    assert (parts["installed_usd"] + structure).sum() == pytest.approx(kpi(short, line, "capital").mean(), rel=LIMIT)
    assert parts["area_m2"].sum() == pytest.approx(kpi(short, line, "area").mean(), rel=LIMIT)

    machines = parts["installed_usd"] * capital_recovery_factor(rate, parts["life_y"])
    yearly = machines.sum() + structure.sum() * capital_recovery_factor(rate, building)
    extra = 1.0 + economics.contingency.value + economics.startup.value
    paid = costs[costs["category"].isin(["capital", "building"])]["usd_per_year"].sum()
    assert paid == pytest.approx(extra * yearly, rel=LIMIT)


@pytest.mark.parametrize("line", ROUTES)
def test_every_price_installed_follows_from_the_columns_of_the_equipment_list(short, line):
    part = of(short.equipment, line)
    scaled = part["reference_usd"] * part["cost_index"] * (part["size"] / part["reference_size"]) ** part["exponent"]
    plain = scaled / part["containment"].where(part["quoted"] == "contained", 1.0)
    installed = part["machines"] * plain * (part["containment"] + part["factor"] - 1.0) * part["taken"]

    assert part["installed_usd"].to_list() == pytest.approx(installed.to_list(), rel=1e-12)
    crf = [capital_recovery_factor(load_library().economics.discount_rate.value, life) for life in part["life_y"]]
    assert part["crf"].to_list() == pytest.approx(crf, rel=1e-12)


@pytest.mark.parametrize("line", ROUTES)
def test_the_bill_of_quantities_times_its_prices_is_what_is_bought_and_paid_by_the_hour(short, line):
    library, key = load_library(), ["step", "category", "item"]
    prices = {row["price"]: row["usd_per_kg"] for _, row in of(short.price_roots, line).iterrows()}
    stated = of(short.assumptions, line)
    prices |= dict(zip(stated["where"] + "." + stated["quantity"], stated["value"], strict=True))
    prices["materials.NaOH.price"] = library.materials["NaOH"].price.value
    costs, bought = of(short.costs, line), of(short.quantities, line)
    bought = bought[bought["category"] != "working_capital"]
    paid = bought["amount_per_unit"] * bought["price"].map(prices)

    kinds = ["materials", "solvents", "gases", "consumables", "waste", "utilities", "labour"]
    told = costs[costs["category"].isin(kinds)].set_index(key)["usd_per_unit"]
    assert paid.set_axis(pd.MultiIndex.from_frame(bought[key])).to_dict() == pytest.approx(told.to_dict(), rel=LIMIT)


@pytest.mark.parametrize("line", ROUTES)
def test_conversion_cost_is_the_cost_without_materials_and_solvents(short, line):
    costs = of(short.costs, line)
    kept = costs[~costs["category"].isin(["materials", "solvents"])]["usd_per_unit"].sum()
    assert kept == pytest.approx(kpi(short, line, "conversion_cost_per_unit").mean(), rel=LIMIT)
    assert kept < costs["usd_per_unit"].sum()


@pytest.mark.parametrize("line", ROUTES)
def test_energy_of_all_steps_and_uses_adds_up_to_the_site_final_energy(short, line):
    energy = of(short.energy, line)
    assert energy["kwh_per_unit"].sum() == pytest.approx(kpi(short, line, "energy_per_unit").mean(), rel=LIMIT)
    for utility in ("electricity", "heat", "gas"):
        part = energy[energy["utility"] == utility]["kwh_per_unit"].sum()
        assert part == pytest.approx(kpi(short, line, f"{utility}_per_unit").mean(), rel=LIMIT, abs=1e-12)


@pytest.mark.parametrize("line", ROUTES)
def test_hours_of_every_machine_add_up_to_the_year(short, line):
    hours = of(short.machines, line).groupby(["step", "machine"])["hours"].sum()
    assert len(hours) > 5
    assert hours.to_numpy() == pytest.approx(8760.0, rel=LIMIT)


@pytest.mark.parametrize("line", ROUTES)
def test_every_machine_that_was_bought_has_its_hours(short, line):
    bought = of(short.steps, line).drop_duplicates("step").set_index("step")["machines"]
    counted = of(short.machines, line).groupby("step")["machine"].nunique()
    assert counted.to_dict() == bought.to_dict()


@pytest.mark.parametrize("line", ROUTES)
def test_elements_close(short, line):
    library = load_library()
    table = of(short.materials, line)
    rows = [
        (row.direction, element, row.kg_per_year * share)
        for row in table.itertuples()
        for element, share in library.materials[row.material].mass_fractions.items()
    ]
    flows = pd.DataFrame(rows, columns=["direction", "element", "kg"]).pivot_table(
        index="element", columns="direction", values="kg", aggfunc="sum", fill_value=0.0
    )
    flows = flows.reindex(
        columns=["feed", "product", "by_product", "waste", "emission", "stock_change"], fill_value=0.0
    )
    assert {"Li", "P", "S", "Cl"} <= set(flows.index) or line == "infiltration"
    left = flows["feed"] - flows.drop(columns="feed").sum(axis=1)
    assert (left.abs() / flows.abs().max(axis=1)).max() < LIMIT


@pytest.mark.parametrize("line", ROUTES)
def test_what_ships_is_what_the_materials_say(short, line):
    table = of(short.materials, line)
    product = table[table["direction"] == "product"]["kg_per_year"].sum()
    units = kpi(short, line, "throughput").mean()
    unit = next(item["unit"] for item in short.manifest["lines"] if item["name"] == line)
    assert product > 0.0
    if unit == "kg":
        assert product == pytest.approx(units, rel=LIMIT)


def test_summary_holds_means_and_intervals_of_the_indicators(short):
    means = short.kpis.groupby(["line", "kpi"])["value"].mean()
    for row in short.summary.itertuples():
        assert row.mean == pytest.approx(means[row.line, row.kpi], rel=LIMIT)
        assert row.ci_low <= row.mean <= row.ci_high
        assert row.replications == 2


@pytest.mark.parametrize("line", ROUTES)
def test_cost_on_the_price_axis_is_the_cost_at_the_price_of_today(short, line):
    axis = of(short.prices, line).iloc[0]
    price = short.manifest["price_sets"]["spot_2025"]["Li2S"]
    cost = axis["intercept_usd_per_unit"] + axis["slope_kg_per_unit"] * price
    assert cost == pytest.approx(kpi(short, line, "cost_per_unit").mean(), rel=1e-6)
