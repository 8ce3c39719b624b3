"""Duties as a calendar and as a feed: read back by the library and by a plain reader of the standard's lines."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from xml.etree import ElementTree

import pytest
from icalendar import Calendar

from commonweal.duty_feeds import ATOM, Told, atom, filters, ics
from commonweal.kernel.obligations import by_day, calendar, changes, deadlines, on_time
from commonweal.kernel.values import BadInput, TooLarge, instant
from duty_house import CLAUSES, NATIONAL, REPORT, UPDATE, A, House

NAME = "A <b>&\n\x00model; with, signs"
TOLD = Told(
    "log.example/duties", "The office", "en", instant("2026-06-20"), "https://office.example", name_of=lambda _: NAME
)


@pytest.fixture
def house() -> House:
    """Reported in time on Friday 2026-06-05 at 12:00, passed on late, one update in time."""
    found = House()
    found.adopt("xx.law", "2025-01-01", CLAUSES, version="1")
    found.file("register.model", "2026-06-01T09:00:00Z", A, serious=True)
    found.file("register.report", "2026-06-05T12:00:00Z", rule=REPORT, about=A)
    found.tick("2026-06-05T12:30:00Z")
    found.file("duty.done", "2026-06-06T12:00:00Z", rule=NATIONAL, about=A)
    found.file("register.report", "2026-06-10T12:00:00Z", rule=UPDATE, about=A)
    return found


def lines(data: bytes) -> list[tuple[str, str]]:
    """Content lines of RFC 5545, 3.1, read without the library: unfolded, split at the first colon outside quotes."""
    assert all(len(line) <= 75 for line in data.split(b"\r\n")), "lines are folded at 75 octets"
    unfolded = data.replace(b"\r\n ", b"").decode()
    return [tuple(line.partition(":")[::2]) for line in unfolded.split("\r\n") if line]  # type: ignore[misc]


def events(data: bytes) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for name, value in lines(data):
        if (name, value) == ("BEGIN", "VEVENT"):
            found.append({})
        elif found:
            found[-1].setdefault(name, value)
    return found


def test_a_calendar_is_read_alike_by_two_readers(house: House) -> None:
    data = ics(house.tables, TOLD, {})
    mine = events(data)
    theirs = list(Calendar.from_ical(data).walk("VEVENT"))
    assert len(mine) == len(theirs) == 6  # report, its relay and its relay's, an update filed, the next, the decision
    for plain, read in zip(mine, theirs, strict=True):
        assert (plain["UID"], plain["STATUS"]) == (str(read["UID"]), str(read["STATUS"]))
    assert b"VALARM" not in data
    assert data.startswith(b"BEGIN:VCALENDAR\r\nVERSION:2.0")


def test_a_day_is_a_whole_day_and_an_hour_an_instant(house: House) -> None:
    found = {
        str(event["SUMMARY"]).split(":")[0]: event
        for event in Calendar.from_ical(ics(house.tables, TOLD, {})).walk("VEVENT")
    }
    assert (found["Report"]["DTSTART"].dt, found["Report"]["DTEND"].dt) == (date(2026, 6, 11), date(2026, 6, 12))
    relayed = next(event for event in events(ics(house.tables, TOLD, {"rule": NATIONAL})))
    assert relayed["DTSTART"] == "20260605T120000Z", "half past, told to the hour"


def test_a_round_that_was_answered_is_met_whatever_its_duty_is_now(house: House) -> None:
    """The next round is open: filtered by state each is found under its own, and only the open one says why its day."""
    rounds = {
        state: events(ics(house.tables, TOLD, {"rule": UPDATE, "state": state})) for state in ("owed", "met", "overdue")
    }
    assert {state: [event["DTSTART;VALUE=DATE"] for event in found] for state, found in rounds.items()} == {
        "owed": ["20260708"], "met": ["20260703"], "overdue": [],
    }  # fmt: skip
    assert "It recurs" in rounds["owed"][0]["DESCRIPTION"]
    assert "ends" not in rounds["met"][0]["DESCRIPTION"]


def test_where_clocks_change_a_deadline_is_the_instant_itself() -> None:
    """02:00 on 2026-10-25 comes twice in Brussels, so a local time would not say which is meant."""
    house = House()
    hours = CLAUSES.replace('time_zone = "UTC"', 'time_zone = "Europe/Brussels"').replace("10 days", "45 minutes")
    house.adopt("xx.law", "2025-01-01", hours, version="1")
    house.file("register.model", "2026-10-25T00:45:00Z", A, serious=True)  # 02:45, summer time
    told = replace(TOLD, now=instant("2026-10-26"))
    [event] = events(ics(house.tables, told, {}))
    assert event["DTSTART"] == "20261025T010000Z"
    house.file("register.model", "2026-07-01T10:00:00Z", "model:b", serious=True)
    house.file("register.model", "2026-11-01T10:00:00Z", "model:c", serious=True)
    zoned = events(ics(house.tables, told, {"subject": "model:c"}))[0]
    assert zoned["DTSTART;TZID=Europe/Brussels"] == "20261101T110000"
    assert b"BEGIN:VTIMEZONE" in ics(house.tables, told, {"subject": "model:c"})


def test_an_event_keeps_its_identifier_whatever_becomes_of_the_duty(house: House) -> None:
    before = events(ics(house.tables, TOLD, {"rule": "xx.law.decide"}))[0]
    house.file("duty.done", "2026-06-12", rule="xx.law.decide", about=A)
    after = events(ics(house.tables, TOLD, {"rule": "xx.law.decide"}))[0]
    assert (before["UID"], before["STATUS"]) == (after["UID"], "CONFIRMED")
    assert int(after["SEQUENCE"]) > int(before["SEQUENCE"])
    assert ics(house.tables, TOLD, {}) == ics(house.tables, TOLD, {})
    uids = [event["UID"] for event in events(ics(house.tables, TOLD, {}))]
    assert len(set(uids)) == len(uids)


def test_a_duty_that_lapsed_is_cancelled_and_a_task_is_completed(house: House) -> None:
    house.adopt("xx.law", "2026-06-11", CLAUSES.replace("2025-01-01 }", "2025-01-01, until = 2026-06-10 }").replace(
        'version = "1"', 'version = "2"'), version="2")  # fmt: skip
    states = {event["CATEGORIES"].partition(",")[0]: event["STATUS"] for event in events(ics(house.tables, TOLD, {}))}
    assert states["lapsed"] == "CANCELLED"
    tasks = list(Calendar.from_ical(ics(house.tables, TOLD, {"state": "met"}, "tasks")).walk("VTODO"))
    assert {str(task["STATUS"]) for task in tasks} == {"COMPLETED"}
    assert "DTSTART" not in tasks[0]


def test_what_was_passed_on_late_is_not_just_met(house: House) -> None:
    """A safety officer who reads "met" in a calendar looks no further."""
    states = {event["DESCRIPTION"].partition("\\n")[0] for event in events(ics(house.tables, TOLD, {"state": "met"}))}
    assert {"State: met late"} < states
    assert all(state.startswith("State: met") for state in states)


def test_signs_that_a_format_gives_a_meaning_are_escaped(house: House) -> None:
    event = Calendar.from_ical(ics(house.tables, TOLD, {})).walk("VEVENT")[0]
    assert "model; with, signs" in str(event["SUMMARY"])
    root = ElementTree.fromstring(atom(house.tables, TOLD, {}, "/duties.atom"))
    assert "<b>&" in root.findtext(f"{{{ATOM}}}entry/{{{ATOM}}}title", "")


def test_a_feed_has_what_the_standard_asks_for(house: House) -> None:
    data = atom(house.tables, TOLD, {}, "/duties.atom")
    root = ElementTree.fromstring(data)
    assert root.tag == f"{{{ATOM}}}feed"
    for part in (root, *root.iter(f"{{{ATOM}}}entry")):
        for name in ("id", "title", "updated"):
            assert part.findtext(f"{{{ATOM}}}{name}"), f"RFC 4287, 4.1: {name}"
        datetime.fromisoformat(part.findtext(f"{{{ATOM}}}updated", ""))
    ids = [entry.findtext(f"{{{ATOM}}}id") for entry in root.iter(f"{{{ATOM}}}entry")]
    assert len(set(ids)) == len(ids) == len([entry for entry in house.entries if entry.kind == "duty.changed"])
    assert root.find(f"{{{ATOM}}}author") is not None
    assert [link.get("rel") for link in root.findall(f"{{{ATOM}}}link")] == ["self", "alternate"]
    house.file("duty.done", "2026-06-12", rule="xx.law.decide", about=A)
    later = ElementTree.fromstring(atom(house.tables, TOLD, {}, "/duties.atom"))
    assert ids[0] in [entry.findtext(f"{{{ATOM}}}id") for entry in later.iter(f"{{{ATOM}}}entry")]


def test_feeds_are_narrowed_and_an_unknown_filter_is_named(house: House) -> None:
    assert events(ics(house.tables, TOLD, {"jurisdiction": "YY"})) == []
    assert len(events(ics(house.tables, TOLD, {"party": "authority"}))) == 3
    assert changes(house.tables, limit=100, party="authority", jurisdiction="XX")
    with pytest.raises(BadInput, match="one of the filters"):
        filters({"partei": "x", "state": "late"})
    with pytest.raises(BadInput, match="events, tasks"):
        ics(house.tables, TOLD, {}, "alarms")


def test_a_calendar_that_is_too_large_says_how_to_narrow_it(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commonweal.duty_feeds.EVENTS_MAX", 2)
    with pytest.raises(TooLarge, match="narrow them by party"):
        ics(house.tables, TOLD, {})


def test_who_kept_their_dates(house: House) -> None:
    found = {row["party"]: row for row in on_time(house.tables, TOLD.now)}
    assert found[A] == {
        # the report six days before its last day, the first update 23 days; the next update is open
        "party": A, "in_time": 2, "stated": 0, "late": 0, "missed": 0, "overdue": 0, "open": 1, "deemed": 0, "dated": 2,
        "days_before": 14.5,
    }  # fmt: skip
    authority = found["authority"]
    # passed on a day late, the next in the chain not at all; the decision is open
    assert [authority[name] for name in ("late", "overdue", "open", "days_before")] == [1, 1, 1, -1]
    assert on_time(house.tables, TOLD.now, jurisdiction="YY") == []


def test_a_calendar_page_has_its_days(house: House) -> None:
    span = (datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 8, 1, tzinfo=UTC))
    rows = calendar(house.tables, *span)
    days: dict[str, Any] = by_day(rows)
    assert list(days) == ["2026-06-06", "2026-06-19", "2026-07-08"]
    assert {row["rule"] for row in days["2026-07-08"]} == {UPDATE}
    assert all(row["jurisdiction"] == "XX" and row["title"]["en"] for row in rows)
    assert len(deadlines(house.tables, *span)) == len(rows) + 3, "two that are met, and the update that was filed"
    assert [row["rule"] for row in calendar(house.tables, *span, party="authority")] == [
        "xx.law.report.council",
        "xx.law.decide",
    ]


def test_the_days_of_feeds_are_days_where_the_law_applies() -> None:
    """Both formats want UTC: the beginning of the law's day, so that read there it is that day, and none lies ahead."""
    house = House()
    house.adopt("xx.law", "2025-01-01", CLAUSES.replace('time_zone = "UTC"', 'time_zone = "Asia/Shanghai"'), "1")
    house.file("register.model", "2026-06-01T01:00:00Z", A, serious=True)
    house.file("register.report", "2026-06-04T22:30:00Z", rule=REPORT, about=A)  # 5 June, 06:30 there
    (task,) = Calendar.from_ical(ics(house.tables, TOLD, {"rule": REPORT}, "tasks")).walk("VTODO")
    began = datetime(2026, 6, 4, 16, tzinfo=UTC)
    assert (task["COMPLETED"].dt, task["LAST-MODIFIED"].dt) == (began, began)
    root = ElementTree.fromstring(atom(house.tables, TOLD, {"rule": REPORT}, "/duties.atom"))
    assert root.findtext(f"{{{ATOM}}}updated") == "2026-06-04T16:00:00Z"
