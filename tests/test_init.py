import subprocess
import sys

import pytest

import sim


def test_the_public_names_are_sorted_and_load():
    assert sim.__all__ == sorted(sim.__all__)
    assert all(getattr(sim, name) for name in sim.__all__)
    assert set(sim.__all__) <= set(dir(sim))


def test_everything_a_user_calls_is_here():
    verbs = {
        "bottleneck", "check", "compare", "draw_route", "explain", "export", "init", "load_run", "load_scenario", "optimise", "report", "run",
        "save", "schema", "sensitivity", "show", "sources", "sweep", "validate", "why",
    }  # fmt: skip

    assert {name for name in sim.__all__ if name.islower()} == verbs
    assert all(getattr(sim, name).__doc__ for name in sim.__all__)


def test_importing_the_package_loads_nothing():
    code = "import sim, sys; print([name for name in sys.modules if name.startswith(('sim.', 'numpy', 'pandas'))])"

    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="No sim attribute simulate"):
        sim.simulate  # noqa: B018
