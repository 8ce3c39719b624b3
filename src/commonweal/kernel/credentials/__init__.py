"""Standing that strangers can check: credentials (SD-JWT VC), their status (Token Status List), their log entries."""

from .declaration import Credential, Decision
from .issuing import credential_token, described_type, issuer_metadata
from .kinds import KINDS, REQUESTED
from .room import (
    LIST_SIZE,
    TABLES,
    Credentials,
    changes,
    check_text,
    credentials,
    current,
    published_keys,
    statuses,
    type_address,
)
from .statuslist import MEDIA_TYPE, StatusList, read_status_token, status_token
from .verification import CREDENTIAL_TYPE, Standing, evidence_of, proved_keys, verify_credential

__all__ = [
    "CREDENTIAL_TYPE",
    "KINDS",
    "LIST_SIZE",
    "MEDIA_TYPE",
    "REQUESTED",
    "TABLES",
    "Credential",
    "Credentials",
    "Decision",
    "Standing",
    "StatusList",
    "changes",
    "check_text",
    "credential_token",
    "credentials",
    "current",
    "described_type",
    "evidence_of",
    "issuer_metadata",
    "proved_keys",
    "published_keys",
    "read_status_token",
    "status_token",
    "statuses",
    "type_address",
    "verify_credential",
]
