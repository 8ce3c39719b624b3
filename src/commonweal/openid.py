"""Signing in with an identity provider (OpenID Connect Core 1.0): authorisation code with PKCE (RFC 7636), and no more.

The provider's own description is read once an hour, its keys when a token names one that is not known. An ID token
counts only if the provider named in `authority.toml` signed it with a key of that description, for this client, for the
nonce of this browser, and now. What comes of it is the SHA-256 of issuer and subject: whose account it is, and nothing
else of what the token says.
"""

from __future__ import annotations

import json
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from commonweal.identity import Provider
from commonweal.kernel.values import Busy, Forbidden

ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
ANSWER_BYTES_MAX, SECONDS_MAX = 256 << 10, 10.0
KNOWN_FOR_S, KEYS_AGAIN_S, SKEW_S, AGE_MAX_S = 3600.0, 60.0, 60, 600
SUBJECT_CHARS_MAX = 255


def account_of(issuer: str, subject: str) -> str:
    """By what an account is known here: SHA-256, in hex, of the issuer, a line feed and the subject."""
    return sha256(f"{issuer}\n{subject}".encode()).hexdigest()


@dataclass
class OpenId:
    """One provider, as this process knows it. `transport` carries the requests (a test's own, for one)."""

    provider: Provider
    transport: httpx.BaseTransport | None = None
    clock: Callable[[], float] = time.time
    _known: dict[str, Any] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def address(self, back: str, state: str, nonce: str, verifier: str) -> str:
        """Where the browser goes to sign in there, and comes back to `back` from. Raises `Busy`."""
        challenge = _base64url(sha256(verifier.encode()).digest())
        asked = {
            "response_type": "code", "client_id": self.provider.client_id, "redirect_uri": back, "scope": "openid",
            "state": state, "nonce": nonce, "code_challenge": challenge, "code_challenge_method": "S256",
        }  # fmt: skip
        there = self._described()["authorization_endpoint"]
        return f"{there}{'&' if '?' in there else '?'}{urlencode(asked)}"

    def account(self, code: str, back: str, nonce: str, verifier: str) -> str:
        """Whose account somebody has shown to be theirs, by the code that the browser came back with.

        Raises `Forbidden` for a code or a token that does not count, and `Busy` where the provider does not answer.
        """
        given = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier,
                 "client_id": self.provider.client_id}  # fmt: skip
        secret = self.provider.secret()
        auth = (self.provider.client_id, secret) if secret else None
        answer = self._asked("POST", self._described()["token_endpoint"], data=given, auth=auth)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise Forbidden("the identity provider gave no ID token for this sign-in; begin anew")
        return self._checked(token, nonce)

    def _checked(self, token: str, nonce: str) -> str:
        claims = self._claims(token)
        now, issuer, client = self.clock(), self.provider.issuer, self.provider.client_id
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        subject = claims.get("sub")
        wrong = [
            words
            for words, right in (
                ("iss (another issuer)", claims.get("iss") == issuer),
                ("aud (not for this client)", client in audiences),
                ("azp (not for this client)", claims.get("azp", client) == client),
                ("azp (missing)", len(audiences) == 1 or "azp" in claims),
                ("nonce (not of this browser)", claims.get("nonce") == nonce),
                ("exp (it has ended)", _number(claims.get("exp")) and claims["exp"] > now - SKEW_S),
                ("iat (not of now)", _number(claims.get("iat")) and abs(now - claims["iat"]) <= AGE_MAX_S),
                ("sub (none)", isinstance(subject, str) and 0 < len(subject) <= SUBJECT_CHARS_MAX),
            )
            if not right
        ]
        if wrong:
            raise Forbidden(f"the identity provider's token does not count here: {', '.join(wrong)}")
        return account_of(issuer, str(subject))

    def _claims(self, token: str) -> Mapping[str, Any]:
        """The claims of a token that a key of the provider signed; its keys are read again where none did."""
        for fresh in (False, True):
            try:
                return dict(jwt.decode(token, self._keys(fresh), algorithms=ALGORITHMS).claims)
            except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
                reason = type(error).__name__
        raise Forbidden(f"the identity provider's token is not signed with a key of theirs ({reason})")

    # ── what is known of the provider ───────────────────────────────────────────────────────────────────────────

    def _described(self) -> Mapping[str, Any]:
        """What the provider says of itself. Raises `Busy` where that cannot be had, or is about another."""
        with self._lock:
            at, found = self._known.get("described", (0.0, None))
            if found is not None and self.clock() - at < KNOWN_FOR_S:
                return dict(found)
        issuer = self.provider.issuer
        said = self._asked("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not _same_safety(said.get(name), issuer):
                raise Busy(f"the identity provider says nothing usable of {name}; ask whoever runs it")
        if said.get("issuer") != issuer:
            raise Busy("the identity provider says that it is another issuer; ask whoever runs it")
        with self._lock:
            self._known["described"] = (self.clock(), said)
        return said

    def _keys(self, fresh: bool) -> KeySet:
        with self._lock:
            at, found = self._known.get("keys", (0.0, None))
            if found is not None and self.clock() - at < (KEYS_AGAIN_S if fresh else KNOWN_FOR_S):
                return found  # type: ignore[no-any-return]
        keys = KeySet.import_key_set(self._asked("GET", self._described()["jwks_uri"]))  # type: ignore[arg-type]
        with self._lock:
            self._known["keys"] = (self.clock(), keys)
        return keys

    def _asked(self, method: str, url: str, **more: Any) -> dict[str, Any]:
        """One answer in JSON, within bounds and without following anywhere else. Raises `Busy` and `Forbidden`."""
        try:
            with (
                httpx.Client(transport=self.transport, timeout=SECONDS_MAX, trust_env=False) as client,
                client.stream(method, url, headers={"Accept": "application/json"}, **more) as response,
            ):
                body = b""
                for piece in response.iter_bytes():
                    body += piece
                    if len(body) > ANSWER_BYTES_MAX:
                        raise Busy("the identity provider's answer is too long")
                status = response.status_code
            if method == "POST" and 400 <= status < 500:
                raise Forbidden("the identity provider does not take this sign-in any more; begin anew")
            if status != 200:
                raise Busy(f"the identity provider answered {status}; try again later")
            found = json.loads(body)
            if not isinstance(found, dict):
                raise ValueError
            return found
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as error:
            raise Busy("the identity provider does not answer as it should; try again later") from error


def _same_safety(url: Any, issuer: str) -> bool:
    """Whether an address can be gone to: over HTTPS, unless the issuer itself is without (on this machine)."""
    if not isinstance(url, str):
        return False
    parts = urlsplit(url)
    return bool(parts.hostname) and parts.scheme in ("https", urlsplit(issuer).scheme)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")
