"""Rules over indicators with dwell, hysteresis and missing-data semantics; the same answer live and in a backtest."""

from commonweal.kernel.expressions import Duration, Frame, Grid, frame

from ._backtest import Backtest, backtest
from ._kinds import KINDS, LATE, REQUEST, RULE, STATE, SWITCH, TABLES, THRESHOLD_SWITCHED, TRACK
from ._machine import STATES, Dwell, Machine, State, silenced, step
from ._queries import board, counts, history, intervals, late, rule_of, rules, states, switches, track, unsettled
from ._responses import requests
from ._room import Thresholds
from ._rules import ThresholdRule, read_rule
from ._stream import Edge, Events, Incremental, Memory, Stream

__all__ = [
    "KINDS",
    "LATE",
    "REQUEST",
    "RULE",
    "STATE",
    "STATES",
    "SWITCH",
    "TABLES",
    "THRESHOLD_SWITCHED",
    "TRACK",
    "Backtest",
    "Duration",
    "Dwell",
    "Edge",
    "Events",
    "Frame",
    "Grid",
    "Incremental",
    "Machine",
    "Memory",
    "State",
    "Stream",
    "ThresholdRule",
    "Thresholds",
    "backtest",
    "board",
    "counts",
    "frame",
    "history",
    "intervals",
    "late",
    "read_rule",
    "requests",
    "rule_of",
    "rules",
    "silenced",
    "states",
    "step",
    "switches",
    "track",
    "unsettled",
]
