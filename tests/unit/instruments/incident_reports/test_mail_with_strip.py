"""The mail address of who reports without a key says who they are: it goes with the strip, and nobody reads it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.authority.outgoing import address_of, to_send
from commonweal.forms import new_code, party_of
from commonweal.instruments.incident_reports.harbour.conversation import REPLIES
from commonweal.instruments.incident_reports.reports import IDENTITY_CLASS
from commonweal.kernel import notices
from commonweal.kernel.disclosure import Erased
from commonweal.kernel.notices.told import OWN
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, Forbidden, ReplayClock, Text, instant
from commonweal.settings import Settings
from commonweal.sight import Sight

REPORT = {"name": "R 1", "category": "concern", "reporter": "employee", "title": "T", "what_happened": "W"}
JANE = Caller(party_of(new_code()), ("reporter",))
OFFICER = Caller("party:desk", ("officer",))
MAIL = "jane@home.example"


@pytest.mark.parametrize("disposed", ["strip_taken", "strip"])
def test_the_address_is_in_no_table_read_by_no_officer_and_destroyed_with_the_strip(
    tmp_path: Path, disposed: str
) -> None:
    """She was told that afterwards nobody here can read who she is. One address beside her report would be a lie."""
    clock = ReplayClock(instant("2026-03-02T09:00:00Z"))
    settings = Settings(Text(en="X", zh="X"), "mail.example/log", clock.now(), replay=True)

    with Authority.create(tmp_path / "a", settings, clock=clock) as office:

        def filed(kind: str, caller: Caller, **body: Any) -> int:
            index = office.act(Act(kind, body, ""), caller).index
            office.follow()
            return index

        filed("incident_reports.report", JANE, **REPORT)
        filed("incident_reports.identity", JANE, report="report:r-1", contact="+33 6")
        with pytest.raises(Forbidden):
            filed("notice.asked", JANE, mail=MAIL)
        asked = filed("notice.asked_by_reporter", JANE, mail=MAIL, every="day")
        assert MAIL.encode() not in office.dump()
        assert Sight(office, JANE, "test").entry(asked).fields["mail"] == MAIL
        for caller in (OFFICER, Caller("party:head", ("authority",))):
            assert not {"mail", "every"} & set(Sight(office, caller, "test").entry(asked).fields)
        [wanted] = office.reader.select(OWN)
        own = notices.own(office.reader, wanted["effect"])
        assert own is not None
        assert address_of(own, office.entry) == MAIL, "it is read where it is sent, and nowhere else"

        how = {"how": "shred"} if disposed == "strip_taken" else {"how": "shredded"}
        filed(
            f"incident_reports.{disposed}", JANE if disposed == "strip_taken" else OFFICER, report="report:r-1", **how
        )
        clock.set(clock.now() + timedelta(days=3))
        office.tick()
        office.follow()
        with pytest.raises(Erased):
            Sight(office, JANE, "test").entry(asked)
        assert notices.asked_by(office.reader, JANE.party) is None
        left = to_send(office.reader, office.entry, office.pdf_of, office.mail_links, wanted["effect"])
        assert left["outlet"] is None, "what waited goes nowhere"
        assert not notices.still_wanted(office.reader, left), "and is missed by nobody"
        before = office.dump()
        office.rebuild()
        assert office.dump() == before


def test_an_address_without_a_strip_goes_when_who_reported_says_so(tmp_path: Path) -> None:
    """Who left nothing but a mail address waits no ninety days to have it gone."""
    clock = ReplayClock(instant("2026-03-02T09:00:00Z"))
    settings = Settings(Text(en="X", zh="X"), "mail.example/log", clock.now(), replay=True)
    with Authority.create(tmp_path / "a", settings, clock=clock) as office:

        def filed(kind: str, **body: Any) -> int:
            index = office.act(Act(kind, body, ""), JANE).index
            office.follow()
            return index

        [shred] = [one for one in REPLIES if one.id == "shred-strip"]
        filed("incident_reports.report", **REPORT)
        assert not shred.offered(office.reader, "report:r-1")
        with pytest.raises(BadInput, match="identity strip is held"):
            filed("incident_reports.strip_taken", report="report:r-1", how="shred")
        asked = filed("notice.asked_by_reporter", mail=MAIL, every="day")
        assert shred.offered(office.reader, "report:r-1")
        filed("incident_reports.strip_taken", report="report:r-1", how="shred")
        assert not shred.offered(office.reader, "report:r-1"), "said once"
        clock.set(clock.now() + timedelta(days=2))
        office.tick()
        office.follow()
        with pytest.raises(Erased):
            Sight(office, JANE, "test").entry(asked)
        assert notices.asked_by(office.reader, JANE.party) is None


def test_it_is_kept_as_what_else_says_who_reported() -> None:
    assert notices.OF_REPORTER.retention == IDENTITY_CLASS
