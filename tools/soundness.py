"""Simulates how often decisions about a line are wrong, beside other ways of deciding: `python tools/soundness.py`.

Writes the tables of docs/soundness.md. Seeds are fixed, so a second run writes the same. Each table is one function
here and says what it draws; `RUNS` sets how many times.
Nothing is taken from `commonweal` but the methods that are tested.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, t

from commonweal.methods import line_decisions, looking_plans, many_tests, proportions, repeated_looks
from commonweal.methods.line_decisions import State

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "soundness.md"
SEED = 20261129
RUNS = 4_000
ERROR = 0.05
ITEMS = 600
FIRST = 20
"""Items before which the rules of thumb are not asked, or they would alarm at the first success."""
TWO_SIDED = float(norm.ppf(0.975))

Rates = NDArray[np.float64]
Counts = NDArray[np.intp]


def looks_at_items(runs: int) -> str:
    """A look after every item, of items that are independent of one another."""
    head = ["decided by", *(f"{what} {line}" for line in (0.2, 0.5) for what in ("false alarms at", "power .10 above"))]
    columns: list[list[float]] = []
    for line, above in product((0.2, 0.5), (0.0, 0.1)):
        draws = np.random.default_rng(SEED).random((runs, ITEMS)) < line + above
        won, items = np.cumsum(draws, axis=1).astype(float), np.arange(1, ITEMS + 1, dtype=float)
        columns.append([float(np.any(rule(won, items, line), axis=1).mean()) for rule in ITEM_RULES.values()])
        columns[-1].append(float(looking_plans.plan(range(1, ITEMS + 1), line, line + above, error=ERROR).stopped[-1]))
    names = [*ITEM_RULES, "the same e-process, added up exactly (no draws)"]
    return _table(head, [[name, *(_share(column[place]) for column in columns)] for place, name in enumerate(names)])


def _point(won: Rates, items: Rates, line: float) -> NDArray[np.bool_]:
    return (won / items > line) & (items >= FIRST)


def _wilson_looks(won: Rates, items: Rates, line: float) -> NDArray[np.bool_]:
    rate, square = won / items, TWO_SIDED**2 / items
    half = np.sqrt(square * rate * (1 - rate) + square**2 / 4)
    return ((rate + square / 2 - half) / (1 + square) > line) & (items >= FIRST)


def _normal_looks(won: Rates, items: Rates, line: float) -> NDArray[np.bool_]:
    rate = won / items
    return (rate - TWO_SIDED * np.sqrt(rate * (1 - rate) / items) > line) & (items >= FIRST)


def _process(won: Rates, items: Rates, line: float) -> NDArray[np.bool_]:
    return np.asarray(repeated_looks.independent(won, items, line) >= np.log(1 / ERROR))


ITEM_RULES: dict[str, Callable[[Rates, Rates, float], NDArray[np.bool_]]] = {
    "point estimate above the line (from 20 items)": _point,
    "95 % Wilson interval at each look (from 20 items)": _wilson_looks,
    "95 % normal interval at each look (from 20 items)": _normal_looks,
    "e-process of independent items": _process,
}


def looks_at_clusters(runs: int) -> str:
    """A look after every cluster of ten items, of sixty clusters whose rates differ."""
    head = [
        "decided by",
        *(f"{what}, ICC {icc}" for icc in (0.1, 0.3, 0.6) for what in ("false alarms at .2", "power at .4")),
    ]
    rows: dict[str, list[str]] = {name: [] for name in CLUSTER_RULES}
    for icc, rate in product((0.1, 0.3, 0.6), (0.2, 0.4)):
        totals = _cluster_totals(np.random.default_rng(SEED), (runs, 60), rate, icc, size=10)
        for name, rule in CLUSTER_RULES.items():
            rows[name].append(_share(float(np.any(rule(totals, 10, 0.2), axis=1).mean())))
    return _table(head, [[name, *cells] for name, cells in rows.items()])


def _cluster_totals(draw: np.random.Generator, shape: tuple[int, int], rate: float, icc: float, *, size: int) -> Rates:
    """Successes of each cluster: Beta-binomial, with correlation `icc` between two items of one cluster."""
    spread = 1 / icc - 1 if icc else 0.0
    rates = draw.beta(rate * spread, (1 - rate) * spread, shape) if icc else np.full(shape, rate)
    return draw.binomial(size, rates).astype(float)


def _as_items(totals: Rates, size: int, line: float) -> NDArray[np.bool_]:
    items = np.arange(1, totals.shape[1] + 1, dtype=float) * size
    return np.asarray(repeated_looks.independent(np.cumsum(totals, axis=1), items, line) >= np.log(1 / ERROR))


def _clustered_normal(totals: Rates, size: int, line: float) -> NDArray[np.bool_]:
    count = np.arange(1, totals.shape[1] + 1, dtype=float)
    means = totals / size
    rate = np.cumsum(means, axis=1) / count
    spread = np.maximum(np.cumsum(means**2, axis=1) / count - rate**2, 0.0) * count / np.maximum(count - 1, 1)
    return (rate - TWO_SIDED * np.sqrt(spread / count) > line) & (count >= 5)


def _bets(totals: Rates, size: int, line: float) -> NDArray[np.bool_]:
    return np.asarray(repeated_looks.clustered(totals / size, line) >= np.log(1 / ERROR))


CLUSTER_RULES: dict[str, Callable[[Rates, int, float], NDArray[np.bool_]]] = {
    "95 % Wilson interval of the items at each look": lambda totals, size, line: _wilson_looks(
        np.cumsum(totals, axis=1), np.arange(1, totals.shape[1] + 1, dtype=float) * size, line
    ),
    "e-process of independent items, wrongly used": _as_items,
    "95 % normal interval of cluster means at each look (from 5)": _clustered_normal,
    "e-process of cluster means": _bets,
}


LINES = line_decisions.Lines(warning=0.2, line=0.5, buffer=0.05)
CLUSTERS = 60


def unequal_clusters(runs: int) -> str:
    """Clusters of unequal sizes, a look after every ten: is BELOW said, or a warning or CROSSED, where it is not so?

    In three houses of sixty clusters BELOW would be wrong, in three a warning or CROSSED; in the last two, of 120, they
    are right. Each is decided as `line_decisions` does: with the largest size registered, for any number of looks or
    for one, and without.
    """
    rows = {name: list[str]() for name in SIZED_RULES}
    for place, house in enumerate(HOUSES.values()):
        draw = np.random.default_rng([SEED, place])
        drawn = [house.draws(draw) for _ in range(runs)]
        for name, rule in SIZED_RULES.items():
            found = [rule(sizes, solved, house.largest) in house.asks for sizes, solved in drawn]
            rows[name].append(_share(float(np.mean(found))))
    return _table(["decided by", *HOUSES], [[name, *cells] for name, cells in rows.items()])


class House(NamedTuple):
    """What is asked of a house: its `draws` give the size of each cluster and what was solved of it, none larger than
    `largest`; `asks`: which states are counted."""

    draws: Callable[[np.random.Generator], tuple[Counts, Counts]]
    largest: int
    asks: tuple[State, ...]


def _rare(largest: int, share: float, *, solved: bool) -> Callable[[np.random.Generator], tuple[Counts, Counts]]:
    """A share of the clusters has so many items, all solved or all failed, and each other one that is the opposite."""

    def draws(draw: np.random.Generator) -> tuple[Counts, Counts]:
        sizes = np.where(draw.random(CLUSTERS) < share, largest, 1)
        return sizes, np.where((sizes > 1) == solved, sizes, 0)

    return draws


def _mixed(
    largest: int, least: float, most: float, clusters: int = CLUSTERS
) -> Callable[[np.random.Generator], tuple[Counts, Counts]]:
    """Of 5 items to the largest, each number as often; rates that rise with the size from one to the other, ICC .1."""

    def draws(draw: np.random.Generator) -> tuple[Counts, Counts]:
        sizes = draw.integers(5, largest + 1, clusters)
        rates = least + (most - least) * (sizes - 5) / (largest - 5)
        return sizes, draw.binomial(sizes, draw.beta(rates * 9, (1 - rates) * 9))

    return draws


def _rate_of(largest: int, least: float, most: float) -> float:
    """The rate of items of `_mixed`."""
    sizes = np.arange(5, largest + 1)
    return float(np.average(least + (most - least) * (sizes - 5) / (largest - 5), weights=sizes))


_SAFE, _DANGER = (State.BELOW,), (State.EARLY_WARNING, State.CROSSED)
HOUSES = {
    "false BELOW, 1 text in 60 of 100 items, all solved (rate .63)": House(_rare(100, 1 / 60, solved=True), 100, _SAFE),
    "false BELOW, 1 in 20 of 10, all solved (.34)": House(_rare(10, 1 / 20, solved=True), 10, _SAFE),
    "false BELOW, sizes 5 to 20, the long ones solved more often (.16)": House(_mixed(20, 0.05, 0.2228), 20, _SAFE),
    "false warning, 1 text in 60 of 400 items, all failed (.13)": House(_rare(400, 1 / 60, solved=False), 400, _DANGER),
    "false warning, 1 in 10 of 40, all failed (.18)": House(_rare(40, 1 / 10, solved=False), 40, _DANGER),
    "false warning, sizes 5 to 20, the long ones solved less often (.19)": House(_mixed(20, 0.4, 0.0567), 20, _DANGER),
    "BELOW found, sizes 5 to 20 (.05)": House(_mixed(20, 0.05, 0.05, 120), 20, _SAFE),
    "CROSSED found, sizes 5 to 20 (.65)": House(_mixed(20, 0.65, 0.65, 120), 20, (State.CROSSED,)),
}


def _sized(sizes: Counts, solved: Counts, largest: int, *, single: bool = False) -> State:
    values = np.concatenate([np.arange(size) < won for size, won in zip(sizes, solved, strict=True)]).astype(float)
    each, many = np.repeat(np.arange(len(sizes)), sizes), len(sizes)
    looks = (many,) if single else tuple(range(10, many + 1, 10))
    arm = line_decisions.arm(values, each, LINES, looks=looks, single=single, sized=True, largest=largest)
    return line_decisions.decide([arm], error=ERROR).state


SIZED_RULES: dict[str, Callable[[Counts, Counts, int], State]] = {
    "in shares of the largest that came, as arms that registered none": lambda sizes, solved, _: _sized(
        sizes, solved, 0
    ),
    "in shares of the largest registered, any number of looks": _sized,
    "in shares of the largest registered, one look": lambda sizes, solved, largest: _sized(
        sizes, solved, largest, single=True
    ),
}


def many_arms(runs: int) -> str:
    """Eight arms of one model, all of them just at the line: how often is any called past it, at any of 20 looks?"""
    draw = np.random.default_rng(SEED)
    won = np.cumsum(draw.binomial(30, 0.2, (runs, 8, 20)), axis=2).astype(float)
    log_e = repeated_looks.independent(won, np.arange(30, 601, 30, dtype=float), 0.2)
    p_values = repeated_looks.p_values(log_e)[:, :, -1]
    wilson = _wilson_looks(won, np.arange(30, 601, 30, dtype=float), 0.2).any(axis=2)
    corrected = np.asarray([many_tests.holm(row).min() for row in p_values])
    rows = [
        ["95 % Wilson interval of each arm at each look", _share(float(wilson.any(axis=1).mean()))],
        ["e-process of each arm, uncorrected", _share(float((p_values.min(axis=1) <= ERROR).mean()))],
        ["e-process of each arm, Holm", _share(float((corrected <= ERROR).mean()))],
    ]
    return _table(["decided by", "any false alarm"], rows)


ARMS, LOOKS = 8, np.arange(30, 601, 30, dtype=float)


def arms_together(runs: int) -> str:
    """Eight arms at 20 looks, of items that are nobody else's or the same for all: which are found past the line of .2?

    None is past it, or four are, by .1. What is found at the first look that finds anything is what is called CROSSED.
    """
    own, same = (_log_e_of_arms(runs, np.full(ARMS, 0.2), shared) for shared in (False, True))
    mixed = _log_e_of_arms(runs, np.repeat([0.3, 0.2], ARMS // 2), True)
    rows = []
    for name, rule in ARM_RULES.items():
        alarms = [float(np.mean([_found(run, rule).any() for run in drawn])) for drawn in (own, same)]
        found = np.asarray([_found(run, rule) for run in mixed])
        wrong, right = (found[:, half].sum(axis=1) for half in (slice(ARMS // 2, None), slice(ARMS // 2)))
        share = float(np.mean(wrong / np.maximum(wrong + right, 1)))
        rows.append([name, *map(_share, [*alarms, share, float(np.mean(wrong > 0)), float(np.mean(right) / 4)])])
    head = [
        "decided by",
        "any false CROSSED, own items",
        "any false CROSSED, same items",
        "false discovery rate, four past",
        "any false arm among those named",
        "of the four, named at once",
    ]
    return _table(head, rows)


def several_lines(runs: int) -> str:
    """Five lines of one model, each a test of its own with eight arms and 20 looks: CROSSED where it is not?

    None of the lines is passed, or two are, each by one of its arms and by .1.
    """
    held = _log_e_of_arms(runs * 5, np.full(ARMS, 0.2), True)
    passed = _log_e_of_arms(runs * 2, np.asarray([0.3] + [0.2] * (ARMS - 1)), True)
    rows = []
    for name, rule in ARM_RULES.items():
        wrong, right = (
            np.asarray([_found(run, rule).any() for run in drawn]).reshape(runs, -1) for drawn in (held, passed)
        )
        false, true = wrong[:, :3].sum(axis=1), right.sum(axis=1)
        share = float(np.mean(false / np.maximum(false + true, 1)))
        rows.append([name, *map(_share, [float(wrong.mean()), float(wrong.any(axis=1).mean()), share, right.mean()])])
    head = [
        "decided by",
        "false CROSSED of one line",
        "any false CROSSED of five lines",
        "false discovery rate over lines, two passed",
        "of the two, found",
    ]
    return _table(head, rows)


def _log_e_of_arms(runs: int, rates: Rates, shared: bool) -> Rates:
    """ln E of each run, arm and look. Of `shared` items what is hard for an arm is harder for each: correlation .5."""
    draw, bar = np.random.default_rng(SEED), norm.ppf(rates)[:, None]
    won = np.empty((runs, len(rates), len(LOOKS)))
    for run in range(runs):
        own = draw.standard_normal((len(rates), ITEMS))
        hard = np.sqrt(0.5) * (own + draw.standard_normal(ITEMS)) if shared else own
        won[run] = np.cumsum(hard < bar, axis=1)[:, LOOKS.astype(int) - 1]
    return np.asarray(repeated_looks.independent(won, LOOKS, 0.2))


def _found(log_e: Rates, rule: Callable[[Rates], NDArray[np.bool_]]) -> NDArray[np.bool_]:
    """Which arms fall at the first look at which any does; no rule finds one before an e-value is 1 / ERROR."""
    for look in np.flatnonzero(np.maximum.accumulate(log_e.max(axis=0)) >= np.log(1 / ERROR)):
        falls = rule(log_e[:, : look + 1])
        if falls.any():
            return falls
    return np.zeros(len(log_e), dtype=np.bool_)


def _uncorrected(log_e: Rates) -> NDArray[np.bool_]:
    return np.asarray(repeated_looks.p_values(log_e)[:, -1] <= ERROR)


def _holm(log_e: Rates) -> NDArray[np.bool_]:
    return np.asarray(many_tests.holm(repeated_looks.p_values(log_e)[:, -1]) <= ERROR)


def _together(log_e: Rates) -> NDArray[np.bool_]:
    return many_tests.e_benjamini_hochberg(log_e[:, -1], ERROR)


ARM_RULES: dict[str, Callable[[Rates], NDArray[np.bool_]]] = {
    "e-process of each arm, uncorrected": _uncorrected,
    "Holm": _holm,
    "e-Benjamini-Hochberg": _together,
    "either of the two, as `line_decisions` decides": lambda log_e: _holm(log_e) | _together(log_e),
}


SIZES, COUNTS, ICCS, RATES = (5, 20), (10, 20, 50), (0.0, 0.1, 0.3, 0.8), (0.02, 0.1, 0.5)


def coverage(runs: int) -> str:
    """95 % intervals of one look, in 72 settings: 10 to 50 clusters of 5 or 20 items, ICC 0 to .8, rates .02 to .5."""
    settings = list(product(SIZES, COUNTS, ICCS, RATES))
    held = {name: np.zeros(len(settings)) for name in INTERVALS}
    width = {name: np.zeros(len(settings)) for name in INTERVALS}
    for place, (size, count, icc, rate) in enumerate(settings):
        totals = _cluster_totals(np.random.default_rng([SEED, place]), (runs, count), rate, icc, size=size)
        oracle = np.mean([high - low for low, high in (_oracle(row, size, icc) for row in totals)])
        for name, interval in INTERVALS.items():
            found = np.asarray([interval(row, size) for row in totals])
            held[name][place] = np.mean((found[:, 0] <= rate + 1e-12) & (rate - 1e-12 <= found[:, 1]))
            width[name][place] = np.mean(found[:, 1] - found[:, 0]) / oracle
    head = [
        "95 % interval",
        "holds the rate, mean",
        "worst setting",
        "settings below .94",
        "width beside the oracle's, mean",
        "most",
    ]
    rows = [
        [
            name,
            f"{held[name].mean():.3f}",
            f"{held[name].min():.3f}",
            str(int(np.sum(held[name] < 0.94))),
            f"{width[name].mean():.2f}",
            f"{width[name].max():.2f}",
        ]
        for name in INTERVALS
    ]
    return _table(head, rows)


def _wilson(rate: float, items: float, quantile: float) -> tuple[float, float]:
    square = quantile**2 / items
    half = np.sqrt(square * rate * (1 - rate) + square**2 / 4)
    return float((rate + square / 2 - half) / (1 + square)), float((rate + square / 2 + half) / (1 + square))


def _oracle(totals: Rates, size: int, icc: float) -> tuple[float, float]:
    """Wilson's interval of whoever knows the correlation, and so of how many independent items these are worth."""
    items = len(totals) * size
    return _wilson(totals.sum() / items, items / (1 + (size - 1) * icc), TWO_SIDED)


def _normal_items(totals: Rates, size: int) -> tuple[float, float]:
    items = len(totals) * size
    rate = totals.sum() / items
    half = TWO_SIDED * np.sqrt(rate * (1 - rate) / items)
    return float(rate - half), float(rate + half)


def _wilson_items(totals: Rates, size: int) -> tuple[float, float]:
    return _wilson(totals.sum() / (len(totals) * size), len(totals) * size, TWO_SIDED)


def _normal_clusters(totals: Rates, size: int) -> tuple[float, float]:
    means = totals / size
    half = TWO_SIDED * means.std(ddof=1) / np.sqrt(len(means))
    return float(means.mean() - half), float(means.mean() + half)


def _student_clusters(totals: Rates, size: int) -> tuple[float, float]:
    means = totals / size
    half = t.ppf(0.975, len(means) - 1) * means.std(ddof=1) / np.sqrt(len(means))
    return float(means.mean() - half), float(means.mean() + half)


def _ours(totals: Rates, size: int) -> tuple[float, float]:
    values = (np.arange(size) < totals[:, None]).astype(float).ravel()
    found = proportions.clustered(values, np.repeat(np.arange(len(totals)), size))
    return found.lower, found.upper


INTERVALS: dict[str, Callable[[Rates, int], tuple[float, float]]] = {
    "normal, items as if independent": _normal_items,
    "Wilson, items as if independent": _wilson_items,
    "normal, of cluster means": _normal_clusters,
    "Student, of cluster means": _student_clusters,
    "`proportions.clustered`": _ours,
}

TABLES: dict[str, Callable[[int], str]] = {
    "looks-at-items": looks_at_items,
    "looks-at-clusters": looks_at_clusters,
    "unequal-clusters": unequal_clusters,
    "many-arms": many_arms,
    "arms-together": arms_together,
    "several-lines": several_lines,
    "coverage": coverage,
}


def _share(share: float) -> str:
    return f"{100 * share:.1f} %"


def _table(head: list[str], rows: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows))


def filled(page: str, name: str, table: str) -> str:
    """The page with this table between its two marks."""
    marked = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    return marked.sub(lambda found: f"{found[1]}{table}\n{found[2]}", page)


def main() -> None:
    """Simulates each table, prints it, and writes it into the page."""
    for name, table in TABLES.items():
        began = time.monotonic()
        made = table(RUNS)
        print(f"\n{table.__doc__}\n{made}\n({time.monotonic() - began:.0f} s)", flush=True)
        PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), name, made), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
