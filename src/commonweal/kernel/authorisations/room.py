"""Authorisations as they stand: follows policies, requests and signatures; gives the grant that follows from a quorum.

Which signatures count is judged by the time at which the record took them in, and under two texts: the one the request
names, and the one in force now. So a later text can take back what was not used yet (a stolen key, a stricter quorum),
and never let through what the text that was signed under would not have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from commonweal.kernel.disclosure.kinds import WHO_REPORTED, Kind, Marking
from commonweal.kernel.record import Act, Entry, Reader, Row, Stored, Table, Tables, leaf_hash
from commonweal.kernel.values import (
    BadInput,
    Busy,
    Conflict,
    Fault,
    FaultCollector,
    Forbidden,
    NotFound,
    RuleFault,
    instant,
    stamp,
)

from .kinds import DISCLOSED, GRANTED, REQUESTED, SIGNED
from .policies import Approval, ApprovalPolicy, Filed, approvals, approved, check_lines, read_policy
from .requests import DISCLOSE, expired, note_of, request_id, request_text, subject_of

ROOM = "authorisations"
OFFICE = ("authority", "officer")
SEVERAL = 2

POLICY = Table(
    "authorisations_policy",
    columns={"sha256": "text", "rule_id": "text", "version": "text", "action": "text", "adopted": "integer",
             "text": "text"},
    key=("sha256",),
)  # fmt: skip
ACTION = Table(
    "authorisations_action",
    columns={"action": "text", "rule_id": "text", "sha256": "text", "adopted": "integer"},
    key=("action",),
)
REQUEST = Table(
    "authorisations_request",
    columns={
        "id": "text", "entry": "integer", "at": "text", "action": "text", "requester": "text", "nonce": "text",
        "expires": "text", "body": "json", "state": "text", "granted": "integer", "granted_at": "text",
        "used": "integer", "used_at": "text",
    },
    key=("id",),
    indexes=(("nonce",), ("requester",), ("used",)),
)  # fmt: skip
SIGNATURE = Table(
    "authorisations_signature",
    columns={"id": "text", "entry": "integer", "number": "integer", "line": "text", "at": "text"},
    key=("id", "entry", "number"),
)
TABLES = (POLICY, ACTION, REQUEST, SIGNATURE)

Standing = Callable[[Reader, str, str], bool]


def no_standing(reader: Reader, credential: str, subject: str) -> bool:
    """Nobody is known to hold anything: what a policy asks for and cannot be asked is not there."""
    return False


@dataclass(frozen=True)
class House:
    """What the room is told of the record beside its tables, when something is filed.

    `published(index)`: whether the entry may be relied on: a published checkpoint covers it, or no witness is asked.
    """

    now: datetime
    stored: Callable[[int], Stored]
    size: int
    kinds: Mapping[str, Kind]
    published: Callable[[int], bool]


class Authorisations:
    """Keeps every request's state. `origin` is this log's; `standing` says who holds a credential in good standing."""

    def __init__(self, origin: str, standing: Standing = no_standing) -> None:
        self.log, self._standing = origin, standing

    def follow(self, entry: Entry, tables: Tables) -> list[Act]:
        if entry.erased:
            return []
        if entry.kind == "rule.adopted":
            _adopt(entry, tables)
        elif entry.kind == REQUESTED.id:
            _request(entry, tables)
        elif entry.kind == SIGNED.id:
            return self._signed(entry, tables)
        elif entry.kind == GRANTED.id:
            _mark(tables, entry, {"granted": entry.index, "granted_at": stamp(entry.time)})
        elif entry.kind == DISCLOSED.id:
            _mark(tables, entry, {"used": entry.index, "used_at": stamp(entry.time), "state": "used"})
        return []

    def due(self, now: datetime, tables: Reader) -> bool:
        """Nothing happens by time alone: whether a request is still good is asked when it counts."""
        return False

    def subject(self, kind: str, body: Mapping[str, Any]) -> str | None:
        """The subject of a filing of this room; None for any other kind."""
        if kind == REQUESTED.id:
            return subject_of(request_id(request_text(body)))
        return subject_of(str(body["request_sha256"])) if kind in (SIGNED.id, DISCLOSED.id) else None

    def _signed(self, entry: Entry, tables: Tables) -> list[Act]:
        """Keep signatures; with the one that makes the quorum, in time, the request is granted."""
        row = tables.get(REQUEST, entry.body["request_sha256"])
        if row is None or row["state"] != "requested" or expired(row["body"], entry.time):
            return []
        for number, line in enumerate(entry.body["signatures"]):
            tables.put(SIGNATURE, {"id": row["id"], "entry": entry.index, "number": number, "line": line,
                                   "at": stamp(entry.time)})  # fmt: skip
        given, policies = self.approvals(tables, row)
        if not approved(given, policies):
            return []
        tables.put(REQUEST, {**row, "state": "granted"})
        lines = [item["line"] for item in tables.select(SIGNATURE, {"id": row["id"]}, order=("entry", "number"))]
        body = {
            "request_sha256": row["id"],
            "policy": row["body"]["policy"],
            "expires": row["expires"],
            "note": note_of(request_text(row["body"]), lines),
            "approved_by": [item.as_dict(policies[0]) for item in given],
        }
        causes = tuple(sorted({row["entry"], *(item.entry for item in given)}))
        return [Act(GRANTED.id, body, f"granted:{row['id']}", subject_of(row["id"]), causes)]

    def approvals(self, reader: Reader, row: Row) -> tuple[tuple[Approval, ...], list[ApprovalPolicy]]:
        """Whose approvals of a request count now, and the policies under which they were judged."""
        policies = policies_of(reader, row)
        filed = [Filed(item["line"], instant(item["at"]), item["entry"]) for item in signatures(reader, row["id"])]
        given = approvals(
            request_text(row["body"]), filed, policies, lambda name, subject: self._standing(reader, name, subject)
        )
        return given, policies

    # ── asked before something is filed ─────────────────────────────────────────────────────────────────────────

    def check_filing(self, act: Act, party: str, roles: Sequence[str], reader: Reader, house: House) -> None:
        """Hold a request, signatures or a use against what stands. Raises `BadInput`, `Forbidden`, `Conflict`, …"""
        if act.kind == REQUESTED.id:
            self._check_request(act.body, party, roles, reader, house)
        elif act.kind == SIGNED.id:
            row = _open_request(reader, str(act.body["request_sha256"]), house.now)
            text = request_text(row["body"])
            check_lines(text, act.body["signatures"], policies_of(reader, row), house.now)
        elif act.kind == DISCLOSED.id:
            self._check_use(act, reader, house)

    def _check_request(
        self, body: Mapping[str, Any], party: str, roles: Sequence[str], reader: Reader, house: House
    ) -> None:
        if body["requester"] != party and not set(OFFICE) & set(roles):
            raise Forbidden(f"requester: {body['requester']} is another party; ask in your own name, {party}")
        faults = FaultCollector(REQUESTED.id)
        if body["log"] != self.log:
            faults.add("log", body["log"], f"this log: {self.log}", "other_log")
        policy = _policy_asked(reader, body, faults)
        if policy is not None:
            _check_terms(body, policy, house.now, faults)
        if expired(body, house.now):
            faults.add("expires", body["expires"], f"an instant after now ({stamp(house.now)})", "expired")
        earlier = reader.select(REQUEST, {"nonce": body["nonce"]}, limit=1)
        if earlier and earlier[0]["id"] != request_id(request_text(body)):
            faults.add("nonce", body["nonce"], f"a fresh one; entry {earlier[0]['entry']} used this", "nonce_used")
        _check_leaves(body, self.log, house, faults)
        if policy is not None:
            _check_identities(body, policy, house, faults)
        faults.done()

    def _check_use(self, act: Act, reader: Reader, house: House) -> None:
        row = find(reader, str(act.body["request_sha256"]))
        if row["action"] != DISCLOSE:
            raise Conflict(f"this authorisation is for {row['action']}, not for {DISCLOSE}")
        self.check_usable(reader, row, house)
        want = use_of(row, self.approvals(reader, row), house.kinds, str(act.body["grant_proof"]))
        differing = [name for name in want if want[name] != act.body.get(name)]
        if differing or act.key != use_key(row):
            seen = ", ".join(differing) or f"key {act.key}"
            raise BadInput(Fault(seen, "(other)", "what follows from the grant: `weal access open` files it", "use"))

    def check_usable(self, reader: Reader, row: Row, house: House) -> None:
        """Refuse what may not be used now: `Conflict` where it is not granted, used, expired, or its quorum gone.

        `Busy` while no published checkpoint covers the grant.
        """
        if row["used"] is not None:
            raise Conflict(f"this authorisation was used already (entry {row['used']}); each is used once")
        if row["state"] == "void":
            raise Conflict("this request's nonce was used by an earlier one; file a new request")
        if expired(row["body"], house.now):
            raise Conflict(f"this authorisation expired on {row['expires']}; file a new request")
        given, policies = self.approvals(reader, row)
        names = ", ".join(item.organisation for item in given) or "nobody"
        if row["granted"] is None:
            raise Conflict(f"not granted: approved so far by {names}; it needs {needs(policies[0])}")
        if not approved(given, policies):
            raise Conflict(
                f"the approvals no longer make the quorum under the text in force ({policies[-1].id} "
                f"{policies[-1].version}): those of {names} count; file a new request"
            )
        if _unnamed(row["body"], policies, house.kinds):
            raise Conflict(
                f"this authorisation names what says who reported, which the basis {row['body']['basis']['code']} does "
                "not open: the policy says of such a basis identities = true, and cites its law; file a new request"
            )
        if not house.published(row["granted"]):
            raise Busy(
                f"the grant (entry {row['granted']}) is in the log, but no checkpoint that covers it has been "
                "published with the quorum of witnesses yet; nothing is opened before that. Try again once it is "
                "(`weal witness ask DIR` asks them now)"
            )


# ── what entries say ────────────────────────────────────────────────────────────────────────────────────────────────


def _adopt(entry: Entry, tables: Tables) -> None:
    """Keep a policy. An action belongs to the rule that governed it first; another rule's text does not take it."""
    if entry.body.get("room") != ROOM:
        return
    policy = read_policy(str(entry.body["text"]))
    held = tables.get(ACTION, policy.action)
    if held is not None and held["rule_id"] != policy.id:
        return
    row = {"sha256": policy.sha256, "rule_id": policy.id, "action": policy.action, "adopted": entry.index}
    tables.put(POLICY, {**row, "version": policy.version, "text": str(entry.body["text"])})
    tables.put(ACTION, row)


def _request(entry: Entry, tables: Tables) -> None:
    body = dict(entry.body)
    name = request_id(request_text(body))
    if tables.get(REQUEST, name) is not None:
        return
    taken = bool(tables.select(REQUEST, {"nonce": body["nonce"]}, limit=1))
    tables.put(
        REQUEST,
        {"id": name, "entry": entry.index, "at": stamp(entry.time), "action": body["action"],
         "requester": body["requester"], "nonce": body["nonce"], "expires": body["expires"], "body": body,
         "state": "void" if taken else "requested", "granted": None, "granted_at": None, "used": None,
         "used_at": None},
    )  # fmt: skip


def _mark(tables: Tables, entry: Entry, values: Row) -> None:
    """Note the first grant or use of a request: what comes later changes nothing."""
    row = tables.get(REQUEST, entry.body["request_sha256"])
    if row is not None and all(row[name] is None for name in values if name != "state"):
        tables.put(REQUEST, {**row, **values})


# ── checks ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def check_policy(rule_id: str, text: str, reader: Reader | None = None) -> None:
    """Read a policy text before it is adopted. Raises `RuleFault` naming every fault.

    What opens sealed fields takes several organisations: a quorum that one alone makes is refused, and stays readable
    where it was adopted before. With a `reader` the text is held against those adopted: one rule governs an action, and
    other words need another version.
    """
    policy = read_policy(text)
    faults = FaultCollector("authorisation policy", RuleFault)
    if policy.action == DISCLOSE and policy.quorum.least() < SEVERAL:
        want = f"a quorum that no fewer than {SEVERAL} organisations make, as `group g {SEVERAL} a b c` and `quorum g`"
        faults.add("quorum", f"{policy.quorum.name}: {policy.quorum.least()} organisation is enough", want, "alone")
    if reader is None:
        faults.done()
        return
    held = reader.get(ACTION, policy.action)
    if held is not None and held["rule_id"] != rule_id:
        faults.add("action", policy.action, f"another action: {held['rule_id']} governs this one", "governed")
    same = reader.select(POLICY, {"rule_id": rule_id, "version": policy.version})
    if same and policy.sha256 not in {row["sha256"] for row in same}:
        faults.add("version", policy.version, "another version: this one was adopted with other words", "version")
    faults.done()


def _policy_asked(reader: Reader, body: Mapping[str, Any], faults: FaultCollector) -> ApprovalPolicy | None:
    held = reader.get(ACTION, body["action"])
    if held is None:
        known = ", ".join(row["action"] for row in reader.select(ACTION)) or "none yet (`weal rule adopt`)"
        faults.add("action", body["action"], f"an action that an adopted policy governs: {known}", "no_policy")
        return None
    if (body["policy"]["rule"], body["policy"]["sha256"]) != (held["rule_id"], held["sha256"]):
        want = f"the text in force: {held['rule_id']} with SHA-256 {held['sha256']}"
        faults.add("policy", body["policy"], want, "other_policy")
    return policy_text(reader, held["sha256"])


def _check_terms(body: Mapping[str, Any], policy: ApprovalPolicy, now: datetime, faults: FaultCollector) -> None:
    if body["basis"]["code"] not in policy.bases:
        faults.add("basis.code", body["basis"]["code"], "one of: " + ", ".join(policy.bases), "basis")
    if not policy.in_force(now):
        want = f"a policy in force today; {policy.id} is in force from {policy.since}"
        faults.add("policy", policy.version, want + (f" to {policy.to}" if policy.to else ""), "not_in_force")
    latest = stamp(now + timedelta(days=policy.days_max))
    if body["expires"] > latest:
        faults.add("expires", body["expires"], f"at most {policy.days_max} days from now: {latest}", "too_late")


def _check_leaves(body: Mapping[str, Any], origin: str, house: House, faults: FaultCollector) -> None:
    seen: set[int] = set()
    for at, leaf in enumerate(body["leaves"]):
        where = f"leaves.{at}"
        if leaf["log"] != origin:
            faults.add(f"{where}.log", leaf["log"], f"this log: {origin}", "other_log")
        elif leaf["index"] >= house.size:
            faults.add(f"{where}.index", leaf["index"], f"an entry of the record: 0 to {house.size - 1}", "reference")
        elif leaf["index"] in seen:
            faults.add(f"{where}.index", leaf["index"], "each entry once", "repeated")
        else:
            seen.add(leaf["index"])
            _check_leaf(leaf, where, str(body["action"]), house, faults)


def _check_leaf(leaf: Mapping[str, Any], where: str, action: str, house: House, faults: FaultCollector) -> None:
    stored = house.stored(leaf["index"])
    if leaf_hash(stored.leaf).hex() != leaf["hash"]:
        faults.add(f"{where}.hash", leaf["hash"], f"the hash of that leaf: {leaf_hash(stored.leaf).hex()}", "leaf_hash")
    if stored.kind != leaf["kind"]:
        faults.add(f"{where}.kind", leaf["kind"], stored.kind, "kind")
    kind = house.kinds.get(stored.kind)
    fields = list(kind.schema.model_fields) if kind else []
    if action == DISCLOSE and not leaf["fields"]:
        faults.add(f"{where}.fields", "none", "the fields to open: " + ", ".join(fields), "missing")
    for name in leaf["fields"]:
        if name not in fields or list(leaf["fields"]).count(name) > 1:
            want = f"a field of {stored.kind}, once: {', '.join(fields)}"
            faults.add(f"{where}.fields", name, want, "unknown_field")


def _check_identities(body: Mapping[str, Any], policy: ApprovalPolicy, house: House, faults: FaultCollector) -> None:
    those = ", ".join(policy.identities) or f"none in {policy.id} {policy.version}"
    want = f"nothing that says who reported, but under a basis of the policy with identities = true: {those}"
    for at in _unnamed(body, [policy], house.kinds):
        faults.add(f"leaves.{at}.fields", ", ".join(body["leaves"][at]["fields"]), want, "identities")


def _unnamed(body: Mapping[str, Any], policies: Sequence[ApprovalPolicy], kinds: Mapping[str, Kind]) -> list[int]:
    """The leaves of a request that say who reported, where some policy does not say of the basis that it opens that."""
    if all(body["basis"]["code"] in policy.identities for policy in policies):
        return []
    named = [kinds.get(leaf["kind"]) for leaf in body["leaves"]]
    return [at for at, kind in enumerate(named) if kind is not None and kind.retention == WHO_REPORTED]


def _open_request(reader: Reader, name: str, now: datetime) -> Row:
    """A request that signatures may still be filed for. Raises `NotFound`, `Conflict`."""
    row = find(reader, name)
    if expired(row["body"], now):
        raise Conflict(f"this request expired on {row['expires']}; file a new one")
    if row["state"] != "requested":
        raise Conflict(f"this request is {row['state']} already; it takes no more signatures")
    return row


# ── queries ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def policy_text(reader: Reader, sha256: str) -> ApprovalPolicy:
    """An adopted policy by its digest. Raises `NotFound`."""
    row = reader.get(POLICY, sha256)
    if row is None:
        raise NotFound("adopted authorisation policy", sha256)
    return read_policy(row["text"])


def adopted_as(reader: Reader, sha256: str) -> int:
    """The entry by which a policy text was adopted (last). Raises `NotFound`."""
    row = reader.get(POLICY, sha256)
    if row is None:
        raise NotFound("adopted authorisation policy", sha256)
    return int(row["adopted"])


def policies_of(reader: Reader, row: Row) -> list[ApprovalPolicy]:
    """The policy that a request names, and the one in force for its action where that is another."""
    named = policy_text(reader, row["body"]["policy"]["sha256"])
    held = reader.get(ACTION, row["action"])
    if held is None or held["sha256"] == named.sha256:
        return [named]
    return [named, policy_text(reader, held["sha256"])]


def policy_for(reader: Reader, action: str) -> tuple[ApprovalPolicy, int]:
    """The policy in force for an action, and the entry that adopted it. Raises `NotFound`."""
    held = reader.get(ACTION, action)
    if held is None:
        raise NotFound(
            "adopted authorisation policy for the action", action, "`weal rule adopt DIR FILE` puts one in force"
        )
    return policy_text(reader, held["sha256"]), held["adopted"]


def find(reader: Reader, name: str) -> Row:
    """A request by its id (SHA-256 in hex, or its beginning of at least 8 digits). Raises `NotFound`."""
    name = name.removeprefix("authorisation:")
    exact = reader.get(REQUEST, name)
    if exact is not None:
        return exact
    found = reader.select(REQUEST, {"id": ("prefix", name)}, limit=2) if len(name) >= 8 else []
    if len(found) != 1:
        raise NotFound("authorisation request", name, "`weal access list DIR` shows them")
    return found[0]


def requests(reader: Reader, requester: str = "") -> list[Row]:
    """Requests (of one party), newest first."""
    return reader.select(REQUEST, {"requester": requester} if requester else None, order=("-entry",))


def signatures(reader: Reader, name: str) -> list[Row]:
    """The signature lines filed for a request, in order."""
    return reader.select(SIGNATURE, {"id": name}, order=("entry", "number"))


def disclosures(reader: Reader) -> list[int]:
    """The entries by which something was disclosed, newest first."""
    return [row["used"] for row in reader.select(REQUEST, {"state": "used", "action": DISCLOSE}, order=("-used",))]


def opened_by(reader: Reader, index: int) -> list[int]:
    """The disclosures that name an entry, newest first."""
    rows = reader.select(REQUEST, {"state": "used", "action": DISCLOSE}, order=("-used",))
    return [row["used"] for row in rows if any(leaf["index"] == index for leaf in row["body"]["leaves"])]


def state_of(row: Row, now: datetime) -> str:
    """`requested`, `granted`, `used`, `void` or `expired`, at an instant."""
    live = row["state"] in ("requested", "granted")
    return "expired" if live and expired(row["body"], now) else str(row["state"])


def needs(policy: ApprovalPolicy) -> str:
    """How many must approve, in words."""
    least = policy.quorum.least()
    return f"{least} of the organisations {', '.join(policy.signers)}, as the quorum {policy.quorum.name!r} says"


def bases(reader: Reader, party: str, index: int, now: datetime) -> dict[str, str]:
    """Which fields of an entry a party may see by authorisations that were used and have not expired, each with why."""
    found: dict[str, str] = {}
    for row in reader.select(REQUEST, {"requester": party, "state": "used", "action": DISCLOSE}, order=("used",)):
        if not expired(row["body"], max(now, instant(row["used_at"]))):
            found.update(bases_in(row, index))
    return found


def bases_in(row: Row, index: int) -> dict[str, str]:
    """The fields of an entry that a request names, each with its legal basis in words and the request."""
    why = row["body"]["basis"]
    text = f"{why['code']}: {why['citation']} (request {row['id']}, until {row['expires']})"
    return {name: text for leaf in row["body"]["leaves"] if leaf["index"] == index for name in leaf["fields"]}


# ── using ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def use_key(row: Row) -> str:
    """The key of the act by which a request is used: two that share a nonce share it, so only one can be."""
    return f"use:{row['nonce']}"


def use_of(
    row: Row, judged: tuple[Iterable[Approval], Sequence[ApprovalPolicy]], kinds: Mapping[str, Kind], proof: str
) -> Row:
    """The body of the public disclosure leaf. `proof` is the grant's `tlog-proof`, empty where none is published."""
    given, policies = judged
    body, policy = row["body"], policies[0]
    names, further = _public_names(body["leaves"], kinds)
    return {
        "request_sha256": row["id"],
        "policy": body["policy"],
        "entries": [leaf["index"] for leaf in body["leaves"]],
        "fields": names,
        "further_fields": further,
        "basis_code": body["basis"]["code"],
        "basis": dict(policy.bases[body["basis"]["code"]]),
        "citation": body["basis"]["citation"],
        "document_sha256": body["basis"]["document_sha256"],
        "approved_by": [item.as_dict(policy) for item in given],
        "granted": row["granted"],
        "granted_at": row["granted_at"],
        "expires": row["expires"],
        "witnessed": bool(proof),
        "grant_proof": proof,
        "requester": row["requester"],
        "purpose": body["purpose"],
    }


def _public_names(leaves: Iterable[Mapping[str, Any]], kinds: Mapping[str, Kind]) -> tuple[list[str], int]:
    """Names of fields as authorised (not as found: that would say which are there); those marked RED only counted."""
    names: list[str] = []
    further = 0
    for leaf in leaves:
        kind = kinds.get(leaf["kind"])
        for name in leaf["fields"]:
            if kind is None or kind.marking(name) is Marking.RED:
                further += 1
            elif name not in names:
                names.append(name)
    return names, further
