"""What a report says, as text."""

import re

from sim.reporting import document
from sim.reporting.figures import figures


def text_of(results):
    """Return headline, verdict, numbers of every line with five digits, and all sentences, of one replication."""
    parts = document._parts(results, dict(figures(results)), with_annex=False)
    said = document.content(results, parts, {})
    unsaid = [block["number"] for one in said["chapters"] for block in one["blocks"] if block["number"]]
    every = "\n".join(block["text"] for one in said["chapters"] for block in one["blocks"])
    assert [number for number in unsaid if not re.search(rf"{number}\b", every)] == []
    rows = [said["finding"], "", *(f"{group}: {text}" for group, text in said["findings"]), ""]
    for line in said["lines"]:
        numbers = (line[key] for key in ("cost_p10", "cost_median", "cost_p90", "cost_stated", "chance_cheapest"))
        shown = " ".join("-" if value is None else f"{value:.5g}" for value in numbers)
        rows.append(f"{line['line']}: {shown} {line['output']:.5g}")
    for chapter in said["chapters"]:
        rows += ["", f"# {chapter['heading']}"]
        for block in chapter["blocks"]:
            rows += [f"{block['lead']} {block['text']}".strip()] if block["kind"] == "words" else []
            rows += [f"{block['number']}: {block['lead']}"] if block["number"] else []
    return "\n".join(rows) + "\n"
