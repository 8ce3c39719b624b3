"""What an officer makes of an incident for one recipient: each field as it will read, or kept back and why.

The form's fields are named after those of the publication; `keep.` before one holds why it is kept back, empty where
it goes out. Words, names, days and numbers can be rewritten; codes of a scale are those on file, or kept back. `hide.`
before one holds for what reason the words that readers had before are to go; `AS_WARNED` leaves that to the warnings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from commonweal.kernel import registry
from commonweal.kernel.instrument import Kind, Reading, Row, Text
from commonweal.kernel.values import subject_id

from ..concerning import Names
from ..desk.doing import filled, lines
from ..harbour.tables import strips
from ..publication import CORRECTION, OPEN, PASSED, PUBLISHED, SHARES, of_incident, taken_out
from ..review import CONFIDENTIAL, Risk, Warned, warnings
from ..tables import links, thread
from ..telling import MOMENTS
from ..withholding import FIRST

KEEP, HIDE, SEEN = "keep.", "hide.", "seen"
AS_WARNED, IN_SIGHT = "", "in_sight"
WORDS_OF: tuple[Risk, ...] = ("contact", "number", "copied", "reporter_named", "kept_back", "person", "identity")
"""The warnings that are about words: a number or a day that was wrong stays in sight beside what corrects it."""
ALWAYS = ("title", "title_zh", "summary", "summary_zh")
WORDED = ("title", "title_zh")
LONG = ("summary", "summary_zh")
NUMBERS = ("affected_min", "affected_max", "deaths")
NAMES = (
    "systems_named", "developers_named", "deployers_named", "harmed_named", "countries", "external", "sources",
)  # fmt: skip
EMPTY: tuple[object, ...] = (None, "", [], ())
Control = Literal["text", "long_text", "lines", "fixed"]


@dataclass(frozen=True)
class Recipient:
    """For whom something goes out: the kind that says so, what they are called, and what that means."""

    kind: Kind
    title: Text
    lead: Text


RECIPIENTS: Mapping[str, Recipient] = {
    "public": Recipient(
        PUBLISHED,
        Text(en="Everybody", zh="所有人"),
        Text(
            en="The page of the incident, the list, exports, feed and snapshots. It cannot be called back.",
            zh="事件页面、列表、导出、订阅源与快照。一经公布无法收回。",
        ),
    ),
    "authorities": Recipient(
        SHARES,
        Text(en="Fellow authorities and auditors", zh="同行机关与审计人员"),
        Text(
            en="Whoever reads here as a fellow authority or auditor (TLP:GREEN): they may pass it on among themselves.",
            zh="以同行机关或审计人员身份阅读者（TLP:GREEN）：可在其内部转传。",
        ),
    ),
    "reader": Recipient(
        PASSED,
        Text(en="One named reader", zh="一名指名阅读者"),
        Text(
            en="An authority, a researcher, whoever reported: one party, until a day, for a purpose (TLP:RED).",
            zh="某一机关、研究者或报告人：仅限一方，限期、限定目的（TLP:RED）。",
        ),
    ),
}


def control_of(field: str) -> Control:
    """How a field can be rewritten: `fixed` where it only goes out as it is on file, or not."""
    if field in (*WORDED, *MOMENTS, *NUMBERS):
        return "text"
    return "long_text" if field in LONG else "lines" if field in NAMES else "fixed"


def as_typed(value: Any) -> str:
    """A value as the form shows it: one item a line."""
    if value in EMPTY:
        return ""
    return "\n".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


@dataclass(frozen=True)
class Draft:
    """What would go out: `body` of the filing, beside what is on `file`, what was `said` last to the same recipient
    (with its number of `versions`), and the decision on each of `fields`: why it is kept back, "" where it goes out."""

    to: str
    body: Mapping[str, Any]
    file: Mapping[str, Any]
    said: Mapping[str, Any]
    versions: int
    before: Sequence[Mapping[str, Any]]
    fields: Mapping[str, str]
    typed: Mapping[str, str]
    state: str

    def warned(self, reading: Reading, incident: str) -> list[Warned]:
        """What in it could give somebody away, and a day that is past."""
        few = [
            Warned(field, str(self.body[field]), "kept_back")
            for field in NUMBERS
            if field in self.body
            for other in NUMBERS
            if other in self.body["withheld"] and self.file[other] == self.body[field]
        ]
        day = str(self.body["published_on"])
        back = [Warned("published_on", day, "dated_back")] if day < reading.today.isoformat() else []
        return [*self.held_against(self.body, reading, incident), *few, *back]

    def held_against(self, body: Mapping[str, Any], reading: Reading, incident: str) -> list[Warned]:
        """What in a body that went out, or would, could give somebody away, beside all that is known here."""
        hidden = [
            str(item)
            for field in self.body["withheld"]
            if field in (*NAMES, *MOMENTS)
            for item in (self.file[field] if isinstance(self.file[field], list | tuple) else [self.file[field]])
        ]
        strips, named = identities(reading, incident), reporters(reading, incident)
        return warnings(body, reports(reading, incident), hidden, strips, named)

    def earlier(self, field: str) -> list[Any]:
        """What readers had of a field before and still see, where it is something else than what they would now."""
        said = [
            one[field]
            for one in self.before
            if one.get(field) not in EMPTY and field not in taken_out(one, self.before)
        ]
        return [value for at, value in enumerate(said) if value != self.body.get(field) and value not in said[:at]]


def drafted(reading: Reading, row: Row, to: str, given: Mapping[str, str]) -> Draft:
    """What the answers come to; without answers, what went out last, else all that is on file but for `FIRST`."""
    incident, file = row["subject"], dict(reading.opened(int(row["entry"])))
    before, newest = said_before(reading, incident, str(row["name"]), to)
    said, versions = (before[-1] if before else {}), len(before)
    shown = [field for field in OPEN if field in ALWAYS or file.get(field) not in EMPTY or field in said]
    sent = SEEN in given
    typed = {field: given.get(field, "") if sent else as_typed(_begins(field, file, said)) for field in shown}
    keep = {
        field: given.get(KEEP + field, "") if sent else _kept(field, file, said, versions)
        for field in shown
        if field != "title"
    }
    body: dict[str, Any] = {"name": row["name"], "incident": incident}
    body |= {"fictitious": True} if file.get("fictitious") else {}
    body["published_on"] = (given.get("published_on") if sent else "") or reading.today.isoformat()
    for field in shown:
        value = file.get(field) if control_of(field) == "fixed" else _value(field, typed[field])
        if not keep.get(field) and value not in EMPTY:
            body[field] = value
    body["withheld"] = {field: why for field, why in keep.items() if why and file.get(field) not in EMPTY}
    body |= filled(given, "correction")
    if to == "reader":
        body |= filled(given, "recipient", "until", "purpose", "terms")
        if "recipient" in body and ":" not in body["recipient"]:  # as pages show who somebody is
            body["recipient"] = f"party:{body['recipient']}"
    if versions and given.get("status") == "withdrawn":
        body = {"name": row["name"], "incident": incident, "published_on": body["published_on"], "status": "withdrawn"}
        body |= {"fictitious": True} if said.get("fictitious") else {}
        why = filled(given, "withdrawn_for")  # what is withdrawn for a reason is not said once more
        body |= {"title": row["name"] if why else said.get("title", row["name"]), "withheld": {}, **why}
        body |= filled(given, "correction")
    state = f"{row['entry']}-{newest}"
    draft = Draft(to, body, file, said, versions, before, {"title": "", **keep}, typed, state)
    hidden = {} if body.get("status") == "withdrawn" else _hidden(draft, given, reading, incident)
    return replace(draft, body={**body, "hidden": hidden}) if hidden else draft


def _hidden(draft: Draft, given: Mapping[str, str], reading: Reading, incident: str) -> dict[str, str]:
    """Of which fields the words that readers had before go, and why: as was chosen, else where they could give somebody
    away and what takes their place does not do so too."""
    changed = [
        field for field in (*OPEN, CORRECTION) if draft.earlier(field) and draft.body["withheld"].get(field) is None
    ]
    chosen = {field: given.get(HIDE + field, AS_WARNED) for field in changed}
    warned: set[str] = set()
    if AS_WARNED in chosen.values():
        now = {(one.field, one.seen, one.risk) for one in draft.held_against(draft.body, reading, incident)}
        for one in draft.before:
            said = {field: one[field] for field in changed if one.get(field) in draft.earlier(field)}
            found = draft.held_against(said, reading, incident)
            warned |= {
                each.field for each in found if each.risk in WORDS_OF and (each.field, each.seen, each.risk) not in now
            }
    as_warned = {field: "personal" for field in changed if chosen[field] == AS_WARNED and field in warned}
    return as_warned | {field: why for field, why in chosen.items() if why not in (AS_WARNED, IN_SIGHT)}


def _begins(field: str, file: Mapping[str, Any], said: Mapping[str, Any]) -> Any:
    return said[field] if said.get(field) not in EMPTY else file.get(field)


def _kept(field: str, file: Mapping[str, Any], said: Mapping[str, Any], versions: int) -> str:
    if versions:
        return str(said.get("withheld", {}).get(field, ""))
    return FIRST.get(field, "") if file.get(field) not in EMPTY else ""


def _value(field: str, typed: str) -> Any:
    """What was typed as the kind takes it; a number that is none stays text, for the kind to refuse by name."""
    if field in NAMES:
        return lines(typed)
    plain = typed.replace("\r\n", "\n").strip()
    return int(plain) if field in NUMBERS and plain.isascii() and plain.isdigit() and len(plain) < 20 else plain


def said_before(reading: Reading, incident: str, name: str, to: str) -> tuple[list[Mapping[str, Any]], int | str]:
    """What the same readers were told, by version, oldest first, and by which entry last; of a named reader nothing."""
    if to == "public":
        found = of_incident(reading.tables, incident)
    else:
        shared = subject_id(SHARES.noun or "", name)
        row = registry.subject(reading.tables, shared) if to == "authorities" else None
        rows = registry.versions(reading.tables, shared) if row is not None and not row["erased"] else []
        found = [_opened(reading, int(one["entry"])) for one in rows]
    return list(found), found[-1]["entry"] if found else ""


def _opened(reading: Reading, entry: int) -> dict[str, Any]:
    return {field: value for field, value in reading.opened(entry).items() if value not in EMPTY} | {"entry": entry}


def reports(reading: Reading, incident: str) -> list[Mapping[str, Any]]:
    """What warnings rest on in the reports that are linked to an incident, and in what their reporters answered, opened
    for who is signed in."""
    linked = [link["report"] for link in links(reading.tables, incident=incident)]
    rows = [registry.subject(reading.tables, report) for report in linked]
    told = [reading.part(int(row["entry"]), *CONFIDENTIAL) for row in rows if row is not None and not row["erased"]]
    answers = [one["entry"] for report in linked for one in thread(reading.tables, report) if one["what"] == "answer"]
    return [*told, *(reading.part(entry, "text") for entry in answers)]


def reporters(reading: Reading, incident: str) -> list[str]:
    """By which names the organisations are known that reported what is linked to an incident: as the register has them
    and without their legal form."""
    names = Names(reading.tables)
    told = (str(one["organisation"]) for one in reports(reading, incident) if one.get("organisation"))
    return [name for one in dict.fromkeys(told) for name in names.known_as(one)]


def identities(reading: Reading, incident: str) -> list[Mapping[str, Any]]:
    """Who reported what is linked to an incident, to be compared and never shown: that it was read is logged."""
    linked = [link["report"] for link in links(reading.tables, incident=incident)]
    filed = [one["entry"] for report in linked for one in strips(reading.tables, report) if one["what"] == "filed"]
    return [reading.compared(entry, "person", "contact") for entry in filed]


def fields_in(body: Mapping[str, Any]) -> Sequence[str]:
    """The fields of an incident that a filing says, in their order."""
    return [field for field in OPEN if body.get(field) not in EMPTY]
