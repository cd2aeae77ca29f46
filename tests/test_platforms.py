"""The program needs nothing that only one family of systems has."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "sim"

ELSEWHERE = """
import importlib, os, pkgutil, signal, sys
# loaded before, so that the libraries themselves take the ways that they know for each system
import click, filelock, matplotlib.figure, numpy, pandas, pydantic, rich.progress, SALib, scipy.stats, simpy, typst, yaml
for name in ("fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty"):
    sys.modules[name] = None
for home, names in ((os, {os_names}), (signal, {signal_names})):
    for name in names:
        vars(home).pop(name, None)
import sim
for module in pkgutil.walk_packages(sim.__path__, "sim."):
    if module.name != "sim.__main__" and not module.name.startswith("sim.engine.compiled.core"):
        importlib.import_module(module.name)
"""

OS_NAMES = ("chown", "fork", "forkpty", "geteuid", "getpgid", "getuid", "killpg", "mkfifo", "nice", "setsid", "uname")
SIGNAL_NAMES = ("SIGALRM", "SIGCHLD", "SIGHUP", "SIGKILL", "SIGUSR1", "alarm", "pthread_kill", "setitimer")


@pytest.mark.slow
def test_every_module_loads_where_there_is_no_posix():
    code = ELSEWHERE.format(os_names=OS_NAMES, signal_names=SIGNAL_NAMES)

    subprocess.run([sys.executable, "-c", code], check=True)


def test_no_module_asks_for_a_process_by_its_number_or_opens_a_folder():
    # os.kill(pid, 0) ends the process on Windows, and os.open knows no folders there
    found = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("os.kill", "os.killpg", "os.fork", "os.open")
        if "os.devnull" not in ast.unparse(node)
    ]

    assert found == []
