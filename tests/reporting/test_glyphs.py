"""Texts are printed as they were typed, in letters that some font has, or one line says which have none."""

import json
import warnings

import pypdf
import pytest
from matplotlib.figure import Figure
from support.runs import HEAD, inside

from sim.errors import SimWarning, printable
from sim.reporting import document, glyphs
from sim.reporting.figures.ink import text_width
from sim.reporting.figures.style import save

HAN = "\u4f4e\u6210\u672c"


def test_what_steers_a_terminal_is_written_out():
    assert printable("a\x1b[2Jb\u202ec\x00") == "a\\x1b[2Jb\\u202ec\\x00"
    assert printable("Größe µ\n\t\U0001f642") == "Größe µ\n\t\U0001f642"


def test_letters_that_no_font_has_are_named_once(monkeypatch):
    monkeypatch.setattr(glyphs, "_system", lambda: ())
    glyphs.fonts.cache_clear()
    found = glyphs.fonts(glyphs.found_in({"title": HAN, "rows": [["Li₆PS₅Cl", HAN]]}))
    glyphs.fonts.cache_clear()
    assert found.families == ("DejaVu Sans",)
    assert found.doubt.startswith("no font of this machine has 低 (U+4F4E) 成 (U+6210) 本 (U+672C): ")


def test_the_fonts_of_the_system_that_have_them_are_used_as_few_as_may_be(monkeypatch):
    letters = {"few.ttf": {0x4F4E}, "han.ttf": {0x4F4E, 0x6210}, "rest.ttf": {0x672C}}
    monkeypatch.setattr(glyphs, "_system", lambda: (("Few", "few.ttf"), ("Han", "han.ttf"), ("Rest", "rest.ttf")))
    monkeypatch.setattr(glyphs, "_letters", lambda file: frozenset(letters.get(file, {ord("a")})))
    glyphs.fonts.cache_clear()
    found = glyphs.fonts(frozenset("a" + HAN))
    glyphs.fonts.cache_clear()
    assert found.families == ("DejaVu Sans", "Han", "Rest")
    assert [file.name for file in found.files[-2:]] == ["han.ttf", "rest.ttf"]
    assert found.doubt == ""


@pytest.mark.parametrize("text", ["$x_{1}^{2}\\frac{a}{b$", "{0}%s\\u", "a\x1bb", HAN, "<b>&]]>"])
def test_a_figure_prints_any_text_as_it_is(text, tmp_path):
    figure = Figure()
    figure.text(0.5, 0.5, text)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert text_width(text, 6.0) > 0.0
        save(figure, png=tmp_path / "a.png", svg=tmp_path / "a.svg")
    assert (tmp_path / "a.png").stat().st_size > 1000
    document.bitmap("a", (80.0, 60.0), tmp_path)


ROUTE = """\
name: odd
title: {title}
kind: synthesis
function: {title}
product: {{material: Li2S, unit: kg}}
source: general_knowledge
steps:
  - id: weigh
    title: {title}
    equipment: isolator_dosing
    batch: 10 kg
    recipe: {{Li2S: 1 kg}}
    duration: 1 h
    next: ship
"""
ODD = '=1+1 $x^{2}\\frac{a}{b$ #read("/etc/passwd") \x1b[2J <b>'


@pytest.mark.slow
def test_a_report_prints_hostile_titles_as_they_are(tmp_path):
    (tmp_path / "odd.yaml").write_text(ROUTE.format(title=json.dumps(ODD)))
    lines = "  - {name: a, route: odd.yaml, target: 20 t/y}\nhorizon: 3 week\nwarm_up: 1 week\nreplications: 1\n"
    (tmp_path / "s.yaml").write_text(HEAD.replace("Some lines", json.dumps(ODD)) + lines)
    done = inside("run", tmp_path / "s.yaml", "--out", tmp_path / "out", "--jobs", "1")
    assert done.exit_code == 0, done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    text = "".join(page.extract_text() for page in pypdf.PdfReader(tmp_path / "out" / "report.pdf").pages)
    assert '#read("/etc/passwd") \\x1b[2J' in text
    assert "'=1+1" in (tmp_path / "out" / "steps.csv").read_text()


def test_missing_letters_are_a_warning_of_the_report(tmp_path, monkeypatch):
    monkeypatch.setattr(glyphs, "_system", lambda: ())
    monkeypatch.setattr(document, "_compile", lambda *_: [b"%PDF"])
    glyphs.fonts.cache_clear()
    with pytest.warns(SimWarning, match="no font of this machine has 低"):
        document.typeset({"title": HAN}, tmp_path)
    glyphs.fonts.cache_clear()
