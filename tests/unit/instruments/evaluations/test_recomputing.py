"""Numbers of a log held against its samples: what is the same, what differs and by how much, what nobody can tell."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from commonweal.instruments.evaluations.formats import Log, Reported, Sample
from commonweal.instruments.evaluations.recomputing import as_number, recomputed

VALUES = ["C", "I", "C", "C", "P"]


def log(reported: Reported, *samples: Sample) -> Log:
    return Log("inspect", "made", "r", "t", "m", "success", "", samples or made(VALUES), [reported])


def made(values: list[Any], epochs: int = 1) -> tuple[Sample, ...]:
    return tuple(
        Sample(f"i{n // epochs}", n % epochs + 1, {"s": value}, b"", {"topic": n // epochs % 2})
        for n, value in enumerate(values)
    )


def one(value: float, metric: str = "accuracy", reducer: str = "mean", **more: Any) -> Reported:
    return Reported(metric, value, "s", metric, reducer, **more)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("C", 1.0), ("I", 0.0), ("P", 0.5), ("N", 0.0), ("yes", 1.0), ("False", 0.0), ("0.25", 0.25), ("inf", 0.0),
        (True, 1.0), (7, 7.0), ("a word", 0.0), ([1.0], 0.0), (None, math.nan), (math.nan, math.nan),
    ],
)  # fmt: skip
def test_scores_become_numbers_by_the_rules_of_inspect(value: Any, wanted: float) -> None:
    assert as_number(value) == pytest.approx(wanted, nan_ok=True)


@pytest.mark.parametrize(
    ("reported", "verdict", "difference"),
    [
        (one(0.7), "same", 0.0),
        (one(0.75), "differs", 0.05),
        (one(0.8, reducer="at_least_1", metric="accuracy"), "differs", 0.2),
        (one(0.5, group=("topic", "1")), "same", 0.0),
        (one(1.0, group=("topic", "7")), "differs", None),
        (one(0.0, group=("topic", "7")), "same", None),
        (one(0.7, options={"of_groups": "topic"}), "differs", 0.7 - (5 / 6 + 1 / 2) / 2),
        (one(0.1, metric="made_up"), "beyond", None),
        (one(0.7, reducer="collect"), "beyond", None),
        (one(0.7, options={"cluster": "nothing"}, metric="stderr"), "beyond", None),
        (one(0.7, part="x"), "beyond", None),
        (one(0.7, beyond="a metric of its own"), "beyond", None),
    ],
)
def test_a_number_is_said_to_be_the_same_or_by_how_much_it_differs(
    reported: Reported, verdict: str, difference: float | None
) -> None:
    (found,) = recomputed(log(reported))
    assert found.verdict == verdict
    if difference is not None:
        assert found.difference == pytest.approx(difference, abs=1e-12)
    assert bool(found.why) == (verdict == "beyond")


def test_a_number_that_was_rounded_is_no_other_number() -> None:
    thirds = made(["C", "I", "I"])
    values = (0.33, 0.3333, 0.34, 0.3)
    found = [recomputed(log(one(value, options={"rounds": True}), *thirds))[0].verdict for value in values]
    assert found == ["rounded", "rounded", "differs", "differs"]
    assert recomputed(log(one(0.33), *thirds))[0].verdict == "differs"  # a tool writes all digits


def test_what_random_resamples_gave_is_chance_or_it_is_not() -> None:
    """Nobody can draw them again; how far so many of them may be off is known."""
    values = made(["C"] * 30 + ["I"] * 70)
    limit = math.sqrt(0.3 * 0.7 / 100)
    draws = np.random.default_rng(2).choice([1.0] * 30 + [0.0] * 70, (1000, 100)).mean(axis=1).std()
    for value, verdict in ((float(draws), "by_chance"), (limit, "by_chance"), (2 * limit, "differs")):
        (found,) = recomputed(log(one(value, "bootstrap_stderr", options={"num_samples": 1000}), *values))
        assert (found.verdict, found.value) == (verdict, pytest.approx(limit))
        assert "1000 random resamples" in found.why


def test_epochs_are_reduced_to_items_before_anything_is_counted() -> None:
    """Ten attempts at five items are five scores, not ten: their standard error is over five."""
    samples = made(["C", "I"] * 3 + ["C", "C"] + ["I", "I"], epochs=2)
    (mean,) = recomputed(log(one(0.5), *samples))
    assert (mean.verdict, mean.n) == ("same", 5)
    (pass2,) = recomputed(log(one(0.8, reducer="pass_at_2"), *samples))
    assert pass2.verdict == "same"
    (single,) = recomputed(log(one(0.5, reducer=""), *samples))
    assert (single.verdict, single.n) == ("same", 10)


def test_a_part_of_a_score_is_taken_by_its_name() -> None:
    samples = made([{"x": 1.0, "y": 0.0}, {"x": 0.0, "y": 0.5}, math.nan])
    assert recomputed(log(one(0.25, part="y"), *samples))[0].verdict == "same"
    assert recomputed(log(one(0.25), *samples))[0].verdict == "beyond"


def test_a_log_without_samples_has_numbers_that_nobody_can_check() -> None:
    bare = Log("inspect", "made", "r", "t", "m", "success", "", (), [one(0.7)])
    assert [(found.verdict, found.why) for found in recomputed(bare)] == [("beyond", "the log holds no samples")]
