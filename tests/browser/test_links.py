"""Every link of the portal leads somewhere: followed from the first page of each language, a few of each shape."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from html import unescape
from pathlib import Path

import pytest

from commonweal.authority import Authority
from commonweal.doors.portal import app, listings

OF_A_SHAPE_MAX = 3
NAMES = re.compile(r"/(models|organisations|record|unemployment|subjects)/[^/?]+?(\.[a-z.-]+)?$")


def shape(address: str) -> str:
    """Addresses that differ only in which model, entry or area they name have one shape."""
    path, _, query = address.partition("?")
    return NAMES.sub(r"/\1/…\2", path) + ("?" + ",".join(re.findall(r"(\w+)=", query)) if query else "")


def test_no_link_leads_nowhere(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listings, "DEAR_BURST", 1_000_000)  # whoever reads every list as a file is slowed down else
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from starlette.testclient import TestClient
    todo, seen, shapes, broken = ["/", "/zh/"], {"/", "/zh/"}, Counter[str](), []
    with Authority.open(folder) as authority, TestClient(app(authority), follow_redirects=False) as client:
        while todo:
            address = todo.pop(0)
            answer = client.get(address)
            if answer.status_code != 200:
                broken.append((address, answer.status_code))
            html = answer.text if "html" in answer.headers["content-type"] else ""
            for link in map(unescape, re.findall(r'href="(/[^"]*)"', html)):
                if link not in seen and not link.startswith("/api/") and shapes[shape(link)] < OF_A_SHAPE_MAX:
                    seen.add(link)
                    shapes[shape(link)] += 1
                    todo.append(link)
    assert broken == []
    assert len(seen) > 150
