"""Who may approve: keys registered in the record, each to one person, and withdrawn there; and whose voice a filing is.

A voice is proven by an envelope that a registered key signed, or by a request that was itself signed (RFC 9421), of
which the API then keeps the key's identifier in the filing. The same checks are made at the door and again when the
entry is followed, so that an approval which should not have been let in does not count.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from commonweal.kernel import persons
from commonweal.kernel.record.entries import AUTHORITY, Entry
from commonweal.kernel.record.tables import Reader, Row, Table, Tables
from commonweal.kernel.values import BadInput, Conflict, Fault, Forbidden, NotFound, instant, shown, stamp

from .cases import Case
from .envelopes import differences, digest_of, key_name, opened, signed_faults, untimely
from .events import ApprovalGiven
from .passkeys import Passkey, decoded

APPROVER = Table(
    "protocols_approver",
    columns={
        "key_id": "text",
        "key": "text",
        "party": "text",
        "organisation": "text",
        "roles": "json",
        "until": "text",
        "registered": "integer",
        "registered_at": "text",
        "withdrawn": "integer",
        "withdrawn_at": "text",
        "passkey": "json",
    },
    key=("key_id",),
    indexes=(("party",),),
)
WITHDRAWN = Table("protocols_withdrawn", columns={"key_id": "text", "entry": "integer", "at": "text"}, key=("key_id",))
"""Every key that approves nothing any more, those that only signed requests and were never registered among them."""
NONCE = Table("protocols_nonce", columns={"nonce": "text", "key_id": "text", "entry": "integer"}, key=("nonce",))


@dataclass(frozen=True, slots=True)
class Filed:
    """An approval as it comes in: who files it, when, and as which entry."""

    body: Mapping[str, Any]
    author: str
    at: datetime
    index: int


def register(entry: Entry, tables: Tables) -> None:
    """Note a key that was registered. A key that is there already stays whose it was, and a withdrawn one withdrawn."""
    body = entry.body
    key_id = _name(body)
    if tables.get(APPROVER, key_id) is not None or tables.get(WITHDRAWN, key_id) is not None:
        return
    tables.put(
        APPROVER,
        {
            "key_id": key_id,
            "key": body["key"],
            "party": body["party"],
            "organisation": body["organisation"],
            "roles": sorted(body["roles"]),
            "until": body.get("until"),
            "registered": entry.index,
            "registered_at": stamp(entry.time),
            "withdrawn": None,
            "withdrawn_at": None,
            "passkey": {name: body[name] for name in ("credential", "rp_id", "web_origin")}
            if "rp_id" in body
            else None,
        },
    )


def withdraw(entry: Entry, tables: Tables) -> str:
    """Note that a key was withdrawn; its identifier, or nothing where it was before."""
    key_id = str(entry.body["key_id"])
    if tables.get(WITHDRAWN, key_id) is not None:
        return ""
    tables.put(WITHDRAWN, {"key_id": key_id, "entry": entry.index, "at": stamp(entry.time)})
    if (row := tables.get(APPROVER, key_id)) is not None:
        tables.put(APPROVER, {**row, "withdrawn": entry.index, "withdrawn_at": stamp(entry.time)})
    return key_id


def approvers(reader: Reader, *, party: str | None = None, standing: bool = True) -> list[Row]:
    """The keys registered for approvals, oldest first; with `standing`, without those that were withdrawn."""
    where: dict[str, Any] = {"party": party} if party is not None else {}
    if standing:
        where["withdrawn"] = None
    return reader.select(APPROVER, where, order=("registered",))


def check_registered(
    reader: Reader, body: Mapping[str, Any], party: str, roles: Collection[str], organisation: str | None
) -> None:
    """Refuse a key that cannot be registered. The authority registers anybody's; others their own, for what they are.

    Raises `BadInput` for what is no Ed25519 key, `Conflict` for one that is registered, `Forbidden`.
    """
    if "rp_id" not in body:
        _raw(body["key"])
    if (row := reader.get(APPROVER, _name(body))) is not None:
        raise Conflict(f"key {row['key_id']} was registered in entry {row['registered']}; make a new one")
    if (gone := reader.get(WITHDRAWN, _name(body))) is not None:
        raise Conflict(f"key {gone['key_id']} was withdrawn in entry {gone['entry']}; make a new one")
    if party == AUTHORITY and "authority" in roles:
        return
    if body["party"] != party:
        raise Forbidden(f"{shown(party)} may register a key of their own, not one of {shown(body['party'])}")
    if missing := sorted(set(body["roles"]) - set(roles)):
        raise Forbidden(f"{shown(party)} does not hold the role {', '.join(missing)}")
    if body["organisation"] != (organisation or ""):
        raise Forbidden(f"{shown(party)} speaks for {organisation or 'no organisation'!r}, as their access key says")


def check_withdrawn(
    reader: Reader, body: Mapping[str, Any], party: str, roles: Collection[str], spoke: Collection[str]
) -> None:
    """Refuse the withdrawal of a key that is not there, or is another's. Raises `NotFound`, `Conflict`, `Forbidden`.

    `spoke` are the parties who have approved or refused with it by signed requests.
    """
    key_id = body["key_id"]
    row, gone = reader.get(APPROVER, key_id), reader.get(WITHDRAWN, key_id)
    if row is None and not spoke:
        raise NotFound("approver's key", key_id, "`weal approver list` shows them")
    if gone is not None:
        raise Conflict(f"key {key_id} was withdrawn in entry {gone['entry']}")
    if party not in ({row["party"]} if row is not None else set(spoke)) and not {"authority", "officer"} & set(roles):
        raise Forbidden(f"{shown(party)} may withdraw a key of their own; this one is another's")


def passkey_of(row: Row) -> Passkey:
    """The passkey that a row of `APPROVER` is about."""
    told = row["passkey"]
    return Passkey(decoded(told["credential"]), b64decode(row["key"]), told["rp_id"], told["web_origin"])


def _name(body: Mapping[str, Any]) -> str:
    """By what the record calls a key that is registered."""
    if "rp_id" in body:
        return Passkey(decoded(body["credential"]), b"", "", "").name
    return key_name(b64decode(body["key"]))


def _raw(key: str) -> bytes:
    try:
        raw = b64decode(key, validate=True)
    except ValueError:
        raw = b""
    if len(raw) != 32:
        seen = f"{len(key)} characters"  # not shown: it may be a private key, by mistake
        raise BadInput(Fault("key", seen, "an Ed25519 public key: 32 bytes, in base64", "key"), "approver's key")
    return raw


def voice(reader: Reader, case: Case, filed: Filed, log: str) -> ApprovalGiven:
    """Whose voice an approval is, and by what that is proven: `proof` is `envelope`, `request` or empty.

    Raises `BadInput` naming every fault of an envelope, `Forbidden` for a key that may not speak so, `Conflict` for a
    nonce that was used.
    """
    body = filed.body
    by, proof, key, made = filed.author, "", "", ""
    if envelope := body.get("envelope"):
        row = _enveloped(reader, case, filed, str(envelope), log)
        by, proof, key, made = row["party"], "envelope", row["key_id"], row["registered_at"]
    elif signed_by := body.get("signed_by"):
        proof, key = "request", str(signed_by)
        if (gone := reader.get(WITHDRAWN, key)) is not None:
            raise Forbidden(f"key {key} was withdrawn in entry {gone['entry']}; it approves nothing any more")
        registered = reader.get(APPROVER, key)
        if registered is not None:  # the same key is an approver's too: what ended it there ended it here
            _check_stands(registered, filed)
            made = registered["registered_at"]
    if persons.person_of(reader, by) is not None:
        persons.check_speaks(reader, by, body["role"], body["organisation"], when=filed.at, made=made)
    said = digest_of_statement(body)
    return ApprovalGiven(
        filed.index, body["step"], by, body["organisation"], body["role"], body["decision"], said, proof, key
    )  # fmt: skip


def digest_of_statement(body: Mapping[str, Any]) -> str:
    """The SHA-256 of what was said beside an approval; empty for nothing."""
    return digest_of(str(body.get("statement") or ""))


def _enveloped(reader: Reader, case: Case, filed: Filed, envelope: str, log: str) -> Row:
    """The registered key that signed an envelope, once everything about both has been checked."""
    statement, signature, text = opened(envelope)
    row = reader.get(APPROVER, signature.name)
    if row is None:
        want = "the key of an approver registered in this record (`weal approver register`)"
        raise BadInput(Fault("envelope.signature", shown(signature.name), want, "unknown_key"), "approval")
    faults = differences(statement, filed.body, case.playbook.sha256, log)
    faults += signed_faults(text, signature, passkey_of(row) if row["passkey"] else row["key"])
    standing = case.at(str(filed.body["step"]))
    if standing and (fault := untimely(statement, standing.entered_at, filed.at)):
        faults.append(fault)
    if faults:
        raise BadInput(faults, "approval")
    _check_may_speak(row, statement, filed)
    used = reader.get(NONCE, statement["nonce"])
    if used is not None and used["entry"] != filed.index:
        raise Conflict(f"this envelope was used in entry {used['entry']}; an envelope counts once: sign a new one")
    return row


def _check_stands(row: Row, filed: Filed) -> None:
    """Refuse a key that was withdrawn, or that has ended. Raises `Forbidden`."""
    if row["withdrawn"] is not None:
        raise Forbidden(f"key {row['key_id']} was withdrawn in entry {row['withdrawn']}; it approves nothing any more")
    if row["until"] and filed.at >= instant(row["until"]):
        raise Forbidden(f"key {row['key_id']} was good until {row['until']}; its holder registers a new one")


def _check_may_speak(row: Row, statement: Mapping[str, Any], filed: Filed) -> None:
    key = row["key_id"]
    _check_stands(row, filed)
    if statement["role"] not in row["roles"]:
        raise Forbidden(f"key {key} is registered for {', '.join(row['roles'])}, not for {statement['role']!r}")
    if statement["organisation"] != row["organisation"]:
        raise Forbidden(
            f"organisation: key {key} speaks for {row['organisation']!r}, not for {statement['organisation']!r}"
        )
    if filed.author not in (row["party"], AUTHORITY):
        raise Forbidden("an envelope is filed by whoever signed it, or by the authority on their behalf")


def spend(tables: Tables, body: Mapping[str, Any], index: int) -> None:
    """Note the nonce of an envelope that held: it counts once."""
    statement, signature, _ = opened(str(body["envelope"]))
    tables.put(NONCE, {"nonce": statement["nonce"], "key_id": signature.name, "entry": index})
