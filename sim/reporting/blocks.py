"""Building blocks of chapters, and the numbers by which texts refer to figures and tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sim.reporting.contract import Block, Chapter, Table
from sim.reporting.words import listed

__all__ = [
    "chapter",
    "facts",
    "figure",
    "heading",
    "listing",
    "numbered",
    "pictures",
    "pointed",
    "see",
    "sheet",
    "words",
]

_SEE = re.compile(r"\x02([^\x03]*)\x03")


def _block(kind: Any, **parts: Any) -> Block:
    empty: Block = {
        "kind": kind, "lead": "", "text": "", "key": "", "number": "", "table": None, "items": [], "small": False,
    }  # fmt: skip
    return {**empty, **parts}  # type: ignore[typeddict-item]


def words(text: str, lead: str = "", *, small: bool = False) -> Block:
    """Return a paragraph."""
    return _block("words", text=text, lead=lead, small=small)


def heading(text: str) -> Block:
    """Return a heading within a chapter."""
    return _block("heading", text=text)


def figure(key: str, caption: str) -> Block:
    """Return the place of a figure."""
    return _block("figure", key=key, lead=caption)


def sheet(key: str, table: Table, caption: str = "", *, small: bool = False) -> Block:
    """Return a table with its caption."""
    return _block("table", key=key, table=table, lead=caption, small=small)


def listing(items: Iterable[str]) -> Block:
    """Return a list."""
    return _block("list", items=[("", text) for text in items])


def facts(items: Iterable[tuple[str, str]]) -> Block:
    """Return pairs of a word and what is said of it."""
    return _block("facts", items=list(items))


def see(key: str) -> str:
    """Return what stands in a text for the number of a figure or table."""
    return f"\x02{key}\x03"


def chapter(
    key: str, heading: str, blocks: Iterable[Block | None], *, fresh: bool = False, alone: bool = False
) -> Chapter:
    """Return a chapter of those blocks that there are."""
    there = [block for block in blocks if block is not None]
    return {"key": key, "heading": heading, "fresh": fresh, "alone": alone, "blocks": there}


def pointed(one: Chapter) -> Chapter:
    """Return a chapter in which every figure and table is referred to, in a sentence before the first that is not."""
    said = " ".join(
        f"{block['text']} {' '.join(word for item in block['items'] for word in item)}" for block in one["blocks"]
    )
    left = [block["key"] for block in one["blocks"] if block["key"] and see(block["key"]) not in said]
    if not left:
        return one
    at = next(at for at, block in enumerate(one["blocks"]) if block["key"] in left)
    names = [see(key) for key in left]
    text = f"{listed(names)} {'has' if len(names) == 1 else 'have'} the numbers."
    return {**one, "blocks": [*one["blocks"][:at], words(text), *one["blocks"][at:]]}


def pictures(chapters: Sequence[Chapter]) -> list[str]:
    """Return the names of the figures of some chapters."""
    return [block["key"] for one in chapters for block in one["blocks"] if block["kind"] == "figure"]


def numbered(chapters: Sequence[Chapter]) -> list[Chapter]:
    """Return chapters in which figures and tables have numbers, and texts refer to them by these.

    Raises
    ------
    KeyError
        If a text refers to a figure or table that is not there.
    """
    counts = {"figure": 0, "table": 0}
    numbers: dict[str, str] = {}
    for one in chapters:
        for block in one["blocks"]:
            if block["kind"] in counts:
                counts[block["kind"]] += 1
                numbers[block["key"]] = f"{block['kind'].title()} {counts[block['kind']]}"
    return [{**one, "blocks": [_named(block, numbers) for block in one["blocks"]]} for one in chapters]


def _named(block: Block, numbers: Mapping[str, str]) -> Block:
    def said(text: str) -> str:
        return _SEE.sub(lambda match: numbers[match[1]], text)

    items = [(word, said(text)) for word, text in block["items"]]
    number = numbers.get(block["key"], "") if block["key"] else ""
    return {**block, "text": said(block["text"]), "lead": said(block["lead"]), "items": items, "number": number}
