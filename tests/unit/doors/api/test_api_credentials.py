"""Credentials over the API: what a holder downloads, what a provider of compute polls, what a stranger looks up."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from attested import CERTIFICATE, LIST, ORIGIN, START, Office
from commonweal import attestations
from commonweal.doors import portal
from commonweal.doors.api import Limits, app
from commonweal.doors.cli import main
from commonweal.kernel.disclosure import verify_presentation
from commonweal.kernel.record import Act

OPEN = Limits(address_per_s=1e6, address_burst=1e6)
HOLDER = "/api/v1/credentials/model:m"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office.found(tmp_path / "office")
    with office.authority:
        office.register(compute_flop=1e24, data_description="confidential words")
        yield office


@pytest.fixture
def public(office: Office) -> Iterator[TestClient]:
    with TestClient(app(office.authority, limits=OPEN)) as client:
        yield client


def test_a_holders_file_and_its_status_list_verify_together(office: Office, public: TestClient) -> None:
    held = public.get(HOLDER).json()
    path = held["status_list"].removeprefix(f"https://{ORIGIN}")
    answer = public.get(path)
    assert answer.headers["content-type"] == "application/statuslist+jwt"
    assert "max-age=60" in answer.headers["cache-control"]
    assert office.standing(held, status_token=answer.text).valid
    office.decide("model:m", "suspended")
    assert office.standing(held, status_token=public.get(path).text).state == "suspended"


def test_a_suspension_that_was_not_followed_yet_shows_at_once(office: Office, public: TestClient) -> None:
    """Whoever polls right after the decision was acknowledged must not be told that all is well."""
    held = public.get(HOLDER).json()
    body = {"about": "model:m", "status": "suspended", "reason_code": "dangerous"}
    office.authority.act(Act("model_registration.status", body, "now", "model:m"))
    token = public.get(f"/api/v1/status-lists/{LIST}").text
    assert office.standing(held, status_token=token).state == "suspended"


def test_chosen_claims_and_the_token_alone(office: Office, public: TestClient) -> None:
    held = public.get(f"{HOLDER}?fields=name&type={CERTIFICATE}").json()
    assert set(office.standing(held).claims) == {"name"}
    answer = public.get(f"{HOLDER}?format=sd-jwt")
    assert answer.headers["content-type"] == "application/dc+sd-jwt"
    assert answer.text.count("~") >= 4
    assert public.get(f"{HOLDER}?fields=no_such").status_code == 422
    assert public.get("/api/v1/credentials/model:none").status_code == 404
    assert public.get(f"{HOLDER}?type=no.such").status_code == 404


def test_issuer_metadata_is_where_the_specification_looks(office: Office, public: TestClient) -> None:
    """For an issuer with a path, the well-known part stands between host and path (draft, section 5)."""
    found = public.get("/.well-known/jwt-vc-issuer/ai").json()
    assert found["issuer"] == f"https://{ORIGIN}"
    assert found["log_vkey"] == office.authority.vkey
    assert public.get("/.well-known/jwt-vc-issuer").json() == found
    assert public.get("/.well-known/jwt-vc-issuer/other").status_code == 404
    assert all("d" not in key for key in found["jwks"]["keys"])
    standing = attestations.checked(
        public.get(HOLDER).json(), office.authority.vkey, found, status_token=office.token(), now=office.clock.now()
    )
    assert standing.valid


def test_a_type_describes_itself_in_both_languages(public: TestClient) -> None:
    found = public.get(f"/api/v1/credential-types/{CERTIFICATE}").json()
    assert found["vct"] == f"https://{ORIGIN}/api/v1/credential-types/{CERTIFICATE}"
    assert {item["locale"] for item in found["display"]} == {"en", "zh-Hans"}
    assert [item["path"] for item in found["claims"]][:2] == [["name"], ["organisation"]]
    assert public.get("/api/v1/credential-types/no.such").status_code == 404
    assert public.get("/api/v1/status-lists/no.such.0").status_code == 404


def test_presentations_show_each_caller_what_they_may_see(office: Office, public: TestClient) -> None:
    authority = office.authority
    index = next(n for n in range(authority.store.size()) if authority.entry(n).kind == "model_registration.model")
    path = f"/api/v1/entries/{index}/presentation"
    mine = {"Authorization": "Bearer " + authority.access.issue_key("party:lab", ("developer",), ("read",))}
    other = {"Authorization": "Bearer " + authority.access.issue_key("party:rival", ("developer",), ("read",))}
    peer = {"Authorization": "Bearer " + authority.access.issue_key("party:fellow", ("peer",), ("read",))}
    for headers, sees in (({}, False), (other, False), (peer, False), (mine, True)):
        found = public.get(path, headers=headers).json()
        shown = verify_presentation(found["sd_jwt"], found["proof"].encode(), authority.vkey, found["jwks"])
        assert ("data_description" in shown.fields) == sees
        assert shown.fields["name"] == "M"
    assert public.get(f"{path}?fields=data_description").status_code == 422
    token = public.get(f"{path}?fields=name&format=sd-jwt")
    assert token.headers["content-type"] == "application/sd-jwt"
    assert token.text.count("~") == 2
    assert public.get("/api/v1/entries/99999/presentation").status_code == 404


def test_the_portal_hands_both_out(office: Office) -> None:
    authority = office.authority
    with TestClient(portal.app(authority)) as client:
        page = client.get("/models/m").text
        assert f"/credentials/{CERTIFICATE}/m.json" in page
        held = client.get(f"/credentials/{CERTIFICATE}/m.json").json()
        assert office.standing(held).valid
        alone = client.get(f"/credentials/{CERTIFICATE}/m.sd-jwt")
        assert alone.headers["content-type"].startswith("application/dc+sd-jwt")
        assert "有效" in client.get("/zh/models/m").text
        index = held["number"]
        assert f"/record/{index}.presentation.json" in client.get(f"/record/{index}").text
        chosen = client.get(f"/record/{index}.presentation.json?field=name&field=compute_flop").json()
        shown = verify_presentation(chosen["sd_jwt"], chosen["proof"].encode(), authority.vkey, chosen["jwks"])
        assert shown.fields == {"name": "M", "compute_flop": 1e24}
        assert client.get(f"/record/{index}.sd-jwt").text.endswith("~")
        assert "confidential words" not in client.get(f"/record/{index}.presentation.json").text
        for path in (f"/credentials/{CERTIFICATE}/none.json", "/credentials/no.such/m.json", "/record/9999.sd-jwt"):
            assert client.get(path).status_code == 404, path
        assert client.get(f"/record/{index}.presentation.json?field=data_description").status_code == 422


# ── a provider of compute, over loopback ────────────────────────────────────────────────────────────────────────────


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """`weal serve` in a process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-c", "import sys; from commonweal.doors.cli import main; sys.exit(main())"]
    with subprocess.Popen([*command, "serve", str(folder), "--port", str(port)], stdout=subprocess.DEVNULL) as process:
        base = f"http://127.0.0.1:{port}"
        try:
            for _ in range(200):
                with contextlib.suppress(httpx.HTTPError):
                    if httpx.get(f"{base}/api/v1/health").status_code == 200:
                        break
                time.sleep(0.1)
            yield base
        finally:
            process.terminate()
            process.wait(30)


def test_a_provider_of_compute_polls_until_the_registration_is_suspended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The whole of it: file, download, poll over HTTP, suspend, and the next poll says so and exits 1."""
    office = Office.found(tmp_path / "office")
    with office.authority:
        office.register(compute_flop=1e24)
        vkey = office.authority.vkey
        body = {"about": "model:m", "status": "suspended", "reason_code": "dangerous"}
        key = office.authority.access.issue_key("party:office", ("officer", "authority"), ("file",))
    now = START.isoformat()
    with served(tmp_path / "office") as base:
        address = base + HOLDER
        assert main(["credential", "check", address, "--vkey", vkey, "--now", now]) == 0
        assert capsys.readouterr().out.startswith("valid: model:m")
        assert httpx.get(f"{base}/.well-known/jwt-vc-issuer/ai").json()["log_vkey"] == vkey
        file = tmp_path / "held.json"
        file.write_bytes(httpx.get(address).content)
        polled = ["credential", "check", str(file), "--vkey", vkey, "--at", base, "--now", now, "--json"]
        assert main([*polled, "--every", "1", "--times", "2"]) == 0
        assert capsys.readouterr().out.count('"state": "valid"') == 2
        answer = httpx.post(f"{base}/api/v1/filings/model_registration.status", json=body,
                            headers={"Authorization": f"Bearer {key}"})  # fmt: skip
        assert answer.status_code == 201, answer.text
        assert main([*polled, "--every", "1", "--times", "5"]) == 1
        said: dict[str, Any] = json.loads(capsys.readouterr().out)
        assert said["state"] == "suspended"
    assert main(polled) == 1, "where the status cannot be had, nothing is known"
    said = json.loads(capsys.readouterr().out)
    assert said["state"] == "unverified"
