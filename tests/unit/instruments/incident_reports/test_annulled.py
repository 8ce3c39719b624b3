"""What was filed in error about a report, an incident or an investigation is annulled, and what stood before it stands.

A link is not annulled: it is undone, with reasons, and both stay in sight.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.instruments.incident_reports import tables
from commonweal.instruments.incident_reports.desk import tables as desk
from commonweal.instruments.incident_reports.investigating.tables import found_out
from commonweal.kernel.record import Act
from commonweal.kernel.values import Conflict

from .test_desk import CALLER, INCIDENT, REPORT, House
from .test_investigating import ABOUT, Inquiry

CODES: dict[str, Any] = {"entity": ["AI"], "intent": ["Unintentional"], "timing": ["Post-deployment"]}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    found = Inquiry(tmp_path / "a")
    yield found
    found.authority.close()


def annul(house: House, entry: int, caller: Caller | None = None) -> None:
    house.file("record.annulled", {"entry": entry, "reason_code": "filed_in_error"}, caller)


def annotate(house: House, annotator: str, caller: Caller | None = None, **codes: list[str]) -> int:
    said = {"incident": INCIDENT, "taxonomy": "mit_causal", "annotator": annotator, "codes": {**CODES, **codes}}
    return house.file("incident_reports.annotation", said, caller)


def classified(house: House) -> list[tuple[str, list[str]]]:
    reader = house.authority.reader
    rows = [reader.get(tables.ANNOTATIONS, one["entry"]) for one in tables.classified(reader, "mit_causal")]
    return [(row["annotator"], row["codes"]["entity"]) for row in rows]


def test_a_classification_filed_in_error_is_annulled_and_the_one_before_stands_again(house: House) -> None:
    auditor = Caller("party:auditor", ("auditor",))
    annotate(house, "A")
    wrong = annotate(house, "A", entity=["Human"])
    other = annotate(house, "B", auditor, entity=["Human"])
    assert classified(house) == [("A", ["Human"]), ("auditor", ["Human"])]
    annul(house, wrong)
    annul(house, other, auditor)
    assert classified(house) == [("A", ["AI"])], "an auditor takes back what they filed themselves"


def test_an_answer_written_down_in_error_leaves_the_question_open_again(house: House) -> None:
    asked = house.desk("question", report=REPORT, text="When?")
    first = house.file("incident_reports.answer", {"report": REPORT, "question": asked, "text": "At noon."}, CALLER)
    said = {"report": REPORT, "question": asked, "text": "Of another report.", "received_by": "telephone"}
    wrong = house.desk("answer", **said)
    annul(house, wrong)
    thread = tables.thread(house.authority.reader, REPORT)
    assert [(row["entry"], row["answered"]) for row in thread] == [(asked, first), (first, None)]
    annul(house, first, CALLER)
    assert house.state() == "waiting"
    annul(house, asked)
    assert tables.thread(house.authority.reader, REPORT) == []
    assert house.state() == "linked"


def test_a_note_about_the_wrong_report_stands_there_no_more(house: House) -> None:
    entry = house.desk("note", about=REPORT, text="Of another report.")
    annul(house, entry)
    assert desk.notes(house.authority.reader, REPORT) == []


@pytest.mark.parametrize(
    ("kind", "more"), [("event", {"occurred": "2026-09"}), ("factor", {"factor": "model", "confidence": "possible"})]
)
def test_what_was_found_out_in_error_is_taken_back_and_what_it_corrected_stands_again(
    house: House, kind: str, more: dict[str, str]
) -> None:
    first = house.desk(kind, investigation=ABOUT, what="One.", **more)
    wrong = house.desk(kind, investigation=ABOUT, what="Another.", corrects=first, **more)
    annul(house, wrong)
    assert [row["entry"] for row in found_out(house.authority.reader, ABOUT, kind)] == [first]


def test_a_link_is_undone_and_not_annulled(house: House) -> None:
    (link,) = tables.links(house.authority.reader, report=REPORT)
    with pytest.raises(Conflict, match="cannot be annulled"):
        house.authority.act(Act("record.annulled", {"entry": link["entry"], "reason_code": "filed_in_error"}, ""))
    house.desk("unlinked", report=REPORT, incident=INCIDENT, reasons="Another thing.")
    assert tables.links(house.authority.reader, report=REPORT) == []


def test_what_was_annulled_is_laid_out_the_same_from_the_record_alone(house: House) -> None:
    asked = house.desk("question", report=REPORT, text="When?")
    answer = house.file("incident_reports.answer", {"report": REPORT, "question": asked, "text": "At noon."}, CALLER)
    event = house.desk("event", investigation=ABOUT, occurred="2026", what="w")
    for entry, caller in ((annotate(house, "A"), None), (answer, CALLER), (event, None)):
        annul(house, entry, caller)
    before = house.authority.dump()
    house.authority.rebuild()
    assert house.authority.dump() == before


def test_nobody_agrees_with_themselves_under_two_names(house: House) -> None:
    """What is filed counts as whose it was; only what the authority takes from elsewhere is another's."""
    weaver = Caller("party:weaver", ("officer",))
    annotate(house, "A. Weaver", weaver)
    annotate(house, "B. Moreau", weaver)
    annotate(house, "C. Elsewhere")
    assert [name for name, _ in classified(house)] == ["C. Elsewhere", "weaver"]
