"""Reading through the API: entries, receipts, subjects, listings, and what the rooms hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from starlette.responses import Response

from commonweal import __version__, listing_files, sight
from commonweal.authority import Authority
from commonweal.kernel import registry
from commonweal.kernel.disclosure import Erased, Kind, TakenBack, public_kind
from commonweal.kernel.record import Stored
from commonweal.kernel.values import NotFound, coarsened, instant
from commonweal.sight import Sight

from .lateness import TOO_LATE, too_late
from .limits import Limits
from .operations import INDEX, PURPOSE, Answer, Asked, Operation, Param, json_answer

OBJECT: Mapping[str, Any] = {"type": "object"}
_REF = "#/components/schemas/"
_ID = Param("id", "A subject, e.g. model:gpt-4", {"type": "string", "maxLength": 130}, "path", "model:example-1")
_LIMIT = Param("limit", "How many at most", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100})
_VERSION: Mapping[str, Any] = {"type": "integer", "minimum": 1, "maximum": 10**9}
_CSV = "text/csv"


class Reading:
    """The addresses that read. Without a key, exactly what is public is shown."""

    def __init__(self, authority: Authority, limits: Limits) -> None:
        self._authority, self._limits = authority, limits

    def operations(self) -> list[Operation]:
        nouns = sorted({kind.noun for kind in self._authority.kinds.values() if kind.noun})
        index = Param("index", "The entry's index in the log", INDEX, "path", 0)
        return [
            self._get("health", "/api/v1/health", "Is the service up", "service", self._health),
            self._get("status", "/api/v1/status", "What stands where", "service", self._status),
            self._get("kinds", "/api/v1/kinds", "The kinds of entries and their schemas", "filings", self._kinds),
            self._get("kind", "/api/v1/kinds/{kind}", "One kind and its schema", "filings", self._kind,
                      Param("kind", "The kind", place="path")),
            self._get("entries", "/api/v1/entries", "Entries in order of the log", "record", self._entries,
                      Param("start", "Index of the first", {**INDEX, "default": 0}), _LIMIT,
                      Param("kind", "Only entries of this kind"), PURPOSE),
            self._get("entry", "/api/v1/entries/{index}", "One entry: its fields that you may see, each provable",
                      "record", self._entry, index, PURPOSE),
            Operation("receipt_proof", "GET", "/api/v1/receipts/{index}.tlog-proof",
                      "The receipt as a tlog-proof file; the extra line is the leaf", self._proof, "record", (index,),
                      (Answer("c2sp.org/tlog-proof@v1", media=("text/plain",)),)),
            self._get("receipt", "/api/v1/receipts/{index}", "The receipt of an entry; verifies offline", "record",
                      self._receipt, index, PURPOSE,
                      schema={"allOf": [{"$ref": f"{_REF}Receipt"}, {"type": "object", "properties": TOO_LATE}]}),
            self._get("subjects", "/api/v1/subjects", "Subjects of one noun", "registry", self._subjects,
                      Param("noun", "What kind of thing", {"type": "string", "enum": nouns}, required=True), _LIMIT,
                      Param("offset", "How many to pass over", {**INDEX, "maximum": 10**9, "default": 0}), PURPOSE),
            self._get("subject", "/api/v1/subjects/{id}", "The newest version of a subject", "registry",
                      self._subject, _ID, PURPOSE),
            self._get("subject_versions", "/api/v1/subjects/{id}/versions", "Every version of a subject", "registry",
                      self._versions, _ID, PURPOSE),
            self._get("subject_diff", "/api/v1/subjects/{id}/diff", "What changed between two versions", "registry",
                      self._diff, _ID, Param("from", "A version; without it, the one before the other", _VERSION),
                      Param("to", "A version; without it, the newest", _VERSION), PURPOSE),
            self._get("rules", "/api/v1/rules", "The rule texts in force", "rules", self._rules,
                      Param("room", "Only of this room")),
            self._get("rule", "/api/v1/rules/{id}", "A rule text as it was adopted", "rules", self._rule,
                      Param("id", "The rule, e.g. eu.ai_act", place="path"),
                      Param("as_of", "In force at this instant or date", {"type": "string", "maxLength": 40})),
            *self._listings(),
        ]  # fmt: skip

    @staticmethod
    def _get(id: str, path: str, title: str, tag: str, handler: Any, *params: Param, schema: Any = OBJECT) -> Operation:
        return Operation(id, "GET", path, title, handler, tag, params, (Answer(title, schema),))

    # ── the service ─────────────────────────────────────────────────────────────────────────────────────────────

    def _health(self, asked: Asked) -> Response:
        state = "faulty" if self._authority.faults() else "ok"
        return json_answer({"status": state, "version": __version__, "entries": asked.sight.size})

    def _status(self, asked: Asked) -> Response:
        return json_answer(self._authority.status(public=not asked.sight.whole))

    def _kinds(self, asked: Asked) -> Response:
        return json_answer({"kinds": [_described(kind) for kind in self._authority.kinds.values()]})

    def _kind(self, asked: Asked) -> Response:
        kind = self._authority.kinds.get(asked.values["kind"])
        if kind is None:
            raise NotFound("kind", asked.values["kind"], "GET /api/v1/kinds lists them")
        return json_answer({**_described(kind), "schema": kind.schema.model_json_schema()})

    # ── the record ──────────────────────────────────────────────────────────────────────────────────────────────

    def _entries(self, asked: Asked) -> Response:
        start, limit, kind = asked.values["start"], asked.values["limit"], asked.values["kind"]
        found: list[Stored] = []
        at, size = start, asked.sight.size
        stop_scan = min(size, start + 20 * self._limits.page_max)
        while at < stop_scan and len(found) < limit:
            page = self._authority.store.entries(at, min(stop_scan, at + max(limit, 256)))
            for stored in page:
                at = stored.index + 1
                if kind in {None, public_kind(stored)} or kind == stored.kind == asked.sight.kind(stored):
                    found.append(stored)
                    if len(found) == limit:
                        break
            if not page:
                break
        following = at if at < size else None
        return json_answer(
            {"entries": [self._leaf(item, asked.sight) for item in found], "next": following, "size": size}
        )

    def _entry(self, asked: Asked) -> Response:
        stored = asked.sight.stored(asked.values["index"])
        head = self._leaf(stored, asked.sight)
        try:
            shown = asked.sight.entry(stored.index)
        except Erased as error:
            return json_answer(
                {**head, "fields": {}, "taken_out": {}, "disclosures": [], "withheld": None, "erased": str(error)}
            )
        told = {"fields": dict(shown.fields), "taken_out": _taken_out(shown.taken)}
        proved = {"disclosures": list(shown.disclosures), "withheld": shown.withheld}
        why = {
            "why": sight.reasons(shown, asked.sight.audience_of(stored)),
            "closed": self._closed(stored, asked.sight),
        }
        return json_answer({**head, **told, **proved, **why})

    def _closed(self, stored: Stored, seeing: Sight) -> dict[str, list[dict[str, Any]]]:
        """What a policy closes to the caller, and in whose hands it would be open, as the policy says it."""
        titles = {name: dict(title) for name, title in self._authority.policies.titles().items()}
        closed = seeing.closed(stored).items()
        return {field: [{"policy": name, "title": titles[name]} for name in names] for field, names in closed}

    def _leaf(self, stored: Stored, seeing: Sight) -> dict[str, Any]:
        leaf = json.loads(stored.leaf)
        return {
            "index": stored.index,
            "kind": seeing.kind(stored),
            "subject": seeing.subject(stored),
            "recorded_on": leaf.get("time"),
            "leaf": leaf,
            "receipt": f"/api/v1/receipts/{stored.index}",
            "marks": registry.plain(registry.marks(self._authority.reader, stored.index)),
        }

    def _receipt(self, asked: Asked) -> Response:
        index = asked.values["index"]
        stored = asked.sight.stored(index)
        receipt = self._authority.receipt(index)
        marks = registry.plain(registry.marks(self._authority.reader, index))
        shown = asked.sight.subject(stored)
        return json_answer(
            {**receipt.as_dict(), "subject": shown, "marks": marks, **too_late(self._authority, [index])}
        )

    def _proof(self, asked: Asked) -> Response:
        receipt = self._authority.receipt(asked.sight.stored(asked.values["index"]).index)
        headers = {"Content-Disposition": f'attachment; filename="entry-{receipt.index}.tlog-proof"'}
        return Response(receipt.with_leaf(), headers=headers, media_type="text/plain; charset=utf-8")

    # ── the registry ────────────────────────────────────────────────────────────────────────────────────────────

    def _subjects(self, asked: Asked) -> Response:
        noun, limit, offset = (asked.values[name] for name in ("noun", "limit", "offset"))
        rows = asked.sight.subjects(noun)
        page = [self._version_of(row, asked.sight) for row in rows[offset : offset + limit]]
        return json_answer({"noun": noun, "count": len(rows), "subjects": page})

    def _subject(self, asked: Asked) -> Response:
        return json_answer(self._version_of(self._found(asked), asked.sight))

    def _versions(self, asked: Asked) -> Response:
        self._found(asked)
        rows = asked.sight.versions(asked.values["id"])
        return json_answer(
            {"subject": asked.values["id"], "versions": [self._version_of(row, asked.sight) for row in rows]}
        )

    def _diff(self, asked: Asked) -> Response:
        newest = self._found(asked)
        later = asked.values["to"] or newest["version"]
        earlier = asked.values["from"] or max(1, later - 1)
        bodies = {row["version"]: row for row in asked.sight.versions(asked.values["id"])}
        for version in (earlier, later):
            if version not in bodies:
                there = f"there are 1 to {newest['version']}{asked.sight.later}"
                raise NotFound(f"version of {asked.values['id']}", version, there)
        before, after = (asked.sight.version(bodies[version]) for version in (earlier, later))
        differing = registry.diff(before.body, after.body)
        changes = [{"field": name, "from": old, "to": new} for name, old, new in differing]
        taken = _taken_out({**before.taken, **after.taken})
        head = {"subject": asked.values["id"], "from": earlier, "to": later}
        return json_answer({**head, "changes": changes, "taken_out": taken})

    def _found(self, asked: Asked) -> dict[str, Any]:
        row = asked.sight.newest(asked.values["id"])
        if row is None or self._hidden(row, asked.sight):
            raise NotFound("subject", asked.values["id"], f"GET /api/v1/subjects?noun=… lists them{asked.sight.later}")
        return row

    def _hidden(self, row: Mapping[str, Any], seeing: Sight) -> bool:
        kind = self._authority.kinds.get(row["kind"])
        who = seeing.audience(row["author"], row["subject"], row["entry"])
        return kind is None or not sight.name_seen(self._authority, kind.noun, who)

    def _version_of(self, row: Mapping[str, Any], seeing: Sight) -> dict[str, Any]:
        kind = self._authority.kinds.get(row["kind"])
        filed = coarsened(instant(row["filed_on"]), kind.time_class if kind else "day")
        head = {name: row[name] for name in ("version", "entry", "kind")}
        subject = None if self._hidden(row, seeing) else row["subject"]
        seen = seeing.version(row)
        said = {"body": dict(seen.body), "taken_out": _taken_out(seen.taken)}
        return {"subject": subject, **head, "filed_on": filed, **said}

    # ── rules ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _rules(self, asked: Asked) -> Response:
        rows = registry.texts(self._authority.reader, asked.values["room"] or "")
        return json_answer({"rules": [_rule(row) for row in rows]})

    def _rule(self, asked: Asked) -> Response:
        as_of: datetime | None = instant(asked.values["as_of"]) if asked.values["as_of"] else None
        row = registry.text_in_force(self._authority.reader, asked.values["id"], as_of)
        return json_answer({**_rule(row), "text": row["text"]})

    # ── listings ────────────────────────────────────────────────────────────────────────────────────────────────

    def _listings(self) -> list[Operation]:
        operations = []
        for instrument in self._authority.instruments.values():
            for listing in instrument.listings:
                filters = [Param(item.id, str(item.title)) for item in listing.filters]
                operations.append(
                    Operation(
                        id=f"listing_{instrument.id}_{listing.id}".replace("-", "_"),
                        method="GET",
                        path=f"/api/v1/listings/{instrument.id}/{listing.id}",
                        title=f"{instrument.title}: {listing.title}",
                        tag="listings",
                        handler=self._listing(instrument.id, listing.id),
                        params=(*filters, _FORMAT),
                        answers=(Answer("The rows", OBJECT, ("application/json", _CSV)),),
                    )
                )
        return [*operations, self._any_listing()]

    def _any_listing(self) -> Operation:
        """Where no listing stands: says which there are."""
        return Operation(
            id="listing",
            method="GET",
            path="/api/v1/listings/{instrument}/{listing}",
            title="A listing of an instrument",
            tag="listings",
            handler=lambda asked: self._listing(asked.values["instrument"], asked.values["listing"])(asked),
            params=(Param("instrument", "The instrument", place="path"), Param("listing", "The listing", place="path"),
                    _FORMAT),
            answers=(Answer("The rows", OBJECT, ("application/json", _CSV)),),
            open_query=True,
        )  # fmt: skip

    def _listing(self, instrument_id: str, listing_id: str) -> Any:
        def handler(asked: Asked) -> Response:
            listing = listing_files.find_listing(self._authority.instruments, instrument_id, listing_id)
            names = {item.id for item in listing.filters}
            query = {name: asked.values[name] for name in names if asked.values.get(name) is not None} | dict(
                asked.extra
            )
            reading = self._authority.reading()
            columns, rows = listing_files.columns_of(listing, reading), listing_files.rows_of(listing, reading, query)
            accept = asked.request.headers.get("accept", "")
            if (asked.values["format"] or ("csv" if accept.startswith(_CSV) else "json")) == "csv":
                headers = {"Content-Disposition": f'attachment; filename="{instrument_id}-{listing_id}.csv"'}
                return Response(
                    listing_files.as_csv(columns, rows), headers=headers, media_type=f"{_CSV}; charset=utf-8"
                )
            head = [{"id": item.id, "title": dict(item.title), "form": item.form} for item in columns]
            body = {"title": dict(listing.title), "columns": head, "count": len(rows)}
            return json_answer({"instrument": instrument_id, "listing": listing_id, **body,
                                "rows": listing_files.as_rows(columns, rows)})  # fmt: skip

        return handler


_FORMAT = Param("format", "json (the default) or csv", {"type": "string", "enum": ["json", "csv"]})


def _taken_out(taken: Mapping[str, TakenBack]) -> dict[str, Any]:
    """Each field that was taken back from everybody, with why and by which entry."""
    return {name: one.as_dict() for name, one in taken.items()}


def _described(kind: Kind) -> dict[str, Any]:
    markings = {name: str(kind.marking(name)) for name in kind.schema.model_fields}
    head = {"id": kind.id, "title": dict(kind.title), "version": kind.version, "noun": kind.noun or None}
    return {**head, "filed_by": list(kind.files), "retention": kind.retention, "markings": markings}


def _rule(row: Mapping[str, Any]) -> dict[str, Any]:
    names = ("rule_id", "room", "version", "media_type", "sha256", "adopted", "adopted_on")
    return {name: row[name] for name in names}
