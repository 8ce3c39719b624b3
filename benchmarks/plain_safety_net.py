"""A whole design as somebody would write its replay in plain Python: the peer of `safety_net.replay_s`.

Month by month and state by state, from the packages' figures and the rules' words: no arrays, and neither the house's
expressions nor its machines. The triggers' own words and lines are written here; amounts and spans come from the data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from benchmarks.plain import LABOUR_FORCE, STATES, UNEMPLOYED, Counts, _rounded, _sum3
from commonweal.instruments.adaptive_safety_net.packages import Package

Figures = Sequence[float | None]
Levels = Sequence[tuple[float, float | None, float]]
"""`(from where, off below, share)` of each level, lowest first."""


def replayed(packages: Mapping[str, Package], counts: Counts, released: Sequence[date]) -> dict[str, tuple[float, ...]]:
    """By package, `(central cost, state-months on, state-months unknown)` of the months known to be on."""
    months = [date(1976 + at // 12, at % 12 + 1, 1) for at in range(len(released))]
    return {name: _package(one, name, counts, months, released) for name, one in packages.items()}


def _package(
    package: Package, name: str, counts: Counts, months: Sequence[date], released: Sequence[date]
) -> tuple[float, ...]:
    wait = package.data.begins.days
    begins = [day + timedelta(days=wait) for day in released]
    if name == "fast_cash":
        called = _called(package, _national_gap(counts))
        shares = dict.fromkeys(counts, called)
    else:
        shares = {state: _called(package, _measure(name, columns)) for state, columns in counts.items()}
    cost, on, unknown = [0.0] * len(months), 0, 0
    for at, (state, called) in enumerate(shares.items()):
        monthly, parts = _by_month(called, begins, months)
        most = [1.0 if share is None else share for share in monthly]
        if package.data.pays.how == "at_start":  # nothing is paid once before the first decision
            most = [0.0 if month < begins[0] else share for share, month in zip(most, months, strict=True)]
        certain = _spread(package, _phased(package, [share or 0.0 for share in monthly]), parts)
        possible = _spread(package, _phased(package, most), parts)
        if name != "fast_cash" or at == 0:
            on += sum(share > 0 for share in certain)
            unknown += sum(p > c and c == 0 for p, c in zip(possible, certain, strict=True))
        people = counts[state][UNEMPLOYED if package.data.pays.to == "unemployed" else LABOUR_FORCE]
        for month, paid in enumerate(_paid(package, certain, people)):
            cost[month] += paid
    return _under_ceiling(package, cost, months), on, unknown


def _measure(name: str, columns: dict[str, list[float | None]]) -> list[tuple[float | None, bool | None]]:
    """`(value, breached)` of each month of a state, by the words of each trigger."""
    unemployed, force = columns[UNEMPLOYED], columns[LABOUR_FORCE]
    raw = []
    for at in range(len(unemployed)):
        people, of = _sum3(unemployed, at), _sum3(force, at)
        raw.append(None if people is None or not of else 100 * people / of)
    if name in ("eb_total_rate", "eb_no_look_back"):
        rates = [None if rate is None else _rounded(rate, 1) for rate in raw]
        return [(rate, _look_back(rates, at) if name == "eb_total_rate" else _least(rate, 6.5))
                for at, rate in enumerate(rates)]  # fmt: skip
    if name == "training_vouchers":
        return [(rate, _least(rate, 6.0)) for rate in raw]
    window, line = {"wage_insurance": (12, 0.5), "state_aid": (36, 1.5)}[name]
    gaps = [_gap(raw, at, window) for at in range(len(raw))]
    return [(gap, _least(gap, line)) for gap in gaps]


def _gap(rates: Figures, at: int, window: int) -> float | None:
    before, now = rates[max(0, at - window) : at], rates[at]
    if now is None or len(before) < window or None in before:
        return None
    return now - min(rate for rate in before if rate is not None)


def _look_back(rates: Figures, at: int) -> bool | None:
    rate = rates[at]
    if rate is None or round(rate - 6.5, 9) < 0:
        return None if rate is None else False
    found = []
    for back in (12, 24):
        before = rates[at - back] if at >= back else None
        found.append(None if not before else round(_rounded(rate / before, 2) - 1.10, 9) >= 0)
    return True if True in found else None if None in found else False


def _national_gap(counts: Counts) -> list[tuple[float | None, bool | None]]:
    rates: list[float | None] = []
    for at in range(len(next(iter(counts.values()))[UNEMPLOYED])):
        people = [columns[UNEMPLOYED][at] for columns in counts.values()]
        force = [columns[LABOUR_FORCE][at] for columns in counts.values()]
        whole = len(people) == STATES and None not in people
        rates.append(100 * sum(p or 0 for p in people) / sum(f or 0 for f in force) if whole else None)
    means = []
    for at in range(len(rates)):
        total = _sum3(rates, at)
        means.append(None if total is None else total / 3)
    gaps = [_gap(means, at, 12) for at in range(len(means))]
    return [(gap, _least(gap, 0.50)) for gap in gaps]


def _least(value: float | None, line: float) -> bool | None:
    return None if value is None else round(value - line, 9) >= 0


OFF = {"eb_no_look_back": 6.0, "fast_cash": 0.10, "wage_insurance": 0.2, "training_vouchers": 5.5, "state_aid": 1.0}
LEVELS: dict[str, Levels] = {
    "eb_total_rate": [(6.5, None, 0.65), (7.9, None, 0.65), (8.0, None, 1.0)],
    "eb_no_look_back": [(6.5, 6.0, 0.65), (8.0, None, 1.0)],
    "wage_insurance": [(0.5, 0.2, 0.25), (2.0, None, 1.0)],
    "training_vouchers": [(6.0, 5.5, 0.4), (9.0, None, 1.0)],
    "state_aid": [(1.5, 1.0, 0.478261), (2.5, None, 0.73913), (3.5, None, 1.0)],
}


def _called(package: Package, told: Sequence[tuple[float | None, bool | None]]) -> list[float | None]:
    """The share of the response that the trigger calls for, None where it cannot be judged."""
    waits, levels, off = package.rule.dwell, LEVELS.get(package.name, ()), OFF.get(package.name)
    firing, since, ended, pending = False, 0, -(10**9), None
    held = [False] * len(levels)
    found: list[float | None] = []
    for at, (value, breached) in enumerate(told):
        if value is None or breached is None:
            pending = None
        for number, (line, below, _) in enumerate(levels):
            if value is None:
                continue
            if round(value - line, 9) >= 0:
                held[number] = True
            elif below is None or round(value - below, 9) < 0:
                held[number] = False
        if value is None or breached is None:
            found.append(None)
            continue
        clear = not breached and (off is None or round(value - off, 9) < 0)
        if firing and clear and at - since >= waits.fire_at_least:
            firing, ended = False, at
        elif not firing and breached:
            pending = at if pending is None else pending
            if at - pending >= waits.before_firing and at - ended >= waits.rest_at_least:
                firing, since, pending = True, at, None
        elif not breached:
            pending = None
        found.append(_share(value, held, levels) if firing else 0.0)
    return found


def _share(value: float, held: Sequence[bool], levels: Levels) -> float:
    if not levels:
        return 1.0
    top = max((number for number, on in enumerate(held) if on), default=-1)
    if top < 0:
        return 0.0
    line, _, share = levels[top]
    if top + 1 == len(levels):
        return share
    beyond, _, further = levels[top + 1]
    part = min(max((value - line) / (beyond - line), 0.0), 1.0)
    return round(share + part * (further - share), 6)


def _phased(package: Package, called: list[float]) -> list[float]:
    data, count, before, found = package.data, 0, 0.0, []
    longest = int(data.expiry.longest[:-2]) if data.expiry else len(called)
    over = int(data.phase_out.over[:-2]) if data.phase_out else 1
    for share in called:
        count = count + 1 if share > 0 else 0
        now = share if count <= longest else 0.0
        least = before - 1 / over if over > 1 else 0.0
        before = now if least - now < 1e-9 else least
        found.append(before)
    return found


def _by_month(
    called: Sequence[float | None], begins: Sequence[date], months: Sequence[date]
) -> tuple[list[float | None], list[float]]:
    """What is called for on each month's first day, or first within it where that is nothing, and for which part."""
    found, parts, decision = list[float | None](), list[float](), -1
    for at, month in enumerate(months):
        after = months[at + 1] if at + 1 < len(months) else month + timedelta(days=31)
        while decision + 1 < len(begins) and begins[decision + 1] <= month:
            decision += 1
        share, part, later = called[decision] if decision >= 0 else None, 1.0, decision + 1
        while share == 0 and later < len(begins) and begins[later] < after:
            if (called[later] or 0.0) > 0:
                share, part = called[later], (after - begins[later]).days / (after - month).days
            later += 1
        found.append(share)
        parts.append(part)
    return found, parts


def _spread(package: Package, shares: list[float], parts: Sequence[float]) -> list[float]:
    before, found = 0.0, []
    over = int(package.data.phase_out.over[:-2]) if package.data.phase_out else 1
    for share, part in zip(shares, parts, strict=True):
        if package.data.pays.how == "at_start":
            found.append(share if share > 0 and before == 0 else 0.0)
        else:
            found.append(share * part + max(before - 1 / over, 0.0) * (1 - part))
        before = share
    return found


def _paid(package: Package, spread: Sequence[float], people: Figures) -> list[float]:
    paid = [share * (count or 0.0) for share, count in zip(spread, people, strict=True)]
    if package.data.pays.how != "enrols":
        return paid
    keeps, total, found = package.data.pays.months, 0.0, []
    for at, enrolled in enumerate(paid):
        total += enrolled - (paid[at - keeps] if at >= keeps else 0.0)
        found.append(max(total, 0.0))
    return found


def _under_ceiling(package: Package, paid: Sequence[float], months: Sequence[date]) -> float:
    pays, budget = package.data.pays, package.data.budget
    each = pays.share[1] * pays.amounts()[1]
    if budget is None:
        return sum(paid) * each
    whole, year, spent = 0.0, 0, 0.0
    for month, count in zip(months, paid, strict=True):
        its = month.year + (month.month >= budget.year_begins > 1)
        spent = spent if its == year else 0.0
        year = its
        now = min(count * each, budget.usd_a_year - spent)
        spent, whole = spent + now, whole + now
    return whole
