"""Looking over a report without names: what was told beside what the machine proposes, and the words that shall stand.

The page opens the report for who looks it over, as its own page does, and that is logged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.instrument import Act, Deed, Page, Question, Reader, Reading, Row, Text
from commonweal.kernel.values import NotFound

from ..reports import STEWARDS
from .kinds import DEIDENTIFIED
from .masking import masked
from .tables import TEXTS, working

DESK = "/incident-reports/desk"
STATES: Mapping[str, Text] = {
    "proposed": Text(en="proposed by the machine, not looked over yet", zh="机器建议，尚未核对"),
    "looked_over": Text(en="looked over", zh="已核对"),
    "withheld": Text(
        en="nothing is laid out until somebody looks it over: the identity strip is destroyed, so no machine can look "
        "for the name of who reported",
        zh="核对前不列示任何文字：身份条已销毁，机器无从查找报告人姓名",
    ),
}
ASKS = (
    Question("title", Text(en="Title, without names", zh="标题（去标识化）"), "text", required=True),
    Question(
        "what_happened", Text(en="What happened, without names", zh="事情经过（去标识化）"), "long_text", required=True
    ),
    Question(
        "harmed_named", Text(en="Who was harmed, without names", zh="受害者（去标识化）"), "text",
        hint=Text(
            en="e.g. “a patient”, “[person 1]”; left open where nobody is.", zh="例如“一名患者”“[person 1]”；无则留空。"
        ),
    ),
)  # fmt: skip


def stands(reader: Reader, report: str) -> Mapping[str, Any] | None:
    """Whether the words of a report were looked over, by whom and when; None where there is no such report."""
    row = working(reader, report)
    return {"state": STATES[row["state"]], "by": row["by"], "at": row["at"]} if row is not None else None


def view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """The report as it was told beside its words without names, for who may read it. Raises `NotFound`."""
    row, told = _opened(reading, query)
    newest = registry.subject(reading.tables, row["report"])
    begins = {name: str(row[name]) for name in TEXTS}
    spans: Sequence[Sequence[Any]] = row["spans"]
    if row["state"] == "withheld":  # made for this page alone: the name of who reported may stand in it
        proposed = masked({name: str(told[name]) for name in TEXTS if told.get(name)})
        begins, spans = {**begins, **proposed.texts}, proposed.spans
    return {
        "name": newest["name"] if newest is not None else query["slug"],
        "back": f"{DESK}/{query['slug']}",
        "action": f"{DESK}/{query['slug']}/deidentified",
        "state": STATES[row["state"]],
        "row": row,
        "told": [(name, marked(str(told[name]), _of(spans, name))) for name in TEXTS if told.get(name)],
        "asks": ASKS,
        "begins": {**begins, "onto": str(row["version"])},
    }


def _opened(reading: Reading, query: Mapping[str, str]) -> tuple[Row, Mapping[str, Any]]:
    report = f"report:{query['slug']}"
    row = working(reading.tables, report)
    told = reading.part(int(row["version"]), *TEXTS) if row is not None else {}
    if row is None or not told:
        raise NotFound("report", report, f"{DESK} lists those that there are")
    return row, told


def _of(spans: Sequence[Sequence[Any]], field: str) -> list[tuple[int, int]]:
    return [(int(begin), int(end)) for name, begin, end in spans if name == field]


def marked(text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[str, bool]]:
    """A text in pieces, each with whether it was replaced."""
    pieces, at = list[tuple[str, bool]](), 0
    for begin, end in spans:
        pieces += [(text[at:begin], False), (text[begin:end], True)]
        at = end
    return [piece for piece in (*pieces, (text[at:], False)) if piece[0]]


def deed(reading: Reading, given: Mapping[str, str]) -> Deed:
    """The words that shall stand, as they were typed. Raises `NotFound`."""
    _opened(reading, given)
    report, seen = f"report:{given['slug']}", given.get("onto", "")
    said = {name: given.get(name, "").replace("\r\n", "\n").strip() for name in TEXTS}
    body: dict[str, Any] = {"report": report, **{name: words for name, words in said.items() if words}}
    body["version"] = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 16 else 0
    return Deed((Act(DEIDENTIFIED.id, body, key="", subject=report),), f"{DESK}/{given['slug']}")


PAGE = Page(
    "desk_deidentified", DESK + "/{slug}/deidentified", Text(en="Words without names", zh="去标识化文本"),
    "deidentified.html", view, roles=STEWARDS, act=deed, about=lambda parts: f"report:{parts['slug']}",
)  # fmt: skip
