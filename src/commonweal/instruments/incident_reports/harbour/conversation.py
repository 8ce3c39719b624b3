"""What whoever reported is told in the conversation beside questions, and what more they can do there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from commonweal.kernel.instrument import Question, Reader, Reply, Row, Talk, Text, Thread
from commonweal.kernel.values import NotFound

from .. import referring
from .. import tables as filed
from ..reports import ANSWER, QUESTION, REPORT, WITHDRAWN
from .kinds import METS, OUTCOMES, TAKEN, TAKEN_BACK, WAIVED, WAIVER
from .tables import FILED, claim, decisions, keeps_address, strip, strips, waivers
from .terms import terms_of

GIVEN_BACK: dict[str, Text] = {
    "returned": Text(
        en="Your identity strip goes back to you: it stands on this page. It is destroyed here once you say that you "
        "have taken it, and after thirty days at the latest.",
        zh="身份条退还给您：载于本页。您确认取回后即在本机关销毁，至迟三十日后销毁。",
    ),
    "shredded": Text(en="Your identity strip is destroyed here.", zh="您的身份条在本机关销毁。"),
    "taken": Text(en="You have taken your identity strip: it is destroyed here.", zh="您已取回身份条：在本机关销毁。"),
    "shred": Text(en="You had destroyed how you can be reached.", zh="您已要求销毁您的联系方式。"),
}
LINE = Text(en="{term}: {finding}. {reasons}", zh="{term}：{finding}。{reasons}")


def talk(reader: Reader, report: str) -> list[Talk]:
    """The conversation about a report with what was decided, waived, given back and referred, oldest first."""
    more = [*_decided(reader, report), *_waived(reader, report), *_given_back(reader, report)]
    more += referring.talk(reader, report)
    return sorted([*filed.talk(reader, report), *more], key=lambda one: one.entry)


def _decided(reader: Reader, report: str) -> Iterator[Talk]:
    rows = decisions(reader, report)
    if not rows:
        return
    try:
        terms = terms_of(reader, report)
    except NotFound:
        return
    titles = {one.code: one.title for one in terms.terms}
    for row in rows:
        lines = [OUTCOMES[row["outcome"]]]
        lines += [_line(titles.get(one["term"]), one) for one in row["findings"]]
        if row["outcome"] == "granted":
            lines += [one.text for one in terms.follows]
        yield Talk("decision", row["entry"], row["at"], "", lines=tuple(lines))


def _line(title: Text | None, finding: Row) -> Text:
    said = METS[finding["finding"]]
    title = title or Text(en=finding["term"], zh=finding["term"])
    return Text(
        {
            language: LINE[language].format(term=title[language], finding=said[language], reasons=finding["reasons"])
            for language in LINE
        }
    )


def _waived(reader: Reader, report: str) -> Iterator[Talk]:
    for row in waivers(reader, report):
        own = row["waives"] == "confidence"
        yield Talk("waiver", row["entry"], row["at"], "", lines=(WAIVED[row["waives"]],), own=own)


def _given_back(reader: Reader, report: str) -> Iterator[Talk]:
    for row in strips(reader, report):
        if row["what"] != FILED:
            yield Talk("strip", row["entry"], row["at"], "", lines=(GIVEN_BACK[row["what"]],), own=True)


def _apart(reader: Reader, report: str) -> Sequence[int]:
    """The entries of the identity strip, while it is here."""
    if strip(reader, report).state not in ("held", "going"):
        return ()
    return [row["entry"] for row in strips(reader, report) if row["what"] == FILED]


REPLIES = (
    Reply(
        "take-strip", TAKEN_BACK.id, Text(en="Take your identity strip", zh="取回身份条"),
        Text(
            en="Save or print what stands above. Your return code and the entry of your report prove that you filed "
            "it; afterwards nobody here can read who you are.",
            zh="请保存或打印上述内容。回访码与报告条目可证明系您提交；此后本机关无人能读取您的身份。",
        ),
        TAKEN["taken"], fixed={"how": "taken"},
        offered=lambda reader, report: strip(reader, report).basis == "returned", own=True,
    ),
    Reply(
        "shred-strip", TAKEN_BACK.id, Text(en="Have destroyed how you can be reached", zh="要求销毁联系方式"),
        Text(
            en="Your identity strip and the mail address that you gave are destroyed, a day after you gave them at the "
            "earliest. You get no mail any more, and you can still come back here.",
            zh="您的身份条及所留邮件地址将被销毁，最早在提供后一日。此后不再收到邮件；您仍可返回此处。",
        ),
        TAKEN["shred"], fixed={"how": "shred"},
        offered=lambda reader, report: strip(reader, report).state == "held" or keeps_address(reader, report),
        own=True,
    ),
    Reply(
        "waive-confidence", WAIVER.id, Text(en="Let somebody be told who you are", zh="允许告知他人您的身份"),
        Text(
            en="You report in confidence. Here you may give that up towards those whom you name, and nobody else.",
            zh="您的报告受保密保护。您可在此仅向您所列对象放弃保密。",
        ),
        Text(en="Let them be told", zh="允许告知"),
        asks=(
            Question("towards", Text(en="Who may be told", zh="可告知的对象"), "lines", required=True,
                     hint=Text(en="One a line.", zh="每行一个。")),
            Question("reasons", Text(en="Reasons", zh="理由"), "long_text"),
        ),
        fixed={"waives": "confidence"},
        offered=lambda reader, report: strip(reader, report).state in ("held", "going"), own=True,
    ),
    Reply(
        "waive-claim", WAIVER.id, Text(en="Give up the safe harbour", zh="放弃安全港"),
        Text(
            en="You asked for the safe harbour. If you give that up, nothing is decided about it, and what was "
            "granted ends.",
            zh="您已请求适用安全港。放弃后不再就此作出认定，已准予者终止。",
        ),
        Text(en="Give it up", zh="放弃"),
        asks=(Question("reasons", Text(en="Reasons", zh="理由"), "long_text"),),
        fixed={"waives": "claim"}, offered=lambda reader, report: claim(reader, report) not in (None, "waived"),
    ),
)  # fmt: skip
THREADS = (Thread(REPORT.noun, QUESTION.id, ANSWER.id, WITHDRAWN.id, "report", talk, replies=REPLIES, apart=_apart),)
