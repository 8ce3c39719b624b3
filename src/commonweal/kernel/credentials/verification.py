"""How a credential stands, checked offline in one call: form, signature, time, status, and its place in the log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from commonweal.kernel.disclosure.commitments import read_leaf, verify_disclosures
from commonweal.kernel.disclosure.sdjwt import Quorum, Unfolded, included, open_sd_jwt
from commonweal.kernel.disclosure.signatures import keys_in
from commonweal.kernel.record import NoteVerifier, TlogProof
from commonweal.kernel.values import BadInput, Fault, FaultCollector, RecordFault, read_json, shown, stamp

from .declaration import SUFFIX
from .kinds import KEY_PUBLISHED
from .statuslist import AGE_MAX, INVALID, SUSPENDED, VALID, StatusToken, instant_in, read_status_token

CREDENTIAL_TYPE = "dc+sd-jwt"
SKEW = timedelta(seconds=60)
_ALWAYS = ("iss", "vct", "sub", "iat", "exp", "status")
_SAYS = {VALID: "valid", INVALID: "revoked", SUSPENDED: "suspended"}


@dataclass(frozen=True, slots=True)
class Standing:
    """How a credential stands. `valid` only if nothing at all was found wrong.

    `state` is valid, suspended, revoked, expired, not_yet_valid, or unverified where it cannot be believed at all or
    its status is not known; `faults` names everything found wrong. `entry` is its place in the log `origin`.
    """

    state: str
    faults: tuple[Fault, ...] = ()
    subject: str = ""
    type: str = ""
    issuer: str = ""
    claims: Mapping[str, Any] = field(default_factory=dict)
    issued_at: datetime | None = None
    expires_at: datetime | None = None
    status_as_of: datetime | None = None
    origin: str = ""
    entry: int | None = None

    @property
    def valid(self) -> bool:
        return self.state == "valid" and not self.faults

    def as_dict(self) -> dict[str, Any]:
        """The standing, ready for JSON."""
        times = {name: getattr(self, name) for name in ("issued_at", "expires_at", "status_as_of")}
        return {
            "valid": self.valid, "state": self.state, "subject": self.subject, "type": self.type,
            "issuer": self.issuer, "claims": dict(self.claims), "origin": self.origin, "entry": self.entry,
            **{name: stamp(when) if when else None for name, when in times.items()},
            "faults": [fault.as_dict() for fault in self.faults],
        }  # fmt: skip


def verify_credential(
    credential: str,
    *,
    status_token: str | None,
    jwks: Mapping[str, Any],
    now: datetime,
    vkey: str = "",
    proof: bytes | None = None,
    required: Iterable[str] = (),
    status_not_before: datetime | None = None,
    status_age_max: timedelta = AGE_MAX,
    policy: Quorum | None = None,
) -> Standing:
    """Check an SD-JWT VC of this house's making, and say how it stands at `now`. Never raises for what it is given.

    `jwks` are the issuer's keys (or its metadata, whose `issuer` must then be the credential's); `status_token` its
    newest Token Status List; `proof` the `tlog-proof` of issuance with the leaf on its extra line, in the log whose
    verifier key is `vkey` (without a `vkey` the log is not asked). `required` names claims that must be disclosed.
    A status token from before `status_not_before` says nothing: who has seen a newer one takes no older one.
    Nor does one past its own end or older than `status_age_max`, whatever end it gives itself.
    Under keys that the metadata tells apart as `compromised`, a credential counts only with that proof.
    A `policy` asks that witnesses have cosigned the checkpoint of the proof.
    """
    found: list[Fault] = []
    stolen: tuple[Mapping[str, Any], ...] = _attempt(found, lambda: _stolen(jwks)) or ()
    opened = _attempt(found, lambda: open_sd_jwt(credential, _with(jwks, stolen), CREDENTIAL_TYPE, "credential"))
    if opened is None:
        return Standing("unverified", tuple(found))
    checking = _Checking(opened, jwks, now)
    checking.form(required)
    if vkey:
        checking.in_log(proof, vkey, policy)
    elif (kid := opened.signed.header.get("kid")) in {key["kid"] for key in stolen}:
        want = "a key that was not stolen, or the proof of issuance with the log's verifier key: ask for it anew"
        checking.faults.add("credential kid", kid, want, "compromised")
    token = None
    if status_token is None:
        checking.faults.add("status token", "(absent)", "the newest token of the credential's status list", "missing")
    else:
        token = _attempt(found, lambda: read_status_token(status_token, jwks))
    status = checking.status(token, status_not_before, status_age_max) if token else None
    return checking.standing(status, token, found)


def _with(jwks: Mapping[str, Any], more: tuple[Mapping[str, Any], ...]) -> Mapping[str, Any]:
    return {"keys": [*keys_in(jwks), *more]} if more else jwks


def _stolen(jwks: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """The keys that the issuer's metadata tells apart as stolen."""
    apart = jwks.get("compromised")
    return tuple(key for key in keys_in(apart) if "kid" in key) if isinstance(apart, Mapping) else ()


class _Checking:
    """What is wrong with one credential whose signature holds."""

    def __init__(self, opened: Unfolded, jwks: Mapping[str, Any], now: datetime) -> None:
        self._opened, self._jwks, self._now = opened, jwks, now.astimezone(UTC)
        self._payload: Mapping[str, Any] = opened.signed.claims
        self.faults = FaultCollector("credential")
        self._entry: int | None = None
        self._origin = ""
        self._issued = instant_in(self._payload, "iat", "credential", self.faults, needed=True)
        self._starts = instant_in(self._payload, "nbf", "credential", self.faults) or self._issued
        self._expires = instant_in(self._payload, "exp", "credential", self.faults)

    def form(self, required: Iterable[str]) -> None:
        """Issuer, type and subject are named; what must be disclosed is."""
        for name in ("iss", "vct", "sub"):
            if not isinstance(self._payload.get(name), str) or not self._payload[name]:
                self.faults.add(f"credential {name}", self._payload.get(name, "(absent)"), "text", "missing")
        expected = self._jwks.get("issuer")
        if expected is not None and self._payload.get("iss") != expected:
            self.faults.add("credential iss", self._payload.get("iss"), f"{expected}, whose keys these are", "issuer")
        for name in required:
            if name not in self._opened.claims:
                self.faults.add(name, "(not disclosed)", "a disclosure that opens this claim", "missing")

    def status(self, token: StatusToken, not_before: datetime | None, age_max: timedelta) -> str | None:
        """What the token says of this credential; None where it says nothing that may be believed now."""
        before = self.faults.count
        reference = self._payload.get("status")
        place = reference.get("status_list") if isinstance(reference, Mapping) else None
        uri, idx = (place.get("uri"), place.get("idx")) if isinstance(place, Mapping) else (None, None)
        if not isinstance(uri, str) or not isinstance(idx, int) or isinstance(idx, bool):
            self.faults.add("credential status", reference, "status_list with uri and idx", "missing")
            return None
        if token.uri != uri:
            self.faults.add("status token sub", token.uri, f"{uri}, the list that the credential names", "other_list")
        if token.issued_at > self._now + SKEW:
            self.faults.add("status token iat", stamp(token.issued_at), f"not after {stamp(self._now)}", "future")
        if token.expires_at <= self._now:
            self.faults.add(
                "status token exp", stamp(token.expires_at), f"after {stamp(self._now)}: ask again", "stale"
            )
        if self._now - token.issued_at > age_max:
            want = f"at most {age_max} before {stamp(self._now)}: ask again"
            self.faults.add("status token iat", stamp(token.issued_at), want, "stale")
        if not_before is not None and token.issued_at < not_before:
            want = f"not before {stamp(not_before)}, when a newer one was seen"
            self.faults.add("status token iat", stamp(token.issued_at), want, "stale")
        status: int | None = None
        try:
            status = token.statuses[idx]
        except BadInput as error:
            self.faults.extend(error.faults)
        if self.faults.count > before or status is None:
            return None
        if status not in _SAYS:
            self.faults.add("status", status, "a status that is known: 0, 1 or 2", "unknown_status")
        return _SAYS.get(status)

    def in_log(self, proof: bytes | None, vkey: str, policy: Quorum | None = None) -> None:
        """The log holds its issuance: the leaf commits to just these digests, and to the claims always shown."""
        if proof is None:
            self.faults.add("proof", "(absent)", "the tlog-proof of issuance with its leaf", "missing")
            return
        try:
            leaf = TlogProof.parse(proof).extra
            self._origin, self._entry, _ = included(leaf, proof, vkey, policy)
            claims = read_leaf(leaf)
        except (RecordFault, BadInput) as error:
            self.faults.add("proof", str(error), "a proof that the issuance stands in this log", "not_in_log")
            return
        name = str(self._payload.get("vct")).rpartition("/")[2] + SUFFIX
        if str(claims["kind"]).rpartition("/")[0] != name:
            self.faults.add("proof kind", claims["kind"], f"the leaf of a {name}", "other_leaf")
        if claims["_sd"] != self._payload.get("_sd") or claims["_sd_alg"] != self._payload.get("_sd_alg"):
            self.faults.add("proof _sd", "other digests", "the digests that the credential holds", "other_leaf")
        if self._payload.get("iss") != f"https://{self._origin}":
            want = f"https://{self._origin}, whose log this is"
            self.faults.add("credential iss", self._payload.get("iss"), want, "issuer")
        shown_always = {name: self._payload[name] for name in _ALWAYS if name in self._payload}
        if self._opened.claims.get("terms") != shown_always:
            want = "the disclosure of terms, saying what the credential says in the open"
            self.faults.add("terms", self._opened.claims.get("terms", "(not disclosed)"), want, "terms")

    def standing(self, status: str | None, token: StatusToken | None, found: list[Fault]) -> Standing:
        """The outcome: time and status decide the state; any other fault makes it unverified."""
        unverified = bool(found) or self.faults.count > 0 or status is None
        if self._starts is not None and self._starts > self._now + SKEW:
            when = stamp(self._starts)
            self.faults.add("credential nbf", when, f"not after {stamp(self._now)}", "future")
        if self._expires is not None and self._expires <= self._now:
            self.faults.add("credential exp", stamp(self._expires), f"after {stamp(self._now)}", "expired")
        if status in {"suspended", "revoked"}:
            self.faults.add("status", status, "valid", str(status))
        faults = (*found, *_faults(self.faults))
        state = "unverified" if unverified else self._state(str(status))
        claims = {name: item for name, item in self._opened.claims.items() if name not in {*_ALWAYS, "terms", "log"}}
        return Standing(
            state, faults, subject=shown(self._payload.get("sub", "")), type=shown(self._payload.get("vct", "")),
            issuer=shown(self._payload.get("iss", "")), claims=claims, issued_at=self._issued,
            expires_at=self._expires, status_as_of=token.issued_at if token else None, origin=self._origin,
            entry=self._entry,
        )  # fmt: skip

    def _state(self, status: str) -> str:
        if self._expires is not None and self._expires <= self._now:
            return "expired"
        if status == "valid" and self._starts is not None and self._starts > self._now + SKEW:
            return "not_yet_valid"
        return status


def proved_keys(evidence: Iterable[Mapping[str, Any]], vkey: str) -> dict[str, Any]:
    """The issuer's keys out of the log itself: each with the proof of the entry that published it.

    So the log's verifier key is all that has to be known beforehand. `evidence` holds mappings with `proof` (a
    tlog-proof with its leaf) and `disclosures`. A key that another one replaced because it was stolen is told apart, as
    in the metadata. Raises `BadInput` naming what does not prove a key.
    """
    faults, proved = FaultCollector("issuer keys"), []
    for at, item in enumerate(evidence):
        try:
            proved.append(_proved_key(item, vkey))
        except RecordFault as error:
            faults.add(f"issuer key {at}", error.problem, "a key that the log holds", "not_in_log")
        except BadInput as error:
            faults.extend(Fault(f"issuer key {at} {one.where}", one.seen, one.want, one.code) for one in error.faults)
    faults.done()
    stolen = {fields.get("replaces") for fields in proved if fields.get("change") == "compromised"}
    keys = [fields["jwk"] for fields in proved if fields["jwk"].get("kid") not in stolen]
    apart = [fields["jwk"] for fields in proved if fields["jwk"].get("kid") in stolen]
    found: dict[str, Any] = {"issuer": f"https://{NoteVerifier.from_vkey(vkey).name}", "keys": keys}
    keys_in(found)
    return {**found, "compromised": {"keys": apart}} if apart else found


def _proved_key(item: Mapping[str, Any], vkey: str) -> Mapping[str, Any]:
    proof, disclosures = item.get("proof"), item.get("disclosures")
    if not isinstance(proof, str) or not isinstance(disclosures, list):
        raise BadInput(Fault("(whole)", shown(item), "an object with proof and disclosures", "malformed"))
    data = proof.encode("utf-8", "replace")
    leaf = TlogProof.parse(data).extra
    included(leaf, data, vkey)
    claims = read_leaf(leaf)
    if str(claims["kind"]).rpartition("/")[0] != KEY_PUBLISHED.id:
        raise BadInput(Fault("kind", str(claims["kind"]), KEY_PUBLISHED.id, "other_leaf"))
    fields = verify_disclosures(claims, [str(text) for text in disclosures])
    if not isinstance(fields.get("jwk"), Mapping):
        raise BadInput(Fault("jwk", "(not disclosed)", "a disclosure that opens the key", "missing"))
    return fields


def evidence_of(text: bytes) -> dict[str, Any]:
    """Read the file in which a credential travels with its proofs. Raises `BadInput`."""
    found = read_json(text, bytes_max=8 << 20)
    faults = FaultCollector("credential file")
    if not isinstance(found, dict) or not isinstance(found.get("credential"), str):
        faults.add("credential", found, "a JSON object whose credential is an SD-JWT VC", "malformed")
    faults.done()
    return dict(found)


def _attempt(found: list[Fault], make: Any) -> Any:
    try:
        return make()
    except BadInput as error:
        found.extend(error.faults)
        return None


def _faults(collector: FaultCollector) -> tuple[Fault, ...]:
    try:
        collector.done()
    except BadInput as error:
        return error.faults
    return ()
