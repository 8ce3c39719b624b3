"""An instrument found by its folder shows its kinds, rules and page in every door, with no edit anywhere else."""

from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path

import httpx
import pytest

from commonweal.authority import Authority
from commonweal.doors import api, portal
from commonweal.doors.cli import main
from commonweal.instruments import discover
from commonweal.kernel.values import RuleFault
from commonweal.settings import Settings

from .conftest import LENDING


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The instrument in a temporary folder under another name, so that nothing can have been prepared for it."""
    place = tmp_path / "instruments" / "bookshop"
    shutil.copytree(LENDING, place, ignore=shutil.ignore_patterns("__pycache__"))
    for path in (place / "__init__.py", place / "rules" / "opening.toml", place / "story.toml"):
        path.write_text(path.read_text("utf-8").replace("lending", "bookshop").replace("Lending", "Bookshop"), "utf-8")
    (place / "pages" / "lending.html").rename(place / "pages" / "bookshop.html")
    return place


async def _get(asgi: object, path: str) -> httpx.Response:
    transport = httpx.ASGITransport(asgi)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        return await client.get(path)


def test_it_is_in_every_door(
    folder: Path,
    tmp_path: Path,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("COMMONWEAL_INSTRUMENTS", str(folder))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    house = tmp_path / "house"
    book = tmp_path / "book.json"
    book.write_text('{"name": "A History"}')

    assert main(["open", str(house)]) == 0
    assert main(["kinds", str(house)]) == 0
    assert main(["rule", "list", str(house)]) == 0
    assert main(["file", str(house), "bookshop.book", str(book)]) == 0
    assert main(["export", str(house), "bookshop"]) == 0
    assert main(["story", "bookshop"]) == 0
    said = capsys.readouterr().out
    for text in ("bookshop.book", "bookshop.opening", "book:a-history", "all came true"):
        assert text in said

    with Authority.open(house) as authority:
        served = api.app(authority)
        document = asyncio.run(_get(served, "/api/v1/openapi.json")).json()
        assert "/api/v1/filings/bookshop.book" in document["paths"]
        assert "/api/v1/listings/bookshop/books" in document["paths"]
        rules = asyncio.run(_get(served, "/api/v1/rules")).json()["rules"]
        assert "bookshop.opening" in {rule["rule_id"] for rule in rules}
        rows = asyncio.run(_get(served, "/api/v1/listings/bookshop/books")).json()["rows"]
        assert [row["name"] for row in rows] == ["A History"]

        pages = portal.app(authority)
        for path, text in (
            ("/bookshop", "Bookshop"),
            ("/zh/bookshop", "借阅"),
            ("/bookshop/book:a-history", "A History"),
        ):
            page = asyncio.run(_get(pages, path))
            assert page.status_code == 200, path
            assert text in page.text


def test_discover_takes_a_folder_by_hand_too(folder: Path) -> None:
    assert "bookshop" in discover([folder])


def test_one_that_takes_back_what_another_said_is_refused(folder: Path) -> None:
    """What is shown of an entry is for its own mechanism to narrow."""
    with (folder / "__init__.py").open("a", encoding="utf-8") as file:
        file.write("import dataclasses\n")
        file.write('INSTRUMENT = dataclasses.replace(INSTRUMENT, takes_back={"other.kind": lambda *_: {}})\n')
    with pytest.raises(RuleFault, match="takes_back must name a kind of its own"):
        discover([folder])
