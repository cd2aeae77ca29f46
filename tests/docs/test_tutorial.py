"""Tutorial and how-tos do what they print: their files are written, their commands run, their output compared.

`python tests/docs/test_tutorial.py` puts the output of today into the pages.
"""

import os
import re
import resource
import subprocess
import sysconfig
import tempfile
from pathlib import Path

import pytest

PAGE = Path(__file__).parent.parent.parent / "docs" / "tutorial.md"
HOWTOS = sorted((PAGE.parent / "howto").glob("*.md"))
BLOCK = re.compile(r'^```(yaml|diff|console)(?: title="([^"]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"-?\d[\d,]*\.?\d*(?:e[-+]?\d+)?")
TOLERANCE = 0.05
"""A price or a law in the catalogue may change a little before the page has to be printed anew."""
ENGINES = re.compile(r"^(?:both engines: .*|.*; SimPy has done everything)\n", re.MULTILINE)
"""Whether there is a compiled core is a matter of the machine, and of no result."""
SECONDS = 60.0
"""Processor time; some 15 s on an idle machine, more where others share its cores."""


def run(command, folder):
    """What a shell prints."""
    path = f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ['PATH']}"
    shell = {**os.environ, "PATH": path, "COLUMNS": "100"}
    done = subprocess.run(
        command,
        shell=True,
        cwd=folder,
        env=shell,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return ENGINES.sub("", done.stdout)


def spent():
    """Processor time of all commands so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def write(title, body, folder):
    (folder / title).write_text(body, encoding="utf-8")


def patch(title, body, folder):
    """Replace the lines that begin with - by those that begin with +."""
    lines = body.splitlines(keepends=True)
    old = "".join(line[1:] for line in lines if not line.startswith("+"))
    new = "".join(line[1:] for line in lines if not line.startswith("-"))
    text = (folder / title).read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{title} does not hold once:\n{old}"
    write(title, text.replace(old, new), folder)


def session(body):
    """(command, what it should print) of a console block."""
    found = []
    for line in body.splitlines(keepends=True):
        if line.startswith("$ "):
            found.append([line[2:].rstrip("\n"), ""])
        elif line.startswith("> "):
            found[-1][0] += "\n" + line[2:].rstrip("\n")
        else:
            found[-1][1] += line
    return found


def same(printed, found):
    """Whether two texts differ in spaces and in the last figures of numbers at most."""
    if " ".join(NUMBER.sub("#", printed).split()) != " ".join(NUMBER.sub("#", found).split()):
        return False
    pairs = zip(NUMBER.findall(printed), NUMBER.findall(found), strict=True)
    for one, other in pairs:
        a, b = float(one.replace(",", "")), float(other.replace(",", ""))
        if abs(a - b) > TOLERANCE * max(abs(a), abs(b)):
            return False
    return True


def follow(text, folder):
    """Follow the page; return (what it prints, what was printed) of every command."""
    found = []
    for kind, title, body in BLOCK.findall(text):
        if kind == "console":
            found += [(printed, run(command, folder), command) for command, printed in session(body)]
        elif title:
            (patch if kind == "diff" else write)(title, body, folder)
    return found


def test_the_tutorial_does_what_it_prints_in_a_short_time(tmp_path):
    begin = spent()
    found = follow(PAGE.read_text(encoding="utf-8"), tmp_path)
    took = spent() - begin
    assert len(found) >= 8
    for printed, output, command in found:
        assert same(printed, output), f"$ {command}\nthe page prints\n{printed}\nthe program printed\n{output}"
    assert took < SECONDS


@pytest.mark.parametrize("page", HOWTOS, ids=lambda page: page.stem)
def test_a_how_to_takes_one_round_and_prints_what_it_shows(page, tmp_path):
    found = follow(page.read_text(encoding="utf-8"), tmp_path)

    assert found[0][2].startswith("sim check ")
    assert found[0][1].splitlines()[0].partition(": ")[2].startswith("ok, ")
    for printed, output, command in found:
        assert same(printed, output), f"$ {command}\nthe page prints\n{printed}\nthe program printed\n{output}"


def test_the_tutorial_shows_the_commands_that_a_beginner_needs():
    text = PAGE.read_text(encoding="utf-8")
    for command in ("sim check", "sim graph", "sim run", "--set", "sim compare", "summary.csv", "report.pdf"):
        assert command in text


def renew(page):
    """Put what the commands print today into a page."""
    text = page.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        outputs = iter(follow(text, Path(folder)))

        def filled(match):
            if match[1] != "console":
                return match[0]
            shown = [f"$ {command}\n{next(outputs)[1]}" for command, _ in session(match[3])]
            return f"```console\n{''.join(shown)}```"

        page.write_text(BLOCK.sub(filled, text), encoding="utf-8")


if __name__ == "__main__":
    for each in (PAGE, *HOWTOS):
        renew(each)
