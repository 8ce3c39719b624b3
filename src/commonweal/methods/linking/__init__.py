"""Linking reports of the same thing: five suggestions with why, and a calibrated chance that a report is new.

Nothing here links anything: who asks decides. `Index` holds reports in memory and answers for one; `Weights` and
`Chances` are what was fitted on pairs that are known to tell of the same. `alike` finds copies, which need no fitting.
"""

from .chances import HOLDS_FROM, Chances, brier, calibration_error, signs
from .copies import alike
from .index import Answer, Index, Part, Report, Suggestion, Weights

__all__ = [
    "HOLDS_FROM",
    "Answer",
    "Chances",
    "Index",
    "Part",
    "Report",
    "Suggestion",
    "Weights",
    "alike",
    "brier",
    "calibration_error",
    "signs",
]
