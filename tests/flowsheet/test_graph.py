import math
from statistics import NormalDist

import pytest
from support.routes import graphed, route

from sim.flowsheet.graph import Edge, build, rework_target
from sim.inputs.route import Inspect, Route


def problems(*steps):
    return [(problem.text, problem.path) for problem in build(Route.model_validate(route(*steps)))[1]]


def test_steps_follow_each_other_unless_told_otherwise():
    graph = graphed("id: a, next: c", "id: b, recipe: {Li2S: 1 kg}", "id: c")

    assert graph.edges == (Edge("a", "c", 0), Edge("b", "c", 0))
    assert graph.order == ("a", "b", "c")
    assert graph.is_source("a")
    assert not graph.is_source("c")
    assert graph.main_outlets("c") == ((("ship",), 1.0),)


def test_the_order_is_that_of_flow_not_of_the_file():
    assert graphed("id: a, next: c", "id: b, next: ship", "id: c, next: b").order == ("a", "c", "b")


def test_alternatives_share_one_outlet_and_shares_have_their_own():
    graph = graphed("id: a, next: [b, c]", "id: b, next: {c: 0.4, waste: 0.6}", "id: c")

    assert [(e.source, e.target, e.outlet, e.share) for e in graph.edges] == [
        ("a", "b", 0, 0.5), ("a", "c", 0, 0.5), ("b", "c", 0, 1.0),
    ]  # fmt: skip
    assert graph.main_outlets("a") == ((("b", "c"), 1.0),)
    assert graph.main_outlets("b") == ((("c",), 0.4), (("waste",), 0.6))


def test_branches_come_behind_the_main_outlet():
    graph = graphed(
        "id: a, split: {waste: {Li2S: 0.1}, c: {Li2S: 0.2}}, next: b", "id: b, next: ship", "id: c, next: waste"
    )

    assert Edge("a", "c", 1, "branch") in graph.edges


def test_inlets_are_in_the_order_given_and_the_first_is_primary():
    graph = graphed("id: a, next: c", "id: b, recipe: {Li2S: 1 kg}, next: c", "id: c, inlets: {b: 1, a: 0.2}")

    assert [(group.edges[0].source, group.ratio) for group in graph.inlets("c")] == [("b", 1.0), ("a", 0.2)]
    assert (graph.ratio("c", "a"), graph.ratio("c", "b")) == (0.2, 1.0)
    assert graph.upstream("c") == {"a", "b", "c"}
    assert graph.upstream("a") == {"a"}


def test_rework_is_no_stream():
    graph = graphed("id: a", "id: b", "id: test, inspect: {pass: 0.9, fail: rework -> b}")

    assert [edge.role for edge in graph.edges] == ["pass", "pass"]
    assert graph.rework_into("b") == ("test",)


@pytest.mark.parametrize(
    ("fail", "target"), [("waste", None), ("b", None), ("rework -> b", "b"), ("rework->b", "b"), ("mend -> b", None)]
)
def test_the_target_of_rework(fail, target):
    assert rework_target(Inspect.model_validate({"pass": 0.9, "fail": fail})) == target


def test_lots_that_fail_for_good_have_failed_every_time():
    # of 100 first visits 20 fail; they come back once, 4 fail again: 4 of 120 visits are lost, 20 go back
    fate = graphed("id: a", "id: b", "id: test, inspect: {pass: 0.8, fail: rework -> b}").fractions("test")

    assert (fate.passed, fate.failed, fate.reworked) == pytest.approx((96 / 120, 4 / 120, 20 / 120))
    assert fate.first_pass == 0.8


def test_a_limit_is_passed_by_what_scatter_and_error_leave_above_it():
    graph = graphed(
        "id: a, quality: {set: 'lognormal(2, cv=0.2) mS/cm'}",
        "id: b, quality: {factor: 0.9}",
        "id: test, inspect: {limit: 1.5 mS/cm, error: 0.1}",
    )

    # log-normal: median = mean / sqrt(1 + cv^2), log variance = ln(1 + cv^2)
    variance = math.log(1 + 0.2**2) + math.log(1 + 0.1**2)
    margin = math.log(2 * 0.9) - variance / 2 - math.log(1.5)
    assert graph.fractions("test").first_pass == pytest.approx(NormalDist().cdf(margin / math.sqrt(variance)))


def test_without_scatter_all_pass_or_none():
    steps = ("id: a, quality: {set: 2 mS/cm}", "id: test, inspect: {limit: %s mS/cm}")

    assert graphed(steps[0], steps[1] % 2).fractions("test").passed == 1.0
    assert graphed(steps[0], steps[1] % 2.1).fractions("test").passed == 0.0


@pytest.mark.parametrize(
    ("steps", "text", "path"),
    [
        (["id: a, next: a"], "a cycle without exit: a -> a; lots go back only by 'fail: rework -> step'", ("steps", 0, "next")),
        (
            ["id: a", "id: b", "id: c", "id: d, next: b", "id: e"],
            "a cycle without exit: b -> c -> d -> b; lots go back only by 'fail: rework -> step'",
            ("steps", 3, "next"),
        ),
        (["id: a, next: [b, b]", "id: b"], "'b' stands twice in 'next'", ("steps", 0, "next", 1)),
        (["id: a, next: {b: 1}, inspect: {pass: 1}", "id: b"], "shares and 'inspect' do not go together: let the inspection be a step of its own", ("steps", 0, "next")),
        (["id: a", "id: b, inspect: {pass: 1, fail: rework -> ship}"], "unknown step 'ship'; allowed are steps only", ("steps", 1, "inspect", "fail")),
        (["id: a", "id: b, inspect: {pass: 1, fail: rework ->}"], "unknown step ''; allowed are steps only", ("steps", 1, "inspect", "fail")),
        (["id: a, split: {ship: {Li2S: 0.1}}", "id: b"], "unknown step 'ship'; allowed are steps, waste, emission, by_product", ("steps", 0, "split", "ship")),
        (["id: a", "id: b, inlets: {waste: 1}"], "unknown step 'waste'; allowed are steps only", ("steps", 1, "inlets", "waste")),
    ],
)  # fmt: skip
def test_wrong_connections(steps, text, path):
    assert problems(*steps) == [(text, path)]


def test_all_wrong_connections_are_named():
    found = problems("id: a, next: x", "id: a, split: {y: {Li2S: 1}}", "id: ship, next: [z, waste]")

    assert len(found) == 6
