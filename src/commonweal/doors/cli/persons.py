"""`weal person`: joiners, movers, leavers, and who exercises whose role."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from commonweal import sight, staffing
from commonweal.acceptance import Caller
from commonweal.authority import OPERATOR, Authority
from commonweal.kernel import persons
from commonweal.kernel.values import BadInput, CommonwealError, Fault, Forbidden, instant, stamp
from commonweal.witnessing import Receipt

from .keys import show_invitation, spoken_for
from .moments import A_MOMENT, Moment, UnreadMoment, is_moment
from .opening import FIRST_ROLES
from .out import WrongUse, as_json, err, out, table

Many = Annotated[tuple[str, ...], Parameter(negative="")]
_OPTIONS = ("name", "organisation", "since", "until", "on", "to", "note")
Switch = Annotated[bool, Parameter(negative="")]


def add_to(app: App) -> None:
    text = (
        "People and their roles, with dates: join, move, leave, delegate, revoke, invite, appoint, recover, confirm, "
        "list, show."
    )
    group = App(name="person", help=text, help_format="plaintext")
    group.command(list_, name="list")
    for command in (join, move, leave, delegate, revoke, invite, appoint, recover, confirm, show):
        group.command(command)
    app.command(group)


def join(
    folder: Path,
    party: str,
    /,
    *,
    name: str,
    organisation: str,
    role: Many,
    since: UnreadMoment = "",
    until: UnreadMoment = "",
    note: str = "",
    invite: Switch = False,
) -> None:
    """Record that somebody begins here, and print their number; with --invite, a link for a key of their own too.

    Args:
        folder: The authority's folder.
        party: Under which party they act, e.g. party:jane-doe: one party a person. It stays sealed.
        name: Their name. It stays sealed.
        organisation: The body for which they act, e.g. authority or ministry-of-labour.
        role: A role they hold: officer, auditor, authority (who administers people) and so on; may be repeated.
        since: The date or instant from which they hold it (now). A date is its first moment in UTC.
        until: The date or instant at which they hold it no longer (without end, unless said).
        note: Why, or on what decision. It stays sealed.
        invite: Print a link, good once within seven days, with which they make a key on their own device.
    """
    with _in_one_answer(since=since, until=until), Authority.open(folder) as authority:
        authority.follow()
        before = persons.person_of(authority.reader, party)
        number = before["person"] if before else staffing.new_person()
        named = spoken_for(authority, organisation)
        if before is None:
            _say_what_ends(authority, party, role)
        body = {"person": number, "party": party, "name": name, "organisation": named, "roles": list(role),
                **_dates(since, until), "note": note}  # fmt: skip
        _said(number, staffing.record(authority, persons.JOINED.id, body))
        if invite:
            _invited(authority, number)


def _say_what_ends(authority: Authority, party: str, roles: tuple[str, ...]) -> None:
    """Say which roles a party loses whose keys decided so far: whom the record names holds what it says alone."""
    keys = [key for key in authority.access.issued() if key.party == party and key.revoked is None]
    first = FIRST_ROLES if party in authority.settings.imprint.administrators else ()
    lost = sorted({role for key in keys for role in key.roles} | set(first) - {persons.FOLLOWS})
    if lost := [role for role in lost if role not in roles]:
        err(
            f"From now on {party} holds what the record says, and no longer what a key or first link said: "
            f"{', '.join(lost)}. If that is not meant: `weal person move DIR {party} --role …` with every role."
        )


def move(
    folder: Path,
    person: str,
    /,
    *,
    organisation: str,
    role: Many,
    since: UnreadMoment = "",
    until: UnreadMoment = "",
    note: str = "",
) -> None:
    """Record that somebody changes to other roles or another organisation; what they held ends as it begins.

    Args:
        folder: The authority's folder.
        person: Their number, or the party under which they act.
        organisation: The body for which they act from then on.
        role: A role they hold from then on; may be given more than once.
        since: The date or instant from which they hold it (now).
        until: The date or instant at which they hold it no longer (without end, unless said).
        note: Why. It stays sealed.
    """
    more = {"organisation": organisation, "roles": list(role), **_dates(since, until), "note": note}
    with _in_one_answer(since=since, until=until):
        _recorded(folder, persons.MOVED.id, person, more)


def leave(folder: Path, person: str, /, *, on: Moment = "", note: str = "") -> None:
    """Record that somebody leaves. Now: their keys and sessions end at once; on a day to come, they end by themselves.

    Args:
        folder: The authority's folder.
        person: Their number, or the party under which they act.
        on: The date or instant at which they hold nothing any more (now).
        note: Why. It stays sealed.
    """
    _recorded(folder, persons.LEFT.id, person, {**({"on": on} if on else {}), "note": note})


def delegate(
    folder: Path, person: str, /, *, to: str, role: Many, until: UnreadMoment, since: UnreadMoment = "", note: str = ""
) -> None:
    """Let another person of the same organisation exercise roles of somebody for a time, who does not meanwhile.

    Args:
        folder: The authority's folder.
        person: Whose roles: their number, or the party under which they act.
        to: Who exercises them: their number, or party. They cannot lend them on.
        role: The role; may be given more than once.
        until: The date or instant at which it ends.
        since: The date or instant from which it holds (now).
        note: Why. It stays sealed.
    """
    with _in_one_answer(since=since, until=until), Authority.open(folder) as authority:
        authority.follow()
        other = persons.person(authority.reader, to)["person"]
        body = {"to": other, "roles": list(role), **_dates(since, until), "note": note}
        number = persons.person(authority.reader, person)["person"]
        receipt = staffing.record(authority, persons.DELEGATED.id, {"person": number, **body})
        _said(number, receipt)
        err(f"`weal person revoke DIR {receipt.index}` ends it before its time.")


def revoke(folder: Path, delegation: int, /, *, note: str = "") -> None:
    """End a delegation now.

    Args:
        folder: The authority's folder.
        delegation: The number of its entry, as `weal person show` gives it.
        note: Why. It stays sealed.
    """
    with Authority.open(folder) as authority:
        authority.follow()
        number = persons.lender(authority.reader, delegation)
        body = {"person": number, "delegation": delegation, "note": note}
        _said(number, staffing.record(authority, persons.REVOKED.id, body))


def invite(folder: Path, person: str, /, *, key_file: Path | None = None) -> None:
    """Print a link, good once, with which a person makes a key on their own device: it opens what they hold, no more.

    Whom two administrators let in (who was recovered, who is an administrator) needs the link of each.

    Args:
        folder: The authority's folder.
        person: Their number, or the party under which they act.
        key_file: A file with your own access key, which says who invites; - reads it from the standard input. Without
            it whoever runs the machine does, whose link is enough, and the record says so.
    """
    with Authority.open(folder) as authority:
        authority.follow()
        _invited(authority, person, holder(authority, key_file) if key_file else OPERATOR)


def appoint(
    folder: Path,
    party: str,
    /,
    *,
    name: str,
    organisation: str,
    role: Many,
    key_file: Path,
    since: UnreadMoment = "",
    until: UnreadMoment = "",
    note: str = "",
) -> None:
    """Ask, as an administrator, that somebody become (or stay) one. Another administrator confirms it in seven days.

    Args:
        folder: The authority's folder.
        party: Under which party they act, e.g. party:jane-doe. It stays sealed.
        name: Their name. It stays sealed.
        organisation: The body for which they act.
        role: A role they hold; authority among them; may be given more than once.
        key_file: A file with your own access key, which says who asks; - reads it from the standard input.
        since: The date or instant from which they hold it (when it is confirmed).
        until: The date or instant at which they hold it no longer (without end, unless said).
        note: Why, or on what decision. It stays sealed.
    """
    with _in_one_answer(since=since, until=until), Authority.open(folder) as authority:
        authority.follow()
        caller = holder(authority, key_file)
        before = persons.person_of(authority.reader, party)
        number = before["person"] if before else staffing.new_person()
        last = stamp(authority.house().now + persons.OPEN_MAX)
        named = spoken_for(authority, organisation)
        body = {"person": number, "party": party, "name": name, "organisation": named, "roles": list(role),
                **_dates(since, until), "note": note, "confirm_by": last}  # fmt: skip
        receipt = staffing.record(authority, persons.APPOINTMENT_ASKED.id, body, caller)
        _said(number, receipt)
        err(f"Another administrator confirms it: `weal person confirm DIR {receipt.index} --key-file FILE`.")


def recover(folder: Path, person: str, /, *, key_file: Path, until: Moment = "", note: str = "") -> None:
    """Ask, as an administrator, that somebody who lost their device be let in anew. Another administrator confirms it.

    Args:
        folder: The authority's folder.
        person: Who is recovered: their number, or the party under which they act.
        key_file: A file with your own access key, which says who asks; - reads it from the standard input.
        until: The date or instant at which it is too late to confirm (in seven days, which is the longest).
        note: How you know that it is them. It stays sealed.
    """
    with Authority.open(folder) as authority:
        authority.follow()
        caller = holder(authority, key_file)
        number = persons.person(authority.reader, person)["person"]
        now = authority.house().now
        last = instant(until) if until else now + persons.OPEN_MAX
        body = {"person": number, "until": stamp(last), "note": note}
        receipt = staffing.record(authority, persons.RECOVERY_ASKED.id, body, caller)
        _said(number, receipt)
        err(f"Another administrator confirms it: `weal person confirm DIR {receipt.index} --key-file FILE`.")


def confirm(folder: Path, asked: int, /, *, key_file: Path, note: str = "") -> None:
    """Confirm a recovery or an appointment that another administrator asked for, and print a link for a new key.

    A recovery ends every key of who is recovered. Who is appointed and has a key already needs no link.

    Args:
        folder: The authority's folder.
        asked: The number of the entry that asks for it.
        key_file: A file with your own access key, which says who confirms; - reads it from the standard input.
        note: How you know that it is them, or why. It stays sealed.
    """
    with Authority.open(folder) as authority:
        authority.follow()
        caller = holder(authority, key_file)
        kind, person = staffing.asked(authority, asked)
        named = "appointment" if kind == persons.APPOINTMENT_CONFIRMED.id else "recovery"
        receipt = staffing.record(authority, kind, {"person": person, named: asked, "note": note}, caller)
        _said(person, receipt)
        if staffing.standing_key(authority, staffing.member(authority, person).row) is None:
            _invited(authority, person, caller)


def list_(folder: Path, /, *, at: Moment = "", json: bool = False) -> None:
    """Everybody, and what they may do now or at another instant.

    Args:
        folder: The authority's folder.
        at: The date or instant (now).
        json: Answer in JSON, for programs.
    """
    with Authority.open(folder) as authority:
        members = staffing.members(authority, instant(at) if at else None)
        _told(authority, "weal person list", members)
        found = [one.as_dict() for one in members]
    if json:
        as_json(found)
        return
    rows = [
        (one["person"], one["name"], one["party"], one["organisation"], ", ".join(one["roles"]), _lending(one))
        for one in found
    ]
    table("", ("person", "name", "party", "organisation", "may act as", "delegations"), rows)


def show(folder: Path, person: str, /, *, json: bool = False) -> None:
    """Everything one person ever held, lent and exercised, with the entries that say so.

    Args:
        folder: The authority's folder.
        person: Their number, or the party under which they act.
        json: Answer in JSON, for programs.
    """
    with Authority.open(folder) as authority:
        found = staffing.member(authority, person)
        history = persons.history(authority.reader, found.row["person"])
        _told(authority, "weal person show", [found])
    if json:
        as_json({**found.as_dict(), **history})
        return
    out(f"{found.row['person']}: {found.row['name']} ({found.row['party']})")
    out(f"  now    {', '.join(found.standing.roles) or 'holds nothing'}")
    for post in history["posts"]:
        out(f"  held   {', '.join(post['roles'])} for {post['organisation']}: {_span(post)} (entry {post['entry']})")
    for words, key, rows in (("lent", "to", history["lent"]), ("used", "person", history["exercised"])):
        for row in rows:
            out(f"  {words}   {', '.join(row['roles'])} {key} {row[key]}: {_span(row)} (entry {row['entry']})")


def _told(authority: Authority, door: str, members: Iterable[staffing.Member]) -> None:
    """Write down whose names are about to be told."""
    told: dict[int, tuple[str, ...]] = {}
    for one in members:
        if one.row["named"] is not None:
            told[one.row["named"]] = ("name",)
        told[one.row["joined"]] = (*told.get(one.row["joined"], ()), "party")
    sight.log_told(authority, OPERATOR, door, told)


def _recorded(folder: Path, kind: str, person: str, more: dict[str, Any]) -> None:
    with Authority.open(folder) as authority:
        authority.follow()
        number = persons.person(authority.reader, person)["person"]
        if "organisation" in more:
            more["organisation"] = spoken_for(authority, more["organisation"])
        _said(number, staffing.record(authority, kind, {"person": number, **more}))


def holder(authority: Authority, key_file: Path) -> Caller:
    """Whom an access key speaks for. Raises `BadInput`, `Forbidden`."""
    try:
        token = (sys.stdin.read() if str(key_file) == "-" else key_file.read_text("utf-8")).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            Fault("key-file", str(key_file), "a file that can be read, with an access key", "file")
        ) from error
    found = authority.access.caller_of(token)
    if ended := authority.access.ran_out(token):
        raise Forbidden(f"that access key is right, but it ran out at {ended}: issue another")
    if found is None or "file" not in found.scopes:
        raise Forbidden("that access key is unknown, wrong, expired or revoked, or may not file")
    return Caller(found.party, found.roles, found.organisation)


def _said(number: str, receipt: Receipt) -> None:
    out(number)
    err(f"Recorded as entry {receipt.index}{' (it was before)' if receipt.again else ''}.")


def _invited(authority: Authority, person: str, caller: Caller = OPERATOR) -> None:
    found = staffing.member(authority, person)
    until = datetime.now(UTC) + staffing.INVITED_FOR
    code = staffing.invite(authority, found, until, caller)
    show_invitation(authority, code, found.row["party"], until)
    if not staffing.halved(authority, found, caller):
        return
    if staffing.complete(authority, found, caller):
        err("This is half of it; another administrator gave the other already, and both are typed in.")
    else:
        err(f"This is half of it: another administrator gives them the other, `weal person invite DIR {person} "
            "--key-file FILE`.")  # fmt: skip


def _dates(since: str, until: str) -> dict[str, str]:
    """Two options as an act has them; what is no moment stays as it is, for the act to be refused for it."""
    given = {"since": since, "until": until}
    return {name: stamp(instant(text)) if is_moment(text) else text for name, text in given.items() if text}


@contextmanager
def _in_one_answer(**moments: str) -> Iterator[None]:
    """Tell faults of an act under the names of options, and with them what is no moment, whatever else is wrong."""
    wrong = [Fault(f"--{name}", text, A_MOMENT, "moment") for name, text in moments.items()
             if text and not is_moment(text)]  # fmt: skip
    try:
        yield
    except BadInput as error:
        said = {one.where for one in wrong}
        named = [replace(one, where=_option(one.where)) for one in error.faults]
        more = [one for one in named if one.where not in said]
        raise (WrongUse if wrong else type(error))([*wrong, *more], error.about) from error
    except CommonwealError as error:
        if not wrong:
            raise
        raise WrongUse(wrong, "person") from error
    if wrong:
        raise WrongUse(wrong, "person")


def _option(where: str) -> str:
    """`roles.0` → `--role`; what is no option stays."""
    name = where.partition(".")[0]
    return {"roles": "--role"}.get(name) or (f"--{name}" if name in _OPTIONS else where)


def _span(row: dict[str, Any]) -> str:
    if row["since"] == row["until"]:
        return "never (it was ended before it began)"
    return f"{row['since']} to {row['until'] or '…'}"


def _lending(one: dict[str, Any]) -> str:
    lent = [f"{role} lent to {who}" for role, who in one["lent_to"].items()]
    return "; ".join([*lent, *(f"{role} for {who}" for role, who in one["exercises_for"].items())])
