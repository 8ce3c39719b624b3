"""Rule texts before they are in force: found in the package, read for faults, and made into acts that adopt them."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from fnmatch import fnmatchcase

from commonweal import law, playbooks
from commonweal.instruments import Installed, RuleFile, rule_file, rule_files
from commonweal.kernel import (
    authorisations,
    credentials,
    indicators,
    notices,
    obligations,
    protocols,
    registry,
    retention,
    statistics,
    thresholds,
)
from commonweal.kernel.disclosure.kinds import Kind
from commonweal.kernel.expressions import holds_alone
from commonweal.kernel.instrument import Instrument, OwnText, Potential
from commonweal.kernel.record import Act, Reader
from commonweal.kernel.values import BadInput, Fault, FaultCollector, RuleFault, digest


def founding_texts(installed: Mapping[str, Installed]) -> list[RuleFile]:
    """The rule texts that a new authority puts in force: its instruments' own, and the shared law and playbooks.

    Raises `RuleFault` for one that cannot be used, so that nothing is founded on it.
    """
    shared, agreed = law.texts(), playbooks.texts()
    found: dict[str, RuleFile] = {}
    own = own_texts(item.instrument for item in installed.values())
    faults = FaultCollector("rule texts", BadInput)
    for item in installed.values():
        for law_id in item.instrument.law:
            if law_id in shared:
                found[law_id] = rule_file(shared[law_id])
                found.update(_calendar_of(found[law_id], shared))
            else:
                faults.add(item.instrument.id, law_id, "one of the shared laws: " + ", ".join(sorted(shared)))
        for name in item.instrument.playbooks:
            if name in agreed:
                playbook = rule_file(agreed[name], ".json")
                found[playbook.rule_id] = playbook
            else:
                faults.add(item.instrument.id, name, "one of the shared playbooks: " + ", ".join(agreed))
        found.update({file.rule_id: file for file in rule_files(item)})
    for file in found.values():
        try:
            _check_alone(file, own)
        except BadInput as error:
            faults.extend(error.faults)
    faults.done()
    return [found[rule_id] for rule_id in sorted(found)]


def _calendar_of(file: RuleFile, shared: Mapping[str, str]) -> dict[str, RuleFile]:
    """The calendar that a law counts with, where it is shared: a law without its calendar would miss its holidays."""
    name = _calendar_named(file.text)
    return {name: rule_file(shared[name])} if name in shared else {}


@functools.lru_cache(maxsize=256)
def _calendar_named(text: str) -> str:
    return str(tomllib.loads(text).get("calendar", ""))


@functools.lru_cache(maxsize=1024)
def _check_alone(file: RuleFile, own: tuple[OwnText, ...]) -> None:
    """`check_rule` of a text by itself, once a process: founding many authorities reads the same texts."""
    check_rule(file)
    _check_own(file, own, None)


def check_rule(
    file: RuleFile,
    reader: Reader | None = None,
    kinds: Mapping[str, Kind] | None = None,
    templates: Mapping[str, notices.Template] | None = None,
    instruments: Collection[Instrument] = (),
) -> None:
    """Let the room that would apply a rule text read it. Raises `RuleFault` naming every fault.

    With a `reader` the text is also held against those adopted already: other words need another version. With `kinds`
    a threshold is refused that asks for what nobody could enforce, a playbook that awaits what nobody files, and a law
    whose duties are met by such. With `templates` also what asks for a letter that there is no template for, or leaves
    out a value of one. With the `instruments` a text of their own is read by the one whose it is (`Instrument.texts`),
    and a threshold is refused that series of what is only potential can trigger alone.
    """
    potential = [item.potential for item in instruments if item.potential is not None]
    readers: dict[str, Callable[[str], object]] = {
        "obligations": lambda text: obligations.check_adoption(file.rule_id, text, reader, kinds),
        "indicators": lambda text: indicators.check_adoption(file.rule_id, text, reader),
        "thresholds": lambda text: _check_threshold(text, reader, kinds, potential),
        "protocols": lambda text: _check_letters(protocols.read_playbook(text, kinds=kinds), templates),
        "parameters": _check_parameters,
        "authorisations": lambda text: authorisations.check_policy(file.rule_id, text, reader),
        "retention": lambda text: retention.check_adoption(file.rule_id, text, reader),
        "notices": lambda text: notices.read_plan(text, file.rule_id, templates, kinds),
    }
    read = readers.get(file.room)
    if read is not None:
        read(file.text)
    if read is not None and reader is not None and file.room in ("indicators", "thresholds"):
        _check_words(file, reader)
    _check_room(file, reader)
    _check_own(file, own_texts(instruments), reader)


def own_texts(instruments: Iterable[Instrument]) -> tuple[OwnText, ...]:
    """The texts of parameters that some instruments read, and how; those of statistics and credentials are read by the
    rooms that apply them."""
    found: list[OwnText] = []
    for item in instruments:
        found += item.texts
        found += [OwnText(each.rule, statistics.Reads(each.dimensions)) for each in item.statistics]
        found += [OwnText(each.terms, credentials.read_terms) for each in item.credentials]
    return tuple(found)


def _check_room(file: RuleFile, reader: Reader | None) -> None:
    """Refuse a text of another room than the one in force: whoever reads the rule would not find it any more."""
    rows = registry.texts_of(reader, file.rule_id) if reader is not None else []
    if rows and rows[-1]["room"] != file.room:
        want = f"a text of {rows[-1]['room']}, as the one in force; another sort of text has an id of its own"
        raise RuleFault(Fault("id", f"{file.rule_id} ({file.room})", want, "room"), file.rule_id)


def _check_own(file: RuleFile, own: Collection[OwnText], reader: Reader | None) -> None:
    """Let the instrument whose own a text is read it, and say what it is beside what is in force and was done.

    Raises `RuleFault` naming every fault.
    """
    fits = [one for one in own if fnmatchcase(file.rule_id, one.id)]
    exact = [one for one in fits if "*" not in one.id]
    if file.room != "parameters":
        if exact:
            want = "a text of parameters: that is how its instrument reads it"
            raise RuleFault(Fault("id", f"{file.rule_id} ({file.room})", want, "room"), file.rule_id)
        return
    for one in exact or sorted(fits, key=lambda one: -len(one.id))[:1]:
        try:
            one.read(file.text)
        except BadInput:
            raise
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            seen = f"{type(error).__name__}: {error}"[:200]
            raise RuleFault(
                Fault("(whole)", seen, "a text that its instrument can read", "unread"), file.rule_id
            ) from error
        if one.stands is not None and reader is not None:
            faults = FaultCollector(file.rule_id, RuleFault)
            faults.extend(one.stands(file.text, reader))
            faults.done()


def _check_words(file: RuleFile, reader: Reader) -> None:
    """Refuse other words under a version that was adopted; one that could not be read holds nobody to its words."""
    faults = FaultCollector(file.rule_id, RuleFault)
    for row in registry.texts_of_version(reader, file.rule_id, file.version):
        with suppress(BadInput):
            check_rule(replace(file, text=row["text"]))
            if row["sha256"] != digest(file.text.encode()):
                want = f"a new version: {file.version} was adopted on {row['adopted_on']} with other words"
                faults.add("version", file.version, want, "version")
    faults.done()


def _check_letters(playbook: protocols.Playbook, templates: Mapping[str, notices.Template] | None) -> None:
    """Each letter that a playbook writes has a template, and a value for each that it puts in."""
    faults = FaultCollector(playbook.id, RuleFault)
    for step in playbook.steps.values() if templates is not None else ():
        letter = step.extension.letter
        if letter is not None:
            notices.check_values(
                f"workflow.{step.id}.letter", letter.template, dict(letter.values), templates or {}, faults
            )
    faults.done()


def _check_threshold(
    text: str, reader: Reader | None, kinds: Mapping[str, Kind] | None, potential: Collection[Potential]
) -> None:
    rule = thresholds.read_rule(text)
    for one in potential if rule.response is None else ():
        made = _made_from(one, reader)
        alone = {base for base in (name.partition("{")[0] for name in rule.series) if one.names(base) or base in made}
        if alone and holds_alone(rule.expr, alone.__contains__, one.observed()):
            want = "a rule that needs something that happened: what could be affected is no reason to act, by itself"
            raise RuleFault(Fault("expr", rule.expr.text, want, "potential_alone"), rule.id)
    if reader is not None and kinds is not None:
        agreed = [row["rule_id"] for row in registry.texts(reader, "protocols")]
        thresholds.check_enforceable(rule, kinds, agreed, reader=reader)


def _made_from(potential: Potential, reader: Reader | None) -> set[str]:
    """The derived series in force that are reckoned from what is only potential: they are no more than that."""
    waiting = {
        rule.series.partition("{")[0]: {one.partition("{")[0] for one in rule.reads}
        for rule in (indicators.derived_rules(reader) if reader is not None else ())
    }
    found: set[str] = set()
    while more := {one for one, of in waiting.items() if of & found or any(map(potential.names, of))} - found:
        found |= more
    return found


def _check_parameters(text: str) -> None:
    """A text of parameters is read by every room that may take its own from it."""
    credentials.check_text(text)
    statistics.check_text(text)
    indicators.read_sources(text)


def adoption(file: RuleFile, key: str, *, proposal: int | None = None) -> Act:
    """The act that puts a rule text in force; `proposal` is the entry by which another asked for it."""
    causes = () if proposal is None else (proposal,)
    return Act(registry.RULE_ADOPTED.id, _body(file), key=_key("adopt", file, key), causes=causes)


def proposing(file: RuleFile, key: str) -> Act:
    """The act that asks another administrator to put a rule text in force."""
    return Act(registry.RULE_PROPOSED.id, _body(file), key=_key("propose", file, key))


def _key(what: str, file: RuleFile, key: str) -> str:
    return f"{what}:{file.rule_id}:{digest(file.text.encode())[:16]}:{key}".rstrip(":")


def _body(file: RuleFile) -> dict[str, str]:
    return {
        "rule_id": file.rule_id,
        "room": file.room,
        "version": file.version,
        "media_type": file.media_type,
        "text": file.text,
        "sha256": digest(file.text.encode()),
    }
