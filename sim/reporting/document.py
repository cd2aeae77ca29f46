"""The report of a run: figures by matplotlib, sentences and tables from the numbers, typeset by typst."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import warnings
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd
import typst

from sim import workers
from sim.errors import ReportError, SimWarning
from sim.reporting import backends, cell, certainty, evidence, films, sizing, sweeps, tables
from sim.reporting.answer import answer
from sim.reporting.doubt import doubt
from sim.reporting.figures import Draw, draw, figures, slug
from sim.reporting.figures.bars import groups
from sim.reporting.glyphs import fonts, found_in, typed
from sim.reporting.short import short
from sim.reporting.words import at_scale, name, number, quantity, title, unit
from sim.results import LineFacts, Manifest, Verdict, ladders, rank, shared

if TYPE_CHECKING:
    from sim.results import Results

__all__ = ["TEMPLATE", "bitmap", "content", "typeset", "write_report"]

BITMAP = """#set text(font: ("DejaVu Sans",))
#page(width: {width!r}mm, height: {height!r}mm, margin: 0pt, image({file}, width: 100%))
"""
DPI = 200
KINDS = ("graph", "time", "settling", "mass", "influence", "effects", "gantt", "steps", "states")
"""Figures of one line in the order of the report."""
PAGE, CAPTION = 260.0, 11.0
"""Height of the text block, and of a caption with the space around its picture [mm]."""
TEMPLATE = Path(__file__).parent.parent / "data" / "report" / "report.typ"


def write_report(results: Results, folder: Path, *, jobs: int = 1) -> Path:
    """Draw all figures into *folder*/figures and typeset *folder*/report.pdf.

    Parameters
    ----------
    results : Results
        Tables and manifest of a run, fresh or read back.
    folder : Path
        An existing folder; figures that stand there are replaced.
    jobs : int, default=1
        Processes that draw; the report is the same to the byte whatever their number.

    Returns
    -------
    Path
        The report.

    Raises
    ------
    ReportError
        If a table lacks what the report needs, typst refuses the document, or the disk is full; what stood in *folder*
        stays as it was.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="sim-report-") as scratch:
            drawn, pdf = _made(results, Path(scratch), jobs)
        _hold_the_same(results, folder)
        return _put(folder, drawn, pdf)
    except (KeyError, IndexError, ValueError, TypeError) as error:
        raise ReportError(f"the report cannot be made of these results: {type(error).__name__}: {error}") from error
    except OSError as error:
        raise ReportError(f"the report cannot be written: {error.strerror or error}; the tables are there") from error


def _hold_the_same(results: Results, folder: Path) -> None:
    """Raise ReportError if other results have come into the folder since these were read."""
    there = folder / "manifest.json"
    if there.is_file() and json.loads(there.read_text("utf-8")) != json.loads(json.dumps(results.manifest)):
        raise ReportError("other results have come into the folder while the report was made: make it again")


def _made(results: Results, work: Path, jobs: int) -> tuple[dict[str, bytes], bytes]:
    """Return the figures as bitmaps, by name, and the report; all is made in the folder *work*."""
    names = [name for name, _ in figures(results)]
    drawn = dict(zip(names, workers.map(_draw, names, _Drawing(results, work), jobs=jobs), strict=True))
    pdf = typeset(content(results, {name: size for name, (size, _) in drawn.items()}), work)
    return {name: picture for name, (_, picture) in drawn.items()}, pdf


def _put(folder: Path, pictures: Mapping[str, bytes], pdf: bytes) -> Path:
    """Write beside what stands in a folder, then put it in its place."""
    path, gallery = folder / "report.pdf", folder / "figures"
    with tempfile.TemporaryDirectory(prefix=".report-", dir=folder) as scratch:
        fresh, old = Path(scratch) / "new", Path(scratch) / "old"
        fresh.mkdir()
        for name, picture in pictures.items():
            (fresh / f"{name.replace('.', '_')}.png").write_bytes(picture)
        (fresh / path.name).write_bytes(pdf)
        if gallery.is_dir():
            gallery.rename(old)
        (fresh / path.name).replace(path)
        fresh.rename(gallery)
    return path


def typeset(data: dict[str, Any], work: Path) -> bytes:
    """Return the PDF of the template with *data*; figures are read from the folder *work*."""
    known = fonts(found_in(data))
    text = json.dumps(typed({**data, "fonts": known.families}), ensure_ascii=False, allow_nan=False)
    (work / "data.json").write_text(text, encoding="utf-8")
    shutil.copyfile(TEMPLATE, work / "report.typ")
    if known.doubt:
        warnings.warn(known.doubt, SimWarning, stacklevel=2)
    return _compile(work / "report.typ", "pdf", known.files)[0]


@dataclass(frozen=True)
class _Drawing:
    """The figures of a run, and the folder they go to."""

    results: Results
    work: Path

    @cached_property
    def figures(self) -> dict[str, Draw]:
        """How to draw every figure; each process finds out for itself, once: these functions cannot be handed on."""
        return dict(figures(self.results))


def _draw(name: str, drawing: _Drawing) -> tuple[tuple[float, float], bytes]:
    """Draw one figure as vectors; returns its size [mm] and, from the same vectors, its bitmap."""
    size = draw(drawing.figures[name], drawing.work / f"{name}.svg")
    return size, bitmap(name, size, drawing.work)


def bitmap(name: str, size: tuple[float, float], work: Path) -> bytes:
    """Return a figure as PNG, from the same vectors as the report."""
    path = work / f"{name}.typ"
    width, height = size
    path.write_text(BITMAP.format(width=width, height=height, file=json.dumps(f"{name}.svg")), encoding="utf-8")
    letters = frozenset((work / f"{name}.svg").read_text(encoding="utf-8"))
    return _compile(path, "png", fonts(letters).files)[0]


def _compile(path: Path, form: Literal["pdf", "png"], files: tuple[Path, ...]) -> list[bytes]:
    try:
        made: Any = typst.compile(
            path, root=path.parent, font_paths=_fonts(path.parent / "fonts", files), format=form, ppi=DPI
        )
    except typst.TypstError as error:
        raise ReportError(f"typst could not typeset the report: {error}") from error
    return list(made) if isinstance(made, list) else [made]


@cache
def _fonts(folder: Path, files: tuple[Path, ...]) -> typst.Fonts:
    """Return the fonts of typst and some files, gathered in a folder; all others of the machine stay out."""
    folder.mkdir(exist_ok=True)
    for file in files:
        with suppress(FileExistsError):  # other processes draw beside this one
            (folder / file.name).symlink_to(file)
    return typst.Fonts(include_system_fonts=False, font_paths=[folder])


def content(results: Results, sizes: dict[str, tuple[float, float]]) -> dict[str, Any]:
    """Return all that the template prints, as plain text.

    Parameters
    ----------
    results : Results
        Tables and manifest.
    sizes : dict
        Width and height of the figures that were drawn [mm].
    """
    manifest = results.manifest
    scenario, lines = manifest["scenario"], manifest["lines"]
    verdicts, titles, moved = rank(results), _titles(results.steps), len(results.influence)
    references = evidence.References(manifest["references"])
    assumed = evidence.assumptions(results.assumptions, references)
    return {
        "title": unit(name(str(scenario["title"]))),
        "question": unit(name(scenario["question"])),
        "footer": f"{scenario['name']} · seed {scenario['seed']} · version {manifest['program_version']}",
        "basis": _basis(manifest),
        "short": [{key: glued(text) for key, text in said.items()} for said in short(results, titles)],
        "answers": [_kept(answer(verdict, results.summary, manifest)) for verdict in verdicts],
        "key_figures": tables.key_figures(results.summary, results.costs, lines),
        "films": films.sections(results.summary, lines, sizes),
        "ladders": [
            {
                "heading": title(rungs[0][0]["function"]),
                "figure": f"scales.{at}",
                "sentences": [glued(tables.shrinking(results.costs, ladder)) for ladder in rungs],
                "tables": [tables.scales(results.costs, ladder) for ladder in rungs],
            }
            for at, rungs in enumerate(ladders(lines, results.summary), 1)
        ],
        "sweeps": [_glued(sweeps.section(results.sweep, sweep)) for sweep in manifest.get("sweeps", [])],
        "sizing": _sizing(results),
        "kpis": [tables.kpis(results.summary, part) for part in tables.by_scale(lines)],
        "certainty": certainty.section(results.ranking, results.differences, verdicts, manifest),
        "groups": [_group(results, verdict, at, sizes) for at, verdict in enumerate(verdicts, 1)],
        "categories": [tables.categories(results.costs, part) for part in tables.by_scale(lines)],
        "cell": cell.section(results),
        "doubt": _doubt(results),
        "influential": evidence.influential(results.influence, results.costs, lines) if moved else None,
        "plant": tables.plant(results.steps, results.summary, lines),
        "backends": backends.cross_check(results.backend, titles, lines),
        "orders": list(backends.orders(lines)),
        "losses": tables.losses(results.losses, titles, results.summary, lines),
        "side_flows": tables.side_flows(results.summary, results.materials, lines),
        "h2s": tables.hydrogen_sulfide(results.h2s, lines),
        "lines": [_line(results, line, sizes) for line in lines],
        "steps": tables.steps(results.steps, lines),
        "assumptions": assumed,
        "references": references.listed,
        "warnings": _warnings(manifest),
        "changes": tables.changes(manifest["changes"]),
        "figures": {key: {"file": f"{key}.svg", "width": size[0], "height": size[1]} for key, size in sizes.items()},
    }


def _doubt(results: Results) -> dict[str, Any] | None:
    """Return the section "How sure are the numbers", with numbers and their units on one line."""
    found = doubt(results)
    if found is None:
        return None
    parts = [{**part, "sentences": [glued(text) for text in part["sentences"]]} for part in found["groups"]]
    return {**found, "method": [glued(text) for text in found["method"]], "groups": parts}


def _titles(steps: pd.DataFrame) -> dict[tuple[str, str], str]:
    return {
        (str(line), str(step)): str(words)
        for line, step, words in zip(steps["line"], steps["step"], steps["title"], strict=True)
    }


def _basis(manifest: Manifest) -> str:
    scenario = manifest["scenario"]
    count = int(scenario["replications"])
    parts = [
        f"{count} replication{'s' if count != 1 else ''} of {quantity(float(scenario['horizon_h']), 'h')} "
        f"after a warm-up of {quantity(float(scenario['warm_up_h']), 'h')}",
        f"seed {scenario['seed']}",
        f"USD of {manifest['price_year']}",
    ]
    hours = {line.get("open_hours_per_year") for line in manifest["lines"]}
    if len(hours) > 1:
        parts.insert(1, "open hours of each line with its facts")
    elif scenario.get("open_hours_per_year"):
        parts.insert(1, f"{number(float(scenario['open_hours_per_year']), 4)} open hours a year")
    for field, words in (("prices", "prices"), ("region", "region")):
        value = shared(manifest["lines"], field)
        if value:
            parts.append(f"{words}: {name(value)}")
        elif any(line.get(field) for line in manifest["lines"]):
            parts.append(f"{words} of each line with its facts")
    return ("; ".join(parts) + ".").replace("1 replication of", "one replication of")


def _group(results: Results, verdict: Verdict, at: int, sizes: dict[str, tuple[float, float]]) -> dict[str, Any]:
    manifest = results.manifest
    lines = groups(manifest["lines"])[at - 1]
    price = f"compare.{at}.price"
    key = f"compare.{at}.key_figures"
    current = shared(lines, "prices")
    return {
        "heading": at_scale(title(verdict.function), verdict.scale),
        "figure": key if key in sizes else "",
        "price_figure": price if price in sizes else "",
        "prices": tables.prices(results.set_costs, lines, current) if price in sizes else None,
    }


def _line(results: Results, line: LineFacts, sizes: dict[str, tuple[float, float]]) -> dict[str, Any]:
    summary, steps = results.summary, results.steps
    key = line["name"]
    own = steps[steps["line"] == key].drop_duplicates("step")
    titles = dict(zip(own["step"], own["title"], strict=True))
    heights = {kind: sizes[f"{slug(key)}.{kind}"][1] for kind in KINDS if f"{slug(key)}.{kind}" in sizes}
    settled = line.get("settled_h")
    if settled is not None and settled <= results.manifest["scenario"]["warm_up_h"]:
        # the section on certainty says so of all lines; the picture stands among the figures
        heights.pop("settling", None)

    def shown(kpi: str) -> str:
        rows = summary[(summary["line"] == key) & (summary["kpi"] == kpi)]
        return quantity(float(rows["mean"].iloc[0]), str(rows["unit"].iloc[0])) if len(rows) else "–"

    wanted = line["target"]
    target = shown("throughput") + (f" (target {quantity(wanted, line['unit'] + '/y')})" if wanted else "")
    spec = unit(", ".join(f"{name(k)} {v}" for k, v in line["spec"].items()))
    tight = title(str(titles.get(line["bottleneck_step"], line["bottleneck_step"])))
    why = title(line["bottleneck_why"]).replace("%", " %")
    why = why if why.startswith(tight) else f"{tight}: {why}" if why else tight
    facts = [
        ("Product", name(str(line["product"])) + (f"; {spec}" if spec else "")),
        ("Good output", target),
        ("Cost", f"{shown('cost_per_unit')}, of this conversion {shown('conversion_cost_per_unit')}"),
        ("Energy", f"{shown('energy_per_unit')}; greenhouse gas {shown('gwp_per_unit')}"),
        *_capital(line),
        ("Bottleneck", why),
        (
            "Plant",
            f"{int(own['machines'].sum())} machines, {shown('people')}, {shown('area')}, {shown('capital')} of "
            f"capital; OEE {shown('oee')}",
        ),
    ]
    told = evidence.followed(results.followed[results.followed["line"] == key], str(line["unit"]))
    facts += [("Prices that follow", told)] if told else []
    for field, word, title_ in (("region", line["region"], "Region"), ("prices", line["prices"], "Prices")):
        if word and not shared(results.manifest["lines"], field):
            facts.insert(0, (title_, name(word)))
    if line.get("scale"):
        opened = f"{number(float(line['open_hours_per_year']), 4)} open hours a year"
        facts.insert(0, ("Scale", f"{name(str(line['scale']))}; {opened}"))
    return {
        "name": name(key),
        "title": unit(name(str(line["title"]))),
        "facts": [{"key": k, "value": v} for k, v in facts],
        "figures": [{"kind": kind, "key": f"{slug(key)}.{kind}"} for kind in packed(heights)],
        "unit": unit(line["unit"]),
        "warnings": line["warnings"],
    }


def packed(heights: Mapping[str, float], head: float = 46.0) -> list[str]:
    """Return the pictures of a line in an order that fills pages: the first, what fits, on a new page the tallest.

    Parameters
    ----------
    heights : mapping of str to float
        Heights of the pictures in the order in which they should come where there is room [mm].
    head : float, default=46
        What stands above them on the first page [mm].

    Examples
    --------
    >>> packed({"graph": 190.0, "time": 40.0, "mass": 240.0, "influence": 70.0})
    ['graph', 'mass', 'influence', 'time']
    """
    left = list(heights)
    found = left[:1]
    room = PAGE - head - sum(heights[kind] + CAPTION for kind in found)
    del left[:1]
    while left:
        kind = next((kind for kind in left if heights[kind] + CAPTION <= room), None)
        if kind is None:
            kind, room = max(left, key=lambda kind: heights[kind]), PAGE
        room -= heights[kind] + CAPTION
        left.remove(kind)
        found.append(kind)
    return found


def _capital(line: LineFacts) -> list[tuple[str, str]]:
    """Return the backend of a line and what its equipment is priced by, if a battery plant has a part in it."""
    backend = line["backend"]
    shares = backend["shares"]
    if backend["asked"] == "by_kind" and set(shares) <= {"catalogue"}:
        return []
    parts = [f"{100 * share:.0f} % {backends.WORDS[basis]}" for basis, share in shares.items()]
    return [("Backend", f"{name(str(backend['asked']))}; equipment priced {', '.join(parts)}")]


def _kept(found: dict[str, Any]) -> dict[str, Any]:
    """Keep numbers and their units on one line."""
    paragraphs = [{key: glued(text) for key, text in paragraph.items()} for paragraph in found["paragraphs"]]
    return {**found, "paragraphs": paragraphs}


def _sizing(results: Results) -> list[dict[str, Any]]:
    """Return what was asked about machine counts."""
    titles, found = _titles(results.steps), []
    if len(results.sizing):
        found.append({"heading": "Machine counts, confirmed by simulation", **sizing.confirmed(results.sizing, titles)})
    if len(results.bottleneck):
        found.append({"heading": "What one more is worth", **sizing.bottleneck(results.bottleneck, titles)})
    if len(results.optimum):
        heading = "The cheapest plant that meets its target"
        found.append({"heading": heading, **sizing.optimum(results.optimum, results.manifest["optimised"], titles)})
    return [_glued(item) for item in found]


def _glued(found: dict[str, Any]) -> dict[str, Any]:
    return {**found, "sentences": [glued(text) for text in found["sentences"]]}


def glued(text: str) -> str:
    """Put no-break spaces between a number and its unit, and keep units together.

    >>> glued("169 USD/kg in 10 lots").replace("\u00a0", "_").replace("\u2060", "")
    '169_USD/kg in 10 lots'
    """
    return _UNIT.sub("\u00a0", text).replace("/", "/\u2060")


_UNIT = re.compile(r"(?<=\d) (?=(?:USD|kWh|kg|Ω|t/|m²|%|h\b|million|people|M USD))|(?<=million) (?=USD|m²)")


def _warnings(manifest: Manifest) -> list[str]:
    own = [f"{line['name']}: {text}" for line in manifest["lines"] for text in line["warnings"]]
    return list(dict.fromkeys([*manifest["warnings"], *own]))
