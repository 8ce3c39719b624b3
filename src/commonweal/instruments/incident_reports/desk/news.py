"""What came in on a report since officers last dealt with it: a version, an answer, and which way a version went."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.instrument import Reader, Row, Text

from ..scales import SEVERITIES
from ..tables import taken_back, thread

VERSION, ANSWER, DANGER, WORSE, MILDER, CLOCKS = "version", "answer", "danger", "worse", "milder", "clocks"
TAKEN_BACK = "taken_back"
NEWS: Mapping[str, Text] = {
    DANGER: Text(en="Says now that life or health is at risk", zh="现称有人生命或健康面临危险"),
    WORSE: Text(en="Graver than before", zh="较前严重"),
    TAKEN_BACK: Text(en="Taken back by whoever reported", zh="报告人已撤回"),
    MILDER: Text(en="Harm or danger was taken out", zh="损害或危险有所删减"),
    CLOCKS: Text(en="A place whose law sets deadlines was taken out", zh="删去了依法计算期限的法域"),
    ANSWER: Text(en="New answer", zh="新答复"),
    VERSION: Text(en="New version", zh="新版本"),
}
"""What may have come in, the most pressing first."""
PRESSES = {DANGER, WORSE}
"""What makes a decision that was taken before it stale."""


def news(reader: Reader, report: str, since: int) -> dict[str, int]:
    """What came in on a report after entry `since`, by code of `NEWS`, each with the newest entry that brought it.

    Every step between versions counts: what one made graver and the next took out again is told both ways. So does one
    to a version that was annulled since: that somebody said it is news, whatever became of it.
    """
    found: dict[str, int] = {}
    for before, after in pairwise(_said(reader, report)):
        if after["entry"] > since and not after["erased"]:
            found |= dict.fromkeys(_moved(before["body"], after["body"]), int(after["entry"]))
    answers = [row["entry"] for row in thread(reader, report) if row["what"] == "answer" and row["entry"] > since]
    gone = taken_back(reader, report)
    found |= {TAKEN_BACK: gone} if gone is not None and gone > since else {}
    return found | ({ANSWER: max(answers)} if answers else {})


def _said(reader: Reader, report: str) -> list[Row]:
    """Every version of a report that was filed, those that were annulled among them, oldest first."""
    gone = [{"entry": row["entry"], "body": row["body"], "erased": 0} for row in registry.annulled_of(reader, report)
            if row["body"]]  # fmt: skip
    return sorted([*registry.versions(reader, report), *gone], key=lambda row: int(row["entry"]))


def _moved(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """Which way a version went from the one before it."""
    yield VERSION
    if after.get("imminent_risk_to_life") and not before.get("imminent_risk_to_life"):
        yield DANGER
    if _heavier(before, after):
        yield WORSE
    if _heavier(after, before) or (before.get("imminent_risk_to_life") and not after.get("imminent_risk_to_life")):
        yield MILDER
    if set(before.get("jurisdictions", ())) - set(after.get("jurisdictions", ())):
        yield CLOCKS


def _heavier(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether harm is told of that was not: another kind, more deaths, a higher severity."""
    grades = tuple(SEVERITIES)
    grave, graver = (grades.index(one["severity"]) if one.get("severity") else -1 for one in (before, after))
    more = bool(set(after.get("harms", ())) - set(before.get("harms", ())))
    return more or (after.get("deaths") or 0) > (before.get("deaths") or 0) or graver > grave


def stale(found: Mapping[str, int]) -> bool:
    """Whether a decision that was taken before these news may no longer hold."""
    return not PRESSES.isdisjoint(found)


def told(row: Row, language: str) -> list[str]:
    """The news of a report's row at the desk in words, the most pressing first."""
    return [words.in_(language) for code, words in NEWS.items() if code in (row["news"] or "").split()]
