"""`weal duties`: who owes what by when, and why; as a calendar file; and who kept their dates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from cyclopts import App

from commonweal import duty_feeds
from commonweal.authority import OPERATOR, Authority
from commonweal.duty_feeds import Told
from commonweal.kernel import obligations, registry
from commonweal.kernel.record import Row
from commonweal.kernel.values import LANGUAGES, BadInput, Fault, instant
from commonweal.kernel.values.jurisdictions import near
from commonweal.sight import Sight

from .filing import say_clock
from .moments import Moment
from .out import as_json, err, out, table, target

SHOWN_MAX = 400
_JSON = ("rule", "rule_version", "law", "jurisdiction", "subject", "party", "duty", "state", "missing", "started_on",
         "due", "due_if_owed", "last_day", "stopped_on", "met_on", "received_on", "late", "stated", "rounds", "parent",
         "why", "entry", "filed_entry")  # fmt: skip
_OPEN = "open"


def add_to(app: App) -> None:
    app.command(duties)


def duties(
    folder: Path,
    /,
    *,
    party: str = "",
    rule: str = "",
    about: str = "",
    jurisdiction: str = "",
    state: str = _OPEN,
    due_before: Moment = "",
    why: bool = False,
    language: str = "en",
    on_time: bool = False,
    ics: Path | None = None,
    json: bool = False,
) -> None:
    """Who owes what to whom by when, soonest first.

    Args:
        folder: The authority's folder.
        party: Only what this party owes, e.g. organisation:openai, or authority.
        rule: Only under this rule, e.g. eu.ai_act.art52_1.
        about: Only about this subject, e.g. model:gpt-4.
        jurisdiction: Only under the law of this jurisdiction, e.g. EU or US-CA.
        state: Only in this state: open (owed or overdue, the usual), owed, overdue, met, unknown and so on; or all.
        due_before: Only what falls due before this day or instant.
        why: Say of each why it is owed, and why by that day: facts, clauses, the clock, what was not counted.
        language: The language of these reasons, en or zh.
        on_time: Who kept their dates, by party, instead of the duties.
        ics: Write the duties with a date into this file, for a calendar.
        json: Answer in JSON, for programs.
    """
    if language not in LANGUAGES:
        raise BadInput(Fault("--language", language, f"one of: {', '.join(LANGUAGES)}", "choice"))
    states = _states(state)
    until = instant(due_before) if due_before else None
    where = {"party": party, "rule": rule, "subject": about, "jurisdiction": jurisdiction}
    with Authority.open(folder) as authority:
        authority.follow()
        say_clock(authority)
        _check_jurisdiction(authority, jurisdiction)
        if on_time:
            _on_time(authority, rule, jurisdiction, json=json)
        elif ics is not None:
            _ics(authority, {**where, **({"state": state} if state not in (_OPEN, "all") else {})}, ics)
        else:
            rows = _rows(authority, where, states, until)
            _log(authority, rows if json or why else rows[:SHOWN_MAX])
            as_json([_plain(row) for row in rows]) if json else _table(authority, rows, why=language if why else "")


def _states(state: str) -> tuple[str, ...]:
    if state == _OPEN:
        return ("owed", "overdue")
    if state == "all":
        return ()
    if state not in obligations.STATES:
        raise BadInput(Fault("--state", state, f"one of: open, all, {', '.join(obligations.STATES)}", "choice"))
    return (state,)


def _check_jurisdiction(authority: Authority, named: str) -> None:
    """Refuse a jurisdiction of which no law was adopted: that nothing is owed under it would be no answer."""
    known = sorted({law.jurisdiction for law in obligations.adopted_laws(authority.reader)})
    if named and named not in known:
        meant = [code for code in near(named) if code in known]
        want = f"a jurisdiction of an adopted law: {', '.join(known) or 'there is none yet'}"
        want += f"; perhaps {' or '.join(meant)}" if meant else ""
        raise BadInput(Fault("--jurisdiction", named, want, "unknown_name"))


def _rows(authority: Authority, where: Mapping[str, str], states: tuple[str, ...], until: datetime | None) -> list[Row]:
    reader = authority.reader
    named: dict[str, Any] = {name: where[name] or None for name in ("party", "rule", "subject")}
    found = []
    for row in obligations.duties_told(reader, lambda party: True, **named, states=states):
        law = obligations.law_of(reader, row["sha256"])
        end = row["due"] or row["due_if_owed"]
        wanted = until is None or (end is not None and instant(end) < until)
        if wanted and where["jurisdiction"] in ("", law.jurisdiction):
            found.append({**row, "jurisdiction": law.jurisdiction})
    return sorted(found, key=lambda row: (row["due"] or row["due_if_owed"] or "9999", row["rule"], row["subject"]))


def _log(authority: Authority, rows: Iterable[Row]) -> None:
    seeing = Sight(authority, OPERATOR, "weal duties")
    seeing.owed(rows)
    seeing.logged()


def _plain(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in _JSON}


def _table(authority: Authority, rows: list[Row], *, why: str) -> None:
    told = _told(authority)
    lines = []
    for row in rows[:SHOWN_MAX]:
        law = obligations.law_of(authority.reader, row["sha256"])
        found = law.rule(row["rule"], row["rule_version"])
        title = found.title["en"] if found is not None else row["duty"]
        day = f"stopped on {row['stopped_on']}" if row["stopped_on"] else obligations.ends(row, law) or "-"
        if found is not None and obligations.presumed_start(row, found):
            day += " (start not stated)"
        party = duty_feeds.party_name(row["party"], law, told)
        state = "met late" if row["state"] == "met" and row["late"] else row["state"]
        lines.append((day, state, title, told.name_of(row["subject"]), party, row["rule"]))
        if why:
            out(f"{row['rule']} about {row['subject']}: {obligations.STATES[row['state']][why]}")
            for line in obligations.explanation(authority.reader, row):
                out(f"  {line[why]}")
    if not why:
        table("Duties", ("last day", "state", "duty", "about", "owed by", "rule"), lines)
    if len(rows) > SHOWN_MAX:
        err(f"{SHOWN_MAX} of {len(rows)} are shown; narrow them, or ask for --json.")


def _on_time(authority: Authority, rule: str, jurisdiction: str, *, json: bool) -> None:
    rows = obligations.on_time(authority.reader, authority.reading().now, rule=rule, jurisdiction=jurisdiction)
    if json:
        as_json(rows)
        return
    told = _told(authority)
    names = ("in_time", "stated", "late", "missed", "overdue", "open", "deemed", "days_before", "dated")
    lines = [(told.name_of(row["party"]), *("-" if row[name] is None else row[name] for name in names)) for row in rows]
    heads = (
        "party",
        "in time",
        "in time by own statement, received later",
        "late",
        "of these nothing came",
        "overdue now",
        "open",
        "deemed",
        "median days before the last day",
        "of",
    )
    table("Who kept their dates", heads, lines)
    err("As the public may know it: duties in confidence are left out. weal duties --state met lists these too.")


def _ics(authority: Authority, where: Mapping[str, str], path: Path) -> None:
    written = duty_feeds.ics(authority.reader, _told(authority), {name: where[name] for name in where if where[name]})
    with target(path) as put:
        put(written.decode())
    err(f"Written to {path}: {written.count(b'BEGIN:VEVENT')} deadlines.")


def _told(authority: Authority) -> Told:
    settings = authority.settings

    def name_of(subject: str) -> str:
        found = registry.subject(authority.reader, subject) if ":" in subject else None
        return str(found["name"]) if found else subject

    return Told(
        settings.origin, settings.name["en"], "en", authority.reading().now, settings.address or "", name_of=name_of
    )
