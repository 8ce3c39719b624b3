"""`weal credential` and `weal present`: standing and chosen fields that strangers can check."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from cyclopts import App, Parameter
from cyclopts.validators import Number

from commonweal import attestations, reaching, sight
from commonweal.acceptance import Caller
from commonweal.authority import OPERATOR, Authority
from commonweal.kernel import credentials, disclosure
from commonweal.kernel.credentials import Standing
from commonweal.kernel.instrument import Act
from commonweal.kernel.record import Policy
from commonweal.kernel.values import (
    BadInput,
    CommonwealError,
    Fault,
    NotFound,
    TooLarge,
    instant,
    read_json,
    stamp,
)

from .moments import Moment
from .out import as_json, err, out, table, target

FILE_BYTES_MAX = 8 << 20
FETCH_SECONDS = 20.0
Many = Annotated[tuple[str, ...], Parameter(negative="")]
Output = Annotated[Path | None, Parameter(name=["--output", "-o"])]
Seconds = Annotated[int, Parameter(validator=Number(gte=1, lte=86_400))]
State = Literal["suspended", "reinstated", "revoked"]


def add_to(app: App) -> None:
    group = App(name="credential", help="Credentials: list, show, request, change, verify, check.",
                help_format="plaintext")  # fmt: skip
    group.command(list_, name="list")
    for command in (show, request, change, verify, check):
        group.command(command)
    app.command(group)
    app.command(present)
    app.command(receipt)
    app.command(trusted_root, name="trusted-root")


def list_(folder: Path, /, *, subject: str = "", json: bool = False) -> None:
    """Every credential, newest first, with its state.

    Args:
        folder: The authority's folder.
        subject: Only those of this subject.
        json: Answer in JSON, for programs.
    """
    names = ("credential", "number", "subject", "state", "issued_at", "expires_at", "entry")
    with Authority.open(folder) as authority:
        rows = [{name: row[name] for name in names} for row in credentials.credentials(authority.reader, subject)]
    if json:
        as_json(rows)
    else:
        headings = ("type", "number", "subject", "state", "issued", "expires", "entry")
        table("", headings, [tuple(row.values()) for row in rows])


def show(folder: Path, subject: str, /, *, type: str = "", field: Many = (), output: Output = None) -> None:
    """Write the credential of a subject with everything that proves it: what a holder keeps and shows.

    Args:
        folder: The authority's folder.
        subject: Whose, e.g. model:example-1.
        type: Which type, where a subject has several.
        field: Show only these claims; may be given more than once.
        output: The file to write; without it, standard output.
    """
    with Authority.open(folder) as authority:
        found = attestations.evidence(authority, attestations.held(authority, subject, type), field)
    _written(found, output)


def request(folder: Path, subject: str, type: str, /, *, party: Annotated[str, Parameter(name="--as")] = "") -> None:
    """Ask for a credential, or for a new one in place of the one held, and print the receipt.

    Args:
        folder: The authority's folder.
        subject: For whom or what, e.g. model:example-1.
        type: The type, e.g. model_registration.certificate.
        party: Who asks; without it, the authority itself.
    """
    caller = Caller(party, ("developer",)) if party else OPERATOR
    key = f"request:{subject}:{type}:{time.time_ns()}"
    act = Act(credentials.REQUESTED.id, {"credential": type, "about": subject}, key, subject)
    with Authority.open(folder) as authority:
        receipt = authority.act(act, caller)
        authority.follow()
    as_json(receipt.as_dict())


def change(folder: Path, subject: str, to: State, /, *, reason: str, legal_basis: str = "", type: str = "") -> None:
    """Suspend, reinstate or revoke the credential a subject holds, and print the receipt.

    Args:
        folder: The authority's folder.
        subject: Whose.
        to: suspended, reinstated or revoked.
        reason: Why, as a code, e.g. court_order.
        legal_basis: On what basis.
        type: Which type, where a subject has several.
    """
    with Authority.open(folder) as authority:
        row = attestations.held(authority, subject, type)
        body = {"credential": row["credential"], "number": row["number"], "reason": reason}
        body |= {"legal_basis": legal_basis} if legal_basis else {}
        receipt = authority.act(Act(f"credential.{to}", body, f"change:{time.time_ns()}", subject))
        authority.follow()
    as_json(receipt.as_dict())


def verify(
    file: Path,
    /,
    *,
    vkey: str,
    status: Path | None = None,
    jwks: Path | None = None,
    proof: Path | None = None,
    policy: Path | None = None,
    require: Many = (),
    now: Moment = "",
    json: bool = False,
) -> int:
    """Say how a credential stands, offline. Exits 0 when it is valid, 1 when it is not, with every reason.

    Args:
        file: The holder's file (.json, as `weal credential show` writes it), or the credential alone (.sd-jwt).
        vkey: The log's verifier key, as the authority publishes it: all that has to be known beforehand.
        status: The newest status list token of its list.
        jwks: The issuer's keys; without it, those that the holder's file proves from the log.
        proof: The proof of issuance (.tlog-proof with its leaf), where the file does not hold it.
        policy: A policy file (c2sp.org/tlog-policy): its quorum of witnesses must have cosigned the proof's checkpoint.
        require: A claim that must be disclosed; may be given more than once.
        now: The instant to judge it at; without it, now.
        json: Answer in JSON, for programs.
    """
    found = _file(file)
    if proof is not None:
        found["proof"] = _bytes(proof).decode("utf-8", "replace")
    keys = read_json(_bytes(jwks), bytes_max=FILE_BYTES_MAX) if jwks else None
    token = _bytes(status).decode("ascii", "replace") if status else found.get("status_token")
    more = {"required": require, "policy": _policy(policy)}
    standing = attestations.checked(found, vkey, keys, status_token=token, now=_now(now), **more)
    return _said(standing, json)


def check(
    source: str,
    /,
    *,
    vkey: str,
    at: str = "",
    every: Seconds | None = None,
    times: Seconds = 86_400,
    policy: Path | None = None,
    require: Many = (),
    now: Moment = "",
    json: bool = False,
) -> int:
    """Fetch the newest status of a credential and verify it: what a provider of compute does before it relies on it.

    With `--every` it goes on asking and stops, with exit status 1, when the credential no longer stands.

    Args:
        source: The credential's address (…/api/v1/credentials/model:example-1), or the holder's file.
        vkey: The log's verifier key, as the authority publishes it.
        at: Where the authority is reached, when that is not the address in the credential.
        every: Ask again each so many seconds.
        times: How many times at most.
        policy: A policy file (c2sp.org/tlog-policy): its quorum of witnesses must have cosigned the proof's checkpoint.
        require: A claim that must be disclosed; may be given more than once.
        now: The instant to judge it at; without it, now.
        json: Answer in JSON, for programs.
    """
    remote = source.startswith(("https://", "http://"))
    if remote:
        found = credentials.evidence_of(_fetched(source))
        at = at or source.partition("/api/v1/")[0]
    else:
        found = _file(Path(source))
    newest, code = None, 0
    for number in range(times if every else 1):
        if number:
            time.sleep(every or 1)
        token = _newest_token(found, at)
        # What was seen once is never unseen: no older token is taken after a newer one.
        more = {"required": require, "policy": _policy(policy), "status_not_before": newest}
        standing = attestations.checked(found, vkey, None, status_token=token, now=_now(now), **more)
        newest = standing.status_as_of or newest
        code = _said(standing, json)
        if code:
            break
    return code


def _newest_token(found: dict[str, Any], at: str) -> str | None:
    """The status list as it is now; None (and the reason, on standard error) where it cannot be had."""
    try:
        return _fetched(_status_address(found, at)).decode("ascii", "replace")
    except CommonwealError as error:
        err(str(error))
        return None


def _status_address(found: dict[str, Any], at: str) -> str:
    """Where the list is fetched: the signed address in the credential, or the same path at another place."""
    address = str(found.get("status_list", ""))
    place, path, rest = address.partition("/api/v1/")
    if not path or urlsplit(place).scheme not in {"https", "http"}:
        raise BadInput(Fault("status_list", address, "the address of a status list", "malformed"), "credential file")
    return (at.rstrip("/") or place) + path + rest


def present(
    folder: Path,
    index: int,
    /,
    *,
    field: Many = (),
    audience: Literal["public", "peer", "auditor", "filer"] = "public",
    party: str = "",
    output: Output = None,
) -> None:
    """Show chosen fields of an entry so that anyone can check them against the log, and the rest stays closed.

    Args:
        folder: The authority's folder.
        index: The entry's index in the log.
        field: A field to show; may be given more than once. Without it, all that the audience may see.
        audience: For whom: public (the default), peer (a fellow authority), auditor, or filer (whoever filed it).
        party: For this party: besides, what it filed, is named for, or was authorised to see.
        output: The file to write; without it, standard output. `weal verify FILE --vkey KEY` checks it.
    """
    with Authority.open(folder) as authority:
        stored = authority.store.entry(index)
        who = disclosure.Audience.of(audience)
        if party:
            who = sight.audience(authority, Caller(party, (audience,)), stored.author, stored.subject, index)
        found = attestations.presentation(authority, index, who, field)
        seeing = sight.Sight(authority, Caller(party or OPERATOR.party, (audience,)), "weal present")
        seeing.reads(index, authority.kinds.get(stored.kind), found["fields"], who)
        seeing.logged()
    _written(found, output)


def receipt(folder: Path, index: int, /, *, bundle: bool = False, output: Output = None) -> None:
    """Print the receipt of an entry: its leaf, and the proof that it stands in the log.

    Args:
        folder: The authority's folder.
        index: The entry's index in the log.
        bundle: A Sigstore bundle instead, over the entry's leaf. The first time, the authority's signature over
            that leaf is recorded as an entry of its own.
        output: The file to write; without it, standard output.
    """
    with _answer(output) as put, Authority.open(folder) as authority:
        if not bundle:
            put(authority.receipt(index).as_dict())
            return
        signed = attestations.sign_for_sigstore(authority, index)
        try:
            put(attestations.bundle(authority, index))
        except (CommonwealError, OSError):
            err(f"The signature stands recorded as entry {signed}; the same command gives the bundle again.")
            raise


def trusted_root(folder: Path, /, *, output: Output = None) -> None:
    """Print this log as Sigstore's trusted root, with which the bundles of `weal receipt --bundle` are checked.

    Args:
        folder: The authority's folder.
        output: The file to write; without it, standard output.
    """
    with Authority.open(folder) as authority:
        found = attestations.trusted_root(authority)
    _written(found, output)


def presented_in(data: bytes) -> dict[str, Any] | None:
    """The presentation that a JSON file holds; None where it holds something else."""
    found = read_json(data, bytes_max=FILE_BYTES_MAX)
    return found if isinstance(found, dict) and "sd_jwt" in found else None


def verify_presented(found: dict[str, Any], vkey: str, policy: Policy | None = None) -> int:
    """Say what a presentation shows, checked offline against its proof. Raises `BadInput` naming what is wrong."""
    if not vkey:
        raise BadInput(Fault("--vkey", "(absent)", "the verifier key that the authority publishes"), "verify")
    proof, text = str(found.get("proof", "")).encode(), str(found["sd_jwt"])
    shown = disclosure.verify_presentation(text, proof, vkey, policy=policy)
    out(f"Verifies: entry {shown.index} of the log {shown.origin}, in its tree of {shown.size} entries.")
    out(f"  kind      {shown.kind}\n  recorded  {shown.time}")
    for name, value in shown.fields.items():
        out(f"  field     {name} = {value!r}")
    return 0


# ── files and answers ───────────────────────────────────────────────────────────────────────────────────────────────


def _written(found: dict[str, Any], output: Path | None) -> None:
    with _answer(output) as put:
        put(found)


@contextmanager
def _answer(output: Path | None) -> Iterator[Callable[[dict[str, Any]], None]]:
    """Where an answer goes; a file is tried before anything is done for it."""
    if output is None:
        yield as_json
        return
    import json

    with target(output) as put:
        yield lambda found: put(json.dumps(found, ensure_ascii=False, indent=1) + "\n")
    err(f"Written to {output}.")


def _bytes(path: Path) -> bytes:
    if not path.is_file():
        raise NotFound("file", path)
    with path.open("rb") as stream:
        data = stream.read(FILE_BYTES_MAX + 1)
    if len(data) > FILE_BYTES_MAX:
        want = f"at most {FILE_BYTES_MAX} bytes"
        raise TooLarge(Fault(path.name, f"over {FILE_BYTES_MAX} bytes", want, "too_large"), "file")
    return data


def _file(path: Path) -> dict[str, Any]:
    data = _bytes(path)
    if data.lstrip().startswith(b"{"):
        return credentials.evidence_of(data)
    return {"credential": data.decode("ascii", "replace").strip()}


def _policy(path: Path | None) -> Policy | None:
    return Policy.parse(_bytes(path)) if path else None


def _now(text: str) -> datetime:
    return instant(text) if text else datetime.now(UTC)


def _said(standing: Standing, json: bool) -> int:
    if json:
        as_json(standing.as_dict())
        return 0 if standing.valid else 1
    as_of = f", status as of {stamp(standing.status_as_of)}" if standing.status_as_of else ""
    ends = f", good until {stamp(standing.expires_at)}" if standing.expires_at else ""
    out(f"{standing.state}: {standing.subject or '(no subject)'}{as_of}{ends}")
    for name, value in standing.claims.items():
        out(f"  {name}: {value}")
    if standing.entry is not None:
        out(f"  issued as entry {standing.entry} of the log {standing.origin}")
    for fault in standing.faults:
        err(f"  {fault}")
    return 0 if standing.valid else 1


def _fetched(address: str) -> bytes:
    """A small file over HTTP, redirects not followed. Raises `Busy` or `Lasting` where it cannot be had."""
    import httpx

    pieces: list[bytes] = []
    try:
        with httpx.stream("GET", address, timeout=FETCH_SECONDS, headers={"Cache-Control": "no-cache"}) as answer:
            if answer.status_code != 200:
                raise reaching.refusal(answer.status_code, address)
            for piece in answer.iter_bytes():
                pieces.append(piece)
                if sum(map(len, pieces)) > FILE_BYTES_MAX:
                    want = f"at most {FILE_BYTES_MAX} bytes"
                    raise TooLarge(Fault(address, f"over {FILE_BYTES_MAX} bytes", want, "too_large"), "answer")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise reaching.failure(error, address) from error
    return b"".join(pieces)
