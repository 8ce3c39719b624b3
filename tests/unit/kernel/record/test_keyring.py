"""Which key counts for which tree follows from the turns alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.kernel.record import Keyring, NoteSigner, Turn
from commonweal.kernel.record.keyring import CLOSED, COMPROMISED, LOST, ROTATED
from commonweal.kernel.values import Conflict

ORIGIN = "log.example/x"
KEYS = [NoteSigner(ORIGIN, bytes([number]) * 32).vkey for number in range(6)]


def ring_of(*turns: tuple[int, str, int]) -> Keyring:
    """A ring after turns `(index, what, overlap or void_from)`."""
    made = []
    for number, (index, what, more) in enumerate(turns):
        overlap, void = (more, 0) if what == ROTATED else (0, more)
        made.append((index, Turn(what, KEYS[number], KEYS[number + 1], overlap, void)))
    return Keyring.of(ORIGIN, KEYS[0], made)


def spans(ring: Keyring) -> list[tuple[int, int | None]]:
    return [(key.start, key.stop) for key in ring.keys]


def test_each_turn_ends_one_key_and_begins_another() -> None:
    assert spans(ring_of()) == [(0, None)]
    assert spans(ring_of((9, ROTATED, 5))) == [(0, 15), (10, None)]
    assert spans(ring_of((9, LOST, 0))) == [(0, 9), (10, None)]
    assert spans(ring_of((9, COMPROMISED, 4))) == [(0, 3), (10, None)]


def test_a_loss_ends_the_overlap_of_keys_before_it() -> None:
    assert spans(ring_of((9, ROTATED, 100), (20, LOST, 0))) == [(0, 20), (10, 20), (21, None)]
    assert spans(ring_of((9, ROTATED, 100), (20, COMPROMISED, 12))) == [(0, 11), (10, 11), (21, None)]


def test_a_closed_log_turns_no_more() -> None:
    ring = ring_of((9, ROTATED, 0)).after(12, Turn(CLOSED, successor="next.example/x"))
    assert (ring.closed, ring.successor) == (13, "next.example/x")
    with pytest.raises(Conflict, match=r"closed at 13 entries.*next\.example/x"):
        ring.after(13, Turn(ROTATED, KEYS[1], KEYS[2]))


@pytest.mark.parametrize("turn", [
    Turn(ROTATED, KEYS[1], KEYS[2]),
    Turn(ROTATED, KEYS[0], KEYS[0]),
    Turn(ROTATED, KEYS[0], NoteSigner("other.example", bytes(32)).vkey),
])  # fmt: skip
def test_a_turn_that_does_not_follow_is_refused(turn: Turn) -> None:
    with pytest.raises(Conflict, match="does not follow"):
        ring_of().after(3, turn)


@given(st.lists(st.tuples(st.integers(1, 30), st.sampled_from([ROTATED, LOST]), st.integers(0, 40)), max_size=5))
def test_some_key_counts_for_every_tree_and_the_newest_always_signs(steps: list[tuple[int, str, int]]) -> None:
    """Without a theft there is no size at which nobody could sign; a text gives the same turn again."""
    index, turns = 0, []
    for apart, what, more in steps:
        index += apart
        turns.append((index, what, more))
    ring = ring_of(*turns)
    for size in range(index + 60):
        assert ring.at(size)
        newest = [key.vkey for key in ring.keys if key.start <= size][-1]
        assert ring.signing(size)[0] == newest
    for number, (_, what, more) in enumerate(turns):
        turn = Turn(what, KEYS[number], KEYS[number + 1], more)
        assert Turn.loads(turn.dumps()) == turn
