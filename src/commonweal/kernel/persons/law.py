"""The house's law about people: what one administrator does alone, what takes two of them, and which roles exclude each
other. It stands here once, so that every door answers alike.

An administrator is a person who holds the role `authority`; nobody acts on their own post in any of this.

| act | who may |
|---|---|
| somebody joins or moves, without the role `authority` | one administrator |
| somebody leaves, whoever it is | one administrator: what is taken away too soon can be given again |
| who files from outside (`OUTSIDERS`) is invited, of whom no key stands | one administrator |
| who was recovered, is an administrator, or holds a role of the office, is invited: each gives half the code | two |
| a role is lent | whoever holds it; for others one administrator, but never the role `authority` |
| somebody becomes or stays an administrator (`appointment_asked`, `appointment_confirmed`) | two administrators |
| somebody who lost their device is let in anew (`recovery_asked`, `recovery_confirmed`) | two administrators |

Until the record has ever named `FOUNDERS` administrators there are no two to ask: one records the first ones. It
counts those who ever were: who removes a colleague is not one of two again. Whoever runs the machine is bound by
none of this but the roles that exclude each other: they hold the keys anyway, and what they record bears their mark.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from commonweal.kernel.record.tables import Reader
from commonweal.kernel.values import Fault, FaultCollector, Forbidden, read_toml, stamp

from .kinds import ADMINISTRATORS, DELEGATED, JOINED, MOVED, POST
from .standing import last_recovered, person_of

FOUNDERS = 2
OUTSIDERS = frozenset(("developer", "reporter"))
"""The roles of those who file with the office from outside; all others are powers of it."""
OPEN_MAX = timedelta(days=7)
"""How long what one administrator asked for waits for the second."""

_SAID = read_toml(Path(__file__).with_name("apart.toml").read_text("utf-8"), "apart.toml")
EXCLUSIVE: tuple[tuple[str, ...], ...] = tuple(tuple(one["roles"]) for one in _SAID["apart"])
"""Roles that one person never holds together, unless `authority.toml` says otherwise (`apart.toml`)."""
_WHY = {
    frozenset(one["roles"]): {"en": f"{one['reason']['en']} ({one['citation']})",
                              "zh": f"{one['reason']['zh']}（{one['citation']}）"}
    for one in _SAID["apart"]
}  # fmt: skip


class HalfACode(Forbidden):
    """The code of an invitation counts only together with one that another person gave."""


def administers(roles: Iterable[str]) -> bool:
    """Whether roles make an administrator."""
    return bool(set(ADMINISTRATORS) & set(roles))


def needs_two(reader: Reader) -> bool:
    """Whether administrators are made by two persons: from the second on that the record names."""
    return len({row["person"] for row in reader.select(POST) if administers(row["roles"])}) >= FOUNDERS


def let_in_by_two(reader: Reader, party: str, when: datetime, *, had_key: bool) -> bool:
    """Whether a person is let in by two administrators, each with half a code: who was recovered, and who holds or will
    hold a role of the office, if there are two others; an administrator also if a key was ever made for them
    (`had_key`). Else one person could record somebody, take what is given to them, and act as both from then on.
    """
    row = person_of(reader, party)
    if row is None:
        return False
    if last_recovered(reader, party) is not None:
        return True
    posts = reader.select(POST)
    at = stamp(when)
    heads = {post["person"] for post in posts if administers(post["roles"])} - {row["person"]}
    own = [post for post in posts if post["person"] == row["person"] and (post["until"] is None or post["until"] > at)]
    roles = {role for post in own for role in post["roles"]}
    return bool(roles - OUTSIDERS) and (len(heads) >= FOUNDERS or (had_key and administers(roles)))


def brought_in_by_one(reader: Reader, party: str, when: datetime) -> bool:
    """Whether one person alone lets somebody in with a role of the office, for there are no two to ask."""
    row = person_of(reader, party)
    at = stamp(when)
    own = reader.select(POST, {"person": row["person"]}) if row is not None else []
    roles = {role for post in own if post["until"] is None or post["until"] > at for role in post["roles"]}
    return bool(roles - OUTSIDERS)


def check_alone(kind: str, body: Mapping[str, Any], mine: str | None, reader: Reader) -> None:
    """Refuse to one person (`mine`: who they are, where the record names them) what takes two, or what only the holder
    of a role may do. Raises `Forbidden`."""
    given = administers(body.get("roles") or ())
    if kind in (JOINED.id, MOVED.id) and given and needs_two(reader):
        raise Forbidden(
            "an administrator is appointed by two others: ask for it (person.appointment_asked), and another "
            "administrator confirms it (person.appointment_confirmed)"
        )
    if kind == DELEGATED.id and given and mine != body["person"]:
        raise Forbidden("who holds the role authority lends it themselves; nobody lends it for them")


def check_exclusive(
    where: str, roles: Iterable[str], exclusive: Sequence[Sequence[str]], faults: FaultCollector, beside: str = ""
) -> None:
    """Add a fault for each set of roles that exclude each other of which `roles` has two or more.

    `beside` is whose roles those of a delegation come to, where it is one.
    """
    held = set(roles)
    for apart in exclusive:
        both = [role for role in apart if role in held]
        if len(both) > 1:
            faults.extend([_excluded(where, apart, both, beside)])


def _excluded(where: str, apart: Sequence[str], both: Sequence[str], beside: str) -> Fault:
    """That roles exclude each other, why, and on what citation, in each language."""
    why = _WHY.get(frozenset(apart), _SAID["otherwise"])
    whose = f" together with what {beside} holds meanwhile" if beside else ""
    want = f"only one of {', '.join(apart)}{whose}: {why['en']}"
    named = "、".join(_SAID["titles"].get(role, {}).get("zh", role) for role in both)
    meanwhile = f"（含{beside}同期担任的角色）" if beside else ""
    return Fault(where, ", ".join(both), want, "exclusive", told={
        "en": f"{', '.join(both)} – {want}",
        "zh": f"{named}：同一人只能担任其中之一{meanwhile}，{why['zh']}",
    })  # fmt: skip
