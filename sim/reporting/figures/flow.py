"""The process graph of a route: steps in a serpentine, with feeds, wastes, tanks, branches and rework around them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from sim.reporting.figures.ink import Ink, Point, text_width, wrap
from sim.reporting.figures.style import FULL, INK, MUTED, SMALL, mm, styled
from sim.reporting.words import amount, name, number, title, unit
from sim.results import records

__all__ = ["process_graph", "side_flows"]

BOX_H, TANK_H = 11.5, 5.6
LINE = 2.75
"""Distance of two lines of label text [mm]."""
LANE = 1.9
"""Distance of two parallel connectors [mm]."""
FAR = 4
"""Most lanes at the right edge, for what skips a row."""
BLUE, BROWN, TEAL, RED = "#0b4f8a", "#7a4a12", "#1c6a62", "#a3341f"
LOOPS = ((TEAL, "-"), ("#6a3d8f", (0, (4, 1.2))), (BROWN, (0, (1.4, 1))), (BLUE, (0, (6, 1, 1.5, 1))))


@dataclass
class _Node:
    key: str
    x: float
    row: int
    width: float
    y: float = 0.0
    above: list[tuple[str, str]] = field(default_factory=list)
    below: list[tuple[str, str]] = field(default_factory=list)
    slots: dict[str, int] = field(default_factory=lambda: {"top": 0, "bottom": 0})
    wanted: dict[str, int] = field(default_factory=lambda: {"top": 0, "bottom": 0})

    def slot(self, side: str) -> float:
        """Return the next free place for a connector on a side, from the right."""
        used = self.slots[side]
        self.slots[side] += 1
        return self.x + self.width / 2 - 2.2 - 2.3 * used


@styled
def process_graph(
    streams: pd.DataFrame,
    steps: pd.DataFrame | None = None,
    materials: pd.DataFrame | None = None,
    *,
    titles: Mapping[str, str] | None = None,
    title: str = "",
    unit_: str = "kg",
) -> Figure:
    """Draw the steps of one line and everything that flows between, into and out of them.

    Parameters
    ----------
    streams : DataFrame
        Edges of the process graph.
    steps, materials : DataFrame or None, default=None
        More to say about steps and about what leaves them; without, names and totals.
    titles : mapping of str to str or None, default=None
        Steps in their order, with plain words for each; needed without *steps*.
    title : str, default=""
        Heading.
    unit_ : str, default="kg"
        Functional unit; amounts are masses per unit shipped.

    Returns
    -------
    Figure
        As wide as the text of the report, as high as it needs to be.
    """
    if steps is None:
        steps = _bare_steps(titles or {})
    if materials is None:
        materials = _bare_materials(streams)
    steps = steps.sort_values("order", kind="stable").drop_duplicates("step")
    return _Graph(steps, streams, materials, unit_, title).draw()


def side_flows(materials: pd.DataFrame, streams: pd.DataFrame) -> Iterator[tuple[str, str, str, float, bool]]:
    """Yield (step, material, direction, kg per unit, from a tank) of all that enters or leaves the steps of one line.

    Purchases stand in the materials; what a step draws from a tank is more than what the tank buys, so it is taken
    from the streams.
    """
    columns = ["step", "material", "direction", "kg_per_unit"]
    drawn = {(step, tank[5:]): kg for (tank, step), kg in _masses(_tank_rows(streams), "source", "target").items()}
    for row in records(materials[columns].groupby(columns[:3], sort=False).sum().reset_index()):
        if row.kg_per_unit > 0 and not (row.direction == "feed" and (row.step, row.material) in drawn):
            yield row.step, row.material, row.direction, float(row.kg_per_unit), False
    for (step, material), kg in drawn.items():
        if kg > 0:
            yield step, material, "feed", kg, True


def _tank_rows(streams: pd.DataFrame) -> pd.DataFrame:
    return streams[streams["source"].str.startswith("tank:")]


def _bare_steps(titles: Mapping[str, str]) -> pd.DataFrame:
    rows = [(step, words, order, 0, math.nan, "", math.nan, 0) for order, (step, words) in enumerate(titles.items())]
    return pd.DataFrame(rows, columns=["step", "title", "order", "machines", "size", "size_unit", "load", "bottleneck"])


def _bare_materials(streams: pd.DataFrame) -> pd.DataFrame:
    """Tell from the streams alone what goes in and out; what a waste consists of is not known."""
    rows = []
    for source, target, kg in streams[["source", "target", "kg_per_unit"]].itertuples(index=False, name=None):
        if source.startswith(("feed:", "tank:")):
            rows.append((target, source[5:], "feed", kg))
        elif target.startswith("tank:"):
            rows.append((source, target[5:], "recovered", kg))
        elif target in ("waste", "by_product", "emission"):
            rows.append((source, "", target, kg))
    return pd.DataFrame(rows, columns=["step", "material", "direction", "kg_per_unit"])


class _Graph:
    def __init__(
        self, steps: pd.DataFrame, streams: pd.DataFrame, materials: pd.DataFrame, unit_: str, heading: str
    ) -> None:
        self.steps, self.streams, self.materials, self.unit, self.heading = steps, streams, materials, unit_, heading
        self.order = list(steps["step"])
        known = set(self.order)
        inner = streams[streams["source"].isin(known) & streams["target"].isin(known)]
        self.inner = list(
            inner.drop_duplicates(["source", "target", "role"])[["source", "target", "role"]].itertuples(
                index=False, name=None
            )
        )
        self.draws = _masses(
            streams[streams["source"].str.startswith("tank:") & streams["target"].isin(known)], "source", "target"
        )
        self.returns = _masses(
            streams[streams["target"].str.startswith("tank:") & streams["source"].isin(known)], "target", "source"
        )
        self.tanks = list(dict.fromkeys([tank for tank, _ in (*self.draws, *self.returns)]))
        columns = (
            len(self.order)
            if len(self.order) <= 6
            else min(6, math.ceil(len(self.order) / math.ceil(len(self.order) / 6)))
        )
        self.columns = columns
        self.far = [net for net in self.inner if abs(self._row(net[0]) - self._row(net[1])) > 1]
        margin = 3.0 + LANE * len(self.tanks)
        pitch = (FULL - 2 * margin - LANE * min(len(self.far), FAR)) / columns
        self.box = min(0.82 * pitch, 34.0)
        self.nodes: dict[str, _Node] = {}
        for index, step in enumerate(self.order):
            row, place = self._row(step), index % columns
            column = place if row % 2 else columns - 1 - place
            self.nodes[step] = _Node(step, margin + (column + 0.5) * pitch, row, self.box)
        self.rows = 1 + (len(self.order) - 1) // columns
        self.lanes: dict[int, dict[object, int]] = defaultdict(dict)
        self.plans: list[tuple[str, str, str, object, str, float]] = []

    def _row(self, step: str) -> int:
        return 1 + self.order.index(step) // self.columns

    # --------------------------------------------------------------------------------------------- labels
    def _label(self) -> None:
        flows = pd.DataFrame(
            list(side_flows(self.materials, self.streams)),
            columns=["step", "material", "direction", "kg_per_unit", "drawn"],
        )
        for step, rows in flows.groupby("step", sort=False):
            node = self.nodes.get(str(step))
            if node is None:
                continue
            fresh = ~rows["drawn"].astype(bool)
            feeds = _by_material(rows[fresh], "feed")
            air = _by_material(rows, "emission")
            # a purge gas goes in and out of the same step: one label says both
            purge = {m for m, kg in feeds.items() if air.get(m, 0.0) > 0.9 * kg}
            node.above += [
                (f"{name(m)} {amount(kg)}" + ("\u00a0↑" if m in purge else ""), BLUE) for m, kg in feeds.items()
            ]
            tanks = {"from": _by_material(rows[~fresh], "feed"), "to": _by_material(rows, "recovered")}
            node.above += [
                (f"{name(m)} {amount(kg)} {way} tank", TEAL) for way, found in tanks.items() for m, kg in found.items()
            ]
            node.below += _exits(rows, purge)

    # ------------------------------------------------------------------------------------------- routing
    def _lane(self, channel: int, net: object) -> None:
        self.lanes[channel].setdefault(net, len(self.lanes[channel]))

    def _plan(self) -> None:
        """Decide sides and lanes of every connector before heights are known."""
        following = dict(pairwise(self.order))
        self.straight: list[tuple[str, str, str]] = []
        rest: list[tuple[str, str, str]] = []
        for a, b, role in self.inner:
            if following.get(a) == b and role != "rework":
                self.straight.append((a, b, role))
                if self.nodes[a].row != self.nodes[b].row:
                    x = max(self.nodes[a].slot("bottom"), self.nodes[b].slot("top"))
                    self.turns[a] = x
            else:
                rest.append((a, b, role))
        for tank, step in self.returns:
            self.nodes[step].wanted["top"] += 1
            self._lane(self.nodes[step].row - 1, ("return", tank))
            self._lane(0, ("return", tank))
        for tank, step in self.draws:
            self.nodes[step].wanted["top"] += 1
            self._lane(self.nodes[step].row - 1, ("draw", tank))
            self._lane(0, ("draw", tank))
        for a, b, role in rest:
            side_a, side_b = _sides(self.nodes[a], self.nodes[b])
            self.nodes[a].wanted[side_a] += 1
            self.nodes[b].wanted[side_b] += 1
            ra, rb = self.nodes[a].row, self.nodes[b].row
            if rb == ra or rb == ra + 1:
                self._lane(ra, (a, b, role))
            elif rb == ra - 1:
                self._lane(rb, (a, b, role))
            else:
                self._lane(ra if rb > ra else ra - 1, (a, b, role))
                self._lane(rb - 1 if rb > ra else rb, (a, b, role))
        self.rest = rest
        for node in self.nodes.values():
            node.above = _fit(_short(node.above), self.box, node.slots["top"] + node.wanted["top"])
            node.below = _fit(_short(node.below), self.box, node.slots["bottom"] + node.wanted["bottom"])

    def _heights(self) -> float:
        """Place the rows; return the height of the drawing."""
        self.channel: dict[int, float] = {}
        y = 6.0 if self.heading else 1.0
        if self.tanks:
            self.tank_y = y + TANK_H / 2
            y += TANK_H + 1.4
        self.channel[0] = y
        y += LANE * len(self.lanes[0]) + (0.6 if self.lanes[0] else 0.0)
        for row in range(1, self.rows + 1):
            nodes = [node for node in self.nodes.values() if node.row == row]
            above = max(len(node.above) for node in nodes)
            below = max(len(node.below) + (2 if node.key == self.order[-1] else 0) for node in nodes)
            y += LINE * above + (2.2 if above else 1.0) + BOX_H / 2
            for node in nodes:
                node.y = y
            y += BOX_H / 2 + LINE * below + (2.2 if below else 1.0)
            self.channel[row] = y + 0.4
            y += LANE * len(self.lanes[row]) + (1.2 if row < self.rows or self.lanes[row] else 0.0)
        return y + 6.5

    def _at(self, channel: int, net: object) -> float:
        return self.channel[channel] + LANE * (self.lanes[channel][net] + 0.5)

    # ------------------------------------------------------------------------------------------- drawing
    def draw(self) -> Figure:
        self.turns: dict[str, float] = {}
        self._label()
        self._plan()
        height = self._heights()
        figure = Figure(figsize=mm(FULL, height))
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_xlim(0, FULL)
        axes.set_ylim(height, 0)
        axes.set_axis_off()
        ink = Ink(figure)
        self._main(ink)
        self._loops(ink)
        self._others(ink)
        for row in records(self.steps):
            self._box(figure, ink, row)
        ink.flush()
        if self.heading:
            axes.text(
                0.5,
                1.0,
                wrap(name(self.heading), 7.2, FULL - 2, 1, bold=True)[0],
                fontsize=7.2,
                fontweight="bold",
                va="top",
                parse_math=False,
            )
        per = unit(self.unit)
        axes.text(
            0.5,
            height - 1.2,
            f"Masses per {per} shipped.  Box: number, step, machines × size, load as sized.  "
            "Heavy frame: bottleneck.  ↑ to air.  Dashed red: rework.",
            fontsize=SMALL,
            color=MUTED,
            va="bottom",
        )
        return figure

    def _main(self, ink: Ink) -> None:
        for a, b, role in self.straight:
            width = 0.8 if role == "branch" else 1.3
            one, two = self.nodes[a], self.nodes[b]
            if one.row == two.row:
                sign = 1 if two.x > one.x else -1
                ink.path([(one.x + sign * self.box / 2, one.y), (two.x - sign * self.box / 2, two.y)], INK, width=width)
            else:
                x = self.turns[a]
                ink.path([(x, one.y + BOX_H / 2), (x, two.y - BOX_H / 2)], INK, width=width)
        last = self.nodes[self.order[-1]]
        x, bottom = last.slot("bottom"), last.y + BOX_H / 2
        end = bottom + 2.6 + LINE * (len(last.below) + 1)
        ink.path([(x, bottom), (x, end)], INK, width=1.3)
        ink.figure.axes[0].text(
            x - 1.2 - 2.3 * last.wanted["bottom"],
            end - 1.2,
            f"1 {unit(self.unit)} shipped",
            va="center_baseline",
            ha="right",
            fontsize=SMALL + 0.6,
            fontweight="bold",
        )

    def _loops(self, ink: Ink) -> None:
        axes = ink.figure.axes[0]
        labels = [self._tank_label(tank) for tank in self.tanks]
        widest = max([text_width(label, SMALL) for label in labels], default=0.0) + 5.0
        centres = _spread(
            [self._tank_x(tank) for tank in self.tanks], widest + 3.0, widest / 2 + 1, FULL - widest / 2 - 1
        )
        for index, (tank, x) in enumerate(zip(self.tanks, centres, strict=True)):
            colour, style = LOOPS[index % len(LOOPS)]
            axes.add_patch(
                FancyBboxPatch(
                    (x - widest / 2, self.tank_y - TANK_H / 2),
                    widest,
                    TANK_H,
                    boxstyle="round,pad=0,rounding_size=2.6",
                    facecolor="white",
                    edgecolor=colour,
                    linewidth=0.9,
                    zorder=4,
                )
            )
            axes.text(
                x,
                self.tank_y,
                labels[index],
                ha="center",
                va="center_baseline",
                fontsize=SMALL,
                zorder=5,
                parse_math=False,
            )
            bottom = self.tank_y + TANK_H / 2
            bus_out, bus_in = 1.5 + LANE * index, FULL - 1.5 - LANE * index
            for t, step in self.draws:
                if t == tank:
                    self._bus(
                        ink, self.nodes[step], (x - 5, bottom), bus_out, ("draw", tank), (colour, style), out=True
                    )
            for t, step in self.returns:
                if t == tank:
                    self._bus(
                        ink, self.nodes[step], (x + 5, bottom), bus_in, ("return", tank), (colour, style), out=False
                    )

    def _bus(
        self, ink: Ink, node: _Node, tank: Point, bus: float, net: object, look: tuple[str, object], *, out: bool
    ) -> None:
        channel = node.row - 1
        top, near = self._at(0, net), self._at(channel, net)
        x = node.slot("top")
        points = [tank, (tank[0], top)]
        if channel:
            points += [(bus, top), (bus, near)]
        points += [(x, near), (x, node.y - BOX_H / 2)]
        ink.path(points if out else points[::-1], look[0], look[1])

    def _tank_label(self, tank: str) -> str:
        bought = sum(kg for (t, _), kg in self.draws.items() if t == tank) - sum(
            kg for (t, _), kg in self.returns.items() if t == tank
        )
        words = f"{name(tank.removeprefix('tank:'))} tank"
        return wrap(f"{words}, make-up {amount(bought)}" if bought > 0 else words, SMALL, 52.0, 1)[0]

    def _tank_x(self, tank: str) -> float:
        xs = [self.nodes[step].x for t, step in (*self.draws, *self.returns) if t == tank and self.nodes[step].row == 1]
        return sum(xs) / len(xs) if xs else FULL / 2

    def _others(self, ink: Ink) -> None:
        for a, b, role in self.rest:
            one, two = self.nodes[a], self.nodes[b]
            look = (RED, (0, (3, 1.2))) if role == "rework" else (INK, "-")
            width = 0.8 if role == "rework" else 1.1
            side_a, side_b = _sides(one, two)
            xa, xb = one.slot(side_a), two.slot(side_b)
            ya = one.y + (BOX_H / 2 if side_a == "bottom" else -BOX_H / 2)
            yb = two.y + (BOX_H / 2 if side_b == "bottom" else -BOX_H / 2)
            net = (a, b, role)
            near = next(channel for channel in (one.row, one.row - 1) if net in self.lanes[channel])
            far = next((c for c in (two.row - 1, two.row) if net in self.lanes[c]), near)
            points = [(xa, ya), (xa, self._at(near, net))]
            if far != near:
                # beside the connectors of the tanks, each in a lane of its own
                edge = FULL - 1.5 - LANE * (len(self.tanks) + self.far.index(net) % FAR)
                points += [(edge, self._at(near, net)), (edge, self._at(far, net))]
            points += [(xb, self._at(far, net)), (xb, yb)]
            ink.path(points, look[0], look[1], width)

    def _box(self, figure: Figure, ink: Ink, row: Any) -> None:
        axes = figure.axes[0]
        node = self.nodes[row.step]
        heavy = bool(row.bottleneck)
        axes.add_patch(
            FancyBboxPatch(
                (node.x - self.box / 2, node.y - BOX_H / 2),
                self.box,
                BOX_H,
                boxstyle="round,pad=0,rounding_size=0.8",
                facecolor="#ffe9c9" if heavy else "#f2f5f7",
                edgecolor=INK if heavy else MUTED,
                linewidth=1.7 if heavy else 0.6,
                zorder=4,
            )
        )
        number_ = self.order.index(node.key) + 1
        words = wrap(f"{number_}  {title(row.title)}", 6.0, self.box - 1.6, 2, bold=True)
        size = (
            f" × {number(row.size, 2)} {unit(row.size_unit)}".rstrip(" ×")
            if row.size == row.size and row.size_unit not in ("", "1")
            else " machines"
            if row.machines > 1
            else " machine"
        )
        load = f", {100 * row.load:.0f} %" if row.load == row.load else ""
        facts = wrap(f"{int(row.machines)}{size}{load}", SMALL, self.box - 1.6, 1) if row.machines else []
        lines = len(words) + len(facts)
        y = node.y - (lines - 1) * 1.45
        for text in words:
            axes.text(
                node.x,
                y,
                text,
                ha="center",
                va="center_baseline",
                fontsize=SMALL,
                fontweight="bold",
                zorder=5,
                parse_math=False,
            )
            y += 2.9
        for text in facts:
            axes.text(
                node.x,
                y,
                text,
                ha="center",
                va="center_baseline",
                fontsize=SMALL,
                color=MUTED,
                zorder=5,
                parse_math=False,
            )
        self._side(figure, ink, node)

    def _side(self, figure: Figure, ink: Ink, node: _Node) -> None:
        axes = figure.axes[0]
        x = node.x - self.box / 2 + 1.6
        top, bottom = node.y - BOX_H / 2, node.y + BOX_H / 2
        feeds = sum(colour == BLUE for _, colour in node.above)
        if feeds:
            ink.path([(x, top - 1.2 - LINE * len(node.above)), (x, top)], BLUE, width=0.9)
        for index, (text, colour) in enumerate(node.above):
            y = top - 1.9 - LINE * (len(node.above) - 1 - index)
            axes.text(
                x + (1.2 if feeds else -1.4),
                y,
                text,
                fontsize=SMALL,
                color=colour,
                va="center_baseline",
                zorder=6,
                parse_math=False,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.2},
            )
        if node.below:
            ink.path([(x, bottom), (x, bottom + 1.4 + LINE * len(node.below))], BROWN, width=0.9)
        for index, (text, colour) in enumerate(node.below):
            axes.text(
                x + 1.2,
                bottom + 1.9 + LINE * index,
                text,
                fontsize=SMALL,
                color=colour,
                va="center_baseline",
                zorder=6,
                parse_math=False,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.2},
            )


def _masses(rows: pd.DataFrame, tank: str, step: str) -> dict[tuple[str, str], float]:
    """Return mass by tank and step, traces left out."""
    sums: dict[tuple[str, str], float] = {}
    for row in records(rows[[tank, step, "kg_per_unit"]].set_axis(["tank", "step", "kg"], axis=1)):
        sums[row.tank, row.step] = sums.get((row.tank, row.step), 0.0) + float(row.kg)
    return {key: kg for key, kg in sums.items() if kg > 1e-6}


def _by_material(rows: pd.DataFrame, direction: str) -> dict[str, float]:
    """Return masses by material, largest first; traces are left out."""
    masses = rows[rows["direction"] == direction].groupby("material", sort=False)["kg_per_unit"].sum()
    limit = max(5e-6, 2e-3 * float(masses.max())) if len(masses) else 0.0
    kept = masses[(masses >= limit) | (masses.index == "H2S")].sort_values(ascending=False, kind="stable")
    return {str(material): float(kg) for material, kg in kept.items()}


def _exits(rows: pd.DataFrame, purge: set[str]) -> list[tuple[str, str]]:
    """Return labels of what leaves a step for good: by-products and emissions by material, waste in one figure."""
    labels = [
        (f"{name(m)} {amount(kg)} by-product".strip(), BROWN) for m, kg in _by_material(rows, "by_product").items()
    ]
    labels += [
        (f"↑ {name(m)} {amount(kg)}".replace("  ", " "), BROWN)
        for m, kg in _by_material(rows, "emission").items()
        if m not in purge
    ]
    waste = rows[rows["direction"] == "waste"].groupby("material", sort=False)["kg_per_unit"].sum()
    total = float(waste.sum())
    if total > 0:
        chief = name(str(waste.idxmax())) if total > 0.1 and waste.max() > 0.6 * total else ""
        labels.append((f"waste {amount(total)}" + (f", mostly {chief}" if chief else ""), BROWN))
    return labels


def _sides(one: _Node, two: _Node) -> tuple[str, str]:
    """Return the sides at which a connector leaves one box and enters the other."""
    return ("bottom" if two.row >= one.row else "top", "top" if two.row > one.row else "bottom")


def _fit(labels: list[tuple[str, str]], width: float, slots: int) -> list[tuple[str, str]]:
    """Break labels so that they keep clear of the connectors on the right."""
    room = width - 2.8 + (3.0 if not slots else -0.6 - 2.3 * slots)
    return [(line, colour) for text, colour in labels for line in wrap(text, SMALL, room, 2)]


def _short(labels: list[tuple[str, str]], limit: int = 4) -> list[tuple[str, str]]:
    if len(labels) <= limit:
        return labels
    return [*labels[: limit - 1], (f"and {len(labels) - limit + 1} more", labels[limit - 1][1])]


def _spread(centres: list[float], pitch: float, low: float, high: float) -> list[float]:
    """Move centres apart to at least a pitch, in their order, inside bounds."""
    order = sorted(range(len(centres)), key=lambda i: (centres[i], i))
    placed = [min(max(c, low), high) for c in centres]
    for previous, current in pairwise(order):
        placed[current] = max(placed[current], placed[previous] + pitch)
    overshoot = max([placed[i] for i in order[-1:]], default=0.0) - high
    if overshoot > 0:
        for rank, i in enumerate(reversed(order)):
            placed[i] = min(placed[i], high - rank * pitch)
    return placed
