"""Checking a receipt in the browser: as a page of the portal, and as one file that works without a network.

The script is `static/check.js`, ours alone. What it takes for granted is pinned here: the log's keys, its witnesses'
and the issuer's. The saved file carries a content security policy under which it can neither load nor send anything.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from starlette.responses import Response

from commonweal import attestations
from commonweal.kernel.values import CommonwealError

from . import receipts
from .cells import N_
from .record import entry_index
from .site import STATIC, View

WORDS = {
    "accepted": N_("Verified: entry {index} stands in the record of {origin}"),
    "accepted_credential": N_(
        "Verified: entry {index} stands in the record of {origin}. Not checked: whether this credential still stands"
    ),
    "refused": N_("Refused: do not rely on this"),
    "unable": N_("Not checked: this browser cannot do it"),
    "checked": N_("What was checked"),
    "proved": N_("What is proved"),
    "shown": N_("The fields shown, as they were filed"),
    "limits": N_(
        "Only what is listed above is proved. That what was filed is true, nobody can prove by a receipt; other lines "
        "of the file, such as names or remarks, were not checked."
    ),
    "holds": N_("Holds"),
    "fails": N_("Fails"),
    "open": N_("Not checked"),
    "entry": N_("Entry"),
    "kind": N_("Kind"),
    "recorded": N_("Recorded"),
    "digest": N_("Digest of the leaf (SHA-256, base64url)"),
    "log_signed": N_("The log {origin} signed this tree of {size} entries with the key below."),
    "included": N_("The entry stands in that tree at place {index}, unchanged."),
    "leaf_read": N_("What the receipt says under these names is what the entry says: {names}."),
    "only_said": N_("Not proved, only said by this file: {names}."),
    "standing": N_("Whether this credential still stands: that its entry is in the record does not show it."),
    "standing_how": N_(
        "It may have been suspended or revoked since. Check it with weal credential check, or against the authority's "
        "newest status list."
    ),
    "cosigned": N_("The witness {name} cosigned this tree on {when} (UTC)."),
    "not_witnessed": N_(
        "The witness {name} has not cosigned this tree. A newer receipt of the same entry may show it."
    ),
    "ml_dsa": N_("The witness {name} cosigned with ML-DSA-44, which this page cannot check; weal verify can."),
    "no_witnesses": N_("This page knows no witnesses of this log: the tree rests on the log's own signature."),
    "issuer_signed": N_("The authority signed the presentation with its issuer key."),
    "issuer_unknown": N_(
        "This page knows no issuer key, so who signed the presentation was not checked; its fields were."
    ),
    "fields_hold": N_("Each of the {count} fields shown is one that this entry committed to."),
    "empty": N_("There is no receipt to check. Paste one, or choose its file."),
    "too_large": N_("This is too large for a receipt."),
    "no_receipt": N_("This is no receipt: neither a tlog-proof nor JSON with a proof. Was all of it copied?"),
    "no_leaf": N_("The receipt holds no leaf, so there is nothing to find in the log. Ask for the one with its leaf."),
    "proof_form": N_("The proof of inclusion is damaged: it does not have the form of one."),
    "checkpoint_form": N_("The signed checkpoint is damaged: it does not have the form of one."),
    "other_log": N_("The receipt is of another log, {seen}. This page checks receipts of {want}."),
    "no_signature": N_(
        "The log's key did not sign this checkpoint. It may have been signed by a key that this page lacks."
    ),
    "after_end": N_(
        "This log was closed at {closed} entries; this tree is of {size}. Somebody goes on in its name: do not "
        "rely on it."
    ),
    "key_early": N_("The key that signed this tree of {size} entries signs trees of {start} entries and more only."),
    "key_rotated": N_(
        "The key that signed this tree of {size} entries was replaced: its signature counts up to {stop} entries. Ask "
        "for a newer receipt."
    ),
    "key_lost": N_(
        "The key that signed this tree of {size} entries was lost: its signature counts up to {stop} entries. Ask for "
        "a newer receipt."
    ),
    "key_compromised": N_(
        "The key that signed this tree of {size} entries was stolen: its signature counts up to {stop} entries. Ask "
        "for a newer receipt."
    ),
    "bad_signature": N_(
        "The log's signature does not hold: the checkpoint was changed after it was signed, or never signed."
    ),
    "not_included": N_(
        "The entry is not in the tree that the log signed: the leaf, its place {index} or the proof was changed."
    ),
    "leaf_form": N_("The leaf is no entry of such a record."),
    "other_issuer": N_("The leaf was made for another log, {seen}."),
    "other_claim": N_("The receipt says “{name}: {seen}”; what was proved is “{want}”."),
    "bad_cosignature": N_(
        "The cosignature of the witness {name} does not hold: it was changed, or is of another tree."
    ),
    "sd_jwt_form": N_("The fields shown cannot be read: this is neither an SD-JWT nor JSON with disclosures."),
    "other_leaf": N_("The fields shown belong to another entry than the receipt."),
    "unknown_issuer": N_("The presentation is signed by a key that this page does not know as the authority's."),
    "bad_issuer": N_(
        "The authority's signature on the presentation does not hold: it was changed after it was signed."
    ),
    "disclosure_form": N_("One of the fields shown is damaged: it does not have the form of a disclosure."),
    "not_committed": N_("The field “{name}” is not what was filed: this entry never committed to it."),
    "twice": N_("The field “{name}” is shown twice."),
    "no_fields": N_("No field is shown."),
    "broken": N_("The receipt could not be read to its end, so nothing of it is relied on."),
    "no_crypto": N_(
        "Browsers check signatures only on pages that came safely: over https, or from a file. Save this page as one "
        "file and open that, or use weal verify."
    ),
    "no_ed25519": N_(
        "This browser does not know Ed25519 signatures. Use a newer one (Firefox 129, Safari 17, Chrome or Edge 137, "
        "or later), or weal verify."
    ),
}


def verify_page(view: View) -> Response:
    """The page; with `?entry=` the receipt and the public fields of that entry are filled in."""
    asked = view.request.query_params.get("entry", "")
    receipt, shown = _filled(view, asked) if asked else ("", "")
    return view.page("portal/verify.html", {**_known(view), "receipt": receipt, "shown": shown})


def verify_alone(view: View) -> Response:
    """The same as one file that needs nothing else: saved once, it works from a disk without a network."""
    style, script = ((STATIC / name).read_text("utf-8") for name in ("weal.css", "check.js"))
    values = {**_known(view), "style": style, "script": script}
    page = view.page("portal/verify_alone.html", {**values, "style_hash": _hash(style), "script_hash": _hash(script)})
    host = view.authority.settings.origin.replace("/", "-")
    page.headers["Content-Disposition"] = f'attachment; filename="verify-{host}.html"'
    return page


def _known(view: View) -> dict[str, Any]:
    """What the script takes for granted, and its words in the reader's language."""
    authority = view.authority
    ring = authority.store.keyring()
    newest_first = ring.keys[::-1]
    known = {
        "logs": [key.vkey for key in newest_first],
        "spans": [{"start": key.start, "stop": key.stop, "ended": key.ended} for key in newest_first],
        "closed": ring.closed,
        "witnesses": [{"name": line.name, "vkey": line.key} for line in authority.witnesses.lines()],
        "issuers": [{name: jwk[name] for name in ("kid", "kty", "crv", "x", "y")} for jwk in _issuers(view)],
        "credentials": [item.kind.id for item in attestations.declared(authority).values()],
        "words": {key: view.say(text) for key, text in WORDS.items()},
    }
    return {"title": view.say("Check a receipt"), "known": known, "fingerprint": fingerprint(ring.current)}


def fingerprint(vkey: str) -> str:
    """The SHA-256 of a key's text, in groups that can be read out."""
    digest = hashlib.sha256(vkey.encode()).hexdigest()
    return " ".join(digest[at : at + 4] for at in range(0, len(digest), 4))


def _issuers(view: View) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = attestations.metadata(view.authority)["jwks"]["keys"]
    return [jwk for jwk in found if jwk.get("kty") == "EC"]


def _filled(view: View, asked: str) -> tuple[str, str]:
    index = entry_index(view, asked)
    receipt = receipts.told(view, view.authority.receipt(index).as_dict())
    try:
        shown = attestations.presentation(view.authority, index)
    except CommonwealError:  # erased, or nothing of it is public
        return json.dumps(receipt, indent=1), ""
    return json.dumps(receipt, indent=1), str(shown["sd_jwt"]) if shown["fields"] else ""


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
