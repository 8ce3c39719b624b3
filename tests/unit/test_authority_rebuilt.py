"""Rebuilding: what was erased is gone from the projections, and a rebuild that fails changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from commonweal.authority import Authority, Caller
from commonweal.kernel import registry
from commonweal.kernel.record import Act
from commonweal.kernel.values import ReplayClock, Text
from commonweal.settings import Settings

WHEN = datetime(2026, 3, 2, 10, tzinfo=UTC)
CALLER = Caller("party:a", ("developer",))
KIND = "model_registration.organisation"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Authority]:
    settings = Settings(Text(en="X", zh="X"), "x.example/ai", WHEN)
    with Authority.create(tmp_path / "a", settings, clock=ReplayClock(WHEN)) as made:
        for name in ("one", "two"):
            made.act(Act(KIND, {"name": name, "contact": f"SECRETOF{name}"}, key=""), CALLER)
        made.follow()
        yield made


def held(house: Authority) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(house.folder.glob("projections*")))


def test_after_an_erasure_a_rebuild_leaves_the_rest_and_no_trace(house: Authority) -> None:
    assert b"SECRETOFone" in held(house)
    house.keys.erase("organisation:one", "registration")
    house.rebuild()
    erased, other = (registry.subject(house.reader, f"organisation:{name}") for name in ("one", "two"))
    assert erased is not None
    assert other is not None
    assert (erased["name"], erased["body"], erased["erased"]) == ("organisation:one", {}, 1)
    assert other["body"]["contact"] == "SECRETOFtwo"
    assert b"SECRETOFone" not in held(house)
    assert b"SECRETOFtwo" in held(house)
    dump = house.dump()
    house.rebuild()
    assert house.dump() == dump


def test_a_rebuild_that_fails_leaves_the_projections_as_they_were(
    house: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, cursor = house.dump(), house.status()["followed"]

    def killed(entry: object, tables: object) -> list[Act]:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(house._following, "_followers", [killed])
        with pytest.raises(KeyboardInterrupt):
            house.rebuild()
    assert (house.dump(), house.status()["followed"]) == (before, cursor)
    house.act(Act(KIND, {"name": "three"}, key=""), CALLER)
    house.follow()
    assert registry.subject(house.reader, "organisation:three") is not None


def test_a_rebuild_leaves_what_was_not_followed_to_be_followed(house: Authority) -> None:
    """Its reactions are still to be recorded; a rebuild, which records nothing, would lose them for good."""
    house.act(Act(KIND, {"name": "three"}, key=""), CALLER)
    house.rebuild()
    assert registry.subject(house.reader, "organisation:three") is None
    house.follow()
    assert registry.subject(house.reader, "organisation:three") is not None
