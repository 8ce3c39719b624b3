"""Rules about what must follow what: after an entry of one kind, one of another kind within a span.

Each entry that asks for an answer is a request of its own, open until it is answered: `pending` until its time has
passed, then `firing`. An answer closes every open request of its key, in time (`ok`) or `late`; what is never answered
stays open and is shown so. About each subject the rule is firing while a request is overdue, pending while one is
open, and ok otherwise. A deadline passes at its instant, whether or not the clock was looked at just then.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from commonweal.kernel.indicators import event_text
from commonweal.kernel.record.entries import Act, Entry
from commonweal.kernel.record.tables import Reader, Row, Tables
from commonweal.kernel.values import instant, stamp

from ._adopt import Held, replaced
from ._judge import switch_act
from ._kinds import ANSWER, REQUEST, RULE, STATE, SWITCH, Cause
from ._machine import Machine, State
from ._parts import Response
from ._slots import Slot

OPEN = ("pending", "firing")
WITHDRAWN = "withdrawn"


def kinds_of(response: Response | None) -> str:
    """The kinds that a rule follows, as the table of rules is searched for them."""
    return f" {response.after.kind} {response.expect.kind} " if response else ""


def following(reader: Reader, kind: str) -> set[str]:
    """The ids of rules of which some version follows a kind of entry."""
    return {row["rule"] for row in reader.select(RULE, {"fault": "", "kinds": ("contains", f" {kind} ")})}


def overdue(now: datetime, reader: Reader) -> bool:
    """Whether a request's time has passed since anybody looked."""
    return bool(reader.select(REQUEST, {"state": "pending", "due": ("<", stamp(now))}, limit=1))


class Answering:
    """One rule about answers, and one entry."""

    def __init__(self, held: Held, entry: Entry, tables: Tables) -> None:
        assert held.rule.response is not None
        self.held, self.rule, self.response = held, held.rule, held.rule.response
        self.entry, self.tables = entry, tables
        self.now = stamp(entry.time)
        self.fine = self.response.within.unit in ("s", "m", "h")

    def followed(self) -> list[Act]:
        """An entry of a kind that the rule follows: it answers requests, opens one, or both."""
        acts = self.passed()
        touched = {}
        body = self.entry.body
        if self.response.expect.matches(self.entry.kind, body):
            touched = self._answered()
        if self.response.after.matches(self.entry.kind, body):
            key = self._key(asking=True)
            if key:
                touched |= self._opened(key)
        return acts + self._settled(touched, "entry")

    def passed(self) -> list[Act]:
        """Time has passed: requests whose deadline lies behind fire, each from its deadline on."""
        rows = self.tables.select(REQUEST, {"rule": self.rule.id, "state": "pending", "due": ("<", self.now)})
        touched: dict[str, str] = {}
        for row in rows:
            self.tables.put(REQUEST, {**row, "state": "firing"})
            touched[row["subject"]] = min(row["due"], touched.get(row["subject"], row["due"]))
        return self._settled(touched, "deadline")

    def annulled(self, index: int) -> list[Act]:
        """An entry counts no longer: what it asked is withdrawn for good, what it answered is answered by another.

        Where no other entry answers, the request is open again: pending, or firing once its time has passed.
        """
        touched = {}
        asked = self.tables.get(REQUEST, self.rule.id, index)
        if asked is not None and asked["state"] != WITHDRAWN:
            self.tables.put(REQUEST, {**asked, "state": WITHDRAWN, "answered": None, "answer": None})
            touched[asked["subject"]] = self.now
        for row in self.tables.select(ANSWER, {"rule": self.rule.id, "entry": index}):
            self.tables.delete(ANSWER, self.rule.id, row["key"], index)
        for row in self.tables.select(REQUEST, {"rule": self.rule.id, "answer": index}):
            self.tables.put(REQUEST, self._answered_again(row))
            touched[row["subject"]] = self.now
        return self._settled(touched, "entry")

    def _answered_again(self, request: Row) -> Row:
        """A request whose answer was annulled, answered by the first of those that are left, else open."""
        where = {"rule": self.rule.id, "key": request["key"], "entry": (">", request["entry"])}
        for left in self.tables.select(ANSWER, where, order=("entry",), limit=1):
            return _closed(request, left["entry"], left["at"])
        state = "firing" if request["due"] < self.now else "pending"
        return {**request, "state": state, "answered": None, "answer": None}

    def adopted(self) -> list[Act]:
        """A version came into force: open requests keep the time they were given, and what was answered stays so."""
        before = replaced(self.held, self.tables)
        rows = self.tables.select(REQUEST, {"rule": self.rule.id, "state": ("in", OPEN)})
        for row in self.tables.select(STATE, {"rule": self.rule.id}):
            if before is not None and before.rule.response is not None:
                now = {"version": self.rule.version, "adopted": self.held.adopted}
                self.tables.put(STATE, {**row, **now})
            else:
                self.tables.delete(STATE, self.rule.id, row["subject"])
        if before is not None and before.rule.response is not None:
            return []
        return self._settled({row["subject"]: self.now for row in rows}, "adoption")

    def _opened(self, key: str) -> dict[str, str]:
        subject = self.entry.subject or f"entry:{self.entry.index}"
        row = {
            "rule": self.rule.id,
            "entry": self.entry.index,
            "subject": subject,
            "key": key,
            "opened": self.now,
            "due": stamp(self.response.within.after(self.entry.time)),
            "state": "pending",
            "answered": None,
            "answer": None,
        }
        self.tables.put(REQUEST, row)
        return {subject: self.now}

    def _answered(self) -> dict[str, str]:
        touched = {}
        keys = [str(cause) for cause in self.entry.causes] if self.response.same == "cause" else [self._key()]
        for key in keys:
            asked = {"rule": self.rule.id, "key": key}
            if self.tables.select(REQUEST, asked, limit=1):
                self.tables.put(ANSWER, {**asked, "entry": self.entry.index, "at": self.now})
            for row in self.tables.select(REQUEST, {**asked, "state": ("in", OPEN)}):
                self.tables.put(REQUEST, _closed(row, self.entry.index, self.now))
                touched[row["subject"]] = self.now
        return touched

    def _key(self, asking: bool = False) -> str:
        """What a request and its answer have in common ("" where an entry has nothing of the kind)."""
        same = self.response.same
        if same == "cause":
            return str(self.entry.index) if asking else ""
        if same == "all":
            return "all"
        found = self.entry.subject if same == "subject" else self.entry.body.get(same)
        return "" if found is None else str(found)

    def _settled(self, touched: dict[str, str], cause: Cause) -> list[Act]:
        """Restate each subject from its open requests, from the instant it was touched on."""
        switches = [switch for subject, at in sorted(touched.items()) if (switch := self._restated(subject, at, cause))]
        self.tables.put_many(SWITCH, switches)
        return [switch_act(self.rule, row) for row in switches]

    def _restated(self, subject: str, when: str, cause: Cause) -> Row | None:
        found = self.tables.select(REQUEST, {"rule": self.rule.id, "subject": subject, "state": ("in", OPEN)})
        counted = {name: float(sum(row["state"] == state for row in found)) for name, state in _COUNTED}
        state: State = "firing" if counted["overdue"] else "pending" if counted["open"] else "ok"
        held = self.tables.get(STATE, self.rule.id, subject)
        at = event_text(instant(when) if self.fine else instant(when).date())
        before: State = held["state"] if held else "unknown"
        slot = Slot(subject, Machine(state=state, base="firing" if state == "firing" else "ok"), since=at, end=0)
        quantities: dict[str, float | None] = {**counted}
        row = {
            "rule": self.rule.id,
            "subject": subject,
            "version": self.rule.version,
            "adopted": self.held.adopted,
            "state": state,
            "since": held["since"] if held and before == state else at,
            "event": at,
            "known": self.now,
            "silent_at": None,
            "value": counted["overdue"],
            "quantities": quantities,
            "level": "",
            "scale": None,
            "latched": 0,
            "memory": slot.memory(),
        }
        self.tables.put(STATE, row)
        return None if before == state else self._switch(row, before, cause)

    def _switch(self, row: Row, before: State, cause: Cause) -> Row:
        taken = ("rule", "subject", "value", "quantities", "level", "scale", "latched")
        return {
            **{name: row[name] for name in taken},
            "entry": self.entry.index,
            "at": row["event"],
            "cause": cause,
            "rule_version": self.rule.version,
            "from_state": before,
            "to_state": row["state"],
            "known": self.now[:10],
            "counterfactual": int(not self.rule.in_force(date.fromisoformat(row["event"][:10]))),
            "filed": None,
        }


def _closed(request: Row, answer: int, at: str) -> Row:
    """A request that an entry has answered at an instant; at the deadline is in time."""
    return {**request, "state": "ok" if at <= request["due"] else "late", "answered": at, "answer": answer}


_COUNTED = (("overdue", "firing"), ("open", "pending"))


def requests(reader: Reader, rule: str, subject: str = "", states: Iterable[str] = ()) -> list[Row]:
    """The requests of a rule (about one subject, in some states), in the order they were made.

    Those still open at the end of the record are `pending` or `firing`; times are days, as the record gives them.
    """
    where = {name: value for name, value in (("rule", rule), ("subject", subject)) if value}
    rows = reader.select(REQUEST, {**where, **({"state": ("in", tuple(states))} if states else {})}, order=("entry",))
    return [{**row, **{name: row[name] and row[name][:10] for name in ("opened", "due", "answered")}} for row in rows]
