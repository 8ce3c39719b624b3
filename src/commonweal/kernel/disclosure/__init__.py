"""Who may see which field of an entry: commitments in the open, payloads sealed, keys that can be erased."""

from . import succession
from .attachments import Attached, Attachment
from .checking import forbidden_character, sound, validate
from .commitments import read_leaf, verify_disclosures
from .deciding import GIVEN_BY_THE_HOUSE, ROLES, Audience, Decision, Policies, PolicyText, house_texts
from .envelope import Wrap, wrap_here
from .keys import Erased, KeyStore, Lost, key_id
from .kinds import (
    HOUSE_SAYS,
    INDEX_MAX,
    PERSONAL,
    PUBLIC,
    TO_OWNER,
    WHO_REPORTED,
    Filing,
    Index,
    Kind,
    Marking,
    entry_fields,
)
from .presentation import Presentation, disclose, disclose_part
from .ruling import Ruling, TakenBack, TakesBack
from .sdjwt import (
    SdJwt,
    open_sd_jwt,
    opened_names,
    present,
    same_original,
    verify_presentation,
)
from .sealing import (
    Marks,
    Requests,
    Sealing,
    check_leaf,
    key_of,
    open_entry,
    public_kind,
    request_digest,
    seal,
    seal_all,
    sealed_key,
    tombstone,
    unseal,
)
from .signatures import IssuerKey, new_issuer_key
from .untold import Untold

__all__ = [
    "GIVEN_BY_THE_HOUSE",
    "HOUSE_SAYS",
    "INDEX_MAX",
    "PERSONAL",
    "PUBLIC",
    "ROLES",
    "TO_OWNER",
    "WHO_REPORTED",
    "Attached",
    "Attachment",
    "Audience",
    "Decision",
    "Erased",
    "Filing",
    "Index",
    "IssuerKey",
    "KeyStore",
    "Kind",
    "Lost",
    "Marking",
    "Marks",
    "Policies",
    "PolicyText",
    "Presentation",
    "Requests",
    "Ruling",
    "SdJwt",
    "Sealing",
    "TakenBack",
    "TakesBack",
    "Untold",
    "Wrap",
    "check_leaf",
    "disclose",
    "disclose_part",
    "entry_fields",
    "forbidden_character",
    "house_texts",
    "key_id",
    "key_of",
    "new_issuer_key",
    "open_entry",
    "open_sd_jwt",
    "opened_names",
    "present",
    "public_kind",
    "read_leaf",
    "request_digest",
    "same_original",
    "seal",
    "seal_all",
    "sealed_key",
    "sound",
    "succession",
    "tombstone",
    "unseal",
    "validate",
    "verify_disclosures",
    "verify_presentation",
    "wrap_here",
]
