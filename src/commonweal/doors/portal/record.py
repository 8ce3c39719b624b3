"""The record, browsed: what every entry says to the public, and how anyone checks it without trusting this site."""

from __future__ import annotations

import base64
import json
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from starlette.responses import JSONResponse, PlainTextResponse, Response

from commonweal import listing_files
from commonweal.authority import Authority, HouseReading
from commonweal.kernel import authorisations, registry, retention, thresholds
from commonweal.kernel.disclosure import Presentation, public_kind, read_leaf
from commonweal.kernel.disclosure.sealing import sealed_key
from commonweal.kernel.instrument import Column, Filter, Listing, Reading, Row
from commonweal.kernel.record.asking import FORKED, SHRUNK, WENT_BACK, WRONG_KEY
from commonweal.kernel.values import BadInput, Busy, CommonwealError, Fault, NotFound, Text, coarsened

from . import attachments, listings, reads, receipts, rules, taken
from .fields import code_words
from .site import Site, View

CHUNK = 1000
ENTRIES_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as a list shows it to everybody: at the time that its leaf says, with what it is publicly about."""

    index: int
    kind: str
    time: str
    subject: str | None


class Ledger:
    """Which entries there are, in order: read once, then only what is new."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority
        self._lines: list[Line] = []
        self._lock = threading.Lock()

    def lines(self, size: int) -> list[Line]:
        """The first `size` entries, oldest first. Do not change the list."""
        store = self._authority.store
        with self._lock:
            while (start := len(self._lines)) < size:
                self._lines.extend(self._line(item) for item in store.entries(start, min(size, start + CHUNK)))
            return self._lines if len(self._lines) == size else self._lines[:size]

    def _line(self, stored: Any) -> Line:
        name = public_kind(stored)
        kind = self._authority.kinds.get(name)
        when = coarsened(datetime.fromisoformat(stored.time), kind.time_class if kind else "day")
        told = not self._authority.untold.hides(stored.kind, stored.subject)
        return Line(stored.index, name, when, stored.subject if told else None)


_ANNULLED = Text(en="annulled", zh="已作废")


def record_listing(site: Site, ledger: Ledger) -> Listing:
    """The record as a list, newest entry first, by kind and by subject."""

    def rows(reading: Reading, query: Mapping[str, str]) -> list[Row]:
        kinds, subject = site.authority.kinds, query.get("subject", "")
        hidden, annulled = site.nouns.hidden, registry.annulled(reading.tables)
        found = []
        for line in reversed(ledger.lines(_size(reading))):
            about = line.subject if line.subject and line.subject.split(":")[0] not in hidden else None
            if query.get("kind", line.kind) != line.kind or (subject and about != subject):
                continue
            title = kinds[line.kind].title.in_(reading.language) if line.kind in kinds else line.kind
            title += f" ({_ANNULLED.in_(reading.language)})" if line.index in annulled else ""
            found.append(
                {"index": line.index, "time": line.time, "what": title, "kind": line.kind, "subject": about,
                 "href": f"/record/{line.index}"}
            )  # fmt: skip
        return found

    def choices(reading: Reading) -> list[tuple[str, str]]:
        counts = Counter(line.kind for line in ledger.lines(_size(reading)))
        titles = dict.fromkeys(counts, "") | {
            name: kind.title.in_(reading.language) for name, kind in site.authority.kinds.items()
        }
        return sorted(
            ((name, f"{title or name} ({counts[name]})") for name, title in titles.items()), key=lambda item: item[1]
        )

    return Listing(
        id="record",
        title=site.message("The record"),
        summary=site.message(
            "Every act of this authority is an entry of a signed log that only grows. "
            "Each entry can be checked against the log by anyone."
        ),
        columns=(
            Column("index", site.message("Entry")),
            Column("time", site.message("Time"), "date"),
            Column("what", site.message("What")),
            Column("subject", site.message("About"), "link"),
            Column("kind", site.message("Kind")),
        ),
        filters=(
            Filter("kind", site.message("Kind of entry"), choices),
            Filter("subject", site.message("About (identifier)")),
        ),
        rows=rows,
    )


def _size(reading: Reading) -> int:
    """How many entries whoever reads is told of."""
    return cast(HouseReading, reading).seeing.size


def entry_index(view: View, text: str) -> int:
    """The index in an address. Raises `NotFound` for what is no entry, or none that whoever asks is told of."""
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise NotFound("entry", text, f"the newest one that is published is {view.sight.size - 1}{view.sight.later}")
    return view.sight.stored(int(text)).index


def entry_page(view: View) -> Response:
    """One entry: its public fields with the disclosures that prove them, its leaf, its proof."""
    authority = view.authority
    index = entry_index(view, view.request.path_params["index"])
    stored = authority.store.entry(index)
    kind, known = authority.kinds.get(stored.kind), view.sight.kind(stored)
    titled = authority.kinds.get(known)
    receipt = authority.receipt(index)
    shown, problem = _in_public(view, index)
    fields = _fields(shown.fields) if shown else []
    leaf = read_leaf(stored.leaf)
    size = view.sight.size
    return view.page(
        "portal/entry.html",
        {
            "title": f"{view.say('Entry')} {index}",
            "index": index,
            "kind": known,
            "kind_title": titled.title.in_(view.language.code) if titled else known,
            "time": receipt.accepted_on,
            "about": view.sight.subject(stored) if view.subjects.shown(stored.subject) else None,
            "fields": fields,
            "rule": rules.named(view, _text_field(fields, "rule_id") or _text_field(fields, "rule")),
            "attachments": attachments.listed(view, index, kind),
            "taken": taken.told(view, shown.taken) if shown else [],
            "disclosures": list(shown.disclosures) if shown else [],
            "withheld": shown.withheld if shown else 0,
            "sealed": [] if problem else _sealed_fields(view, index, fields),
            "as_roles": view.roles_towards(stored),
            "read_by": reads.read_by_others(view, [index]),
            "problem": problem,
            "leaf": json.dumps(leaf, indent=2, ensure_ascii=False),
            "refs": view.sight.causes(stored),
            "marks": registry.marks(authority.reader, index),
            "too_late": [
                {**row, "rule_named": rules.named(view, row["rule"])}
                for row in thresholds.late_in(authority.reader, [index])
            ],
            "opened_by": authorisations.opened_by(authority.reader, index),
            "erased_by": _erased_by(view, index) if problem else None,
            "proof": receipt.proof,
            "size": size,
            "before": f"/record/{index - 1}" if index else "",
            "after": f"/record/{index + 1}" if index + 1 < size else "",
            "vkey": authority.vkey,
            "replay": authority.settings.replay,
        },
    )


def _in_public(view: View, index: int) -> tuple[Presentation | None, str]:
    """What the public may read of an entry, or why nothing: what was erased has a leaf and a proof, and no fields."""
    try:
        return view.authority.presentation(index), ""
    except CommonwealError as error:
        return None, error.title


def _sealed_fields(view: View, index: int, public: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What whoever is signed in may read of an entry besides what is public; it is logged that they did."""
    if view.sight.caller is None:
        return []
    there = {field["name"] for field in public}
    return _fields({name: value for name, value in view.sight.opened(index).items() if name not in there})


def _fields(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "title": "",
            "value": value,
            "words": code_words(name, value),
            "long": isinstance(value, str) and (len(value) > 200 or "\n" in value),
        }
        for name, value in found.items()
    ]


def _erased_by(view: View, index: int) -> int | None:
    """The entry by which an entry's key was destroyed."""
    row = retention.erased_by(view.reader, sealed_key(view.authority.store.entry(index)))
    return row["entry"] if row else None


def _text_field(fields: list[dict[str, Any]], name: str) -> str:
    return next((str(field["value"]) for field in fields if field["name"] == name), "")


def entry_download(view: View, form: str) -> Response:
    """Leaf, receipt, offline proof, or the public fields as JSON."""
    authority = view.authority
    index = entry_index(view, view.request.path_params["index"])
    receipt = authority.receipt(index)
    if form == "leaf.json":
        return Response(receipt.leaf, media_type="application/json", headers=receipts.saved(f"leaf-{index}.json"))
    if form == "receipt.json":
        return receipts.as_file(view, index)
    if form == "tlog-proof":
        return PlainTextResponse(receipt.proof, headers=receipts.saved(f"entry-{index}.tlog-proof"))
    shown = authority.presentation(index)
    return JSONResponse(
        {
            "index": index,
            "kind": receipt.kind,
            "accepted_on": receipt.accepted_on,
            "fields": listing_files.plain(shown.fields),
            "taken_out": {name: one.as_dict() for name, one in shown.taken.items()},
            "disclosures": list(shown.disclosures),
            "leaf": base64.b64encode(shown.leaf).decode(),
        }
    )


def check_page(view: View) -> Response:
    """How to check the record, with the commands and files it takes."""
    asked = view.request.query_params.get("entry", "")
    if asked:
        entry_index(view, asked)
    return view.page(
        "portal/check.html",
        {
            "title": view.say("Check this yourself"),
            "vkey": view.authority.vkey,
            "checkpoint": _published(view).decode(),
            "policy": view.authority.witnesses.wanted,
            "size": view.sight.size,
        },
    )


def checkpoint(view: View) -> Response:
    """The newest published checkpoint, as the log's format has it (C2SP tlog-tiles)."""
    return Response(view.authority.witnesses.published(), media_type="text/plain; charset=utf-8")


def _published(view: View) -> bytes:
    """The published checkpoint, or nothing while no checkpoint has its quorum."""
    try:
        return view.authority.witnesses.published()
    except Busy:
        return b""


def witnesses_page(view: View) -> Response:
    """Who vouches that this log only grows: each witness, what it last cosigned and when; and for whom we do so."""
    authority, say = view.authority, view.say
    states = {
        "new": say("Not asked yet"),
        "cosigned": say("Cosigned"),
        "away": say("Does not answer"),
        "refused": say("Refuses"),
        "alarm": say("Alarm"),
    }
    alarms = {
        SHRUNK: say("The witness has seen a longer log than the one that is here."),
        FORKED: say("The log that is here does not continue the one that the witness has seen."),
        WENT_BACK: say("The witness says that it holds less than it has cosigned before."),
        WRONG_KEY: say("The witness answered with a signature that is not by its published key."),
    }
    lines = authority.witnesses.lines(view.sight.size)
    return view.page(
        "portal/witnesses.html",
        {
            "title": say("Witnesses"),
            "wanted": authority.witnesses.wanted,
            "status": authority.witnesses.status(view.sight.size),
            "columns": [say("Witness"), say("State"), say("Entries cosigned"), say("Behind by"), say("When")],
            "forms": ["text", "text", "number", "number", "date"],
            "rows": [(item.name, states[item.state], item.size, item.lag, item.cosigned or None) for item in lines],
            "alarms": [(item.name, item.alarm, alarms.get(item.alarm, "")) for item in lines if item.alarm],
            "keys": [item.key for item in lines],
            "own_keys": [item.vkey for item in authority.witness.cosigners] if authority.witness else [],
            "served": [(item.origin, item.size, item.cosigned or None) for item in authority.witnessed_logs()],
            "served_columns": [say("Log"), say("Entries cosigned"), say("When")],
        },
    )


def record_page(view: View, site: Site, ledger: Ledger) -> Response:
    """The record, or the entry whose number was typed into the box."""
    wanted = view.request.query_params.get("entry", "").strip()
    if wanted:
        if not wanted.isdigit():
            raise BadInput(Fault("entry", wanted, "the number of an entry", "entry"), "address")
        return Response(status_code=303, headers={"Location": view.href(f"/record/{int(wanted)}")})
    return listings.page(view, listings.Place(record_listing(site, ledger), "/record"), "portal/record.html")
