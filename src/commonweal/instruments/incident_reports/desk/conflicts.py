"""Conflicts of interest: why somebody may not be given a report, an incident or an investigation.

Of an assignee it is known what they filed, for which organisation their registered key speaks, which organisations
they registered, what they declare, and, where the record has them as a person, for which organisation they hold a post
or held one within the period of `rules/conflicts.toml`. Who exercises roles of another has that other's conflicts too.
Names are compared as identifiers are made of them: `Example Lab` and `organisation:example-lab` are one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from commonweal.kernel import obligations, persons, protocols, registry
from commonweal.kernel.instrument import Reader, Row
from commonweal.kernel.values import NotFound, instant, period, slug, stamp

from ..tables import links
from .tables import recused

RULE = "incident_reports.conflicts"
_NAMED = ("developer_named", "deployer_named")
_NAMED_OF_INCIDENTS = ("developers_named", "deployers_named")


@dataclass(frozen=True, slots=True)
class Conflict:
    """One thing that stands against it, as a sentence; `lasting` where nobody can set it aside."""

    words: str
    lasting: bool = False


def conflicts(reader: Reader, about: str, assignee: str, interests: Sequence[str], at: datetime) -> list[Conflict]:
    """What stands against giving a report or incident to a party at an instant; none: nothing."""
    found = _of_one(reader, about, assignee, _own(reader, assignee, interests, at))
    for lender, roles in _lenders(reader, assignee, at).items():
        theirs = _of_one(reader, about, lender, _own(reader, lender, (), at))
        for_whom = f"{assignee} acts for {lender} (delegated: {', '.join(roles)})"
        found += [Conflict(f"{for_whom}, and {one.words}", one.lasting) for one in theirs]
    return list(dict.fromkeys(found))


def _of_one(reader: Reader, about: str, party: str, own: Mapping[str, str]) -> list[Conflict]:
    reports = _reports(reader, about)
    found = [Conflict(f"{party} has recused themselves from {about}", True)] if recused(reader, about, party) else []
    found += [Conflict(f"{party} filed {report}", True) for report in reports if party in _filers(reader, report)]
    for name, why in _concerned(reader, about, reports):
        said = own.get(_key(name)) or ("registered it" if registry.filer(reader, name) == party else None)
        if said:
            found.append(Conflict(f"{name} is {why}, and {party} {said}"))
    return found


def _lenders(reader: Reader, assignee: str, at: datetime) -> dict[str, list[str]]:
    """The parties whose roles a party exercises at an instant, with these roles."""
    person = persons.person_of(reader, assignee)
    found: dict[str, list[str]] = {}
    for role, whose in (persons.standing(reader, person["person"], at).lent if person else {}).items():
        found.setdefault(str(persons.person(reader, whose)["party"]), []).append(role)
    return found


def _reports(reader: Reader, about: str) -> list[str]:
    if about.startswith("report:"):
        return [about]
    return [row["report"] for row in links(reader, incident=about)]


def _filers(reader: Reader, report: str) -> set[str]:
    return {row["author"] for row in registry.versions(reader, report)} | {registry.filer(reader, report) or ""}


def _own(reader: Reader, party: str, interests: Sequence[str], at: datetime) -> dict[str, str]:
    """The organisations of a party, as keys, each with how it is known."""
    declared = {_key(name): "declares an interest in it" for name in interests}
    keys = {_key(row["organisation"]): "has a key that speaks for it" for row in
            protocols.approvers(reader, party=party) if row["organisation"]}  # fmt: skip
    return {**declared, **keys, **_posts(reader, party, at)}


def _posts(reader: Reader, party: str, at: datetime) -> dict[str, str]:
    """The organisations for which a person holds a post, or held one until lately."""
    person = persons.person_of(reader, party)
    found: dict[str, str] = {}
    for row in persons.history(reader, person["person"])["posts"] if person else ():
        if row["since"] > stamp(at) or row["since"] == row["until"]:
            continue
        if row["until"] is None or row["until"] > stamp(at):
            found[_key(row["organisation"])] = f"holds a post there since {row['since'][:10]}"
        elif (ended := _lately(reader, row["until"], at)) and _key(row["organisation"]) not in found:
            found[_key(row["organisation"])] = f"held a post there until {row['until'][:10]} ({ended})"
    return found


def _lately(reader: Reader, until: str, at: datetime) -> str:
    """How long a former employer counts, with the clause that says so, where a post that ended still does; else ""."""
    try:
        row = registry.text_in_force(reader, RULE)
    except NotFound:
        return ""
    text = registry.parsed(row["text"], row["media_type"])
    counted = period(str(text["former_employer"]))
    if obligations.due_after(obligations.PLAIN, "UTC", instant(until), counted).at <= at:
        return ""
    return f"a former employer counts for {text['former_employer']}: {text['citation']}"


def _concerned(reader: Reader, about: str, reports: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The organisations concerned, by identifier or by name, each with what it is in the matter."""
    for subject in dict.fromkeys([*reports, about]):
        row = registry.subject(reader, subject)
        if row is None or row["erased"]:
            continue
        body = row["body"]
        if body.get("organisation"):
            yield body["organisation"], f"the organisation that reported {subject}"
        if body.get("developer"):
            yield body["developer"], f"the developer named in {subject}"
        for model in body.get("models", ()):
            yield from _developer(reader, model)
        named = [body[name] for name in _NAMED if body.get(name)]
        named += [one for name in _NAMED_OF_INCIDENTS for one in body.get(name, ())]
        for name in named:
            yield name, f"named in {subject}"


def _developer(reader: Reader, model: str) -> Iterator[tuple[str, str]]:
    row: Row | None = registry.subject(reader, model)
    if row is not None and row["body"].get("organisation"):
        yield row["body"]["organisation"], f"the developer of {model}"


def _key(name: str) -> str:
    return slug(name.removeprefix("organisation:"))
