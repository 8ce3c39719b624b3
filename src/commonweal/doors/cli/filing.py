"""Filing: one act, a file in somebody else's format, an observation batch."""

from __future__ import annotations

import itertools
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from cyclopts import App, Parameter

from commonweal import dues, filing_tables, listing_files, observing, reaching
from commonweal.acceptance import Caller
from commonweal.authority import OPERATOR, Authority
from commonweal.authority.condition import ahead_of_clock
from commonweal.cautions import cautions
from commonweal.kernel import indicators, obligations, protocols, thresholds
from commonweal.kernel.instrument import Act, Division, Imported, Importer, Instrument, Kind
from commonweal.kernel.record import AUTHORITY
from commonweal.kernel.values import (
    BadInput,
    Busy,
    CommonwealError,
    Fault,
    FaultCollector,
    NotFound,
    TooLarge,
    is_subject,
    nearest,
    read_json,
    shown,
    subject_id,
)
from commonweal.story import examples_of
from commonweal.witnessing import Receipt

from .attachments import Attach, with_attached
from .out import Done, as_json, bar, err, out, table
from .persons import holder

FILE_BYTES_MAX = 256 << 20
MAPPING_BYTES_MAX = 1 << 20
JSON_BYTES_MAX = 8 << 20
DOWNLOAD_SECONDS = 60.0
REMARKS_SHOWN, TABLE_ROWS_MAX, TRIES_MAX, PART_FAULTS_MAX = 20, 100_000, 8, 50
ROLES = ("developer", "observer")
BY_THE_OFFICE, STEWARDS = frozenset(("two", "answers", "decides")), frozenset(("officer", "authority"))
_ACT = re.compile(r"act (\d+): (.*)", re.DOTALL)


class Who(NamedTuple):
    """Who files, as options say: by name, or by their access key."""

    party: str
    roles: Sequence[str] = ()
    organisation: str = ""
    key_file: Path | None = None

    def checked(self, kind: str) -> Who:
        """The same. Raises `BadInput` where both are said."""
        if self.key_file is not None and (self.party or self.roles or self.organisation):
            want = "none of them: the key says who files"
            raise BadInput(Fault("--as, --role, --organisation", "given", want, "both"), kind)
        return self


As = Annotated[str, Parameter(name="--as")]
Source = Annotated[str, Parameter(allow_leading_hyphen=True)]
Roles = Annotated[tuple[str, ...], Parameter(name="--role", negative="")]


def add_to(app: App) -> None:
    app.command(file)
    app.command(kinds)
    app.command(import_, name="import")
    app.command(observe)


def file(
    folder: Path,
    kind: str,
    source: Source,
    /,
    *,
    subject: str = "",
    party: As = "",
    role: Roles = (),
    organisation: str = "",
    key_file: Path | None = None,
    key: str = "",
    attach: Attach = (),
    json: bool = False,
) -> None:
    """File one entry, or a JSON list or CSV table of entries of one kind all in one transaction; print the receipts.

    The same rows sent again, say after a break, get the receipts of the entries that they are.

    Args:
        folder: The authority's folder.
        kind: What is filed, e.g. model_registration.model (`weal kinds DIR` lists them).
        source: A JSON file, or a CSV table (.csv): a row an entry, headed by the names of fields. - reads JSON from
            standard input.
        subject: Whom or what it is about, e.g. model:example-1; without it, it follows from the name.
        party: Who files, e.g. party:example-lab; without it, the authority itself.
        role: In which role (developer, observer, officer); may be given more than once.
        organisation: For which organisation that party approves a step of a case.
        key_file: A file with the key of who files. Where money moves, who files without one is the authority itself.
        key: An idempotency key: the same key and content give the same receipt again.
        attach: A file that goes with the entry; may be given more than once. FIELD=FILE where the kind has several
            fields for attachments.
        json: Of a table too, print whole receipts as JSON, as of everything else; without it, a line a row.
    """
    who = Who(party, role, organisation, key_file).checked(kind)
    data = read_bytes(source, JSON_BYTES_MAX)
    if source.lower().endswith(".csv"):
        if subject or key or attach:
            raise BadInput(Fault("--subject, --key, --attach", "given", "none of them, when a table is filed"), kind)
        _file_table(folder, kind, data, who, json=json)
        return
    try:
        bodies, many = _bodies(data, kind)
    except BadInput as error:
        raise _with_faults_of_who(error, folder, who) from error
    if many:
        _check_of_many(kind, subject or key, attach)
    with Authority.open(folder) as authority:
        caller = _filer(authority, who, _known_kind(authority, kind), bodies, "item" if many else "")
        if attach:
            bodies = [with_attached(authority, kind, bodies[0], attach, caller.party)]
        acts = [Act(kind, item, f"key:{key}" if key else "", subject or None) for item in bodies]
        receipts = _recorded(authority, acts, caller)
        authority.follow()
        as_json([item.as_dict() for item in receipts] if many else receipts[0].as_dict())
        too_late(authority, [item.index for item in receipts])
        _warn(authority, acts, caller)
        _say_owed(authority, acts, caller, receipts)
        _say_late(authority, kind, acts, receipts)
    _say_recorded(receipts)


def _say_recorded(receipts: Sequence[Receipt]) -> None:
    again = sum(item.again for item in receipts)
    err(f"Recorded {len(receipts) - again}; {_there(again)}." if again else f"Recorded {len(receipts)}.")


def _check_of_many(kind: str, named: str, attach: Sequence[str]) -> None:
    """Of a list of entries none is named, keyed or given a file by the command."""
    if named:
        raise BadInput(Fault("--subject, --key", "given", "neither, when a list of entries is filed"), kind)
    if attach:
        raise BadInput(Fault("--attach", shown(attach[0]), "none, when a list of entries is filed", "list"), kind)


def say_clock(authority: Authority) -> None:
    """While the newest entry is dated well after what the clock says: that, and what follows for what is filed."""
    # another process may have brought a replay further, whose clock is nobody's fault
    if not authority.settings.replay and (ahead := ahead_of_clock(authority)) is not None:
        err(f"Warning: {ahead[1]}.")


def _say_late(authority: Authority, kind: str, acts: Sequence[Act], receipts: Sequence[Receipt]) -> None:
    """What was filed for a case after its step's deadline does not count; and whether the clock is to be trusted."""
    for act, receipt in zip(acts, receipts, strict=True) if protocols.is_move(kind) else ():
        if (late := protocols.not_counted(authority.reader, act.body["case"], receipt.index)) is not None:
            err(f"note: entry {receipt.index}: {late['en']}.")
    say_clock(authority)


def _say_owed(authority: Authority, acts: Sequence[Act], caller: Caller, receipts: Sequence[Receipt]) -> None:
    """What whoever reported owes by it."""
    for act, receipt in zip(acts, receipts, strict=True):
        if receipt.subject and dues.told_with(authority, authority.kinds[act.kind]):
            own = dues.speaking(caller, act.body)
            if (words := obligations.owed_in_words(authority.reader, receipt.subject, own)) is not None:
                err(f"Owed by {' or '.join(sorted(own))} on {receipt.subject}: {words['en']}.")


def _warn(authority: Authority, acts: Sequence[Act], caller: Caller) -> None:
    """What to know at once of what was filed, by its place where it was several."""
    for place, act in enumerate(acts, 1):
        for words in cautions(authority.kinds[act.kind], act.body, caller.organisation):
            err(f"Warning{f' (item {place})' if len(acts) > 1 else ''}: {words}.")


def _bodies(data: bytes, kind: str) -> tuple[list[dict[str, Any]], bool]:
    """The bodies that a JSON file holds, and whether it is a list. Raises `BadInput` naming every item that is none."""
    said = read_json(data, bytes_max=JSON_BYTES_MAX, finite=False)
    bodies = said if isinstance(said, list) else [said]
    if not bodies:
        raise BadInput(Fault("(whole)", "[]", "a JSON object, or a list of at least one", "empty"), kind)
    if faults := [Fault(f"item {at}", shown(item), "a JSON object", "type") for at, item in enumerate(bodies, 1)
                  if not isinstance(item, dict)]:  # fmt: skip
        raise BadInput(faults, kind)
    return bodies, isinstance(said, list)


def _recorded(authority: Authority, acts: Sequence[Act], caller: Caller) -> list[Receipt]:
    """The receipts of what a JSON file holds. Raises `BadInput` naming its items as people count them."""
    try:
        return authority.act_all(acts, caller)
    except CommonwealError as error:
        raise filing_tables.in_items(error) from error


def _known_kind(authority: Authority, name: str) -> Kind:
    """A kind by its name. Raises `NotFound` with the names that are most like it, once, however much is filed."""
    if name not in authority.kinds:
        raise NotFound("kind", name, f"perhaps {nearest(name, authority.kinds)}; `weal kinds DIR` lists them")
    return authority.kinds[name]


def _file_table(
    folder: Path, name: str, data: bytes, who: Who, *, json: bool
) -> None:  # fmt: skip
    with Authority.open(folder) as authority:
        kind = _known_kind(authority, name)
        try:
            caller = _who_files(authority, who, kind)
        except BadInput as error:
            raise _with_faults_of_table(error, authority, kind, data) from error
        rows = filing_tables.read_rows(kind, data, TABLE_ROWS_MAX, lambda act, also: authority.check(act, caller, also))
        err(f"Filing {len(rows)} rows in one transaction …")
        try:
            placed = authority.place_all([Act(name, row.body, "") for row in rows], caller)
        except CommonwealError as error:
            raise filing_tables.in_rows(error, rows) from error
        _receipts(authority, name, [row.number for row in rows], placed, json=json)
        _told(authority, placed, (), say=err if json else out)
        say_clock(authority)


def _receipts(
    authority: Authority, name: str, rows: Sequence[int], placed: Sequence[tuple[int, bool]], *, json: bool
) -> None:
    """What each row of a table became: a line a row, or whole receipts as JSON."""
    if not json:
        for row, (index, again) in zip(rows, placed, strict=True):
            about = authority.store.entry(index).subject or name
            out(f"row {row}: entry {index}, {about}" + (", which was there already" if again else ""))
        return
    found: list[dict[str, Any]] = []
    with bar("Signing receipts") as done:
        for index, again in placed:
            found.append(authority.receipt(index, again=again).as_dict())
            done(len(found), len(placed))
    as_json(found)


def kinds(folder: Path, kind: str = "", /, *, json: bool = False) -> None:
    """What can be filed; for one kind, its fields and a body to begin from.

    Args:
        folder: The authority's folder.
        kind: One kind, e.g. model_registration.model; without it, all are listed.
        json: Answer in JSON, for programs: the kind's JSON schema.
    """
    with Authority.open(folder) as authority:
        known = authority.kinds
        example = _taken(authority, kind, examples_of(authority).get(kind))
    if kind and kind not in known:
        raise NotFound("kind", kind, f"there are: {', '.join(sorted(known))}")
    if kind and json:
        as_json(known[kind].schema.model_json_schema())
    elif kind:
        table(f"{kind}: {known[kind].title}", ("field", "holds", "required", "marking"), _fields(known[kind]))
        out("A body to begin from:")
        as_json(example)
    elif json:
        as_json([{"id": item.id, "title": dict(item.title), "filed_by": list(item.files)} for item in known.values()])
    else:
        rows = [(item.id, str(item.title), ", ".join(item.files)) for item in known.values()]
        table("", ("kind", "title", "filed by"), sorted(rows))


def _taken(authority: Authority, name: str, body: Any) -> Any:
    """An example as this authority would take it today: without what it names that is on no register here, or that
    lies ahead of today. What cannot be left out stays."""
    kind = authority.kinds.get(name)
    for _ in range(TRIES_MAX if kind is not None and isinstance(body, dict) else 0):
        assert kind is not None
        try:
            authority.check(Act(name, body, ""), Caller("party:example", kind.files[:1]))
        except BadInput as error:
            wrong = {fault.where.partition(".")[0] for fault in error.faults}
            optional = {field for field, info in kind.schema.model_fields.items() if not info.is_required()}
            if not wrong & optional & set(body):
                break
            body = {field: value for field, value in body.items() if field not in wrong & optional}
        except CommonwealError:
            break
        else:
            break
    return body


def _fields(kind: Kind) -> list[tuple[str, str, str, str]]:
    schema = kind.schema.model_json_schema()
    fields = []
    for name, info in kind.schema.model_fields.items():
        holds = _form(schema["properties"][name], schema.get("$defs", {}))
        fields.append((name, holds, "yes" if info.is_required() else "", str(kind.marking(name))))
    return fields


def _form(schema: Mapping[str, Any], named: Mapping[str, Any]) -> str:
    """A JSON schema in a few words: `number`, `date`, `new | worn`, `list of text`."""
    if "$ref" in schema:
        return _form(named[schema["$ref"].rsplit("/", 1)[-1]], named)
    if options := schema.get("anyOf") or schema.get("oneOf"):
        return " | ".join(dict.fromkeys(_form(item, named) for item in options if item.get("type") != "null"))
    if "enum" in schema or "const" in schema:
        return " | ".join(str(item) for item in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"list of {_form(schema.get('items', {}), named)}"
    if schema.get("type") == "object" and "properties" in schema:
        return "{" + ", ".join(schema["properties"]) + "}"
    return str(schema.get("format", "text" if schema.get("type") == "string" else schema.get("type", "any")))


def import_(
    folder: Path,
    instrument: str,
    format: str,
    source: Path,
    /,
    *,
    lenient: Annotated[bool, Parameter(negative="")] = False,
    party: As = "",
    role: Roles = (),
) -> None:
    """Read a file in somebody else's format and file what it holds, all or nothing.

    A cell that says something unusable stops the import, which names them all and files nothing. What is so large that
    its reader divides it is checked whole, then filed part by part; the same file sent again files what is missing.

    Args:
        folder: The authority's folder.
        instrument: The instrument that reads it, e.g. model_registration.
        format: The format, e.g. epoch.
        source: The file.
        lenient: Leave out cells that cannot be used, and say which.
        party: Who files; without it, the authority itself.
        role: In which role; may be given more than once.
    """
    with Authority.open(folder) as authority:
        found = listing_files.find_instrument(authority.instruments, instrument)
        importer = next((item for item in found.importers if item.format == format), None)
        caller = caller_of(authority, party, role)
        if importer and importer.divided and str(source) != "-":
            _record_in_parts(authority, importer, source, caller)
            return
        data = read_bytes(str(source), FILE_BYTES_MAX)
        readers = {item.format: (lenient and item.lenient) or item.read for item in found.importers}
        imported = _reader(found, readers, format, "import")(data, source.name)
        authority.follow()
        item = next(item for item in found.importers if item.format == format)
        imported = item.theirs(imported, authority.settings.origin)
        _record(authority, _settled(authority, item, imported, caller), caller)


def _settled(authority: Authority, importer: Importer, imported: Imported, caller: Caller) -> Imported:
    """What is to be filed of a file as the record stands. Whoever runs the machine has all that stands there."""
    whole = caller.party == AUTHORITY
    return importer.settled(
        imported, authority.reader, lambda index: authority.entry(index).body,
        lambda subject: whole or authority.theirs(subject, caller),
    )  # fmt: skip


def observe(
    folder: Path,
    instrument: str,
    format: str = "",
    source: Source = "",
    /,
    *,
    download: Annotated[bool, Parameter(negative="")] = False,
    party: As = "",
    role: Roles = (),
) -> None:
    """File a batch of observations from a file, or from the published series where there is a network.

    Somebody else's table: `weal observe DIR MAPPING.toml FILE.csv` (CSV, perhaps gzipped, or Parquet).

    Args:
        folder: The authority's folder.
        instrument: The instrument that observes, e.g. adaptive_safety_net; or a mapping file (.toml) for any table.
        format: The format of the observations; without it, the instrument's first. After a mapping: the table.
        source: The file; - reads standard input.
        download: Fetch the published series instead of reading a file.
        party: Who observes; without it, the authority itself.
        role: In which role; may be given more than once.
    """
    if instrument.endswith(".toml"):
        if source:
            raise BadInput(Fault("table", source, "one table a command: this one in another"), "observe")
        _observe_table(folder, Path(instrument), format, (party, role))
        return
    if format.endswith(".toml"):
        want = f"the mapping first, then its table: weal observe DIR {format} {instrument}"
        raise BadInput(Fault("mapping", f"{instrument} {format}", want, "order"), "observe")
    if download == bool(source):
        raise BadInput(Fault("source", source or "(absent)", "a file, or --download: one of the two"), "observe")
    with Authority.open(folder) as authority:
        found = listing_files.find_instrument(authority.instruments, instrument)
        format = format or next(iter(found.downloads if download else found.observes), "")
        read = _reader(found, found.observes, format, "observation")
        data, name = _downloaded(found, format) if download else (read_bytes(source, FILE_BYTES_MAX), Path(source).name)
        _observed(authority, read(data, name), caller_of(authority, party, role))


def _observe_table(folder: Path, mapping: Path, source: str, who: tuple[str, Sequence[str]]) -> None:
    """Somebody else's table, read as a mapping file says, into an act a day of release."""
    if not source:
        raise BadInput(Fault("source", "(absent)", "the table to read, after its mapping"), "observe")
    found = indicators.read_mapping(
        read_bytes(str(mapping), MAPPING_BYTES_MAX).decode("utf-8", "replace"), mapping.name
    )
    data = read_bytes(source, FILE_BYTES_MAX)
    with Authority.open(folder) as authority:
        acts = indicators.table_acts(data, Path(source).name, found, filed_on=authority.clock.now().date())
        _observed(authority, Imported(tuple(acts)), caller_of(authority, *who))


def _observed(authority: Authority, imported: Imported, caller: Caller) -> None:
    """File what is new in observations, and say how much was not."""
    authority.follow()
    found = observing.record(authority, imported.acts, caller)
    left_out = ""
    if found.unchanged:
        were = "1 value was" if found.unchanged == 1 else f"{found.unchanged} values were"
        left_out = f" {were} known already, unchanged, and not filed again."
    _told(authority, found.placed, imported.remarks, left_out)


def _record(authority: Authority, imported: Imported, caller: Caller) -> None:
    try:
        placed = authority.place_all(imported.acts, caller) if imported.acts else []
    except BadInput as error:
        raise BadInput([_in_file(fault, imported.places) for fault in error.faults], error.about) from error
    _told(authority, placed, imported.remarks, there=imported.there)


def _record_in_parts(authority: Authority, importer: Importer, source: Path, caller: Caller) -> None:
    """Record a large file part by part, once all of it was checked; a part that stands already is not checked again.

    Raises `BadInput` naming the first faults of all parts, before anything is recorded, and `NotFound`.
    """
    assert importer.divided is not None, "only such files come in parts"
    if not source.is_file():
        raise NotFound("file", str(source))
    err(f"Reading {source.name} …")
    with source.open("rb") as stream:
        found = importer.divided(stream, source.name)
    authority.follow()
    faults: list[Fault] = []
    with bar(f"Checking {found.rows} rows") as done:
        for act in _not_there(authority, importer, found, caller, done):
            try:
                authority.check(act, caller)
            except BadInput as error:
                faults += error.faults
            if len(faults) >= PART_FAULTS_MAX:
                break
    if faults:
        raise BadInput(faults[:PART_FAULTS_MAX], source.name)
    placed: list[tuple[int, bool]] = []
    with bar(f"Recording {found.rows} rows") as done:
        for act in _not_there(authority, importer, found, caller, done):
            placed += authority.place_all([act], caller)
            authority.follow()
    _told(authority, placed, (), there=found.parts - len(placed))


def _not_there(
    authority: Authority, importer: Importer, found: Division, caller: Caller, done: Done
) -> Iterator[Act]:  # fmt: skip
    """The parts that do not stand on record yet, one after the other."""
    for number, act in enumerate(found.acts(), 1):
        yield from _settled(authority, importer, Imported((act,)), caller).acts
        done(number, found.parts, f"part {number} of {found.parts}")


def _there(again: int) -> str:
    return "1 was there already" if again == 1 else f"{again} were there already"


def _told(
    authority: Authority,
    placed: Sequence[tuple[int, bool]],
    remarks: Sequence[str],
    left_out: str = "",
    *,
    there: int = 0,
    say: Callable[[str], None] = out,
) -> None:
    with bar("Following") as done:
        followed = authority.follow(done)
    again = sum(1 for _, there in placed if there)
    new = "1 entry" if len(placed) - again == 1 else f"{len(placed) - again} entries"
    say(f"Recorded {new}; {_there(again + there)}; {followed} followed.{left_out}")
    too_late(authority, [index for index, _ in placed])
    for remark in remarks[:REMARKS_SHOWN]:
        err(f"note: {remark}")
    if (more := len(remarks) - REMARKS_SHOWN) > 0:
        err(f"note: … and {more} more remarks")


def too_late(authority: Authority, entries: Sequence[int]) -> None:
    """Say which values of entries that were followed came too late for which rule, and what that means."""
    for row in thresholds.late_in(authority.reader, entries):
        values = "1 value" if row["count"] == 1 else f"{row['count']} values"
        about = row["first"] if row["first"] == row["last"] else f"{row['first']} to {row['last']}"
        err(
            f"note: entry {row['entry']}: {values} about {about} came too late for the rule {row['rule']}: "
            "they stand in the series, and the rule judges nothing again by them"
        )


def _in_file(fault: Fault, places: Sequence[str]) -> Fault:
    """A fault of one act among several (`act 21: name`), by its place in the file where the reader told it."""
    found = _ACT.fullmatch(fault.where)
    at, where = (int(found[1]), found[2]) if found else (0, fault.where)
    return replace(fault, where=f"{places[at]}, {where}") if at < len(places) else fault


def _reader(instrument: Instrument, readers: Mapping[str, Any], format: str, what: str) -> Any:
    if format not in readers:
        raise NotFound(f"{what} format of {instrument.id}", format, f"it reads: {', '.join(readers) or 'none'}")
    return readers[format]


def caller_of(authority: Authority, party: str, roles: Sequence[str], organisation: str = "") -> Caller:
    """Who files, as options say. Raises `BadInput` with everything that is wrong with them."""
    faults = FaultCollector("filing")
    known = authority.roles_known()
    if set(roles) - set(known):
        authority.follow()  # a playbook that came a moment ago may ask for it
        known = authority.roles_known()
    for role in roles:
        if role not in known:
            faults.add("--role", role, f"a role that there is, the nearest first: {nearest(role, known)}", "role")
    if not party and roles:
        faults.add("--role", ", ".join(roles), "--as PARTY beside it: roles belong to a party", "party")
    if party and not is_subject(party):
        faults.add("--as", party, "a party like party:example-lab", "party")
    faults.done()
    if not party:
        return replace(OPERATOR, organisation=organisation)
    return Caller(party, tuple(roles) or ROLES, organisation)


def _who_files(authority: Authority, who: Who, kind: Kind) -> Caller:
    """Who files a kind: by their key, or as options say; where money moves, whoever runs the machine is the authority
    and no officer beside it, else one would be both of two. Raises `BadInput`, `Forbidden`."""
    if who.key_file is not None:
        return holder(authority, who.key_file)
    caller = caller_of(authority, who.party, who.roles, who.organisation)
    moves = any(item.money.get(kind.id) in BY_THE_OFFICE for item in authority.instruments.values())
    if moves and caller.party != OPERATOR.party and STEWARDS & set(caller.roles):
        want = (
            "--key-file with their access key, or nothing: where money moves, whoever runs the machine is the "
            "authority itself, one of two people and not both"
        )
        raise BadInput(Fault("--as", who.party, want, "key"), kind.id)
    return caller


def _filer(
    authority: Authority, who: Who, kind: Kind, bodies: Iterable[Any], called: str
) -> Caller:  # fmt: skip
    """Who files. Raises `BadInput` with what is wrong with them, and with what they file."""
    try:
        return _who_files(authority, who, kind)
    except BadInput as error:
        places = (f"{called} {many}, " if called else "" for many in itertools.count(1))
        raise _with_faults_of(error, authority, kind, zip(places, bodies, strict=False)) from error


def _with_faults_of_who(error: BadInput, folder: Path, who: Who) -> BadInput:
    """What is wrong with a file, and before it with who files."""
    with Authority.open(folder) as authority:
        try:
            caller_of(authority, who.party, who.roles, who.organisation)
        except BadInput as found:
            return type(error)([*found.faults, *error.faults], error.about)
    return error


def _with_faults_of_table(error: BadInput, authority: Authority, kind: Kind, data: bytes) -> BadInput:
    """What is wrong with who files, and with it what is wrong with a table."""
    try:
        rows = filing_tables.read_rows(kind, data, TABLE_ROWS_MAX)
    except BadInput as found:
        return BadInput([*error.faults, *found.faults], kind.id)
    return _with_faults_of(error, authority, kind, [(f"row {row.number}, ", row.body) for row in rows])


def _with_faults_of(
    error: BadInput, authority: Authority, kind: Kind, bodies: Iterable[tuple[str, Any]]
) -> BadInput:  # fmt: skip
    """What is wrong with who files, and with it what anybody would be told who may file such bodies, each by its
    place."""
    faults, filed = [*error.faults], set[str]()
    anybody = Caller("party:example", kind.files[:1])
    for place, body in bodies:
        act = Act(kind.id, body, "")
        try:
            authority.check(act, anybody, filed)
        except BadInput as found:
            faults += [replace(one, where=f"{place}{one.where}") for one in found.faults]
        except CommonwealError:
            pass  # whether they may, is said of who files
        if kind.noun and isinstance(name := body.get(kind.name_field), str):
            filed.add(subject_id(kind.noun, name))
        if len(faults) >= PART_FAULTS_MAX:
            break
    return BadInput(faults, error.about)


def read_bytes(source: str, bytes_max: int) -> bytes:
    """The bytes of a file, or of standard input for `-`. Raises `NotFound` and `TooLarge`."""
    if source == "-":
        data = sys.stdin.buffer.read(bytes_max + 1)
    else:
        path = Path(source)
        if not path.is_file():
            raise NotFound("file", source)
        with path.open("rb") as stream:
            data = stream.read(bytes_max + 1)
    if len(data) > bytes_max:
        raise TooLarge(Fault(source, f"over {bytes_max} bytes", f"at most {bytes_max} bytes", "too_large"), "file")
    return data


def _downloaded(instrument: Instrument, format: str) -> tuple[bytes, str]:
    """The published series. Raises `Busy` with a plain answer where there is no network."""
    if format not in instrument.downloads:
        raise NotFound(f"download of {instrument.id}", format, f"it has: {', '.join(instrument.downloads) or 'none'}")
    import httpx

    address = instrument.downloads[format]
    headers = {"User-Agent": "commonweal (public series for a register)"}
    chunks: list[bytes] = []
    try:
        with (
            bar(f"Downloading {address}") as done,
            httpx.stream("GET", address, headers=headers, timeout=DOWNLOAD_SECONDS, follow_redirects=True) as answer,
        ):
            if not answer.is_success:
                raise reaching.refusal(answer.status_code, address)
            total = int(answer.headers.get("content-length", 0))
            for chunk in answer.iter_bytes():
                chunks.append(chunk)
                done(sum(map(len, chunks)), total)
                if sum(map(len, chunks)) > FILE_BYTES_MAX:
                    want = f"at most {FILE_BYTES_MAX} bytes"
                    raise TooLarge(Fault(address, f"over {FILE_BYTES_MAX} bytes", want, "too_large"), "download")
    except httpx.HTTPError as error:
        found = reaching.failure(error, address)
        asked = "Is there a network here? " if isinstance(found, Busy) else ""
        hint = f"{asked}Or fetch it elsewhere and give the file: `weal observe DIR {instrument.id} {format} FILE`"
        raise type(found)(f"{found}. {hint}") from error
    return b"".join(chunks), address.rsplit("/", 1)[-1]
