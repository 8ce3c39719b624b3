"""The kind of entry this room files, and the tables it keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from commonweal.kernel.disclosure.kinds import PUBLIC, Filing, Index, Kind
from commonweal.kernel.record.tables import Column, Table
from commonweal.kernel.values import Text

from .clauses import DONE, DONE_SEALED, STATED

DutyState = Literal[
    "owed",
    "not_owed",
    "unknown",
    "met",
    "overdue",
    "lapsed",
    "not_public",
    "deemed_approved",
    "deemed_refused",
    "elsewhere",
    "breached",
]
OPEN: tuple[str, ...] = ("owed", "overdue")
DEEMED: tuple[str, ...] = ("deemed_approved", "deemed_refused")
ELSEWHERE, BREACHED = "elsewhere", "breached"
BEGUN: tuple[str, ...] = (*OPEN, "met", *DEEMED, ELSEWHERE, BREACHED)
UNDECIDED: tuple[str, ...] = ("unknown", "not_public")
ROOM = "obligations"
ADOPTED = "rule.adopted"
TICK = "clock.tick"

_Id = Annotated[str, PUBLIC, Field(max_length=160)]
_Instant = Annotated[str | None, PUBLIC, Field(max_length=40)]


class DutyChanged(Filing):
    """What a rule asks of a subject has changed, as far as anybody may know.

    `due` and `due_if_owed` are instants (UTC text), `due` exclusive: what is filed at or after it is late. The other
    dates are days. `why` holds the conditions with what was seen of public facts, and the steps from the start of the
    clock to its end. State `not_public`: a fact that is not public decides; what it decides is not recorded.
    `received_on` is when what met it came in, where `met_on` is an earlier day that the debtor states itself.
    While a clock stands (`stopped_on`) there is no date. `late` is null of what is met where the fact that starts the
    clock was never stated. States `deemed_…`: the authority said nothing by the date.
    `elsewhere`: it is owed to another authority, so nothing filed here meets it. `breached`: what is forbidden was
    done.
    """

    rule: _Id
    rule_version: _Id
    law: _Id
    law_sha256: Annotated[str, PUBLIC, Field(pattern=r"^[0-9a-f]{64}$")]
    subject: _Id
    party: _Id = ""
    duty: _Id
    state: Annotated[DutyState, PUBLIC]
    before: Annotated[DutyState, PUBLIC]
    missing: Annotated[tuple[str, ...], PUBLIC, Field(max_length=64)] = ()
    due: _Instant = None
    due_if_owed: _Instant = None
    last_day: _Instant = None
    started_on: _Instant = None
    met_on: _Instant = None
    received_on: _Instant = None
    late: Annotated[bool | None, PUBLIC] = None
    stopped_on: _Instant = None
    why: Annotated[dict[str, Any], PUBLIC]


DUTY_CHANGED = Kind(
    id="duty.changed",
    schema=DutyChanged,
    title=Text(en="Duty changed", zh="义务变更"),
    files=(),
)


class ClockDecided(Filing):
    """A decision about the clock of one duty: to stop it, let it go on, or extend it by a period; or to lift it, which
    accepts the later filing that says it is not owed.

    The rule's text says who may decide so (`decided_by` is a role), for which reasons, how long and how often.
    `basis` cites what the decision rests on. `on` is an instant; without it the decision counts from its entry.
    """

    rule: _Id
    about: _Id
    decision: Annotated[Literal["stop", "resume", "extend", "lift"], PUBLIC]
    reason: Annotated[str, PUBLIC, Field(max_length=48)] = ""
    decided_by: Annotated[str, PUBLIC, Field(min_length=1, max_length=48)]
    basis: Annotated[str, PUBLIC, Field(min_length=3, max_length=400)]
    period: Annotated[str | None, PUBLIC, Field(max_length=40)] = None
    on: _Instant = None
    remark: Annotated[str | None, Field(max_length=4000)] = None


class DutyDone(Filing):
    """Something that was owed has been done: what meets a duty of the authority, such as passing a report on.

    `on` is the day or instant on which it was done, where that is earlier than its entry.
    """

    rule: _Id
    about: _Id
    on: _Instant = None
    reference: Annotated[str | None, PUBLIC, Field(max_length=400)] = None
    remark: Annotated[str | None, Field(max_length=4000)] = None


_SealedId = Annotated[str, Field(max_length=160)]
_SealedInstant = Annotated[str | None, Field(max_length=40)]


class ClockDecidedSealed(Filing):
    """A decision about the clock of a duty of which the public is told nothing: as `ClockDecided`, all of it sealed."""

    rule: _SealedId
    about: _SealedId
    decision: Literal["stop", "resume", "extend", "lift"]
    reason: Annotated[str, Field(max_length=48)] = ""
    decided_by: Annotated[str, Field(min_length=1, max_length=48)]
    basis: Annotated[str, Field(min_length=3, max_length=400)]
    period: Annotated[str | None, Field(max_length=40)] = None
    on: _SealedInstant = None
    remark: Annotated[str | None, Field(max_length=4000)] = None


class DutyDoneSealed(Filing):
    """A duty of which the public is told nothing has been done: as `DutyDone`, all of it sealed."""

    rule: _SealedId
    about: _SealedId
    on: _SealedInstant = None
    reference: Annotated[str | None, Field(max_length=400)] = None
    remark: Annotated[str | None, Field(max_length=4000)] = None


class DutyStated(Filing):
    """Whoever owes something to somebody else than this authority states that they did it there: all of it sealed.

    `on` is the day or instant on which it was done, `reference` what it is known by there, `evidence` what shows it: an
    acknowledgement and its words, where it was published, the digest of a file. Nobody here has looked at it.
    """

    rule: _SealedId
    about: _SealedId
    on: Annotated[str, Field(max_length=40)]
    reference: Annotated[str, Field(min_length=1, max_length=400)]
    evidence: Annotated[str, Field(min_length=3, max_length=4000)]


class ReceiptConfirmed(Filing):
    """A second officer confirms that what another wrote down (`entry`, about `about`) had come when that one says.

    `basis` is what shows it: the register of calls, a postmark, the letter itself.
    """

    about: _SealedId
    entry: Index
    basis: Annotated[str, Field(min_length=3, max_length=400)]


CLOCK_DECIDED = Kind(
    id="duty.clock",
    schema=ClockDecided,
    title=Text(en="Clock stopped, resumed or extended", zh="期限中止、恢复或延长"),
    files=("authority", "officer"),
    annullable=True,
    about_field="about",
)
DUTY_DONE = Kind(
    id=DONE,
    schema=DutyDone,
    title=Text(en="Duty done", zh="义务已履行"),
    files=("authority", "officer"),
    annullable=True,
    about_field="about",
)
CLOCK_SEALED = Kind(
    id="duty.clock_sealed",
    schema=ClockDecidedSealed,
    title=Text(en="Decision about a clock, in confidence", zh="期限决定（保密）"),
    files=("authority", "officer"),
    annullable=True,
    confidential=True,
)
DUTY_DONE_SEALED = Kind(
    id=DONE_SEALED,
    schema=DutyDoneSealed,
    title=Text(en="Duty done, in confidence", zh="义务已履行（保密）"),
    files=("authority", "officer"),
    annullable=True,
    confidential=True,
)
DUTY_STATED = Kind(
    id=STATED,
    schema=DutyStated,
    title=Text(en="Done elsewhere, as its debtor states", zh="义务人说明已向他处履行"),
    files=("reporter", "developer", "observer", "auditor", "peer", "officer", "authority"),
    annullable=True,
)
RECEIPT_CONFIRMED = Kind(
    id="duty.receipt_confirmed",
    schema=ReceiptConfirmed,
    title=Text(en="Day of receipt confirmed by a second officer", zh="收到日期经第二名官员确认"),
    files=("authority", "officer"),
    annullable=True,
    confidential=True,
)
SEALED: Mapping[str, str] = {CLOCK_DECIDED.id: CLOCK_SEALED.id, DUTY_DONE.id: DUTY_DONE_SEALED.id}
"""The kind by which the same is filed of a duty that is told in confidence: its leaf names neither rule nor subject."""
KINDS = (DUTY_CHANGED, CLOCK_DECIDED, DUTY_DONE, DUTY_STATED, CLOCK_SEALED, DUTY_DONE_SEALED, RECEIPT_CONFIRMED)

ADOPTED_TEXT = Table(
    "obligations_text",
    columns={
        "sha256": "text",
        "id": "text",
        "version": "text",
        "what": "text",
        "text": "text",
        "adopted_on": "text",
        "entry": "integer",
        "current": "integer",
        "fault": "text",
    },
    key=("sha256",),
    indexes=(("id", "current"), ("what", "current")),
)
"""Adopted texts: `what` is law, calendar or faulty; only the text of an id adopted last is `current`."""

SPAN = Table(
    "obligations_span",
    columns={
        "noun": "text",
        "rule": "text",
        "version": "text",
        "law": "text",
        "sha256": "text",
        "starts": "text",
        "ends": "text",
        "phase": "text",
    },
    key=("noun", "rule", "version", "sha256"),
    indexes=(("noun", "phase"), ("phase", "starts"), ("phase", "ends"), ("law",)),
)
"""Spans of rules by noun. `phase`: pending, in_force, ended, or superseded by a later text of the same law."""

SUBJECT = Table(
    "obligations_subject", columns={"subject": "text", "noun": "text"}, key=("subject",), indexes=(("noun",),)
)
"""Subjects that rules may ask something of."""

WAITING = Table("obligations_waiting", columns={"number": "integer", "subject": "text"}, key=("number",))
"""Subjects that the entry moves which is being followed, and that are not judged by it yet."""

ANSWER = Table(
    "obligations_answer",
    columns={
        "rule": "text",
        "subject": "text",
        "on": "text",
        "filed": "text",
        "taken": "integer",
        "came": "text",
        "by": "text",
        "confirmed": "integer",
        "entry": "integer",
        "party": "text",
        "holds": "text",
    },
    key=("rule", "subject", "entry"),
    indexes=(("entry",), ("confirmed",), ("taken",)),
    lies=("subject", "rule", "entry"),
)
"""Filings that meet a duty, kept from before it is owed: `on` by what they say, `filed` by their entry.

What somebody (`by`) wrote down that had come before (`taken`) counts from when it `came` once another officer
`confirmed` that, by an entry; until then from when it was written down.

`party` is for whom they were filed, where the rule asks for the debtor's own; else empty. With `holds` it meets the
duty only where what was on file with it made it owed (`holds`), or left that open (`open`).
"""

DECISION = Table(
    "obligations_decision",
    columns={
        "rule": "text",
        "subject": "text",
        "entry": "integer",
        "decision": "text",
        "on": "text",
        "reason": "text",
        "by": "text",
        "basis": "text",
        "period": "text",
    },
    key=("rule", "subject", "entry"),
    indexes=(("entry",),),
)
"""Decisions about clocks, in words of the record; whether one counts is judged anew with its clock."""

_COLUMNS: dict[str, Column] = {
    "rule": "text",
    "subject": "text",
    "noun": "text",
    "rule_version": "text",
    "law": "text",
    "sha256": "text",
    "duty": "text",
    "party": "text",
    "state": "text",
    "missing": "json",
    "started_on": "text",
    "due": "text",
    "due_if_owed": "text",
    "last_day": "text",
    "counted": "text",
    "watch": "text",
    "met_on": "text",
    "met_entry": "integer",
    "received_on": "text",
    "late": "integer",
    "stated": "integer",
    "parent": "text",
    "stopped_on": "text",
    "clock": "json",
    "rounds": "json",
    "why": "json",
    "changed_on": "text",
    "entry": "integer",
    "filed_state": "text",
    "filed_entry": "integer",
}
_INDEXES = (
    ("due",),
    ("due_if_owed",),
    ("watch",),
    ("law", "state"),
    ("party", "state"),
    ("state", "due"),
)

_LIES = ("subject", "rule")  # an entry moves the duties of its subject, whatever their rules

DUTY = Table("obligations_duty", columns=_COLUMNS, key=("rule", "subject"), indexes=_INDEXES, lies=_LIES)
"""The authority's own: one row a rule and subject, by every fact on file.

`watch` is when time alone changes it next, `entry` the one that changed it last, `parent` the rule that it comes after.
`counted` is the last day as the period alone counts it, before it is moved on to a working day and whatever is decided.
`received_on` is when what met it was received, where `met_on` is an earlier day by the debtor's own statement (else
null); `stated` is 1 where it is in time by that statement alone.
`clock` (null for one that nobody moved): `goes_on`, `stops`, `extensions`, `refused`, and `base`, its end without them.
`rounds` (null but for a duty that recurs): how many were `met`, `late` and `stated`, how many periods were
`missed`, whether it has `ended`, and the last of the rounds.
"""

OWN = Table("obligations_own_duty", columns=_COLUMNS, key=("rule", "subject"), lies=_LIES)
"""The authority's own rows of what is, or was, one matter with other subjects, by each subject's own filings alone."""

PUBLIC_DUTY = Table(
    "obligations_public_duty",
    columns={**_COLUMNS, "began": "text", "ends": "text"},
    key=("rule", "subject"),
    indexes=(("rule",), *_INDEXES),
    lies=_LIES,
)
"""The same rows as anybody may see them (see `publication`); `began`, `ends` and `clock` are not for showing."""

JUDGED = Table("obligations_judged", columns={"id": "integer", "at": "text"}, key=("id",))
"""One row: the newest instant as of which anything was judged."""

CHANGE = Table(
    "obligations_change",
    columns={
        "entry": "integer",
        "rule": "text",
        "subject": "text",
        "party": "text",
        "sha256": "text",
        "rule_version": "text",
        "state": "text",
        "before": "text",
        "due": "text",
        "last_day": "text",
        "on": "text",
    },
    key=("entry",),
    indexes=(("subject",), ("party",), ("rule",)),
)
"""Every change of a duty that was recorded, with the day on which it was: what a feed tells."""

SEALED_CHANGE = Table(
    "obligations_sealed_change",
    columns={
        "entry": "integer", "on": "text", "rule": "text", "subject": "text", "party": "text", "state": "text",
        "body": "json",
    },
    key=("entry", "rule", "subject"),
    indexes=(("subject",),),
)  # fmt: skip
"""Every change of a duty of which the public is told nothing, by the entry that made it, with the body that its
 `duty.changed` would have. It is laid out and never recorded: no leaf of the log says that there was one."""

OFFICE = Table(
    "obligations_office", columns={"id": "integer", "jurisdictions": "json", "time_zone": "text"}, key=("id",)
)
"""One row: where the authority acts by which these duties were judged."""

PAST = Table(
    "obligations_past",
    columns={
        "duties": "text",
        "rule": "text",
        "subject": "text",
        "entry": "integer",
        "ended": "integer",
        "row": "json",
    },
    key=("duties", "rule", "subject", "entry"),
    indexes=(("subject",),),
)
"""The row of a duty (`duties` names its table) that had begun, as it was before an entry; `ended` if that ended it."""

TABLES = (
    ADOPTED_TEXT, SPAN, SUBJECT, WAITING, ANSWER, DECISION, DUTY, OWN, PUBLIC_DUTY, CHANGE, SEALED_CHANGE, PAST, JUDGED,
    OFFICE,
)  # fmt: skip
