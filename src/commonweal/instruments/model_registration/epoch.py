"""Reads Epoch AI's table of notable models as published.

Columns differ between releases: a column nobody knows is remarked on, a column that must be there and is not refuses
the file. A file that cannot be read, or a row without a model's name, refuses the file whole. So does a cell that says
something unusable (`12,000`, `nan`, −5, a word for a number, an impossible date): every fault of every row is named at
once by row and column, and nothing is filed. Whoever has seen them may read the file *leniently*: then those cells are
left out and remarked on, so that one bad optional cell need not keep 975 good rows out of a register.
Remarks only, in either case: words this register has no name for (a new domain, access or country), and several whole
numbers in one cell of the size of the training set (`2260275840,2290000001`: the parts of a data set that was made of
several), which the published release of January 2026 has in three rows and which no one number can stand for.
Notes and abstracts are not carried over; only the number of active parameters and whether a model is a mixture of
experts are taken from them.
"""

from __future__ import annotations

import csv
import functools
import hashlib
import io
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from commonweal.kernel.instrument import Act, Imported, Importer, Kind, Text
from commonweal.kernel.values import BadInput, Fault, FaultCollector, TooLarge, faults_of, is_subject, shown, slug

from .kinds import FLOP_MIN, MODEL, ORGANISATION
from .lineage import UNSTATED, parents

BYTES_MAX = 64 << 20
ROWS_MAX = 100_000
REMARKS_MAX = 200
FAULTS_MAX = 200
REQUIRED = ("name", "organisations", "published_on", "compute_flop", "confidence")
CREDIT = "Epoch AI, data on AI models (CC BY 4.0)"
_ACTIVE = re.compile(
    r"(\d+(?:\.\d+)?)\s*(T|B|M|trillion|billion|million)\b[\s-]*(?:parameters?\s+|params?\s+)?(?:are\s+)?activ",
    re.IGNORECASE,
)
_ACTIVE_AFTER = re.compile(
    r"with\s+(\d+(?:\.\d+)?)\s*(T|B|M)?\s*parameters?\s+activ|-A(\d+(?:\.\d+)?)B\b", re.IGNORECASE
)
# Each part has four digits or more: `12,000` is one number written with a separator, and stays a fault.
_SEVERAL = re.compile(r"\d{4,}(?:,\d{4,})+")
_SPARSE = re.compile(r"mixture[ -]of[ -]experts|\bMoE\b|\bsparse(?:ly)?[ -](?:activated|gated)", re.IGNORECASE)
_SCALE = {"t": 1e12, "trillion": 1e12, "b": 1e9, "billion": 1e9, "m": 1e6, "million": 1e6}


@functools.cache
def codes() -> Mapping[str, Any]:
    """The names of this table's columns, classes and countries, and ours."""
    with (Path(__file__).parent / "data" / "epoch_codes.toml").open("rb") as file:
        return tomllib.load(file)


def model_id(name: str) -> str:
    """The subject of a model's name: `DeepLabV3+` and `DeepLabV3` are two."""
    return f"model:{slug(name.replace('+', ' plus '))}"


def organisation_id(name: str) -> str:
    return f"organisation:{slug(name.replace('+', ' plus '))}"


@dataclass
class Remarks:
    """What people should know of an import; beyond a number, only counted.

    `cells` are the faults of cells, which can be left out; `rows` those of whole rows, which cannot; each by its row.
    """

    lines: list[str] = field(default_factory=list)
    unsaid: int = 0
    cells: list[tuple[int, Fault]] = field(default_factory=list)
    rows: list[tuple[int, Fault]] = field(default_factory=list)

    def add(self, line: str) -> None:
        if len(self.lines) < REMARKS_MAX:
            self.lines.append(line)
        else:
            self.unsaid += 1

    def cell(self, row: int, column: str, seen: object, want: str) -> None:
        """A cell that says something unusable."""
        self.cells.append((row, Fault(f"row {row}, column {column}", shown(seen), want, "cell")))

    def row(self, row: int, column: str, seen: object, want: str, code: str) -> None:
        """Something without which the row is none."""
        where = f"row {row}, column {column}" if column else f"row {row}"
        self.rows.append((row, Fault(where, shown(seen), want, code)))

    def check(self, name: str, lenient: bool) -> None:
        """Raise every fault in the order of the rows; those of cells become remarks when `lenient` and nothing else."""
        if not self.rows and lenient:
            for _, fault in self.cells:
                self.add(f"{fault.where}: saw {fault.seen!r}; left out: {fault.want}")
            return
        found = [fault for _, fault in sorted([*self.rows, *self.cells], key=lambda item: item[0])]
        if len(found) > FAULTS_MAX:
            more = Fault("(whole)", f"{len(found) - FAULTS_MAX} more faults", "mend these first", "more")
            found = [*found[:FAULTS_MAX], more]
        if found:
            raise BadInput(found, name)

    def all(self) -> tuple[str, ...]:
        more = (f"and {self.unsaid} more remarks",) if self.unsaid else ()
        return (*self.lines, *more)


@dataclass
class Row:
    """One row of the table: `number` is its line for people (the heading is row 1)."""

    number: int
    cells: Mapping[str, str]
    columns: Mapping[str, str]
    remarks: Remarks

    def text(self, key: str) -> str:
        """A cell's text on one line, trimmed; "" when empty or not in this release."""
        return " ".join((self.cells.get(self.columns.get(key, "")) or "").split())

    def list(self, key: str) -> list[str]:
        return list(dict.fromkeys(part for part in (item.strip() for item in self.text(key).split(",")) if part))

    def number_of(self, key: str) -> float | None:
        """A positive, finite number, or None with a remark."""
        seen = self.text(key)
        if not seen:
            return None
        if key == "tokens" and _SEVERAL.fullmatch(seen):
            self.unread(key, seen, "several numbers in one cell")
            return None
        try:
            value = float(seen)
        except ValueError:
            value = 0.0
        if not 0 < value < float("inf"):
            self.bad(key, seen, "a positive, finite number")
            return None
        return value

    def day(self, key: str) -> str | None:
        seen = self.text(key)
        try:
            return date.fromisoformat(seen[:10]).isoformat() if seen else None
        except ValueError:
            self.bad(key, seen, "a calendar day such as 2024-05-13")
            return None

    def code(self, key: str, table: str) -> str | None:
        seen = self.text(key)
        found: str | None = codes()[table].get(seen)
        if seen and found is None:
            self.unread(key, seen, f"one of: {', '.join(codes()[table])}")
        return found

    def bad(self, key: str, seen: object, want: str) -> None:
        """A fault in a cell."""
        self.remarks.cell(self.number, self.columns.get(key, key), seen, want)

    def unread(self, key: str, seen: object, why: str) -> None:
        """No fault, but nothing that this register can take over either."""
        self.remarks.add(
            f"row {self.number}, column {self.columns.get(key, key)}: saw {shown(seen)!r}; left out: {why}"
        )

    def refused(self, error: ValidationError) -> None:
        """What the schema says against a filing made from this row."""
        for fault in faults_of(error):
            key = fault.where.partition(".")[2] or fault.where if fault.where.startswith("hardware") else fault.where
            column = self.columns.get(_COLUMN_OF.get(key, key), fault.where)
            self.remarks.cell(self.number, column, fault.seen, fault.want)


# The columns that a field of a filing comes from, where they have another key.
_SAID_OF = {"compute_flop": "compute_confidence", "modification_flop": "modification_confidence"}
_COLUMN_OF = {"publication_date": "published_on", "training_tokens": "tokens", "compute_confidence": "confidence"}
Placed = tuple[Act, Row]


def read(data: bytes, name: str = "epoch.csv") -> Imported:
    """The acts that register every organisation and model of the file, bases before what is derived from them.

    Raises `BadInput` (or `TooLarge`) for a file that is not this table, or any faulty cell in it, naming every fault.
    """
    return _read(data, name, lenient=False)


def read_leniently(data: bytes, name: str = "epoch.csv") -> Imported:
    """Like `read`, but faulty cells are left out and remarked on. What is no row or no table is still refused."""
    return _read(data, name, lenient=True)


def _read(data: bytes, name: str, *, lenient: bool) -> Imported:
    remarks = Remarks()
    rows = _rows(data, name, remarks)
    subjects = _subjects(rows, remarks)
    placed = [*_organisations(rows), *_models(rows, subjects, remarks)]
    remarks.check(name, lenient)
    return Imported([act for act, _ in placed], remarks.all(), [f"row {row.number}" for _, row in placed])


def _rows(data: bytes, name: str, remarks: Remarks) -> list[Row]:
    if len(data) > BYTES_MAX:
        raise TooLarge(Fault("(whole)", f"{len(data)} bytes", f"at most {BYTES_MAX} bytes", "too_large"), name)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        seen = f"byte 0x{data[error.start]:02x} at position {error.start}"
        want = "UTF-8 text; save the table as “CSV UTF-8” and try again"
        raise BadInput(Fault("(whole)", seen, want, "encoding"), name) from error
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        columns = _columns(list(reader.fieldnames or ()), name, remarks)
        rows = [
            Row(number, cells, columns, remarks) for number, cells in enumerate(reader, start=2) if any(cells.values())
        ]
    except csv.Error as error:
        raise BadInput(Fault(f"line {reader.line_num}", str(error), "well-formed CSV", "csv"), name) from error
    return _sound(rows, name, remarks)


def _columns(heading: Sequence[str], name: str, remarks: Remarks) -> dict[str, str]:
    """Which column of this release holds what. Remarks on those nobody knows."""
    faults = FaultCollector(name)
    known = codes()["columns"]
    stripped = {column.strip(): column for column in heading}
    columns = {
        key: stripped[alias] for key, aliases in known.items() for alias in reversed(aliases) if alias in stripped
    }
    for key in REQUIRED:
        if key not in columns:
            want = f"a column named {' or '.join(known[key])}"
            faults.add("heading", ", ".join(heading)[:100] or "(empty)", want, "missing_column")
    for column, times in Counter(heading).items():
        if times > 1:
            faults.add("heading", column, "each column once", "duplicate_column")
    faults.done()
    said = {alias for aliases in known.values() for alias in aliases} | set(codes()["known"]["columns"])
    for column in heading:
        if column.strip() not in said:
            remarks.add(f"column {shown(column)!r} is not known and was not read")
    return columns


def _sound(rows: Sequence[Row], name: str, remarks: Remarks) -> list[Row]:
    """The rows that are rows; what is wrong with the others is kept, with what is wrong in their cells."""
    if not rows:
        raise BadInput(Fault("(whole)", "no rows", "at least one row under the heading", "empty"), name)
    if len(rows) > ROWS_MAX:
        raise TooLarge(Fault("(whole)", f"{len(rows)} rows", f"at most {ROWS_MAX} rows", "too_large"), name)
    sound = []
    for row in rows:
        before = len(remarks.rows)
        if not row.text("name"):
            remarks.row(row.number, row.columns["name"], "(empty)", "the model's name", "missing")
        if None in row.cells:
            remarks.row(row.number, "", "more cells than the heading", "as many cells as the heading", "csv")
        if len(remarks.rows) == before:
            sound.append(row)
        else:
            model_body(row, {})
    return sound


def _subjects(rows: Sequence[Row], remarks: Remarks) -> dict[int, str]:
    """A subject for every row. Rows that share a name are told apart by date, then by what else they say."""
    named: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        named[model_id(row.text("name"))].append(row)
    found: dict[int, str] = {}
    for subject, same in named.items():
        same.sort(key=lambda row: (row.text("published_on"), _fingerprint(row)))
        for place, row in enumerate(same):
            found[row.number] = subject if place == 0 else _told_apart(subject, row, set(found.values()))
            if place:
                remarks.add(
                    f"row {row.number}: the name {shown(row.text('name'))!r} occurs {len(same)} times; "
                    f"registered as {found[row.number]}"
                )
    return found


def _told_apart(subject: str, row: Row, taken: set[str]) -> str:
    day = row.text("published_on")[:10]
    dated = f"{subject}-{day}"
    if re.fullmatch(r"\d{4}-\d\d-\d\d", day) and is_subject(dated) and dated not in taken:
        return dated
    candidate = f"{subject}-{_fingerprint(row)}"
    return candidate if candidate not in taken else f"{subject}-{_fingerprint(row)}-row{row.number}"


def _fingerprint(row: Row) -> str:
    said = "\x1f".join(f"{key}={row.cells.get(key) or ''}" for key in sorted(key for key in row.cells if key))
    return hashlib.sha256(said.encode()).hexdigest()[:8]


def _organisations(rows: Sequence[Row]) -> list[Placed]:
    """One act per organisation named, with the country and sector that the table gives it most often."""
    names: dict[str, tuple[str, Row]] = {}
    countries: dict[str, Counter[tuple[str, ...]]] = defaultdict(Counter)
    sectors: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        listed = [part.strip() for part in row.text("organisations").split(",")]
        for place, each in enumerate(listed):
            if not each:
                continue
            subject = organisation_id(each)
            names.setdefault(subject, (each, row))
            if found := _countries(row, place, len(listed)):
                countries[subject][found] += 1
            if sector := _sector(row, len(listed)):
                sectors[subject][sector] += 1
    placed: list[Placed] = []
    for subject in sorted(names):
        called, first = names[subject]
        body: dict[str, Any] = {"name": called, "countries": list(_most(countries[subject]) or ())}
        body |= {"sector": sector} if (sector := _most(sectors[subject])) else {}
        placed += act(ORGANISATION, subject, body | {"source": CREDIT}, first)
    return placed


def _most(counted: Counter[Any]) -> Any:
    """The most frequent, the first in order among equals; None when nothing was counted."""
    return min(counted, key=lambda item: (-counted[item], item)) if counted else None


def _countries(row: Row, place: int, organisations: int) -> tuple[str, ...]:
    """The countries of one of a row's organisations: by its place, or all of them when it is the only one."""
    listed = [part.strip() for part in row.text("countries").split(",") if part.strip()]
    chosen = [listed[place]] if len(listed) == organisations else listed if organisations == 1 else []
    found = [codes()["countries"].get(each) for each in chosen]
    return tuple(sorted({code for code in found if code}))


def _sector(row: Row, organisations: int) -> str | None:
    listed = row.list("sectors")
    return codes()["sectors"].get(listed[0]) if len(listed) == 1 and organisations == 1 else None


def _models(rows: Sequence[Row], subjects: Mapping[int, str], remarks: Remarks) -> list[Placed]:
    by_name = {row.text("name"): subjects[row.number] for row in rows}
    known = set(codes()["countries"]) | {"Multinational"}
    for country in sorted({each for row in rows for each in row.list("countries")} - known):
        remarks.add(f"country {shown(country)!r} is not known and was left out")
    bodies = {subjects[row.number]: model_body(row, by_name) for row in rows}
    of = {subjects[row.number]: row for row in rows}
    _cut_circles(bodies, of)
    return [
        placed for subject in in_lineage_order(bodies) for placed in act(MODEL, subject, bodies[subject], of[subject])
    ]


def _cut_circles(bodies: Mapping[str, dict[str, Any]], of: Mapping[str, Row]) -> None:
    """Where base models lead back to themselves, the first of them by identifier keeps its base as a name only."""
    for subject in sorted(bodies):
        for base in registered(bodies[subject]):
            if subject in _above(base, bodies):
                named = bodies[base]["name"]
                _keep_the_name(bodies[subject], base, named)
                of[subject].unread("base_model", named, "it leads back to this model; kept as a name only")


def _above(subject: str, bodies: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """A model and everything that it was made from, as far as the table goes."""
    passed, waiting = {subject}, [subject]
    while waiting:
        for base in registered(bodies.get(waiting.pop(), {})):
            if base not in passed:
                passed.add(base)
                waiting.append(base)
    return passed


def _keep_the_name(body: dict[str, Any], base: str, named: str) -> None:
    if body.get("base_model") == base:
        del body["base_model"]
        body.setdefault("base_model_name", named)
        return
    body["derived_from"] = [
        {"name": named, "relation": item["relation"]} if item.get("model") == base else item
        for item in body["derived_from"]
    ]


def registered(body: Mapping[str, Any]) -> list[str]:
    """The subjects that a filing says its model was made from."""
    return [item.model for item in parents(body) if item.model]


def in_lineage_order(bodies: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Subjects by date of publication, but a base model before what is derived from it. Circles are cut."""
    order: list[str] = []
    placed: set[str] = set()

    def place(subject: str, waiting: frozenset[str]) -> None:
        if subject in placed or subject in waiting:
            return
        for base in registered(bodies[subject]):
            if base in bodies:
                place(base, waiting | {subject})
        placed.add(subject)
        order.append(subject)

    for subject in sorted(bodies, key=lambda item: (str(bodies[item].get("publication_date", "")), item)):
        place(subject, frozenset())
    return order


def model_body(row: Row, by_name: Mapping[str, str]) -> dict[str, Any]:
    """What a row says of its model, in the register's words; what it does not say is left out."""
    organisations = list(dict.fromkeys(organisation_id(each) for each in row.list("organisations")))
    parameters = row.number_of("parameters")
    active, sparse = _active(row, parameters)
    flop = row.number_of("compute_flop")
    body: dict[str, Any] = {
        "name": row.text("name"),
        "organisation": organisations[0] if organisations else None,
        "developed_with": organisations[1:],
        "publication_date": row.day("published_on"),
        "domains": _codes(row, "domains", "domains"),
        "generates": _outputs(row),
        "parameters": parameters,
        "parameters_active": active,
        "architecture": "sparse" if sparse else None,
        "training_tokens": _tokens(row),
        "epochs": row.number_of("epochs"),
        "compute_flop": flop,
        "compute_confidence": (row.code("confidence", "confidence") or "unknown") if flop else None,
        "hardware": _hardware(row),
        "access": row.code("access", "access"),
        "source": _link(row),
        "credit": CREDIT,
    }
    if body["access"]:
        body["open_weights"] = body["access"].startswith("open")
    body |= _lineage(row, by_name)
    return {key: value for key, value in body.items() if value not in (None, [], {})}


def _tokens(row: Row) -> float | None:
    """The size of the training set, where it is counted in tokens: of language models, unless it must mean images."""
    size, domains = row.number_of("tokens"), set(row.list("domains"))
    if size is None or "Language" not in domains:
        return None
    mixed = domains & set(codes()["tokens"]["other_media"])
    return None if mixed and size < float(codes()["tokens"]["least_with_other_media"]) else size


def _codes(row: Row, key: str, table: str) -> list[str]:
    found = []
    for seen in row.list(key):
        code = codes()[table].get(seen)
        if code is None:
            row.unread(key, seen, f"one of: {', '.join(codes()[table])}")
        else:
            found.append(code)
    return list(dict.fromkeys(found))


def _outputs(row: Row) -> list[str] | None:
    """What the model puts out, as far as its tasks say so; None where they say nothing."""
    found = [codes()["outputs"][task] for task in row.list("tasks") if task in codes()["outputs"]]
    if "Image generation" in row.list("domains"):
        found.append("image")
    return list(dict.fromkeys(found)) or None


def _active(row: Row, parameters: float | None) -> tuple[float | None, bool]:
    """Parameters active for a token, where the notes state them, and whether the model is a mixture of experts."""
    note, name = row.text("parameters_note"), row.text("name")
    found = _ACTIVE.search(note) or _ACTIVE_AFTER.search(note) or _ACTIVE_AFTER.search(name)
    sparse = bool(found) or bool(_SPARSE.search(note)) or bool(_SPARSE.search(row.text("abstract")))
    if found is None:
        return None, sparse
    groups = [group for group in found.groups() if group]
    value = float(groups[0]) * _SCALE[groups[1].lower() if len(groups) > 1 else "b"]
    return (value, True) if parameters is None or value < parameters else (None, True)


def _hardware(row: Row) -> dict[str, Any] | None:
    names = row.list("hardware")
    if not names:
        return None
    utilisation = row.number_of("utilisation")
    if utilisation is not None and utilisation > 1:
        row.bad("utilisation", utilisation, "a share from 0 to 1")
        utilisation = None
    form = row.text("number_format")
    found = {
        "name": ", ".join(names),
        "chips": row.number_of("chips"),
        "hours": row.number_of("hours"),
        "utilisation": utilisation,
        "number_format": form if form in ("FP32", "TF32", "FP16", "BF16", "FP8", "FP4", "INT8") else None,
    }
    return {key: value for key, value in found.items() if value is not None}


def _lineage(row: Row, by_name: Mapping[str, str]) -> dict[str, Any]:
    """What a model was trained on from: references to what is in the table, names of the rest, and what came after.

    Some names hold a comma, so a cell that is a name as it stands is one; else it lists several. How they were used
    is not in a column, so it is left unstated.
    """
    said = row.text("base_model")
    own = by_name.get(row.text("name"))
    names = [said] if said in by_name else row.list("base_model")
    others = [each for each in names if by_name.get(each) != own or each not in by_name]
    found: dict[str, Any] = {}
    if len(others) == 1:
        found = {"base_model": by_name[others[0]]} if others[0] in by_name else {"base_model_name": others[0]}
    elif others:
        found = {
            "derived_from": [
                {"model": by_name[each], "relation": UNSTATED}
                if each in by_name
                else {"name": each, "relation": UNSTATED}
                for each in others
            ]
        }
    return found | (_modification(row) if found else {})


def _modification(row: Row) -> dict[str, Any]:
    """What was trained on top: as sure as the whole figure is said to be. The table writes 0 where nothing was."""
    seen = row.text("modification_flop")
    flop = 0.0 if re.fullmatch(r"0(\.0*)?", seen) else row.number_of("modification_flop")
    if flop is None or (0 < flop < FLOP_MIN):
        return {}
    return {"modification_flop": flop, "modification_confidence": row.code("confidence", "confidence") or "unknown"}


def _link(row: Row) -> str | None:
    links = [part for part in row.text("link").split() if part.startswith(("http://", "https://"))]
    return links[0][:600] if links else None


def act(kind: Kind, subject: str, body: Mapping[str, Any], row: Row) -> list[Placed]:
    """The act, with a body that its kind accepts: what the schema refuses is a fault of its cell, and left out.

    No act when the name is refused, without which there is none: that is a fault of the row.
    """
    while True:
        try:
            kind.schema.model_validate(body)
        except ValidationError as error:
            refused = {str(item["loc"][0]) if item["loc"] else "name" for item in error.errors()}
            if "name" in refused or not refused & set(body):
                column = "organisations" if kind is ORGANISATION else "name"
                want = faults_of(error)[0].want
                row.remarks.row(row.number, row.columns[column], body["name"], want, "name")
                return []
            row.refused(error)
            for figure, said_of_it in _SAID_OF.items():  # said of a figure that goes
                refused |= {said_of_it} if figure in refused else set()
            body = {key: value for key, value in body.items() if key not in refused}
        else:
            return [(Act(kind.id, dict(body), key="", subject=subject), row)]


def importers() -> Iterable[Importer]:
    yield Importer(
        "epoch",
        Text(en="Epoch AI, notable AI models (CSV)", zh="Epoch AI 重要人工智能模型（CSV）"),
        read,
        read_leniently,
    )
