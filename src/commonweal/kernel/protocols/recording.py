"""What is recorded because a case moves: its entries, each within the bounds of its kind; and a case that is stuck.

A long move is told in several entries. A case whose move cannot be recorded, or not be worked out, is left where it
stood and marked as stuck with the reason; nothing that others do waits for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from commonweal.kernel.disclosure import validate
from commonweal.kernel.record.entries import Act, Entry
from commonweal.kernel.record.tables import Row, Tables
from commonweal.kernel.values import BadInput, Fault, NotFound, Text, instant, stamp

from .cases import Case, Cause, resolved
from .effects import requests
from .events import Closed, EffectWanted, Intent, LetterAsked, Noticed, StepEntered
from .kinds import ADVANCED, CASE_LETTER, ITEMS_MAX, KINDS, NOTICE, OPENED, item_of
from .playbooks import RECORD, Playbook
from .projections import CASE, STUCK

CANNOT = (ArithmeticError, AssertionError, LookupError, TypeError, ValueError, BadInput, NotFound)
"""What working out a move may raise: the case is then stuck. Anything else is trouble with the tables themselves."""
AGAIN = timedelta(days=1)
STUCK_WORD = "stuck"
_BY_ID = {kind.id: kind for kind in KINDS}


def opening(row: Row, case: Case) -> list[Act]:
    """The acts that say a case was opened. Raises `BadInput` where one could not be recorded."""
    under = {"playbook_version": row["version"], "playbook_sha256": row["sha256"], "cause": case.cause.index}
    under |= {"about": row["about"]} if row["about"] else {}
    return _told(case.cause.index, row, case, case.timeline, Act(OPENED.id, under, key=f"{OPENED.id}:{case.id}"))


def moving(cause: int, row: Row, case: Case, intents: Sequence[Intent]) -> list[Act]:
    """The acts that say how a case moved because of an entry. Raises `BadInput` where one could not be recorded."""
    return _told(cause, row, case, intents, Act(ADVANCED.id, {}, key=f"{ADVANCED.id}:{case.id}:{cause}"))


def _told(cause: int, row: Row, case: Case, intents: Sequence[Intent], first: Act) -> list[Act]:
    items = [item_of(intent) for intent in intents]
    acts = []
    for start in range(0, len(items), ITEMS_MAX):
        more = f"{ADVANCED.id}:{case.id}:{cause}:{start // ITEMS_MAX}"
        kind, key, own = (first.kind, first.key, first.body) if start == 0 else (ADVANCED.id, more, {})
        body = {**own, **_stands(row, case), "items": items[start : start + ITEMS_MAX]}
        acts.append(Act(kind, body, key=key, subject=case.subject, causes=(cause,)))
    acts += [*_notices(cause, case, intents), *_letters(cause, case, intents), *requests(cause, case, intents)]
    for act in acts:
        validate(_BY_ID[act.kind], act.body)
    return acts


def _stands(row: Row, case: Case) -> dict[str, Any]:
    return {
        "case": case.id,
        "playbook": row["playbook"],
        "subject": case.subject,
        "state": case.state,
        "outcome": case.outcome,
        "steps": [one.step for one in case.standing],
    }


def _notices(cause: int, case: Case, intents: Iterable[Intent]) -> Iterator[Act]:
    for noticed in intents:
        if isinstance(noticed, Noticed):
            text = case.playbook.steps[noticed.step].commands[noticed.command].text
            body = {"case": case.id, "step": noticed.step, "subject": case.subject, "notice": dict(text)}
            key = f"{NOTICE.id}:{case.id}:{noticed.step}:{noticed.visit}:{noticed.command}"
            yield Act(NOTICE.id, body, key=key, subject=case.subject, causes=(cause,))


def _letters(cause: int, case: Case, intents: Iterable[Intent]) -> Iterator[Act]:
    for asked in intents:
        if isinstance(asked, LetterAsked):
            key = f"{CASE_LETTER.id}:{case.id}:{asked.step}:{asked.visit}"
            yield Act(CASE_LETTER.id, letter_of(case, asked.step), key=key, subject=case.subject, causes=(cause,))


def letter_of(case: Case, name: str) -> dict[str, Any]:
    """The letter that a step of a case asks for, with its values as the case has them; what it has not is left out.

    `$deadline` is that of the step that the case comes to next.
    """
    step = case.playbook.steps[name]
    letter = step.extension.letter
    assert letter is not None, "asked of a step that writes one"
    onward = case.at(step.next)
    known: dict[str, Any] = {
        "$deadline": onward.deadline.date().isoformat() if onward is not None and onward.deadline else None,
        "$legal_basis": dict(step.extension.legal_basis) if step.extension.legal_basis else None,
    }
    found: dict[str, Any] = {}
    for value, said in letter.values:
        if isinstance(said, Text):
            found[value] = dict(said)
        elif said in known:
            found[value] = known[said]
        elif said in case.variables:
            found[value] = _in_words(case, said)
        else:
            found[value] = resolved(case, said)
    return {
        "case": case.id,
        "step": name,
        "template": letter.template,
        "to": list(letter.to),
        "values": {value: said for value, said in found.items() if said is not None},
        "languages": list(letter.languages),
        "deliver": list(step.extension.deliver),
    }


def _in_words(case: Case, variable: str) -> str | dict[str, str] | None:
    """The value of a variable as people are told it, where its playbook says so."""
    value, told = case.variables[variable], case.playbook.declared.get(variable)
    words = told.values.get(value) if told is not None and value is not None else None
    return dict(words) if words else value


def unwritable(playbook: Playbook) -> Iterator[Fault]:
    """What a step would file and nobody could record: a notice that is too long, a name that is, a hidden character."""
    cause, at = Cause(0, "", {}), datetime(2000, 1, 1, tzinfo=UTC)
    case = Case("case:0", playbook, "case:0", cause, at, at, 0)
    for step in playbook.steps.values():
        intents: list[Intent] = [StepEntered(step.id, at, 1), Closed(step.id, at, "closed", step.extension.outcome)]
        intents += [Noticed(step.id, at, 1, n) for n, one in enumerate(step.commands) if one.type == RECORD]
        intents += [LetterAsked(step.id, at, 1)] if step.extension.letter else []
        intents += [EffectWanted(step.id, at, 1, n, to) for to in step.extension.deliver for n in step.effects()]
        try:
            moving(0, {"playbook": playbook.id}, case, intents)
        except BadInput as error:
            for fault in dict.fromkeys(error.faults):
                where = fault.where.rpartition(".")[2] if fault.where.startswith("items.") else fault.where
                yield Fault(f"workflow.{step.id}", fault.seen, f"{where}: {fault.want}", "unwritable")


def mark(entry: Entry, tables: Tables, case_id: str, error: Exception, row: Row | None = None) -> None:
    """Mark a case as stuck: what is wrong, and since which entry. One that has begun is tried again a day later."""
    tables.put(STUCK, {"case": case_id, "entry": entry.index, "at": stamp(entry.time), "problem": why(error)})
    if row is not None:
        tables.put(CASE, {**row, "waiting_for": STUCK_WORD, "next_deadline": _again(row, entry.time)})


def why(error: Exception) -> str:
    """What keeps a case from moving, in one line that quotes nothing: anybody may read it."""
    if isinstance(error, BadInput):
        return "; ".join(f"{fault.where}: {fault.want}" for fault in error.faults)[:500]
    return f"it could not be worked out ({type(error).__name__})"


def _again(row: Row, now: datetime) -> str | None:
    """When time alone moves a stuck case next: its own deadline, or in a day where that has passed."""
    due = row["next_deadline"]
    return due if due is None or instant(due) > now else stamp(now + AGAIN)


def unmark(tables: Tables, row: Row) -> None:
    """A case has moved: nothing keeps it any more."""
    if row["waiting_for"] == STUCK_WORD:
        tables.delete(STUCK, row["case"])
