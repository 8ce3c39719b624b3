"""Who neither holds nor made a copy binds nobody by registering one, and keeps its identifier from nobody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.instruments.containment.test_calls import ROOT, House

from commonweal.instruments.containment.copies import copy_rows
from commonweal.kernel import registry
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, Forbidden


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path / "authority")
    with house.authority:
        yield house


def claim(house: House, name: str = "Seen", party: str = "party:south", host: str = "vault", **more: Any) -> None:
    body = {"name": name, "model": ROOT, "host": f"organisation:{host}", "form": "weights", **more}
    house.file("containment.copy", party, **body)


def to_standing_call(house: House) -> None:
    house.copy("a")
    house.to_stop()
    house.call()


@pytest.mark.parametrize("said", [{}, {"said_by": "officer"}])
def test_a_stranger_has_no_host_ordered_to_do_anything(house: House, said: dict[str, str]) -> None:
    """Not by a copy on the register before the call, nor after it, nor by saying that an officer says so."""
    claim(house, "Before", **said)
    to_standing_call(house)
    claim(house, "After", **said)
    assert house.ordered("suspend") == house.ordered() == ["a"]


@pytest.mark.parametrize("party", ["party:vault", "party:maker", ""])
def test_host_developer_or_officer_confirm_a_claim_and_the_order_goes_out_at_once(house: House, party: str) -> None:
    to_standing_call(house)
    claim(house)
    claim(house, party=party)
    assert house.ordered() == ["a", "seen"]


def test_an_officer_may_call_for_a_claimed_copy_by_name(house: House) -> None:
    to_standing_call(house)
    claim(house)
    with pytest.raises(BadInput, match="name one that is only claimed"):
        house.call(addressees=["organisation:vault"])
    house.call(copies=["copy:seen"])
    assert house.ordered() == ["a", "seen"]


def test_a_claim_keeps_no_identifier_from_the_maker_and_undoes_nothing_afterwards(house: House) -> None:
    claim(house, "Maker main weights", host="south", stopped=True)
    claim(house, "Maker weights", host="vault", stopped=True)
    claim(house, "Maker weights", "party:maker", host="maker")
    with pytest.raises(BadInput, match="only they change it now"):
        claim(house, "Maker weights", host="vault")
    row = registry.subject(house.authority.reader, "copy:maker-weights")
    assert row is not None
    assert (row["body"]["host"], row["body"]["said_by"]) == ("organisation:maker", "host")


def test_who_says_to_hold_it_keeps_its_name_until_the_authority_hands_it_over(house: House) -> None:
    """A stranger that names itself as the host binds itself; whose name it is, the authority decides."""
    claim(house, "Maker main weights", host="south")
    with pytest.raises(Forbidden, match="under another name, or ask the authority to hand it over"):
        claim(house, "Maker main weights", "party:maker", host="maker")
    handed = {"to": "party:maker", "reason_code": "claimed_by_its_developer"}
    house.authority.act(Act("registry.handed_over", handed, "", subject="copy:maker-main-weights"))
    house.authority.follow()
    claim(house, "Maker main weights", "party:maker", host="maker")
    row = registry.subject(house.authority.reader, "copy:maker-main-weights")
    assert row is not None
    assert row["body"]["host"] == "organisation:maker"


def test_the_register_of_copies_says_who_says_so(house: House) -> None:
    claim(house)
    house.copy("a")
    claim(house, "b", "party:maker")
    rows = copy_rows(house.authority.reading(), {})
    assert [row["said_by"] for row in rows] == [
        "somebody else: a claim, unconfirmed", "an officer", "who registered the model",
    ]  # fmt: skip
