"""What a law asks of a subject at an instant, given what is known: pure, three-valued, with every reason kept.

Conditions are judged by Kleene's strong logic: an unknown fact leaves the answer unknown only where it could still
change it. So learning a fact that was unknown can turn `unknown` into `owed` or `not_owed`, never one of those into
the other. A figure with an interval is decided by the one of its figures that the rule acts on, and it is said when
the interval lies on both sides of the line.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Literal, Protocol
from zoneinfo import ZoneInfo

from commonweal.kernel.record.tables import Reader
from commonweal.kernel.values import YEAR_MAX, YEAR_MIN, Interval, instant, stamp

from .calendars import PLAIN, Calendar, Due, day_end, due_after
from .clauses import HOLDS, MAY_HOLD, OF_DUTIES, THE_AUTHORITY
from .conditions import Condition, Group, facts_in
from .laws import DATE_OPS, LIST_OPS, NUMBER_OPS, Law, Rule

Truth = Literal["yes", "no", "unknown"]
State = Literal["owed", "not_owed", "unknown", "not_in_force", "not_public"]
NO_CASE: Mapping[tuple[str, str], datetime] = {}


class FactLike(Protocol):
    """One fact as known: a value or None, since when it was known, and where it comes from.

    It may also have a `history`, `(instant, value)` of each filing, oldest first: then a condition is known to hold
    from the filing since which it has held without a break, however often the figure was filed anew. `said`, of a fact
    that starts clocks, has `(instant, value)` of each filing that states it: who reports a minor harm, and a grave one
    later, became aware of each when the filing that tells of it says.
    """

    @property
    def value(self) -> bool | float | str | Interval | None: ...

    @property
    def known_on(self) -> datetime | None: ...

    @property
    def source(self) -> str: ...


class FactsLike(Protocol):
    """Supplies the facts about one noun.

    It may also have `touches(entry, reader)`, which gives further subjects whose facts an entry changes;
    `matter(subject, reader)`, which gives the other subjects that are one matter with it: what one debtor owes on the
    matter it owes once (see `matter`); and `keeps(entry, tables)`, which is told of every entry before facts are asked
    for, to keep in tables of its own what would be dear to work out each time.
    """

    @property
    def noun(self) -> str: ...

    @property
    def of(self) -> Callable[[str, Reader, datetime], Mapping[str, FactLike]]: ...


def facts_about(suppliers: Sequence[FactsLike], subject: str, reader: Reader, as_of: datetime) -> dict[str, FactLike]:
    """What all suppliers for a subject's noun know of it; of several, the first that knows a fact wins."""
    found: dict[str, FactLike] = {}
    for supplier in suppliers:
        if supplier.noun == noun_of(subject):
            for name, fact in supplier.of(subject, reader, as_of).items():
                if name not in found or found[name].value is None:
                    found[name] = fact
    return found


def matter_of(suppliers: Sequence[FactsLike], subject: str, reader: Reader) -> list[str]:
    """The other subjects that are one matter with a subject, as its suppliers say."""
    asked = [getattr(one, "matter", None) for one in suppliers if one.noun == noun_of(subject)]
    return list(dict.fromkeys(other for ask in asked if ask is not None for other in ask(subject, reader)))


@dataclass(frozen=True)
class Finding:
    """What one rule asks of one subject at an instant.

    `due` is set when the duty is owed and has a date; `due_if_owed` is the date that would hold if every missing fact
    turned out to make the duty owed. `missing` names the facts that leave the answer open, `doubts` those that leave
    only the date or the debtor open: where one of them is the fact that starts the clock, the clock is presumed to
    start when the rest was known. `conditions` is the tree of conditions with what was seen, JSON-ready. A duty that
    starts with what happens to another is not owed before; `awaits` then names the event; so it does where what starts
    it happened before the rule was in force, and for that the rule does not ask (`EARLIER`). `held` is since when the
    conditions are known to hold, `open` since when no filing denies them and one states what starts the clock.
    """

    law: Law
    rule: Rule
    subject: str
    state: State
    party: str = ""
    started_on: datetime | None = None
    due: Due | None = None
    due_if_owed: Due | None = None
    missing: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    straddles: tuple[str, ...] = ()
    conditions: dict[str, Any] = field(default_factory=dict)
    awaits: str = ""
    held: datetime | None = None
    open: datetime | None = None

    def overdue(self, at: datetime) -> bool:
        """Whether the duty's date has passed and something could have been filed by it."""
        return self.due is not None and bool(self.rule.met_by) and at >= self.due.at

    def why(self) -> dict[str, Any]:
        """The reasons as JSON: conditions with what was seen, then the steps from the start of the clock to its end."""
        end = self.due or self.due_if_owed
        return {
            "conditions": self.conditions,
            "steps": [dict(step) for step in end.steps] if end else [],
            "straddles": list(self.straddles),
            "doubts": list(self.doubts),
            **({"awaits": self.awaits} if self.awaits else {}),
            **({"held": stamp(self.held)} if self.held and HOLDS in self._asked() else {}),
            **({"open": stamp(self.open)} if self.open and MAY_HOLD in self._asked() else {}),
        }

    def _asked(self) -> set[str]:
        return {one.holds for one in self.rule.met_by}


EARLIER = "earlier"
"""What a finding awaits in vain: that what starts its clock had happened once the rule was in force."""


@dataclass(frozen=True)
class _Judged:
    truth: Truth
    since: datetime | None
    missing: tuple[str, ...]
    straddles: tuple[str, ...]
    view: dict[str, Any]


def evaluate(
    law: Law,
    facts: Mapping[str, FactLike],
    as_of: datetime,
    *,
    subject: str = "",
    noun: str = "",
    calendars: Mapping[str, Calendar] | None = None,
) -> list[Finding]:
    """What a law asks at an instant: one finding for each of its rules (about `noun`), in the order of the text.

    A rule that has several spans is answered by the one in force, or by its last one with state `not_in_force`.
    Facts whose `known_on` is later than `as_of` count as unknown.
    """
    spans: dict[str, Rule] = {}
    for rule in law.rules:
        if (not noun or noun in rule.nouns) and (rule.id not in spans or not spans[rule.id].in_force(as_of)):
            spans[rule.id] = rule
    return [evaluate_rule(law, rule, facts, as_of, subject=subject, calendars=calendars) for rule in spans.values()]


def left_open(fact: FactLike | None) -> bool:
    """Whether a fact was asked for, at an instant that is known, and not given."""
    return fact is not None and fact.value is None and fact.known_on is not None


def evaluate_rule(
    law: Law,
    rule: Rule,
    facts: Mapping[str, FactLike],
    as_of: datetime,
    *,
    subject: str = "",
    began: datetime | None = None,
    presumed: bool = False,
    carried: bool = False,
    calendars: Mapping[str, Calendar] | None = None,
    happened: Mapping[tuple[str, str], datetime] = NO_CASE,
) -> Finding:
    """What one rule asks at an instant.

    `began` is when earlier findings started its clock: it never starts later, unless that was only `presumed` and the
    fact that starts it is stated now. A duty that is `carried` on goes by this rule's words though a later span or
    version has taken the rule's place. `happened` says when another duty about the
    subject began, fell due or was met, by (event, rule).

    Where the fact that names the debtor was asked for and left open, whether anybody owes it is unknown (`left_open`);
    then it has a date only where the fact that starts its clock is stated.
    Where it does not stand among `facts`, the duty is owed by somebody who is not named.
    """
    known = _started_by_what_tells_of_it(rule, _known_by(facts, as_of), law)
    judged = _judge(rule.when, known, law, noun_of(subject))
    party = _party(rule, known, subject)
    common: dict[str, Any] = {
        "law": law,
        "rule": rule,
        "subject": subject,
        "party": party,
        "straddles": judged.straddles,
        "conditions": judged.view,
        "held": judged.since if judged.truth == "yes" else None, "open": _open_since(rule, known, law),
    }  # fmt: skip
    if not carried and not rule.in_force(as_of):
        return Finding(state="not_in_force", **common)
    if judged.truth == "no":
        return Finding(state="not_owed", **common)
    clock = _Clock(law, rule, known, (calendars or {}).get(law.calendar, PLAIN), happened)
    if awaited := clock.awaited(facts.get(rule.start.fact)):
        return Finding(state="not_owed", awaits=awaited, **common)
    start = clock.start(judged.since, as_of if judged.truth == "yes" else None, began, presumed=presumed)
    unnamed = not party and left_open(facts.get(rule.party or ""))
    nobody = unnamed and rule.start.fact in clock.doubts
    start = None if nobody else start  # nobody is presumed aware who is not known
    due = clock.due(start) if start is not None else None
    doubts = (*clock.doubts, *((rule.party,) if rule.party and not party else ()))
    if judged.truth == "yes" and unnamed:
        missing = (rule.party, *((rule.start.fact,) if nobody else ()))
        return Finding(
            state="unknown", started_on=start, due_if_owed=due, missing=missing, doubts=clock.doubts, **common
        )
    if judged.truth == "yes":
        return Finding(state="owed", started_on=start, due=due, doubts=doubts, **common)
    cautious = due if rule.unknown == "cautious" else None
    return Finding(
        state="unknown", started_on=start, due_if_owed=cautious, missing=judged.missing, doubts=doubts, **common
    )


def _party(rule: Rule, known: Mapping[str, FactLike], subject: str) -> str:
    if rule.by_authority:
        return THE_AUTHORITY
    return str(known[rule.party].value) if rule.party in known else ("" if rule.party else subject)


def _known_by(facts: Mapping[str, FactLike], as_of: datetime) -> dict[str, FactLike]:
    return {name: fact for name, fact in facts.items() if _is_known(fact, as_of)}


def _is_known(fact: FactLike, as_of: datetime) -> bool:
    return fact.value is not None and (fact.known_on is None or fact.known_on <= as_of)


@dataclass(frozen=True, slots=True)
class _Then:
    """A fact as one filing gave it."""

    value: Any
    known_on: datetime | None
    source: str
    history: tuple[tuple[datetime, Any], ...] = ()
    said: tuple[tuple[datetime, str], ...] = ()


def said_of(fact: FactLike | None) -> tuple[tuple[datetime, str], ...]:
    """When each filing that states a fact says that it was; none of a fact that starts no clock."""
    found: tuple[tuple[datetime, str], ...] = getattr(fact, "said", ())
    return found


def as_accepted(rule: Rule, known: dict[str, FactLike], accepted: str) -> dict[str, FactLike]:
    """The facts, with what starts the clock as it was said last when an officer accepted that, and since."""
    fact = known.get(rule.start.fact)
    said = said_of(fact)
    before = [n for n, (at, _) in enumerate(said) if stamp(at) <= accepted]
    if fact is None or not accepted or not before or not before[-1]:
        return known
    kept = said[before[-1] :]
    at, value = min(kept, key=lambda one: instant(one[1]))
    return {**known, rule.start.fact: restated(fact, at, value, kept)}


def _history_of(fact: FactLike) -> tuple[tuple[datetime, Any], ...]:
    found: tuple[tuple[datetime, Any], ...] = getattr(fact, "history", ())
    return found


def restated(fact: FactLike, at: datetime | None, value: str, said: tuple[tuple[datetime, str], ...]) -> FactLike:
    """A fact as only some filings state it."""
    return _Then(value, at, fact.source, _history_of(fact), said)


def _filings(rule: Rule, known: Mapping[str, FactLike]) -> list[datetime]:
    """When the filings were made that say anything of what a rule asks, the oldest first."""
    times: set[datetime] = set()
    for fact in [known[name] for name in (*rule.facts(), rule.start.fact) if name in known]:
        times.update(at for at, _ in _history_of(fact))
        times.update(at for at, _ in said_of(fact))
        times.update([fact.known_on] if fact.known_on is not None else [])
    return sorted(times)


def _denied(rule: Rule, known: Mapping[str, FactLike], law: Law, at: datetime) -> bool:
    """Whether by what was on file at an instant the rule asked for nothing."""
    then = {name: found for name, fact in known.items() if (found := _at_that_time(fact, at)) is not None}
    return _judge(rule.when, then, law, "").truth == "no"


def _at_that_time(fact: FactLike, at: datetime) -> _Then | None:
    history = _history_of(fact)
    if history:
        value = next((value for when, value in reversed(history) if when <= at), None)
        return _Then(value, at, fact.source) if value not in (None, "") else None  # an empty list was left open
    return _Then(fact.value, fact.known_on, fact.source) if _is_known(fact, at) else None


def _started_by_what_tells_of_it(rule: Rule, known: dict[str, FactLike], law: Law) -> dict[str, FactLike]:
    """The facts, with that which starts the clock as it is said by filings that tell of what the rule asks for.

    Of those the earliest counts: to have known is admitted once, whatever that filing said of the law.
    """
    fact = known.get(rule.start.fact)
    said = said_of(fact)
    if fact is None or len(said) < 2:
        return known
    said = _held_against(rule, known, law, said)
    whole = {**known, rule.start.fact: _earliest(fact, said, law)}
    telling = tuple(one for one in said if not _tells_nothing(rule, whole, law, one[0])) or said
    return {**known, rule.start.fact: _earliest(fact, telling, law)}


def _earliest(fact: FactLike, said: tuple[tuple[datetime, str], ...], law: Law) -> FactLike:
    at, value = min(said, key=lambda one: (when_of(one[1], law.time_zone) or one[0], one[0]))
    return restated(fact, at, value, said)


def _held_against(
    rule: Rule, known: Mapping[str, FactLike], law: Law, said: tuple[tuple[datetime, str], ...]
) -> tuple[tuple[datetime, str], ...]:
    """What was said of when it became known, without that by which nothing would be owed, unless the newest says that.

    An admission is held against who made it, and lets nobody off: an instant from before the rule applied, that a
    later filing does not say again, was a slip of the pen.
    """
    fact = known[rule.start.fact]

    def lets_off(value: str) -> bool:
        at = when_of(value, law.time_zone)
        if rule.start.not_earlier and at is not None and at < _applied(rule, law):
            return True
        then = {**known, rule.start.fact: restated(fact, fact.known_on, value, ())}
        return rule.start.fact in facts_in(rule.when) and _judge(rule.when, then, law, "").truth == "no"

    return said if lets_off(said[-1][1]) else tuple(one for one in said if not lets_off(one[1]))


def _tells_nothing(rule: Rule, known: Mapping[str, FactLike], law: Law, at: datetime) -> bool:
    """Whether by what a filing tells of what happened the rule would ask for nothing, with all else as it is known now.

    What the system is, where it is used and which law binds whom was so all along: who denied that knew of the incident
    all the same. A harm that a filing denies came later, or was learned later.
    """
    then = {name: fact for name, fact in known.items() if not law.tells(name)}
    told = {name: _at_that_time(fact, at) for name, fact in known.items() if name not in then}
    then |= {name: fact for name, fact in told.items() if fact is not None}
    return _judge(rule.when, then, law, "").truth == "no"


def _applied(rule: Rule, law: Law) -> datetime:
    """Since when a rule has applied, in whichever of its versions."""
    return min(one.starts for one in law.rules if one.id == rule.id)


def _open_since(rule: Rule, known: Mapping[str, FactLike], law: Law) -> datetime | None:
    """Since when no filing has denied what the rule asks for, and what starts its clock is stated.

    Reckoned only for a rule that asks (`holds = "open"`): every version of a subject is judged anew for it.
    """
    if all(one.holds != MAY_HOLD for one in rule.met_by):
        return None
    fact = known.get(rule.start.fact)
    stated = [at for at, _ in said_of(fact)] or ([fact.known_on] if fact and fact.known_on else [])
    found = None
    for at in reversed(_filings(rule, known)):
        if _denied(rule, known, law, at):
            break
        if not rule.start.fact or any(one <= at for one in stated):
            found = at
    return found


class _Clock:
    """Starts and ends one rule's clock, keeping the facts that would have moved it."""

    def __init__(
        self,
        law: Law,
        rule: Rule,
        known: Mapping[str, FactLike],
        calendar: Calendar,
        happened: Mapping[tuple[str, str], datetime],
    ) -> None:
        self._law, self._rule, self._known, self._calendar = law, rule, known, calendar
        self._happened = happened
        self.doubts: tuple[str, ...] = ()

    def awaited(self, starts: FactLike | None) -> str:
        """What must happen before anything is owed: `event rule`, or the fact that a follow-up waits for; "" if all
        has. Who was asked since when they knew, and left it open (`starts`), knew when they were asked."""
        start = self._rule.start
        if start.event in OF_DUTIES:
            happened = any((start.event, name) in self._happened for name in start.rules)
            return "" if happened else f"{start.event} {' '.join(start.rules)}"
        if start.not_earlier:
            applied = _applied(self._rule, self._law)
            known = self._when(start.fact) or (starts.known_on if starts is not None and left_open(starts) else None)
            if known is not None and known < applied:
                return f"{EARLIER} {start.fact} {day_text(stamp(applied), self._law.time_zone)}"
        if self._rule.parent and start.event == "fact":
            return f"fact {start.fact}" if self._when(start.fact) is None else ""
        return ""

    def start(
        self, since: datetime | None, otherwise: datetime | None, began: datetime | None, *, presumed: bool
    ) -> datetime | None:
        """The instant that starts the clock; never before the rule is in force, never later than `began`.

        Unless that was `presumed` and is stated now.
        """
        event = since or otherwise
        if self._rule.start.event in OF_DUTIES:  # as the record has it now: an answer that was annulled starts nothing
            event_of, rules = self._rule.start.event, self._rule.start.rules
            first = min(self._happened[event_of, name] for name in rules if (event_of, name) in self._happened)
            return max(first, self._rule.starts)
        if self._rule.start.event == "in_force":
            event = self._rule.starts
        elif self._rule.start.event == "fact":
            stated = self._when(self._rule.start.fact)
            event, began = stated or event, None if stated and presumed else began
        if event is None:
            return None
        event = max(event, self._rule.starts)
        return min(event, began) if began is not None else event

    def due(self, start: datetime) -> Due | None:
        """The end of the rule's period, moved by its transitional clause where that is known to apply."""
        regular = self._said(self._regular(start), start)
        clause = self._rule.transitional
        if clause is None:
            return regular
        at = self._when(clause.fact)
        day = at.date() if at is not None else None
        if day is None or day >= clause.before:
            return regular
        step = {
            "code": "transitional",
            "fact": clause.fact,
            "day": day.isoformat(),
            "before": clause.before.isoformat(),
        }
        return day_end(clause.due, self._law.time_zone, [{**step, "citation": clause.citation}])

    def _said(self, end: Due | None, start: datetime) -> Due | None:
        """An end whose steps begin with saying that the start was presumed, where it was."""
        fact = self._rule.start.fact
        if end is None or fact not in self.doubts:
            return end
        day = start.astimezone(ZoneInfo(self._law.time_zone)).date().isoformat()
        step = {"code": "start_presumed", "fact": fact, "what": dict(self._law.facts[fact].title), "day": day}
        return replace(end, steps=(step, *end.steps))

    def _regular(self, start: datetime) -> Due | None:
        zone = self._law.time_zone
        if self._rule.period is not None:
            return due_after(self._calendar, zone, start, self._rule.period)
        if self._rule.timing == "at_once":
            day = start.astimezone(ZoneInfo(zone)).date()
            return day_end(day, zone, [{"code": "at_once", "at": stamp(start), "day": day.isoformat(), "zone": zone}])
        return None

    def _when(self, fact: str) -> datetime | None:
        """The instant that a fact gives, in the law's time zone."""
        at = when_of(self._known[fact].value, self._law.time_zone) if fact in self._known else None
        if at is None and fact not in self.doubts:
            self.doubts = (*self.doubts, fact)
        return at


def noun_of(subject: str) -> str:
    """The noun of a subject's identifier: `model` of `model:a`."""
    return subject.partition(":")[0]


def _judge(part: Condition | Group, known: Mapping[str, FactLike], law: Law, noun: str) -> _Judged:
    if isinstance(part, Condition):
        return _judge_condition(part, known.get(part.fact), law, noun)
    inner = [_judge(item, known, law, noun) for item in part.parts]
    truth = _all(inner) if part.how == "all" else _any(inner)
    return _Judged(
        truth=truth,
        since=_since(part.how, inner),
        missing=_merged(item.missing for item in inner if item.truth == "unknown") if truth == "unknown" else (),
        straddles=_merged(item.straddles for item in inner),
        view={part.how: [item.view for item in inner], "truth": truth} | ({"is": part.named} if part.named else {}),
    )


def _all(inner: list[_Judged]) -> Truth:
    truths = {item.truth for item in inner}
    return "no" if "no" in truths else "unknown" if "unknown" in truths else "yes"


def _any(inner: list[_Judged]) -> Truth:
    truths = {item.truth for item in inner}
    return "yes" if "yes" in truths else "unknown" if "unknown" in truths else "no"


def _since(how: str, inner: list[_Judged]) -> datetime | None:
    """When the conditions were first known to hold: the last of all, or the first of any; unknown ones move nothing."""
    dated = [item.since for item in inner if item.truth != "no" and item.since is not None]
    return None if not dated else max(dated) if how == "all" else min(dated)


def _merged(groups: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for group in groups for name in group))


def _judge_condition(condition: Condition, fact: FactLike | None, law: Law, noun: str) -> _Judged:
    value = fact.value if fact is not None else None
    truth, straddles = _compare(condition, value, law.time_zone)
    view: dict[str, Any] = {
        "fact": condition.fact,
        "op": condition.op,
        "value": _shown(condition.value),
        "truth": truth,
    }
    if condition.op in NUMBER_OPS:
        view["act_on"] = condition.act_on
    since = fact.known_on if fact is not None else None
    if fact is not None and truth == "yes":
        since = _held_since(condition, fact, law.time_zone)
    if since is not None:
        view["known_on"] = stamp(since)
    if value is not None and law.facts[condition.fact].shown(noun):
        view["seen"] = _shown(value)
    return _Judged(
        truth=truth,
        since=since if truth == "yes" else None,
        missing=(condition.fact,) if truth == "unknown" else (),
        straddles=(condition.fact,) if straddles else (),
        view=view,
    )


def _held_since(condition: Condition, fact: FactLike, zone: str) -> datetime | None:
    since = fact.known_on
    for at, value in reversed(_history_of(fact)):
        if _compare(condition, value, zone)[0] != "yes":
            break
        since = at
    return since


def _shown(value: Any) -> Any:
    if isinstance(value, Interval):
        return {name: float(figure) for name, figure in value.as_dict().items()}
    if isinstance(value, int) and abs(value) > 2**53:
        return float(value)  # beyond it JSON readers disagree
    if isinstance(value, tuple):
        return list(value)
    return value.isoformat() if isinstance(value, date) else value


def _compare(condition: Condition, value: Any, zone: str) -> tuple[Truth, bool]:
    """The truth of one comparison, and whether the value's interval lies on both sides of the line."""
    if value is None:
        return "unknown", False
    if condition.op in NUMBER_OPS:
        return _compare_number(condition, value)
    if condition.op in DATE_OPS:
        day = day_of(value, zone)
        if day is None:
            return "unknown", False
        return _truth(day < condition.value if condition.op == "before" else day >= condition.value), False
    if condition.op in LIST_OPS:
        if not isinstance(value, str):
            return "unknown", False
        given = {item.strip() for item in value.split(",")} if condition.op == "has" else {value.strip()}
        return _truth(bool(given & set(condition.value))), False
    if isinstance(value, bool) != isinstance(condition.value, bool) or isinstance(value, Interval):
        return "unknown", False
    return _truth(value == condition.value), False


def _compare_number(condition: Condition, value: Any) -> tuple[Truth, bool]:
    if isinstance(value, bool) or not isinstance(value, int | float | Interval):
        return "unknown", False
    if not isinstance(value, Interval) and not math.isfinite(value):
        return "unknown", False
    span = value if isinstance(value, Interval) else Interval(value, value, value)
    above = {name: _HOLDS[condition.op](getattr(span, name), condition.value) for name in ("low", "point", "high")}
    straddles = above["low"] != above["high"]
    if condition.act_on == "interval":
        return ("unknown" if straddles else _truth(above["low"])), straddles
    return _truth(above[condition.act_on]), straddles


_HOLDS: Mapping[str, Callable[[float, float], bool]] = {
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
}


def _truth(holds: bool) -> Truth:
    return "yes" if holds else "no"


def when_of(value: Any, zone: str) -> datetime | None:
    """The instant that a fact gives as ISO text, in a law's time zone; None where that is none to count in.

    A day is its beginning there. An instant is itself, so which day it falls on depends on the zone and not on the
    offset it was written with.
    """
    place = ZoneInfo(zone)
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if at is None or not YEAR_MIN <= at.year <= YEAR_MAX:
        return None
    return at.replace(tzinfo=place) if at.tzinfo is None else at.astimezone(place)


def day_of(value: Any, zone: str) -> date | None:
    """The day that a fact gives as ISO text, in a law's time zone, or None when it gives none."""
    at = when_of(value, zone)
    return at.date() if at is not None else None


def day_text(at: str | None, zone: str) -> str | None:
    """The day, where a law applies, of an instant as text (a day is itself): every day that is told of a duty."""
    day = day_of(at, zone)
    return day.isoformat() if day is not None else None
