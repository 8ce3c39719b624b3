"""The certificate of registration: plain facts, and the receipt that proves them offline."""

from __future__ import annotations

from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.instrument import Kind, Reader
from commonweal.kernel.values import NotFound

from . import standing
from .kinds import MODEL, ORGANISATION, TRAINING_RUN

_KINDS = {kind.noun: kind for kind in (MODEL, ORGANISATION, TRAINING_RUN)}


def public(kind: Kind, body: Any) -> dict[str, Any]:
    """The part of a filing that anybody may see, in the order of its schema."""
    return {name: body[name] for name in kind.public_fields() if name in body}


def kind_of(subject: str) -> Kind:
    """The kind that files versions of a subject. Raises `NotFound`."""
    found = _KINDS.get(subject.partition(":")[0])
    if found is None:
        raise NotFound("registered subject", subject)
    return found


def certificate(reader: Reader, subject: str) -> dict[str, Any]:
    """What is certified of a registration: name, status, version, public facts, and where its receipt is.

    When it was filed is told by the day, as on the entry's public leaf. The receipt is the record's own `tlog-proof` of
    the entry: whoever holds it and the log's key checks it offline.
    Raises `NotFound` for a subject that is not registered.
    """
    row = registry.subject(reader, subject)
    kind = kind_of(subject)
    if row is None:
        raise NotFound("registration", subject)
    first = registry.versions(reader, subject)[0]
    return {
        "subject": subject,
        "name": row["name"],
        "status": standing.status(reader, subject),
        "registered_on": first["filed_on"][:10],
        "version": row["version"],
        "filed_on": row["filed_on"][:10],
        "facts": public(kind, row["body"]),
        "receipt": {
            "entry": row["entry"],
            "proof": f"/record/{row['entry']}.tlog-proof",
            "leaf": f"/record/{row['entry']}.leaf.json",
            "entry_page": f"/record/{row['entry']}",
        },
        "check": f"weal verify DIR; or check /record/{row['entry']}.tlog-proof with any C2SP tlog-proof verifier",
    }
