"""Torture: mutated files, killed commands and heavy loads, seeded and bounded in time; written to docs/reliability.md.

`make torture` tries 3,000 mutants, kills every kind of command at 40 moments and lets heavy runs end; `--minutes` bounds
mutants and kills together, of which each has a half.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from support.mutants import EDITS, mutant  # noqa: E402
from support.runs import ONE_LINE, TWO_LINES, contents  # noqa: E402

import sim  # noqa: E402
from sim import api  # noqa: E402
from sim.errors import DeadlockError, InputError, SimulationError  # noqa: E402

PAGE = ROOT / "docs" / "reliability.md"
RUN = ("run", "lines.yaml", "--no-report", "--no-doubt")
SWEEP = ("sweep", "lines.yaml", "--over", "economics.wage=20 USD/h,40 USD/h")
SAMPLES = ("run", "samples.yaml", "--no-report")
KILLED = {
    "run, one process": (*RUN, "--jobs", "1", "--out"),
    "run, two processes": (*RUN, "--jobs", "2", "--out"),
    "run, Dask": (*RUN, "DASK", "--out"),
    "sweep, one process": (*SWEEP, "--jobs", "1", "--csv"),
    "sweep, two processes": (*SWEEP, "--jobs", "2", "--csv"),
    "sweep, Dask": (*SWEEP, "DASK", "--csv"),
    "samples, one process": (*SAMPLES, "--jobs", "1", "--out"),
    "samples, two processes": (*SAMPLES, "--jobs", "2", "--out"),
    "samples, Dask": (*SAMPLES, "DASK", "--out"),
    "bottleneck": ("bottleneck", "lines.yaml", "--line", "powder", "--jobs", "1", "--csv"),
    "report": ("report",),
}
"""Words of commands; DASK stands for a cluster, and where the results go comes last."""
LOADS = {
    "ten years of one line": ("run", "one.yaml", "--set", "horizon=10 y", "--no-report", "--no-doubt"),
    "200 replications": ("run", "one.yaml", "--replications", "200", "--no-report", "--no-doubt"),
    "16,384 samples": ("run", "one.yaml", "--no-report", "--set", "uncertainty={samples: 16384, by: expected}"),
}
"""Heavy runs, each in one process."""
FILES = {
    "lines.yaml": TWO_LINES.replace("replications: 2", "replications: 6"),
    "samples.yaml": TWO_LINES + "uncertainty: {samples: 16, plans: 4, few: 2}\n",
    "one.yaml": ONE_LINE,
}
OUTCOMES = ("refused", "ran", "deadlock named", "nothing shipped, named", "fault")


def tried(seed: int) -> tuple[str, str]:
    """Return the class of a mutant, and what became of it."""
    it = mutant(seed, every=seed % 8 == 0)
    with tempfile.TemporaryDirectory() as folder:
        path = it.written(Path(folder))
        try:
            api.check(str(path))
        except InputError:
            return it.kind, "refused"
        except Exception as error:  # noqa: BLE001 - what is looked for
            print(f"mutant {seed}: check: {error!r}", file=sys.stderr)
            return it.kind, "fault"
        try:
            found = sim.run(path).kpis.set_index("kpi")["value"].drop("lead_time_growth")
        except SimulationError as error:
            named = isinstance(error, DeadlockError)
            return it.kind, "deadlock named" if named else "nothing shipped, named"
        except Exception as error:  # noqa: BLE001 - what is looked for
            print(f"mutant {seed}: run: {error!r}", file=sys.stderr)
            return it.kind, "fault"
    return it.kind, "ran" if found.notna().all() else "fault"


def mutants(number: int, until: float) -> Counter[tuple[str, str]]:
    """Try mutants until they are all done or the time is up; return how many of each class came to what."""
    found, seeds = Counter[tuple[str, str]](), iter(range(number))
    with ProcessPoolExecutor(2) as pool:
        while time.monotonic() < until and (some := list(islice(seeds, 40))):
            found.update(pool.map(tried, some))
    return found


def command(words: Sequence[str], place: Path, out: Path, dask: Sequence[str]) -> list[str]:
    """Return the words of a command whose results go to *out*."""
    if words[-1] == "--csv":
        out = out / "table.csv"
    here = [str(place / word) if word in FILES else word for word in words]
    at = here.index("DASK") if "DASK" in here else len(here)
    return [sys.executable, "-m", "sim", *here[:at], *(dask if at < len(here) else ()), *here[at + 1 :], str(out)]


def kept(folder: Path) -> int:
    """Return how many tasks are in the journal of a results folder."""
    return len([*folder.glob(".partial/*/*.gz")])


def killed(words: Sequence[str], moment: int, folder: Path) -> str:
    """Kill a command when it has kept so many tasks, or a report after so many tenths of a second, and let it go on."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    report, begin = words[3] == "report", time.monotonic()
    process = subprocess.Popen(words, start_new_session=True, **quiet)
    while process.poll() is None and (time.monotonic() - begin < 0.3 * moment if report else kept(folder) < moment):
        time.sleep(0.002)
    if process.poll() is not None:
        return "too late"
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    there = report or kept(folder) > 0
    again = subprocess.run(words, capture_output=True, check=False)
    return ("went on" if there else "too early") if again.returncode == 0 else "fault"


def kills(number: int, until: float, seed: int) -> Counter[tuple[str, str]]:
    """Kill commands at random moments; return how many of each kind came to the bytes of one that nobody killed."""
    dice, found, whole = random.Random(seed), Counter[tuple[str, str]](), {}
    with tempfile.TemporaryDirectory() as scratch, cluster() as dask:
        place = written(Path(scratch))
        for round_ in range(number):
            for name, words in KILLED.items():
                if time.monotonic() > until:
                    return found
                folder = place / f"{name} {round_}"
                folder.mkdir()
                if name == "report":
                    subprocess.run(command((*SAMPLES, "--out"), place, folder, dask), capture_output=True, check=True)
                if name not in whole:
                    calm = place / f"whole {name}"
                    shutil.copytree(folder, calm)
                    subprocess.run(command(words, place, calm, dask), capture_output=True, check=True)
                    whole[name] = contents(calm)
                went = killed(command(words, place, folder, dask), dice.randrange(1, 8), folder)
                if went == "went on":
                    went = "same bytes" if contents(folder) == whole[name] else "other bytes"
                found[name, went] += 1
    return found


def written(place: Path) -> Path:
    """Write the scenarios, and return where."""
    for name, text in FILES.items():
        (place / name).write_text(text)
    return place


@contextmanager
def cluster() -> Iterator[list[str]]:
    """Yield the options for a Dask cluster of two workers on this machine."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    address, quiet = f"tcp://127.0.0.1:{port}", {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    words = [["scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard"]]
    words += [["worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]] * 2
    dask = [sys.executable, "-m"]
    members = [subprocess.Popen([*dask, f"distributed.cli.dask_{one}", *rest], **quiet) for one, *rest in words]
    try:
        time.sleep(15.0)  # until the workers are there
        yield ["--executor", "dask", "--scheduler", address]
    finally:
        for member in reversed(members):
            member.kill()
            member.wait()


def loads() -> dict[str, tuple[str, float]]:
    """Let heavy runs end; return how each did, and the most memory that any up to it took [MB]."""
    found = {}
    with tempfile.TemporaryDirectory() as scratch:
        place = written(Path(scratch))
        for name, words in LOADS.items():
            process = subprocess.Popen(
                command((*words, "--jobs", "1", "--out"), place, place / name, ()), stdout=subprocess.DEVNULL
            )
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            found[name] = ("held" if process.returncode == 0 else "fault"), used.ru_maxrss / 1024
    return found


def page(
    tries: Counter[tuple[str, str]], deaths: Counter[tuple[str, str]], held: dict[str, tuple[str, float]], command: str
) -> str:
    """Return the page of what was seen."""
    rows = [(kind, [tries[kind, outcome] for outcome in OUTCOMES]) for kind in EDITS]
    sums = [sum(column) for column in zip(*(numbers for _, numbers in rows), strict=True)]
    rows.append(("all", sums))
    lines = [
        f"<!-- Made by `{command}`; do not edit. -->\n",
        "# Reliability\n",
        "What was done to the program on purpose, and what became of it. `make torture` does it again, with the same seeds;",
        "time ends it (`--minutes`), so a machine with other things to do tries fewer of them.\n",
        "## Mutants\n",
        "Edits of routes and scenarios, of small ones and of all that are bundled. What passes the check is run for one short",
        "replication with all ranges; a fault is anything but results, a refusal with its place, or a named deadlock.\n",
        f"| class | tried | {' | '.join(OUTCOMES)} |",
        "|---|--:|" + "--:|" * len(OUTCOMES),
        *(f"| {kind} | {sum(numbers)} | {' | '.join(map(str, numbers))} |" for kind, numbers in rows),
        "\n## Killed\n",
        "Commands killed (`kill -9`, all of their processes) with one to seven tasks or more in the journal, a report after 0.3 s",
        "to 2.1 s; then started again with the same words. Too late: the command was done before.\n",
        "| command | killed | same bytes | other bytes | fault | too late |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for name in KILLED:
        same, other, fault, late = (deaths[name, went] for went in ("same bytes", "other bytes", "fault", "too late"))
        lines.append(f"| {name} | {same + other + fault} | {same} | {other} | {fault} | {late} |")
    lines += ["\n## Loads\n", "Small runs made heavy, each in one process.\n", "| load | | memory |", "|---|---|--:|"]
    lines += [f"| {name} | {went} | {size:.0f} MB |" for name, (went, size) in held.items()]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Torture, write the page, and fail if there was a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mutants", type=int, default=3000)
    parser.add_argument("--kills", type=int, default=40, help="of each kind")
    parser.add_argument("--minutes", type=float, default=25.0)
    asked = parser.parse_args()
    begin, half = time.monotonic(), 30.0 * asked.minutes
    deaths = kills(asked.kills, begin + half, 1)
    tries = mutants(asked.mutants, time.monotonic() + half)
    held = loads()
    words = f"python benchmarks/torture.py --mutants {asked.mutants} --kills {asked.kills} --minutes {asked.minutes:g}"
    PAGE.write_text(page(tries, deaths, held, words), encoding="utf-8")
    wrong = sum(n for (_, went), n in (tries + deaths).items() if went in ("fault", "other bytes"))
    wrong += sum(went == "fault" for went, _ in held.values())
    print(f"{sum(tries.values())} mutants, {sum(deaths.values())} kills, {wrong} faults; see {PAGE}")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
