"""Which incidents a report may tell of: five, ranked, each with why, and the chance that it tells of a new one.

Nothing is linked here: an officer reads the suggestions and decides. What is compared is held in memory by each
process, kept up with the tables when somebody asks. The chance was fitted on incidents reported in English to the AI
Incident Database, taking half of all reports to be new; beyond that it is a guide. Among a few
incidents it is not stated.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.instrument import Page, Reader, Reading, Row, Text
from commonweal.kernel.values import NotFound, span
from commonweal.methods.linking import HOLDS_FROM, Answer, Index, Report, Suggestion

from .incidents import INCIDENT
from .reports import REPORT
from .tables import links

KEPT = "incident_reports.suggestions"
SHARE_NEW, BEST = 0.5, 5
WHY_MAX, WHY_LEAST, ONE_BY_ONE_MAX = 8, 0.01, 300
NAMED = ("systems_named", "developers_named", "deployers_named", "harmed_named")
NAMED_ONE = ("system_named", "developer_named", "deployer_named", "harmed_named")
COMPARED = (
    "title", "title_zh", "what_happened", "summary", "summary_zh", "models", "occurred", "occurred_until", *NAMED,
    *NAMED_ONE,
)  # fmt: skip
"""What is compared, of which a page shows the words that two have in common."""


def compared(body: Mapping[str, Any]) -> Report:
    """What of a report or an incident is compared with others."""
    names = [*(str(name) for field in NAMED for name in _several(body.get(field)))]
    names += [str(body[field]) for field in NAMED_ONE if isinstance(body.get(field), str)]
    names += [str(model).partition(":")[2] for model in body.get("models") or ()]
    text = " ".join(str(body.get(field) or "") for field in ("what_happened", "summary", "summary_zh"))
    title = " ".join(str(body.get(field) or "") for field in ("title", "title_zh"))
    return Report(title.strip(), text.strip(), tuple(dict.fromkeys(names)), _days(body))


def _several(value: Any) -> Iterable[Any]:
    return value if isinstance(value, (list, tuple)) else ()


def _days(body: Mapping[str, Any]) -> tuple[int, int] | None:
    spans = []
    for field in ("occurred", "occurred_until"):
        with suppress(ValueError):  # what cannot be placed in time is not compared by time
            spans.append(span(str(body.get(field) or "")))
    if not spans:
        return None
    first, last = min(begin for begin, _ in spans), max(end for _, end in spans)
    return first.toordinal(), max(first.toordinal(), last.toordinal() - 1)


class Held:
    """The incidents of one authority as they are compared; safe to ask from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._index = Index()
        self._held: dict[str, tuple[int, bool]] = {}

    def suggest(self, reader: Reader, report: Report, best: int = BEST) -> Answer:
        with self._lock:
            self._keep_up(reader)
            return self._index.suggest(report, best=best, share_new=SHARE_NEW)

    def _keep_up(self, reader: Reader) -> None:
        """Take in what was filed since, and take out what was filed anew, erased or annulled."""
        there = registry.newest(reader, INCIDENT.noun)
        for subject in [one for one, at in self._held.items() if there.get(one) != at]:
            self._drop(subject)
        missing = there.keys() - self._held.keys()
        where = {"subject": ("in", sorted(missing))} if len(missing) < ONE_BY_ONE_MAX else {}
        for row in registry.subjects(reader, INCIDENT.noun, where) if missing else ():
            if row["subject"] in missing:
                self._take(row)

    def _take(self, row: Row) -> None:
        self._held[row["subject"]] = (row["entry"], bool(row["erased"]))
        if not row["erased"]:
            self._index.add(row["subject"], compared(row["body"]))

    def _drop(self, subject: str) -> None:
        self._held.pop(subject, None)
        if subject in self._index:
            self._index.remove(subject)


@dataclass(frozen=True)
class Suggested:
    """What a desk is shown of one report: how likely it is new, which cannot be said among few incidents, and which of
    them, `among` how many, it may tell of."""

    chance_new: float | None
    incidents: tuple[Suggestion, ...]
    among: int


def suggested(reading: Reading, report: str) -> Suggested:
    """The five likeliest incidents for a report that is not linked to them yet. Raises `NotFound`."""
    row = registry.subject(reading.tables, report)
    if row is None or row["erased"]:
        raise NotFound("report", report)
    linked = {one["incident"] for one in links(reading.tables, report=report)}
    answer = reading.kept(KEPT, Held).suggest(reading.tables, compared(row["body"]), BEST + len(linked))
    found = tuple(one for one in answer.suggestions if one.key not in linked)[:BEST]
    return Suggested(answer.chance_new if answer.among >= HOLDS_FROM else None, found, answer.among)


def in_english(body: Mapping[str, Any]) -> bool:
    """Whether most letters of what a report tells are of the Latin alphabet.

    The chance was fitted on reports in English alone; of other languages there were no pairs to measure it on.
    """
    letters = [one for name in ("title", "what_happened") for one in str(body.get(name, "")) if one.isalpha()]
    return 2 * sum(one.isascii() for one in letters) >= len(letters)


def alike(reading: Reading, body: Mapping[str, Any]) -> tuple[Suggestion, ...]:
    """The incidents that read most like a body, best first; one that is on file is among them itself."""
    return reading.kept(KEPT, Held).suggest(reading.tables, compared(body)).suggestions


def view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """The suggestions for one report, for whoever may read it."""
    report = f"{REPORT.noun}:{query['report']}"
    found = suggested(reading, report)
    row = registry.subject(reading.tables, report)
    body = reading.part(int(row["entry"]), "name", *COMPARED) if row else {}
    return {
        "title": body.get("title") or report,
        "report": report,
        "name": body.get("name", ""),
        "chance_new": found.chance_new if in_english(body) else None,
        "among": found.among,
        "holds_from": HOLDS_FROM,
        "incidents": [_shown(reading, one) for one in found.incidents],
        "linked": [
            {"incident": one["incident"], "relation": one["relation"], "entry": one["entry"]}
            for one in links(reading.tables, report=report)
        ],
    }


def _shown(reading: Reading, one: Suggestion) -> dict[str, Any]:
    row = registry.subject(reading.tables, one.key)
    body = reading.part(int(row["entry"]), *(COMPARED if one.why else ("title", "occurred"))) if row else {}
    return {
        "incident": one.key,
        "title": body.get("title", ""),
        "occurred": body.get("occurred", ""),
        "score": one.score,
        "why": [
            (part.agreement, part.term, part.weight / one.score)
            for part in one.why[:WHY_MAX]
            if part.weight >= WHY_LEAST * one.score > 0
        ],
    }


PAGE = Page(
    "incident-suggestions",
    "/incident-reports/suggestions/{report}",
    Text(en="Which incident a report may tell of", zh="报告可能所指的事件"),
    "suggestions.html",
    view,
    roles=("officer", "authority"),
)
