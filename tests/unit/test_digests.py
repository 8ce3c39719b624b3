"""Being told by mail: asked for, confirmed from the address, one digest for each period however often it is begun."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from commonweal import digests, sending
from commonweal.acceptance import Caller
from commonweal.authority import HOUSE, Authority, outgoing
from commonweal.doors import portal
from commonweal.forms import new_code, party_of
from commonweal.imprint import Imprint
from commonweal.kernel import notices, protocols
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, ReplayClock, Text, instant
from commonweal.settings import Settings
from mail_server import MailServer
from sending_house import declare
from unit.doors.portal.people import fields_of, sign_in

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

SITE = "https://aio.example"
START = "2026-03-02T09:00:00Z"  # a Monday, five in the afternoon in Shanghai (UTC+8)
CODE = new_code()
REPORTER = Caller(party_of(CODE), ("reporter",))
MAIL = "ada@home.example"


class House:
    """An authority in Shanghai that sends mail, with one report by return code; it can be closed and opened again."""

    def __init__(self, folder: Path, server: MailServer) -> None:
        self.folder, self.server, self.clock = folder, server, ReplayClock(instant(START))
        settings = Settings(
            Text(en="Office", zh="办公室"), "aio.example/log", instant(START), public_url=SITE,
            imprint=Imprint(time_zone="Asia/Shanghai"),
        )  # fmt: skip
        Authority.create(folder, settings, clock=self.clock).close()
        declare(folder, {}, server.relay)
        self.authority = Authority.open(folder, clock=self.clock)
        body = {"name": "R-1", "category": "concern", "reporter": "user", "title": "t", "what_happened": "a secret"}
        self.act("incident_reports.report", REPORTER, key="form", **body)

    def act(self, kind: str, caller: Caller, key: str = "", **body: Any) -> int:
        index = self.authority.act(Act(kind, body, key), caller).index
        self.authority.follow()
        return index

    def again(self) -> None:
        self.authority.close()
        self.authority = Authority.open(self.folder, clock=self.clock)

    def tick(self, when: str) -> None:
        self.clock.set(instant(when))
        self.authority.tick()
        self.authority.follow()

    def sent(self) -> list[Any]:
        """Everything that is to be sent is; the mails that came of it."""
        before = len(self.server.taken)
        sender = sending.Sender(self.authority)
        assert sender.send(20) == 0
        sender.close()
        return [message for _, message in self.server.taken[before:]]

    def digests(self) -> list[str]:
        rows = protocols.effects(self.authority.reader)
        return [row["requested_at"][:10] for row in rows if row["command"] == "digest"]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    pytest.importorskip("dbos")
    with MailServer() as server:
        found = House(tmp_path_factory.mktemp("mail") / "a", server)
        yield found
        found.authority.close()


def client_of(house: House) -> Any:
    return TestClient(portal.app(house.authority), base_url=SITE, follow_redirects=False)


def by_code(house: House) -> Any:
    client = client_of(house)
    page = client.get("/return")
    assert client.post("/return", data={**fields_of(page.text), "code": CODE}).status_code == 303
    return client


def link_in(message: Any) -> str:
    found = re.search(rf"{SITE}(/mail/\S+)", message.get_content())
    assert found is not None
    return found[1]


def test_from_asking_to_unsubscribing(house: House) -> None:
    """By a reporter with nothing but a return code. Nothing is sent to an address before it is confirmed there."""
    client = by_code(house)
    page = client.get("/mail")
    asked = {**fields_of(page.text), "mail": MAIL, "every": "day", "language": "zh"}
    assert client.post("/mail", data={**asked, "mail": "two words@x"}).status_code == 422
    assert client.post("/mail", data=asked).status_code == 303
    [confirm] = house.sent()
    assert (confirm["To"], "办公室" in str(confirm["Subject"])) == (MAIL, True)
    house.act("incident_reports.question", Caller("party:desk", ("officer",)), report="report:r-1", text="What secret?")
    house.tick("2026-03-02T22:30:00Z")
    assert house.digests() == [], "not confirmed"

    anybody = client_of(house)
    link = link_in(confirm)
    assert anybody.get("/mail/confirm-1-" + "0" * 40).status_code == 404
    assert anybody.get(link).status_code == 200
    assert notices.asked_by(house.authority.reader, REPORTER.party)["confirmed"] == 0, "looking at it does nothing"
    assert "地址已确认" in anybody.post("/zh" + link).text
    house.tick("2026-03-02T22:31:00Z")
    assert house.digests() == ["2026-03-02"]
    [digest] = house.sent()
    text = digest.get_content()
    assert "新增 1，即将到期 0，逾期 0" in str(digest["Subject"])
    assert "就您所提交内容的提问：1" in text
    assert "secret" not in digest.as_string() + text
    assert digest["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    stop = str(digest["List-Unsubscribe"]).strip(" <>").removeprefix(SITE)
    assert stop == link_in(digest)

    house.tick("2026-03-03T21:59:00Z")
    assert house.digests() == ["2026-03-02"], "before six in the morning where the authority is"
    house.tick("2026-03-05T22:00:00Z")
    assert house.digests() == ["2026-03-02"], "the question still waits, but nothing came: that is no news"
    house.act("incident_reports.question", Caller("party:desk", ("officer",)), report="report:r-1", text="And when?")
    house.tick("2026-03-09T22:00:00Z")
    house.tick("2026-03-10T01:00:00Z")
    assert house.digests() == ["2026-03-02", "2026-03-09"], "one after four days without a look"
    assert len(house.sent()) == 1

    # as a mail program does it (RFC 8058, 3.2): a POST without cookies, as multipart
    one_click = anybody.post(stop, files={"List-Unsubscribe": (None, "One-Click")})
    assert one_click.status_code == 200
    assert anybody.post(stop, data={"List-Unsubscribe": "One-Click"}).status_code == 200, "twice is once"
    house.act("incident_reports.question", Caller("party:desk", ("officer",)), report="report:r-1", text="Where?")
    house.tick("2026-03-10T22:00:00Z")
    assert len(house.digests()) == 2
    kinds = [item.kind for item in house.authority.store.entries(0, house.authority.store.size())]
    assert (kinds.count("notice.confirmed"), kinds.count("notice.stopped")) == (1, 1)
    client.post("/mail", data={**asked, "mail": ""})
    assert notices.asked_by(house.authority.reader, REPORTER.party) is None
    was = house.authority.dump()
    house.authority.rebuild()
    assert house.authority.dump() == was
    assert house.authority.verify() == []


def test_a_process_that_ends_in_between_sends_each_digest_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed after the reaction was recorded and before the cursor moved; again before it is sent; again after."""
    officer = Caller("party:kim", ("officer",))
    index = house.act("notice.asked", officer, mail="kim@desk.example", every="week", language="en")
    house.sent()
    house.act("notice.confirmed", HOUSE, asked=index)
    report = {"name": "R-2", "category": "concern", "reporter": "user", "title": "t", "what_happened": "w"}
    house.act("incident_reports.report", officer, **report)
    house.act("incident_reports.question", Caller("party:desk", ("officer",)), report="report:r-2", text="?")
    before = house.digests()

    def killed(*_: object) -> None:
        raise SystemExit("killed")

    with monkeypatch.context() as patched:
        patched.setattr("commonweal.engines.sqlite.tables._Writer.set_cursor", killed)  # where the crash is to be
        with pytest.raises(SystemExit):
            house.tick("2026-03-16T00:00:00Z")
    house.again()
    house.authority.follow()
    house.tick("2026-03-16T00:05:00Z")
    house.again()
    [digest] = house.sent()
    assert "1 new, 0 due soon, 0 overdue" in str(digest["Subject"])
    house.again()
    house.act("notice.asked", officer, mail="kim@desk.example", every="week", language="zh")
    house.tick("2026-03-17T00:00:00Z")
    assert house.sent() == [], "nor by asking anew for the same"
    assert len(house.digests()) == len(before) + 1
    row = notices.asked_by(house.authority.reader, officer.party)
    assert row["next_at"] == "2026-03-22T22:00:00Z", "six on the next Monday in Shanghai"


def test_an_address_that_refuses_for_good_is_shown_to_the_desk_and_told_in_no_mail(house: House) -> None:
    house.server.recipient = lambda address: "550 no such user" if address == "gone@home.example" else None
    index = house.act("notice.asked", Caller("party:lab", ("developer",)), mail="gone@home.example", every="never")
    assert house.sent() == []
    [failed] = protocols.effects(house.authority.reader, state="failed")
    assert (failed["target"], "550 no such user" in failed["status"]) == ("addressee", True)
    evidence = house.authority.presentation(failed["evidence"]).fields
    assert "gone@home.example" not in str(evidence), "the public evidence names nobody"
    client = client_of(house)
    key = house.authority.access.issue_key("party:moreau", ("officer",), ("file", "read"))
    assert sign_in(client, key).status_code == 303
    assert "550 no such user" in unescape(client.get("/letters").text)
    assert house.authority.entry(index).body["mail"] == "gone@home.example"


@pytest.mark.parametrize("mail", ["a b@x.example", "a@x\r\nBcc: b@x.example", "a", "ü@x.example"])
def test_what_is_no_address_is_refused(house: House, mail: str) -> None:
    with pytest.raises(BadInput):
        house.act("notice.asked", Caller("party:lab", ("developer",)), mail=mail, every="day")


def test_mail_that_cannot_leave_is_not_offered_and_a_wrong_address_is_refused_with_why(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = TestClient(portal.app(house.authority), base_url=SITE)
    sign_in(browser, house.authority.access.issue_key("party:ada", ("observer",), ("read", "file")))
    answer = browser.post("/mail", data={**fields_of(browser.get("/mail").text), "mail": "a b@x.example"})
    assert answer.status_code == 422
    assert "an address is like ada@home.example: without spaces" in unescape(answer.text)
    monkeypatch.setattr(outgoing, "can_send", lambda: False)
    assert "This authority sends no mail" in browser.get("/mail").text


def test_what_comes_near_or_falls_overdue_is_news_once() -> None:
    """Worked by hand: due on 20 March at noon, it comes within 7 days on the 13th at noon."""
    due, told = "2026-03-20T12:00:00Z", []
    for day in range(10, 25):
        counts = digests.Counts(f"2026-03-{day - 1:02d}T22:00:00Z", instant(f"2026-03-{day:02d}T22:00:00Z"))
        counts.by_date(due, Text(en="Duties", zh="义务"))
        told += [day] if counts.fresh else []
    assert told == [13, 20]
