"""What pages ask of the thresholds."""

from __future__ import annotations

import functools
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, time
from typing import Any

from commonweal.kernel.indicators import event_of, event_text
from commonweal.kernel.record.tables import Reader, Row
from commonweal.kernel.values import NotFound

from ._kinds import LATE, LATE_IN, RULE, STATE, SWITCH, TRACK
from ._machine import STATES
from ._room import current_rules
from ._rules import ThresholdRule, read_rule

_FIRST = datetime(1, 1, 2, tzinfo=UTC)


def states(reader: Reader, rule: str = "") -> list[Row]:
    """The present state of every rule and subject (of one rule), with value, event, since and what it was judged on.

    When it was last heard of and when it falls silent are given as days, as the record gives them in public.
    """
    return [_shown(row) for row in reader.select(STATE, {"rule": rule} if rule else None)]


def _shown(row: Row) -> Row:
    return {
        **{name: value for name, value in row.items() if name != "memory"},
        "known": row["known"][:10],
        "silent_at": row["silent_at"] and row["silent_at"][:10],
    }


def unsettled(reader: Reader) -> list[Row]:
    """Every state that is not `ok`, as `states` gives it, those that have lasted longest first."""
    rows = reader.select(STATE, {"state": ("in", [state for state in STATES if state != "ok"])}, order=("since",))
    return [_shown(row) for row in rows]


def is_past(rule: ThresholdRule, event: str, now: datetime) -> bool:
    """Whether figures about the period that began then say nothing about now, whenever they were filed.

    They do not once the period, what may come late after it and the silence that the rule allows are over.
    """
    return past_from(rule, event) <= now


def past_from(rule: ThresholdRule, event: str) -> datetime:
    """The instant from which on figures about the period that began then say nothing about now."""
    return _past_from(rule, rule.grid.period(event_of(event)))


def _past_from(rule: ThresholdRule, period: int) -> datetime:
    ended = rule.grid.start(period + 1 + (rule.lateness or 0))
    at = ended if isinstance(ended, datetime) else datetime.combine(ended, time.min, UTC)
    return rule.max_gap.after(at)


def stale(reader: Reader, now: datetime) -> list[Row]:
    """A row for each rule in force of which some state rests on figures about a time that is past (`is_past`).

    `rule`, how many `subjects`, the `oldest` and `newest` of their events, and the newest's `subject` and `known`.
    """
    found = []
    for rule in rules(reader):
        if rule.response is not None or not rule.in_force(now.date()):
            continue
        began = range(rule.grid.period(_FIRST), rule.grid.period(now) + 1)
        fresh = bisect_right(began, now, key=functools.partial(_past_from, rule))
        if fresh == 0:
            continue
        until = event_text(rule.grid.start(began[fresh - 1]))
        where = {"rule": rule.id, "state": ("in", [one for one in STATES if one != "unknown"]), "event": ("<=", until)}
        ends = [
            reader.select(STATE, where, order=(order,), limit=1, only=("subject", "event", "known"))
            for order in ("event", "-event")
        ]
        if ends[0]:
            (oldest,), (newest,) = ends
            about = {"oldest": oldest["event"], "newest": newest["event"], "known": newest["known"][:10]}
            found.append(
                {"rule": rule.id, "subjects": reader.count(STATE, where), "subject": newest["subject"], **about}
            )
    return found


def past_figures(reader: Reader, now: datetime) -> list[Row]:
    """Of the rules in force, every state but `unknown` that rests on figures about a time that is past (`is_past`)."""
    found = []
    for rule in rules(reader):
        if rule.response is None and rule.in_force(now.date()):
            stated = [row for row in states(reader, rule.id) if row["state"] != "unknown"]
            found += [row for row in stated if row["event"] and is_past(rule, row["event"], now)]
    return found


def counts(reader: Reader) -> dict[str, dict[str, int]]:
    """For each rule in force, how many subjects are in each state that any is in."""
    found: dict[str, dict[str, int]] = {}
    for rule in rules(reader):
        states = {state: reader.count(STATE, {"rule": rule.id, "state": state}) for state in STATES}
        found[rule.id] = {str(state): count for state, count in states.items() if count}
    return found


def switches(reader: Reader, rule: str = "", subject: str = "", newest: int = -1) -> list[Row]:
    """Every switch (of one rule, about one subject), or the newest so many, in the order it was decided."""
    where = {name: value for name, value in (("rule", rule), ("subject", subject)) if value}
    if newest < 0:
        return reader.select(SWITCH, where, order=("entry", "at", "cause"))
    return reader.select(SWITCH, where, order=("-entry", "-at", "-cause"), limit=newest)[::-1]


def history(reader: Reader, rule: str, subject: str, since: str = "") -> list[tuple[str, str | None, str]]:
    """`(from, to, state)` in event days, oldest first; `to` is the day the next state began, None for the present one.

    It begins where the rule first looked, or at the first period from `since` on. A state that a revision replaced for
    its whole length is left out.
    """
    about = {"rule": rule, "subject": subject}
    first = reader.select(TRACK, {**about, **({"event": (">=", since)} if since else {})}, limit=1)
    if not first:
        return []
    if not since:
        return intervals(switches(reader, rule, subject), first[0]["event"])
    decided = reader.select(SWITCH, {**about, "at": (">=", since)}, order=("entry", "at", "cause"))
    return intervals(decided, first[0]["event"], first[0]["state"])


def intervals(decided: Sequence[Row], first: str, begun: str = "") -> list[tuple[str, str | None, str]]:
    """The intervals that switches of one subject, in the order they were decided, leave between them.

    `begun` is the state at `first`, where that is not what the first of the switches left.
    """
    if not first:
        return []
    marks: list[tuple[str, str]] = [(first, begun or (decided[0]["from_state"] if decided else "unknown"))]
    for row in decided:
        while len(marks) > 1 and marks[-1][0] > row["at"]:
            marks.pop()
        marks.append((row["at"], row["to_state"]))
    found: list[tuple[str, str | None, str]] = []
    for (start, state), following in zip(marks, [*marks[1:], None], strict=True):
        if following is None or following[0] > start:
            begun = found.pop()[0] if found and found[-1][2] == state else start
            found.append((begun, following[0] if following else None, state))
    return found


def track(reader: Reader, rule: str, subject: str, since: str = "", most: int = -1) -> list[Row]:
    """One row for every period judged: event, value, quantities, breached (1, 0 or None) and state.

    Of `most` so many: from `since` on the first ones, without it the newest.
    """
    about: dict[str, Any] = {"rule": rule, "subject": subject}
    if since:
        return reader.select(TRACK, {**about, "event": (">=", since)}, limit=most)
    return reader.select(TRACK, about, order=("-event",), limit=most)[::-1]


def periods(reader: Reader, rule: str, subject: str) -> dict[str, int]:
    """How many periods were judged in each state that there was."""
    about = {"rule": rule, "subject": subject}
    counted = {str(state): reader.count(TRACK, {**about, "state": state}) for state in STATES}
    return {state: count for state, count in counted.items() if count}


def late(reader: Reader, rule: str = "") -> list[Row]:
    """How many values about each subject came too late to be judged, and the first and last event they were about."""
    return reader.select(LATE, {"rule": rule} if rule else None)


def late_in(reader: Reader, entries: Collection[int]) -> list[Row]:
    """Of these entries, what came too late to be judged: by rule, how many values, about how many subjects and when.

    Only what was followed is known. Such values stand in their series; no state is judged again by them.
    """
    return reader.select(LATE_IN, {"entry": ("in", sorted(entries))}, order=("entry", "rule")) if entries else []


def rules(reader: Reader) -> list[ThresholdRule]:
    """The rules in force, in order of id."""
    return [held.rule for held in current_rules(reader)]


def rule_of(reader: Reader, rule: str, version: str = "") -> ThresholdRule:
    """The adopted rule of that id (and version; default: the newest usable). Raises `NotFound`."""
    where: dict[str, Any] = {"rule": rule, "fault": ""}
    if version:
        where["version"] = version
    found = reader.select(RULE, where, order=("-adopted",), limit=1)
    if not found:
        raise NotFound("threshold rule", f"{rule} {version}".strip())
    return read_rule(found[0]["text"])


def board(reader: Reader) -> list[dict[str, Any]]:
    """One line a rule: id, version, title, citation, dates in force, subjects by state, newest event, late values."""
    lines: list[dict[str, Any]] = []
    for rule in rules(reader):
        rows = states(reader, rule.id)
        counted: Counter[str] = Counter(row["state"] for row in rows)
        lines.append(
            {
                "rule": rule.id,
                "version": rule.version,
                "title": rule.title,
                "citation": rule.citation,
                "url": rule.url,
                "in_force_from": rule.in_force_from.isoformat(),
                "in_force_until": rule.in_force_until.isoformat() if rule.in_force_until else None,
                "subjects": len(rows),
                "event": max((row["event"] for row in rows), default=""),
                "late": sum(row["count"] for row in late(reader, rule.id)),
                "switches": reader.count(SWITCH, {"rule": rule.id}),
                **{str(state): counted[state] for state in STATES},
            }
        )
    return lines
