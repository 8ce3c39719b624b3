"""A letter put together: what was asked for, filled into its template under the authority's letterhead."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, timedelta, tzinfo
from typing import Any

from commonweal.kernel import persons, registry
from commonweal.kernel.record import AUTHORITY, Reader
from commonweal.kernel.values import LANGUAGES, BadInput, Fault, FaultCollector, NotFound, Text

from .templates import Template

_LATER = re.compile(r"P([0-9]{1,4})D")
_WHO_FILED = Text(en="To whoever filed {name}", zh="致：{name} 的提交人")
UNTIL = "until"


@dataclass(frozen=True)
class Letterhead:
    """Whose letters these are: with what references begin, name and postal lines by language, zone, templates, and the
    targets that are declared.
    """

    prefix: str = "L"
    lines: Mapping[str, Sequence[str]] = field(default_factory=dict)
    zone: tzinfo = UTC
    templates: Mapping[str, Template] = field(default_factory=dict)
    targets: Sequence[str] = ()

    def template(self, name: str) -> Template:
        """Raises `NotFound`."""
        found = self.templates.get(name)
        if found is None:
            raise NotFound("letter template", name, "one of " + (", ".join(sorted(self.templates)) or "none"))
        return found


def body_of(head: Letterhead, asked: Mapping[str, Any], today: date) -> dict[str, Any]:
    """What `letter.written` says of a letter that was asked for (as `LetterWanted` has it, `to` given), dated `today`.

    A day may be given as a span after that (`P14D`). Raises `NotFound`, and `BadInput` with every fault.
    """
    template = head.template(asked["template"])
    languages = list(asked["languages"])
    faults = FaultCollector(template.id)
    if not languages or len(set(languages)) < len(languages) or set(languages) - {*LANGUAGES}:
        faults.add("language", languages, f"one or both of {', '.join(LANGUAGES)}, each once", "language")
    faults.done()
    values = {name: _day(template, name, value, today) for name, value in asked["values"].items()}
    wordings = [
        {"language": one, "office": list(head.lines.get(one, ())), **template.fill(values, one)} for one in languages
    ]
    until = values.get(UNTIL)
    typed = template.values.get(UNTIL)
    return {
        "prefix": head.prefix,
        "year": today.year,
        "dated": today.isoformat(),
        "basis": asked.get("basis"),
        "template": f"{template.id} {template.version}",
        "template_sha256": template.sha256,
        "to": list(asked["to"]),
        "wordings": wordings,
        "deliver": list(dict.fromkeys(asked.get("deliver", ()))),
        "party": asked.get("party", ""),
        "until": until[:10] if until and typed is not None and typed.type == "day" else None,
        "case": asked.get("case", ""),
    }


def _day(template: Template, name: str, value: Any, today: date) -> Any:
    """A value of the template; a day that was given as a span is that long after today."""
    typed = template.values.get(name)
    span = _LATER.fullmatch(value) if isinstance(value, str) and typed is not None and typed.type == "day" else None
    return (today + timedelta(days=int(span[1]))).isoformat() if span else value


def lines_for(reader: Reader, party: str, about: str | None, languages: Sequence[str]) -> list[str]:
    """How a party is called on a letter: by name, where the record has one; else by what they filed."""
    person = persons.person_of(reader, party)
    if person is not None and person["name"]:
        return [str(person["name"])]
    row = registry.subject(reader, about) if about else None
    if row is not None and row["noun"] == "organisation" and registry.filer(reader, row["subject"]) == party:
        return [str(row["name"])]
    return who_filed(reader, about, languages, party.removeprefix("party:"))


def who_filed(reader: Reader, about: str | None, languages: Sequence[str], unnamed: str = "") -> list[str]:
    """How whoever filed something is addressed without being named; what has no name is called `unnamed`."""
    row = registry.subject(reader, about) if about else None
    name = str(row["name"]) if row is not None and not row["erased"] else unnamed or str(about)
    return [_WHO_FILED[one].format(name=name) for one in languages]


FILER, DEBTOR, FIELD = "filer", "debtor", "field:"


def addressee(
    reader: Reader, to: str | Sequence[str], subject: str | None, languages: Sequence[str], debtor: str = ""
) -> tuple[str, list[str]]:
    """The party a letter is addressed to ("" where it is none of this record) and the lines that stand on it.

    `to` is `filer` (of the subject), `debtor` (whoever registered the organisation that owes something), `field:NAME`
    (what the subject's newest version says there), or lines. Raises `BadInput` where that is nobody.
    """
    if not isinstance(to, str):
        return "", list(to)
    if to.startswith(FIELD):
        row = registry.subject(reader, subject or "")
        named = str((row["body"] if row else {}).get(to.removeprefix(FIELD)) or "")
        if not named:
            raise BadInput(Fault("to", to, f"a field that {subject} has", "addressee"), "letter")
        return "", [named]
    about = debtor if to == DEBTOR else subject
    party = registry.filer(reader, about) if about else None
    if party is None or party == AUTHORITY:
        raise BadInput(
            Fault("to", to, f"somebody who filed {about or 'a subject'}, to write to", "addressee"), "letter"
        )
    return party, lines_for(reader, party, about, languages)
