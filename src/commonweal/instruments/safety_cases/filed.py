"""Cases as they stand in the record: the newest version, what was said about it since, and how it stands on a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.instrument import Entry, Reader, Table, Tables

from .dialogue import Statement, with_statements
from .evidence import Binding
from .kinds import SAID, WEIGHED
from .knowing import OfTheRecord
from .model import Case
from .standing import CaseStanding, Dependence, standing

STATEMENT = Table(
    "safety_cases_statement",
    columns={
        "entry": "integer",
        "safety_case": "text",
        "by": "text",
        "body": "json",
        "verdict": "text",
        "weighed": "integer",
    },
    key=("entry",),
    indexes=(("safety_case",),),
)
"""Every statement about a case as it was filed, the newest verdict on it, and by which entry that came."""
TABLES = (STATEMENT,)


def follow(entry: Entry, tables: Tables) -> None:
    """Lay out what is said and how it was weighed."""
    body = entry.body
    if entry.kind == SAID.id:
        row = {"entry": entry.index, "safety_case": body["case"], "by": entry.author, "body": dict(body)}
        tables.put(STATEMENT, {**row, "verdict": "unweighed", "weighed": None})
    elif entry.kind == WEIGHED.id:
        said = tables.get(STATEMENT, body["statement"])
        if said is not None:
            tables.put(STATEMENT, {**said, "verdict": body["verdict"], "weighed": entry.index})


@dataclass(frozen=True)
class FiledCase:
    """The newest version of a case, by which `entry`, and who filed any of its versions."""

    subject: str
    entry: int
    authors: frozenset[str]
    body: Mapping[str, Any]

    @property
    def argument(self) -> Case:
        """The argument as it was filed."""
        return Case.model_validate(self.body["argument"])

    @property
    def bindings(self) -> tuple[Binding, ...]:
        """What its elements rest on outside the argument."""
        return tuple(Binding.model_validate(one) for one in self.body.get("bindings", ()))

    @property
    def dependence(self) -> Mapping[str, Dependence]:
        """How what an element rests on hangs together, where that was stated."""
        return dict(self.body.get("dependence") or {})

    @property
    def review_by(self) -> date | None:
        """By when it is to be looked at again."""
        found = self.body.get("review_by")
        return date.fromisoformat(str(found)) if found else None


def filed_case(reader: Reader, subject: str) -> FiledCase | None:
    """The newest version of a case that was not erased."""
    versions = registry.versions(reader, subject)
    if not versions or versions[-1]["erased"]:
        return None
    newest = versions[-1]
    return FiledCase(subject, int(newest["entry"]), frozenset(row["author"] for row in versions), newest["body"])


def statements(reader: Reader, subject: str) -> list[Statement]:
    """What was said about a case, oldest first, each with how it was weighed."""
    found = []
    for row in reader.select(STATEMENT, {"safety_case": subject}, order=("entry",)):
        body = row["body"]
        evidence = Binding.model_validate(body["evidence"]) if body.get("evidence") else None
        one, other = body.get("between") or (None, None)
        found.append(
            Statement(
                int(row["entry"]),
                row["by"],
                body["text"],
                body.get("element"),
                (one, other) if one is not None and other is not None else None,
                body.get("statement"),
                evidence,
                row["verdict"],
            )
        )
    return found


def stands(reader: Reader, case: FiledCase, today: date) -> CaseStanding:
    """How a case stands on a day by all that the record says, with what was said about it."""
    said = statements(reader, case.subject)
    argument, brought, counts = with_statements(case.argument, said)
    known = OfTheRecord(reader, before=max([case.entry, *(one.entry for one in said)]))
    return standing(argument, [*case.bindings, *brought], today, known, dependence=case.dependence, counts=counts)
