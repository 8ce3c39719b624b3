"""The authority's own keys, with the trees for which each counts; where the log comes from, and where it goes on."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from commonweal import handover
from commonweal.kernel import credentials
from commonweal.kernel.record import LogKey, Row

from .cells import N_
from .site import View
from .verifying import fingerprint

PATH = "/record/keys"
ENDED = {
    "": N_("Counts now"),
    "rotated": N_("Replaced as planned"),
    "lost": N_("Lost"),
    "compromised": N_("Stolen"),
}


def keys_page(view: View) -> Response:
    """The log's keys, the issuer's, the witness's; how to compare them; predecessors and successor."""
    authority, say = view.authority, view.say
    ring = authority.store.keyring()
    handed = handover.handed(authority)
    witness = authority.witness.cosigners if authority.witness else []
    return view.page(
        "portal/keys.html",
        {
            "title": say("Keys"),
            "vkey": ring.current,
            "fingerprint": fingerprint(ring.current),
            "columns": [say("Key of the log"), say("From entries"), say("To entries"), say("State"), say("Entry")],
            "forms": ["text", "number", "number", "text", "number"],
            "rows": [_line(view, key) for key in ring.keys],
            "stolen": any(key.ended == "compromised" for key in ring.keys),
            "issuer_columns": [say("Name of the key"), say("State"), say("Published by entry"), say("Ended by entry")],
            "issuer_forms": ["text", "text", "number", "number"],
            "issuers": _issuers(view),
            "witness_keys": [item.vkey for item in witness],
            "closed": handed["closed"],
            "came_columns": [say("Log"), say("Entries"), say("Root"), say("Entry")],
            "came_forms": ["text", "number", "text", "number"],
            "came": [
                (item["predecessor"], item["size"], item["root"], item["entry"]) for item in handed["predecessors"]
            ],
            "archives": [
                {"origin": item["predecessor"], "url": item.get("url", ""), "checkpoint": item["checkpoint"]}
                for item in handed["predecessors"]
                if item["archive"] or item.get("url")
            ],
        },
    )


def _line(view: View, key: LogKey) -> tuple[Any, ...]:
    return (key.vkey, key.start, key.stop, view.say(ENDED[key.ended]), key.entry)


def _issuers(view: View) -> list[tuple[Any, ...]]:
    reader = view.authority.reader
    ended: dict[str, Row] = credentials.ended_keys(reader)
    found = []
    for row in credentials.published_keys(reader):
        end = ended.get(row["kid"])
        state = ENDED[end["change"] if end else ""]
        found.append((row["kid"], view.say(state), row["entry"], end["entry"] if end else None))
    return found
