"""Cases as they stand in the record: the newest version, what was said about it since, and how it stands on a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.instrument import Entry, Reader, Row, Table, Tables

from .dialogue import Filed, Statement, is_moved, with_statements
from .evidence import Binding
from .kinds import CASE, SAID, WEIGHED
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
        "admitted_by": "text",
    },
    key=("entry",),
    indexes=(("safety_case",), ("verdict",)),
)
"""Every statement about a case as it was filed, the newest verdict on it, by which entry that came, and who admitted it
last."""
AUTHOR = Table(
    "safety_cases_author",
    columns={"party": "text", "safety_case": "text"},
    key=("party", "safety_case"),
)
"""Who filed a version of which case."""
ARGUED = Table("safety_cases_argued", columns={"entry": "integer", "argued": "integer"}, key=("entry",))
"""Of each version of a case whether its public claim is what the argument claims (`Case.says`)."""
TABLES = (STATEMENT, AUTHOR, ARGUED)


def follow(entry: Entry, tables: Tables) -> None:
    """Lay out who filed which case, what is said and how it was weighed."""
    body = entry.body
    if entry.kind == CASE.id:
        tables.put(AUTHOR, {"party": entry.author, "safety_case": str(entry.subject)})
        argued = Case.model_validate(body["argument"]).says(body["claim"])
        tables.put(ARGUED, {"entry": entry.index, "argued": int(argued)})
    elif entry.kind == SAID.id:
        row = {"entry": entry.index, "safety_case": body["case"], "by": entry.author, "body": dict(body)}
        tables.put(STATEMENT, {**row, "verdict": "unweighed", "weighed": None, "admitted_by": ""})
    elif entry.kind == WEIGHED.id:
        said = tables.get(STATEMENT, body["statement"])
        if said is not None:
            by = entry.author if body["verdict"] == "admitted" else said["admitted_by"]
            tables.put(STATEMENT, {**said, "verdict": body["verdict"], "weighed": entry.index, "admitted_by": by})


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
    def is_real(self) -> bool:
        """Whether it is not marked as made up to try this."""
        return not self.body.get("fictitious")

    @property
    def review_by(self) -> date | None:
        """By when it is to be looked at again."""
        found = self.body.get("review_by")
        return date.fromisoformat(str(found)) if found else None


def is_argued(reader: Reader, entry: int) -> bool:
    """Whether what a version claims in public is what its argument claims, in these words."""
    row = reader.get(ARGUED, entry)
    return row is not None and bool(row["argued"])


def filed_case(reader: Reader, subject: str) -> FiledCase | None:
    """The newest version of a case that was not erased."""
    versions = registry.versions(reader, subject)
    if not versions or versions[-1]["erased"]:
        return None
    newest = versions[-1]
    return FiledCase(subject, int(newest["entry"]), frozenset(row["author"] for row in versions), newest["body"])


def statements(reader: Reader, subject: str) -> list[Statement]:
    """What was said about a case, oldest first, each with how it was weighed, and whether it is about what it was."""
    found, versions = [], _Versions(registry.versions(reader, subject))
    for row in reader.select(STATEMENT, {"safety_case": subject}, order=("entry",)):
        body = row["body"]
        evidence = Binding.model_validate(body["evidence"]) if body.get("evidence") else None
        one, other = body.get("between") or (None, None)
        statement = Statement(
            int(row["entry"]),
            row["by"],
            body["text"],
            body.get("element"),
            (one, other) if one is not None and other is not None else None,
            body.get("statement"),
            evidence,
            row["verdict"],
            row["admitted_by"],
        )
        found.append(replace(statement, moved=versions.moved(statement)))
    return found


class _Versions:
    """The versions of a case, each read once, and only where a newer one came since something was said of it."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = [row for row in rows if not row["erased"]]
        self._read: dict[int, Filed] = {}

    def moved(self, statement: Statement) -> bool:
        """Whether the newest version has otherwise what a statement is said against; of one from before any version
        that is left nobody can tell."""
        if statement.statement is not None or not self._rows or self._rows[-1]["entry"] < statement.entry:
            return False
        before = [row for row in self._rows if row["entry"] < statement.entry]
        return not before or is_moved(statement, self._filed(before[-1]), self._filed(self._rows[-1]))

    def _filed(self, row: Row) -> Filed:
        entry = int(row["entry"])
        if entry not in self._read:
            case = FiledCase(row["subject"], entry, frozenset(), row["body"])
            self._read[entry] = case.argument, case.bindings
        return self._read[entry]


def stands(reader: Reader, case: FiledCase, today: date) -> CaseStanding:
    """How a case stands on a day by all that the record says, with what was said about it."""
    said = statements(reader, case.subject)
    argument, brought, counts = with_statements(case.argument, said)
    known = OfTheRecord(reader, before=max([case.entry, *(one.entry for one in said)]))
    return standing(argument, [*case.bindings, *brought], today, known, dependence=case.dependence, counts=counts)
