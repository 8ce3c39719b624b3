"""Many reports at once: those picked in the queue are triaged or given to somebody, after a page that says which."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from commonweal.kernel.instrument import Act, Deed, Page, Question, Reading, Row, Text
from commonweal.kernel.values import BadInput, Fault

from ..reports import STEWARDS
from .forms import assign_acts, assign_asks, triage_acts, triage_asks
from .kinds import DECISIONS, PARTS, URGENCIES
from .queue import PATH, ROWS, SEEN, choices
from .tables import newest, standing

PICKED = "r."
ACTIONS: Mapping[str, tuple[Text, Callable[[Reading], Sequence[Question]]]] = {
    "triage": (Text(en="Triage", zh="分诊"), triage_asks),
    "assign": (Text(en="Give them to somebody", zh="指派"), assign_asks),
}
WHAT = Question(
    "what", Text(en="What", zh="操作"), "one",
    choices=choices({name: title for name, (title, _) in ACTIONS.items()}), required=True,
)  # fmt: skip
TRIAGED = Text(en="{name}: {urgency}; {decision}", zh="{name}：{urgency}；{decision}")
GIVEN = Text(en="{name}: {who} {part}", zh="{name}：{who}{part}")


def picked(reading: Reading, query: Mapping[str, str]) -> list[Row]:
    """The reports that were picked, a page of the queue at the most; what is no report is left out.

    `seen` is the newest entry of each that the page showed on which it was picked, None where that did not say.
    """
    slugs = {name.removeprefix(PICKED): value for name, value in query.items() if name.startswith(PICKED) and value}
    rows = [(standing(reading.tables, f"report:{slug}"), value) for slug, value in list(slugs.items())[:ROWS]]
    return [{**row, "seen": _seen(value)} for row, value in rows if row is not None]


def _seen(value: str) -> int | None:
    number = value.removeprefix(SEEN)
    return int(number[:15]) if value.startswith(SEEN) and number.isascii() and number.isdigit() else None


def _offered(reading: Reading, row: Row) -> dict[str, Any]:
    """A report that was picked as the form offers it: no longer ticked where something came in since it was picked."""
    now, slug = newest(reading.tables, row["report"]), row["report"].partition(":")[2]
    return {
        "field": PICKED + slug,
        "seen": f"{SEEN}{now}",
        "newer": row["seen"] is not None and row["seen"] < now,
        "href": f"{PATH}/{slug}",
        "name": row["name"],
        "title": reading.part(row["entry"], "title").get("title", ""),
    }


def bulk_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """The form for what was picked: triage or assignment."""
    what = query.get("what", "")
    title, asks = ACTIONS.get(what, (Text(en="Several reports", zh="多份报告"), lambda reading: (WHAT,)))
    rows = [row for row in picked(reading, query) if not reading.kept_out(row["report"])]
    return {
        "title": title.in_(reading.language),
        "what": what if what in ACTIONS else "",
        "asks": asks(reading),
        "picked": [_offered(reading, row) for row in rows],
        "back": PATH,
        "action": f"{PATH}/bulk",
    }


def bulk_deed(reading: Reading, given: Mapping[str, str]) -> Deed:
    """One act for each report that was picked, said one by one before they are recorded. Raises `BadInput`."""
    rows, what = picked(reading, given), given.get("what", "")
    if what not in ACTIONS:
        raise BadInput(Fault("what", what[:200], "one of: " + ", ".join(ACTIONS), "unknown_name"), "form")
    if not rows:
        raise BadInput(Fault("picked", "none", "at least one report, picked in the queue", "missing"), "form")
    acts_of = triage_acts if what == "triage" else assign_acts
    onto = [{**given, "onto": "" if row["seen"] is None else str(row["seen"])} for row in rows]
    acts: list[Act] = [
        act for row, said in zip(rows, onto, strict=True) for act in acts_of(reading, row["report"], said)
    ]
    return Deed(acts, PATH, [_will(row, what, given) for row in rows])


def _will(row: Row, what: str, given: Mapping[str, str]) -> Text:
    if what == "triage":
        words = {"urgency": _text(URGENCIES, given.get("urgency")), "decision": _text(DECISIONS, given.get("decision"))}
        sentence = TRIAGED
    else:
        words, sentence = {"part": _text(PARTS, given.get("part"))}, GIVEN
    said = {"name": row["name"], "who": given.get("assignee", "").strip().removeprefix("party:")}
    return Text(
        {
            language: sentence[language].format(**said, **{name: one[language] for name, one in words.items()})
            for language in sentence
        }
    )


def _text(scale: Mapping[Any, Text], code: str | None) -> Text:
    return scale[code] if code in scale else Text(en="–", zh="–")


BULK = Page(
    "desk_bulk", f"{PATH}/bulk", Text(en="Several reports", zh="多份报告"), "desk_bulk.html", bulk_view, roles=STEWARDS,
    act=bulk_deed,
)  # fmt: skip
