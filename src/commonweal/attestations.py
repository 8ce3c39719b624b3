"""What an authority signs for strangers: credentials, their status lists, and presentations of entries.

Everything here is made from the record when it is asked for: only the signature is new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from commonweal.authority import EVERYONE, HOUSE, Authority
from commonweal.kernel import credentials, disclosure
from commonweal.kernel.credentials import Credential
from commonweal.kernel.disclosure import Audience
from commonweal.kernel.record import AUTHORITY, Act, LogKey, NoteVerifier, Row, TlogProof
from commonweal.kernel.record.keyring import LogClosed
from commonweal.kernel.values import BadInput, Conflict, Fault, NotFound, stamp

SD_JWT_MEDIA_TYPE = "application/sd-jwt"
CREDENTIAL_MEDIA_TYPE = "application/dc+sd-jwt"


@dataclass(frozen=True, slots=True)
class Attested:
    """A status list token, and for how long it may be kept."""

    token: str
    ttl_s: int


def declared(authority: Authority) -> dict[str, Credential]:
    """Every type of credential by its id."""
    return {item.id: item for instrument in authority.instruments.values() for item in instrument.credentials}


def declared_as(authority: Authority, credential: str) -> Credential:
    """A type of credential. Raises `NotFound`."""
    known = declared(authority)
    if credential not in known:
        raise NotFound("credential type", credential, f"there are: {', '.join(sorted(known)) or 'none'}")
    return known[credential]


# ── credentials ─────────────────────────────────────────────────────────────────────────────────────────────────────


def held(authority: Authority, subject: str, credential: str = "") -> Row:
    """The credential a subject holds, or held last, of one type or of any. Raises `NotFound`."""
    if credential:
        declared_as(authority, credential)
    rows = credentials.credentials(authority.reader, subject, credential)
    issued = [row for row in rows if row["entry"] is not None]
    live = [row for row in issued if row["state"] in {"valid", "suspended"}]
    if not issued:
        raise NotFound("credential of", subject, "it is issued on registration, or on request")
    return (live or issued)[0]


def evidence(authority: Authority, row: Row, fields: Sequence[str] = ()) -> dict[str, Any]:
    """A credential with everything that proves it: the file that a holder keeps and a verifier reads."""
    entry = int(row["entry"])
    shown = authority.presentation(entry)
    terms = shown.fields["terms"]
    token = credentials.credential_token(shown.leaf, shown.disclosures, terms, authority.keys.issuer_key(), fields)
    return {
        "credential": str(token),
        "format": credentials.CREDENTIAL_TYPE,
        "type": row["credential"],
        "subject": row["subject"],
        "number": row["number"],
        "state": row["state"],
        "issued_at": row["issued_at"],
        "expires_at": row["expires_at"],
        "entry": entry,
        "status_list": terms["status"]["status_list"]["uri"],
        "proof": proof_with_leaf(authority, entry),
        "vkey": authority.vkey,
        "issuer_keys": issuer_keys(authority),
    }


def issuer_keys(authority: Authority) -> list[dict[str, Any]]:
    """The issuer's keys as the log holds them, each with the proof and the disclosures that show it."""
    return [
        {
            "kid": row["kid"],
            "entry": row["entry"],
            "proof": proof_with_leaf(authority, row["entry"]),
            "disclosures": list(authority.presentation(row["entry"]).disclosures),
        }
        for row in credentials.published_keys(authority.reader)
    ]


def metadata(authority: Authority) -> dict[str, Any]:
    """The issuer's metadata, for `/.well-known/jwt-vc-issuer`: the key that signs, and those needed to verify.

    Keys that were stolen stand apart (`compromised`): what they signed counts only with its proof in the log.
    """
    jwks = [row["jwk"] for row in credentials.needed_keys(authority.reader, authority.reading().now)]
    own = authority.keys.issuer_key().jwk
    keys = jwks if own in jwks else [*jwks, own]
    stolen = {kid for kid, row in credentials.ended_keys(authority.reader).items() if row["change"] == "compromised"}
    apart = [row["jwk"] for row in credentials.published_keys(authority.reader) if row["kid"] in stolen]
    return credentials.issuer_metadata(authority.settings.issuer, keys, authority.vkey, apart)


def change_issuer_key(authority: Authority, change: Literal["rotated", "compromised"] = "rotated") -> str:
    """Bring a new key in for credentials, status lists and presentations; gives its name (`kid`).

    Its entry is recorded first; whoever opens the authority after a crash ends what was begun. Raises `Conflict` where
    another process changed it meanwhile, and in a log that is closed.
    """
    ring = authority.store.keyring()
    if ring.closed is not None:
        raise LogClosed(ring.why_closed)
    authority.witnesses.check_writing()
    begun = authority.keys.begin_issuer_change(change)
    authority.change_key()
    authority.follow()
    return str(begun["kid"])


def type_metadata(authority: Authority, credential: str) -> dict[str, Any]:
    """The description of a type of credential, in every language. Raises `NotFound`."""
    found = declared_as(authority, credential)
    address = credentials.type_address(authority.settings.issuer, credential)
    return credentials.described_type(found, address, authority.settings.name)


def status_list(authority: Authority, name: str, now: datetime | None = None) -> Attested:
    """The signed status list `<credential type>.<part>`, as the record has it up to its last entry.

    Raises `NotFound` for a list that no credential can stand in.
    """
    credential, _, part = name.rpartition(".")
    size = authority.public_size
    known = part.isascii() and part.isdigit() and len(part) < 12 and credential in declared(authority)
    validity = authority.credentials.validity(credential, authority.reader) if known else None
    if validity is None or int(part) * credentials.LIST_SIZE >= max(size, 1):
        raise NotFound("status list", name, "a credential's own status claim names its list")
    authority.follow()
    statuses = credentials.statuses(authority.reader, credential, int(part))
    token = credentials.status_token(
        authority.keys.issuer_key(),
        f"{authority.settings.issuer}/api/v1/status-lists/{credential}.{int(part)}",
        credentials.StatusList.of(statuses, credentials.LIST_SIZE),
        now=now or authority.reading().now,
        lives=timedelta(seconds=validity.lives_s),
        ttl_s=validity.ttl_s,
        log={"origin": authority.settings.origin, "size": size},
    )
    return Attested(token, validity.ttl_s)


# ── presentations ───────────────────────────────────────────────────────────────────────────────────────────────────


def presentation(
    authority: Authority, index: int, audience: Audience = EVERYONE, fields: Iterable[str] = ()
) -> dict[str, Any]:
    """Chosen fields of an entry (all that the audience may see unless said) as an SD-JWT, with the receipt's proof.

    The payload is the leaf itself. Raises `NotFound`, `Erased`, and `BadInput` naming every field that is not the
    audience's to see or not there; which of the two it is, it does not say, but of what was for everybody before.
    """
    shown = authority.presentation(index, audience)
    wanted = list(fields)
    faults = [_not_shown(shown, name) for name in wanted if name not in shown.fields]
    if faults:
        raise BadInput(faults, f"entry {index}")
    named = disclosure.opened_names(shown.disclosures)
    chosen = [text for name, text in named.items() if not wanted or name in wanted]
    key = authority.keys.issuer_key()
    taken = {name: one.as_dict() for name, one in shown.taken.items()}
    return {
        "sd_jwt": str(disclosure.present(shown.leaf, chosen, key)),
        "index": index,
        "kind": shown.kind,
        "fields": {name: value for name, value in shown.fields.items() if not wanted or name in wanted},
        **({"taken_out": taken} if taken else {}),
        "proof": authority.receipt(index).proof,
        "vkey": authority.vkey,
        "jwks": {"keys": [key.jwk]},
    }


def _not_shown(shown: disclosure.Presentation, name: str) -> Fault:
    taken, want = shown.taken.get(name), f"one of: {', '.join(shown.fields) or 'none'}"
    if taken is None:
        return Fault(name, "(not shown)", want, "unknown_field")
    return Fault(name, f"(taken out by entry {taken.entry}: {taken.why})", want, "taken_out")


# ── Sigstore bundles ────────────────────────────────────────────────────────────────────────────────────────────────


def sign_for_sigstore(authority: Authority, index: int) -> int:
    """Record the authority's signature over an entry's leaf, once; gives the index of the entry that holds it.

    Raises `NotFound`.
    """
    leaf = authority.store.entry(index).leaf
    if (there := _leaf_signed(authority, index)) is not None:
        return there
    body = credentials.sign_leaf(index, leaf, authority.keys.issuer_key())
    act = Act(credentials.LEAF_SIGNED.id, body, _signed_key(index), causes=(index,))
    try:
        return authority.act(act, HOUSE).index
    except Conflict:  # another process was first; a signature is never the same twice
        there = _leaf_signed(authority, index)
        assert there is not None
        return there


def bundle(authority: Authority, index: int, told: Callable[[int], object] | None = None) -> dict[str, Any]:
    """The Sigstore bundle of an entry whose leaf was signed for it. Raises `NotFound`, also where it was not.

    `told` raises `NotFound` for an entry of which whoever asks is not told.
    """
    authority.store.entry(index)
    if (signed := _leaf_signed(authority, index)) is None:
        raise NotFound("bundle of entry", index, f"its authority makes one with `weal receipt FOLDER {index} --bundle`")
    if told is not None:
        told(signed)
    receipt = authority.receipt(signed)
    proof = TlogProof.parse(receipt.proof.encode())
    return credentials.bundle(receipt.leaf, proof, NoteVerifier.from_vkey(receipt.vkey))


def trusted_root(authority: Authority) -> dict[str, Any]:
    """This log as Sigstore's trusted root; fetch it once, over a way that you trust, and keep it.

    Each of its keys stands there as a log of its own, with the times from which and until which it signed. Keys that
    were lost or stolen are left out: that format has no sizes of trees, so they could not be held to their range.
    """
    return credentials.trusted_root([_valid_for(authority, key) for key in authority.store.keyring().keys if good(key)])


def good(key: LogKey) -> bool:
    """Whether a key of the log is in force, or ended as planned."""
    return key.ended in ("", "rotated")


def _valid_for(authority: Authority, key: LogKey) -> tuple[NoteVerifier, str, str]:
    """A key with the instants between which it signed; the last is empty while it signs."""
    store = authority.store
    since = store.entry(key.entry).time if key.entry is not None else stamp(authority.settings.created)
    until = store.entry(key.stop).time if key.stop is not None and key.stop < store.size() else ""
    return NoteVerifier.from_vkey(key.vkey), since, until


def _signed_key(index: int) -> str:
    return f"leaf-signed:{index}"


def _leaf_signed(authority: Authority, index: int) -> int | None:
    placed = authority.store.placed(AUTHORITY, _signed_key(index))
    return placed[0].index if placed else None


def proof_with_leaf(authority: Authority, index: int) -> str:
    """The tlog-proof of an entry with the leaf on its extra line: the file alone can be verified."""
    return authority.receipt(index).with_leaf().decode()


def checked(file: Mapping[str, Any], vkey: str, jwks: Mapping[str, Any] | None, **more: Any) -> credentials.Standing:
    """How the credential in a holder's file stands. The issuer's keys are `jwks`, or those that the log proves."""
    keys = jwks if jwks is not None else credentials.proved_keys(file.get("issuer_keys") or (), vkey)
    proof = str(file["proof"]).encode("utf-8", "replace") if file.get("proof") else None
    return credentials.verify_credential(str(file["credential"]), jwks=keys, vkey=vkey, proof=proof, **more)
