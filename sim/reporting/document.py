"""The report of a run: figures by matplotlib, sentences and tables from the numbers, typeset by typst."""

from __future__ import annotations

import json
import logging
import shutil
import tempfile
import warnings
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import pandas as pd
import typst

from sim import workers
from sim.errors import ReportError, SimWarning
from sim.reporting import blocks, evidence, html, pages
from sim.reporting.annex import annex
from sim.reporting.charts import charts
from sim.reporting.contract import Chapter, Report
from sim.reporting.figures import Draw, draw, figures, slug
from sim.reporting.glyphs import fonts, found_in, typed
from sim.reporting.headlines import headlines
from sim.reporting.leads import ANSWER, lead
from sim.reporting.verdict import called_group, finding
from sim.reporting.words import as_typed, money, name, number, printing, quantity, unit
from sim.results import FORMAT, Manifest, locked, shared, verdicts

if TYPE_CHECKING:
    from sim.results import Results

__all__ = ["TEMPLATE", "bitmap", "content", "typeset", "write_report"]

_LOG = logging.getLogger(__name__)

BITMAP = """#set text(font: ("DejaVu Sans",))
#page(width: {width!r}mm, height: {height!r}mm, margin: 0pt, image({file}, width: 100%))
"""
DPI = 200
TEMPLATE = Path(__file__).parent.parent / "data" / "report" / "report.typ"


def write_report(
    results: Results, folder: Path, *, jobs: int = 1, with_annex: bool = False, with_page: bool = True
) -> Path:
    """Write report.json, report.html and all figures into a folder, and typeset report.pdf.

    Parameters
    ----------
    results : Results
        Tables and manifest of a run, fresh or read back.
    folder : Path
        An existing folder; figures that stand there are replaced.
    jobs : int, default=1
        Processes that draw; the report is the same to the byte whatever their number.
    with_annex : bool, default=False
        Whether everything that the report leaves out follows it.
    with_page : bool, default=True
        Whether the page is written, too.

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
    _LOG.info("figures and report")
    try:
        with tempfile.TemporaryDirectory(prefix="sim-report-") as scratch, printing(results) as told:
            made = _made(results, told, Path(scratch), jobs, with_annex=with_annex, with_page=with_page)
        with locked(folder):
            _hold_the_same(results, folder)
            return _put(folder, made)
    except (KeyError, IndexError, ValueError, TypeError) as error:
        raise ReportError(f"the report cannot be made of these results: {type(error).__name__}: {error}") from error
    except OSError as error:
        raise ReportError(f"the report cannot be written: {error.strerror or error}; the tables are there") from error


def _hold_the_same(results: Results, folder: Path) -> None:
    """Raise ReportError if other results have come into the folder since these were read."""
    there = folder / "manifest.json"
    if there.is_file() and json.loads(there.read_text("utf-8")) != json.loads(json.dumps(results.manifest)):
        raise ReportError("other results have come into the folder while the report was made: make it again")


class _Made(NamedTuple):
    """A report, as it goes to disk."""

    content: Report
    pictures: Mapping[str, bytes]
    """Files of the figures, by name."""
    pdf: bytes
    page: str = ""


def _made(results: Results, told: Results, work: Path, jobs: int, *, with_annex: bool, with_page: bool) -> _Made:
    """Make a report of results, as they are told, in the folder *work*."""
    parts = _parts(told, dict(figures(told)), with_annex=with_annex)
    names = blocks.pictures(parts.chapters)
    drawn = dict(zip(names, workers.map(_draw, names, _Drawing(results, work), jobs=jobs), strict=True))
    said = content(told, parts, {name: size for name, (size, _) in drawn.items()})
    files = {f"{name.replace('.', '_')}.png": picture for name, (_, picture) in drawn.items()}
    files |= {f"{name.replace('.', '_')}.svg": (work / f"{name}.svg").read_bytes() for name in names}
    return _Made(said, files, typeset(said, work), html.page(told, said) if with_page else "")


def _put(folder: Path, made: _Made) -> Path:
    """Write beside what stands in a folder, then put it in its place."""
    path, gallery = folder / "report.pdf", folder / "figures"
    with tempfile.TemporaryDirectory(prefix=".report-", dir=folder) as scratch:
        fresh, old = Path(scratch) / "new", Path(scratch) / "old"
        fresh.mkdir()
        for name, picture in made.pictures.items():
            (fresh / name).write_bytes(picture)
        (fresh / path.name).write_bytes(made.pdf)
        text = json.dumps(made.content, ensure_ascii=False, allow_nan=False, indent=1)
        (fresh / "report.json").write_text(text + "\n", encoding="utf-8")
        if made.page:
            (fresh / "report.html").write_text(made.page, encoding="utf-8")
        else:
            (folder / "report.html").unlink(missing_ok=True)
        if gallery.is_dir():
            gallery.rename(old)
        for name in (path.name, "report.json", *(["report.html"] if made.page else [])):
            (fresh / name).replace(folder / name)
        fresh.rename(gallery)
    return path


def typeset(data: Mapping[str, Any], work: Path) -> bytes:
    """Return the PDF of the template with *data*; figures are read from the folder *work*."""
    known = fonts(found_in(data))
    text = json.dumps(typed({**data, "fonts": known.families}), ensure_ascii=False, allow_nan=False)
    (work / "report.json").write_text(text, encoding="utf-8")
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
        with printing(self.results) as told:
            return dict(figures(told))


def _draw(name: str, drawing: _Drawing) -> tuple[tuple[float, float], bytes]:
    """Draw one figure as vectors; returns its size [mm] and, from the same vectors, its bitmap."""
    with printing(drawing.results):
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


class _Parts(NamedTuple):
    """The chapters of a report, and what they cite."""

    chapters: list[Chapter]
    body: int
    """How many of them are no annex."""
    references: evidence.References
    finding: str
    """The title of the report."""


def _parts(results: Results, drawn: Mapping[str, Any], *, with_annex: bool) -> _Parts:
    """Return the chapters of a report for which so many figures can be drawn."""
    found = verdicts(results)
    slugs, titles = {line["name"]: slug(line["name"]) for line in results.manifest["lines"]}, _titles(results.steps)
    references = evidence.References(results.manifest["references"])
    first = lead(results, found, drawn)
    chapters = [
        pages.answer(results, found, first),
        *pages.questions(results, slugs, drawn, first),
        pages.costs(results) if first.figure != ANSWER else None,
        pages.why(results, found, drawn),
        pages.certainty(results, found, drawn),
        pages.basis(results, _basis(results.manifest), references.told),
        pages.side_by_side(results, found, drawn),
        pages.plant(results),
        *pages.routes(results, slugs, drawn),
        pages.last(results),
    ]
    body = [blocks.pointed(chapter) for chapter in chapters if chapter is not None]
    if body[1]["key"] == "why":  # nothing else stands between it and page 1
        body[1] = {**body[1], "fresh": True}
    left = {key: drawn[key] for key in drawn if key not in blocks.pictures(body)}
    rest = annex(results, slugs, titles, left, references) if with_annex else []
    return _Parts(blocks.numbered([*body, *rest]), len(body), references, first.finding)


def content(results: Results, parts: _Parts, sizes: Mapping[str, tuple[float, float]]) -> Report:
    """Return all that a run says, see `sim.reporting.contract`.

    Parameters
    ----------
    results : Results
        Tables and manifest.
    parts : _Parts
        Its chapters.
    sizes : mapping
        Width and height of the figures that were drawn [mm].
    """
    manifest, found = results.manifest, verdicts(results)
    scenario = manifest["scenario"]
    return {
        "format": FORMAT,
        "title": unit(as_typed(scenario["title"])),
        "question": unit(as_typed(scenario["question"])),
        "finding": parts.finding,
        "findings": [(called_group(verdict), finding(verdict, results)) for verdict in found],
        "basis": _basis(manifest),
        "footer": f"{scenario['name']} · seed {scenario['seed']} · version {manifest['program_version']}",
        "lines": headlines(results, found),
        "verdicts": found,
        "chapters": parts.chapters[: parts.body],
        "annex": parts.chapters[parts.body :],
        "references": parts.references.entries,
        "warnings": _warnings(manifest),
        "figures": {
            key: {"file": f"{key}.svg", "width_mm": width, "height_mm": height}
            for key, (width, height) in sizes.items()
        },
        "charts": charts(results, found),
    }


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
        money(f"machines in USD of {manifest['price_year']}, goods, energy and wages of the year of their price"),
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


def _warnings(manifest: Manifest) -> list[str]:
    own = [f"{line['name']}: {text}" for line in manifest["lines"] for text in line["warnings"]]
    return list(dict.fromkeys([*manifest["warnings"], *own]))
