"""Who is of the team of an investigation, and what only they do: add to it, report, and close it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.instrument import Act, Fault, Filer, Reader, Text
from commonweal.kernel.record import AUTHORITY

from ..desk.checking import one_person
from ..desk.keeping_out import RECUSAL
from .kinds import CONSULTED, EVENT, EVIDENCE, FACTOR, FINAL, INVESTIGATION, RECOMMENDATION, ROLES

FIND_OUT = ("lead", "investigator")
"""Who finds out; the others of a team advise."""
ADDING = (EVENT.id, FACTOR.id, EVIDENCE.id, RECOMMENDATION.id, FINAL.id, CONSULTED.id)


def team_of(reader: Reader, investigation: str) -> list[Mapping[str, Any]]:
    """The team of an investigation as it stands; nobody where there is none, or it was erased."""
    row = registry.subject(reader, investigation)
    return list(row["body"].get("team", ())) if row is not None and not row["erased"] else []


def members(reader: Reader, investigation: str) -> list[tuple[str, str]]:
    """Each of the team as it stands, with their role."""
    return [(str(one["party"]), str(one.get("role", "investigator"))) for one in team_of(reader, investigation)]


def role_of(reader: Reader, investigation: str, party: str) -> str:
    """As what a party is of the team of an investigation; "" where they are not."""
    return role_in(reader, members(reader, investigation), party)


def role_in(reader: Reader, team: Sequence[Sequence[str]], party: str) -> str:
    """As what a party is of a team of parties with their roles; "" where they are not. A person may act by several."""
    return next((role for member, role in team if one_person(reader, party, member)), "")


def lead_of(reader: Reader, investigation: str) -> str:
    """The party of who is in charge; "" where nobody is."""
    return next((str(one["party"]) for one in team_of(reader, investigation) if one.get("role") == "lead"), "")


def finds_out(reader: Reader, investigation: str, party: str) -> bool:
    """Whether a party is of those who find out; whoever runs the machine answers as the authority, and does."""
    return party == AUTHORITY or role_of(reader, investigation, party) in FIND_OUT


def check(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """That somebody adds to an investigation, or changes it, whose team they are not of."""
    if act.kind in ADDING and not _takes_back(act):
        yield from not_theirs(act.body["investigation"], "investigation", reader, filer)
    elif act.kind == INVESTIGATION.id and act.subject and not _puts_right(act, reader, filer):
        yield from not_theirs(act.subject, "name", reader, filer)


def _takes_back(act: Act) -> bool:
    """What is out is withdrawn by anybody at the desk, so that nobody is harmed while the team is looked for."""
    return act.kind == RECOMMENDATION.id and act.body.get("status") == "withdrawn"


def _puts_right(act: Act, reader: Reader, filer: Filer) -> bool:
    """Whether it comes in the role of the authority and leaves open or closed what is: so a team that is gone is given
    another."""
    row = registry.subject(reader, act.subject or "")
    same = row is not None and row["body"].get("closed_on") == act.body.get("closed_on")
    return same and "authority" in filer.roles


def not_theirs(investigation: str, field: str, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """That an investigation is on file and whoever files is not of those who find out in it.

    Who has a conflict of interest in it is told that one alone, and not who leads it.
    """
    lead = lead_of(reader, investigation)
    if not lead or finds_out(reader, investigation, filer.party):
        return
    if RECUSAL.holds(investigation, filer.party, reader, filer.at, filer.spoke):
        return
    want = f"an investigation that you lead or investigate; {lead} leads this one, and changes its team"
    told = Text(
        en=f"Only who leads or investigates it does this. {lead} leads it, and can take you into the team.",
        zh=f"仅该调查的负责人或调查员可为此。负责人为 {lead}，可将您列入团队。",
    )
    yield Fault(field, investigation, want, "not_theirs", told)


def called(role: str) -> Text:
    """What a role of the team is called."""
    return next((title for code, title in ROLES.items() if code == role), Text(en=role, zh=role))
