"""An erasure says which acts of others go on naming what is erased: a link joins a report to others' reports too."""

from __future__ import annotations

from pathlib import Path

import pytest

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.doors.cli import main

from .test_desk import CALLER, INCIDENT, REPORT, House

MOREAU = Caller("party:moreau", ("officer",))


def test_links_and_what_was_escalated_are_named_and_what_falls_with_the_report_is_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    house = House(tmp_path / "a")
    house.file("incident_reports.report", house.report("R 2"), CALLER)
    house.incident()
    said = {"report": REPORT, "incident": INCIDENT, "relation": "same", "reasons": "Kumquat."}
    link = house.file("incident_reports.linked", said, MOREAU)
    house.file("incident_reports.linked", {**said, "report": "report:r-2"}, MOREAU)
    house.file("incident_reports.note", {"about": REPORT, "text": "x"}, MOREAU)
    left = [(link, "incident_reports.linked")]
    assert house.authority.erasures.naming(REPORT) == left
    assert house.authority.erasures.naming("party:moreau") == []
    house.authority.close()
    main(["erase", str(tmp_path / "a"), "--subject", REPORT, "--basis", "unlawful_processing", "--dry-run"])
    assert f"names {REPORT}: entries {link} (incident_reports.linked)" in capsys.readouterr().out
    with Authority.open(tmp_path / "a", clock=house.clock) as authority:
        authority.keys.erase(REPORT, "incident_reports")
        assert authority.erasures.naming(REPORT) == left, "it says so afterwards, too"
