"""Exercises: the real playbooks under a clock of their own, with a simulated outside world, scores and a report.

An exercise is an authority of its own in a folder of its own, marked as an exercise in its settings, its first entry
and on every page. Nothing in it is a special engine: rooms, instruments and playbooks are those of a live authority,
and only the clock is another. What the outside world does is a function of the definition, the seed and the record, so
the same seed gives the same exercise, and one that was killed goes on where its record ends.
"""

from .definition import Definition, read_definition
from .holding import Holding, begin, over, resume
from .plan import file_results
from .replaying import replay_case
from .review import review
from .words import as_markdown

__all__ = [
    "Definition",
    "Holding",
    "as_markdown",
    "begin",
    "file_results",
    "over",
    "read_definition",
    "replay_case",
    "resume",
    "review",
]
