"""What came in on a report since officers last dealt with it: a version, an answer, which way a version went, and what
was taken back, annulled or left with nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.instrument import Reader, Row, Text
from commonweal.kernel.values import instant

from ..facts import LEGAL
from ..scales import SEVERITIES
from ..tables import taken_back, thread

VERSION, ANSWER, DANGER, WORSE, MILDER, CLOCKS = "version", "answer", "danger", "worse", "milder", "clocks"
TAKEN_BACK, ANNULLED, UNHANDLED = "taken_back", "annulled", "unhandled"
NEWS: Mapping[str, Text] = {
    DANGER: Text(en="Says now that life or health is at risk", zh="现称有人生命或健康面临危险"),
    WORSE: Text(en="Graver than before", zh="较前严重"),
    TAKEN_BACK: Text(en="Taken back by whoever reported", zh="报告人已撤回"),
    UNHANDLED: Text(en="What it repeats is handled by nobody any more", zh="其所重复的报告已无人办理"),
    ANNULLED: Text(en="A version was annulled", zh="有版本已作废"),
    MILDER: Text(
        en="Milder than before: harm, danger or an earlier knowledge taken out",
        zh="较前减轻：删减了损害、危险或较早的知悉时间",
    ),
    CLOCKS: Text(
        en="What deadlines hang on was changed: the place, or what the law asks of the system",
        zh="期限所依据的内容有更改：法域，或法律对系统的要求",
    ),
    ANSWER: Text(en="New answer", zh="新答复"),
    VERSION: Text(en="New version", zh="新版本"),
}
"""What may have come in, the most pressing first."""
PRESSES = {DANGER, WORSE}
"""What makes a decision that was taken before it stale."""
UNREAD = {TAKEN_BACK, MILDER, CLOCKS}
"""What is told of a report with which nobody has dealt yet: whoever triages it reads the newest version alone."""


def news(reader: Reader, report: str, since: int) -> dict[str, int]:
    """What came in on a report after entry `since`, by code of `NEWS`, each with the newest entry that brought it.

    Every step between versions counts: what one made graver and the next took out again is told both ways. So does one
    to a version that was annulled since: that somebody said it is news, whatever became of it; and that it was annulled
    is news like a version that says again what stood before.
    """
    found: dict[str, int] = {}
    for entry, codes in _steps(reader, report):
        if entry > since:
            found |= dict.fromkeys(codes, entry)
    answers = [row["entry"] for row in thread(reader, report) if row["what"] == "answer" and row["entry"] > since]
    gone = taken_back(reader, report)
    found |= {TAKEN_BACK: gone} if gone is not None and gone > since else {}
    return found | ({ANSWER: max(answers)} if answers else {})


def annulled(reader: Reader, report: str) -> int:
    """The newest entry by which a version of a report was annulled; 0 where none was."""
    return max((int(row["by"]) for row in registry.annulled_of(reader, report)), default=0)


def _steps(reader: Reader, report: str) -> Iterator[tuple[int, list[str]]]:
    """Each entry that changed what a report says, its first version aside, with the codes of what it brought."""
    marks = [row for row in registry.annulled_of(reader, report) if row["body"]]
    taken_out = {int(row["entry"]): int(row["by"]) for row in marks}
    said = {int(row["entry"]): row for row in (*marks, *registry.versions(reader, report))}
    for at in sorted({*said, *taken_out.values()}):
        stood, stands = (
            max((one for one in said if one <= until and taken_out.get(one, until + 1) > until), default=-1)
            for until in (at - 1, at)
        )
        if at not in said:
            yield at, [ANNULLED, *_weighed(said.get(stood), said.get(stands))]
        elif stood in said and not said[at].get("erased"):
            yield at, [VERSION, *_weighed(said[stood], said[at])]


def _weighed(before: Row | None, after: Row | None) -> Iterator[str]:
    return _moved(before["body"], after["body"]) if before and after else iter(())


def _moved(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """Which way a version went from the one before it."""
    if after.get("imminent_risk_to_life") and not before.get("imminent_risk_to_life"):
        yield DANGER
    if _heavier(before, after):
        yield WORSE
    eased = before.get("imminent_risk_to_life") and not after.get("imminent_risk_to_life")
    if _heavier(after, before) or eased or _known_later(before, after):
        yield MILDER
    moved = any(before.get(fact) not in (None, after.get(fact)) for fact in LEGAL)
    if moved or set(before.get("jurisdictions", ())) - set(after.get("jurisdictions", ())):
        yield CLOCKS


def _known_later(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether a version would have it that the incident was known later, or leaves out that it was: by law, a clock
    would start later."""
    knew, knows = before.get("aware_at"), after.get("aware_at")
    return knew is not None and (knows is None or instant(knows) > instant(knew))


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
