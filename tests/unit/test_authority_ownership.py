"""A subject belongs to whoever filed it first: no other party can amend it, however close together they come."""

from __future__ import annotations

from pathlib import Path

import pytest

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.kernel.record import Act
from commonweal.kernel.values import Forbidden, Text, instant
from commonweal.settings import Settings

FIRST, SECOND = Caller("party:first", ("developer",)), Caller("party:second", ("developer",))
OFFICER = Caller("party:desk", ("officer",))


@pytest.fixture
def authority(tmp_path: Path):  # type: ignore[no-untyped-def]
    settings = Settings(Text(en="Test", zh="测试"), "test.example/log", instant("2026-01-01T00:00:00Z"))
    with Authority.create(tmp_path / "office", settings) as made:
        yield made


def organisation(key: str, country: str) -> Act:
    return Act("model_registration.organisation", {"name": "Example", "countries": [country]}, key=key)


def test_two_parties_in_one_batch_cannot_both_own_a_subject(authority: Authority) -> None:
    """The check against the tables sees neither of them yet; the writer, inside its transaction, does."""
    results = authority.place_each([(organisation("a", "FR"), FIRST), (organisation("b", "DE"), SECOND)])
    assert isinstance(results[0], tuple)
    assert isinstance(results[1], Forbidden)


def test_the_tables_lagging_behind_do_not_let_another_party_in(authority: Authority) -> None:
    authority.place_all([organisation("a", "FR")], FIRST)
    size = authority.store.size()
    with pytest.raises(Forbidden, match="another party"):
        authority.place_all([organisation("b", "DE")], SECOND)
    assert authority.store.size() == size


def test_its_filer_and_an_officer_may_amend(authority: Authority) -> None:
    authority.place_all([organisation("a", "FR")], FIRST)
    assert authority.place_all([organisation("c", "DE")], FIRST)[0][1] is False
    assert authority.place_all([organisation("d", "ES")], OFFICER)[0][1] is False
