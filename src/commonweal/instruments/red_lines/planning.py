"""The designer of tests: how many items show that a line is passed, and how many that a model is below it.

Both are worked out for items independent of one another, for the arms that are planned together. Of items that lie in
clusters more are needed, the more so the fewer of the clusters are near the largest that was registered. To show a
crossing each arm has its part of the error at worst (Holm's first step), less what is kept for arms that are registered
once results are on record (`later`), as it is decided; to show that the model is below every arm has to show it, so of
several arms the chance is at least one less the sum of what each falls short by (Bonferroni).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from commonweal.kernel.values import BadInput, Fault, shown
from commonweal.methods import looking_plans
from commonweal.methods.looking_plans import Plan
from commonweal.methods.series import Floats

ITEMS_MOST, ARMS_MOST = 3_000, 40
ASKED: Mapping[str, str] = {
    "line": "0.2", "rate": "0.3", "below": "0.15", "safe": "0.05", "arms": "1", "error": "0.05", "later": "0.01",
    "power": "0.98", "every": "10", "most": "600",
}  # fmt: skip
"""What the designer begins with, by the name of each number that it asks for."""
RATES = ("line", "rate", "below", "error", "power")


class Below(NamedTuple):
    """What a number of planned items does where a model is safe: by each look the chance that so many show it, and that
    they say so wrongly at the threshold itself; and from how many on (`needed`) it is as sure as is asked."""

    shown: Floats
    wrong: Floats
    needed: int | None


class Design(NamedTuple):
    """A plan: what was asked, what it does where the line is passed (`past`) and where it is not (`held`), after how
    many items a crossing is found as surely as asked, and what it does where the model is safe, at any number of looks
    and at one that was registered."""

    asked: Mapping[str, str]
    past: Plan
    held: Plan
    needed: int | None
    any_looks: Below
    one_look: Below


def designed(given: Mapping[str, str]) -> Design:
    """The plan for what is asked; of what is not given by `ASKED`. Raises `BadInput` naming each fault."""
    asked = {name: given.get(name, "").strip() or default for name, default in ASKED.items()}
    if faults := list(_faults(asked)):
        raise BadInput(faults, "plan of a test")
    line, rate, error, power = (float(asked[name]) for name in ("line", "rate", "error", "power"))
    error -= float(asked["later"])
    arms, when = int(asked["arms"]), range(int(asked["every"]), int(asked["most"]) + 1, int(asked["every"]))
    past, held = (looking_plans.plan(when, line, true, error=error / arms) for true in (rate, line))
    enough = np.flatnonzero(past.stopped >= power)
    needed = past.looks[int(enough[0])] if len(enough) else None
    any_looks, one_look = (_below(asked, when, arms, single=single) for single in (False, True))
    return Design(asked, past, held, needed, any_looks, one_look)


def _below(asked: Mapping[str, str], when: range, arms: int, *, single: bool) -> Below:
    line, safe, error, power = (float(asked[name]) for name in ("below", "safe", "error", "power"))
    each = range(1, when[-1] + 1)
    alone, wrong = (looking_plans.shown_below(each, line, true, error=error, single=single) for true in (safe, line))
    together = np.maximum(0.0, 1.0 - arms * (1.0 - alone))
    at = np.asarray(when) - 1
    return Below(together[at], wrong[at], looking_plans.items_for(together, each, power))


def _faults(asked: Mapping[str, str]) -> Iterator[Fault]:
    for name in RATES:
        if _number(asked[name]) is None:
            yield Fault(name, shown(asked[name]), "a rate between 0 and 1, such as 0.2", "rate")
    if asked["safe"] != "0" and _number(asked["safe"]) is None:
        yield Fault("safe", shown(asked["safe"]), "0, or a rate between 0 and 1, such as 0.05", "rate")
    error, later = _number(asked["error"]), _number(asked["later"])
    if asked["later"] != "0" and (later is None or (error is not None and later >= error)):
        want = f"0, or less than the chance of error, {shown(asked['error'])}, of which it is a part"
        yield Fault("later", shown(asked["later"]), want, "rate")
    line, rate, below, safe = (_number(asked[name]) for name in ("line", "rate", "below", "safe"))
    if line is not None and rate is not None and rate <= line:
        yield Fault("rate", asked["rate"], f"more than the line, {asked['line']}: what the test is to find", "rate")
    if below is not None and safe is not None and safe >= below:
        want = f"less than {asked['below']}, under which it is to be shown: what the test is to find"
        yield Fault("safe", asked["safe"], want, "rate")
    whole = {
        name: _whole(asked[name], ARMS_MOST if name == "arms" else ITEMS_MOST) for name in ("every", "most", "arms")
    }
    for name, value in whole.items():
        if value is None:
            most = ARMS_MOST if name == "arms" else ITEMS_MOST
            yield Fault(name, shown(asked[name]), f"a whole number from 1 to {most}", "number")
    if whole["every"] and whole["most"] and whole["every"] > whole["most"]:
        yield Fault("every", asked["every"], f"at most {asked['most']}, the number of items", "number")


def _number(text: str) -> float | None:
    plain = text.replace(".", "", 1)
    value = float(text) if plain.isascii() and plain.isdigit() and len(text) <= 12 else 0.0
    return value if 0 < value < 1 else None


def _whole(text: str, most: int) -> int | None:
    value = int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else 0
    return value if 1 <= value <= most else None
