"""Interval arithmetic over single numbers: what `expressions.bounds` does with arrays, step for step.

Like `keyed_stream`, this file is read twice: as plain Python, and as text that is compiled together with a rule's own
`judge`. What something can be is `(low, high, may)`: the least and the greatest where it is known (NaN: never known),
and whether it may be not known. What is never known may be not known.
"""

# ruff: noqa: PLR0124 - a number that is not itself is NaN: the form that compiles to fast code

from __future__ import annotations

from .keyed_stream import NAN, greatest, least, nearest

Span = tuple[float, float, bool]
LARGEST = 1.7976931348623157e308
INFINITY = float("inf")


def strict(low: float, high: float, can: bool, may: bool) -> Span:
    """A step that is known only where everything below it is."""
    if can and (low != low or high != high):
        return -INFINITY, INFINITY, True
    return low, high, may


def strict_truth(low: float, high: float, can: bool, may: bool) -> Span:
    """The same for a truth, which may be anything where it comes to nothing."""
    if can and (low != low or high != high):
        return 0.0, 1.0, True
    return low, high, may


def known_both(a: Span, b: Span) -> bool:
    """Whether both can be known."""
    return a[0] == a[0] and b[0] == b[0]


def span_opposite(a: Span) -> Span:
    """The opposite of a number."""
    return strict(-a[1], -a[0], a[0] == a[0], a[2])


def span_plus(a: Span, b: Span) -> Span:
    """Sum."""
    return strict(a[0] + b[0], a[1] + b[1], known_both(a, b), a[2] or b[2])


def span_minus(a: Span, b: Span) -> Span:
    """Difference."""
    return strict(a[0] - b[1], a[1] - b[0], known_both(a, b), a[2] or b[2])


def product(a: float, b: float) -> float:
    """0 times infinity is 0 here."""
    if (a == 0.0 and b == b) or (b == 0.0 and a == a):
        return 0.0
    return a * b


def span_times(a: Span, b: Span) -> Span:
    """Product: the worst of its corners."""
    w, x, y, z = product(a[0], b[0]), product(a[0], b[1]), product(a[1], b[0]), product(a[1], b[1])
    low, high = least(least(w, x), least(y, z)), greatest(greatest(w, x), greatest(y, z))
    return strict(low, high, known_both(a, b), a[2] or b[2])


def quotient(a: float, b: float) -> float:
    """Nothing where there is none; never infinite."""
    if b == 0.0 or b != b or a != a:
        return 0.0
    found = a / b
    if found != found:
        return 0.0
    return LARGEST if found == INFINITY else (-LARGEST if found == -INFINITY else found)


def span_over(a: Span, b: Span) -> Span:
    """Quotient: without bound where the divisor may be zero, not known where it can be nothing else."""
    if not known_both(a, b) or (b[0] == 0.0 and b[1] == 0.0):
        return NAN, NAN, True
    if b[0] <= 0.0 <= b[1]:
        return -INFINITY, INFINITY, True
    w, x, y, z = quotient(a[0], b[0]), quotient(a[0], b[1]), quotient(a[1], b[0]), quotient(a[1], b[1])
    return least(least(w, x), least(y, z)), greatest(greatest(w, x), greatest(y, z)), a[2] or b[2]


def span_least(a: Span, b: Span) -> Span:
    """The smaller of two."""
    return strict(least(a[0], b[0]), least(a[1], b[1]), known_both(a, b), a[2] or b[2])


def span_greatest(a: Span, b: Span) -> Span:
    """The greater of two."""
    return strict(greatest(a[0], b[0]), greatest(a[1], b[1]), known_both(a, b), a[2] or b[2])


def span_size(a: Span) -> Span:
    """The absolute value."""
    low, high = abs(a[0]), abs(a[1])
    near = NAN if a[0] != a[0] else (0.0 if a[0] <= 0.0 <= a[1] else least(low, high))
    return strict(near, greatest(low, high), a[0] == a[0], a[2])


def reached(difference: float) -> float:
    """Whether a difference is 0 or more, after rounding to nine decimals."""
    d = nearest(difference, 1e9)
    return NAN if d != d else (1.0 if d >= 0.0 else 0.0)


def passed(difference: float) -> float:
    """Whether a difference is more than 0, after rounding to nine decimals."""
    d = nearest(difference, 1e9)
    return NAN if d != d else (1.0 if d > 0.0 else 0.0)


def span_reached(a: Span, b: Span) -> Span:
    """`a >= b`."""
    return strict_truth(reached(a[0] - b[1]), reached(a[1] - b[0]), known_both(a, b), a[2] or b[2])


def span_passed(a: Span, b: Span) -> Span:
    """`a > b`."""
    return strict_truth(passed(a[0] - b[1]), passed(a[1] - b[0]), known_both(a, b), a[2] or b[2])


def joint(a: float, b: float) -> float:
    """Kleene's *and* of two truths, as numbers."""
    if a == 0.0 or b == 0.0:
        return 0.0
    return NAN if a != a or b != b else 1.0


def span_same(a: Span, b: Span) -> Span:
    """`a == b`."""
    high = joint(reached(a[1] - b[0]), reached(b[1] - a[0]))
    low = joint(reached(b[0] - a[1]), reached(a[0] - b[1]))
    return strict_truth(low, high, known_both(a, b), a[2] or b[2])


def span_other(a: Span, b: Span) -> Span:
    """`a != b`."""
    high = joint(reached(a[1] - b[0]), reached(b[1] - a[0]))
    low = joint(reached(b[0] - a[1]), reached(a[0] - b[1]))
    return strict_truth(1.0 - high, 1.0 - low, known_both(a, b), a[2] or b[2])


def truths(false: bool, true: bool, may: bool) -> Span:
    """A truth of which it is said whether it can be false, true, not known."""
    low = 0.0 if false else (1.0 if true else NAN)
    return low, 1.0 if true else low, may


def span_not(a: Span) -> Span:
    """Kleene's *not*."""
    return 1.0 - a[1], 1.0 - a[0], a[2]


def span_both(a: Span, b: Span) -> Span:
    """Kleene's *and*: not known if one can be, and the other can be that or true."""
    may = (a[2] and (b[2] or b[1] == 1.0)) or (b[2] and (a[2] or a[1] == 1.0))
    return truths(a[0] == 0.0 or b[0] == 0.0, a[1] == 1.0 and b[1] == 1.0, may)


def span_either(a: Span, b: Span) -> Span:
    """Kleene's *or*."""
    return span_not(span_both(span_not(a), span_not(b)))


def span_known(a: Span) -> Span:
    """Whether something is known. It is asked of series and windows of them alone: no choice of values decides that."""
    known = 0.0 if a[2] else 1.0
    return known, known, False


def span_joined(a: Span, b: Span) -> Span:
    """What is the one or the other."""
    low = b[0] if a[0] != a[0] else (a[0] if b[0] != b[0] else least(a[0], b[0]))
    high = b[1] if a[1] != a[1] else (a[1] if b[1] != b[1] else greatest(a[1], b[1]))
    return low, high, a[2] or b[2]


def span_chosen(condition: Span, then: Span, otherwise: Span) -> Span:
    """Where the condition may be either, anything between the least and the greatest of both branches."""
    if condition[0] == condition[0] and condition[0] != condition[1]:
        found = span_joined(then, otherwise)
    else:
        found = then if condition[0] == 1.0 else otherwise
    may = condition[2] or found[2]
    if condition[0] != condition[0]:
        return NAN, NAN, may
    return found[0], found[1], may


def span_first(a: Span, b: Span) -> Span:
    """The first, or the second where the first is not known."""
    if not a[2]:
        return a
    found = span_joined(a, b)
    return found[0], found[1], b[2]


def sure_low(a: Span) -> float:
    """The lower bound of a truth; what may be not known is not surely true."""
    return NAN if a[2] and a[0] == 1.0 else a[0]


def sure_high(a: Span) -> float:
    """The upper bound of a truth; what may be not known is not surely false."""
    return NAN if a[2] and a[1] == 0.0 else a[1]
