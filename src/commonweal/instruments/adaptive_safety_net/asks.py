"""What the office is asked when it decides a claim or an appeal, corrects facts, or says that somebody died."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from commonweal.kernel.control import AGAINST_ASK, KNOWN_BY
from commonweal.kernel.instrument import Choice, Question, Text

from .programmes import Standing
from .words import day, said

RIGHT_IF_ALLOWED = Text(
    en="This and the next four: only what was wrong, where the appeal is allowed. What raises much of what is due "
    "waits for a second officer.",
    zh="本项及以下四项：仅在申诉成立时填写有误者。使应付额大幅增加的，须待第二名官员确认。",
)
RIGHT_IF_CORRECTED = Text(
    en="This and the next four: only where facts are corrected.", zh="本项及以下四项：仅在更正事实时填写。"
)


def corrections(hint: Text) -> tuple[Question, ...]:
    """The facts that can be put right; the first says when."""
    return (
        Question("earned", Text(en="Right pay of a month before", zh="更正后的此前月薪"), "text", hint=hint),
        Question("weekly_benefit", Text(en="Right benefit of a week before", zh="更正后的此前每周失业金"), "text"),
        Question("lost_on", Text(en="Right day on which the work was lost", zh="更正后的失去工作之日"), "day"),
        Question("exhausted_on", Text(en="Right day on which regular benefits were used up",
                                      zh="更正后的常规失业金用尽之日"), "day"),
        Question("area", Text(en="Right area in which the work was lost", zh="更正后的失去工作地区"), "text"),
    )  # fmt: skip


def beside(stands: Standing) -> Iterator[Question]:
    """Up to which day new work began that was beside the work which was lost, asked with the facts that are right."""
    days = sorted({one.began for one in stands.jobs})
    if days:
        yield Question(
            "beside", Text(en="New work that was beside the work lost, and counts in neither",
                           zh="与所失去工作并存、两边均不计入的新工作"), "one",
            choices=tuple(Choice(one.isoformat(), said(BEGAN_UNTIL, day=day(one))) for one in days),
            hint=Text(en="Only where facts are corrected.", zh="仅在更正事实时填写。"),
        )  # fmt: skip


def without(stands: Standing, until: str) -> Sequence[Mapping[str, Any]]:
    """The new work of a claim without that which began until a day."""
    return [job for job in stands.body.get("jobs") or () if job["began"] > until]


BEGAN_UNTIL = Text(en="all that began until {day}", zh="{day}及之前开始的全部工作")
DEATH = Choice("died", Text(en="Report a death (a second officer confirms it)", zh="登记身故报告（须第二人确认）"))
DEATHS = ("died", "alive")
MISTAKEN = Choice("alive", Text(en="The death was recorded by mistake (two say so, or one where the person does)",
                                zh="身故系误记（须两人确认；本人亲自声明在世的，一人即可）"))  # fmt: skip
DEATH_ASKS = (
    Question("on", Text(en="If a death is reported: on which day", zh="如登记身故报告：身故日期"), "day"),
    Question("known_by", Text(en="If a death is reported: how it is known", zh="如登记身故报告：依据"), "one",
             choices=tuple(Choice(value, words) for value, words in KNOWN_BY.items()),
             hint=Text(en="Until it is confirmed payments are held, and whoever claims is told by a letter.",
                       zh="在确认之前暂停付款，并致函申领人。")),
    AGAINST_ASK,
)  # fmt: skip
ORDER = Question(
    "citation", Text(en="Order of a court, where the text does not allow it", zh="文本不准予时：法院的命令"), "text",
    hint=Text(en="Its court, number and day. An appeal decides facts and not the text; a second officer confirms an "
              "order.",
              zh="法院名称、案号与日期。申诉只裁定事实，不改变文本；命令须经第二人确认。"),
)  # fmt: skip
