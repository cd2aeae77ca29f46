"""What a square metre does: area resistance of separators and electrodes, and what a kWh that is usable costs.

Lines of unequal service are not ranked per m2. An electrode's resistance is that of its pores filled with electrolyte,
as measured on composites; where nobody has measured, only electrodes of the same route are ranked with each other.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from sim.inputs import CellDesign, Chain, Composites, Kept, kept, measured_composites, needed
from sim.plant import Line
from sim.results import Kpis, Results, records
from sim.study.load import Study

__all__ = ["classes", "ranking_keys", "table"]

Frames = Mapping[str, pd.DataFrame]

C_RATE = 1.0 / 3.0
"""Rate at which energy is called usable [1/h]."""


class Ionic(NamedTuple):
    """Electrolyte in an electrode, and its area resistance."""

    share: float
    """In the volume, pores included; nan without a thickness [1]."""
    resistance: Kept | None
    """Least, middle and most by the groups that have measured [ohm cm2]; None if there is none to give."""
    why: str = ""
    """Why there is none."""


def electrode(line: Line, measured: Composites) -> Ionic | None:
    """Return the ionic resistance of an electrode; None for what is no electrode of a solid electrolyte.

    Notes
    -----
    R = d / (3 kappa), kappa = powder x what composites keep at that share of electrolyte: current enters the pores
    along the whole thickness d, which makes a third of the resistance of a layer that it has to cross (a transmission
    line without charge transfer). The range is the spread between groups.
    """
    route, graph = line.route, line.graph
    shipping = [
        step for step, flow in line.flowsheet.steps.items() if any("ship" in out.places for out in flow.outlets)
    ]
    if route.kind != "electrode" or not any(graph.sets_quality(step) for step in shipping):
        return None
    segments = route.segments if isinstance(route, Chain) else {}
    # what a route of a chain is handed has no key feed: it is what the route before ships
    name = route.product.key_feed or [segment.material for segment in segments.values()][-2]
    thickness = route.product.thickness
    density = line.library.materials[name].density
    share = math.nan
    if thickness is not None and density is not None:
        inside = line.flowsheet.steps[shipping[0]].primary.stream.kg_per_unit.get(name, 0.0)
        share = inside / density.value / thickness.value
    if route.product.infiltrated:
        return Ionic(share, None, "nobody has published what infiltrated electrodes conduct")
    if name != measured.electrolyte:
        return Ionic(share, None, f"composites were measured with {measured.electrolyte}, not with {name}")
    if math.isnan(share):
        return Ionic(share, None, "the route gives no thickness")
    found = kept(measured, share)
    if found is None:
        why = f"below {measured.least.value:.0%} what groups have measured differs tenfold and more"
        if share > measured.least.value:
            why = "fewer than two groups have measured so much"
        return Ionic(share, None, f"{share:.0%} of the volume is electrolyte, and {why}".replace("%", " %"))
    assert thickness is not None
    own = list(segments)[-1] + "/" if segments else ""
    rules = [step.quality for step in route.steps if step.id.startswith(own) and step.quality is not None]
    # of the powder: what binder and pores take off it is in the composites already
    taken = math.prod(rule.factor.value for rule in rules if rule.factor is not None)
    layer = thickness.value * 1e2 / (3.0 * graph.mean_quality(shipping[0]) / taken * 1e-3)
    return Ionic(share, Kept(layer / found.high, layer / found.mean, layer / found.low))


def _measured(lines: Sequence[Line]) -> dict[str, Ionic]:
    """Return the electrodes of solid electrolyte by line."""
    if not any(line.route.kind == "electrode" for line in lines):
        return {}
    known = measured_composites(lines[0].library)
    return {line.name: found for line in lines if (found := electrode(line, known)) is not None}


def classes(study: Study) -> dict[str, str]:
    """Return of what service a line is, empty where that sets nothing apart; lines of one service are ranked.

    Electrodes without a resistance are of the service of their route. Those with one are told apart where their ranges
    do not overlap; where the scenario names a cell they are not, for a usable kWh is then what is compared.
    """
    electrodes = _measured(study.lines)
    found = dict.fromkeys((line.name for line in study.lines), "")
    ranges: dict[Hashable, dict[str, Kept]] = {}
    for line in study.lines:
        ionic = electrodes.get(line.name)
        if ionic is not None and ionic.resistance is None:
            found[line.name] = _route(line)
        elif ionic is not None and ionic.resistance is not None and study.cell is None:
            ranges.setdefault(line.key, {})[line.name] = ionic.resistance
    for group in ranges.values():
        found |= _bands(group)
    return found


def _bands(ranges: Mapping[str, Kept]) -> dict[str, str]:
    """Return the band of resistances that every line is in: ranges that overlap, one after the other, are one band."""
    bands: list[list[str]] = []
    top = -math.inf
    for name in sorted(ranges, key=lambda name: ranges[name]):
        if ranges[name].low > top:
            bands.append([])
        bands[-1].append(name)
        top = max(top, ranges[name].high)
    words: dict[str, str] = {}
    for band in bands:
        low, high = min(ranges[name].low for name in band), max(ranges[name].high for name in band)
        words |= dict.fromkeys(band, f"{low:.3g} to {high:.3g} ohm cm2")
    return words


def _route(line: Line) -> str:
    """Return the route that makes the electrode."""
    return list(line.route.segments)[-1] if isinstance(line.route, Chain) else line.route.name


def ranking_keys(study: Study) -> dict[str, tuple[str, ...]]:
    """Return what lines must share to be ranked: kind, function, unit, scale, service."""
    of = classes(study)
    return {line.name: (*line.key, of[line.name]) for line in study.lines}


def table(study: Study, found: Frames) -> pd.DataFrame:
    """Return the area resistance of every separator and electrode, and with a cell what a usable kWh costs.

    Parameters
    ----------
    found : mapping of str to DataFrame
        Tables `summary` and `cells` of the run.

    Notes
    -----
    Of a cell that is discharged at C/3 the current i = areal capacity / 3 h leaves the share 1 - i R / V of its energy:
    an upper bound, for Ohm's law alone, with the resistance of this one part, does not explain what cells do.
    """
    return Results.service.frame(_rows(study, found))


def _rows(study: Study, found: Frames) -> Iterator[dict[str, Any]]:
    films = {row.line: row for row in records(found["summary"]) if row.kpi == Kpis.area_resistance.name}
    electrodes = _measured(study.lines)
    for line in study.lines:
        ionic = electrodes.get(line.name)
        if line.name in films:
            film = films[line.name]
            known = math.isfinite(film.ci_low)
            low, high = (film.ci_low, film.ci_high) if known else (film.mean, film.mean)
            ionic = Ionic(math.nan, Kept(low, film.mean, high))
        if ionic is None:
            continue
        low, mean, high = ionic.resistance or (math.nan,) * 3
        most, least = (_usable(study.cell, line, ohm) for ohm in (low, high))
        bill = found["cells"][found["cells"]["line"] == line.name]["usd_per_kwh"]
        usd = math.fsum(bill.dropna()) if len(bill) else math.nan
        yield {
            "line": line.name,
            "electrolyte_share": ionic.share,
            "resistance_low": low,
            "resistance": mean,
            "resistance_high": high,
            "usable_low": least,
            "usable_high": most,
            "usd_per_usable_kwh_low": usd / most if most else math.nan,
            "usd_per_usable_kwh_high": usd / least if least else math.nan,
            "why": ionic.why,
        }


def _usable(cell: CellDesign | None, line: Line, ohm_cm2: float) -> float:
    """Return the share of the energy of a cell that the resistance of a line's part leaves at C/3 [1]."""
    if cell is None or math.isnan(ohm_cm2) or needed(cell, line.route.function, line.unit) is None:
        return math.nan
    drop = C_RATE * cell.areal_ah_per_m2 * 1e-4 * ohm_cm2
    return max(0.0, 1.0 - drop / cell.voltage.value)
