"""Nobody makes another party the reporter of a report that somebody filed themselves."""

from __future__ import annotations

import pytest

from commonweal.acceptance import Caller
from commonweal.doors.portal.forms import ANONYMOUS_KEY
from commonweal.forms import new_code, party_of
from commonweal.kernel import registry
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, Forbidden

from .conftest import DESK, Office

REPORT = "report:r-1"
SAID = {"name": "R 1", "category": "near_miss", "reporter": "employee", "title": "A guard was off",
        "what_happened": "I switched the wrong guard off."}  # fmt: skip
GIVEN = {"to": "party:mallory", "reason_code": "ordered", "citation": "Art. 1"}
OPERATOR = Caller("authority", ("authority",))


def handed(office: Office, by: Caller) -> None:
    office.authority.act(Act("registry.handed_over", GIVEN, "h", subject=REPORT), by)
    office.authority.follow()


@pytest.mark.parametrize("by", [DESK, OPERATOR])
@pytest.mark.parametrize("follows", [True, False])
def test_no_officer_hands_over_what_somebody_reported(office: Office, by: Caller, follows: bool) -> None:
    """Whoever it was handed to would speak as the reporter: answer, waive, take it back, shred who reported."""
    reporter = Caller(party_of(new_code()), ("reporter",))
    office.authority.act(Act("incident_reports.report", SAID, ANONYMOUS_KEY), reporter)
    if follows:  # a moment after it was filed it is no less the reporter's
        office.authority.follow()
    with pytest.raises(BadInput) as refused:
        handed(office, by)
    assert [(fault.where, fault.code) for fault in refused.value.faults] == [("subject", "not_theirs")]
    assert "报告人" in refused.value.faults[0].told["zh"]
    answer = {"report": REPORT, "text": "I lied."}
    with pytest.raises((BadInput, Forbidden)):
        office.authority.act(Act("incident_reports.answer", answer, "a"), Caller("party:mallory", ("developer",)))
    office.authority.act(Act("incident_reports.answer", {"report": REPORT, "text": "It is mine."}, "b"), reporter)


def test_nor_by_writing_a_version_down_and_annulling_the_reporters(office: Office) -> None:
    reporter = Caller(party_of(new_code()), ("reporter",))
    first = office.authority.act(Act("incident_reports.report", SAID, ANONYMOUS_KEY), reporter).index
    typed = {**SAID, "received_by": "letter"}
    office.authority.act(Act("incident_reports.report", typed, "t", subject=REPORT), DESK)
    wrong = {"entry": first, "reason_code": "ordered", "citation": "Art. 1"}
    office.authority.act(Act("record.annulled", wrong, "w"), DESK)
    with pytest.raises(BadInput):
        handed(office, DESK)


def test_what_an_officer_wrote_down_goes_to_whoever_said_it_once(office: Office) -> None:
    office.authority.act(Act("incident_reports.report", {**SAID, "received_by": "telephone"}, "t"), DESK)
    handed(office, DESK)
    assert registry.filer(office.authority.reader, REPORT) == "party:mallory"
    again = {**GIVEN, "to": "party:other"}
    with pytest.raises(BadInput):
        office.authority.act(Act("registry.handed_over", again, "again", subject=REPORT), DESK)
