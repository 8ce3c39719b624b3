"""What comes in: a report in the standard frame, who is behind it, and the conversation about it.

A report is one account of one thing by one filer; initial, interim and final report are versions of it. Nothing in it
is public but its reference, which gives nothing away, and its stage: what the public may read is published from the
incident, field by field. Who reported stands in an entry of its own (`identity`), kept apart under a retention class of
its own, so that it can be shredded while the report stays.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from commonweal.kernel.disclosure import WHO_REPORTED
from commonweal.kernel.instrument import (
    NARRATIVE,
    PUBLIC,
    TO_OWNER,
    Attached,
    Attachment,
    Filing,
    Index,
    Kind,
    Marking,
    Text,
)
from commonweal.kernel.registry import Day, Instant, NotFuture, Occurred, Ref
from commonweal.kernel.values import anywhere, as_uri, ends_before

from .scales import (
    FOR_THEIR_ORGANISATION,
    UNHARMED,
    Annex,
    Category,
    Grade,
    Harm,
    Jurisdiction,
    Likelihood,
    Misuse,
    Outcome,
    Reporter,
    Reversibility,
    Sector,
    Severity,
    Stage,
    Taken,
    Warning_,
    Worked,
)

FILES_MAX = 10
ITEMS_MAX, PERSONS_MAX = 50, 10**10


def _readable(text: str) -> str:
    if not any(ch.isprintable() and not ch.isspace() for ch in text):
        raise PydanticCustomError("blank", "a text in which something can be read")
    return text


Line = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_readable)]
Words = Annotated[str, Field(max_length=20_000)]
Said = Annotated[str, Field(min_length=1, max_length=20_000)]
Count = Annotated[int, Field(ge=0, le=PERSONS_MAX)]
Files = tuple[Attachment, ...]
"""Narrative: people call a file after themselves, and after whom it is about."""
STEWARDS = ("officer", "authority")
REPORTER = "reporter"
FILERS = (REPORTER, "developer", "observer", "auditor", "peer", *STEWARDS)
TECHNICAL = "incident_reports"
IDENTITY_CLASS = WHO_REPORTED


_GROUP = r"[A-Za-z0-9]{0,8}[0-9][A-Za-z0-9]{0,8}"
_REFERENCE = re.compile(
    rf"(?:[A-Za-z]{{1,6}}[ ._/#:-])?{_GROUP}(?:[ ._/#:-]{_GROUP})*(?:-[0-9A-HJKMNP-TV-Z]{{8}})?(?: \(fictitious\))?",
    re.ASCII,
)


def is_reference(name: str) -> bool:
    """Whether a name is a reference and no words: a few letters, then groups that each hold a digit, as forms give.

    Everybody reads the name of a report from the first, and what is told of it is told in confidence.
    """
    return _REFERENCE.fullmatch(name) is not None


def unique(items: tuple[Any, ...]) -> tuple[Any, ...]:
    """The items, where each is named once. Raises `ValueError`."""
    if len(set(items)) != len(items):
        raise ValueError("name each item once")
    return items


def _in_utc(when: datetime | None) -> datetime | None:
    return when.astimezone(UTC) if when is not None else None


Address = Annotated[str, BeforeValidator(as_uri), Field(max_length=500, pattern=r"^https?://[!-~]+$")]


class Part(BaseModel):
    """A table inside a filing: strict like the filing itself."""

    model_config = ConfigDict(
        defer_build=True, extra="forbid", allow_inf_nan=False, frozen=True, str_strip_whitespace=True
    )


class Hypothesis(Part):
    """What may have caused it, and how far that is known."""

    cause: Line
    likelihood: Likelihood = "possible"


class Safeguard(Part):
    """A safeguard that was there to prevent or to limit it, and whether it did."""

    safeguard: Line
    worked: Worked | None = None


class Report(Filing):
    """One account of something that happened, nearly happened, or may happen.

    `name` is a reference that gives nothing away (`is_reference`); what it is about stands in `title`.
    `occurred` and `occurred_until` say when, as precisely as is known
    (`2026`, `2026-11`, a day, an instant; `~` for about then); `aware_at` is the instant at which `organisation`, or
    whoever reports, became aware: clocks of law start there. `organisation` is for whom it is reported, where its filer
    speaks for a registered one. `reopened_because` says why what was final or resolved is open. Persons are counted
    from `affected_min` to `affected_max`. Of a network security incident in China `cn_grade` is its grade. The law of
    frontier models asks what the model did: `weights_breached`, `control_lost`, `catastrophic_harm` (harm that came of
    a catastrophic risk), and `developer_deceived` with whether an evaluation `elicited` it and whether it shows
    `catastrophic_risk_raised`. Of an alteration of the system
    `altered_at` says when, and `alteration_told_at` when this authority was told of that step before. Where an
    officer writes down what somebody reported, `received_by` says how it was taken, and `received_at` when it came:
    then they are not who reported, and it was received when it came.
    """

    name: Annotated[Line, PUBLIC]
    stage: Annotated[Stage, PUBLIC] = "initial"
    reopened_because: Annotated[Words, NARRATIVE] = ""
    fictitious: Annotated[bool, PUBLIC] = False
    category: Category
    reporter: Reporter
    organisation: Annotated[str | None, Ref("organisation", owned=True)] = None
    title: Annotated[Line, NARRATIVE]
    what_happened: Annotated[Said, NARRATIVE]
    occurred: Annotated[Occurred | None, NotFuture()] = None
    occurred_until: Annotated[Occurred | None, NotFuture()] = None
    aware_at: Annotated[Instant | None, AfterValidator(_in_utc), NotFuture()] = None
    resolved_on: Annotated[Day | None, NotFuture()] = None
    models: Annotated[tuple[str, ...], AfterValidator(unique), Field(max_length=ITEMS_MAX), Ref("model")] = ()
    developer: Annotated[str | None, Ref("organisation")] = None
    system_named: Line | None = None
    developer_named: Line | None = None
    deployer_named: Line | None = None
    outcome: Outcome | None = None
    harms: Annotated[tuple[Harm, ...], AfterValidator(unique)] = ()
    severity: Severity | None = None
    reversibility: Reversibility | None = None
    affected_min: Count | None = None
    affected_max: Count | None = None
    deaths: Count | None = None
    harmed_named: Annotated[Line | None, NARRATIVE] = None
    children_concerned: bool | None = None
    imminent_risk_to_life: bool | None = None
    warnings: Annotated[tuple[Warning_, ...], AfterValidator(unique)] = ()
    misuses: Annotated[tuple[Misuse, ...], AfterValidator(unique)] = ()
    sectors: Annotated[tuple[Sector, ...], AfterValidator(unique)] = ()
    exposure: Annotated[Words, NARRATIVE] = ""
    causes: Annotated[tuple[Hypothesis, ...], NARRATIVE, Field(max_length=ITEMS_MAX)] = ()
    safeguards: Annotated[tuple[Safeguard, ...], NARRATIVE, Field(max_length=ITEMS_MAX)] = ()
    measures_taken: Annotated[Words, NARRATIVE] = ""
    evidence_preserved: bool | None = None
    system_altered: bool | None = None
    altered_at: Annotated[Instant | None, AfterValidator(_in_utc), NotFuture()] = None
    alteration_told_at: Annotated[Instant | None, AfterValidator(_in_utc), NotFuture()] = None
    provider_reached: bool | None = None
    jurisdictions: Annotated[tuple[Jurisdiction, ...], AfterValidator(unique)] = ()
    high_risk_system: bool | None = None
    high_risk_annex: Annex | None = None
    equivalent_reporting: bool | None = None
    frontier_model: bool | None = None
    weights_breached: bool | None = None
    control_lost: bool | None = None
    catastrophic_harm: bool | None = None
    developer_deceived: bool | None = None
    elicited: bool | None = None
    catastrophic_risk_raised: bool | None = None
    systemic_risk_model: bool | None = None
    signed_safety_chapter: bool | None = None
    critical_infrastructure_operator: bool | None = None
    central_organ: bool | None = None
    cn_grade: Grade | None = None
    safe_harbour: bool = False
    received_by: Taken | None = None
    received_at: Annotated[Instant | None, AfterValidator(_in_utc), NotFuture()] = None
    source: Annotated[Line | None, NARRATIVE] = None
    source_url: Annotated[Address | None, NARRATIVE] = None
    attachments: Annotated[Files | None, NARRATIVE, Attached(count_max=FILES_MAX)] = None

    @field_validator("occurred_until")
    @classmethod
    def _after_it_began(cls, value: str | None, info: ValidationInfo) -> str | None:
        began = info.data.get("occurred")
        if value is not None and began is not None and ends_before(value, began):
            raise PydanticCustomError("before_start", "not before occurred ({began})", {"began": began})
        return value

    @field_validator("aware_at")
    @classmethod
    def _not_before_it_happened(cls, value: datetime | None, info: ValidationInfo) -> datetime | None:
        """Nobody was aware of what had not happened: deadlines count from there. Of a day, month or year the beginning
        counts, where it comes first on earth; of what happened about then nothing is said."""
        began = info.data.get("occurred")
        if value is None or began is None or began.endswith("~"):
            return value
        if value < anywhere(began)[0]:
            raise PydanticCustomError("aware_before", "not before occurred ({began})", {"began": began})
        return value

    @field_validator("outcome")
    @classmethod
    def _a_miss_that_was_none(cls, value: Outcome | None, info: ValidationInfo) -> Outcome | None:
        if value == "realised" and info.data.get("category") == "near_miss":
            raise PydanticCustomError(
                "harm_in_near_miss", "not realised where category is near_miss: no harm came of it"
            )
        return value

    @field_validator("affected_max")
    @classmethod
    def _not_below(cls, value: int | None, info: ValidationInfo) -> int | None:
        least = info.data.get("affected_min")
        if value is not None and least is not None and value < least:
            raise PydanticCustomError("below_least", "not below affected_min ({least})", {"least": least})
        return value

    @field_validator("deaths")
    @classmethod
    def _among_the_affected(cls, value: int | None, info: ValidationInfo) -> int | None:
        most = info.data.get("affected_max")
        if value is not None and most is not None and value > most:
            raise PydanticCustomError("above_most", "not above affected_max ({most})", {"most": most})
        if value and info.data.get("category") == "near_miss":
            raise PydanticCustomError("dead_in_near_miss", "0 where category is near_miss: no harm came of it")
        if value and (outcome := info.data.get("outcome")) in UNHARMED:
            raise PydanticCustomError("dead_unharmed", "0 where outcome is {outcome}", {"outcome": outcome})
        if value == 0 and "death" in info.data.get("harms", ()):
            raise PydanticCustomError("nobody_dead", "more than 0 where harms names death, or nothing")
        return value

    @field_validator("altered_at", "alteration_told_at")
    @classmethod
    def _of_an_alteration(cls, value: datetime | None, info: ValidationInfo) -> datetime | None:
        if value is not None and info.data.get("system_altered", True) is not True:
            raise PydanticCustomError("not_altered", "only where the system was altered (system_altered)")
        return value

    @field_validator("received_at")
    @classmethod
    def _of_what_was_taken(cls, value: datetime | None, info: ValidationInfo) -> datetime | None:
        if value is not None and not info.data.get("received_by"):
            raise PydanticCustomError("not_taken", "only where an officer writes it down (received_by)")
        known = info.data.get("aware_at")
        if value is not None and known is not None and value < known:
            raise PydanticCustomError("received_before", "not before aware_at ({known})", {"known": known.isoformat()})
        return value

    @field_validator("cn_grade", "critical_infrastructure_operator")
    @classmethod
    def _of_china(cls, value: Any, info: ValidationInfo) -> Any:
        if info.field_name == "cn_grade" and value is not None and "CN" not in info.data.get("jurisdictions", ("CN",)):
            raise PydanticCustomError("of_china", "only with CN among the jurisdictions")
        return value


class Identity(Filing):
    """Who reported, and how they can be reached: kept apart from the report, and shredded when it has served."""

    report: Annotated[str, Ref("report", owned=True)]
    person: Line | None = None
    contact: Annotated[Said, Marking.AMBER_STRICT]
    may_be_named_to: Annotated[tuple[Line, ...], Field(max_length=ITEMS_MAX)] = ()


class Unnamed(Filing):
    """Nothing was said of who reports. It stands in the log where an identity would, which nobody can tell from it."""

    report: Annotated[str, Ref("report", owned=True)]


class Question(Filing):
    """The desk asks whoever reported: call-back. Read by officers and, with the return code, by the reporter."""

    report: Annotated[str, Ref("report")]
    text: Annotated[Said, TO_OWNER, NARRATIVE]
    attachments: Annotated[Files | None, TO_OWNER, NARRATIVE, Attached(count_max=FILES_MAX)] = None


class Answer(Filing):
    """Whoever reported answers a question, or adds something of their own accord.

    Where an officer writes down what they said, `received_by` says how it was taken; its author is that officer. What
    was written down so is read by who reported, who says in `corrects`, the entry of it, that they said it otherwise.
    """

    report: Annotated[str, Ref("report", owned=True, annulled=True)]
    question: Annotated[Index | None, TO_OWNER] = None
    text: Annotated[Said, TO_OWNER, NARRATIVE]
    received_by: Annotated[Taken | None, TO_OWNER] = None
    corrects: Annotated[Index | None, TO_OWNER] = None
    attachments: Annotated[Files | None, TO_OWNER, NARRATIVE, Attached(count_max=FILES_MAX)] = None


class Withdrawal(Filing):
    """Whoever reported takes the report back: it stays on file, and nothing is asked or published on it any more.

    `received_by` as in an answer.
    """

    report: Annotated[str, Ref("report", owned=True)]
    reasons: Annotated[Words, TO_OWNER, NARRATIVE] = ""
    received_by: Annotated[Taken | None, TO_OWNER] = None


def of_an_organisation(body: Mapping[str, Any]) -> bool:
    """Whether a report says that an organisation makes it. Any other is its reporter's own, and no colleague's."""
    return bool(body.get("organisation")) and body.get("reporter") in FOR_THEIR_ORGANISATION


def kind_of(name: str, schema: type[Filing], title: Text, files: tuple[str, ...], noun: str = "", **more: Any) -> Kind:
    """A kind of this instrument; what it says of when is cut to the day."""
    return Kind(f"incident_reports.{name}", schema, title, noun=noun, files=files, **more)


def left_open(body: dict[str, Any]) -> dict[str, Any]:
    """A body of the first version, of which nobody can tell what was left open from what was said not to be known.

    That version recorded `unknown` of an outcome, and of whether a safeguard worked, of which nothing was said, and
    everything that was public passed it over: it is read as left open. Of a body in part only what is there.
    """
    found = {name: value for name, value in body.items() if (name, value) != ("outcome", "unknown")}
    if safeguards := found.get("safeguards"):
        found["safeguards"] = [
            {name: value for name, value in one.items() if (name, value) != ("worked", "unknown")} for one in safeguards
        ]
    return found


SECOND: Mapping[str, Any] = {"version": 2, "upcasters": {1: left_open}}
"""Of a kind of which an outcome is filed: from its second version on one that was left open says nothing."""
REPORT = kind_of(
    "report", Report, Text(en="Incident report", zh="事件报告"), FILERS, "report", retention=TECHNICAL,
    shared=of_an_organisation, confides=True, **SECOND,
)  # fmt: skip
IDENTITY = kind_of(
    "identity", Identity, Text(en="Who reported", zh="报告人身份"), FILERS, retention=IDENTITY_CLASS, renewable=True,
    about_field="report",
)  # fmt: skip
UNNAMED = kind_of(
    "unnamed", Unnamed, Text(en="Nothing said of who reported", zh="未留报告人信息"), FILERS, retention=TECHNICAL,
    about_field="report",
)  # fmt: skip
QUESTION = kind_of(
    "question", Question, Text(en="Question to the reporter", zh="向报告人提问"), STEWARDS, retention=TECHNICAL,
    renewable=True, annullable=True, about_field="report",
)  # fmt: skip
ANSWER = kind_of(
    "answer", Answer, Text(en="Answer of the reporter", zh="报告人答复"), FILERS, retention=TECHNICAL, renewable=True,
    annullable=True, about_field="report",
)  # fmt: skip
WITHDRAWN = kind_of(
    "withdrawal", Withdrawal, Text(en="Report withdrawn", zh="报告撤回"), FILERS, retention=TECHNICAL,
    about_field="report",
)  # fmt: skip
KINDS = (REPORT, IDENTITY, UNNAMED, QUESTION, ANSWER, WITHDRAWN)
