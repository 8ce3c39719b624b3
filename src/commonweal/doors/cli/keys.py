"""`weal key`: who may come in, through the API and at the portal."""

from __future__ import annotations

import importlib
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from commonweal import staffing
from commonweal.authority import Authority
from commonweal.imprint import PARTY
from commonweal.kernel import protocols
from commonweal.kernel.values import BadInput, FaultCollector, NotFound, instant, nearest, stamp
from commonweal.settings import PORT

from .moments import Moment
from .out import as_json, err, out, table

INVITED_FOR = timedelta(days=7)
LOCAL = f"http://localhost:{PORT}"
NO_ADDRESS = (
    f"authority.toml names no public_url, so the link leads to {LOCAL}, where `weal serve` answers on this machine "
    "unless it is told another --port. Put the address of your service in its place, or set public_url and invite anew."
)
Many = Annotated[tuple[str, ...], Parameter(negative="")]


def add_to(app: App) -> App:
    text = "Keys of callers: issue, invite, list, revoke. Its own: custody, signing, rotate, withdraw, lost."
    group = App(name="key", help=text, help_format="plaintext")
    group.command(issue)
    group.command(invite)
    group.command(list_, name="list")
    group.command(revoke)
    app.command(group)
    return group


def issue(
    folder: Path,
    party: str,
    /,
    *,
    role: Many = ("developer",),
    scope: Many = ("file", "observe", "read"),
    expires: Moment = "",
    rate: float = 50.0,
    label: str = "",
    organisation: str = "",
    public_key: Path | None = None,
) -> None:
    """Issue a bearer key to a party (printed once, then nowhere), or register its Ed25519 public key.

    Args:
        folder: The authority's folder.
        party: For whom, e.g. party:example-lab.
        role: In which role it may file and read: developer (the default), observer, officer, auditor, court, peer
            (a fellow authority) and so on; may be given more than once.
        scope: What it may do: file, observe, read (all three unless said), and program where it is for programs: it
            then signs nobody in, and opens the API for somebody who has a passkey; may be given more than once.
        expires: The date or instant it ends.
        rate: Requests a second it may make on average (50).
        label: A note for the list.
        organisation: The body for which it speaks: a registered one, whose duties it then sees, e.g.
            organisation:example-lab, or one that approves steps of cases, e.g. ministry-of-labour; without it, none.
        public_key: A file with the party's Ed25519 public key in base64: requests signed with it (RFC 9421) are let in.
    """
    until = instant(expires) if expires else None
    with Authority.open(folder) as authority:
        _check_holder(authority, party, role)
        more: dict[str, Any] = {"rate_per_s": rate, "label": label, "organisation": spoken_for(authority, organisation)}
        if public_key is None:
            out(authority.access.issue_key(party, role, scope, until, **more))
            err("This is the only time the key is shown. Send it as `Authorization: Bearer <key>`.")
            return
        if not public_key.is_file():
            raise NotFound("file", public_key)
        text = public_key.read_text("ascii", "replace").strip()
        out(authority.access.register_public_key(party, text, role, scope, until, **more))
        err("That is the key's id: sign with keyid set to it.")


def invite(
    folder: Path,
    party: str,
    /,
    *,
    role: Many = ("officer",),
    scope: Many = ("file", "read"),
    expires: Moment = "",
    key_expires: Moment = "",
    label: str = "",
    organisation: str = "",
    qr: bool = True,
) -> None:
    """Print a link, good once, with which a person makes a key of their own on their phone and signs in at the portal.

    Args:
        folder: The authority's folder.
        party: For whom, e.g. party:jane-doe: one party a person, as each person decides once.
        role: In which role they act: officer (the default), and so on; may be given more than once.
        scope: What they may do: file, observe, read (file and read unless said); may be given more than once.
        expires: The date or instant until which the link is good (seven days from now).
        key_expires: The date or instant at which the key made with it ends (never, unless said).
        label: A note for the list of keys.
        organisation: The body for which they speak: a registered one, whose duties they then see, e.g.
            organisation:example-lab, or one that approves steps of cases, e.g. ministry-of-labour; without it, none.
        qr: Show the link as a QR code too, at a terminal with the package segno (`pip install 'commonweal[qr]'`).
    """
    with Authority.open(folder) as authority:
        _check_holder(authority, party, role)
        until = instant(expires) if expires else datetime.now(UTC) + INVITED_FOR
        ends = instant(key_expires) if key_expires else None
        named: dict[str, Any] = {
            "organisation": spoken_for(authority, organisation), "label": label, "key_expires": ends
        }  # fmt: skip
        code = authority.access.invite(party, role, scope, until, **named)
        show_invitation(authority, code, party, until, qr=qr)


def spoken_for(authority: Authority, organisation: str) -> str:
    """The body that an option names (`staffing.speaks_for`); what there is to say of it is said."""
    try:
        found, remark = staffing.speaks_for(authority, organisation)
    except BadInput as error:
        raise BadInput([replace(fault, where=f"--{fault.where}") for fault in error.faults]) from error
    if remark:
        err(remark)
    return found


def show_invitation(authority: Authority, code: str, party: str, until: datetime, *, qr: bool = True) -> None:
    """Print the link of an invitation, and as a QR code where that can be shown."""
    base = authority.settings.address
    link = invitation_link(base, code)
    out(link)
    err(f"Good once, until {stamp(until)}. Give it to {party} alone: whoever opens it first has the key.")
    if not base:
        err(NO_ADDRESS)
    if qr and sys.stdout.isatty():
        _show_qr(link)


def invitation_link(base: str, code: str) -> str:
    """Where a person makes a key with a code, which behind the # stays in the browser: no server or proxy sees it."""
    return f"{(base or LOCAL).rstrip('/')}/enrol#{code}"


def _show_qr(link: str) -> None:
    try:
        segno = importlib.import_module("segno")
    except ImportError:
        err("No QR code: `pip install 'commonweal[qr]'` adds the package that draws it.")
        return
    segno.make(link, error="m").terminal(compact=True)


def _check_holder(authority: Authority, party: str, roles: tuple[str, ...]) -> None:
    """Refuse a key for a party that nothing can name, or in a role that opens nothing."""
    faults = FaultCollector("API key")
    if not PARTY.fullmatch(party):
        faults.add("party", party, "an identifier like party:example-lab", "party")
    known = authority.roles_known()
    for role in roles:
        if role not in known:
            faults.add("--role", role, f"a role that there is, the nearest first: {nearest(role, known)}", "role")
    faults.done()


def list_(folder: Path, /, *, json: bool = False) -> None:
    """Every key ever issued, without its secret.

    Args:
        folder: The authority's folder.
        json: Answer in JSON, for programs.
    """
    with Authority.open(folder) as authority:
        found = authority.access.issued()
    if json:
        as_json([key.as_dict() for key in found])
        return
    rows = [
        (key.id, key.party, ", ".join(key.roles), ", ".join(key.scopes), key.organisation, key.issued,
         key.expires or "", key.revoked or "", key.label) for key in found
    ]  # fmt: skip
    table("", ("key", "party", "roles", "scopes", "organisation", "issued", "expires", "revoked", "label"), rows)


def revoke(folder: Path, key_id: str, /) -> None:
    """End a key now. Where it also signs approvals, it is withdrawn as an approver's too.

    Args:
        folder: The authority's folder.
        key_id: The key's id, as `weal key list` shows it.
    """
    with Authority.open(folder) as authority:
        withdrawn = authority.revoke_key(key_id)
        parties = {key.party for key in authority.access.issued() if key.id == key_id}
        left = [row for row in protocols.approvers(authority.reader) if row["party"] in parties]
        decided = protocols.doubted(authority.reader, key_id)
    out(f"Key {key_id} is revoked.")
    if withdrawn:
        out(f"It approves nothing any more: entry {withdrawn.index} of the record withdraws it.")
    for case in decided:
        err(f"{case}: a step was decided with this key. That stands until people decide otherwise: `weal case show`.")
    for row in left:
        key = row["key_id"]
        err(f"{row['party']} still approves with {key}: `weal approver withdraw DIR {key}` ends that.")
