"""Every read of what is not public, through the API, stands in the log of reads before the answer leaves."""

from __future__ import annotations

from typing import Any

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.forms import new_code, party_of
from commonweal.kernel.disclosure.naming import NAMED
from commonweal.kernel.record import Act

BODY = {"party": "party:ann", "about": "entry:1", "until": "2030-01-01", "reason": "inquiry"}


def sealed(authority: Authority) -> int:
    index = authority.act(Act(NAMED.id, BODY, "n"), Caller("party:chief", ("authority",))).index
    authority.follow()
    return index


def lines(authority: Authority) -> list[tuple[str, int, tuple[str, ...], str, str]]:
    found = [one.read for one in authority.reads.lines()]
    return [(one.party, one.entry, one.fields, one.door, one.purpose) for one in found]


def test_what_an_officer_reads_of_an_entry_is_logged_with_key_role_door_and_purpose(
    authority: Authority, officer: Any
) -> None:
    index = sealed(authority)
    found = officer.get(f"/api/v1/entries/{index}?purpose=事件 7")
    assert found.json()["fields"]["party"] == "party:ann"
    assert found.headers["cache-control"] == "private, no-store"
    assert lines(authority) == [("party:office", index, ("party",), "api entry", "事件 7")]
    read = next(authority.reads.lines()).read
    assert read.roles == ("authority", "officer")
    assert read.keyid == officer.headers["Authorization"].split("_")[1]


def test_what_is_public_is_not_logged_and_may_be_cached(authority: Authority, public: Any, lab: Any) -> None:
    index = sealed(authority)
    for client in (public, lab):
        found = client.get(f"/api/v1/entries/{index}")
        assert ("party" in found.json()["fields"], "cache-control" in found.headers) == (False, False)
    assert lines(authority) == []


def test_a_presentation_says_in_the_log_which_fields_were_chosen(authority: Authority, officer: Any) -> None:
    index = sealed(authority)
    officer.get(f"/api/v1/entries/{index}/presentation?fields=until")
    assert lines(authority) == []
    officer.get(f"/api/v1/entries/{index}/presentation?fields=until,party")
    assert lines(authority) == [("party:office", index, ("party",), "api entry_presentation", "")]


def test_where_the_log_cannot_be_written_the_read_is_refused(authority: Authority, officer: Any, public: Any) -> None:
    index = sealed(authority)
    (authority.folder / "reads.sqlite").mkdir()
    found = officer.get(f"/api/v1/entries/{index}")
    assert (found.status_code, "party:ann" in found.text) == (503, False)
    assert public.get(f"/api/v1/entries/{index}").status_code == 200


def test_who_filed_without_a_name_is_told_by_code_what_is_held_and_the_code_is_nowhere(
    authority: Authority, public: Any
) -> None:
    code = new_code()
    filer = Caller(party_of(code), ("authority",))
    index = authority.act(Act(NAMED.id, BODY, "n"), filer)
    answer = public.post("/api/v1/held", json={"code": code.lower().replace("-", " ")})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    (entry,) = answer.json()["entries"]
    assert (entry["entry"], entry["fields"]["reason"]) == (index.index, "inquiry")
    assert code not in answer.text
    assert filer.party not in {line[0] for line in lines(authority)}, "when they came is nobody's business"
    other = public.post("/api/v1/held", json={"code": new_code()})
    assert other.status_code == 403
    for sent, wanted in (({"code": "AAAA"}, "24 letters"), ({"code": 7, "x": 1}, "nothing but code"), ([], "code")):
        refused = public.post("/api/v1/held", json=sent)
        assert (refused.status_code, wanted in refused.text) == (422, True), sent
        assert "AAAA" not in refused.text
