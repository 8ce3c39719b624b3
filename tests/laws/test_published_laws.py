"""Nobody can tell by what is public when something came: all doors tell strangers of the log as of its last batch.

Whoever holds an employer's flow logs knows which of its people had a connection to the authority at which second. So
between two batches no answer to a stranger may change for what is done in confidence meanwhile, whatever its address;
what is published in between holds together all the same.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from addresses import api_addresses, portal_answers
from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.doors.api import Limits
from commonweal.doors.api import app as api
from commonweal.doors.portal import app as portal
from commonweal.kernel.record import (
    Act,
    Checkpoint,
    NoteVerifier,
    TileHashes,
    TlogProof,
    consistency_proof,
    leaf_hash,
    open_note,
    verify_consistency,
    verify_inclusion,
)
from commonweal.kernel.values import ReplayClock, Text, instant
from commonweal.settings import Settings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

START = instant("2026-10-01T08:20:00Z")
SETTINGS = Settings(Text(en="Test", zh="测试"), "test.example/record", START, published_every=60)
REPORTER, OFFICER = Caller("party:reporter-0000", ("reporter",)), Caller("party:moreau", ("officer",))
LAB = Caller("party:lab", ("developer",))
REPORT = "report:ir-2026-777"
EVERY = Limits(address_per_s=1e9, address_burst=1e9)


class Office:
    def __init__(self, folder: Path) -> None:
        self.clock = ReplayClock(START)
        self.authority = Authority.create(folder, SETTINGS, clock=self.clock)
        self.api = TestClient(api(self.authority, limits=EVERY))
        self.portal = TestClient(portal(self.authority), base_url="http://portal.example", follow_redirects=False)

    def file(self, kind: str, body: dict[str, Any], caller: Caller) -> int:
        index = self.authority.act(Act(kind, body, ""), caller).index
        self.authority.follow()
        return index

    def published(self) -> tuple[int, bytes]:
        """The published checkpoint as a stranger has it: size and root."""
        note = self.api.get("/log/checkpoint").content
        text = open_note(note, [NoteVerifier.from_vkey(self.authority.vkey)]).text
        found = Checkpoint.from_text(text)
        return found.size, found.root

    def seen(self) -> dict[str, str]:
        """What a stranger is answered, by address: all of the API and of the portal, in English."""
        size = self.authority.store.size()
        found = {path: _said(self.api.get(path)) for path in api_addresses(self.authority, self.api)}
        pages = portal_answers(self.authority, self.portal, range(size - 12, size), language="en")
        found |= {path: _said(answer) for path, answer in pages}
        tiles = (f"/log/tile/{level}/000.p/{width}" for level in ("entries", "0") for width in range(1, min(size, 256)))
        return found | {path: str(self.api.get(path).status_code) for path in tiles}


def _said(answer: Any) -> str:
    """What an answer says, without what is made anew for each: form tokens and signatures over the same."""
    return f"{answer.status_code} {re.sub(r'(name=.(?:token|key|draft)[^>]*value=)[^>]*', r'', answer.text)}"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    found = Office(tmp_path / "a")
    found.file("model_registration.organisation", {"name": "Lab", "countries": ["FR"]}, LAB)
    found.file("model_registration.model", {"name": "Large", "organisation": "organisation:lab"}, LAB)
    yield found
    found.authority.close()


def in_confidence(office: Office) -> None:
    """The life of a report in one hour, as its reporter and the desk bring it about."""
    said = {"name": "IR-2026-777", "category": "near_miss", "reporter": "employee", "title": "t", "what_happened": "w"}
    office.file("incident_reports.report", {**said, "models": ["model:large"]}, REPORTER)
    office.file("incident_reports.identity", {"report": REPORT, "contact": "jane@home.example"}, REPORTER)
    office.file("incident_reports.triage", {"report": REPORT, "urgency": "week", "decision": "handle"}, OFFICER)
    asked = office.file("incident_reports.question", {"report": REPORT, "text": "When?"}, OFFICER)
    office.file("incident_reports.answer", {"report": REPORT, "text": "At night.", "question": asked}, REPORTER)
    office.file("incident_reports.strip_taken", {"report": REPORT, "how": "shred"}, REPORTER)
    office.file("incident_reports.report", {**said, "title": "t 2", "models": ["model:large"]}, REPORTER)


def test_between_two_batches_no_address_tells_a_stranger_that_something_came(office: Office) -> None:
    office.clock.set(START + timedelta(hours=1))
    size, _ = office.published()
    assert size == office.authority.store.size()
    before = office.seen()
    in_confidence(office)
    assert office.authority.store.size() > size
    told = office.seen()
    changed = {path: (before[path], told[path]) for path in before.keys() & told.keys() if before[path] != told[path]}
    for path, (a, b) in changed.items():
        import difflib
        print(path)
        for line in list(difflib.unified_diff(re.split(r"[\n,]", a), re.split(r"[\n,]", b), n=0))[:12]: print("    ", line[:300])
    fresh = {path: answer for path, answer in told.items() if path not in before}
    for path, a in fresh.items():
        if not a.startswith(("404", "422")): print("NEW", path, a[:300].replace("\n", " "))
    assert changed == {}
    # what did not exist before answers as what does not exist at all
    assert {path for path, answer in fresh.items() if not answer.startswith(("404", "422"))} == set()
