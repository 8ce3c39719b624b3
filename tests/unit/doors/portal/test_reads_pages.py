"""Who read what one filed, on its own page and for its filer alone; the whole log, for those who run the authority."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.doors.portal.conftest import INSTRUMENT, PAGE, START, TestClient, bridge
from tests.unit.doors.portal.people import sign_in

from commonweal.acceptance import Caller
from commonweal.authority import OPERATOR, Authority
from commonweal.doors.portal import app
from commonweal.instruments import discover
from commonweal.kernel.disclosure.reads import Read
from commonweal.kernel.values import ReplayClock, Text
from commonweal.settings import Settings

HEADING = "Who read what you filed"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Authority]:
    folder = tmp_path / "bridges"
    (folder / "pages").mkdir(parents=True)
    (folder / "__init__.py").write_text(INSTRUMENT)
    (folder / "pages" / "bridge.html").write_text(PAGE)
    settings = Settings(Text(en="Office", zh="办公室"), "bridges.example/record", START, replay=True)
    installed = discover([folder])
    with Authority.create(tmp_path / "office", settings, clock=ReplayClock(START), installed=installed) as found:
        found.act(bridge("Forth", 25.0), Caller("party:builder", ("developer",)))
        found.follow()
        yield found


def signed_in(
    house: Authority, party: str, *roles: str, scopes: tuple[str, ...] = ("file", "read"), **more: str
) -> Any:
    client = TestClient(app(house), base_url="http://portal.example", follow_redirects=False)
    assert sign_in(client, str(house.access.issue_key(party, roles, scopes, **more))).status_code == 303
    return client


def filed(house: Authority) -> int:
    return house.store.size() - 1


def section(page: str) -> str:
    return page.partition('<section class="read-by"')[2].partition("</section>")[0]


def test_the_filer_is_told_day_role_fields_and_what_for_and_no_name_of_an_officer(house: Authority) -> None:
    entry = filed(house)
    for _ in range(2):
        assert "Secret Person" in signed_in(house, "party:mallory", "officer").get(
            f"/record/{entry}?purpose=Case+9").text  # fmt: skip
    house.reads.append([Read("2025-09-02T10:00:00Z", "party:judge", ("authorised",), "k", "court", entry,
                             ("inspector",), "api entry")])  # fmt: skip
    builder = signed_in(house, "party:builder", "developer")
    for address in (f"/record/{entry}", "/subjects/bridge:forth"):
        shown = section(builder.get(address).text)
        assert HEADING in shown
        for told in ("to do the work that it is kept for", "by an authorisation", "Officer", "2025", "court", ">2<"):
            assert told in shown, told
        assert "inspector" in shown.lower()
        for kept in ("Case 9", "mallory", "judge", "builder", "Secret Person"):
            assert kept not in shown, kept
    assert "谁查阅了您提交的内容" in builder.get(f"/zh/record/{entry}").text


def test_a_look_of_whoever_runs_the_machine_is_told_as_theirs_and_not_as_that_of_every_role(house: Authority) -> None:
    """Who filed would else read that another developer looked."""
    entry = filed(house)
    house.reads.append([Read("2025-09-02T10:00:00Z", OPERATOR.party, OPERATOR.roles, "k", "", entry, ("inspector",),
                             "weal duties")])  # fmt: skip
    shown = section(signed_in(house, "party:builder", "developer").get(f"/record/{entry}").text)
    assert "Whoever runs the machine" in shown
    assert "Developer" not in shown


def test_what_the_filer_read_itself_is_left_out(house: Authority) -> None:
    builder = signed_in(house, "party:builder", "developer")
    builder.get(f"/record/{filed(house)}")
    assert house.reads.head()[0] == 1
    assert "Nobody else has read it." in section(builder.get(f"/record/{filed(house)}").text)


def test_nobody_but_the_filer_is_told(house: Authority) -> None:
    entry = filed(house)
    public = TestClient(app(house), base_url="http://portal.example")
    others = [public, signed_in(house, "party:other", "developer"), signed_in(house, "party:desk", "officer"),
              signed_in(house, "party:builder", "developer", scopes=("file",))]  # fmt: skip
    for client in others:
        for address in (f"/record/{entry}", "/subjects/bridge:forth"):
            assert HEADING not in client.get(address).text


def test_the_whole_log_is_for_the_role_authority(house: Authority) -> None:
    public = TestClient(app(house), base_url="http://portal.example", follow_redirects=False)
    assert public.get("/reads").status_code == 303
    assert public.get("/reads").headers["location"].startswith("/sign-in?")
    for client in (
        signed_in(house, "party:desk", "officer"),
        signed_in(house, "party:a", "authority", scopes=("file",)),
    ):
        answer = client.get("/reads")
        assert answer.status_code == 403
        assert "no-store" in answer.headers["cache-control"]
        assert 'href="/reads"' not in client.get("/account").text
    admin = signed_in(house, "party:admin", "authority")
    assert 'href="/reads"' in admin.get("/account").text
    assert "Nobody read anything like that." in admin.get("/reads").text


def test_it_is_narrowed_by_party_entry_and_days_the_last_of_which_is_inside(house: Authority) -> None:
    house.reads.append([
        Read("2025-09-02T10:00:00Z", "party:mallory", ("officer",), "k", "", 3, ("inspector",), "api entry", "Why <1>"),
        Read("2025-09-03T23:59:59Z", "party:judge", ("authorised",), "k", "court", 4, ("(about)",), "weal present"),
    ])  # fmt: skip
    admin = signed_in(house, "party:admin", "authority")
    page = admin.get("/reads")
    assert page.headers["cache-control"] == "private, no-store"
    assert page.text.index("judge") < page.text.index("mallory"), "the newest first"
    assert "Why &lt;1&gt;" in page.text
    assert "whom it is about" in page.text
    assert 'href="/zh/record/4"' in admin.get("/zh/reads").text
    for query, there in (
        ("party=mallory", [True, False]), ("party=party:judge", [False, True]), ("entry=3", [True, False]),
        ("since=2025-09-03", [False, True]), ("until=2025-09-02", [True, False]), ("until=2025-09-03", [True, True]),
        ("since=&until=&party=&entry=", [True, True]),
    ):  # fmt: skip
        text = admin.get(f"/reads?{query}").text
        assert [">mallory<" in text, ">judge<" in text] == there, query


def test_every_fault_of_the_filters_is_named_at_once(house: Authority) -> None:
    admin = signed_in(house, "party:admin", "authority")
    answer = admin.get("/reads?entry=x&since=yesterday&until=9999-12-31")
    assert answer.status_code == 422
    for told in ("the number of an entry", "yesterday", "9999-12-31", "a day such as 2026-03-01"):
        assert told in answer.text
    assert admin.get("/reads?since=2025-09-03&until=2025-09-02").status_code == 422
