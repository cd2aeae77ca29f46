"""Torture: mutated files and killed runs, seeded and bounded in time; writes what was seen into docs/reliability.md.

`make torture` tries 3,000 mutants and kills 40 runs of each kind; `--minutes` bounds both halves together.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from support.mutants import EDITS, mutant  # noqa: E402
from support.runs import TWO_LINES, contents  # noqa: E402

import sim  # noqa: E402
from sim import api  # noqa: E402
from sim.errors import DeadlockError, InputError  # noqa: E402

PAGE = ROOT / "docs" / "reliability.md"
KILLED = {
    "run, one process": ("run", "--no-report", "--jobs", "1", "--out"),
    "run, two processes": ("run", "--no-report", "--jobs", "2", "--out"),
    "sweep": ("sweep", "--over", "economics.wage=20 USD/h,40 USD/h", "--jobs", "1", "--csv"),
    "bottleneck": ("bottleneck", "--line", "powder", "--jobs", "1", "--csv"),
}
OUTCOMES = ("refused", "ran", "deadlock named", "fault")


def tried(seed: int, folder: Path) -> str:
    """Return what became of a mutant."""
    path = mutant(seed, every=seed % 4 == 0).written(folder)
    try:
        api.check(str(path))
    except InputError:
        return "refused"
    except Exception as error:  # noqa: BLE001 - what is looked for
        print(f"mutant {seed}: check: {error!r}", file=sys.stderr)
        return "fault"
    try:
        sim.run(path)
    except DeadlockError:
        return "deadlock named"
    except Exception as error:  # noqa: BLE001 - what is looked for
        print(f"mutant {seed}: run: {error!r}", file=sys.stderr)
        return "fault"
    return "ran"


def killed(words: tuple[str, ...], moment: int, folder: Path) -> tuple[str, int]:
    """Kill a command when it has kept so many tasks, let it go on; return how that went, and what was in the journal."""
    out = folder / "table.csv" if words[-1] == "--csv" else folder
    command = [sys.executable, "-m", "sim", words[0], str(folder.parent / "lines.yaml"), *words[1:], str(out)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, start_new_session=True, **quiet)
    kept = folder.glob
    while process.poll() is None and len([*kept(".partial/*/*.gz")]) < moment:
        time.sleep(0.002)
    if process.poll() is not None:
        return "too late", 0
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    there = len([*kept(".partial/*/*.gz")])
    again = subprocess.run(command, capture_output=True, check=False)
    return ("went on" if again.returncode == 0 else "fault"), there


def mutants(number: int, until: float) -> Counter[tuple[str, str]]:
    """Try mutants until they are all done or the time is up; return how many of each class came to what."""
    found: Counter[tuple[str, str]] = Counter()
    for seed in range(number):
        if time.monotonic() > until:
            break
        with tempfile.TemporaryDirectory() as folder:
            kind = mutant(seed, every=seed % 4 == 0).kind
            found[kind, tried(seed, Path(folder))] += 1
    return found


def kills(number: int, until: float, seed: int) -> Counter[tuple[str, str]]:
    """Kill commands at random moments; return how many of each kind came to the bytes of one that nobody killed."""
    dice, found = random.Random(seed), Counter[tuple[str, str]]()
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        (place / "lines.yaml").write_text(TWO_LINES.replace("replications: 2", "replications: 6"))
        whole = {}
        for name, words in KILLED.items():
            folder = place / f"whole {name}"
            folder.mkdir()
            killed(words, 10**6, folder)
            whole[name] = contents(folder)
        for round_ in range(number):
            for name, words in KILLED.items():
                if time.monotonic() > until:
                    return found
                folder = place / f"{name} {round_}"
                folder.mkdir()
                went, there = killed(words, dice.randrange(1, 8), folder)
                if went == "went on":
                    went = "same bytes" if contents(folder) == whole[name] and there else "other bytes"
                found[name, went] += 1
    return found


def page(tries: Counter[tuple[str, str]], deaths: Counter[tuple[str, str]], command: str) -> str:
    """Return the page of what was seen."""
    rows = [(kind, [tries[kind, outcome] for outcome in OUTCOMES]) for kind in EDITS]
    sums = [sum(column) for column in zip(*(numbers for _, numbers in rows), strict=True)]
    rows.append(("all", sums))
    lines = [
        f"<!-- Made by `{command}`; do not edit. -->\n",
        "# Reliability\n",
        "What was done to the program on purpose, and what became of it. `make torture` does it again, with the same seeds, and more of them: time ends it (`--minutes`).\n",
        "## Mutants\n",
        "Edits of routes and scenarios, of small ones and of all that are bundled. What passes the check is run for one short",
        "replication with all ranges; a fault is anything but results, a refusal with its place, or a named deadlock.\n",
        f"| class | tried | {' | '.join(OUTCOMES)} |",
        "|---|--:|" + "--:|" * len(OUTCOMES),
        *(f"| {kind} | {sum(numbers)} | {' | '.join(map(str, numbers))} |" for kind, numbers in rows),
        "\n## Killed\n",
        "Commands killed (`kill -9`, all of their processes) with one to seven tasks or more in the journal, started again with",
        "the same words; too late: the command was done before.\n",
        "| command | killed | same bytes | other bytes | fault | too late |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for name in KILLED:
        same, other, fault, late = (deaths[name, went] for went in ("same bytes", "other bytes", "fault", "too late"))
        lines.append(f"| {name} | {same + other + fault} | {same} | {other} | {fault} | {late} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Torture, write the page, and fail if there was a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mutants", type=int, default=3000)
    parser.add_argument("--kills", type=int, default=40, help="of each kind")
    parser.add_argument("--minutes", type=float, default=240.0)
    asked = parser.parse_args()
    begin, half = time.monotonic(), 30.0 * asked.minutes
    deaths = kills(asked.kills, begin + half, 1)
    tries = mutants(asked.mutants, begin + 2.0 * half)
    words = f"python benchmarks/torture.py --mutants {asked.mutants} --kills {asked.kills} --minutes {asked.minutes:g}"
    PAGE.write_text(page(tries, deaths, words), encoding="utf-8")
    wrong = sum(n for (_, went), n in (tries + deaths).items() if went in ("fault", "other bytes"))
    print(f"{sum(tries.values())} mutants, {sum(deaths.values())} kills, {wrong} faults; see {PAGE}")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
