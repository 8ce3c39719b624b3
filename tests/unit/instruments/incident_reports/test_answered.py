"""Whether a question is answered is said once: who asked and whoever is asked read the same."""

from __future__ import annotations

from commonweal.instruments.incident_reports.desk.tables import standing
from commonweal.instruments.incident_reports.tables import talk, thread

from .conftest import Office

REPORT = "report:r-1"


def both(office: Office) -> tuple[list[int | None], int | None]:
    """Which entry answers each question, as the reporter reads it, and which one the desk waits for."""
    asked = [one.answered for one in talk(office.authority.reader, REPORT) if one.what == "question"]
    rows = [row["answered"] for row in thread(office.authority.reader, REPORT) if row["what"] == "question"]
    assert asked == rows
    row = standing(office.authority.reader, REPORT)
    assert row is not None
    return asked, row["question"]


def test_an_answer_that_names_no_question_answers_all_that_were_asked_before_it(office: Office) -> None:
    office.file("report", name="R 1", category="concern", reporter="public", title="t", what_happened="w")
    first, second = (office.file("question", report=REPORT, text=text) for text in ("When?", "Where?"))
    assert both(office) == ([None, None], first)
    named = office.file("answer", report=REPORT, question=first, text="On Monday")
    assert both(office) == ([named, None], second)
    general = office.file("answer", report=REPORT, text="It was here")
    assert both(office) == ([general, general], None)
    third = office.file("question", report=REPORT, text="And who?")
    assert both(office) == ([general, general, None], third)
    was = office.authority.dump()
    office.authority.rebuild()
    assert office.authority.dump() == was
