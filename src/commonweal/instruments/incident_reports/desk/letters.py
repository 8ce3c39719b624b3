"""Letters to whoever filed a report, from the desk: that it was received, what is asked, and how the matter ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from commonweal.kernel import notices, registry
from commonweal.kernel.instrument import Act, Choice, Fault, Question, Reading, Row, Text
from commonweal.kernel.notices.templates import said_day
from commonweal.kernel.protocols.effects import effect
from commonweal.kernel.values import BadInput

from ..reports import QUESTION
from ..tables import reported_by

Given = Mapping[str, str]
LETTERS: Mapping[str, tuple[Text, Text]] = {
    "letter_received": (
        Text(en="Letter: acknowledge receipt", zh="公函：确认收到"),
        Text(
            en="Under a reference number, in both languages; whoever filed the report reads it with their return code "
            "or key, and is told by mail where they asked for that.",
            zh="载有编号、以两种语言写成；报告提交人凭回访码或密钥阅读，如其请求邮件通知则另行告知。",
        ),
    ),
    "letter_information": (
        Text(en="Letter: ask for information", zh="公函：请求补充信息"),
        Text(
            en="The same question is put to the reporter on their own page, where they answer it; the report waits.",
            zh="同一问题将显示在报告人自己的页面上供其答复；答复前报告处于等待状态。",
        ),
    ),
    "letter_final": (
        Text(en="Letter: what became of the report", zh="公函：报告处理结果"),
        Text(en="The last letter to the reporter; the report stays as it is.", zh="致报告人的最终公函；报告状态不变。"),
    ),
}
_TEMPLATES = {name: f"incident_reports.{name.removeprefix('letter_')}" for name in LETTERS}
_ASKED = Question("asked", Text(en="What is asked", zh="请求补充的内容"), "long_text", required=True)
_OUTCOME = Question(
    "outcome", Text(en="What was found and done", zh="查明的情况与采取的措施"), "long_text", required=True
)
_UNTIL = Question("until", Text(en="Last day for the answer", zh="答复截止日"), "day", required=True)
_LAW = Question(
    "law", Text(en="Legal basis, cited", zh="法律依据（注明条款）"), "text", required=True,
    hint=Text(en="Or that the answer is voluntary.", zh="或说明答复出于自愿。"),
)  # fmt: skip
WRITTEN = Text(
    en="Such a letter was written already: {reference}, dated {dated}", zh="已发出此类公函：{reference}，日期{dated}"
)
ANOTHER = Text(en="Write another one", zh="再发一份")
_TO = Question(
    "to", Text(en="Name and address on the letter", zh="公函上的收件人姓名与地址"), "lines",
    hint=Text(
        en="Left empty: whoever filed the report. What stands here is destroyed with what says who reported.",
        zh="留空则为报告提交人。此处所填内容与报告人身份资料一并销毁。",
    ),
)  # fmt: skip
_DELIVER = Question(
    "deliver", Text(en="Also sent to", zh="另行发送至"), "lines",
    hint=Text(
        en="One target of authority.toml a line, such as a printing house; may stay empty.",
        zh="每行一个 authority.toml 中声明的目标，例如印制部门；可留空。",
    ),
)  # fmt: skip
_ASKS: Mapping[str, tuple[Question, ...]] = {
    "letter_received": (_TO, _DELIVER),
    "letter_information": (_ASKED, _UNTIL, _LAW, _TO, _DELIVER),
    "letter_final": (_OUTCOME, _LAW, _TO, _DELIVER),
}


def letter_asks(name: str) -> Callable[[Reading, str], Sequence[Question]]:
    """What one letter asks the officer; of one that was written already, whether another is meant."""
    return lambda reading, report: (*_again(name, reading, report), *_ASKS[name])


def _again(name: str, reading: Reading, report: str) -> Sequence[Question]:
    """Asked where a letter from the same template was written: a request for information may well be one of several."""
    rows = notices.letters(reading.tables, subject=report) if name != "letter_information" else []
    written = [row for row in rows if row["template"].partition(" ")[0] == _TEMPLATES[name]]  # then its version
    if not written:
        return ()
    reading.told(written[-1]["entry"], "dated")
    last = {language: text.format(**written[-1]) for language, text in WRITTEN.items()}
    return (Question("again", Text(last), "one", choices=(Choice("yes", ANOTHER),), required=True),)


def letter_acts(name: str) -> Callable[[Reading, str, Given], Sequence[Act]]:
    """The letter that was answered; of a request for information also the question, so that it can be answered."""
    return lambda reading, report, given: _acts(name, reading, report, given)


def _acts(name: str, reading: Reading, report: str, given: Given) -> Sequence[Act]:
    versions = registry.versions(reading.tables, report)
    for one in _again(name, reading, report):
        if given.get(one.field) != "yes":
            raise BadInput(Fault(one.field, "", one.label["en"], "again", one.label), "form")
    said = {one.field: given.get(one.field, "").replace("\r\n", "\n").strip() for one in _ASKS[name]}
    values: dict[str, Any] = {field: text for field, text in said.items() if field not in ("to", "deliver")}
    values["name"] = str(registry.subject(reading.tables, report)["name"])  # type: ignore[index]
    if name == "letter_received":
        values["received"] = reading.day_of(versions[0]["filed_on"]).isoformat()
        values |= _owed(reading, report)
    body = {
        "template": _TEMPLATES[name],
        "party": next(iter(sorted(reported_by(reading.tables, report))), ""),
        "to": _lines(said["to"]),
        "values": values,
        "basis": versions[-1]["entry"],
        "deliver": _lines(said["deliver"]),
    }
    kind = notices.TO_REPORTER if body["to"] else notices.WANTED
    letter = Act(kind.id, body, key="", subject=report)
    if name != "letter_information":
        return (letter,)
    return (letter, Act(QUESTION.id, {"report": report, "text": _question(values)}, key="", subject=report))


def _owed(reading: Reading, report: str) -> dict[str, Any]:
    """What whoever reported owes by it, as the letter says it; nothing where they owe nothing."""
    words = notices.owed_by_filer(reading.tables, report)
    return {} if words is None else {"owed": words}


def _question(values: Mapping[str, str]) -> str:
    """The question as the reporter finds it on their page, with its day where that is one."""
    try:
        by = date.fromisoformat(values["until"])
    except ValueError:  # the letter beside it is refused for that
        return values["asked"]
    return f"{values['asked']}\n\n({said_day(by, 'en')} / {said_day(by, 'zh')})"


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def shown(reading: Reading, report: str) -> list[dict[str, Any]]:
    """The letters about a report, oldest first, each with how it was delivered."""
    return [_shown(reading, row) for row in notices.letters(reading.tables, subject=report)]


def _shown(reading: Reading, row: Row) -> dict[str, Any]:
    reading.part(row["entry"], "to", "dated", "until", "wordings")  # what is listed of it is read
    title = row["titles"].get(reading.language) or next(iter(row["titles"].values()), "")
    sent = [effect(reading.tables, one) for one in notices.sent(reading.tables, row["entry"])]
    tones = {"wanted": "waiting"}
    return {**row, "title": title, "sent": [{**one, "tone": tones.get(one["state"], one["state"])} for one in sent]}
