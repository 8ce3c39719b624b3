"""The desk officer: finds a report, triages it, gives it away, asks, links and undoes, and looks before it goes out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.instruments.incident_reports.desk.tables import standing
from commonweal.kernel.record import Act

from .conftest import signed_in_at
from .journeys import COPIED, PREFIXES, SITE, WIDE, Walk, house, newest

USER = "desk officer"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    """One report a language."""
    with house(tmp_path_factory.mktemp("desk") / "office") as authority:
        for language in PREFIXES:
            said = {"category": "concern", "reporter": "user", "title": f"Wrong doses {language}"}
            body = {"name": f"R {language}", **said, "what_happened": COPIED}
            authority.act(Act("incident_reports.report", body, ""), Caller("party:caller", ("observer",)))
        authority.follow()
        yield authority


@pytest.fixture(scope="module")
def opened(office: Authority, browser: Any) -> Iterator[Callable[..., Any]]:
    with signed_in_at(office, browser, SITE) as found:
        yield found


@pytest.mark.parametrize("language", PREFIXES)
def test_a_report_is_found_triaged_given_away_asked_about_linked_and_unlinked(
    office: Authority, opened: Callable[..., Any], axe: str, language: str
) -> None:
    walk, report = Walk(opened(WIDE), axe, PREFIXES[language]), f"report:r-{language}"
    walk.sign_in(office.access.issue_key("party:moreau", ("officer",), ("file", "read")))

    def at_the_desk(what: str, does: str, **fields: str) -> None:
        walk.begin(USER, what)
        walk.write("#f-q", f"R {language}")
        walk.enter("form.filters button")
        walk.enter(f"main th a[href$='/desk/r-{language}']")
        walk.enter(f"main a[href$='/r-{language}/{does}']")
        walk.answer(**fields)

    at_the_desk("find a report in the queue and triage it", "triage", urgency="week", decision="handle")
    assert newest(office, "triage").body["urgency"] == "week"
    at_the_desk("give it to somebody without a conflict", "assign", assignee="party:caller", part="lead")
    assert walk.page.locator("#faults").count() == 1, "who filed it is refused"
    walk.answer(assignee="party:weaver")
    assert newest(office, "assignment").body["assignee"] == "party:weaver"
    at_the_desk("ask the reporter", "ask", text="Which pharmacy?")
    assert newest(office, "question").body == {"report": report, "text": "Which pharmacy?"}
    linked(office, walk, language, report)


def linked(office: Authority, walk: Walk, language: str, report: str) -> None:
    """By what is suggested, and undone again: both stay in the record."""
    walk.begin(USER, "link it to what it may tell of, and undo that")
    walk.write("#f-q", f"R {language}")
    walk.enter("form.filters button")
    walk.enter(f"main th a[href$='/desk/r-{language}']")
    walk.enter("main a[href*='/incident-reports/suggestions/']")
    walk.enter("main a[href*='/link?incident=incident:i-2']")
    walk.answer(relation="same")
    assert newest(office, "linked").body["incident"] == "incident:i-2"
    walk.begin(USER, "see what would give people away")
    assert ("逐字摘自保密报告" if walk.prefix else "copied word for word from a confidential report") in walk.text()
    walk.go(f"/incident-reports/desk/r-{language}")
    walk.enter(f"main a[href$='/r-{language}/unlink']")
    walk.answer(incident="incident:i-2", reasons="Another bot.")
    assert newest(office, "unlinked").body["report"] == report
    row = standing(office.reader, report)
    assert row is not None
    assert row["state"] == "waiting"
