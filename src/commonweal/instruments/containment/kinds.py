"""What is filed here: alerts, the calls and orders that follow, what those addressed answer, and exercises.

What everybody may know is that an alert was given, of which capability, who was called on to do what by when, and
whether they answered. Which model failed, the evidence, reasons and addresses are not marked, so they stay with the
authority and whoever filed them; a developer who is not to be known yet is left out of the alert.
An order about a copy names the copy, and so the model: its host has to know which, and its users notice.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from commonweal.kernel.instrument import PUBLIC, Filing, Kind, Text
from commonweal.kernel.registry import Day, Instant, NotFuture, Ref, RuleRef, SaidBy, StatedBy
from commonweal.kernel.values import is_subject

ADDRESSED_MAX, REPORT_ITEMS_MAX = 500, 2000
Line = Annotated[str, Field(min_length=1, max_length=200)]
Words = Annotated[str, Field(max_length=20_000)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 in hexadecimal")]
Both = Annotated[dict[Literal["en", "zh"], Annotated[str, Field(min_length=1, max_length=2000)]], Field(min_length=2)]
What = Literal["evaluation_failed", "early_warning", "shutdown", "incident"]
Version = Literal["voluntary", "agreed", "auditor", "law"]
Measure = Literal["pause", "disclose_home", "disclose_abroad", "restrict", "suspend", "stop_copy"]
OF_COPIES: tuple[Measure, ...] = ("suspend", "stop_copy")
DISCLOSURES: tuple[Measure, ...] = ("disclose_home", "disclose_abroad")
Harm = Literal[
    "none", "unknown", "death", "widespread", "infrastructure", "cybersecurity", "health", "rights", "property",
    "environment",
]  # fmt: skip
Jurisdiction = Literal["EU", "US-CA", "US-NY", "CN", "other"]
Grade = Literal["none", "general", "relatively_major", "major", "particularly_major"]
STEWARDS = ("officer", "authority")
EVERYONE = ("developer", "observer", *STEWARDS)
ACKNOWLEDGE = "containment.agreement.acknowledge"
SAFEGUARDS = "containment.agreement.safeguards"
TELL = "containment.agreement.acknowledge_disclosure"
STOP = "containment.agreement.stop_copy"
IMPROVE = "containment.agreement.improvement"


def _unique(items: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(set(items)) != len(items):
        raise ValueError("name each item once")
    return items


def _subject(value: str) -> str:
    if not is_subject(value):
        raise ValueError("an identifier such as organisation:example")
    return value


def _in_utc(when: datetime | None) -> datetime | None:
    return when.astimezone(UTC) if when is not None else None


class Alert(Filing):
    """Something happened that a playbook is there for. `name` is a reference that gives nothing away.

    It is `about` a registered model, or about a system that is only `named` so far: what is filed of it later says
    which model that is. Only of a registered model are there copies to shut down.
    """

    name: Annotated[Line, PUBLIC]
    what: Annotated[What, PUBLIC]
    about: Annotated[str | None, Ref("model")] = None
    system_named: Line | None = None
    developer: Annotated[str | None, Ref("organisation"), PUBLIC] = None
    capability: Annotated[Line, PUBLIC]
    version: Annotated[Version, PUBLIC] = "voluntary"
    harm: Annotated[Harm, PUBLIC] = "unknown"
    jurisdictions: Annotated[tuple[Jurisdiction, ...], AfterValidator(_unique), PUBLIC] = ()
    high_risk_system: Annotated[bool | None, PUBLIC] = None
    frontier_model: Annotated[bool | None, PUBLIC] = None
    weights_breached: Annotated[bool | None, PUBLIC] = None
    control_lost: Annotated[bool | None, PUBLIC] = None
    catastrophic_harm: Annotated[bool | None, PUBLIC] = None
    developer_deceived: Annotated[bool | None, PUBLIC] = None
    elicited: Annotated[bool | None, PUBLIC] = None
    catastrophic_risk_raised: Annotated[bool | None, PUBLIC] = None
    systemic_risk_model: Annotated[bool | None, PUBLIC] = None
    signed_safety_chapter: Annotated[bool | None, PUBLIC] = None
    imminent_risk_to_life: Annotated[bool | None, PUBLIC] = None
    equivalent_reporting: Annotated[bool | None, PUBLIC] = None
    irreversible: Annotated[bool | None, PUBLIC] = None
    critical_infrastructure_operator: Annotated[bool | None, PUBLIC] = None
    central_organ: Annotated[bool | None, PUBLIC] = None
    cn_grade: Annotated[Grade | None, PUBLIC] = None
    aware_at: Annotated[
        Instant | None, AfterValidator(_in_utc), NotFuture(), StatedBy(("developer", "about")), PUBLIC
    ] = None
    resolved_on: Annotated[Day | None, NotFuture(), PUBLIC] = None
    legal_basis: Annotated[Line | None, PUBLIC] = None
    restart_criteria: Annotated[tuple[Line, ...], Field(max_length=50), PUBLIC] = ()
    evaluation: Line | None = None
    result: Line | None = None
    weights_sha256: Digest | None = None
    statement: Words = ""
    fictitious: Annotated[bool, PUBLIC] = False

    @model_validator(mode="after")
    def _about_something(self) -> Alert:
        if self.about is None and self.what == "shutdown":
            raise ValueError("about: the registered model that is to be shut down, copy by copy")
        if self.about is None and self.system_named is None:
            raise ValueError("about: a registered model, or in system_named what it is called")
        return self


class Call(Filing):
    """Who is called on to do what. Each addressee, or each copy, gets an order and a clock of its own.

    With neither addressees nor copies, a call about copies goes to the host of every registered copy.
    """

    alert: Annotated[str, Ref("alert"), PUBLIC]
    measure: Annotated[Measure, PUBLIC]
    addressees: Annotated[
        tuple[str, ...], AfterValidator(_unique), Field(max_length=ADDRESSED_MAX), Ref("organisation"), PUBLIC
    ] = ()
    copies: Annotated[tuple[str, ...], AfterValidator(_unique), Field(max_length=ADDRESSED_MAX), Ref("copy")] = ()
    handling: Annotated[Literal["TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED"], PUBLIC] = (
        "TLP:AMBER"
    )
    message: Words = ""

    @model_validator(mode="after")
    def _somebody(self) -> Call:
        if self.measure not in OF_COPIES and not self.addressees:
            raise ValueError(f"addressees: whom a call to {self.measure} goes to")
        return self


class Order(Filing):
    """What one addressee is called on to do: recorded by the authority, one for each that a call names.

    `version` is by what right; what nobody approved says in `default_of` which playbook and step stand in for that.
    """

    name: Annotated[Line, PUBLIC]
    alert: Annotated[str, Ref("alert"), PUBLIC]
    about: str
    measure: Annotated[Measure, PUBLIC]
    addressee: Annotated[str, Ref("organisation"), PUBLIC]
    version: Annotated[Version | Literal["unapproved"], PUBLIC]
    default_of: Annotated[Both | None, PUBLIC] = None
    copy_of: Annotated[str | None, Ref("copy")] = None
    call: Annotated[int, Field(ge=0), PUBLIC]


class Copy(Filing):
    """A registered copy of a model: where it is held or run, in whose hands. Derivatives are models of their own.

    `said_by`, which is filled in here, is for whom its filer speaks. What an `other` says is a claim: it has no host
    ordered to do anything until the host, the model's developer or an officer confirms it.
    """

    name: Annotated[Line, PUBLIC]
    model: Annotated[str, Ref("model"), PUBLIC]
    host: Annotated[str, Ref("organisation"), PUBLIC]
    form: Annotated[Literal["weights", "deployment", "backup", "escrow"], PUBLIC]
    stopped: Annotated[bool, PUBLIC] = False
    said_by: Annotated[
        Literal["host", "developer", "officer", "other"] | None,
        SaidBy((("host", "host"), ("model", "developer"))),
        PUBLIC,
    ] = None
    address: Line | None = None
    weights_sha256: Digest | None = None


class _Answer(Filing):
    alert: Annotated[str, Ref("alert"), PUBLIC]
    organisation: Annotated[str, Ref("organisation", owned=True), PUBLIC]


class PauseAcknowledged(_Answer):
    """A developer says whether it pauses. Its own pause on failure names no order: nobody had to call on it."""

    order: Annotated[str | None, Ref("order"), PUBLIC] = None
    answer: Annotated[Literal["paused", "refused", "not_concerned"], PUBLIC]
    what_stopped: Words = ""
    reasons: Words = ""
    rule: Annotated[str, PUBLIC] = ACKNOWLEDGE


class SafeguardsFiled(_Answer):
    """What a developer adds so that what failed cannot fail again."""

    order: Annotated[str, Ref("order"), PUBLIC]
    safeguards: Annotated[tuple[Line, ...], Field(min_length=1, max_length=100)]
    evidence_sha256: Digest | None = None
    rule: Annotated[str, PUBLIC] = SAFEGUARDS


class DisclosureAcknowledged(_Answer):
    """A recipient says that a disclosure has arrived and is handled under its marking."""

    order: Annotated[str, Ref("order"), PUBLIC]
    questions: Words = ""
    rule: Annotated[str, PUBLIC] = TELL


class CopyStopped(_Answer):
    """A host says that a copy, or access to it, is stopped."""

    order: Annotated[str, Ref("order"), PUBLIC]
    log_sha256: Digest | None = None
    evidence_kept: Annotated[bool, PUBLIC] = False
    rule: Annotated[str, PUBLIC] = STOP


class RestartEvidence(_Answer):
    """Why the restart criteria are met: to be verified by others than who files it."""

    criteria_met: Annotated[tuple[Line, ...], Field(min_length=1, max_length=50)]
    weights_sha256: Digest | None = None
    evidence_sha256: Digest | None = None


class FollowUp(Filing):
    """What has been learnt since a disclosure, and what was wrong in it."""

    alert: Annotated[str, Ref("alert"), PUBLIC]
    statement: Words
    corrects: Annotated[bool, PUBLIC] = False


class Objection(Filing):
    """Why a warning that was found not to be credible is credible after all. Who says so need not be known."""

    alert: Annotated[str, Ref("alert"), PUBLIC]
    reasons: Annotated[Words, Field(min_length=1)]


class IncidentReport(_Answer):
    """A provider's report of a serious incident under one regime; a first report may be incomplete."""

    rule: Annotated[str, RuleRef(), PUBLIC]
    complete: Annotated[bool, PUBLIC] = False
    statement: Words = ""


class ProviderReported(Filing):
    """The provider that an alert names has reported: recorded by the authority, once for each of its reports.

    Reports by others are on file and on the alert's page, and move nothing: whose incident it is, officers say.
    """

    alert: Annotated[str, Ref("alert"), PUBLIC]
    organisation: Annotated[str, Ref("organisation"), PUBLIC]
    report: Annotated[int, Field(ge=0), PUBLIC]


class AlertAnnulled(Filing):
    """The only filing of an alert was annulled: recorded by the authority. `closes`: nobody had decided anything yet.

    Where people had, the case goes on until they end it: who gave an alert does not take their decisions back.
    """

    alert: Annotated[str, PUBLIC]
    annulled: Annotated[int, Field(ge=0), PUBLIC]
    closes: Annotated[bool, PUBLIC]


class Release(Filing):
    """What was called for is released: recorded by the authority when the case about the alert ends so."""

    alert: Annotated[str, Ref("alert"), PUBLIC]
    why: Annotated[str, PUBLIC]


class RoundComplete(Filing):
    """Everyone addressed in a round has answered, or their own case has ended without."""

    alert: Annotated[str, Ref("alert"), PUBLIC]
    measure: Annotated[Measure, PUBLIC]
    stage: Annotated[Literal["answers", "safeguards"], PUBLIC]
    addressed: Annotated[int, PUBLIC]
    done: Annotated[int, PUBLIC]
    without: Annotated[int, PUBLIC]


class ExerciseHeld(Filing):
    """An exercise was held in an authority of its own; `report` is its after-action report, `root` its log's."""

    name: Annotated[Line, PUBLIC]
    title: Annotated[Both, PUBLIC]
    playbook: Annotated[str, PUBLIC]
    definition_sha256: Annotated[Digest, PUBLIC]
    seed: Annotated[int, PUBLIC]
    held_on: Annotated[Day, NotFuture(), PUBLIC]
    origin: Annotated[str, PUBLIC]
    log_size: Annotated[int, Field(ge=0), PUBLIC]
    log_root: Annotated[Digest, PUBLIC]
    points: Annotated[float, Field(ge=0), PUBLIC]
    points_max: Annotated[float, Field(ge=0), PUBLIC]
    report: Annotated[dict[str, Any], PUBLIC]


class Improvement(Filing):
    """One item of an improvement plan, or a recommendation after an incident: a duty of its owner until `due`."""

    name: Annotated[Line, PUBLIC]
    title: Annotated[Both, PUBLIC]
    owner: Annotated[str, AfterValidator(_subject), PUBLIC]
    due: Annotated[Day, PUBLIC]
    exercise: Annotated[str | None, Ref("exercise"), PUBLIC] = None
    alert: Annotated[str | None, Ref("alert"), PUBLIC] = None
    measure: Annotated[Both | None, PUBLIC] = None


class ImprovementDone(Filing):
    """An item of an improvement plan was carried out; where a registered organisation owns it, that one says so."""

    improvement: Annotated[str, Ref("improvement"), PUBLIC]
    organisation: Annotated[str | None, Ref("organisation", owned=True), PUBLIC] = None
    evidence: Words = ""
    rule: Annotated[str, PUBLIC] = IMPROVE


def _kind(
    name: str, schema: type[Filing], title: Text, files: tuple[str, ...], noun: str = "", *, renewable: bool = False
) -> Kind:
    return Kind(f"containment.{name}", schema, title, noun=noun, files=files, time_class="hour", renewable=renewable)


ALERT = replace(
    _kind("alert", Alert, Text(en="Alert", zh="警报"), EVERYONE, "alert"),
    by_rule=Text(en="a registered model", zh="已登记的模型"),
)
CALL = _kind("call", Call, Text(en="Call", zh="通知"), STEWARDS, renewable=True)
ORDER = _kind("order", Order, Text(en="Order", zh="命令"), (), "order")
COPY = _kind("copy", Copy, Text(en="Copy of a model", zh="模型副本"), ("developer", *STEWARDS), "copy")
PAUSED = _kind(
    "pause_acknowledged", PauseAcknowledged, Text(en="Answer to a call to pause", zh="对暂停通知的答复"), EVERYONE
)
SAFE = _kind("safeguards_filed", SafeguardsFiled, Text(en="Safeguards", zh="保障措施"), EVERYONE)
TOLD = _kind(
    "disclosure_acknowledged", DisclosureAcknowledged, Text(en="Disclosure acknowledged", zh="披露已确认"), EVERYONE
)
STOPPED = _kind("copy_stopped", CopyStopped, Text(en="Copy stopped", zh="副本已停止"), EVERYONE)
EVIDENCE = _kind("restart_evidence", RestartEvidence, Text(en="Evidence for a restart", zh="恢复证据"), EVERYONE)
FOLLOWED = _kind("follow_up", FollowUp, Text(en="Follow-up to a disclosure", zh="披露的后续报告"), STEWARDS)
OBJECTED = _kind("objection", Objection, Text(en="Objection", zh="异议"), EVERYONE)
REPORT = _kind("incident_report", IncidentReport, Text(en="Report of a serious incident", zh="严重事件报告"), EVERYONE)
REPORTED = _kind("provider_reported", ProviderReported, Text(en="Provider has reported", zh="提供者已报告"), ())
TAKEN_BACK = _kind("alert_annulled", AlertAnnulled, Text(en="Alert annulled", zh="警报作废"), ())
RELEASE = _kind("release", Release, Text(en="Release", zh="解除"), ())
ROUND = _kind("round_complete", RoundComplete, Text(en="Round complete", zh="一轮完成"), ())
HELD = _kind("exercise_held", ExerciseHeld, Text(en="Exercise held", zh="演练已举行"), STEWARDS, "exercise")
IMPROVEMENT = _kind("improvement", Improvement, Text(en="Improvement", zh="改进事项"), STEWARDS, "improvement")
DONE = _kind("improvement_done", ImprovementDone, Text(en="Improvement carried out", zh="改进事项已落实"), EVERYONE)
KINDS = (
    ALERT, CALL, ORDER, COPY, PAUSED, SAFE, TOLD, STOPPED, EVIDENCE, FOLLOWED, OBJECTED, REPORT, REPORTED, TAKEN_BACK,
    RELEASE, ROUND, HELD,
    IMPROVEMENT, DONE,
)  # fmt: skip
