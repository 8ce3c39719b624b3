"""Questions about duties: what a subject owes, what is due when, and what any law asked on any date."""

from __future__ import annotations

import functools
import statistics
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any, get_args
from zoneinfo import ZoneInfo

from commonweal.kernel.record.tables import Reader, Row
from commonweal.kernel.values import Text, instant, stamp

from .adoption import adopted_calendars, adopted_laws, law_of
from .calendars import PLAIN, Calendar
from .clocks import periods_ended
from .evaluation import FactLike, FactsLike, Finding, evaluate, evaluate_rule, facts_about, noun_of
from .kinds import BEGUN, CHANGE, DUTY, OPEN, PUBLIC_DUTY, SEALED_CHANGE, SPAN, UNDECIDED, DutyState
from .laws import FactName, Law, Rule
from .publication import (
    concealed,
    in_days,
    outcome_is_public,
    public_facts,
    public_finding,
    says_nobody,
    to_the_second,
    told_apart,
)
from .reasons import ends, open_clause, stated

CHANGES_SEEN_MAX = 10_000
ON_TIME_NOW = {"overdue": "overdue", "owed": "open", "deemed_approved": "deemed", "deemed_refused": "deemed"}
ON_TIME = ("in_time", "stated", "late", "missed", "overdue", "open", "deemed")

PIECE = 500


def duties(
    reader: Reader,
    *,
    subject: str | Collection[str] | None = None,
    rule: str | None = None,
    law: str | None = None,
    party: str | None = None,
    states: Sequence[str] = (),
    private: bool = False,
    only: Sequence[str] = (),
) -> list[Row]:
    """Duties by subject (or several), rule, law, party or state, in order of rule and subject, as anybody may see them.

    With `private` as the authority alone may: by every fact on file, and to the second; `only` names the columns asked.

    A row has: rule, rule_version, law, sha256 (the text it goes by), subject, noun, duty (code), party, state, missing,
    started_on, due (exclusive, UTC), due_if_owed, last_day (local), met_on, received_on (where met_on is the debtor's
    own statement), late, stated (in time by that alone), why, changed_on, entry, filed_entry.
    """
    given = {"subject": subject, "rule": rule, "law": law, "party": party}
    where: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if subject is not None and not isinstance(subject, str):
        where["subject"] = ("in", sorted(subject))
    if states:
        where["state"] = ("in", list(states))
    if private and rule is not None and law is None:  # the authority's own rows are found by their laws
        where["law"] = ("in", sorted({span["law"] for span in reader.select(SPAN, {"rule": rule}, only=("law",))}))
    return reader.select(DUTY if private else PUBLIC_DUTY, where, only=only)


def duties_told(
    reader: Reader,
    sees: Callable[[str], bool],
    *,
    keeps_out: Callable[[str], bool] = lambda subject: False,
    subject: str | None = None,
    rule: str | None = None,
    law: str | None = None,
    party: str | None = None,
    states: Sequence[str] = (),
) -> list[Row]:
    """Duties as somebody may see them who `sees` those of some parties: these to the second, and what is told to
    nobody else. Of a subject that they keep out of (`keeps_out`) they see what everybody does.

    Rows as `duties` has them, and `sealed`: whether it is one that nobody else is told of, whose reasons are whole.
    A door that shows one writes that down first (`sight.Sight.owed`).
    """
    asked: dict[str, Any] = {"subject": subject, "rule": rule, "law": law, "party": party, "states": states}
    words = functools.cache(functools.partial(law_of, reader))

    def apart(row: Row) -> bool:
        law, sees_it = words(row["sha256"]), sees(row["party"]) and not keeps_out(row["subject"])
        found = law.rule(row["rule"], row["rule_version"]) if sees_it else None
        return found is not None and told_apart(law, found, row)

    own = [in_days(row, words(row["sha256"])) for row in duties(reader, **asked, private=True) if apart(row)]
    those = {(row["rule"], row["subject"]) for row in own}
    rows = [row for row in duties(reader, **asked) if not apart(row) and (row["rule"], row["subject"]) not in those]
    open_ = [to_the_second(row) if sees(row["party"]) else row for row in rows]
    told = [*({**row, "sealed": False} for row in open_), *({**row, "sealed": True} for row in own)]
    return sorted(told, key=lambda row: (row["rule"], row["subject"]))


def asks_of(reader: Reader, noun: str) -> bool:
    """Whether any text that was adopted asks anything of a noun, on whatever day."""
    return reader.count(SPAN, {"noun": noun}) > 0


def counts(reader: Reader) -> dict[str, int]:
    """How many duties publicly stand in each state that any is in, with `open` for those that are owed now."""
    found = {state: reader.count(PUBLIC_DUTY, {"state": state}) for state in get_args(DutyState)}
    return {"open": sum(found[state] for state in OPEN), **{state: count for state, count in found.items() if count}}


def calendar(reader: Reader, since: datetime, until: datetime, *, with_unknown: bool = True, **where: str) -> list[Row]:
    """Duties not yet met whose date lies in [since, until), soonest first; `date` is due, or due_if_owed if unknown.

    `where` narrows them by subject, rule, law, party or jurisdiction. A row also has `day` (its last day where the law
    applies), `jurisdiction`, `title` and, where a transitional clause may hold, `either`: the other day (`due`) that
    holds if `fact` is `before` a day.
    """
    rows = [*_dated(reader, "due", OPEN, (since, until), where)]
    rows += _dated(reader, "due_if_owed", UNDECIDED, (since, until), where) if with_unknown else []
    return sorted(rows, key=_by_date)


def deadlines(reader: Reader, since: datetime, until: datetime, **where: str) -> list[Row]:
    """Every duty with a date in [since, until), also those met, deemed or lapsed: rows as `calendar` has them.

    Of a duty that recurs each round that was answered is a row of its own, met on its day; `number` counts the rounds
    (0 where nothing recurs). `where` may also name a state.
    """
    decided = (*BEGUN, "lapsed")
    states = (where.pop("state"),) if where.get("state") else (*decided, *UNDECIDED)
    rows = [*_dated(reader, "due", [state for state in states if state in decided], (since, until), where)]
    rows += _dated(reader, "due_if_owed", [state for state in states if state in UNDECIDED], (since, until), where)
    rows += _answered(reader, (since, until), where) if "met" in states else []
    return sorted(rows, key=_by_date)


def dated(reader: Reader, rows: Iterable[Row]) -> list[Row]:
    """Of rows as `duties` has them those with a date that may hold, as `deadlines` has them, soonest first."""
    found = [row for row in rows if row["state"] not in ("not_owed", "lapsed") and (row["due"] or row["due_if_owed"])]
    told = [
        {**row, "date": row["due"] or row["due_if_owed"], **_told(row, law_of(reader, row["sha256"]))} for row in found
    ]
    return sorted(told, key=_by_date)


def _answered(reader: Reader, span: tuple[datetime, datetime], where: Mapping[str, str]) -> Iterator[Row]:
    """The rounds of duties that recur which were answered, as far as they are kept."""
    since, until = map(stamp, span)
    texts = [(law_of(reader, row["sha256"]), row["rule"], row["version"]) for row in reader.select(SPAN)]
    recurring = {name for law, name, version in texts if (rule := law.rule(name, version)) is not None and rule.every}
    if where.get("rule"):
        recurring &= {where["rule"]}
    named = {name: where[name] for name in ("subject", "law", "party") if where.get(name)}
    wanted = {**named, "rule": ("in", sorted(recurring)), "state": ("in", [*BEGUN, "lapsed"])}
    for row in reader.select(PUBLIC_DUTY, wanted) if recurring else ():
        law = law_of(reader, row["sha256"])
        if where.get("jurisdiction") in (None, "", law.jurisdiction):
            for item in (row["rounds"] or {}).get("kept", ()):
                if since <= item["due"] < until:
                    told = {name: item[name] for name in ("last_day", "met_on", "received_on", "late", "stated")}
                    why = {"steps": stated(item["met_on"], item["received_on"], law)}
                    round_ = {**row, **told, "state": "met", "missing": [], "why": why, "stopped_on": None}
                    yield {**round_, "date": item["due"], **_told(round_, law), "number": item["n"]}


def _by_date(row: Row) -> tuple[str, str, str]:
    return row["date"], row["rule"], row["subject"]


def by_day(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Rows of a calendar by the last day, where the law applies, soonest first."""
    found: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: str(row["last_day"])):
        found.setdefault(str(row["last_day"]), []).append(row)
    return found


def _dated(
    reader: Reader, column: str, states: Sequence[str], span: tuple[datetime, datetime], where: Mapping[str, str]
) -> Iterator[Row]:
    since, until = stamp(span[0]), stamp(span[1])
    named = {name: where[name] for name in ("subject", "rule", "law", "party") if where.get(name)}
    wanted = {**named, column: (">=", since), "state": ("in", list(states))}
    for row in _in_order(reader, wanted, column) if states else ():
        if row[column] >= until:
            return
        law = law_of(reader, row["sha256"])
        if where.get("jurisdiction") in (None, "", law.jurisdiction):
            yield {**row, "date": row[column], **_told(row, law)}


def _in_order(reader: Reader, wanted: Mapping[str, Any], column: str) -> Iterator[Row]:
    """Rows by a column, fetched a piece at a time: of a hundred thousand only those that somebody looks at."""
    offset = 0
    while rows := reader.select(PUBLIC_DUTY, wanted, order=(column,), limit=PIECE, offset=offset):
        yield from rows
        offset += len(rows)
        if len(rows) < PIECE:
            return


def _told(row: Row, law: Law) -> Row:
    rule = law.rule(row["rule"], row["rule_version"])
    clause = open_clause(row, rule) if rule is not None else None
    either = clause and {"fact": clause.fact, "before": clause.before.isoformat(), "due": clause.due.isoformat()}
    title = rule.title if rule is not None else Text(en=row["duty"], zh=row["duty"])
    number = row["rounds"]["met"] + 1 if row["rounds"] else 0
    told = {"day": row["last_day"], "jurisdiction": law.jurisdiction, "title": title, "either": either}
    return {**told, "number": number}


def changes(reader: Reader, *, limit: int, **where: str) -> list[Row]:
    """Changes of duties as they were recorded, newest first: entry, rule, subject, party, state, before, last_day, on.

    `where` narrows them by subject, rule, party or jurisdiction; a row also has `jurisdiction`, `zone`, `title` and
    `ends` (`explaining.ends`).
    """
    named = {name: where[name] for name in ("subject", "rule", "party") if where.get(name)}
    found: list[Row] = []
    for offset in range(0, CHANGES_SEEN_MAX, limit):
        page = reader.select(CHANGE, named, order=("-entry",), limit=limit, offset=offset)
        for row in page:
            law = law_of(reader, row["sha256"])
            if where.get("jurisdiction") in (None, "", law.jurisdiction):
                rule = law.rule(row["rule"], row["rule_version"])
                title = rule.title if rule is not None else Text(en=row["rule"], zh=row["rule"])
                ending = ends({**row, "due_if_owed": None}, law)
                told = {"jurisdiction": law.jurisdiction, "zone": law.time_zone, "title": title, "ends": ending}
                found.append({**row, **told})
        if len(page) < limit or len(found) >= limit:
            break
    return found[:limit]


def in_confidence(reader: Reader, body: Mapping[str, Any]) -> bool:
    """Whether the public is told nothing of the duty that the body of a change is about, or not that it is overdue."""
    law = law_of(reader, str(body["law_sha256"]))
    rule = law.rule(str(body["rule"]), str(body["rule_version"]))
    if rule is None:
        return False
    noun = noun_of(str(body["subject"]))
    return concealed(law, rule, noun) or (body["state"] == "overdue" and says_nobody(law, rule, noun))


def sealed_changes(reader: Reader, **where: Any) -> list[Row]:
    """Changes of duties of which the public is told nothing, oldest first, by `entry`, `subject` or `party`.

    A row has: entry (the one that made it), on (the day where the law applies), rule, subject, party, state, body (as
    `duty.changed` would say it). For whoever acts on it in confidence, and for officers.
    """
    return reader.select(SEALED_CHANGE, where, order=("entry", "rule", "subject"))


def on_time(reader: Reader, now: datetime, **where: str) -> list[Row]:
    """Who kept their dates, by party: how many were met in time and late, are overdue or open `now`.

    In time is what was received in time. What is in time only by a day that the debtor states, of what was received
    after the last day, is `stated` and counts apart. `days_before` is the median of whole days from the receipt of the
    others to the last day of their duty (negative: late), over `dated` of them. Each period of a duty that recurs
    counts once, however much came in it; one in which nothing came, beside that for which the duty is overdue or was
    met late, counts as late and is one of the `missed`. What is met after a start that was only presumed does not
    count. `where` narrows the duties by law, rule or jurisdiction.
    """
    named = {name: where[name] for name in ("law", "rule") if where.get(name)}
    calendars = adopted_calendars(reader)
    found: dict[str, Row] = {}
    days: dict[str, list[int]] = {}
    for row in reader.select(PUBLIC_DUTY, {**named, "state": ("in", list(BEGUN))}, order=("party",)):
        law = law_of(reader, row["sha256"])
        if where.get("jurisdiction") in (None, "", law.jurisdiction):
            party = row["party"] or row["subject"]
            line = found.setdefault(party, {"party": party, **dict.fromkeys(ON_TIME, 0)})
            _count(row, line, days.setdefault(party, []))
            missed = _missed(row, law, calendars.get(law.calendar, PLAIN), now)
            line["late"] += missed
            line["missed"] += missed
    for party, line in found.items():
        line["dated"] = len(days[party])
        line["days_before"] = statistics.median(days[party]) if days[party] else None
    return [found[party] for party in sorted(found)]


def _count(row: Row, line: Row, days: list[int]) -> None:
    rounds = row["rounds"]
    if rounds:
        line["in_time"] += rounds["met"] - rounds["late"] - rounds["stated"]
        line["stated"] += rounds["stated"]
        line["late"] += rounds["late"]
        days += [_days_before(item) for item in rounds["kept"] if not item["stated"]]
    elif row["state"] == "met" and row["late"] is not None:
        line["late" if row["late"] else "stated" if row["stated"] else "in_time"] += 1
        if row["last_day"] and not row["stated"]:
            days.append(_days_before(row))
    if row["state"] in ON_TIME_NOW:
        line[ON_TIME_NOW[row["state"]]] += 1


def _missed(row: Row, law: Law, calendar: Calendar, now: datetime) -> int:
    """The periods of a duty that recurs which went by with nothing, up to now, but for the one that is open."""
    rule = law.rule(row["rule"], row["rule_version"])
    if not row["rounds"] or rule is None or rule.every is None:
        return 0
    missed = int(row["rounds"]["missed"])
    if row["state"] != "overdue" or row["rounds"]["ended"]:
        return missed
    gone = periods_ended(instant(row["ends"]), rule.every, now, zone=law.time_zone, calendar=calendar)
    return missed + max(0, gone - 1)


def _days_before(row: Row) -> int:
    came = row["received_on"] or row["met_on"]
    return (date.fromisoformat(row["last_day"]) - date.fromisoformat(came)).days


def standing(
    reader: Reader, facts: Sequence[FactsLike], subject: str, as_of: datetime | date, law: str = ""
) -> list[Finding]:
    """What each adopted law (or one) asked of a subject at an instant, or by the end of a day where it applies.

    This is worked out afresh from what was known then, as anybody may see it; `duties` gives what is recorded. Duties
    that start with what happens to another are left out: they go by what was filed, not by facts.
    """
    counted = adopted_calendars(reader)
    found: list[Finding] = []
    for one in adopted_laws(reader):
        if law in ("", one.id):
            at = moment(one, as_of)
            known = facts_about(facts, subject, reader, at)
            noun = noun_of(subject)
            asked = evaluate(one, known, at, subject=subject, noun=noun, calendars=counted)
            own = [
                finding
                for finding in asked
                if not (finding.rule.parent or finding.rule.start.rule or concealed(one, finding.rule, noun))
            ]
            found += [_as_public(finding, known, at, counted) for finding in own]
    return found


def _as_public(
    finding: Finding, known: Mapping[str, FactLike], at: datetime, calendars: Mapping[str, Calendar]
) -> Finding:
    noun = noun_of(finding.subject)
    if outcome_is_public(finding.law, finding.rule, noun):
        return finding
    seen = public_facts(finding.law, finding.rule, known, noun)
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


def to_come(reader: Reader, noun: str) -> list[tuple[Law, str]]:
    """The adopted laws that ask something about a noun from a later day on, and nothing yet; each with that instant."""
    spans = reader.select(SPAN, {"noun": noun, "phase": ("in", ["pending", "in_force"])}, order=("starts", "rule"))
    begun = {row["law"] for row in spans if row["phase"] == "in_force"}
    first: dict[str, Row] = {}
    for row in spans:
        if row["law"] not in begun:
            first.setdefault(row["law"], row)
    return [(law_of(reader, row["sha256"]), str(row["starts"])) for row in first.values()]


def rules_to_come(reader: Reader, noun: str) -> list[tuple[Law, Rule]]:
    """The adopted rules about a noun that ask nothing yet, of laws that do ask something; the earliest first."""
    spans = reader.select(SPAN, {"noun": noun, "phase": ("in", ["pending", "in_force"])}, order=("starts", "rule"))
    begun = {row[name] for row in spans if row["phase"] == "in_force" for name in ("law", "rule")}
    found: dict[str, tuple[Law, Rule]] = {}
    for row in spans:
        if row["law"] in begun and row["rule"] not in begun:
            law = law_of(reader, row["sha256"])
            rule = law.rule(row["rule"], row["version"])
            if rule is not None:
                found.setdefault(row["rule"], (law, rule))
    return list(found.values())


def zone_of(reader: Reader, rule: str) -> str:
    """The time zone in which an adopted law counts the days of a rule, by the text adopted last; else UTC."""
    spans = reader.select(SPAN, {"rule": rule, "phase": ("!=", "superseded")}, limit=1)
    return law_of(reader, spans[0]["sha256"]).time_zone if spans else "UTC"


def columns(reader: Reader, noun: str) -> list[tuple[Law, Rule]]:
    """The rules about a noun, one a rule id (its latest span), for the columns of a register.

    What follows a duty has no column of its own."""
    found: dict[str, tuple[Law, Rule]] = {}
    for law in adopted_laws(reader):
        for rule in law.rules:
            if (
                not rule.parent
                and noun in rule.nouns
                and (rule.id not in found or found[rule.id][1].starts < rule.starts)
            ):
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
