"""Adopted texts: what stands in force in this record, by whichever text was adopted last."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, get_args, get_origin

from commonweal.kernel.disclosure.kinds import Kind
from commonweal.kernel.record.entries import Entry
from commonweal.kernel.record.tables import Reader, Row, Tables
from commonweal.kernel.values import BadInput, Fault, FaultCollector, NotFound, RuleFault, digest, shown, stamp

from .calendars import PLAIN, Calendar, read_calendar
from .clauses import MetBy
from .kinds import ADOPTED_TEXT, OFFICE, SPAN
from .laws import Law, Rule, read_law

CALENDAR_PREFIX = "calendar."
FAULT_CHARS_MAX = 2000


def read_text(rule_id: str, text: str) -> Law | Calendar:
    """Read a text by its id: a calendar where that begins with `calendar.`, else a law. Raises `RuleFault`."""
    found: Law | Calendar = read_calendar(text) if rule_id.startswith(CALENDAR_PREFIX) else read_law(text)
    if found.id != rule_id:
        raise RuleFault(Fault("id", found.id, f"{rule_id}, the id under which it is adopted", "id"), rule_id)
    return found


def check_adoption(
    rule_id: str, text: str, reader: Reader | None = None, kinds: Mapping[str, Kind] | None = None
) -> Law | Calendar:
    """What would be adopted, before it is. Raises `RuleFault` for a text with faults.

    With a `reader` also for one that gives an adopted version other words, has a rule of another law's, or counts with
    a calendar that is not adopted: its holidays would be missed without a word. With `kinds` also for one whose duties
    are met by what nobody files, or by a field that it does not have.
    """
    found = read_text(rule_id, text)
    faults = FaultCollector(rule_id, RuleFault)
    if reader is not None:
        _other_words(found, digest(text.encode()), reader, faults)
    if reader is not None and isinstance(found, Law):
        _others_rules(found, reader, faults)
        _known_calendar(found, reader, faults)
    if kinds is not None and isinstance(found, Law):
        _known_kinds(found, kinds, faults)
    faults.done()
    return found


def _other_words(found: Law | Calendar, sha256: str, reader: Reader, faults: FaultCollector) -> None:
    for row in reader.select(ADOPTED_TEXT, {"id": found.id, "version": found.version}):
        if row["sha256"] != sha256 and not row["fault"]:
            want = f"a new version: {found.version} was adopted on {row['adopted_on']} with other words"
            faults.add("version", found.version, want, "version")


def _others_rules(found: Law, reader: Reader, faults: FaultCollector) -> None:
    ids = list(dict.fromkeys(rule.id for rule in found.rules))
    for span in reader.select(SPAN, {"rule": ("in", ids), "phase": ("!=", "superseded")}):
        if span["law"] != found.id:
            faults.add(f"rule {span['rule']}, id", span["rule"], f"another id: {span['law']} has that rule", "id")


def _known_calendar(found: Law, reader: Reader, faults: FaultCollector) -> None:
    adopted = {PLAIN.id, *(row["id"] for row in reader.select(ADOPTED_TEXT, {"fault": ""}))}
    if found.calendar not in adopted:
        known = ", ".join(sorted(name for name in adopted if name.startswith(CALENDAR_PREFIX)))
        faults.add("calendar", found.calendar, f"a calendar that is adopted ({known}), or adopt it first", "calendar")


def _known_kinds(found: Law, kinds: Mapping[str, Kind], faults: FaultCollector) -> None:
    """What meets each duty is a kind that there is, with the fields and values that the text names."""
    seen: set[MetBy] = set()
    for rule in found.rules:
        for clause in [one for one in rule.met_by if one not in seen]:
            seen.add(clause)
            where, kind = f"rule {rule.id}, met_by", kinds.get(clause.kind)
            if kind is None:
                near = ", ".join(difflib.get_close_matches(clause.kind, kinds, cutoff=0.5))
                faults.add(where, clause.kind, f"a kind that is filed here{near and f', such as {near}'}", "kind")
                continue
            fields = kind.schema.model_fields
            named = (
                clause.rule,
                clause.subject,
                clause.on,
                clause.received,
                clause.party,
                *(name for name, _ in clause.where),
            )
            for name in dict.fromkeys(name for name in named if name and name not in fields):
                faults.add(where, name, f"a field of {kind.id}: {', '.join(fields)}", "field")
            for name, values in clause.where:
                allowed = _words_of(fields[name].annotation) if name in fields else ()
                for value in [value for value in values if allowed and value not in allowed]:
                    faults.add(f"{where}.where.{name}", value, f"one of: {', '.join(allowed)}", "choice")


def _words_of(form: Any) -> tuple[str, ...]:
    """The words that a field's type allows; none where it allows any."""
    if get_origin(form) is Literal:
        return tuple(str(word) for word in get_args(form))
    return tuple(word for inner in get_args(form) for word in _words_of(inner))


def adopt(entry: Entry, now: datetime, tables: Tables) -> list[str]:
    """Keep the text that an entry adopts and put its rules in place; gives the nouns to look at again.

    A text that cannot be read is kept with its fault and changes nothing else: whoever files it has it checked first.
    """
    rule_id, text = str(entry.body["rule_id"]), str(entry.body["text"])
    row: Row = {
        "sha256": digest(text.encode()),
        "id": rule_id,
        "version": str(entry.body.get("version", "")),
        "text": text,
        "adopted_on": stamp(entry.time),
        "entry": entry.index,
        "current": 1,
        "fault": "",
    }
    try:
        found = read_text(rule_id, text)
    except BadInput as error:
        tables.put(ADOPTED_TEXT, {**row, "what": "faulty", "current": 0, "fault": shown(str(error))[:FAULT_CHARS_MAX]})
        return []
    for earlier in tables.select(ADOPTED_TEXT, {"id": rule_id, "current": 1}):
        tables.put(ADOPTED_TEXT, {**earlier, "current": 0})
    tables.put(ADOPTED_TEXT, {**row, "what": "law" if isinstance(found, Law) else "calendar"})
    return _place(_here(found, tables), now, tables) if isinstance(found, Law) else _counted_by(found, tables)


def _counted_by(calendar: Calendar, tables: Reader) -> list[str]:
    """The nouns of which duties are counted by a calendar: their dates are those of its newest text."""
    spans = tables.select(SPAN, {"phase": ("!=", "superseded")})
    return sorted({span["noun"] for span in spans if law_of(tables, span["sha256"]).calendar == calendar.id})


def _place(law: Law, now: datetime, tables: Tables) -> list[str]:
    before = tables.select(SPAN, {"law": law.id, "phase": ("!=", "superseded")})
    for span in before:
        tables.put(SPAN, {**span, "phase": "superseded"})
    nouns = {span["noun"] for span in before}
    for rule in law.rules:
        for noun in rule.nouns:
            nouns.add(noun)
            tables.put(SPAN, _span(law, rule, noun, now))
    return sorted(nouns)


def _span(law: Law, rule: Rule, noun: str, now: datetime) -> Row:
    phase = "in_force" if rule.in_force(now) else "pending" if now < rule.starts else "ended"
    return {
        "noun": noun,
        "rule": rule.id,
        "version": rule.version,
        "law": law.id,
        "sha256": law.digest,
        "starts": stamp(rule.starts),
        "ends": stamp(rule.ends) if rule.ends is not None else None,
        "phase": phase,
    }


def law_of(reader: Reader, sha256: str) -> Law:
    """The law with this digest. Raises `NotFound`."""
    row = reader.get(ADOPTED_TEXT, sha256)
    if row is None or row["what"] != "law":
        raise NotFound("adopted law text", sha256)
    return _here(read_law(row["text"]), reader)


def _here(law: Law, reader: Reader) -> Law:
    """A law as the office whose tables these are counts by it."""
    office = reader.get(OFFICE, 1) if law.moves else None
    return law.kept_in(office["jurisdictions"], office["time_zone"]) if office is not None else law


def adopted_laws(reader: Reader) -> list[Law]:
    """The laws adopted last, by id."""
    rows = reader.select(ADOPTED_TEXT, {"what": "law", "current": 1}, order=("id",))
    return [_here(read_law(row["text"]), reader) for row in rows]


def calendar_of(reader: Reader, calendar_id: str) -> Calendar:
    """The calendar of this id that was adopted last; one of weekends alone where none was."""
    rows = reader.select(ADOPTED_TEXT, {"id": calendar_id, "what": "calendar", "current": 1})
    return read_calendar(rows[0]["text"]) if rows else PLAIN


def adopted_calendars(reader: Reader) -> dict[str, Calendar]:
    """The calendars adopted last, by id."""
    rows = reader.select(ADOPTED_TEXT, {"what": "calendar", "current": 1}, order=("id",))
    return {row["id"]: read_calendar(row["text"]) for row in rows}
