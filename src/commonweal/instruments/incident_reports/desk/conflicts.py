"""Conflicts of interest: why somebody may not be given a report, an incident or an investigation.

Of an assignee it is known what they reported (what they wrote down for another is that other's), for which organisation
their keys speak, which organisations they registered, what they declare or declared when they were given
anything, and, where the record has them as a person, for which organisation they hold a post or held one within the
period of `rules/conflicts.toml`. Who exercises roles of another has that other's conflicts too.
Which organisations a report concerns, and that two spellings are one, is found by `concerning`.

What stands against it is found here and told to nobody: it could say who reported in confidence, or which of many
names that somebody tries is in a report. A refusal says that there is a conflict, and from which entries that follows,
so that it stands in the log of reads.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from commonweal.kernel import obligations, persons, protocols, registry
from commonweal.kernel.disclosure.reads import NO_ENTRY
from commonweal.kernel.instrument import Reader, Spoke
from commonweal.kernel.values import Text, instant, period, stamp

from ..concerning import Names, developer, organisations, text_in_force
from ..reports import STEWARDS
from ..tables import links, reported_by
from .tables import RECUSED, declared, recused


@dataclass(frozen=True, slots=True)
class Conflict:
    """One thing that stands against it: the entry from which it follows; `lasting` where nobody can set it aside."""

    entry: int
    lasting: bool = False


def conflicts(
    reader: Reader, about: str, assignee: str, interests: Sequence[str], at: datetime, *, spoke: Spoke,
    beside: Iterable[str] = (),
) -> list[Conflict]:  # fmt: skip
    """What stands against giving a report or incident to a party at an instant; none: nothing.

    `spoke` says for whom a party's access keys speak or spoke, `beside` are further organisations that are concerned,
    by identifier or by name.
    """
    said = [*_concerned(reader, about), *((name, _entry(reader, about)) for name in beside)]
    unsaid = _not_among(reader, _of_reporters(reader, about, at, spoke), said)
    concerned = [*((*one, False) for one in said), *((*one, True) for one in unsaid)]
    found = _of_one(reader, about, assignee, interests_of(reader, assignee, interests, at, spoke), concerned)
    for lender in lenders(reader, assignee, at):
        found += _of_one(reader, about, lender, interests_of(reader, lender, (), at, spoke), concerned)
    return list(dict.fromkeys(found))


def judging(
    reader: Reader, about: str, party: str, at: datetime, spoke: Spoke, *, beside: Iterable[str] = ()
) -> list[Conflict]:  # fmt: skip
    """What stands against a party's judging a report or incident. What another set aside for it counts no more."""
    aside = declared(reader, about=about, party=party)[-1:]
    found = conflicts(reader, about, party, (), at, spoke=spoke, beside=beside)
    return [one for one in found if one.lasting] if aside and aside[0]["aside"] else found


def free(party: str, reader: Reader, at: datetime, spoke: Spoke) -> bool:
    """Whether nothing can stand against a party in any report or incident: they have to do with no organisation,
    recused themselves from nothing and reported nothing. Of most of an office that is so, and no case need be asked.
    """
    whose = [party, *lenders(reader, party, at)]
    if any(interests_of(reader, one, (), at, spoke) for one in whose):
        return False
    if reader.select(RECUSED, {"party": ("in", whose)}, limit=1):
        return False
    filed = registry.theirs(reader, whose)
    return not any(
        row["subject"].startswith("organisation:")
        or (row["subject"].startswith("report:") and not row["body"].get("received_by"))
        for row in filed
    )


def _of_one(
    reader: Reader, about: str, party: str, own: set[str], concerned: Iterable[tuple[str, int, bool]]
) -> list[Conflict]:
    cases = dict.fromkeys([about, *reports_of(reader, about)])  # who keeps out of a report keeps out of its incident
    left = [row for case in cases if (row := recused(reader, case, party))]
    found = [Conflict(row["entry"], lasting=True) for row in left]
    names = Names(reader)
    found += [
        Conflict(_entry(reader, report), lasting=True)
        for report in reports_of(reader, about)
        if party in reported_by(reader, report)
    ]
    found += [
        Conflict(entry, lasting)
        for name, entry, lasting in concerned
        if names.keys(name) & own or registry.filer(reader, name) == party
    ]
    return found


def _not_among(
    reader: Reader, those: Iterable[tuple[str, int]], said: Sequence[tuple[str, int]]
) -> list[tuple[str, int]]:
    """Of the organisations of who reported, those that the report does not name: their conflicts last, as a reporter's
    own does. Were they set aside and the reporter's own not, the answer would say which of an office's people reported.
    """
    names = Names(reader)
    known = {key for name, _ in said for key in names.keys(name)}
    return [one for one in those if not names.keys(one[0]) & known]


def of_interest(reader: Reader, party: str, at: datetime, spoke: Spoke) -> Callable[[str], bool]:
    """Whether an organisation, by identifier or name, or the developer of a model is one in which a party has an
    interest: figures that name it are not for them."""
    names = Names(reader)
    own = {key for one in (party, *lenders(reader, party, at)) for key in interests_of(reader, one, (), at, spoke)}

    @functools.cache
    def holds(name: str) -> bool:
        named = developer(reader, name) if name.startswith("model:") else name
        return bool(named) and (bool(names.keys(named) & own) or registry.filer(reader, named) == party)

    return holds


def _entry(reader: Reader, subject: str) -> int:
    """The newest version of a report or incident: what follows from it follows from that."""
    row = registry.subject(reader, subject)
    return int(row["entry"]) if row is not None else NO_ENTRY


def lenders(reader: Reader, assignee: str, at: datetime) -> list[str]:
    """The parties whose roles a party exercises at an instant."""
    person = persons.person_of(reader, assignee)
    lent = persons.standing(reader, person["person"], at).lent if person else {}
    return list(dict.fromkeys(str(persons.person(reader, whose)["party"]) for whose in lent.values()))


def reports_of(reader: Reader, about: str) -> list[str]:
    """The report itself, or those that are linked to an incident."""
    if about.startswith("report:"):
        return [about]
    return [row["report"] for row in links(reader, incident=about)]


def interests_of(reader: Reader, party: str, interests: Sequence[str], at: datetime, spoke: Spoke) -> set[str]:
    """The organisations of a party, as keys: of its keys, of its posts, and what it declares or declared.

    A post at this authority itself is none: nobody could then handle what is reported about it.
    """
    names = Names(reader)
    found = {key for name in employers(reader, party, at, spoke) for key in names.keys(name)} - _itself(reader)
    return found | {key for name in (*interests, *_declared(reader, party)) for key in names.keys(name)}


def employers(reader: Reader, party: str, at: datetime, spoke: Spoke, since: str | None = None) -> list[str]:
    """The organisations for which a party signs decisions, holds a post or held one lately, and for which its access
    keys speak, or spoke `since` ("" for ever)."""
    spoken = sorted(spoke(party, stamp(at) if since is None else since))
    return [*_of_keys(reader, party), *_posts(reader, party, at), *spoken]


def _of_keys(reader: Reader, party: str) -> list[str]:
    """The organisations for which the keys speak with which a party signs decisions."""
    return [row["organisation"] for row in protocols.approvers(reader, party=party) if row["organisation"]]


def about_itself(reader: Reader, about: str) -> Text | None:
    """What is said to officers of a report or incident that concerns this authority; None of every other."""
    own, names = _itself(reader), Names(reader)
    if not any(names.keys(name) & own for name, _ in _concerned(reader, about)):
        return None
    return Text(text_in_force(reader)["about_itself"])


def _itself(reader: Reader) -> set[str]:
    """The names of this authority, as keys; none by a text from before they were kept."""
    names, text = Names(reader), text_in_force(reader)
    return {key for name in text.get("own", ()) if "about_itself" in text for key in names.keys(name)}


def _declared(reader: Reader, party: str) -> list[str]:
    """What a party declared that stands: another's newer record of it for the same case replaces what was there."""
    standing: dict[str, list[str]] = {}
    for row in declared(reader, party=party):
        if row["interests"]:
            before = standing.get(row["about"], []) if row["by"] == party else []
            standing[row["about"]] = [*before, *row["interests"]]
    return [name for names in standing.values() for name in names]


def _posts(reader: Reader, party: str, at: datetime) -> list[str]:
    """The organisations for which a person holds a post, or held one until lately."""
    person = persons.person_of(reader, party)
    return [
        row["organisation"]
        for row in (persons.history(reader, person["person"])["posts"] if person else ())
        if row["since"] <= stamp(at) and row["since"] != row["until"] and _counts(reader, row["until"], at)
    ]


def _counts(reader: Reader, until: str | None, at: datetime) -> bool:
    """Whether a post that ended at an instant, or goes on, still counts: so long as the adopted text says."""
    if until is None or until > stamp(at):
        return True
    text = text_in_force(reader)
    if not text:
        return False
    counted = period(str(text["former_employer"]))
    return obligations.due_after(obligations.PLAIN, "UTC", instant(until), counted).at > at


def _concerned(reader: Reader, about: str) -> Iterator[tuple[str, int]]:
    """The organisations concerned, by identifier or by name, each with the entry that says so.

    Every version counts: who writes one that names nobody leaves no conflict of interest by it.
    """
    for subject in dict.fromkeys([*reports_of(reader, about), about]):
        for row in registry.versions(reader, subject):
            if not row["erased"]:
                yield from ((name, row["entry"]) for name in organisations(reader, row["body"]))


def _of_reporters(reader: Reader, about: str, at: datetime, spoke: Spoke) -> Iterator[tuple[str, int]]:
    """The organisations of who reported, whether or not the report names them; not those of the authority's people.

    Whoever reports with a company's key need not say so in the report.
    """
    for report in reports_of(reader, about):
        for party in sorted(reported_by(reader, report)):
            person = persons.person_of(reader, party)
            if person is None or not set(STEWARDS) & set(persons.standing(reader, person["person"], at).roles):
                named = employers(reader, party, at, spoke, since="")
                yield from ((name, _entry(reader, report)) for name in named)
