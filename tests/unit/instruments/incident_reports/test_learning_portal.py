"""An officer closes a signal on the page of learning; what is wrong with the form is said there."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest

from commonweal.doors.portal import app
from commonweal.instruments.incident_reports.surveillance import signals

from ...doors.portal.people import fields_of, sign_in
from .conftest import Office

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

PATH = "/incident-reports/learning"


@pytest.fixture
def client(office: Office) -> Iterator[Any]:
    body = {"category": "near_miss", "reporter": "provider", "title": "t"}
    for number in range(5):
        told = {"what_happened": f"In {number}", "warnings": ["deception"]}
        office.file("report", name=f"R {number}", **told, **body)
    office.over()
    with TestClient(app(office.authority), base_url="http://portal.example", follow_redirects=False) as found:
        yield found


def sign(client: Any, office: Office, role: str) -> None:
    key = office.authority.access.issue_key(f"party:{role}", (role,), ("file", "read"))
    assert sign_in(client, key).status_code == 303


def send(client: Any, path: str, **answers: str) -> Any:
    page = client.get(path)
    action = re.findall(r'<form[^>]*method="post"[^>]*action="([^"]*)"', page.text)[0]
    return client.post(unescape(action), data={**fields_of(page.text, 0), **answers})


def test_an_officer_closes_a_signal_with_reasons(client: Any, office: Office) -> None:
    sign(client, office, "officer")
    page = unescape(client.get(PATH).text)
    assert "Early warning: Deception of overseers" in page
    assert "预警：欺骗监督者" in unescape(client.get(f"/zh{PATH}").text)
    (signal,) = signals(office.authority.reader)
    refused = send(client, PATH, signal=str(signal["entry"]), finding="alert", reasons="")
    assert refused.status_code == 422
    assert "Nothing was recorded" in refused.text
    said = send(client, PATH, signal=str(signal["entry"]), finding="alert", reasons="Alert 7 was given.")
    assert said.status_code == 303
    office.authority.follow()
    page = unescape(client.get(PATH).text)
    assert "Early warning: Deception" not in page
    assert "Confirmed: an alert was given" in page
    assert "Alert 7" not in page


def test_nobody_else_sees_the_page_or_closes_a_signal(client: Any, office: Office) -> None:
    assert client.get(PATH).status_code == 403
    sign(client, office, "developer")
    assert client.get(PATH).status_code == 403
    assert client.post(PATH, data={"signal": "1"}).status_code == 403
