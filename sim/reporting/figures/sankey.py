"""Mass Sankey of a route per unit shipped: a spine from top to bottom, feeds from the left, exits to the right."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, PathPatch, Rectangle
from matplotlib.path import Path

from sim.reporting.figures.flow import side_flows
from sim.reporting.figures.ink import text_width, wrap
from sim.reporting.figures.style import FULL, INK, SMALL, Look, mm, styled
from sim.reporting.words import amount, name, title, unit

__all__ = ["mass_sankey"]

LOOKS = {
    "feed": Look("#2f6f9f"),
    "from tank": Look("#7fb2cf", "////"),
    "in process": Look("#d4d9de"),
    "by-product": Look("#9d892b", "\\\\\\\\"),
    "waste": Look("#7a4a12"),
    "emission": Look("#d98f6a", "...."),
    "to tank": Look("#7fb2cf", "\\\\\\\\"),
    "product": Look("#103f60"),
}
TEXT = {
    "feed": "#0b4f8a",
    "from tank": "#1c5a62",
    "to tank": "#1c5a62",
    "by-product": "#5c5110",
    "waste": "#7a4a12",
    "emission": "#a3341f",
}
DIRECTIONS = {"by_product": "by-product", "waste": "waste", "emission": "emission", "recovered": "to tank"}
SPINE_W, TITLES, GAP = 44.0, 44.0, 3.0
"""Largest width of the spine, room for titles, and distance of side flows [mm]."""
TIGHT, SIDE = 4.0, 2.8
"""Heights of a step without side flows, and of one side label [mm]."""


@dataclass(frozen=True)
class _Flow:
    kind: str
    label: str
    kg: float
    passing: bool = False
    """Whether it leaves in the same step again, like a purge gas."""


@dataclass
class _Row:
    step: str
    title: str
    feeds: list[_Flow]
    exits: list[_Flow]
    into: float = 0.0
    filled: float = 0.0
    out: float = 0.0
    band: float = 0.0
    """Width of the feeds from the left [mm]: wide ones need height to bend."""

    @property
    def left(self) -> list[_Flow]:
        """Feeds that are new to the plant; solvent from a tank comes from the right, where it leaves again."""
        return [flow for flow in self.feeds if flow.kind == "feed" and not flow.passing]

    @property
    def right(self) -> list[_Flow]:
        return [flow for flow in self.feeds if flow.kind != "feed" or flow.passing]

    @property
    def height(self) -> float:
        """Height of the row [mm]."""
        return self.middle + max(TIGHT / 2, SIDE * len(self.exits) + 1.5 if self.exits else 0.0)

    @property
    def middle(self) -> float:
        """Where the step stands, from the top of its row [mm]."""
        upper = max(len(self.left), len(self.right))
        return max(TIGHT / 2, SIDE * upper + 1.5 if upper else 0.0, 0.22 * self.band + 1.5 if self.band else 0.0)


@styled
def mass_sankey(steps: pd.DataFrame, streams: pd.DataFrame, materials: pd.DataFrame, *, unit_: str = "kg") -> Figure:
    """Draw where the mass of one line comes from and goes to, per unit shipped.

    The spine between two steps is everything that is on its way from the steps above to the steps below.
    Flows under 0.5 % of the widest part are left out of the drawing, hydrogen sulfide never.

    Parameters
    ----------
    steps, streams, materials : DataFrame
        The rows of one line.
    unit_ : str, default="kg"
        Functional unit.
    """
    rows = _rows(steps.sort_values("order", kind="stable").drop_duplicates("step"), streams, materials)
    scale, first = _fit(rows)
    for row in rows:
        row.band = sum(flow.kg for flow in row.left) * scale
    height = sum(row.height for row in rows) + 14.0
    figure = Figure(figsize=mm(FULL, height))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, FULL)
    axes.set_ylim(height, 0)
    axes.set_axis_off()
    y, left = 2.0, first
    for index, row in enumerate(rows):
        left = _draw_row(axes, row, index + 1, (left, y), scale)
        y += row.height
    last = rows[-1].out if rows else 0.0
    axes.add_patch(Rectangle((left, y), max(last * scale, 0.4), 2.2, **LOOKS["product"].patch))
    axes.text(
        left + max(last * scale, 0.5) + 1.5,
        y + 1.1,
        f"1 {unit(unit_)} shipped" + (f", {amount(last)}" if unit_ != "kg" else ""),
        va="center_baseline",
        fontsize=SMALL + 0.6,
        fontweight="bold",
    )
    used = {flow.kind for row in rows for flow in (*row.feeds, *row.exits)} | {"in process", "product"}
    axes.legend(
        handles=[Patch(label=key, **look.patch) for key, look in LOOKS.items() if key in used],
        loc="lower left",
        bbox_to_anchor=(0.0, 0.0),
        ncols=8,
        borderaxespad=0.2,
        handletextpad=0.5,
    )
    return figure


def _fit(rows: list[_Row]) -> tuple[float, float]:
    """Return the largest scale [mm/kg] at which all labels have room, and the left edge of the spine's start [mm]."""
    widest = max([row.filled for row in rows], default=1.0) or 1.0
    titles = max([text_width(_words(row, at), SMALL + 0.6, bold=True) for at, row in enumerate(rows, 1)], default=0.0)
    for spine in np.arange(SPINE_W, 4.0, -2.0):
        scale = float(spine) / widest
        drift = to_left = to_right = 0.0
        for row in rows:
            new = sum(flow.kg for flow in row.left) * scale
            drift += new
            labels = [text_width(_label_of(flow), SMALL) for flow in row.left]
            to_left = max(to_left, drift + GAP + new + max(labels, default=0.0) + 3.0)
            labels = [text_width(_label_of(flow), SMALL) for flow in (*row.right, *row.exits)]
            side = max(sum(flow.kg for flow in row.right), sum(flow.kg for flow in row.exits)) * scale
            reach = max(row.filled, row.into, row.out + side / scale) * scale + GAP
            to_right = max(to_right, reach + max(labels, default=0.0) + 3.0 - drift)
        if titles + 2.0 + to_left + to_right <= FULL:
            break
    return scale, titles + 2.0 + to_left


def _words(row: _Row, place: int) -> str:
    return wrap(f"{place}  {title(row.title)}", SMALL + 0.6, TITLES - 2.0, 1, bold=True)[0]


def _label_of(flow: _Flow) -> str:
    """Return what is written beside a flow."""
    words = {"feed": "", "emission": "to air"}.get(flow.kind, flow.kind)
    return f"{flow.label} {amount(flow.kg)} {words}".strip()


def _rows(steps: pd.DataFrame, streams: pd.DataFrame, materials: pd.DataFrame) -> list[_Row]:
    order = {str(step): index for index, step in enumerate(steps["step"])}
    titles = dict(zip(steps["step"], steps["title"], strict=True))
    rows = [_Row(step, str(titles[step]), [], []) for step in order]
    inner = streams[
        streams["source"].isin(order) & streams["target"].isin([*order, "ship"]) & (streams["role"] != "rework")
    ]
    cut = np.zeros(len(rows) + 1)
    for source, target, kg in inner[["source", "target", "kg_per_unit"]].itertuples(index=False, name=None):
        end = order.get(target, len(rows))
        if end > order[source]:
            cut[order[source] + 1 : end + 1] += kg
    for step, material, direction, kg, drawn in side_flows(materials, streams):
        if step not in order or direction in ("product", "stock_change"):
            continue
        row = rows[order[step]]
        if direction == "feed":
            row.feeds.append(_Flow("from tank" if drawn else "feed", name(material), kg))
        else:
            row.exits.append(_Flow(DIRECTIONS.get(direction, "waste"), name(material), kg))
    for row in rows:
        gone = {flow.label: flow.kg for flow in row.exits if flow.kind == "emission"}
        row.feeds = [
            replace(flow, passing=flow.kind == "feed" and gone.get(flow.label, 0.0) > 0.9 * flow.kg)
            for flow in row.feeds
        ]
    limit = 0.005 * max(
        cut.max(initial=0.0), *(sum(f.kg for f in row.feeds) + into for row, into in zip(rows, cut, strict=False)), 0.0
    )
    for row, into, out in zip(rows, cut[:-1], cut[1:], strict=True):
        row.into, row.out = float(into), float(out)
        row.filled = max(row.into + sum(flow.kg for flow in row.feeds), row.out)
        row.feeds = _visible(row.feeds, limit)
        row.exits = _visible(row.exits, limit)
    return rows


def _visible(flows: list[_Flow], limit: float) -> list[_Flow]:
    kept = [flow for flow in flows if flow.kg >= limit or flow.label == "H₂S"]
    return sorted(kept, key=lambda flow: -flow.kg)


def _draw_row(axes: Axes, row: _Row, place: int, at: tuple[float, float], scale: float) -> float:
    """Draw a step at the left edge of the spine and the top of its row; return the left edge below it."""
    x0, y = at
    middle, bottom = y + row.middle, y + row.height
    new = sum(flow.kg for flow in row.left) * scale
    left, filled = x0 - new, max(row.filled, row.out) * scale
    _ribbon(axes, (x0, y), (x0, middle), row.into * scale, "in process")
    _ribbon(axes, (left, middle), (left, bottom), row.out * scale, "in process")
    x, start, line = left, left - GAP - new, y + SIDE / 2 + 0.5
    label_x = start - 1.2
    for flow in row.left:
        _ribbon(axes, (start, y + 0.5), (x, middle), flow.kg * scale, "feed")
        _label(axes, (label_x, line), _label_of(flow), "feed", "right")
        start, x, line = start + flow.kg * scale, x + flow.kg * scale, line + SIDE
    drawn = sum(flow.kg for flow in row.right) * scale
    x, line = left + filled - drawn, y + SIDE / 2 + 0.5
    start = max(x0 + row.into * scale, x) + GAP
    edge = start + drawn
    for flow in row.right:
        _ribbon(axes, (start, y + 0.5), (x, middle), flow.kg * scale, flow.kind)
        _label(
            axes,
            (edge + 1.2, line),
            _label_of(flow),
            flow.kind,
        )
        start, x, line = start + flow.kg * scale, x + flow.kg * scale, line + SIDE
    gone = sum(flow.kg for flow in row.exits) * scale
    x, line = left + filled - gone, middle + SIDE / 2 + 0.9
    end = max(left + row.out * scale, x) + GAP
    for flow in reversed(row.exits):
        _ribbon(axes, (x, middle), (end, bottom - 0.4), flow.kg * scale, flow.kind)
        x, end = x + flow.kg * scale, end + flow.kg * scale
    for flow in row.exits:
        _label(axes, (end + 1.2, line), _label_of(flow), flow.kind)
        line += SIDE
    axes.add_patch(Rectangle((left, middle - 0.35), max(filled, 0.3), 0.7, facecolor=INK, edgecolor="none", zorder=3))
    bold = bool(row.feeds or row.exits)
    words = wrap(f"{place}  {title(row.title)}", SMALL + 0.6, TITLES - 2.0, 1, bold=bold)[0]
    axes.text(
        0.5,
        middle,
        words,
        va="center_baseline",
        fontsize=SMALL + 0.6,
        fontweight="bold" if bold else "normal",
        parse_math=False,
    )
    begin = 0.5 + text_width(words, SMALL + 0.6, bold=bold) + 1.5
    axes.plot([begin, left - 0.8], [middle, middle], color="#c3c9cf", linewidth=0.4, linestyle=(0, (1, 2)), zorder=0.5)
    return left


def _label(axes: Axes, at: tuple[float, float], text: str, kind: str, side: str = "left") -> None:
    axes.text(
        *at,
        text,
        ha=side,
        va="center_baseline",
        fontsize=SMALL,
        color=TEXT[kind],
        zorder=5,
        parse_math=False,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.15},
    )


def _ribbon(axes: Axes, start: tuple[float, float], end: tuple[float, float], wide: float, kind: str) -> None:
    """Draw a band of constant width between two horizontal edges, given by their left ends."""
    if wide <= 0:
        return
    (x0, y0), (x1, y1) = start, end
    wide = max(wide, 0.15)
    bend = (y0 + y1) / 2
    points = [
        (x0, y0),
        (x0, bend),
        (x1, bend),
        (x1, y1),
        (x1 + wide, y1),
        (x1 + wide, bend),
        (x0 + wide, bend),
        (x0 + wide, y0),
        (x0, y0),
    ]
    codes = [
        Path.MOVETO,
        Path.CURVE4,
        Path.CURVE4,
        Path.CURVE4,
        Path.LINETO,
        Path.CURVE4,
        Path.CURVE4,
        Path.CURVE4,
        Path.CLOSEPOLY,
    ]
    look = LOOKS[kind]
    edge = "none" if not look.hatch else look.edge
    axes.add_patch(
        PathPatch(
            Path(points, codes),
            facecolor=look.colour,
            hatch=look.hatch,
            edgecolor=edge,
            linewidth=0.0,
            zorder=1 if kind == "in process" else 2,
        )
    )
