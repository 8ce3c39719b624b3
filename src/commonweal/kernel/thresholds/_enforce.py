"""Whether what a rule asks for can be brought about at all, by the authority or by anybody.

Every kind of entry is one of three: `causable` (the authority files it itself), `suppressible` (others file it, through
a door that can refuse it), or `observable` (it only says what was measured). A deadline for an observation, an entry to
be caused that nothing files when a rule fires, any to be kept away, and a playbook that nobody has agreed on are faults
of the rule; so is a clear condition that can hold while the rule is breached. They are looked for before a text is
adopted, never in one that was.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Literal

from commonweal.kernel.disclosure.kinds import Kind
from commonweal.kernel.indicators import OBSERVATIONS_BATCH, other_units
from commonweal.kernel.record.tables import Reader
from commonweal.kernel.values import FaultCollector, RuleFault

from ._clearing import holding_together
from ._kinds import THRESHOLD_SWITCHED
from ._parts import Response, Selector
from ._rules import ThresholdRule

Marking = Literal["causable", "suppressible", "observable"]
OBSERVED = (OBSERVATIONS_BATCH.id, THRESHOLD_SWITCHED.id)
"""Entries that say what was measured, and what follows from it by rule: nobody can decide that they come."""
PREFIX = "playbook."
_COMPARES = re.compile(r"[<>=!]=?")


def marking(kind: Kind) -> Marking:
    """Who can bring an entry of a kind about, or keep it away."""
    if kind.id in OBSERVED:
        return "observable"
    return "suppressible" if kind.files and kind.files != ("authority",) else "causable"


def mentioned(rule: ThresholdRule) -> list[str]:
    """The kinds of entries that a rule waits for or acts on."""
    response = rule.response
    waited = [response.after.kind, response.expect.kind] if response else []
    return sorted({*waited, *rule.plan.causes, *rule.plan.suppresses})


def check_enforceable(
    rule: ThresholdRule,
    kinds: Mapping[str, Kind],
    playbooks: Iterable[str],
    rules: Iterable[str] = (),
    reader: Reader | None = None,
) -> dict[str, Marking]:
    """How each kind that a rule mentions is marked. Raises `RuleFault` naming everything that nobody could enforce.

    `playbooks` are the names of those agreed on (with or without `playbook.`); `rules` the ids of rules that may be
    waited for (none: any). With a `reader` the units that the rule states are held against those on record.
    """
    check = _Check(rule, kinds, {name.removeprefix(PREFIX) for name in playbooks}, set(rules))
    check.playbooks_named()
    check.acted_on()
    check.clears_apart()
    for name, unit, there in other_units(rule.units, reader) if reader is not None else ():
        check.faults.add(f"units.{name}", unit, f"{there}, the unit on record", "unit")
    if rule.response:
        check.answerable(rule.response)
    check.faults.done()
    return {name: marking(kinds[name]) for name in mentioned(rule)}


class _Check:
    def __init__(self, rule: ThresholdRule, kinds: Mapping[str, Kind], playbooks: set[str], rules: set[str]) -> None:
        self.rule, self.kinds, self.playbooks, self.rules = rule, kinds, playbooks, rules
        self.faults = FaultCollector(f"threshold rule {rule.id}", RuleFault)

    def playbooks_named(self) -> None:
        for where, name in (("then", self.rule.plan.playbook), ("then.silence", self.rule.plan.silence)):
            if name and name.removeprefix(PREFIX) not in self.playbooks:
                self.faults.add(where, name, f"a playbook that is agreed on{_near(name, self.playbooks)}", "playbook")

    def acted_on(self) -> None:
        caused = [kind.id for kind in self.kinds.values() if kind.by_rule]
        for name in self.rule.plan.causes:
            if self._known("then.causes", name) and name not in caused:
                want = (
                    f"a kind that the authority files of itself when a rule fires: {' or '.join(caused) or 'none here'}"
                )
                self.faults.add("then.causes", name, want, "enforceability")
        for name in self.rule.plan.suppresses:
            want = "no kind: nothing here keeps entries away while a rule fires; a playbook can call on people to stop"
            self.faults.add("then.suppresses", name, want, "enforceability")

    def clears_apart(self) -> None:
        """No condition to stop may hold while the one to fire does."""
        pairs = [("clear", self.rule.expr, self.rule.clear)]
        pairs += [(f"level {level.name}.clear", level.on, level.off) for level in self.rule.levels]
        for where, breach, clear in pairs:
            if clear is None or not (both := holding_together(breach.tree, clear.tree)):
                continue
            sign = _COMPARES.search(clear.text)
            at = f"{where}, character {sign.start() + 1}" if sign and where == "clear" else where
            want = f"a condition that never holds while {breach.text} does; both hold {both}"
            self.faults.add(at, clear.text, want, "clear")

    def answerable(self, response: Response) -> None:
        self._selector("after", response.after)
        expected = self._selector("expect", response.expect)
        if expected and marking(expected) == "observable":
            want = f"an entry that somebody can file in time; {expected.id} only says what was measured"
            self.faults.add("expect", response.expect, want, "enforceability")
        if response.same not in ("subject", "cause", "all"):
            for where, selector in (("after", response.after), ("expect", response.expect)):
                self._field("same", f"{where}.{response.same}", selector.kind, response.same)

    def _selector(self, where: str, selector: Selector) -> Kind | None:
        kind = self._known(f"{where}.kind", selector.kind)
        for name in selector.where:
            self._field(f"{where}.where", name, selector.kind, name)
        named = selector.where.get("rule") if selector.kind == THRESHOLD_SWITCHED.id else None
        if self.rules and isinstance(named, str) and named not in self.rules:
            self.faults.add(f"{where}.rule", named, f"the id of a threshold rule{_near(named, self.rules)}", "name")
        return kind

    def _field(self, where: str, seen: str, kind_id: str, name: str) -> None:
        kind = self.kinds.get(kind_id)
        if kind is not None and name not in kind.schema.model_fields:
            fields = ", ".join(sorted(kind.schema.model_fields))
            self.faults.add(where, seen, f"a field of {kind_id}: {fields}", "name")

    def _known(self, where: str, name: str) -> Kind | None:
        kind = self.kinds.get(name)
        if kind is None:
            self.faults.add(where, name, f"a kind of entry that exists{_near(name, set(self.kinds))}", "name")
        return kind


def _near(name: str, known: set[str]) -> str:
    close = get_close_matches(name.removeprefix(PREFIX), sorted(known), 3, 0.5) or sorted(known)[:8]
    return f", like {', '.join(close)}" if close else " (there is none yet)"
