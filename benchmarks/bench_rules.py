"""rules.labour_backtest_s: every labour rule over its whole history, 51 states by 596 months.

Against a plain Python program written from the rules' words, month by month, without arrays and without our
expressions; both must give the same states, or there is no figure. `.cold` starts from the rule texts and the
observations one by one; without it, rules are read and figures laid out already, as when a text is tried out again.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, seconds
from benchmarks.plain import Counts, extended_benefits, national_rates, sahm_gap
from commonweal.instruments import adaptive_safety_net
from commonweal.instruments.adaptive_safety_net import laus
from commonweal.kernel.thresholds import Backtest, Frame, ThresholdRule, backtest, frame, read_rule

RULES = Path(adaptive_safety_net.__file__).parent / "rules"
TEXTS = ("extended_benefits_tur.toml", "sahm_gap.toml", "variants/sahm_gap_rounded.toml")
AGAIN = 5
Observed = Sequence[tuple[str, str, date, float]]
States = dict[str, dict[str, list[str]]]


def measure() -> list[Figure]:
    texts = [(RULES / name).read_text("utf-8") for name in TEXTS]
    observed = [(row.series, row.subject, row.event, row.value) for rows in laus.months().values() for row in rows]
    found: dict[str, Any] = {}
    cold = seconds(lambda: found.update(ours=_ours_cold(texts, observed)))
    cold_plain = seconds(lambda: found.update(theirs=_plain_cold(observed)))
    assert found["ours"] == found["theirs"], "the plain program and the rules give different states"
    rules, ready, counts = _rules(texts), _frame(texts, observed), _counts(observed)
    print("  trying again, warm", file=sys.stderr, flush=True)
    warm = _median(lambda: _results(rules, ready))
    warm_plain = _median(lambda: _plain(counts))
    months, areas = len(ready), len(ready.subjects)
    against = (
        f"a plain Python state machine giving the same states ({len(rules)} rules, {areas} states × {months} months)"
    )
    return [
        Figure("rules.labour_backtest_s", warm, "s", against, warm_plain),
        Figure("rules.labour_backtest_s.cold", cold, "s", against, cold_plain),
    ]


def _median(work: Callable[[], object]) -> float:
    return statistics.median(seconds(work) for _ in range(AGAIN))


def _rules(texts: Sequence[str]) -> list[ThresholdRule]:
    return [read_rule(text) for text in texts]


def _frame(texts: Sequence[str], observed: Observed) -> Frame:
    return frame(observed, read_rule(texts[0]).grid)


def _ours_cold(texts: Sequence[str], observed: Observed) -> States:
    rules = _rules(texts)
    return _ours(rules, frame(observed, rules[0].grid))


def _ours(rules: Sequence[ThresholdRule], states: Frame) -> States:
    """Every rule's states in words."""
    results = _results(rules, states)
    return {rule: {subject: result.named(subject) for subject in result.subjects} for rule, result in results.items()}


def _results(rules: Sequence[ThresholdRule], states: Frame) -> dict[str, Backtest]:
    """Every rule's backtest; the comparison rule runs on the national rate that the Sahm-type rule worked out."""
    fresh = Frame(states.start, states.subjects, states.values)  # nothing remembered from before
    found: dict[str, Backtest] = {}
    nation = fresh
    for rule in rules:
        result = backtest(rule, fresh if "us.rate" not in rule.series else nation)
        found[rule.id] = result
        if "national" in result.quantities:
            nation = Frame(fresh.start, ("area:us",), {"us.rate": result.quantities["national"]})
    return found


def _counts(observed: Observed) -> Counts:
    """Per state, per series, the months' figures in order."""
    months = {event: at for at, event in enumerate(sorted({row[2] for row in observed}))}
    counts: Counts = {}
    for series, subject, event, value in observed:
        columns = counts.setdefault(subject, {})
        columns.setdefault(series, [None] * len(months))[months[event]] = value
    return dict(sorted(counts.items()))


def _plain_cold(observed: Observed) -> States:
    return _plain(_counts(observed))


def _plain(counts: Counts) -> States:
    rates = national_rates(counts)
    return {
        "us.extended_benefits_tur": {subject: extended_benefits(columns) for subject, columns in counts.items()},
        "us.sahm_gap": {"area:us": sahm_gap(rates)},
        "us.sahm_gap_rounded": {"area:us": sahm_gap(rates, decimals=1)},
    }
