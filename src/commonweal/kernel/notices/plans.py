"""Which letters are written by themselves: a text that the authority adopts, and what of it fits an entry.

```toml
id = "incident_reports.letters"
version = "2026-11"
title = { en = "…", zh = "…" }

[[letter]]
template = "incident_reports.received"
on = "incident_reports.report"          # a kind of entry; or duty.changed; or duty.due, some days before a duty is due
where = { reporter = ["public"] }       # what its fields must say: a value, one of several, or "x.*"
to = "filer"                            # filer, debtor, field:NAME, or lines
values = { name = "$name", received = "$day", owed = "$owed" }
once = true                             # one letter for each subject, however often it fits

[[letter]]
template = "incident_reports.demand"
on = "duty.changed"
where = { state = "overdue", rule = "eu.ai_act_incidents.*" }
to = "debtor"
values = { duty = "$title", law = "$citation", last_day = "$last_day", until = "P14D" }
```

Values: a text, one for each language, or `$name` (what the subject is called), `$day` (of the entry), `$owed` (what
whoever filed it, and the organisation that it names, owe on the subject), `$field.NAME`; of a duty also `$title`,
`$citation`, `$law` and `$last_day`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from commonweal.kernel import obligations, registry
from commonweal.kernel.record import Reader
from commonweal.kernel.values import LANGUAGES, FaultCollector, RuleFault, citing, read_toml

from .kinds import LINES_MAX
from .templates import Template
from .writing import DEBTOR, FIELD, FILER

DUTY_CHANGED, DUTY_DUE = "duty.changed", "duty.due"
_TOP = frozenset(("id", "version", "title", "source", "letter"))
_KEYS = frozenset(("template", "on", "where", "to", "values", "languages", "deliver", "days_before", "once"))
_KIND = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
_NEVER = ("letter.", "notice.", "effect.", "clock.")
_OF_A_DUTY = ("$title", "$citation", "$law", "$last_day")
_OF_AN_ENTRY = ("$name", "$day", "$owed")
_SOURCES = (*_OF_AN_ENTRY, *_OF_A_DUTY)
LETTERS_MAX, DAYS_MAX = 100, 366


@dataclass(frozen=True, slots=True)
class Planned:
    """One letter that is written by itself; see the module."""

    template: str
    on: str
    to: str | tuple[str, ...]
    where: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    languages: tuple[str, ...] = LANGUAGES
    deliver: tuple[str, ...] = ()
    days_before: int = 0
    once: bool = False

    def fits(self, body: Mapping[str, Any]) -> bool:
        """Whether an entry's fields say what is asked of them."""
        return all(_says(body.get(name), want) for name, want in self.where.items())


def _says(found: Any, want: Any) -> bool:
    if isinstance(want, list | tuple):
        return any(_says(found, one) for one in want)
    if isinstance(want, str) and want.endswith(".*"):
        return isinstance(found, str) and found.startswith(want[:-1])
    return bool(found == want)


def read_plan(
    text: str,
    where: str = "letters",
    templates: Mapping[str, Template] | None = None,
    kinds: Mapping[str, Any] | None = None,
) -> tuple[Planned, ...]:
    """Read a text. Raises `RuleFault` naming every fault; with `templates` and `kinds` also what there is none of."""
    data = read_toml(text, where)
    faults = FaultCollector(where, RuleFault)
    for key in data.keys() - _TOP:
        faults.add(key, data[key], f"one of {', '.join(sorted(_TOP))}", "unknown_field")
    listed = data.get("letter")
    if not (isinstance(listed, list) and 0 < len(listed) <= LETTERS_MAX):
        faults.add("letter", listed, f"1 to {LETTERS_MAX} tables [[letter]]", "missing")
        listed = []
    found = tuple(_planned(f"letter[{n}]", one, faults, templates, kinds) for n, one in enumerate(listed))
    faults.done()
    return found


def _planned(
    where: str,
    item: Any,
    faults: FaultCollector,
    templates: Mapping[str, Template] | None,
    kinds: Mapping[str, Any] | None,
) -> Planned:
    given: Mapping[str, Any] = item if isinstance(item, Mapping) else {}
    for key in given.keys() - _KEYS:
        faults.add(f"{where}.{key}", given[key], f"one of {', '.join(sorted(_KEYS))}", "unknown_field")
    template, on, to = given.get("template"), given.get("on"), given.get("to")
    if not isinstance(template, str) or not _KIND.fullmatch(template):
        faults.add(f"{where}.template", template, "the id of a template such as applications.received", "missing")
    if not isinstance(on, str) or not _KIND.fullmatch(on):
        faults.add(f"{where}.on", on, f"a kind of entry, {DUTY_CHANGED} or {DUTY_DUE}", "missing")
    elif on.startswith(_NEVER):
        faults.add(f"{where}.on", on, "another kind: a letter about letters would never end", "circle")
    elif kinds is not None and on != DUTY_DUE and on not in kinds:
        faults.add(f"{where}.on", on, "a kind of entry that is filed here", "unknown_kind")
    _check_to(f"{where}.to", to, str(on), faults)
    days = given.get("days_before", 0)
    if (on == DUTY_DUE) != (type(days) is int and 0 < days <= DAYS_MAX):
        faults.add(f"{where}.days_before", days, f"1 to {DAYS_MAX}, with on = {DUTY_DUE} and with nothing else", "days")
        days = 1
    languages = given.get("languages", list(LANGUAGES))
    if not (isinstance(languages, list) and languages and not set(map(str, languages)) - {*LANGUAGES}):
        faults.add(f"{where}.languages", languages, f"one or both of {', '.join(LANGUAGES)}", "language")
        languages = list(LANGUAGES)
    values, fields = (given.get(name, {}) for name in ("values", "where"))
    for name, value in (("values", values), ("where", fields)):
        if not isinstance(value, Mapping):
            faults.add(f"{where}.{name}", value, "a table")
    values = values if isinstance(values, Mapping) else {}
    _check_values(where, values, str(on), faults)
    if templates is not None and isinstance(template, str):
        check_values(where, template, values, templates, faults)
    deliver, once = given.get("deliver", []), given.get("once", False)
    if not (isinstance(deliver, list) and all(isinstance(one, str) for one in deliver)):
        faults.add(f"{where}.deliver", deliver, "a list of targets")
        deliver = []
    if not isinstance(once, bool):
        faults.add(f"{where}.once", once, "true or false")
    lines = to if isinstance(to, str) else tuple(to) if isinstance(to, list) else ()
    fields = dict(fields) if isinstance(fields, Mapping) else {}
    return Planned(
        str(template), str(on), lines, fields, dict(values), tuple(map(str, languages)), tuple(deliver), int(days),
        once is True,
    )  # fmt: skip


def _check_to(where: str, to: Any, on: str, faults: FaultCollector) -> None:
    lines = isinstance(to, list) and 0 < len(to) <= LINES_MAX and all(isinstance(one, str) and one for one in to)
    named = isinstance(to, str) and (to in (FILER, DEBTOR) or to.startswith(FIELD))
    if not (lines or named):
        faults.add(where, to, f"{FILER}, {DEBTOR}, {FIELD}NAME, or up to {LINES_MAX} lines", "addressee")
    elif to == DEBTOR and on not in (DUTY_CHANGED, DUTY_DUE):
        faults.add(where, to, f"{FILER} or lines: only a duty has somebody who owes it", "addressee")


def _check_values(where: str, values: Mapping[str, Any], on: str, faults: FaultCollector) -> None:
    for name, value in values.items():
        texts = (
            isinstance(value, Mapping)
            and set(value) == {*LANGUAGES}
            and all(isinstance(v, str) for v in value.values())
        )
        if not (isinstance(value, str) or texts):
            faults.add(f"{where}.values.{name}", value, f"a text, or one for each of {', '.join(LANGUAGES)}")
        elif isinstance(value, str) and value.startswith("$") and not value.startswith("$field."):
            allowed = _SOURCES if on in (DUTY_CHANGED, DUTY_DUE) else _OF_AN_ENTRY
            if value not in allowed:
                faults.add(f"{where}.values.{name}", value, f"one of {', '.join(allowed)}, $field.NAME", "variable")


def check_values(
    where: str, template: str, values: Mapping[str, Any], templates: Mapping[str, Template], faults: FaultCollector
) -> None:
    """Add what is wrong with the letter that a text asks for: a template that there is not, values amiss."""
    found = templates.get(template)
    if found is None:
        faults.add(f"{where}.template", template, "one of " + ", ".join(sorted(templates)), "unknown_name")
        return
    needed = {name for name, value in found.values.items() if value.otherwise is None}
    for name in sorted(needed - values.keys()):
        faults.add(f"{where}.values", ", ".join(values), f"{name} too: {found.values[name].title}", "missing")
    for name in sorted(values.keys() - found.values.keys()):
        faults.add(f"{where}.values.{name}", values[name], f"one of {', '.join(found.values)}", "unknown_field")


def values_of(plan: Planned, body: Mapping[str, Any], subject: str | None, day: str, reader: Reader) -> dict[str, Any]:
    """The values of a letter from an entry; one that the entry does not give is left out, and the template says so."""
    row = registry.subject(reader, subject) if subject else None
    known: dict[str, Any] = {"$day": day, "$name": row["name"] if row else None}
    if subject and "$owed" in plan.values.values():
        known["$owed"] = owed_by_filer(reader, subject)
    if plan.on in (DUTY_CHANGED, DUTY_DUE):
        law = obligations.law_of(reader, body["law_sha256"])
        rule = law.rule(body["rule"], body["rule_version"])
        known |= {"$law": dict(law.title), "$last_day": obligations.ends(body, law) or body.get("last_day")}
        known |= {"$title": dict(rule.title), "$citation": dict(citing(rule.citation))} if rule is not None else {}
    found = {name: _value(value, known, body) for name, value in plan.values.items()}
    return {name: value for name, value in found.items() if value is not None}


def owed_by_filer(reader: Reader, subject: str) -> dict[str, str] | None:
    """What whoever filed a subject, and the organisation that its newest version names, owe on it, by language; None
    where they owe nothing."""
    row = registry.subject(reader, subject)
    named = str((row["body"] if row else {}).get("organisation") or "")
    own = {registry.filer(reader, subject) or "", named} - {""}
    words = obligations.owed_in_words(reader, subject, own)
    return None if words is None else dict(words)


def _value(value: Any, known: Mapping[str, Any], body: Mapping[str, Any]) -> Any:
    if isinstance(value, Mapping) or not value.startswith("$"):
        return value
    if value.startswith("$field."):
        said = body.get(value.removeprefix("$field."))
        return None if said is None else str(said)
    return known.get(value)
