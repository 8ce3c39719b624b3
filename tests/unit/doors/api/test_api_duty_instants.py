"""Strangers are told the hour of a clock that starts with a filing; whoever owes the duty, and officers, the second."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from commonweal.authority import Act, Authority
from commonweal.doors.cli.duties import _rows
from commonweal.instruments import rule_file
from commonweal.kernel.values import ReplayClock, Text, instant
from commonweal.settings import Settings
from duty_house import CLAUSES

from .conftest import OPEN, Client, app

FILED, DUE, HOUR = "2026-06-01T10:17:43Z", "2026-06-02T10:17:43Z", "2026-06-02T10:00:00Z"
LAW = (
    CLAUSES.replace('kind = "register.report"', 'kind = "model_registration.notification", rule = "rule_id"')
    .replace(
        'serious = { en = "serious"', 'organisation = { en = "who", zh = "谁", public = true }\nserious = { en = "s"'
    )
    .replace("serious", "placed_on_eu_market")
    .replace('period = "10 days"', 'period = "24 hours"\nparty = "organisation"')
    .replace('calendar = "calendar.plain"', 'calendar = "calendar.us_ca"')  # which counts from the event itself
)
RULE = "xx.law.report"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    clock = ReplayClock(instant("2026-06-01T09:00:00Z"))
    settings = Settings(Text(en="X", zh="X"), "x.example/ai", clock.now(), replay=True)
    with Authority.create(tmp_path_factory.mktemp("instants") / "a", settings, clock=clock) as made:
        made.adopt(rule_file(LAW))
        for name in ("O", "P"):
            made.act(Act("model_registration.organisation", {"name": name}, key=name))
        clock.set(instant(FILED))
        body = {"name": "M", "organisation": "organisation:o", "placed_on_eu_market": True}
        made.act(Act("model_registration.model", body, key="m"))
        made.follow()
        yield made


def due(house: Authority, organisation: str | None = None, *roles: str, scopes: tuple[str, ...] = ("read",)) -> str:
    client = Client(app(house, limits=OPEN))
    if organisation is not None:
        key = house.access.issue_key(f"party:{organisation}", roles, scopes, rate_per_s=1e5, organisation=organisation)
        client = client.with_key(key)
    (found,) = client.get(f"/api/v1/duties?rule={RULE}").json()["duties"]
    return str(found["due"])


def test_only_whoever_it_concerns_is_told_the_second(house: Authority) -> None:
    assert due(house) == HOUR
    assert due(house, "organisation:p", "developer") == HOUR
    assert due(house, "organisation:o", "developer") == DUE
    assert due(house, "ministry", "officer") == DUE
    assert due(house, "ministry", "officer", scopes=("file",)) == HOUR, "a key that may not read reads as the public"


def test_a_folder_in_hand_tells_it_and_a_calendar_to_publish_does_not(house: Authority) -> None:
    where = {"party": "", "rule": RULE, "subject": "", "jurisdiction": ""}
    assert [row["due"] for row in _rows(house, where, (), None)] == [DUE]
    page = Client(app(house, limits=OPEN)).get(f"/api/v1/duties?rule={RULE}").json()["duties"][0]
    assert not {"ends", "began", "clock"} & set(page)
