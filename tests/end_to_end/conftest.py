import pytest

import sim


@pytest.fixture(scope="session")
def short_study():
    """All five routes for six weeks."""
    return sim.load_scenario("five_routes", horizon="6 week", warm_up="2 week", replications=2)


@pytest.fixture(scope="session")
def short(short_study):
    return sim.run(short_study, ranges=False)


@pytest.fixture(scope="session")
def year():
    """All five routes for a whole year, the planned shutdown in it."""
    return sim.run(sim.load_scenario("five_routes", replications=3), jobs=2, ranges=False)
