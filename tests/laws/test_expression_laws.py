"""Laws of the language: a window of the past is enough, bounds are sound, CEL's spellings mean what ours do."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.kernel.expressions import Expression, Frame, grid, parse

MONTHS = grid("1mo")
SUBJECTS = ("area:x", "area:y")
SERIES = ("a.p", "a.q", "d.n{kind=one}", "d.n{kind=two}")
LEAVES = ("a.p", "a.q", 'd.n{kind="one"}', "sum_over(kind, d.n * a.p{kind='one'})", "sum_over(kind, d.n)", "1.5", "0")
spans = st.integers(1, 4).map(lambda n: f"{n}mo")


@st.composite
def numbers(draw: st.DrawFn, depth: int = 3) -> str:
    if depth == 0:
        return draw(st.sampled_from(LEAVES))
    inner = numbers(depth=depth - 1)
    match draw(st.integers(0, 7)):
        case 0:
            return draw(st.sampled_from(LEAVES))
        case 1 | 2:
            return f"({draw(inner)} {draw(st.sampled_from('+-*/'))} {draw(inner)})"
        case 3 | 4:
            name = draw(st.sampled_from(("mean", "sum", "min", "max", "lag", "last", "rate")))
            return f"{name}({draw(inner)}, {draw(spans)})"
        case 5:
            return f"({draw(truths(depth=depth - 1))} ? {draw(inner)} : {draw(inner)})"
        case 6:
            return draw(
                st.sampled_from(("abs({0})", "-{0}", "round({0}, 1)", "least({0}, {1})", "greatest({0}, {1})"))
            ).format(draw(inner), draw(inner))
        case _:
            return f"count({draw(truths(depth=depth - 1))}, {draw(spans)})"


@st.composite
def truths(draw: st.DrawFn, depth: int = 3) -> str:
    inner = numbers(depth=max(depth - 1, 0))
    if depth == 0:
        return f"{draw(inner)} {draw(st.sampled_from(('<', '<=', '>', '>=', '==', '!=')))} {draw(inner)}"
    below = truths(depth=depth - 1)
    match draw(st.integers(0, 4)):
        case 0:
            return f"(not ({draw(below)}))"
        case 1:
            return f"(({draw(below)}) {draw(st.sampled_from(('and', 'or')))} ({draw(below)}))"
        case 2:
            return f"{draw(st.sampled_from(('always', 'once')))}({draw(below)}, {draw(spans)})"
        case 3:
            return f"since({draw(below)}, {draw(below)}, {draw(spans)})"
        case _:
            return f"known({draw(st.sampled_from(LEAVES[:3]))}) or {draw(truths(depth=0))}"


cells = st.one_of(st.just(math.nan), st.integers(-8, 16).map(lambda n: n / 4), st.floats(-50, 50))


@st.composite
def frames(draw: st.DrawFn) -> Frame:
    length = draw(st.integers(1, 16))
    column = st.lists(cells, min_size=2 * length, max_size=2 * length)
    values = {name: np.array(draw(column)).reshape(length, 2) for name in SERIES}
    return Frame(24_000, SUBJECTS, values)


def read(text: str) -> Expression:
    assert MONTHS is not None
    return parse(text, MONTHS, {}, "expr")


def quiet(evaluate, frame: Frame):  # type: ignore[no-untyped-def]
    with np.errstate(all="ignore"):
        return evaluate(frame)


@settings(deadline=None, max_examples=250)
@given(st.one_of(numbers(), truths()), frames(), st.data())
def test_a_window_of_its_history_gives_bit_for_bit_what_the_whole_gives(
    text: str, whole: Frame, data: st.DataObject
) -> None:
    found = read(text)
    at = data.draw(st.integers(0, len(whole) - 1))
    first = max(0, at - found.history)
    part = Frame(whole.start + first, SUBJECTS, {name: array[first : at + 1] for name, array in whole.values.items()})
    long, short = quiet(found.evaluate, whole)[at], quiet(found.evaluate, part)[-1]
    assert np.array_equal(*np.broadcast_arrays(long, short), equal_nan=True)


@settings(deadline=None, max_examples=400)
@given(st.one_of(numbers(), truths()), frames(), st.data())
def test_whatever_lies_within_the_bounds_gives_a_value_within_the_bounds(
    text: str, centre: Frame, data: st.DataObject
) -> None:
    """Interval arithmetic is sound: no choice of values inside theirs can lead outside ours."""
    found = read(text)
    width = st.lists(st.sampled_from((0.0, 0.25, 3.0)), min_size=len(centre) * 2, max_size=len(centre) * 2)
    lows, highs, chosen = {}, {}, {}
    for name, array in centre.values.items():
        down, up = (np.array(data.draw(width)).reshape(array.shape) for _ in range(2))
        lows[name], highs[name] = array - down, array + up
        share = np.array(data.draw(st.lists(st.floats(0, 1), min_size=array.size, max_size=array.size)))
        within = lows[name] + share.reshape(array.shape) * (up + down)
        chosen[name] = np.clip(within, lows[name], highs[name])
    low, high = quiet(found.bounds, Frame(24_000, SUBJECTS, centre.values, lows, highs))
    for values in (chosen, dict(centre.values)):
        point = quiet(found.evaluate, Frame(24_000, SUBJECTS, values))
        point, least, most = np.broadcast_arrays(point, low, high)
        assert not (point < least).any(), "a value below its lower bound"
        assert not (point > most).any(), "a value above its upper bound"


@settings(deadline=None, max_examples=60)
@given(truths(), frames())
def test_the_spellings_of_cel_mean_the_same(text: str, whole: Frame) -> None:
    cel = text.replace(" and ", " && ").replace(" or ", " || ").replace("(not ", "(!")
    ours, theirs = (quiet(read(each).evaluate, whole) for each in (text, cel))
    assert np.array_equal(ours, theirs, equal_nan=True)
