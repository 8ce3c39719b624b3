"""Whose a case is, as everybody is told: the developer's of its system, the authority's, or another organisation's; and
whether anybody but its author has reason to rely on it."""

from __future__ import annotations

from commonweal.kernel import registry
from commonweal.kernel.instrument import Reader, Reading, Row, Text
from commonweal.kernel.record import AUTHORITY

from .approving import APPROVAL

OFFICE, BODY = "authority", "organisation:"
OURS = Text(en="this authority", zh="本机构")
REGISTERED = Text(en="whoever registered the system", zh="登记该系统者")
UNKNOWN = Text(en="somebody for whom no organisation is registered", zh="未登记所属组织的提交者")


def told(reading: Reading, row: Row) -> str:
    """The organisation whose a case is by its newest version: its subject where it is registered, else in words."""
    author, body = str(row["author"]), row["body"]
    bodies = reading.spoke(author, str(row["filed_on"]))
    if body.get("said_by") == "officer" or author == AUTHORITY or OFFICE in bodies:
        return OURS.in_(reading.language)
    system = registry.subject(reading.tables, str(body.get("system")))
    if system is not None and (body.get("said_by") == "developer" or _registered(reading.tables, system, author)):
        return str(system["body"].get("organisation") or REGISTERED.in_(reading.language))
    named = {one for one in bodies if one.startswith(BODY)} or _own(reading.tables, author)
    return named.pop() if len(named) == 1 else UNKNOWN.in_(reading.language)


def _registered(reader: Reader, system: Row, author: str) -> bool:
    return registry.filer(reader, str(system["subject"])) == author


def _own(reader: Reader, author: str) -> set[str]:
    """The organisations that are a party's on the register."""
    found = {str(row["subject"]) for row in registry.theirs(reader, (author,)) if row["subject"].startswith(BODY)}
    return {one for one in found if registry.filer(reader, one) == author}


def counts_for_others(reader: Reader, subject: str) -> bool:
    """Whether a version of a case was approved, or filed by who speaks for the system's developer or the authority. Of
    one from before that was asked, its author may."""
    versions = [row["body"] for row in registry.versions(reader, subject) if not row["erased"]]
    if any(body.get("said_by") != registry.CLAIMED for body in versions):
        return True
    approved = reader.select(APPROVAL, {"safety_case": subject})
    return any(not registry.marks(reader, row["entry"], "annulled") for row in approved)
