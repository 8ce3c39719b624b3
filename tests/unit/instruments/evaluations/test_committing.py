"""One sample of a run is shown and proven; the others stay unsaid, and nothing else passes for it."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.instruments.evaluations.committing import check_shown, row_of, shown, tree_of
from commonweal.kernel.indicators import Attempt
from commonweal.kernel.values import BadInput, RecordFault

SECRET = b"s" * 32


def run(size: int) -> tuple[list[Attempt], list[bytes]]:
    texts = [json.dumps({"id": n, "said": f"answer {n}"}).encode() for n in range(size)]
    return [Attempt(str(n), 1, hashlib.sha256(text).hexdigest(), {"s": n / 4}) for n, text in enumerate(texts)], texts


@given(st.integers(1, 40), st.data())
def test_any_sample_of_a_run_of_any_size_is_proven_by_the_root_alone(size: int, data: st.DataObject) -> None:
    samples, texts = run(size)
    place = data.draw(st.integers(0, size - 1))
    tree = tree_of(samples, SECRET)
    found = json.loads(json.dumps(shown(tree, place, texts[place])))
    assert check_shown(found, tree.root.hex()).sample == samples[place]


def test_what_is_shown_says_nothing_of_the_other_samples() -> None:
    """Their digests can be guessed by whoever has their text, so each leaf has a salt; the path holds only hashes."""
    samples, texts = run(4)
    tree = tree_of(samples, SECRET)
    told = json.dumps(shown(tree, 0, texts[0]))
    for other in samples[1:]:
        assert other.sha256 not in told
        assert hashlib.sha256(b"\x00" + row_of(other)).hexdigest() not in told
    assert tree_of(samples, b"t" * 32).root != tree.root


@pytest.mark.parametrize(
    "change",
    [
        {"text": '{"id": 1, "said": "another answer"}'},
        {"place": 2},
        {"rows": 5},
        {"salt": "00" * 16},
        {"path": ["00" * 32, "00" * 32]},
        {"row": '["2",1,"00"]'},
    ],
)
def test_nothing_else_passes_for_a_sample_that_was_shown(change: dict[str, object]) -> None:
    samples, texts = run(4)
    tree = tree_of(samples, SECRET)
    with pytest.raises(RecordFault):
        check_shown(shown(tree, 1, texts[1]) | change, tree.root.hex())


def test_a_text_that_is_not_the_samples_is_not_shown_at_all() -> None:
    samples, texts = run(2)
    with pytest.raises(RecordFault, match="is not what the run was recorded with"):
        shown(tree_of(samples, SECRET), 0, texts[1])


def test_every_part_that_is_missing_or_malformed_is_named() -> None:
    with pytest.raises(BadInput) as refused:
        check_shown({"row": 1, "salt": "00", "place": True, "path": [], "text": ""}, "00")
    assert [fault.where for fault in refused.value.faults] == ["row", "place", "rows"]
    with pytest.raises(BadInput):
        check_shown({"row": "", "salt": "no", "place": 0, "rows": 1, "path": [1], "text": ""}, "00")
