"""The small typed language of derived indicators and thresholds, and the grid of periods and frames it works on."""

from . import tree
from .alone import holds_alone
from .frames import Frame, earliest, frame
from .grid import DURATION_WANT, Duration, Grid, duration, grid
from .language import WORDS, Expression, parse, remembered
from .names import is_full_name
from .units import WANT as UNIT_WANT
from .units import Units, units

__all__ = [
    "DURATION_WANT",
    "UNIT_WANT",
    "WORDS",
    "Duration",
    "Expression",
    "Frame",
    "Grid",
    "Units",
    "duration",
    "earliest",
    "frame",
    "grid",
    "holds_alone",
    "is_full_name",
    "parse",
    "remembered",
    "tree",
    "units",
]
