"""A threshold acts on a series: who may observe something must not be able to say what any series is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from commonweal.authority import OPERATOR, Authority, Caller, ReplayClock
from commonweal.kernel import indicators
from commonweal.kernel.indicators import Observation, batch_act
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, Text
from commonweal.settings import Settings

NOW = datetime(2026, 7, 10, tzinfo=UTC)
BUREAU, STRANGER = Caller("party:bureau", ("observer",)), Caller("party:stranger", ("observer",))
CALIFORNIA, TEXAS = "area:us-ca", "area:us-tx"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Authority]:
    settings = Settings(Text(en="Office", zh="办公室"), "office.example/record", NOW, replay=True)
    with Authority.create(tmp_path / "a", settings, clock=ReplayClock(NOW)) as authority:
        yield authority


def values(value: float, about: str = CALIFORNIA, month: int = 5, unit: str = "") -> Act:
    row = Observation("labour.rate", about, date(2026, month, 1), value, unit=unit)
    return batch_act([row], series_set="labour", citation="a test", released_on=NOW.date())


def appoint(house: Authority, party: str, *, ended: bool = False) -> None:
    house.act(Act("observations.source", {"series": "labour.rate", "source": party, "ended": ended}, ""), OPERATOR)


def newest(house: Authority) -> list[tuple[str, float]]:
    house.follow()
    return indicators.series(house.reader, "labour.rate", CALIFORNIA)


def test_what_one_party_said_first_no_other_revises_or_goes_on_with(house: Authority) -> None:
    house.act(values(5.0), BUREAU)
    for more in (values(90.0), values(90.0, month=6)):
        with pytest.raises(BadInput) as refused:
            house.act(more, STRANGER)
        (fault,) = refused.value.faults
        assert (fault.where, fault.code) == ("series", "source")
        assert "of these the source is party:bureau" in fault.want
        assert "observations.source" in fault.want
    assert newest(house) == [("2026-05-01", 5.0)]
    house.act(values(5.1), BUREAU)
    house.act(values(6.0, month=6), OPERATOR)
    assert newest(house) == [("2026-05-01", 5.1), ("2026-06-01", 6.0)]


def test_of_a_series_with_appointed_sources_nobody_else_files_anything(house: Authority) -> None:
    """Neither about a subject that nobody spoke of yet, nor in a unit that would then be the series' own."""
    appoint(house, "party:bureau")
    with pytest.raises(BadInput, match=r"of this one it is party:bureau"):
        house.act(values(5.0, TEXAS, unit="apples"), STRANGER)
    house.act(values(5.0, unit="%"), BUREAU)
    appoint(house, "party:stranger")
    house.act(values(5.2, unit="%"), STRANGER)
    assert newest(house) == [("2026-05-01", 5.2)]
    appoint(house, "party:stranger", ended=True)
    with pytest.raises(BadInput, match="a source of"):
        house.act(values(5.3), STRANGER)


def test_once_a_first_word_is_annulled_the_series_is_whose_values_stand(house: Authority) -> None:
    first = house.act(values(90.0), STRANGER)
    house.act(values(5.0, month=6), OPERATOR)
    wrong = {"entry": first.index, "reason_code": "ordered", "citation": "an order of the test"}
    house.act(Act("record.annulled", wrong, ""), OPERATOR)
    with pytest.raises(BadInput, match="the source is party:authority"):
        house.act(values(91.0), STRANGER)
    assert newest(house) == [("2026-06-01", 5.0)]


def test_an_annulled_series_that_nobody_else_spoke_of_is_free_again(house: Authority) -> None:
    first = house.act(values(90.0), STRANGER)
    house.act(
        Act(
            "record.annulled", {"entry": first.index, "reason_code": "ordered", "citation": "an order of the test"}, ""
        ),
        OPERATOR,
    )
    house.act(values(5.0), BUREAU)
    assert newest(house) == [("2026-05-01", 5.0)]


def test_a_unit_said_in_error_binds_nobody_once_it_is_annulled(house: Authority) -> None:
    first = house.act(values(5.0, unit="apples"), BUREAU)
    with pytest.raises(BadInput, match="one series has one unit"):
        house.act(values(5.0, unit="%"), BUREAU)
    wrong = {"entry": first.index, "reason_code": "filed_in_error"}
    house.act(Act("record.annulled", wrong, ""), BUREAU)
    house.act(values(5.0, unit="%"), BUREAU)
    house.follow()
    assert indicators.unit_of(house.reader, "labour.rate") == "%"


def test_the_next_unit_that_was_said_counts_once_the_first_is_annulled(house: Authority) -> None:
    first = house.act(values(5.0, unit="%"), OPERATOR)
    house.act(values(5.0, TEXAS, unit="%"), OPERATOR)
    house.act(Act("record.annulled", {"entry": first.index, "reason_code": "filed_in_error"}, ""), OPERATOR)
    with pytest.raises(BadInput, match="one series has one unit"):
        house.act(values(6.0, unit="apples"), OPERATOR)


def test_a_rebuilt_authority_holds_the_same_parties_to_be_sources(house: Authority) -> None:
    house.act(values(5.0), BUREAU)
    appoint(house, "party:bureau")
    house.follow()
    before = {table.name: house.reader.select(table) for table in indicators.TABLES}
    house.rebuild()
    assert {table.name: house.reader.select(table) for table in indicators.TABLES} == before
