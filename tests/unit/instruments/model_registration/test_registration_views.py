"""Lists and pages: what they show, to whom, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import commonweal.instruments.model_registration as package
from commonweal.instruments.model_registration import INSTRUMENT, certificate, words
from commonweal.kernel import obligations
from commonweal.kernel.values import BadInput, NotFound

HERE = Path(package.__file__).parent
LISTINGS = {listing.id: listing for listing in INSTRUMENT.listings}
PAGES = {page.id: page for page in INSTRUMENT.pages}
REQUIRED = {
    "name", "organisation", "publication_date", "compute_flop_published", "compute_flop_low", "compute_flop_point",
    "compute_flop_high", "status",
}  # fmt: skip


@pytest.fixture
def filed(house):
    house.adopt_laws()
    house.file("organisation", "organisation:o", "2024-01-01", name="Octo", countries=["US"], annual_revenue_usd=9e8)
    house.file(
        "model", "model:big", "2024-02-01", name="Big", organisation="organisation:o", publication_date="2024-02-01",
        compute_flop=3e25, compute_confidence="confident", data_cleaning="secret method", source="https://example.org/big",
    )  # fmt: skip
    house.file(
        "model", "model:silent", "2024-03-01", name="Silent", publication_date="2024-03-01", base_model="model:big"
    )
    house.file(
        "model", "model:big", "2024-04-01", name="Big", organisation="organisation:o", publication_date="2024-02-01",
        compute_flop=4e25, compute_confidence="confident", data_cleaning="another secret", placed_on_eu_market=True,
    )  # fmt: skip
    house.tick("2025-08-03")
    house.file(
        "training_run", "training_run:r", "2025-10-01", name="R", organisation="organisation:o", status="running",
        starts_on="2025-07-01", expected_end_on="2026-03-01", expected_total_flop=2e25, to_be_placed_on_eu_market=True,
        readings=[
            {"at": "2025-09-01T00:00:00Z", "flop_so_far": 5e24}, {"at": "2025-09-30T00:00:00Z", "flop_so_far": 7.5e24},
        ],
        site="a secret place",
    )  # fmt: skip
    return house


def test_the_register_has_the_columns_asked_for_and_one_a_rule_adopted(filed):
    """source: issue 2 names the columns, one a regime; EO 14110 was revoked on 2025-01-20: its rule asks no more."""
    columns = {column.id for column in LISTINGS["models"].columns(filed)}
    filed.tick("2026-01-02")
    rules = {"eu.ai_act.art52_1", "us_ca.sb53.risk_summary", "us_ca.sb53.framework", "us.eo14110.sec4_2"}
    assert columns >= REQUIRED | rules
    big, silent = sorted(LISTINGS["models"].rows(filed, {}), key=lambda row: row["name"])
    assert big["us.eo14110.sec4_2"] == "lapsed"
    assert big["us_ca.sb53.framework"] == obligations.duties(filed.tables, subject="organisation:o")[0]["state"]
    assert silent["us_ca.sb53.framework"] in (None, "not_in_force")


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2026-02-30", "tomorrow"])
def test_a_day_that_cannot_be_asked_about_is_named_as_the_fault(filed, day):
    with pytest.raises(BadInput, match="as_of"):
        PAGES["model"].view(filed, {"model": "big", "as_of": day})


def test_rows_say_published_estimated_and_owed(filed):
    rows = {row["name"]: row for row in LISTINGS["models"].rows(filed, {})}
    assert rows["Big"]["compute_flop_published"] == rows["Big"]["compute_flop_point"] == 4e25
    assert rows["Big"]["compute_flop_low"] < 4e25 < rows["Big"]["compute_flop_high"]
    assert rows["Silent"]["compute_flop_point"] is None
    assert rows["Big"]["status"] == "active"


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"q": "bi"}, {"Big"}),
        ({"organisation": "organisation:o"}, {"Big"}),
        ({"country": "US"}, {"Big"}),
        ({"country": "FR"}, set()),
        ({"min_compute": "1e25"}, {"Big"}),
        ({"status": "suspended"}, set()),
        ({"regime": "eu.ai_act.art52_1", "state": "unknown"}, {"Silent"}),
        ({}, {"Big", "Silent"}),
    ],
)
def test_filters_select(filed, query, names):
    assert {row["name"] for row in LISTINGS["models"].rows(filed, query)} == names


@pytest.mark.parametrize("bad", ["lots", "-1", "nan", "inf"])
def test_a_filter_that_is_no_number_is_refused(filed, bad):
    with pytest.raises(BadInput):
        LISTINGS["models"].rows(filed, {"min_compute": bad})


def test_a_suspended_registration_shows_everywhere(filed):
    filed.file("status", "model:big", "2025-01-01", about="model:big", status="suspended", reason_code="dangerous")
    assert LISTINGS["models"].rows(filed, {"q": "big"})[0]["status"] == "suspended"
    assert certificate(filed, "model:big")["status"] == "suspended"
    assert PAGES["model"].view(filed, {"model": "big"})["status"] == "suspended"


def test_nothing_confidential_reaches_a_page_a_list_or_a_certificate(filed):
    shown = [
        PAGES["model"].view(filed, {"model": "big"}),
        PAGES["organisation"].view(filed, {"organisation": "o"}),
        PAGES["training_run"].view(filed, {"training_run": "r"}),
        *(listing.rows(filed, {}) for listing in LISTINGS.values()),
        *(certificate(filed, subject) for subject in ("model:big", "organisation:o", "training_run:r")),
    ]
    text = repr(shown)
    assert "Big" in text
    for secret in ("secret", "900000000", "9e+08"):
        assert secret not in text


def test_a_models_page_holds_its_compute_against_every_line_and_date(filed):
    view = PAGES["model"].view(filed, {"model": "big"})
    lines = {(item["flop"], item["since"]) for item in view["chances"]}
    assert lines >= {(1e25, "2025-08-02"), (1e23, "2025-08-02"), (1e26, "2026-01-01"), (1e26, "2023-10-30")}
    eu = next(item for item in view["chances"] if item["flop"] == 1e25)
    assert float(eu["chance"].removesuffix(" %")) == pytest.approx(98.1, abs=0.1)  # z = ln 4 / (ln 3 / 1.6449) = 2.076
    assert view["interval_chart"].rows
    assert [step["subject"] for step in view["lineage"]["used_by"]] == ["model:silent"]


def test_versions_show_what_changed_in_public(filed):
    newest, first = PAGES["model"].view(filed, {"model": "big"})["versions"]
    assert [change["label"] for change in newest["changes"]] == [
        "Published or declared compute (FLOP)",
        "Placed on the EU market",
        "Source",
    ]
    assert first["changes"] == []


def test_any_date_can_be_asked_about(filed):
    """source: EO 14110 was in force from 2023-10-30 to 2025-01-20."""
    in_force = {
        day: {item["title"] for item in PAGES["model"].view(filed, {"model": "big", "as_of": day})["asked_then"]
              if item["state"] != "not_in_force"}
        for day in ("2024-06-30", "2025-09-30")
    }  # fmt: skip
    assert any("dual-use" in title for title in in_force["2024-06-30"])
    assert not any("dual-use" in title for title in in_force["2025-09-30"])


def test_an_impossible_date_is_refused(filed):
    with pytest.raises(BadInput):
        PAGES["model"].view(filed, {"model": "big", "as_of": "2025-02-30"})


@pytest.mark.parametrize("page", ["model", "organisation", "training_run"])
def test_what_is_not_registered_is_not_found(house, page):
    with pytest.raises(NotFound):
        PAGES[page].view(house, {page: "nobody"})


def test_a_runs_page_forecasts_each_line(filed):
    view = PAGES["training_run"].view(filed, {"training_run": "r"})
    eu = next(item for item in view["crossings"] if item["flop"] == 1e25)
    assert eu["state"] == "forecast"
    assert eu["earliest"] <= eu["point"] <= eu["latest"]
    assert eu["known"].startswith("2025-10-01")


def test_the_calendar_lists_what_is_owed_and_names_what_is_missing(filed):
    rows = LISTINGS["calendar"].rows(filed, {})
    assert any(row["about"] == "R" and row["due"] == "2025-10-15" for row in rows)
    assert [row["due"] for row in rows] == sorted(row["due"] for row in rows)


def test_every_view_speaks_chinese(filed):
    filed.language = "zh"
    view = PAGES["model"].view(filed, {"model": "big"})
    assert view["methods"][0]["name"] == "公布或申报的数值"
    assert "欧盟《人工智能法》" in {duty["law"] for duty in view["duties"]}
    assert LISTINGS["models"].charts(filed, {})[0].title == "按公布日期的训练计算量"


def test_every_message_of_the_templates_is_translated():
    texts = [path.read_text("utf-8") for path in (HERE / "pages").glob("*.html")]
    quoted = (r"_\(\s*\"([^\"]*)\"", r"_\(\s*'([^']*)'")
    messages = {found for text in texts for pattern in quoted for found in re.findall(pattern, text)}
    catalogue = {}  # the house's own, and what is said here alone
    for place in (HERE.parents[1] / "doors/portal/messages/zh/LC_MESSAGES/portal.po",
                  HERE / "messages/zh/LC_MESSAGES/model_registration.po"):  # fmt: skip
        with place.open("rb") as file:
            catalogue |= {message.id: message.string for message in read_po(file) if message.id}
    assert len(messages) > 50
    assert {name for name in messages if not catalogue.get(name)} == set()


def test_every_public_field_has_a_name_in_both_languages():
    fields = {name for kind in INSTRUMENT.kinds if kind.noun for name in kind.public_fields()}
    assert fields <= set(words.FIELDS)
    for table in (words.FIELDS, words.CODES, words.WORDS, words.STATUS):
        assert all(set(text) == {"en", "zh"} and all(text.values()) for text in table.values())


def test_a_certificate_points_to_a_receipt_that_verifies_offline(filed):
    found = certificate(filed, "model:big")
    assert found["version"] == 2
    assert found["receipt"]["proof"] == f"/record/{found['receipt']['entry']}.tlog-proof"
    with pytest.raises(NotFound):
        certificate(filed, "model:none")
