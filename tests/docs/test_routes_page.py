import make_routes

from sim.inputs import bundled


def test_the_page_of_the_routes_is_what_the_files_say():
    assert make_routes.PAGE.read_text(encoding="utf-8") == make_routes.page(), "run python docs/make_routes.py"


def test_every_bundled_route_has_its_row():
    written = make_routes.PAGE.read_text(encoding="utf-8")
    for name in bundled("routes"):
        assert written.count(f"\n| [{name}](../routes/{name}.yaml) |") == 1
