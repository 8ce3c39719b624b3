"""Addresses that people try lead to the page that they mean, in the language in which they were asked for."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from commonweal.authority import Authority
from commonweal.doors import portal
from commonweal.kernel.values import Text
from commonweal.settings import Settings

ALIASES = tomllib.loads((Path(portal.__file__).parent / "aliases.toml").read_text("utf-8"))


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    settings = Settings(Text(en="Office", zh="办公室"), "aliases.example/log", datetime(2026, 1, 1, tzinfo=UTC))
    with (
        Authority.create(tmp_path_factory.mktemp("aliases") / "office", settings) as authority,
        TestClient(portal.app(authority), base_url="https://testserver", follow_redirects=False) as client,
    ):
        yield client


def test_the_two_that_were_looked_for_are_among_them() -> None:
    assert (ALIASES["/incidents"], ALIASES["/desk"]) == ("/incident_reports/incidents", "/incident-reports/desk")


@pytest.mark.parametrize("prefix", ["", "/zh"])
@pytest.mark.parametrize("tried", sorted(ALIASES))
def test_an_alias_leads_for_good_to_a_page_that_is_there(browser: TestClient, tried: str, prefix: str) -> None:
    answer = browser.get(prefix + tried)
    assert (answer.status_code, answer.headers["location"]) == (308, prefix + ALIASES[tried])
    assert browser.get(answer.headers["location"]).status_code in (200, 303, 403), "a page, or the way to sign in first"


ELSEWHERE = (
    "//evil.example/login/", "///evil.example/", "/%2f/evil.example/", "/\\evil.example/", "/zh//evil.example/",
    "/zh/%5Cevil.example/",
)  # fmt: skip


@pytest.mark.parametrize("tried", ELSEWHERE)
def test_no_address_of_this_site_leads_to_another(browser: TestClient, tried: str) -> None:
    """Two slashes at the beginning lead elsewhere (RFC 3986, 4.2): a link at this name would hand a return code on."""
    answer = browser.get("https://testserver" + tried)
    there = [answer.headers.get("location", ""), *re.findall(r'href="([^"]*)"', answer.text)]
    assert [one for one in there if re.match(r"[/\\]{2}", one)] == []
