"""Every result table, declared once: its columns with type, unit and meaning, what names its rows, when it is there.

Reading and writing, the reference page, the means over replications and the data of tests are made from what stands
here. A declaration is also the attribute of `Results` that holds the table: `Results.costs` says what `results.costs`
is.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from sim.inputs import CELL
from sim.results.columns import Table, count, more, number, text

__all__ = [
    "CATEGORIES",
    "CELL",
    "DIRECTIONS",
    "LOSSES",
    "SPOILED",
    "STATES",
    "TABLES",
    "UTILITIES",
    "Tables",
]

MOVES = ("there", "put", "take", "scrap", "ship")
STATES = ("run", "setup", "clean", "down", "blocked", "starved", "waiting", "off_shift")
"""Machine states; starved, blocked and waiting in closed hours count as off_shift."""

LOSSES = ("run", "setup", "clean", "failure", "starved", "blocked", "waiting", "planned")
"""Categories of hours in the loss tree; `planned` is off_shift."""

SPOILED = ("loss", "scrap", "rework", "expired")
"""Categories of product in the loss tree."""

CATEGORIES = (
    "materials", "solvents", "gases", "consumables", "waste", "utilities", "labour", "maintenance", "capital",
    "building", "insurance_tax", "working_capital", "overhead",
)  # fmt: skip
"""Cost categories: what is used up, work, and what is owned."""

DIRECTIONS = ("feed", "product", "by_product", "waste", "emission", "recovered", "stock_change")
"""Where materials go."""

UTILITIES = ("electricity", "heat", "gas")

QUOTED = ("plain", "contained")

USES = (
    "run", "idle", "clean", "process", "heat", "drives", "condensing", "vacuum", "cooling", "room", "regeneration",
)  # fmt: skip
"""What energy is for: run, idle and clean are power by state, process is power per unit."""

ROLES = ("main", "branch", "feed", "recycle", "rework", "ship", "waste", "emission", "by_product")
"""What an edge of the process graph is."""


class Tables:
    """All tables, in the order of the reference page; those that are not in every run come last."""

    tables: Mapping[str, pd.DataFrame]

    summary = Table(
        "Mean and 95 % Student interval over replications of every indicator.",
        text("line", "name of the line"),
        text("kpi", "name of the indicator"),
        text("unit", "unit of the three numbers"),
        number("mean", "`unit`", "mean over replications"),
        number("ci_low", "`unit`", "lower end of the interval of that mean; scatter of machines and lots only"),
        number("ci_high", "`unit`", "upper end"),
        count("replications", "how many"),
        key="line kpi",
    )
    kpis = Table(
        "Every indicator of every replication.",
        text("line"),
        count("replication", "number, from 0"),
        text("kpi"),
        text("unit"),
        number("value", "`unit`", "of this replication"),
        key="line replication kpi",
    )
    costs = Table(
        "Adds up to `cost_per_unit` of each line. Categories are explained in the [method](../method.md).",
        text("line"),
        text("step", "where"),
        text("category", words=CATEGORIES),
        text("item", "material, machine, utility ..."),
        number("usd_per_year", "USD/y"),
        number("usd_per_unit", "USD/unit"),
        text("grade", "worst grade of the numbers that it rests on directly"),
        key="line step category item grade",
        made="each",
    )
    quantities = Table(
        "Bill of quantities: what of every price is in a row of `costs`, which is the amount times the price; of "
        "stocks, interest on that.",
        text("line"),
        text("step", "where"),
        text("category", words=CATEGORIES),
        text("item", "material, machine, utility ..."),
        text("price", "path of the price, as `--set` takes it"),
        number("amount_per_year", "", "kg, kWh or h in a year, as the price is per kg, kWh or h; of stocks, kept"),
        number("amount_per_unit", "", "the same per unit shipped"),
        key="line step category item price",
        made="each",
    )
    energy = Table(
        "Adds up to `energy_per_unit`.",
        text("line"),
        text("step", "where"),
        text("section", "empty but for coupled machines and tanks"),
        text("utility", words=UTILITIES),
        text("use", "run, idle and clean are power by state, process is power per unit", USES),
        number("kwh_per_year", "kWh/y"),
        number("kwh_per_unit", "kWh/unit"),
        text("grade", "worst grade of the numbers that it rests on"),
        key="line step section utility use grade",
        made="each",
    )
    materials = Table(
        "For every element: feed = product + by_product + waste + emission + stock_change. `recovered` went back to a "
        "tank and is for information.",
        text("line"),
        text("step"),
        text("material"),
        text("direction", words=DIRECTIONS),
        number("kg_per_year", "kg/y"),
        number("kg_per_unit", "kg/unit"),
        key="line step material direction",
        made="each",
    )
    h2s = Table(
        "Hydrogen sulfide that arises in each room, against its limit.",
        text("line"),
        text("room"),
        number("g_per_h", "g/h", "formed per open hour by the steps that stand in the room"),
        number("fresh_air_m3_per_h", "m3/h", "fresh air of the room: floor × height × air change"),
        number("ppm_if_released", "ppm", "in that air, if none were captured"),
        number("limit_ppm", "ppm", "mean over a shift"),
        number("capture_needed", "1", "share that must be captured so that the room stays below the limit"),
        key="line room",
        made="each",
    )
    machines = Table(
        "The hours of one machine add up to 8,760.",
        text("line"),
        text("step"),
        count("machine", "number within the step, from 0"),
        text("state", words=STATES),
        number("hours", "h/y"),
        key="line step machine state",
        made="each",
    )
    equipment = Table(
        "The equipment list: what a plant is bought as. Annuities of `installed_usd` over `life_y`, and of floor and "
        "rooms over the life of the building, are `capital` and `building` in the table `costs`.",
        text("line"),
        text("step", "where; `line` for what serves all of it"),
        text("section", "of a coupled machine, or the material of a regeneration train"),
        text("equipment", "entry of the catalogue"),
        number("machines", "1", "how many"),
        number("size", "`size_unit`", "of one"),
        text("size_unit"),
        number("reference_usd", "USD", "of one of the reference size, as quoted, in money of the year of the quote"),
        number("reference_size", "`size_unit`", "to which that price belongs"),
        number("exponent", "1", "of size over reference size, in the price"),
        number("cost_index", "1", "cost index of the year of money over that of the quote"),
        number("containment", "1", "price with inert or tight containment over the plain one; 1 without one"),
        text("quoted", "what the quote buys: the plain machine, or one with its containment", words=QUOTED),
        text("install", "kind of the installation factor"),
        number("factor", "1", "installation factor, of the plain price"),
        number("taken", "1", "taken of the price installed that follows from these; other than 1 by battery plant"),
        number("crf", "1/y", "capital recovery factor, by interest rate and life"),
        number("purchase_usd", "USD", "of all, as bought, containment included"),
        number("installed_usd", "USD", "of all, installed"),
        number("life_y", "y", "over which they are paid back"),
        number("area_m2", "m2", "floor that they need"),
        number("floor_usd", "USD", "plain floor, where installation does not include it"),
        number("room_usd", "USD", "what their room costs above plain floor"),
        text("grade", "worst of price and size"),
        text("basis", "what the price rests on: catalogue, battery plant or smallest machine"),
        text("note", "what the battery plant has to say of it"),
        key="line step section equipment size_unit quoted install grade basis note",
        made="each",
    )
    steps = Table(
        "One row for every step, or for every section of a coupled machine.",
        text("line"),
        count("order", "place in the route, from 0"),
        text("step"),
        text("title", "the step in words"),
        text("section", "of a coupled machine"),
        text("equipment", "what a machine is bought as"),
        count("machines", "how many"),
        number("size", "`size_unit`", "of one machine"),
        text("size_unit"),
        number("load", "1", "as sized: share of the open hours in which the target keeps the machines busy"),
        number("availability", "1", "run / (run + down), simulated"),
        number(
            "cumulative_yield",
            "1",
            "simulated: share of the lithium fed so far that is not lost; empty in side streams",
        ),
        number("operations_per_year", "1/y", "planned"),
        number("operation_h", "h", "as sized: machine time of one, with cleaning and repairs in proportion"),
        count("out_of_range", "1 if the size lies outside the range for which its price holds"),
        number("charge", "`unit`", "full charge"),
        text("unit", "of the charge"),
        count("bottleneck", "1 at the step that limits the line"),
        key="line step section",
    )
    backend = Table(
        "What both backends make of the machines of a line: the chemical plant, and the battery plant (BatPaC).",
        text("line"),
        text("step"),
        text("title", "process of the battery plant; empty for a machine without counterpart"),
        text("item", "machines that the process stands for"),
        text("driver", "what the size of the process follows"),
        text("unit", "of the driver's volume"),
        number("volume", "`unit`", "of the driver, a year"),
        number("ratio", "1", "of that of the baseline plant"),
        number("usd_chemical", "USD", "installed, by price x size exponent"),
        number("usd_battery", "USD", "installed, by powers of the baseline"),
        number("usd_smallest", "USD", "installed, of the smallest machines of the kind"),
        number("usd", "USD", "installed, as it is taken"),
        text("basis", "what the price taken rests on: catalogue, battery plant or smallest machine"),
        number("m2_chemical", "m2", "floor of the chemical plant"),
        number("m2_battery", "m2", "floor of the battery plant"),
        number("m2", "m2", "floor that is taken"),
        number("labour_h_battery", "h/y", "labour of the battery plant, a cross-check"),
        number("labour_h", "h/y", "labour of the step's operators and crew"),
        text("note", "why so"),
        key="line step item",
        made="once",
    )
    streams = Table(
        "Edges of the process graph, from the flowsheet.",
        text("line"),
        text("source", "a step, or `feed:X`, `tank:X`"),
        text("target", "a step, or `tank:X`, `ship`, `waste`, `emission`, `by_product`"),
        text("role", words=ROLES),
        text("unit", "of the stream"),
        number("amount_per_unit", "`unit`/unit"),
        number("kg_per_unit", "kg/unit"),
        key="line source target role",
    )
    losses = Table(
        "The loss tree: where machine hours and product went.",
        text("line"),
        text("step", "where"),
        text("category", "hours, then product", LOSSES + SPOILED),
        number("hours_per_year", "h/y", "machine hours; 0 for product"),
        number("units_per_year", "unit/y", "product-equivalents; 0 for hours"),
        key="line step category",
        made="each",
    )
    timeline = Table(
        "From time 0, the warm-up included; means over replications.",
        number("time_h", "h", "end of the row's time"),
        number("shipped", "unit", "in the row's time"),
        number("wip", "unit", "product-equivalent inside the line at its end"),
        text("line"),
        key="line time_h",
        made="each",
    )
    gantt = Table(
        "The first days of the first replication.",
        text("step"),
        count("machine", "number within the step, from 0"),
        text("state", words=STATES),
        number("start_h", "h"),
        number("end_h", "h"),
        text("line"),
        key="line step machine start_h",
        made="once",
    )
    replay = Table(
        "What `replay` keeps of the first replication, after the warm-up; as Parquet where pyarrow is there.",
        text("step"),
        count("machine", "number within the step, from 0"),
        text("state", words=STATES),
        number("start_h", "h"),
        number("end_h", "h"),
        text("line"),
        key="line step machine start_h",
        made="once",
    )
    traffic = Table(
        "Where the lots of the replay are put and taken, and how many wait; as Parquet where pyarrow is there.",
        number("time_h", "h"),
        text("move", "`there`: what waits in front of the target as the replay begins", words=MOVES),
        text("source", "step that it comes from; empty for what is taken from a queue"),
        text("target", "step in front of which it waits; empty for what leaves"),
        count("lots", "waiting in front of the target afterwards"),
        number("amount", "kg or m2"),
        text("line"),
        made="once",
    )
    prices = Table(
        "Cost per unit over the price of the scenario's `price_axis`: intercept + slope × price; empty without one.",
        text("line"),
        text("material"),
        number("intercept_usd_per_unit", "USD/unit", "cost at a price of zero"),
        number("slope_kg_per_unit", "kg/unit", "what the cost rises by per USD/kg"),
        number("low", "USD/kg", "lower end of the axis"),
        number("high", "USD/kg", "upper end"),
        key="line material low high",
        made="each",
    )
    set_costs = Table(
        "Cost per unit at every price set of the line's scale, all its prices at once; empty without a `price_axis`.",
        text("line"),
        text("price_set"),
        number("usd_per_unit", "USD/unit", "cost at the prices of the set"),
        key="line price_set",
        made="each",
    )
    price_slopes = Table(
        "What one unit more of a price does to each category of the cost; exact, for the cost is a straight line of "
        "every price.",
        text("line"),
        text("category", words=CATEGORIES),
        text("price", "path of the number, as `--set` takes it: a price, or the wage"),
        text("title", "the same in plain words"),
        text("unit", "of the price"),
        number("value", "`unit`", "as stated"),
        number("slope", "USD/unit per `unit`", "of this category; what follows the price moves along"),
        key="line category price title unit",
        made="each",
    )
    rate_costs = Table(
        "Cost by category at other interest rates; interest on stocks, which goes with the rate in proportion, is left "
        "out.",
        text("line"),
        text("category", words=CATEGORIES),
        number("rate", "1/y", "interest rate"),
        number("usd_per_unit", "USD/unit"),
        key="line category rate",
        made="each",
    )
    breakeven = Table(
        "Where two lines of one kind, function and unit cost the same.",
        text("line_a"),
        text("line_b"),
        text("material"),
        number("price", "USD/kg", "at which both cost the same; empty if at none above 0"),
        key="line_a line_b material",
    )
    assumptions = Table(
        "Every number that a line rests on.",
        text("where", "path of the entry"),
        text("quantity", "its field"),
        number("value", "`unit`", "in canonical units; the mean, for a law"),
        text("unit"),
        number("low", "`unit`", "lower end of the range, if there is one"),
        number("high", "`unit`", "upper end"),
        text("grade", "A to E"),
        text("source", "title and DOI, or the reason of an estimate"),
        text("note"),
        text("line", "empty: of the cell"),
    )
    followed = Table(
        "Prices that follow others, of all that a line buys: the price used, and what it comes to by its roots.",
        text("line"),
        text("material"),
        text("roots", "what it follows: a material or an equation"),
        text("used", "the quote, or worked out from the roots", words=("quote", "worked out")),
        number("usd_per_kg", "USD/kg", "price that was used"),
        number("worked_out_usd_per_kg", "USD/kg", "by the roots; empty: nobody says what its conversion costs"),
        number("kg_per_unit", "kg/unit", "bought, losses per event left out"),
        number("apart_usd_per_unit", "USD/unit", "what the unit would cost more at the price by the roots"),
        key="line material",
    )
    price_roots = Table(
        "What a price that follows others moves by, per USD/kg of each of its roots.",
        text("line"),
        text("price", "path of the price, as `--set` takes it"),
        text("root", "path of the price that it follows"),
        number("slope", "1", "kg of the root in a kg, over the yield"),
        number("usd_per_kg", "USD/kg", "price that was used"),
        number("root_usd_per_kg", "USD/kg", "price of the root that was used"),
        key="line price root",
    )
    influence = Table(
        "For every number with a range, the cost per unit with that number at either end and all others as they are, "
        "worked out in expected values (see [the method](../method.md#influence)); the largest swing of a line first.",
        text("where", "dotted path of the number's entry"),
        text("quantity", "its field"),
        text("title", "the same in plain words"),
        text("unit"),
        number("low", "`unit`", "lower end of the range"),
        number("value", "`unit`", "the number"),
        number("high", "`unit`", "upper end"),
        text("grade", "of its evidence"),
        text("source"),
        number("cost_low", "USD/unit", "cost with the number at its low end"),
        number("cost", "USD/unit", "cost with the number as it is"),
        number("cost_high", "USD/unit", "cost with the number at its high end"),
        number("swing_usd_per_unit", "USD/unit", "largest less smallest of the three"),
        text("note", "why an end could not be worked out, else empty"),
        text("line"),
        key="line where quantity",
    )
    cells = Table(
        "Parts of a kWh of cell, of each line with what it makes and all other parts bought; without a `cell` in the "
        "scenario it is empty, and so are `cell_pairs`, `table1` and `waterfall`.",
        text("line", "empty: the part as bought, whatever the line"),
        text("component", "of the cell design; `powder` or `cell` for lines of powder or of whole cells"),
        text("made_by", "line that makes it; empty if bought"),
        number("kg_per_m2", "kg/m2", "per m2 of good cell"),
        number("m2_per_m2", "m2/m2", "per m2 of good cell"),
        number("usd_per_kwh", "USD/kWh", "per kWh of good cell, as the next two"),
        number("kwh_per_kwh", "kWh/kWh", "site energy of the line that makes it; empty for bought parts"),
        number("kg_co2e_per_kwh", "kg CO2e/kWh"),
        text("grade", "worst grade of the part's own numbers"),
        key="line component made_by",
    )
    service = Table(
        "Area resistance of separators and electrodes of solid electrolyte, and with a `cell` what a kWh costs that is "
        "usable at C/3, by Ohm's law in this one part: a lower bound of the cost.",
        text("line"),
        number("electrolyte_share", "1", "of an electrode's volume, pores included; empty for separators"),
        number("resistance_low", "ohm cm2", "least: by groups that have measured composites, or from lot to lot"),
        number("resistance", "ohm cm2", "their geometric mean, or the mean of the lots"),
        number("resistance_high", "ohm cm2", "most"),
        number("usable_low", "1", "share of the energy that is left at C/3 with the most resistance"),
        number("usable_high", "1", "with the least"),
        number("usd_per_usable_kwh_low", "USD/kWh", "cell with this part, others bought, with the least resistance"),
        number("usd_per_usable_kwh_high", "USD/kWh", "with the most"),
        text("why", "why an electrode has no resistance"),
        key="line",
    )
    cell_pairs = Table(
        "Cells with a separator and a cathode of the same powder, all other parts bought.",
        text("powder", "routes that make the powder of both, or `bought`"),
        text("separator", "line"),
        text("cathode", "line"),
        number("usd_per_kwh", "USD/kWh", "per kWh of good cell, as the next two"),
        number("kwh_per_kwh", "kWh/kWh"),
        number("kg_co2e_per_kwh", "kg CO2e/kWh"),
        key="powder separator cathode",
    )
    table1 = Table(
        "Table 1 of the review, row by row; its last row is the total.",
        text("component"),
        number("weight_g", "g", "as printed; in the total the true sum, as in the next three"),
        number("usd_per_kg", "USD/kg", "as printed"),
        number("usd", "USD", "as printed"),
        number("usd_computed", "USD", "weight x price"),
        number("printed_weight_g", "g", "what is printed"),
        number("printed_usd", "USD", "what is printed"),
        text("grade"),
        key="component",
    )
    waterfall = Table(
        "From Table 1 to each line: separator and electrolyte replaced, by mass, by what the line makes them for.",
        text("line"),
        text("component", "`Table 1`, then what is replaced"),
        number("weight_g", "g"),
        number("bought_usd_per_kg", "USD/kg"),
        number("made_usd_per_kg", "USD/kg"),
        number("change_usd", "USD", "the step"),
        number("usd", "USD", "the sum after it"),
        text("grade"),
        key="line component",
    )
    rivals = Table(
        "What a kWh of the `rivals` of a scenario costs, takes and emits: cells that a battery plant makes, by the "
        "finance of all lines; empty without.",
        text("rival", "cell design"),
        text("price_set", "at whose prices; empty: those of the run"),
        number(
            "gwh_per_year",
            "GWh/y",
            "good cells: as much as the lines are for, and the battery plant's own",
        ),
        text("category"),
        text("item"),
        number("usd_per_kwh", "USD/kWh", "per kWh of good cell, as the next two"),
        number("kwh_per_kwh", "kWh/kWh", "site energy"),
        number("kg_co2e_per_kwh", "kg CO2e/kWh", "of bought parts and of energy"),
        text("grade"),
        key="rival price_set gwh_per_year category item",
    )
    footing = Table(
        "Both columns of Table 1 of the review on one footing, one assumption after another; empty without `rivals`.",
        text("assumption", "what is made equal beside all before"),
        number("solid", "`unit`", "solid-state cell"),
        number("liquid", "`unit`", "lithium-ion cell"),
        text("unit"),
        number("ratio", "1", "solid over liquid"),
        key="assumption",
    )
    differences = Table(
        "Paired differences of every two comparable lines; scatter of machines and lots only.",
        text("line_a"),
        text("line_b", "the difference is b less a"),
        text("kpi"),
        text("unit"),
        number("mean", "`unit`"),
        number("ci_low", "`unit`", "lower end of its 95 % interval"),
        number("ci_high", "`unit`", "upper end"),
        number("correlation", "1", "of the replications of both"),
        number("variance_reduction", "1", "what common random numbers took off the variance of the difference"),
        count("replications"),
        key="line_a line_b kpi",
    )
    warmup = Table(
        "The series on which the warm-up is judged.",
        text("line"),
        number("time_h", "h", "end of the day, from the empty plant on"),
        number("shipped", "unit/d", "mean of replications"),
        number("mser", "(unit/d)2", "statistic of MSER-5; its least value says where the beginning ends"),
        key="line time_h",
    )

    sizing = Table(
        "Machines of each step sized in expected values and confirmed by simulation.",
        text("line"),
        text("step"),
        count("machines_expected", "as sized in expected values"),
        count("machines", "as confirmed"),
        count("given", "1 if the number of machines was given"),
        number("load", "1", "as sized: share of the open hours in which the target keeps the machines busy"),
        number("busy", "1", "as simulated: share of the open hours in which they are"),
        *(number(state, "1", "share of the open hours in this state") for state in STATES[:-1]),
        number("output_expected_counts", "1", "output over target with the machines as sized"),
        number("output", "1", "output over target with the machines as confirmed"),
        text("why", "why machines were added"),
        key="line step",
        when="`confirm: true`",
    )
    bottleneck = Table(
        "What one more machine, operator or shift, or a larger buffer brings; the largest gain first.",
        text("line"),
        text("step", "empty: the whole line"),
        text("change", "machine, buffer, operator or shift"),
        number("before", "1 or unit"),
        number("after", "1 or unit"),
        text("unit", "what the line ships in"),
        number("busy", "1", "busy share of the step without the change"),
        number("output", "`unit`/y", "with the change"),
        number("gain", "`unit`/y", "paired difference of the output"),
        number("gain_low", "`unit`/y", "lower end of its 95 % interval"),
        number("gain_high", "`unit`/y", "upper end"),
        number("cost", "USD/`unit`", "with the change"),
        number("cost_change", "USD/`unit`", "paired difference of the cost"),
        number("cost_change_low", "USD/`unit`", "lower end of its 95 % interval"),
        number("cost_change_high", "USD/`unit`", "upper end"),
        count("screened", "1 if the step is too idle to be tried"),
        key="line step change",
        when="`bottleneck: [line]`, `sim bottleneck`",
    )
    optimum = Table(
        "Machines, buffers and shifts as sized and as found.",
        text("line"),
        text("quantity", "with its unit"),
        text("step", "empty: of the line"),
        number("auto", "`quantity`", "as sized"),
        number("found", "`quantity`", "in the cheapest plant that meets the target"),
        key="line quantity step",
        when="`optimise: [line]`, `sim optimise`",
    )
    sweep = Table(
        "One row for each point, line and way of working out.",
        count("sweep", "number of the sweep, from 1"),
        count("point", "number of its point, from 1"),
        text("line"),
        text("by", "simulation or expected"),
        text("unit", "what the line ships in"),
        more("one for each axis"),
        count("machines", "in all steps"),
        count("out_of_range", "1 if a size lies outside the range of its price"),
        text("outside", "which sizes do"),
        text("note", "why a point has no indicators"),
        more("one for each indicator; `KPI_ci` is half its 95 % interval"),
        key="sweep point line by",
        when="a `sweep`, `sim sweep`",
    )
    uncertainty = Table(
        "Indicators over the samples of all ranges.",
        text("line"),
        text("kpi"),
        text("unit"),
        number("p10", "`unit`", "quantile of 10 %"),
        number("p50", "`unit`", "median"),
        number("p90", "`unit`", "quantile of 90 %"),
        number("mean", "`unit`"),
        number("sd", "`unit`", "standard deviation"),
        number("run", "`unit`", "value in the run"),
        number("lots_sd", "`unit`", "standard deviation from lot to lot"),
        number("share_from_ranges", "1", "share of the variance that is not knowing"),
        number("ratio", "1", "simulated over expected, of the line as it is, by which the samples were multiplied"),
        count("samples"),
        key="line kpi",
        when="a `doubt` or an `uncertainty`",
    )
    beats = Table(
        "Probability that one line is below another in an indicator, both with the same draws.",
        text("line_a"),
        text("line_b"),
        text("kpi"),
        number("probability", "1", "that a is below b"),
        count("samples"),
        key="line_a line_b kpi",
        when="a `doubt` or an `uncertainty`",
    )
    chances = Table(
        "How often every line is the cheapest of those that it may be compared with, all with the same draws.",
        text("line"),
        text("price_set", "at whose prices, all at once; empty: prices are drawn like everything else"),
        number("cost_per_unit", "USD/unit", "median of the samples"),
        number("chance_cheapest", "1", "share of the samples in which no other line is cheaper"),
        count("samples"),
        key="line price_set",
        when="a `doubt` or an `uncertainty`",
    )
    switches = Table(
        "Values of single numbers, within their ranges, at which two lines cost the same while all other numbers stay.",
        text("line", "the cheapest in most samples"),
        text("other"),
        text("parameter", "path of the number"),
        text("title", "the same in plain words"),
        text("unit"),
        number("low", "`unit`", "lower end of its range"),
        number("value", "`unit`", "as it is"),
        number("high", "`unit`", "upper end"),
        number("switch", "`unit`", "at which both lines cost the same"),
        text("cheaper_above", "the line that is the cheaper one above it"),
        text("grade", "of its evidence"),
        key="line other parameter",
        when="a `doubt` or an `uncertainty`, with `ranges`",
    )
    switch_pairs = Table(
        "Two numbers at once: for values of the one, that of the other at which two lines cost the same.",
        text("line", "the cheapest in most samples"),
        text("other"),
        text("parameter", "path of the one"),
        number("value", "unit of `parameter`", "of the one"),
        text("second", "path of the other"),
        number("switch", "unit of `second`", "of the other; empty if none within its range does"),
        key="line other parameter value second",
        when="a `doubt` or an `uncertainty`, with `ranges`",
    )
    deciding = Table(
        "What the difference between the two lines that are the cheapest most often rests on, the largest share first.",
        text("line", "the cheapest in most samples"),
        text("other", "the next; the difference is its cost less that of the line"),
        text("parameter", "path of a number, or the common factor of several"),
        text("title", "the same in plain words"),
        count("numbers", "that it stands for"),
        text("grade", "worst of their evidence"),
        number("share", "1", "of the variance of the difference"),
        number("low", "1", "lower end of the 95 % interval of that share"),
        number("high", "1", "upper end"),
        number(
            "effect",
            "USD/unit",
            "standard deviation of the difference that it makes; negative if more of it helps the line",
        ),
        number("chance_known", "1", "chance to name the cheapest line once it is known"),
        key="line other parameter",
        when="a `doubt` or an `uncertainty`, with `ranges`",
    )
    sensitivity = Table(
        "What each parameter does to an indicator.",
        text("line"),
        text("kpi"),
        text("method"),
        text("parameter"),
        number("value", "by `method`", "that of the indicator (`morris`), or a share or rank"),
        number("low", "by `method`", "lower end of its interval"),
        number("high", "by `method`", "upper end"),
        key="line kpi method parameter",
        when="a `doubt`, an `uncertainty` or a `sensitivity`",
    )
    samples = Table(
        "Every sample, as Parquet where pyarrow is there.",
        text("line"),
        count("sample", "number, from 0"),
        more("one for each indicator; with an `uncertainty` then one for each parameter, with its value"),
        key="line sample",
        when="a `doubt` or an `uncertainty`",
    )

    sample_slopes = Table(
        "What a price is in every sample, and what one unit more does to the unit cost there, for prices that swing "
        "a cost most; as Parquet where pyarrow is there.",
        text("line"),
        count("sample", "number, from 0"),
        text("price", "path of the number"),
        number("value", "unit of `price`", "which `price_slopes` gives"),
        number("slope", "USD/unit per unit of `price`"),
        key="line sample price",
        when="a `doubt`",
    )


TABLES = {name: table for name, table in vars(Tables).items() if isinstance(table, Table)}
"""All tables by name."""
