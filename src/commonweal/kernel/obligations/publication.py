"""What of a duty anybody may see: days where the law applies, and nothing that tells what is on file in confidence.

A fact that the law text does not mark public stays with the authority, and so does what it decides: unless the text
says of a rule that its outcome is public, the rule is judged for the public as if such facts were unknown. By Kleene's
logic an answer that then comes out is the real one; where none does, the duty is `not_public`, with the names of the
facts and the date it would have.

A clock in hours or minutes that starts with a filing, or goes on with one, would tell to the second when that was
filed, which no leaf of the log does. Its instants are told to the hour, so too early if anything and never too late;
one that a public fact states stays as it is. `to_the_second` has them for whoever owes the duty and for officers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from commonweal.kernel.record.tables import Row
from commonweal.kernel.values import instant, stamp

from .calendars import EXACT
from .evaluation import FactLike, Finding, day_text, noun_of
from .laws import Law, Rule
from .reasons import presumed_start

_EXACT_STEPS = ("event", "at_once")
_INSTANTS = {"hours_counted": ("from", "to"), "minutes_counted": ("from", "to"), "ends_hour": ("at",)}
_ENDS = ("due", "due_if_owed")
_INSTANTS_OF_WHY = ("held", "open")
_DAYS = ("started_on", "changed_on", "met_on", "received_on", "stopped_on")


def concealed(law: Law, rule: Rule, noun: str) -> bool:
    """Whether nothing at all is told of what a rule asks of a noun: it rests on facts that are public of others only.

    Then there is no public row and no entry: not even that there is such a subject is told.
    """
    return any(law.facts[name].confidential(noun) for name in rule.facts())


def may_be_done_in_confidence(law: Law, rule: Rule, noun: str) -> bool:
    """Whether what a rule asks of a noun may be done about another subject, of which the public is told nothing.

    Who reported in confidence has reported, also of what an alert warns of in public. So that nothing public was filed
    by a day says nothing, and that it is said of one and not of another would tell who has.
    """
    return any(other != noun and concealed(law, rule, other) for other in rule.nouns)


def says_nobody(law: Law, rule: Rule, noun: str) -> bool:
    """Whether nobody is called overdue in public with what a rule asks of a noun: whoever owes it may have done it in
    confidence. What the authority owes it can do in public."""
    return not rule.by_authority and may_be_done_in_confidence(law, rule, noun)


def told_apart(law: Law, rule: Rule, row: Row) -> bool:
    """Whether whoever owes a duty is told of it what the public is not: also that they are overdue, or did it."""
    noun = row["noun"]
    return concealed(law, rule, noun) or (bool(row["party"]) and may_be_done_in_confidence(law, rule, noun))


def outcome_is_public(law: Law, rule: Rule, noun: str) -> bool:
    """Whether what a rule asks of a noun may be shown: it asks for public facts only, or its text says so."""
    return rule.public_outcome or all(law.facts[name].shown(noun) for name in rule.facts())


def public_facts(law: Law, rule: Rule, known: Mapping[str, FactLike], noun: str) -> Mapping[str, FactLike]:
    """The facts by which a rule is judged for the public."""
    if outcome_is_public(law, rule, noun):
        return known
    return {name: fact for name, fact in known.items() if name in law.facts and law.facts[name].shown(noun)}


def public_finding(finding: Finding) -> Finding:
    """A finding by public facts, called `not_public` where one that is not public would decide it."""
    law, rule, noun = finding.law, finding.rule, noun_of(finding.subject)
    open_ = finding.state == "unknown" and not outcome_is_public(law, rule, noun)
    if open_ and any(not law.facts[name].shown(noun) for name in finding.missing):
        return replace(finding, state="not_public")
    return finding


def published(row: Row, law: Law) -> Row:
    """A duty's row as anybody may see it; `began` and `ends` keep the instants of its start and end for the next
    evaluation."""
    kept = {"began": row["started_on"], "ends": row["due"] or row["due_if_owed"]}
    found = {**in_days(row, law), **kept, "why": _why(row["why"], law, row["noun"])}
    return _to_the_hour(found, ZoneInfo(law.time_zone)) if _tells_when_filed(row, law) else found


def in_days(row: Row, law: Law) -> Row:
    """The authority's own row with days, where the law applies, in place of the instants at which something was."""
    zone = law.time_zone
    days = {name: day_text(row[name], zone) for name in _DAYS}
    return {**row, **days, "rounds": _rounds(row, zone)}


def to_the_second(row: Row) -> Row:
    """A published row with the instant at which it ends as it is, for whoever owes the duty and for officers."""
    return {**row, **{name: row["ends"] for name in _ENDS if row[name]}}


def unpublished(row: Row) -> Row:
    """A published row with the instants of its start and end as they are, to be evaluated anew."""
    return {**to_the_second(row), "started_on": row["began"]}


def _tells_when_filed(row: Row, law: Law) -> bool:
    """Whether the end of a clock tells to the second when something was filed that nobody stated in public."""
    rule = law.rule(row["rule"], row["rule_version"])
    length = (rule.every or rule.period) if rule is not None else None
    if rule is None or length is None or length.unit not in EXACT:
        return False
    stated = rule.start.event in ("fact", "in_force") and not presumed_start(row, rule)
    return bool(rule.every or row["clock"]) or not stated


def _to_the_hour(row: Row, place: ZoneInfo) -> Row:
    ends = {name: _hour(row[name], place) for name in _ENDS if row[name]}
    steps = [
        {**step, **{name: _hour(step[name], place) for name in _INSTANTS.get(step["code"], ())}}
        for step in row["why"]["steps"]
    ]
    if steps and steps != row["why"]["steps"]:
        steps.insert(len(steps) - 1, {"code": "to_the_hour"})
    rounds = row["rounds"] and {
        **row["rounds"],
        "kept": [{**item, "due": _hour(item["due"], place)} for item in row["rounds"]["kept"]],
    }
    return {**row, **ends, "rounds": rounds, "why": {**row["why"], "steps": steps}}


def _hour(at: str, place: ZoneInfo) -> str:
    """The beginning of the hour in which an instant lies, where the law applies."""
    there = instant(at).astimezone(place)
    return stamp(instant(at) - timedelta(minutes=there.minute, seconds=there.second))


def _rounds(row: Row, zone: str) -> Row | None:
    """The rounds of a duty that recurs, each met on a day."""
    if not row["rounds"]:
        return None
    days = ("met_on", "received_on")
    kept = [{**item, **{name: day_text(item[name], zone) for name in days}} for item in row["rounds"]["kept"]]
    return {**row["rounds"], "kept": kept}


def _why(why: Mapping[str, Any], law: Law, noun: str) -> dict[str, Any]:
    private = {name for name, fact in law.facts.items() if not fact.shown(noun)}
    steps = [_step(step) for step in why["steps"]]
    straddles = [name for name in why["straddles"] if name not in private]
    return {
        **{name: value for name, value in why.items() if name not in _INSTANTS_OF_WHY},
        "conditions": _conditions(why["conditions"], private, law.time_zone)[0],
        "steps": steps,
        "straddles": straddles,
    }


def _step(step: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in step.items() if name != "at" or step["code"] not in _EXACT_STEPS}


def _conditions(part: Mapping[str, Any], private: set[str], zone: str) -> tuple[dict[str, Any], bool]:
    """A tree of conditions without what tells a private fact, and whether it holds one."""
    if "fact" in part:
        if part["fact"] in private:
            return {name: part[name] for name in part if name not in ("truth", "known_on", "seen")}, True
        return {**part, **({"known_on": day_text(part["known_on"], zone)} if "known_on" in part else {})}, False
    how = "all" if "all" in part else "any"
    inner = [_conditions(item, private, zone) for item in part.get(how, ())]
    hidden = any(found for _, found in inner)
    rest = {} if hidden or "truth" not in part else {"truth": part["truth"]}
    rest |= {"is": part["is"]} if "is" in part else {}
    return ({how: [item for item, _ in inner], **rest} if inner else dict(part)), hidden


def said_by_nobody(row: Row) -> Row:
    """A duty that ran out by what is public alone: it may have been done in confidence, so it is not called overdue."""
    return {**row, "state": "not_public", "watch": None}
