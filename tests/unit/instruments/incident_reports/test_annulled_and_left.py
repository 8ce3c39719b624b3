"""What takes something away stays possible about a report that was annulled, for who filed it, and for nobody else.

Else an identity strip would lie there under the promise that it is destroyed, with no act that destroys it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.instruments.incident_reports import tables
from commonweal.instruments.incident_reports.harbour.tables import strip
from commonweal.kernel.record import Act
from commonweal.kernel.values import CommonwealError, Forbidden

from .test_desk import CALLER, INCIDENT, REPORT, House

OTHER = Caller("party:other", ("observer",))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A report with a strip, a question and a link, that the desk annulled."""
    found = House(tmp_path / "a")
    found.file("incident_reports.identity", {"report": REPORT, "contact": "zed@example.org"}, CALLER)
    found.incident()
    found.desk("linked", report=REPORT, incident=INCIDENT, relation="same")
    found.desk("question", report=REPORT, text="When?")
    entry = found.authority.store.newest("incident_reports.report", REPORT)
    assert entry is not None
    mark = {"entry": entry.index, "reason_code": "ordered", "citation": "Order 7"}
    found.file("record.annulled", mark)
    yield found
    found.authority.close()


def tried(house: House, kind: str, caller: Caller | None = None, **body: Any) -> bool:
    """Whether it would be recorded."""
    act = Act(f"incident_reports.{kind}", body, "")
    try:
        house.authority.check(act, caller) if caller else house.authority.check(act)
    except CommonwealError:
        return False
    return True


def test_who_reported_has_their_strip_destroyed_and_gives_up_confidence_and_nobody_else_does(house: House) -> None:
    said: dict[str, dict[str, Any]] = {
        "strip_taken": {"report": REPORT, "how": "shred"},
        "harbour_waiver": {"report": REPORT, "waives": "confidence", "towards": ["A court"]},
        "answer": {"report": REPORT, "text": "At noon."},
    }
    assert {kind: tried(house, kind, CALLER, **body) for kind, body in said.items()} == dict.fromkeys(said, True)
    assert {kind: tried(house, kind, OTHER, **body) for kind, body in said.items()} == dict.fromkeys(said, False)
    house.file("incident_reports.strip_taken", said["strip_taken"], CALLER)
    assert strip(house.authority.reader, REPORT).state == "going"


def test_an_officer_shreds_the_strip_and_undoes_the_link_and_adds_nothing(house: House) -> None:
    assert not tried(house, "note", about=REPORT, text="x")
    assert not tried(house, "linked", report=REPORT, incident=INCIDENT, relation="variant")
    house.desk("unlinked", report=REPORT, incident=INCIDENT, reasons="It was annulled.")
    assert tables.links(house.authority.reader, report=REPORT) == []
    house.desk("strip", report=REPORT, how="shredded")
    assert strip(house.authority.reader, REPORT).state == "going"


def test_its_name_is_taken_by_nobody_else(house: House) -> None:
    """Whoever took it would be who reported, and the strip theirs."""
    with pytest.raises(Forbidden, match="another party's"):
        house.file("incident_reports.report", house.report("R 1"), OTHER)
    house.file("incident_reports.report", house.report("R 1"), CALLER)
    assert house.state() == "waiting", "filed again, what was asked of it is asked still"
