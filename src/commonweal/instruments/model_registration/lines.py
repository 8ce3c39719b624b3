"""The compute lines that the adopted laws draw, for charts and pages. No line stands in code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from commonweal.kernel.instrument import Reader, Text
from commonweal.kernel.obligations import Condition, Group, Law, Rule, adopted_laws

COMPUTE_FACTS = ("compute_flop", "largest_compute_flop")


@dataclass(frozen=True)
class Line:
    """One line of one rule, in FLOP, with the days on which the rule is in force (`until` is the first day after)."""

    rule_id: str
    law: Text
    title: Text
    column: Text
    citation: str
    flop: float
    since: date
    until: date | None
    fact: str
    nouns: tuple[str, ...]


def lines(reader: Reader, fact: str = "compute_flop", noun: str = "model") -> list[Line]:
    """Every line drawn for a fact about a noun, lowest first; one per rule and value."""
    found = {
        (line.flop, line.rule_id): line
        for law in adopted_laws(reader)
        for rule in law.rules
        if noun in rule.nouns
        for line in _of(law, rule, fact)
    }
    return [found[key] for key in sorted(found)]


def _of(law: Law, rule: Rule, fact: str) -> Iterator[Line]:
    for condition in _conditions(rule.when):
        if condition.fact == fact and condition.op in (">", ">=") and isinstance(condition.value, int | float):
            yield Line(
                rule.id,
                law.title,
                rule.title,
                rule.column,
                rule.citation,
                float(condition.value),
                rule.in_force_from,
                rule.in_force_until,
                fact,
                tuple(rule.nouns),
            )


def _conditions(part: Condition | Group) -> Iterator[Condition]:
    if isinstance(part, Condition):
        yield part
    else:
        for inner in part.parts:
            yield from _conditions(inner)
