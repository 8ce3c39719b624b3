"""The small typed language of derived indicators and thresholds, and the grid of periods and frames it works on."""

from .frames import Frame, earliest, frame
from .grid import DURATION_WANT, Duration, Grid, duration, grid
from .language import FUNCTIONS, Expression, parse, remembered

__all__ = [
    "DURATION_WANT",
    "FUNCTIONS",
    "Duration",
    "Expression",
    "Frame",
    "Grid",
    "duration",
    "earliest",
    "frame",
    "grid",
    "parse",
    "remembered",
]
