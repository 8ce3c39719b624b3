"""A page offers a PDF where one can be laid out, and none where the library for it is not installed."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from commonweal.doors.portal import app
from commonweal.instruments.incident_reports.printing import PDF
from commonweal.kernel import instrument

from .conftest import Office

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient


@pytest.mark.parametrize("installed", [True, False])
def test_a_pdf_is_offered_where_it_can_be_made(office: Office, monkeypatch: Any, installed: bool) -> None:
    monkeypatch.setattr(instrument, "find_spec", lambda name: object() if installed else None)
    office.file("incident", name="I 1", title="T")
    office.file(
        "publication", name="I 1", incident="incident:i-1", published_on="2026-03-02", title="T", summary="S",
    )  # fmt: skip
    assert PDF.offered is installed
    with TestClient(app(office.authority), base_url="http://portal.example") as client:
        assert ("incidents.pdf" in client.get("/incident_reports/incidents").text) is installed
        assert ("incidents.pdf" in client.get("/incidents/i-1").text) is installed
