"""Arguments with challenges, as pure functions on graphs: what stands, what would have to fail, how sure at most.

An argument is a graph of elements (claims, strategies, evidence, assumptions) that rest on one another, and of
challenges: an element that attacks another, a relation between two, or another challenge. `grounded` says what stands,
`minimal_cuts` what would have to fail for one element to fall, `bounds` between which bounds the probability lies that
all holds on which an element rests, and `circles` where an argument rests on itself.
"""

from .bounds import COMONOTONE, INDEPENDENT, UNKNOWN, Bounds, at_least, bounds
from .circles import circles, unreached
from .cuts import Cuts, minimal_cuts
from .graph import FAILED, HELD, ON_ATTACK, ON_ELEMENT, ON_SUPPORT, OPEN, Argument
from .grounded import Standing, grounded

__all__ = [
    "COMONOTONE",
    "FAILED",
    "HELD",
    "INDEPENDENT",
    "ON_ATTACK",
    "ON_ELEMENT",
    "ON_SUPPORT",
    "OPEN",
    "UNKNOWN",
    "Argument",
    "Bounds",
    "Cuts",
    "Standing",
    "at_least",
    "bounds",
    "circles",
    "grounded",
    "minimal_cuts",
    "unreached",
]
