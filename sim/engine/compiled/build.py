"""Building the compiled core with the compiler at hand.

Only the standard library is used here, because the package's build step runs this file by itself.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

__all__ = ["FLAGS", "LIBRARY", "build", "command", "compilers", "sources"]

HERE = Path(__file__).parent

LIBRARY = HERE / {"win32": "core.dll", "darwin": "core.dylib"}.get(sys.platform, "core.so")
"""Where the library lies, beside its sources."""

FLAGS = ("-std=c++20", "-O2", "-ffp-contract=off")
"""What decides the bits of the log: no fused multiply-add, nothing that reorders sums."""

SHARED = ("-shared", "-fvisibility=hidden", *(() if sys.platform == "win32" else ("-fPIC",)))
# the C++ library of where it was built need not be that of where it runs
ALONE = ("-static-libstdc++", "-static-libgcc") if sys.platform == "linux" else ()


def sources() -> str:
    """Return a digest of the sources; a library tells which it was built from."""
    found = hashlib.sha256()
    for path in sorted(path for path in HERE.iterdir() if path.suffix in {".cpp", ".hpp", ".h"}):
        found.update(f"{path.name}\0{path.stat().st_size}\0".encode())
        found.update(path.read_bytes())
    return found.hexdigest()[:32]


def compilers() -> Iterator[list[str]]:
    """Yield the C++ compilers at hand as commands; what the variable CXX says is the only one."""
    asked = os.environ.get("CXX")
    for name in [asked] if asked else ["c++", "g++", "clang++"]:
        words = shlex.split(name)
        if words and shutil.which(words[0]):
            yield words


def command(compiler: Sequence[str], target: Path, *more: str, source: Path = HERE / "core.cpp") -> list[str]:
    """Return the command that makes the library *target*."""
    digest = f'-DSIM_CORE_SOURCES="{sources()}"'
    return [*compiler, *FLAGS, *SHARED, *more, digest, str(source), "-o", str(target)]


def build(target: Path = LIBRARY) -> str:
    """Make the library; return why there is none, empty if there is.

    A library that is there stays in place until the new one is whole.
    """
    problem = "no C++ compiler was found"
    for compiler in compilers():
        for more in dict.fromkeys((ALONE, ())):
            with tempfile.TemporaryDirectory(dir=target.parent) as folder:
                fresh = Path(folder) / target.name
                done = subprocess.run(command(compiler, fresh, *more), capture_output=True, text=True, check=False)
                if done.returncode == 0:
                    fresh.replace(target)
                    return ""
                lines = [line for line in done.stderr.splitlines() if "error" in line] or done.stderr.splitlines()
                problem = f"{compiler[0]}: {lines[0] if lines else 'failed'}"
    return problem
