"""The compiled core writes the log of the SimPy engine to the byte, and fails as it does."""

import gc
import math
import random
import shutil
import struct
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from support.plans import even_plan, knotty_plan, random_plan, wild_plan

import sim
from sim.engine import Engine, simulate
from sim.engine.compiled import build, library
from sim.engine.compiled.encoding import encode
from sim.engine.log import Kind
from sim.engine.plan import Plan
from sim.errors import DeadlockError, DifferenceError, InputError, SimError
from sim.inputs import bundled

core = library.core()
pytestmark = pytest.mark.skipif(core is None, reason=library.why_not())

MAKERS = [random_plan, knotty_plan, wild_plan, even_plan]


def outcome(engine, plan, seed=0):
    """Return the log, or how it ends in a deadlock."""
    try:
        return engine(plan, seed=seed, replication=0).rows.tobytes()
    except DeadlockError as error:
        return error.args


@cache
def reference(maker, seed):
    """Return a digest of the outcome of a random plan by SimPy."""
    return hash(outcome(simulate, maker(seed), seed))


def differs(other, seeds):
    """Return the first random plan on which another core differs from SimPy, None if there is none."""
    for seed in seeds:
        for maker in MAKERS:
            if hash(outcome(other.simulate, maker(seed), seed)) != reference(maker, seed):
                return maker.__name__, seed
    return None


# -- the same bytes ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("block", [*range(6), *(pytest.param(n, marks=pytest.mark.slow) for n in range(6, 250))])
def test_random_plans_have_the_same_log_or_the_same_deadlock(block):
    assert differs(core, range(10 * block, 10 * block + 10)) is None


def test_the_random_plans_write_every_kind_of_row_and_knot():
    kinds, knots = set(), 0
    for seed in range(60):
        for maker in MAKERS:
            try:
                kinds |= set(core.simulate(maker(seed), seed=seed, replication=0).rows["kind"].tolist())
            except DeadlockError:
                knots += 1
    assert kinds == set(map(int, Kind))
    assert knots > 30


def lines(scenario):
    try:
        return sim.load_scenario(scenario).lines
    except InputError:
        return ()


@pytest.mark.parametrize("line", lines("five_routes"), ids=lambda line: line.name)
def test_two_weeks_of_a_bundled_line_have_the_same_log(line):
    plan = replace(line.plan, warm_up_h=0.0, horizon_h=336.0)
    for replication in range(2):
        ends = [engine(plan, seed=3, replication=replication) for engine in (simulate, core.simulate)]
        assert ends[0].rows.tobytes() == ends[1].rows.tobytes()


@pytest.mark.slow
@pytest.mark.parametrize("scenario", sorted(bundled("scenarios")))
def test_a_year_of_every_bundled_line_has_the_same_log(scenario):
    for line in lines(scenario):
        for replication in range(10 if scenario == "five_routes" else 1):
            simulate(line.plan, seed=1, replication=replication, engine=Engine.CHECKED, compare=True)


def test_rows_are_read_without_copying():
    log = core.simulate(random_plan(1), seed=1, replication=0)
    assert log.rows.itemsize == 27
    assert not log.rows.flags.owndata


# -- the choice --------------------------------------------------------------------------------------------------------


class Wrong:
    """A core that does the wrong thing."""

    def __init__(self, change):
        self.change = change

    def simulate(self, plan, **numbers):
        log = core.simulate(plan, **numbers)
        return replace(log, rows=self.change(log.rows.copy()))


def twice_the_last(rows):
    rows["amount"][-1] *= 2.0
    return rows


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (twice_the_last, r"differ in row \d+: SimPy has \(end_\w+ at 150.0 h, .*the core has .*--engine simpy goes on"),
        (lambda rows: rows[:-1], r"the core has no such row"),
        (lambda rows: np.append(rows, rows[-1:]), r"SimPy has no such row"),
    ],
)
def test_a_difference_names_the_first_row_that_differs(change, words, monkeypatch):
    monkeypatch.setattr("sim.engine.choice.core", lambda: Wrong(change))
    plan = random_plan(2)
    with pytest.raises(DifferenceError, match=words):
        simulate(plan, seed=0, replication=0, engine=Engine.CHECKED, compare=True)
    for engine, compare in [(Engine.SIMPY, True), (Engine.COMPILED, True), (Engine.CHECKED, False)]:
        assert simulate(plan, seed=0, replication=0, engine=engine, compare=compare).plan is plan


def test_a_deadlock_of_one_engine_alone_is_a_difference(monkeypatch):
    plan = next(plan for plan in map(knotty_plan, range(100)) if isinstance(outcome(simulate, plan), tuple))
    with pytest.raises(DeadlockError, match="can never go on"):
        simulate(plan, seed=0, replication=0, engine=Engine.CHECKED, compare=True)
    whole = core.simulate(random_plan(1), seed=0, replication=0)
    monkeypatch.setattr("sim.engine.choice.core", type("Blind", (), {"simulate": lambda *_, **__: whole}))
    with pytest.raises(DifferenceError, match=r"SimPy comes to at .* can never go on.*, the core to the end"):
        simulate(plan, seed=0, replication=0, engine=Engine.CHECKED, compare=True)


def test_without_a_core_simpy_does_everything(monkeypatch, tmp_path):
    monkeypatch.setattr(build, "LIBRARY", tmp_path / "core.so")
    library._loaded.cache_clear()
    try:
        assert library.core() is None
        assert "built at installation if a C++20 compiler is at hand" in library.why_not()
        log = simulate(random_plan(1), seed=1, replication=0, engine=Engine.CHECKED, compare=True)
        (tmp_path / "core.so").write_bytes(b"no library")
        library._loaded.cache_clear()
        assert "cannot be loaded" in library.why_not()
    finally:
        library._loaded.cache_clear()
    assert log.rows.tobytes() == outcome(simulate, random_plan(1), 1)


def test_without_a_compiler_nothing_is_built(monkeypatch, tmp_path):
    monkeypatch.setenv("CXX", "nonesuch")
    assert build.build(tmp_path / "core.so") == "no C++ compiler was found"
    monkeypatch.setenv("CXX", f"{sys.executable} -c 'import sys; sys.exit(\"error: of another language\")'")
    assert build.build(tmp_path / "core.so").endswith("error: of another language")
    assert not list(tmp_path.iterdir())


# -- what comes in is not trusted --------------------------------------------------------------------------------------


def test_a_plan_cut_short_or_with_more_than_a_plan_is_refused():
    plan = random_plan(3)
    buffer = encode(plan)
    for cut in random.Random(1).sample(range(len(buffer)), 300):
        with pytest.raises(SimError, match="refuses the plan"):
            core.run(buffer[:cut], plan, seed=0, replication=0)
    with pytest.raises(SimError, match="more bytes than the plan needs"):
        core.run(buffer + bytes(8), plan, seed=0, replication=0)


def test_a_plan_with_any_word_wrong_is_refused_or_run():
    plan = replace(random_plan(5), horizon_h=2.0)
    buffer = encode(plan)
    dice = random.Random(2)
    refused = 0
    for word in dice.sample(range(len(buffer) // 8), min(400, len(buffer) // 8)):
        broken = bytearray(buffer)
        broken[8 * word : 8 * word + 8] = dice.choice([b"\xff" * 8, struct.pack("<d", math.inf)])
        try:
            core.run(bytes(broken), plan, seed=0, replication=0)
        except (SimError, DeadlockError):
            refused += 1
    assert refused > 100


def test_a_plan_of_other_rules_is_refused():
    with pytest.raises(SimError, match="another version of the rules"):
        core.simulate(replace(random_plan(1), version=1), seed=0, replication=0)


@pytest.mark.parametrize(("seed", "replication"), [(-1, 0), (0, -1)])
def test_seed_and_replication_are_0_or_more(seed, replication):
    with pytest.raises(ValueError, match="expected a seed and a replication of 0 or more"):
        core.simulate(random_plan(1), seed=seed, replication=replication)


def test_an_empty_run_has_no_rows():
    assert len(core.simulate(Plan("nothing", 0.0, 0.0, ()), seed=0, replication=0).rows) == 0


def test_memory_is_given_back(monkeypatch):
    freed = []
    free = core._calls.sim_run_free
    monkeypatch.setattr(core._calls, "sim_run_free", lambda run: (freed.append(run), free(run)))
    logs = [core.simulate(random_plan(seed), seed=seed, replication=0) for seed in range(5)]
    views = [log.rows["time_h"][::2] for log in logs]
    sums = [float(view.sum()) for view in views]
    del logs
    gc.collect()
    assert freed == []
    assert [float(view.sum()) for view in views] == sums
    del views
    gc.collect()
    assert len(set(freed)) == 5
    outcome(
        core.simulate, next(plan for plan in map(knotty_plan, range(99)) if isinstance(outcome(simulate, plan), tuple))
    )
    assert len(freed) == 6


# -- however it is built -----------------------------------------------------------------------------------------------

WARNINGS = ("-Wall", "-Wextra", "-Werror")


def built(folder, compiler, *flags, source=build.HERE / "core.cpp"):
    """Return a core that a compiler has made."""
    if shutil.which(compiler) is None:
        pytest.skip(f"there is no {compiler}")
    target = folder / "core.so"
    subprocess.run(build.command([compiler], target, *flags, source=source), check=True)
    return library.Core(target)


@pytest.mark.slow
@pytest.mark.parametrize("compiler", ["g++", "clang++"])
@pytest.mark.parametrize("level", ["-O0", "-O2", "-O3"])
def test_the_log_does_not_depend_on_the_compiler(compiler, level, tmp_path):
    assert differs(built(tmp_path, compiler, *WARNINGS, level), range(100)) is None


@pytest.mark.slow
def test_no_memory_is_misused(tmp_path):
    """A process of its own under the sanitizers, which end it at the first address or operation that is wrong."""
    compiler = "g++"
    flags = (*WARNINGS, "-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
    target = tmp_path / "core.so"
    if shutil.which(compiler) is None:
        pytest.skip(f"there is no {compiler}")
    subprocess.run(build.command([compiler], target, *flags), check=True)
    files = [f"-print-file-name=lib{name}.so" for name in ("asan", "stdc++")]
    found = [subprocess.run([compiler, file], capture_output=True, text=True, check=True).stdout for file in files]
    script = (
        "import sys\nfrom pathlib import Path\nfrom test_compiled_core import *\n"
        f"assert differs(library.Core(Path({str(target)!r})), range(40)) is None\n"
        f"core = library.Core(Path({str(target)!r}))\n"
        "test_a_plan_cut_short_or_with_more_than_a_plan_is_refused()\n"
        "test_a_plan_with_any_word_wrong_is_refused_or_run()\n"
    )
    here = Path(__file__).parent
    environment = {
        "LD_PRELOAD": " ".join(map(str.strip, found)), "ASAN_OPTIONS": "detect_leaks=0", "PATH": "/usr/bin:/bin",
        "PYTHONPATH": ":".join([str(here), str(here.parent), str(Path(sim.__file__).parent.parent)]),
    }  # fmt: skip
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]


MUTATIONS = [
    ("clock.hpp", "if (priority != other.priority) return priority > other.priority;", ""),
    ("clock.hpp", "return ticket > other.ticket;", "return ticket < other.ticket;"),
    ("places.cpp", "lots.back().since = now;", ""),
    ("places.cpp", "level = lots.empty() ? 0.0 : level - lot.amount;\n    if", "level -= lot.amount;\n    if"),
    ("places.cpp", "if (first.amount - amount <= shred) {", "if (first.amount - amount <= 0.5 * amount) {"),
    ("places.cpp", "inside = missing < 0.0 ? inside - amount : 0.0;", "inside -= amount;"),
    ("places.cpp", "if (blocks(tank) && (full(tank, amount) ||", "if (blocks(tank) && (full(tank, 0.0) ||"),
    ("resources.cpp", "while (place > 0 && queue[place - 1].rank > rank) --place;", ""),
    ("resources.cpp", "if (now + hours <= until + coincidence_h)", "if (now + hours <= until)"),
    ("steps.cpp", "one->since != other->since ? one->since < other->since : ", ""),
    ("steps.cpp", "quality += lot.amount * lot.quality;", "quality += lot.amount;"),
    ("steps.cpp", "passes = std::max(passes, lot.passes);", ""),
    ("servers.cpp", "if (setup_h_ && book.clock.now - ended_ > coincidence_h)", "if (setup_h_)"),
    ("servers.cpp", "++operations_ % step->plan.clean->every == 0", "operations_++ % step->plan.clean->every == 0"),
    ("servers.cpp", "mode.left -= run_h * mode.pace + mode.toll;", "mode.left -= run_h * mode.pace;"),
    ("servers.cpp", "if (lacks(stage.crew, first_rank)) co_await wait();\n    write", "if (lacks(stage.crew, starter_rank)) co_await wait();\n    write"),
    ("servers.cpp", "mode.left / mode.pace < run_h - coincidence_h", "mode.left / mode.pace < run_h"),
    ("places.cpp", "return mark <= time_h + coincidence_h ? mark : time_h;", "return time_h;"),
    ("places.cpp", "arm(others);", "expire();"),
    ("places.cpp", "patient_ = next != lots.end();", "patient_ = false;"),
    ("resources.cpp", "free[resource] += more;", ""),
    ("operations.cpp", "return hours ? hours->after(now, hours_h) : now + hours_h;", "return now + hours_h;"),
    ("slots.cpp", "if (next_start_ > book.clock.now - lost) next_start_ += lost;", ""),
    ("slots.cpp", "fails_ = after(std::max(next->left, 0.0));", "fails_ = after(next->left + 1e-12);"),
    ("deliveries.cpp", "lot.passes < plan_.inspection->max_passes", "lot.passes <= plan_.inspection->max_passes"),
    ("deliveries.cpp", "if (first.waiting.empty() && first.has_room(lot))", "if (first.has_room(lot))"),
    ("draws.hpp", "uniforms_(key)", "uniforms_({key[1], key[0]})"),
    ("liveness.cpp", "moving_[at(place->plan.consumer)] || (place->expires && !place->lots.empty())", "moving_[at(place->plan.consumer)]"),
    ("liveness.cpp", "return moving_[at(step->index)] || std::any_of", "return std::any_of"),
    ("line.cpp", "line_.pool.serve();", ""),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(MUTATIONS)))
def test_a_rule_that_is_changed_in_the_core_alone_is_seen(number, tmp_path):
    name, old, new = MUTATIONS[number]
    for path in build.HERE.iterdir():
        if path.suffix in {".cpp", ".hpp", ".h"}:
            shutil.copy(path, tmp_path)
    text = (tmp_path / name).read_text()
    assert text.count(old) == 1, "the mutation no longer fits"
    (tmp_path / name).write_text(text.replace(old, new))
    assert differs(built(tmp_path, "g++", "-O0", source=tmp_path / "core.cpp"), range(300)) is not None
