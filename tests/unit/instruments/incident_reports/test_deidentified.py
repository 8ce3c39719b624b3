"""What the desk searches, lists and compares names nobody; who is named stands in the sealed entries alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.instruments.incident_reports.deidentifying import working
from commonweal.instruments.incident_reports.deidentifying.masking import Strip, masked
from commonweal.instruments.incident_reports.desk import tables as desk
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput

from .test_desk import CALLER, REPORT, House

TOLD = {
    "title": "Jane Quillfeather was misled",
    "what_happened": "The assistant told Jane Quillfeather (jane@home.example, +44 20 7946 0958) a false dose. "
    "Quillfeather rang Wu Xiuying.",
    "harmed_named": "Jane Quillfeather",
    "exposure": "All whom Peter Hansen treats.",
    "measures_taken": "Frau Schneider switched it off.",
    "causes": [{"cause": "Maria Rossi had disabled the check"}],
    "safeguards": [{"safeguard": "The nurse, Ahmed Hassan"}],
    "source": "Emma Larsen, by letter",
}
STRIP = {"person": "Kasimir Ombeline", "contact": "kasimir@ombeline.example\nSignal: kas99ombeline"}
HIDDEN = (
    "Jane", "Quillfeather", "home.example", "7946", "Hansen", "Schneider", "Rossi", "Hassan", "Larsen", "Kasimir",
    "Ombeline", "kas99", "Olga Smirnova", "Tunde Bakare",
)  # fmt: skip


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    found = House(tmp_path / "a")
    yield found
    found.authority.close()


def told(house: House, name: str = "R 2", **more: Any) -> int:
    return house.file("incident_reports.report", house.report(name, **{**TOLD, **more}), CALLER)


def words(house: House, report: str = "report:r-2") -> dict[str, Any]:
    row = working(house.authority.reader, report)
    assert row is not None
    return row


def in_tables(folder: Path) -> list[str]:
    """Whoever is named in the files of the tables, in whatever encoding SQLite wrote them."""
    data = b"".join(path.read_bytes() for path in folder.glob("projections.sqlite*"))
    return [name for name in HIDDEN if name.encode() in data]


def test_whoever_is_named_stands_in_no_table_after_filing_answering_and_anew(house: House, tmp_path: Path) -> None:
    """Whoever gets hold of the file of the tables, which every process of the office reads, learns of nobody in it."""
    folder = tmp_path / "a"
    told(house)
    house.file("incident_reports.identity", {"report": "report:r-2", **STRIP}, CALLER)
    asked = house.desk("question", report="report:r-2", text="Did Olga Smirnova see it?")
    house.file(
        "incident_reports.answer", {"report": "report:r-2", "question": asked, "text": "Ask Tunde Bakare."}, CALLER
    )
    again = told(house, what_happened="I, Kasimir Ombeline, saw Jane Quillfeather. Write to kas99ombeline.")
    house.file("record.annulled", {"entry": again, "reason_code": "filed_in_error"}, CALLER)
    told(house, what_happened="OMBELINE here: Jane Quillfeather is well.")
    assert in_tables(folder) == []
    before = house.authority.dump()
    house.authority.rebuild()
    assert house.authority.dump() == before
    assert in_tables(folder) == []
    house.authority.close()
    house.authority = Authority.open(folder, clock=house.clock)
    assert in_tables(folder) == []
    assert house.authority.dump() == before
    assert words(house)["what_happened"] == "[person 2] here: [person 1] is well."


def test_the_same_person_is_the_same_placeholder_and_others_are_others() -> None:
    """A text without names is still to be understood: who told whom stays."""
    found = masked(
        {
            "title": "Dr Jane Quillfeather saw it",
            "what_happened": "Jane Quillfeather told Peter Hansen. Hansen told QUILLFEATHER, jd@x.org.",
        }
    )
    assert found.texts == {
        "title": "[person 1] saw it",
        "what_happened": "[person 1] told [person 2]. [person 2] told [person 1], [address 1].",
    }
    assert [found.texts["title"][:10]] == ["[person 1]"]


@pytest.mark.parametrize(
    ("person", "text", "left"),
    [
        ("Kasimir Ombeline", "kasimir ombeline, then KASIMIR.", "[person 1], then [person 1]."),
        ("王小明", "我叫王小明，朋友叫我小明。", "我叫[person 1]，朋友叫我[person 1]。"),
        ("Иван Петров", "Звонили Петрову. Иван Петров ответил.", "Звонили [person 1]. [person 1] ответил."),
        ("Will May", "It will stop in May.", "It will stop in [person 1]."),
    ],
)  # fmt: skip
def test_who_reported_is_taken_out_by_their_strip_in_every_script(person: str, text: str, left: str) -> None:
    """No list has every name: the strip says this one. A short part counts as it is written in a name alone."""
    assert masked({"t": text}, [Strip(person)]).texts["t"] == left


def test_the_queue_is_searched_by_words_without_names(house: House) -> None:
    told(house)
    row = desk.standing(house.authority.reader, "report:r-2")
    assert row is not None
    assert "false dose" in row["words"]
    assert "[person 1] was misled" in row["words"]


def test_an_analyst_corrects_the_proposal_and_the_tables_follow(house: House) -> None:
    """The machine misses about one name in five, so a person looks over: what they found right is what counts."""
    newest = told(house)
    assert (words(house)["state"], "Wu Xiuying" in words(house)["what_happened"]) == ("proposed", True)
    right = {"title": "A patient was misled", "what_happened": "A false dose; a colleague was rung."}
    looked = house.desk("deidentified", report="report:r-2", version=newest, **right)
    found = words(house)
    assert (found["state"], found["entry"], found["what_happened"]) == ("looked_over", looked, right["what_happened"])
    assert "colleague" in str(desk.standing(house.authority.reader, "report:r-2"))
    before = house.authority.dump()
    house.authority.rebuild()
    assert house.authority.dump() == before
    told(house, what_happened="Jane Quillfeather is well again.")
    assert words(house)["state"] == "proposed", "a new version is looked over anew"
    with pytest.raises(BadInput, match="newest version"):
        house.desk("deidentified", report="report:r-2", version=newest, **right)


def test_who_has_a_conflict_in_a_report_does_not_look_it_over(house: House) -> None:
    body = {"report": REPORT, "version": 1, "title": "t", "what_happened": "w"}
    caller = Caller(CALLER.party, ("officer",))
    with pytest.raises(BadInput, match="conflict"):
        house.authority.act(Act("incident_reports.deidentified", body, ""), caller)


def test_once_the_strip_is_destroyed_nothing_is_laid_out_that_nobody_looked_over(house: House, tmp_path: Path) -> None:
    """What the strip said is known to nobody then: laid out anew, the text would name who reported."""
    newest = told(house, what_happened="I, Kasimir Ombeline, saw it.")
    house.file("incident_reports.identity", {"report": "report:r-2", **STRIP}, CALLER)
    assert words(house)["what_happened"] == "I, [person 2], saw it."
    house.file("incident_reports.strip_taken", {"report": "report:r-2", "how": "shred"}, CALLER)
    for _ in range(3):
        house.clock.set(house.clock.now().replace(day=house.clock.now().day + 1))
        house.authority.tick()
        house.authority.erasures.automatic()
    assert (words(house)["state"], words(house)["title"]) == ("withheld", "")
    assert in_tables(tmp_path / "a") == []
    house.desk("deidentified", report="report:r-2", version=newest, title="Seen", what_happened="Somebody saw it.")
    assert words(house)["what_happened"] == "Somebody saw it."
