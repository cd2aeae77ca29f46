import re
from functools import cache

import pytest
from support import lines

from sim.analysis.sources import line_sources, line_text
from sim.api import load_route, sources
from sim.errors import InputError
from sim.inputs.inventory import catalogue_numbers
from sim.inputs.library import load_library
from sim.rollup.assumptions import numbers


@cache
def film():
    line = load_route("dry_ptfe")
    return line, line_sources(line)


def test_the_bibliography_names_every_source_and_counts_the_numbers_of_the_catalogue():
    text, table = sources()
    library = load_library()
    assert list(table["source"]) == list(library.bibliography)
    assert re.search(r"^stoichiometry +A +full +2021 +Balanced equations", text, re.MULTILINE)
    count = len(list(catalogue_numbers(library)))
    assert f"The catalogue has {count} numbers: " in text
    assert 0 < table["numbers"].sum() < count


def test_every_number_of_a_route_stands_under_its_source():
    line, table = film()
    assert sorted(zip(table["where"], table["quantity"], strict=True)) == sorted(
        (number.where, number.quantity) for number in numbers(line)
    )
    # each source is one block, the best grade first and estimates last
    blocks = table["source"].ne(table["source"].shift()).sum()
    assert blocks == table["source"].nunique()
    assert table["source"].iloc[0] == "first_principles"
    assert table["source"].iloc[-1].startswith("estimate: ")


def test_the_text_says_how_good_the_numbers_are_and_which_matter_most():
    line, table = film()
    text = line_text(line, table).splitlines()
    assert text[0].endswith("(no target, one machine a step)")
    counts = table["grade"].value_counts()
    assert text[1] == f"{len(table)} numbers: " + ", ".join(f"{counts[g]} of grade {g}" for g in "ABCDE") + "."
    assert text[2].startswith("Share of the cost, ")
    assert re.search(r": D \d+ %, E \d+ %\.$", text[2])
    assert re.match(r"  lithium sulfide: price +280 USD/kg +245 to 560  C +[\d.]+ to [\d.]+$", text[5])
    assert max(map(len, text)) <= 120


def test_a_route_without_ranges_has_no_number_that_matters_most():
    line = lines.resolved(lines.ONE_STEP, target_per_year=1e5)
    text = line_text(line, line_sources(line))
    assert text.startswith("line: one machine (100,000 kg/y)\n")
    assert "What matters most" not in text
    assert "good (grade A, read: page): Handbook, doi:10.1000/1" in text


def test_an_unknown_name_is_an_input_error():
    with pytest.raises(InputError, match="did you mean 'metathesis'"):
        sources("metathesi")
