"""Follows the record: who owes what by when, kept up to date entry by entry.

What each duty becomes depends on the entry and the tables alone, so a rebuild comes to the same rows. Only what may
change a fact is judged, never what follows from a judgement, and nothing is judged as of an instant before the newest
one that was: what follows from a filing carries that filing's time and may be followed after later filings. A duty
that has begun keeps the words of the rule under which it began; the end of a rule, by whichever text was adopted last,
ends it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from commonweal.kernel.record.entries import Act, Entry
from commonweal.kernel.record.tables import Reader, Row, Table, Tables
from commonweal.kernel.values import BadInput, instant, stamp

from .adoption import adopt, adopted_calendars, law_of
from .calendars import Due
from .evaluation import FactLike, FactsLike, Finding, evaluate_rule, facts_about
from .kinds import (
    ADOPTED,
    ANSWER,
    BEGUN,
    DUTY,
    DUTY_CHANGED,
    JUDGED,
    OPEN,
    PAST,
    PUBLIC_DUTY,
    ROOM,
    SPAN,
    SUBJECT,
    TICK,
    UNDECIDED,
)
from .laws import Law, Rule
from .past import ANNULLED, remember, take_back
from .publication import outcome_is_public, public_facts, public_finding, published

_BODY = (
    "rule",
    "rule_version",
    "law",
    "subject",
    "party",
    "duty",
    "state",
    "missing",
    "due",
    "due_if_owed",
    "last_day",
    "started_on",
    "met_on",
    "why",
)


class Obligations:
    """Evaluates adopted laws for the subjects whose facts `facts` supply. Follows after whatever those read."""

    def __init__(self, facts: Sequence[FactsLike] = ()) -> None:
        self._facts = tuple(facts)
        self._nouns = frozenset(supplier.noun for supplier in facts)

    def follow(self, entry: Entry, tables: Tables) -> list[Act]:
        """Bring the duties that an entry touches up to date; gives one act for each change that is to be recorded."""
        for supplier in self._facts:
            if (keeps := getattr(supplier, "keeps", None)) is not None:
                keeps(entry, tables)
        if entry.erased:
            return []
        if entry.kind == DUTY_CHANGED.id:
            _note_filed(entry, tables)
            return []
        now = _forward(entry.time, tables)
        if entry.kind == ADOPTED:
            nouns = adopt(entry, now, tables) if entry.body.get("room") == ROOM else []
            return self._changes(_subjects(nouns, tables), entry, now, tables)
        if entry.kind == TICK:
            tables.put(JUDGED, {"id": 1, "at": stamp(now)})
            return self._changes(_moved_by_time(now, tables), entry, now, tables)
        if entry.kind == ANNULLED:
            take_back(entry, self._touched(entry, tables), tables)
        touched = self._touched(entry, tables)
        for subject in touched:
            tables.put(SUBJECT, {"subject": subject, "noun": _noun(subject)})
        answered = [subject for subject in _note_answers(entry, tables) if tables.get(SUBJECT, subject)]
        return self._changes(list(dict.fromkeys([*touched, *answered])), entry, now, tables)

    def due(self, now: datetime, tables: Reader) -> bool:
        """Whether time alone brings a rule into or out of force, or makes a duty overdue, at or before `now`."""
        at = ("<=", stamp(now))
        return (
            tables.count(SPAN, {"phase": "pending", "starts": at}) > 0
            or tables.count(SPAN, {"phase": "in_force", "ends": at}) > 0
            or tables.count(DUTY, {"watch": at}) > 0
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
        return [subject for subject in found if _noun(subject) in self._nouns]

    def _changes(self, subjects: Sequence[str], entry: Entry, now: datetime, tables: Tables) -> list[Act]:
        """Evaluate every rule for these subjects, write the rows that differ, and give the acts."""
        if not subjects:
            return []
        tables.put(JUDGED, {"id": 1, "at": stamp(now)})
        judging = _Round(entry, now, tables)
        acts: list[Act] = []
        for subject in subjects:
            known = facts_about(self._facts, subject, tables, now)
            before = {row["rule"]: row for row in tables.select(DUTY, {"subject": subject})}
            shown = {row["rule"]: row for row in tables.select(PUBLIC_DUTY, {"subject": subject})}
            if entry.kind == ANNULLED and entry.subject == subject and not known:
                acts += judging.gone([*before.values()], [*shown.values()])
                continue
            for rule_id in sorted({*before, *judging.in_force(_noun(subject))}):
                acts += judging.evaluate(rule_id, subject, known, before.get(rule_id), shown.get(rule_id))
        return acts


class _Round:
    """One entry's evaluation as of an instant: what is in force then is looked up once."""

    def __init__(self, entry: Entry, now: datetime, tables: Tables) -> None:
        self._entry, self._now, self._tables = entry, now, tables
        self._calendars = adopted_calendars(tables)
        self._spans: dict[str, list[Row]] = {}
        self._in_force: dict[str, dict[str, tuple[Law, Rule]]] = {}
        self._laws: dict[str, Law] = {}

    def in_force(self, noun: str) -> dict[str, tuple[Law, Rule]]:
        """The rules about a noun in force now, by id."""
        if noun not in self._in_force:
            self._spans[noun] = self._tables.select(SPAN, {"noun": noun, "phase": ("!=", "superseded")})
            spans = [span for span in self._spans[noun] if _covers(span, stamp(self._now))]
            self._in_force[noun] = {
                span["rule"]: self._words(span["sha256"], span["rule"], span["version"]) for span in spans
            }
        return self._in_force[noun]

    def _words(self, sha256: str, rule_id: str, version: str) -> tuple[Law, Rule]:
        if sha256 not in self._laws:
            self._laws[sha256] = law_of(self._tables, sha256)
        law = self._laws[sha256]
        rule = law.rule(rule_id, version)
        assert rule is not None, f"{rule_id} {version} is not in the text {sha256} that it was read from"
        return law, rule

    def evaluate(
        self, rule_id: str, subject: str, known: Mapping[str, FactLike], before: Row | None, shown: Row | None
    ) -> list[Act]:
        """One rule for one subject, for the authority and for the public; only what is public is recorded.

        Where the outcome is public both are the same. Otherwise the public's is judged by public facts alone, from its
        own row before, so nothing in it, neither words nor dates, depends on what is not public.
        """
        own = self._next(rule_id, subject, known, before, public=False) or before
        if own is None:
            return []
        words = self._words(own["sha256"], rule_id, own["rule_version"])
        if outcome_is_public(*words):
            row, acts = self._change(DUTY, before, own, record=True)
            if row is None and self._entry.kind == ANNULLED:  # what was taken back may be all that changed
                row = before
            if row is not None:
                self._tables.put(PUBLIC_DUTY, published(row, words[0]))
            return acts
        self._change(DUTY, before, own, record=False)
        seen = self._next(rule_id, subject, known, shown, public=True)
        return self._change(PUBLIC_DUTY, shown, seen, record=True)[1] if seen is not None else []

    def _next(
        self, rule_id: str, subject: str, known: Mapping[str, FactLike], before: Row | None, *, public: bool
    ) -> Row | None:
        """The row as it is to be, None where there is nothing to write.

        A duty that has begun goes by the words it began under, any other by today's.
        """
        words = self.in_force(_noun(subject)).get(rule_id)
        begun = before if before is not None and before["state"] in BEGUN else None
        if begun is not None:
            words = self._words(begun["sha256"], rule_id, begun["rule_version"])
            if self._ended(words[1], subject):
                return self._lapsed(begun)
        if words is None:
            return self._lapsed(before) if before is not None else None
        seen = public_facts(*words, known) if public else known
        seen = {name: fact for name, fact in seen.items() if fact.value is not None}
        finding = evaluate_rule(
            *words,
            seen,
            self._now,
            subject=subject,
            began=_began(begun),
            carried=begun is not None,
            calendars=self._calendars,
        )
        if begun is not None and finding.state == "unknown" and all(name not in seen for name in finding.missing):
            return self._still(begun, words[1])
        row = self._written(public_finding(finding) if public else finding, before)
        return published(row, words[0]) if public else row

    def _still(self, begun: Row, rule: Rule) -> Row:
        """A duty that has begun, while facts that once decided it are not known for today: it goes on as it was.

        It ends by a fact that says otherwise; silence, or a new year without its figure, is no such fact.
        """
        if begun["state"] == "met":
            return begun
        due = instant(begun["due"]) if begun["due"] else None
        met = self._met(rule.id, begun["subject"], due)
        row = {**begun, "state": "owed", **(met or self._awaited(rule, due))}
        days = {"met_on": row["met_on"][:10]} if met and "began" in begun else {}
        return {**row, **days, **({"watch": None} if met else {})}

    def _ended(self, rule: Rule, subject: str) -> bool:
        """Whether a rule is over for what began under it.

        By the text adopted last, if that knows the rule as ended; a rule that it no longer has, or only from a later
        day, ends as its own words say.
        """
        now = stamp(self._now)
        noun = _noun(subject)
        if rule.id in self.in_force(noun):
            return False
        if any(span["rule"] == rule.id and _over(span, now) for span in self._spans[noun]):
            return True
        return rule.ends is not None and stamp(rule.ends) <= now

    def gone(self, rows: Sequence[Row], shown: Sequence[Row]) -> list[Act]:
        """The only filing of a subject was annulled: nothing is asked of it any more, and the record says so."""
        acts = []
        for row in shown:
            if row["filed_state"] not in ("", "not_owed", "lapsed"):
                law = self._words(row["sha256"], row["rule"], row["rule_version"])[0]
                ended = published({**row, "state": "lapsed", "watch": None}, law)
                acts.append(_act(ended, row["filed_state"], self._entry))
        for table, found in ((DUTY, rows), (PUBLIC_DUTY, shown)):
            for row in found:
                self._tables.delete(table, row["rule"], row["subject"])
        for row in self._tables.select(PAST, {"subject": self._entry.subject}):
            self._tables.delete(PAST, row["duties"], row["rule"], row["subject"], row["entry"])
        self._tables.delete(SUBJECT, self._entry.subject)
        return acts

    def _lapsed(self, row: Row) -> Row | None:
        """A rule is no longer in force: what it still asked for is not asked for any more."""
        return {**row, "state": "lapsed", "watch": None} if row["state"] in (*OPEN, *UNDECIDED) else None

    def _written(self, finding: Finding, before: Row | None) -> Row:
        row = _row(finding, before)
        if finding.state in ("owed", *UNDECIDED):
            due = finding.due.at if finding.due is not None else None
            row |= self._met(finding.rule.id, finding.subject, due) or self._awaited(finding.rule, due)
        return row

    def _met(self, rule_id: str, subject: str, due: datetime | None) -> Row:
        where = {"rule": rule_id, "subject": subject}
        for answer in self._tables.select(ANSWER, where, order=("on", "entry"), limit=1):
            late = due is not None and answer["on"] >= stamp(due)
            return {"state": "met", "met_on": answer["on"], "met_entry": answer["entry"], "late": int(late)}
        return {}

    def _awaited(self, rule: Rule, due: datetime | None) -> Row:
        """Whether it is overdue, and when time alone changes something next."""
        due = due if rule.met_by is not None else None
        ahead = [at for at in (due, rule.ends) if at is not None and at > self._now]
        overdue = {"state": "overdue"} if due is not None and self._now >= due else {}
        return {**overdue, "watch": stamp(min(ahead)) if ahead else None}

    def _change(self, table: Table, before: Row | None, row: Row, *, record: bool) -> tuple[Row | None, list[Act]]:
        """Write a row that differs, and give it; an act for a change that somebody may have to act on."""
        if before is not None and {**row, **_UNCOMPARED} == {**before, **_UNCOMPARED}:
            return None, []
        remember(table, before, row, self._entry, self._tables)
        files = record and _to_file(before, row)
        if files or before is None or before["state"] != row["state"]:
            now = stamp(self._now)
            row = {**row, "changed_on": now[:10] if table is PUBLIC_DUTY else now, "entry": self._entry.index}
        acts = []
        if files:
            law = self._words(row["sha256"], row["rule"], row["rule_version"])[0]
            acts = [_act(published(row, law), row["filed_state"] or "not_owed", self._entry)]
            row = {**row, "filed_state": row["state"], "filed_entry": None}
        self._tables.put(table, row)
        return row, acts


def _began(row: Row | None) -> datetime | None:
    """Since when a duty that has begun runs, to the second also where the public sees the day."""
    at = (row.get("began") or row["started_on"]) if row is not None else None
    return instant(at) if at else None


def _to_file(before: Row | None, row: Row) -> bool:
    """Whether a change is recorded: a new state or date. Not that nothing is known, nor the end of what never was."""
    state, last = row["state"], row["filed_state"] or "not_owed"
    if state in UNDECIDED and row["due_if_owed"] is None and last == "not_owed":
        return False
    if state == "lapsed" and last == "not_owed":
        return False
    moved = before is not None and (before["due"], before["due_if_owed"]) != (row["due"], row["due_if_owed"])
    return bool(state != last or (moved and state != "not_owed"))


_UNCOMPARED: Row = {"changed_on": None, "entry": None, "filed_state": None, "filed_entry": None}


def _row(finding: Finding, before: Row | None) -> Row:
    end = finding.due or finding.due_if_owed
    return {
        "rule": finding.rule.id,
        "subject": finding.subject,
        "noun": _noun(finding.subject),
        "rule_version": finding.rule.version,
        "law": finding.law.id,
        "sha256": finding.law.digest,
        "duty": finding.rule.duty,
        "party": finding.party,
        "state": finding.state,
        "missing": list(finding.missing),
        "started_on": stamp(finding.started_on) if finding.started_on is not None else None,
        "due": _at(finding.due),
        "due_if_owed": _at(finding.due_if_owed),
        "last_day": end.last_day.isoformat() if end is not None else None,
        "watch": None,
        "met_on": None,
        "met_entry": None,
        "late": None,
        "why": finding.why(),
        "changed_on": before["changed_on"] if before else None,
        "entry": before["entry"] if before else None,
        "filed_state": before["filed_state"] if before else "",
        "filed_entry": before["filed_entry"] if before else None,
    }


def _at(due: Due | None) -> str | None:
    return stamp(due.at) if due is not None else None


def _act(row: Row, before: str, entry: Entry) -> Act:
    body: dict[str, Any] = {name: row[name] for name in _BODY}
    body |= {"law_sha256": row["sha256"], "before": before, "late": None if row["late"] is None else bool(row["late"])}
    key = "/".join(
        ["duty", row["rule"], row["rule_version"], row["sha256"][:16], row["subject"], row["state"], str(entry.index)]
    )
    return Act(DUTY_CHANGED.id, body, key, subject=row["subject"], causes=(entry.index,))


def _forward(time: datetime, tables: Reader) -> datetime:
    """An entry's time, or the newest instant as of which anything was judged."""
    row = tables.get(JUDGED, 1)
    return max(time, instant(row["at"])) if row is not None else time


def _is_version(entry: Entry) -> bool:
    """Whether an entry is a filed version of its subject, or annuls one: its kind ends with the subject's noun."""
    kind = str(entry.body.get("kind")) if entry.kind == ANNULLED else entry.kind
    return kind.rpartition(".")[2] == _noun(entry.subject or "")


def _noun(subject: str) -> str:
    return subject.partition(":")[0]


def _subjects(nouns: Iterable[str], tables: Reader) -> list[str]:
    return [row["subject"] for noun in nouns for row in tables.select(SUBJECT, {"noun": noun})]


def _covers(span: Row, now: str) -> bool:
    return bool(span["starts"] <= now) and not _over(span, now)


def _over(span: Row, now: str) -> bool:
    return span["ends"] is not None and bool(span["ends"] <= now)


def _moved_by_time(now: datetime, tables: Tables) -> list[str]:
    """Move the rules on that come into or out of force, and give the subjects of those and of duties now overdue."""
    at = ("<=", stamp(now))
    subjects = [row["subject"] for table in (DUTY, PUBLIC_DUTY) for row in tables.select(table, {"watch": at})]
    moved = [
        *tables.select(SPAN, {"phase": "pending", "starts": at}),
        *tables.select(SPAN, {"phase": "in_force", "ends": at}),
    ]
    for span in moved:
        tables.put(SPAN, {**span, "phase": "ended" if _over(span, stamp(now)) else "in_force"})
    return list(dict.fromkeys([*subjects, *_subjects(sorted({span["noun"] for span in moved}), tables)]))


def _note_filed(entry: Entry, tables: Tables) -> None:
    """Add to a duty's row the entry in which its present state was recorded."""
    for table in (DUTY, PUBLIC_DUTY):
        row = tables.get(table, entry.body["rule"], entry.body["subject"])
        if row is not None and row["entry"] in entry.causes and row["filed_state"] == entry.body["state"]:
            tables.put(table, {**row, "filed_entry": entry.index})


def _note_answers(entry: Entry, tables: Tables) -> list[str]:
    """Keep a filing that meets a duty; gives the subjects it is about."""
    named = _named_rules(entry)
    spans = tables.select(SPAN, {"rule": ("in", named)}) if named else []
    found: list[str] = []
    for sha256, rule_id, version in dict.fromkeys((span["sha256"], span["rule"], span["version"]) for span in spans):
        rule = law_of(tables, sha256).rule(rule_id, version)
        if rule is None or rule.met_by is None or rule.met_by.kind != entry.kind:
            continue
        if entry.body.get(rule.met_by.rule) != rule_id:
            continue
        subject = str(entry.body.get(rule.met_by.subject) or entry.subject or "")
        on = _answered_on(entry, rule.met_by.on)
        tables.put(ANSWER, {"rule": rule_id, "subject": subject, "on": on, "entry": entry.index})
        found.append(subject)
    return list(dict.fromkeys(found))


def _named_rules(entry: Entry) -> list[str]:
    return [value for value in entry.body.values() if isinstance(value, str) and len(value) <= 160 and "." in value]


def _answered_on(entry: Entry, name: str) -> str:
    """The day that the filing states for itself, if it is not later than its entry; else the entry's time."""
    try:
        stated = instant(str(entry.body[name])) if name and entry.body.get(name) else entry.time
    except BadInput:
        stated = entry.time
    return stamp(min(stated, entry.time.astimezone(UTC)))
