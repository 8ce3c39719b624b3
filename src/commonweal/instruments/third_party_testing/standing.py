"""Who may evaluate for others: accreditation as a credential that is checked offline, its standing, and conflicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any, NamedTuple

from commonweal.kernel import credentials, registry
from commonweal.kernel.instrument import (
    PUBLIC,
    Act,
    Credential,
    Decision,
    Entry,
    Fault,
    Filer,
    Filing,
    Reader,
    Table,
    Tables,
    Text,
)

from .kinds import ACCREDITED, CONFLICT, EVALUATOR, EVALUATOR_NOUN, ID, STANDING, STEWARDS
from .terms import day

ACCREDITATION = f"{ID}.accreditation"
CONFLICTS = Table(f"{ID}_conflict", {"evaluator": "text", "organisation": "text"}, ("evaluator", "organisation"))
"""With which organisations an evaluator has a conflict of interest now."""
GRANTED = Table(
    f"{ID}_accredited",
    {"evaluator": "text", "access": "json", "cleared": "integer", "until": "text", "by": "text"},
    ("evaluator",),
)
"""For what each evaluator was accredited last, until which day, and by whom."""
TABLES = (CONFLICTS, GRANTED)


def follow(entry: Entry, tables: Tables) -> Iterator[Act]:
    """Keep for what somebody is accredited, and their conflicts; who is accredited gets a credential that says so."""
    body = entry.body
    if entry.kind == ACCREDITED.id:
        told = {"access": list(body["access"]), "cleared": int(body.get("cleared", False)), "until": str(body["until"])}
        about = str(body["evaluator"])
        tables.put(GRANTED, {"evaluator": about, **told, "by": entry.author})
        asks = {"credential": ACCREDITATION, "about": about}
        yield Act(credentials.REQUESTED.id, asks, f"{ID}:accredited:{entry.index}", about, causes=(entry.index,))
    elif entry.kind == CONFLICT.id:
        row = {"evaluator": str(body["evaluator"]), "organisation": str(body["organisation"])}
        if body.get("stands", True):
            tables.put(CONFLICTS, row)
        else:
            tables.delete(CONFLICTS, row["evaluator"], row["organisation"])


def check(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """What is wrong with a filing about an evaluator beyond its form."""
    if act.kind == EVALUATOR.id:
        before = registry.subject(reader, act.subject) if act.subject else None
        if before is not None and not before["erased"] and before["body"]["organisation"] != act.body["organisation"]:
            want = f"{before['body']['organisation']}, as it was accredited; another is another evaluator"
            yield Fault("organisation", str(act.body["organisation"]), want, "registered")
    elif act.kind == ACCREDITED.id and registry.filer(reader, str(act.body["evaluator"])) == filer.party:
        yield Fault("evaluator", str(act.body["evaluator"]), "an evaluator that somebody else registered", "own")
    elif act.kind == CONFLICT.id and not act.body.get("stands", True) and not set(STEWARDS) & set(filer.roles):
        yield Fault("stands", "false", "true: that a conflict is over an officer of the authority says", "not_yours")


class Accreditation(NamedTuple):
    """What somebody is accredited for on a day, as far as their credential stands."""

    access: tuple[str, ...]
    cleared: bool
    until: date


def accreditation(reader: Reader, evaluator: str, today: date) -> Accreditation | None:
    """An evaluator's accreditation; None where there is none, or it is over or suspended."""
    row = reader.get(GRANTED, evaluator)
    if row is None or day(row["until"]) < today or not credentials.in_good_standing(reader, ACCREDITATION, evaluator):
        return None
    return Accreditation(tuple(row["access"]), bool(row["cleared"]), day(row["until"]))


def barred(reader: Reader, evaluator: str, where: str = "evaluator") -> Iterator[Fault]:
    """That an evaluator whose accreditation was suspended or revoked gets and uses nothing meanwhile; one who was never
    accredited is not barred by that."""
    for held in credentials.credentials(reader, evaluator, ACCREDITATION)[:1]:  # the newest
        if held["state"] in ("suspended", "revoked"):
            want = "an evaluator whose accreditation is neither suspended nor revoked"
            yield Fault(where, f"{evaluator} ({held['state']})", want, "standing")


def accredited_by(reader: Reader, evaluator: str) -> set[str]:
    """Who accredited an evaluator last; empty where nobody did."""
    row = reader.get(GRANTED, evaluator)
    return {str(row["by"])} if row is not None else set()


def in_conflict(reader: Reader, evaluator: str, organisation: str) -> bool:
    """Whether an evaluator has a conflict with an organisation, or is of it."""
    row = registry.subject(reader, evaluator)
    own = row is not None and row["body"].get("organisation") == organisation
    return own or reader.get(CONFLICTS, evaluator, organisation) is not None


class AccreditationClaims(Filing):
    """What a credential of accreditation says of an evaluator. Everything in it is public."""

    name: Annotated[str, PUBLIC]
    organisation: Annotated[str | None, PUBLIC] = None
    key: Annotated[str, PUBLIC]
    access: Annotated[tuple[str, ...], PUBLIC]
    cleared: Annotated[bool, PUBLIC]
    until: Annotated[date, PUBLIC]


def _claims(subject: str, reader: Reader, public: credentials.Public) -> dict[str, Any] | None:
    """What can be certified of an evaluator: what it filed, and the newest accreditation of it on record."""
    row, found = registry.subject(reader, subject), reader.get(GRANTED, subject)
    if row is None or row["erased"] or found is None:
        return None
    body = public(EVALUATOR.id, row["body"])
    organisation = registry.subject(reader, str(body["organisation"]))
    return {
        "name": body["name"], "organisation": organisation["name"] if organisation else None, "key": body["key"],
        "access": tuple(found["access"]), "cleared": bool(found["cleared"]), "until": day(found["until"]),
    }  # fmt: skip


def _decision(entry: Entry) -> Decision | None:
    """What a change of standing means for the credential."""
    if entry.kind != STANDING.id:
        return None
    return Decision(str(entry.body["evaluator"]), entry.body["state"], str(entry.body["reason_code"]))


TITLES: Mapping[str, Text] = {
    "name": Text(en="Evaluator", zh="评测方"),
    "organisation": Text(en="Organisation", zh="组织"),
    "key": Text(en="Public key", zh="公钥"),
    "access": Text(en="Access", zh="访问权限"),
    "cleared": Text(en="Cleared for dangerous content", zh="获准接触危险内容"),
    "until": Text(en="Accredited until", zh="认可有效期至"),
}
CREDENTIAL = Credential(
    id=ACCREDITATION,
    title=Text(en="Accreditation of an evaluator", zh="评测方认可凭证"),
    summary=Text(
        en="This evaluator is accredited by this authority. Its status says whether the accreditation stands.",
        zh="该评测方已获本机构认可；其状态表明认可是否有效。",
    ),
    noun=EVALUATOR_NOUN,
    filing=EVALUATOR.id,
    terms=ACCREDITATION,
    claims=AccreditationClaims,
    claim_titles=TITLES,
    of=_claims,
    issues=lambda entry, reader: False,
    decides=_decision,
)
