"""The pages of a safety case: who may read the argument, what stands there, and that it is changed without scripts."""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.envelopes import DOCUMENT, policy_text, signer
from tests.unit.doors.portal.people import sign_in

from case_office import evidence
from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.doors.portal import app
from commonweal.instruments import discover, rule_file
from commonweal.instruments.safety_cases import approving
from commonweal.instruments.safety_cases.formats import ltac
from commonweal.kernel import authorisations, registry
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, ReplayClock, Text, instant
from commonweal.settings import Settings

LAB, DESK = Caller("party:lab", ("developer",)), Caller("party:desk", ("officer",))
CRITIC = Caller("party:critic", ("observer",))
PATH, SECRET = "/safety-cases/release-2", "weak-spot-of-the-system"
OUTLINE = f"- Claim Top: Safe\n  - Claim A: It lacks the {SECRET}\n    - Evidence E: Log\n"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    clock = ReplayClock(instant("2026-11-01T08:00:00Z"))
    settings = Settings(Text(en="Office", zh="机关"), "office.example/log", clock.now(), replay=True)
    installed = {name: item for name, item in discover().items() if name in ("safety_cases", "model_registration")}
    place = tmp_path_factory.mktemp("cases") / "office"
    with Authority.create(place, settings, clock=clock, installed=installed) as authority:
        argument = ltac.read({"c": OUTLINE.encode()}).model_dump(mode="json", exclude_defaults=True)
        plain = {"name": "Release 2", "system_named": "M", "setting": "Hosted", "claim": "It is safe enough"}
        body = {**plain, "argument": argument, "bindings": [{"element": "E", "entry": evidence(authority)}]}
        authority.act(Act("safety_cases.case", body, ""), LAB)
        authority.follow()
        yield authority


def client(office: Authority, caller: Caller) -> Any:
    found = TestClient(app(office), base_url="http://portal.example", follow_redirects=False)
    key = office.access.issue_key(caller.party, caller.roles, ("file", "read"))
    assert sign_in(found, str(key)).status_code == 303
    return found


def test_the_argument_is_for_the_authority_and_whoever_filed_it(office: Authority) -> None:
    for caller, reads in ((DESK, True), (LAB, True), (CRITIC, False)):
        page = client(office, caller).get(PATH)
        assert page.status_code == 200
        assert "It is safe enough" in page.text
        assert (SECRET in page.text) == reads
        assert client(office, caller).get(f"{PATH}/case.json").status_code == (200 if reads else 404)


def test_everybody_is_led_from_the_list_to_what_is_public_of_a_case(office: Authority) -> None:
    """The list and the subject led to a leaf of the record, and the case's own page was closed to the public."""
    public = TestClient(app(office), base_url="http://portal.example")
    listed = public.get("/safety_cases/cases").text
    assert f'href="{PATH}"' in listed
    assert public.get("/subjects/safety_case:release-2").headers.get("location", PATH) == PATH
    for language, since in (("", "since 1 November 2026"), ("/zh", "自2026年11月1日起")):
        page = public.get(language + PATH)
        assert page.status_code == 200
        for words in ("It is safe enough", "Hosted", since):
            assert words in page.text
        assert f'href="{language}/safety_cases/cases"' in page.text
        assert SECRET not in page.text
        assert "What you can do" not in page.text
    for end in ("/case.json", "/tea.json", "/say", "/weigh", "/edit"):
        assert public.get(PATH + end).status_code == 403
    assert SECRET not in listed


WORDS_OF_FILER = "These are words of whoever filed it; what the argument claims is not public."


def test_everybody_reads_beside_the_state_whose_words_and_whose_case_it_is(office: Authority) -> None:
    """ "It poses no risk of any kind" stood in public as standing, over an argument that the logo is blue."""
    owner = Caller("party:owner", ("developer",))
    for kind, body in (
        ("organisation", {"name": "Aurora", "source": "invented"}),
        ("model", {"name": "Aurora Two", "organisation": "organisation:aurora", "source": "invented"}),
    ):
        office.act(Act(f"model_registration.{kind}", body, ""), owner)
        office.follow()
    argument = ltac.read({"c": OUTLINE.encode()}).model_dump(mode="json", exclude_defaults=True)
    plain = {"setting": "Hosted", "argument": argument, "bindings": [{"element": "E", "entry": evidence(office)}]}
    for name, claim, about, by in (
        ("Of the owner", "safe.", {"system": "model:aurora-two"}, owner),
        ("Of the office", "It poses no risk", {"system": "model:aurora-two"}, DESK),
        ("Of a rival", "It poses no risk", {"system_named": "Aurora Two"}, Caller("party:rival", ("developer",))),
    ):
        office.act(Act("safety_cases.case", {"name": name, "claim": claim, **about, **plain}, ""), by)
        office.follow()
    public = TestClient(app(office), base_url="http://portal.example")
    computed = "The state is computed from what was filed. Nobody has approved it."
    told = {}
    for name in ("owner", "office", "rival"):
        at = f"/safety-cases/of-{'a' if name == 'rival' else 'the'}-{name}"
        told[name] = " ".join(re.sub("<[^>]+>", " ", html.unescape(public.get(at).text)).split())
        assert computed in told[name]
        zh = public.get(f"/zh{at}").text
        assert "状态系依所提交的内容计算得出。" in zh
        assert "无人批准。" in zh
        assert ("论证所主张者即为此" in zh, "此为提交者自述" in zh) == (name == "owner", name != "owner")
    assert f"{computed} The argument claims this, in these words." in told["owner"]
    assert f"{computed} {WORDS_OF_FILER}" in told["office"]
    assert f"{computed} {WORDS_OF_FILER}" in told["rival"]
    assert "Whose case it is Aurora Setting" in told["owner"]
    assert "Whose case it is this authority Setting" in told["office"]
    assert "Whose case it is somebody for whom no organisation is registered Setting" in told["rival"]
    rows = {row["case"]: row for row in public.get("/safety_cases/cases.json").json()}
    assert [rows[f"Of {name}"]["whose"] for name in ("the owner", "the office")] == [
        "organisation:aurora", "this authority",
    ]  # fmt: skip
    assert rows["Of the owner"]["argued"] == "The argument claims this, in these words."
    assert rows["Of a rival"]["argued"] == WORDS_OF_FILER
    assert {row["approved"] for row in rows.values()} == {"Nobody has approved it."}


def test_a_case_begun_without_a_claim_takes_what_its_argument_claims(office: Authority) -> None:
    lab, path = client(office, LAB), "/safety_cases/begin"
    said = {"name": "Without words", "system_named": "M", "setting": "Hosted", "begins": "ltac", "argument": OUTLINE}
    assert sent(lab, path, **said).status_code == 303
    office.follow()
    row = registry.subject(office.reader, "safety_case:without-words")
    assert row is not None
    assert row["body"]["claim"] == "Safe"
    only = sent(lab, path, **(said | {"name": "No claim", "argument": "- Evidence E: Log\n"}))
    assert only.status_code == 422
    assert "a goal that rests under no other" in html.unescape(only.text)


def test_what_is_merely_assumed_is_told_as_that_and_not_as_certain(office: Authority) -> None:
    """An outline with an assumption that nobody watches and nobody measured said [1.00, 1.00] of it."""
    outline = "- Claim Top: Safe\n  - Assumption Shut: The door stays shut\n  - Evidence E: Log\n"
    argument = ltac.read({"c": outline.encode()}).model_dump(mode="json", exclude_defaults=True)
    body = {"name": "Shut door", "system_named": "M", "setting": "Hosted", "claim": "It is safe enough"}
    rests = {"element": "E", "entry": evidence(office), "lower": 0.9, "upper": 0.95, "stated_by": "lab"}
    office.act(Act("safety_cases.case", {**body, "argument": argument, "bindings": [rests]}, ""), LAB)
    office.follow()
    page = html.unescape(client(office, DESK).get("/safety-cases/shut-door").text)
    assert "[1.00, 1.00]" not in page
    assert "If 1 assumption holds that nobody watches and nobody measured" in page
    assert "lies within [0.90, 0.95]" in page
    assert "what is left is [0.00, 0.95]" in page
    assert re.search(r'<a href="#e-\d+">Shut</a> The door stays shut', page), "it is listed, with where it stands"
    assert "if this holds: nobody watches or measured it" in page
    assert "[0.90, 0.95] if what is assumed below it holds, else [0.00, 0.95]" in page
    assert "若这 1 项无人监测亦无人度量的假设成立" in client(office, DESK).get("/zh/safety-cases/shut-door").text


def test_the_page_has_drawing_outline_state_and_files_in_both_languages(office: Authority) -> None:
    desk = client(office, DESK)
    page = desk.get(f"{PATH}?find=log&zoom=150").text
    assert '<svg class="gsn"' in page
    assert "found" in re.search(r'<g class="element solution[^"]*"', page)[0]  # type: ignore[index]
    assert re.search(r'Found: 1\.\s*<a href="#e-\d+">E</a>', page), "it leads to where it stands"
    assert "stands" in page
    assert "nobody said how likely it holds" in page
    assert "成立" in desk.get(f"/zh{PATH}").text
    assert json.loads(desk.get(f"{PATH}/case.json").content)["format"] == "commonweal.safety_case"
    assert json.loads(desk.get(f"{PATH}/tea.json").content)["version"] == "1.0"
    assert desk.get(f"{PATH}?zoom=7").status_code == 422
    assert desk.get("/safety-cases/none").status_code == 404


def sent(browser: Any, path: str, **fields: str) -> Any:
    form = browser.get(path).text
    hidden = dict(re.findall(r'name="(token|key)" value="([^"]+)"', form))
    return browser.post(path, data={**hidden, **fields})


def test_it_is_edited_as_text_and_challenged_without_scripts(office: Authority) -> None:
    lab, desk = client(office, LAB), client(office, DESK)
    wrong = sent(lab, f"{PATH}/edit", outline="- Claim Top: Safe\n   - Claim A: a\nwords\n")
    assert wrong.status_code == 422
    assert "line 2" in wrong.text
    assert "line 3" in wrong.text
    assert sent(lab, f"{PATH}/edit", outline=OUTLINE + "  - Claim B: Watched\n").status_code == 303
    office.follow()
    page = desk.get(PATH).text
    assert "Watched" in page
    assert "element B: added" in page
    assert sent(desk, f"{PATH}/say", against="A", text="Another scaffold succeeds").status_code == 303
    office.follow()
    assert "Another scaffold succeeds" in desk.get(PATH).text


def test_what_is_said_of_a_case_is_read_by_its_authors_who_are_told_and_answer_it(office: Authority) -> None:
    """An engineer had to answer a challenge of which they saw an empty box, and nothing waited for them."""
    said = {"case": "safety_case:release-2", "element": "E", "text": "words-of-the-critic"}
    lab, waits = client(office, LAB), "against your safety case that you have not answered"
    office.act(Act("safety_cases.said", said, "", subject="safety_case:release-2"), CRITIC)
    office.follow()
    for reader in (lab, client(office, DESK)):
        for path in (PATH, f"{PATH}/say"):
            assert "words-of-the-critic" in reader.get(path).text
    assert waits in lab.get("/inbox").text
    assert "受到质疑" in lab.get("/zh/inbox").text
    assert waits not in client(office, DESK).get("/inbox").text
    assert waits not in client(office, CRITIC).get("/inbox").text
    for entry in re.findall(r'<option value="(#\d+)"', lab.get(f"{PATH}/say").text):
        assert sent(lab, f"{PATH}/say", against=entry, text="It had the answers").status_code == 303
    office.follow()
    assert waits not in lab.get("/inbox").text


def test_what_is_said_of_a_case_is_answered_by_its_entry_before_that_is_published(tmp_path: Path) -> None:
    """Its authors were told that there is no such statement, which an auditor had weighed by its number."""
    clock = ReplayClock(instant("2026-11-01T08:00:00Z"))
    settings = Settings(Text(en="O", zh="机关"), "o.example/log", clock.now(), published_every=60)
    installed = {name: item for name, item in discover().items() if name in ("safety_cases", "model_registration")}
    with Authority.create(tmp_path / "o", settings, clock=clock, installed=installed) as house:
        argument = ltac.read({"c": OUTLINE.encode()}).model_dump(mode="json", exclude_defaults=True)
        body = {"name": "R", "system_named": "M", "setting": "Hosted", "claim": "Safe", "argument": argument}
        about = {"case": house.act(Act("safety_cases.case", body, ""), LAB) and "safety_case:r"}
        house.follow()
        doubt = house.act(Act("safety_cases.said", {**about, "element": "E", "text": "No"}, ""), CRITIC).index
        house.follow()
        assert house.public_size <= doubt
        answer = Act("safety_cases.said", {**about, "statement": doubt, "text": "Yes"}, "")
        assert house.act(answer, LAB).index > doubt
        with pytest.raises(BadInput):
            house.act(replace(answer, key="again"), Caller("party:stranger", ("developer",)))


def test_what_was_said_is_weighed_by_another_on_a_page(office: Authority) -> None:
    desk, critic = client(office, DESK), client(office, CRITIC)
    assert critic.get(f"{PATH}/weigh").status_code == 404, "its argument is not open to whoever challenges it"
    entry = re.findall(r'<option value="(\d+)"', desk.get(f"{PATH}/weigh").text)[-1]
    refused = sent(desk, f"{PATH}/weigh", statement=entry, verdict="", reasons="")
    assert refused.status_code == 422
    given = {"statement": entry, "verdict": "turned_away", "reasons": "It was tried"}
    assert sent(desk, f"{PATH}/weigh", **given).status_code == 303
    office.follow()
    assert "turned away" in desk.get(PATH).text


def test_evidence_is_bound_on_a_page_and_what_was_bound_is_filled_in(office: Authority) -> None:
    lab = client(office, LAB)
    wrong = sent(lab, f"{PATH}/bind?element=E", element="E", entry="x", watch="series", lower="high")
    assert wrong.status_code == 422
    for words in ("a whole number", "a number, such as 0.25", "say at least or at most"):
        assert words in wrong.text
    nowhere = sent(lab, f"{PATH}/bind?element=E", element="E", entry="999")
    assert nowhere.status_code == 422
    assert "an entry that stands on the register" in nowhere.text
    entry = str(evidence(office, "Other evidence"))
    given = {
        "element": "E",
        "entry": entry,
        "expires": "2027-03-01",
        "lower": "0.7",
        "upper": "0.9",
        "stated_by": "Lab",
    }
    watched = {"watch": "series", "watched": "solved", "about": "model:m", "at_most": "0.2"}
    assert sent(lab, f"{PATH}/bind?element=E", **given, **watched).status_code == 303
    office.follow()
    page = lab.get(f"{PATH}/bind?element=E").text
    assert 'value="2027-03-01"' in page
    assert "solved (model:m) ≤ 0.2" in page
    assert sent(lab, f"{PATH}/bind?element=E", **given).status_code == 303, "a condition that is not kept goes"
    office.follow()
    assert "solved" not in lab.get(f"{PATH}/bind?element=E").text


def test_a_review_is_asked_for_and_opens_the_argument_to_the_reviewer(office: Authority) -> None:
    desk, critic = client(office, DESK), client(office, CRITIC)
    asked = {"reviewer": CRITIC.party, "until": "2026-12-01", "text": "Look at A"}
    assert sent(desk, f"{PATH}/assign", **asked).status_code == 303
    office.follow()
    page = critic.get(PATH).text
    assert SECRET in page
    assert "review a safety case" in critic.get("/inbox").text
    assert sent(critic, f"{PATH}/remark", text="A is thin").status_code == 303
    office.follow()
    assert "A is thin" in desk.get(PATH).text
    assert "party:critic" in desk.get(PATH).text


def test_a_case_begins_with_a_template_or_with_what_others_wrote(office: Authority) -> None:
    lab = client(office, LAB)
    plain = {"name": "From a template", "system_named": "M", "setting": "Hosted", "claim": "It cannot"}
    assert sent(lab, "/safety_cases/begin", **plain, begins="template.cyber_inability").status_code == 303
    bad = {"begins": "gsn2x", "argument": "G1:\n  text: Safe\n  supportedBy: [G9]\n"}
    assert sent(lab, "/safety_cases/begin", **(plain | {"name": "Bad"}), **bad).status_code == 422
    good = {"begins": "gsn2x", "argument": "G1:\n  text: Safe\n  supportedBy: [Sn1]\nSn1:\n  text: Log\n"}
    assert sent(lab, "/safety_cases/begin", **(plain | {"name": "Good"}), **good).status_code == 303
    office.follow()
    page = lab.get("/safety-cases/good").text
    assert "supportedBy" in page, "it is offered to gsn2x again"
    assert 'href="#e-0"' in page
    assert 'id="e-0"' in page


def test_a_case_is_begun_from_a_file_and_each_fault_is_told_by_its_file(office: Authority) -> None:
    """Two modules of gsn2x, the second of which cites what is not there; then one that can be read."""
    lab = client(office, LAB)
    given = {"name": "Release 9", "system_named": "M", "setting": "Hosted", "claim": "Safe", "begins": "gsn2x"}
    form = lab.get("/safety_cases/begin").text
    hidden = dict(re.findall(r'name="(token|key)" value="([^"]+)"', form))
    bad = b"module:\n  name: m\nG1:\n  text: Safe\n  supportedBy: [Sn7]\n"
    wrong = lab.post("/safety_cases/begin", data={**hidden, **given}, files={"file.files": ("m.gsn.yaml", bad)})
    assert wrong.status_code == 422
    assert "Sn7" in wrong.text
    good = b"G1:\n  text: Safe from a file\n  supportedBy: [Sn1]\nSn1:\n  text: Log\n"
    form = lab.get("/safety_cases/begin").text
    hidden = dict(re.findall(r'name="(token|key)" value="([^"]+)"', form))
    done = lab.post("/safety_cases/begin", data={**hidden, **given}, files={"file.files": ("m.gsn.yaml", good)})
    assert done.status_code == 303, done.text
    office.follow()
    assert "Safe from a file" in lab.get("/safety-cases/release-9").text


def test_a_new_version_from_a_file_is_filed_once_what_it_changes_was_seen(office: Authority) -> None:
    """A page took files for new cases alone, and nobody saw what a new version changed before it stood."""
    lab = client(office, LAB)
    plain = {"name": "From a file", "system_named": "M", "setting": "Hosted", "claim": "It cannot"}
    first = {"begins": "gsn2x", "argument": "G1:\n  text: Safe\n  supportedBy: [Sn1]\nSn1:\n  text: Log\n"}
    assert sent(lab, "/safety_cases/begin", **plain, **first).status_code == 303
    office.follow()
    path = "/safety-cases/from-a-file/replace"
    said = {"form": "gsn2x", "setting": "Hosted", "claim": "It cannot", "argument": first["argument"]}
    assert "says this already" in sent(lab, path, **said).text
    assert sent(lab, path, **(said | {"argument": "G1:\n  supportedBy: [G9]\n"})).status_code == 422
    said["argument"] = "G1:\n  text: Safe here\n  supportedBy: [Sn2]\nSn2:\n  text: Log\n"
    seen = sent(lab, path, **said)
    for words in ("What will be recorded", "element Sn1: removed", "“Safe” → “Safe here”"):
        assert words in seen.text
    office.follow()
    assert "Safe here" not in lab.get("/safety-cases/from-a-file").text, "nothing is recorded before that was seen"
    assert "元素 Sn1：删除" in sent(lab, f"/zh{path}", **said).text
    assert sent(lab, path, **said, confirmed="yes").status_code == 303
    office.follow()
    assert "Safe here" in lab.get("/safety-cases/from-a-file").text


def test_a_proof_is_checked_by_a_page_and_told_beside_what_rests_on_it(office: Authority) -> None:
    """The checker had no way in: a proof was evidence that nobody could file. What it does not show is said too."""
    lab, path = client(office, LAB), "/safety_cases/prove"
    formula, proof = b"p cnf 2 3\n1 0 -1 2\n0 -2 0\n", b"4 0 1 2 3 0\n"
    plain = {"name": "Bounded controller", "shows": "No state is forbidden"}

    def send(proof: bytes) -> Any:
        hidden = dict(re.findall(r'name="(token|key)" value="([^"]+)"', lab.get(path).text))
        one, two = ({"file.files": (name, data)} for name, data in (("formula.txt", formula), ("proof.txt", proof)))
        added = lab.post(path, data={**hidden, **plain, "change": "add:files"}, files=one)
        named = html.unescape(re.findall(r'name="files" value="([^"]+)"', added.text)[0])
        return lab.post(path, data={**hidden, **plain, "files": named}, files=two)

    both = [("file.files", ("a.txt", formula)), ("file.files", ("b.txt", proof))]
    hidden = dict(re.findall(r'name="(token|key)" value="([^"]+)"', lab.get(path).text))
    told = lab.post(path, data={**hidden, **plain}, files=both)
    assert (told.status_code, "send this one by its own button, and then the other" in told.text) == (422, True)
    wrong = send(b"4 0 1 2 0\n")
    assert wrong.status_code == 422
    assert "a proof whose every step follows" in wrong.text
    done = send(proof)
    assert done.status_code == 303, done.text
    office.follow()
    row = registry.subject(office.reader, "proof:bounded-controller")
    assert row is not None
    assert {name: row["body"][name] for name in ("clauses", "steps", "used")} == {"clauses": 3, "steps": 1, "used": 3}
    body = {"name": "Proven", "system_named": "M", "setting": "Hosted", "claim": "Safe enough", "bindings": [
        {"element": "E", "entry": row["entry"]}], "argument": ltac.read({"c": OUTLINE.encode()}).model_dump(
        mode="json", exclude_defaults=True)}  # fmt: skip
    office.act(Act("safety_cases.case", body, ""), LAB)
    figures = {
        "name": "Leaks",
        "quantity": "Leaks a day",
        "at_most": "0.01",
        "confidence": "0.95",
        "by_method": "Exact",
    }
    assert sent(lab, "/safety_cases/guarantee", **figures, source=str(row["entry"])).status_code == 303
    office.follow()
    page = lab.get("/safety-cases/proven").text
    assert hashlib.sha256(formula).hexdigest() in page
    assert "Not proved: that the formula says" in page
    own = sent(
        lab, "/safety_cases/guarantee", **(figures | {"name": "Rate", "at_least": "0.00999"}), source=str(row["entry"])
    )
    assert own.status_code == 303
    office.follow()
    bounds = re.sub("<[^>]+>", " ", client(office, DESK).get("/subjects/guarantee:rate").text)
    assert re.search(r"at_least\s+0\.00999\s", bounds), "a bound is not rounded to another"


def test_an_approval_is_asked_for_signed_and_recorded_by_pages(office: Authority) -> None:
    """The key of an organisation never comes here: the page shows what it signs, and takes the signature."""
    body = {"name": "Release 4", "system_named": "M", "setting": "Hosted", "claim": "Safe enough", "bindings": [
        {"element": "E", "entry": evidence(office)}], "argument": ltac.read({"c": OUTLINE.encode()}).model_dump(
        mode="json", exclude_defaults=True)}  # fmt: skip
    office.act(Act("safety_cases.case", body, ""), LAB)
    office.follow()
    path, desk = "/safety-cases/release-4", client(office, DESK)
    assert desk.get(f"{path}/ask").status_code == 404, "no policy says who approves"
    assert f"{path}/ask" not in desk.get(path).text
    office.adopt(rule_file(policy_text().replace('action = "disclose"', f'action = "{approving.ACTION}"')))
    office.follow()
    assert f"{path}/ask" in desk.get(path).text
    assert "Nobody has asked for the approval" in desk.get(f"{path}/approve").text, "no form without anything to choose"
    given = {"basis": "court_order", "citation": "Act, section 7", "document_sha256": DOCUMENT, "purpose": "Release"}
    assert sent(desk, f"{path}/ask", **given, days="900").status_code == 422
    nonce = re.findall(r'name="nonce" value="([^"]+)"', desk.get(f"{path}/ask").text)[0]
    asked = sent(desk, f"{path}/ask", **given, days="7", nonce=nonce)
    assert asked.status_code == 303, asked.text
    office.follow()
    (row,) = authorisations.requests(office.reader)
    text = authorisations.request_text(row["body"])
    assert row["body"]["nonce"] == nonce
    assert html.escape(text.splitlines()[0], quote=True) in desk.get(path).text
    assert sent(desk, f"{path}/hand-in", signed="words").status_code == 422
    lines = [authorisations.sign(text, signer(name)) for name in ("court", "ministry")]
    handed = sent(desk, f"{path}/hand-in", signed=authorisations.note_of(text, lines))
    assert handed.status_code == 303, handed.text
    office.follow()
    assert "its quorum stands" in desk.get(path).text
    assert sent(desk, f"{path}/approve", request_sha256=row["id"]).status_code == 303
    office.follow()
    assert "by court, ministry" in desk.get(path).text
    assert "Approved by court, ministry." in TestClient(app(office), base_url="http://portal.example").get(path).text
