"""People at the portal, as tests send their forms: with the tokens that its pages carry, and a device's own key."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from html import unescape
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def fields_of(page: str, number: int = 0) -> dict[str, str]:
    """The fields that a form of a page would send as it stands."""
    form = re.findall(r'<form[^>]*method="post"[^>]*>(.*?)</form>', page, re.DOTALL)[number]
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        attributes = {name: unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', tag)}
        if attributes.get("type") not in ("radio", "checkbox") or " checked" in tag:
            found[attributes["name"]] = attributes.get("value", "")
    return found


def answers_of(form: str) -> dict[str, str]:
    """All that a browser would send of a form as it stands: long texts and what is chosen too."""
    found = fields_of(form)
    for name, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        found[name] = unescape(text).lstrip("\n")
    for name, body in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        found[name] = unescape((re.findall(r'value="([^"]*)" selected', body) or [""])[0])
    return found


def sign_in(client: Any, key: str, **more: str) -> Any:
    """Sign in with a pasted key, as a browser does."""
    page = client.get("/sign-in")
    return client.post("/sign-in", data={**fields_of(page.text, 1), "key": key, **more})


@dataclass(frozen=True)
class Device:
    """A phone with a key of its own."""

    private: Ed25519PrivateKey

    @classmethod
    def new(cls) -> Device:
        return cls(Ed25519PrivateKey.generate())

    @property
    def raw(self) -> bytes:
        return self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @property
    def public(self) -> str:
        return base64.b64encode(self.raw).decode()

    @property
    def keyid(self) -> str:
        return f"ed25519-{hashlib.sha256(self.raw).hexdigest()[:16]}"

    def signed(self, text: str) -> str:
        return base64.b64encode(self.private.sign(text.encode())).decode()
