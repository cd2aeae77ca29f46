import re

import make_house
import pytest

PAGE = make_house.PAGE.read_text(encoding="utf-8")
FILES = sorted(
    set(re.findall(r"`((?:sim|tests|docs|routes|scenarios)/[\w/.]+\.(?:py|pyi|md))`", PAGE))
    - {"tests/ROOM/test_MODULE.py"}
)


def test_the_page_shows_the_house_as_it_is():
    assert make_house.renewed(PAGE) == PAGE, "the page is stale: run python docs/make_house.py"


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_the_page_names_is_there(name):
    assert (make_house.ROOT / name).is_file()


def test_twenty_questions_are_answered_by_the_name_of_a_room():
    part = PAGE[PAGE.index("## Where is it decided?") : PAGE.index("## How to")]

    assert len(re.findall(r"^\| .* \| `sim/\w+/.*` \|$", part, flags=re.MULTILINE)) >= 20
