"""Playbooks: responses agreed beforehand, read from CACAO 2.0 (OASIS) JSON.

What is executed here: start, end, action, parallel, if-condition, switch-condition and bounded while-condition steps,
`delay` and `timeout` of action steps, the commands `manual` (somebody at a desk), `record` (a notice is filed),
`notify` (a notice leaves the house) and `letter` (a formal letter is written), and one step extension of ours, for what
CACAO has no words for. Commands for
machines (`bash`, `ssh`, `http-api`, `openc2` …) are never executed here: they are put before the people who are the
step's agent, or leave through the outbox to the targets that `deliver` names. The extension:

```
"step_extensions": {"extension-definition--…": {
    "approval":      {"n": 2, "of_roles": ["board"], "distinct_organisations": true,
                      "refusals": 1, "separate_from": ["action--…"], "signed": true},
    "await_event":   {"kind": "…", "match": {"subject": "$subject", "duty": "$cause.duty"}, "sets": {"__x__": "field"},
                      "since": "step.entered" | "case.opened"},
    "deadline":      {"from_event": "cause.due" | "case.opened" | "step.entered", "duration": "P14D",
                      "escalate_to": "action--…"},
    "at_most":       {"visits": 3, "then": "action--…"},
    "reversal_step": "action--…",
    "reversal_approval": {"n": 1, "of_roles": ["officer"]},    (what lifting it asks for, where not the same)
    "legal_basis":   "…" | {"en": "…", "zh": "…"},
    "restrictive":   true,                       (it restricts somebody, and can be undone)
    "irreversible":  true,                       (it cannot be undone: an approval stands before it on every way)
    "proportionality": {"statement": "…" | {"en": "…", "zh": "…"}, "least_intrusive": "…" | {"en": "…", "zh": "…"}},
    "deliver":       ["press-list"],             (targets that the authority declares in authority.toml)
    "letter":        {"template": "incident_reports.final", "to": "filer" | ["line", …], "languages": ["en", "zh"],
                      "values": {"name": "…" | "$subject" | "$case" | "$cause.x" | "__x__" | "$legal_basis" |
                                 "$deadline" | "P14D" | {"en": "…", "zh": "…"}}},   (what the command `letter` writes)
    "outcome":       "accepted",
    "texts":         {"zh": {"name": "…", "description": "…", "commands": ["…"]}}}}
```

The same extension may stand in `playbook_extensions`, with `texts` and with `withdrawn_by`: a list of awaited events,
any of which closes the case with the outcome `withdrawn`, wherever it stands; with `"signed": false`, where the
approvals of the whole playbook may be given with an access key alone; and with what people are told of its variables:
`"variables": {"__x__": {"name": …, "values": {"minor": …}}}`, each … a text or `{"en": "…", "zh": "…"}`. A variable
with `values` takes no other from a desk.

Everything else in the file is kept as it came: `Playbook.to_json()` gives back an equal document. `reading` reads one.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from commonweal.kernel.values import Fault, Text

from .conditions import Condition
from .durations import Duration
from .variables import Variable

EXTENSION = "extension-definition--4ad6fb83-e16f-463c-9546-ff7c07fc7bc1"
EXTENSION_SCHEMA = "urn:commonweal:cacao-step-extension:1"
START, END, ACTION, PARALLEL = "start", "end", "action", "parallel"
IF, WHILE, SWITCH = "if-condition", "while-condition", "switch-condition"
STEP_TYPES = (START, END, ACTION, PARALLEL, IF, WHILE, SWITCH)
DECISIONS = (IF, WHILE, SWITCH)
RECORD, MANUAL, NOTIFY, LETTER = "record", "manual", "notify", "letter"
TARGET = re.compile(r"[a-z0-9][a-z0-9_.\-]{0,60}")
FROM_OPENED, FROM_ENTERED, FROM_CAUSE = "case.opened", "step.entered", "cause."


@dataclass(frozen=True, slots=True)
class Approval:
    """`n` approvals by holders of `of_roles` complete a step, `refusals` refusals fail it; nobody counts twice.

    With `distinct_organisations` every organisation has one voice. Whoever did a step in `separate_from`, or (since
    version 1.1 of the extension) decided about it, or (since 1.4) stated its fact, may not approve. With `signed` (the
    default since version 1.1) an approval counts only where a signature proves whose it is.
    """

    n: int
    of_roles: tuple[str, ...]
    distinct_organisations: bool = False
    refusals: int = 1
    separate_from: tuple[str, ...] = ()
    signed: bool = True


@dataclass(frozen=True, slots=True)
class Deadline:
    """A step left undone for `duration` after `from_event` is left for `escalate_to`.

    `from_event` is `case.opened`, `step.entered` or `cause.<field>`: an instant in the entry that opened the case.
    """

    from_event: str
    duration: Duration
    escalate_to: str


@dataclass(frozen=True, slots=True)
class AwaitEvent:
    """A step is completed by an entry of `kind` whose subject and fields match, filed after the case came to it.

    With `since` `case.opened` also by one that was filed before, if the case was open by then; of those that come early
    the first is kept. (Before version 1.4 of the extension every wait was so, and more were kept.)

    `match` maps `subject` or a field of the entry to a literal, `$subject` or `$cause.<field>`; the subject must be
    the case's unless `match` says otherwise (`*`: any). `sets` maps variables to fields of that entry.
    """

    kind: str
    match: tuple[tuple[str, str], ...]
    sets: tuple[tuple[str, str], ...] = ()
    since: str = FROM_ENTERED


@dataclass(frozen=True, slots=True)
class Bound:
    """A step may be entered `visits` times in one case; after that the case goes to `then` instead."""

    visits: int
    then: str


@dataclass(frozen=True, slots=True)
class Command:
    """What is to be done: `type` as CACAO or we name it, and the text of it (what a machine would run, for others)."""

    type: str
    text: Text


@dataclass(frozen=True, slots=True)
class Proportionality:
    """Why a restrictive step is proportionate, and which less intrusive means would not do: shown to who approves."""

    statement: Text
    least_intrusive: Text


@dataclass(frozen=True, slots=True)
class Letter:
    """The formal letter that a step writes once it is done or approved: to `filer`, of the case's subject, or lines.

    `values` are what the template puts in, as written in the playbook.
    """

    template: str
    to: tuple[str, ...]
    values: tuple[tuple[str, str | Text], ...]
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Extension:
    """Our step extension, as read; see the module's docstring."""

    approval: Approval | None = None
    await_event: AwaitEvent | None = None
    deadline: Deadline | None = None
    at_most: Bound | None = None
    reversal_step: str = ""
    reversal_approval: Approval | None = None
    legal_basis: Text | None = None
    outcome: str = ""
    restrictive: bool = False
    irreversible: bool = False
    proportionality: Proportionality | None = None
    deliver: tuple[str, ...] = ()
    letter: Letter | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One workflow step; identifiers of other steps are empty where there are none."""

    id: str
    type: str
    name: Text
    description: Text
    next: str = ""
    on_failure: str = ""
    on_true: str = ""
    on_false: str = ""
    cases: tuple[tuple[str, str], ...] = ()
    next_steps: tuple[str, ...] = ()
    condition: Condition | None = None
    switch: str = ""
    commands: tuple[Command, ...] = ()
    agent: str = ""
    out_args: tuple[str, ...] = ()
    extension: Extension = field(default_factory=Extension)
    targets: tuple[str, ...] = ()
    delay_s: int = 0
    timeout_s: int = 0

    def branches(self) -> tuple[tuple[str, str], ...]:
        """The steps begun from inside this one, as (property, identifier)."""
        named = (("on_true", self.on_true), ("on_false", self.on_false))
        listed = tuple((f"next_steps[{n}]", step) for n, step in enumerate(self.next_steps))
        cases = tuple((f"cases.{value}", step) for value, step in self.cases)
        return tuple((label, step) for label, step in (*named, *listed, *cases) if step)

    def exits(self) -> tuple[tuple[str, str], ...]:
        """The steps that may follow this one, as (property, identifier), without reversal."""
        found = [("on_completion", self.next), ("on_failure", self.on_failure)]
        if self.extension.deadline:
            found.append(("deadline.escalate_to", self.extension.deadline.escalate_to))
        if self.extension.at_most:
            found.append(("at_most.then", self.extension.at_most.then))
        return tuple((label, step) for label, step in found if step)

    def says(self) -> frozenset[str]:
        """The variables that are this step's to give: what its desk is to find, or what it takes from an entry."""
        awaited = self.extension.await_event
        return frozenset((*self.out_args, *(name for name, _ in (awaited.sets if awaited else ()))))

    def asks(self) -> tuple[str, ...]:
        """The variables that a decision goes by."""
        switched = (self.switch,) if self.switch else ()
        return self.condition.variables() if self.condition else switched

    def effects(self) -> tuple[int, ...]:
        """The places of the commands that leave through the outbox when the step is completed."""
        here = (RECORD, MANUAL, *((LETTER,) if self.extension.letter else ()))
        return tuple(n for n, command in enumerate(self.commands) if command.type not in here)

    @property
    def unattended(self) -> bool:
        """Whether the step is done at once, because nothing in it is for a person: notices, and what is delivered."""
        filed = (
            RECORD,
            *((LETTER,) if self.extension.letter else ()),
            *({command.type for command in self.commands} - {MANUAL} if self.extension.deliver else ()),
        )
        return all(command.type in filed for command in self.commands)

    @property
    def waits_for_people(self) -> bool:
        """Whether the step is left in the ordinary way only when somebody did it or decided about it."""
        awaits = self.extension.await_event is not None
        return self.type == ACTION and not awaits and (self.extension.approval is not None or not self.unattended)

    @property
    def joins(self) -> bool:
        """Whether the case comes back to this step when what was begun inside it has ended."""
        return self.type in (PARALLEL, WHILE) or (self.type in DECISIONS and bool(self.next))


def since_1_1(document: Mapping[str, Any]) -> bool:
    """Whether a playbook goes by version 1.1 of our extension or a later one; one that names no version does."""
    return not _version(document).startswith("1.0")


def since_1_2(document: Mapping[str, Any]) -> bool:
    """Whether a playbook says that it goes by version 1.2 of our extension or a later one."""
    return _at_least(document, (1, 2))


def since_1_3(document: Mapping[str, Any]) -> bool:
    """Whether a playbook says that it goes by version 1.3 of our extension or a later one."""
    return _at_least(document, (1, 3))


def since_1_4(document: Mapping[str, Any]) -> bool:
    """Whether a playbook says that it goes by version 1.4 of our extension or a later one."""
    return _at_least(document, (1, 4))


def _at_least(document: Mapping[str, Any], version: tuple[int, int]) -> bool:
    found = re.match(r"(\d{1,9})\.(\d{1,9})", _version(document))
    return found is not None and (int(found[1]), int(found[2])) >= version


def _version(document: Mapping[str, Any]) -> str:
    """The version of our extension that a playbook names, or nothing."""
    defined = document.get("extension_definitions")
    ours = defined.get(EXTENSION) if isinstance(defined, dict) else None
    version = ours.get("version") if isinstance(ours, dict) else None
    return version if isinstance(version, str) else ""


@dataclass(frozen=True)
class Playbook:
    """A playbook as read. Two are equal when their texts have the same SHA-256.

    `version` is CACAO's `modified`; `faults` what was wrong while reading (see `lint` for the rest).
    """

    id: str
    sha256: str
    version: str = field(compare=False)
    name: Text = field(compare=False)
    description: Text = field(compare=False)
    start: str = field(compare=False)
    exception: str = field(compare=False)
    steps: Mapping[str, Step] = field(compare=False, repr=False)
    variables: Mapping[str, str | None] = field(compare=False, repr=False)
    declared: Mapping[str, Variable] = field(compare=False, repr=False)
    external: tuple[str, ...] = field(compare=False, repr=False)
    agents: Mapping[str, Text] = field(compare=False, repr=False)
    people: frozenset[str] = field(compare=False, repr=False)
    targets: frozenset[str] = field(compare=False, repr=False)
    withdrawn_by: tuple[AwaitEvent, ...] = field(compare=False, repr=False)
    faults: tuple[Fault, ...] = field(compare=False, repr=False)
    document: Mapping[str, Any] = field(compare=False, repr=False)

    @property
    def punctual(self) -> bool:
        """Whether the step that takes over from a late one begins at its deadline: since version 1.1 of our extension.

        Before, it began when somebody noticed, and cases that went so stay as they went.
        """
        return since_1_1(self.document)

    @property
    def remembers(self) -> bool:
        """Whether who decided an approval has done that step, and what was undone is not undone again: since 1.1.

        Before, neither was so, and cases that went on regardless stay as they went.
        """
        return since_1_1(self.document)

    @property
    def gives_back(self) -> bool:
        """Whether a stop gives its time again to everything that a fact of the law did not set: since version 1.2.

        Before, not to a timeout beside such a fact, nor to what is counted from the opening in steps that came later;
        cases that went so stay as they went.
        """
        return since_1_2(self.document)

    @property
    def asks_first(self) -> bool:
        """Whether a reversal that begins with an approval drops nothing before that was given: since version 1.3.

        Before, the order alone dropped whatever waited, and a refusal failed the case; cases that went so stay so.
        """
        return since_1_3(self.document)

    @property
    def owns_facts(self) -> bool:
        """Whether who states a fact has done that step, and each step whose fact it is: since version 1.4.

        Before, only who reported an action had done it; cases that went on regardless stay as they went.
        """
        return since_1_4(self.document)

    @property
    def awaits_news(self) -> bool:
        """Whether what was filed before the case came to a step completes it only where that says so: since 1.4.

        Before, it always did; cases that went so stay as they went.
        """
        return since_1_4(self.document)

    def to_json(self) -> dict[str, Any]:
        """The whole document, with what this reader does not know, as JSON values of the caller's own."""
        return copy.deepcopy(dict(self.document))

    def awaited(self) -> Iterator[AwaitEvent]:
        """Every awaited event, of steps and of the playbook as a whole."""
        yield from self.withdrawn_by
        yield from (step.extension.await_event for step in self.steps.values() if step.extension.await_event)

    def asked(self) -> frozenset[str]:
        """The variables that decisions go by."""
        found = (step.asks() for step in self.steps.values())
        return frozenset(name for names in found for name in names)

    def facts(self) -> frozenset[str]:
        """The fields of the opening entry that this playbook reads: for variables, matches and deadlines."""
        deadlines = (step.extension.deadline for step in self.steps.values())
        sources = [deadline.from_event for deadline in deadlines if deadline]
        sources += [want.removeprefix("$") for wait in self.awaited() for _, want in wait.match if want[:1] == "$"]
        letters = (step.extension.letter for step in self.steps.values())
        said = [str(value) for letter in letters if letter for _, value in letter.values if isinstance(value, str)]
        sources += [value.removeprefix("$") for value in said if value.startswith(f"${FROM_CAUSE}")]
        named = {source.removeprefix(FROM_CAUSE) for source in sources if source.startswith(FROM_CAUSE)}
        return frozenset(named | {name.strip("_") for name in self.external})
