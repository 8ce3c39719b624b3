"""Every number that a log reports, worked out again from its samples, and where the two differ and by how much.

What cannot follow from the samples is said as such, with the reason: a metric that only its author knows, a number that
came from random draws. Of the latter, what they tend to is worked out, and whether the reported one can be chance.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from commonweal.methods import scoring
from commonweal.methods.scoring import Floats, Whole

from . import scores as scores_
from .formats.decoding import is_unscored
from .formats.log import Log, Reported, Sample, Score
from .formats.metr import EQUAL, FAMILY, INVSQRT

Verdict = Literal["same", "rounded", "by_chance", "differs", "beyond"]
ANSWERS = "answers"
REL_SAME, ABS_SAME = 1e-9, 1e-12
DECIMALS = 2, 6
"""How many decimals a number has that may have been rounded, where people write them: fewer would hide too much."""
CHANCE_ERRORS_MAX = 4.0
"""How many standard errors of resampling still are chance: beyond, once in some 16,000 times."""


@dataclass(frozen=True, slots=True)
class Recomputed:
    """A reported number beside the one that follows from the samples; `value` is absent where none follows.

    `verdict`: the `same`; the same once `rounded` as reported; a bootstrap that may be that far off `by_chance`;
    `differs`; or `beyond` what the samples say, for the reason in `why`. `n` is how many items it is over.
    """

    reported: Reported
    value: float | None
    verdict: Verdict
    n: int
    why: str = ""

    @property
    def difference(self) -> float | None:
        """Reported minus recomputed."""
        return None if self.value is None else self.reported.value - self.value


def recomputed(log: Log, without_invalidated: bool = False) -> list[Recomputed]:
    """Each reported number of a log, in its order; without invalidated samples, which most tools go on counting.

    What no number can hold is infinite, or none.
    """
    samples = [one for one in log.samples if not (without_invalidated and one.invalidated)]
    items = _Items(samples)
    with np.errstate(over="ignore", invalid="ignore"):
        return [_recomputed(one, items) for one in log.reported]


def as_number(value: Score) -> float:
    """A score as a number, by Inspect's rules: `C`orrect 1, `P`artial ½, `I`ncorrect and `N`o answer 0; NaN: none.

    What is no number by these counts as 0, as it does in what Inspect reports; nowhere else does it.
    """
    found = scores_.value_of(value)
    if found is not None:
        return found
    return float(value) if isinstance(value, float) else 0.0


@dataclass(frozen=True)
class Scores:
    """Scores of items, one for each (or of single attempts): their numbers, and of which sample each is the first."""

    values: Floats
    samples: Sequence[Sample]
    unread: str = ""
    """A word among them that no rule has a number for, which Inspect's own metrics count as 0."""

    def codes(self, trait: str) -> Whole:
        """The clusters of the items by a trait. Raises `KeyError` for one that an item lacks, `ValueError` for one that
        is a list or a mapping."""
        said = [one.traits[trait] for one in self.samples]
        if any(isinstance(one, list | dict) for one in said):
            raise ValueError(f"{trait} is no single value")
        return scoring.codes(said)

    def where(self, kept: Any) -> Scores:
        samples = [one for one, keep in zip(self.samples, kept, strict=True) if keep]
        return Scores(self.values[kept], samples, self.unread)


class _Items:
    """The samples of a log with their scores as arrays, made once for each score and reducer."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        self.none = not samples
        self._samples = samples
        self._made: dict[tuple[str, str | int | None, str], Scores] = {}

    def scores(self, name: str, part: str | int | None, reducer: str) -> Scores:
        """The items, NaN where one is not scored. Raises `ValueError` for a reducer that is not known."""
        key = name, part, reducer
        if key not in self._made:
            self._made[key] = self._scores(*key)
        return self._made[key]

    def _scores(self, name: str, part: str | int | None, reducer: str) -> Scores:
        have = [one for one in self._samples if name in one.scores]
        said = [_part(one.scores[name], part) for one in have]
        if any(isinstance(one, list | dict) for one in said):
            raise ValueError("scores that are no single numbers")
        words = {one: as_number(one) for one in set(filter(_is_word, said))}  # few, and many times each
        values = np.array([words[one] if _is_word(one) else as_number(one) for one in said], dtype=np.float64)
        unread = next((one for one in sorted(words) if scores_.value_of(one) is None), "")
        if reducer:
            items = scoring.codes([one.id for one in have])
            labels = scoring.codes([str(one) for one in said]) if reducer in ("mode", "majority") else None
            values = scoring.reduce_attempts(values, items, reducer, labels)
            firsts: dict[str, Sample] = {}
            for one in have:
                firsts.setdefault(one.id, one)
            have = list(firsts.values())
        return Scores(values, have, unread)


def _is_word(value: Score) -> bool:
    return isinstance(value, str)


def _part(value: Score, part: str | int | None) -> Score:
    if part is None or is_unscored(value):
        return value
    if isinstance(value, Mapping):
        return value.get(part)
    if isinstance(value, list) and isinstance(part, int) and part < len(value):
        return value[part]
    raise ValueError(f"scores without a part {part}")


def _recomputed(one: Reported, items: _Items) -> Recomputed:
    if one.beyond or items.none:
        return Recomputed(one, None, "beyond", 0, one.beyond or "the log holds no samples")
    try:
        scores = _of(one, items.scores(one.score, one.part, one.reducer))
        value = METRICS[one.metric](scores, one.options) * float(one.options.get("times", 1.0))
    except KeyError as error:
        return Recomputed(one, None, "beyond", 0, f"nothing under the name {error}")
    except ValueError as error:
        return Recomputed(one, None, "beyond", 0, str(error))
    resamples = _resamples(one)
    if resamples:
        return _by_chance(one, value, scores, resamples)
    verdict = _verdict(one, value)
    if verdict == "differs" and scores.unread:
        why = f"{scores.unread[:100]!r} is no score that Inspect's rules know, and how it was counted is not said"
        return Recomputed(one, None, "beyond", len(scores.values), why)
    return Recomputed(one, value, verdict, len(scores.values))


def _of(one: Reported, scores: Scores) -> Scores:
    """The items that a number is over: those of its group, or with one of several traits; scored ones."""
    if one.group is not None:
        trait, name = one.group
        scores = scores.where([str(sample.traits[trait]) == name for sample in scores.samples])
    if "among" in one.options:
        trait, names = one.options["among"]
        among = frozenset(names)
        scores = scores.where([sample.traits[trait] in among for sample in scores.samples])
    return scores if one.metric == ANSWERS else scores.where(~np.isnan(scores.values))


def _verdict(one: Reported, value: float) -> Verdict:
    reported = one.value
    if math.isnan(value) and (math.isnan(reported) or reported == 0.0):
        return "same"  # over nothing: versions of Inspect wrote 0 and NaN
    if math.isclose(reported, value, rel_tol=REL_SAME, abs_tol=ABS_SAME):
        return "same"
    decimals = len(repr(reported).partition(".")[2])
    may = "rounds" in one.options and DECIMALS[0] <= decimals <= DECIMALS[1]
    return "rounded" if may and abs(reported - value) <= 0.5000001 / 10**decimals else "differs"


def _resamples(one: Reported) -> int:
    """How many resamples a number came from; 0 where it came from none."""
    if one.metric == "bootstrap_stderr":
        return int(one.options.get("num_samples", 1000))
    return 0


def _by_chance(one: Reported, value: float, scores: Scores, resamples: int) -> Recomputed:
    far = abs(one.value - value)
    most = CHANCE_ERRORS_MAX * value * scoring.bootstrap_stderr_spread(scores.values, resamples)
    verdict: Verdict = "by_chance" if far <= most or _verdict(one, value) == "same" else "differs"
    why = f"by {resamples} random resamples, which nobody can draw again; the value here is what more of them tend to"
    return Recomputed(one, value, verdict, len(scores.values), why)


# ── metrics by the names under which logs have them ─────────────────────────────────────────────────────────────────


def _clusters(scores: Scores, options: Mapping[str, Any]) -> Whole | None:
    cluster = options.get("cluster")
    return scores.codes(str(cluster)) if cluster else None


def _over_groups(metric: Callable[[Scores, Mapping[str, Any]], float]) -> Callable[[Scores, Mapping[str, Any]], float]:
    """The metric over all items, or the mean of those of each group where the options ask for it."""

    def made(scores: Scores, options: Mapping[str, Any]) -> float:
        if "of_groups" not in options:
            return metric(scores, options)
        groups = scores.codes(options["of_groups"])
        return float(np.mean([metric(scores.where(groups == group), options) for group in np.unique(groups)]))

    return made


def _interval(
    of: Callable[[Floats, float, Whole | None], tuple[float, float]],
) -> Callable[[Scores, Mapping[str, Any]], float]:
    def made(scores: Scores, options: Mapping[str, Any]) -> float:
        if options.get("method") == "bootstrap":
            raise ValueError("an interval by random resamples, which nobody can draw again")
        found = of(scores.values, float(options.get("level", 0.95)), _clusters(scores, options))
        return found[0] if options["bound"] == "lower" else found[1]

    return made


def _answers(scores: Scores, options: Mapping[str, Any]) -> float:
    """How many answers there are of a kind: below a line or from it on, with a score or without, or any."""
    values, line = scores.values, float(options["line"])
    none = np.isnan(values)
    kinds = {"below": values < line, "from": values >= line, "none": none, "scored": ~none, "any": none | ~none}
    return float(np.sum(kinds[options["which"]]))


def _weighted_mean(scores: Scores, options: Mapping[str, Any]) -> float:
    weights = run_weights([one.id for one in scores.samples], [one.traits[FAMILY] for one in scores.samples])
    return float(np.average(scores.values, weights=weights[options["weights"]]))


def run_weights(tasks: Sequence[str], families: Sequence[str]) -> dict[str, Floats]:
    """METR's weights of runs: each task as much as any other, or over the root of how many tasks its family has."""
    task, family = scoring.codes(tasks), scoring.codes(families)
    equal = 1.0 / np.bincount(task)[task]
    firsts = np.unique(task, return_index=True)[1]
    rooted = equal / np.sqrt(np.bincount(family[firsts], minlength=int(family.max()) + 1)[family])
    return {EQUAL: equal / equal.sum(), INVSQRT: rooted / rooted.sum()}


def _pooled_stderr(scores: Scores, options: Mapping[str, Any]) -> float:
    """lm-eval's standard error of a group: the variances of its tasks pooled by their sizes, over the square root."""
    tasks = scores.codes(options["among"][0])
    of = [scores.values[tasks == task] for task in np.unique(tasks)]
    freedom = len(scores.values) - len(of)
    if freedom < 1:
        raise ValueError("as many tasks as documents")
    pooled = sum((len(one) - 1) * scoring.variance(one) for one in of) / freedom
    return math.sqrt(pooled / len(scores.values))


METRICS: Mapping[str, Callable[[Scores, Mapping[str, Any]], float]] = {
    "accuracy": _over_groups(lambda scores, options: scoring.mean(scores.values)),
    "mean": _over_groups(lambda scores, options: scoring.mean(scores.values)),
    "std": _over_groups(lambda scores, options: math.sqrt(scoring.variance(scores.values))),
    "var": _over_groups(lambda scores, options: scoring.variance(scores.values)),
    "stderr": _over_groups(lambda scores, options: scoring.stderr(scores.values, _clusters(scores, options))),
    "bootstrap_stderr": lambda scores, options: scoring.bootstrap_stderr_limit(scores.values),
    "ci": _interval(scoring.t_interval),
    "ci_wilson": _interval(scoring.wilson_interval),
    "weighted_mean": _weighted_mean,
    "pooled_stderr": _pooled_stderr,
    ANSWERS: _answers,
}
