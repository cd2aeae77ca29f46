"""The chapters of the report, each made from the tables of a run; none of them works anything out."""

from sim.reporting.pages.basis import basis
from sim.reporting.pages.front import answer, certainty, costs, why
from sim.reporting.pages.last import last
from sim.reporting.pages.lines import plant, routes, side_by_side
from sim.reporting.pages.questions import questions

__all__ = ["answer", "basis", "certainty", "costs", "last", "plant", "questions", "routes", "side_by_side", "why"]
