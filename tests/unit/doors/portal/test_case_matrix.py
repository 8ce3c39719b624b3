"""Pages of cases and the inbox, as every role: what people wrote in a case is for the office and for who wrote it.

Each sealed field of every entry by which people move a case holds a canary; who may meet it is written down here from
TLP 2.0 (docs/trust.md), not read from the policies, and whoever meets one stands in the log of reads with that field.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.testclient import TestClient

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.doors.portal import app
from commonweal.instruments.model_registration import crossing_story
from commonweal.instruments.model_registration.crossing import OFFICER, RUN
from commonweal.kernel import protocols
from commonweal.kernel.disclosure import PUBLIC, Policies, PolicyText, house_texts
from commonweal.kernel.protocols.kinds import HANDED_OVER, MOVED_BY, RESUMED, STEP_DONE, STOPPED
from commonweal.kernel.record import Act
from commonweal.kernel.values import ReplayClock, Text
from commonweal.settings import Settings

from .people import sign_in

WRITER = Caller("party:writer", ("officer",), "authority")
WORDS = {
    (STEP_DONE.id, "note"): "zqnoteqz",
    (HANDED_OVER.id, "reason"): "zqhandedqz", (STOPPED.id, "reason"): "zqstoppedqz",
    (RESUMED.id, "reason"): "zqresumedqz", ("approval.given", "statement"): "zqstatementqz",
}  # fmt: skip
ROLES = ("public", "developer", "observer", "peer", "auditor", "approver", "officer", "authority", "writer")
OFFICE = {"officer", "authority", "writer"}  # TLP:AMBER: the authority and its officers, and whoever filed it


class Desk:
    def __init__(self, authority: Authority) -> None:
        self.authority = authority
        self.entries: dict[str, int] = {}

    def client(self, role: str) -> Any:
        client = TestClient(app(self.authority), base_url="https://office.example", follow_redirects=False)
        if role == "public":
            return client
        party, roles = (WRITER.party, ()) if role == "writer" else (f"party:zq{role}", (role,))
        key = self.authority.access.issue_key(party, roles, ("file", "read"), organisation="authority")
        assert sign_in(client, key).status_code == 303
        return client

    def addresses(self) -> list[str]:
        """Every page of cases and of the inbox, in both languages."""
        rows = protocols.cases(self.authority.reader)
        cases = [row["case"].partition(":")[2] for row in rows]
        paths = ["/cases", "/cases.json", "/cases.csv", "/inbox", *(f"/cases/{case}" for case in cases)]
        paths += [f"/cases/{case}/{move}" for case in cases for move in ("hand-over", "stop", "resume", "reverse")]
        paths += [
            f"/inbox/{row['case'].partition(':')[2]}/{step}"
            for row in rows for step in protocols.case(self.authority.reader, row["case"]).playbook.steps
        ]  # fmt: skip
        return [*paths, *(f"/zh{path}" for path in paths)]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The demonstration's case, handed over, stopped, resumed, done and approved, each with words of its own."""
    start, folder = datetime(2025, 3, 1, tzinfo=UTC), tmp_path_factory.mktemp("cases") / "office"
    clock = ReplayClock(start)
    settings = Settings(Text(en="Test", zh="测试"), "test.example/log", start, replay=True)
    with Authority.create(folder, settings, clock=clock) as authority:
        found = Desk(authority)

        def file(kind: str, body: dict[str, Any], caller: Caller) -> None:
            found.entries[kind] = authority.act(Act(kind, body, "", subject=RUN), caller).index
            authority.follow()

        for when, who, given in crossing_story():
            clock.set(when)
            authority.tick(when)
            act = given(authority.reader) if callable(given) else given
            if act.kind == STEP_DONE.id:
                at = {"case": act.body["case"]}
                file(HANDED_OVER.id, {**at, "to": "example-frontier-laboratory", "reason": "zqhandedqz"}, WRITER)
                file(STOPPED.id, {**at, "reason": "zqstoppedqz"}, WRITER)
                file(RESUMED.id, {**at, "reason": "zqresumedqz"}, WRITER)
                file(STEP_DONE.id, {**act.body, "note": "zqnoteqz"}, WRITER)
                continue
            if act.kind == "approval.given":
                file(act.kind, {**act.body, "statement": "zqstatementqz"}, Caller(*OFFICER))
                continue
            authority.act(act, Caller(*who))
            authority.follow()
        yield found


def met(text: str) -> set[tuple[str, str]]:
    return {at for at, word in WORDS.items() if word in text}


def walked(desk: Desk, role: str) -> set[tuple[str, str]]:
    """The canaries that a role meets on any page of cases and of the inbox."""
    client, found = desk.client(role), set()
    for address in desk.addresses():
        answer = client.get(address)
        assert answer.status_code < 500, address
        found |= met(answer.text)
    return found


def test_every_field_that_people_write_in_a_case_is_sealed_and_has_its_canary(desk: Desk) -> None:
    """What this walk looks for is all there is: a kind or field that is added tomorrow fails here."""
    sealed = {
        (kind, name)
        for kind in [*MOVED_BY, "approval.given"]
        for name in desk.authority.kinds[kind].schema.model_fields
        if desk.authority.kinds[kind].marking(name) is not PUBLIC
    }
    assert sealed - set(WORDS) == {
        ("case.reversed", "reason"), ("case.step_done", "variables"),  # the playbook says what these may be
        ("approval.given", "envelope"), ("approval.given", "signed_by"),
    }  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
def test_words_in_a_case_are_for_the_office_and_whoever_wrote_them_and_are_logged(desk: Desk, role: str) -> None:
    before = desk.authority.reads.head()[0]
    found = walked(desk, role)
    others = {at for at in WORDS if at[0] == "approval.given"}
    expected = set(WORDS) - (others if role == "writer" else set()) if role in OFFICE else set()
    assert found == expected
    lines = [line.read for line in desk.authority.reads.lines(before + 1)]
    kind_of = {index: kind for kind, index in desk.entries.items()}
    logged = {(kind_of[read.entry], name) for read in lines if read.entry in kind_of for name in read.fields}
    assert logged >= found
    assert {read.party for read in lines} <= {WRITER.party if role == "writer" else f"party:zq{role}"}
    assert bool(lines) is bool(found)


def test_the_walk_notices_a_policy_that_is_loosened(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [
        PolicyText(item.file, re.sub(r'\[Role::"officer", Role::"authority"\]', '[Role::"observer"]', item.text))
        for item in house_texts()
    ]
    monkeypatch.setattr(desk.authority, "policies", Policies(texts, desk.authority.kinds.values()))
    assert walked(desk, "observer")
