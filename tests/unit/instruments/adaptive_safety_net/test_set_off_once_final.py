"""Nothing is set off before what was decided is final (19 U.S.C. 2315(c)): days to appeal run, or an appeal waits.

Half of a month was taken off for a correction against which an appeal waited.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from commonweal.instruments.adaptive_safety_net import claim_pages, packages
from commonweal.instruments.adaptive_safety_net.conversation import talk
from commonweal.sight import Sight
from net_house import CONFIRMS, JUDGE, OFFICER, WORKER, Net

CLAIM = "support_claim:c-1"
ACCOUNT = "GB29NWBK60161331926819"
WHOLE, HALF = 20_833, 20_833 - 10_416


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Net]:
    found = Net.found(tmp_path / "ministry")
    with found.authority:
        yield found
        assert not found.apart()
        before = found.authority.dump()
        found.authority.rebuild()
        assert found.authority.dump() == before, "the record decides, not the day on which it is read"


def corrected(net: Net, *, at_once: bool = False) -> None:
    """Of May 416.66 are at the bank; on 5 June two officers find that 208.33 were due."""
    if at_once:
        net.opened_to_set_off_at_once()
    else:
        net.opened()
    net.month("2026-04")
    net.claim(paid_to=ACCOUNT)
    net.run("2026-05")
    net.goes_out()
    net.at("2026-06-05T09:00:00Z")
    asked = net.file(
        "correction", JUDGE, claim=CLAIM, facts=net.standing().entry, words="The slips (fictitious).", earned="3700.00"
    )
    net.file("seconded", CONFIRMS, entry=asked)


def appeals(net: Net, when: str) -> None:
    net.at(f"{when}T09:00:00Z")
    net.file("appeal", WORKER, claim=CLAIM, words="I earned 4200 (fictitious).")


def upheld(net: Net, when: str) -> None:
    net.at(f"{when}T09:00:00Z")
    net.file("appeal_decided", OFFICER, claim=CLAIM, outcome="upheld", words="The slips say 3700 (fictitious).")


def told(net: Net, language: str) -> tuple[str, list[str]]:
    """What the page of the claim says was paid too much, and the steps of its newest payment."""
    reading = net.authority.reading(language, WORKER.party, Sight(net.authority, WORKER, "portal /test"))
    page = claim_pages.claim_view(reading, {"slug": "c-1"})
    return page["overpaid"], [step[0] for step in page["payments"][0]["steps"]]


def test_while_days_to_appeal_run_nothing_is_taken_off_and_afterwards_half_a_month(net: Net) -> None:
    corrected(net)
    net.run("2026-06")
    assert net.paid() == {"2026-05": 41_666, "2026-06": WHOLE}
    for language, words, more in (
        ("en", "over before 5 July 2026, the last day to appeal", "208.33 USD were paid too much before. Nothing"),
        ("zh", "申诉期限至2026年7月5日", "此前多付 208.33 USD。"),
    ):
        page, steps = told(net, language)
        assert words in page
        assert any(one.startswith(more) and words in one for one in steps)
        said = [line[language] for one in talk(net.authority.reader, CLAIM) for line in one.lines]
        assert any(words in one for one in said)
    assert "until 31 July 2026" in str(told_until(net)), "the run of June is the last that can be appealed"
    net.run("2026-07")
    net.run("2026-08")
    page, _ = told(net, "en")
    assert "2026" not in page, "from July on it is as before"
    net.run("2026-09")
    assert net.paid() == {"2026-05": 41_666, "2026-06": WHOLE, "2026-07": HALF, "2026-08": HALF, "2026-09": WHOLE - 1}


def told_until(net: Net) -> str:
    reading = net.authority.reading("en", WORKER.party, Sight(net.authority, WORKER, "portal /test"))
    return str(claim_pages.claim_view(reading, {"slug": "c-1"})["appeal_until"])


def test_while_an_appeal_waits_nothing_is_taken_off_and_once_it_is_decided_half_a_month(net: Net) -> None:
    corrected(net)
    appeals(net, "2026-06-06")
    net.run("2026-06")
    net.run("2026-07")
    for language, words in (("en", "while an appeal waits"), ("zh", "申诉尚待裁决")):
        page, steps = told(net, language)
        assert words in page
        assert any(words in one for one in steps)
    assert net.paid() == {"2026-05": 41_666, "2026-06": WHOLE, "2026-07": WHOLE}
    upheld(net, "2026-08-10")
    assert net.paid()["2026-07"] == WHOLE, "what waits to go out stays as it was paid"
    net.run("2026-08")
    assert net.paid()["2026-08"] == HALF
    assert "are taken off now" in " ".join(told(net, "en")[1])


def test_what_was_taken_off_while_it_was_final_is_not_paid_back_by_a_later_appeal(net: Net) -> None:
    corrected(net)
    net.run("2026-07")
    assert net.paid() == {"2026-05": 41_666, "2026-07": WHOLE + HALF}, "June comes whole, July half"
    appeals(net, "2026-08-05")
    net.run("2026-08")
    assert net.paid()["2026-08"] == WHOLE


def test_what_comes_for_a_month_that_was_paid_too_little_is_whole_while_days_run(net: Net) -> None:
    """June was paid while the pay was told as 4,000, half of it taken off for May, and is due at 3,200."""
    net.opened()
    net.month("2026-04")
    net.claim(paid_to=ACCOUNT)
    net.run("2026-05")
    net.goes_out()
    net.claim(paid_to=ACCOUNT, jobs=[{"began": "2026-05-01", "monthly": "4000.00"}])
    net.run("2026-07")
    net.goes_out()
    assert net.paid() == {"2026-05": 41_666, "2026-07": 8_333 + 4_167}, "June whole, July half"
    jobs = [
        {"began": "2026-05-01", "ended": "2026-05-31", "monthly": "4000.00"},
        {"began": "2026-06-01", "ended": "2026-07-31", "monthly": "3200.00"},
    ]
    net.at("2026-08-10T09:00:00Z")
    net.claim(paid_to=ACCOUNT, jobs=jobs)
    facts = net.standing().entry
    net.file("decided", JUDGE, claim=CLAIM, outcome="eligible", facts=facts, words="Pay slips (fictitious).")
    net.run("2026-08")
    assert net.paid()["2026-08"] == (41_666 - 8_333) + (41_666 - 4_166 - 4_167), "but what was taken off before stays"


def test_a_correction_is_a_day_from_which_an_appeal_is_in_time(net: Net) -> None:
    """On 4 July the days after the decision, and after the payment of May, are over."""
    corrected(net)
    assert "until 5 July 2026" in told_until(net)
    appeals(net, "2026-07-04")


def test_a_programme_opened_on_the_text_from_before_sets_off_at_once(net: Net) -> None:
    corrected(net, at_once=True)
    appeals(net, "2026-06-06")
    net.run("2026-06")
    assert net.paid() == {"2026-05": 41_666, "2026-06": HALF}
    page, steps = told(net, "en")
    assert "appeal" not in page + " ".join(steps)


def test_the_text_says_what_of_the_section_it_leaves_out() -> None:
    text = packages.shipped()["wage_insurance"].data
    assert text.claims is not None
    assert text.claims.overpaid.once_final
    for words, out in ((text.text.en, "Left out: § 2315(a)(1), by which"), (text.text.zh, "未采纳：第2315(a)(1)项")):
        assert out in words
        assert "(c)" not in words
