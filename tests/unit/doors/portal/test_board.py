"""The board: what is not as it should be, the most urgent first, bounded however much there is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.testclient import TestClient

from commonweal.authority import Authority
from commonweal.doors.portal import app, board
from commonweal.doors.portal.site import Site
from commonweal.kernel import obligations, thresholds
from commonweal.kernel.obligations.kinds import DUTY, PUBLIC_DUTY
from commonweal.kernel.obligations.publication import told_apart
from commonweal.kernel.thresholds import STATE
from commonweal.kernel.values import ReplayClock, Text, instant, stamp
from commonweal.settings import Settings

from .people import sign_in

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    settings = Settings(Text(en="Office", zh="办公室"), "office.example/record", NOW, replay=True)
    with Authority.create(tmp_path_factory.mktemp("board"), settings, clock=ReplayClock(NOW)) as found:
        yield found


@pytest.fixture(scope="module")
def client(house: Authority) -> Iterator[TestClient]:
    with TestClient(app(house), base_url="http://portal.example", follow_redirects=False) as found:
        yield found


@pytest.fixture
def filled(house: Authority) -> Iterator[Authority]:
    """Four hundred duties and three states of a threshold, laid straight into the tables."""
    with house._tables.transaction() as tables:
        tables.put_many(PUBLIC_DUTY, [duty(house, number) for number in range(-60, 340)])
        tables.put_many(STATE, states(house))
    yield house
    with house._tables.transaction() as tables:
        for row in tables.select(PUBLIC_DUTY):
            tables.delete(PUBLIC_DUTY, row["rule"], row["subject"])
        for row in tables.select(STATE):
            tables.delete(STATE, row["rule"], row["subject"])


def duty(house: Authority, days: int) -> dict[str, Any]:
    law = obligations.adopted_laws(house.reader)[0]
    rule = law.rules[0]
    due = NOW + timedelta(days=days)
    row: dict[str, Any] = dict.fromkeys(PUBLIC_DUTY.columns)
    return row | {
        "rule": rule.id, "subject": f"model:example-{days}", "noun": "model", "rule_version": rule.version,
        "law": law.id, "sha256": law.digest, "duty": rule.duty, "party": "organisation:lab", "missing": [], "why": {},
        "state": "overdue" if due <= NOW else "owed", "due": stamp(due), "last_day": due.date().isoformat(),
        "changed_on": "2026-02-01", "filed_state": "owed",
    }  # fmt: skip


def states(house: Authority) -> list[dict[str, Any]]:
    rule = next(one for one in thresholds.rules(house.reader) if one.in_force(NOW.date()))
    row: dict[str, Any] = dict.fromkeys(STATE.columns)
    row |= {"rule": rule.id, "version": rule.version, "adopted": 1, "known": "2026-02-01", "event": "2026-01-01",
            "quantities": {}, "memory": [], "since": "2026-01-01"}  # fmt: skip
    return [
        {**row, "subject": "area:one", "state": "firing", "silent_at": "2026-06-01"},
        {**row, "subject": "area:two", "state": "ok", "silent_at": "2026-06-01"},
        {**row, "subject": "area:three", "state": "unknown", "silent_at": None, "since": "2026-02-20"},
    ]


def test_with_nothing_amiss_it_says_so_plainly(client: TestClient) -> None:
    page = client.get("/board").text
    assert "Of what is public, nothing needs attention" in page
    assert "需要关注" in client.get("/zh/board").text
    assert client.get("/board.json").json() == []
    assert "Of what is public, nothing is overdue" in client.get("/").text


def test_who_owes_in_confidence_is_told_what_is_overdue_and_strangers_the_same_as_ever(
    client: TestClient, house: Authority
) -> None:
    """Three duties of the authority's own were eighteen days overdue, and every page said that nothing was."""
    law, rule = next(
        (law, rule) for law in obligations.adopted_laws(house.reader) for rule in law.rules
        if told_apart(law, rule, {"noun": "report", "party": obligations.THE_AUTHORITY})
    )  # fmt: skip
    row = duty(house, -18) | {
        "rule": rule.id, "subject": "report:r-1", "noun": "report", "rule_version": rule.version, "law": law.id,
        "sha256": law.digest, "duty": rule.duty, "party": obligations.THE_AUTHORITY,
    }  # fmt: skip
    before = {path: client.get(path).text for path in ("/", "/board")}
    with house._tables.transaction() as tables:
        tables.put_many(DUTY, [{name: row.get(name) for name in DUTY.columns}])
    try:
        assert {path: client.get(path).text for path in before} == before
        with TestClient(app(house), base_url="https://testserver") as browser:
            key = house.access.issue_key(
                "party:sam", ("officer",), ("file", "read"), organisation=obligations.THE_AUTHORITY
            )
            sign_in(browser, key)
            for path in (*before, "/inbox"):
                page = unescape(browser.get(path).text)
                assert "1 duty of yours is open" in page
                assert f"Overdue: {rule.title['en']} (1 of yours)" in page
                assert "report:r-1" not in page, "a page that is loaded again and again tells whose filing it is"
    finally:
        with house._tables.transaction() as tables:
            tables.delete(DUTY, row["rule"], row["subject"])


def test_the_most_urgent_comes_first_and_each_row_says_since_when_by_when_and_what_next(
    client: TestClient, filled: Authority
) -> None:
    rows = client.get("/board.json?within=365").json()
    assert [row["urgency"] for row in rows] == sorted(
        (row["urgency"] for row in rows), key=["now", "soon", "watch"].index
    )
    assert rows[0]["state"] == "overdue"
    assert (rows[0]["since"], rows[0]["lasting"]) == ("2026-01-01", "60 days")
    assert {row["kind"] for row in rows} == {"duty", "threshold", "series"}
    silent = next(row for row in rows if row["kind"] == "series")
    assert (silent["about"], silent["state"], silent["lasting"]) == ("area:three", "silent", "10 days")
    assert all(row["next"] for row in rows)
    assert "area:two" not in {row["about"] for row in rows}


@pytest.mark.parametrize(
    ("since", "lasting"),
    [
        ("2026-03-02", "since today"),
        ("2026-03-01", "1 day"),
        ("2026-02-20", "10 days"),
        ("2026-03-02T20:00:00Z", "2 hours"),
    ],
)
def test_what_is_known_by_the_day_lasts_no_hours(filled: Authority, since: str, lasting: str) -> None:
    """A switch made this evening was told as "on 22 hours"."""
    site = Site(filled)
    reading = SimpleNamespace(now=instant("2026-03-02T22:00:00Z"), language="en")
    asked = SimpleNamespace(reading=reading)
    assert board._lasting(site.voice("en"), asked, since) == lasting  # type: ignore[arg-type]


def test_what_is_due_later_than_asked_is_left_out(client: TestClient, filled: Authority) -> None:
    week = client.get("/board.json?within=7&kind=duty").json()
    assert len(week) == 61 + 6, "those overdue, and those of the next week"
    assert len(client.get("/board.json?kind=threshold").json()) == 1
    assert client.get("/board.json?about=example-100&within=365").json()[0]["about"] == "model:example-100"
    assert client.get("/board.json?about=nobody").json() == []
    assert client.get("/board.json?urgency=now").json()[-1]["state"] == "overdue"
    assert client.get("/board?kind=nonsense").status_code == 422


@pytest.mark.parametrize("within", ["x", "NaN", "9" * 30, "-7", "8"])
def test_a_time_that_cannot_be_chosen_is_refused_with_those_that_can(client: TestClient, within: str) -> None:
    for path in ("/board", "/board.json", "/board.csv"):
        answer = client.get(path, params={"within": within})
        assert answer.status_code == 422, path
        assert "7, 30, 90, 365" in answer.text


def test_it_shows_a_bounded_number_and_counts_the_rest(client: TestClient, filled: Authority) -> None:
    page = client.get("/board?within=365").text
    assert f"the {board.SHOWN_MAX} most urgent of 400 are shown" in page
    assert len(client.get("/board.json?within=365&kind=duty").json()) == board.SHOWN_MAX


def test_it_loads_anew_by_itself_only_where_somebody_asked(client: TestClient, filled: Authority) -> None:
    assert 'http-equiv="refresh"' not in client.get("/board").text
    assert '<meta http-equiv="refresh" content="60">' in client.get("/board?refresh=60&kind=duty").text
    assert 'http-equiv="refresh"' not in client.get("/board?refresh=1").text


def test_who_has_the_rows_already_is_told_that_nothing_changed(client: TestClient, filled: Authority) -> None:
    for path in ("/board/rows", "/board.json", "/zh/board/rows?kind=duty"):
        first = client.get(path)
        again = client.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    with filled._tables.transaction() as tables:
        tables.put(PUBLIC_DUTY, {**duty(filled, -60), "state": "met"})
    assert client.get("/board/rows", headers={"If-None-Match": first.headers["etag"]}).status_code == 200
    assert "<html" not in client.get("/board/rows").text


def test_a_fault_of_the_record_is_told_without_what_it_says(client: TestClient, house: Authority) -> None:
    """The words of a fault may quote a field that is not public."""
    from commonweal.following import FAULT

    with house._tables.transaction() as tables:
        tables.put(FAULT, {"entry": 3, "room": "obligations", "problem": "cannot read 'Secret Person'"})
    try:
        (row,) = client.get("/board.json").json()
        assert row["urgency"] == "now"
        assert "Secret" not in client.get("/board").text
    finally:
        with house._tables.transaction() as tables:
            tables.delete(FAULT, 3, "obligations")


@pytest.mark.parametrize("open_whether", [False, True])
def test_a_duty_that_ends_at_an_hour_is_told_by_its_instant(
    client: TestClient, house: Authority, open_whether: bool
) -> None:
    """Four hours to stop a copy: the last day would promise the rest of it, also while it is open whether it is
    owed."""
    laws = obligations.adopted_laws(house.reader)
    law, rule = next((law, rule) for law in laws for rule in law.rules if rule.id == "containment.agreement.stop_copy")
    due = stamp(NOW + timedelta(hours=3))
    row = duty(house, 0) | {
        "rule": rule.id, "rule_version": rule.version, "law": law.id, "sha256": law.digest, "duty": rule.duty,
        "state": "owed", "due": due, "subject": "order:one",
    }  # fmt: skip
    if open_whether:
        row |= {"state": "unknown", "due": None, "due_if_owed": due}
    with house._tables.transaction() as tables:
        tables.put(PUBLIC_DUTY, row)
    (told,) = client.get("/board.json?about=order:one").json()
    with house._tables.transaction() as tables:
        tables.delete(PUBLIC_DUTY, row["rule"], row["subject"])
    assert ("T" in told["by"], instant(told["by"])) == (True, instant(due))
