"""What an officer can do about the safe harbour: answer a claim term by term, and dispose of the identity strip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from commonweal.kernel.instrument import Act, Choice, Question, Reading, Text
from commonweal.kernel.values import NotFound

from ..harbour.kinds import DECISION, HOWS, METS, STRIP, Finding, outcome_of
from ..harbour.terms import Term, came_in_time, terms_of
from .doing import Doing, Given, filled

REASONS = Question("reasons", Text(en="Reasons", zh="理由"), "long_text")
BY_THE_CLOCK = Text(en="By the clock it came {late}; the last day was {day}.", zh="按期限计算{late}，最后一日为{day}。")
LATE = {True: Text(en="late", zh="逾期提交"), False: Text(en="in time", zh="按时提交")}
NOT_STATED = Text(
    en="The clock does not say: when it became known was not stated.", zh="期限无法判断：未说明知悉之时。"
)


def _asks(reading: Reading, report: str) -> Sequence[Question]:
    """Two questions a term: whether it is met, and why. None where this authority adopted no terms."""
    try:
        terms = terms_of(reading.tables, report)
    except NotFound:
        return ()
    clock = came_in_time(reading.duties(report), terms)
    found: list[Question] = []
    for term in terms.terms:
        hint = term.text
        if term.code == terms.timely and clock is not None:
            hint = _joined(hint, _by_the_clock(clock["late"], clock["last_day"]))
        choices = tuple(Choice(code, words) for code, words in METS.items())
        found.append(Question(f"term_{term.code}", term.title, "one", hint=hint, choices=choices, required=True))
        found.append(Question(f"why_{term.code}", _why(term), "long_text", required=True))
    return found


def _acts(reading: Reading, report: str, given: Given) -> Sequence[Act]:
    """The decision that the answers come to. A term without an answer is left out, and named when it is checked."""
    terms = terms_of(reading.tables, report)
    findings = []
    for term in terms.terms:
        said = filled(given, f"term_{term.code}", f"why_{term.code}")
        if said:
            finding, reasons = said.get(f"term_{term.code}", ""), said.get(f"why_{term.code}", "")
            findings.append({"term": term.code, "finding": finding, "reasons": reasons})
    known = [Finding.model_construct(**one) for one in findings]
    body = {
        "report": report, "terms_version": terms.version, "findings": findings, "outcome": outcome_of(tuple(known)),
    }  # fmt: skip
    return (Act(DECISION.id, body, key="", subject=report),)


def _by_the_clock(late: int | None, day: str | None) -> Text:
    if late is None:
        return NOT_STATED
    words = LATE[bool(late)]
    return Text({language: BY_THE_CLOCK[language].format(late=words[language], day=day) for language in BY_THE_CLOCK})


def _joined(one: Text, other: Text) -> Text:
    return Text(en=f"{one['en']} {other['en']}", zh=one["zh"] + other["zh"])


def _why(term: Term) -> Text:
    return Text(en=f"Why ({term.title['en']})", zh=f"理由（{term.title['zh']}）")


def _strip_asks(reading: Reading, report: str) -> Sequence[Question]:
    choices = tuple(Choice(code, words) for code, words in HOWS.items())
    return (
        Question("how", Text(en="What becomes of it", zh="如何处理"), "one", choices=choices, required=True),
        REASONS,
    )


def _strip_acts(reading: Reading, report: str, given: Given) -> Sequence[Act]:
    return (Act(STRIP.id, {"report": report, **filled(given, "how", "reasons")}, key="", subject=report),)


DOINGS: Mapping[str, Doing] = {
    "harbour": Doing(
        Text(en="Answer the claim to the safe harbour", zh="就安全港请求作出认定"),
        Text(
            en="Each term of the published terms, with reasons. Who reported is told all of it. It is granted only "
            "where every term is met, and refused where one is not.",
            zh="逐条适用公布的条款并说明理由，全部告知报告人。每条均符合方可准予，一条不符合即不予适用。",
        ),
        Text(en="Record the decision", zh="记录认定"), _asks, _acts,
    ),
    "strip": Doing(
        Text(en="Give the identity strip back, or shred it", zh="退还或销毁身份条"),
        Text(
            en="Once the report is understood and nobody need be called back. The log shows that it was done, and "
            "nothing of what stood on it; an order to preserve comes first.",
            zh="报告已核明、无需回访之后办理。日志仅显示已办理，不显示身份条内容；保全令优先。",
        ),
        Text(en="Record it", zh="记录"), _strip_asks, _strip_acts,
    ),
}  # fmt: skip
