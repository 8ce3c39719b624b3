"""Using an authorisation: request, signatures, and the executor that opens sealed fields once a quorum has said so.

The order is: the grant stands in the log; where this log asks witnesses, a published checkpoint covers it; then the
disclosure leaf is recorded, under a key made from the request's nonce, so that of two processes one records it; only
then is anything released. A crash in between leaves the leaf, and the same requester fetches what it speaks of again,
until the authorisation expires.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from commonweal import attestations, sight
from commonweal.acceptance import Caller
from commonweal.authority import HOUSE, OPERATOR, Authority
from commonweal.kernel import authorisations, disclosure
from commonweal.kernel.disclosure.sealing import open_entry
from commonweal.kernel.record import Act, Row, leaf_hash
from commonweal.kernel.values import BadInput, Conflict, Fault, FaultCollector, Forbidden, NotFound, RecordFault, stamp
from commonweal.witnessing import Receipt


def drafted(
    authority: Authority,
    entries: Mapping[int, Sequence[str]],
    *,
    requester: str,
    basis: Mapping[str, str],
    purpose: str,
    expires: datetime,
    action: str = authorisations.DISCLOSE,
) -> dict[str, Any]:
    """A request about fields of entries, under the policy in force, with a fresh nonce. Writes nothing.

    `basis` has `code`, `citation`, `document_sha256`. Raises `NotFound` for an entry or policy that is not there.
    """
    authority.follow()
    policy, _ = authorisations.policy_for(authority.reader, action)
    leaves = []
    for index, fields in entries.items():
        stored = authority.store.entry(index)
        leaves.append(
            {"log": authority.settings.origin, "index": index, "hash": leaf_hash(stored.leaf).hex(),
             "kind": stored.kind, "fields": list(fields)}
        )  # fmt: skip
    return {
        "action": action,
        "log": authority.settings.origin,
        "policy": {"rule": policy.id, "sha256": policy.sha256},
        "leaves": leaves,
        "basis": dict(basis),
        "purpose": purpose,
        "requester": requester,
        "expires": stamp(expires),
        "nonce": authorisations.new_nonce(),
    }


def request(authority: Authority, body: Mapping[str, Any], caller: Caller = OPERATOR) -> tuple[Receipt, str]:
    """File a request; gives its receipt and the text that is to be signed."""
    receipt = authority.act(Act(authorisations.REQUESTED.id, body, ""), caller)
    authority.follow()
    return receipt, authorisations.request_text(authority.entry(receipt.index).body)


def submit(authority: Authority, file: bytes, caller: Caller = OPERATOR) -> Row:
    """File the signatures of a signed note; gives the request's state after them. Raises `BadInput`, `Conflict`, …"""
    text, lines = authorisations.open_file(file)
    authorisations.read_text(text)
    name = authorisations.request_id(text)
    authority.follow()
    _check_is_recorded(authority, name, text)
    there = {row["line"] for row in authorisations.signatures(authority.reader, name)}
    fresh = [line for line in dict.fromkeys(lines) if line not in there]
    if not lines:
        raise NotFound("signature in the file for request", name[:16], "`weal access sign` adds one")
    if fresh:
        body = {"request_sha256": name, "signatures": fresh}
        authority.act(Act(authorisations.SIGNED.id, body, ""), caller)
        authority.follow()
    return authorisations.find(authority.reader, name)


def _check_is_recorded(authority: Authority, name: str, text: str) -> None:
    """A request that was changed since it was recorded has another digest; its nonce says which one it was."""
    nonce = authorisations.read_text(text)["nonce"]
    for row in authorisations.requests(authority.reader):
        if row["id"] != name and row["body"]["nonce"] == nonce:
            want = f"the text that entry {row['entry']} recorded, with the digest {row['id']}: this file was changed"
            raise BadInput(Fault("request", f"another text, with the digest {name}", want), "request file")


def status(authority: Authority, row: Row) -> dict[str, Any]:
    """How a request stands, for those who may know of it: who has approved, what is missing, until when."""
    given, policies = authority.authorisations.approvals(authority.reader, row)
    house = authority.house()
    asks = authority.witnesses.wanted
    witnessed = None if row["granted"] is None or not asks else house.published(row["granted"])
    return {
        "id": row["id"],
        "state": authorisations.state_of(row, house.now),
        "request": row["body"],
        "entry": row["entry"],
        "policy": {"rule": policies[0].id, "version": policies[0].version, "title": dict(policies[0].title)},
        "needs": authorisations.needs(policies[0]),
        "approved_by": [item.as_dict(policies[0]) for item in given],
        "granted": row["granted"],
        "granted_at": row["granted_at"],
        "grant_witnessed": witnessed,
        "asks_witnesses": asks,
        "used": row["used"],
        "used_at": row["used_at"],
        "expires": row["expires"],
    }


# ── using ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def opened(authority: Authority, name: str, caller: Caller) -> dict[str, Any]:
    """Open what an authorisation allows, to the party that asked for it: the evidence, presentations included.

    The first time records the disclosure leaf; until the expiry the same party may fetch the same again. Raises
    `NotFound`, `Forbidden` (another party), `Conflict` (not granted, expired, quorum gone), `Busy` (the grant is not
    witnessed yet) and `Erased` (410); where nothing was recorded yet, nothing is then.
    """
    authority.follow()
    row = authorisations.find(authority.reader, name)
    if caller.party != row["requester"]:
        raise Forbidden("only the party that asked for this authorisation may open what it allows")
    if row["action"] != authorisations.DISCLOSE:
        raise Conflict(f"this authorisation is for {row['action']}; it opens nothing")
    targets = _targets(authority, row)
    if row["used"] is None:
        row = _claimed(authority, row)
    _check_release(authority, row)
    return evidence(authority, row, targets)


def _claimed(authority: Authority, row: Row) -> Row:
    """Record the one disclosure leaf of a request, or find that another process has just done so."""
    _reread(authority, row)
    house = authority.house()
    authority.authorisations.check_usable(authority.reader, row, house)
    proof = authority.receipt(row["granted"]).proof if authority.witnesses.wanted else ""
    judged = authority.authorisations.approvals(authority.reader, row)
    body = authorisations.use_of(row, judged, authority.kinds, proof)
    causes = (row["granted"], *(leaf["index"] for leaf in row["body"]["leaves"]))
    try:
        authority.act(Act(authorisations.DISCLOSED.id, body, authorisations.use_key(row), causes=causes), HOUSE)
    except Conflict:
        authority.follow()
        if authorisations.find(authority.reader, row["id"])["used"] is None:
            raise
    authority.follow()
    return authorisations.find(authority.reader, row["id"])


def _reread(authority: Authority, row: Row) -> None:
    """Hold the tables against the record: what is opened rests on entries, not on their layout."""
    asked = authority.entry(row["entry"])
    if authorisations.request_id(authorisations.request_text(asked.body)) != row["id"] or asked.body != row["body"]:
        raise RecordFault(f"entry {row['entry']}", "is not the request that the tables hold; run `weal rebuild`")
    for item in authorisations.signatures(authority.reader, row["id"]):
        filed = authority.entry(item["entry"])
        same = filed.body["signatures"][item["number"]] == item["line"] and stamp(filed.time) == item["at"]
        if filed.body["request_sha256"] != row["id"] or not same:
            raise RecordFault(f"entry {item['entry']}", "is not the signature that the tables hold; run `weal rebuild`")


def _check_release(authority: Authority, row: Row) -> None:
    """Nothing is released but by a disclosure leaf of this request that was recorded in time, and nothing later."""
    used = authority.entry(row["used"])
    if used.kind != authorisations.DISCLOSED.id or used.body["request_sha256"] != row["id"]:
        raise RecordFault(f"entry {row['used']}", "is not the use of this request; run `weal rebuild`")
    for what, at in (("was used", used.time), ("is asked for", authority.house().now)):
        if authorisations.expired(row["body"], at):
            raise Conflict(
                f"this authorisation expired on {row['expires']}; it {what} on {stamp(at)}. "
                "File a new request: nothing is released after the expiry"
            )


def _targets(authority: Authority, row: Row) -> list[disclosure.Presentation]:
    """The entries as the policies show them to whom they are authorised, held against the leaf hashes that were signed.

    Raises `Forbidden` where a policy keeps a field closed all the same: forbid wins.
    """
    found = []
    faults = FaultCollector("entries to open")
    for leaf in row["body"]["leaves"]:
        stored = authority.store.entry(leaf["index"])
        if leaf_hash(stored.leaf).hex() != leaf["hash"]:
            raise RecordFault(f"entry {leaf['index']} leaf", "is not the one whose hash was signed")
        kind = authority.kinds[stored.kind]
        who = sight.authorised(row, leaf["index"])
        ruling = authority.ruling(kind, leaf["index"])
        if forbidden := [name for name in leaf["fields"] if not ruling.may_see(who, name)]:
            raise Forbidden(
                f"entry {leaf['index']}: a policy in force keeps {', '.join(forbidden)} closed, authorised or not"
            )
        shown = authority.presentation(leaf["index"], who)
        if not set(leaf["fields"]) & set(shown.fields):
            want = "a field that was filed in this entry; none of those asked for was"
            faults.add(f"entry {leaf['index']}", ", ".join(leaf["fields"]), want, "absent")
        found.append(shown)
    faults.done()
    return found


def evidence(authority: Authority, row: Row, targets: Iterable[disclosure.Presentation] = ()) -> dict[str, Any]:
    """Everything about a used request that a court needs to check it offline, with the presentations of `targets`."""
    reader = authority.reader
    adopted = authorisations.adopted_as(reader, row["body"]["policy"]["sha256"])
    key = authority.keys.issuer_key()
    filed = authorisations.signatures(reader, row["id"])
    presentations = []
    for shown in targets:
        asked = next(leaf["fields"] for leaf in row["body"]["leaves"] if leaf["index"] == shown.index)
        named = disclosure.opened_names(shown.disclosures)
        chosen = [named[name] for name in asked if name in named]
        why = sight.reasons(shown, sight.authorised(row, shown.index))
        presentations.append(
            {"index": shown.index, "kind": shown.kind, "sd_jwt": str(disclosure.present(shown.leaf, chosen, key)),
             "proof": authority.receipt(shown.index).proof,
             "fields": {name: shown.fields[name] for name in asked if name in shown.fields},
             "absent": [name for name in asked if name not in shown.fields],
             "why": {name: why[name] for name in asked if name in why}}
        )  # fmt: skip
    return {
        "format": authorisations.EVIDENCE,
        "id": row["id"],
        "note": authorisations.note_of(authorisations.request_text(row["body"]), [item["line"] for item in filed]),
        "request": _shown(authority, row["entry"]),
        "policy": _shown(authority, adopted),
        "signatures": [_shown(authority, index) for index in sorted({item["entry"] for item in filed})],
        "grant": _shown(authority, row["granted"]),
        "use": _shown(authority, row["used"]),
        "presentations": presentations,
        "vkey": authority.vkey,
        "jwks": {"keys": [key.jwk]},
    }


def _shown(authority: Authority, index: int) -> dict[str, Any]:
    """An entry of this room, whole: proof with its leaf, and every disclosure."""
    entry = open_entry(authority.store.entry(index), authority.keys)
    return {
        "entry": index,
        "proof": attestations.proof_with_leaf(authority, index),
        "disclosures": entry.private["disclosures"],
    }


# ── what the public may know ────────────────────────────────────────────────────────────────────────────────────────


def disclosed(authority: Authority) -> list[dict[str, Any]]:
    """Every disclosure as its leaf says it in public, newest first; an erased one by its place alone."""
    found = []
    for index in authorisations.disclosures(authority.reader):
        try:
            shown = authority.presentation(index)
        except disclosure.Erased:
            continue
        found.append({"entry": index, "at": authority.receipt(index).accepted_on, **dict(shown.fields)})
    return found
