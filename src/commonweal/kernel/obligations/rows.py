"""The rows of duties as they are laid out, and what is read back from them."""

from __future__ import annotations

from datetime import date
from typing import Any

from commonweal.kernel.record.entries import Act, Entry
from commonweal.kernel.record.tables import Reader, Row
from commonweal.kernel.values import instant, period, stamp

from .calendars import Due
from .clocks import Decision
from .evaluation import Finding, noun_of
from .kinds import BEGUN, DECISION, DUTY_CHANGED, UNDECIDED

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
    "received_on",
    "stopped_on",
    "why",
)


def row_of(finding: Finding, before: Row | None) -> Row:
    """A finding as it is laid out, before anything that was filed, decided or awaited is held against it."""
    end = finding.due or finding.due_if_owed
    return {
        "rule": finding.rule.id,
        "subject": finding.subject,
        "noun": noun_of(finding.subject),
        "rule_version": finding.rule.version,
        "law": finding.law.id,
        "sha256": finding.law.digest,
        "duty": finding.rule.duty,
        "party": finding.party,
        "state": finding.state,
        "missing": list(finding.missing),
        "started_on": stamp(finding.started_on) if finding.started_on is not None else None,
        "due": at_of(finding.due),
        "due_if_owed": at_of(finding.due_if_owed),
        "last_day": end.last_day.isoformat() if end is not None else None,
        "counted": end.counted.isoformat() if end is not None and end.counted is not None else None,
        "watch": None,
        "met_on": None,
        "met_entry": None,
        "received_on": None,
        "late": None,
        "stated": None,
        "parent": finding.rule.parent,
        "stopped_on": None,
        "clock": None,
        "rounds": None,
        "why": finding.why(),
        "changed_on": before["changed_on"] if before else None,
        "entry": before["entry"] if before else None,
        "filed_state": before["filed_state"] if before else "",
        "filed_entry": before["filed_entry"] if before else None,
    }


def base_of(row: Row) -> Due | None:
    """The end of a duty's clock as if nobody had moved it."""
    kept = row["clock"]["base"] if row["clock"] else None
    at = kept["at"] if kept else row["due"] or row["due_if_owed"]
    if not at:
        return None
    steps = kept["steps"] if kept else row["why"]["steps"]
    last_day = date.fromisoformat(kept["last_day"] if kept else row["last_day"])
    counted = date.fromisoformat(row["counted"]) if row["counted"] else None
    return Due(instant(at), last_day, tuple(steps), counted)


def decisions_on(reader: Reader, rule_id: str, subject: str) -> list[Decision]:
    """The decisions about the clock of one duty, by entry."""
    return [
        Decision(
            row["entry"],
            row["decision"],
            instant(row["on"]),
            row["reason"],
            row["by"],
            row["basis"],
            period(row["period"]) if row["period"] else None,
        )
        for row in reader.select(DECISION, {"rule": rule_id, "subject": subject}, order=("entry",))
        if row["decision"] != "lift"
    ]


def at_of(due: Due | None) -> str | None:
    """When a clock ends, as text."""
    return stamp(due.at) if due is not None else None


def act_of(row: Row, before: str, entry: Entry) -> Act:
    """The act by which a change of a duty is recorded."""
    body: dict[str, Any] = {name: row[name] for name in _BODY}
    body |= {"law_sha256": row["sha256"], "before": before, "late": None if row["late"] is None else bool(row["late"])}
    key = "/".join(
        ["duty", row["rule"], row["rule_version"], row["sha256"][:16], row["subject"], row["state"], str(entry.index)]
    )
    return Act(DUTY_CHANGED.id, body, key, subject=row["subject"], causes=(entry.index,))


def is_over(span: Row, now: str) -> bool:
    """Whether a rule's span has ended."""
    return span["ends"] is not None and bool(span["ends"] <= now)


def covers(span: Row, now: str) -> bool:
    """Whether a rule is in force now by its span."""
    return bool(span["starts"] <= now) and not is_over(span, now)


def has_begun(row: Row) -> bool:
    """Whether a duty has begun; one that recurred, and ended with nothing on file, had."""
    return row["state"] in BEGUN or bool(row["rounds"] and row["rounds"]["ended"])


def to_file(before: Row | None, row: Row) -> bool:
    """Whether a change is recorded: a new state or date. Not that nothing is known, nor the end of what never was."""
    state, last = row["state"], row["filed_state"] or "not_owed"
    if state in UNDECIDED and row["due_if_owed"] is None and last == "not_owed":
        return False
    if state == "lapsed" and last == "not_owed":
        return False
    moved = before is not None and (before["due"], before["due_if_owed"]) != (row["due"], row["due_if_owed"])
    return bool(state != last or (moved and state != "not_owed"))
