"""Entries about people and what they may do here, and the tables of this room."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from pydantic import AfterValidator, Field

from commonweal.kernel.disclosure.kinds import PERSONAL, PUBLIC, Filing, Index, Kind, Marking
from commonweal.kernel.record.tables import Table
from commonweal.kernel.values import BadInput, Text, instant, stamp

NOUN = "person"
ADMINISTRATORS = ("authority",)
ANONYMOUS = "party:reporter-"
"""How the parties begin under which somebody files without a key (`forms/codes.py`): nobody is given one."""
RETENTION = "staff"
"""The class of what is only said about people and judges nothing: their names, and why something was recorded."""
HOLDERS = ("authority", "officer", "developer", "observer", "auditor", "peer", "court", "approver")


def _instant(value: str | None) -> str | None:
    try:
        return stamp(instant(value)) if value is not None else None
    except BadInput as error:
        raise ValueError(error.faults[0].want) from error


def _name(value: str | None) -> str | None:
    """A name that people can read: given at all, it has a letter and stands on one line."""
    if value is None:
        return None
    joiners = "\u200c\u200d"  # between the letters of names in Persian and in several scripts of India
    odd = next((ch for ch in value if not ch.isprintable() and ch not in joiners), None)
    if odd is not None:
        raise ValueError(f"a name on one line, without the character U+{ord(odd):04X}")
    if not any(ch.isalpha() for ch in value):
        raise ValueError("a name with at least one letter")
    return value


PersonId = Annotated[str, PUBLIC, Field(pattern=r"^person:[a-z0-9][a-z0-9.\-]{0,95}$")]
Code = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9:_.\-]{0,95}$")]
Roles = Annotated[list[Code], PUBLIC, Field(min_length=1, max_length=20)]
Instant = Annotated[str | None, PUBLIC, AfterValidator(_instant)]
Party = Annotated[str, Marking.AMBER_STRICT, Field(pattern=r"^party:[a-z0-9][a-z0-9:_.\-]{0,95}$")]
Name = Annotated[Annotated[str, Field(max_length=200)] | None, Marking.AMBER_STRICT, AfterValidator(_name)]
Note = Annotated[str, Marking.AMBER_STRICT, Field(max_length=2000)]


class Joined(Filing):
    """Somebody begins here: in these roles, for this organisation, from `since` (else from now) until `until`.

    `person` is a number without a meaning, which is public; the name, and under which party they act, are not. A date
    is taken as its first moment in UTC, and `until` is the first moment at which the roles are no longer held. The name
    is better said by `person.noted`, which can be erased when its time is over.
    """

    person: PersonId
    party: Annotated[Party, PERSONAL]
    name: Annotated[Name, PERSONAL] = None
    organisation: Annotated[Code, PUBLIC]
    roles: Roles
    since: Instant = None
    until: Instant = None
    note: Note = ""


class Moved(Filing):
    """Somebody changes to other roles or another organisation: what they held ends where this begins."""

    person: PersonId
    organisation: Annotated[Code, PUBLIC]
    roles: Roles
    since: Instant = None
    until: Instant = None
    note: Note = ""


class Left(Filing):
    """Somebody leaves, now or on a day to come: from then on they hold nothing."""

    person: PersonId
    on: Instant = None
    note: Note = ""


class Delegated(Filing):
    """Another person of the same organisation exercises roles of `person` for a time; meanwhile `person` does not.

    It ends with `until`, or with the post of either of the two where that ends before; no later post takes it up again.
    """

    person: PersonId
    to: PersonId
    roles: Roles
    since: Instant = None
    until: Annotated[str, PUBLIC, AfterValidator(_instant)]
    note: Note = ""


class DelegationRevoked(Filing):
    """A delegation of `person`, by the number of its entry, ends now."""

    person: PersonId
    delegation: Annotated[Index, PUBLIC]
    note: Note = ""


class Noted(Filing):
    """What somebody is called, or why something was recorded about them: sealed apart, so that it can be erased."""

    person: PersonId
    name: Annotated[Name, PERSONAL] = None
    note: Note = ""


class Invited(Filing):
    """An invitation is made for a person: with it they make a key that opens what they hold, and no other has it.

    `by_one` where they hold a role of the office and one person alone lets them in.
    """

    person: PersonId
    by_one: Annotated[bool | None, PUBLIC] = None
    note: Note = ""


class Linked(Filing):
    """Somebody may sign in with an account of an identity provider, which they showed to be theirs.

    `account` is the SHA-256, in hex, of the issuer, a line feed and the subject.
    """

    person: PersonId
    issuer: Annotated[str, PUBLIC, Field(min_length=1, max_length=300)]
    account: Annotated[str, Marking.AMBER_STRICT, Field(pattern=r"^[0-9a-f]{64}$")]


class Unlinked(Filing):
    """Somebody signs in with that account no more."""

    person: PersonId
    account: Annotated[str, Marking.AMBER_STRICT, Field(pattern=r"^[0-9a-f]{64}$")]


class AppointmentAsked(Joined):
    """An administrator asks that somebody become or stay one; it counts until `confirm_by`, and alone changes nothing.

    The rest is as in `person.joined`. Whoever is here already is moved by it, others join.
    """

    confirm_by: Annotated[str, PUBLIC, AfterValidator(_instant)]


class AppointmentConfirmed(Filing):
    """A second administrator confirms the appointment that another asked for, by the number of its entry."""

    person: PersonId
    appointment: Annotated[Index, PUBLIC]
    note: Note = ""


class RecoveryAsked(Filing):
    """An administrator asks that somebody who lost their device be let in anew; it counts until `until`, alone nothing.

    Another administrator confirms it. Neither of the two is the person recovered.
    """

    person: PersonId
    until: Annotated[str, PUBLIC, AfterValidator(_instant)]
    note: Note = ""


class RecoveryConfirmed(Filing):
    """A second administrator confirms what another asked for, by the number of its entry."""

    person: PersonId
    recovery: Annotated[Index, PUBLIC]
    note: Note = ""


def _kind(id: str, schema: type[Filing], en: str, zh: str, files: tuple[str, ...] = ADMINISTRATORS) -> Kind:
    return Kind(id=f"person.{id}", schema=schema, title=Text(en=en, zh=zh), files=files, about_field=NOUN)


JOINED = _kind("joined", Joined, "Person joined", "人员到任")
MOVED = _kind("moved", Moved, "Person moved", "人员调任")
LEFT = _kind("left", Left, "Person left", "人员离任")
DELEGATED = _kind("delegated", Delegated, "Roles delegated", "职权委托", HOLDERS)
REVOKED = _kind("delegation_revoked", DelegationRevoked, "Delegation revoked", "委托撤销", HOLDERS)
RECOVERY_ASKED = _kind("recovery_asked", RecoveryAsked, "Recovery asked for", "申请恢复登录")
RECOVERY_CONFIRMED = _kind("recovery_confirmed", RecoveryConfirmed, "Recovery confirmed", "确认恢复登录")
NOTED = replace(_kind("noted", Noted, "Name or note of a person", "人员姓名或附注", HOLDERS), retention=RETENTION)
INVITED = _kind("invited", Invited, "Person invited", "人员受邀")
LINKED = _kind("linked", Linked, "Account linked", "账户关联", HOLDERS)
UNLINKED = _kind("unlinked", Unlinked, "Account unlinked", "解除账户关联", HOLDERS)
APPOINTMENT_ASKED = _kind("appointment_asked", AppointmentAsked, "Appointment asked for", "申请任命管理员")
APPOINTMENT_CONFIRMED = _kind("appointment_confirmed", AppointmentConfirmed, "Appointment confirmed", "确认任命管理员")
KINDS = (
    JOINED, MOVED, LEFT, DELEGATED, REVOKED, RECOVERY_ASKED, RECOVERY_CONFIRMED, INVITED, APPOINTMENT_ASKED,
    APPOINTMENT_CONFIRMED, LINKED, UNLINKED, NOTED,
)  # fmt: skip

PERSON = Table(
    "persons_person",
    columns={
        "person": "text", "party": "text", "name": "text", "joined": "integer", "joined_at": "text",
        "begins": "text", "again": "integer", "changed": "integer", "named": "integer",
    },
    key=("person",),
    indexes=(("party",),),
)  # fmt: skip
"""The newest time they joined: `joined_at` is when that was recorded and `begins` when it holds; `again` is 1 where
 they had been here before: keys from before `joined_at` open nothing from then on. `changed` is the newest entry about
 them, `named` the one that says their name (null: none does, or it was erased)."""

POST = Table(
    "persons_post",
    columns={
        "entry": "integer", "person": "text", "organisation": "text", "roles": "json", "since": "text",
        "until": "text", "ended": "integer", "recorded": "text",
    },
    key=("entry",),
    indexes=(("person",),),
)  # fmt: skip
"""What a person holds from `since` until `until` (null: without end). Those of one person never overlap; `ended` is the
 entry that made one end earlier than was said, and one that ends as it begins was never held. It was given when it was
 `recorded`."""

DELEGATION = Table(
    "persons_delegation",
    columns={
        "entry": "integer", "person": "text", "to": "text", "roles": "json", "since": "text", "until": "text",
        "ended": "integer", "recorded": "text",
    },
    key=("entry",),
    indexes=(("person",), ("to",)),
)  # fmt: skip
RECOVERY = Table(
    "persons_recovery",
    columns={
        "entry": "integer", "person": "text", "asked_by": "text", "until": "text", "confirmed": "integer",
        "confirmed_at": "text", "confirmed_by": "text",
    },
    key=("entry",),
    indexes=(("person",),),
)  # fmt: skip
"""What was asked for, by the person who asked; `confirmed` is the entry of the second person (null: nobody yet)."""
APPOINTMENT = Table(
    "persons_appointment",
    columns={
        "entry": "integer", "person": "text", "asked_by": "text", "until": "text", "post": "json",
        "confirmed": "integer", "confirmed_at": "text", "confirmed_by": "text",
    },
    key=("entry",),
    indexes=(("person",),),
)  # fmt: skip
"""As `RECOVERY`; `post` is the body of `person.joined` that is asked for."""
TABLES = (PERSON, POST, DELEGATION, RECOVERY, APPOINTMENT)
