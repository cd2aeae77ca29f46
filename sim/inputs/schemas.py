"""JSON Schemas of the files, for editors: what may stand where, in words, with the names that the catalogue has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel, create_model

from sim.inputs.catalogue import KINDS, OWN, SINGLE, Library
from sim.inputs.cell import CellDesign
from sim.inputs.route import Route
from sim.inputs.scenario import Scenario
from sim.inputs.spec import FORMAT, Format

__all__ = ["FILES", "schema"]

FILES = ("route", "scenario", "overlay", "cell")
"""Kinds of files that have a schema."""

_DIALECT = "https://json-schema.org/draft/2020-12/schema"

_NAMES: Mapping[tuple[str, str], str] = {
    ("Step", "equipment"): "equipment", ("Section", "equipment"): "equipment",
    ("Regeneration", "equipment"): "equipment",
    ("Step", "room"): "rooms", ("Section", "room"): "rooms", ("Equipment", "room"): "rooms",
    ("Step", "source"): "bibliography", ("Route", "source"): "bibliography",
    ("Product", "key_feed"): "materials", ("Dissolved", "solvent"): "materials", ("PriceAxis", "material"): "materials",
    ("Scenario", "prices"): "price_sets", ("LineSpec", "prices"): "price_sets",
    ("Scenario", "region"): "regions", ("LineSpec", "region"): "regions",
}  # fmt: skip
"""Fields that hold a name, by model, with the part of the catalogue that has it."""

_KEYS: Mapping[tuple[str, str], str] = {
    ("Step", "recipe"): "materials", ("Step", "feeds"): "materials", ("Step", "dry_to"): "materials",
    ("Step", "recover"): "materials", ("Step", "gas"): "materials", ("Route", "tanks"): "materials",
    ("Step", "consumables"): "consumables", ("Route", "auxiliaries"): "equipment", ("PriceSet", "prices"): "materials",
    ("Material", "assay"): "materials",
}  # fmt: skip
"""Fields whose keys are names, likewise."""


def schema(kind: str, library: Library) -> dict[str, Any]:
    """Return the JSON Schema of a kind of files.

    Parameters
    ----------
    kind : str
        One of `FILES`.
    library : Library
        Whose names are offered; others are allowed, for a route or an overlay may add them.

    Notes
    -----
    An overlay may give any part of an entry, so nothing of it is required.
    """
    models: dict[str, Callable[[], type[BaseModel]]] = {
        "route": lambda: Route, "scenario": lambda: Scenario, "cell": lambda: CellDesign, "overlay": _overlay,
    }  # fmt: skip
    model = models[kind]()
    found = model.model_json_schema(by_alias=True, mode="validation")
    defs = found.setdefault("$defs", {})
    if kind == "route":
        for part in OWN:
            entry = KINDS[part].model_json_schema(by_alias=True, mode="validation")
            defs |= {**entry.pop("$defs", {}), KINDS[part].__name__: entry}
            found["properties"][part]["additionalProperties"] = {"$ref": f"#/$defs/{KINDS[part].__name__}"}
    for name, part in {**defs, model.__name__: found}.items():
        _named(name, part)
        if kind == "overlay":
            part.pop("required", None)
    used = sorted({*_NAMES.values(), *_KEYS.values()})
    defs |= {f"{part}_names": _known(part, library) for part in used if _refers(found, f"{part}_names")}
    for _, holder, key in _described(found, defs):
        holder["description"] = holder.get("description") or key
    return {"$schema": _DIALECT, "$id": f"urn:solid-electrolyte-sim:{kind}:{FORMAT}", **found}


def _overlay() -> type[BaseModel]:
    """Return the model of an overlay: parts of the catalogue."""
    fields: dict[str, Any] = {kind: (dict[str, model], {}) for kind, model in KINDS.items()}  # type: ignore[valid-type]
    fields |= {kind: (model | None, None) for kind, model in SINGLE.items()}
    made = create_model("Overlay", __config__={"extra": "forbid"}, format=(Format, FORMAT), **fields)
    made.__doc__ = "Entries over the catalogue: what they name is replaced, field by field; unknown names are added."
    return made


def _named(model: str, part: dict[str, Any]) -> None:
    """Let the fields of a model that hold names of the catalogue offer them."""
    for field, told in part.get("properties", {}).items():
        if kind := _NAMES.get((model, field)):
            kept = {key: told[key] for key in ("description", "default") if key in told}
            told.clear()
            told |= {**kept, "$ref": f"#/$defs/{kind}_names"}
        if kind := _KEYS.get((model, field)):
            told["propertyNames"] = {"$ref": f"#/$defs/{kind}_names"}


def _known(kind: str, library: Library) -> dict[str, Any]:
    """Return what a name of a part of the catalogue may be: one that is there, or one that a file adds."""
    own = {"type": "string", "description": f"added by the file's own `{kind}` or by an overlay"}
    return {"anyOf": [{"enum": [*getattr(library, kind)], "description": "of the catalogue"}, own]}


def _refers(part: Any, name: str) -> bool:
    return f"'#/$defs/{name}'" in repr(part)


def _described(found: dict[str, Any], defs: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield every field without a text of its own, and the text of what it holds, or else its name in words."""
    for name, part in {**defs, "": found}.items():
        for field, told in part.get("properties", {}).items():
            if not told.get("description"):
                held = [item.get("$ref", "") for item in (told, *told.get("anyOf", ()))]
                texts = [defs.get(ref.rpartition("/")[2], {}).get("description", "") for ref in held if ref]
                yield name, told, next(filter(None, texts), f"{field.replace('_', ' ').capitalize()}.")
