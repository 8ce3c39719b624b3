"""Rules over indicators with dwell, hysteresis and missing-data semantics; the same answer live and in a backtest."""

from commonweal.kernel.expressions import Duration, Frame, Grid, frame

from ._backtest import Backtest, backtest, backtests
from ._bulk import Bulk, InProcess, Job, Outcome, Said, Shard, joined, nothing_said, written
from ._compile import FROM_ADOPTION_ON, check_by_key
from ._enforce import check_enforceable, marking
from ._events import EventFile
from ._kinds import KINDS, LATE, REQUEST, RULE, STATE, SWITCH, TABLES, THRESHOLD_SWITCHED, TRACK, Runs
from ._machine import STATES, Dwell, Machine, State, silenced, step
from ._queries import (
    board,
    counts,
    history,
    intervals,
    is_past,
    late,
    late_in,
    past_figures,
    past_from,
    periods,
    rule_of,
    rules,
    stale,
    states,
    switches,
    track,
    unsettled,
)
from ._report import NEAR, Replayed, backtest_report, can_be_swept, judged_row, lived, replay, sweep, sweep_of, varied
from ._responses import requests
from ._room import Thresholds
from ._rules import ThresholdRule, read_rule
from ._slots import placed, read_from
from ._stream import Edge, Events, Incremental, Memory, Stream
from ._words import explained, mtl

__all__ = [
    "FROM_ADOPTION_ON",
    "KINDS",
    "LATE",
    "NEAR",
    "REQUEST",
    "RULE",
    "STATE",
    "STATES",
    "SWITCH",
    "TABLES",
    "THRESHOLD_SWITCHED",
    "TRACK",
    "Backtest",
    "Bulk",
    "Duration",
    "Dwell",
    "Edge",
    "EventFile",
    "Events",
    "Frame",
    "Grid",
    "InProcess",
    "Incremental",
    "Job",
    "Machine",
    "Memory",
    "Outcome",
    "Replayed",
    "Runs",
    "Said",
    "Shard",
    "State",
    "Stream",
    "ThresholdRule",
    "Thresholds",
    "backtest",
    "backtest_report",
    "backtests",
    "board",
    "can_be_swept",
    "check_by_key",
    "check_enforceable",
    "counts",
    "explained",
    "frame",
    "history",
    "intervals",
    "is_past",
    "joined",
    "judged_row",
    "late",
    "late_in",
    "lived",
    "marking",
    "mtl",
    "nothing_said",
    "past_figures",
    "past_from",
    "periods",
    "placed",
    "read_from",
    "read_rule",
    "replay",
    "requests",
    "rule_of",
    "rules",
    "silenced",
    "stale",
    "states",
    "step",
    "sweep",
    "sweep_of",
    "switches",
    "track",
    "unsettled",
    "varied",
    "written",
]
