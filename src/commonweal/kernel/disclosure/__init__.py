"""Who may see which field of an entry: commitments in the open, payloads sealed, keys that can be erased."""

from .checking import validate
from .commitments import read_leaf, verify_disclosures
from .keys import Erased, KeyStore
from .kinds import PUBLIC, Filing, Kind, Marking
from .presentation import Audience, Presentation, disclose
from .sealing import check_leaf, keys_of, open_entry, request_digest, seal, tombstone, unseal

__all__ = [
    "PUBLIC",
    "Audience",
    "Erased",
    "Filing",
    "KeyStore",
    "Kind",
    "Marking",
    "Presentation",
    "check_leaf",
    "disclose",
    "keys_of",
    "open_entry",
    "read_leaf",
    "request_digest",
    "seal",
    "tombstone",
    "unseal",
    "validate",
    "verify_disclosures",
]
