"""The study: a scenario in, replications and results out."""

from sim.study import run, trial
from sim.study.journal import remembering
from sim.study.load import LINE_FIELDS, Request, Study, load_scenario
from sim.study.manifest import streams
from sim.study.parameters import Parameter, Range, called, correlations, parameters, ranks, underived
from sim.study.run import Measured, checks_of, measure

__all__ = [
    "LINE_FIELDS",
    "Measured",
    "Parameter",
    "Range",
    "Request",
    "Study",
    "called",
    "checks_of",
    "correlations",
    "load_scenario",
    "measure",
    "parameters",
    "ranks",
    "remembering",
    "run",
    "streams",
    "trial",
    "underived",
]
