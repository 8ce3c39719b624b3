"""Who holds which role at an instant, by their own post or by delegation; and what of a key's roles counts then.

A party that no entry names as a person is none of this room's business: its keys say what they may do. A party that was
ever named is judged by the record alone, for good: before they begin, between posts and after they left, they hold
nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from commonweal.kernel.record.tables import Reader, Row
from commonweal.kernel.values import Forbidden, shown, stamp

from .kinds import DELEGATION, PERSON, POST, RECOVERY

FOLLOWS = "standing"
"""The role of a key that follows its person: whatever they hold at the moment, it opens, and nothing else."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What one person may do at an instant, as of what the record says.

    `own` are the roles of their post, `lent` those they exercise for others (by role, whose), `away` those of their
    own that another exercises meanwhile (by role, who).
    """

    person: str
    organisation: str = ""
    own: tuple[str, ...] = ()
    lent: dict[str, str] = field(default_factory=dict)
    away: dict[str, str] = field(default_factory=dict)

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles in which they may act."""
        return tuple(dict.fromkeys((*(role for role in self.own if role not in self.away), *self.lent)))


def person_of(reader: Reader, party: str) -> Row | None:
    """The person who acts under a party; None where the record names none."""
    found = reader.select(PERSON, {"party": party}, limit=1)
    return found[0] if found else None


def post_at(reader: Reader, person: str, at: str) -> Row | None:
    """What a person holds of their own at an instant (as `stamp` writes it)."""
    return next((row for row in reader.select(POST, {"person": person}) if covers(row, at)), None)


def covers(row: Row, at: str) -> bool:
    """Whether a post or a delegation holds at an instant: from its first moment, up to its end and without it."""
    return bool(row["since"] <= at and (row["until"] is None or at < row["until"]))


def standing(reader: Reader, person: str, when: datetime) -> Standing:
    """What a person may do at an instant."""
    at = stamp(when)
    post = post_at(reader, person, at)
    if post is None:
        return Standing(person)
    lent: dict[str, str] = {}
    away: dict[str, str] = {}
    for row in reader.select(DELEGATION, {"to": person}):
        theirs = post_at(reader, row["person"], at) if covers(row, at) else None
        if theirs is not None and theirs["organisation"] == post["organisation"]:
            lent |= {role: row["person"] for role in row["roles"] if role in theirs["roles"]}
    for row in reader.select(DELEGATION, {"person": person}):
        theirs = post_at(reader, row["to"], at) if covers(row, at) else None
        if theirs is not None and theirs["organisation"] == post["organisation"]:
            away |= {role: row["to"] for role in row["roles"] if role in post["roles"]}
    return Standing(person, post["organisation"], tuple(post["roles"]), lent, away)


def counts(
    reader: Reader,
    party: str,
    roles: Sequence[str],
    organisation: str,
    *,
    when: datetime,
    made: str = "",
    carries: bool = False,
) -> tuple[tuple[str, ...], str] | None:
    """Which of a key's roles count at an instant, and for which organisation it speaks then; None: it opens nothing.

    `made` is when the key was made (as `stamp` writes it), "" where that is not known. Of a party that is no person all
    roles count. A key that follows its person (`FOLLOWS`) has theirs; one with roles of its own has those of them that
    they hold. None of a key from before they left and joined again, or were let in anew (a recovery). With `carries` it
    has no more than it has `carried` since it was made: one that carries nothing of what they hold lets them in,
    without a role.
    """
    row = person_of(reader, party)
    if row is None:
        return None if FOLLOWS in roles else (tuple(roles), organisation)
    if made and row["again"] and made < row["joined_at"] and row["begins"] <= stamp(when):
        return None
    recovered = last_recovered(reader, party)
    if made and recovered is not None and made < recovered["confirmed_at"]:
        return None
    found = standing(reader, row["person"], when)
    held = found.roles if FOLLOWS in roles else tuple(role for role in roles if role in found.roles)
    if carries and made and held:
        named = frozenset() if FOLLOWS in roles else frozenset(roles)
        kept = carried(reader, row["person"], when, made, named)
        held = tuple(role for role in held if role in kept)
        return held, found.organisation if held else ""
    return (held, found.organisation) if found.roles and (held or not roles) else None


def carried(
    reader: Reader, person: str, when: datetime, made: str, named: frozenset[str] = frozenset()
) -> frozenset[str]:
    """The roles that a person holds at an instant and that a key of theirs, made then, carries.

    A post or a delegation that was recorded by then is known to whoever made the key for it. From there a role is
    carried on as long as each next post gives it too, for the same organisation and without a day between. `named` are
    the roles that the key itself says: one from before the record knew the person has them for their first post.
    """
    at, posts = stamp(when), _held(reader, person)
    post = next((row for row in posts if covers(row, at)), None)
    if post is None:
        return frozenset()
    lent = (row for row in reader.select(DELEGATION, {"to": person}) if covers(row, at) and row["recorded"] <= made)
    roles = frozenset(post["roles"])
    while roles and post["recorded"] > made:
        before = next((row for row in posts if row["until"] == post["since"]), None)
        if before is None:
            roles &= named if post is posts[0] else frozenset()
            break
        same = before["organisation"] == post["organisation"]
        roles, post = roles & frozenset(before["roles"] if same else ()), before
    return roles | frozenset(role for row in lent for role in row["roles"])


def _held(reader: Reader, person: str) -> list[Row]:
    """The posts of a person, in the order of their days, without those that ended as they began."""
    found = reader.select(POST, {"person": person}, order=("since", "entry"))
    return [row for row in found if row["until"] is None or row["since"] < row["until"]]


def last_recovered(reader: Reader, party: str) -> Row | None:
    """The newest recovery of the person who acts under a party; None where there was none."""
    person = person_of(reader, party)
    rows = reader.select(RECOVERY, {"person": person["person"]}) if person else []
    done = [row for row in rows if row["confirmed"] is not None]
    return max(done, key=lambda row: int(row["confirmed"]), default=None)


def lent_until(reader: Reader, party: str, when: datetime) -> str:
    """Until when somebody lent all that they hold (an instant); "" where they hold something, or nothing to lend."""
    row = person_of(reader, party)
    found = standing(reader, row["person"], when) if row is not None else None
    if row is None or found is None or found.roles or not found.away:
        return ""
    at = stamp(when)
    return min(str(one["until"]) for one in reader.select(DELEGATION, {"person": row["person"]}) if covers(one, at))


def check_speaks(reader: Reader, party: str, role: str, organisation: str, *, when: datetime, made: str = "") -> None:
    """Refuse a voice of a person in a role that they do not hold at that instant. Raises `Forbidden`."""
    found = counts(reader, party, (role,), organisation, when=when, made=made)
    if found is None:
        raise Forbidden(
            f"{shown(party)} does not hold the role {role} at {stamp(when)}: {why_not(reader, party, when)}"
        )
    if found[1] != organisation:
        raise Forbidden(f"{shown(party)} speaks for {found[1]} at {stamp(when)}, not for {organisation}")


def why_not(reader: Reader, party: str, when: datetime) -> str:
    """In words what a person holds at an instant, for who is told that something else is needed."""
    row = person_of(reader, party)
    if row is None:
        return "the record names no such person"
    found = standing(reader, row["person"], when)
    if found.roles:
        return f"they hold {', '.join(found.roles)}"
    if found.away:
        return "another exercises it for them until the delegation ends"
    posts = [post for post in reader.select(POST, {"person": row["person"]}) if post["until"] != post["since"]]
    later = sorted(post["since"] for post in posts if post["since"] > stamp(when))
    if later:
        return f"their role begins at {later[0]}"
    ends = [post["until"] for post in posts if post["until"]]
    return f"their role ended at {max(ends)}" if ends else "they hold no role"
