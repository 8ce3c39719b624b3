"""The certificate of registration: what it says of a model, who gets one, and which decisions change its standing.

It is a credential that anyone checks without this authority's help; `certificate` says the same plainly, for people.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from commonweal.kernel import credentials, registry
from commonweal.kernel.instrument import (
    PUBLIC,
    Column,
    Credential,
    Decision,
    Entry,
    Filing,
    Filter,
    Kind,
    Listing,
    Reader,
    Reading,
    Row,
    Text,
)
from commonweal.kernel.record import AUTHORITY
from commonweal.kernel.values import NotFound

from . import standing
from .family import suspended_above
from .kinds import MODEL, ORGANISATION, STATUS, TRAINING_RUN, Confidence

_KINDS = {kind.noun: kind for kind in (MODEL, ORGANISATION, TRAINING_RUN)}
_STATES = {"active": "valid", "suspended": "suspended", "withdrawn": "revoked"}


class CertificateClaims(Filing):
    """What a certificate of registration says of a model. Everything in it is public."""

    name: Annotated[str, PUBLIC]
    organisation: Annotated[str | None, PUBLIC] = None
    registered_on: Annotated[date, PUBLIC]
    publication_date: Annotated[date | None, PUBLIC] = None
    compute_flop: Annotated[float | None, PUBLIC] = None
    compute_confidence: Annotated[Confidence | None, PUBLIC] = None


def claims_of(subject: str, reader: Reader, public: credentials.Public) -> dict[str, Any] | None:
    """What can be certified of a model as it is on file and public; None where it is not registered, or not by name."""
    row = registry.subject(reader, subject)
    if row is None or row["noun"] != MODEL.noun:
        return None
    body = public(MODEL.id, row["body"])
    developer = registry.subject(reader, str(body.get("organisation", "")))
    by = public(ORGANISATION.id, developer["body"]) if developer else {}
    if "name" not in body:
        return None
    plain = {name: body.get(name) for name in ("publication_date", "compute_flop", "compute_confidence")}
    return {
        "name": row["name"],
        "organisation": by.get("name"),
        "registered_on": registry.versions(reader, subject)[0]["filed_on"][:10],
        **plain,
    }


def filed_by_its_developer(entry: Entry, reader: Reader) -> bool:
    """What its developer registers gets a certificate at once; what was taken from a public table, on request."""
    return entry.author != AUTHORITY


def decision(entry: Entry) -> Decision | None:
    """What the registrar's decision means for the certificate."""
    if entry.kind != STATUS.id:
        return None
    body = entry.body
    state: Any = _STATES[body["status"]]
    return Decision(str(body["about"]), state, str(body["reason_code"]))


CERTIFICATE = Credential(
    id="model_registration.certificate",
    title=Text(en="Certificate of registration", zh="登记证书"),
    summary=Text(
        en="This model is registered with this authority. Its status says whether the registration stands.",
        zh="该模型已在本机构登记；其状态表明登记是否有效。",
    ),
    noun=MODEL.noun,
    filing=MODEL.id,
    terms="model_registration.certificate",
    claims=CertificateClaims,
    claim_titles={
        "name": Text(en="Model", zh="模型"),
        "organisation": Text(en="Organisation", zh="组织"),
        "registered_on": Text(en="Registered on", zh="登记日期"),
        "publication_date": Text(en="Published on", zh="公布日期"),
        "compute_flop": Text(en="Training compute (FLOP)", zh="训练计算量（FLOP）"),
        "compute_confidence": Text(en="Confidence of the figure", zh="数值可信度"),
    },
    of=claims_of,
    issues=filed_by_its_developer,
    decides=decision,
)


def kind_of(subject: str) -> Kind:
    """The kind that files versions of a subject. Raises `NotFound`."""
    found = _KINDS.get(subject.partition(":")[0])
    if found is None:
        raise NotFound("registered subject", subject)
    return found


def certificate(reading: Reading, subject: str) -> dict[str, Any]:
    """What is certified of a registration: name, status, version, public facts, where its receipt and credential are.

    `stopped_above` names the models that it was made from whose own registration does not stand.
    When it was filed is told by the day, as on the entry's public leaf. The receipt is the record's own `tlog-proof` of
    the entry: whoever holds it and the log's key checks it offline.
    Raises `NotFound` for a subject that is not registered.
    """
    reader = reading.tables
    row = registry.subject(reader, subject)
    kind = kind_of(subject)
    if row is None:
        raise NotFound("registration", subject)
    first = registry.versions(reader, subject)[0]
    return {
        "subject": subject,
        "name": row["name"],
        "status": standing.status(reader, subject),
        "stopped_above": suspended_above(reader, row["body"]),
        "registered_on": first["filed_on"][:10],
        "version": row["version"],
        "filed_on": row["filed_on"][:10],
        "facts": dict(reading.public(kind.id, row["body"])),
        "receipt": {
            "entry": row["entry"],
            "proof": f"/record/{row['entry']}.tlog-proof",
            "leaf": f"/record/{row['entry']}.leaf.json",
            "entry_page": f"/record/{row['entry']}",
        },
        "credential": _credential(reader, subject),
        "check": f"weal verify DIR; or check /record/{row['entry']}.tlog-proof with any C2SP tlog-proof verifier",
    }


def certificate_rows(reading: Reading, query: Mapping[str, str]) -> list[Row]:
    """One row a certificate, newest first."""
    return [
        {
            "href": f"/models/{row['subject'].partition(':')[2]}",
            **{name: row["claims"].get(name) for name in ("name", "organisation")},
            **{name: row[name] for name in ("subject", "state", "issued_at", "expires_at", "number")},
        }
        for row in credentials.credentials(reading.tables, credential=CERTIFICATE.id)
        if query.get("state", row["state"]) in ("", row["state"])
    ]


_STATE_WORDS = {
    "valid": Text(en="valid", zh="有效"),
    "suspended": Text(en="suspended", zh="已中止"),
    "revoked": Text(en="revoked", zh="已撤销"),
    "expired": Text(en="expired", zh="已到期"),
}
CERTIFICATES = Listing(
    id="certificates",
    title=Text(en="Certificates of registration", zh="登记证书"),
    summary=Text(
        en="Every certificate issued, and how it stands now. Whoever relies on one asks for its signed status.",
        zh="已颁发的全部证书及其当前状态。凡依赖证书者应查询其经签名的状态。",
    ),
    columns=(
        Column("name", Text(en="Model", zh="模型")),
        Column("organisation", Text(en="Organisation", zh="组织")),
        Column("state", Text(en="Status", zh="状态"), "state"),
        Column("issued_at", Text(en="Issued", zh="颁发日期"), "date"),
        Column("expires_at", Text(en="Good until", zh="有效期至"), "date"),
        Column("number", Text(en="Number", zh="编号"), "number"),
    ),
    rows=certificate_rows,
    filters=(
        Filter(
            "state",
            Text(en="Status", zh="状态"),
            lambda reading: [(name, words.in_(reading.language)) for name, words in _STATE_WORDS.items()],
        ),
    ),
)


def _credential(reader: Reader, subject: str) -> dict[str, Any] | None:
    """The newest certificate of a subject, whatever its state, and where it is downloaded; None without one."""
    found = credentials.credentials(reader, subject, CERTIFICATE.id)
    if not found:
        return None
    row = found[0]
    slug = subject.partition(":")[2]
    return {
        **{name: row[name] for name in ("number", "state", "issued_at", "expires_at", "entry")},
        "file": f"/credentials/{CERTIFICATE.id}/{slug}.json",
        "sd_jwt": f"/credentials/{CERTIFICATE.id}/{slug}.sd-jwt",
        "changes": credentials.changes(reader, CERTIFICATE.id, row["number"]),
    }
