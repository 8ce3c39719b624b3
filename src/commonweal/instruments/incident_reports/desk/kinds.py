"""What officers file about a report before and while it is handled: for officers only, but for what each is about.

Alert first, classify second (NASA, Aviation Safety Reporting System: what may still hurt somebody is passed on before
it is analysed): what is urgent at once is triaged once a warning was given, or with the reason why nobody is warned.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from commonweal.kernel.instrument import PERSONAL, Filing, Index, Text
from commonweal.kernel.registry import Ref

from ..reports import ITEMS_MAX, STEWARDS, TECHNICAL, Line, Said, Words, kind_of, unique

Party = Annotated[str, Field(pattern=r"^party:[a-z0-9][a-z0-9:_.\-]{0,95}$")]
About = Annotated[str, Ref("report", ("incident",))]

Urgency = Literal["immediate", "today", "week", "routine"]
URGENCIES: Mapping[Urgency, Text] = {
    "immediate": Text(
        en="At once: somebody may still be harmed, so others are warned", zh="立即：仍可能有人受害，须示警"
    ),
    "today": Text(en="Today", zh="今日"),
    "week": Text(en="This week", zh="本周"),
    "routine": Text(en="In its turn", zh="按序处理"),
}
"""The most pressing first."""

Decision = Literal["handle", "reject", "duplicate", "not_ai"]
DECISIONS: Mapping[Decision, Text] = {
    "handle": Text(en="Handle it", zh="受理"),
    "reject": Text(en="Reject it", zh="不予受理"),
    "duplicate": Text(en="The same report was filed before", zh="重复报告"),
    "not_ai": Text(en="No AI system had a part in it", zh="与人工智能系统无关"),
}
CLOSING: tuple[Decision, ...] = ("reject", "duplicate", "not_ai")

Part = Literal["lead", "support"]
PARTS: Mapping[Part, Text] = {
    "lead": Text(en="leads", zh="主办"),
    "support": Text(en="supports", zh="协办"),
}
Why = Literal["recused", "handed_over", "done"]
WHYS: Mapping[Why, Text] = {
    "recused": Text(en="Recused: a conflict of interest", zh="回避：利益冲突"),
    "handed_over": Text(en="Handed over to somebody else", zh="移交他人"),
    "done": Text(en="The work is done", zh="工作完成"),
}


class Triage(Filing):
    """The first decision about a report; a later one replaces it. What is not handled says why.

    `seen` is the newest entry of the report or its triage that whoever decides had before them: a page that is stale
    replaces no decision, and decides on no version, that it did not show.
    """

    report: Annotated[str, Ref("report")]
    urgency: Urgency
    decision: Decision
    duplicate_of: Annotated[str | None, Ref("report")] = None
    no_alert_because: Words = ""
    reasons: Words = ""
    seen: Index | None = None

    @model_validator(mode="after")
    def _gives_reasons(self) -> Triage:
        if (self.decision == "duplicate") != (self.duplicate_of is not None):
            raise ValueError("duplicate_of: the report it repeats, with the decision duplicate and with no other")
        if self.decision in ("reject", "not_ai") and not self.reasons:
            raise ValueError("reasons: why it is not handled")
        return self


class Escalation(Filing):
    """An alert was given about what a report or incident tells of: the playbook of the alert runs from there.

    Nothing of it is public: the alert is, and this would tell which report in confidence it came from.
    """

    about: About
    alert: Annotated[str, Ref("alert")]
    reasons: Words = ""


class Assignment(Filing):
    """A report or incident is given to a party. There is one lead: a new one takes over from the former.

    `interests` names the organisations (by name or as `organisation:…`) for which the assignee works or lately worked,
    or in which they hold interests, as they declare it. `despite` says why it is given in spite of a conflict of
    interest: by another than the assignee, who has none.
    """

    about: About
    assignee: Annotated[Party, PERSONAL]
    part: Annotated[Part, PERSONAL] = "lead"
    interests: Annotated[tuple[Line, ...], AfterValidator(unique), Field(max_length=ITEMS_MAX)] = ()
    reasons: Words = ""
    despite: Words = ""


class Release(Filing):
    """Somebody has no longer to do with a report or incident. Who recused themselves is not assigned to it again."""

    about: About
    assignee: Annotated[Party, PERSONAL]
    why: Annotated[Why, PERSONAL]
    reasons: Words = ""


class Note(Filing):
    """A note for officers, which nobody else is told of."""

    about: About
    text: Said


class Looked(Filing):
    """An officer looked at what came in on a report, up to the entry that their page showed."""

    about: Annotated[str, Ref("report")]
    seen: Index


class Watch(Filing):
    """A party follows a report or incident, or no longer does."""

    about: About
    watcher: Annotated[Party, PERSONAL]
    watches: bool = True


class View(Filing):
    """A view of the queue that somebody keeps under a name: the query of its address. An empty query removes it."""

    keeper: Annotated[Party, PERSONAL]
    name: Line
    query: Annotated[str, Field(max_length=2000, pattern=r"^[!-~]*$")] = ""


TRIAGE = kind_of(
    "triage", Triage, Text(en="Triage of a report", zh="报告分诊"), STEWARDS, retention=TECHNICAL, renewable=True,
    about_field="report",
)  # fmt: skip
ESCALATION = kind_of(
    "escalation", Escalation, Text(en="Escalated: an alert was given", zh="升级：已发出警报"), STEWARDS,
    retention=TECHNICAL, confidential=True,
)  # fmt: skip
ASSIGNMENT = kind_of(
    "assignment", Assignment, Text(en="Assignment", zh="指派"), STEWARDS, retention=TECHNICAL, renewable=True,
    about_field="about",
)  # fmt: skip
RELEASE = kind_of(
    "release", Release, Text(en="Assignment ended", zh="指派终止"), STEWARDS, retention=TECHNICAL, renewable=True,
    about_field="about",
)  # fmt: skip
NOTE = kind_of(
    "note", Note, Text(en="Note of an officer", zh="官员备注"), STEWARDS, retention=TECHNICAL, renewable=True,
    annullable=True, about_field="about",
)  # fmt: skip
LOOKED = kind_of(
    "looked", Looked, Text(en="Looked at what came in", zh="已阅新情况"), STEWARDS, retention=TECHNICAL, renewable=True,
    confidential=True,
)  # fmt: skip
WATCH = kind_of(
    "watch", Watch, Text(en="Watched", zh="关注"), STEWARDS, retention=TECHNICAL, renewable=True, confidential=True
)
VIEW = kind_of(
    "view", View, Text(en="View of the queue", zh="队列视图"), STEWARDS, retention=TECHNICAL, renewable=True,
    confidential=True,
)  # fmt: skip
KINDS = (TRIAGE, ESCALATION, ASSIGNMENT, RELEASE, NOTE, LOOKED, WATCH, VIEW)
