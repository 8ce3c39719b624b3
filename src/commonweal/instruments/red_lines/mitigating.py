"""Mitigations: filed by the developer, verified by another organisation, and over on the last day that was verified.

When one lapses, or somebody finds it not in place, and the hold was lifted on it, the hold comes back by itself: both
open the same playbook. A new version of a mitigation is another to be verified; what was found of the one before it
keeps its last day, so nobody puts off a lapse by filing it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from commonweal.kernel import protocols, registry
from commonweal.kernel.instrument import Act, Entry, Fault, Filer, Reader, Response, Row, Table, Tables, Timed

from . import independence
from .deciding import FINAL, STANDING, TICK, day_over
from .kinds import DECIDED, LAPSED, MITIGATION, STEWARDS, VERIFIED
from .lines import PROXIES, proxies_in_force

HOLD = "playbook.hold_at_a_red_line"
HELD = Table(
    "red_lines_mitigation",
    columns={
        "mitigation": "text", "test": "text", "entry": "integer", "verified": "integer", "until": "text",
        "of": "integer", "checked": "integer", "state": "text",
    },
    key=("mitigation",),
)  # fmt: skip
"""Each mitigation: the entry of its newest version, the verification by which it is in place (0: none) with its last
day, `of` which version that is, the newest entry that found anything of it (`checked`), and how the newest version
stands (`words.VERIFIED_SO`)."""
TABLES = (HELD,)


def follow(entry: Entry, tables: Tables) -> Iterable[Act]:
    """Keep what is filed, verified and lapsed."""
    body = entry.body
    if entry.kind == MITIGATION.id:
        before = tables.get(HELD, str(entry.subject)) or _new(str(entry.subject))
        tables.put(HELD, {**before, "test": str(body["test"]), "entry": entry.index, "state": "unverified"})
    elif entry.kind == VERIFIED.id and (row := tables.get(HELD, str(body["mitigation"]))) is not None:
        tables.put(HELD, {**row, **_found(entry, row)})
    elif entry.kind == LAPSED.id and (row := tables.get(HELD, str(body["mitigation"]))) is not None:
        state = "lapsed" if row["state"] == "in_place" else row["state"]
        tables.put(HELD, {**row, "verified": 0, "until": "", "state": state})
    return []


def _found(entry: Entry, row: Row) -> dict[str, Any]:
    """What a verification changes: how it stands, since when it was looked at, and its last day."""
    if not entry.body["in_place"]:
        return {"verified": 0, "until": "", "of": 0, "checked": entry.index, "state": "not_in_place"}
    until = str(entry.body["holds_until"])
    return {"verified": entry.index, "until": until, "of": row["entry"], "checked": entry.index, "state": "in_place"}


def _new(mitigation: str) -> Row:
    return {"mitigation": mitigation, "verified": 0, "until": "", "of": 0, "checked": 0}


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
    elif independence.is_of_them(str(body["test"]), reader, filer):
        want = "one for a model of another organisation than yours: its developer verifies nothing of it"
        yield Fault("mitigation", body["mitigation"], want, "own")
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
    test = str(entry.body["test"])
    if entry.kind == DECIDED.id and entry.body["state"] not in FINAL:
        return None
    if entry.kind == VERIFIED.id and entry.body["in_place"]:
        return None
    if entry.kind != DECIDED.id and not _was_found(reader, test):
        return None  # nothing was held, or is to be
    case = held(reader, test)
    return None if case is not None and case["state"] == "open" else test


def _was_found(reader: Reader, test: str) -> bool:
    stands = reader.get(STANDING, test)
    return stands is not None and stands["state"] in FINAL


RESPONSES = tuple(Response(on.id, HOLD, _opens, independence.developers) for on in (DECIDED, LAPSED, VERIFIED))


def _day(told: Any) -> date:
    return told if isinstance(told, date) else date.fromisoformat(str(told))
