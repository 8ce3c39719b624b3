"""Duties whose day a transitional clause may move: both days are shown until somebody says which holds."""

from __future__ import annotations

from commonweal.instruments.model_registration import INSTRUMENT

LISTINGS = {listing.id: listing for listing in INSTRUMENT.listings}
PAGES = {page.id: page for page in INSTRUMENT.pages}


def test_a_day_that_a_transitional_clause_may_move_stands_with_both_days(house):
    """source: Art. 111(3) AI Act; nobody has filed when the model was placed on the market, so either day may hold."""
    house.adopt_laws()
    house.file("model", "model:old", "2024-02-01", name="Old", compute_flop=3e25, publication_date="2024-02-01")
    house.tick("2025-08-03")
    (row,) = [row for row in LISTINGS["calendar"].rows(house, {}) if row["about"] == "Old"]
    assert (row["state"], row["due"]) == ("unknown", "2025-08-18")
    assert row["either"] == (
        "if the day it was placed on the EU market is before 2 August 2025: 2 August 2027; otherwise: 18 August 2025"
    )
    assert "the day it was placed on the EU market" in row["missing"]
    duty = next(item for item in PAGES["model"].view(house, {"model": "old"})["duties"] if item["due_if_owed"])
    assert duty["either"] == row["either"]
    house.language = "zh"
    assert (
        "2027年8月2日" in next(row for row in LISTINGS["calendar"].rows(house, {}) if row["about"] == "Old")["either"]
    )


def test_a_day_that_nothing_can_move_stands_alone(house):
    house.adopt_laws()
    house.file(
        "model", "model:dated", "2024-02-01", name="Dated", compute_flop=3e25, publication_date="2024-02-01",
        placed_on_eu_market=True, placed_on_eu_market_on="2025-09-01",
    )  # fmt: skip
    house.tick("2025-09-03")
    rows = [row for row in LISTINGS["calendar"].rows(house, {}) if row["about"] == "Dated"]
    assert rows
    assert {row["either"] for row in rows} == {None}
