"""Bad input as a developer of models would send it, through the API and the command line: named, and not written."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from commonweal.authority import Authority
from commonweal.doors.api import app
from commonweal.doors.cli import main
from commonweal.instruments import discover
from commonweal.settings import Settings

ORGANISATION = {"name": "Lab", "fictitious": True}
MODEL: dict[str, Any] = {"name": "M", "organisation": "organisation:lab"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    from datetime import UTC, datetime

    from commonweal.kernel.instrument import Act
    from commonweal.kernel.values import Text

    named = Settings(Text(en="Models", zh="模型"), "log.example/models", datetime(2026, 1, 1, tzinfo=UTC))
    folder = tmp_path_factory.mktemp("models") / "house"
    with Authority.create(folder, named, installed=discover()) as made:
        made.act_all(
            [Act("model_registration.organisation", ORGANISATION, ""), Act("model_registration.model", MODEL, "")]
        )
        made.follow()
        yield made


def post(authority: Authority, kind: str, data: bytes) -> httpx.Response:
    token = authority.access.issue_key("party:lab", ("developer", "officer"), rate_per_s=1e5)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    async def call() -> httpx.Response:
        transport = httpx.ASGITransport(app(authority), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            return await client.post(f"/api/v1/filings/{kind}", content=data, headers=headers)

    return asyncio.run(call())


WRONG: list[tuple[str, str, str, list[str]]] = [
    ("wrong types", "model", '{"name": 7, "parameters": "many", "domains": "text", "open_weights": "perhaps"}',
     ["domains", "name", "open_weights", "parameters"]),
    ("impossible date", "model", '{"name": "X", "publication_date": "2025-02-30"}', ["publication_date"]),
    ("date in the future", "model", '{"name": "X", "publication_date": "2199-01-01"}', ["publication_date"]),
    ("negative compute", "model", '{"name": "X", "compute_flop": -1e25}', ["compute_flop"]),
    ("compute that is no number", "model", '{"name": "X", "compute_flop": NaN}', ["compute_flop"]),
    ("compute 10^400", "model", '{"name": "X", "compute_flop": 1e400}', ["compute_flop"]),
    ("compute 10^400 in digits", "model", '{"name": "X", "compute_flop": 1' + "0" * 400 + "}", ["compute_flop"]),
    ("compute over any reason", "model", '{"name": "X", "compute_flop": 1e60}', ["compute_flop"]),
    ("unknown organisation", "model", '{"name": "X", "organisation": "organisation:nobody"}', ["organisation"]),
    ("unknown regime", "notification", '{"rule_id": "xx.no_such_law.art1", "about": "model:m", "statement": "s"}',
     ["rule_id"]),
    ("about nothing", "notification", '{"rule_id": "eu.ai_act.art52_1", "about": "model:none", "statement": "s"}',
     ["about"]),
    ("decision about nothing", "status", '{"about": "model:none", "status": "suspended", "reason_code": "incomplete"}',
     ["about"]),
]  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG, ids=[item[0] for item in WRONG])
def test_it_is_refused_with_its_faults_and_nothing_is_written(
    house: Authority, tmp_path: Path, capsys: pytest.CaptureFixture[str], wrong: tuple[str, str, str, list[str]]
) -> None:
    _, kind, data, wheres = wrong
    size, dump = house.store.size(), house.dump()
    answer = post(house, f"model_registration.{kind}", data.encode())
    assert answer.status_code == 422
    faults = answer.json()["faults"]
    named = {fault["where"] for fault in faults}
    assert sorted(named & set(wheres)) == wheres, faults
    assert all(fault["seen"] and fault["want"] for fault in faults)

    path = tmp_path / "filing.json"
    path.write_text(data)
    assert main(["file", str(house.folder), f"model_registration.{kind}", str(path)]) == 1
    said = capsys.readouterr().err
    assert all(where in said for where in wheres)
    house.follow()
    assert (house.store.size(), house.dump()) == (size, dump)


def test_a_regime_that_is_unknown_filters_nothing_silently(house: Authority) -> None:
    async def call() -> httpx.Response:
        transport = httpx.ASGITransport(app(house), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            return await client.get("/api/v1/listings/model_registration/models?regime=xx.none")

    answer = asyncio.run(call())
    assert answer.status_code == 422
    assert [fault["where"] for fault in answer.json()["faults"]] == ["regime"]


def test_a_published_table_in_another_encoding_is_refused(
    house: Authority, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    size = house.store.size()
    path = tmp_path / "models.csv"
    path.write_bytes("Model,Organization,Training compute (FLOP)\nModèle,Société,1e25\n".encode("latin-1"))
    assert main(["import", str(house.folder), "model_registration", "epoch", str(path)]) == 1
    assert "UTF-8" in capsys.readouterr().err
    assert house.store.size() == size


TABLE = """Model,Organization,Publication date,Training compute (FLOP),Confidence,Parameters
A,O,2024-01-01,nan,Likely,-5
B,O,2024-02-30,1e24,Likely,abc
C,O,2024-03-01,1e24,Likely,7e9
"""


def test_a_published_table_with_faulty_cells_is_imported_only_when_that_is_asked_for(
    house: Authority, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    size, path = house.store.size(), tmp_path / "models.csv"
    path.write_text(TABLE)
    command = ["import", str(house.folder), "model_registration", "epoch", str(path)]
    assert main(command) == 1
    said = capsys.readouterr().err
    faulty = (
        "row 2, column Training compute",
        "row 2, column Param",
        "row 3, column Publication",
        "row 3, column Param",
    )
    assert all(where in said for where in faulty)
    assert house.store.size() == size
    assert main([*command, "--lenient"]) == 0
    said = capsys.readouterr().err
    assert all(f"note: {where}" in said for where in faulty)
    assert house.store.size() >= size + 4


def test_what_the_record_refuses_of_a_published_table_is_addressed_by_its_row(
    house: Authority, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "models.csv"
    path.write_text(TABLE.splitlines()[0] + "\nA,O,2024-01-01,1e24,Likely,\nB,O,2199-01-01,1e24,Likely,\n")
    assert main(["import", str(house.folder), "model_registration", "epoch", str(path)]) == 1
    said = capsys.readouterr().err
    assert "row 3, publication_date" in said
    assert "act " not in said.partition("\n  - ")[2]
