"""What an entry follows from undoes nothing that is sealed: of no kind, and of no entry that was done in confidence.

A payment on a claim keeps to itself by which run it was made. It follows from that run: were that told in the open, the
public log would say of each claim in which months it was paid.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from commonweal.authority.declared import all_kinds
from commonweal.instruments import discover
from commonweal.kernel.disclosure import Kind
from commonweal.kernel.disclosure.commitments import read_leaf
from commonweal.kernel.disclosure.kinds import PUBLIC, entry_fields
from commonweal.kernel.record.heads import kind_untold
from net_house import WORKER, Net

KINDS = all_kinds(one.instrument for one in discover().values())


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.id)
def test_no_leaf_tells_causes_where_a_field_that_names_entries_is_sealed(kind: Kind) -> None:
    """Who files such a field, or makes it, names in it what the entry follows from."""
    named = {name for name in entry_fields(kind.schema) if kind.marking(name) is not PUBLIC}
    assert not (kind.tells_causes() and named), f"{kind.id} seals {named}, and its leaf would tell"
    if kind.tells_causes() and set(kind.public_fields()) != set(kind.schema.model_fields):
        assert len(kind.causes_public) > 40, "a kind that seals something says why its causes are public"


def test_in_a_house_at_work_no_leaf_names_what_is_sealed_and_the_house_knows_it_all_the_same(tmp_path: Path) -> None:
    net = Net.found(tmp_path / "ministry")
    with net.authority as house:
        net.opened()
        net.at("2026-05-11T09:00:00Z")
        net.claim(WORKER, paid_to="GB29NWBK60161331926819")
        run = net.run("2026-05")
        net.file("appeal", WORKER, claim="support_claim:c-1", words="It is too little.")
        entries = house.store.entries(0, house.store.size())
        quiet = {one.index for one in entries if kind_untold(one.leaf)}
        for stored in entries:
            told, whole = set(read_leaf(stored.leaf)["refs"]), house.entry(stored.index)
            kind = house.kinds[stored.kind]
            sealed = {name for name in kind.schema.model_fields if kind.marking(name) is not PUBLIC}
            named = {
                value for name in sealed & entry_fields(kind.schema) if (value := whole.body.get(name)) is not None
            }
            assert not told & named, f"entry {stored.index} ({stored.kind})"
            assert not told & quiet or kind.causes_public, f"entry {stored.index} ({stored.kind}) names what is quiet"
            assert told <= set(whole.causes)
        (paid,) = (house.entry(one.index) for one in entries if one.kind == "adaptive_safety_net.paid")
        assert run in paid.causes
