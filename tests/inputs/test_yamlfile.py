import hashlib
import math
import pickle

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import InputError
from sim.inputs import yamlfile
from sim.inputs.yamlfile import MAX_BYTES, parse, read


def issues(text):
    with pytest.raises(InputError) as caught:
        parse(text, name="f.yaml")
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("1e6", 1e6),
        ("12e-3", 0.012),
        (".5", 0.5),
        ("1.", 1.0),
        ("-7", -7),
        ("017", 17),
        ("0o17", 15),
        ("0x1F", 31),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("no", "no"),
        ("on", "on"),
        ("yes", "yes"),
        ("1:30", "1:30"),
        ("2024-01-31", "2024-01-31"),
        ("1_000", "1_000"),
        ("45 min", "45 min"),
        ("'1'", "1"),
        ('"true"', "true"),
        ("|\n  1\n", "1\n"),
    ],
)
def test_scalars_are_those_of_yaml_1_2(word, value):
    data = parse(f"x: {word}\n", name="f").data

    assert data == {"x": value}
    assert type(data["x"]) is type(value)


def test_not_a_number_stays_a_number():
    assert math.isnan(parse("x: .nan", name="f").data["x"])


def test_every_value_and_key_has_a_place():
    document = parse("a: 1\nsteps:\n  - {id: mill,\n     key: 2}\n", name="f")

    assert document.at(()) == (1, 1)
    assert document.at(("a",)) == (1, 4)
    assert document.at(("steps", 0, "id")) == (3, 10)
    assert document.at(("steps", 0, "key")) == (4, 11)
    assert document.at(("steps", 0, "key"), key=True) == (4, 6)


def test_an_unknown_place_falls_back_to_what_is_around_it():
    document = parse("steps:\n  - id: mill\n", name="f")

    assert document.at(("steps", 0, "power", "value")) == document.at(("steps", 0)) == (2, 5)
    assert document.at(("steps", 0, "power"), key=True) == (2, 5)
    assert document.at(("nothing",)) == (1, 1)


def test_an_issue_points_at_the_value_or_at_the_key():
    document = parse("a:\n  b: 1\n", name="f.yaml")

    assert str(document.issue(("a", "b"), "too small")) == "f.yaml:2:6: too small"
    assert str(document.issue(("a", "b"), "unknown key", key=True)) == "f.yaml:2:3: unknown key"


def test_a_repeated_key_is_an_issue_however_it_is_quoted():
    assert issues("k: 1\n'k': {k: [1]}\nk: 2\n") == [
        "f.yaml:2:1: repeated key 'k'; it stands first in line 1",
        "f.yaml:3:1: repeated key 'k'; it stands first in line 1",
    ]


def test_keys_must_be_text():
    assert issues("1: a\n[x]: b\n? {y: 1}\n: c\n~: d\n") == [
        "f.yaml:1:1: a key must be text, found 1 (put it in quotes)",
        "f.yaml:2:1: a key must be text, found a list",
        "f.yaml:3:3: a key must be text, found a mapping",
        "f.yaml:5:1: a key must be text, found ~ (put it in quotes)",
    ]


@pytest.mark.parametrize("tag", ["!x", "!!str", "!!python/object/apply:os.system", "!!binary"])
@pytest.mark.parametrize("value", ["[a]", "a", "{a: 1}"])
def test_any_tag_is_an_issue(tag, value):
    (issue,) = issues(f"a: {tag} {value}")

    assert issue.startswith("f.yaml:1:4: tags are not allowed, found ")


def test_an_alias_is_written_out_with_places_of_its_own():
    document = parse("a: &x {y: 1}\nb: *x\n", name="f")

    assert document.data == {"a": {"y": 1}, "b": {"y": 1}}
    assert document.data["a"] is not document.data["b"]
    assert document.at(("b",)) == (2, 4)
    assert document.at(("b", "y")) == (1, 11)


def test_an_alias_bomb_is_refused():
    lines = ["a: &a [x,x,x,x,x,x,x,x,x,x]"]
    lines += [f"{b}: &{b} [{','.join([f'*{a}'] * 10)}]" for a, b in zip("abcdefghi", "bcdefghij", strict=True)]

    assert issues("\n".join(lines)) == ["f.yaml:1:4: more than 200_000 values, aliases written out"]


def test_aliases_must_have_an_anchor_before_them_and_outside():
    assert issues("a: *b\nb: &b [*b]\nc: &b 1\n<<: *b\n") == [
        "f.yaml:1:4: the alias *b has no anchor before it",
        "f.yaml:2:8: the alias *b stands inside its own anchor",
        "f.yaml:3:4: repeated anchor &b",
        "f.yaml:4:1: merge keys (<<) are not allowed; write the values out",
    ]


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n"])
def test_an_empty_file_is_an_issue(text):
    assert issues(text) == ["f.yaml:1:1: the file is empty"]


def test_a_second_document_is_an_issue():
    assert issues("a: 1\n---\nb: 2\n") == ["f.yaml:2:1: a second document begins here; a file holds one"]


def test_syntax_errors_have_a_place():
    assert issues("a: b: c\n") == ["f.yaml:1:5: not valid YAML: mapping values are not allowed in this context"]
    assert issues("a:\n\t- b\n")[0].endswith("(indent with spaces, not with tabs)")
    assert issues("a: 'x\n")[0].startswith("f.yaml:")


def test_nesting_is_bounded():
    assert issues("[" * 60 + "]" * 60) == ["f.yaml:1:52: nested deeper than 50 levels"]


def test_endless_numbers_are_refused():
    assert issues("x: " + "9" * 5000) == ["f.yaml:1:4: a number of more than 30 digits"]


def test_control_characters_are_refused():
    assert issues("a: 1\nb: \x00") == ["f.yaml:2:4: found the character '\\x00', which is not allowed in a text file"]


def test_a_text_that_is_too_large_is_refused():
    assert issues("a" * (MAX_BYTES + 1)) == ["f.yaml:1:1: the text is too large: more than 2_000_000 characters"]


def test_all_problems_are_reported_in_one_go():
    assert len(issues("a: !x 1\nb: 2\nb: 3\n1: *q\n")) == 4


def test_a_file_is_read_and_named_as_it_was_given(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "route.yaml"
    path.write_bytes("\ufeffa: µm\n".encode())

    document = read(path.relative_to(tmp_path))

    assert (document.name, document.data, document.at(("a",))) == ("route.yaml", {"a": "µm"}, (1, 4))
    assert read(path, name="other").name == "other"


def test_a_document_knows_the_hash_of_its_file(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_bytes(b"a: 1\r\n")

    assert read(path).digest == hashlib.sha256(b"a: 1\r\n").hexdigest()


@pytest.mark.parametrize(
    ("content", "issue"),
    [
        (None, "x.yaml:1:1: no such file"),
        (b"a: 1\nb: \xff\n", "x.yaml:2:4: the file is not UTF-8 text"),
        (b"a" * (MAX_BYTES + 1), "x.yaml:1:1: the file is too large: more than 2_000_000 bytes"),
        (b"\x89PNG\r\n", "x.yaml:1:1: the file is not UTF-8 text"),
    ],
)
def test_unreadable_files_are_issues(tmp_path, content, issue):
    path = tmp_path / "x.yaml"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(InputError) as caught:
        read(path, name="x.yaml")

    assert str(caught.value) == issue


def test_a_directory_is_an_issue(tmp_path):
    with pytest.raises(InputError, match="expected a file, found a directory"):
        read(tmp_path)


def test_other_trouble_of_the_system_is_an_issue(tmp_path):
    with pytest.raises(InputError, match="the file cannot be read: "):
        read(tmp_path / ("x" * 5000))


def test_a_document_can_be_pickled():
    document = parse("a: [1, {b: 2}]", name="f")

    assert pickle.loads(pickle.dumps(document)) == document


@pytest.mark.parametrize("loader", [yaml.SafeLoader, yaml.CSafeLoader])
def test_both_parsers_of_pyyaml_give_the_same(loader, monkeypatch):
    monkeypatch.setattr(yamlfile, "_EVENTS", loader)

    document = parse("a: &x [1, 'µ', {k: v}]\nb: *x\nc: |\n  text\n", name="f")

    assert document.data == {"a": [1, "µ", {"k": "v"}], "b": [1, "µ", {"k": "v"}], "c": "text\n"}
    assert document.at(("b", 2, "k")) == (1, 20)
    assert document.at(("c",)) == (3, 4)


@given(st.text(alphabet="ab1:-[]{},&*!?|>'\"%@` \n\t#.~", max_size=40))
def test_any_text_is_either_read_or_an_input_error(text):
    try:
        document = parse(text, name="f")
    except InputError as error:
        assert error.issues
    else:
        assert () in document.marks
