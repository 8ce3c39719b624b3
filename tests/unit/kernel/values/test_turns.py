"""Dear work is done one at a time: who comes beyond those that may wait is told to come again, and takes no turn."""

from __future__ import annotations

import threading

import pytest

from commonweal.kernel.values import Crowded, Turns


def test_no_two_have_their_turn_at_once_and_nobody_beyond_who_may_wait_is_kept() -> None:
    turns, order, within = Turns("it", at_once=1, waiting_max=1, wait_s=60), [], threading.Event()

    def second() -> None:
        within.set()
        with turns.one():
            order.append("second")

    waiting = threading.Thread(target=second)
    with turns.one():
        waiting.start()
        within.wait()
        while turns._here < 2:  # the second has come and waits
            pass
        with pytest.raises(Crowded) as refused, turns.one():
            order.append("third")
        order.append("first")
    waiting.join()
    assert order == ["first", "second"]
    assert (refused.value.wait_s, refused.value.status) == (60, 503)
    with turns.one():
        order.append("later")
    assert order[-1] == "later", "who was refused left no trace"


def test_who_waited_in_vain_is_told_so_and_a_turn_that_failed_is_over() -> None:
    turns = Turns("it", at_once=1, waiting_max=1, wait_s=0.01)
    with turns.one(), pytest.raises(Crowded), turns.one():
        pass
    with pytest.raises(ZeroDivisionError), turns.one():
        _ = 1 / 0
    with turns.one():
        pass
