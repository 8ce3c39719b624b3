"""How far a case can run by itself: what happens in it, at most, one thing after another, while nobody acts.

Time passes in such a run, and what is awaited may have come: so only a desk's work and an approval end it. A step with
`at_most` is entered so often in a whole case, and in between no other step twice (`lints` sees to both): so a loop is
gone through no more often than its bounded steps are entered together, and once more.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator, Mapping

from commonweal.kernel.values import Fault

from .playbooks import ACTION, DECISIONS, END, IF, PARALLEL, RECORD, SWITCH, WHILE, Playbook, Step
from .reading import RUN_ITEMS_MAX
from .safeguards import reached

Graph = Mapping[str, tuple[str, ...]]


def run_items(playbook: Playbook) -> int:
    """How many things happen in a case, at most, from any moment on until somebody must act."""
    return sum(items for _, items in _parts(playbook))


def too_long(playbook: Playbook) -> Iterator[Fault]:
    """The fault of a playbook that runs by itself for longer than `RUN_ITEMS_MAX`: at its longest loop, if it has one.

    Every step that is named exists, and every loop has a bound: others are faults of their own.
    """
    parts = _parts(playbook)
    whole = sum(items for _, items in parts)
    if whole <= RUN_ITEMS_MAX:
        return
    loop, items = max(parts, key=lambda part: (len(part[0]) > 0, part[1]))
    want = f"at most {RUN_ITEMS_MAX} things that happen while nobody acts"
    if not loop:
        yield Fault("workflow", str(whole), f"{want}: fewer notices, or a step that somebody does", "too_long")
        return
    bounded = max(loop, key=_visits)
    seen = f"{_visits(bounded)} visits in the loop of “{bounded.name['en']}”: {items} of {whole} things"
    more = "fewer visits, less in the loop, or in it a step that somebody does"
    yield Fault(f"workflow.{bounded.id}.at_most.visits", seen, f"{want}: {more}", "too_long")


@functools.lru_cache(maxsize=256)
def awaits_max(playbook: Playbook) -> int:
    """How often a case can come to steps that await something, at most: so many early arrivals it can use.

    Without end where what undoes a case awaits something: that can be ordered again and again. Every loop has a bound.
    """
    graph = {name: tuple(to for _, to in (*step.branches(), *step.exits())) for name, step in playbook.steps.items()}
    undoing = reached((step.extension.reversal_step for step in playbook.steps.values()), graph)
    awaiting = [step for step in playbook.steps.values() if step.extension.await_event]
    if any(step.id in undoing for step in awaiting):
        return sys.maxsize
    rounds = sum(map(_visits, playbook.steps.values()))
    return sum(_visits(step) or rounds + 1 for step in awaiting)


def _visits(step: Step) -> int:
    return step.extension.at_most.visits if step.extension.at_most else 0


def _parts(playbook: Playbook) -> list[tuple[tuple[Step, ...], int]]:
    """Each loop, as its steps, with what can happen in it at most; and under `()` what happens outside of loops."""
    steps = playbook.steps
    graph = {
        name: (*_by_itself(step), *back) for (name, step), back in zip(steps.items(), _back(playbook), strict=True)
    }
    ahead = {name: reached(ways, graph) for name, ways in graph.items()}
    found: dict[frozenset[str], tuple[tuple[Step, ...], int]] = {}
    alone = 0
    for name, step in steps.items():
        if name not in ahead[name]:
            alone += _items(playbook, step)
            continue
        loop = frozenset(other for other in ahead[name] & steps.keys() if name in ahead[other])
        if loop not in found:
            inside = tuple(steps[other] for other in steps if other in loop)
            rounds = sum(map(_visits, inside))
            often = ((_visits(one) or rounds + 1) * _items(playbook, one) for one in inside)
            found[loop] = (inside, sum(often))
    return [*found.values(), ((), alone)]


def _by_itself(step: Step) -> tuple[str, ...]:
    """The steps that a case goes on to from here without anybody's act."""
    ways = (*step.branches(), *step.exits())
    if not step.waits_for_people:
        return tuple(to for _, to in ways)
    late = {"deadline.escalate_to", "at_most.then", *(("on_failure",) if step.timeout_s else ())}
    return tuple(to for label, to in ways if label in late)


def _back(playbook: Playbook) -> list[tuple[str, ...]]:
    """For each step, where the case comes back to when a branch ends after it: to what joins the branches."""
    graph = {name: _by_itself(step) for name, step in playbook.steps.items()}
    joins = []
    for step in playbook.steps.values():
        onward = step.id if step.type == WHILE else step.next
        if step.joins and onward:
            joins.append((onward, reached((to for _, to in step.branches()), graph)))
    return [
        tuple(onward for onward, region in joins if name in region) if _may_end(playbook, step) else ()
        for name, step in playbook.steps.items()
    ]


def _may_end(playbook: Playbook, step: Step) -> bool:
    """Whether a branch may end after a step: at an end step, or where a decision or a join leads nowhere further."""
    falls = step.type in (PARALLEL, *DECISIONS) and not step.next
    return falls or any(to in playbook.steps and playbook.steps[to].type == END for to in _by_itself(step))


def _items(playbook: Playbook, step: Step) -> int:
    """What happens in one visit of a step: it is entered and left, its commands are filed or leave, a branch ends."""
    if step.type == END:
        return 2
    noted = sum(command.type == RECORD for command in step.commands) if step.type == ACTION else 0
    leaving = len(step.effects()) * len(step.extension.deliver) if step.type == ACTION else 0
    joined = step.joins and step.type in (IF, SWITCH)
    lettered = step.extension.letter is not None
    return 2 + bool(step.delay_s) + joined + noted + lettered + leaving + _may_end(playbook, step)
