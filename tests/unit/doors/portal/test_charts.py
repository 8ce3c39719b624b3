"""Charts: whatever a specification holds, the drawing holds only shapes and words, in the page's colours."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from commonweal.doors.portal.charts import PALETTE, drawing
from commonweal.doors.portal.languages import HERE
from commonweal.kernel.instrument import Chart

NASTY = '<script>alert(1)</script>" onload="x'


def chart(**spec: object) -> Chart:
    values = [{"t": f"20{n:02}-01-01", "v": n, "n": NASTY} for n in range(10, 20)]
    full = {
        "data": {"values": values},
        "mark": "line",
        "encoding": {
            "x": {"field": "t", "type": "temporal"},
            "y": {"field": "v", "type": "quantitative"},
            "color": {"field": "n", "type": "nominal"},
        },
        **spec,
    }
    return Chart("Title & <more>", full, ["t", "v"], [["2010", 1]], "What it shows")


def test_names_from_filings_cannot_become_script_style_or_links() -> None:
    drawn = drawing(chart(usermeta={"x": NASTY}))
    for svg in (drawn.wide, drawn.narrow):
        tree = ElementTree.fromstring(svg)
        tags = {node.tag.rpartition("}")[2] for node in tree.iter()}
        assert not tags & {"script", "style", "foreignObject", "a", "image", "use"}
        attributes = {name for node in tree.iter() for name in node.attrib}
        assert not {name for name in attributes if name.startswith("on") or "href" in name or name == "style"}


def test_a_drawing_says_what_it_is_and_its_ids_are_its_own() -> None:
    first, second = drawing(chart()), drawing(chart(height=100))
    assert 'role="img"' in first.wide
    assert "Title &amp; &lt;more&gt;" in first.wide
    ids = [set(re.findall(r' id="([^"]+)"', svg)) for svg in (first.wide, first.narrow, second.wide)]
    assert all(ids)
    assert not ids[0] & ids[1]
    assert not ids[0] & ids[2]


def test_colours_follow_the_page() -> None:
    svg = drawing(chart()).wide
    assert "var(--chart-1)" in svg
    assert not list(re.findall(r'(?:fill|stroke)="(#[0-9a-fA-F]+|white|black)"', svg))
    css = (HERE / "static" / "weal.css").read_text("utf-8")
    assert [role for role in PALETTE.values() if css.count(f"--chart-{role}:") != 3] == []


def test_dates_are_days_whatever_the_machines_time_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    svg = drawing(chart()).wide
    assert ">2010<" in svg
    assert ">2019<" in svg or ">2018<" in svg


def test_a_chart_may_not_fetch() -> None:
    with pytest.raises(ValueError, match="address"):
        drawing(chart(data={"url": "https://elsewhere.example/x.json"}))


def test_the_same_chart_is_drawn_once() -> None:
    assert drawing(chart()) is drawing(chart())
    assert drawing(chart(), "zh") is not drawing(chart())


@pytest.mark.parametrize(
    ("days", "language", "wanted"),
    [
        (("2026-11-27T00:00:00Z", "2026-12-03T00:00:00Z"), "zh", {"11月29日", "12月"}),
        (("2026-11-27T00:00:00Z", "2026-12-03T00:00:00Z"), "en", {"29 Nov", "Dec"}),
        (("2026-11-27T00:00:00Z", "2026-11-28T00:00:00Z"), "zh", {"12:00", "18:00", "11月28日"}),
        (("2024-01-01T00:00:00Z", "2026-01-01T00:00:00Z"), "zh", {"2025年", "7月"}),
    ],
)
def test_ticks_are_dates_as_the_language_writes_them(days: tuple[str, str], language: str, wanted: set[str]) -> None:
    """A half-day clock and weekdays with the number of a day, put together from English, are no Chinese."""
    drawn = drawing(chart(data={"values": [{"t": day, "v": 1, "n": "a"} for day in days]}), language)
    texts = set(re.findall(r">([^<>]+)</text>", drawn.wide))
    assert wanted <= texts
