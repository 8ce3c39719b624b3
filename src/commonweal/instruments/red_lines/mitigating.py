"""Mitigations: filed by the developer, verified by somebody else, and over on the last day that was verified.

When one lapses whose hold was lifted on it, the hold comes back by itself (`LAPSED` opens the same playbook).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from commonweal.kernel import protocols, registry
from commonweal.kernel.instrument import Act, Entry, Fault, Filer, Reader, Response, Row, Table, Tables, Timed

from .deciding import FINAL, STANDING, TICK, day_over
from .kinds import DECIDED, LAPSED, MITIGATION, STEWARDS, VERIFIED
from .lines import PROXIES, proxies_in_force

HOLD = "playbook.hold_at_a_red_line"
HELD = Table(
    "red_lines_mitigation",
    columns={"mitigation": "text", "test": "text", "entry": "integer", "verified": "integer", "until": "text"},
    key=("mitigation",),
)
"""Each mitigation by its newest version: the entry that found it in place (0: none), and the last day of that."""
TABLES = (HELD,)


def follow(entry: Entry, tables: Tables) -> Iterable[Act]:
    """Keep what is filed, verified and lapsed."""
    body = entry.body
    if entry.kind == MITIGATION.id:
        tables.put(HELD, _row(str(entry.subject), body["test"], entry.index))
    elif entry.kind == VERIFIED.id and (row := tables.get(HELD, str(body["mitigation"]))) is not None:
        found = {"verified": entry.index, "until": str(body["holds_until"])} if body["in_place"] else {}
        tables.put(HELD, {**row, "verified": 0, "until": "", **found})
    elif entry.kind == LAPSED.id and (row := tables.get(HELD, str(body["mitigation"]))) is not None:
        tables.put(HELD, {**row, "verified": 0, "until": ""})
    return []


def _row(mitigation: str, test: Any, entry: int) -> Row:
    return {"mitigation": mitigation, "test": str(test), "entry": entry, "verified": 0, "until": ""}


def due(now: datetime, reader: Reader) -> bool:
    """Whether the last day of a verified mitigation is over."""
    return bool(_over(reader, day_over(now)))


def _over(reader: Reader, today: str) -> list[Row]:
    return [row for row in reader.select(HELD, {"until": ("<", today)}) if row["verified"]]


def over(entry: Entry, tables: Tables, zone: tzinfo) -> Iterator[Act]:
    """Each verified mitigation whose last day is over lapses."""
    if entry.kind != TICK:
        return
    for row in _over(tables, day_over(entry.time)):
        body = {"test": row["test"], "mitigation": row["mitigation"], "held_until": row["until"]}
        key = f"{row['mitigation']}:{row['verified']}"
        yield Act(LAPSED.id, body, key=key, subject=row["test"], causes=(entry.index,))


TIMED = Timed(due, over)


def check(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """What is wrong with a mitigation or a verification beyond its form."""
    if act.kind == MITIGATION.id:
        yield from _of_a_mitigation(act, reader, filer)
    elif act.kind == VERIFIED.id:
        yield from _of_a_verification(act, reader, filer)


def _of_a_mitigation(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    stands = reader.get(STANDING, str(act.body["test"]))
    if stands is None:
        return
    if not set(filer.roles) & set(STEWARDS) and registry.filer(reader, stands["model"]) not in filer.speaks_for:
        yield Fault("test", act.body["test"], "a test of a model that you registered", "not_yours")
    if (day := _day(act.body["holds_until"])) < filer.today:
        yield Fault("holds_until", str(day), f"today, {filer.today}, or later", "day")


def _of_a_verification(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    body, row = act.body, registry.subject(reader, str(act.body["mitigation"]))
    if row is None or row["erased"]:
        return
    if row["body"]["test"] != body["test"]:
        yield Fault("test", body["test"], f"the test that this mitigation is about: {row['body']['test']}", "other")
    if row["author"] in filer.speaks_for:
        yield Fault("mitigation", body["mitigation"], "one that somebody else filed: nobody verifies their own", "own")
    day, last = _day(body["holds_until"]), _last(row, filer, reader)
    if body["in_place"] and not filer.today <= day <= last:
        want = f"a day from {filer.today} up to {last}, by {PROXIES} and what was filed"
        yield Fault("holds_until", str(day), want, "day")


def _last(row: Row, filer: Filer, reader: Reader) -> date:
    """The last day for which a verification made today can hold."""
    rules = proxies_in_force(reader)
    filed = _day(row["body"]["holds_until"])
    return min(filed, filer.today + timedelta(days=rules[0].verified_days_most)) if rules else filed


def of_test(reader: Reader, test: str) -> list[Row]:
    """The mitigations filed against the danger of a test, oldest first."""
    return list(reader.select(HELD, {"test": test}, order=("entry",)))


def held(reader: Reader, test: str) -> Row | None:
    """The case of the hold on a test's model, the newest; None where there never was one."""
    return next(iter(protocols.cases(reader, subject=test, playbook=HOLD, limit=1)), None)


def _opens(entry: Entry, reader: Reader) -> str | None:
    """The subject of a hold that begins: of a test that warns or found a crossing, while none is open already."""
    if entry.kind == DECIDED.id and entry.body["state"] not in FINAL:
        return None
    case = held(reader, str(entry.body["test"]))
    return None if case is not None and case["state"] == "open" else str(entry.body["test"])


RESPONSES = (Response(DECIDED.id, HOLD, _opens), Response(LAPSED.id, HOLD, _opens))


def _day(told: Any) -> date:
    return told if isinstance(told, date) else date.fromisoformat(str(told))
