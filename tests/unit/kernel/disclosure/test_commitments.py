"""The leaf commits to every field and gives none of them away."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.kernel.disclosure.commitments import (
    LEAF_CLAIMS,
    b64,
    claim_name,
    commit,
    digest_of,
    digests,
    field_name,
    leaf_bytes,
    read_leaf,
    verify_disclosures,
    width,
)
from commonweal.kernel.values import BadInput, RecordFault, TooLarge, canonical


def claims(**over: object) -> dict[str, object]:
    base: dict[str, object] = dict.fromkeys(LEAF_CLAIMS, "x")
    return {**base, "_sd": [], "refs": [], "blobs": [], **over}


def test_digest_is_that_of_the_standards_example(shared_data) -> None:
    """RFC 9901, 4.2.3: so that any SD-JWT verifier computes what stands in our leaves."""
    vectors = json.loads((shared_data / "trust" / "credentials" / "sd_jwt_disclosures.json").read_text("utf-8"))
    for pair in vectors["pairs"]:
        assert digest_of(pair["disclosure"]) == pair["sha256_b64url"]
        leaf = leaf_bytes(claims(_sd=[pair["sha256_b64url"]]))
        assert verify_disclosures(leaf, [pair["disclosure"]]) == {pair["json"][1]: pair["json"][2]}


def test_absent_fields_leave_no_commitment() -> None:
    assert len(commit({"a": 1, "b": None, "c": False})) == 2


def test_the_number_of_fields_does_not_show() -> None:
    """Leaves of 8 to 11 fields all have 12 digests: decoys fill up to the next multiple of four, at least one."""
    assert {len(digests(commit({str(n): n for n in range(count)}))) for count in range(8, 12)} == {12}
    assert len(digests([])) == 4


def test_every_leaf_of_a_kind_is_as_wide_as_all_its_fields_would_be() -> None:
    """By the number of questions answered anybody would part companies' reports from citizens' worries."""
    for fields in (1, 3, 4, 62):
        filled = [len(digests(commit({str(n): n for n in range(count)}), width(fields))) for count in (0, 1, fields)]
        assert set(filled) == {width(fields)}
        assert width(fields) > fields, "one decoy at least"


def test_equal_fields_have_unequal_digests() -> None:
    """Without fresh salts, a guess of a field's value could be confirmed from the leaf."""
    one, two = commit({"flop": 1e25})[0], commit({"flop": 1e25})[0]
    assert digest_of(one) != digest_of(two)
    assert len(json.loads(_decoded(one))[0]) == 22  # 128 bits in base64url


def _decoded(disclosure: str) -> str:
    import base64

    return base64.urlsafe_b64decode(disclosure + "=" * (-len(disclosure) % 4)).decode()


@pytest.mark.parametrize("name", sorted(LEAF_CLAIMS))
def test_a_field_named_like_a_claim_of_the_leaf_is_disclosed_under_another_name(name: str) -> None:
    """RFC 9901, 7.1: verifiers reject a disclosure whose name stands in the payload already."""
    assert claim_name(name) not in LEAF_CLAIMS
    assert field_name(claim_name(name)) == name
    leaf = leaf_bytes(claims(_sd=digests(shown := commit({name: 7}))))
    assert verify_disclosures(leaf, shown) == {name: 7}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abcé漢", max_size=4), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(["name", "kind", "time", "flop", "tokens", "étage"]), JSON, max_size=6))
def test_opening_what_was_committed_gives_it_back(body: dict[str, object]) -> None:
    shown = commit(body)
    leaf = leaf_bytes(claims(_sd=digests(shown)))
    opened = verify_disclosures(leaf, shown)
    present = {name: value for name, value in body.items() if value is not None}
    assert opened == present
    assert list(opened) == list(present)


def test_every_bad_disclosure_is_named() -> None:
    """Foreign verifiers drop a tampered disclosure silently; ours says so."""
    shown = commit({"a": 1, "b": 2})
    stranger = commit({"a": 2})[0]
    leaf = leaf_bytes(claims(_sd=digests(shown)))
    with pytest.raises(BadInput) as caught:
        verify_disclosures(leaf, [shown[0], stranger, "%%%", b64(b"[1,2]"), shown[0]])
    assert [fault.code for fault in caught.value.faults] == ["not_committed", "malformed", "malformed", "repeated"]


def test_leaf_bytes_are_canonical() -> None:
    leaf = leaf_bytes(claims(_sd=digests(commit({"a": 1})), refs=[3, 1], time="2026-11", iss="example.org/log"))
    assert canonical(json.loads(leaf)) == leaf


def test_a_leaf_over_the_bundle_limit_is_refused() -> None:
    """An entry bundle holds leaves of at most 65,535 bytes; c2sp.org/tlog-tiles."""
    with pytest.raises(TooLarge, match="fewer"):
        leaf_bytes(claims(_sd=[b64(bytes(32))] * 1_500))


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"\xff", b'{"kind": "a/1"}'])
def test_bytes_that_are_no_leaf_are_a_fault_of_the_record(data: bytes) -> None:
    with pytest.raises(RecordFault, match="leaf"):
        read_leaf(data)
