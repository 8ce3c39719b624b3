"""The review of an exercise: its timeline, where the time went, what was scored, and what is to be improved.

Everything is read from the record. Hours are counted from the start of the exercise; no score is given for what the
exercise did not come to, and that is said.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from commonweal.kernel import protocols, registry
from commonweal.kernel.record import Entry
from commonweal.kernel.values import LANGUAGES, Text, stamp

from .definition import Definition, Milestone, Objective, Point
from .holding import Holding
from .world import Happened, happenings, meets

Report = dict[str, Any]
BARS_MAX = 300


@dataclass(frozen=True)
class _Seen:
    """What is looked at: every entry, and what happened at the steps of cases with its instant."""

    definition: Definition
    entries: Sequence[Entry]
    happened: Sequence[tuple[datetime, Happened]]

    def first(self, point: Point | None) -> datetime | None:
        """When a point was first reached, or None."""
        return next(self.every(point), None) if point else None

    def every(self, point: Point) -> Iterator[datetime]:
        if point.inject:
            key = f"exercise:inject:{point.inject}"
            yield from (entry.time for entry in self.entries if entry.key == key)
        elif point.step:
            for at, item in self.happened:
                if item.what == point.happened and item.step.startswith(point.step):
                    yield at
        else:
            yield from (entry.time for entry in self.entries if meets(point, entry))

    def hours(self, at: datetime | None) -> float | None:
        return None if at is None else round((at - self.definition.start).total_seconds() / 3600, 2)


def review(holding: Holding) -> Report:
    """The after-action report as JSON values; texts are `{en, zh}`, times are instants and hours from the start."""
    entries = holding.entries()
    happened = [(entry.time, item) for entry in entries for item in happenings(entry, holding.step_names)]
    definition = holding.definition
    seen = _Seen(definition, entries, happened)
    stretches, contained = _stretches(seen)
    scored = [_scored(seen, objective, holding) for objective in definition.objectives]
    dominant = max((one for one in stretches if one["until_contained"]), key=lambda one: one["took"] or 0, default=None)
    size = holding.authority.store.size()
    return {
        "exercise": definition.id,
        "title": dict(definition.title),
        "summary": dict(definition.summary),
        "playbook": definition.playbook,
        "definition_sha256": definition.sha256,
        "seed": holding.seed,
        "started": stamp(definition.start),
        "ended": stamp(holding.now),
        "over": holding.over,
        "log": {
            "origin": holding.authority.settings.origin,
            "size": size,
            "root": holding.authority.store.root().hex(),
        },
        "points": round(sum(one["points"] for one in scored), 2),
        "points_max": sum(objective.points for objective in definition.objectives),
        "objectives": scored,
        "milestones": stretches,
        "contained_after_h": contained,
        "dominant": dominant["id"] if dominant and dominant["took"] else None,
        "bars": _bars(seen, holding)[:BARS_MAX],
        "timeline": _timeline(seen, holding),
        "waits": _waits(seen, holding),
        "actors": _actors(definition),
        "refused": dict(holding.refused),
        "improvements": _plan(definition, scored, dominant),
    }


# where the time went


def _stretches(seen: _Seen) -> tuple[list[Report], float | None]:
    """The milestones with how long each took after the one before; hours from the first to the one that contains."""
    found: list[Report] = []
    before: datetime | None = None
    until = _contains(seen.definition.milestones)
    began = contained = None
    for number, milestone in enumerate(seen.definition.milestones):
        at = seen.first(milestone.at)
        took = max(timedelta(), at - before) if at and before else None
        found.append(
            {
                "id": milestone.id,
                "title": dict(milestone.title),
                "at": stamp(at) if at else None,
                "hours": seen.hours(at),
                "took": round(took.total_seconds() / 3600, 2) if took is not None else None,
                "contained": milestone.contained,
                "until_contained": number <= until,
            }
        )
        began = began or at
        before = max(before, at) if before and at else at or before
        if milestone.contained and at and began:
            contained = round((at - began).total_seconds() / 3600, 2)
    return found, contained


def _contains(milestones: Sequence[Milestone]) -> int:
    return next((number for number, item in enumerate(milestones) if item.contained), len(milestones) - 1)


def _bars(seen: _Seen, holding: Holding) -> list[Report]:
    """Each time a case stood at a step that waited: from when to when, in hours, and how that ended."""
    bars: list[Report] = []
    standing: dict[tuple[str, str], datetime] = {}
    for at, item in seen.happened:
        place = (item.case, item.step)
        if item.what == "entered" and item.step in _waiting(holding, item.case):
            standing[place] = at
        elif item.what in ("completed", "escalated") and place in standing:
            began = standing.pop(place)
            if at > began:
                bars.append(_bar(seen, holding, item, began, at))
        elif item.what == "closed":  # what a case stood at when it was withdrawn ends with it
            for other in [one for one in standing if one[0] == item.case]:
                began = standing.pop(other)
                if at > began:
                    bars.append({**_bar(seen, holding, item, began, at), "step": _both(holding, item.case, other[1])})
    return sorted(bars, key=lambda bar: (bar["from"], bar["to"]))


def _bar(seen: _Seen, holding: Holding, item: Happened, began: datetime, at: datetime) -> Report:
    row = protocols.find_case(holding.authority.reader, item.case)
    return {
        "case": item.case,
        "playbook": row["playbook"],
        "subject": row["subject"],
        "step": _both(holding, item.case, item.step),
        "from": seen.hours(began),
        "to": seen.hours(at),
        "ended": "late" if item.what == "escalated" else item.outcome or item.what,
    }


def _waiting(holding: Holding, case: str) -> frozenset[str]:
    """The English names of the steps at which a case waits for somebody: its actions."""
    steps = protocols.case(holding.authority.reader, case).playbook.steps.values()
    return frozenset(step.name["en"] for step in steps if step.type == "action")


def _both(holding: Holding, case: str, english: str) -> dict[str, str]:
    steps = protocols.case(holding.authority.reader, case).playbook.steps.values()
    return next((dict(step.name) for step in steps if step.name["en"] == english), {"en": english, "zh": english})


def _waits(seen: _Seen, holding: Holding) -> list[Report]:
    """For each step the hours that cases stood at it in all, longest first, and how often its deadline passed."""
    total: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0, 0])
    names: dict[tuple[str, str], dict[str, str]] = {}
    for bar in _bars(seen, holding):
        place = (bar["playbook"], bar["step"]["en"])
        names[place] = bar["step"]
        total[place][0] += bar["to"] - bar["from"]
        total[place][1] += 1
        total[place][2] += bar["ended"] == "late"
    ranked = sorted(total.items(), key=lambda pair: (-pair[1][0], pair[0]))
    return [
        {"playbook": place[0], "step": names[place], "hours": round(sums[0], 2), "visits": sums[1], "late": sums[2]}
        for place, sums in ranked
    ]


def _timeline(seen: _Seen, holding: Holding) -> list[Report]:
    """What was filed by whom, and each deadline that passed, in order; not what the authority's own rooms recorded."""
    injects = {f"exercise:inject:{one.id}": one for one in seen.definition.injects}
    parties = {actor.party: actor for actor in seen.definition.actors.values()}
    kinds = holding.authority.kinds
    found: list[Report] = []
    for entry in seen.entries:
        at = {"at": stamp(entry.time), "hours": seen.hours(entry.time), "entry": entry.index}
        if entry.author in parties:
            inject = injects.get(entry.key)
            title = _title(holding, entry, dict(kinds[entry.kind].title))
            found.append(
                {
                    **at,
                    "what": "inject" if inject else "filed",
                    "kind": entry.kind,
                    "by": dict(parties[entry.author].name),
                    "text": dict(inject.say) if inject and inject.say["en"] else title,
                }
            )
        for item in happenings(entry, holding.step_names):
            if item.what == "escalated":
                found.append(
                    {**at, "what": "late", "kind": entry.kind, "by": None, "text": _both(holding, item.case, item.step)}
                )
    return found


def _title(holding: Holding, entry: Entry, kind: dict[str, str]) -> dict[str, str]:
    """What an entry is called for people, with how it decides, and the step or order that it is about."""
    case, step, order = (entry.body.get(name) for name in ("case", "step", "order"))
    said = _SAID.get((entry.kind, str(entry.body.get("decision") or entry.body.get("outcome"))), kind)
    if case and step:
        name = _both(holding, case, holding.step_names(case).get(step, ""))
    elif order and (row := registry.subject(holding.authority.reader, str(order))) is not None:
        name = dict.fromkeys(LANGUAGES, str(row["name"]))
    else:
        return kind
    return {"en": f"{said['en']}: {name['en']}", "zh": f"{said['zh']}：{name['zh']}"}


_SAID: dict[tuple[str, str], dict[str, str]] = {
    ("approval.given", "approve"): {"en": "Approves", "zh": "批准"},
    ("approval.given", "refuse"): {"en": "Refuses", "zh": "拒绝"},
    ("case.step_done", "failed"): {"en": "Step of a case failed", "zh": "案件步骤失败"},
}


# scores


def _scored(seen: _Seen, objective: Objective, holding: Holding) -> Report:
    share, said = _MEASURES[objective.measure](seen, objective, holding)
    return {
        "id": objective.id,
        "title": dict(objective.title),
        "measure": objective.measure,
        "points": round(objective.points * (share or 0.0), 2),
        "points_max": objective.points,
        "share": None if share is None else round(share, 4),
        "said": dict(said),
        "source": dict(objective.source),
    }


def _time(seen: _Seen, objective: Objective, holding: Holding) -> tuple[float | None, Text]:
    start, end = seen.first(objective.start), seen.first(objective.end)
    if start is None or end is None:
        return None, _not_reached(holding)
    took = end - start
    share = (objective.none - took) / (objective.none - objective.full)
    hours = took.total_seconds() / 3600
    full, none = (span.total_seconds() / 3600 for span in (objective.full, objective.none))
    said = Text(
        en=f"{hours:.1f} h (all points up to {full:.0f} h, none from {none:.0f} h)",
        zh=f"{hours:.1f} 小时（{full:.0f} 小时以内得满分，{none:.0f} 小时起不得分）",
    )
    return min(1.0, max(0.0, share)), said


def _not_reached(holding: Holding) -> Text:
    return Text(en="not reached", zh="未达到") if holding.over else Text(en="not reached yet", zh="尚未达到")


def _deadline(seen: _Seen, objective: Objective, holding: Holding) -> tuple[float | None, Text]:
    step, ends = str(objective.given["step"]), ("completed", "escalated")
    ended = [item.what for _, item in seen.happened if item.step.startswith(step) and item.what in ends]
    if not ended:
        return None, _not_reached(holding)
    late = ended.count("escalated")
    said = Text(en=f"{late} of {len(ended)} visits ended late", zh=f"{len(ended)} 次中有 {late} 次逾期")
    return 1 - late / len(ended), said


def _quorum(seen: _Seen, objective: Objective, holding: Holding) -> tuple[float | None, Text]:
    voices = {item.organisation for _, item in seen.happened
              if item.what == "approval" and item.outcome == "approve"
              and item.step.startswith(str(objective.given["step"]))}  # fmt: skip
    needed = max(1, int(objective.given["n"]))
    said = Text(en=f"{len(voices)} of {needed} organisations", zh=f"{needed} 家机构中有 {len(voices)} 家")
    return min(1.0, len(voices) / needed), said


def _recipients(seen: _Seen, objective: Objective, holding: Holding) -> tuple[float | None, Text]:
    point = Point(entry=str(objective.given["entry"]), where=dict(objective.given.get("where", {})))
    name = str(objective.given["field"])
    reached = {str(entry.body.get(name)) for entry in seen.entries if meets(point, entry)}
    if not reached:
        return None, Text(en="nobody was addressed", zh="未通知任何一方")
    expected = set(map(str, objective.given["expected"]))
    right, wrong = len(reached & expected), len(reached - expected)
    said = Text(
        en=f"{right} of {len(expected)} right recipients, {wrong} wrong",
        zh=f"应通知 {len(expected)} 方，正确 {right}，错误 {wrong}",
    )
    return min(1.0, max(0.0, (right - wrong) / max(1, len(expected)))), said


def _outcome(seen: _Seen, objective: Objective, holding: Holding) -> tuple[float | None, Text]:
    rows = protocols.cases(holding.authority.reader, playbook=seen.definition.playbook)
    if not rows:
        return None, Text(en="no case was opened", zh="未开启案件")
    ends = [row["outcome"] or row["state"] for row in rows]
    if set(ends) == {"open"}:
        return 0.0, _STATES["unended" if holding.over else "open"]
    names = [_end(holding, row["case"], end) for row, end in zip(rows, ends, strict=True)]
    said = Text(
        en=f"ended as: {', '.join(name['en'] for name in names)}", zh=f"结果：{'、'.join(name['zh'] for name in names)}"
    )
    return ends.count(str(objective.given["expected"])) / len(ends), said


def _end(holding: Holding, case: str, outcome: str) -> dict[str, str]:
    """What a case came to, as its playbook names that end."""
    steps = protocols.case(holding.authority.reader, case).playbook.steps.values()
    return next(
        (dict(step.name) for step in steps if step.type == "end" and step.extension.outcome == outcome),
        dict(_STATES[outcome]) if outcome in _STATES else dict.fromkeys(LANGUAGES, outcome),
    )


_STATES = {
    "open": Text(en="not ended yet", zh="尚未结束"),
    "unended": Text(en="not ended when the exercise was over", zh="演练结束时尚未结束"),
    "failed": Text(en="the case failed", zh="案件失败"),
    "reversed": Text(en="the case was reversed", zh="案件已撤回"),
}


_MEASURES = {
    "time": _time, "deadline": _deadline, "quorum": _quorum, "recipients": _recipients, "outcome": _outcome,
}  # fmt: skip


# what follows


def _plan(definition: Definition, scored: Sequence[Report], dominant: Report | None) -> list[Report]:
    """The improvements proposed: where an objective fell short, or the milestone took longest before containment."""
    short = {one["id"] for one in scored if one["share"] is None or one["share"] < 1}
    longest = dominant["id"] if dominant and dominant["took"] else ""
    return [
        {
            "id": item.id,
            "title": dict(item.title),
            "measure": dict(item.measure),
            "owner": item.owner,
            "due_after": item.due_after.text,
            "because": item.objective or item.milestone,
        }
        for item in definition.improvements
        if item.objective in short or (item.milestone and item.milestone == longest)
    ]


def _actors(definition: Definition) -> list[Report]:
    return [
        {
            "id": actor.id,
            "name": dict(actor.name),
            "player": actor.player,
            "delay": _delay(actor.delay),
            "silence": actor.silence,
        }
        for actor in definition.actors.values()
    ]


def _delay(delay: Any) -> str:
    first = delay.first.total_seconds() / 3600
    if delay.form == "fixed":
        return f"{first:g} h"
    if delay.form == "even":
        return f"{first:g}–{delay.second.total_seconds() / 3600:g} h"
    return f"{first:g} h × {delay.spread:g}^±1"
