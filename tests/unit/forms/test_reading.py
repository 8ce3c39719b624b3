"""A form is held against its kind when it is loaded: one that could not be sent, or read in a language, is refused."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

import commonweal
from commonweal.forms import read_form, read_forms, shape_of
from commonweal.kernel.values import RuleFault
from fairs import FAIR, FORM, KINDS, Fair


def faults_of(text: str) -> dict[str, str]:
    with pytest.raises(RuleFault) as caught:
        read_form(text, KINDS, "fairs")
    return {fault.where: f"{fault.seen} | {fault.want}" for fault in caught.value.faults}


def test_a_form_is_read_with_what_its_schema_requires() -> None:
    form = read_form(FORM, KINDS, "fairs")
    required = [question.field for question in form.questions() if question.required]
    assert (form.kind, form.keeps_days, form.fixed) == (FAIR.id, 7, {"fictitious": True})
    assert required == ["sort", "what", "harm.degree"]
    assert str(form.pages[0].questions[0].choices[0].hint) == "with stalls"
    stalls = form.pages[-1].questions[-1]
    assert [(column.field, column.required) for column in stalls.columns] == [("goods", True), ("metres", False)]


@pytest.mark.parametrize(
    ("before", "after", "where", "words"),
    [
        ('field = "occurred"', 'field = "occured"', "page[2].question[2].field", "occurred"),
        ('value = "horse"', 'value = "cow"', "page[3].question[1].choice[1].value", "one of: horse, lion, dog"),
        ('control = "day"', 'control = "number"', "page[4].question[1].control", "takes day"),
        (', zh = "何时？" }', " }", "page[2].question[2].label", "lacking: zh"),
        ('zh = "报告集市"', 'zh = " "', "title", "lacking: zh"),
        ('reference = "name"', "", "page", "name is left out"),
        ('field = "what"', 'field = "ends"', "page", "what is left out"),
        ('is = ["circus"]', 'is = ["parade"]', "page[3].when.is", "some of: market, circus"),
        ('when = { field = "sort"', 'when = { field = "visitors"', "page[3].when.field", "earlier page"),
        ('field = "goods"', 'field = "metres"', "page[4].question[6].column", "goods is left out"),
        ("keeps_days = 7", "keeps_days = 900", "keeps_days", "from 1 to 60"),
        ('prefix = "F-"', 'prefix = "f/"', "prefix", "capital letters"),
        ('id = "animals"', 'id = "what"', "page[3].id", "no other page"),
        ('id = "animals"', 'id = "check"', "page[3].id", "no other page"),
        ("[fixed]\nfictitious", "[fixed]\nfictional", "fictional", "a field of fairs.fair"),
        ('field = "visitors"', 'field = "visitors"\nunless = "nobody"', "page[4].question[3].unless", "earlier page"),
        ('field = "visitors"', 'field = "insured"\nwhy = 1', "page[4].question[3].why", "one of: field"),
        ('kind = "fairs.fair"', 'kind = "fares.fair"', "kind", "a kind of this instrument: fairs.fair"),
        ('field = "opened_on"', 'field = "insured"', "page", "asked for once"),
    ],
)
def test_what_a_form_gets_wrong_is_named_with_its_place(before: str, after: str, where: str, words: str) -> None:
    assert before in FORM
    found = faults_of(FORM.replace(before, after, 1))
    assert where in found, found
    assert words in found[where]


ALSO = """
[[page]]
id = "owner"
title = { en = "Owner", zh = "业主" }
also = { kind = "fairs.owner", about = "fair" }
[[page.question]]
field = "contact"
label = { en = "How to reach them?", zh = "如何联系？" }
control = "text"
"""


@pytest.mark.parametrize(
    ("before", "after", "where", "words"),
    [
        ('kind = "fairs.owner"', 'kind = "fairs.other"', "page[5].also.kind", "may file too"),
        ('about = "fair"', 'about = "contact"', "page[5].also.about", "refers to a fair"),
        ('field = "contact"', 'field = "what"', "page[5].question[1].field", "a field of fairs.owner"),
        ('field = "contact"', 'field = "note"', "page[5].question", "contact is left out"),
    ],
)
def test_a_page_for_another_kind_is_held_against_that_one(before: str, after: str, where: str, words: str) -> None:
    assert read_form(FORM + ALSO, KINDS, "fairs").pages[-1].also == "fairs.owner"
    found = faults_of(FORM + ALSO.replace(before, after, 1))
    assert words in found.get(where, ""), found


def test_a_required_field_that_is_only_sometimes_asked_for_is_refused() -> None:
    late = FORM.replace('[[page.question]]\nfield = "what"', '[[page.question]]\nfield = "ends"\nXX', 1)
    late = late.replace('control = "long_text"', 'control = "day"', 1).replace("XX\n", "")
    late = late.replace('field = "opened_on"\nlabel = { en = "When did it open?", zh = "何时开放？" }\ncontrol = "day"',
                        'field = "what"\nlabel = { en = "W", zh = "何" }\ncontrol = "text"\n'
                        'when = { field = "sort", is = ["circus"] }')  # fmt: skip
    assert "what is left out" in faults_of(late)["page"]


def test_every_file_is_read_before_anything_is_refused(tmp_path: Path) -> None:
    (tmp_path / "forms").mkdir()
    (tmp_path / "forms" / "a.toml").write_text(FORM, "utf-8")
    (tmp_path / "forms" / "b.toml").write_text(FORM, "utf-8")
    (tmp_path / "forms" / "c.toml").write_text("id = 7", "utf-8")
    with pytest.raises(RuleFault) as caught:
        read_forms([("fairs", tmp_path)], KINDS)
    assert [fault.where for fault in caught.value.faults] == ["fairs/forms/b.toml: id", "fairs/forms/c.toml: kind"]


def test_shapes_say_what_the_schema_takes() -> None:
    def form(name: str) -> str | None:
        found = shape_of(Fair, name)
        return found and found.form

    names = ("what", "sort", "insured", "opened_on", "known_at", "visitors", "stalls", "harm", "harm.people")
    assert [form(name) for name in names] == [
        "text", "choice", "boolean", "day", "instant", "whole", "list", "table", "whole",
    ]  # fmt: skip
    what = shape_of(Fair, "what")
    assert what is not None
    assert (what.chars_max, what.required) == (400, True)
    assert shape_of(Fair, "no") is shape_of(Fair, "what.no") is None


def test_who_is_signed_in_is_not_promised_a_return_code() -> None:
    """A receipt gives a code to who files without a key alone: what a form says afterwards goes for both."""
    forms = sorted((Path(commonweal.__file__).parent / "instruments").glob("*/forms/*.toml"))
    told = [line["en"] for path in forms for line in tomllib.loads(path.read_text("utf-8")).get("after", ())]
    assert len(told) > 5
    assert [line for line in told if "return code" in line and "signed in" not in line] == []
