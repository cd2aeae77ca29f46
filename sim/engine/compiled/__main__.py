"""Build the compiled core anew: ``python -m sim.engine.compiled``."""

from sim.engine.compiled.build import LIBRARY, build

if failed := build():
    raise SystemExit(f"the compiled core could not be built: {failed}")
print(LIBRARY)  # noqa: T201 - a command says what it has made
