"""What the tests of whole runs share: two quick lines, the command line without a process, the bytes of a folder."""

from pathlib import Path

from click.testing import CliRunner

from sim.cli import main
from sim.results import PARTIAL

HERE = Path(__file__).parents[1]
BASE, LOOP = HERE / "routes" / "base.yaml", HERE / "cli" / "data" / "loop.yaml"
HEAD = "name: lines\ntitle: Some lines\nlines:\n"
TAIL = "horizon: 3 week\nwarm_up: 1 week\nreplications: 2\nseed: 0\n"
POWDER = f"  - {{name: powder, route: {BASE}, target: 100 t/y}}\n"
TANKED = f"  - {{name: loop, route: {LOOP}, set: {{tanks.ethanol.on_empty: buy}}}}\n"
"""A line with a tank, and without a target to be paced to."""
ONE_LINE = HEAD + POWDER + TAIL
TWO_LINES = HEAD + POWDER + TANKED + TAIL


def inside(*arguments):
    """What a command prints and its exit code, without a process of its own."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def contents(folder):
    """The bytes of every file below a folder, but for what a run that was stopped has kept to go on with."""
    files = sorted(path for path in Path(folder).rglob("*") if path.is_file() and PARTIAL not in path.parts)
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}
