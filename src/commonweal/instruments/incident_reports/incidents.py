"""What the desk makes of reports: incidents, which reports tell of which, and how taxonomies classify them.

An incident is the authority's own record of something that happened; reports are linked to it by officers, never by
themselves, and each link can be undone. A variant is an incident that names what it is a variant of. Annotations are
signed by their annotator and stand side by side: agreement is computed, not assumed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from commonweal.kernel.instrument import PUBLIC, Entry, Filing, Index, Text
from commonweal.kernel.registry import Day, NotFuture, Occurred, Ref

from .reports import ITEMS_MAX, SECOND, STEWARDS, TECHNICAL, Count, Line, Said, Words, kind_of, unique
from .scales import Category, Harm, Misuse, Outcome, Relation, Reversibility, Sector, Severity, Warning_

Named = Annotated[tuple[Line, ...], AfterValidator(unique), Field(max_length=ITEMS_MAX)]
Chance = Annotated[float, Field(ge=0, le=1)]


_RUNS = re.compile(r"(?:javascript|vbscript|data|file|blob):", re.IGNORECASE)


def _no_program(text: str) -> str:
    """A source that a browser would run, or look for on its own machine, is none."""
    if _RUNS.match(text.strip()):
        raise ValueError("where others can read it: a web address, or a title with its place of publication")
    return text


Source = Annotated[str, Field(max_length=500), AfterValidator(_no_program)]


class Incident(Filing):
    """Something that happened, as the authority sees it now; each filing is a version.

    Without a `category` nobody has classified it yet. `external` names it in other databases (`AIID 23`), and
    `imported` holds, by field, digests of what one of those said when the field was last taken from there. What of it
    the public may read is said by publications.

    `made_of` is the report that it was made of, and `relation` how that tells of it: the same as a `Linked` of its own.
    A link filed right behind its incident would tell, by their order in the log, of which report a published incident
    was made; in here nobody can tell an incident that was made of a report from any other.
    """

    name: Annotated[Line, PUBLIC]
    fictitious: Annotated[bool, PUBLIC] = False
    category: Category | None = None
    title: Line
    title_zh: Line | None = None
    summary: Words = ""
    summary_zh: Words = ""
    occurred: Annotated[Occurred | None, NotFuture()] = None
    occurred_until: Annotated[Occurred | None, NotFuture()] = None
    outcome: Outcome | None = None
    harms: Annotated[tuple[Harm, ...], AfterValidator(unique)] = ()
    severity: Severity | None = None
    reversibility: Reversibility | None = None
    affected_min: Count | None = None
    affected_max: Count | None = None
    deaths: Count | None = None
    children_concerned: bool | None = None
    warnings: Annotated[tuple[Warning_, ...], AfterValidator(unique)] = ()
    misuses: Annotated[tuple[Misuse, ...], AfterValidator(unique)] = ()
    sectors: Annotated[tuple[Sector, ...], AfterValidator(unique)] = ()
    models: Annotated[tuple[str, ...], AfterValidator(unique), Field(max_length=ITEMS_MAX), Ref("model")] = ()
    systems_named: Named = ()
    developers_named: Named = ()
    deployers_named: Named = ()
    harmed_named: Named = ()
    countries: Named = ()
    variant_of: Annotated[str | None, Ref("incident", acyclic=True)] = None
    external: Named = ()
    sources: Annotated[tuple[Source, ...], Field(max_length=500)] = ()
    closed_on: Annotated[Day | None, NotFuture()] = None
    imported: Mapping[Annotated[str, Field(max_length=40)], Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]] = {}
    made_of: Annotated[str | None, Ref("report")] = None
    relation: Relation | None = None

    @model_validator(mode="after")
    def _relates(self) -> Incident:
        if (self.made_of is None) != (self.relation is None):
            raise ValueError("made_of and relation are said together: a report, and how it tells of the incident")
        return self


class Linked(Filing):
    """An officer finds that a report tells of an incident. `suggested` is the chance that was shown, if one was.

    Nothing of it is public: once the incident is published, it would tell what a confidential report is about.
    """

    report: Annotated[str, Ref("report")]
    incident: Annotated[str, Ref("incident")]
    relation: Relation
    reasons: Words = ""
    suggested: Chance | None = None


class Unlinked(Filing):
    """A link is undone: the report stands for itself again. Either may have been annulled meanwhile."""

    report: Annotated[str, Ref("report", annulled=True)]
    incident: Annotated[str, Ref("incident", annulled=True)]
    reasons: Said


class Annotation(Filing):
    """One annotator's classification of an incident in one taxonomy: a code, or several, for each of its questions.

    It counts as that of whoever files it; `annotator` says whose it is where the authority takes it from elsewhere.
    """

    incident: Annotated[str, Ref("incident"), PUBLIC]
    taxonomy: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,48}$"), PUBLIC]
    version: Annotated[str, Field(max_length=40), PUBLIC] = "1"
    annotator: Line
    codes: Mapping[Annotated[str, Field(max_length=80)], Annotated[tuple[Line, ...], Field(max_length=ITEMS_MAX)]]
    notes: Words = ""
    corrects: Index | None = None


INCIDENT = kind_of(
    "incident", Incident, Text(en="Incident", zh="事件"), STEWARDS, "incident", retention=TECHNICAL, **SECOND
)
LINKED = kind_of(
    "linked", Linked, Text(en="Report linked to an incident", zh="报告关联至事件"), STEWARDS, retention=TECHNICAL,
    renewable=True, confidential=True,
)  # fmt: skip
UNLINKED = kind_of(
    "unlinked",
    Unlinked,
    Text(en="Link undone", zh="关联撤销"),
    STEWARDS,
    retention=TECHNICAL,
    renewable=True,
    confidential=True,
)


def link_in(entry: Entry) -> Mapping[str, Any] | None:
    """The link that an entry makes: `report`, `incident` and `relation`; None for one that makes none, or is erased."""
    body = entry.body
    if entry.erased:
        return None
    if entry.kind == LINKED.id:
        return {name: body[name] for name in ("report", "incident", "relation")}
    if entry.kind == INCIDENT.id and body.get("made_of"):
        return {"report": body["made_of"], "incident": str(entry.subject), "relation": body["relation"]}
    return None


ANNOTATED = kind_of(
    "annotation", Annotation, Text(en="Classification of an incident", zh="事件分类"), ("auditor", *STEWARDS),
    retention=TECHNICAL, annullable=True,
)  # fmt: skip
KINDS = (INCIDENT, LINKED, UNLINKED, ANNOTATED)
