"""`weal access`: opening sealed fields with the approval of several organisations."""

from __future__ import annotations

import hashlib
import json as json_module
import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter
from cyclopts.validators import Number

from commonweal import authorising, sight
from commonweal.acceptance import Caller
from commonweal.authority import OPERATOR, Authority
from commonweal.kernel import authorisations, persons
from commonweal.kernel.disclosure.succession import LOG_KEYS_BYTES_MAX, proved_keyring
from commonweal.kernel.record import Keyring, Policy
from commonweal.kernel.record.policy import POLICY_BYTES_MAX
from commonweal.kernel.values import (
    BadInput,
    CommonwealError,
    Conflict,
    Fault,
    NotFound,
    RecordFault,
    TooLarge,
    instant,
    read_json,
    stamp,
)

from .moments import Moment
from .out import as_json, err, out, table, target

FILE_BYTES_MAX = 8 << 20
DOCUMENT_BYTES_MAX = 1 << 30
Many = Annotated[tuple[str, ...], Parameter(negative="")]
Output = Annotated[Path, Parameter(name=["--output", "-o"])]
MaybeOutput = Annotated[Path | None, Parameter(name=["--output", "-o"])]
As = Annotated[str, Parameter(name="--as")]
Days = Annotated[int, Parameter(validator=Number(gte=1, lte=366))]


def add_to(app: App) -> None:
    group = App(name="access", help="Sealed fields, opened with the approval of several organisations: "
                "key, request, sign, submit, list, status, open, verify.", help_format="plaintext")  # fmt: skip
    group.command(list_, name="list")
    group.command(open_, name="open")
    for command in (key, request, sign, submit, status, verify):
        group.command(command)
    app.command(group)


def key(name: str, /, *, output: Output) -> None:
    """Make a signing key for an approver, and print the verifier key that goes into the policy.

    Args:
        name: The key's name, e.g. court.example/duty-judge.
        output: The file that gets the secret key: a new one, readable by its owner only. Keep it off the network.
    """
    secret, vkey = authorisations.new_signing_key(name)
    try:
        descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise Conflict(f"{output} is there already; a key is never written over another") from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(secret + "\n")
    out(vkey)
    err(f"The secret key is in {output}. The line above is public: it belongs into the policy.")


def request(
    folder: Path,
    /,
    *,
    entry: Annotated[tuple[int, ...], Parameter(negative="")],
    field: Many,
    basis: str,
    citation: str,
    document: Path,
    purpose: str,
    expires: Moment = "",
    days: Days = 7,
    party: As = "",
    role: str = "",
    output: Output,
) -> None:
    """Ask for fields of entries, record the request, and write the file that the approvers sign.

    Args:
        folder: The authority's folder.
        entry: The entry's index; may be given more than once.
        field: A field to open, in each of the entries; or 17:name for entry 17 only. May be given more than once.
        basis: The legal basis, as a code of the policy, e.g. court_order.
        citation: Its citation. It becomes public with the disclosure.
        document: The document itself; only its SHA-256 is recorded.
        purpose: What for. It stays sealed.
        expires: Until when (an instant or a date); without it, as many days from now as --days says (7).
        days: For how many days.
        party: Who asks, e.g. party:auditor; without it, the authority itself.
        role: In which role they ask; without it, those that they hold here, or else as an auditor.
        output: The file to write.
    """
    digest = _digest_of(document)
    with target(output) as put, Authority.open(folder) as authority:
        until = instant(expires) if expires else authority.house().now + timedelta(days=days)
        caller = _asking(authority, party, role)
        body = authorising.drafted(
            authority, _asked(entry, field), requester=caller.party, purpose=purpose, expires=until,
            basis={"code": basis, "citation": citation, "document_sha256": digest},
        )  # fmt: skip
        receipt, text = authorising.request(authority, body, caller)
        policy, _ = authorisations.policy_for(authority.reader, body["action"])
        needed = authorisations.needs(policy)
        try:
            put(text)
        except OSError:
            err(
                f"The request stands recorded as entry {receipt.index}; without its file nobody can sign it. Ask again."
            )
            raise
    out(authorisations.request_id(text))
    err(f"Recorded as entry {receipt.index}. {output} is what the approvers sign: it needs {needed}.")


def sign(file: Path, /, *, key: Path, output: MaybeOutput = None, yes: bool = False) -> int:
    """Say in plain words what a request asks for, and sign it. Needs the file and the key, and no network.

    Args:
        file: The request file; signatures of others that it holds are kept.
        key: Your secret key, as `weal access key` wrote it.
        output: The file to write; without it, the same file.
        yes: Do not ask.
    """
    text, lines = authorisations.open_file(_bytes(file))
    body = authorisations.read_text(text)
    signer = authorisations.read_signing_key(_bytes(key).decode("utf-8", "replace"))
    for line in authorisations.in_words(body):
        err(line)
    err(f"Signing as {signer.name}.")
    if not yes and not _agreed():
        err("Nothing was signed.")
        return 1
    mine = authorisations.sign(text, signer)
    lines = [line for line in lines if line != mine] + [mine]
    with target(output or file) as put:
        put(authorisations.note_of(text, lines))
    err(f"Signed: {output or file} holds {len(lines)} signature{'s' if len(lines) != 1 else ''}.")
    return 0


def submit(folder: Path, file: Path, /, *, party: As = "") -> None:
    """Record the signatures that a request file holds, and say how the request stands.

    Args:
        folder: The authority's folder.
        file: The signed request file.
        party: Who hands it in; without it, the authority itself.
    """
    with Authority.open(folder) as authority:
        row = authorising.submit(authority, _bytes(file), _caller(party))
        _said(authorising.status(authority, row))


def list_(folder: Path, /, *, json: bool = False) -> None:
    """Every request, newest first, and how it stands.

    Args:
        folder: The authority's folder.
        json: Answer in JSON, for programs.
    """
    with Authority.open(folder) as authority:
        found = [authorising.status(authority, row) for row in authorisations.requests(authority.reader)]
        sight.log_told(authority, OPERATOR, "weal access list", {item["entry"]: () for item in found})
    if json:
        as_json(found)
        return
    rows = [
        (item["id"][:16], item["state"], item["request"]["requester"], item["request"]["basis"]["code"],
         ", ".join(one["organisation"] for one in item["approved_by"]), item["expires"], item["used"] or "")
        for item in found
    ]  # fmt: skip
    table("", ("request", "state", "asked by", "basis", "approved by", "good until", "disclosed as"), rows)


def status(folder: Path, request: str, /, *, json: bool = False) -> None:
    """How one request stands: who has approved, what is missing, until when.

    Args:
        folder: The authority's folder.
        request: The request's id, or its first eight digits or more.
        json: Answer in JSON, for programs.
    """
    with Authority.open(folder) as authority:
        authority.follow()
        found = authorising.status(authority, authorisations.find(authority.reader, request))
        sight.log_told(authority, OPERATOR, "weal access status", {found["entry"]: ()})
    if json:
        as_json(found)
    else:
        _said(found)


def open_(folder: Path, request: str, /, *, party: As = "", output: Output) -> None:
    """Open what was authorised: record the disclosure, then write the fields with everything that proves it.

    Args:
        folder: The authority's folder.
        request: The request's id, or its first eight digits or more.
        party: The party that asked; without it, the authority itself.
        output: The file to write, readable by its owner only. `weal access verify FILE --vkey KEY` checks it.
    """
    caller = _caller(party)
    with target(output, secret=True) as put, Authority.open(folder) as authority:
        witnessed = authority.witnesses.wanted
        try:
            found = authorising.opened(authority, request, caller)
            read = {shown["index"]: shown["fields"] for shown in found["presentations"]}
            sight.log_told(authority, caller, "weal access open", read)
            put(json_module.dumps(found, ensure_ascii=False, indent=1) + "\n")
        except (CommonwealError, OSError):
            _disclosed_all_the_same(authority, request, caller)
            raise
    err(f"Recorded in public as entry {found['use']['entry']}; the fields are in {output}.")
    if not witnessed:
        err("This log asks no witnesses: that the approval came first rests on the authority's own signature.")


def verify(
    file: Path, /, *, vkey: str, policy: Path | None = None, keys: Path | None = None, json: bool = False
) -> None:
    """Check offline what a court checks: request, signatures, quorum, and that the approval came before the release.

    Exits 0 when it verifies, 1 when it does not, with every reason.

    Args:
        file: The file that `weal access open` wrote.
        vkey: The log's verifier key, as the authority publishes it.
        policy: A policy file (c2sp.org/tlog-policy): its quorum of witnesses must have cosigned the grant beforehand.
        keys: The log's list of keys (/api/v1/log-keys), followed from the key given: where it changed its key since.
        json: Answer in JSON, for programs.
    """
    data = read_json(_bytes(file), bytes_max=FILE_BYTES_MAX)
    if not isinstance(data, dict) or data.get("format") != authorisations.EVIDENCE:
        raise BadInput(Fault(file.name, "(another format)", f"a JSON file of {authorisations.EVIDENCE}"), "evidence")
    required = Policy.parse(_bytes(policy)[: POLICY_BYTES_MAX + 1], str(policy)) if policy else None
    ring: str | Keyring = vkey
    try:
        if keys:
            ring = proved_keyring(read_json(_bytes(keys), bytes_max=LOG_KEYS_BYTES_MAX), vkey, required)
    except RecordFault as error:
        raise BadInput(Fault(f"--keys: {error.where}", error.problem, "keys proved from --vkey"), "evidence") from error
    found = authorisations.verify_evidence(data, ring, policy=required)
    if json:
        as_json(found.as_dict())
        return
    out(f"{file} verifies: request {found.request_sha256} of the log {found.request['log']}.")
    out(f"  basis     {found.request['basis']['code']}: {found.request['basis']['citation']}")
    for item in found.approved_by:
        out(f"  approved  {item.organisation} (entry {item.entry}, {stamp(item.at)}, key {item.key})")
    out(f"  granted   entry {found.granted}, {stamp(found.granted_at)}")
    for name in found.witnessed:
        out(f"  witnessed by {name} before it was used")
    out(f"  used      entry {found.used}, {stamp(found.used_at)}; good until {found.request['expires']}")
    for index, fields in found.fields.items():
        for name, value in fields.items():
            out(f"  entry {index}  {name} = {value!r}")
    if not required:
        out("Not checked: witnesses. Give --policy with witnesses that you know.")


# ── files and answers ───────────────────────────────────────────────────────────────────────────────────────────────


def _said(found: dict[str, Any]) -> None:
    out(f"{found['state']}: request {found['id']}")
    for line in authorisations.in_words(found["request"])[:-2]:
        out(f"  {line}")
    for item in found["approved_by"]:
        out(f"  approved by {item['organisation']} on {item['at']} (entry {item['entry']})")
    out(f"  needs {found['needs']}")
    if found["grant_witnessed"] is False:
        out("  granted, and waits for the witnesses of this log")
    if found["used"] is not None:
        out(f"  disclosed as entry {found['used']} on {found['used_at']}")


def _disclosed_all_the_same(authority: Authority, request: str, caller: Caller) -> None:
    """Where the disclosure was recorded and the fields could not be handed over, says so, and how to get them."""
    authority.follow()
    row = next((row for row in authorisations.requests(authority.reader) if row["id"].startswith(request)), None)
    if row is None or row["used"] is None or row["requester"] != caller.party:
        return
    party = "" if caller.party == OPERATOR.party else f" --as {caller.party}"
    err(f"The disclosure stands in the public record as entry {row['used']}, although no file was written.")
    again = f"weal access open DIR {row['id'][:16]}{party} -o FILE"
    err(f"Until {row['expires']} the fields can be fetched again: {again}")


def _caller(party: str) -> Caller:
    return Caller(party, ("auditor",)) if party and party != OPERATOR.party else OPERATOR


def _asking(authority: Authority, party: str, role: str) -> Caller:
    """Who asks, in a role that they name, or in those that they hold here and in which anybody may ask."""
    caller = _caller(party)
    if caller is OPERATOR:
        return caller
    person = persons.person_of(authority.reader, party)
    held = persons.standing(authority.reader, person["person"], authority.house().now).roles if person else ()
    able = tuple(one for one in held if one in authorisations.REQUESTED.files)
    return Caller(party, (role,) if role else able or caller.roles)


def _asked(entries: tuple[int, ...], fields: tuple[str, ...]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {index: [] for index in entries}
    for item in fields:
        index, colon, name = item.rpartition(":")
        if not colon:
            for names in found.values():
                names.append(item)
        elif index.isascii() and index.isdigit() and int(index) in found:
            found[int(index)].append(name)
        else:
            raise BadInput(Fault("--field", item, "name, or ENTRY:name with an entry given by --entry"), "request")
    return found


def _agreed() -> bool:
    if not sys.stdin.isatty():
        err("Give --yes to sign without being asked, or sign at a terminal.")
        return False
    err("Type yes to sign: ")
    return sys.stdin.readline().strip().lower() == "yes"


def _digest_of(path: Path) -> str:
    if not path.is_file():
        raise NotFound("file", path)
    if path.stat().st_size > DOCUMENT_BYTES_MAX:
        raise TooLarge(Fault(path.name, f"{path.stat().st_size} bytes", f"at most {DOCUMENT_BYTES_MAX}"), "document")
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _bytes(path: Path) -> bytes:
    if not path.is_file():
        raise NotFound("file", path)
    with path.open("rb") as stream:
        data = stream.read(FILE_BYTES_MAX + 1)
    if len(data) > FILE_BYTES_MAX:
        want = f"at most {FILE_BYTES_MAX} bytes"
        raise TooLarge(Fault(path.name, f"over {FILE_BYTES_MAX} bytes", want, "too_large"), "file")
    return data
