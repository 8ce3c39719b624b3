"""Writing through the API: filings, batches of filings, observations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from anyio import to_thread
from starlette.responses import Response

from commonweal import filing_tables, listing_files, observing
from commonweal.acceptance import CAUSES_MAX, Caller
from commonweal.authority import Authority
from commonweal.cautions import cautions
from commonweal.kernel import protocols
from commonweal.kernel.disclosure import Kind
from commonweal.kernel.instrument import Act
from commonweal.kernel.values import BadInput, CommonwealError, Fault, FaultCollector, NotFound, read_json, shown
from commonweal.witnessing import Receipt

from . import repeats
from .batching import Batcher, Spend
from .lateness import TOO_LATE, not_counted, too_late
from .limits import Limits
from .operations import INDEX, Answer, Asked, Body, Operation, Param, json_answer
from .owing import owed

KEY_CHARS_MAX = 200
SMALL = 16 << 10  # bytes that are parsed faster than a thread is found
IDEMPOTENCY = Param(
    "Idempotency-Key",
    "The same key with the same body gives the same receipt again (200); with another body, 409.",
    {"type": "string", "minLength": 1, "maxLength": KEY_CHARS_MAX, "pattern": r"^[!-~]+$"},
    "header",
)
RENEWED = replace(
    IDEMPOTENCY,
    text=f"{IDEMPOTENCY.text} Of this kind the same body once more is another filing: send a key with each, and the "
    "same one when you try again. Without one the same body of the same party is refused (409, repeated) for "
    f"{repeats.TRIES.total_seconds() / 60:.0f} minutes, and is another filing after that.",
)
SUBJECT = Param(
    "subject",
    "Whom or what it is about, e.g. model:example-1; without it, it follows from the name.",
    {"type": "string", "maxLength": 130},
)
ONTO = Param(
    "onto",
    "The entry of the version that this was written from; 409 (superseded) where another is the newest by now.",
    INDEX,
)
_WHICH = (
    Param("instrument", "The instrument that observes", place="path"),
    Param("format", "One of its observation formats", place="path"),
)
_FILE_NAME = Param("name", "The name of the file the bytes come from", {"type": "string", "maxLength": 200})
_ACT_KEYS = {"kind", "body", "subject", "key", "causes", "onto"}
_REF = "#/components/schemas/"


class Filings:
    """The addresses that write."""

    def __init__(self, authority: Authority, limits: Limits, wake: Callable[[], None], spend: Spend) -> None:
        self._authority, self._limits, self._wake = authority, limits, wake
        self._batcher = Batcher(authority, wake, spend)

    def operations(self, examples: Mapping[str, Any]) -> list[Operation]:
        kinds = [self._of_kind(kind, examples.get(kind.id)) for kind in self._fileable()]
        formats = [
            self._observations(instrument.id, format)
            for instrument in self._authority.instruments.values()
            for format in instrument.observes
        ]
        return [*kinds, self._any_kind(), self._batches(), self._tables(), *formats, self._observations()]

    def _fileable(self) -> list[Kind]:
        """The kinds that others than the authority itself may file."""
        return [kind for kind in self._authority.kinds.values() if set(kind.files) - {"authority"}]

    def _of_kind(self, kind: Kind, example: Any) -> Operation:
        return Operation(
            id=f"file_{kind.id.replace('.', '_')}",
            method="POST",
            path=f"/api/v1/filings/{kind.id}",
            title=f"File: {kind.title}",
            tag="filings",
            handler=lambda asked: self._file(kind.id, asked),
            params=(SUBJECT, ONTO, RENEWED if kind.renewable and not kind.keyed else IDEMPOTENCY),
            body=Body({"$ref": f"{_REF}{kind.id}"}, example=example),
            answers=_RECEIPT_ANSWERS,
            scope="file",
            bytes_max=self._limits.json_bytes_max,
            waits=True,
        )

    def _any_kind(self) -> Operation:
        return Operation(
            id="file",
            method="POST",
            path="/api/v1/filings/{kind}",
            title="File one entry of any kind (GET /api/v1/kinds lists them)",
            tag="filings",
            handler=lambda asked: self._file(asked.values["kind"], asked),
            params=(Param("kind", "The kind, e.g. model_registration.model", place="path"), SUBJECT, ONTO, IDEMPOTENCY),
            body=Body({"type": "object"}, example={"name": "Example"}),
            answers=_RECEIPT_ANSWERS,
            scope="file",
            bytes_max=self._limits.json_bytes_max,
            waits=True,
        )

    def _batches(self) -> Operation:
        act = {
            "type": "object",
            "required": ["kind", "body"],
            "additionalProperties": False,
            "properties": {
                "kind": {"type": "string"},
                "body": {"type": "object"},
                "subject": {"type": ["string", "null"]},
                "key": {"type": "string", "maxLength": KEY_CHARS_MAX},
                "causes": {"type": "array", "maxItems": CAUSES_MAX, "items": {"type": "integer", "minimum": 0}},
                "onto": {"type": ["integer", "null"], "minimum": 0, "maximum": 2**53},
            },
        }
        acts = {"type": "array", "items": act, "minItems": 1, "maxItems": self._limits.batch_acts_max}
        schema = {"type": "object", "required": ["acts"], "additionalProperties": False, "properties": {"acts": acts}}
        return Operation(
            id="file_batch",
            method="POST",
            path="/api/v1/batches",
            title="File many entries in one transaction: all are recorded, or none",
            tag="filings",
            handler=self._file_batch,
            params=(IDEMPOTENCY,),
            body=Body(schema, example={"acts": [{"kind": "…", "body": {}}]}),
            answers=_RECEIPTS_ANSWERS,
            scope="file",
            bytes_max=self._limits.batch_bytes_max,
        )

    def _tables(self) -> Operation:
        return Operation(
            id="file_table",
            method="POST",
            path="/api/v1/filings/{kind}/table",
            title="File a table in one transaction: a row an entry of the kind, a column one of its fields",
            tag="filings",
            handler=lambda asked: self._file_table(asked.values["kind"], asked),
            params=(Param("kind", "The kind, e.g. incident_reports.report", place="path"), IDEMPOTENCY),
            body=Body(None, media="text/csv"),
            answers=_RECEIPTS_ANSWERS,
            scope="file",
            bytes_max=self._limits.batch_bytes_max,
        )

    def _observations(self, instrument: str = "", format: str = "") -> Operation:
        """One format of one instrument; or, last, the address for any, which says which there are."""
        count = {"type": "integer", "minimum": 0}
        schema = {
            "type": "object",
            "required": ["recorded", "again", "unchanged", "entries", "remarks", "too_late"],
            "properties": {
                "recorded": count,
                "again": count,
                "unchanged": count,
                "entries": {"type": "array", "items": count},
                "remarks": {"type": "array", "items": {"type": "string"}},
                **TOO_LATE,
            },
        }
        return Operation(
            id="_".join(filter(None, ("observe", instrument, format))).replace("-", "_"),
            method="POST",
            path=f"/api/v1/observations/{instrument or '{instrument}'}/{format or '{format}'}",
            title=f"File observations as their source publishes them, all or nothing {format}".strip(),
            tag="filings",
            handler=lambda asked: self._observe(
                instrument or asked.values["instrument"], format or asked.values["format"], asked
            ),
            params=(*(() if instrument else _WHICH), _FILE_NAME),
            body=Body(None, media="application/octet-stream"),
            answers=(Answer("Recorded", schema, status=201), Answer("All were recorded before", schema)),
            scope="observe",
            bytes_max=self._limits.observations_bytes_max,
        )

    async def _file(self, kind: str, asked: Asked) -> Response:
        caller = asked.asking.needs("file")
        if kind not in self._authority.kinds:
            raise NotFound("kind", kind, "GET /api/v1/kinds lists them")
        small = len(asked.body) <= SMALL
        body = _parsed(asked.body, kind) if small else await to_thread.run_sync(_parsed, asked.body, kind)
        act = Act(kind, body, _key(asked.values["Idempotency-Key"]), asked.values["subject"], onto=asked.values["onto"])
        receipt = await self._batcher.record(act, caller, asked.spending)
        headers = {"Location": f"/api/v1/receipts/{receipt.index}"}
        more: dict[str, Any] = {}
        if protocols.is_move(kind):
            more = await to_thread.run_sync(not_counted, self._authority, kind, body, receipt.index)
        more |= _cautions(self._authority.kinds[kind], body, caller)
        (owes,) = await to_thread.run_sync(owed, self._authority, [(act, receipt.index)], asked)
        return json_answer({**receipt.as_dict(), **more, **owes}, 200 if receipt.again else 201, headers)

    def _file_batch(self, asked: Asked) -> Response:
        caller = asked.asking.needs("file")
        return self._recorded(_acts(asked.body, asked.values["Idempotency-Key"] or "", self._limits), caller, asked)

    def _file_table(self, name: str, asked: Asked) -> Response:
        caller, kind = asked.asking.needs("file"), self._authority.kinds.get(name)
        if kind is None:
            raise NotFound("kind", name, "GET /api/v1/kinds lists them")
        key = asked.values["Idempotency-Key"] or ""
        rows = filing_tables.read_rows(
            kind, asked.body, self._limits.batch_acts_max, lambda act, also: self._authority.check(act, caller, also)
        )
        acts = [Act(kind.id, row.body, _key(f"{key}/{at}" if key else "")) for at, row in enumerate(rows)]
        try:
            return self._recorded(acts, caller, asked)
        except CommonwealError as error:
            raise filing_tables.in_rows(error, rows) from error

    def _recorded(self, acts: Sequence[Act], caller: Caller, asked: Asked) -> Response:
        receipts = self._record(acts, caller)
        status = 200 if all(receipt.again for receipt in receipts) else 201
        owes = owed(self._authority, [(act, one.index) for act, one in zip(acts, receipts, strict=True)], asked)
        found = [
            {
                **receipt.as_dict(),
                **not_counted(self._authority, act.kind, act.body, receipt.index),
                **_cautions(self._authority.kinds[act.kind], act.body, caller),
                **due,
            }
            for act, receipt, due in zip(acts, receipts, owes, strict=True)
        ]
        return json_answer({"receipts": found}, status)

    def _observe(self, instrument_id: str, format: str, asked: Asked) -> Response:
        caller = asked.asking.needs("observe")
        instrument = listing_files.find_instrument(self._authority.instruments, instrument_id)
        if format not in instrument.observes:
            known = ", ".join(instrument.observes) or "none"
            raise NotFound(f"observation format of {instrument.id}", format, f"it reads: {known}")
        imported = instrument.observes[format](asked.body, asked.values["name"] or "observations")
        found = observing.record(self._authority, imported.acts, caller)
        placed = found.placed
        self._wake()
        again = sum(1 for _, there in placed if there)
        answer = {
            "recorded": len(placed) - again,
            "again": again,
            "unchanged": found.unchanged,
            "entries": [index for index, _ in placed],
            "remarks": list(imported.remarks),
            **too_late(self._authority, [index for index, _ in placed]),
        }
        return json_answer(answer, 200 if again == len(placed) else 201)

    def _record(self, acts: Sequence[Act], caller: Caller) -> list[Receipt]:
        receipts = self._authority.act_all(acts, caller)
        self._wake()
        return receipts


_RECEIPT_ANSWERS = (
    Answer("Recorded: the receipt", {"$ref": f"{_REF}Receipt"}, status=201),
    Answer("It was recorded before: the same receipt", {"$ref": f"{_REF}Receipt"}),
)

_RECEIPTS: Mapping[str, Any] = {
    "type": "object",
    "required": ["receipts"],
    "properties": {"receipts": {"type": "array", "items": {"$ref": f"{_REF}Receipt"}}},
}
_RECEIPTS_ANSWERS = (Answer("Recorded", _RECEIPTS, status=201), Answer("All were recorded before", _RECEIPTS))


def _cautions(kind: Kind, body: Mapping[str, Any], caller: Caller) -> dict[str, Any]:
    """`warnings` of the answer to a filing, where there is anything to say."""
    found = cautions(kind, body, caller.organisation)
    return {"warnings": found} if found else {}


def _parsed(data: bytes, kind: str) -> dict[str, Any]:
    body = read_json(data, bytes_max=len(data), finite=False)
    if not isinstance(body, dict):
        raise BadInput(Fault("(whole)", shown(body), "a JSON object", "type"), kind)
    return body


def _key(given: str | None) -> str:
    """Callers' keys have a prefix of their own, so that none can stand in for a key that the house makes."""
    return f"key:{given}" if given else ""


def _acts(data: bytes, key: str, limits: Limits) -> list[Act]:
    body = read_json(data, bytes_max=limits.batch_bytes_max)
    faults = FaultCollector("batch")
    items = body.get("acts") if isinstance(body, dict) else None
    if not isinstance(items, list) or set(body) - {"acts"} or not 1 <= len(items) <= limits.batch_acts_max:
        faults.add("acts", body, f'{{"acts": [1 to {limits.batch_acts_max} acts, each with kind and body]}}', "type")
        faults.done()
    assert isinstance(items, list)
    acts = [_act(item, f"acts.{number}", f"{key}/{number}" if key else "", faults) for number, item in enumerate(items)]
    faults.done()
    return [act for act in acts if act is not None]


def _act(item: Any, where: str, key: str, faults: FaultCollector) -> Act | None:
    if not isinstance(item, dict):
        faults.add(where, item, "a JSON object with kind and body", "type")
        return None
    before = faults.count
    for name in sorted(set(item) - _ACT_KEYS):
        faults.add(f"{where}.{name}", item[name], f"one of {', '.join(sorted(_ACT_KEYS))}", "unknown")
    kind, body, subject = item.get("kind"), item.get("body"), item.get("subject")
    own, causes, onto = item.get("key", ""), item.get("causes", []), item.get("onto")
    if not isinstance(kind, str):
        faults.add(f"{where}.kind", kind, "a kind such as model_registration.model", "type")
    if not isinstance(body, dict):
        faults.add(f"{where}.body", body, "a JSON object", "type")
    if not (subject is None or isinstance(subject, str)):
        faults.add(f"{where}.subject", subject, "an identifier, or null", "type")
    if not isinstance(own, str) or len(own) > KEY_CHARS_MAX:
        faults.add(f"{where}.key", own, f"text of at most {KEY_CHARS_MAX} characters", "type")
    if not isinstance(causes, list) or not all(type(cause) is int and abs(cause) < 2**53 for cause in causes):
        faults.add(f"{where}.causes", causes, "a list of entry indexes", "type")
    if not (onto is None or (type(onto) is int and 0 <= onto < 2**53)):
        faults.add(f"{where}.onto", onto, "the index of an entry, or null", "type")
    if faults.count > before:
        return None
    return Act(str(kind), body, _key(own or key), subject, tuple(causes), onto=onto)  # type: ignore[arg-type]
