"""Name and address on a letter to who reported say who that is: they go with the identity strip, wherever they lie."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from commonweal import letters, sending, staffing
from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.engines import typesetting
from commonweal.forms import new_code, party_of
from commonweal.kernel import notices, persons
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, Busy, Forbidden, NotFound, ReplayClock, Text, instant
from commonweal.settings import Settings
from commonweal.sight import Sight
from sending_house import declare

REPORT = {"name": "R 1", "category": "concern", "reporter": "employee", "title": "T", "what_happened": "W"}
JANE = Caller(party_of(new_code()), ("reporter",))
OFFICER, OTHER = Caller("party:desk", ("officer",)), Caller("party:other", ("officer",))
SUBJECT, CANARY = "report:r-1", "Wanda Whistle"
LETTER = {
    "template": "incident_reports.received", "party": JANE.party, "to": [CANARY, "5 Elm Street"], "languages": ["en"],
    "values": {"name": "R 1", "received": "2026-03-02"}, "deliver": ["printers"],
}  # fmt: skip


class Office:
    """An authority with a report, and a printing house that takes letters out of a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.printers = folder / "a", folder / "printers"
        self.printers.mkdir()
        self.clock = ReplayClock(instant("2026-03-02T09:00:00Z"))
        Authority.create(self.folder, Settings(Text(en="X", zh="X"), "x.example/log", self.clock.now())).close()
        declare(self.folder, {"printers": ("folder", str(self.printers))})
        self.authority = Authority.open(self.folder, clock=self.clock)
        self.file("incident_reports.report", JANE, **REPORT)

    def file(self, kind: str, caller: Caller, subject: str | None = None, /, **body: Any) -> int:
        index = self.authority.act(Act(kind, body, "", subject), caller).index
        self.authority.follow()
        return index

    def shredded(self) -> None:
        """The strip is shredded, and the day is over that anything is kept at least."""
        self.file("incident_reports.strip", OFFICER, report=SUBJECT, how="shredded")
        self.clock.set(self.clock.now() + timedelta(days=3))
        self.authority.tick()
        self.authority.follow()

    def said(self) -> list[str]:
        """Where the name of who reported is found: in entries that open, in the tables, in the folder of copies."""
        opened = [self.authority.entry(index) for index in range(self.authority.store.size())]
        found = [f"{one.kind}" for one in opened if CANARY in str(one.body)]
        found += ["tables"] if CANARY.encode() in self.authority.dump() else []
        return found + sorted(path.name for path in self.printers.iterdir() if path.suffix == ".pdf")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    found = Office(tmp_path)
    with found.authority:
        yield found


def test_whatever_destroys_the_strip_destroys_who_a_letter_was_addressed_to(office: Office) -> None:
    """They were told that it is destroyed. A copy in a letter, its PDF, a table or the outbox would make that a lie."""
    try:
        typesetting.check_ready()
    except Busy as error:
        pytest.skip(str(error))
    authority = office.authority
    office.file("incident_reports.identity", JANE, report=SUBJECT, person=CANARY, contact="5 Elm Street")
    office.file("letter.wanted_to_reporter", OFFICER, SUBJECT, **LETTER)
    written = letters.write(
        authority,
        letters.Wanted(LETTER["template"], LETTER["to"], LETTER["values"], ["en"], SUBJECT, party=JANE.party),
    )
    assert letters.content(authority, written)["to"] == LETTER["to"], "it stands on the letter"
    sender = sending.Sender(authority)
    try:
        assert sender.send(20) == 0
    finally:
        sender.close()
    first = notices.letters(authority.reader)[0]
    assert letters.pdf(authority, first["reference"]).startswith(b"%PDF")
    named = ["incident_reports.identity", "letter.wanted_to_reporter", "letter.wanted_to_reporter"]
    assert office.said() == [*named, f"{first['reference']}.pdf"], "in sealed entries of its class, and in the copy"

    office.shredded()
    assert office.said() == []
    for row in notices.letters(authority.reader):
        with pytest.raises(NotFound, match="destroyed"):
            letters.pdf(authority, row["reference"])
        with pytest.raises(NotFound, match="destroyed"):
            Sight(authority, OFFICER, "test").letter(row["reference"])
    assert first["titles"] == notices.letters(authority.reader)[0]["titles"], "what was written to them stays"
    assert letters.waiting(authority) == [], "and is not laid out anew"
    before = authority.dump()
    authority.rebuild()
    assert authority.dump() == before
    for path in office.folder.rglob("*"):
        assert not path.is_file() or CANARY.encode() not in path.read_bytes(), path.name


def test_a_letter_that_says_who_reported_is_read_as_the_strip_is(office: Office) -> None:
    """Else the strip is closed to the office, and the same name stands in a PDF that all of it may open."""
    try:
        typesetting.check_ready()
    except Busy as error:
        pytest.skip(str(error))
    authority = office.authority
    office.file("letter.wanted_to_reporter", OFFICER, SUBJECT, **LETTER)
    letters.issue(authority)
    (row,) = notices.letters(authority.reader)
    for caller, purpose in ((OTHER, ""), (OTHER, "to ask when it was")):
        with pytest.raises(Forbidden, match="says who reported"):
            Sight(authority, caller, "test", purpose=purpose).letter(row["reference"])
    assert Sight(authority, OFFICER, "test").letter(row["reference"]), "who wrote it knows"
    assert Sight(authority, JANE, "test").letter(row["reference"]), "it is to them"
    body = {"person": "person:other", "party": OTHER.party, "organisation": "authority", "roles": ["officer"]}
    staffing.record(authority, persons.JOINED.id, body)
    office.file("incident_reports.assignment", OFFICER, about=SUBJECT, assignee=OTHER.party)
    with pytest.raises(Forbidden, match="what for"):
        Sight(authority, OTHER, "test").letter(row["reference"])
    sight = Sight(authority, OTHER, "test", purpose="to ask when it was")
    assert sight.letter(row["reference"])
    sight.logged()
    (line,) = [one.read for one in authority.reads.found(party=OTHER.party, limit=50) if "to" in one.read.fields]
    assert (line.entry, line.purpose) == (row["entry"], "to ask when it was")


def test_a_letter_that_waits_while_the_strip_is_shredded_goes_to_whoever_filed(office: Office) -> None:
    office.file("letter.wanted_to_reporter", OFFICER, SUBJECT, **LETTER)
    office.shredded()
    (row,) = notices.letters(office.authority.reader)
    assert letters.content(office.authority, row)["to"] == ["To whoever filed R 1"]


def test_no_other_kind_of_letter_takes_the_name_of_who_reported(office: Office) -> None:
    with pytest.raises(BadInput, match="wanted_to_reporter"):
        office.file("letter.wanted", OFFICER, SUBJECT, **LETTER)
    with pytest.raises(BadInput, match="asked for as letter"):
        office.file("letter.wanted_to_reporter", OFFICER, "organisation:lab", **LETTER)
    assert office.said() == []


def test_officers_who_did_not_write_it_read_no_addressee(office: Office) -> None:
    wanted = office.file("letter.wanted_to_reporter", OFFICER, SUBJECT, **LETTER)
    assert "to" not in Sight(office.authority, OTHER, "test").entry(wanted).fields
