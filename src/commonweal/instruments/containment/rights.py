"""By what right a call is made: whether what the playbook has approved before it was, on the way that its case took."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from commonweal.kernel import protocols
from commonweal.kernel.instrument import Reader, Text

from .kinds import CALL

_LEFT = ("completed", "failed", "escalated")


@dataclass(frozen=True, slots=True)
class Right:
    """Whether a call was approved; where not, `under` is what stands in for that: a playbook and its step, or None."""

    approved: bool
    under: Text | None = None


def right_of(reader: Reader, alert: str, measure: str) -> Right:
    """The right of a call for a measure, by the newest case about its alert as that stands."""
    rows = protocols.cases(reader, subject=alert, limit=1)
    return right_in(protocols.case(reader, rows[0]["case"]), measure, reader) if rows else Right(False)


def right_in(case: protocols.Case, measure: str, reader: Reader) -> Right:
    """The same in one case. Where no step awaits such a call, any approval in the case is one of it."""
    happened = protocols.timeline(reader, case.id)
    gates = awaiting(case, measure)
    if not gates:
        return Right(any(_is_approval(one) for one in happened))
    ways = _decided_on_the_way(case, happened)
    reached = [one["step"] for one in happened if one["what"] == "entered" and one.get("step") in gates]
    if not reached:
        return Right(False)
    decided = ways.get(reached[-1])
    if decided is None:
        return Right(False, _under(case, reached[-1]))
    if _is_approval(decided):
        return Right(True)
    step = case.playbook.steps[decided["step"]]
    return Right(False, _under(case, decided.get("to") or step.on_failure or step.id))


def awaiting(case: protocols.Case, measure: str) -> list[str]:
    """The steps of a case's playbook that await a call for a measure."""
    waits = {name: step.extension.await_event for name, step in case.playbook.steps.items()}
    return [
        name
        for name, wait in waits.items()
        if wait is not None and wait.kind == CALL.id and dict(wait.match).get("measure") == measure
    ]


def _decided_on_the_way(case: protocols.Case, happened: list[dict[str, Any]]) -> Mapping[str, Any]:
    """For each step that was entered, how the last approval was decided through which the case came to it, if one was.

    A step follows from what was left, or entered, last among those that lead to it: branches do not mix.
    """
    steps = case.playbook.steps
    leads_to = {name: {to for _, to in (*step.exits(), *step.branches())} for name, step in steps.items()}
    ways: dict[str, Any] = {}
    seen: list[str] = []
    for one in happened:
        name = str(one.get("step") or "")
        if name not in steps:
            continue
        if one["what"] == "entered":
            before = next((each for each in reversed(seen) if name in leads_to[each]), None)
            ways[name] = ways.get(before) if before else None
        elif one["what"] in _LEFT and steps[name].extension.approval:
            ways[name] = one
        else:
            continue
        seen.append(name)
    return ways


def _is_approval(one: Mapping[str, Any]) -> bool:
    return (one["what"], one.get("outcome")) == ("completed", "approved")


def _under(case: protocols.Case, step: str) -> Text:
    names = (case.playbook.name, case.playbook.steps[step].name)
    return Text(en=": ".join(map(str, names)), zh="：".join(name.in_("zh") for name in names))
