"""What a claim may say: its days are held against each other, and against the death that is on record.

It is one rule for whoever says it: who claims, an appeal that is allowed, and two officers who correct facts. What
stands as it stood is not held again, so that what was filed before a rule counts as it did.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from commonweal.kernel.instrument import Fault, Text
from commonweal.kernel.values import shown

from .programmes import Standing
from .terms import FACTS

IN_NEITHER = Text(en="work beside that which was lost counts in neither", zh="与所失去工作并存的工作两边均不计入")
LOST = Text(en="on which the work was lost", zh="失去工作之日")
NAMED: Mapping[str, Text] = {**{str(name): words for name, words in FACTS.items()},
                            "jobs": Text(en="the new work", zh="新工作")}  # fmt: skip
"""What a fact of a claim is called."""
DAYS = ("lost_on", "exhausted_on")
AT_THE_FIRM: Mapping[str, Text] = {
    "yes": Text(en="at the firm whose work was lost", zh="在原离职单位"),
    "no": Text(en="at another firm", zh="在其他单位"),
}


def of_facts(facts: Mapping[str, Any], stands: Standing | None) -> Iterator[Fault]:
    """What is wrong with facts of a claim (the whole of it) together, where they are said otherwise than it `stands`.

    Each fault is told of what is said now: of two that do not fit, of the one that changes.
    """
    before = stands.body if stands is not None else {}
    said = {name for name in ("born_on", "lost_on", "exhausted_on", "working") if facts.get(name) != before.get(name)}
    jobs: Sequence[Mapping[str, Any]] = facts.get("jobs") or ()
    said |= {"jobs"} if _days(jobs) != _days(before.get("jobs") or ()) else set()
    if facts.get("working") == "no" and any(not job.get("ended") for job in jobs) and said & {"working", "jobs"}:
        want, zh = "not no, while a new work goes on", "新工作仍在继续时不得填“否”"
        yield _fault("working" if "working" in said else "jobs", "no", f"has work now: {want}", f"目前有工作：{zh}")
    yield from _of_work(facts.get("lost_on"), jobs, said)
    yield from _of_birth(facts, jobs, said)
    died = stands.died if stands is not None else None
    for name in DAYS:
        if died is not None and name in said and facts.get(name) and facts[name] > died["body"]["on"]:
            on = died["body"]["on"]
            want, zh = f"{on} at the latest, the day of the death that is on record", f"至迟为已登记的身故日期 {on}"
            yield _fault(name, facts[name], want, zh)


def _days(jobs: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """When each job began and ended."""
    return [(str(job["began"]), str(job.get("ended") or "")) for job in jobs]


def _of_work(lost_on: str | None, jobs: Sequence[Mapping[str, Any]], said: set[str]) -> Iterator[Fault]:
    """That new work began before the old was lost: told of each job, or of the day where that alone is said."""
    beside = [number for number, job in enumerate(jobs) if lost_on and job["began"] <= lost_on]
    if "jobs" in said:
        for number in beside:
            want = f"a day after {lost_on}, {LOST['en']}: {IN_NEITHER['en']}"
            zh = f"须晚于{LOST['zh']}（{lost_on}）：{IN_NEITHER['zh']}"
            yield _fault(f"jobs.{number}.began", jobs[number]["began"], want, zh)
    elif beside and "lost_on" in said:
        first = min(beside, key=lambda number: str(jobs[number]["began"]))
        began = jobs[first]["began"]
        which = ", ".join(str(number + 1) for number in beside)
        want = (
            f"a day before {began}, on which new work {first + 1} began: {IN_NEITHER['en']}. If that day is right, "
            f"correct the new work too, without {which}"
        )
        zh = (
            f"须早于新工作 {first + 1} 的开始日期 {began}：{IN_NEITHER['zh']}。"
            f"如该日期无误，请一并更正新工作，剔除其中的 {which}"
        )
        yield _fault("lost_on", lost_on, want, zh)


def _of_birth(facts: Mapping[str, Any], jobs: Sequence[Mapping[str, Any]], said: set[str]) -> Iterator[Fault]:
    born = facts.get("born_on")
    if not born:
        return
    told = [(name, str(facts[name]), name) for name in DAYS if facts.get(name)]
    told += [(f"jobs.{number}.began", str(job["began"]), "jobs") for number, job in enumerate(jobs)]
    early = [(where, on) for where, on, name in told if on <= born and ("born_on" in said or name in said)]
    if early and "born_on" in said:
        first = min(on for _, on in early)
        yield _fault("born_on", born, f"a day before {first}, of which the claim tells", f"须早于申领所述的 {first}")
        return
    for where, on in early:
        yield _fault(where, on, f"a day after the day of birth, {born}", f"须晚于出生日期 {born}")


def of_ends(jobs: Sequence[Mapping[str, Any]], today: date) -> Iterator[Fault]:
    """That a job ended on a day that has not come."""
    for number, job in enumerate(jobs):
        if job.get("ended") and date.fromisoformat(str(job["ended"])) > today:
            want = f"{today.isoformat()} or before: until it has ended, it goes on"
            yield Fault(f"jobs.{number}.ended", str(job["ended"]), want, "future")


def job_words(job: Mapping[str, Any], language: str) -> str:
    """One new work: its days, its pay of a month, its hours a week, and whether it is at the firm as before."""
    hours = f", {job['weekly_hours']} h" if job.get("weekly_hours") is not None else ""
    firm = f", {AT_THE_FIRM[job['same_firm']].in_(language)}" if job.get("same_firm") else ""
    return f"{job['began']} – {job.get('ended') or '…'}: {job['monthly']}{hours}{firm}"


def fact_words(told: Any, language: str) -> str:
    """A fact of a claim as it is said; a dash for none."""
    if isinstance(told, (list, tuple)):
        return "; ".join(job_words(job, language) for job in told) or "–"
    return "–" if told is None else str(told)


def _fault(where: str, seen: Any, want: str, zh: str) -> Fault:
    return Fault(where, shown(seen), want, "days", Text(en=f"{shown(seen)} – {want}.", zh=f"{shown(seen)}——{zh}。"))
