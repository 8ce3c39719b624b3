"""Reading a playbook from CACAO 2.0 JSON: every fault inside it is collected, none stops the reading."""

from __future__ import annotations

import functools
import re
from base64 import b64decode
from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Any

from commonweal.kernel.values import LANGUAGES, BadInput, Fault, RuleFault, Text, digest, read_json, shown

from .conditions import VARIABLE, Condition, condition
from .durations import duration
from .playbooks import (
    EXTENSION,
    FROM_ENTERED,
    TARGET,
    Approval,
    AwaitEvent,
    Bound,
    Command,
    Deadline,
    Extension,
    Letter,
    Playbook,
    Proportionality,
    Step,
    since_1_1,
)
from .variables import Variable

STEPS_MAX = 500
RUN_ITEMS_MAX = 2_000
"""So many things may happen in a case one after another while nobody acts: a new playbook is held to it (`runs`)."""
LOOK_ITEMS_MAX = 20_000
"""So many may follow from one entry, also under a playbook that was adopted before that was asked."""
PEOPLE = ("individual", "group", "organization")
FILER, LETTER_LINES_MAX = "filer", 10
_TEMPLATE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
WAIT_MS_MAX = 100 * 366 * 86_400_000
_EXTENSION_KEYS = frozenset(
    [
        "approval",
        "await_event",
        "deadline",
        "at_most",
        "reversal_step",
        "reversal_approval",
        "legal_basis",
        "restrictive",
        "irreversible",
        "proportionality",
        "deliver",
        "letter",
        "outcome",
        "texts",
    ]
)
_APPROVAL_KEYS = frozenset(["n", "of_roles", "distinct_organisations", "refusals", "separate_from", "signed"])


@functools.lru_cache(maxsize=256)
def read(text: str) -> Playbook:
    """Read a CACAO 2.0 playbook; faults inside it are kept in `faults` for `lint`.

    Raises `BadInput` (or `TooLarge`) where the text is not JSON, not an object, or not a CACAO 2.0 playbook at all.
    """
    document = read_json(text.encode())
    if not isinstance(document, dict) or document.get("type") != "playbook":
        raise RuleFault(Fault("type", shown(_kind(document)), "a CACAO object of type 'playbook'"), "playbook")
    return _Reader(document).playbook(digest(text.encode()))


def _kind(document: Any) -> Any:
    return document.get("type", "(absent)") if isinstance(document, dict) else document


class _Reader:
    """Reads one document, collecting faults instead of stopping at the first."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.faults: list[Fault] = []
        self.signed = True

    def add(self, where: str, seen: object, want: str, code: str = "invalid") -> None:
        self.faults.append(Fault(where, shown(seen), want, code))

    def playbook(self, sha256: str) -> Playbook:
        document = self.document
        if document.get("spec_version") != "cacao-2.0":
            self.add("spec_version", document.get("spec_version", "(absent)"), "must be 'cacao-2.0'")
        ours = self.ours(document, "playbook_extensions", "")
        texts = self.texts(ours, "playbook_extensions")
        self.signed = self.flag({"signed": self.signs(), **ours}, "signed", f"playbook_extensions.{EXTENSION}")
        variables = self.declared()
        return Playbook(
            id=self.string(document, "id", ""),
            sha256=sha256,
            version=self.string(document, "modified", ""),
            name=_bilingual(self.string(document, "name", ""), texts.get("name")),
            description=_bilingual(self.string(document, "description", ""), texts.get("description")),
            start=self.string(document, "workflow_start", ""),
            exception=self.string(document, "workflow_exception", ""),
            steps=MappingProxyType(self.steps()),
            variables=MappingProxyType({name: value for name, (value, _, _) in variables.items()}),
            declared=self.told_of(
                {name: type_ for name, (_, _, type_) in variables.items()}, ours, f"playbook_extensions.{EXTENSION}"
            ),
            external=tuple(name for name, (_, external, _) in variables.items() if external),
            agents=MappingProxyType(self.agents()),
            people=self.people(),
            targets=frozenset(self.mapping(document, "target_definitions", "")),
            withdrawn_by=self.withdrawn_by(ours, "playbook_extensions"),
            faults=tuple(self.faults),
            document=MappingProxyType(document),
        )

    # values of one type, or a fault and an empty one

    def string(self, source: Mapping[str, Any], key: str, where: str) -> str:
        value = source.get(key, "")
        if isinstance(value, str):
            return value
        self.add(_path(where, key), value, "must be text")
        return ""

    def mapping(self, source: Mapping[str, Any], key: str, where: str) -> dict[str, Any]:
        value = source.get(key, {})
        if isinstance(value, dict):
            return value
        self.add(_path(where, key), value, "must be an object")
        return {}

    def strings(self, source: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
        value = source.get(key, [])
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        self.add(_path(where, key), value, "must be a list of texts")
        return ()

    def whole(self, source: Mapping[str, Any], key: str, where: str, default: int | None = None) -> int:
        value = source.get(key, default)
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 1000:
            return value
        self.add(_path(where, key), value, "a whole number from 1 to 1000", "count")
        return 1

    def flag(self, source: Mapping[str, Any], key: str, where: str) -> bool:
        value = source.get(key, False)
        if not isinstance(value, bool):
            self.add(_path(where, key), value, "must be true or false")
        return value is True

    def pairs(self, source: Mapping[str, Any], key: str, where: str) -> tuple[tuple[str, str], ...]:
        found = self.mapping(source, key, where)
        for name, value in found.items():
            if not isinstance(value, str):
                self.add(_path(where, f"{key}.{name}"), value, "must be text")
        return tuple(sorted((name, value) for name, value in found.items() if isinstance(value, str)))

    def known(self, source: Mapping[str, Any], keys: frozenset[str], where: str) -> None:
        """Inside our own extension an unknown word is a slip, not somebody else's content."""
        for key in source:
            if key not in keys:
                self.add(_path(where, key), key, f"one of {', '.join(sorted(keys))}", "unknown_field")

    # parts of a playbook

    def signs(self) -> bool:
        """Whether approvals are signed unless the playbook says otherwise: since version 1.1 of our extension.

        A case keeps the playbook that it began under, and what that means with it.
        """
        return since_1_1(self.document)

    def ours(self, source: Mapping[str, Any], key: str, where: str) -> dict[str, Any]:
        return self.mapping(self.mapping(source, key, where), EXTENSION, _path(where, key))

    def texts(self, ours: Mapping[str, Any], where: str) -> dict[str, Any]:
        """What our extension says in Chinese; CACAO's own fields are the English."""
        return self.mapping(self.mapping(ours, "texts", where), "zh", _path(where, "texts"))

    def variables(self, source: Mapping[str, Any], key: str, where: str) -> dict[str, tuple[str | None, bool, str]]:
        """Each variable's value, whether it is external, and its type."""
        found: dict[str, tuple[str | None, bool, str]] = {}
        for name, item in self.mapping(source, key, where).items():
            if not VARIABLE.fullmatch(name) or not isinstance(item, dict):
                self.add(_path(where, f"{key}.{name}"), name, "a variable named like __regime__, with its type")
                continue
            value = item.get("value")
            if value is not None and not isinstance(value, str):
                self.add(_path(where, f"{key}.{name}.value"), value, "text or null, as CACAO holds every variable")
            kept = value if isinstance(value, str) else None
            found[name] = (kept, item.get("external") is True, self.string(item, "type", _path(where, f"{key}.{name}")))
        return found

    def declared(self) -> dict[str, tuple[str | None, bool, str]]:
        """The variables of steps and, before them where names are the same, of the playbook."""
        found: dict[str, tuple[str | None, bool, str]] = {}
        for name, item in self.mapping(self.document, "workflow", "").items():
            if isinstance(item, dict) and "step_variables" in item:
                inner = self.variables(item, "step_variables", f"workflow.{name}")
                found.update({variable: (value, False, type_) for variable, (value, _, type_) in inner.items()})
        return {**found, **self.variables(self.document, "playbook_variables", "")}

    def told_of(self, types: Mapping[str, str], ours: Mapping[str, Any], where: str) -> Mapping[str, Variable]:
        """Each variable with its type and, where our extension says so, what it is called and which values it takes."""
        said = self.mapping(ours, "variables", where)
        for name in said:
            if name not in types:
                want = "a variable declared in playbook_variables or step_variables"
                self.add(_path(where, f"variables.{name}"), name, want, "variable")
        found = {}
        for name, type_ in types.items():
            at = f"{where}.variables.{name}"
            item = self.mapping(said, name, f"{where}.variables")
            self.known(item, frozenset(("name", "values")), at)
            plain = name.strip("_").replace("_", " ")
            called = self.words(item, "name", at, "a name") if "name" in item else None
            listed = self.mapping(item, "values", at)
            values = {value: self.words(listed, value, f"{at}.values", "its words") for value in listed}
            found[name] = Variable(
                type_,
                called or Text(en=plain, zh=plain),
                MappingProxyType({value: words or Text(en=value, zh=value) for value, words in values.items()}),
            )
        return MappingProxyType(found)

    def agents(self) -> dict[str, Text]:
        found = {}
        for agent, item in self.mapping(self.document, "agent_definitions", "").items():
            if isinstance(item, dict):
                where = f"agent_definitions.{agent}"
                texts = self.texts(self.ours(item, "agent_target_extensions", where), where)
                found[agent] = _bilingual(self.string(item, "name", where), texts.get("name"))
        return found

    def people(self) -> frozenset[str]:
        """The agents who are persons or bodies of them, and not machines."""
        found = self.mapping(self.document, "agent_definitions", "")
        return frozenset(name for name, item in found.items() if isinstance(item, dict) and item.get("type") in PEOPLE)

    def steps(self) -> dict[str, Step]:
        workflow = self.mapping(self.document, "workflow", "")
        if len(workflow) > STEPS_MAX:
            self.add("workflow", f"{len(workflow)} steps", f"at most {STEPS_MAX} steps", "too_large")
            return {}
        return {name: self.step(name, item) for name, item in workflow.items() if self.is_object(name, item)}

    def is_object(self, name: str, item: Any) -> bool:
        if not isinstance(item, dict):
            self.add(f"workflow.{name}", item, "must be a workflow step object")
        return isinstance(item, dict)

    def step(self, name: str, item: dict[str, Any]) -> Step:
        where = f"workflow.{name}"
        ours = self.ours(item, "step_extensions", where)
        texts = self.texts(ours, where)
        return Step(
            id=name,
            type=self.string(item, "type", where),
            name=_bilingual(self.string(item, "name", where) or name, texts.get("name")),
            description=_bilingual(self.string(item, "description", where), texts.get("description")),
            next=self.string(item, "on_completion", where) or self.string(item, "on_success", where),
            on_failure=self.string(item, "on_failure", where),
            on_true=self.string(item, "on_true", where),
            on_false=self.string(item, "on_false", where),
            cases=self.pairs(item, "cases", where),
            next_steps=self.strings(item, "next_steps", where),
            condition=self.condition(item, where),
            switch=self.string(item, "switch", where).removesuffix(":value"),
            commands=self.commands(item, texts, where),
            agent=self.string(item, "agent", where),
            out_args=self.strings(item, "out_args", where),
            extension=self.extension(ours, f"{where}.step_extensions"),
            targets=self.strings(item, "targets", where),
            delay_s=self.waits(item, "delay", where),
            timeout_s=self.waits(item, "timeout", where),
        )

    def waits(self, item: Mapping[str, Any], key: str, where: str) -> int:
        """A number of milliseconds in whole seconds, rounded up: cases count in seconds."""
        value = item.get(key, 0)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= WAIT_MS_MAX:
            return -(-value // 1000)
        self.add(_path(where, key), value, "a whole number of milliseconds, at most a hundred years", "count")
        return 0

    def condition(self, item: Mapping[str, Any], where: str) -> Condition | None:
        if "condition" not in item:
            return None
        try:
            return condition(item["condition"])
        except BadInput as error:
            self.carry(error, _path(where, "condition"))
            return None

    def commands(self, item: Mapping[str, Any], texts: Mapping[str, Any], where: str) -> tuple[Command, ...]:
        found = item.get("commands", [])
        if not isinstance(found, list) or not all(isinstance(command, dict) for command in found):
            self.add(_path(where, "commands"), found, "must be a list of commands")
            return ()
        chinese = texts.get("commands")
        zh = chinese if isinstance(chinese, list) else []
        return tuple(
            Command(
                self.string(command, "type", f"{where}.commands[{n}]"),
                _bilingual(_command_text(command), zh[n] if n < len(zh) else None),
            )
            for n, command in enumerate(found)
        )

    # our extension

    def extension(self, ours: dict[str, Any], where: str) -> Extension:
        self.known(ours, _EXTENSION_KEYS, where)
        return Extension(
            approval=self.approval(ours, where) if "approval" in ours else None,
            await_event=self.await_event(ours, where) if "await_event" in ours else None,
            deadline=self.deadline(ours, where) if "deadline" in ours else None,
            at_most=self.at_most(ours, where) if "at_most" in ours else None,
            reversal_step=self.string(ours, "reversal_step", where),
            reversal_approval=self.approval(ours, where, back) if (back := "reversal_approval") in ours else None,
            legal_basis=self.legal_basis(ours, where) if "legal_basis" in ours else None,
            outcome=self.string(ours, "outcome", where),
            restrictive=self.flag(ours, "restrictive", where),
            irreversible=self.flag(ours, "irreversible", where),
            proportionality=self.proportionality(ours, where) if "proportionality" in ours else None,
            deliver=self.deliver(ours, where),
            letter=self.letter(ours, where) if "letter" in ours else None,
        )

    def proportionality(self, ours: dict[str, Any], where: str) -> Proportionality | None:
        item, where = self.mapping(ours, "proportionality", where), f"{where}.proportionality"
        self.known(item, frozenset(("statement", "least_intrusive")), where)
        statement, means = (self.words(item, key, where) for key in ("statement", "least_intrusive"))
        return Proportionality(statement, means) if statement and means else None

    def deliver(self, ours: dict[str, Any], where: str) -> tuple[str, ...]:
        found = self.strings(ours, "deliver", where)
        for name in found:
            if not TARGET.fullmatch(name):
                self.add(_path(where, "deliver"), name, "a target's short name such as press-list", "effect")
        return found

    def letter(self, ours: dict[str, Any], where: str) -> Letter:
        item, where = self.mapping(ours, "letter", where), f"{where}.letter"
        self.known(item, frozenset(("template", "to", "values", "languages")), where)
        template, to = self.string(item, "template", where), item.get("to", FILER)
        if not _TEMPLATE.fullmatch(template):
            self.add(f"{where}.template", template, "the id of a template such as incident_reports.final", "letter")
        lines = [to] if to == FILER else to
        if not (isinstance(lines, list) and 0 < len(lines) <= LETTER_LINES_MAX and all(_is_line(one) for one in lines)):
            self.add(
                f"{where}.to", to, f"{FILER}, or 1 to {LETTER_LINES_MAX} lines of at most 200 characters", "letter"
            )
            lines = [FILER]
        languages = item.get("languages", list(LANGUAGES))
        if not (isinstance(languages, list) and languages and all(one in LANGUAGES for one in languages)):
            self.add(f"{where}.languages", languages, f"one or both of {', '.join(LANGUAGES)}", "letter")
            languages = list(LANGUAGES)
        given = self.mapping(item, "values", where)
        values = {name: self.words(given, name, f"{where}.values") for name in given}
        said = tuple(
            (name, given[name] if isinstance(given[name], str) else text) for name, text in values.items() if text
        )
        return Letter(template, tuple(lines), said, tuple(dict.fromkeys(languages)))

    def approval(self, ours: dict[str, Any], where: str, key: str = "approval") -> Approval:
        item, where = self.mapping(ours, key, where), f"{where}.{key}"
        self.known(item, _APPROVAL_KEYS, where)
        return Approval(
            n=self.whole(item, "n", where),
            of_roles=self.strings(item, "of_roles", where),
            distinct_organisations=self.flag(item, "distinct_organisations", where),
            refusals=self.whole(item, "refusals", where, 1),
            separate_from=self.strings(item, "separate_from", where),
            signed=self.flag({"signed": self.signed, **item}, "signed", where),
        )

    def await_event(self, ours: dict[str, Any], where: str) -> AwaitEvent:
        return self.awaited(self.mapping(ours, "await_event", where), f"{where}.await_event", "since")

    def awaited(self, item: dict[str, Any], where: str, *more: str) -> AwaitEvent:
        self.known(item, frozenset(("kind", "match", "sets", *more)), where)
        return AwaitEvent(
            kind=self.string(item, "kind", where),
            match=self.pairs(item, "match", where),
            sets=self.pairs(item, "sets", where),
            since=self.string({"since": FROM_ENTERED, **item}, "since", where),
        )

    def withdrawn_by(self, ours: dict[str, Any], where: str) -> tuple[AwaitEvent, ...]:
        self.known(ours, frozenset(("signed", "texts", "variables", "withdrawn_by")), where)
        items = ours.get("withdrawn_by", [])
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            self.add(f"{where}.withdrawn_by", items, "must be a list of awaited events")
            return ()
        return tuple(self.awaited(item, f"{where}.withdrawn_by[{n}]") for n, item in enumerate(items))

    def deadline(self, ours: dict[str, Any], where: str) -> Deadline | None:
        item, where = self.mapping(ours, "deadline", where), f"{where}.deadline"
        self.known(item, frozenset(("from_event", "duration", "escalate_to")), where)
        from_event, escalate_to = self.string(item, "from_event", where), self.string(item, "escalate_to", where)
        try:
            span = duration(item.get("duration", "(absent)"))
        except BadInput as error:
            self.carry(error, _path(where, "duration"))
            return None
        return Deadline(from_event, span, escalate_to)

    def at_most(self, ours: dict[str, Any], where: str) -> Bound:
        item, where = self.mapping(ours, "at_most", where), f"{where}.at_most"
        self.known(item, frozenset(("visits", "then")), where)
        return Bound(self.whole(item, "visits", where), self.string(item, "then", where))

    def legal_basis(self, ours: dict[str, Any], where: str) -> Text | None:
        return self.words(ours, "legal_basis", where, "a citation")

    def words(self, ours: Mapping[str, Any], key: str, where: str, what: str = "a statement") -> Text | None:
        value = ours.get(key, "(absent)" if key not in ours else None)
        if isinstance(value, str) and value and key in ours:
            return Text(en=value, zh=value)
        if isinstance(value, dict) and all(isinstance(value.get(tongue), str) for tongue in ("en", "zh")):
            return Text(en=value["en"], zh=value["zh"])
        self.add(_path(where, key), value, f"{what}, as text or as {{en, zh}}")
        return None

    def carry(self, error: BadInput, where: str) -> None:
        self.faults.extend(Fault(where, fault.seen, fault.want, fault.code) for fault in error.faults)


def _is_line(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= 200


def _path(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key


def _bilingual(english: str, chinese: Any) -> Text:
    return Text(en=english, zh=chinese if isinstance(chinese, str) and chinese else english)


def _command_text(command: Mapping[str, Any]) -> str:
    """What a command says: in the clear, or from base64 where that is text."""
    value = command.get("command", command.get("description", ""))
    if not value and isinstance(coded := command.get("command_b64"), str):
        with suppress(ValueError):
            value = b64decode(coded, validate=True).decode("utf-8")
    return value if isinstance(value, str) else ""
