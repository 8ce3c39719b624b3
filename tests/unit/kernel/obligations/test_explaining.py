"""Why somebody owes this, and why by Tuesday: sentences that a stranger can follow, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from clock_cases import CASES, played
from commonweal.kernel.obligations import duties, duties_told, explanation
from duty_house import CLAUSES, House


def case(name: str) -> tuple[str, Mapping[str, Any]]:
    return next((file, item) for file, item in CASES if item["name"] == name)


def told(name: str, rule: str, language: str = "en") -> list[str]:
    table = played(*case(name))
    (row,) = duties_told(table.tables, lambda party: True, rule=rule, subject=table.subject)
    return [words[language] for words in explanation(table.tables, row)]


def test_why_by_tuesday() -> None:
    """Aware on Friday 4 December 2026, two days: each step of Regulation 1182/71, with what was on file."""
    assert told("two days from a Friday hold two working days", "eu.ai_act_incidents.widespread") == [
        "EU Artificial Intelligence Act: serious incidents, Regulation (EU) 2024/1689, Art. 73(3) with Art. 3(49)(b): "
        "Report a widespread infringement or disruption (EU, 2 days). Owed by the provider to the market surveillance "
        "authority of the Member State.",
        "Something was alerted or reported of a high-risk AI system, where the Act applies (Regulation (EU) 2024/1689, "
        "Arts. 2(1), 73(1)): it holds, by what follows.",
        "What was alerted or reported: one of incident, minor, near_miss, misuse, concern is asked for; on file is "
        "incident, known here since Friday 2026-12-04: it holds.",
        "Where the law applies: among others one of EU is asked for; on file is EU, known here since Friday "
        "2026-12-04: it holds.",
        "Whether it is about a high-risk AI system placed on the Union market: yes is asked for; on file is yes, known "
        "here since Friday 2026-12-04: it holds.",
        "A serious and irreversible disruption of critical infrastructure (Regulation (EU) 2024/1689, Art. 3(49)(b)): "
        "it holds, by what follows.",
        "The harm: among others one of infrastructure is asked for; on file is infrastructure, known here since Friday "
        "2026-12-04: it holds.",
        "What was alerted or reported: incident is asked for; on file is incident, known here since Friday 2026-12-04: "
        "it holds.",
        "Whether the disruption cannot be put right, or in part only: yes is asked for; on file is yes, known here "
        "since Friday 2026-12-04: it holds.",
        "Whether other Union law asks the provider for equivalent reports, or the system is (part of) a medical device "
        "(Art. 73(9), (10)): no is asked for; on file is no, known here since Friday 2026-12-04: it holds.",
        "The clock runs from: when it became known to the provider.",
        "The clock starts on Friday 2026-12-04, which is not counted itself.",
        "Counted by: Union periods (Reg. 1182/71), any Member State (Regulation (EEC, Euratom) No 1182/71 of 3 June "
        "1971, Arts. 2 and 3 (OJ L 124, 8.6.1971, p. 1)).",
        "2 days from Saturday 2026-12-05 end on Sunday 2026-12-06.",
        "Every day after it counts, weekends and holidays too; only a last day can move on.",
        "Sunday 2026-12-06 is closed (Sunday): on to Monday 2026-12-07.",
        "It must hold at least 2 working days and holds 1: on to Tuesday 2026-12-08.",
        "So it ends with Tuesday 2026-12-08.",
    ]  # fmt: skip


def test_the_same_in_chinese() -> None:
    words = told("two days from a Friday hold two working days", "eu.ai_act_incidents.widespread", "zh")
    assert words[1] == (
        "就适用本条例的高风险人工智能系统发出警报或提交报告（《（欧盟）2024/1689 号条例》第2条第1款、第73条第1款）："
        "符合，依据如下。"
    )
    assert words[2] == (
        "警报或报告事项：要求以下之一：“incident, minor, near_miss, misuse, concern”；"
        "在案为“incident”，本机关自2026-12-04（星期五）知悉：符合。"
    )
    assert words[10:13:2] == [
        "期限起算点：提供者知悉之时。",
        "计算依据：欧盟期限计算（第1182/71号条例），各成员国通用（《（欧洲经济共同体、欧洲原子能共同体）第 1182/71 "
        "号条例》（1971年6月3日）第2条和第3条（OJ L 124, 8.6.1971, p. 1））。",
    ]  # fmt: skip
    assert words[-1] == "因此于2026-12-08（星期二）结束时届满。"


def test_the_days_that_working_days_leave_out_are_named() -> None:
    """11 February to 2 March 2026: 15, 21, 22 February, 1 March; six weekdays of the festival; 14 and 28 are worked."""
    words = told("ten working days around the Spring Festival", "cn.algorithm_filing.filing")
    (left,) = [line for line in words if line.startswith("Not counted")]
    assert left.startswith("Not counted in between: 4 weekend days; Spring Festival (Monday 2026-02-16);")
    assert left.endswith("Spring Festival (Monday 2026-02-23).")
    (worked,) = [line for line in words if line.startswith("Counted, since worked")]
    assert worked == "Counted, since worked to make up for a holiday: Saturday 2026-02-14; Saturday 2026-02-28."


def test_what_is_not_known_is_said_with_the_end_that_would_hold() -> None:
    words = told("the harm is not known: each period may hold", "eu.ai_act_incidents.death")
    assert "The harm: among others one of death is asked for: not known." in words
    assert any(line.startswith("Not known: the harm. So it is open whether this is owed") for line in words)
    assert words[-1] == "So it ends with Monday 2026-10-19."


def test_whether_it_was_met_in_time_is_said_last() -> None:
    rule = "eu.ai_act_incidents.widespread"
    assert told("a report in the last second", rule)[-1] == "It was met on Tuesday 2026-12-08: in time."
    assert told("a report at midnight", rule)[-1] == "It was met on Wednesday 2026-12-09: late."
    assert told("nothing came", rule)[-1] == "Nothing is on record that meets it.", "to whoever owes it"
    table = played(*case("nothing came"))
    (row,) = duties(table.tables, rule=rule, subject=table.subject)
    assert explanation(table.tables, row)[-1]["en"].startswith("Its day has passed with nothing public that meets it.")


def test_a_clock_that_another_duty_starts_names_that_duty() -> None:
    words = told("a province reports on within an hour", "cn.cybersecurity_incidents.other_relay")
    assert (
        "The clock runs from when this was met: Report a cybersecurity incident: other operators (China, 4 hours)."
        in words
    )
    waits = told("two days from a Friday hold two working days", "eu.ai_act_incidents.measures")
    assert waits[-1] == (
        "Nothing is owed before this is met: Report a serious incident (EU, 15 days); or Report a widespread "
        "infringement or disruption (EU, 2 days); or Report a death (EU, 10 days)."
    )


@pytest.mark.parametrize(("file", "item"), CASES, ids=[f"{file}: {item['name']}" for file, item in CASES])
def test_every_duty_of_every_case_is_explained_in_both_languages(file: str, item: Mapping[str, Any]) -> None:
    table = played(file, item)
    for row in (*duties(table.tables), *duties(table.tables, private=True)):
        lines = explanation(table.tables, row)
        assert lines
        for line in lines:
            assert line["en"].strip()
            assert line["zh"].strip()
            assert line["en"] != line["zh"]
            assert not {"{", "}"} & set(line["en"] + line["zh"])


def test_what_is_not_public_is_not_told_of_a_public_row() -> None:
    house = House()
    text = CLAUSES.replace('zh = "严重", public = true', 'zh = "严重"').replace(
        "[rule.stoppable]", "[rule.stoppable]", 1
    )
    text = text.replace('citation = "Art. 1"', 'citation = "Art. 1"\npublic_outcome = true')
    text = text.replace('citation = "Art. 7"', 'citation = "Art. 7"\npublic_outcome = true')
    house.adopt("xx.law", "2025-06-01T00:00:00Z", text, version="1")
    house.file("register.model", "2025-06-02T10:00:00Z", "model:a", serious=True)
    (row,) = duties(house.tables, rule="xx.law.report")
    assert explanation(house.tables, row)[1]["en"] == "Serious: yes is asked for: what is on file is not public."
