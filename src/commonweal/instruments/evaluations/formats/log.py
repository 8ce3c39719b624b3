"""What every format is read into: the samples of a run with their scores, and what its writer reported of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from commonweal.kernel.values import BadInput, Fault, FaultCollector

from .limits import Limits

Score = Any
"""What a scorer said of a sample: a number, a text such as `C`, a truth, a list or mapping of these; NaN: nothing."""


class Sample(msgspec.Struct, frozen=True, gc=False):
    """One attempt at one item: by its id and epoch (1 for the first attempt).

    `traits` are the properties of the item that some reported number depends on (its cluster, its group, its weight).
    `digest` is the SHA-256 of the attempt as the log holds it. An attempt that ended in an `error` has no scores as a
    rule; one that was `invalidated` stays in the log, and `edited` names the scores that a person changed afterwards.
    `given` is the SHA-256 of what the model was given, by which an item is known again under another id, and `target`
    that of what was right; each is empty where the log does not hold it.
    """

    id: str
    epoch: int
    scores: Mapping[str, Score]
    digest: bytes
    traits: Mapping[str, Any] = {}
    error: str = ""
    invalidated: str = ""
    edited: tuple[str, ...] = ()
    given: bytes = b""
    target: bytes = b""


@dataclass(frozen=True, slots=True)
class Reported:
    """A number as a log reports it, under the name that the log gives it.

    It is a `metric` with `options` over the scores named `score` (and, where a score is a mapping, its part `part`),
    once the attempts at each item are reduced to one by `reducer` (empty: they are not), of the items whose trait
    `group[0]` is `group[1]`, or of all. Where it cannot follow from the samples, `beyond` says why.
    """

    name: str
    value: float
    score: str
    metric: str
    reducer: str = ""
    part: str | int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    group: tuple[str, str] | None = None
    beyond: str = ""


@dataclass(frozen=True, slots=True)
class Total:
    """A count as a log gives it, beside the same count over its samples."""

    name: str
    reported: int
    counted: int


def check_totals(totals: Iterable[Total], faults: FaultCollector) -> None:
    """Name each count that is not what the samples add up to."""
    for one in totals:
        if one.reported != one.counted:
            faults.add(one.name, one.reported, f"{one.counted}, as its samples count", "totals")


def check_reported(count: int, limits: Limits, name: str) -> None:
    """Refuse more reported numbers than are worked out again of one log. Raises `BadInput`."""
    if count > limits.results_max:
        raise BadInput(
            Fault("results", f"{count} numbers", f"at most {limits.results_max} in one log", "too_many"), name
        )


@dataclass(frozen=True)
class Log:
    """A run as its log tells it. `settings` are what it says of how the run was made, in its own names, as plain data.

    `began` and `completed` are when it says that it was, in its own notation; empty where it does not say.
    `status` is `success`, `error`, `cancelled` or `started`, as the writer left it. `data_set` is how many items its
    data set has, each to be tried in so many `epochs`; None where it does not say. `part_taken`: it says that a part of
    these was taken, by a bound on how many or by their ids.
    """

    format: str
    written_by: str
    run: str
    task: str
    model: str
    status: str
    began: str
    samples: Sequence[Sample]
    reported: Sequence[Reported]
    totals: Sequence[Total] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    completed: str = ""
    data_set: int | None = None
    epochs: int = 1
    part_taken: bool = False

    def scores(self) -> tuple[str, ...]:
        """The names of the scores that some sample has, in order of first appearance."""
        return tuple(dict.fromkeys(name for one in self.samples for name in one.scores))
