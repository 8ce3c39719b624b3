"""The saved page after the log changed its keys: old receipts verify, each key for its range, none past the end."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commonweal import handover, keeping
from commonweal.authority import Authority
from commonweal.doors.portal import app
from commonweal.kernel.record import (
    Checkpoint,
    NoteSigner,
    TlogProof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_at,
)
from witnesses import ORIGIN, founded, grow

from .conftest import SITE
from .test_pages import complaints, too_wide


class House:
    """A log with three keys (one was rotated, one stolen), closed; `receipts` were given out on the way."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority: Authority = founded(folder / "office")
        self.receipts: dict[str, str] = {}
        grow(self.authority, "a", "b")
        self.keep("first")
        keeping.change_log_key(self.authority, overlap=1)
        grow(self.authority, "c", "d", "e")
        self.keep("second")
        size = self.authority.store.size()
        grow(self.authority, "f")
        self.keep("void")
        keeping.change_log_key(self.authority, "compromised", void_from=size + 1)
        grow(self.authority, "g")
        self.keep("third")
        self.receipts["stretched"] = self.signed(0)
        self.receipts["early"] = self.signed(2, size=3)
        handover.close_log(self.authority)
        self.keep("last")
        self.receipts["beyond"] = self.beyond()
        self.file = folder / "verify.html"
        self.client: Any = None

    def keep(self, name: str) -> None:
        index = self.authority.store.size() - 1
        self.receipts[name] = json.dumps(self.authority.receipt(index).as_dict())

    def signer(self, number: int) -> NoteSigner:
        return self.authority.keys.signer_of(ORIGIN, self.authority.store.keyring().keys[number].vkey)

    def signed(self, number: int, size: int = 0) -> str:
        """A proof in the real tree of a size, signed with a key that does not count there."""
        size = size or self.authority.store.size()
        hashes = self.authority.hashes(size)
        note = Checkpoint(ORIGIN, size, root_at(size, hashes.read)).signed(self.signer(number))
        leaf = self.authority.store.entry(0).leaf
        return TlogProof(0, tuple(inclusion_proof(0, size, hashes)), note, leaf).text()

    def beyond(self) -> str:
        """An entry that a thief appended after the end, in the log's name."""
        leaf = self.authority.store.entry(0).leaf
        root = node_hash(leaf_hash(leaf), leaf_hash(leaf))
        size = self.authority.store.size() + 1
        note = Checkpoint(ORIGIN, size, root).signed(self.signer(2))
        return TlogProof(0, (leaf_hash(leaf),), note, leaf).text()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("rotated"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from starlette.testclient import TestClient
    with TestClient(app(made.authority), base_url=SITE) as client:
        made.file.write_bytes(client.get("/record/verify.html").content)
        made.client = client
        yield made
    made.authority.close()


SAID = [
    ("first", "accepted", "Verified"),
    ("second", "accepted", "Verified"),
    ("third", "accepted", "Verified"),
    ("last", "accepted", "Verified"),
    ("void", "refused", "was stolen: its signature counts up to"),
    ("stretched", "refused", "was replaced: its signature counts up to"),
    ("early", "refused", "entries and more only"),
    ("beyond", "refused", "Somebody goes on in its name"),
]


def test_each_key_counts_for_its_range(browser: Any, house: House) -> None:
    context = browser.new_context()
    context.set_offline(True)
    page = context.new_page()
    page.goto(house.file.as_uri())
    found = []
    for name, _, _ in SAID:
        page.fill("#receipt", house.receipts[name])
        page.evaluate("document.getElementById('result').replaceChildren()")
        page.get_by_role("button", name="Check", exact=True).click()
        page.wait_for_selector("[data-outcome]")
        found.append((name, page.get_attribute("[data-outcome]", "data-outcome"), page.inner_text("#result")))
    context.close()
    for (name, outcome, text), (_, wanted, words) in zip(found, SAID, strict=True):
        assert outcome == wanted, (name, text)
        assert words in text, (name, text)


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("prefix", ["", "/zh"])
def test_the_page_of_keys_passes_axe_and_fits(browser: Any, house: House, axe: str, prefix: str, width: int) -> None:
    """With everything on it: keys that were rotated and stolen, and the end of the log."""

    def answer(route: Any) -> None:
        found = house.client.get(route.request.url)
        headers = {k: v for k, v in found.headers.items() if k not in ("content-encoding", "content-length")}
        route.fulfill(status=found.status_code, headers=headers, body=found.content)

    context = browser.new_context(viewport={"width": width, "height": 900})
    context.route("**/*", answer)
    page = context.new_page()
    assert page.goto(SITE + prefix + "/record/keys").status == 200
    found = [*complaints(page, axe), *too_wide(page)]
    context.close()
    assert found == []
