"""What 19 U.S.C. 2318 says of wage insurance beside its amounts: not at the same firm, and whence two years run.

An employer who laid people off and took them back at three quarters of their pay had half of the cut paid by the fund.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from commonweal.instruments import rule_file
from commonweal.instruments.adaptive_safety_net import conversation, following, packages, programmes
from commonweal.instruments.adaptive_safety_net.amounts import Job, Worker, dues, months_from
from commonweal.kernel.values import BadInput
from net_house import Net, somebody

NEW: dict[str, Any] = {"began": "2026-05-01", "monthly": "3200.00"}
SAME = """[[claims.condition]]
fact = "same_firm"
"""
UNTIL = "[claims.until]\n"


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Net]:
    found = Net.found(tmp_path / "ministry")
    with found.authority:
        yield found


def brings(worker: Worker, begins: date, through: date) -> dict[date, int]:
    months = months_from(begins, through)
    lines = dues(packages.shipped()["wage_insurance"].data, worker, begins, through, dict.fromkeys(months, Fraction(1)))
    return {line.month: line.cents for line in lines if line.cents}


@pytest.mark.parametrize(
    ("same_firm", "answer", "state"),
    [("no", "eligible", "eligible"), ("yes", "not_eligible", "waits"), (None, "unknown", "waits")],
)
def test_work_at_the_firm_from_which_somebody_was_separated_is_not_granted(
    net: Net, same_firm: str | None, answer: str, state: str
) -> None:
    """19 U.S.C. 2318(a)(3)(B)(iv); what nobody said is asked for."""
    net.opened()
    net.at("2026-05-20T12:00:00Z")
    net.claim(jobs=[{**NEW, "same_firm": same_firm}])
    stands = net.standing()
    found = programmes.assessment(net.programme(), stands)
    assert (found.answer, stands.state) == (answer, state)
    assert found.missing == (["same_firm"] if same_firm is None else [])


def test_a_programme_opened_on_the_text_from_before_does_not_ask_where_the_work_is(net: Net) -> None:
    text = packages.texts_of("wage_insurance")[1].replace('version = "7"', 'version = "5"')
    text = text.replace('months_from = "earlier"\n', "")
    for table in (SAME, UNTIL):
        before, _, rest = text.partition(table)
        text = before + rest.partition("\n\n")[2]
    net.authority.adopt(rule_file(text))
    net.opened(version="5")
    net.at("2026-05-20T12:00:00Z")
    net.claim(jobs=[{**NEW, "same_firm": None}])
    assert net.standing().state == "eligible"


def test_days_with_work_at_that_firm_again_bring_nothing() -> None:
    """Elsewhere from May on; from 11 July to 20 August back at the firm, which ends neither the rest nor its months."""
    elsewhere = Job(date(2026, 5, 1), None, 3200_00, 40, "no")
    back = Job(date(2026, 7, 11), date(2026, 8, 20), 500_00, 20, "yes")
    found = brings(Worker(4200_00, [elsewhere, back]), date(2026, 5, 1), date(2026, 9, 1))
    assert list(found.values()) == [
        500_00,
        500_00,
        int(500_00 * Fraction(10, 31)),
        int(500_00 * Fraction(11, 31)),
        500_00,
    ]


@pytest.mark.parametrize(
    ("used_up", "last"),
    [(date(2026, 8, 16), date(2028, 8, 1)), (None, date(2029, 1, 1)), (date(2027, 3, 1), date(2029, 1, 1))],
    ids=["before the work", "never", "after the work"],
)
def test_two_years_run_from_the_earlier_of_benefits_used_up_and_new_work(used_up: date | None, last: date) -> None:
    """19 U.S.C. 2318(a)(4)(A)."""
    begins = date(2027, 2, 1)
    worker = Worker(4200_00, [Job(begins, None, 3400_00, 40, "no")], exhausted_on=used_up)
    found = brings(worker, begins, date(2029, 6, 1))
    assert (min(found), max(found)) == (begins, last)
    if used_up == date(2026, 8, 16):
        assert found[last] == int(400_00 * Fraction(15, 31)), "fifteen days of August"


def test_benefits_that_were_used_up_before_the_loss_are_of_another_one(net: Net) -> None:
    net.opened()
    net.at("2026-05-20T12:00:00Z")
    for name, day in (("C-1", "2026-02-15"), ("C-2", "2026-02-16")):
        net.claim(somebody(name), name=name, exhausted_on=day, jobs=[NEW])
    first, second = (net.standing(f"support_claim:{name}").worker(net.programme().text) for name in ("c-1", "c-2"))
    assert (first.exhausted_on, second.exhausted_on) == (None, date(2026, 2, 16))


UNTIL_EN = "The new work began by {}, the last day that is paid for: the two years run from when unemployment insurance"
UNTIL_ZH = "新工作于{}或之前开始，该日为给付的最后一日"


def late(net: Net, began: str, **version: str) -> None:
    """Somebody who used up benefits on 25 February 2026 claims for work that began on a day."""
    net.opened(**version)
    net.at("2028-03-20T09:00:00Z")
    net.claim(exhausted_on="2026-02-25", jobs=[{**NEW, "began": began}])


@pytest.mark.parametrize(
    ("began", "answer", "en", "zh"),
    [("2028-02-24", "eligible", "Met", "符合"), ("2028-02-25", "not_eligible", "Not met", "不符合")],
)
def test_until_when_it_is_paid_is_a_condition_where_the_two_years_began_before_the_work(
    net: Net, began: str, answer: str, en: str, zh: str
) -> None:
    """It was granted with every condition met, nothing was ever due, and the days to appeal went by."""
    late(net, began)
    found = programmes.assessment(net.programme(), net.standing())
    assert (found.answer, found.findings[-1].holds) == (answer, answer == "eligible")
    lines = [*conversation.conditions(following.told(found))][-1]
    assert lines["en"].startswith(f"{en}: {UNTIL_EN.format('24 February 2028')}")
    assert lines["zh"].startswith(f"{zh}：{UNTIL_ZH.format('2028年2月24日')}")
    assert net.standing().state == ("eligible" if answer == "eligible" else "waits")
    if answer == "eligible":
        read = [
            line["en"] for item in conversation.talk(net.authority.reader, "support_claim:c-1") for line in item.lines
        ]
        assert lines["en"] in read, "what is granted says until when"


@pytest.mark.parametrize("used_up", [None, "2026-02-15", "2026-05-01", "2026-05-10"])
def test_nothing_is_said_of_an_end_where_the_two_years_begin_with_the_work(net: Net, used_up: str | None) -> None:
    """Benefits that were not used up, or of another loss, or not before the work."""
    net.opened()
    net.at("2026-05-20T12:00:00Z")
    net.claim(exhausted_on=used_up, jobs=[NEW])
    found, terms = programmes.assessment(net.programme(), net.standing()), net.programme().text.claims
    assert terms is not None
    assert (found.answer, len(found.findings)) == ("eligible", len(terms.condition))


def test_a_text_from_before_decides_as_it_did_where_no_month_is_left(net: Net) -> None:
    text = packages.texts_of("wage_insurance")[1].replace('version = "7"', 'version = "6"')
    before, _, rest = text.partition(UNTIL)
    net.authority.adopt(rule_file(before + rest.partition("\n\n")[2]))
    late(net, "2028-02-25", version="6")
    assert net.standing().state == "eligible"


def test_a_text_that_counts_from_the_work_has_no_such_condition() -> None:
    text = packages.texts_of("wage_insurance")[1].replace('months_from = "earlier"\n', "")
    with pytest.raises(BadInput) as refused:
        packages.read_written(text)
    assert [fault.where for fault in refused.value.faults] == ["claims.until"]


@pytest.mark.parametrize(
    ("born", "changed", "want"),
    [
        ("2026-02-16", {}, "a day before 2026-02-16, of which the claim tells"),
        ("2026-02-20", {}, "a day before 2026-02-16, of which the claim tells"),
        ("2026-05-01", {"lost_on": None}, "a day before 2026-05-01, of which the claim tells"),
    ],
)
def test_who_would_be_born_after_they_lost_work_or_began_it_is_refused_with_what_is_right(
    net: Net, born: str, changed: dict[str, Any], want: str
) -> None:
    """A slip of the year was granted at once."""
    net.opened()
    net.at("2026-05-20T12:00:00Z")
    with pytest.raises(BadInput) as refused:
        net.claim(born_on=born, jobs=[NEW], **changed)
    (fault,) = refused.value.faults
    assert (fault.where.split(".")[-1], fault.seen, fault.want) == ("born_on", born, want)
    net.claim(born_on="1981-02-03", jobs=[NEW])
