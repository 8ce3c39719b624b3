"""Conflicts of interest: why somebody may not be given a report, an incident or an investigation.

Of an assignee it is known what they filed, for which organisation their registered key speaks, which organisations
they registered, and what they declare. Names are compared as identifiers are made of them: `Example Lab` and
`organisation:example-lab` are one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from commonweal.kernel import protocols, registry
from commonweal.kernel.instrument import Reader, Row
from commonweal.kernel.values import slug

from ..tables import links
from .tables import recused

_NAMED = ("developer_named", "deployer_named")
_NAMED_OF_INCIDENTS = ("developers_named", "deployers_named")


def conflicts(reader: Reader, about: str, assignee: str, interests: Sequence[str] = ()) -> list[str]:
    """What stands against giving a report or incident to a party, each as a sentence that names it; none: nothing."""
    found = [f"{assignee} has recused themselves from {about}"] if recused(reader, about, assignee) else []
    reports = _reports(reader, about)
    filed = [report for report in reports if assignee in _filers(reader, report)]
    found += [f"{assignee} filed {report}" for report in filed]
    own = _own(reader, assignee, interests)
    for concerned, why in _concerned(reader, about, reports):
        said = own.get(_key(concerned)) or ("registered it" if registry.filer(reader, concerned) == assignee else None)
        if said:
            found.append(f"{concerned} is {why}, and {assignee} {said}")
    return list(dict.fromkeys(found))


def _reports(reader: Reader, about: str) -> list[str]:
    if about.startswith("report:"):
        return [about]
    return [row["report"] for row in links(reader, incident=about)]


def _filers(reader: Reader, report: str) -> set[str]:
    return {row["author"] for row in registry.versions(reader, report)} | {registry.filer(reader, report) or ""}


def _own(reader: Reader, assignee: str, interests: Sequence[str]) -> dict[str, str]:
    """The organisations of an assignee, as keys, each with how it is known."""
    declared = {_key(name): "declares an interest in it" for name in interests}
    keys = {_key(row["organisation"]): "has a key that speaks for it" for row in
            protocols.approvers(reader, party=assignee) if row["organisation"]}  # fmt: skip
    return {**declared, **keys}


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
