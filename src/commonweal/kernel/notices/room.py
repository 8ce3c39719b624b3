"""Numbers letters as they stand in the record, and has those that were issued sent to their targets."""

from __future__ import annotations

from datetime import datetime

from commonweal.kernel.record import Act, Entry, Reader, Row, Table, Tables
from commonweal.kernel.values import NotFound, digest

from .kinds import ISSUED, WRITTEN

REQUESTED, COMMAND = "effect.requested", "letter"
LETTER = Table(
    "notices_letter",
    columns={
        "entry": "integer",
        "reference": "text",
        "subject": "text",
        "basis": "integer",
        "dated": "text",
        "template": "text",
        "to": "json",
        "titles": "json",
        "deliver": "json",
        "issued": "integer",
        "sha256": "text",
        "bytes": "integer",
        "pages": "integer",
    },
    key=("entry",),
    indexes=(("reference",),),
)
COUNTED = Table(
    "notices_counted",
    columns={"prefix": "text", "year": "integer", "number": "integer"},
    key=("prefix", "year"),
)
SENT = Table("notices_sent", columns={"effect": "text", "letter": "integer"}, key=("effect",))
TABLES = (LETTER, COUNTED, SENT)


class Notices:
    """Follows letters. A number is given in the order of the record, so a rebuild gives the same; none is left out."""

    def follow(self, entry: Entry, tables: Tables) -> list[Act]:
        if entry.kind == WRITTEN.id:
            self._number(entry, tables)
        elif entry.kind == ISSUED.id and entry.body:
            return self._issued(entry, tables)
        return []

    def due(self, now: datetime, tables: Reader) -> bool:
        return False

    def _number(self, entry: Entry, tables: Tables) -> None:
        """Of a letter that was erased the number stays taken: prefix and year are public."""
        body = entry.body
        if "prefix" not in body:
            return
        before = tables.get(COUNTED, body["prefix"], body["year"])
        number = (before["number"] if before else 0) + 1
        tables.put(COUNTED, {"prefix": body["prefix"], "year": body["year"], "number": number})
        wordings = body.get("wordings", ())
        row = {
            "entry": entry.index,
            "reference": f"{body['prefix']}-{body['year']}-{number}",
            "subject": entry.subject,
            "basis": body.get("basis"),
            "dated": body.get("dated"),
            "template": body.get("template", ""),
            "to": body.get("to", []),
            "titles": {one["language"]: one["title"] for one in wordings},
            "deliver": body.get("deliver", []),
        }
        tables.put(LETTER, {**row, "issued": None, "sha256": "", "bytes": 0, "pages": 0})

    def _issued(self, entry: Entry, tables: Tables) -> list[Act]:
        """The first PDF of a letter counts; it goes out as an effect for each target."""
        body = entry.body
        row = tables.get(LETTER, body["letter"])
        if row is None or row["issued"] is not None:
            return []
        found = {name: body[name] for name in ("sha256", "bytes", "pages")}
        tables.put(LETTER, {**row, "issued": entry.index, **found})
        acts = []
        for target in row["deliver"]:
            effect = "effect:" + digest(f"letter\n{row['entry']}\n{target}".encode())[:40]
            tables.put(SENT, {"effect": effect, "letter": row["entry"]})
            said = {"effect": effect, "case": "", "step": "", "subject": "", "target": target,
                    "command": COMMAND, "text": row["titles"]}  # fmt: skip
            acts.append(Act(REQUESTED, said, f"{REQUESTED}:{effect}", entry.subject, (entry.index,)))
        return acts


def letters(reader: Reader, *, subject: str | None = None) -> list[Row]:
    """Every letter, oldest first; `issued` is the entry of its PDF, None while there is none."""
    return reader.select(LETTER, None if subject is None else {"subject": subject}, order=("entry",))


def letter(reader: Reader, reference: str) -> Row:
    """One letter by its reference number. Raises `NotFound`."""
    found = reader.select(LETTER, {"reference": reference.strip().upper()}, limit=1)
    if not found:
        raise NotFound("letter", reference, "`weal letter list DIR` lists them")
    return found[0]


def enclosed(reader: Reader, effect: str) -> Row | None:
    """The letter that goes out with an effect, or None."""
    row = reader.get(SENT, effect)
    return reader.get(LETTER, row["letter"]) if row else None
