"""The law of the envelope: it is used iff a quorum of distinct organisations signed exactly this, in time, and once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from commonweal.kernel import authorisations
from commonweal.kernel.authorisations import Authorisations, House
from commonweal.kernel.record import Entry, Quorum
from commonweal.kernel.values import BadInput, Busy, Conflict, RecordFault, digest, stamp
from envelopes import AUDITOR, DOCUMENT, ORGANISATIONS, ORIGIN, Envelope, policy_text, signer
from fakes import MemoryTables

START = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
FORMS = ("good", "good", "good", "forged", "other text", "unknown key")


def policy_of(needed: int) -> str:
    revoked = f'{{ vkey = "{signer("court", 1).vkey}", from = 2026-01-01, revoked = {stamp(START + 5 * HOUR)} }}'
    good = f'{{ vkey = "{signer("court", 0).vkey}", from = 2026-01-01 }}'
    quorum = f"group g {needed} {' '.join(ORGANISATIONS)}\nquorum g"
    return policy_text(quorum=quorum, keys={"court": f"{good}, {revoked}"})


POLICIES = {needed: policy_of(needed) for needed in (1, 2, 3)}


def asked_under(needed: int) -> dict[str, Any]:
    leaf = {"log": ORIGIN, "index": 0, "hash": "0" * 64, "kind": "model_registration.model", "fields": ["components"]}
    return {
        "action": "disclose", "log": ORIGIN, "leaves": [leaf], "purpose": "Find out", "requester": AUDITOR.party,
        "policy": {"rule": "authorisation.break_glass", "sha256": digest(POLICIES[needed].encode())},
        "nonce": "n" * 24, "expires": stamp(START + 10 * HOUR),
        "basis": {"code": "court_order", "citation": "3 O 17/26", "document_sha256": DOCUMENT},
    }  # fmt: skip


def line_of(form: str, organisation: str, number: int, text: str) -> str:
    if form == "unknown key":
        return authorisations.sign(text, signer("newspaper", number))
    if form == "other text":
        return authorisations.sign(text.replace("Find out", "Find in"), signer(organisation, number))
    line = authorisations.sign(text, signer(organisation, number))
    return line if form == "good" else line[:-6] + ("A" if line[-6] != "A" else "B") + line[-5:]


class Room:
    """The room over tables in memory, told of entries one by one."""

    def __init__(self, needed: int) -> None:
        self.tables, self.room, self.size = MemoryTables(), Authorisations(ORIGIN), 0
        text = POLICIES[needed]
        self.entry("rule.adopted", START, {"room": "authorisations", "text": text, "rule_id": "x"})
        asked = asked_under(needed)
        self.text = authorisations.request_text(asked)
        self.id = authorisations.request_id(self.text)
        self.entry("authorisation.requested", START, asked)

    def entry(self, kind: str, at: datetime, what: dict[str, Any]) -> None:
        entry = Entry(self.size, kind, 1, at, AUDITOR.party, None, what)
        self.size += 1
        for act in self.room.follow(entry, self.tables):
            self.entry(act.kind, at, dict(act.body))

    def signed(self, at: datetime, line: str) -> None:
        self.entry("authorisation.signed", at, {"request_sha256": self.id, "signatures": [line]})

    def used(self, at: datetime, published: bool = True) -> bool:
        """What the executor asks before it acts; when it may, the use is recorded."""
        house = House(at, lambda index: None, self.size, {}, lambda index: published)  # type: ignore[arg-type,return-value]
        row = authorisations.find(self.tables, self.id)
        try:
            self.room.check_usable(self.tables, row, house)
        except (Busy, Conflict):
            return False
        self.entry("disclosure.made", at, {"request_sha256": self.id})
        return True


events = st.lists(
    st.tuples(st.integers(0, 11), st.sampled_from(ORGANISATIONS), st.integers(0, 1), st.sampled_from(FORMS)), max_size=6
)


@given(st.sampled_from((1, 2, 3)), events, st.integers(0, 12), st.booleans())
def test_it_is_used_iff_a_quorum_signed_exactly_this_in_time_and_once(
    needed: int, signatures: list[tuple[int, str, int, str]], use_at: int, published: bool
) -> None:
    room = Room(needed)
    voices: set[str] = set()
    for hour, organisation, number, form in sorted(signatures):
        room.signed(START + hour * HOUR, line_of(form, organisation, number, room.text))
        stolen = organisation == "court" and number == 1 and hour >= 5
        if form == "good" and hour < 10 and not stolen:
            voices.add(organisation)
    last = max((hour for hour, *_ in signatures), default=0)
    moment = max(use_at, last)
    may = len(voices) >= needed and moment < 10 and published
    assert room.used(START + moment * HOUR, published) is may
    assert not room.used(START + moment * HOUR, published) or not may
    assert authorisations.find(room.tables, room.id)["state"] in {"requested", "granted", "used"}


def test_of_two_requests_with_one_nonce_the_later_is_void() -> None:
    """Two processes may take them at once: the record's order decides, and only the first can ever be used."""
    room = Room(1)
    first, text = room.id, room.text.replace("Find out", "Find in")
    room.entry("authorisation.requested", START, authorisations.read_text(text))
    room.id = authorisations.request_id(text)
    room.signed(START, authorisations.sign(text, signer("court")))
    assert authorisations.find(room.tables, room.id)["state"] == "void"
    assert not room.used(START)
    room.id = first
    room.signed(START, authorisations.sign(room.text, signer("court")))
    assert room.used(START)


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, Any], str]]:
    envelope = Envelope.found(tmp_path_factory.mktemp("office"))
    envelope.granted()
    with envelope.authority:
        yield envelope.open(), envelope.authority.vkey


PARTS = ("note", "request", "policy", "signatures", "grant", "use", "presentations")
WITHIN = ("entry", "proof", "disclosures", "sd_jwt", "index")
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WITHIN), inner, max_size=3),
    max_leaves=6,
)


@example(part="request", within="disclosures", value=1, whole=False)
@given(part=st.sampled_from(PARTS), within=st.sampled_from(WITHIN), value=json_values, whole=st.booleans())
def test_evidence_with_anything_in_it_verifies_or_is_refused_with_a_reason(
    evidence: tuple[dict[str, Any], str], part: str, within: str, value: Any, whole: bool
) -> None:
    """What a court is handed may hold anything. Where it verifies, it proves what it proved before, or shows less."""
    file, vkey = evidence
    good = authorisations.verify_evidence(file, vkey)
    held = file[part]
    changed = value if whole or not isinstance(held, dict) else held | {within: value}
    try:
        found = authorisations.verify_evidence(file | {part: changed}, vkey)
    except (BadInput, RecordFault):
        return
    assert (found.request, found.approved_by, found.used) == (good.request, good.approved_by, good.used)
    assert found.fields in ({}, good.fields)


names = st.sampled_from(("a", "b", "c", "d", "e"))


@given(st.integers(1, 3), st.integers(1, 2), st.sets(names))
def test_the_least_that_is_said_is_the_least_that_serves(inner: int, outer: int, present: set[str]) -> None:
    """`least` counts what an applicant is told: no smaller set of organisations makes the quorum."""
    text = f"group i {inner} a b c\ngroup o {outer} i d\nquorum o\n"
    quorum = Quorum.parse(text, ("a", "b", "c", "d", "e"))
    if quorum.satisfied_by(present):
        assert len(present) >= quorum.least()
    smallest = min((subset for subset in _subsets() if quorum.satisfied_by(subset)), key=len)
    assert len(smallest) == quorum.least()


def _subsets() -> list[set[str]]:
    return [{name for at, name in enumerate("abcd") if bits >> at & 1} for bits in range(16)]
