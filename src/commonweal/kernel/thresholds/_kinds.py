"""Kinds and tables of the thresholds."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from commonweal.kernel.disclosure.kinds import PUBLIC, Filing, Kind
from commonweal.kernel.record.tables import Table
from commonweal.kernel.values import Text

from ._machine import State

Cause = Literal["observation", "revision", "silence", "adoption"]


class ThresholdSwitched(Filing):
    """One rule changed its state about one subject. `at` is the event day, `quantities` what it was judged on."""

    rule: Annotated[str, PUBLIC, Field(min_length=2, max_length=81)]
    rule_version: Annotated[str, PUBLIC, Field(min_length=1, max_length=40)]
    subject: Annotated[str, PUBLIC, Field(max_length=128)]
    from_state: Annotated[State, PUBLIC]
    to_state: Annotated[State, PUBLIC]
    at: Annotated[date, PUBLIC]
    cause: Annotated[Cause, PUBLIC]
    value: Annotated[float | None, PUBLIC] = None
    quantities: Annotated[dict[str, float | None], PUBLIC] = Field(default_factory=dict)
    counterfactual: Annotated[bool, PUBLIC] = False


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
    },
    key=("rule", "subject", "event"),
    indexes=(("event",),),
)

TABLES = (RULE, STATE, SWITCH, TRACK)
KINDS = (THRESHOLD_SWITCHED,)
