"""What bears an element up: an entry of the record, until when, and what has to stay so.

Evidence that only stands in a drawing is an assertion. Bound, it is an entry with a digest; it counts from the day it
is from until it expires, and only while its conditions hold: a threshold rule does not fire, a measured series is
within bounds and young enough. An assumption is bound in the same way to what would show that it is no longer true.
What is not known, or not precisely enough, is told as such and leaves the element open; a condition that must not stay
unknown says so (`if_unknown`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Literal, Protocol

from pydantic import Field, model_validator

from commonweal.kernel.instrument import Index
from commonweal.methods.arguments import FAILED, HELD, OPEN

from .model import Id, Name, _Part

FIGURES = ("lower", "upper", "stated_by")
OTHER_WEIGHTS = "other_weights"
UNDECIDED = ("inconclusive", OTHER_WEIGHTS)
"""What is found where nothing could be shown, or was shown of weights that the model has no more."""
Chance = Annotated[float, Field(ge=0, le=1)]


class Condition(_Part):
    """What has to stay so: that a threshold rule does not fire about a subject (or does: `firing`), that a series'
    newest value is within bounds, with the whole of its interval, or that what was `found` of a subject last is one of
    these: of a test against a red line `below`, of a mitigation `in_place` (`findings`).

    `days_max`: how old that value may be. `if_unknown`: what the element is while nobody knows.
    """

    subject: Id
    rule: Name | None = None
    firing: bool = False
    series: Name | None = None
    found: Annotated[tuple[Name, ...], Field(max_length=10)] = ()
    at_least: float | None = None
    at_most: float | None = None
    days_max: Annotated[int | None, Field(ge=1, le=3660)] = None
    if_unknown: Literal["open", "defeated"] = "open"

    @model_validator(mode="after")
    def _one_of_three(self) -> Condition:
        if (self.rule is not None) + (self.series is not None) + bool(self.found) != 1:
            raise ValueError("a condition is about one of three: a rule, a series, or what was found of a subject")
        if self.series is not None and self.at_least is None and self.at_most is None:
            raise ValueError("say at least or at most how much a series may be")
        return self


class Binding(_Part):
    """What an element rests on outside the argument: an `entry` of the record, and of which `subject` it is a version,
    if it is to count only as long as there is no newer one. `lower` and `upper`: how likely that it holds, as stated by
    `stated_by`; without them nothing is claimed."""

    element: Id
    entry: Index | None = None
    subject: Id | None = None
    sha256: Annotated[str | None, Field(pattern=r"^[0-9a-f]{64}$")] = None
    since: date | None = None
    expires: date | None = None
    conditions: Annotated[tuple[Condition, ...], Field(max_length=50)] = ()
    lower: Chance | None = None
    upper: Chance | None = None
    stated_by: Name | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Binding:
        if (self.lower is None) != (self.upper is None) or (self.lower or 0) > (self.upper or 0):
            raise ValueError("lower and upper are given together, lower first")
        if self.lower is not None and not self.stated_by:
            raise ValueError("say who states how likely it is")
        if self.since and self.expires and self.expires <= self.since:
            raise ValueError("it expires after the day it is from")
        return self


class Known(Protocol):
    """What the authority knows: the state of rules, the newest value of series, what became of entries."""

    @property
    def soon(self) -> timedelta:
        """How long before it expires evidence is said to."""

    def state(self, rule: str, subject: str) -> str | None:
        """`ok`, `pending` (it would fire if that lasted) or `firing`; None where nobody knows."""

    def newest(self, series: str, subject: str) -> tuple[date, float, float] | None:
        """The day of the newest value of a series, and between which bounds that lies."""

    def finding(self, subject: str) -> str | None:
        """What was found of a subject last, as a word; None where nothing was."""

    def carried(self, subject: str) -> int | None:
        """What a subject is by what was found of it last, where evidence that is bound to it stands and falls with
        that (`findings.CARRIED`); None of any other."""

    def lost(self, entry: int, subject: str | None) -> Lost | None:
        """Whether an entry is `gone` (annulled, or no version of a subject that counts any more), was `erased`, or is
        `absent`: it never was in the record when it was named. So is one that `rests_on` such an entry."""

    def subject(self, entry: int) -> str | None:
        """Of what an entry is a version; None where of nothing on the register."""

    def rests_on(self, entry: int) -> Sequence[int]:
        """The entries on which what an entry says rests: of a guarantee, from its source down."""

    def guaranteed(self, entry: int) -> Bounds | None:
        """Between which bounds it lies how likely it is that what an entry says holds, and by which method that is so;
        None of an entry that says nothing of it."""


Bounds = tuple[float, float, str]
Lost = Literal["gone", "erased", "absent"]
Why = Literal[
    "not_yet",
    "expired",
    "expires_soon",
    "gone",
    "erased",
    "absent",
    "state",
    "pending",
    "bound",
    "unsure",
    "old",
    "finding",
    "undecided",
    "unknown",
]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an element does not hold by itself, or soon will not; `detail` is a rule, a series, a day, an entry."""

    element: str
    why: Why
    detail: str
    value: int
    """`HELD` for a warning, else what the element is for this reason."""


def stated(binding: Binding, known: Known) -> Binding:
    """A binding with the subject of which its entry is a version, named or not, for newer versions of that replace it;
    and with how likely it holds as its entry says: nobody says otherwise beside that."""
    if binding.entry is not None and binding.subject is None:
        binding = binding.model_copy(update={"subject": known.subject(binding.entry)})
    found = known.guaranteed(binding.entry) if binding.entry is not None else None
    return binding.model_copy(update=dict(zip(FIGURES, found, strict=True))) if found else binding


def judged(binding: Binding, today: date, known: Known, carries_from: int | None = FAILED) -> tuple[int, list[Reason]]:
    """What an element is by its binding on a day, and every reason that speaks against it. What was found of the
    subject that it is bound to makes it `carries_from` at the worst; None: nothing."""
    reasons = [*_by_time(binding, today, known), *_by_entry(binding, known)]
    reasons += _by_subject(binding, known, carries_from) if carries_from is not None else ()
    for condition in binding.conditions:
        reasons += _by_condition(binding.element, condition, today, known)
    return min([HELD, *(reason.value for reason in reasons)]), reasons


def _by_time(binding: Binding, today: date, known: Known) -> Iterator[Reason]:
    if binding.since is not None and today < binding.since:
        yield Reason(binding.element, "not_yet", binding.since.isoformat(), OPEN)
    if binding.expires is not None and today >= binding.expires:
        yield Reason(binding.element, "expired", binding.expires.isoformat(), FAILED)
    elif binding.expires is not None and today + known.soon >= binding.expires:
        yield Reason(binding.element, "expires_soon", binding.expires.isoformat(), HELD)


def _by_entry(binding: Binding, known: Known) -> Iterator[Reason]:
    """Of what was withdrawn, replaced or erased nothing is left that supports anything, and nothing that refutes it:
    what rests on it is as undeveloped as before there was evidence."""
    if binding.entry is not None and (why := known.lost(binding.entry, binding.subject)):
        yield Reason(binding.element, why, str(binding.entry), OPEN)


def _by_subject(binding: Binding, known: Known, carries_from: int) -> Iterator[Reason]:
    """A case, a test against a red line or a mitigation that evidence is bound to takes its standing along. Where a
    condition says what has to be found of that subject, this counts instead."""
    subject = binding.subject
    if subject is None or any(one.found and one.subject == subject for one in binding.conditions):
        return
    value = known.carried(subject)
    if value is not None and value != HELD:
        yield Reason(binding.element, "finding" if value == FAILED else "undecided", subject, max(value, carries_from))


def _by_condition(element: str, condition: Condition, today: date, known: Known) -> Sequence[Reason]:
    unknown = OPEN if condition.if_unknown == "open" else FAILED
    if condition.rule is not None:
        state = known.state(condition.rule, condition.subject)
        if state is None:
            return [Reason(element, "unknown", condition.rule, unknown)]
        if (state == "firing") != condition.firing:
            return [Reason(element, "state", condition.rule, FAILED)]
        return [Reason(element, "pending", condition.rule, HELD)] if state == "pending" else []
    if condition.found:
        return _by_finding(element, condition, known, unknown)
    series = condition.series or ""
    newest = known.newest(series, condition.subject)
    if newest is None:
        return [Reason(element, "unknown", series, unknown)]
    day, low, high = newest
    if condition.days_max is not None and (today - day).days > condition.days_max:
        return [Reason(element, "old", series, unknown)]
    least = condition.at_least if condition.at_least is not None else low
    most = condition.at_most if condition.at_most is not None else high
    if least <= low and high <= most:
        return []
    outside = high < least or low > most
    return [Reason(element, "bound", series, FAILED) if outside else Reason(element, "unsure", series, unknown)]


def _by_finding(element: str, condition: Condition, known: Known, unknown: int) -> Sequence[Reason]:
    found = known.finding(condition.subject)
    if found is None:
        return [Reason(element, "unknown", condition.subject, unknown)]
    if found in condition.found:
        return []
    if found in UNDECIDED:
        return [Reason(element, "unsure", condition.subject, unknown)]
    return [Reason(element, "finding", condition.subject, FAILED)]
