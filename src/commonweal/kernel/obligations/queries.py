"""Questions about duties: what a subject owes, what is due when, and what any law asked on any date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any, get_args
from zoneinfo import ZoneInfo

from commonweal.kernel.record.tables import Reader, Row
from commonweal.kernel.values import Text, stamp

from .adoption import adopted_calendars, adopted_laws
from .calendars import Calendar
from .evaluation import FactLike, FactsLike, Finding, evaluate, evaluate_rule, facts_about
from .kinds import DUTY, OPEN, PUBLIC_DUTY, SPAN, UNDECIDED, DutyState
from .laws import FactName, Law, Rule
from .publication import outcome_is_public, public_facts, public_finding


def duties(
    reader: Reader,
    *,
    subject: str | None = None,
    rule: str | None = None,
    law: str | None = None,
    party: str | None = None,
    states: Sequence[str] = (),
    private: bool = False,
) -> list[Row]:
    """Duties by subject, rule, law, party or state, in order of rule and subject, as anybody may see them.

    With `private` as the authority alone may: by every fact on file, and to the second.

    A row has: rule, rule_version, law, sha256 (the text it goes by), subject, noun, duty (code), party, state, missing,
    started_on, due (exclusive, UTC), due_if_owed, last_day (local), met_on, late, why, changed_on, entry, filed_entry.
    """
    given = {"subject": subject, "rule": rule, "law": law, "party": party}
    where: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if states:
        where["state"] = ("in", list(states))
    return reader.select(DUTY if private else PUBLIC_DUTY, where)


def counts(reader: Reader) -> dict[str, int]:
    """How many duties publicly stand in each state that any is in, with `open` for those that are owed now."""
    found = {state: reader.count(PUBLIC_DUTY, {"state": state}) for state in get_args(DutyState)}
    return {"open": sum(found[state] for state in OPEN), **{state: count for state, count in found.items() if count}}


def calendar(reader: Reader, since: datetime, until: datetime, *, with_unknown: bool = True) -> list[Row]:
    """Duties not yet met whose date lies in [since, until), soonest first; `date` is due, or due_if_owed if unknown."""
    rows = [*_dated(reader, "due", OPEN, (since, until))]
    rows += _dated(reader, "due_if_owed", UNDECIDED, (since, until)) if with_unknown else []
    return sorted(rows, key=lambda row: (row["date"], row["rule"], row["subject"]))


def _dated(reader: Reader, column: str, states: Sequence[str], span: tuple[datetime, datetime]) -> Iterable[Row]:
    since, until = stamp(span[0]), stamp(span[1])
    for row in reader.select(PUBLIC_DUTY, {column: (">=", since), "state": ("in", list(states))}, order=(column,)):
        if row[column] < until:
            yield {**row, "date": row[column]}


def standing(
    reader: Reader, facts: Sequence[FactsLike], subject: str, as_of: datetime | date, law: str = ""
) -> list[Finding]:
    """What each adopted law (or one) asked of a subject at an instant, or by the end of a day where it applies.

    This is worked out afresh from what was known then, as anybody may see it; `duties` gives what is recorded.
    """
    counted = adopted_calendars(reader)
    found: list[Finding] = []
    for one in adopted_laws(reader):
        if law in ("", one.id):
            at = moment(one, as_of)
            known = facts_about(facts, subject, reader, at)
            noun = subject.partition(":")[0]
            asked = evaluate(one, known, at, subject=subject, noun=noun, calendars=counted)
            found += [_as_public(finding, known, at, counted) for finding in asked]
    return found


def _as_public(
    finding: Finding, known: Mapping[str, FactLike], at: datetime, calendars: Mapping[str, Calendar]
) -> Finding:
    if outcome_is_public(finding.law, finding.rule):
        return finding
    seen = public_facts(finding.law, finding.rule, known)
    again = evaluate_rule(finding.law, finding.rule, seen, at, subject=finding.subject, calendars=calendars)
    return public_finding(again)


def moment(law: Law, as_of: datetime | date) -> datetime:
    """An instant as it is; a day as its last second in the law's time zone."""
    if isinstance(as_of, datetime):
        return as_of
    return datetime.combine(as_of, time(23, 59, 59), ZoneInfo(law.time_zone))


def is_rule(reader: Reader, rule: str) -> bool:
    """Whether an adopted law has, or had, a rule of this id."""
    return reader.count(SPAN, {"rule": rule}) > 0


def columns(reader: Reader, noun: str) -> list[tuple[Law, Rule]]:
    """The rules about a noun, one a rule id (its latest span), for the columns of a register."""
    found: dict[str, tuple[Law, Rule]] = {}
    for law in adopted_laws(reader):
        for rule in law.rules:
            if noun in rule.nouns and (rule.id not in found or found[rule.id][1].starts < rule.starts):
                found[rule.id] = (law, rule)
    return list(found.values())


def fact_names(reader: Reader) -> Mapping[str, FactName]:
    """What the facts that adopted laws ask for are called."""
    found: dict[str, FactName] = {}
    for law in adopted_laws(reader):
        for name, fact in law.facts.items():
            found.setdefault(name, fact)
    return found


def fact_title(reader: Reader, fact: str) -> Text:
    """What one fact is called, or its bare name."""
    known = fact_names(reader)
    return known[fact].title if fact in known else Text(en=fact, zh=fact)
