"""What of a duty anybody may see: days instead of instants, and nothing that tells what is on file in confidence.

A fact that the law text does not mark public stays with the authority, and so does what it decides: unless the text
says of a rule that its outcome is public, the rule is judged for the public as if such facts were unknown. By Kleene's
logic an answer that then comes out is the real one; where none does, the duty is `not_public`, with the names of the
facts and the date it would have.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from commonweal.kernel.record.tables import Row

from .evaluation import FactLike, Finding
from .laws import Law, Rule

_EXACT_STEPS = ("event", "at_once")


def outcome_is_public(law: Law, rule: Rule) -> bool:
    """Whether what a rule asks may be shown: it asks for public facts only, or its text says so."""
    return rule.public_outcome or all(law.facts[name].public for name in rule.facts())


def public_facts(law: Law, rule: Rule, known: Mapping[str, FactLike]) -> Mapping[str, FactLike]:
    """The facts by which a rule is judged for the public."""
    if outcome_is_public(law, rule):
        return known
    return {name: fact for name, fact in known.items() if name in law.facts and law.facts[name].public}


def public_finding(finding: Finding) -> Finding:
    """A finding by public facts, called `not_public` where one that is not public would decide it."""
    law, rule = finding.law, finding.rule
    open_ = finding.state == "unknown" and not outcome_is_public(law, rule)
    if open_ and any(not law.facts[name].public for name in finding.missing):
        return replace(finding, state="not_public")
    return finding


def published(row: Row, law: Law) -> Row:
    """A duty's row as anybody may see it; `began` keeps the instant of its start for the next evaluation."""
    days = {name: _day(row[name]) for name in ("started_on", "changed_on")}
    return {**row, **days, **days_only(row), "why": _why(row["why"], law), "began": row["started_on"]}


def days_only(row: Row) -> Row:
    """The parts of a row that tell when somebody acted, as days."""
    found: Row = {name: _day(row[name]) for name in ("met_on", "stopped_on")}
    if row["rounds"]:
        kept = [{**item, "met_on": _day(item["met_on"])} for item in row["rounds"]["kept"]]
        found["rounds"] = {**row["rounds"], "kept": kept}
    return found


def _day(at: str | None) -> str | None:
    return at[:10] if at is not None else None


def _why(why: Mapping[str, Any], law: Law) -> dict[str, Any]:
    private = {name for name, fact in law.facts.items() if not fact.public}
    steps = [_step(step) for step in why["steps"]]
    straddles = [name for name in why["straddles"] if name not in private]
    return {**why, "conditions": _conditions(why["conditions"], private)[0], "steps": steps, "straddles": straddles}


def _step(step: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in step.items() if name != "at" or step["code"] not in _EXACT_STEPS}


def _conditions(part: Mapping[str, Any], private: set[str]) -> tuple[dict[str, Any], bool]:
    """A tree of conditions without what tells a private fact, and whether it holds one."""
    if "fact" in part:
        if part["fact"] in private:
            return {name: part[name] for name in part if name not in ("truth", "known_on", "seen")}, True
        return {**part, **({"known_on": part["known_on"][:10]} if "known_on" in part else {})}, False
    how = "all" if "all" in part else "any"
    inner = [_conditions(item, private) for item in part.get(how, ())]
    hidden = any(found for _, found in inner)
    rest = {} if hidden or "truth" not in part else {"truth": part["truth"]}
    return ({how: [item for item, _ in inner], **rest} if inner else dict(part)), hidden
