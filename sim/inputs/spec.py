"""What the models of all files are built of: quantities that many fields share, and the bases of the models."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema

from sim.errors import PlacedError
from sim.inputs.quantity import ESTIMATE, Quantity, Value, word

__all__ = [
    "FORMAT", "MOST", "Count", "DrawnHours", "Format", "Fraction", "Hours", "Name", "Share", "Sourced", "Spec",
    "of_format",
]  # fmt: skip

MOST = 1000
"""Most machines, operators, slots or places: more is a slip of the pen, and would fill the memory."""

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=60)]
Hours = Annotated[Value, Quantity("h")]
DrawnHours = Annotated[Value, Quantity("h", drawn=True)]
Fraction = Annotated[Value, Quantity("1", maximum=1.0)]
Share = Annotated[Value, Quantity("1", exclusive=True, maximum=1.0)]
Count = Annotated[int, Field(ge=0, le=MOST, strict=True)]


FORMAT = 1
"""Format of the files that this version reads."""


def of_format(raw: Any) -> Any:
    """Return the format that a file says; a ValueError about another one."""
    if raw != FORMAT or isinstance(raw, bool):
        text = f"the file is of format {raw}, and this version reads format {FORMAT}; see docs/formats.md"
        raise ValueError(text)
    return raw


Format = Annotated[int, Field(strict=True, json_schema_extra={"const": FORMAT}), AfterValidator(of_format)]


class Spec(BaseModel):
    """Base of all file types: immutable, unknown keys are errors, field docstrings are the reference."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True, arbitrary_types_allowed=True
    )


class Sourced(Spec):
    """Anything that carries numbers: says where they come from."""

    source: str = ""
    """Key of the bibliography for every number here that has none of its own."""
    grade: Literal["", "A", "B", "C", "D", "E"] = ""
    """Grade of those numbers, if lower than that of the source."""
    note: str = ""
    """Anything a reader should know."""

    @model_validator(mode="before")
    @classmethod
    def _read_estimate(cls, raw: Any) -> Any:
        if not isinstance(raw, dict) or "estimate" not in raw:
            return raw
        if "source" in raw:
            raise PlacedError("give either a 'source' or an 'estimate', not both", "estimate")
        reason = word(raw, "estimate")
        if not reason.strip():
            raise PlacedError("an 'estimate' needs its reason", "estimate")
        return {**{key: value for key, value in raw.items() if key != "estimate"}, "source": f"{ESTIMATE} {reason}"}

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        schema = handler.resolve_ref_schema(handler(core))
        if "properties" in schema:
            reason = {"type": "string", "minLength": 1, "description": "In place of a source: why we guess so."}
            schema["properties"] = {**schema["properties"], "estimate": reason}
        return schema
