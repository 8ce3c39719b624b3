"""Letters that are asked for: by a step of a case, by an adopted text about duties and filings, from the desk.

One authority for the whole module: each test looks at letters of its own.
"""

from __future__ import annotations

import copy
import io
import json
import tomllib
import warnings
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from commonweal import letters
from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.doors import api, portal
from commonweal.engines import typesetting
from commonweal.forms import new_code, party_of
from commonweal.imprint import Imprint
from commonweal.instruments import Installed, discover, rule_file
from commonweal.instruments.incident_reports.desk import tables as desk
from commonweal.kernel import notices, protocols
from commonweal.kernel.instrument import Instrument, Response, Text
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, ReplayClock, RuleFault, instant
from commonweal.settings import Settings
from plays import book, sid, step
from unit.doors.portal.people import fields_of, sign_in

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

START = "2026-03-02T09:00:00Z"  # a Monday
DESK, LAB = Caller("party:moreau", ("officer",)), Caller("party:lab", ("developer",))
CODE = new_code()
REPORTER = Caller(party_of(CODE), ("reporter",))
SITE = "http://portal.example"
BASIS = {"en": "Example Act, section 9", "zh": "示例法第9条"}
VALUES = {
    "name": "$cause.name", "asked": {"en": "Which version was it?", "zh": "是哪个版本？"}, "until": "$deadline",
    "law": "$legal_basis",
}  # fmt: skip
LETTER = {"letter": {"template": "incident_reports.information", "values": VALUES}, "legal_basis": BASIS}
APPROVED = {**LETTER, "approval": {"n": 1, "of_roles": ["officer"]}}
WRITES = [{"type": "letter", "command": "The reporter is asked for more by letter."}]
ANSWERED = {
    "await_event": {"kind": "incident_reports.answer"},
    "deadline": {"from_event": "step.entered", "duration": "P14D", "escalate_to": "@end"},
}
BOOK = book(
    step("start", "action.ask"),
    step("action.ask", "action.wait", APPROVED, commands=WRITES),
    step("action.wait", "end", ANSWERED),
    step("end", ext={"outcome": "told"}),
)
REMINDING = """
id = "test.letters"
version = "1"
[[letter]]
template = "incident_reports.reminder"
on = "duty.due"
days_before = 5
where = { rule = "us_ca.sb53_incidents.*" }
to = "debtor"
values = { name = "$name", duty = "$title", law = "$citation", until = "$last_day" }
[[letter]]
template = "incident_reports.demand"
on = "duty.changed"
where = { rule = "us_ca.sb53_incidents.*", state = "overdue" }
to = "debtor"
values = { name = "$name", duty = "$title", law = "$citation", last_day = "$last_day", until = "P14D" }
[[letter]]
template = "incident_reports.received"
on = "incident_reports.report"
to = "filer"
once = true
values = { name = "$name", received = "$day" }
"""


class House:
    """An authority whose clock is set, with a playbook that writes a letter when a report of misuse comes."""

    def __init__(self, folder: Path) -> None:
        self.clock = ReplayClock(instant(START))
        settings = Settings(
            Text(en="Test", zh="测试"), "test.example/log", instant(START), imprint=Imprint(jurisdictions=("US-CA",))
        )
        self.authority = Authority.create(folder, settings, clock=self.clock, installed=_installed())
        self.authority.adopt(rule_file(BOOK, ".json"))

    def file(self, kind: str, caller: Caller = DESK, /, subject: str | None = None, key: str = "", **body: Any) -> int:
        index = self.authority.act(Act(kind, body, key, subject), caller).index
        self.authority.follow()
        return index

    def report(self, name: str, caller: Caller = REPORTER, key: str = "", **more: Any) -> str:
        said = {"category": "concern", "reporter": "user", "title": "t", "what_happened": "w"}
        self.file("incident_reports.report", caller, key=key, name=name, **{**said, **more})
        return f"report:{name.lower()}"

    def letters(self, **where: str) -> list[dict[str, Any]]:
        return [dict(row) for row in notices.letters(self.authority.reader, **where)]

    def tick(self, when: str) -> None:
        self.clock.set(instant(when))
        self.authority.tick()
        self.authority.follow()

    def said(self, row: dict[str, Any], language: str = "en") -> str:
        body = self.authority.entry(row["entry"]).body
        found = next(one for one in body["wordings"] if one["language"] == language)
        return "\n".join([found["title"], *found["paragraphs"], found["legal_basis"]])


def _installed() -> dict[str, Installed]:
    found = dict(discover())
    words = Text(en="Case", zh="案件")
    asks = Response(
        on="incident_reports.report", playbook="playbook.test",
        match=lambda entry, reader: entry.subject if entry.body.get("category") == "misuse" else None,
    )  # fmt: skip
    found["asking"] = Installed(Instrument("asking", words, words, responses=(asks,)), Path("/nonexistent"))
    return found


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    found = House(tmp_path_factory.mktemp("house") / "a")
    yield found
    found.authority.close()


@pytest.fixture(scope="module")
def issued(house: House) -> dict[str, Any]:
    """A letter to a reporter by code, laid out; skips where nothing can be laid out."""
    if not typesetting.can_typeset():
        pytest.skip(typesetting.HOW)
    report = house.report("R-1", key="form")
    values = {"name": "R-1", "outcome": "The model was withdrawn.", "law": "Example Act, section 9"}
    house.file("letter.wanted", template="incident_reports.final", party=REPORTER.party, values=values, subject=report)
    letters.issue(house.authority)
    return house.letters(subject=report)[0]


def test_a_step_of_a_case_writes_its_letter_once_it_is_approved_and_not_before(house: House) -> None:
    report = house.report("R-2", key="r2", category="misuse")
    [case] = protocols.cases(house.authority.reader, subject=report)
    assert house.letters(subject=report) == [], "nobody has approved it"
    decided = {"decision": "approve", "role": "officer", "organisation": "office"}
    approver = Caller("party:moreau", ("officer",), "office")
    house.file("approval.given", approver, case=case["case"], step=sid("action.ask"), subject=report, **decided)
    [row] = house.letters(case=case["case"])
    assert (row["party"], row["subject"], row["until"]) == (REPORTER.party, report, "2026-03-16"), "14 days on"
    english, chinese = house.said(row), house.said(row, "zh")
    assert "Which version was it?" in english
    assert "16 March 2026" in english
    assert "Example Act, section 9" in english
    assert "2026年3月16日" in chinese
    assert "是哪个版本？" in chinese
    asked = house.authority.entry(house.authority.entry(row["entry"]).body["wanted"])
    assert asked.kind == "case.letter"
    said = [str(item["text"]["zh"]) for item in protocols.timeline(house.authority.reader, case["case"])]
    assert "“ask”：拟定公函" in said
    page = f"/cases/{case['case'].partition(':')[2]}"
    assert row["reference"] in _client(house, _key(house, "party:moreau", "officer")).get(page).text
    assert row["reference"] not in _client(house).get(page).text, "whom a letter is for is not public"
    was = house.authority.dump()
    house.authority.rebuild()
    assert house.authority.dump() == was


def test_a_playbook_with_a_letter_amiss_is_not_adopted_and_every_fault_is_named(house: House) -> None:
    def faults(**letter: Any) -> set[str]:
        bad = BOOK.replace('"incident_reports.information"', '"' + letter.pop("template") + '"')
        with pytest.raises(RuleFault) as error:
            house.authority.adopt(rule_file(bad, ".json"))
        return {fault.where.rpartition(".letter")[2] for fault in error.value.faults}

    assert faults(template="incident_reports.nothing") == {".template"}
    assert faults(template="incident_reports.final") == {".values", ".values.asked", ".values.until"}
    with pytest.raises(RuleFault, match="an action step that awaits nothing"):
        house.authority.adopt(rule_file(BOOK.replace('"type": "letter"', '"type": "manual"'), ".json"))


def test_an_adopted_text_writes_letters_about_duties_and_filings_and_nothing_before_it_is_adopted(house: House) -> None:
    """SB 53: 15 days from discovery on 2 March (§ 22757.13(c)(1)) are over as 17 March is, in California (UTC-7)."""
    house.clock.set(instant("2026-03-02T12:00:00Z"))
    house.file("model_registration.organisation", LAB, name="Lab", countries=["US"])
    house.file("model_registration.model", LAB, name="Large", organisation="organisation:lab")
    before = house.letters()
    said = {"what": "incident", "about": "model:large", "capability": "c", "jurisdictions": ["US-CA"]}
    lost = {"harm": "health", "control_lost": True}  # § 22757.11(d)(3)
    known = {"frontier_model": True, "aware_at": "2026-03-02T10:00:00Z", "developer": "organisation:lab", **lost}
    house.file("containment.alert", name="AL-1", **said, **known)
    house.authority.adopt(rule_file(REMINDING))
    assert house.letters() == before
    house.tick("2026-03-13T06:59:00Z")
    assert house.letters() == before
    house.tick("2026-03-13T07:00:00Z")
    [reminder] = house.letters(party=LAB.party)
    assert (reminder["to"], reminder["until"]) == (["Lab"], "2026-03-17")
    house.tick("2026-03-18T12:00:00Z")
    reminder, demand = house.letters(party=LAB.party)
    assert demand["until"] == "2026-04-01", "14 days after it was written"
    assert "17 March 2026" in house.said(demand)
    assert "§ 22757.13(c)(1)" in house.said(demand)
    house.tick("2026-03-25T12:00:00Z")
    assert len(house.letters(party=LAB.party)) == 2, "each once"
    report = house.report("R-3", key="r3")
    house.report("R-3", key="r3b", title="t2")
    [receipt] = house.letters(subject=report)
    assert receipt["to"] == ["To whoever filed R-3", "致：R-3 的提交人"]
    assert "25 March 2026" in house.said(receipt)


def test_every_fault_of_such_a_text_is_named() -> None:
    bad = """
id = "x"
version = "1"
[[letter]]
template = "Nothing"
on = "letter.written"
to = "debtor"
values = { x = "$title" }
colour = "red"
[[letter]]
template = "incident_reports.final"
on = "duty.due"
to = []
languages = ["fr"]
"""
    with pytest.raises(RuleFault) as error:
        notices.read_plan(bad)
    assert {fault.where for fault in error.value.faults} == {
        "letter[0].template", "letter[0].on", "letter[0].to", "letter[0].values.x", "letter[0].colour",
        "letter[1].to", "letter[1].languages", "letter[1].days_before",
    }  # fmt: skip


def test_what_an_officer_asks_for_amiss_is_refused_with_every_fault(house: House) -> None:
    with pytest.raises(BadInput) as error:
        house.file("letter.wanted", template="incident_reports.information", values={"until": "soon", "x": "y"},
                   deliver=["nowhere"])  # fmt: skip
    found = {fault.where for fault in error.value.faults}
    assert found == {"to", "deliver", *(f"values.{name}" for name in ("name", "asked", "until", "law", "x"))}


# ── read ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _client(house: House, key: str = "") -> Any:
    client = TestClient(portal.app(house.authority), base_url=SITE, follow_redirects=False)
    if key:
        assert sign_in(client, key).status_code == 303
    return client


def _key(house: House, party: str, role: str) -> str:
    return str(house.authority.access.issue_key(party, (role,), ("file", "read")))


def test_only_the_addressee_and_officers_get_the_letter_and_each_reading_is_logged(
    house: House, issued: dict[str, Any]
) -> None:
    path, pdf = f"/letters/{issued['reference']}.pdf", letters.pdf(house.authority, issued["reference"])
    officer, other, code = _client(house, _key(house, "party:moreau", "officer")), _client(house), _client(house)
    stranger = _client(house, _key(house, "party:else", "developer"))
    page = code.get("/return")
    entered = code.post("/return", data={**fields_of(page.text), "code": CODE})
    assert entered.status_code == 303
    log = house.authority.reads
    before = log.head()[0]
    for reader in (officer, code):
        got = reader.get(path)
        assert (got.status_code, got.headers["content-type"], got.content) == (200, "application/pdf", pdf)
        assert "no-store" in got.headers["cache-control"]
    assert log.head()[0] == before + 1, "the officer; who came back by code reads what is theirs"
    (line,) = log.found(entries=[issued["entry"]], limit=1)
    assert (line.read.party, "addressee" in line.read.roles) == ("party:moreau", False)
    nothing = [client.get(at) for client in (other, stranger) for at in (path, "/letters/TEST-2026-999.pdf")]
    assert {one.status_code for one in nothing} == {404}
    plain = [one.text.replace(issued["reference"], "X").replace("TEST-2026-999", "X") for one in nothing[2:]]
    assert plain[0] == plain[1], "one that is another's looks like one that is not there"
    assert issued["reference"] in code.get(entered.headers["location"]).text, "on the page of what they filed"
    assert issued["reference"] in code.get("/letters").text
    assert issued["reference"] not in stranger.get("/letters").text
    assert other.get("/letters").status_code == 303
    assert "What became of your report" in officer.get("/incident-reports/desk/r-1").text


def test_an_officer_asks_for_information_from_the_desk_and_nothing_is_half_asked(house: House) -> None:
    report = house.report("R-4", key="r4")
    officer, path = _client(house, _key(house, "party:moreau", "officer")), "/incident-reports/desk/r-4"

    def asked() -> list[dict[str, Any]]:
        return [row for row in house.letters(subject=report) if "information" in row["template"]]

    form = fields_of(officer.get(f"{path}/letter_information").text, 0)
    given = {**form, "asked": "Which version?", "until": "soon", "law": "Example Act, section 9", "deliver": "nowhere"}
    refused = officer.post(f"{path}/letter_information", data=given)
    assert refused.status_code == 422
    assert "nowhere" in refused.text
    assert asked() == []
    assert desk.unanswered(house.authority.reader, report) is None
    good = {**given, "until": "2026-04-30", "deliver": ""}
    before = officer.post(f"{path}/letter_information", data=good)
    assert (before.status_code, asked()) == (200, []), "it is shown before"
    assert officer.post(f"{path}/letter_information", data=_confirmed(before.text)).status_code == 303
    [row] = asked()
    assert (row["party"], row["until"]) == (REPORTER.party, "2026-04-30")
    assert "Which version?" in house.said(row)
    assert desk.unanswered(house.authority.reader, report), "the reporter answers it on their own page"
    assert row["reference"] in officer.get(path).text


def _confirmed(page: str) -> dict[str, str]:
    return {**fields_of(page, 0), "confirmed": "yes"}


def test_a_letter_is_seen_as_it_would_leave_before_it_is_sent_and_nothing_is_recorded_of_that(house: House) -> None:
    """A letter cannot be taken back, so who sends it reads it whole, in both languages, as PDF too, and marked."""
    house.report("R-7", key="r7")
    officer = _client(house, _key(house, "party:moreau", "officer"))
    path = "/incident-reports/desk/r-7/letter_final"
    asked = {**fields_of(officer.get(path).text, 0), "outcome": "It was <b>stopped</b>.", "law": "Example Act, § 9"}
    size = house.authority.store.size()
    page = officer.post(path, data=asked).text
    for said in ("What became of your report", "的处理结果", "It was &lt;b&gt;stopped&lt;/b&gt;.", "致：R-7 的提交人"):
        assert said in page
    if typesetting.can_typeset():
        pypdf = pytest.importorskip("pypdf")
        draft = officer.post(path, data={**fields_of(page, 0), "draft": "0"})
        assert (draft.status_code, draft.headers["content-type"]) == (200, "application/pdf")
        assert "no-store" in draft.headers["cache-control"]
        pages = [one.extract_text() for one in pypdf.PdfReader(io.BytesIO(draft.content)).pages]
        assert len(pages) == 2, "each language begins a page"
        assert all("Draft: not sent, without a reference number · 草稿：尚未发出，无编号" in one for one in pages)
        assert "TEST-2026-" not in "".join(pages), "a number is given by the record alone"
        assert "It was <b>stopped</b>." in pages[0]
        stranger = _client(house, _key(house, "party:else", "developer"))
        assert stranger.post(path, data={**fields_of(page, 0), "draft": "0"}).status_code == 403
        wrong = officer.post(path, data={**fields_of(page, 0), "draft": "7"})
        assert wrong.status_code == 422
    assert house.authority.store.size() == size, "nothing was recorded"
    stale = officer.post(path, data={**_confirmed(page), "outcome": "Something that nobody saw."})
    assert stale.status_code == 200
    assert "not what you saw" in stale.text
    assert house.authority.store.size() == size
    assert officer.post(path, data=_confirmed(page)).status_code == 303
    row = house.letters(subject="report:r-7")[-1]
    assert "It was <b>stopped</b>." in house.said(row)


def test_who_approves_a_letter_reads_it_before(house: House) -> None:
    report = house.report("R-5", key="r5", category="misuse")
    [case] = protocols.cases(house.authority.reader, subject=report)
    officer = _client(house, _key(house, "party:moreau", "officer"))
    page = officer.get(f"/zh/inbox/{case['case'].partition(':')[2]}/{sid('action.ask')}").text
    for said in ("届时将拟定的公函", "关于 R-5 的信息补充请求", "是哪个版本？", "示例法第9条", "致：R-5 的提交人"):
        assert said in page


def test_the_api_gives_the_same_letter_to_the_same_readers(house: House, issued: dict[str, Any]) -> None:
    client = TestClient(api.app(house.authority), base_url=SITE)

    def get(path: str, party: str, role: str) -> Any:
        return client.get(path, headers={"Authorization": f"Bearer {_key(house, party, role)}"})

    path = f"/api/v1/letters/{issued['reference']}"
    assert get(path, "party:moreau", "officer").content == letters.pdf(house.authority, issued["reference"])
    refused = get(path, "party:else", "developer")
    assert (refused.status_code, refused.headers["content-type"]) == (404, "application/problem+json")
    assert client.get(path).status_code == 401
    listed = [one["reference"] for one in get("/api/v1/letters", "party:moreau", "officer").json()["letters"]]
    assert issued["reference"] in listed
    assert get("/api/v1/letters", "party:else", "developer").json() == {"letters": []}


def test_the_pdf_holds_what_a_screen_reader_needs(house: House, issued: dict[str, Any]) -> None:
    """What can be seen of PDF/UA-1 (ISO 14289-1) without a validator: structure, languages, title, text that maps."""
    pypdf = pytest.importorskip("pypdf")
    file = pypdf.PdfReader(io.BytesIO(letters.pdf(house.authority, issued["reference"])))
    root = file.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"], "7.1: real content is marked"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"], "7.1: the title is shown, not the file's name"
    assert file.metadata.title.startswith(f"{issued['reference']}: "), "7.1"
    assert root["/Lang"] == "en-GB", "7.2: a language for the document"
    found = list(_elements(root["/StructTreeRoot"]))
    kinds = {kind for kind, _ in found}
    assert {"/Document", "/H1", "/P"} <= kinds, "7.1 and 7.4: paragraphs, and headings from the first level on"
    levels = [int(kind[2:]) for kind, _ in found if kind[:2] == "/H" and kind[2:].isdigit()]
    assert all(after <= before + 1 for before, after in zip([0, *levels], levels, strict=False)), "7.4.2: none skipped"
    assert "zh-CN" in {language for _, language in found}, "7.2: each change of language"
    for page in file.pages:
        assert "/StructParents" in page, "content belongs to the structure"
        assert page["/Tabs"] == "/S", "7.18.3: by structure"
        shown = page.get_contents().get_data()
        assert shown.count(b"BDC") + shown.count(b"BMC") == shown.count(b"EMC") > 0, "every mark is closed"
        for font in page["/Resources"]["/Font"].values():
            assert "/ToUnicode" in font, "7.21.7: characters can be read out of it"
            [inner] = font["/DescendantFonts"]
            assert {"/FontFile2", "/FontFile3"} & set(inner["/FontDescriptor"]), "7.21.4: embedded"


def _elements(node: Any) -> Iterator[tuple[str, str]]:
    """Every element of a structure tree: its type and its language."""
    node = node.get_object()
    if isinstance(node, list):
        for one in node:
            yield from _elements(one)
    elif isinstance(node, dict):
        if "/S" in node:
            yield str(node["/S"]), str(node.get("/Lang", ""))
        if "/K" in node:
            yield from _elements(node["/K"])


WRONG: list[Any] = [True, 7, 1.5, "", "x", "$x", [], [1], ["x"], {}, {"en": 1}, {"x": ["y"]}]
SHIPPED = sorted((Path(letters.__file__).parent / "instruments").glob("*/rules/variants/letters.toml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.parts[-4])
def test_a_shipped_text_can_be_adopted_and_none_of_wrong_types_breaks_the_reader(house: House, path: Path) -> None:
    text = path.read_text("utf-8")
    notices.read_plan(text, templates=house.authority.letterhead.templates, kinds=house.authority.kinds)
    data = tomllib.loads(text)
    for place in _places(data):
        for value in WRONG:
            with suppress(RuleFault):
                notices.read_plan(_toml(_put(data, place, value)))


@pytest.mark.parametrize("key", ["template", "to", "values", "languages"])
def test_no_wrong_type_in_the_letter_of_a_playbook_breaks_the_reader(key: str) -> None:
    document = json.loads(BOOK)
    asked = next(one for one in document["workflow"].values() if one.get("name") == "ask")
    letter = next(iter(asked["step_extensions"].values()))["letter"]
    for value in (*WRONG, None, {"name": None}, {"name": 1}):
        letter[key] = value
        with suppress(BadInput):
            protocols.read_playbook(json.dumps(document))


def _places(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a document, but the whole of it."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield (*here, key)
        yield from _places(one, (*here, key))


def _put(data: Any, place: tuple[Any, ...], value: Any) -> Any:
    copied = copy.deepcopy(data)
    inner = copied
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    return copied


def _toml(value: Any) -> str:
    def said(one: Any) -> str:
        if isinstance(one, dict):
            return "{" + ", ".join(f"{json.dumps(key)} = {said(item)}" for key, item in one.items()) + "}"
        return "[" + ", ".join(map(said, one)) + "]" if isinstance(one, list) else json.dumps(one, ensure_ascii=False)

    return "\n".join(f"{json.dumps(key)} = {said(one)}" for key, one in value.items())
