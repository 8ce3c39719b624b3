"""What a court checks, offline: that a quorum approved exactly this request, in time, before it was used, once.

Needs the file that the requester was given, and the log's verifier key, or all its keys as they were proved from one
(`succession.proved_keyring`); with a `tlog-policy` of one's own, the
witnesses' cosignatures too. Nothing that the file says about itself is believed.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from commonweal.kernel.disclosure.commitments import read_leaf, verify_disclosures
from commonweal.kernel.disclosure.sdjwt import Quorum, verify_presentation
from commonweal.kernel.disclosure.signatures import unb64
from commonweal.kernel.record import Keyring, NoteVerifier, TlogProof, leaf_hash
from commonweal.kernel.values import BadInput, FaultCollector, RecordFault, digest, instant, stamp

from .kinds import DISCLOSED, GRANTED, REQUESTED, SIGNED
from .policies import Approval, ApprovalPolicy, Filed, approvals, approved, read_policy
from .requests import expired, open_file, read_text, request_id, request_text

EVIDENCE = "commonweal authorisation evidence v1"


@dataclass(frozen=True)
class Shown:
    """An entry of the log, as its leaf, proof and disclosures show it: `claims` of the leaf, and opened `fields`."""

    index: int
    size: int
    kind: str
    time: datetime
    claims: Mapping[str, Any]
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class Verified:
    """What a file of evidence proves."""

    request: Mapping[str, Any]
    request_sha256: str
    policy: ApprovalPolicy
    approved_by: tuple[Approval, ...]
    granted: int
    granted_at: datetime
    used: int
    used_at: datetime
    witnessed: Mapping[str, int]
    fields: Mapping[int, Mapping[str, Any]]

    def as_dict(self) -> dict[str, Any]:
        return {
            "request": dict(self.request),
            "request_sha256": self.request_sha256,
            "policy": {"rule": self.policy.id, "version": self.policy.version, "sha256": self.policy.sha256},
            "approved_by": [item.as_dict(self.policy) for item in self.approved_by],
            "granted": {"entry": self.granted, "at": stamp(self.granted_at)},
            "used": {"entry": self.used, "at": stamp(self.used_at)},
            "witnessed": {name: stamp(datetime.fromtimestamp(at, UTC)) for name, at in self.witnessed.items()},
            "fields": {str(index): dict(fields) for index, fields in self.fields.items()},
        }


def verify_evidence(file: Mapping[str, Any], vkey: str | Keyring, *, policy: Quorum | None = None) -> Verified:
    """Check a file of evidence under the log's key, or its ring of keys. Raises `BadInput` naming every fault.

    Checked: the request is canonical; the policy is the text it names, and stood in the log before the request; the
    signatures are by its organisations over exactly this request, stood in the log in time and make its quorum; the
    grant stands between them and the use; the use says the same in public, before the expiry; each presentation is of
    a leaf that the request names and opens no field that it does not. With `policy`, the checkpoint that covers the
    grant must have its cosignatures and lie before the use. Of a ring, a key must count at the size of each tree; the
    tree that was published before the use needs the key that was in force then, as the use names it in the log.
    """
    ring = vkey if isinstance(vkey, Keyring) else Keyring.of(NoteVerifier.from_vkey(vkey).name, vkey)
    return _Checking(file, ring, policy).verified()


class _Checking:
    """One pass over a file; every fault is collected, and what rests on a faulty part is not looked at."""

    def __init__(self, file: Mapping[str, Any], ring: Keyring, policy: Quorum | None) -> None:
        self._file, self._policy = file, policy
        self._log = ring
        self._faults = FaultCollector("authorisation evidence")

    def verified(self) -> Verified:
        text, _ = open_file(str(self._file.get("note", "")).encode("utf-8", "replace"))
        request = read_text(text)
        name = request_id(text)
        if request["log"] != self._log.origin:
            self._faults.add(
                "request.log", request["log"], f"the log of the key given, {self._log.origin}", "other_log"
            )
        asked = self._entry("request", self._file.get("request"), REQUESTED.id)
        rule = self._entry("policy", self._file.get("policy"), "rule.adopted")
        grant = self._entry("grant", self._file.get("grant"), GRANTED.id)
        use = self._entry("use", self._file.get("use"), DISCLOSED.id)
        listed = self._file.get("signatures")
        signed = [self._entry(f"signatures.{at}", item, SIGNED.id)
                  for at, item in enumerate(listed if isinstance(listed, list) else [])]  # fmt: skip
        self._faults.done()
        if not (asked and rule and grant and use):
            raise AssertionError("unreachable: what is missing is a fault")
        self._of_request(name, asked, grant, use, [item for item in signed if item])
        found = self._read_policy(rule, request)
        self._faults.done()
        assert found
        if request_text(_body(asked)) != text:
            self._faults.add("request", "another request", "the request that was signed", "other_request")
        given = self._approved(text, request, [item for item in signed if item], found)
        if open_file(str(grant.fields.get("note", "")).encode("utf-8", "replace"))[0] != text:
            self._faults.add("grant.note", "another request", "the request that was signed", "other_request")
        self._in_order({"policy": rule, "request": asked, "grant": grant, "use": use}, request, given)
        witnessed = self._published_before(use, grant)
        self._said(use, name, request, given)
        fields = self._presented(request)
        self._faults.done()
        return Verified(request, name, found, given, grant.index, grant.time, use.index, use.time, witnessed, fields)

    # ── entries ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _entry(self, where: str, item: Any, kind: str) -> Shown | None:
        """One entry in the file: its leaf in the log, its disclosures in its leaf."""
        if not isinstance(item, Mapping):
            self._faults.add(where, item or "(absent)", "an object with proof and disclosures", "missing")
            return None
        shown = item.get("disclosures") or []
        if not isinstance(shown, list):
            self._faults.add(f"{where}.disclosures", shown, "a list of disclosures")
            return None
        try:
            proof = TlogProof.parse(str(item.get("proof", "")).encode("utf-8", "replace"))
            size = self._log.open(proof.checkpoint).size
            proof.verify(proof.extra, self._log.verifiers, self._log.origin)
            claims = read_leaf(proof.extra)
            fields = verify_disclosures(claims, [str(text) for text in shown])
            found = Shown(proof.index, size, str(claims["kind"]).rpartition("/")[0], instant(str(claims["time"])),
                          claims, fields)  # fmt: skip
        except RecordFault as error:
            self._faults.add(f"{where}: {error.where}", error.problem, "an entry that stands in the log", "not_in_log")
            return None
        except BadInput as error:
            self._faults.extend(error.faults)
            return None
        if found.kind != kind or claims["iss"] != self._log.origin:
            self._faults.add(where, f"{found.kind} of {claims['iss']}", f"{kind} of {self._log.origin}", "kind")
            return None
        return found

    def _of_request(self, name: str, asked: Shown, grant: Shown, use: Shown, signed: list[Shown]) -> None:
        for where, item in (("grant", grant), ("use", use), *((f"entry {item.index}", item) for item in signed)):
            if item.fields.get("request_sha256") != name:
                seen = item.fields.get("request_sha256", "(not disclosed)")
                self._faults.add(f"{where}.request_sha256", seen, f"{name}, the request in this file", "other_request")
        if asked.index not in grant.claims["refs"]:
            self._faults.add("grant", grant.claims["refs"], f"a grant that follows from entry {asked.index}", "refs")
        if grant.index not in use.claims["refs"]:
            self._faults.add("use", use.claims["refs"], f"a use that follows from entry {grant.index}", "refs")

    def _read_policy(self, rule: Shown, request: Mapping[str, Any]) -> ApprovalPolicy | None:
        text = str(rule.fields.get("text", ""))
        if digest(text.encode()) != request["policy"]["sha256"]:
            want = f"the text with SHA-256 {request['policy']['sha256']}, which the request names"
            self._faults.add("policy", digest(text.encode()), want, "other_policy")
            return None
        found = read_policy(text)
        if (found.id, found.action) != (request["policy"]["rule"], request["action"]):
            want = f"the rule {request['policy']['rule']} for {request['action']}"
            self._faults.add("policy", f"{found.id} for {found.action}", want, "other_policy")
        return found

    # ── what they prove together ────────────────────────────────────────────────────────────────────────────────

    def _approved(
        self, text: str, request: Mapping[str, Any], signed: list[Shown], policy: ApprovalPolicy
    ) -> tuple[Approval, ...]:
        """The organisations whose signatures stood in the log in time. Standing was the authority's to check."""
        filed = [
            Filed(str(line), item.time, item.index)
            for item in signed
            if not expired(request, item.time)
            for line in item.fields.get("signatures") or ()
        ]
        given = approvals(text, filed, [policy], lambda credential, subject: True)
        if not approved(given, [policy]):
            names = ", ".join(item.organisation for item in given) or "nobody"
            self._faults.add("signatures", names, f"the quorum {policy.quorum.name} of {policy.id}", "quorum")
        return given

    def _in_order(self, shown: Mapping[str, Shown], request: Mapping[str, Any], given: tuple[Approval, ...]) -> None:
        """In the log's own order, and by the times on its leaves: rule, request, approvals, grant, use, expiry."""
        one = {name: item.index for name, item in shown.items()}
        voices = sorted(((item.organisation, item.entry) for item in given), key=lambda step: step[1])
        placed = [("policy", one["policy"]), ("request", one["request"]), *voices, ("grant", one["grant"]),
                  ("use", one["use"])]  # fmt: skip
        for (before, first), (after, second) in itertools.pairwise(placed):
            if first > second or (first == second and {before, after} & set(one)):
                self._faults.add(after, f"entry {second}", f"after {before}, which is entry {first}", "order")
        for where in ("grant", "use"):
            item = shown[where]
            if expired(request, item.time):
                self._faults.add(
                    where, stamp(item.time), f"before the request expired: {request['expires']}", "expired"
                )

    def _published_before(self, use: Shown, grant: Shown) -> dict[str, int]:
        """The witnesses of the grant, where its proof was published before the use. With a policy, that is required."""
        note = str(use.fields.get("grant_proof") or "")
        if not note and self._policy is None:
            return {}
        try:
            proof = TlogProof.parse(note.encode("utf-8", "replace"))
            held = TlogProof.parse(str(self._file["grant"]["proof"]).encode()).extra
            checkpoint = self._log.open(proof.checkpoint, own=True)
            proof.verify(held, self._log.verifiers, self._log.origin)
            if proof.index != grant.index or checkpoint.size > use.index:
                want = f"a proof of entry {grant.index} in a tree from before entry {use.index}"
                self._faults.add("grant_proof", f"entry {proof.index} of {checkpoint.size}", want, "order")
            if self._policy is None:
                return {}
            found = self._policy.verify(proof.checkpoint, self._log.verifiers)
            return dict(found[1]) if isinstance(found, tuple) else {}
        except RecordFault as error:
            want = "the grant in a checkpoint that its witnesses cosigned before the use"
            self._faults.add(f"grant_proof: {error.where}", error.problem, want, "not_witnessed")
            return {}

    def _said(self, use: Shown, name: str, request: Mapping[str, Any], given: tuple[Approval, ...]) -> None:
        """What the log says in public about the use is what was asked for and who approved."""
        want = {
            "entries": [leaf["index"] for leaf in request["leaves"]],
            "basis_code": request["basis"]["code"],
            "citation": request["basis"]["citation"],
            "document_sha256": request["basis"]["document_sha256"],
            "expires": request["expires"],
        }
        for field, value in want.items():
            if use.fields.get(field) != value:
                self._faults.add(f"use.{field}", use.fields.get(field, "(not disclosed)"), value_of(value), "said")
        said = {str(item.get("organisation")) for item in use.fields.get("approved_by") or ()}
        if not said or not said <= {item.organisation for item in given}:
            names = ", ".join(item.organisation for item in given)
            self._faults.add("use.approved_by", ", ".join(sorted(said)), f"those who approved: {names}", "said")

    def _presented(self, request: Mapping[str, Any]) -> dict[int, Mapping[str, Any]]:
        """The opened fields by entry, each provably of the leaf that the request names."""
        asked = {leaf["index"]: leaf for leaf in request["leaves"]}
        found: dict[int, Mapping[str, Any]] = {}
        listed = self._file.get("presentations")
        for at, item in enumerate(listed if isinstance(listed, list) else []):
            where = f"presentations.{at}"
            try:
                proof = str(item["proof"]).encode("utf-8", "replace")
                shown = verify_presentation(str(item["sd_jwt"]), proof, self._log)
                held = TlogProof.parse(proof)
            except (BadInput, RecordFault, KeyError, TypeError) as error:
                self._faults.add(where, "does not verify", str(error), "presentation")
                continue
            leaf = asked.get(shown.index)
            if leaf is None or leaf["hash"] != leaf_hash(_payload(str(item["sd_jwt"]))).hex():
                self._faults.add(where, f"entry {held.index}", "an entry that the request names, with its hash", "leaf")
            elif not set(shown.fields) <= set(leaf["fields"]):
                extra = ", ".join(sorted(set(shown.fields) - set(leaf["fields"])))
                self._faults.add(where, extra, "only the fields that were authorised", "too_much")
            else:
                found[shown.index] = shown.fields
        return found


def value_of(value: Any) -> str:
    """What ought to stand there, in words."""
    return f"{value!r}, as the request has it"


def _payload(sd_jwt: str) -> bytes:
    return unb64(sd_jwt.split("~", 1)[0].split(".")[1]) or b""


def _body(shown: Shown) -> dict[str, Any]:
    return dict(shown.fields)
