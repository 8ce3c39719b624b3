"""The room: cases open, move and close as entries are followed.

Every table is written at once from the entry alone; the acts returned say what was done and are recorded by the
authority under keys that name the entry they follow from.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Protocol

from commonweal.kernel.record.entries import Act, Entry
from commonweal.kernel.record.tables import Reader, Row, Tables
from commonweal.kernel.values import BadInput, Conflict, Forbidden, digest, stamp, subject_id

from .approvers import Filed, register, spend, voice, withdraw
from .cases import Case, Cause, arrival, as_fact
from .effects import KINDS as EFFECT_KINDS
from .effects import follow as follow_effect
from .events import ApproverWithdrawn, CauseJoined, DeadlinePassed, Event
from .folding import advance, open_case
from .kinds import (
    APPROVAL,
    APPROVER_REGISTERED,
    APPROVER_WITHDRAWN,
    MOVED_BY,
    OPENED,
    PASSKEY_REGISTERED,
)
from .lints import unexecutable
from .projections import CASE, PLAYBOOK, WAIT, case_of, moved_row, new_row, playbook_in_force, put_case
from .reading import read
from .recording import CANNOT, mark, moving, opening, unmark

EFFECTS = frozenset(kind.id for kind in EFFECT_KINDS)
ADOPTED, TICK = "rule.adopted", "clock.tick"
VALUE_CHARS_MAX = 200


class Answers(Protocol):
    """When an entry of kind `on` comes and `match` names a subject, a case under `playbook` is opened for it.

    `playbook` is an adopted id or a CACAO id (`playbook--…`). Where it is "", the entry names one in `runs`, and may
    name the subject with its dimensions in `runs_for`; a case that is open already then says that it joined.
    """

    @property
    def on(self) -> str: ...

    @property
    def playbook(self) -> str: ...

    @property
    def match(self) -> Callable[[Entry, Reader], str | None]: ...


class Protocols:
    """Follows the record for every case; `responses` say which entries open one, `log` is the origin of this record.

    `untold` says of a subject whether what is done about it is in confidence.
    """

    def __init__(
        self, responses: Iterable[Answers], log: str = "", untold: Callable[[str | None], object] = lambda subject: None
    ) -> None:
        self.responses, self.log, self._untold = tuple(responses), log, untold

    def follow(self, entry: Entry, tables: Tables) -> list[Act]:
        """Put playbooks in force, move the cases that the entry concerns, open the cases that it calls for."""
        if entry.erased:
            return []
        if entry.kind == ADOPTED:
            _adopt(entry, tables)
            return []
        if entry.kind == OPENED.id:
            _opened(entry, tables)
        elif entry.kind in (APPROVER_REGISTERED.id, PASSKEY_REGISTERED.id):
            register(entry, tables)
        elif entry.kind in EFFECTS:
            follow_effect(entry, tables)
        acts: list[Act] = []
        for row, event_for in _concerned(entry, tables, self.log):
            acts.extend(_move(entry, tables, row, event_for))
        for response in self.responses:
            if response.on == entry.kind:
                acts.extend(_open(entry, tables, response))
        return acts

    def due(self, now: datetime, tables: Reader) -> bool:
        """Whether a deadline lies at or before `now`."""
        return bool(tables.select(CASE, {"next_deadline": ("<=", stamp(now))}, limit=1))

    def due_in_public(self, now: datetime, tables: Reader) -> bool:
        """Whether one does of a case that is not about what is in confidence."""
        late = tables.select(CASE, {"next_deadline": ("<=", stamp(now))}, only=("subject", "about"))
        return any(not (self._untold(row["subject"]) or self._untold(row["about"])) for row in late)


# playbooks


def _adopt(entry: Entry, tables: Tables) -> None:
    body = entry.body
    if body.get("room") != "protocols":
        return
    cacao_id, name, faults = _examined(str(body["text"]))
    tables.put(
        PLAYBOOK,
        {
            "playbook": body["rule_id"],
            "sha256": digest(str(body["text"]).encode()),
            "cacao_id": cacao_id,
            "version": body["version"],
            "name": name,
            "text": body["text"],
            "adopted": entry.index,
            "adopted_at": stamp(entry.time),
            "faults": faults,
        },
    )


@functools.lru_cache(maxsize=64)
def _examined(text: str) -> tuple[str, dict[str, str], list[dict[str, str]]]:
    """A playbook's CACAO id, name and faults; one with faults is kept but never run (the door refuses it)."""
    try:
        playbook = read(text)
    except BadInput as error:
        return "", {}, [fault.as_dict() for fault in error.faults]
    return playbook.id, dict(playbook.name), [fault.as_dict() for fault in unexecutable(playbook)]


# opening


def _open(entry: Entry, tables: Tables, response: Answers) -> list[Act]:
    subject = response.match(entry, tables)
    named = response.playbook or str(entry.body.get("runs", ""))
    adopted = playbook_in_force(tables, named) if subject is not None else None
    if subject is None or adopted is None:
        return []
    about, acts = str(entry.body.get("runs_for", "")), list[Act]()
    for row in _open_already(tables, adopted["playbook"], subject, about):
        if response.playbook:
            return []
        acts += _move(entry, tables, row, lambda case: CauseJoined(entry.index))
        if _is_open(tables, row["case"]):
            return acts
    case_id = subject_id("case", f"{adopted['playbook'].removeprefix('playbook.')}-{subject}-{entry.index}")
    try:
        playbook = read(adopted["text"])
        facts = {name: as_fact(entry.body.get(name)) for name in sorted(playbook.facts())}
        case = open_case(playbook, subject, Cause(entry.index, entry.kind, facts), _at(entry), case_id)
        row = new_row(case, adopted, about)
        acts += opening(row, case)
    except CANNOT as error:
        mark(entry, tables, case_id, error)
        return acts
    put_case(tables, row, case)
    return acts


def _open_already(tables: Reader, playbook: str, subject: str, about: str) -> list[Row]:
    rows = tables.select(CASE, {"subject": subject, "state": "open"})
    return [row for row in rows if (row["playbook"], row["about"]) == (playbook, about)]


def _is_open(tables: Reader, case_id: str) -> bool:
    row = tables.get(CASE, case_id)
    return row is not None and row["state"] == "open"


def _opened(entry: Entry, tables: Tables) -> None:
    """The entry that says a case was opened has come back: note where it stands in the log."""
    row = tables.get(CASE, entry.body["case"])
    if row is not None:
        tables.put(CASE, {**row, "opened_index": entry.index})


# moving

_EventFor = Callable[[Case], Event | None]


def _concerned(entry: Entry, tables: Tables, log: str) -> Iterator[tuple[Row, _EventFor]]:
    """The cases that an entry may move, each with the event that it is for them."""
    if entry.kind == TICK:
        late = tables.select(CASE, {"next_deadline": ("<=", stamp(entry.time))})
        for row in late:
            yield row, lambda case: DeadlinePassed(entry.index)
    elif entry.kind == APPROVER_WITHDRAWN.id:
        if key := withdraw(entry, tables):
            for row in _approved_with(key, tables):
                yield row, lambda case: ApproverWithdrawn(entry.index, key)
    elif entry.kind == APPROVAL.id:
        asked = tables.get(CASE, entry.body["case"])
        if asked is not None:
            yield asked, lambda case: _approval(entry, tables, case, log)
    elif entry.kind in MOVED_BY:
        named = tables.get(CASE, entry.body["case"])
        if named is not None:
            yield named, lambda case: MOVED_BY[entry.kind](entry.index, entry.body, entry.author)
    else:
        for case_id in _awaiting(entry, tables):
            waiting = tables.get(CASE, case_id)
            if waiting is not None:
                yield waiting, lambda case: arrival(case.playbook, entry.index, entry.kind, entry.subject, entry.body)


def _approval(entry: Entry, tables: Tables, case: Case, log: str) -> Event | None:
    """The voice that an approval is; None where its envelope does not hold (the door refuses such: see `queries`)."""
    try:
        given = voice(tables, case, Filed(entry.body, entry.author, _at(entry), entry.index), log)
    except (BadInput, Conflict, Forbidden):
        return None
    if given.proof == "envelope":
        spend(tables, entry.body, entry.index)
    return given


def _approved_with(key: str, tables: Reader) -> list[Row]:
    """The open cases in which a key has spoken, in order of case."""
    rows = tables.select(CASE, {"state": "open"}, order=("case",))
    return [row for row in rows if any(item["of"].get("key") == key for item in row["events"])]


def _awaiting(entry: Entry, tables: Reader) -> list[str]:
    """The cases that await this kind of entry and something it names, in order of case."""
    if not tables.count(WAIT, {"kind": entry.kind}):
        return []
    values = {"", entry.subject or ""}
    values |= {value for value in map(as_fact, entry.body.values()) if value and len(value) <= VALUE_CHARS_MAX}
    rows = tables.select(WAIT, {"kind": entry.kind, "value": ("in", sorted(values))})
    return sorted({row["case"] for row in rows})


def _move(entry: Entry, tables: Tables, row: Row, event_for: _EventFor) -> list[Act]:
    """Move one case. One that cannot move is marked so and stays where it stood; the others go on."""
    try:
        before = case_of(tables, row)
        event = event_for(before)
        if event is None:
            return []
        case, intents = advance(before, event, _at(entry))
        acts = moving(entry.index, row, case, intents)
    except CANNOT as error:
        mark(entry, tables, row["case"], error, row)
        return []
    if case is not before:
        put_case(tables, moved_row(row, case, event), case)
        unmark(tables, row)
    return acts


def _at(entry: Entry) -> datetime:
    """Cases count in whole seconds, as their rows do."""
    return entry.time.replace(microsecond=0)
