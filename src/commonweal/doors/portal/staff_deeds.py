"""What can be done with people at the portal: each thing with its kind of entry, its words and its questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from commonweal.kernel import persons

from .cells import N_


@dataclass(frozen=True, slots=True)
class Asks:
    """One question of a form: its field, and as message ids what it is called and a hint."""

    field: str
    label: str
    hint: str = ""
    control: str = "text"
    required: bool = False


PARTY = Asks(
    "party",
    N_("Party"),
    N_("Under which name they act, such as party:jane-doe. One party a person, for good; it stays sealed."),
    required=True,
)
NAME = Asks("name", N_("Name"), N_("It stays sealed in the record."), required=True)
ORGANISATION = Asks(
    "organisation",
    N_("Organisation"),
    N_("The body for which they act, in small letters, such as authority or ministry-of-labour. Anybody can read it."),
    required=True,
)
ROLES = Asks("roles", N_("Roles"), N_("Anybody can read that somebody holds them."), "roles", True)
SINCE = Asks("since", N_("Begins"), N_("Left empty: from now on. A day begins at 00:00 UTC."), "day")
UNTIL = Asks("until", N_("Until"), N_("The first day on which it holds no longer. Left empty: without end."), "day")
ENDS = Asks("until", N_("Until"), N_("The first day on which it holds no longer."), "day", True)
ON = Asks("on", N_("Last day"), N_("The first day on which they hold nothing. Left empty: now, and for good."), "day")
TO = Asks("to", N_("To whom"), N_("Somebody of the same organisation: their number or party."), "person", True)
NOTE = Asks("note", N_("Why, or on what decision"), N_("It stays sealed in the record."), "long_text")
HOW = Asks("note", N_("How you know that it is them"), N_("It stays sealed in the record."), "long_text")


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that is done with a person. `entry` is the field that names the entry it answers; `own` may be done by
    the person themselves. `then` (a message id) says what follows."""

    kind: str
    title: str
    about: str
    said: str
    asks: tuple[Asks, ...] = (NOTE,)
    entry: str = ""
    own: bool = False


JOIN = Deed(
    persons.JOINED.id,
    N_("Somebody joins"),
    N_("They are given a number without a meaning. Its roles and dates are public; name and party are not."),
    N_("It is recorded that they joined. Invite them now, so that they can sign in."),
    (NAME, PARTY, ORGANISATION, ROLES, SINCE, UNTIL, NOTE),
)
DEEDS: Mapping[str, Deed] = {
    "move": Deed(
        persons.MOVED.id,
        N_("Move to other roles"),
        N_("What they hold ends where this begins, and so does what they lend and exercise for others."),
        N_("It is recorded that they moved."),
        (ORGANISATION, ROLES, SINCE, UNTIL, NOTE),
    ),
    "leave": Deed(
        persons.LEFT.id,
        N_("They leave"),
        N_("From then on they hold nothing. Now: their keys, sessions and invitations end at once."),
        N_("It is recorded that they leave."),
        (ON, NOTE),
    ),
    "delegate": Deed(
        persons.DELEGATED.id,
        N_("Lend roles to somebody"),
        N_(
            "Another exercises them until a day; who lends them does not meanwhile. Whoever lends all that they hold "
            "is signed out until then, unless an administrator takes it back."
        ),
        N_("It is recorded: the roles are lent."),
        (TO, ROLES, SINCE, ENDS, NOTE),
        own=True,
    ),
    "revoke": Deed(
        persons.REVOKED.id,
        N_("Take lent roles back"),
        N_("The delegation ends now."),
        N_("It is recorded: the delegation ended."),
        entry="delegation",
        own=True,
    ),
    "invite": Deed(
        persons.INVITED.id,
        N_("Invite them"),
        N_("You are shown a link, once. Whoever opens it first has the key, so hand it to them yourself."),
        "",
        (),
    ),
    "recover": Deed(
        persons.RECOVERY_ASKED.id,
        N_("They lost their device"),
        N_("You ask for it; another administrator confirms it within seven days. Until then nothing changes."),
        N_("It is recorded: a recovery is asked for. Another administrator confirms it here."),
        (HOW,),
    ),
    "confirm-recovery": Deed(
        persons.RECOVERY_CONFIRMED.id,
        N_("Confirm the recovery"),
        N_("Every key, session and invitation of theirs ends. Then you and whoever asked invite them: they need both."),
        N_("It is recorded, and their keys ended. Invite them now, and have whoever asked do so too: they need both."),
        (HOW,),
        "recovery",
    ),
    "confirm-appointment": Deed(
        persons.APPOINTMENT_CONFIRMED.id,
        N_("Confirm the appointment"),
        N_("With this they become an administrator, as another administrator asked."),
        N_("It is recorded: the appointment holds."),
        entry="appointment",
    ),
}
JOINED_YOURSELF = N_("It is recorded that you joined.")
APPOINTED = N_(
    "It is recorded: the appointment is asked for. Another administrator confirms it here within seven days."
)
APPOINTED_BY_TWO = N_("An administrator is appointed by two: another administrator confirms this within seven days.")


def name_of(deed: Deed) -> str:
    return next((name for name, one in DEEDS.items() if one is deed), "join")
