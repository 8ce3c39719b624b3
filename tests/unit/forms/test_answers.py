"""What people type becomes what the schema takes, or a problem that says which part of the answer is wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.forms import asked_pages, body_of, raw_from, raw_of, read_answer, read_form
from commonweal.kernel.disclosure import validate
from commonweal.kernel.instrument import Question
from commonweal.kernel.values import alike
from fairs import FAIR, FORM, KINDS, Fair

FORM_READ = read_form(FORM, KINDS, "fairs")
QUESTIONS = {question.field: question for question in FORM_READ.questions()}


def day(year: str, month: str = "", day: str = "", **more: str) -> dict[str, str]:
    return {name: text for name, text in {"year": year, "month": month, "day": day, **more}.items() if text}


def value(field: str, raw: Any) -> Any:
    found, problems = read_answer(QUESTIONS[field], raw, Fair)
    assert problems == []
    return found


def problem(field: str, raw: Any) -> tuple[str, str]:
    _, problems = read_answer(QUESTIONS[field], raw, Fair)
    return problems[0].code, problems[0].part


@pytest.mark.parametrize(
    ("field", "raw", "expected"),
    [
        ("visitors", "1,250", 1250),
        ("visitors", "１２", 12),
        ("visitors", "", None),
        ("insured", "yes", True),
        ("insured", "no", False),
        ("insured", "unknown", None),
        ("animals", ["lion", "horse"], ["lion", "horse"]),
        ("opened_on", day("2025", "2", "3"), "2025-02-03"),
        # ISO 8601-2:2019 (EDTF): how much is written is how much is known.
        ("occurred", day("2025"), "2025"),
        ("occurred", day("2025", "11", about="yes"), "2025-11~"),
        ("occurred", day("2025", "11", "28"), "2025-11-28"),
        # Berlin keeps UTC+2 in summer and UTC+1 in winter (Directive 2000/84/EC).
        ("occurred", day("2025", "7", "1", time="9:30", zone="Europe/Berlin"), "2025-07-01T09:30:00+02:00"),
        ("known_at", day("2025", "1", "5", time="23：59", zone="Asia/Shanghai"), "2025-01-05T23:59:00+08:00"),
        ("languages", "French\n\n  Swahili ", ["French", "Swahili"]),
        ("model", {"ids": ["fair:x"], "search": "x"}, "fair:x"),
        (
            "stalls",
            [{"goods": "Pears", "metres": "2.5"}, {"goods": "", "metres": ""}],
            [{"goods": "Pears", "metres": 2.5}],
        ),
    ],
)
def test_an_answer_becomes_the_value_that_the_schema_takes(field: str, raw: Any, expected: Any) -> None:
    assert value(field, raw) == expected


@pytest.mark.parametrize(
    ("field", "raw", "expected"),
    [
        ("what", "", ("missing", "")),
        ("what", "x" * 401, ("string_too_long", "")),
        ("visitors", "many", ("whole", "")),
        ("what", "turned \u202e round", ("forbidden_character", "")),
        ("visitors", "1.5", ("whole", "")),
        ("visitors", "-3", ("greater_than_equal", "")),
        ("visitors", "9" * 5000, ("whole", "")),
        ("sort", "parade", ("choice", "")),
        ("animals", ["lion", "cow"], ("choice", "")),
        ("opened_on", day("2025", "2", "30"), ("day", "day")),
        ("opened_on", day("25", "2", "3"), ("year", "year")),
        ("opened_on", day("2025"), ("month", "month")),
        ("occurred", day("2025", "", "3"), ("month", "month")),
        ("known_at", day("2025", "2", "3"), ("time", "time")),
        ("known_at", day("2025", "2", "3", time="25:00", zone="UTC"), ("time", "time")),
        ("known_at", day("2025", "2", "3", time="2:00"), ("zone", "zone")),
        # In Berlin the clock went from 2:00 to 3:00 on 30 March 2025.
        ("known_at", day("2025", "3", "30", time="2:30", zone="Europe/Berlin"), ("gap", "time")),
        ("languages", "\n".join("abcdef"), ("too_long", "")),
        ("stalls", [{"goods": "", "metres": "2"}], ("missing", "0.goods")),
        ("stalls", [{"goods": "Pears", "metres": "two"}], ("number", "0.metres")),
        ("stalls", [{"goods": "Pears", "metres": "0"}], ("greater_than", "0.metres")),
    ],
)
def test_what_is_wrong_is_said_of_the_part_at_fault(field: str, raw: Any, expected: tuple[str, str]) -> None:
    assert problem(field, raw) == expected


def test_where_a_day_is_enough_its_beginning_counts_in_the_zone_that_is_named() -> None:
    """Who knows the day alone is made to invent no time; what runs from it ends too early, never too late."""
    asked = replace(QUESTIONS["known_at"], day_enough=True)
    found = read_answer(asked, day("2025", "2", "3", zone="Europe/Berlin"), Fair)
    assert found == ("2025-02-03T00:00:00+01:00", [])
    _, [wrong] = read_answer(asked, day("2025", "2", "3", time="25:00", zone="Europe/Berlin"), Fair)
    assert (wrong.code, wrong.part) == ("time", "time")


def test_only_what_earlier_answers_call_for_is_asked_and_filed() -> None:
    answers: dict[str, Any] = {"sort": "market", "what": "It rained.", "animals": ["lion"], "harm.degree": "grave"}
    assert [page.id for page in asked_pages(FORM_READ, answers)] == ["sort", "what", "more"]
    body, problems = body_of(FORM_READ, answers, Fair)
    assert (body, problems) == ({"fictitious": True, "sort": "market", "what": "It rained."}, [])
    body, problems = body_of(FORM_READ, {**answers, "sort": "circus"}, Fair)
    assert body["harm"] == {"degree": "grave"}
    assert validate(FAIR, {**body, "name": "F-1"})["animals"] == ["lion"]


def test_what_was_filed_can_be_answered_again() -> None:
    """A new version begins from the words of the last, for every control."""
    answers = {
        "sort": "circus", "what": "A lion.", "occurred": day("2025", "7", "1", time="9:30", zone="Asia/Tokyo"),
        "insured": "no", "animals": ["lion"], "harm.degree": "slight", "opened_on": day("2025", "6", "1"),
        "known_at": day("2025", "7", "2", time="8:00", zone="UTC"), "visitors": "1200", "model": {"ids": ["fair:y"]},
        "languages": "French\nSwahili", "stalls": [{"goods": "Pears", "metres": "2.5"}],
    }  # fmt: skip
    body, problems = body_of(FORM_READ, answers, Fair)
    assert problems == []
    again = {question.field: raw_of(question, body) for question in FORM_READ.questions()}
    assert body_of(FORM_READ, again, Fair) == (body, [])


@given(st.datetimes(min_value=datetime(1900, 1, 2), max_value=datetime(2199, 12, 31)))
def test_a_fraction_of_a_second_is_kept(when: datetime) -> None:
    """What a program filed to the millisecond is shown so, and filed again so."""
    body = {"occurred": when.replace(tzinfo=UTC).isoformat()}
    found, problems = read_answer(QUESTIONS["occurred"], raw_of(QUESTIONS["occurred"], body), Fair)
    assert (problems, alike(found)) == ([], alike(body["occurred"]))


def test_a_page_that_was_sent_is_read_by_its_questions_alone() -> None:
    sent = {
        "q.stalls.0.goods": ["Pears"], "q.stalls.0.metres": ["1"], "q.stalls.1.goods": ["Figs"],
        "q.stalls.1.metres": [""], "q.what": ["first", "one\r\ntwo "], "q.animals": ["lion", "lion", "horse"],
        "q.occurred.year": ["2025"], "q.occurred.zone": ["UTC"], "q.other": ["x"],
    }  # fmt: skip

    def raw(field: str) -> Any:
        question: Question = QUESTIONS[field]
        return raw_from(question, sent)

    assert raw("stalls") == [{"goods": "Pears", "metres": "1"}, {"goods": "Figs", "metres": ""}]
    assert raw("what") == "one\ntwo"
    assert raw("animals") == ["lion", "horse"]
    assert raw("occurred") == {"year": "2025", "zone": "UTC"}


PARTS = (
    "",
    ".year",
    ".month",
    ".day",
    ".time",
    ".zone",
    ".about",
    ".ids",
    ".search",
    ".0.goods",
    ".0.metres",
    ".1.goods",
)
TYPED = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["2025", "2", "30", "29", "2:30", "99999999999999999999", "1e999", "-0", "nan", "١٢", "²", "UTC",
                     "yes", "lion", "market", "fair:x", "Europe/Berlin", "\x00", "\ud800", "1,2,3", "0x10", "9" * 400]),
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(PARTS), st.lists(TYPED, max_size=3)))
def test_whatever_is_typed_is_an_answer_or_a_problem_and_never_a_crash(parts: dict[str, list[str]]) -> None:
    for question in FORM_READ.questions():
        raw = raw_from(question, {f"q.{question.field}{part}": texts for part, texts in parts.items()})
        found, problems = read_answer(question, raw, Fair)
        assert found is None or problems or raw_of(question, nested(question.field, found)) is not None


def nested(path: str, found: Any) -> dict[str, Any]:
    """A body that holds one value, `harm.degree` within a table."""
    name, _, rest = path.partition(".")
    return {name: nested(rest, found) if rest else found}
