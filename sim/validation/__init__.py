"""Published results, run through this program and judged: see `docs/validation.md`."""

from sim.validation.claims import Claim, Facts, Found, load_facts, verdict
from sim.validation.rows import Row, page, run, table

__all__ = ["Claim", "Facts", "Found", "Row", "load_facts", "page", "run", "table", "verdict"]
