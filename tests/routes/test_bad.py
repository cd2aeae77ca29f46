"""Every file in `bad/` is `base.yaml` or `base_scenario.yaml` with one fault; its head says what must be found.

A line of the head is `line:col: message`, or `file:line:col: message` where another file is at fault.
"""

import copy
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import InputError
from sim.inputs import yamlfile
from sim.inputs.library import load_library
from sim.inputs.scenario import Plant
from sim.inputs.yamlfile import Document
from sim.plant.resolve import resolve
from sim.study.load import load_scenario

HERE = Path(__file__).parent
BAD = sorted((HERE / "bad").glob("*.yaml"))
PLANT = Plant(days_per_week=6)
SCENARIO = str(HERE / "base_scenario.yaml")


@pytest.fixture(scope="module")
def library():
    return load_library(prices="spot_2025")


def load(path, library):
    """Read a route or a scenario, whichever the name says."""
    if path.stem.startswith("scenario_"):
        load_scenario(str(path))
    else:
        resolve("a", path, library, PLANT, target_per_year=1e5)


def said(error, own):
    """Return the issues of an error in the manner of the heads."""
    found = []
    for issue in error.issues:
        name = Path(issue.file).name
        found.append(f"{'' if name == own else name + ':'}{issue.line}:{issue.col}: {issue.text}")
    return found


def expected(path):
    """Return the issues that the head of a file promises."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.removeprefix("# ") for line in lines if re.match(r"# (\S+:)?\d+:\d+: ", line)]


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_bad_file_gives_just_its_messages(path, library):
    with pytest.raises(InputError) as caught:
        load(path, library)

    assert said(caught.value, path.name) == expected(path)


def test_every_bad_file_has_a_head():
    assert all(expected(path) for path in BAD)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "1:1: the file is empty"),
        (b"# nothing\n", "1:1: the file is empty"),
        (b"[1, 2]\n", "1:1: expected a mapping, found a list"),
        (b"5\n", "1:1: expected a mapping, found 5"),
        (b"name: x\n\x89PNG\r\n", "2:1: the file is not UTF-8 text"),
        (b"name: \x00\n", "1:7: found the character '\\x00', which is not allowed in a text file"),
    ],
)
@pytest.mark.parametrize("kind", ["route", "scenario"])
def test_files_that_are_no_route(content, message, kind, library, tmp_path):
    path = tmp_path / "x.yaml"
    path.write_bytes(content)

    with pytest.raises(InputError) as caught:
        resolve("a", path, library, PLANT) if kind == "route" else load_scenario(str(path))

    assert said(caught.value, "x.yaml") == [message]


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (
            "",
            ": neither a file nor a bundled name; bundled scenarios are cell_plant, cells, chains, debottleneck, "
            "five_routes, how_sure, lab_to_plant, matrix, more_routes, regions, review, scale_curve, table2",
        ),
        ("five_route", "five_route: neither a file nor a bundled name (did you mean 'five_routes'?)"),
        ("scenarios/nothing.yaml", "scenarios/nothing.yaml: there is no such file"),
        ("../../five_routes", "../../five_routes: there is no such file"),
        (".", ".: expected a file, found a directory"),
        ("x" * 5000 + ".yaml", "x" * 5000 + ".yaml: there is no such file"),
        ("a\0.yaml", "a\0.yaml: there is no such file"),
        ("/dev/zero", "/dev/zero: there is no such file"),
    ],
)
def test_scenarios_that_are_not_there(wanted, message):
    with pytest.raises(InputError) as caught:
        load_scenario(wanted)

    (issue,) = caught.value.issues
    assert f"{issue.file}: {issue.text}" == message


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("a.steps.dryer.duration=3 h", "'a.steps.dryer.duration' hits nothing: no 'dryer' (did you mean 'dry'?)"),
        ("b.steps.dry.duration=3 h", "'b.steps.dry.duration' hits nothing: no 'b'"),
        ("seeds=3", "'seeds' hits nothing: no 'seeds'"),
        ("plant.days_a_week=3", "'plant.days_a_week' hits nothing: no 'days_a_week' (did you mean 'days_per_week'?)"),
        ("a.steps.dry.duration", "expected path=value, such as ball_milling.steps.mill.dose='15 kWh/kg'"),
        ("=3", "expected path=value, such as ball_milling.steps.mill.dose='15 kWh/kg'"),
        ("a.steps.dry.duration=", "'duration': expected a quantity with a unit such as 'min' or 'h', found ''"),
        ("a.steps.dry.duration=-3 h", "'duration': expected at least 0 h, found '-3 h'"),
        (
            "a.steps.dry.duration=!!python/name:os.system x",
            "tags are not allowed, found tag:yaml.org,2002:python/name:os.system",
        ),
        ("prices=moon", "unknown price set 'moon'; there are spot_2025, spot_2026, at_scale, catalogue"),
        ("seed=-1", "'seed': expected at least 0, found -1"),
        ("seed=true", "'seed': expected a whole number, found true"),
        ("name=../x", "'name': expected a name of letters, digits and '_' that begins with a letter, found '../x'"),
        ("materials.Li2S=3", "expected a mapping, found 3"),
        ("materials.Li2S.formula=Li2Xx", "'formula': unknown element 'Xx' in the formula 'Li2Xx'"),
        ("materials.Na2S.assay.Na2S=0.5", "'assay': the fractions add up to 0.52, not 1"),
        ("equipment.pin_mill.room=attic", "unknown room 'attic'"),
        ("equipment.pin_mill.price.value={value: 5 USD, year: 1960}", "there is no cost index of 1960; "),
        (
            "economics.wage=30 GBP/h",
            "'wage': unknown unit 'GBP/h' in '30 GBP/h'; money is in USD, EUR, CNY, JPY, KRW or a currency that an overlay adds; expected USD/h",
        ),
        ("price_sets.spot_2025=3", "expected a mapping, found 3"),
        (
            "price_sets.spot_2025.prices.Li2S=3 USD/m2",
            "'Li2S': expected a price per mass (USD/kg), found a price per area: '3 USD/m2'",
        ),
    ],
)
def test_wrong_changes_on_the_command_line(change, message):
    with pytest.raises(InputError) as caught:
        load_scenario(SCENARIO, overrides=[change])

    (issue,) = caught.value.issues
    assert issue.file == f"--set {change}"
    assert issue.text.startswith(message)


def test_all_wrong_changes_are_named_at_once():
    with pytest.raises(InputError) as caught:
        load_scenario(SCENARIO, overrides=["x", "plant.x=1", "seed=-1", "a.b.c=&x *x"])

    assert len(caught.value.issues) == 4


def places(data, path=()):
    """Yield the place of every value."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield (*path, key)
        yield from places(value, (*path, key))


DATA = [yamlfile.read(path).data for path in [*sorted((HERE.parents[1] / "routes").glob("*.yaml")), HERE / "base.yaml"]]
ODD = st.one_of(
    st.sampled_from(
        "ship waste kg Li2S THF operators auto 0 1 1.5 pack anneal dry|-1 h|1e300 kg|1e-300 kg|0 kg|1 m2|1 h|2 lots|"
        "3 kg/kg product|2 mol|99 degC|triangular(1, 2, 3) h|1.0 1/kg|10 m|5 kWh/kg|1 kg/m2|rework -> dry|rework ->|"
        "exponential(1) operations|Li2S + H2S -> Li2S|12 h product|".replace(" ", "|", 13).split("|")
    ),
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.sampled_from(
        [[], {}, ["ship"], ["pack", "pack"], {"pack": 0.5, "ship": 0.5}, {"value": "3 h", "range": [1, 2]}]
    ).map(copy.deepcopy),  # a route that was put together of it is changed again
)


@st.composite
def mutated(draw):
    """Draw a bundled route in which a few keys or values were removed, repeated, moved or replaced."""
    data = copy.deepcopy(draw(st.sampled_from(DATA)))
    for _ in range(draw(st.integers(1, 3))):
        there = list(places(data))
        *path, last = draw(st.sampled_from(there))
        parent = data
        for key in path:
            parent = parent[key]
        match draw(st.sampled_from(["remove", "replace", "repeat", "rename", "copy"])):
            case "remove":
                del parent[last]
            case "repeat" if isinstance(parent, list):
                parent.append(parent[last])
            case "rename" if isinstance(parent, dict):
                parent[str(draw(st.sampled_from(there))[-1])] = parent.pop(last)
            case "copy":
                source = data
                for key in draw(st.sampled_from(there)):
                    source = source[key]
                parent[last] = copy.deepcopy(source)
            case _:
                parent[last] = draw(ODD)
        if not list(places(data)):
            break
    return data


@given(data=mutated())
def test_a_broken_route_gives_nothing_but_input_errors(library, data):
    document = Document("x.yaml", data, {(): (1, 1)}, {})
    try:
        line = resolve("a", Path("x.yaml"), library, PLANT, document=document, target_per_year=1e5)
    except InputError as error:
        assert all(issue.text for issue in error.issues)
    else:
        assert line.flowsheet.imbalance < 1e-9
