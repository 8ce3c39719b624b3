"""An authority with a small instrument of its own, from a folder outside the package."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from commonweal.authority import Authority
from commonweal.doors.portal import app
from commonweal.instruments import discover
from commonweal.kernel.record import Act
from commonweal.kernel.values import ReplayClock, Text
from commonweal.settings import Settings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

START = datetime(2025, 9, 1, tzinfo=UTC)
INSTRUMENT = """
from datetime import date
from typing import Annotated

from commonweal.kernel.instrument import (
    PUBLIC, Chart, Column, Filing, Filter, Instrument, Kind, Listing, Page, Text,
)
from commonweal.kernel.registry import subject, subjects
from commonweal.kernel.values import NotFound


class Bridge(Filing):
    name: Annotated[str, PUBLIC]
    length_m: Annotated[float, PUBLIC]
    built_on: Annotated[date, PUBLIC]
    inspector: str = ""


class Informant(Filing):
    name: str
    city: Annotated[str, PUBLIC]


def rows(reading, query):
    found = [{**row["body"], "compute": 10.0 ** row["body"]["length_m"], "state": "in_force",
              "href": "/bridges/" + row["subject"].split(":")[1]} for row in subjects(reading.tables, "bridge")]
    return [row for row in found if row["length_m"] >= float(query.get("longer_than") or 0)]


def view(reading, query):
    row = subject(reading.tables, "bridge:" + query["slug"])
    if row is None:
        raise NotFound("bridge", query["slug"])
    chart = Chart("Lengths", {"mark": "bar", "data": {"values": [{"n": row["name"], "m": row["body"]["length_m"]}]},
                  "encoding": {"x": {"field": "n", "type": "nominal"}, "y": {"field": "m", "type": "quantitative"}}},
                  ["Bridge", "m"], [[row["name"], row["body"]["length_m"]]])
    return {"title": row["name"], "chart_": chart}


INSTRUMENT = Instrument(
    id="bridges",
    title=Text(en="Bridges", zh="桥梁"),
    summary=Text(en="A register of bridges.", zh="桥梁登记。"),
    kinds=(
        Kind("bridges.bridge", Bridge, Text(en="Bridge", zh="桥"), noun="bridge"),
        Kind("bridges.informant", Informant, Text(en="Informant", zh="举报人"), noun="informant"),
    ),
    listings=(
        Listing(
            "all", Text(en="All bridges", zh="全部桥梁"),
            columns=(Column("name", Text(en="Name", zh="名称")),
                     Column("length_m", Text(en="Length", zh="长度"), "number"),
                     Column("compute", Text(en="Effort", zh="工程量"), "flop"),
                     Column("built_on", Text(en="Built", zh="建成"), "date"),
                     Column("state", Text(en="State", zh="状态"), "state")),
            rows=rows, filters=(Filter("longer_than", Text(en="Longer than", zh="长于")),),
        ),
    ),
    pages=(Page("bridge", "/bridges/{slug}", Text(en="Bridge", zh="桥"), "bridge.html", view),),
)
"""
PAGE = """{% extends "layout.html" %}
{% from "parts.html" import chart, state %}
{% block content %}<h1>{{ title }}</h1>{{ chart(chart_) }}{{ state("in force") }}{% endblock %}
"""


def bridge(name: str, length: float) -> Act:
    body = {"name": name, "length_m": length, "built_on": "1932-03-19", "inspector": "Secret Person"}
    return Act("bridges.bridge", body, key="")


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    folder = tmp_path_factory.mktemp("bridges")
    (folder / "pages").mkdir()
    (folder / "__init__.py").write_text(INSTRUMENT)
    (folder / "pages" / "bridge.html").write_text(PAGE)
    settings = Settings(Text(en="Bridge <Office>", zh="桥梁办公室"), "bridges.example/record", START, replay=True)
    place = tmp_path_factory.mktemp("authority")
    with Authority.create(place, settings, clock=ReplayClock(START), installed=discover([folder])) as found:
        acts = [bridge("Long & Wide", 25.3), bridge("=Formula", 3.5), *(bridge(f"No {n:02}", 1 + n) for n in range(60))]
        found.act_all(acts)
        found.act(Act("bridges.informant", {"name": "Deep Throat", "city": "Geneva"}, key=""))
        found.follow()
        yield found


@pytest.fixture(scope="session")
def client(authority: Authority) -> Iterator[TestClient]:
    with TestClient(app(authority), base_url="http://portal.example", follow_redirects=False) as found:
        yield found
