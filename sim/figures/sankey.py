"""Mass Sankey of a route per unit shipped: a spine from top to bottom, feeds from the left, exits to the right."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, PathPatch, Rectangle
from matplotlib.path import Path

from sim.figures.flow import text_width, wrap
from sim.figures.style import FULL, INK, SMALL, Look, amount, mm, name, styled, unit

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
TEXT = {"feed": "#0b4f8a", "from tank": "#1c5a62", "to tank": "#1c5a62", "by-product": "#5c5110", "waste": "#7a4a12", "emission": "#a3341f"}
DIRECTIONS = {"by_product": "by-product", "waste": "waste", "emission": "emission", "recovered": "to tank"}
SPINE_W, FIRST_X, TITLES = 44.0, 76.0, 44.0
"""Width of the widest part of the spine, left edge of its narrow start, and room for titles [mm]."""
TIGHT, SIDE = 4.4, 3.1
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

    @property
    def left(self) -> list[_Flow]:
        """Feeds that are new to the plant; solvent from a tank comes from the right, where it leaves again."""
        return [flow for flow in self.feeds if flow.kind == "feed" and not flow.passing]

    @property
    def right(self) -> list[_Flow]:
        return [flow for flow in self.feeds if flow.kind != "feed" or flow.passing]

    @property
    def height(self) -> float:
        upper, lower = max(len(self.left), len(self.right)), len(self.exits)
        return max(TIGHT / 2, SIDE * upper + 1.5 if upper else 0.0) + max(TIGHT / 2, SIDE * lower + 1.5 if lower else 0.0)

    @property
    def middle(self) -> float:
        """Where the step stands, from the top of its row."""
        upper = max(len(self.left), len(self.right))
        return max(TIGHT / 2, SIDE * upper + 1.5 if upper else 0.0)


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
    rows = _rows(steps.sort_values("order", kind="stable"), streams, materials)
    widest = max([row.filled for row in rows], default=1.0) or 1.0
    scale = SPINE_W / widest
    height = sum(row.height for row in rows) + 14.0
    figure = Figure(figsize=mm(FULL, height))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, FULL)
    axes.set_ylim(height, 0)
    axes.set_axis_off()
    y, left = 2.0, FIRST_X
    for index, row in enumerate(rows):
        left = _draw_row(axes, row, index + 1, (left, y), scale)
        y += row.height
    last = rows[-1].out if rows else 0.0
    axes.add_patch(Rectangle((left, y), max(last * scale, 0.4), 2.2, **LOOKS["product"].patch))
    axes.text(
        left + max(last * scale, 0.5) + 1.5, y + 1.1, f"1 {unit(unit_)} shipped" + (f", {amount(last)}" if unit_ != "kg" else ""),
        va="center_baseline", fontsize=SMALL + 0.6, fontweight="bold",
    )  # fmt: skip
    used = {flow.kind for row in rows for flow in (*row.feeds, *row.exits)} | {"in process", "product"}
    axes.legend(
        handles=[Patch(label=key, **look.patch) for key, look in LOOKS.items() if key in used],
        loc="lower left", bbox_to_anchor=(0.0, 0.0), ncols=8, borderaxespad=0.2, handletextpad=0.5,
    )  # fmt: skip
    return figure


def _rows(steps: pd.DataFrame, streams: pd.DataFrame, materials: pd.DataFrame) -> list[_Row]:
    order = {str(step): index for index, step in enumerate(steps["step"])}
    titles = dict(zip(steps["step"], steps["title"], strict=True))
    tanks = set(zip(streams["source"], streams["target"], strict=True))
    rows = [_Row(step, str(titles[step]), [], []) for step in order]
    inner = streams[streams["source"].isin(order) & streams["target"].isin([*order, "ship"]) & (streams["role"] != "rework")]
    cut = np.zeros(len(rows) + 1)
    for source, target, kg in inner[["source", "target", "kg_per_unit"]].itertuples(index=False, name=None):
        end = order.get(target, len(rows))
        if end > order[source]:
            cut[order[source] + 1 : end + 1] += kg
    for (step, direction, material), kg in materials.groupby(["step", "direction", "material"], sort=False)["kg_per_unit"].sum().items():  # type: ignore[misc]
        if step not in order or kg <= 0 or direction in ("product", "stock_change"):
            continue
        row = rows[order[step]]
        if direction == "feed":
            kind = "from tank" if (f"tank:{material}", step) in tanks else "feed"
            row.feeds.append(_Flow(kind, name(str(material)), float(kg)))
        else:
            row.exits.append(_Flow(DIRECTIONS.get(str(direction), "waste"), name(str(material)), float(kg)))
    for row in rows:
        gone = {flow.label: flow.kg for flow in row.exits if flow.kind == "emission"}
        row.feeds = [replace(flow, passing=gone.get(flow.label, 0.0) > 0.9 * flow.kg) for flow in row.feeds]
    limit = 0.005 * max(cut.max(initial=0.0), *(sum(f.kg for f in row.feeds) + into for row, into in zip(rows, cut, strict=False)), 0.0)
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
    x, start, line = left, left - 3.0 - new, y + SIDE / 2 + 0.5
    label_x = start - 1.2
    for flow in row.left:
        _ribbon(axes, (start, y + 0.5), (x, middle), flow.kg * scale, "feed")
        _label(axes, (label_x, line), f"{flow.label} {amount(flow.kg)}", "feed", "right")
        start, x, line = start + flow.kg * scale, x + flow.kg * scale, line + SIDE
    drawn = sum(flow.kg for flow in row.right) * scale
    x, line = left + filled - drawn, y + SIDE / 2 + 0.5
    start = max(x0 + row.into * scale, x) + 3.0
    for flow in row.right:
        _ribbon(axes, (start, y + 0.5), (x, middle), flow.kg * scale, flow.kind)
        _label(axes, (start + drawn + 1.2, line), f"{flow.label} {amount(flow.kg)}" + (" from tank" if flow.kind == "from tank" else ""), flow.kind)
        x, line = x + flow.kg * scale, line + SIDE
    gone = sum(flow.kg for flow in row.exits) * scale
    x, line = left + filled - gone, middle + SIDE / 2 + 0.9
    end = max(left + row.out * scale, x) + 3.0
    for flow in reversed(row.exits):
        _ribbon(axes, (x, middle), (end, bottom - 0.4), flow.kg * scale, flow.kind)
        x, end = x + flow.kg * scale, end + flow.kg * scale
    for flow in row.exits:
        _label(axes, (end + 1.2, line), f"{flow.label} {amount(flow.kg)} {_words(flow.kind)}", flow.kind)
        line += SIDE
    axes.add_patch(Rectangle((left, middle - 0.35), max(filled, 0.3), 0.7, facecolor=INK, edgecolor="none", zorder=3))
    bold = bool(row.feeds or row.exits)
    title = wrap(f"{place}  {name(row.title)}", SMALL + 0.6, TITLES - 2.0, 1, bold=bold)[0]
    axes.text(
        0.5, middle, title, va="center_baseline", fontsize=SMALL + 0.6, fontweight="bold" if bold else "normal", parse_math=False
    )
    begin = 0.5 + text_width(title, SMALL + 0.6, bold=bold) + 1.5
    axes.plot([begin, left - 0.8], [middle, middle], color="#c3c9cf", linewidth=0.4, linestyle=(0, (1, 2)), zorder=0.5)
    return left


def _label(axes: Axes, at: tuple[float, float], text: str, kind: str, side: str = "left") -> None:
    axes.text(
        *at, text, ha=side, va="center_baseline", fontsize=SMALL, color=TEXT[kind], zorder=5, parse_math=False,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.15},
    )  # fmt: skip


def _words(kind: str) -> str:
    return {"emission": "to air"}.get(kind, kind)


def _ribbon(axes: Axes, start: tuple[float, float], end: tuple[float, float], wide: float, kind: str) -> None:
    """Draw a band of constant width between two horizontal edges, given by their left ends."""
    if wide <= 0:
        return
    (x0, y0), (x1, y1) = start, end
    wide = max(wide, 0.15)
    bend = (y0 + y1) / 2
    points = [(x0, y0), (x0, bend), (x1, bend), (x1, y1), (x1 + wide, y1), (x1 + wide, bend), (x0 + wide, bend), (x0 + wide, y0), (x0, y0)]
    codes = [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4, Path.LINETO, Path.CURVE4, Path.CURVE4, Path.CURVE4, Path.CLOSEPOLY]
    look = LOOKS[kind]
    edge = "none" if not look.hatch else look.edge
    axes.add_patch(PathPatch(Path(points, codes), facecolor=look.colour, hatch=look.hatch, edgecolor=edge, linewidth=0.0, zorder=1 if kind == "in process" else 2))
