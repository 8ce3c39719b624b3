"""Who is asking: a bearer key, or a request signed with a registered Ed25519 key (RFC 9421)."""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from http_message_signatures import HTTPMessageVerifier, HTTPSignatureKeyResolver, VerifyResult
from http_message_signatures.algorithms import ED25519
from http_message_signatures.exceptions import HTTPMessageSignaturesException
from starlette.requests import Request

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.kernel.values import CommonwealError, Fault, Forbidden
from commonweal.pacing import Buckets, comes_from
from commonweal.refusing import WHOLE
from commonweal.sight import Sight

from .addresses import Addresses
from .limits import Limits
from .plain_signatures import digested, plainly_digested, plainly_signed
from .problems import Malformed, Unauthorized

CLOCK_SKEW_S = 30
# What else changes what a request does: it must be covered where it is there.
_COVERED_IF_PRESENT = ("content-type", "idempotency-key")
NO_KEY = "the key is unknown, wrong, expired or revoked"
FOR_PEOPLE = (
    "whoever holds this key has a passkey, which nothing asks for here: ask for a key for programs (`weal key issue "
    "--scope program`)"
)
PUBLIC_PARTY = "party:public"


class Holder(Protocol):
    """Whom a key speaks for (what `authority.access` gives)."""

    keyid: str
    party: str
    roles: tuple[str, ...]
    scopes: tuple[str, ...]
    rate_per_s: float
    organisation: str


@dataclass(frozen=True, slots=True)
class Asking:
    """A caller with what its key allows; `holder` is None for the public."""

    caller: Caller
    holder: Any = None

    def needs(self, scope: str) -> Caller:
        """The caller, if it may. Raises `Unauthorized` for the public, `Forbidden` for a key without the scope."""
        if self.holder is None:
            raise Unauthorized(
                "this needs an API key: Authorization: Bearer <key>, or a signed request (RFC 9421)", seen="(absent)"
            )
        if scope not in self.holder.scopes:
            raise Forbidden(f"this key may {', '.join(self.holder.scopes) or 'do nothing'}; this needs {scope}")
        return self.caller

    @property
    def may_read(self) -> bool:
        """Whether this caller reads as itself; a key that may not read reads as the public."""
        return self.holder is not None and "read" in self.holder.scopes

    def sight(self, authority: Authority, operation: str, purpose: str) -> Sight:
        """What this caller sees in the answer to one request."""
        if not self.may_read:
            return Sight(authority, None, "")
        return Sight(authority, self.caller, f"api {operation}", keyid=self.holder.keyid, purpose=purpose)


PUBLIC = Asking(Caller(PUBLIC_PARTY))


@dataclass(frozen=True, slots=True)
class Coming:
    """Who is asking, by what the head of a request shows. `signed` awaits the body: see `Gatekeeper.confirm`."""

    asking: Asking
    signed: VerifyResult | None = None


@dataclass(frozen=True, slots=True)
class Spending:
    """The nonce of a signed request, to be spent before the request is acted on; `until` is in POSIX seconds."""

    keyid: str
    nonce: str
    until: float
    request: Request


class Gatekeeper:
    """Establishes who is asking and how often they may, before any of a body is read.

    `coming` is safe on the event loop: one indexed look-up, at most one signature, no commit.
    """

    def __init__(self, authority: Authority, limits: Limits, addresses: Addresses) -> None:
        self._authority, self._access = authority, cast(Any, authority.access)
        self._limits, self._known = limits, addresses
        self._proxies = authority.settings.trusted_proxies
        self._keys, self._addresses = Buckets("key"), Buckets("address")

    def coming(self, request: Request) -> Coming:
        """Who is asking, by the head of a request alone. Raises `Unauthorized` and `TooMany`.

        Until a key's holder is established, a request counts against its address; credentials that will not do count
        for several.
        """
        try:
            holder, signed = self._holder(request)
        except (Unauthorized, Malformed):
            self._admit_address(request, self._limits.failed_login_costs)
            raise
        if holder is None:
            self._admit_address(request)
            return Coming(PUBLIC)
        if self._access.asks_passkey(holder):
            self._admit_address(request, self._limits.failed_login_costs)
            raise Unauthorized(FOR_PEOPLE)
        self._keys.take(holder.keyid, holder.rate_per_s, max(1.0, holder.rate_per_s * self._limits.key_burst_s))
        return Coming(
            Asking(Caller(holder.party, holder.roles, holder.organisation, holder.keyid if signed else ""), holder),
            signed,
        )

    @contextmanager
    def filing(self, coming: Coming) -> Iterator[None]:
        """Count what is filed and refused against its party. Raises `RefusedOften` before any work is done."""
        asking = coming.asking
        counts = asking.holder is not None and not WHOLE & set(asking.caller.roles)
        with self._authority.refused.counted([(asking.caller.party, 1)] if counts else ()):
            yield

    def confirm(self, request: Request, coming: Coming, body: bytes) -> Spending | None:
        """Hold the body against the digest that was signed. Gives the nonce that is still to be spent (see `spend`).

        The nonce is spent last, so that nobody can spend another's. Raises `Unauthorized`; commits nothing.
        """
        if coming.signed is None:
            return None
        try:
            if not plainly_digested(coming.signed.covered_components, body):
                _Verifier(signature_algorithm=ED25519, key_resolver=None).verify_body(
                    self._message(request), [coming.signed], body
                )
            return self._spending(request, coming.asking.holder, coming.signed)
        except HTTPMessageSignaturesException as error:
            self._admit_address(request, self._limits.failed_login_costs)
            raise Unauthorized(f"the signature does not verify: {error}", "Content-Digest") from error
        except Unauthorized:
            self._admit_address(request, self._limits.failed_login_costs)
            raise

    def confirm_digests(self, request: Request, coming: Coming, digests: Mapping[str, bytes]) -> Spending | None:
        """`confirm` for a body that nobody held: its digests by name, as RFC 9530 has them."""
        if coming.signed is None:
            return None
        try:
            if not digested(coming.signed.covered_components, digests):
                why = "the signature must cover a Content-Digest in sha-256 or sha-512 that is that of the body"
                raise Unauthorized(why, "Content-Digest")
            return self._spending(request, coming.asking.holder, coming.signed)
        except Unauthorized:
            self._admit_address(request, self._limits.failed_login_costs)
            raise

    def spend(self, nonces: Sequence[Spending]) -> list[CommonwealError | None]:
        """Spend nonces in one commit; for each that was spent before, the `Unauthorized` that its request gets."""
        if not nonces:
            return []
        spent = self._access.spend_nonces([(item.keyid, item.nonce, item.until) for item in nonces])
        return [None if first else self._again(item) for item, first in zip(nonces, spent, strict=True)]

    def _again(self, item: Spending) -> CommonwealError:
        try:
            self._admit_address(item.request, self._limits.failed_login_costs)
        except CommonwealError as error:  # too many
            return error
        why = "this nonce was used before: a signed request counts once"
        return Unauthorized(why, "Signature-Input", item.nonce[:60])

    def failed(self, request: Request) -> None:
        """Count a secret that opened nothing against where it came from. Raises `TooMany`."""
        self._admit_address(request, self._limits.failed_login_costs)

    def _admit_address(self, request: Request, cost: float = 1.0) -> None:
        peer = request.client.host if request.client else ""
        address = comes_from(peer, request.headers.getlist("x-forwarded-for"), self._proxies)
        self._addresses.take(address, self._limits.address_per_s, self._limits.address_burst, cost)

    def _holder(self, request: Request) -> tuple[Holder | None, VerifyResult | None]:
        headers = request.headers
        if len(given := headers.getlist("authorization")) > 1:
            want = "one Authorization header: of two, nobody can say which one counts"
            raise Malformed(Fault("Authorization", f"{len(given)} headers", want, "repeated"), "request")
        if "signature-input" in headers or "signature" in headers:
            return self._signed(request)
        if not given:
            return None, None
        scheme, _, token = given[0].partition(" ")
        if scheme.lower() != "bearer":
            raise Unauthorized("only the Bearer scheme is understood", seen=scheme[:20])
        holder: Holder | None = self._access.caller_of(token.strip())
        if holder is None:
            ended = self._access.ran_out(token.strip())
            why = f"the key is right, but it ran out at {ended}: ask for another" if ended else NO_KEY
            raise Unauthorized(why)
        return holder, None

    def _signed(self, request: Request) -> tuple[Holder, VerifyResult]:
        """Whose signature the head of a request carries. It covers the body's digest, not yet held against a body."""
        message = self._message(request)
        resolver = _Resolver(self._access)
        plain = plainly_signed(message.method, message.url, message.headers.items(), resolver.key, self._may_be_created)
        if plain is not None and resolver.holder is not None:
            self._check_covered(request, set(plain.covered_components))
            return resolver.holder, plain
        verifier = _Verifier(signature_algorithm=ED25519, key_resolver=resolver)
        age = datetime.timedelta(seconds=self._limits.signature_age_s)
        try:
            found = verifier.verify(message, max_age=age)
        except HTTPMessageSignaturesException as error:
            raise Unauthorized(f"the signature does not verify: {error}", "Signature") from error
        except Exception as error:  # the library parses what strangers sent
            raise Unauthorized("the signature headers cannot be read", "Signature-Input") from error
        if len(found) != 1 or resolver.holder is None:
            raise Unauthorized("exactly one signature is needed", "Signature-Input", f"{len(found)} signatures")
        self._check_covered(request, set(found[0].covered_components))
        return resolver.holder, found[0]

    def _may_be_created(self, at: int) -> bool:
        now = time.time()
        return now - CLOCK_SKEW_S - self._limits.signature_age_s <= at <= now + CLOCK_SKEW_S

    def _message(self, request: Request) -> _Message:
        return _Message(request.method, self._known.url(request), _Headers(request.headers.raw))

    @staticmethod
    def _check_covered(request: Request, covered: set[str]) -> None:
        needed = {'"@method"'}
        if '"@target-uri"' not in covered:
            needed |= {'"@authority"', '"@path"'} | ({'"@query"'} if request.url.query else set())
        needed |= {f'"{name}"' for name in _COVERED_IF_PRESENT if name in request.headers}
        if missing := sorted(needed - covered):
            raise Unauthorized(
                f"the signature must cover {', '.join(missing)}", "Signature-Input", ", ".join(covered)[:120]
            )

    def _spending(self, request: Request, holder: Holder, signed: VerifyResult) -> Spending:
        nonce = signed.nonce
        if not nonce:
            raise Unauthorized("the signature needs a nonce, used once", "Signature-Input", "no nonce")
        until = float(signed.parameters["created"]) + self._limits.signature_age_s + CLOCK_SKEW_S
        return Spending(holder.keyid, nonce, until, request)


class _Verifier(HTTPMessageVerifier):  # type: ignore[misc, unused-ignore]
    max_clock_skew = datetime.timedelta(seconds=CLOCK_SKEW_S)


class _Resolver(HTTPSignatureKeyResolver):  # type: ignore[misc, unused-ignore]
    """Looks keys up for the library and remembers whose it was."""

    def __init__(self, access: Any) -> None:
        self._access = access
        self.holder: Holder | None = None

    def key(self, key_id: str) -> bytes | None:
        found = self._access.public_key(key_id)
        if found is None:
            return None
        self.holder = found[1]
        return bytes(found[0])

    def resolve_public_key(self, key_id: str) -> Ed25519PublicKey | None:
        found = self.key(key_id)
        return None if found is None else Ed25519PublicKey.from_public_bytes(found)

    def resolve_private_key(self, key_id: str) -> Any:
        raise KeyError(key_id)


@dataclass(frozen=True, slots=True)
class _Message:
    """A request as the signature library wants to see it."""

    method: str
    url: str
    headers: _Headers


class _Headers:
    """All field lines in order, as they came."""

    def __init__(self, raw: Iterable[tuple[bytes, bytes]]) -> None:
        self._lines = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in raw]

    def items(self) -> list[tuple[str, str]]:
        return self._lines

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name for name, _ in self._lines))

    def __contains__(self, name: str) -> bool:
        return any(field.lower() == name.lower() for field, _ in self._lines)
