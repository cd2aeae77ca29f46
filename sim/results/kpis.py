"""Every key performance indicator, declared once: its name, unit, meaning, formula, and how it is printed.

The roll-up registers one formula for each; documents, tables, panels and questions are made from what stands here.
Names and meanings follow ISO 22400-2 where it has them.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field
from typing import Literal

from sim.errors import InputError, Issue, nearest

__all__ = ["KPIS", "Kpi", "Kpis", "kpi_named", "unknown_kpi"]

PERCENT, KG_PER_KG, MILLION_USD = (100.0, "%"), (1.0, "kg/kg"), (1e-6, "million USD")


@dataclass(frozen=True, slots=True)
class Kpi:
    """One indicator; its name is that of the attribute of `Kpis` that holds it."""

    title: str
    """In print."""
    unit: str
    """`{unit}` stands for what the line ships."""
    meaning: str
    _: KW_ONLY
    formula: str = ""
    range: str = ""
    note: str = ""
    better: Literal["more", "less", ""] = ""
    """Which way is better, if one can say so."""
    best: str = ""
    """What the best line has in this indicator, if it is told of in the answer."""
    short: str = ""
    """Over a narrow panel or column, if the title is too long for it."""
    printed: tuple[float, str] = (1.0, "")
    """Factor and unit in print; no unit: the own one."""
    each: str = ""
    """What there is one indicator of each of, such as elements; their names follow the own one."""
    name: str = field(init=False, default="")

    def __set_name__(self, _: type, name: str) -> None:
        object.__setattr__(self, "name", name)

    def of(self, unit: str) -> str:
        """Return the unit for a line that ships *unit*.

        >>> Kpis.cost_per_unit.of("kg"), Kpis.lead_time.of("m2")
        ('USD/kg', 'h')
        """
        return self.unit.format(unit=unit)

    def called(self, name: str) -> str:
        """Return the title of the indicator of that name.

        >>> Kpis.yield_.called("yield_Li"), Kpis.capital.called("capital")
        ('Li yield', 'Capital')
        """
        return self.title.format(each=name.removeprefix(self.name))

    @property
    def head(self) -> str:
        """Title over a narrow panel or column."""
        return self.short or self.title.strip()


class Kpis:
    """All indicators, in the order of the tables."""

    throughput = Kpi(
        "Good output", "{unit}/y", "Good product shipped per year.",
        formula="shipped x 8,760 h / window.", range="0 or more.", better="more",
    )  # fmt: skip
    cost_per_unit = Kpi(
        "Cost", "USD/{unit}", "Full cost of a unit.",
        formula="sum of all cost items / shipped.", range="above 0.", better="less",
    )  # fmt: skip
    conversion_cost_per_unit = Kpi(
        "Conversion cost", "USD/{unit}", "Cost without what is bought to be converted.",
        formula="(total - materials - solvents) / shipped.", range="above 0.", better="less",
    )  # fmt: skip
    energy_per_unit = Kpi(
        "Site final energy", "kWh/{unit}", "Site final energy: electricity, heat and gas as bought.",
        formula="sum / shipped.", range="0 or more.", better="less", best="least site energy", short="Energy",
    )  # fmt: skip
    electricity_per_unit = Kpi(
        "   of which electricity", "kWh/{unit}", "Electricity bought.",
        formula="sum / shipped.", range="0 or more.", better="less", short="Electricity",
    )  # fmt: skip
    heat_per_unit = Kpi(
        "   of which heat", "kWh/{unit}", "Heat bought.",
        formula="sum / shipped.", range="0 or more.", better="less", short="Heat",
    )  # fmt: skip
    gas_per_unit = Kpi(
        "   of which gas", "kWh/{unit}", "Gas bought.",
        formula="sum / shipped.", range="0 or more.", better="less", short="Gas",
    )  # fmt: skip
    lead_time = Kpi(
        "Lead time", "h", "Mean time from release to shipping, weighted by amount.",
        range="0 or more; nan if nothing ships.", better="less", best="shortest lead time",
    )  # fmt: skip
    lead_time_growth = Kpi(
        "Growth of lead time", "1", "How much longer lots take at the end of the window than before.",
        formula="mean lead time, in open hours, of what shipped in the last quarter of the window / in the second.",
        range="0 or more; nan if a quarter ships fewer than ten lots.", better="less",
    )  # fmt: skip
    wip = Kpi(
        "Work in process", "{unit}", "Mean work in process as the product that it will become without events.",
        range="0 or more.",
    )  # fmt: skip
    oee = Kpi(
        "OEE", "1", "Overall equipment effectiveness of the bottleneck.",
        formula="good operations x ideal machine time / open machine hours.", range="0 to 1.",
        better="more", printed=PERCENT,
    )  # fmt: skip
    utilisation = Kpi(
        "Utilisation", "1", "Busy share of the bottleneck.",
        formula="(run + setup + clean + down) / (hours - off_shift), summed over machines.", range="0 to 1.",
        printed=PERCENT,
    )  # fmt: skip
    first_pass_yield = Kpi(
        "First-pass yield", "1", "Chance to pass all inspections at the first try.",
        formula="product over inspections of passed / seen first.", range="0 to 1; 1 without inspections.",
        note="Inspections of what failed before (on a branch of rework steps) are no first try and do not count.",
        better="more", printed=PERCENT,
    )  # fmt: skip
    yield_ = Kpi(
        "{each} yield", "1", "Share of an element that reaches the product.",
        formula="product / (feed - stock change).", range="0 to 1.", better="more", best="highest lithium yield",
        printed=PERCENT, each="element",
    )  # fmt: skip
    yield_key = Kpi(
        "Key-feed yield", "1", "Share of the route's key feed that reaches the product.",
        formula="product kg / (feed kg - stock change kg), if most of the feed is not meant to react; else the lowest "
        "yield of its elements.",
        range="0 to 1; nan without a key feed.", note="Left out for routes without a key feed.",
        better="more", printed=PERCENT,
    )  # fmt: skip
    conductivity = Kpi(
        "Conductivity", "mS/cm", "Ionic conductivity of what shipped.",
        formula="sum of lot x quality / shipped.", range="above 0.",
        note="Of a film it is that of the electrolyte as made times what the film keeps of it, or of the electrolyte "
        "that an infiltration precipitates. Left out where no step sets a quality.",
        better="more",
    )  # fmt: skip
    area_resistance = Kpi(
        "Area resistance", "ohm cm2", "Resistance of a separator times its area.",
        formula="thickness / conductivity.", range="above 0.",
        note="With the mean conductivity: the resistance of all that shipped, side by side; the mean of the lots' own "
        "resistances is larger by about the square of their scatter, 1 to 4 %. Left out but for membranes with a "
        "thickness.",
        better="less",
    )  # fmt: skip
    gwp_per_unit = Kpi(
        "Greenhouse gas", "kg CO2e/{unit}", "Greenhouse gas of feeds, energy and carbon dioxide emitted.",
        range="0 or more.", better="less", best="least greenhouse gas", short="GWP",
    )  # fmt: skip
    e_factor = Kpi(
        "E factor", "1", "Environmental factor.",
        formula="(by-product + waste + emission) / product, all by mass.", range="0 or more.",
        note="Solvent make-up, water and purge gases are in it.", better="less", printed=KG_PER_KG,
    )  # fmt: skip
    pmi = Kpi(
        "Process mass intensity", "1", "Process mass intensity.",
        formula="all feeds / product, by mass; e_factor + 1 but for stock changes.", range="1 or more.",
        note="Solvent make-up, water and purge gases are in it.", better="less", printed=KG_PER_KG, short="PMI",
    )  # fmt: skip
    pmi_without_solvent = Kpi(
        "   without solvent", "1", "Process mass intensity of what is meant to become product.",
        formula="feeds less solvents, water and gases, less their stock change, over product, all by mass.",
        range="above 0.", better="less", printed=KG_PER_KG, short="PMI without solvent",
    )  # fmt: skip
    capital = Kpi(
        "Capital", "USD", "Installed capital: equipment, floor and rooms, without contingency.",
        range="above 0.", better="less", best="least capital", printed=MILLION_USD,
    )  # fmt: skip
    people = Kpi(
        "People", "persons", "People employed to fill all posts.",
        formula="posts x open hours / paid hours, or posts x crews where the plant says how many.",
        range="0 or more.", better="less", best="fewest people",
    )  # fmt: skip
    labour_h_per_unit = Kpi(
        "Labour", "h/{unit}", "Hours of work that are paid: operators, crews and staff.",
        formula="people x paid hours / shipped.", range="0 or more.", better="less",
    )  # fmt: skip
    area = Kpi(
        "Area", "m2", "Floor of all machines, access included.",
        range="0 or more.", better="less", best="smallest area",
    )  # fmt: skip
    solvent_per_unit = Kpi(
        "Solvent make-up", "kg/{unit}", "Solvent bought, tanks and once-through.",
        formula="feed of solvents for what shipped / shipped; of tanks drawn - recovered + overflow.",
        range="0 or more.", better="less",
    )  # fmt: skip
    waste_per_unit = Kpi(
        "Waste", "kg/{unit}", "Waste to dispose of; by-products and emissions apart.",
        range="0 or more.", better="less",
    )  # fmt: skip
    argon_per_unit = Kpi("Argon", "kg/{unit}", "Argon bought.", range="0 or more.", better="less")
    h2s_per_unit = Kpi(
        "H2S emitted", "g/{unit}", "H2S that leaves steps for the scrubber.", range="0 or more.", better="less"
    )


KPIS = {item.name: item for item in vars(Kpis).values() if isinstance(item, Kpi)}
"""All indicators by name, those that are there once for each of something under the beginning of their names."""


def kpi_named(name: str) -> Kpi:
    """Return the declaration of an indicator.

    Raises
    ------
    InputError
        If there is none, with the nearest name.

    Examples
    --------
    >>> kpi_named("capital").title, kpi_named("yield_Li").meaning
    ('Capital', 'Share of an element that reaches the product.')
    """
    found = _found(name)
    if found is None:
        raise InputError([Issue("kpi", 1, 1, unknown_kpi(name))])
    return found


def unknown_kpi(name: str) -> str:
    """Return what is wrong with the name of an indicator, empty if there is one of that name.

    >>> unknown_kpi("cost_per_unti"), unknown_kpi("capital")
    ("unknown indicator 'cost_per_unti' (did you mean 'cost_per_unit'?)", '')
    """
    known = [item.name for item in KPIS.values() if not item.each]
    hint = nearest(name, known) or f"; allowed are {', '.join(known)}"
    return f"unknown indicator '{name}'{hint}" if _found(name) is None else ""


def _found(name: str) -> Kpi | None:
    if name in KPIS and not KPIS[name].each:
        return KPIS[name]
    return next((item for item in KPIS.values() if item.each and name.removeprefix(item.name) not in ("", name)), None)
