"""The public list in its dear forms: made one at a time, laid out once, and not many of them for one network."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from commonweal.authority import reading
from commonweal.doors.portal import app, listings
from commonweal.engines import typesetting
from commonweal.engines.typesetting import apart
from commonweal.instruments.incident_reports import printing, publication
from commonweal.instruments.incident_reports.printing import as_pdf
from commonweal.instruments.incident_reports.publication import standing, withdrawn
from commonweal.kernel.values import BadInput, Busy

from ...instruments.incident_reports.conftest import Office, office

__all__ = ["office"]
LIST = "/incident_reports/incidents"


def published(office: Office, number: int, **more: Any) -> int:
    name = f"I {number}"
    if not more:
        office.file("incident", name=name, title="T")
    said = {"name": name, "incident": f"incident:i-{number}", "published_on": "2026-03-02", "title": "T"}
    return office.file("publication", **said, **more)


def client(office: Office) -> TestClient:
    return TestClient(app(office.authority), base_url="http://portal.example")


@pytest.mark.parametrize("form", ["xlsx", "stix.json", "full.json", "aiid.csv"])
@pytest.mark.parametrize("language", ["", "/zh"])
def test_one_network_asks_for_few_and_is_told_when_to_ask_again(
    office: Office, monkeypatch: pytest.MonkeyPatch, form: str, language: str
) -> None:
    monkeypatch.setattr(listings, "DEAR_BURST", 2)
    with client(office) as portal:
        answers = [portal.get(f"{language}{LIST}.{form}") for _ in range(3)]
        assert [one.status_code for one in answers] == [200, 200, 429]
        refused = answers[-1]
        assert int(refused.headers["Retry-After"]) > 0
        assert ("短时间内" if language and "json" not in form and "csv" not in form else "again in") in refused.text
        assert portal.get(f"{LIST}.json").status_code == 200, "what costs little is not counted"
        assert portal.get(f"{LIST}.atom").status_code == 200, "readers of the feed may come"


@pytest.mark.parametrize(("language", "words"), [("", "one is made at a time"), ("/zh", "逐一生成")])
def test_beyond_those_that_wait_one_is_told_to_come_again(
    office: Office, monkeypatch: pytest.MonkeyPatch, language: str, words: str
) -> None:
    """The answer is a page or a problem detail, with Retry-After; whoever asks for a page is not kept waiting."""
    published(office, 1)
    monkeypatch.setattr(listings, "WAITING_MAX", 0)
    with client(office) as portal:
        within: list[Any] = []

        def another(*_: Any) -> bytes:
            monkeypatch.setattr(listings, "export", real)
            within.extend(portal.get(f"{language}{LIST}.{form}") for form in ("xlsx", "stix.json"))
            return b""

        real = listings.export
        monkeypatch.setattr(listings, "export", lambda *given: (another(), real(*given))[1])
        assert portal.get(f"{LIST}.xlsx").status_code == 200
    page, problem = within
    assert (page.status_code, problem.status_code) == (503, 503)
    assert page.headers["Retry-After"] == problem.headers["Retry-After"] == "10"
    assert words in page.text
    assert "again in 10 s" in problem.json()["detail"]


def test_the_same_words_are_laid_out_once_and_other_words_anew(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    laid: list[str] = []

    def typeset(letter: Any) -> bytes:
        laid.append(letter["wordings"][0]["title"])
        return f"%PDF {len(laid)}".encode()

    monkeypatch.setattr(reading, "typeset_apart", typeset)
    published(office, 1)
    first, again = (as_pdf(office.authority.reading(), {"reference": "I 1"}) for _ in range(2))
    assert first == again
    assert len(laid) == 1
    published(office, 1, status="withdrawn", correction="It was another.")
    published(office, 1, summary="Other words.", correction="It was this.")
    assert as_pdf(office.authority.reading(), {"reference": "I 1"}) != first
    assert len(laid) == 2
    as_pdf(office.authority.reading("zh"), {"reference": "I 1"})
    assert len(laid) == 3, "a language is other words"


def test_what_is_laid_out_too_long_is_ended_and_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has a process of its own, so that its memory comes back and nothing goes on when nobody waits for it."""
    if not typesetting.ready():
        pytest.skip(typesetting.HOW)
    monkeypatch.setattr(apart, "LASTS_S_MAX", 0.001)
    for _ in range(2):  # whose turn it was has ended too
        with pytest.raises(Busy, match=r"ask for less of it"):
            apart.typeset_apart({"reference": "x", "day": [2026, 1, 1], "to": [], "wordings": []})


def test_more_characters_than_one_pdf_holds_are_refused_with_both_bounds(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(office, 1)
    monkeypatch.setattr(printing, "PRINTED_CHARS_MAX", 5)
    with pytest.raises(BadInput, match=r"at most 100 incidents and 5 characters") as refused:
        as_pdf(office.authority.reading(), {})
    assert refused.value.faults[0].told is not None


def test_what_stands_is_read_again_only_where_it_changed(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request reads the words of no incident whose filings are those of the request before; a change shows at once,
    be it another version, one that was annulled or one that withdraws."""
    read: list[str] = []
    real = publication._newest
    monkeypatch.setattr(publication, "_newest", lambda reader, one: (read.append(one), real(reader, one))[1])
    for number in (1, 2):
        published(office, number)
    assert [one["name"] for one in standing(office.authority.reading())] == ["I 1", "I 2"]
    assert sorted(read) == ["incident:i-1", "incident:i-2"]
    standing(office.authority.reading()), withdrawn(office.authority.reading())
    assert len(read) == 2
    entry = published(office, 2, summary="Other words.", correction="It was this.")
    assert [one.get("summary") for one in standing(office.authority.reading())] == [None, "Other words."]
    assert read[2:] == ["incident:i-2"]
    office.annul(entry)
    assert [one.get("summary") for one in standing(office.authority.reading())] == [None, None]
    published(office, 1, status="withdrawn", correction="It was another.")
    assert [one["name"] for one in standing(office.authority.reading())] == ["I 2"]
    assert [one["name"] for one in withdrawn(office.authority.reading())] == ["I 1"]
