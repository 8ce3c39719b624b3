"""One officer alone erases nothing that must still be kept: another confirms it, with reasons of their own.

What is erased is gone for good: an officer in a conflict, or one whose key was stolen, would need no more than a basis.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import retaining as r
from commonweal.acceptance import Caller
from commonweal.authority import OPERATOR, Authority
from commonweal.doors.portal import app
from commonweal.kernel import retention
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, Forbidden

from .doors.portal.people import sign_in
from .instruments.incident_reports.test_desk_portal import send
from .instruments.incident_reports.test_investigating import TestClient

BASIS = "unlawful_processing"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Authority]:
    with r.founded(tmp_path / "house") as found:
        yield found


def ask(house: Authority, caller: Caller, **more: Any) -> int:
    body = {"holder": r.ONE, "retention_class": r.CLASS, "basis": BASIS, "reasons": "Filed about somebody else."}
    return house.act(Act(retention.ERASURE_ASKED.id, {**body, **more}, key=""), caller).index


def erase(house: Authority, caller: Caller, confirms: int | None = None, reasons: str = "I read it: so it is.") -> int:
    return house.erasures.erase(r.ONE, r.CLASS, BASIS, caller, confirms=confirms, reasons=reasons)


def test_one_officer_alone_erases_nothing_before_its_time_nor_does_whoever_runs_the_machine(house: Authority) -> None:
    first, _ = r.officers(house)
    for caller in (first, OPERATOR):
        with pytest.raises(retention.NeedsTwo, match="one officer asks for its erasure with reasons"):
            erase(house, caller)
    asked = ask(house, first)
    with pytest.raises(Forbidden, match="the same person asked for it"):
        erase(house, first, asked)
    with pytest.raises(Forbidden, match="two officers with keys of their own"):
        erase(house, OPERATOR, asked)
    with pytest.raises(Forbidden, match="two officers with keys of their own"):
        ask(house, OPERATOR)
    assert house.entry(r.first(house)).body["contact"] == "SECRETOFone"


def test_another_officer_confirms_it_and_the_record_says_by_which_request(house: Authority) -> None:
    first, second = r.officers(house)
    asked = ask(house, first)
    with pytest.raises(BadInput, match="reasons"):
        erase(house, second, asked, reasons=" ")
    gone = erase(house, second, asked)
    body = house.entry(gone).body
    assert (body["asked_in"], body["approved_by"], body["reasons"]) == (asked, "party:bob", "I read it: so it is.")
    assert {"holder", "reasons", "asked_in"}.isdisjoint(house.presentation(gone).fields)
    assert house.presentation(asked).fields == {}, "everybody sees that something was asked for, and nothing else"
    assert b"SECRETOFone" not in r.bytes_of(house.folder)
    assert retention.requests(house.reader, house.reading().now) == []
    was = house.dump()
    house.rebuild()
    assert house.dump() == was


def test_a_request_is_for_one_thing_as_it_stood_and_for_a_week(house: Authority) -> None:
    first, second = r.officers(house)
    with pytest.raises(BadInput, match="organisation:two × registration"):
        house.erasures.erase("organisation:two", r.CLASS, BASIS, second, confirms=ask(house, first), reasons="So")
    asked = ask(house, first)
    r.file(house, "one", "another")
    with pytest.raises(BadInput, match="which would go with it: ask anew"):
        erase(house, second, asked)
    asked = ask(house, first, reasons="Both may not be held.")
    r.wait(house, r.WHEN + timedelta(days=8))
    house.tick()
    with pytest.raises(BadInput, match="ended at"):
        erase(house, second, asked)


def test_who_left_since_asked_for_nothing(house: Authority) -> None:
    first, second = r.officers(house)
    asked = ask(house, first)
    house.act(Act("person.left", {"person": "person:ines"}, key=""))
    house.follow()
    with pytest.raises(Forbidden, match="party:ines is none"):
        erase(house, second, asked)


def test_what_is_asked_for_is_there_and_on_a_basis_that_goes_before_its_time(house: Authority) -> None:
    first, _ = r.officers(house)
    with pytest.raises(BadInput) as refused:
        ask(house, first, holder="organisation:none", basis="objection")
    assert {fault.where for fault in refused.value.faults} == {"holder", "basis"}


def test_on_a_ground_that_waits_for_no_minimum_one_alone_erases_nothing_that_others_filed_whenever_it_is(
    house: Authority,
) -> None:
    """Such a ground asks nobody whether it is so: the minimum is no more in its way than a second officer would be."""
    first, second = r.officers(house)
    r.wait(house)
    house.tick()
    r.file(house, "three")  # the record's own time comes as far
    with pytest.raises(retention.NeedsTwo, match="was filed by others"):
        erase(house, first)
    assert house.entry(erase(house, second, ask(house, first))).body["approved_by"] == second.party


def test_once_its_time_has_passed_one_is_enough(house: Authority) -> None:
    first, _ = r.officers(house)
    r.wait(house)
    assert house.entry(r.erase(house, caller=first)).body.get("asked_in") is None


EARLY = "/record/erasures/early"


def signed_in(house: Authority, client: Any, caller: Caller) -> None:
    key = house.access.issue_key(caller.party, caller.roles, ("file", "read"))
    assert sign_in(client, key).status_code == 303


def test_in_the_portal_one_officer_asks_and_another_confirms_by_the_same_rules(house: Authority) -> None:
    """By command and program alone it could be done; who asked confirms nothing there, and strangers see nothing."""
    first, second = r.officers(house)
    with TestClient(app(house), base_url="http://portal.example", follow_redirects=False) as client:
        assert client.get(EARLY).status_code in (303, 403)
        signed_in(house, client, first)
        assert EARLY in client.get("/record/erasures").text
        at = f"{EARLY}?holder={r.ONE}"
        told = send(client, at, **{"class": r.CLASS, "basis": "objection", "reasons": "Filed about somebody else."})
        assert (told.status_code, "Nothing was recorded" in told.text) == (422, True)
        told = send(client, at, **{"class": r.CLASS, "basis": BASIS, "reasons": "Filed about somebody else."})
        assert told.status_code == 303
        [asked] = retention.requests(house.reader, house.reading().now)
        confirm = f"{EARLY}?confirms={asked['entry']}"
        assert "You asked for it" in client.get(confirm).text
        assert 'name="reasons"' not in client.get(confirm).text
        signed_in(house, client, second)
        assert "Filed about somebody else." in client.get(f"/zh{EARLY}").text
        told = send(client, confirm, reasons=" ")
        assert (told.status_code, retention.erasures(house.reader)) == (422, [])
        assert send(client, confirm, reasons="I read it: so it is.").status_code == 303
    [done] = retention.erasures(house.reader)
    body = house.entry(done["entry"]).body
    assert (body["asked_in"], body["approved_by"]) == (asked["entry"], second.party)
    assert house.entry(r.first(house)).erased
