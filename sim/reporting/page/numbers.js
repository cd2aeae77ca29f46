// Every number with its range, grade, source and what it moves, to be searched.
import { csv, el, save, sheet, unit } from "sim/dom.js";

export function numbers(page, root) {
  const rows = page.report.lines.flatMap((line) => line.given.map((one) => [page.name(line.line), one.title, one.value, unit(one.unit), one.low, one.high, one.grade, one.cost_low, one.cost_high,
    one.cost_low === null || one.cost_high === null ? null : Math.abs(one.cost_high - one.cost_low), one.source, one.path]));
  const heads = ["line", "number", "as stated", "unit", "low", "high", "grade", "cost at low", "cost at high", "swing", "source", "path"];
  const text = el("input", { type: "search", id: "search", placeholder: "search name, path or source", "aria-label": "Search" });
  const grade = el("select", { "aria-label": "Grade" }, ...["all grades", "A", "B", "C", "D", "E"].map((one) => el("option", {}, one)));
  const line = el("select", { "aria-label": "Line" }, ...["all lines", ...page.report.lines.map((one) => page.name(one.line))].map((one) => el("option", {}, one)));
  const place = el("div");
  const count = el("span", { class: "note", role: "status" });
  const kept = () => rows.filter((row) => (grade.selectedIndex === 0 || row[6] === grade.value) && (line.selectedIndex === 0 || row[0] === line.value)
    && text.value.toLowerCase().split(/\s+/).every((word) => `${row[1]} ${row[10]} ${row[11]}`.toLowerCase().includes(word)));
  const renew = () => { const found = kept(); count.textContent = `${found.length} of ${rows.length} numbers`; place.replaceChildren(sheet(heads, found)); };
  for (const input of [text, grade, line]) input.addEventListener("input", renew);
  root.replaceChildren(el("div", { class: "row" }, text, grade, line, el("button", { type: "button", onclick: () => save("numbers.csv", csv(heads, kept()), "text/csv") }, "CSV"), count), place);
  renew();
}
