"""The investigator: opens an investigation, binds evidence, says what contributed, recommends, reports and closes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

import pytest

from commonweal.authority import Authority

from .conftest import signed_in_at
from .journeys import PREFIXES, SITE, WIDE, Walk, house

USER = "investigator"
LOG = b"2026-10-03 09:14 dose 40 mg\n"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    with house(tmp_path_factory.mktemp("investigator") / "office") as authority:
        yield authority


@pytest.fixture(scope="module")
def opened(office: Authority, browser: Any) -> Iterator[Callable[..., Any]]:
    with signed_in_at(office, browser, SITE) as found:
        yield found


@pytest.mark.parametrize("language", PREFIXES)
def test_an_investigation_is_opened_fed_and_closed_and_leaves_as_one_file(
    office: Authority, opened: Callable[..., Any], axe: str, language: str
) -> None:
    walk, digest = Walk(opened(WIDE), axe, PREFIXES[language]), sha256(LOG).hexdigest()
    walk.sign_in(office.access.issue_key("party:moreau", ("officer",), ("file", "read")))
    walk.begin(USER, "open an investigation")
    walk.content()
    walk.enter("main a[href$='/investigating/open']")
    team = "party:moreau, lead\nparty:weaver, expert"
    of = {"incident": "incident:i-2", "mandate": "Why the dose was wrong.", "legal_basis": "s. 9", "team": team}
    walk.answer(name=f"V {language}", **of)
    case = f"investigation:v-{language}"

    def doing(task: str, does: str, **fields: str) -> None:
        walk.begin(USER, task)
        walk.content()
        walk.enter(f"main a[href$='/investigating/v-{language}']")
        walk.enter(f"main a[href$='/v-{language}/{does}']")
        walk.answer(**fields)

    kept = {"what": "The log of doses", "form": "log", "sha256": digest, "collected_at": "2026-12-01T07:00:00Z"}
    where = {"collected_by": "Lind", "source": "The laboratory", "held_at": "Room 1"}
    doing("bind evidence", "evidence", name=f"E {language}", **kept, **where)
    found = {"factor": "safeguard", "what": "No limit on doses.", "confidence": "established"}
    doing("say what contributed", "factor", **found, evidence=f"evidence:e-{language}")
    advice = {"addressee": "organisation:lab", "text": "Set a limit.", "text_zh": "设定上限。", "due": "2027-01-31"}
    doing("recommend", "recommend", name=f"REC {language}", **advice)
    doing("report and close", "report", text="It had no limit.", text_zh="没有上限。")
    whole = json.loads(walk.fetch(f"main a[href$='/v-{language}.json']"))
    assert whole["investigation"] == case
    bodies = [one["body"] for one in whole["entries"]]
    assert digest in [body.get("sha256") for body in bodies], "the file of the case has the digest of the very bytes"
    assert found.items() <= next(body for body in bodies if "factor" in body).items()
    assert "It had no limit." in [body.get("text") for body in bodies]
    assert "2026-12-01" in [body.get("closed_on") for body in bodies]
    walk.go("/incident_reports/recommendations")
    assert ("设定上限。" if walk.prefix else "Set a limit.") in walk.text(), "everybody reads what was recommended"
