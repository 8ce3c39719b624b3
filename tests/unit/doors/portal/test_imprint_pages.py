"""What an authority says of itself, on its first page and under About, in both languages."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from commonweal.authority import Authority
from commonweal.doors.portal import app
from commonweal.imprint import Imprint
from commonweal.kernel.values import ReplayClock, Text
from commonweal.settings import Settings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

START = datetime(2026, 7, 1, 20, 30, tzinfo=UTC)
IMPRINT = Imprint(
    jurisdictions=("EU", "FR", "US-CA"),
    time_zone="Asia/Shanghai",
    retention="office.retention",
    administrators=("party:jane-doe",),
    address={"en": ("1 <Example> Street",), "zh": ("示例街1号",)},
    email="office@register.example",
    phone="+33 1 23 45",
)
PLAIN = Settings(Text(en="Office", zh="办公室"), "office.example/log", START, replay=True)
Serve = Callable[[Imprint], TestClient]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    opened: list[Authority] = []

    def made(imprint: Imprint) -> TestClient:
        settings = replace(PLAIN, imprint=imprint)
        opened.append(Authority.create(tmp_path / "office", settings, clock=ReplayClock(START), installed={}))
        return TestClient(app(opened[0]), base_url="http://office.example", follow_redirects=False)

    yield made
    for authority in opened:
        authority.close()


def test_both_languages_say_where_it_acts_and_how_it_is_reached(serve: Serve) -> None:
    client = serve(IMPRINT)
    english, chinese = client.get("/about").text, client.get("/zh/about").text
    for said in ("European Union (EU), France (FR), United States (US-CA)", "Asia/Shanghai (UTC+8)",
                 "1 &lt;Example&gt; Street", 'href="mailto:office@register.example"',
                 'href="tel:+3312345"', "/regimes/office.retention",
                 "2 July 2026 04:30 UTC+8"):  # fmt: skip
        assert said in english, said
    for said in ("欧盟（EU）、法国（FR）、美国（US-CA）", "示例街1号", "2026年7月2日 04:30 UTC+8"):
        assert said in chinese, said
    home = client.get("/").text
    assert "1 &lt;Example&gt; Street" in home
    assert "How to reach us" in home
    assert "jane-doe" not in english + chinese + home, "who administers is on no public page"


def test_one_that_says_nothing_has_no_empty_headings(serve: Serve) -> None:
    client = serve(Imprint())
    assert "How to reach us" not in client.get("/").text
    about = client.get("/about").text
    assert "<dd>UTC</dd>" in about
    assert "Jurisdictions" not in about


def test_the_first_language_is_what_a_visitor_is_shown_and_the_other_can_be_chosen(serve: Serve) -> None:
    client = serve(Imprint(languages=("zh", "en")))
    first = client.get("/")
    assert (first.status_code, first.headers["location"], first.headers["vary"]) == (302, "/zh/", "Sec-Fetch-Site")
    assert client.get("/", headers={"sec-fetch-site": "cross-site"}).status_code == 302
    assert client.get("/", headers={"sec-fetch-site": "same-origin"}).status_code == 200, (
        "chosen on a page of this site"
    )
    assert client.get("/about").status_code == 200, "an address names its language"


def test_a_language_that_is_not_offered_is_not_in_the_switch(serve: Serve) -> None:
    page = serve(Imprint(languages=("zh",))).get("/zh/about").text
    assert 'hreflang="en"' not in page
    assert 'hreflang="zh-Hans"' in page
