"""Edits of routes and scenarios, such as people make: most look valid, some of them are not."""

import random
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from sim.inputs import bundled

HERE = Path(__file__).parents[1]
SMALL = {
    "powder": (HERE / "routes" / "base.yaml", "100 t/y"),
    "loop": (HERE / "cli" / "data" / "loop.yaml", "50 t/y"),
}
"""Routes that are quick, and a target for each."""
TANKED = {"tanks.ethanol.on_empty": "buy"}

Place = tuple[Any, ...]


class Mutant(NamedTuple):
    """A scenario of one line, and its route, as texts."""

    kind: str
    scenario: bytes
    route: bytes

    def written(self, folder: Path) -> Path:
        """Write both, and return where the scenario is."""
        (folder / "route.yaml").write_bytes(self.route)
        (folder / "scenario.yaml").write_bytes(self.scenario)
        return folder / "scenario.yaml"


def mutant(seed: int, *, every: bool = False) -> Mutant:
    """Return the mutant of a number: of a small route, or of any that is bundled."""
    dice = random.Random(seed)
    name = dice.choice([*SMALL, *bundled("routes")] if every else [*SMALL])
    path, target = SMALL[name] if name in SMALL else (bundled("routes")[name], "")
    route = yaml.safe_load(path.read_text())
    line: dict[str, Any] = {
        "name": "a",
        "route": "route.yaml",
        "target": target or _targets().get(name) or ("500 t/y" if route["product"]["unit"] == "kg" else "2.5 Mm2/y"),
    }
    if name == "loop":
        line["set"] = TANKED
    scenario = {"name": "m", "title": "Mutant", "lines": [line], "horizon": "2 week", "warm_up": "1 week"}
    scenario |= {"replications": 1, "seed": seed}
    kind = dice.choice([*EDITS])
    for _ in range(dice.choice([1, 1, 1, 2, 3])):
        EDITS[kind](dice, route, scenario)
    texts = [yaml.safe_dump(data, sort_keys=False, allow_unicode=True).encode() for data in (scenario, route)]
    if kind == "bytes":
        texts[1] = _damaged(dice, texts[1])
    return Mutant(kind, *texts)


@cache
def _targets() -> dict[str, str]:
    """Return what bundled scenarios ask of a route: a laboratory's makes no plant of thousands of machines."""
    lines = [line for path in bundled("scenarios").values() for line in yaml.safe_load(path.read_text())["lines"]]
    return {line["route"]: line["target"] for line in lines if line.keys() >= {"route", "target"}}


# -- edits -------------------------------------------------------------------------------------------------------------

_QUANTITY = re.compile(r"(-?\d+(?:\.\d+)?(?:e-?\d+)?)( ?[^\d\s][^\s]*(?: [^\s]+)?)?")
_KEPT = {"name", "id", "title", "note", "source", "estimate", "kind", "unit", "formula"}
"""Keys whose values are no numbers or words that a process follows."""


def _leaves(item: Any, *place: Any) -> Iterator[tuple[Place, Any]]:
    if isinstance(item, dict):
        for key, value in item.items():
            yield from _leaves(value, *place, key)
    elif isinstance(item, list):
        for index, value in enumerate(item):
            yield from _leaves(value, *place, index)
    else:
        yield place, item


def _at(item: Any, place: Place) -> Any:
    for key in place:
        item = item[key]
    return item


def _numbers(route: Any) -> list[tuple[Place, str]]:
    found = [(place, str(value)) for place, value in _leaves(route) if not isinstance(value, bool)]
    return [(p, text) for p, text in found if p[-1] not in _KEPT and p[0] != "product" and _QUANTITY.fullmatch(text)]


def _put(route: Any, place: Place, value: Any) -> None:
    _at(route, place[:-1])[place[-1]] = value


def _changed(dice: random.Random, route: Any, change: Callable[[float, str], Any], *keys: str) -> None:
    found = [item for item in _numbers(route) if not keys or {*map(str, item[0])} & {*keys}]
    if not found:
        return
    place, text = dice.choice(found)
    match = _QUANTITY.fullmatch(text)
    assert match
    value = change(float(match[1]), match[2] or "")
    _put(route, place, yaml.safe_load(value) if isinstance(value, str) else value)


def _number(dice: random.Random, route: Any, _: Any) -> None:
    factor = dice.choice([0.0, 1e-3, 0.1, 0.5, 0.9, 1.1, 1.5, 2.0, 3.0, 10.0, 1e3, -1.0])
    _changed(dice, route, lambda value, of: f"{value * factor:.6g}{of}")


def _nudge(dice: random.Random, route: Any, _: Any) -> None:
    factor = dice.uniform(0.8, 1.2)
    _changed(dice, route, lambda value, of: f"{value * factor:.6g}{of}")


_SCATTERED = ("duration", "phases", "yield", "repair", "hold")
"""Keys of what may vary from lot to lot."""


def _law(dice: random.Random, route: Any, _: Any) -> None:
    form = dice.choice(["triangular({a:.6g}, {m:.6g}, {b:.6g}){of}", "uniform({a:.6g}, {b:.6g}){of}"])
    low, high = dice.choice([0.0, 0.5, 0.9]), dice.choice([1.1, 2.0, 30.0])
    _changed(dice, route, lambda value, of: form.format(a=value * low, m=value, b=value * high, of=of), *_SCATTERED)


def _range(dice: random.Random, route: Any, _: Any) -> None:
    low, high = dice.choice([0.0, 0.5, 0.9]), dice.choice([1.05, 2.0, 100.0])

    def ranged(value: float, of: str) -> Any:
        ends = [f"{value * low:.6g}{of}", f"{value * high:.6g}{of}"]
        return {"value": f"{value:.6g}{of}", "range": [yaml.safe_load(end) for end in ends], "estimate": "an edit"}

    _changed(dice, route, ranged)


_ALIKE = {"min": "h", "h": "min", "kg": "t", "t": "kg", "kW": "W", "K": "degC", "degC": "K", "m2": "m3", "m3": "L"}


def _unit(dice: random.Random, route: Any, _: Any) -> None:
    _changed(dice, route, lambda value, of: f"{value:.6g} {_ALIKE.get(of.strip(), of.strip() or 'h')}")


def _drop(dice: random.Random, route: Any, _: Any) -> None:
    places = sorted({place[:n] for place, _ in _leaves(route) for n in range(1, len(place) + 1)}, key=str)
    places = [place for place in places if isinstance(_at(route, place[:-1]), dict)]
    place = dice.choice([place for place in places if place[0] in ("steps", "tanks", "places", "staff")])
    del _at(route, place[:-1])[place[-1]]


def _wire(dice: random.Random, route: Any, _: Any) -> None:
    steps = route["steps"]
    names = [str(step.get("id")) for step in steps]
    step, goal = dice.choice(steps), dice.choice([*names, "ship", "waste"])
    key = dice.choice(["next", "fail", "split"])
    if key == "next":
        step["next"] = goal
    elif key == "fail":
        fail = goal if goal == "waste" else f"rework -> {goal}"
        step["inspect"] = {"pass": dice.choice([0.0, 0.3, 0.9, 1.0]), "fail": fail}
    else:
        step["resources"] = {dice.choice([*route.get("places", {}), "bench"]): dice.choice([1, 2])}
        route.setdefault("places", {"bench": 1})


def _steps(dice: random.Random, route: Any, _: Any) -> None:
    steps = route["steps"]
    at = dice.randrange(len(steps))
    way = dice.choice(["drop", "swap", "twice"])
    if way == "drop" and len(steps) > 1:
        del steps[at]
    elif way == "swap":
        other = dice.randrange(len(steps))
        steps[at], steps[other] = steps[other], steps[at]
    else:
        steps.insert(at, {**steps[at], "id": f"{steps[at].get('id')}_again"})


def _settings(dice: random.Random, route: Any, _: Any) -> None:
    step = dice.choice(route["steps"])
    step |= dice.choice(
        [
            {"machines": dice.choice([1, 2, 50])},
            {"slots": dice.choice([1, 3, 10])},
            {"operators": dice.choice([0, 1, 4])},
            {"buffer": dice.choice(["1 kg", "100 kg", "1 t", "5 m2", "2 lots"])},
            {"hold": dice.choice(["0 h", "1 h", "30 d"])},
            {"clean": {"every": dice.choice([1, 7]), "duration": dice.choice(["0 h", "1 h", "50 h"]), "operators": 1}},
            {"setup": {"duration": dice.choice(["1 min", "3 h"])}},
            {
                "loss": [
                    {"amount": dice.choice(["0.1 kg", "1 m", "1 t"]), "per": dice.choice(["lot", "start", "clean"])}
                ]
            },
            {"size": dice.choice(["0 m", "1 m", "0 m3", "0.1 m3", "500 m3", "0 kW", "0 kg", "1e-9 m2"])},
            {"batch": dice.choice(["1 g", "1 kg", "20 kg", "1000 t", "1 m2"])},
            {"yield": dice.choice([0.0, 1e-6, 0.5, 1.0])},
            {"calendar": dice.choice(["plant", "always"])},
            {"max_age": dice.choice(["1 min", "5 h"])},
            {
                "release": dice.choice(
                    [{"at": "capacity"}, {"interval": "1 h"}, {"interval": "0 h"}, {"rate": "1 kg/h"}]
                )
            },
            {"failures": [{"after": dice.choice(["1 min", "100 h", "3 operations"]), "repair": "2 h"}]},
        ]
    )


def _catalogue(dice: random.Random, route: Any, scenario: Any) -> None:
    names = sorted({name for step in route["steps"] for key in ("recipe", "feeds") for name in step.get(key) or {}})
    machines = sorted({str(step.get("equipment")) for step in route["steps"]})
    numbers = ["0", "1e-9", "0.5", "1", "20", "1e6", "-1"]
    number = dice.choice(numbers)
    path, value = dice.choice(
        [
            (f"materials.{dice.choice(names or ['Li2S'])}.price", f"{number} USD/kg"),
            (f"materials.{dice.choice(names or ['Li2S'])}.density", f"{number} kg/m3"),
            (f"equipment.{dice.choice(machines)}.price.value", f"{number} USD"),
            (f"equipment.{dice.choice(machines)}.price.at", f"{number} m3"),
            (f"equipment.{dice.choice(machines)}.price.exponent", number),
            (f"equipment.{dice.choice(machines)}.life", f"{number} y"),
            (f"equipment.{dice.choice(machines)}.mtbf", f"{number} h"),
            ("economics.discount_rate", number),
            ("economics.wage", f"{number} USD/h"),
            ("economics.machine_utilisation", number),
            ("economics.operator_utilisation", number),
            ("economics.paid_hours", f"{number} h"),
            ("utilities.electricity.price", f"{number} USD/kWh"),
        ]
    )
    scenario.setdefault("set", {})[path] = value


def _plant(dice: random.Random, _: Any, scenario: Any) -> None:
    scenario |= dice.choice(
        [
            {"plant": {"days_per_week": dice.choice([1, 5, 7]), "shifts_per_day": dice.choice([1, 2, 3])}},
            {"plant": {"days_per_week": 5, "shifts_per_day": 1, "hours_per_shift": dice.choice([0, 1, 8, 12, 30])}},
            {"plant": {"shutdowns": [{"start": "10 d", "duration": dice.choice(["0 d", "1 d", "20 d", "400 d"])}]}},
            {"horizon": dice.choice(["1 h", "1 d", "3 week", "0 h"])},
            {"warm_up": dice.choice(["0 h", "1 d", "auto"])},
            {"prices": dice.choice(["at_scale", "spot_2025", "nowhere"])},
            {"region": dice.choice(["EU", "US", "CN", "XX"])},
            {"sizes": dice.choice(["target", "file", "x"])},
            {"backend": dice.choice(["chemical", "battery", "by_kind"])},
        ]
    )


def _target(dice: random.Random, _: Any, scenario: Any) -> None:
    line = scenario["lines"][0]
    value, _, unit = str(line.get("target", "100 t/y")).partition(" ")
    line["target"] = f"{float(value) * dice.choice([0.0, 1e-6, 0.01, 0.1, 1.5, 4.0, 1e4]):.6g} {unit}"
    if dice.random() < 0.2:
        line.pop("target", None)


HOSTILE = [
    "=cmd|'/C calc'!A0", "$x_{1}^{2}\\frac{a}{b$", "#read(\"/etc/passwd\")", "{0}{x!r}%s%(a)d\\u{41}", "<b>x</b>",
    "\u4f4e\u6210\u672c \U0001f642", "+1-1@A1", "a\\tb\\", "\u202eabc", "-" * 300,
]  # fmt: skip
"""What is text and nothing else."""


def _text(dice: random.Random, route: Any, scenario: Any) -> None:
    text = dice.choice(HOSTILE)
    goal = dice.choice([route, scenario, *route["steps"]])
    goal["title"] = text


def _bytes(_: random.Random, __: Any, ___: Any) -> None:
    """Leave the data: its bytes are damaged when they are written."""


def _damaged(dice: random.Random, text: bytes) -> bytes:
    at, length = dice.randrange(len(text)), dice.choice([1, 1, 5, 200])
    junk = bytes(dice.choice(b"\x00\xff\t:-[]{}&*!|>'\"%@`#\n 0aZ") for _ in range(dice.choice([0, 1, 4])))
    return text[:at] + junk + text[at + (length if dice.random() < 0.7 else 0) :]


EDITS: dict[str, Callable[[random.Random, Any, Any], None]] = {
    "number": _number, "nudge": _nudge, "law": _law, "range": _range, "unit": _unit, "key left out": _drop,
    "wiring": _wire, "steps": _steps, "settings": _settings, "catalogue": _catalogue, "plant": _plant,
    "target": _target, "text": _text, "bytes": _bytes,
}  # fmt: skip
"""Classes of edits."""
