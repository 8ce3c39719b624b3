"""New work of which a claim tells: when it went on, what it paid, and from which of it a claim counts.

A time of work is a job, or jobs that go on at once; it changes where one begins or ends. By a text whose conditions are
asked of each of them (`first_that_fits`) a claim counts from the first that fits: one more that does not fit costs
nothing, and one that is left out wins nothing. By a text from before that they are asked of the first time alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from .amounts import Job, earned_between
from .terms import Assessment, FactName, Frame, Terms, assess, holds


@dataclass(frozen=True)
class Work:
    """The jobs that go on together from a day on."""

    since: date
    jobs: Sequence[Job]


@dataclass(frozen=True)
class Fit:
    """What the conditions come to on the work from which a claim counts: the facts that were asked, and the day from
    which that went on; None without any work."""

    assessment: Assessment
    facts: Mapping[FactName, Any]
    since: date | None


def works(jobs: Sequence[Job]) -> list[Work]:
    """Each time with any work, in order."""
    days = {one.began for one in jobs} | {one.ended + timedelta(days=1) for one in jobs if one.ended}
    times = (Work(day, [one for one in jobs if one.on(day)]) for day in sorted(days))
    return [one for one in times if one.jobs]


def about(times: Sequence[Work], earned: int | None, counted: Sequence[Job] = ()) -> dict[FactName, Any]:
    """What conditions ask of the first of these times, and of all of them at their least. Of the first these jobs count
    (none told: all of it); what pay was lost all of it says."""
    if not times:
        asked: tuple[FactName, ...] = ("took_up_on", "lost_pay", "new_pay", "weekly_hours", "least_pay", "least_hours")
        return dict.fromkeys((*asked, "same_firm"))
    first, hours = counted or times[0].jobs, [_hours(one.jobs) for one in times]
    return {
        "took_up_on": min(one.began for one in first),
        "lost_pay": earned - _pay(times[0].jobs) if earned is not None else None,
        "new_pay": _pay(first), "weekly_hours": _hours(first), "least_pay": min(_pay(one.jobs) for one in times),
        "least_hours": min((one for one in hours if one is not None), default=None) if None not in hours else None,
        "same_firm": _same_firm(times),
    }  # fmt: skip


def first_that_fits(
    terms: Terms, facts: Mapping[FactName, Any], jobs: Sequence[Job], earned: int | None, frame: Frame
) -> Fit:
    """The first time of work that fits, or would if more were known; if none does, that which fails the fewest
    conditions.

    Of a time the jobs count that were taken up when the text asks for it: one from before does not bring the hours, and
    one that comes later does not make new work of it.
    """
    times = works(jobs)
    found = [_fit(terms, facts, times[at:], earned, frame) for at in range(len(times))]
    if not found:
        return Fit(assess(terms, facts, frame), facts, None)
    fits = next((one for one in found if one.assessment.answer != "not_eligible"), None)
    return fits or min(found, key=lambda one: sum(each.holds is False for each in one.assessment.findings))


def _fit(
    terms: Terms, facts: Mapping[FactName, Any], times: Sequence[Work], earned: int | None, frame: Frame
) -> Fit:  # fmt: skip
    taken_up = [one for one in terms.condition if one.fact == "took_up_on"]
    counted = [job for job in times[0].jobs if all(holds(one, job.began, frame) for one in taken_up)]
    seen = {**facts, **about(times, earned, counted)}
    return Fit(assess(terms, seen, frame), seen, times[0].since)


def without_work(
    jobs: Sequence[Job], working: str | None, since: date, until: date, week_below: Fraction = Fraction(0)
) -> str | None:
    """Whether on some day from one through another they had no work, or such as pays less than so many cents a week;
    None where that is not known: they said neither that they have work nor that what they had ended, or that they have
    some and not since when."""
    if working == "yes" and all(one.ended is not None for one in jobs):
        return None
    if not jobs:
        return "yes" if working == "no" else None
    days = (since + timedelta(days=at) for at in range(max((until - since).days, 0) + 1))
    return (
        "yes"
        if any(not any(job.on(day) for job in jobs) or 7 * earned_between(jobs, day, day) < week_below for day in days)
        else "no"
    )


def _same_firm(times: Sequence[Work]) -> str | None:
    """Whether the first of these times is spent at the firm from which they were separated; None where that is not
    known of some work, also later, for on these days nothing is due."""
    if any(one.same_firm == "yes" for one in times[0].jobs):
        return "yes"
    return None if any(job.same_firm is None for one in times for job in one.jobs) else "no"


def _pay(jobs: Sequence[Job]) -> int:
    return sum(one.monthly for one in jobs)


def _hours(jobs: Sequence[Job]) -> int | None:
    """Hours a week of work that goes on together; None where they are not known of each."""
    told = [one.hours for one in jobs if one.hours is not None]
    return sum(told) if len(told) == len(jobs) else None
