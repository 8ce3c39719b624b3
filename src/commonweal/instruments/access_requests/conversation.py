"""What whoever asked is told when they come back: by when the answer is due, what was decided, what is asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from commonweal.kernel import obligations
from commonweal.kernel.instrument import Reader, Row, Talk, Text, Thread
from commonweal.kernel.notices.templates import said_day
from commonweal.kernel.values import Period, citing

from .following import in_time
from .kinds import (
    ANSWER,
    ANSWERED,
    EXTENDED,
    GIVEN,
    IDENTITIES,
    NOUN,
    QUESTION,
    REASONS,
    REFUSED,
    TAKEN_IN,
    UNDER,
    WITHDRAWN,
)
from .tables import Standing, clocks, standing, steps, waiting
from .words import grounds

RECEIVED = Text(en="Your request is with the authority.", zh="您的请求已由本机关收悉。")
NOT_TAKEN = Text(
    en="An officer will say under which law it stands; until then the earliest day counts.",
    zh="将由工作人员确认其法律依据；在此之前以最早的日期为准。",
)
DUE = Text(en="The answer is due by {day}: {law}.", zh="应于{day}或之前答复：{law}。")
OVERDUE = Text(en="The answer was due by {day} and is overdue: {law}.", zh="应于{day}或之前答复，现已逾期：{law}。")
STANDS = Text(
    en="The time for the answer stands since {day}, until you have answered who you are: {law}.",
    zh="答复期限自{day}起暂停计算，直至您确认身份：{law}。",
)
GOOD_TIME = Text(en="The answer is due in good time; no day is set: {law}.", zh="应及时答复，未设具体日期：{law}。")
TAKEN = Text(
    en="It was taken in under: {under}. How it is known who asks: {identity}",
    zh="已受理，依据：{under}。身份确认方式：{identity}",
)
LONGER = Text(en="The time for the answer was extended by {months}: {reason}.", zh="答复期限延长{months}：{reason}。")
ANSWERED_SO = Text(en="Answered: {outcome}", zh="已答复：{outcome}")
FILE = Text(en="Document: {name}, SHA-256 {sha256}", zh="文件：{name}，SHA-256 {sha256}")
REFUSED_SO = Text(en="Refused: {ground} ({law})", zh="拒绝：{ground}（{law}）")
COMPLAIN = Text(en="How to complain: {complaint}", zh="申诉途径：{complaint}")
LATE = Text(en="It came late.", zh="答复逾期。")


def talk(reader: Reader, request: str) -> list[Talk]:
    """The conversation about a request, oldest first, as whoever asked reads it."""
    stands = standing(reader, request)
    if stands is None:
        return []
    rows, open_ = steps(reader, request), {row["entry"] for row in waiting(steps(reader, request))}
    answers = {row["body"]["question"]: row["entry"] for row in rows if row["body"].get("question") is not None}
    found = [Talk("received", stands.first["entry"], stands.first["filed_on"], "", lines=tuple(_due(reader, stands)))]
    for row in rows:
        body, at = row["body"], (row["entry"], row["at"])
        if row["kind"] == QUESTION.id:
            said = answers.get(row["entry"], None if row["entry"] in open_ else _next(rows, row))
            found.append(Talk("question", *at, str(body["text"]), said))
        elif row["kind"] == ANSWER.id:
            found.append(Talk("answer", *at, str(body["text"])))
        elif row["kind"] == WITHDRAWN.id:
            found.append(Talk("withdrawal", *at, str(body.get("reasons") or "")))
        else:
            found.append(Talk("decision", *at, "", lines=tuple(_lines(reader, stands, row))))
    return found


def _next(rows: tuple[Row, ...], asked: Row) -> int | None:
    """What closed a question that no answer names: the next answer, or that it is clear who asks."""
    after = (row["entry"] for row in rows if row["entry"] > asked["entry"] and row["kind"] in (ANSWER.id, TAKEN_IN.id))
    return next(after, None)


def _due(reader: Reader, stands: Standing) -> Iterator[Text]:
    """By when each clock wants the answer, while there is none."""
    yield RECEIVED
    if stands.end is not None:
        return
    if stands.taken is None:
        yield NOT_TAKEN
    for row in clocks(reader, stands.request):
        law = obligations.law_of(reader, row["sha256"])
        rule = law.rule(row["rule"], row["rule_version"])
        named = {"law": citing(rule.citation if rule else row["rule"])}
        if row["state"] in ("owed", "overdue") and row["stopped_on"]:
            yield _said(STANDS, day=_day(obligations.day_text(row["stopped_on"], law.time_zone)), **named)
        elif row["state"] == "overdue":
            yield _said(OVERDUE, day=_day(row["last_day"]), **named)
        elif row["state"] in ("owed", "unknown") and row["last_day"]:
            yield _said(DUE, day=_day(row["last_day"]), **named)
        elif row["state"] == "owed":
            yield _said(GOOD_TIME, **named)


def _lines(reader: Reader, stands: Standing, row: Row) -> Iterator[Text]:
    body = row["body"]
    if row["kind"] == TAKEN_IN.id:
        under = [UNDER[one] for one in body["under"]]
        named = Text(en="; ".join(one["en"] for one in under), zh="；".join(one["zh"] for one in under))
        yield _said(TAKEN, under=named, identity=IDENTITIES[body["identity"]])
    elif row["kind"] == EXTENDED.id:
        yield _said(LONGER, months=Period(int(body["months"]), "months").text(), reason=REASONS[body["reason"]])
        yield _same(body["words"])
    elif row["kind"] == ANSWERED.id:
        yield _said(ANSWERED_SO, outcome=GIVEN[body["outcome"]])
        if body.get("words"):
            yield _same(body["words"])
        for one in body.get("documents") or ():
            yield _said(FILE, name=str(one["name"]), sha256=str(one["sha256"]))
    elif row["kind"] == REFUSED.id:
        ground = grounds()[body["ground"]]
        yield _said(REFUSED_SO, ground=ground.title, law=citing(ground.cited(stands.under)))
        yield _same(body["words"])
        yield _said(COMPLAIN, complaint=str(body["complaint"]))
    if row["kind"] in (ANSWERED.id, REFUSED.id) and in_time(clocks(reader, stands.request)) == "late":
        yield LATE


def _day(day: str | None) -> Text:
    on = date.fromisoformat(str(day))
    return Text(en=said_day(on, "en"), zh=said_day(on, "zh"))


def _same(words: object) -> Text:
    return Text(en=str(words), zh=str(words))


def _said(words: Text, **values: Text | str) -> Text:
    """A sentence with its values, each in the sentence's language where it has one."""
    return Text(
        {
            language: sentence.format(
                **{name: one if isinstance(one, str) else one[language] for name, one in values.items()}
            )
            for language, sentence in words.items()
        }
    )


THREADS = (Thread(NOUN, QUESTION.id, ANSWER.id, WITHDRAWN.id, "request", talk),)
