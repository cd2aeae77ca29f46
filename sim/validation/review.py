"""What the review reports of the products of its routes, held against what the routes ship."""

from __future__ import annotations

from collections.abc import Callable

from sim.inputs import Plant, bundled
from sim.plant import Line, resolve
from sim.validation.claims import Claim, Facts, Found

__all__ = ["COMPUTATIONS"]

Compute = Callable[[Facts, Claim], Found]


def _line(facts: Facts, route: str) -> Line:
    return resolve(route, bundled("routes")[route], facts.library, Plant())


def _conductivity(route: str) -> Compute:
    """Return the mean conductivity with which a route packs its lots [mS/cm]."""

    def compute(facts: Facts, _: Claim) -> Found:
        return Found(_line(facts, route).graph.mean_quality("pack"))

    return compute


def _film(route: str) -> Compute:
    """Return the mean conductivity of a film made of bought powder, and what powder the published film would need."""

    def compute(facts: Facts, claim: Claim) -> Found:
        graph = _line(facts, route).graph
        film, powder = graph.mean_quality("pack"), graph.mean_quality("dose_powder")
        needed = claim.target * powder / film
        return Found(film, claim.target, details={"kept": film / powder, "powder": powder, "needed": needed})

    return compute


def _cycles(route: str) -> Compute:
    """Return how many cycles a route's tool runs for its film, and how long they take."""

    def compute(facts: Facts, _: Claim) -> Found:
        deposit = next(step.deposit for step in _line(facts, route).route.steps if step.deposit is not None)
        assert deposit.cycle is not None
        cycles = deposit.thickness.value / deposit.cycle.growth.value
        return Found(cycles, details={"hours": cycles * deposit.cycle.hours})

    return compute


def _times(_: Facts, claim: Claim) -> Found:
    """Return how many times one printed conductivity is another."""
    return Found(claim.given["ms_per_cm"] / claim.given["ms_per_cm_elsewhere"])


def _energy(facts: Facts, claim: Claim) -> Found:
    """Return the energy of a cell of three sheets with the share of active material that the route's sheet has [Wh/kg].

    Capacity per active material, times its mass in the positive sheet and the voltage, over the mass of all sheets.
    """
    there = _line(facts, "ppc_binder_free").flowsheet.steps["pack"].primary.stream.kg_per_unit
    sheet = sum(kg for material, kg in there.items() if material != "aluminium_foil")
    share = there["NCM811_coated"] / sheet
    given = claim.given
    full = given["mah_per_g"] * given["volt"] * given["positive_mg"] / given["all_mg"]
    return Found(full * share, claim.target, details={"share": 100.0 * share, "needed": 100.0 * claim.target / full})


def _rate(_: Facts, claim: Claim) -> Found:
    """Return the areal capacity that a current is so many times of [mAh/cm2]."""
    return Found(claim.given["ma_per_cm2"] / claim.given["c_rate"])


COMPUTATIONS: dict[str, Compute] = {
    **{
        f"conductivity_{route}": _conductivity(route)
        for route in (
            "wet_dme", "wet_thf_acn", "wet_thf", "wet_thf_etoh", "bulk_solution_sulfur", "metathesis",
            "lzc_mechanochemical", "li10snp2s12", "rgo_template", "infiltration_iodine", "pi_infiltration",
            "pvdfhfp_llzto", "pld_garnet", "cvd_llzo", "cvd_fnbr", "ald_zno_latp", "ald_lso", "ald_mgpon",
        )
    },
    **{f"conductivity_{route}": _film(route) for route in ("sebs_xylene", "slurry_nbr_nylon", "dry_ptfe")},
    "cycles_ald_lso": _cycles("ald_lso"),
    "cycles_ald_zno_latp": _cycles("ald_zno_latp"),
    "conductivity_ratio_lso": _times,
    "conductivity_ratio_mgpon": _times,
    "garnet_target_to_film": _times,
    "energy_ppc_binder_free": _energy,
    "capacity_lish46": _rate,
}  # fmt: skip
