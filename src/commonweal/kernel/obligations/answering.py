"""Filings that meet duties: which rules an entry answers, about which subject, for whom and as of when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC

from commonweal.kernel.record.entries import Entry
from commonweal.kernel.record.tables import Reader, Row, Tables
from commonweal.kernel.values import is_subject, stamp

from .adoption import law_of
from .clauses import MetBy
from .evaluation import noun_of, when_of
from .kinds import ANSWER, SPAN
from .laws import Law, Rule


def note_answers(entry: Entry, tables: Tables) -> list[str]:
    """Keep a filing that meets duties; gives the subjects it is about."""
    found: list[str] = []
    for law, rule, clause in _answered(entry, tables):
        subject = str(entry.body.get(clause.subject) or entry.subject or "")
        before = tables.get(ANSWER, rule.id, subject, entry.index)  # by another version's words
        answer: Row = {
            "rule": rule.id,
            "subject": subject,
            "on": answered_on(entry, clause.on, law.time_zone),
            "filed": stamp(entry.time),
            "entry": entry.index,
            "party": entry.body.get(clause.party) or (before["party"] if before else ""),
        }
        tables.put(ANSWER, answer)
        found.append(subject)
    return list(dict.fromkeys(found))


def _answered(entry: Entry, tables: Reader) -> Iterator[tuple[Law, Rule, MetBy]]:
    """The rules, of every text that was adopted, that an entry meets, each with the clause by which it does."""
    spans = {(span["sha256"], span["rule"], span["version"]): None for span in _spans(entry, tables)}
    for sha256, rule_id, version in spans:
        law = law_of(tables, sha256)
        rule = law.rule(rule_id, version)
        for clause in rule.met_by if rule is not None else ():
            if rule is not None and clause.takes(entry.kind, entry.body, rule_id):
                yield law, rule, clause
                break


def _spans(entry: Entry, tables: Reader) -> list[Row]:
    """The rules that an entry names, and those about what it is about, which need not be named."""
    texts = [value for value in entry.body.values() if isinstance(value, str) and len(value) <= 160]
    named = [text for text in texts if "." in text]
    nouns = {noun_of(text) for text in (entry.subject or "", *texts) if is_subject(text)}
    return [
        *(tables.select(SPAN, {"rule": ("in", named)}) if named else ()),
        *(tables.select(SPAN, {"noun": ("in", sorted(nouns))}) if nouns else ()),
    ]


def answered_on(entry: Entry, name: str, zone: str) -> str:
    """The day that the filing states for itself, where the law applies, if not later than its entry; else that time."""
    stated = when_of(entry.body.get(name), zone) if name else None
    return stamp(min(stated or entry.time, entry.time).astimezone(UTC))
