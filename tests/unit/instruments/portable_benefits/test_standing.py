"""What of the fund's payments stands still: named for the office, since when, with what would move it on."""

from __future__ import annotations

from typing import Any

from tests.unit.kernel.accounts.test_bank import report

from bank_house import given_back, notice
from commonweal.acceptance import Caller
from commonweal.instruments.portable_benefits.standing import STANDING
from commonweal.kernel.control.still import STILL
from commonweal.kernel.control.words import WITHHELD
from commonweal.sight import Sight

from .conftest import FUND, MEMBER, SECOND, Fund
from .test_benefits_bank import account, answer, paid, send
from .test_settling import only

__all__ = ["paid"]


def page(fund: Fund, caller: Caller = FUND) -> dict[str, Any]:
    reading = fund.authority.reading("en", caller.party, Sight(fund.authority, caller, "portal /test"))
    return dict(STANDING.view(reading, {}))


def how(fund: Fund, caller: Caller = FUND) -> list[tuple[str, str]]:
    """Each line by what it is, and since which day."""
    codes = {what["en"]: code for code, (what, _) in STILL.items()}
    return [(codes[row[1]], str(row[2])[:10]) for row in page(fund, caller)["rows"]]


def test_a_payment_is_named_wherever_it_stands_until_it_is_settled(paid: Fund) -> None:
    """A file that the bank never answered, or one returned and not sent anew, stood on no page."""
    assert [code for code, _ in how(paid)] == ["account", "account"], "whose account is not known"
    account(paid)
    assert sorted(code for code, _ in how(paid)) == ["", "account"]
    message, _ = send(paid)
    id, day = only(paid, message), paid.clock.now().date().isoformat()
    assert ("sent", day) in how(paid)
    assert page(paid)["rows"][-1][0]["text"] == f"{message} (1)"
    answer(paid, report((id, "PDNG", ""), message=message))
    assert ("waits", day) in how(paid)
    paid.at("2025-04-20T09:00:00Z")
    answer(paid, given_back(id, "20.00"))
    assert ("sent_back", "2025-04-20") in how(paid), "since when it came back"
    paid.bank_says(notice(*[(id, "DBIT", "20.00", "")] * 2))
    account(paid)
    assert {code for code, _ in how(paid)} >= {"odd"}
    assert all("20.00" not in str(row) for row in page(paid)["rows"]), "no amount"


def test_what_was_settled_stands_still_no_more(paid: Fund) -> None:
    account(paid)
    message, _ = send(paid)
    answer(paid, report(group="ACSC", message=message))
    assert [code for code, _ in how(paid)] == ["account"], "the other, which has no account"


def test_what_was_asked_for_and_not_confirmed_is_named(paid: Fund) -> None:
    account(paid)
    message, _ = send(paid)
    told = {"programme": "portable_benefits.several_payers", "file_id": message, "words": "Lost (fictitious)."}
    asked = paid.file("bank_file_never_left", FUND, **told)
    (row,) = page(paid, SECOND)["waiting"]
    assert row[0]["href"] == f"/benefits/second/{asked}"


def test_what_is_theirs_an_officer_does_not_read_here(paid: Fund) -> None:
    paid.file("interest", SECOND, about=MEMBER)
    rows = page(paid, SECOND)["rows"]
    assert {row[0] for row in rows if not isinstance(row[0], dict)} >= {WITHHELD["en"]}
