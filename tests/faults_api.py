"""One request to an ASGI app, from any thread; and parties that sign theirs."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from http_message_signatures import HTTPMessageSigner, HTTPSignatureKeyResolver
from http_message_signatures.algorithms import ED25519

from commonweal.authority import Authority

BASE = "http://localhost"


def answered(asgi: Any, method: str, path: str, **more: Any) -> httpx.Response:
    async def call() -> httpx.Response:
        transport = httpx.ASGITransport(asgi, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            return await client.request(method, path, **more)

    return asyncio.run(call())


class _OneKey(HTTPSignatureKeyResolver):
    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private

    def resolve_private_key(self, key_id: str) -> Ed25519PrivateKey:
        return self._private


class Signer:
    """A party that signs its requests (RFC 9421) with a key registered at an authority."""

    def __init__(self, authority: Authority, party: str = "party:lab") -> None:
        self.private = Ed25519PrivateKey.generate()
        public = base64.b64encode(self.private.public_key().public_bytes_raw()).decode()
        self.keyid = authority.access.register_public_key(party, public, ("developer",), ("file",))

    def signed(self, path: str, body: bytes, nonce: str) -> dict[str, Any]:
        """What `answered` needs to send this body, signed under a nonce."""
        request = httpx.Request("POST", BASE + path, content=body, headers={"Content-Type": "application/json"})
        signer = HTTPMessageSigner(signature_algorithm=ED25519, key_resolver=_OneKey(self.private))
        covered = ("@method", "@authority", "@path", "content-type", "content-digest")
        signer.sign(request, key_id=self.keyid, nonce=nonce, covered_component_ids=covered, body=body)  # type: ignore[call-arg]
        names = ("content-type", "content-digest", "signature", "signature-input")
        return {"content": body, "headers": {name: request.headers[name] for name in names}}
