"""Standing that strangers can check: credentials (SD-JWT VC), their status (Token Status List), their log entries."""

from .bundles import BUNDLE_MEDIA_TYPE, LEAF_SIGNED, bundle, dumps, sign_leaf, trusted_root
from .declaration import Credential, Decision, Public
from .issuing import credential_token, described_type, issuer_metadata
from .kinds import KINDS, REQUESTED, key_published
from .room import (
    LIST_SIZE,
    TABLES,
    Credentials,
    changes,
    check_text,
    credentials,
    current,
    ended_keys,
    in_good_standing,
    needed_keys,
    published_keys,
    statuses,
    type_address,
)
from .statuslist import MEDIA_TYPE, StatusList, read_status_token, status_token
from .terms import read_terms
from .verification import CREDENTIAL_TYPE, Standing, evidence_of, proved_keys, verify_credential

__all__ = [
    "BUNDLE_MEDIA_TYPE",
    "CREDENTIAL_TYPE",
    "KINDS",
    "LEAF_SIGNED",
    "LIST_SIZE",
    "MEDIA_TYPE",
    "REQUESTED",
    "TABLES",
    "Credential",
    "Credentials",
    "Decision",
    "Public",
    "Standing",
    "StatusList",
    "bundle",
    "changes",
    "check_text",
    "credential_token",
    "credentials",
    "current",
    "described_type",
    "dumps",
    "ended_keys",
    "evidence_of",
    "in_good_standing",
    "issuer_metadata",
    "key_published",
    "needed_keys",
    "proved_keys",
    "published_keys",
    "read_status_token",
    "read_terms",
    "sign_leaf",
    "status_token",
    "statuses",
    "trusted_root",
    "type_address",
    "verify_credential",
]
