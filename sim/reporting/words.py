"""Words and numbers in print: names, units, digits; the only place that rounds."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from sim.results import DOLLAR, LineFacts, Results, in_money, kpi_named, nameless

__all__ = [
    "LARGE",
    "MARK",
    "amount",
    "as_typed",
    "at_scale",
    "called",
    "compact",
    "energy_use",
    "in_words",
    "listed",
    "money",
    "name",
    "number",
    "of_number",
    "per",
    "percent",
    "plain",
    "plus_minus",
    "printed",
    "printing",
    "quantity",
    "title",
    "unit",
    "upper",
]

LARGE = 1e5
"""Yearly output from which tonnes and million m2 are printed [kg/y or m2/y]."""


ELEMENTS = frozenset((
    "H", "Li", "B", "C", "N", "O", "F", "Na", "Mg", "Al", "Si", "P", "S", "Cl", "K", "Ca",
    "Ti", "V", "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Zn", "Ga", "Ge", "As", "Se", "Br", "Y", "Zr",
    "Nb", "Mo", "In", "Sn", "Sb", "Te", "I", "Ba", "La", "Ta", "W", "Bi",
))  # fmt: skip


_TOKEN = re.compile(r"([A-Z][a-z]?)(\d+(?:\.\d+)?)?")


_SUBSCRIPT = str.maketrans("0123456789.", "₀₁₂₃₄₅₆₇₈₉.")


_SUPERSCRIPT = {"2": "²", "3": "³"}


def _formula(word: str) -> str:
    tokens = list(_TOKEN.finditer(word))
    if "".join(match.group() for match in tokens) != word or any(match[1] not in ELEMENTS for match in tokens):
        return word
    return "".join(match[1] + (match[2] or "").translate(_SUBSCRIPT) for match in tokens)


_UPPER = (
    "acn ald br cpme cvd dbm dme dmf dpe ep gwp hb lfp latp llzo llzto lso lzc nbr nmc811 nmp oee peo pi pld ppc ptfe "
    "pvdf sebs thf wip"
)
_SPELT = {
    **{word: word.upper() for word in _UPPER.split()},
    "etoh": "EtOH",
    "fnbr": "F-NBR",
    "lco": "LiCoO₂",
    "li10snp2s12": "Li₁₀SnP₂S₁₂",
    "li2s": "Li₂S",
    "li4sns4": "Li₄SnS₄",
    "lii": "LiI",
    "lish46": "LiSH46",
    "methf": "MeTHF",
    "mgpon": "MgPON",
    "pvdfhfp": "PVDF-HFP",
    "rgo": "rGO",
    "zno": "ZnO",
}
"""Short words and formulas of names, which are written in small letters, as they are printed."""


def listed(parts: Sequence[str]) -> str:
    """Join with commas and a last `and`.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def name(key: str) -> str:
    """Return a key as it is printed: words instead of underscores, subscripts in formulas.

    >>> name("insurance_tax"), name("Li6PS5Cl"), name("NCM811"), name("makeup_THF")
    ('insurance tax', 'Li₆PS₅Cl', 'NCM811', 'makeup THF')
    >>> name("wet_thf"), name("li2s_carbothermic"), name("wet_ep_lii")
    ('wet THF', 'Li₂S carbothermic', 'wet EP LiI')
    """
    words = as_typed(key.replace("_", " "))
    return re.sub(r"\b[a-z][a-z0-9]*\b", lambda match: _SPELT.get(match.group(), match.group()), words)


def as_typed(text: str) -> str:
    """Return a title or a question as it was typed, formulas with their subscripts.

    >>> as_typed("Li6PS5Cl from route_b")
    'Li₆PS₅Cl from route_b'
    """
    words = "".join(character if character.isprintable() else " " for character in text)
    return re.sub(r"[A-Z][A-Za-z0-9.]*\d[A-Za-z0-9.]*", lambda match: _formula(match.group()), words)


_USES = {
    "run": "running machines", "idle": "idle machines", "clean": "cleaning", "process": "per unit treated",
    "heat": "heating", "drives": "drives", "condensing": "condensing", "vacuum": "vacuum", "cooling": "cooling",
    "room": "rooms", "regeneration": "drying air",
}  # fmt: skip
_KINDS = {"electricity": "electric", "heat": "thermal", "gas": "gas-fired"}


def energy_use(utility: str, use: str) -> str:
    """Return what energy is for, and what brings it.

    >>> energy_use("electricity", "run"), energy_use("heat", "heat")
    ('running machines, electric', 'heating, thermal')
    """
    return f"{_USES.get(use, name(use))}, {_KINDS.get(utility, name(utility))}"


def in_words(text: str) -> str:
    """Return a message for a page: names instead of keys, the file's name instead of the place in it.

    >>> in_words("routes/dry_ptfe.yaml:4:7: no price of carbon_black")
    'dry PTFE: no price of carbon black'
    """
    text = _PLACE.sub(lambda match: f"{name(match[1])}: ", text)
    return _KEY.sub(lambda match: name(match.group()), text)


_KEY = re.compile(r"\b[A-Za-z0-9]+(?:_[A-Za-z0-9]+)+\b|\b[A-Z][A-Za-z0-9]*\d[A-Za-z0-9]*\b")
_PLACE = re.compile(r"^(?:\S*/)?([\w-]+)\.yaml:\d+(?::\d+)?: ")


def of_number(text: str) -> str:
    """Return the title of an input as words within a sentence.

    >>> of_number("lithium sulfide: price"), of_number("Dry Li2S: charge"), of_number("wage")
    ('price of lithium sulfide', 'charge of “Dry Li₂S”', 'wage')
    """
    of, colon, what = in_words(text).rpartition(": ")
    # titles of steps are sentences of their own
    of = f"“{of}”" if re.match(r"[A-Z][a-z]", of) else of
    return f"{what} of {of}" if colon else what


MARK = " †"
"""Behind what rests on an equipment price outside its range."""


def called(line: LineFacts) -> str:
    """Return the name of a line, marked if a size of its plant lies outside the range of its price."""
    return name(line["name"]) + (MARK if line.get("out_of_range") else "")


def title(key: str) -> str:
    """Return a key as a title: as `name`, with a capital.

    >>> title("premix"), title("Li2S")
    ('Premix', 'Li₂S')
    """
    return upper(name(key))


def upper(text: str) -> str:
    """Return a text with a capital, but for words that have theirs further on.

    >>> upper("price of lithium sulfide"), upper("rGO template")
    ('Price of lithium sulfide', 'rGO template')
    """
    return text if text[1:2].isupper() else text[:1].upper() + text[1:]


def plain(text: str) -> str:
    """Return a text without letters that a terminal may not have.

    >>> plain("169\u00a0USD/m², Li₂S at −2"), plain("“at scale”")
    ('169 USD/m2, Li2S at -2', "'at scale'")
    """
    return text.translate(_PLAIN)


_PLAIN = str.maketrans("₀₁₂₃₄₅₆₇₈₉²³−\u00a0\u2060“”", "012345678923- \u2060''", "\u2060")


def at_scale(words: str, scale: str) -> str:
    """Return words with the scale they are meant at, where there is one.

    >>> at_scale("Separator", "lab"), at_scale("Separator", "")
    ('Separator, lab scale', 'Separator')
    """
    return f"{words}, {name(scale)} scale" if scale else words


def percent(value: float, _place: int = 0) -> str:
    """Return a fraction as a tick label in percent, without the sign.

    >>> percent(0.925), percent(0.9)
    ('92.5', '90')
    """
    return f"{100 * value:.10g}"


_currency: ContextVar[str] = ContextVar("currency", default=DOLLAR)


@contextmanager
def printing(results: Results) -> Iterator[Results]:
    """Hand out the results that are printed, their money without a name; meanwhile `money` knows what it is called.

    Every way into this room begins here, and nothing behind it knows of currencies.
    """
    token = _currency.set(results.currency)
    try:
        yield nameless(results)
    finally:
        _currency.reset(token)


def money(text: str) -> str:
    """Return a unit, or the name of a column, in the currency that is printed.

    >>> money("USD/kg"), money("million USD")
    ('USD/kg', 'million USD')
    """
    return in_money(text, _currency.get())


def per(of: str) -> str:
    """Return the unit of money for a unit of product, as it is printed.

    >>> per("m2")
    'USD/m²'
    """
    return unit(money(f"{DOLLAR}/{of}"))


def unit(text: str) -> str:
    """Return a unit as it is printed.

    >>> unit("USD/m2"), unit("kg CO2e/kg"), unit("1")
    ('USD/m²', 'kg CO₂e/kg', '')
    """
    if text == "1":
        return ""
    text = re.sub(r"(?<=\d)%", " %", re.sub(r"\bum\b", "µm", text)).replace(">=", "≥").replace("<=", "≤")
    text = re.sub(r"\bm([23])\b", lambda match: "m" + _SUPERSCRIPT[match[1]], text)
    text = re.sub(r"\bohm cm2\b", "Ω cm²", text)
    return text.replace("CO2", "CO₂").replace("H2S", "H₂S").replace("degC", "°C")


def number(value: float, digits: int = 3) -> str:
    """Return a number with so many significant digits, thousands apart, large ones in words.

    >>> number(168.8099), number(0.0123456), number(12345.6), number(50.49e6), number(0.0), number(-2.5)
    ('169', '0.0123', '12 300', '50.5 million', '0', '−2.50')
    """
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    sign, size = ("−" if value < 0 else ""), abs(value)
    for limit, word in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if size >= limit * 0.9995:
            return f"{sign}{_digits(size / limit, digits)} {word}"
    if size < 1e-4:
        mantissa, exponent = f"{size:.{digits - 1}e}".split("e")
        return f"{sign}{mantissa} × 10" + str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return sign + _digits(size, digits)


def plus_minus(mean: float, half: float) -> str:
    """Return a mean and half an interval, both to the same place.

    >>> plus_minus(168.81, 0.86), plus_minus(50.5, 0.0), plus_minus(12345.6, 78.9), plus_minus(8857.0, 1309.0)
    ('169 ± 1', '50.5', '12 346 ± 79', '8900 ± 1300')
    """
    if not half > 1e-4 * abs(mean):
        return number(mean)
    places = 1 - math.floor(math.log10(half))
    if places < 0:
        mean, half = round(mean, places), round(half, places)
    places = min(max(0, places), max(0, 2 - math.floor(math.log10(abs(mean) or 1.0)) + (half < 0.005 * abs(mean))))
    if half < 0.5 * 10.0**-places:
        return number(mean)
    apart = " " if abs(mean) >= 10_000 else ""
    return f"{mean:,.{places}f} ± {half:,.{places}f}".replace(",", apart).replace("-", "−")


def compact(x: float) -> str:
    """Return a number as short as four digits allow.

    >>> compact(14.0), compact(0.998), compact(12500.0), compact(2.5e6)
    ('14', '0.998', '12 500', '2.5 million')
    """
    text, _, word = number(x, 4).partition(" million")
    whole, _, part = text.partition(".")
    part = part.rstrip("0")
    return (f"{whole}.{part}" if part else whole) + (" million" + word if " million" in number(x, 4) else "")


def _digits(size: float, digits: int) -> str:
    rounded = float(f"{size:.{digits - 1}e}")
    places = digits - 1 - math.floor(math.log10(rounded))
    text = f"{rounded:,.{max(places, 0)}f}"
    return text.replace(",", " " if rounded >= 10_000 else "")


def amount(value: float, digits: int = 2) -> str:
    r"""Return a mass in the prefix that keeps it short, not to be broken between number and unit [kg].

    >>> [amount(kg).replace("\u00a0", " ") for kg in (8.9, 0.046, 0.0008, 2e-6, 250)]
    ['8.9 kg', '46 g', '0.80 g', '2.0 mg', '250 kg']
    """
    if abs(value) >= 0.1 or value == 0:
        return f"{number(value, digits)}\u00a0kg"
    if abs(value) >= 1e-4:
        return f"{number(value * 1e3, digits)}\u00a0g"
    return f"{number(value * 1e6, digits)}\u00a0mg"


def quantity(value: float, of: str, digits: int = 3) -> str:
    """Return a value with its unit in the words a reader expects, money in the currency that is printed.

    >>> values = [(84.2, "persons"), (0.913, "1"), (5e5, "kg/y"), (2.5e6, "m2/y"), (168.81, "USD/kg")]
    >>> tuple(quantity(*value) for value in values)
    ('84 people', '91.3 %', '500 t/y', '2.50 million m²/y', '169 USD/kg')
    """
    if math.isnan(value):
        return "–"
    if of == "1":
        return f"{_digits(value * 100, digits) if value > 0 else number(value * 100, digits)} %"
    if of == "persons":
        return "1 person" if round(value) == 1 else f"{value:.0f} people"
    if of in ("kg", "kg/y") and abs(value) >= LARGE:
        return f"{number(value / 1000, digits)} {unit(of.replace('kg', 't'))}"
    return f"{number(value, digits)} {unit(money(of))}".rstrip()


def printed(kpi: str, of: str, largest: float) -> tuple[float, str]:
    """Return factor and unit in which a key figure is printed, for values of some unit up to *largest*.

    >>> printed("oee", "1", 0.8), printed("throughput", "kg/y", 5e5), printed("waste_per_unit", "kg/m2", 0.02)
    ((100.0, '%'), (0.001, 't/y'), (1000.0, 'g/m²'))
    """
    factor, words = kpi_named(kpi).printed
    if words:
        return factor, money(words)
    if of.startswith("kg/") and of != "kg/y" and largest < 0.1:
        return 1000.0, unit("g" + of[2:])
    large = {"kg/y": (1e-3, "t/y"), "m2/y": (1e-6, "million m²/y")} if largest >= LARGE else {}
    return large.get(of, (1.0, unit(money(of))))
