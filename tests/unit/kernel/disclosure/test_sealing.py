"""An act that is sealed and opened again is the same act; anything altered on the way is noticed and named."""

from __future__ import annotations

import dataclasses
import hashlib
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from typing import Annotated, Any

import pytest

from commonweal.kernel.disclosure import (
    PUBLIC,
    Audience,
    Erased,
    Filing,
    Kind,
    Marking,
    Ruling,
    Sealing,
    check_leaf,
    disclose,
    public_kind,
    read_leaf,
    request_digest,
    seal,
    seal_all,
    tombstone,
    unseal,
    verify_disclosures,
)
from commonweal.kernel.disclosure.commitments import leaf_bytes
from commonweal.kernel.disclosure.envelope import HEAD_BYTES
from commonweal.kernel.disclosure.sealing import open_entry
from commonweal.kernel.record.entries import Act, Draft, Stored
from commonweal.kernel.values import CommonwealError, NotFound, RecordFault, Text, digest
from fake_keys import MemoryKeys

WHEN = datetime(2026, 11, 22, 9, 30, 15, 123456, UTC)


class Model(Filing):
    name: Annotated[str, PUBLIC]
    parameters: Annotated[float | None, Marking.GREEN] = None
    cost_usd: float | None = None
    whistleblower: Annotated[str | None, Marking.RED] = None


KIND = Kind(id="model_registration.model", schema=Model, title=Text(en="Model", zh="模型"), noun="model")
KINDS = {KIND.id: KIND}
BODY: dict[str, Any] = {"name": "Example One", "parameters": 7.0e10, "cost_usd": 1200000.0}


def act(**over: Any) -> Act:
    values: dict[str, Any] = {"kind": KIND.id, "body": BODY, "key": "k1", "subject": "model:example-one"}
    return Act(**{**values, **over})


def sealed(keys: MemoryKeys, kind: Kind = KIND, **over: Any) -> Draft:
    return seal(kind, act(**over), author="party:example-lab", time=WHEN, issuer="example.org/log", keys=keys)


def stored(draft: Draft, index: int = 5) -> Stored:
    return Stored(
        index, draft.leaf, draft.payload, draft.kind, draft.subject, draft.author, draft.time, draft.key, draft.request
    )


def no_blob(address: str) -> bytes:
    raise NotFound("blob", address)


@pytest.fixture
def keys() -> MemoryKeys:
    return MemoryKeys()


def test_what_was_sealed_opens_to_the_same(keys: MemoryKeys) -> None:
    entry = unseal(stored(sealed(keys, causes=(2, 4))), keys, no_blob, KINDS)
    assert dict(entry.body) == BODY
    assert (entry.index, entry.kind, entry.version, entry.key) == (5, KIND.id, 1, "k1")
    assert (entry.author, entry.subject, entry.causes) == ("party:example-lab", "model:example-one", (2, 4))
    assert entry.time == WHEN.replace(microsecond=0)


def test_the_leaf_shows_only_what_anyone_may_know(keys: MemoryKeys) -> None:
    """No name, subject, author, value, idempotency key or exact time may stand in the open."""
    draft = sealed(keys)
    claims = read_leaf(draft.leaf)
    for secret in (b"xample One", b"example-one", b"example-lab", b"party:", b'k1"', b"09:30", b"1200000"):
        assert secret not in draft.leaf
    assert claims["kind"] == "model_registration.model/1"
    assert claims["time"] == "2026-11-22"
    assert claims["marking"] == "TLP:AMBER"
    assert claims["retention"] == "permanent"


def test_no_two_leaves_tell_that_they_have_one_author(keys: MemoryKeys) -> None:
    """Else an entry that names its author would tell whose all the confidential ones are. The salt is sealed."""
    leaves = [read_leaf(sealed(keys, subject=subject).leaf) for subject in ("model:one", "model:one", "model:other")]
    assert len({leaf["author"] for leaf in leaves}) == 3


def test_the_salt_that_is_sealed_shows_whose_entry_it_is(keys: MemoryKeys) -> None:
    """source: worked. The first sixteen bytes of the SHA-256 of salt and author, in base64url."""
    draft = sealed(keys)
    private = open_entry(stored(draft), keys).private
    salted = hashlib.sha256((private["author_salt"] + private["author"]).encode()).digest()[:16]
    assert read_leaf(draft.leaf)["author"] == urlsafe_b64encode(salted).decode().rstrip("=")


def test_sealing_twice_gives_nothing_in_common_but_the_request(keys: MemoryKeys) -> None:
    one, two = sealed(keys), sealed(keys)
    assert one.request == two.request == request_digest(act())
    assert not set(read_leaf(one.leaf)["_sd"]) & set(read_leaf(two.leaf)["_sd"])
    assert one.payload != two.payload


@pytest.mark.parametrize(
    "other",
    [
        {"body": {**BODY, "cost_usd": 1200001.0}},
        {"subject": "model:two"},
        {"causes": (1,)},
        {"blobs": {"log": b"1"}},
        {"kind": "a.b"},
    ],
)
def test_any_difference_makes_another_request(other: dict[str, Any]) -> None:
    assert request_digest(act(**other)) != request_digest(act())


def test_an_entry_without_subject_is_sealed_to_its_author(keys: MemoryKeys) -> None:
    item = stored(sealed(keys, subject=None))
    assert ("party:example-lab", "permanent") in keys.held
    assert unseal(item, keys, no_blob, KINDS).subject is None


def test_an_erased_key_leaves_the_leaf_and_says_so(keys: MemoryKeys) -> None:
    item = stored(sealed(keys))
    keys.erase("model:example-one", "permanent")
    with pytest.raises(Erased, match="leaf in the log still stands"):
        unseal(item, keys, no_blob, KINDS)
    check_leaf(item)
    sealed(keys)  # the subject files again, under a new key
    with pytest.raises(Erased):
        unseal(item, keys, no_blob, KINDS)


def test_a_lost_key_is_not_taken_for_an_erased_one(keys: MemoryKeys) -> None:
    item = stored(sealed(keys))
    del keys.held["model:example-one", "permanent"]
    with pytest.raises(RecordFault, match="neither held nor was erased"):
        unseal(item, keys, no_blob, KINDS)


@pytest.mark.parametrize("at", [0, 4, 20, 60, 99, HEAD_BYTES, -1])
def test_a_changed_byte_of_the_payload_is_named(keys: MemoryKeys, at: int) -> None:
    item = stored(sealed(keys))
    payload = bytearray(item.payload)
    payload[at] ^= 1
    with pytest.raises(RecordFault, match="entry 5 payload"):
        unseal(dataclasses.replace(item, payload=bytes(payload)), keys, no_blob, KINDS)


def test_a_payload_moved_under_another_leaf_is_noticed(keys: MemoryKeys) -> None:
    one, two = sealed(keys), sealed(keys)
    with pytest.raises(RecordFault, match="SHA-256"):
        unseal(dataclasses.replace(stored(one), payload=two.payload), keys, no_blob, KINDS)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"2026-11-22", b"2025-11-22"),
        (b'"refs":[]', b'"refs":[1]'),
        (b"TLP:AMBER", b"TLP:CLEAR"),
        (b"model/1", b"model/2"),
        (b"example.org", b"example.com"),
        (b"permanent", b"ten-years"),
    ],
)
def test_the_payload_is_bound_to_everything_in_its_leaf(keys: MemoryKeys, old: bytes, new: bytes) -> None:
    """So that an opened entry never says what its leaf was made to say later, whoever recomputes the hashes."""
    draft = sealed(keys)
    assert old in draft.leaf
    with pytest.raises(RecordFault, match="entry 5"):
        unseal(dataclasses.replace(stored(draft), leaf=draft.leaf.replace(old, new)), keys, no_blob, KINDS)


def test_a_digest_taken_out_of_the_leaf_is_noticed(keys: MemoryKeys) -> None:
    draft = sealed(keys)
    leaf = draft.leaf
    for one in read_leaf(draft.leaf)["_sd"]:
        leaf = leaf.replace(one.encode(), one[::-1].encode())
    with pytest.raises(RecordFault, match="altered or moved"):
        unseal(dataclasses.replace(stored(draft), leaf=leaf), keys, no_blob, KINDS)


@pytest.mark.parametrize(
    "columns",
    [{"kind": "a.b"}, {"key": "k2"}, {"time": "2026-11-22T09:30:16Z"}, {"author": "party:other"}, {"request": "00"}],
)
def test_a_column_that_differs_from_what_is_sealed_is_named(keys: MemoryKeys, columns: dict[str, str]) -> None:
    item = dataclasses.replace(stored(sealed(keys)), **columns)
    with pytest.raises(RecordFault, match=f"column {next(iter(columns))}"):
        unseal(item, keys, no_blob, KINDS)


def test_another_subject_in_the_column_is_noticed(keys: MemoryKeys) -> None:
    """The subject says which key opens the payload, so a wrong one finds no key; it must not pass for an erasure."""
    keys.ensure([("model:other", "permanent")])
    for subject in ("model:other", "model:unknown", None):
        with pytest.raises(RecordFault, match="entry 5 payload"):
            unseal(dataclasses.replace(stored(sealed(keys)), subject=subject), keys, no_blob, KINDS)


def test_blobs_are_sealed_under_the_entry_and_opened_by_name(keys: MemoryKeys) -> None:
    draft = sealed(keys, blobs={"evaluation.log": b"line\n" * 1000, "empty": b""})
    assert sorted(draft.blobs) == read_leaf(draft.leaf)["blobs"]
    assert not any(b"line" in data for data in draft.blobs.values())
    entry = unseal(stored(draft), keys, draft.blobs.__getitem__, KINDS)
    assert entry.blob("evaluation.log") == b"line\n" * 1000
    assert entry.blob("empty") == b""
    with pytest.raises(NotFound):
        entry.blob("other")


def test_a_blob_that_was_altered_or_swapped_is_named(keys: MemoryKeys) -> None:
    draft = sealed(keys, blobs={"a": b"one", "b": b"two"})
    wrong = dict(zip(draft.blobs, reversed(list(draft.blobs.values())), strict=True))
    entry = unseal(stored(draft), keys, wrong.__getitem__, KINDS)
    with pytest.raises(RecordFault, match="entry 5 blob a"):
        entry.blob("a")


def test_old_versions_are_read_through_upcasters(keys: MemoryKeys) -> None:
    item = stored(sealed(keys))
    newer = dataclasses.replace(
        KIND,
        version=3,
        upcasters={
            1: lambda body: {**body, "title": body["name"]},
            2: lambda body: {name: value for name, value in body.items() if name != "name"},
        },
    )
    entry = unseal(item, keys, no_blob, {KIND.id: newer})
    assert entry.version == 3
    assert (entry.body["title"], "name" in entry.body) == ("Example One", False)
    with pytest.raises(RecordFault, match="no upcaster from version 1"):
        unseal(item, keys, no_blob, {KIND.id: dataclasses.replace(KIND, version=2)})


def test_an_entry_of_a_kind_no_longer_known_opens_as_filed(keys: MemoryKeys) -> None:
    """An instrument may be taken out; the record stays readable."""
    assert dict(unseal(stored(sealed(keys)), keys, no_blob, {}).body) == BODY


FULL = {**BODY, "whistleblower": "A. Person"}


@pytest.mark.parametrize(
    ("audience", "sees"),
    [
        ("public", {"name"}),
        ("peer", {"name", "parameters"}),
        ("filer", set(FULL)),
        ("authority", set(FULL) - {"whistleblower"}),
        ("named", {"name", "whistleblower"}),
    ],
)
def test_each_audience_sees_its_fields_and_can_check_them(keys: MemoryKeys, audience: Any, sees: set[str]) -> None:
    shown = disclose(stored(sealed(keys, body=FULL)), keys, Ruling(KIND), Audience.of(audience))
    assert dict(shown.fields) == {name: FULL[name] for name in sees}
    assert verify_disclosures(shown.leaf, shown.disclosures) == shown.fields
    assert (shown.withheld == 0) == (sees == set(FULL))


def test_what_is_withheld_does_not_say_how_many_fields_there_are(keys: MemoryKeys) -> None:
    """8 digests stand in the leaf whether four or seven fields were filed; the public sees 7 closed ones."""
    assert disclose(stored(sealed(keys, body=FULL)), keys, Ruling(KIND), Audience.of()).withheld == 7


def test_the_highest_marking_present_stands_on_the_leaf(keys: MemoryKeys) -> None:
    markings = [
        read_leaf(sealed(keys, body=body).leaf)["marking"]
        for body in ({"name": "a"}, {"name": "a", "parameters": 1.0}, {"name": "a", "whistleblower": None}, FULL)
    ]
    assert markings == ["TLP:CLEAR", "TLP:GREEN", "TLP:CLEAR", "TLP:RED"]


def test_nan_never_reaches_the_record(keys: MemoryKeys) -> None:
    with pytest.raises(CommonwealError, match="RFC 8785"):
        sealed(keys, body={"name": "a", "cost_usd": float("nan")})


def test_of_an_erased_entry_its_place_is_left() -> None:
    keys = MemoryKeys()
    item = stored(sealed(keys, causes=(2, 3), blobs={"card": b"secret"}))
    whole = unseal(item, keys, no_blob, KINDS)
    keys.erase("model:example-one", "permanent")
    left = tombstone(item, KINDS)
    assert left.erased
    assert left.body == {}
    for name in ("index", "kind", "version", "time", "author", "subject", "key"):
        assert getattr(left, name) == getattr(whole, name), name
    assert (whole.causes, left.causes) == ((2, 3), ()), "what it followed from was sealed with it"
    with pytest.raises(Erased):
        left.blob("card")


def in_confidence(keys: MemoryKeys) -> Draft:
    one = Sealing(KIND, act(causes=(2, 4)), "party:example-lab", in_confidence=True)
    return seal_all([one], time=WHEN, issuer="example.org/log", keys=keys)[0]


def test_what_is_sealed_in_confidence_opens_to_the_same_and_its_leaf_tells_no_kind(keys: MemoryKeys) -> None:
    """Kind and class stand in the payload's head, which is not published and which the leaf commits to."""
    item = stored(in_confidence(keys))
    claims = read_leaf(item.leaf)
    assert (claims["kind"], claims["retention"], claims["refs"]) == ("record.in_confidence/1", "in_confidence", [])
    assert b"model_registration" not in item.leaf
    assert len(claims["_sd"]) == 16
    assert public_kind(item) == "record.in_confidence"
    entry = unseal(item, keys, no_blob, KINDS)
    assert (dict(entry.body), entry.kind, entry.version, entry.causes) == (BODY, KIND.id, 1, (2, 4))
    assert entry.retention == "permanent"
    assert public_kind(stored(sealed(keys))) == KIND.id


def test_of_what_was_done_in_confidence_kind_and_class_are_left_when_it_is_erased(keys: MemoryKeys) -> None:
    item = stored(in_confidence(keys))
    keys.erase("model:example-one", "permanent")
    left = tombstone(item, KINDS)
    assert (left.erased, left.kind, left.retention, left.causes) == (True, KIND.id, "permanent", ())


@pytest.mark.parametrize("at", [0, 3, 4, 5, 6, 20, 60])
def test_a_head_that_was_altered_is_found_without_a_key(keys: MemoryKeys, at: int) -> None:
    item = stored(in_confidence(keys))
    payload = bytearray(item.payload)
    payload[at] ^= 1
    with pytest.raises(RecordFault):
        check_leaf(dataclasses.replace(item, payload=bytes(payload)))


def test_a_leaf_that_tells_no_kind_has_a_payload_that_does_and_no_other_has_one(keys: MemoryKeys) -> None:
    """Else whoever writes the record could file anything as of any kind."""
    item, plain = stored(in_confidence(keys)), stored(sealed(keys))
    with pytest.raises(RecordFault, match="column kind"):
        check_leaf(dataclasses.replace(item, kind="model_registration.organisation"))
    for leaf, payload in ((item.leaf, plain.payload), (plain.leaf, item.payload)):
        claims = {**read_leaf(leaf), "payload_sha256": digest(payload)}
        mixed = dataclasses.replace(item, leaf=leaf_bytes(claims), payload=payload)
        with pytest.raises(RecordFault, match="not of the form that its leaf asks for"):
            check_leaf(mixed)
    short = dataclasses.replace(item, payload=item.payload[:40])
    claims = {**read_leaf(item.leaf), "payload_sha256": digest(short.payload)}
    with pytest.raises(RecordFault, match="does not say of which kind"):
        check_leaf(dataclasses.replace(short, leaf=leaf_bytes(claims)))
