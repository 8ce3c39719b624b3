"""Dated, cited rules that say who owes which filing to whom by when."""

from .calendars import PLAIN, Calendar, Due, day_end, due_after, read_calendar
from .evaluate import FactLike, FactsLike, Finding, evaluate, evaluate_rule
from .laws import Law, Rule, read_law

__all__ = [
    "PLAIN",
    "Calendar",
    "Due",
    "FactLike",
    "FactsLike",
    "Finding",
    "Law",
    "Rule",
    "day_end",
    "due_after",
    "evaluate",
    "evaluate_rule",
    "read_calendar",
    "read_law",
]
