"""What readers ask about cases: which there are, what happened in one, and who must act next."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from commonweal.kernel.record.entries import Act
from commonweal.kernel.record.tables import Reader, Row
from commonweal.kernel.values import (
    BadInput,
    Conflict,
    Fault,
    Forbidden,
    NotFound,
    Text,
    instant,
    nearest,
    shown,
    stamp,
)

from .admissible import check_approval, check_done
from .approvers import Filed, check_registered, check_withdrawn, voice
from .beside import beside, spoke
from .cases import REVERSIBLE, Case, desks_of, listed, reversals, steps_named
from .effects import DELIVERED_KIND, FAILED_KIND, check_evidence
from .events import Event, Intent, Reversing, StepDone
from .folding import advance
from .kinds import (
    APPROVAL,
    APPROVER_REGISTERED,
    APPROVER_WITHDRAWN,
    HANDED_OVER,
    MOVED_BY,
    PASSKEY_REGISTERED,
    RESUMED,
    REVERSED,
    STEP_DONE,
    STOPPED,
    item_of,
)
from .playbooks import LETTER, MANUAL, RECORD, Command, Playbook, Step
from .projections import CASE, PLAYBOOK, STUCK, case_of, case_row
from .reading import read
from .recording import CANNOT, moving, why

STATES = ("open", "closed", "failed", "reversed")
_SHOWN = tuple(name for name in CASE.columns if name != "events")  # a case's history may be long, and lists show none


def cases(
    reader: Reader,
    *,
    subject: str | None = None,
    playbook: str | None = None,
    state: str | None = None,
    limit: int = -1,
    offset: int = 0,
) -> list[Row]:
    """Rows of cases, newest cause first: case, playbook, version, subject, state, outcome, steps, next_deadline …"""
    asked = {"subject": subject, "playbook": playbook, "state": state}
    where = {name: value for name, value in asked.items() if value is not None}
    return reader.select(CASE, where, order=("-cause", "case"), limit=limit, offset=offset, only=_SHOWN)


def find_case(reader: Reader, case_id: str) -> Row:
    """The row of one case, as `cases` gives it. Raises `NotFound`."""
    return {name: value for name, value in case_row(reader, case_id).items() if name != "events"}


def counts(reader: Reader) -> dict[str, int]:
    """How many cases stand in each state."""
    return {state: reader.count(CASE, {"state": state}) for state in STATES}


def playbooks(reader: Reader) -> list[Row]:
    """The playbooks adopted, by id and then newest first, with `faults` where one can not be run."""
    rows = reader.select(PLAYBOOK, order=("playbook", "-adopted"))
    return [{name: value for name, value in row.items() if name != "text"} for row in rows]


def roles_asked(reader: Reader) -> frozenset[str]:
    """Every role in which some adopted playbook has an approval given."""
    steps = [step for row in reader.select(PLAYBOOK) if not row["faults"] for step in read(row["text"]).steps.values()]
    return frozenset(role for step in steps if step.extension.approval for role in step.extension.approval.of_roles)


def case(reader: Reader, case_id: str) -> Case:
    """A case, folded from its events. Raises `NotFound`."""
    return case_of(reader, case_row(reader, case_id))


def playbook_text(reader: Reader, case_id: str) -> str:
    """The text, as it was adopted, of the playbook that a case goes by. Raises `NotFound`."""
    row = case_row(reader, case_id)
    return str(reader.select(PLAYBOOK, {"playbook": row["playbook"], "sha256": row["sha256"]})[0]["text"])


def case_at(reader: Reader, case_id: str, when: datetime) -> Case:
    """A case as it stood at an instant: the same fold over what had been recorded by then.

    A deadline that had passed and was not yet noticed then (no clock tick was recorded) counts as passed once it was.
    Raises `NotFound` where there is no such case, or none yet at that instant.
    """
    row = case_row(reader, case_id)
    if when < instant(row["opened_at"]):
        raise NotFound("case at that instant", f"{case_id} at {stamp(when)}", f"it was opened at {row['opened_at']}")
    return case_of(reader, row, when)


def stuck(reader: Reader, case_id: str | None = None) -> list[Row]:
    """The cases that an entry could not move, oldest first: `case`, `entry`, `at`, `problem`."""
    return reader.select(STUCK, {"case": case_id} if case_id is not None else None, order=("entry", "case"))


def timeline(reader: Reader, case_id: str, when: datetime | None = None) -> list[dict[str, Any]]:
    """What happened in a case, in order: `at`, `what`, `step` (id), `name` and `text` (bilingual), and the details.

    Among it what came too late to count (`late`), and decisions by a key that was withdrawn since (`doubted`). Names no
    person: who decided is in the entry (`entry` is its index). With `when`, up to that instant. Raises `NotFound`.
    """
    found = case(reader, case_id) if when is None else case_at(reader, case_id, when)
    happened = [told(found.playbook, intent) for intent in found.timeline]
    aside = [_in_words(found.playbook, item) for item in beside(reader, case_row(reader, case_id), found, when)]
    return sorted([*happened, *aside], key=lambda item: str(item["at"]))


def not_counted(reader: Reader, case_id: str, entry: int) -> Text | None:
    """Why what was filed for a case as this entry does not count: it came after its step's deadline; None where it may.

    Says so of what was followed. Raises `NotFound` for no such case.
    """
    found = (item for item in timeline(reader, case_id) if item["what"] == "late" and item["entry"] == entry)
    return next((item["text"] for item in found), None)


def told(playbook: Playbook, intent: Intent) -> dict[str, Any]:
    """One thing that happened in a case, as `timeline` gives it."""
    found = _in_words(playbook, {"at": stamp(intent.at), **item_of(intent)})
    asked = playbook.asks_first and isinstance(intent, Reversing) and playbook.steps[intent.steps[0]].extension.approval
    return {**found, "text": _ASKED_FIRST} if asked else found


def _in_words(playbook: Playbook, item: Mapping[str, Any]) -> dict[str, Any]:
    name = _name(playbook, item.get("step"))
    return {**item, "name": name, "text": _sentence(playbook, item, name)}


def step_named(case: Case, named: str) -> str:
    """The step of a case that a name means (`steps_named`). Raises `NotFound` where none does, or several do."""
    found = steps_named(case, named)
    if len(found) == 1:
        return found[0]
    steps = case.playbook.steps
    names = [steps[key].name["en"] for key in (found or [one.step for one in case.standing])]
    hint = f"several begin so: {'; '.join(names)}" if found else f"the case stands at: {'; '.join(names) or 'no step'}"
    raise NotFound("step of the case", named, hint)


def who_must_act(reader: Reader, case_id: str) -> list[dict[str, Any]]:
    """For each step that a case stands at, who must do what by when. Raises `NotFound`.

    `kind` is `approval` (with `roles`, `needed`, `given`), `desk` (with `agent`), `event` (with the awaited kind in
    `event`) or `fact` (with `variables`); `until` an instant or None; `instruction` and `legal_basis` bilingual.
    """
    row = case_row(reader, case_id)
    found = case_of(reader, row)
    return [_asked(found.playbook, standing) for standing in row["steps"]]


def standing_at(reader: Reader, name: str, subject: str | None = None) -> tuple[str, str]:
    """The newest open case (about `subject`) that stands at a step of this English name, and that step's identifier.

    A name may be cut short: the step whose name begins so is meant. Raises `NotFound`, saying where cases stand.
    """
    seen = []
    for row in cases(reader, subject=subject, state="open"):
        steps = case_of(reader, case_row(reader, row["case"])).playbook.steps
        for standing in row["steps"]:
            if steps[standing["step"]].name["en"].startswith(name):
                return row["case"], standing["step"]
            seen.append(steps[standing["step"]].name["en"])
    raise NotFound("case at the step", name, f"cases stand at: {'; '.join(seen[:10]) or 'no step'}")


def _asked(playbook: Playbook, standing: Mapping[str, Any]) -> dict[str, Any]:
    step = playbook.steps[standing["step"]]
    return {
        "step": step.id,
        "name": step.name,
        "description": step.description,
        "until": standing["deadline"],
        "since": standing["entered_at"],
        "instruction": _instruction(step),
        "legal_basis": step.extension.legal_basis,
        "restrictive": step.extension.restrictive,
        "irreversible": step.extension.irreversible,
        "proportionality": _proportionality(step),
        **standing["waiting_for"],
        "agent": playbook.agents.get(step.agent, Text(en="", zh="")),
    }


def _proportionality(step: Step) -> dict[str, Text] | None:
    found = step.extension.proportionality
    return {"statement": found.statement, "least_intrusive": found.least_intrusive} if found else None


def _instruction(step: Step) -> Text:
    """What the people at a desk are told; a command that is written for a machine names its sort."""
    shown_here = [command for command in step.commands if command.type != RECORD and not _leaves(step, command)]
    return Text({tongue: "\n".join(_told(command, tongue) for command in shown_here) for tongue in ("en", "zh")})


def _leaves(step: Step, command: Command) -> bool:
    return bool(step.extension.deliver) and command.type not in (MANUAL, LETTER)


def _told(command: Command, tongue: str) -> str:
    text = command.text[tongue]
    return text if command.type in (MANUAL, LETTER) else f"[{command.type}] {text}"


def check_filing(
    reader: Reader,
    kind: str,
    body: Mapping[str, Any],
    party: str,
    roles: Collection[str] | None = None,
    *,
    organisation: str | None = None,
    log: str = "",
    now: datetime | None = None,
    desks: Callable[[], Collection[str]] | None = None,
    by_house: bool = False,
) -> None:
    """Refuse at the door what a case would ignore: call it for every act before it is recorded.

    `body` is a valid body of its kind, `party` who files it, `roles` the roles they hold and
    `organisation` the one they belong to (None: not checked here); `log` the origin of this record and `now` the
    instant of filing, against which envelopes are held; `desks` gives the bodies to whose desk a step can be handed
    (None: not checked here). `by_house`: it is the house's own code that files this.
    Kinds that are not this room's pass. Raises `NotFound` (no such case), `BadInput`, `Forbidden` or `Conflict`.
    """
    if kind in (APPROVER_REGISTERED.id, PASSKEY_REGISTERED.id):
        check_registered(reader, body, party, roles or (), organisation)
    elif kind == APPROVER_WITHDRAWN.id:
        check_withdrawn(reader, body, party, roles or (), {by for _, by in spoke(reader, body["key_id"])})
    elif kind in (DELIVERED_KIND.id, FAILED_KIND.id):
        check_evidence(reader, body, by_house=by_house)
    if kind not in _MOVES:
        return
    found = case(reader, body["case"])
    at, index = now or found.changed_at, found.seen + 1
    if kind == REVERSED.id:
        _check_reversal(found)
    else:
        _check_open(found, kind, body, desks)
    if kind == APPROVAL.id:
        if not body.get("envelope"):
            _check_speaks(body, party, roles, organisation)
        given = replace(voice(reader, found, Filed(body, party, at, -1), log), index=index)
        check_approval(found, given)
        _check_goes_on(reader, found, given, at)
        return
    event = MOVED_BY[kind](index, body, party)
    if isinstance(event, StepDone):
        check_done(found, event)
    _check_goes_on(reader, found, event, at)


def _check_goes_on(reader: Reader, found: Case, event: Event, at: datetime) -> None:
    """Refuse what the case could not follow, so that no act is taken that leads nowhere. Raises `Conflict`."""
    try:
        after, intents = advance(found, event, at)
        moving(event.index, case_row(reader, found.id), after, intents)
    except CANNOT as error:
        raise Conflict(f"case {found.id} cannot move on so: {why(error)}") from error


_MOVES = frozenset(kind.id for kind in (APPROVAL, STEP_DONE, REVERSED, HANDED_OVER, STOPPED, RESUMED))


def is_move(kind: str) -> bool:
    """Whether an entry of this kind moves a case."""
    return kind in _MOVES


def _check_open(found: Case, kind: str, body: Mapping[str, Any], known: Callable[[], Collection[str]] | None) -> None:
    """Refuse what can not be done in a case that is over or stopped, or with a desk. Raises `Conflict`, `BadInput`."""
    if found.state != "open":
        raise Conflict(f"case {found.id} is {found.state}; nothing more can be done in it")
    stopped = found.stopped_at is not None
    if stopped and kind != RESUMED.id:
        assert found.stopped_at is not None
        since = stamp(found.stopped_at)
        raise Conflict(f"case {found.id} was stopped on {since}; nothing more is done in it until it is resumed")
    if kind == RESUMED.id and not stopped:
        raise Conflict(f"case {found.id} was not stopped")
    if kind == HANDED_OVER.id:
        faults = list(_of_a_hand_over(found, body, known() if known else {body["to"]}))
        if faults:
            raise BadInput(faults, kind)


def _of_a_hand_over(found: Case, body: Mapping[str, Any], known: Collection[str]) -> Iterator[Fault]:
    """A step that lies on no desk, and a desk at which nobody sits."""
    desks = desks_of(found)
    if not desks or (body.get("step") and body["step"] not in desks):
        want = f"one of {listed(found, desks)}" if desks else f"case {found.id} lies on nobody's desk now"
        yield Fault("step", shown(body.get("step", "")), want, "not_asked")
    if body["to"] not in known:
        near = nearest(body["to"], known) or "-"
        told = Text(
            en=f"{body['to']} is not known here. Known are: {near}", zh=f"此处没有 {body['to']}。已知者：{near}"
        )
        yield Fault("to", body["to"], f"a body that is known here: {near}", "unknown_name", told)


def turn(reader: Reader, kind: str, body: Mapping[str, Any]) -> int:
    """How often before a case has come to where an act may say again what was said then: 0 for the first time.

    A step is reported or decided anew at each visit, a case stopped anew once it was resumed (and the other way
    round), and reversed anew once it has ended again. 0 also for what is no move of a case, or of none that there is.
    """
    row = reader.get(CASE, body.get("case") or "") if kind in _MOVES else None
    if row is None:
        return 0
    found = case_of(reader, row)
    if kind in (STEP_DONE.id, APPROVAL.id, HANDED_OVER.id):
        return max(found.visits.get(body.get("step") or "", 0) - 1, 0)
    happened = [item_of(intent)["what"] for intent in found.timeline]
    if kind == REVERSED.id:
        return happened.count("reversing") - bool(found.reversing)
    ended_by = {STOPPED.id: "resumed", RESUMED.id: "stopped"}[kind]
    return max(happened.count(ended_by) - (kind == RESUMED.id), 0)


def with_step(act: Act, reader: Reader) -> Act:
    """A move of a case, with the identifier of the step that it names as people call it, where that means one step."""
    row = reader.get(CASE, act.body["case"]) if is_move(act.kind) and act.body.get("step") else None
    steps = steps_named(case_of(reader, row), act.body["step"]) if row is not None else []
    return replace(act, body={**act.body, "step": steps[0]}) if len(steps) == 1 else act


def complete_filing(act: Act, signed: str) -> Act:
    """An approval with the key that signed the request by which it came; nobody else may say so. Raises `BadInput`."""
    if act.kind != APPROVAL.id:
        return act
    if act.body.get("signed_by", "") not in ("", signed):
        want = "left empty: it is filled in where the request itself was signed (RFC 9421)"
        raise BadInput(Fault("signed_by", shown(act.body["signed_by"]), want, "signed_by"), act.kind)
    return replace(act, body={**act.body, "signed_by": signed}) if signed else act


def _check_speaks(body: Mapping[str, Any], party: str, roles: Collection[str] | None, organisation: str | None) -> None:
    """Refuse a role that the filer does not hold, and an organisation that they do not speak for."""
    role = body["role"]
    if roles is not None and role not in roles:
        raise Forbidden(
            f"{shown(party)} does not hold the role {shown(role)!r}, only {', '.join(sorted(roles)) or '-'}"
        )
    if organisation is not None and body["organisation"] != organisation:
        belongs = f"belongs to {organisation!r}" if organisation else "belongs to no organisation"
        raise Forbidden(
            f"organisation: {shown(party)} {belongs} and cannot approve for {shown(body['organisation'])!r}; "
            "whom a key speaks for is said when it is issued"
        )


def _check_reversal(found: Case) -> None:
    if found.state not in REVERSIBLE or found.reversing:
        raise Conflict(f"case {found.id} is {'being reversed' if found.reversing else found.state} already")
    if not reversals(found):
        want = "a case that has done a step for which its playbook names a reversal step"
        raise BadInput(Fault("case", found.id, want, "irreversible"), REVERSED.id)


# in words


def _name(playbook: Playbook, step: str | None) -> Text | None:
    return playbook.steps[step].name if step else None


_OUTCOMES = {
    "done": Text(en="done", zh="已完成"),
    "approved": Text(en="approved", zh="已批准"),
    "arrived": Text(en="what was awaited has come", zh="所等待的文件已到达"),
    "decided": Text(en="decided", zh="已判定"),
    "joined": Text(en="all branches done", zh="各分支均已完成"),
    "timed_out": Text(en="not done in time", zh="未按时完成"),
    "failed": Text(en="could not be done", zh="未能完成"),
    "refused": Text(en="refused", zh="被拒绝"),
    "approve": Text(en="approves", zh="批准"),
    "withdrawn": Text(en="withdrawn: what it was about no longer holds", zh="撤回：事由已不成立"),
    "refuse": Text(en="refuses", zh="拒绝"),
}
_SENTENCES = {
    "entered": Text(en="“{name}” begins", zh="“{name}”开始"),
    "completed": Text(en="“{name}”: {outcome}", zh="“{name}”：{outcome}"),
    "approval": Text(en="{organisation} ({role}) {outcome} “{name}”", zh="{organisation}（{role}）{outcome}“{name}”"),
    "struck": Text(
        en="The voice of {organisation} ({role}) on “{name}” counts no more",
        zh="{organisation}（{role}）对“{name}”的表决不再计入",
    ),
    "doubted": Text(
        en="The key with which {organisation} ({role}) {outcome} “{name}” was withdrawn. "
        "What was decided stands until people decide otherwise",
        zh="{organisation}（{role}）就“{name}”表示{outcome}所用的密钥已撤销。已作出的决定继续有效，除非有人另作决定",
    ),
    "late": Text(
        en="What came for “{name}” came after its deadline ({deadline}) and does not count",
        zh="就“{name}”提交的内容在期限（{deadline}）之后到达，不予计入",
    ),
    "notice": Text(en="Notice filed: “{name}”", zh="已发布公告：“{name}”"),
    "escalated": Text(en="The deadline of “{name}” passed; it goes to “{to}”", zh="“{name}”的期限已过；转至“{to}”"),
    "letter": Text(en="“{name}”: a letter is written", zh="“{name}”：拟定公函"),
    "effect": Text(en="“{name}” goes out to {target}", zh="“{name}”发往 {target}"),
    "handed_over": Text(en="“{name}” is handed over to {target}", zh="“{name}”移交给 {target}"),
    "stopped": Text(en="The case is stopped", zh="案件中止"),
    "resumed": Text(en="The case goes on", zh="案件恢复"),
    "joined": Text(
        en="Another cause joined: it would have opened such a case, and this one was open",
        zh="另有事由并入：其本应另开此类案件，而本案尚未结束",
    ),
    "reversing": Text(en="What was done is being undone", zh="正在撤销已完成的步骤"),
    "closed": Text(en="Case closed: {ending}", zh="案件结束：{ending}"),
}


_ASKED_FIRST = Text(
    en="It was ordered to undo what was done; others have to approve that first, and until then everything goes on",
    zh="已下令撤销已完成的步骤；须先经他人批准，此前一切照常进行",
)


def _sentence(playbook: Playbook, item: Mapping[str, Any], name: Text | None) -> Text:
    return Text({tongue: _said(playbook, item, name, tongue) for tongue in ("en", "zh")})


def _said(playbook: Playbook, item: Mapping[str, Any], name: Text | None, tongue: str) -> str:
    outcome, to = item.get("outcome", ""), _name(playbook, item.get("to")) if item["what"] == "escalated" else None
    said = _OUTCOMES[outcome][tongue] if outcome in _OUTCOMES else outcome
    return _SENTENCES[item["what"]][tongue].format(
        name=name[tongue] if name else "",
        ending=name[tongue] if name else said,
        outcome=said,
        to=to[tongue] if to else "",
        target=item.get("to", ""),
        organisation=item.get("organisation", ""),
        role=item.get("role", ""),
        deadline=item.get("deadline", ""),
    )
