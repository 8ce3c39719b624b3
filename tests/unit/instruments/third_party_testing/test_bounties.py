"""What is submitted to a bounty is sealed until the closing day is over; who reviews is no party; the ledger pays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commonweal.authority import Caller
from commonweal.instruments.third_party_testing import calling
from commonweal.instruments.third_party_testing.bounties import BOOKS, BOUNTIES, award_account, commitment
from commonweal.instruments.third_party_testing.credits import POOL
from commonweal.kernel import accounts
from commonweal.kernel.values import BadInput
from testing_house import BY, DESK, FOX, LARK, SECOND, House, house

UNIT, BOUNTY = "usd_api.e-2", "testing_bounty:b"
NONCE = "ab" * 32
PANEL = [Caller(f"party:judge-{n}", ("observer",)) for n in range(3)]
TEXTS = {FOX: "A test of copying itself.", LARK: "Another test of that."}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path / "office") as found:
        found.two("given", unit=UNIT, amount="1000.00", given_by="A developer", citation="Agreement 1")
        yield found


def told(**more: Any) -> dict[str, Any]:
    body = {"name": "B", "capability": "Copying itself", "criteria": ["Measures it", "Open"], "unit": UNIT}
    days = {"prize": "300.00", "closes_on": "2026-02-10", "needed": 2}
    return {**body, **days, "reviewers": [one.party for one in PANEL], **more}


def submits(office: House, evaluator: str) -> str:
    seal = commitment(BOUNTY, evaluator, TEXTS[evaluator], NONCE)
    name = evaluator.partition(":")[2]
    office.do("submission", BY[evaluator], name=name, bounty=BOUNTY, evaluator=evaluator, commitment=seal)
    return f"bounty_submission:{name}"


def opens(office: House, evaluator: str) -> None:
    name = f"bounty_submission:{evaluator.partition(':')[2]}"
    office.do("revealed", BY[evaluator], submission=name, text=TEXTS[evaluator], nonce=NONCE)


def reviews(office: House, judge: Caller, evaluator: str, *meets: bool) -> None:
    name = f"bounty_submission:{evaluator.partition(':')[2]}"
    office.do("reviewed", judge, submission=name, meets=list(meets), reasons="It was held against the criteria.")


def pooled(office: House) -> int:
    reader = office.authority.reader
    assert list(accounts.apart(reader, BOOKS)) == []
    assert list(accounts.reconciled(reader)) == []
    row = reader.get(POOL, UNIT)
    assert row is not None
    return int(row["left"])


def test_the_prize_is_set_aside_by_two_of_whom_none_reviews(office: House) -> None:
    assert office.codes("bounty", DESK, **told(prize="1000.01")) == {"too_much"}
    assert "party" in office.codes("bounty", DESK, **told(reviewers=[DESK.party, PANEL[0].party]))
    asked = office.do("bounty", DESK, **told(reviewers=[SECOND.party, PANEL[0].party]))
    assert "party" in office.codes("seconded", SECOND, entry=asked)
    assert pooled(office) == 100000
    with pytest.raises(BadInput, match="needed"):
        office.do("bounty", DESK, **told(name="C", needed=4))


def test_nothing_of_a_submission_is_on_record_before_the_closing_day_is_over(office: House) -> None:
    office.two("bounty", **told())
    name = submits(office, FOX)
    opening = {"submission": name, "text": TEXTS[FOX], "nonce": NONCE}
    assert office.codes("revealed", BY[FOX], **opening) == {"day"}
    office.at("2026-02-10")
    assert office.codes("revealed", BY[FOX], **opening) == {"day"}, "the closing day is not over"
    office.at("2026-02-11")
    assert office.codes("revealed", BY[FOX], **{**opening, "text": "Something better."}) == {"mismatch"}
    assert office.codes("revealed", BY[LARK], **opening) == {"not_yours"}
    late = {"name": "l", "bounty": BOUNTY, "evaluator": LARK, "commitment": "0" * 64}
    assert office.codes("submission", BY[LARK], **late) == {"over"}
    office.do("revealed", BY[FOX], **opening)
    assert office.codes("revealed", BY[FOX], **{**opening, "nonce": "cd" * 32}) == {"duplicate", "mismatch"}


def test_only_who_was_named_reviews_and_nobody_their_own(office: House) -> None:
    office.two("bounty", **told(reviewers=[*(one.party for one in PANEL), BY[LARK].party]))
    name = submits(office, FOX)
    own = {"name": "l", "bounty": BOUNTY, "evaluator": LARK, "commitment": "0" * 64}
    assert office.codes("submission", BY[LARK], **own) == {"party"}, "a reviewer submits nothing"
    found = {"submission": name, "meets": [True, True], "reasons": "It does."}
    office.at("2026-02-11")
    assert office.codes("reviewed", PANEL[0], **found) == {"sealed"}
    opens(office, FOX)
    assert office.codes("reviewed", DESK, **found) == {"not_reviewer"}
    assert office.codes("reviewed", PANEL[0], **{**found, "meets": [True]}) == {"count"}
    office.do("reviewed", PANEL[0], **found)
    assert office.codes("reviewed", PANEL[0], **{**found, "meets": [False, True]}) == {"duplicate"}


def test_who_accredited_an_evaluator_or_has_an_interest_in_it_awards_it_no_prize(office: House) -> None:
    office.do("accredited", Caller(PANEL[0].party, ("officer",), "authority"), evaluator=FOX, access=["black_box"],
              until="2026-12-31", citation="Assessment 1")  # fmt: skip
    office.two("bounty", **told())
    name = submits(office, FOX)
    office.at("2026-02-11")
    opens(office, FOX)
    found = {"submission": name, "meets": [True, True], "reasons": "It does."}
    assert office.codes("reviewed", PANEL[0], **found) == {"same_person"}
    office.do("reviewed", PANEL[1], **found)


def test_a_suspended_evaluator_submits_nothing(office: House) -> None:
    office.two("bounty", **told())
    office.accredited(FOX)
    office.do("standing", DESK, evaluator=FOX, state="suspended", reason_code="results_unsound")
    sealed = {"name": "f", "bounty": BOUNTY, "evaluator": FOX, "commitment": "0" * 64}
    assert office.codes("submission", BY[FOX], **sealed) == {"standing"}
    office.do("standing", DESK, evaluator=FOX, state="valid", reason_code="cleared_up")
    office.do("submission", BY[FOX], **sealed)


def test_the_earliest_that_enough_reviewers_found_to_meet_everything_gets_the_prize(office: House) -> None:
    entry = office.two("bounty", **told())
    submits(office, FOX)
    submits(office, LARK)
    office.at("2026-02-11")
    opens(office, FOX)
    opens(office, LARK)
    for judge in PANEL[:2]:
        reviews(office, judge, LARK, True, True)
    reviews(office, PANEL[0], FOX, True, True)
    reviews(office, PANEL[1], FOX, True, False)
    assert pooled(office) == 70000
    office.at("2026-03-29")
    row = office.authority.reader.get(BOUNTIES, BOUNTY)
    assert row is not None
    assert (row["state"], row["winner"]) == ("awarded", "bounty_submission:lark")
    held = accounts.balance(office.authority.reader, award_account(entry, UNIT).account)
    assert (held.on("credit"), pooled(office)) == (30000, 70000)
    view = calling.bounty_view(office.authority.reading(), {"bounty": "b"})
    assert [(one["won"], one["text"]) for one in view["submissions"]] == [(False, None), (True, None)], (
        "not for everybody"
    )


def test_where_nobody_meets_it_the_prize_goes_back(office: House) -> None:
    office.two("bounty", **told())
    submits(office, FOX)
    office.at("2026-03-29")
    assert pooled(office) == 100000
    row = office.authority.reader.get(BOUNTIES, BOUNTY)
    assert row is not None
    assert row["state"] == "nobody"
