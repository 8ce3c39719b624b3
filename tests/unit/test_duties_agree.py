"""Board, calendar page and calendar to subscribe to tell of the same duties on the same days, whoever asks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar
from starlette.testclient import TestClient

from commonweal.authority import Act, Authority
from commonweal.doors.portal import app
from commonweal.doors.portal.matters import DUTY_STATES
from commonweal.duty_feeds import BEHIND
from commonweal.instruments import discover, rule_file
from commonweal.kernel.obligations import adopted_laws
from commonweal.kernel.values import ReplayClock, Text, instant
from commonweal.settings import Settings
from commonweal.story import ORIGIN, read_story, tell
from duty_house import CLAUSES, REPORT, UPDATE
from unit.doors.portal.people import sign_in

STORIES = [
    ("applications", "story.toml"),  # extended, stopped, deemed, overdue
    ("containment", "story_serious_incident.toml"),  # clocks in hours and in days, several regimes on one fact
    ("model_registration", "story_regimes.toml"),  # rounds that recur, facts that are missing or sealed
]
OPEN = ("owed", "overdue", "unknown", "not_public")
CLAUSED = [("clauses", "2026-10-01"), ("clauses", "2027-10-01")]  # by then what is overdue is more than a year old
WITHIN = 365
Told = Counter[tuple[str, str, str, str]]
"""How often a duty is told of: (its title, what it is about by name, its state, its day where the law applies)."""
CODES = {words: code for code, words in DUTY_STATES.items()} | {"met late": "met"}
QUERIES = ("", "party=authority", "party=organisation%3Ax", "state=unknown", "state=met", "jurisdiction=EU")


LAW = (
    CLAUSES.replace('kind = "register.report"', 'kind = "model_registration.notification", rule = "rule_id"')
    .replace('serious = { en = "serious"', 'placed_on_eu_market = { en = "placed"')
    .replace('fact = "serious"', 'fact = "placed_on_eu_market"')
    .replace('time_zone = "UTC"', 'time_zone = "America/New_York"')
)


def told_in_clauses(authority: Authority, clock: ReplayClock, until: str) -> None:
    """Rounds that were answered and one that is overdue, half hours around midnight, a clock that stands."""
    authority.adopt(rule_file(LAW))
    authority.act(Act("model_registration.organisation", {"name": "X"}, key="x"))
    for name in "MN":
        body = {"name": name, "organisation": "organisation:x", "placed_on_eu_market": True, "access": "api"}
        authority.act(Act("model_registration.model", body, key=name))
    clock_stop = {"rule": REPORT, "about": "model:n", "decision": "stop", "reason": "information_requested",
                  "basis": "Order 1", "decided_by": "authority"}  # fmt: skip
    authority.act(Act("duty.clock", clock_stop, key="stop"))
    for at, rule in (("06-06T03:40:00Z", REPORT), ("06-20T12:00:00Z", UPDATE), ("07-10T12:00:00Z", UPDATE)):
        clock.set(instant(f"2026-{at}"))
        authority.tick()
        authority.act(
            Act("model_registration.notification", {"rule_id": rule, "about": "model:m", "statement": "."}, at)
        )
        authority.follow()
    for at in ("2026-07-15", "2026-09-01", until):
        clock.set(instant(at))
        authority.tick()


@pytest.fixture(scope="module", params=[*STORIES, *CLAUSED], ids=lambda story: story[1])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    name, file = request.param
    if (name, file) in CLAUSED:
        clock = ReplayClock(instant("2026-06-01T09:00:00Z"))
        settings = Settings(Text(en="X", zh="X"), "x.example/ai", clock.now(), replay=True)
        with Authority.create(tmp_path_factory.mktemp("agree"), settings, clock=clock) as made:
            told_in_clauses(made, clock, file)
            yield made
        return
    installed = discover()[name]
    story = read_story(installed.folder / file)
    clock = ReplayClock(story.start)
    settings = Settings(story.title, ORIGIN, story.start, replay=True)
    with Authority.create(tmp_path_factory.mktemp("agree"), settings, clock=clock) as found:
        assert not [one.problem for one in tell(found, clock, story, installed) if one.problem]
        yield found


@pytest.fixture(scope="module", params=["public", "party", "officer"])
def reader(request: pytest.FixtureRequest, house: Authority) -> Iterator[TestClient]:
    """The portal as anybody, as a party and as an officer reads it."""
    roles = {"party": ("developer",), "officer": ("officer",)}
    with TestClient(app(house), base_url="http://portal.example", follow_redirects=False) as found:
        if request.param in roles:
            key = house.access.issue_key(f"party:{request.param}", roles[request.param], organisation="organisation:x")
            assert sign_in(found, key).status_code == 303
            assert request.param in found.get("/about").text
        yield found


def subscribed(client: TestClient, house: Authority, query: str = "") -> Told:
    found: Told = Counter()
    zones = {rule.id: ZoneInfo(law.time_zone) for law in adopted_laws(house.reader) for rule in law.rules}
    for event in Calendar.from_ical(client.get(f"/duties.ics?{query}").content).walk("VEVENT"):
        start, zone = event["DTSTART"].dt, zones[str(event["URL"]).rpartition("/")[2]]
        title, _, about = str(event["SUMMARY"]).rpartition(": ")
        day = start.astimezone(zone).date() if isinstance(start, datetime) else start
        found[title, about, str(event["CATEGORIES"].cats[0]), day.isoformat()] += 1
    return found


SECTION = re.compile(r'<section id="d-([0-9-]+)"(.*?)</section>', re.DOTALL)
ITEM = re.compile(
    r'<p><a href="/regimes/[^"]+">(.*?)</a> \(\S+\) <span class="state[^"]*">(.*?)</span></p>'
    r'\s*<p class="under">(.*?)</p>', re.DOTALL,
)  # fmt: skip


def paged(client: TestClient, told: Told, query: str) -> Told:
    """The calendar's pages of every month in which something else says that there is anything, and of those around."""
    found: Told = Counter()
    days = [date.fromisoformat(day) for *_, day in told] or [date(2026, 9, 1)]
    month, last = (min(days) - timedelta(days=40)).replace(day=1), max(days) + timedelta(days=40)
    while month <= last:
        page = client.get(f"/duties/calendar?month={month.isoformat()[:7]}&{query}").text
        for day, section in SECTION.findall(page):
            for title, state, about in ITEM.findall(section):
                name = re.sub(r"<[^>]+>", "", about).partition(" – ")[0]
                found[unescape(title), unescape(name), CODES[unescape(state)], day] += 1
        month = (month + timedelta(days=32)).replace(day=1)
    return found


def on_board(client: TestClient, house: Authority) -> tuple[Told, int]:
    """What the board lists of duties, and how many it says that there are."""
    found: Told = Counter()
    zones = {rule.title["en"]: ZoneInfo(law.time_zone) for law in adopted_laws(house.reader) for rule in law.rules}
    for row in client.get(f"/board.json?kind=duty&within={WITHIN}").json():
        by = row["by"]
        day = by if len(by) == 10 else instant(by).astimezone(zones[row["what"]]).date().isoformat()
        many = 1 if row["about"] else int(row["next"].split()[0])
        found[row["what"], "", row["state"], day] += many
    page = client.get(f"/board?kind=duty&within={WITHIN}").text
    counted = re.search(r'<span class="figure">([0-9,]+)</span> <span class="of">Dut', page)
    return found, int(counted[1].replace(",", "")) if counted else 0


@pytest.mark.parametrize("query", QUERIES)
def test_the_page_and_the_calendar_to_subscribe_to_tell_the_same(
    reader: TestClient, house: Authority, query: str
) -> None:
    """What is settled leaves the calendar to subscribe to after a year, and stays on the page of its month."""
    told = subscribed(reader, house, query)
    assert told or query
    back = (house.reading().now - BEHIND).date().isoformat()
    shown = {one: many for one, many in paged(reader, told, query).items() if one[2] in OPEN or one[3] >= back}
    assert shown == told


def test_the_board_counts_what_the_calendar_has_open(reader: TestClient, house: Authority) -> None:
    """Everything overdue, and what falls due within a year, decided or not; alike ones may stand in one row."""
    until = (house.reading().now + timedelta(days=WITHIN)).date().isoformat()
    told: Told = Counter()
    for (title, _, state, day), many in subscribed(reader, house).items():
        if state in OPEN and day < until:
            told[title, "", state, day] += many
    listed, counted = on_board(reader, house)
    assert listed == told
    assert counted == sum(listed.values())
