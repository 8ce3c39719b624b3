"""How hard it was tried: with which access, how many tries, after which fine-tuning and by whom an arm elicits, held
against what its measure asks for before a model is said to be below.

Any arm may show danger, for what a weak elicitation finds a stronger one finds too. That a model is below is said where
of each measure of the test an arm was tried as hard as is asked for; every arm has to show it all the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.instrument import Reader, Row
from commonweal.methods.line_decisions import State, Verdict

from . import independence, made_up, outcomes
from .lines import Proxies, Proxy


def lacking(arm: Mapping[str, Any], proxy: Proxy, own: Collection[str], reader: Reader) -> list[str]:
    """What an arm lacks of what its measure asks for: codes of `words.LACKING`. `own`: who develops the model."""
    asked = proxy.elicited
    lacks = {
        "access": bool(asked.access) and arm["access"] not in asked.access,
        "tries": int(arm.get("tries", 1)) < asked.tries_least,
        "fine_tuned": asked.fine_tuned and not arm.get("fine_tuned"),
        "apart": asked.apart and independence.runs_own(arm, own, reader),
    }
    return [code for code, short in lacks.items() if short]


def short(reader: Reader, test: Row, rules: Proxies) -> list[str]:
    """The measures of a test of which no arm is tried as hard as is asked for."""
    own = independence.on_record(test["subject"], reader)
    arms = [(one, rules.get(one["proxy"])) for one in test["body"]["arms"]]
    enough = {proxy.id for one, proxy in arms if proxy and not lacking(one, proxy, own, reader)}
    return list(dict.fromkeys(proxy.id for _, proxy in arms if proxy and proxy.id not in enough))


def held(reader: Reader, test: Row, rules: Proxies, found: Verdict, *, over: bool) -> Verdict:
    """A verdict, with below held back while a measure was not tried as hard as it asks for."""
    if found.state is not State.BELOW or not short(reader, test, rules):
        return found
    state = State.EARLY_WARNING if over else State.INCONCLUSIVE
    return found._replace(state=state, by_deadline=over, decided_by=())


def takes(reader: Reader, test: Row, proxy: Proxy, run: str) -> bool:
    """Whether a run is of a test by which its measure is taken; a test that is made up asks nothing of it."""
    row = registry.subject(reader, run)
    if row is None or row["erased"] or made_up.is_marked(test["body"]):
        return True
    return proxy.takes(str(row["body"].get("task") or ""))


def brings_more(reader: Reader, test: Row, proxy: Proxy, runs: Iterable[str], score: str) -> bool:
    """Whether runs of an arm bring more items than a test has of which they are: who asks the same in other words has
    no more evidence. A test that is made up asks nothing of it."""
    if made_up.is_marked(test["body"]):
        return False
    rows = [row for row in (registry.subject(reader, run) for run in dict.fromkeys(runs)) if row and not row["erased"]]
    for one in proxy.test:
        of_it = [row["subject"] for row in rows if one.task in str(row["body"].get("task") or "").split("/")]
        if (
            one.items is not None
            and len({key for run in of_it for key in outcomes.items(reader, run, score)}) > one.items
        ):
            return True
    return False
