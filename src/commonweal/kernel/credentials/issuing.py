"""A credential as it is handed out: the entry of its issuance, signed in the form that SD-JWT VC software reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from commonweal.kernel.disclosure.commitments import read_leaf
from commonweal.kernel.disclosure.sdjwt import SdJwt, opened_names
from commonweal.kernel.disclosure.signatures import IssuerKey, payload_of
from commonweal.kernel.values import BadInput, Fault, digest

from .declaration import Credential
from .verification import CREDENTIAL_TYPE


def credential_token(
    leaf: bytes, disclosures: Iterable[str], terms: Mapping[str, Any], key: IssuerKey, fields: Sequence[str] = ()
) -> SdJwt:
    """The SD-JWT VC of an issuance: the leaf's own digests under the `terms` that are always shown.

    `fields` chooses among the claims (all of them unless said); the disclosure of `terms` always goes with it, since
    it is what ties the open claims to the log. Raises `BadInput` for a field that is not there.
    """
    named = opened_names(disclosures)
    if missing := [name for name in fields if name not in named]:
        want = "one of: " + ", ".join(sorted(set(named) - {"terms"}))
        raise BadInput([Fault("field", name, want, "unknown_field") for name in missing], "credential")
    claims = read_leaf(leaf)
    payload = {**terms, "_sd": claims["_sd"], "_sd_alg": claims["_sd_alg"],
               "log": {"leaf_sha256": digest(leaf), "origin": claims["iss"]}}  # fmt: skip
    shown = [text for name, text in named.items() if not fields or name in fields or name == "terms"]
    return SdJwt(key.sign(CREDENTIAL_TYPE, payload_of(payload)), tuple(shown))


def issuer_metadata(
    issuer: str, keys: Iterable[Mapping[str, Any]], vkey: str, stolen: Iterable[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """What stands at `/.well-known/jwt-vc-issuer`: the issuer's keys, and beside them the log's verifier key.

    Keys that were `stolen` are told apart, where software that knows nothing of this looks for none.
    """
    apart = {"compromised": {"keys": [dict(key) for key in stolen]}} if (stolen := list(stolen)) else {}
    return {"issuer": issuer, "jwks": {"keys": [dict(key) for key in keys]}, "log_vkey": vkey, **apart}


def described_type(declared: Credential, address: str, languages: Iterable[str]) -> dict[str, Any]:
    """The type metadata of a credential (SD-JWT VC, section 6): its name and claims in every language."""
    named = {"en": "en", "zh": "zh-Hans"}
    tags = [(language, named.get(language, language)) for language in languages]
    return {
        "vct": address,
        "name": declared.title.in_("en"),
        "description": declared.summary.in_("en"),
        "display": [
            {"locale": tag, "name": declared.title.in_(language), "description": declared.summary.in_(language)}
            for language, tag in tags
        ],
        "claims": [
            {
                "path": [name],
                "display": [{"locale": tag, "label": title.in_(language)} for language, tag in tags],
                "sd": "always",
            }
            for name, title in declared.claim_titles.items()
        ],
    }
