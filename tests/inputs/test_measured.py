import pytest

from sim.errors import InputError
from sim.inputs import yamlfile
from sim.inputs.laws import Law, parse_law
from sim.inputs.measured import Measured


@pytest.fixture
def read(tmp_path):
    """Read a file that names measured values, which stand beside it."""

    def read(values, text="steps:\n  - {duration: measured(mill.csv) min}\n"):
        if values is not None:
            (tmp_path / "mill.csv").write_bytes(values if isinstance(values, bytes) else values.encode())
        (tmp_path / "route.yaml").write_text(text)
        return yamlfile.read(tmp_path / "route.yaml", name="route.yaml")

    return read


def test_a_law_brings_the_values_of_its_file_along_in_rising_order(read):
    text = read("minutes\n30\n12.5\n\n6e1\n").data["steps"][0]["duration"]

    assert text == "measured(mill.csv) min"
    assert parse_law(text, "h") == Law("measured", (12.5 / 60, 0.5, 1.0))


def test_a_file_needs_no_heading(read):
    assert read("30\n6\n").data["steps"][0]["duration"].values == (6.0, 30.0)


def test_values_without_a_unit_are_refused():
    text = Measured("measured(mill.csv)")
    text.values = (1.0, 2.0)

    assert parse_law(text, "1") == Law("measured", (1.0, 2.0))
    with pytest.raises(ValueError, match="expected the unit of the values behind the bracket, such as 'h', found"):
        parse_law(text, "h")


@pytest.mark.parametrize("unit", ["kg", "hours of work"])
def test_values_in_a_unit_of_something_else_are_refused(unit):
    text = Measured(f"measured(mill.csv) {unit}")
    text.values = (1.0, 2.0)

    with pytest.raises(ValueError):
        parse_law(text, "h")


@pytest.mark.parametrize(
    ("values", "problems"),
    [
        (None, ["the measured values cannot be read: 'mill.csv': No such file or directory"]),
        ("", ["'mill.csv' holds 0 values; expected 2 to 10_000, one a line"]),
        ("minutes\n30\n", ["'mill.csv' holds 1 values; expected 2 to 10_000, one a line"]),
        ("1\n-2\n3", ["mill.csv:2: expected one finite number of 0 or more, found '-2'"]),
        ("1\nnan\n3", ["mill.csv:2: expected one finite number of 0 or more, found 'nan'"]),
        ("1\n1e999\n3", ["mill.csv:2: expected one finite number of 0 or more, found '1e999'"]),
        ("a,b\n1,2\n", ["mill.csv:2: expected one finite number of 0 or more, found '1,2'"]),
        (
            "x\ny\nz\n",
            [f"mill.csv:{line}: expected one finite number of 0 or more, found '{text}'" for line, text in ((2, "y"), (3, "z"))],
        ),
        (b"1\n\xff\xff\n", ["'mill.csv' is not UTF-8 text"]),
        ("1\n" * 10_001, ["'mill.csv' holds 10001 values; expected 2 to 10_000, one a line"]),
        ("1" * 1_000_001, ["'mill.csv' is too large: more than 1_000_000 bytes"]),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_at_the_place_that_names_it(read, values, problems):
    with pytest.raises(InputError) as caught:
        read(values)

    assert [str(issue) for issue in caught.value.issues] == [f"route.yaml:2:16: {problem}" for problem in problems]


def test_of_many_wrong_lines_the_first_ones_are_named(read):
    with pytest.raises(InputError) as caught:
        read("heading\n" + "x\n" * 9)

    assert len(caught.value.issues) == 6
    assert str(caught.value.issues[0]).endswith("mill.csv: 4 further lines like these")


def test_the_digest_of_a_document_holds_its_measured_values(read):
    one, same, other = (read(values).digest for values in ("1\n2\n", "1\n2\n", "1\n3\n"))

    assert one == same != other


def test_typed_text_finds_its_values_in_the_working_folder(tmp_path, monkeypatch):
    (tmp_path / "mill.csv").write_text("1\n2\n")
    monkeypatch.chdir(tmp_path)

    assert yamlfile.parse("measured(mill.csv) h", name="--set").data.values == (1.0, 2.0)
