"""Follows the record: who owes what by when, kept up to date entry by entry.

What each duty becomes depends on the entry and the tables alone, so a rebuild comes to the same rows. Only what may
change a fact is judged, never what follows from a judgement, and nothing is judged as of an instant before the newest
one that was: what follows from a filing carries that filing's time and may be followed after later filings. A duty
that has begun keeps the words of the rule under which it began; the end of a rule, by whichever text was adopted last,
ends it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from datetime import datetime

from commonweal.kernel.record.entries import Act, Entry
from commonweal.kernel.record.tables import Partly, Reader, Row, Table, Tables
from commonweal.kernel.values import instant, stamp

from .adoption import adopt, law_of
from .answering import Answers, answered_on, forget_confirmed, note_confirmed
from .evaluation import FactsLike, day_text, facts_about, matter_of, noun_of
from .judging import Round
from .kinds import (
    ADOPTED,
    ANSWER,
    CHANGE,
    CLOCK_DECIDED,
    CLOCK_SEALED,
    DECISION,
    DUTY,
    DUTY_CHANGED,
    JUDGED,
    OFFICE,
    PUBLIC_DUTY,
    ROOM,
    SPAN,
    SUBJECT,
    TICK,
    WAITING,
)
from .laws import EVERYWHERE
from .matter import owing
from .past import ANNULLED, take_back
from .rows import is_over

PART_SUBJECTS = 32


class Obligations:
    """Evaluates adopted laws for the subjects whose facts `facts` supply. Follows after whatever those read.

    `jurisdictions` are those in which the authority acts; rows that were judged by others are laid out anew (`OFFICE`).
    `zone` is where its days begin and end, "" where that is not said (`Law.kept_in`).
    """

    def __init__(
        self, facts: Sequence[FactsLike] = (), jurisdictions: Sequence[str] = (EVERYWHERE,), zone: str = ""
    ) -> None:
        self._facts = tuple(facts)
        self._nouns = frozenset(supplier.noun for supplier in facts)
        self._office = {"id": 1, "jurisdictions": list(jurisdictions), "time_zone": zone}
        self._jurisdictions = tuple(jurisdictions)
        self._answers = Answers(jurisdictions)

    def follow(self, entry: Entry, tables: Tables) -> list[Act]:
        """Bring the duties that an entry touches up to date; gives one act for each change that is to be recorded."""
        for supplier in self._facts:
            if (keeps := getattr(supplier, "keeps", None)) is not None:
                keeps(entry, tables)
        if entry.index == 0:
            tables.put(OFFICE, self._office)
        if entry.erased:
            return []
        if entry.kind == DUTY_CHANGED.id:
            _note_filed(entry, tables)
            return []
        now = _forward(entry.time, tables)
        if entry.kind == ADOPTED:
            nouns = adopt(entry, now, tables) if entry.body.get("room") == ROOM else []
            return self._in_parts(_subjects(nouns, tables), entry, now, tables)
        if entry.kind == TICK:
            tables.put(JUDGED, {"id": 1, "at": stamp(now)})
            return self._in_parts(_moved_by_time(now, tables), entry, now, tables)
        touched = self._touched(entry, tables)
        if entry.kind == ANNULLED:
            touched = list(dict.fromkeys([*touched, *_forget(entry, tables)]))
            take_back(entry, touched, tables)
        for subject in touched:
            tables.put(SUBJECT, {"subject": subject, "noun": noun_of(subject)})
        noted = [*self._answers.note(entry, tables), *_note_decision(entry, tables), *note_confirmed(entry, tables)]
        answered = [subject for subject in noted if tables.get(SUBJECT, subject)]
        return self._changes(list(dict.fromkeys([*touched, *answered])), entry, now, tables)

    def go_on(self, entry: Entry, tables: Tables, part: int) -> list[Act]:
        """Judge the next of the subjects that an entry moves at once: a law that comes into force moves all of them."""
        start, stop = part * PART_SUBJECTS, (part + 1) * PART_SUBJECTS
        rows = tables.select(WAITING, {"number": ("<", stop)})
        for row in rows:
            tables.delete(WAITING, row["number"])
        subjects = [row["subject"] for row in rows if row["number"] >= start]  # those before could not be judged
        acts = self._changes(subjects, entry, _forward(entry.time, tables), tables)
        return Partly(acts) if tables.count(WAITING) else acts

    def _in_parts(self, subjects: Sequence[str], entry: Entry, now: datetime, tables: Tables) -> list[Act]:
        """Judge so many of these subjects, and keep the rest for `go_on`."""
        rest = [{"number": number, "subject": subject} for number, subject in enumerate(subjects)][PART_SUBJECTS:]
        tables.put_many(WAITING, rest)
        acts = self._changes(subjects[:PART_SUBJECTS], entry, now, tables)
        return Partly(acts) if rest else acts

    def due(self, now: datetime, tables: Reader) -> bool:
        """Whether time alone brings a rule into or out of force, or makes a duty overdue, at or before `now`."""
        return self.due_in_public(now, tables) or tables.count(DUTY, {"watch": ("<=", stamp(now))}) > 0

    def due_in_public(self, now: datetime, tables: Reader) -> bool:
        """Whether time alone changes something that everybody may know."""
        at = ("<=", stamp(now))
        return (
            tables.count(SPAN, {"phase": "pending", "starts": at}) > 0
            or tables.count(SPAN, {"phase": "in_force", "ends": at}) > 0
            or tables.count(PUBLIC_DUTY, {"watch": at}) > 0
        )

    def _touched(self, entry: Entry, tables: Reader) -> list[str]:
        """The subjects whose facts an entry may have changed: that of which it is a version, and those that the
        suppliers name.

        An entry that is merely about a subject, such as a step of a case, is no version of it: `register.model` is of
        `model:…`, `case.opened` is not.
        """
        found = dict.fromkeys([entry.subject] if entry.subject and _is_version(entry) else [])
        for supplier in self._facts:
            touches = getattr(supplier, "touches", None)
            found.update(dict.fromkeys(touches(entry, tables) if touches is not None else ()))
        return [subject for subject in found if noun_of(subject) in self._nouns]

    def _changes(self, subjects: Sequence[str], entry: Entry, now: datetime, tables: Tables) -> list[Act]:
        """Evaluate every rule for these subjects and for what is one matter with them, write the rows that differ, and
        give the acts."""
        if not subjects:
            return []
        tables.put(JUDGED, {"id": 1, "at": stamp(now)})
        matter = functools.cache(functools.partial(matter_of, self._facts, reader=tables))
        known = functools.cache(functools.partial(facts_about, self._facts, reader=tables, as_of=now))
        judging = Round(entry, now, tables, self._jurisdictions, matter=matter, known=known)
        near = dict.fromkeys(other for one in subjects for other in matter(one))
        beside = [one for one in near if owing(tables, one)]
        acts: list[Act] = []
        together: dict[str, list[Row]] = {}
        for subject in dict.fromkeys([*subjects, *beside]):
            before = _by_rule(DUTY, subject, tables)
            shown = _by_rule(PUBLIC_DUTY, subject, tables)
            if entry.kind == ANNULLED and _is_version(entry) and entry.subject == subject and not known(subject):
                acts += judging.gone([*before.values()], [*shown.values()])
                continue
            for rule_id in judging.ordered({*before, *judging.in_force(noun_of(subject))}, noun_of(subject)):
                own = judging.own(rule_id, subject, known(subject), before.get(rule_id))
                if own is not None and matter(subject):
                    together.setdefault(subject, []).append(own)
                elif own is not None:
                    acts += judging.evaluate(own, known(subject), before.get(rule_id), shown.get(rule_id))
        for subject, rows in together.items():  # once each of them is judged by itself
            before, shown = _by_rule(DUTY, subject, tables), _by_rule(PUBLIC_DUTY, subject, tables)
            for own in rows:
                acts += judging.evaluate(own, known(subject), before.get(own["rule"]), shown.get(own["rule"]))
        return acts


def _by_rule(table: Table, subject: str, tables: Reader) -> dict[str, Row]:
    return {row["rule"]: row for row in tables.select(table, {"subject": subject})}


def _forward(time: datetime, tables: Reader) -> datetime:
    """An entry's time, or the newest instant as of which anything was judged."""
    row = tables.get(JUDGED, 1)
    return max(time, instant(row["at"])) if row is not None else time


def _is_version(entry: Entry) -> bool:
    """Whether an entry is a filed version of its subject, or annuls one: its kind ends with the subject's noun."""
    kind = str(entry.body.get("kind")) if entry.kind == ANNULLED else entry.kind
    return kind.rpartition(".")[2] == noun_of(entry.subject or "")


def _subjects(nouns: Iterable[str], tables: Reader) -> list[str]:
    return [row["subject"] for noun in nouns for row in tables.select(SUBJECT, {"noun": noun})]


def _moved_by_time(now: datetime, tables: Tables) -> list[str]:
    """Move the rules on that come into or out of force, and give the subjects of those and of duties now overdue."""
    at = ("<=", stamp(now))
    subjects = [row["subject"] for table in (DUTY, PUBLIC_DUTY) for row in tables.select(table, {"watch": at})]
    moved = [
        *tables.select(SPAN, {"phase": "pending", "starts": at}),
        *tables.select(SPAN, {"phase": "in_force", "ends": at}),
    ]
    for span in moved:
        tables.put(SPAN, {**span, "phase": "ended" if is_over(span, stamp(now)) else "in_force"})
    return list(dict.fromkeys([*subjects, *_subjects(sorted({span["noun"] for span in moved}), tables)]))


def _note_filed(entry: Entry, tables: Tables) -> None:
    """Keep that a duty changed, and add to its row the entry in which its present state was recorded."""
    body = entry.body
    told = {name: body[name] for name in ("rule", "subject", "rule_version", "state", "before")}
    told |= {"party": body.get("party") or "", "last_day": body.get("last_day")}
    told |= {"due": body.get("due") or body.get("due_if_owed")}
    on = day_text(stamp(entry.time), law_of(tables, body["law_sha256"]).time_zone)
    tables.put(CHANGE, {**told, "entry": entry.index, "sha256": body["law_sha256"], "on": on})
    for table in (DUTY, PUBLIC_DUTY):
        row = tables.get(table, entry.body["rule"], entry.body["subject"])
        if row is not None and row["entry"] in entry.causes and row["filed_state"] == entry.body["state"]:
            tables.put(table, {**row, "filed_entry": entry.index})


def _note_decision(entry: Entry, tables: Tables) -> list[str]:
    """Keep a decision about a clock; gives the subject it is about."""
    if entry.kind not in (CLOCK_DECIDED.id, CLOCK_SEALED.id):
        return []
    body = entry.body
    subject = str(body["about"])
    duty = tables.get(DUTY, body["rule"], subject)
    zone = law_of(tables, duty["sha256"]).time_zone if duty is not None else "UTC"
    tables.put(
        DECISION,
        {
            "rule": body["rule"],
            "subject": subject,
            "entry": entry.index,
            "decision": body["decision"],
            "on": answered_on(entry, "on", zone),
            "reason": body.get("reason") or "",
            "by": body["decided_by"],
            "basis": body["basis"],
            "period": body.get("period"),
        },
    )
    return [subject]


def _forget(entry: Entry, tables: Tables) -> list[str]:
    """An annulled filing meets nothing any more, and an annulled decision moves no clock; gives whom that concerns."""
    found = forget_confirmed(entry.body["entry"], tables)
    for table in (ANSWER, DECISION):
        for row in tables.select(table, {"entry": entry.body["entry"]}):
            tables.delete(table, row["rule"], row["subject"], row["entry"])
            found.append(row["subject"])
    return [subject for subject in found if tables.get(SUBJECT, subject)]
