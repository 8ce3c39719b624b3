"""Credits are pooled, granted by two and used on the ledger: never more than there is, and what is left goes back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonweal.authority import Caller
from commonweal.instruments.third_party_testing import crediting
from commonweal.instruments.third_party_testing.bounties import BOOKS
from commonweal.instruments.third_party_testing.credits import GRANTS, POOL, grant_account
from commonweal.kernel import accounts
from testing_house import BY, DESK, FOX, JOB, LARK, SECOND, House, house

UNIT = "usd_api.e-2"
GRANT = "testing_grant:g"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path / "office") as found:
        yield found


def given_(office: House, amount: str = "1000.00") -> None:
    office.two("given", unit=UNIT, amount=amount, given_by="A developer", citation="Agreement 1")


def told(**more: str) -> dict[str, str]:
    body = {"name": "G", "evaluator": FOX, "unit": UNIT, "amount": "600.00", "until": "2026-02-28"}
    return {**body, "purpose": "Runs of the task", **more}


def left(office: House) -> tuple[int, int]:
    """What the pool and the grant hold, by the ledger, whose books agree with the mechanism's own."""
    reader = office.authority.reader
    assert list(accounts.apart(reader, BOOKS)) == []
    assert list(accounts.reconciled(reader)) == []
    row = reader.get(GRANTS, GRANT)
    held = accounts.balance(reader, grant_account(row["entry"], UNIT).account).on("credit") if row else 0
    pooled = reader.get(POOL, UNIT)
    return pooled["left"] if pooled else 0, held


def test_nothing_comes_into_the_pool_or_out_of_it_by_one(office: House) -> None:
    asked = office.do("given", DESK, unit=UNIT, amount="1000.00", given_by="A developer", citation="Agreement 1")
    assert left(office) == (0, 0)
    assert office.codes("seconded", DESK, entry=asked) == {"same_person"}
    office.do("seconded", SECOND, entry=asked)
    assert left(office) == (100000, 0)
    office.do("granted", DESK, **told())
    assert left(office) == (100000, 0), "a second officer has not confirmed it"
    assert office.codes("used", BY[FOX], grant=GRANT, amount="1.00", words="Runs") == {"waits"}


def test_what_was_granted_for_a_job_goes_back_with_it(office: House) -> None:
    """A lease that lapses ends no grant: nobody has said yet what was used. Who gives a job back says so before."""
    given_(office)
    office.accredited(FOX)
    office.job()
    office.draw(FOX)
    office.two("granted", **told(job=JOB))
    office.two("granted", **told(name="H", amount="50.00"))
    office.do("used", BY[FOX], grant=GRANT, amount="100.00", words="Runs")
    office.do("given_back", BY[FOX], job=JOB, evaluator=FOX, reasons="Two of us are ill.")
    assert left(office) == (85000, 0), "500 of this grant; the one for no job stays"
    assert office.codes("used", BY[FOX], grant=GRANT, amount="1.00", words="Runs") == {"over"}
    assert office.authority.reader.get(GRANTS, "testing_grant:h")["left"] == 5000
    office.at("2026-03-02")
    assert left(office) == (90000, 0), "each ends once"


def test_whoever_has_the_evaluator_or_an_interest_in_it_grants_nothing(office: House) -> None:
    given_(office)
    own = Caller(BY[FOX].party, ("officer",), "authority")
    assert "party" in office.codes("granted", own, **told())
    asked = office.do("granted", DESK, **told())
    assert "party" in office.codes("seconded", own, entry=asked)
    office.do("interest", SECOND, about=FOX, words="A relative works there.")
    assert "party" in office.codes("seconded", SECOND, entry=asked)


def test_no_more_is_granted_than_is_there_and_no_more_used_than_was_granted(office: House) -> None:
    given_(office)
    assert office.codes("granted", DESK, **told(amount="1000.01")) == {"too_much"}
    assert office.codes("granted", DESK, **told(amount="0.00")) == {"amount"}
    assert office.codes("granted", DESK, **told(amount="1.001")) == {"amount"}, "it is counted in hundredths"
    assert office.codes("granted", DESK, **told(unit="EUR")) == {"unknown"}
    office.two("granted", **told())
    assert left(office) == (40000, 60000)
    use = {"grant": GRANT, "words": "Runs"}
    office.do("used", BY[FOX], amount="599.99", **use)
    assert office.codes("used", BY[FOX], amount="0.02", **use) == {"too_much"}
    assert office.codes("used", BY[LARK], amount="0.01", **use) == {"not_yours"}
    office.do("used", BY[FOX], amount="0.01", **use)
    assert left(office) == (40000, 0)
    assert office.codes("granted", DESK, **told(amount="1.00")) == {"granted"}, "another name for another grant"


@pytest.mark.parametrize("state", ["suspended", "revoked"])
def test_whose_accreditation_is_suspended_or_revoked_gets_and_uses_no_credits(office: House, state: str) -> None:
    given_(office)
    office.accredited(FOX)
    office.two("granted", **told())
    office.do("standing", DESK, evaluator=FOX, state=state, reason_code="results_unsound")
    assert office.codes("granted", DESK, **told(name="H", amount="1.00")) == {"standing"}
    assert office.codes("used", BY[FOX], grant=GRANT, amount="1.00", words="Runs") == {"standing"}


def test_of_two_grants_that_wait_the_one_that_the_pool_cannot_bear_is_not_confirmed(office: House) -> None:
    given_(office)
    first, second = (office.do("granted", DESK, **told(name=name)) for name in ("G", "H"))
    office.do("seconded", SECOND, entry=first)
    assert office.codes("seconded", SECOND, entry=second) == {"outdated"}
    assert left(office) == (40000, 60000)


def test_what_is_left_on_the_last_day_goes_back_and_the_statement_says_so(office: House) -> None:
    given_(office)
    office.two("granted", **told())
    office.do("used", BY[FOX], grant=GRANT, amount="100.00", words="Runs")
    office.at("2026-03-02")
    assert left(office) == (90000, 0)
    assert office.codes("used", BY[FOX], grant=GRANT, amount="1.00", words="Runs") == {"over"}
    view = crediting.grant_view(office.authority.reading(), {"grant": "g"})
    assert [line[2:] for line in view["lines"]] == [("600.00", "600.00"), ("-100.00", "500.00"), ("-500.00", "0.00")]
    page = crediting.pool_view(office.authority.reading(), {})
    assert page["pools"] == [
        {"unit": "API credits (US dollars)", "left": "900.00", "given": "1000.00", "used": "100.00"}
    ]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 40_000), min_size=1, max_size=5))
def test_whatever_is_asked_the_books_agree_and_nothing_is_overdrawn(
    tmp_path_factory: pytest.TempPathFactory, asked: list[int]
) -> None:
    with house(tmp_path_factory.mktemp("law") / "office") as office:
        given_(office)
        office.two("granted", **told())
        for cents in asked:
            pool, held = left(office)
            use = {"grant": GRANT, "amount": accounts.written(cents, UNIT), "words": "Runs"}
            if cents > held:
                assert office.codes("used", BY[FOX], **use) == {"too_much"}
            else:
                office.do("used", BY[FOX], **use)
            assert left(office) == (pool, held - (cents if cents <= held else 0))
