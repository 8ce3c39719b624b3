"""Kinds and tables of the thresholds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from commonweal.kernel.disclosure.kinds import PUBLIC, Filing, Kind
from commonweal.kernel.record.entries import Entry
from commonweal.kernel.record.tables import Reader, Table
from commonweal.kernel.values import Text

from ._machine import State

Cause = Literal["observation", "revision", "silence", "adoption", "entry", "deadline"]


class ThresholdSwitched(Filing):
    """One rule changed its state (or its level) about one subject.

    `at` is the event: a day, or an instant on a grid finer than days. `quantities` is what it was judged on. `scale` is
    the share of the whole response that the `level` reached calls for. `latched`: it was firing when silence fell.
    `runs` is the playbook that the rule names for this, where it is law on that day; `runs_for` the subject with its
    dimensions, which has a case of its own.
    """

    rule: Annotated[str, PUBLIC, Field(min_length=2, max_length=81)]
    rule_version: Annotated[str, PUBLIC, Field(min_length=1, max_length=40)]
    subject: Annotated[str, PUBLIC, Field(max_length=500)]
    from_state: Annotated[State, PUBLIC]
    to_state: Annotated[State, PUBLIC]
    at: Annotated[date | datetime, PUBLIC]
    cause: Annotated[Cause, PUBLIC]
    value: Annotated[float | None, PUBLIC] = None
    quantities: Annotated[dict[str, float | None], PUBLIC] = Field(default_factory=dict)
    counterfactual: Annotated[bool, PUBLIC] = False
    level: Annotated[str, PUBLIC, Field(max_length=32)] = ""
    scale: Annotated[float | None, PUBLIC, Field(ge=0, le=1)] = None
    latched: Annotated[bool, PUBLIC] = False
    runs: Annotated[str, PUBLIC, Field(max_length=100)] = ""
    runs_for: Annotated[str, PUBLIC, Field(max_length=500)] = ""


THRESHOLD_SWITCHED = Kind(
    id="threshold.switched",
    schema=ThresholdSwitched,
    title=Text(en="Threshold switched", zh="阈值状态切换"),
    files=(),
)

RULE = Table(
    "thresholds_rule",
    columns={
        "rule": "text",
        "adopted": "integer",
        "adopted_on": "text",
        "version": "text",
        "text": "text",
        "fault": "text",
        "kinds": "text",
    },
    key=("rule", "adopted"),
)

STATE = Table(
    "thresholds_state",
    columns={
        "rule": "text",
        "subject": "text",
        "version": "text",
        "adopted": "integer",
        "state": "text",
        "since": "text",
        "event": "text",
        "known": "text",
        "silent_at": "text",
        "value": "real",
        "quantities": "json",
        "level": "text",
        "scale": "real",
        "latched": "integer",
        "memory": "json",
    },
    key=("rule", "subject"),
    indexes=(("silent_at",),),
)

SWITCH = Table(
    "thresholds_switch",
    columns={
        "rule": "text",
        "subject": "text",
        "entry": "integer",
        "at": "text",
        "cause": "text",
        "rule_version": "text",
        "from_state": "text",
        "to_state": "text",
        "known": "text",
        "value": "real",
        "quantities": "json",
        "counterfactual": "integer",
        "level": "text",
        "scale": "real",
        "latched": "integer",
        "filed": "integer",
    },
    key=("rule", "subject", "entry", "at", "cause"),
)

TRACK = Table(
    "thresholds_track",
    columns={
        "rule": "text",
        "subject": "text",
        "event": "text",
        "entry": "integer",
        "state": "text",
        "breached": "integer",
        "value": "real",
        "quantities": "json",
        "level": "text",
        "scale": "real",
    },
    key=("rule", "subject", "event"),
    indexes=(("event",),),
)

LATE = Table(
    "thresholds_late",
    columns={
        "rule": "text",
        "subject": "text",
        "count": "integer",
        "first": "text",
        "last": "text",
        "entry": "integer",
    },
    key=("rule", "subject"),
)
"""How many values came too late to be judged, about which span of events, and the newest entry that held one."""

LATE_IN = Table(
    "thresholds_late_in",
    columns={
        "rule": "text",
        "entry": "integer",
        "subjects": "integer",
        "count": "integer",
        "first": "text",
        "last": "text",
    },
    key=("rule", "entry"),
    indexes=(("entry",),),
)
"""The same for each entry that held such values: about how many subjects, how many, and about which span of events."""

REQUEST = Table(
    "thresholds_request",
    columns={
        "rule": "text",
        "entry": "integer",
        "subject": "text",
        "key": "text",
        "opened": "text",
        "due": "text",
        "state": "text",
        "answered": "text",
        "answer": "integer",
    },
    key=("rule", "entry"),
    indexes=(("state", "due"), ("rule", "key", "state")),
)
"""Entries after which another must follow: `pending`, `firing` (overdue), `ok` (in time), `late` or `withdrawn`."""

ANSWER = Table(
    "thresholds_answer",
    columns={"rule": "text", "key": "text", "entry": "integer", "at": "text"},
    key=("rule", "key", "entry"),
    indexes=(("rule", "entry"),),
)
"""Every entry that answers what was asked under a key, also one that came after another: that may yet be annulled."""

TABLES = (RULE, STATE, SWITCH, TRACK, LATE, LATE_IN, REQUEST, ANSWER)
KINDS = (THRESHOLD_SWITCHED,)


@dataclass(frozen=True)
class Runs:
    """What introduces rules to playbooks: a switch opens a case under the playbook that it names in `runs`."""

    on: str = THRESHOLD_SWITCHED.id
    playbook: str = ""
    match: Callable[[Entry, Reader], str | None] = lambda entry, reader: (
        entry.subject if entry.body.get("runs") else None
    )
