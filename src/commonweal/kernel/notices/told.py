"""Who is told by mail, and in which digests: asked for, confirmed from the address itself, stopped from any digest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta, tzinfo
from typing import Any

from commonweal.kernel.record import Act, Entry, Reader, Row, Table, Tables
from commonweal.kernel.values import digest, stamp

from .kinds import ASKED, CONFIRMED, OF_REPORTER, STOPPED

ADDRESSEE = "addressee"
"""The target of what goes to one person's own address, whoever that is: the entry in public does not say."""
REQUESTED, ERASED = "effect.requested", "retention.erased"
CONFIRM, LETTER, DIGEST = "confirm", "letter", "digest"
NEVER, WEEK = "never", "week"
MORNING = time(6)
TOLD = Table(
    "notices_told",
    columns={
        "party": "text", "asked": "integer", "mail": "text", "language": "text", "every": "text",
        "confirmed": "integer", "since": "text", "next_at": "text", "sealed": "integer",
    },
    key=("party",),
    indexes=(("next_at",), ("asked",)),
)  # fmt: skip
"""Who wants mail, by the entry that asked for it: told up to `since`, and next at `next_at`.

Where `sealed`, the address stands in that entry alone, and `mail` is empty."""
OWN = Table("notices_own", columns={"effect": "text", "party": "text", "what": "text"}, key=("effect",))
"""Effects that go to a person's own address, and what each is: to confirm it, a letter, a digest."""
Digests = Callable[[Reader, str, str, datetime], Mapping[str, str]]
"""What a digest says to a party in each language, of what came since an instant; empty where there is nothing."""


def follow(entry: Entry, tables: Tables, zone: tzinfo) -> list[Act]:
    """Note what somebody asks for, confirms or stops. A new address is asked to confirm itself."""
    if entry.kind in (ASKED.id, OF_REPORTER.id):
        return _asked(entry, tables, zone)
    if entry.kind == ERASED:
        _forget(entry.body, tables)
        return []
    for row in tables.select(TOLD, {"asked": entry.body["asked"]}):
        if entry.kind == CONFIRMED.id:
            tables.put(TOLD, {**row, "confirmed": 1})
        elif entry.kind == STOPPED.id:
            tables.put(TOLD, {**row, "every": NEVER, "next_at": None})
    return []


def _forget(erased: Mapping[str, Any], tables: Tables) -> None:
    """What asked for mail is destroyed with the address that stood in it: nobody is told there any more."""
    row = tables.get(TOLD, str(erased.get("holder") or ""))
    if row is not None and row["sealed"] and erased.get("retention_class") == OF_REPORTER.retention:
        tables.delete(TOLD, row["party"])


def _asked(entry: Entry, tables: Tables, zone: tzinfo) -> list[Act]:
    body, before = entry.body, tables.get(TOLD, entry.author)
    if not body["mail"]:
        tables.delete(TOLD, entry.author)
        return []
    sealed = entry.kind == OF_REPORTER.id  # then it is not compared either: a new entry is a new address
    known = not sealed and before is not None and before["mail"] == body["mail"] and bool(before["confirmed"])
    row = {"party": entry.author, "asked": entry.index, "mail": "" if sealed else body["mail"],
           "language": body["language"], "sealed": int(sealed),
           "every": body["every"], "confirmed": int(known), "since": stamp(entry.time),
           "next_at": None if body["every"] == NEVER else stamp(entry.time)}  # fmt: skip
    if before is not None and before["next_at"] and row["next_at"]:  # who changes what they get has had today's
        same = before["every"] == body["every"]
        onward = before["next_at"] if same else stamp(next_morning(entry.time, zone, body["every"]))
        row |= {"since": before["since"], "next_at": onward}
    tables.put(TOLD, row)
    return [] if known else [effect(tables, entry, entry.author, CONFIRM)]


def effect(
    tables: Tables, cause: Entry, party: str, what: str, number: int = 0, *, text: Mapping[str, str] | None = None
) -> Act:
    """The act by which something goes to a party's own address.

    It is named by the entry from which it follows and by its `number` among what follows, so it is the same whoever
    finds it; never by the party: anybody could try out whose it is.
    """
    named = "effect:" + digest(f"own\n{what}\n{cause.index}\n{number}".encode())[:40]
    tables.put(OWN, {"effect": named, "party": party, "what": what})
    said = {"effect": named, "case": "", "step": "", "subject": "", "target": ADDRESSEE, "command": what,
            "text": dict(text or {})}  # fmt: skip
    return Act(REQUESTED, said, f"{REQUESTED}:{named}", None, (cause.index,))


def due(now: datetime, tables: Reader) -> bool:
    """Whether a digest is due."""
    return tables.count(TOLD, {"confirmed": 1, "next_at": ("<=", stamp(now))}) > 0


def digests(tick: Entry, tables: Tables, made: Digests, zone: tzinfo) -> list[Act]:
    """The digests that are due, one for each person and period however long nobody looked; none that says nothing."""
    acts: list[Act] = []
    for row in tables.select(TOLD, {"confirmed": 1, "next_at": ("<=", stamp(tick.time))}, order=("party",)):
        text = made(tables, row["party"], row["since"], tick.time)
        if text:
            acts.append(effect(tables, tick, row["party"], DIGEST, len(acts), text=text))
        onward = stamp(next_morning(tick.time, zone, row["every"]))
        tables.put(TOLD, {**row, "since": stamp(tick.time), "next_at": onward})
    return acts


def next_morning(now: datetime, zone: tzinfo, every: str) -> datetime:
    """The next six o'clock after `now` where the authority is; of a weekly digest that of a Monday."""
    here = now.astimezone(zone)
    day = here.date() + timedelta(days=0 if here.time() < MORNING else 1)
    if every == WEEK:
        day += timedelta(days=-day.weekday() % 7)
    return datetime.combine(day, MORNING, zone)


def asked_by(reader: Reader, party: str) -> Row | None:
    """What a party asked to be told by mail, or None."""
    return reader.get(TOLD, party)


def asked_in(reader: Reader, asked: int) -> Row | None:
    """The same by the entry that asked for it, while that is the newest."""
    return next(iter(reader.select(TOLD, {"asked": asked}, limit=1)), None)


def takes_letters(reader: Reader, party: str) -> bool:
    """Whether a party is told of letters to it by mail."""
    row = reader.get(TOLD, party) if party else None
    return row is not None and bool(row["confirmed"])


def still_wanted(reader: Reader, row: Row) -> bool:
    """Whether an effect is to reach somebody still: what is for a person who wants none any more is not missed.

    Nor is what went to an address that was destroyed: of that nothing is left but the effect (`row`).
    """
    found = own(reader, row["effect"])
    return row["target"] != ADDRESSEE if found is None else bool(found["mail"] or found["sealed"])


def own(reader: Reader, effect: str) -> dict[str, Any] | None:
    """Where an effect goes that is for one person's own address: `what` it is, `mail` ("" where they want none any
    more, or where it is `sealed` in the entry that `asked`), `language`. None for an effect that is not.
    """
    row = reader.get(OWN, effect)
    if row is None:
        return None
    none = {"mail": "", "language": "en", "asked": -1, "confirmed": 0, "every": NEVER, "sealed": 0}
    told = reader.get(TOLD, row["party"]) or none
    wanted = {CONFIRM: not told["confirmed"], LETTER: bool(told["confirmed"]),
              DIGEST: bool(told["confirmed"]) and told["every"] != NEVER}[row["what"]]  # fmt: skip
    mail = told["mail"] if wanted else ""
    return {
        "what": row["what"],
        "party": row["party"],
        "mail": mail,
        "language": told["language"],
        "asked": told["asked"],
        "sealed": bool(wanted and told["sealed"]),
    }
