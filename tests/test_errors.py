import pickle

import pytest

from sim.errors import (
    DeadlockError,
    InputError,
    Issue,
    ReportError,
    SimError,
    SimulationError,
    SimWarning,
    nearest,
)

ISSUE = Issue("a.yaml", 3, 1, "wrong")
ERRORS = [
    SimError("text"),
    InputError([ISSUE]),
    SimulationError("stuck", "wet/mill", 12.5),
    SimulationError("stuck"),
    DeadlockError("stuck", "wet/mill", 12.5),
    ReportError("no font"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("rebuild", [lambda e: type(e)(*e.args), lambda e: pickle.loads(pickle.dumps(e))])
def test_an_error_is_rebuilt_from_its_arguments(error, rebuild):
    again = rebuild(error)

    assert type(again) is type(error)
    assert (str(again), again.args) == (str(error), error.args)


@pytest.mark.parametrize(
    ("error", "code"),
    [(SimError, 1), (InputError, 2), (SimulationError, 3), (DeadlockError, 3), (ReportError, 4)],
)
def test_each_error_has_its_exit_code(error, code):
    assert error.exit_code == code
    assert issubclass(error, SimError)


def test_issues_are_listed_in_the_order_of_the_file_and_once():
    late, early, other = Issue("b.yaml", 10, 1, "x"), Issue("b.yaml", 9, 4, "y"), Issue("a.yaml", 99, 1, "z")

    error = InputError([late, early, other, late])

    assert error.issues == (other, early, late)
    assert str(error) == "a.yaml:99:1: z\nb.yaml:9:4: y\nb.yaml:10:1: x"


def test_a_simulation_error_says_when_and_where():
    error = SimulationError("stuck", "wet/mill", 12.5)

    assert (error.text, error.step, error.time_h) == ("stuck", "wet/mill", 12.5)
    assert str(error) == "at 12.5 h: wet/mill: stuck"
    assert str(SimulationError("stuck")) == "stuck"


def test_a_warning_is_a_user_warning():
    assert issubclass(SimWarning, UserWarning)


@pytest.mark.parametrize(
    ("word", "hint"),
    [("scarp", " (did you mean 'scrap'?)"), ("THF", " (did you mean 'thf'?)"), ("zzz", ""), ("", "")],
)
def test_the_nearest_word_is_offered(word, hint):
    assert nearest(word, {"scrap", "power", "thf"}) == hint
