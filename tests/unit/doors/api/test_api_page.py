"""The page about the API says how a request is signed, by an example: here it is run as it stands there."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

import commonweal
from commonweal.authority import Authority

from .conftest import BASE, Client

PAGE = (Path(commonweal.__file__).parents[2] / "docs" / "api.md").read_text("utf-8")
SIGNING, SENDING = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
BOOKS = "/api/v1/filings/lending.book"


@pytest.fixture
def key(authority: Authority) -> tuple[bytes, str]:
    """A key in the form that openssl writes, and what the authority calls it."""
    private = Ed25519PrivateKey.generate()
    public = base64.b64encode(private.public_key().public_bytes_raw()).decode()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem, authority.access.register_public_key("party:lab", public, ("developer",), ("file",))


def signed(*said: Any) -> dict[str, str]:
    named: dict[str, Any] = {}
    exec(SIGNING, named)
    return dict(named["signed"](*said))


def test_a_request_signed_as_the_page_says_is_let_in_once(
    public: Client, key: tuple[bytes, str], authority: Authority
) -> None:
    body = json.dumps({"name": "A History", "pages": 300}).encode()
    headers = signed(*key, "POST", BASE + BOOKS, body)
    answer = public.post(BOOKS, content=body, headers=headers)
    assert answer.status_code == 201, answer.text
    assert authority.entry(answer.json()["index"]).author == "party:lab"
    assert public.post(BOOKS, content=body, headers=headers).status_code == 401, "its nonce was used"
    other = body.replace(b"300", b"301")
    assert public.post(BOOKS, content=other, headers=signed(*key, "POST", BASE + BOOKS, body)).status_code == 401


def test_what_is_sent_on_the_page_is_what_the_function_takes() -> None:
    assert 'signed(pathlib.Path("lab.pem").read_bytes(), ' in SENDING
    compile(SENDING, "docs/api.md", "exec")


def test_the_description_of_the_api_leads_there_and_says_what_is_covered(public: Client) -> None:
    described = public.get("/api/v1/openapi.json").json()
    scheme = described["components"]["securitySchemes"]["signature"]
    for part in (
        "@method",
        "@target-uri",
        "content-digest",
        "content-type",
        "created",
        "keyid",
        "nonce",
        "docs/api.md",
    ):
        assert part in scheme["description"]
        assert part == "docs/api.md" or part in PAGE
    assert {"signature": []} in described["paths"]["/api/v1/batches"]["post"]["security"]
