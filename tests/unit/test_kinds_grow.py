"""A kind grows by upcasters: what was filed under its first version is read, laid out and continued under its third."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import pytest

from commonweal.authority import Act, Authority
from commonweal.instruments import Installed
from commonweal.kernel import registry
from commonweal.kernel.disclosure import PUBLIC, Filing, Kind
from commonweal.kernel.instrument import Entry, Instrument, Table, Tables
from commonweal.kernel.values import BadInput, RecordFault, Text, instant
from commonweal.settings import Settings

SETTINGS = Settings(Text(en="Test", zh="测试"), "test.example/log", instant("2026-01-01T00:00:00Z"))
WORDS = Text(en="Boat", zh="船")
BERTH = Table("harbour_berth", columns={"subject": "text", "length_m": "real", "crew": "json"}, key=("subject",))


class BoatInFeet(Filing):
    name: Annotated[str, PUBLIC]
    length_ft: Annotated[float, PUBLIC]


class BoatInMetres(Filing):
    name: Annotated[str, PUBLIC]
    length_m: Annotated[float, PUBLIC]


class BoatWithCrew(BoatInMetres):
    crew: Annotated[list[str], PUBLIC]


def in_metres(body: dict[str, Any]) -> dict[str, Any]:
    return {"name": body["name"], "length_m": round(body["length_ft"] * 0.3048, 2)}


def with_crew(body: dict[str, Any]) -> dict[str, Any]:
    return {**body, "crew": []}


VERSIONS = {
    1: Kind("harbour.boat", BoatInFeet, WORDS, noun="boat"),
    2: Kind("harbour.boat", BoatInMetres, WORDS, version=2, noun="boat", upcasters={1: in_metres}),
    3: Kind("harbour.boat", BoatWithCrew, WORDS, version=3, noun="boat", upcasters={1: in_metres, 2: with_crew}),
}


def follow(entry: Entry, tables: Tables) -> list[Act]:
    if entry.kind == "harbour.boat":
        length = entry.body.get("length_m", -1.0)
        tables.put(BERTH, {"subject": entry.subject, "length_m": length, "crew": entry.body.get("crew")})
    return []


def opened(folder: Path, version: int, *, kind: Kind | None = None) -> Authority:
    harbour = Instrument("harbour", WORDS, WORDS, kinds=(kind or VERSIONS[version],), tables=(BERTH,), follow=follow)
    installed = {"harbour": Installed(harbour, folder)}
    if (folder / "authority.toml").is_file():
        return Authority.open(folder, installed=installed)
    return Authority.create(folder, SETTINGS, installed=installed)


@pytest.fixture
def harbour(tmp_path: Path) -> Path:
    """One boat filed under each of the first two versions."""
    folder = tmp_path / "harbour"
    with opened(folder, 1) as authority:
        authority.act(Act("harbour.boat", {"name": "Argo", "length_ft": 100.0}, key="a"))
        authority.follow()
    with opened(folder, 2) as authority:
        authority.act(Act("harbour.boat", {"name": "Pequod", "length_m": 32.0}, key="b"))
        authority.follow()
    return folder


def test_old_entries_are_read_and_laid_out_as_the_newest_version_has_them(harbour: Path) -> None:
    with opened(harbour, 3) as authority:
        rows = {row["name"]: row["body"] for row in registry.subjects(authority.reader, "boat")}
        assert rows == {
            "Argo": {"name": "Argo", "length_m": 30.48, "crew": []},
            "Pequod": {"name": "Pequod", "length_m": 32.0, "crew": []},
        }
        berths = {row["subject"]: row["length_m"] for row in authority.reader.select(BERTH)}
        assert berths == {"boat:argo": 30.48, "boat:pequod": 32.0}, "the tables were laid out again when it was opened"
        authority.act(Act("harbour.boat", {"name": "Argo", "length_m": 30.5, "crew": ["Jason"]}, key="c"))
        authority.follow()
        assert [row["version"] for row in registry.versions(authority.reader, "boat:argo")] == [1, 2]
        assert authority.faults() == []
        whole = authority.dump()
        authority.rebuild()
        assert authority.dump() == whole


def test_the_leaf_and_what_was_filed_stay_as_they_were(harbour: Path) -> None:
    with opened(harbour, 3) as authority:
        index = registry.versions(authority.reader, "boat:argo")[0]["entry"]
        assert b'"harbour.boat/1"' in authority.store.entry(index).leaf
        assert authority.verify() == []
        assert dict(authority.presentation(index).fields) == {"name": "Argo"}, "what is unmarked today is not public"
        assert authority.entry(index).version == 3


def test_what_the_old_version_asked_for_is_refused_now(harbour: Path) -> None:
    with opened(harbour, 3) as authority, pytest.raises(BadInput) as refused:
        authority.act(Act("harbour.boat", {"name": "Late", "length_ft": 9.0}, key="d"))
    assert {fault.where for fault in refused.value.faults} >= {"length_ft", "length_m"}


def test_a_version_without_the_step_that_leads_to_it_is_named(harbour: Path) -> None:
    gap = Kind("harbour.boat", BoatWithCrew, WORDS, version=3, noun="boat", upcasters={2: with_crew})
    with pytest.raises(RecordFault, match=r"harbour\.boat has no upcaster from version 1"):
        opened(harbour, 3, kind=gap)


class Remark(Filing):
    words: Annotated[str, PUBLIC]


REMARK = Kind("harbour.remark", Remark, Text(en="Remark", zh="评语"), files=())
REMARKED = Table("harbour_remarked", columns={"subject": "text", "entry": "integer"}, key=("subject",))


def remarking(folder: Path, words: str, *tables: Table) -> Authority:
    """A release that remarks on each boat in its own words, and keeps these tables."""

    def remark(entry: Entry, tables: Tables) -> list[Act]:
        if entry.kind == "harbour.remark":
            tables.put(REMARKED, {"subject": entry.subject, "entry": entry.index})
        if entry.kind != "harbour.boat":
            return []
        key = f"remark:{entry.index}"
        return [Act("harbour.remark", {"words": words}, key, subject=entry.subject, causes=(entry.index,))]

    harbour = Instrument(
        "harbour", WORDS, WORDS, kinds=(VERSIONS[1], REMARK), tables=(REMARKED, *tables), follow=remark
    )
    installed = {"harbour": Installed(harbour, folder)}
    if (folder / "authority.toml").exists():
        return Authority.open(folder, installed=installed)
    return Authority.create(folder, SETTINGS, installed=installed)


def test_what_an_earlier_release_recorded_stands_when_a_later_one_would_put_it_otherwise(tmp_path: Path) -> None:
    """A table more, so all is followed again from the start, in other words: nothing is refused or recorded twice."""
    with remarking(tmp_path, "fine") as authority:
        authority.act(Act("harbour.boat", {"name": "Ada", "length_ft": 30.0}, "ada"))
        authority.follow()
        size, recorded = authority.store.size(), authority.store.size() - 1
    with remarking(tmp_path, "a fine boat", BERTH) as authority:
        assert authority.store.size() == size
        assert authority.entry(recorded).body == {"words": "fine"}
        assert authority.reader.select(REMARKED)[0]["entry"] == recorded
        authority.act(Act("harbour.boat", {"name": "Bea", "length_ft": 20.0}, "bea"))
        authority.follow()
        assert authority.entry(authority.store.size() - 1).body == {"words": "a fine boat"}
