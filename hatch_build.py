"""The build step of the package: the compiled core is built with the compiler at hand.

Where there is none the package is whole all the same, and SimPy does everything.
"""

from __future__ import annotations

import runpy
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Builds the core into its folder and puts it into the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling gives it
        """Build the core, and say whether the wheel is for this kind of machine alone."""
        step = runpy.run_path(str(Path(self.root) / "sim/engine/compiled/build.py"))
        if problem := step["build"]():
            self.app.display_warning(f"no compiled core, so SimPy does everything: {problem}")
            return
        machine = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{machine}"
        build_data["artifacts"].append(f"/{step['LIBRARY'].relative_to(self.root).as_posix()}")
