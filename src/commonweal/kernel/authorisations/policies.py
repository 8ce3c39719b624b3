"""Who must approve what: an adopted text with the organisations, their keys and a quorum in the grammar of tlog-policy.

```toml
id = "authorisation.break_glass"
version = "2026-01"
action = "disclose"
title = { en = "…", zh = "…" }
in_force = { from = 2026-01-01 }   # requests are taken from this day on (and to `to`, where it is given)
days_max = 30                     # the longest life of a request
quorum = '''
group oversight 2 ministry court ombudsman
quorum oversight
'''

[source]
citation = "…"
url = "https://…"

[[basis]]
code = "court_order"
title = { en = "Order of a court", zh = "法院命令" }
# identities = true               # fields that say who reported may be named too, by the law that this basis cites:
# citation = "…"

[[signer]]
organisation = "court"
title = { en = "District Court", zh = "地区法院" }
keys = [{ vkey = "court.example/duty-judge+…", from = 2026-01-01, until = 2027-01-01 }]
```

Who reported is opened under no basis but one with `identities`: a duty under Union or national law, in investigations
or judicial proceedings, of which they are told before (Directive (EU) 2019/1937, Art. 16(2)-(3)). It cites its law.

An organisation counts once, with however many of its keys it signs. A key that is stolen gets `revoked` (an instant,
which may lie in the past: that of the theft): signatures recorded at or after it do not count.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from commonweal.kernel.record import NoteVerifier, Quorum
from commonweal.kernel.record.notes import ED25519, Signature, signature_of
from commonweal.kernel.record.policy import NONE
from commonweal.kernel.values import (
    BadInput,
    Fault,
    FaultCollector,
    RecordFault,
    RuleFault,
    Text,
    day_start,
    digest,
    faults_of,
    read_toml,
    stamp,
)

from .requests import Code, RuleId

DAYS_MAX = 366
LINES_MAX = 20
Standing = Callable[[str, str], bool]
"""Whether the subject holds this type of credential in good standing: `(credential, subject)`."""


class _Table(BaseModel):
    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True)


class _Words(_Table):
    en: Annotated[str, Field(min_length=1, max_length=300)]
    zh: Annotated[str, Field(min_length=1, max_length=300)]


class _Source(_Table):
    citation: Annotated[str, Field(min_length=3, max_length=500)]
    url: Annotated[str, Field(pattern=r"^https://\S+$", max_length=500)]


class _Span(_Table):
    since: Annotated[date, Field(alias="from")]
    to: date | None = None


class _Basis(_Table):
    code: Code
    title: _Words
    identities: bool = False
    citation: Annotated[str, Field(min_length=3, max_length=500)] | None = None


class _Key(_Table):
    vkey: Annotated[str, Field(max_length=400)]
    since: Annotated[date | datetime, Field(alias="from")]
    until: date | datetime | None = None
    revoked: date | datetime | None = None


class _Credential(_Table):
    """The signer's organisation must hold this credential in good standing."""

    type: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]{1,80}$")]
    subject: Annotated[str, Field(min_length=3, max_length=130)]


class _Signer(_Table):
    organisation: Annotated[str, Field(pattern=r"^[a-z][a-z0-9\-]{1,60}$")]
    title: _Words
    keys: Annotated[tuple[_Key, ...], Field(min_length=1, max_length=50)]
    credential: _Credential | None = None


class _Text(_Table):
    id: RuleId
    version: Annotated[str, Field(min_length=1, max_length=40)]
    action: Code
    title: _Words
    in_force: _Span
    days_max: Annotated[int, Field(ge=1, le=DAYS_MAX)]
    quorum: Annotated[str, Field(min_length=1, max_length=20_000)]
    source: _Source
    basis: Annotated[tuple[_Basis, ...], Field(min_length=1, max_length=50)]
    signer: Annotated[tuple[_Signer, ...], Field(min_length=1, max_length=100)]


@dataclass(frozen=True)
class Key:
    """A signer's public key, and when signatures by it count: from `since`, before `until` and before `revoked`."""

    verifier: NoteVerifier
    since: datetime
    until: datetime | None
    revoked: datetime | None

    def why_not(self, at: datetime) -> str:
        """Why a signature that was recorded at an instant does not count; empty where it does."""
        if self.revoked is not None and at >= self.revoked:
            return f"this key is revoked from {stamp(self.revoked)} on"
        if at < self.since:
            return f"this key counts from {stamp(self.since)} on"
        if self.until is not None and at >= self.until:
            return f"this key expired on {stamp(self.until)}"
        return ""


@dataclass(frozen=True)
class Signer:
    """An organisation that may approve. `credential` and `subject`: what it must hold to be heard (empty: nothing)."""

    organisation: str
    title: Text
    keys: tuple[Key, ...]
    credential: str = ""
    subject: str = ""


@dataclass(frozen=True)
class ApprovalPolicy:
    """An adopted text, read: `signers` by organisation, and the `quorum` of them that approves `action`.

    `identities` are the bases under which it may be opened who reported, each with the law that it cites for that.
    """

    id: str
    version: str
    action: str
    title: Text
    citation: str
    since: date
    to: date | None
    days_max: int
    bases: Mapping[str, Text]
    identities: Mapping[str, str]
    signers: Mapping[str, Signer]
    quorum: Quorum
    sha256: str

    def in_force(self, at: datetime) -> bool:
        """Whether requests are taken under this text on the (UTC) day of an instant."""
        day = at.astimezone(UTC).date()
        return self.since <= day and (self.to is None or day <= self.to)

    @functools.cached_property
    def by_key(self) -> Mapping[tuple[str, bytes], tuple[Signer, Key]]:
        return {
            (key.verifier.name, key.verifier.key_id): (signer, key)
            for signer in self.signers.values()
            for key in signer.keys
        }

    def known(self, line: Signature) -> tuple[Signer, Key] | None:
        """Whose signature a line says it is; None for a key that is not in the policy."""
        return self.by_key.get((line.name, line.key_id))


@functools.lru_cache(maxsize=64)
def read_policy(text: str) -> ApprovalPolicy:
    """Read a policy text. Raises `RuleFault` naming every fault."""
    try:
        found = _Text.model_validate(read_toml(text, "authorisation policy"))
    except ValidationError as error:
        raise RuleFault(faults_of(error), "authorisation policy") from error
    faults = FaultCollector("authorisation policy", RuleFault)
    signers = _signers(found.signer, faults)
    quorum = _quorum(found.quorum, signers, faults)
    codes = [item.code for item in found.basis]
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        faults.add("basis", code, "each code once", "repeated")
    for at, item in enumerate(found.basis):
        if item.identities and item.citation is None:
            want = "the law by which who reported may be opened: identities = true needs a citation of its own"
            faults.add(f"basis.{at}.citation", "", want, "missing")
    faults.done()
    return ApprovalPolicy(
        id=found.id,
        version=found.version,
        action=found.action,
        title=Text(found.title.model_dump()),
        citation=found.source.citation,
        since=found.in_force.since,
        to=found.in_force.to,
        days_max=found.days_max,
        bases={item.code: Text(item.title.model_dump()) for item in found.basis},
        identities={item.code: item.citation or "" for item in found.basis if item.identities},
        signers=signers,
        quorum=quorum,
        sha256=digest(text.encode()),
    )


def _signers(tables: Sequence[_Signer], faults: FaultCollector) -> dict[str, Signer]:
    found: dict[str, Signer] = {}
    used: dict[bytes, str] = {}
    for at, item in enumerate(tables):
        where = f"signer.{at}"
        if item.organisation in found or item.organisation == NONE:
            faults.add(f"{where}.organisation", item.organisation, "each organisation once: it counts once", "repeated")
        keys = []
        for number, one in enumerate(item.keys):
            key = _key(one, f"{where}.keys.{number}", faults)
            if key is None:
                continue
            if key.verifier.public in used:
                want = f"a key of its own; {used[key.verifier.public]} has this one"
                faults.add(f"{where}.keys.{number}.vkey", one.vkey, want, "shared_key")
            used[key.verifier.public] = item.organisation
            keys.append(key)
        holds = (item.credential.type, item.credential.subject) if item.credential else ("", "")
        found[item.organisation] = Signer(item.organisation, Text(item.title.model_dump()), tuple(keys), *holds)
    return found


def _key(one: _Key, where: str, faults: FaultCollector) -> Key | None:
    times = {"from": one.since, "until": one.until, "revoked": one.revoked}
    for name, value in times.items():
        if isinstance(value, datetime) and value.tzinfo is None:
            faults.add(f"{where}.{name}", value, "a date (00:00 UTC), or an instant with its time zone", "zone")
    try:
        verifier = NoteVerifier.from_vkey(one.vkey)
    except BadInput as error:
        faults.add(f"{where}.vkey", error.faults[0].seen, error.faults[0].want, "key")
        return None
    if verifier.kind != ED25519:
        faults.add(f"{where}.vkey", f"{verifier.kind:#04x}", "an Ed25519 key of signed notes (0x01)", "key")
        return None
    return Key(
        verifier, _instant(one.since), *(_instant(value) if value else None for value in (one.until, one.revoked))
    )


def _instant(value: date | datetime) -> datetime:
    if not isinstance(value, datetime):
        return day_start(value)
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _quorum(text: str, signers: Mapping[str, Signer], faults: FaultCollector) -> Quorum:
    try:
        quorum = Quorum.parse(text.strip() + "\n", tuple(signers), "quorum")
    except BadInput as error:
        faults.extend(Fault(f"quorum {fault.where}", fault.seen, fault.want, fault.code) for fault in error.faults)
        return Quorum(NONE, {})
    if quorum.name == NONE:
        faults.add("quorum", NONE, "a signer or a group of them: what nobody approves is not authorised", "nobody")
    return quorum


# ── judging ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Filed:
    """A signature line as it stands in the record: when it was recorded, and as which entry."""

    line: str
    at: datetime
    entry: int


@dataclass(frozen=True, slots=True)
class Approval:
    """An organisation's word: with which key, recorded when, as which entry."""

    organisation: str
    key: str
    at: datetime
    entry: int

    def as_dict(self, policy: ApprovalPolicy) -> dict[str, Any]:
        """With the organisation's name as the policy has it."""
        title = dict(policy.signers[self.organisation].title)
        return {"organisation": self.organisation, "title": title, "at": stamp(self.at), "entry": self.entry}


def check_lines(text: str, lines: Iterable[str], policies: Sequence[ApprovalPolicy], at: datetime) -> None:
    """Refuse signature lines over a request's text that are recorded at an instant.

    Keys that no policy names are ignored. Raises `BadInput` naming every line that is malformed, every signature of a
    known key that fails, every known key that does not count then, and if no key was known, that.
    """
    faults = FaultCollector("signatures")
    known = 0
    for number, line in enumerate(lines):
        found, problem = _verified(text, line, policies)
        why = problem or next((why for _, key in found if (why := key.why_not(at))), "")
        if why:
            faults.add(f"signatures.{number}", line, why, "forged" if problem else "key")
        known += bool(found)
    if not known and not faults.count:
        want = "a signature by a key that the policy names: " + ", ".join(sorted(policies[0].signers))
        faults.add("signatures", "no key that is known", want, "unknown_key")
    faults.done()


def approvals(
    text: str, filed: Iterable[Filed], policies: Sequence[ApprovalPolicy], standing: Standing
) -> tuple[Approval, ...]:
    """The organisations whose signatures over exactly this text count under *every* one of the policies, each once.

    What was recorded together with a failing signature of a known key does not count: the whole entry is refused.
    """
    found: dict[str, Approval] = {}
    for entry, items in _by_entry(filed).items():
        read = [(item, *_verified(text, item.line, policies)) for item in items]
        if any(problem for _, _, problem in read):
            continue
        for item, pairs, _ in read:
            organisations = {signer.organisation for signer, _ in pairs}
            if len(pairs) != len(policies) or len(organisations) != 1:
                continue
            good = not any(key.why_not(item.at) for _, key in pairs)
            if good and all(
                not signer.credential or standing(signer.credential, signer.subject) for signer, _ in pairs
            ):
                organisation = organisations.pop()
                found.setdefault(organisation, Approval(organisation, pairs[0][1].verifier.vkey, item.at, entry))
    return tuple(found[name] for name in sorted(found))


def _verified(text: str, line: str, policies: Sequence[ApprovalPolicy]) -> tuple[list[tuple[Signer, Key]], str]:
    """Who signed under each policy that knows the key, and what is wrong with the line (empty: nothing)."""
    try:
        signature = signature_of(line)
    except RecordFault as error:
        return [], error.problem
    pairs = [pair for policy in policies if (pair := policy.known(signature))]
    if all(key.verifier.verifies(text.encode(), signature.value) for _, key in pairs):
        return pairs, ""
    return pairs, "this known key has not signed exactly this request: its signature does not verify"


def approved(given: Iterable[Approval], policies: Sequence[ApprovalPolicy]) -> bool:
    """Whether the organisations that approved make the quorum of every policy."""
    names = {item.organisation for item in given}
    return bool(policies) and all(policy.quorum.satisfied_by(names) for policy in policies)


def _by_entry(filed: Iterable[Filed]) -> dict[int, list[Filed]]:
    found: dict[int, list[Filed]] = {}
    for item in sorted(filed, key=lambda item: item.entry):
        found.setdefault(item.entry, []).append(item)
    return found
