"""Holding a filing about a duty against the record, before it is recorded: every fault at once."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime

from commonweal.kernel.record.entries import Act
from commonweal.kernel.record.tables import Reader, Row
from commonweal.kernel.values import YEAR_MAX, YEAR_MIN, BadInput, FaultCollector, instant, period, stamp

from .adoption import adopted_calendars, law_of
from .calendars import PLAIN
from .clocks import Decision, objection
from .evaluation import when_of
from .kinds import ANSWER, DUTY, DUTY_DONE, DUTY_DONE_SEALED, DUTY_STATED, ELSEWHERE, OPEN, RECEIPT_CONFIRMED, SEALED
from .laws import Rule
from .publication import concealed
from .rows import base_of, decisions_on

LIFT = "lift"
UNFILED = 2**53
"""In place of the entry of a decision that is not on record: it comes after all that are, of the same instant too."""
_DUTY_WANT = "a duty that stands on record: `weal duties DIR` lists them"


def check_filing(
    act: Act,
    roles: Collection[str],
    reader: Reader,
    now: datetime,
    theirs: Callable[[str], bool] = lambda subject: True,
) -> None:
    """Hold a decision about a clock, or the word that a duty was done, against the record as it has been followed.

    `theirs` says whether whoever files it filed a subject, or is that party.

    Raises `BadInput` naming every fault.
    """
    if act.kind == RECEIPT_CONFIRMED.id:
        _check_confirmed(act, reader, theirs)
        return
    if act.kind not in (*SEALED, *SEALED.values(), DUTY_STATED.id):
        return
    faults = FaultCollector(act.kind)
    row = reader.get(DUTY, act.body["rule"], act.body["about"])
    filed, now = now, _dated(act, now, row, reader, faults)
    if row is None:
        seen = f"{act.body['rule']} of {act.body['about']}"
        faults.add("rule", seen, _DUTY_WANT, "reference")
    elif act.kind == DUTY_STATED.id:
        _check_stated(row, theirs, reader, faults)
    elif wrong := _of_another_kind(act, row, reader):
        faults.add("kind", act.kind, wrong, "confidence")
    elif act.kind in (DUTY_DONE.id, DUTY_DONE_SEALED.id):
        _check_done(row, reader, faults)
    else:
        _check_role(act, roles, faults)
        _check_decision(act, now, row, reader, faults)
        if row["due"] and instant(row["due"]) <= filed and faults.count == 0 and act.body["decision"] != LIFT:
            want = f"a decision filed before the duty's end, {row['due']}; what has set in since stands"
            faults.add("on", act.body.get("on") or stamp(filed), want, "too_late")
    faults.done()


def waiting_for_a_second(reader: Reader, *subjects: str) -> list[Row]:
    """What was written down about some subjects, or any, as having come before, and nobody else has confirmed: one row
    an entry."""
    about = {"subject": ("in", subjects)} if subjects else {}
    rows = reader.select(ANSWER, {**about, "taken": 1, "confirmed": None}, order=("entry", "rule"))
    return list({row["entry"]: row for row in rows if row["came"] < row["filed"]}.values())


def _check_confirmed(act: Act, reader: Reader, theirs: Callable[[str], bool]) -> None:
    faults = FaultCollector(act.kind)
    waiting = {row["entry"]: row for row in waiting_for_a_second(reader, act.body["about"])}
    row = waiting.get(act.body["entry"])
    if act.subject is not None:
        faults.add("subject", act.subject, f"left out: its leaf would name {act.subject}", "confidence")
    if row is None:
        want = "an entry about this in which an officer says that it had come before, and that nobody has confirmed"
        faults.add("entry", act.body["entry"], want, "reference")
    elif theirs(row["by"]):
        faults.add(
            "entry", act.body["entry"], "what another officer wrote down: two confirm when it came", "same_person"
        )
    faults.done()


def _of_another_kind(act: Act, row: Row, reader: Reader) -> str:
    """By which kind it is filed instead, where this one would tell the public of what is told in confidence."""
    law, rule = law_of(reader, row["sha256"]), _rule_of(row, reader)
    sealed = rule is not None and concealed(law, rule, row["noun"])
    if sealed and act.kind in SEALED:
        return f"{SEALED[act.kind]}, about no subject: of this duty nothing is told in public"
    if sealed and act.subject is not None:
        return f"{act.kind} about no subject: its leaf would name {act.subject}"
    if not sealed and act.kind not in SEALED:
        return next(kind for kind, other in SEALED.items() if other == act.kind) + ": this duty is public"
    return ""


def _dated(act: Act, now: datetime, row: Row | None, reader: Reader, faults: FaultCollector) -> datetime:
    """The instant that a filing gives itself, at most now; a day begins where the law applies."""
    stated = act.body.get("on")
    zone = law_of(reader, row["sha256"]).time_zone if row is not None else "UTC"
    on = when_of(stated, zone) if stated else now
    if on is None:
        want = f"a day or an instant from {YEAR_MIN} to {YEAR_MAX}, e.g. 2026-11-02T10:00:00Z"
        faults.add("on", stated, want, "instant")
        return now
    if on > now:
        faults.add("on", stated, f"not after the moment of filing ({stamp(now)})", "future")
    return min(on.astimezone(UTC), now)


def _rule_of(row: Row, reader: Reader) -> Rule | None:
    return law_of(reader, row["sha256"]).rule(row["rule"], row["rule_version"])


def _check_done(row: Row, reader: Reader, faults: FaultCollector) -> None:
    rule = _rule_of(row, reader)
    kinds = [one.kind for one in rule.met_by] if rule is not None else []
    if DUTY_DONE.id not in kinds:
        kind = " or ".join(kinds) or "nothing that is filed"
        faults.add("rule", row["rule"], f"a duty that is met by {DUTY_DONE.id}; this one is met by {kind}", "kind")


def _check_stated(row: Row, theirs: Callable[[str], bool], reader: Reader, faults: FaultCollector) -> None:
    """Only whoever filed what it is about, and owes it where that is known, states that it was done elsewhere, and only
    of what can be."""
    if not theirs(row["subject"]):
        faults.add(
            "about", row["subject"], "what you filed yourself, or a colleague for your organisation", "not_theirs"
        )
    elif row["party"] and not theirs(row["party"]):
        faults.add("rule", row["rule"], "a duty of yours or of your organisation: its debtor states it", "not_theirs")
    if not is_stated(row, reader):
        want = "a duty that is owed to another authority; this one is met by filing here"
        faults.add("rule", f"{row['rule']}: {row['state']}", want, "state")


def is_stated(row: Row, reader: Reader) -> bool:
    """Whether a duty is met by its debtor's word that it was done elsewhere (`duty.stated`)."""
    rule = _rule_of(row, reader)
    return row["state"] == ELSEWHERE or (rule is not None and any(one.kind == DUTY_STATED.id for one in rule.met_by))


def _check_role(act: Act, roles: Collection[str], faults: FaultCollector) -> None:
    if act.body["decided_by"] not in roles:
        want = f"one of the roles of whoever files it: {', '.join(sorted(roles))}"
        faults.add("decided_by", act.body["decided_by"], want, "role")


def _check_decision(act: Act, on: datetime, row: Row, reader: Reader, faults: FaultCollector) -> None:
    body = act.body
    length = None
    try:
        length = period(body["period"]) if body.get("period") else None
    except BadInput as error:
        faults.extend(error.faults)
    if length is not None and body["decision"] != "extend":
        faults.add("period", body["period"], "no period, unless the decision is to extend", "period")
    base = base_of(row)
    if body["decision"] == LIFT:
        if "claimed" not in row["why"]:
            want = "a duty of which a later filing says that it is not owed"
            faults.add("about", f"{row['rule']}: {row['state']}", want, "state")
        return
    if row["state"] not in OPEN or base is None:
        faults.add("about", f"{row['rule']}: {row['state']}", "a duty that is owed and has a date", "state")
    elif faults.count == 0:
        by, reason = body["decided_by"], body.get("reason") or ""
        _check_allowed(Decision(UNFILED, body["decision"], on, reason, by, "", length), row, reader, faults)


def _check_allowed(new: Decision, row: Row, reader: Reader, faults: FaultCollector) -> None:
    """Whether the rule allows the decision, after those before it."""
    law = law_of(reader, row["sha256"])
    rule = law.rule(row["rule"], row["rule_version"])
    base, start = base_of(row), row["started_on"]
    if rule is None or base is None or start is None:
        return
    calendar = adopted_calendars(reader).get(law.calendar, PLAIN)
    before = decisions_on(reader, rule.id, row["subject"])
    latest = max((decision.on for decision in before), default=None)
    if latest is not None and new.on < latest:
        faults.add("on", stamp(new.on), f"not before the decision before it ({stamp(latest)})", "order")
    elif wrong := objection(base, instant(start), before, new, words=(law, rule), calendar=calendar):
        faults.add("decision", f"{new.kind} {new.reason} by {new.by} on {stamp(new.on)}", wrong, "not_allowed")
