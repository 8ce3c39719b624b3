"""What the desk searches, lists and compares names nobody; who is named stands in the sealed entries alone."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.doors.portal import app
from commonweal.instruments.incident_reports.deidentifying import working
from commonweal.instruments.incident_reports.deidentifying.masking import Strip, masked
from commonweal.instruments.incident_reports.desk import tables as desk
from commonweal.instruments.incident_reports.people import names_in
from commonweal.instruments.incident_reports.suggestions import Suggested, suggested
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput
from commonweal.sight import Sight

from ...doors.portal.people import fields_of
from .test_desk import CALLER, REPORT, House
from .test_desk_portal import DESK, officer, send, shown

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

OFFICER = Caller("party:moreau", ("officer",))

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
    "Ombeline", "kas99", "Olga Smirnova", "Tunde Bakare", "Farrow", "Statement of", "Photograph of", "Minutes with",
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


def attached(house: House, name: str, party: str) -> list[dict[str, Any]]:
    """A file of such a name, to be named by what a party files: people call a file after themselves."""
    held = house.authority.attachments.attach([name.encode()], name, party)
    return [held.attachment.model_dump()]


def in_tables(folder: Path) -> list[str]:
    """Whoever is named in the files of the tables, in whatever encoding SQLite wrote them."""
    data = b"".join(path.read_bytes() for path in folder.glob("projections.sqlite*"))
    return [name for name in HIDDEN if name.encode() in data]


def test_whoever_is_named_stands_in_no_table_after_filing_answering_and_anew(house: House, tmp_path: Path) -> None:
    """Whoever gets hold of the file of the tables, which every process of the office reads, learns of nobody in it."""
    folder = tmp_path / "a"
    told(house)
    house.file("incident_reports.identity", {"report": "report:r-2", **STRIP}, CALLER)
    asks = attached(house, "Minutes with Olga Smirnova.txt", "party:authority")
    asked = house.desk("question", report="report:r-2", text="Did Olga Smirnova see it?", attachments=asks)
    says = {"text": "Ask Tunde Bakare.", "attachments": attached(house, "Photograph of Tunde Bakare.txt", CALLER.party)}
    house.file("incident_reports.answer", {"report": "report:r-2", "question": asked, **says}, CALLER)
    waiver = {"report": "report:r-2", "waives": "confidence", "towards": ["Imogen Farrow"]}
    house.file("incident_reports.harbour_waiver", waiver, CALLER)
    again = told(house, what_happened="I, Kasimir Ombeline, saw Jane Quillfeather. Write to kas99ombeline.")
    house.file("record.annulled", {"entry": again, "reason_code": "filed_in_error"}, CALLER)
    files = attached(house, "Statement of Kasimir Ombeline.txt", CALLER.party)
    newest = told(house, what_happened="OMBELINE here: Jane Quillfeather is well.", attachments=files)
    assert Sight(house.authority, OFFICER, "test").entry(newest).fields["attachments"] == files
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


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Call me 0171 2345678.", "Call me [address 1]."),
        ("0211 1234567, or 0171-2345678", "[address 1], or [address 2]"),
        ("IBAN DE89 3704 0044 0532 0130 00 now", "IBAN [number 1] now"),
        ("see linkedin.com/in/petra-muster.", "see [address 1]."),
        ("微信号 zhangsan88", "[address 1]"),
        ("Telegram: jdoe_77; a Signal message", "[address 1]; a Signal message"),
        ("passport C01X00T47", "[number 1]"),
        ("version 3.14159265358979 of 2026-11-28", "version 3.14159265358979 of 2026-11-28"),
    ],
)
def test_how_somebody_is_reached_is_taken_out_as_it_is_written_where_they_live(text: str, left: str) -> None:
    """A number at the end of a sentence is the one by which an anonymous employee is found."""
    assert masked({"t": text}).texts["t"] == left


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


# ── at the desk ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def client(house: House) -> Iterator[Any]:
    with TestClient(app(house.authority), base_url="http://portal.example", follow_redirects=False) as found:
        yield found


@pytest.mark.parametrize("prefix", ["", "/zh"])
def test_the_page_shows_what_was_told_beside_the_proposal_and_takes_what_shall_stand(
    house: House, client: Any, prefix: str
) -> None:
    newest = told(house)
    officer(client, house)
    page = shown(client.get(f"{prefix}{DESK}/r-2/deidentified"))
    assert "<mark>Jane Quillfeather</mark> was misled" in page
    assert "[person 1] was misled" in page
    assert (newest, {"title", "what_happened", "harmed_named"}) in [
        (one.read.entry, set(one.read.fields)) for one in house.authority.reads.lines()
    ]
    assert ("not looked over yet" if not prefix else "尚未核对") in shown(client.get(f"{prefix}{DESK}"))
    sent = send(client, f"{DESK}/r-2/deidentified", title="A patient was misled", what_happened="A false dose.")
    assert sent.status_code == 303, sent.text
    house.authority.follow()
    assert words(house)["by"] == "party:moreau"
    assert "moreau" in shown(client.get(f"{prefix}{DESK}/r-2")).partition("deidentified")[0][-300:]
    assert "A patient was misled" in shown(client.get(f"{prefix}{DESK}"))


def test_a_page_that_is_stale_replaces_no_words_that_it_did_not_show(house: House, client: Any) -> None:
    told(house)
    officer(client, house)
    page = client.get(f"{DESK}/r-2/deidentified")
    told(house, what_happened="Something else by now.")
    given = {**fields_of(page.text, 0), "title": "t", "what_happened": "w"}
    refused = client.post(f"{DESK}/r-2/deidentified", data=given)
    assert refused.status_code == 422
    assert "there is a newer version by now" in shown(refused)


def test_who_has_a_conflict_neither_sees_the_page_nor_finds_the_report_by_its_words(house: House, client: Any) -> None:
    """Who may not read a report would learn by trying what stands in it; each try stands in the log of reads."""
    told(house, models=["model:large"])
    house.file("person.joined", {"person": "person:mole", "party": "party:mole", "name": "Mole", "roles": ["officer"],
                                 "organisation": "organisation:lab"})  # fmt: skip
    officer(client, house, "party:mole")
    assert client.get(f"{DESK}/r-2/deidentified").status_code == 403
    found = shown(client.get(f"{DESK}?q=false+dose"))
    assert "R 2" not in found.partition("</form>")[2]
    tried = [one.read for one in house.authority.reads.lines() if one.read.party == "party:mole"]
    assert any("false dose" in field for one in tried for field in one.fields)
    officer(client, house)
    assert "R 2" in shown(client.get(f"{DESK}?q=false+dose")).partition("</form>")[2]


def test_a_report_told_twice_is_suggested_and_an_exact_copy_is_not_new(house: House, client: Any) -> None:
    """Until somebody makes an incident of the first, a wave of reports of one thing would be triaged each as new."""
    told(house)
    told(house, "R 3", title="Mary Stone was misled", what_happened=TOLD["what_happened"].replace("Jane", "Mary"))
    house.file("incident_reports.report", house.report("R 4", title="Lights", what_happened="Street lights went out."))
    found = suggests(house, "report:r-3")
    assert found.best[0].key == "report:r-2"
    assert {"dose", "assistant"} <= {part.term for part in found.best[0].why}
    assert (found.copies, found.chance_new) == (("report:r-2",), 0.0)
    officer(client, house)
    page = shown(client.get("/incident-reports/suggestions/r-3"))
    assert "Nothing new" in page
    assert "Quillfeather" not in page
    told(house, what_happened="Nothing of the kind: the weather was fine.")
    assert suggests(house, "report:r-3").copies == (), "what was filed anew is compared anew"


def suggests(house: House, report: str) -> Suggested:
    reading = house.authority.reading("en", OFFICER.party, Sight(house.authority, OFFICER, "portal"))
    return suggested(reading, report)


CYRILLIC = (
    ("Помощник посоветовал Ивану Петрову удвоить дозу.", "Ивану Петрову"),
    ("Анна Сергеевна Кузнецова потеряла вклад.", "Анна Сергеевна Кузнецова"),
    ("Звонил Смирнов А. В. из Казани.", "Смирнов А. В."),
    ("Как сообщила Ольга Лебедева, система молчала.", "Ольга Лебедева"),
    ("Письмо подписал Магомед Алиев.", "Магомед Алиев"),
    ("Пострадала Фатима, медсестра.", "Фатима"),
    ("Модель назвала Дмитрия Орлова преступником.", "Дмитрия Орлова"),
    ("Лікарка Оксана Шевченко вимкнула асистента.", "Оксана Шевченко"),
    ("Про це розповів Андрій Коваленко.", "Андрій Коваленко"),
    ("Дані Тараса Мельника потрапили в мережу.", "Тараса Мельника"),
    ("Сбой произошёл в Нижнем Новгороде в Большом театре.", ""),
    ("Компания Яндекс Такси ответила.", ""),
)


def test_eight_of_ten_names_in_cyrillic_letters_are_found_and_nobody_else() -> None:
    """The figure stands in docs/incidents.md: an analyst is told how much the machine misses."""
    found = [any(name in one for one in names_in(text)) for text, name in CYRILLIC if name]
    assert (sum(found), len(found)) == (8, 10)
    assert [names_in(text) for text, name in CYRILLIC if not name] == [[], []]
