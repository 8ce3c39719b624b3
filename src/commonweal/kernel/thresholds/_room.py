"""Follows rules, observations, entries and the clock; keeps each rule's state about each subject; files every switch.

What happens when: an adopted rule is judged at once on what is known; a batch advances exactly the subjects it speaks
of, in event order. Without `lateness`, a value revised within a rule's window changes later judgements, and the newest
period is judged again; a period already passed never is. With it, what comes so late is judged where it belongs, and
what comes later is set aside and counted. A switch on the record stays true to what was known then. Silence falls
once more than `max_gap` has passed since the last new period, whether or not a tick marked the instant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from commonweal.kernel.indicators import OBSERVATIONS_BATCH, observed, restated
from commonweal.kernel.record.entries import Act, Entry
from commonweal.kernel.record.tables import Reader, Row, Tables
from commonweal.kernel.values import BadInput, stamp

from ._adopt import Held
from ._judge import Judge
from ._kinds import REQUEST, RULE, STATE, SWITCH, THRESHOLD_SWITCHED
from ._responses import Answering, following, kinds_of, overdue
from ._rules import read_rule
from ._slots import placed

RULE_ADOPTED = "rule.adopted"
CLOCK_TICK = "clock.tick"
ANNULLED = "record.annulled"
ROOM, DERIVED_ROOM = "thresholds", "indicators"


class Thresholds:
    """The room's follower."""

    def follow(self, entry: Entry, tables: Tables) -> list[Act]:
        if entry.erased:
            return []
        acts = self._observed(entry, tables)
        if entry.kind == CLOCK_TICK:
            acts += self._ticked(entry, tables)
        if entry.kind == RULE_ADOPTED and entry.body.get("room") == ROOM:
            acts += self._adopted(entry, tables)
        if entry.kind == RULE_ADOPTED and entry.body.get("room") == DERIVED_ROOM:
            acts += self._restated(entry, tables)
        if entry.kind == ANNULLED:
            acts += self._annulled(entry, tables)
        if entry.kind == THRESHOLD_SWITCHED.id:
            _note_filed(entry, tables)
        return acts + self._answered(entry, tables)

    def due(self, now: datetime, tables: Reader) -> bool:
        """Whether some subject has been silent for longer than its rule allows, or an answer is overdue."""
        return bool(tables.select(STATE, {"silent_at": ("<", stamp(now))}, limit=1)) or overdue(now, tables)

    def _observed(self, entry: Entry, tables: Tables) -> list[Act]:
        try:
            observations = observed(entry, tables)
        except BadInput:
            return []  # the indicators keep the batch with its faults; there is nothing to judge
        if not observations:
            return []
        acts: list[Act] = []
        named = {row.series for row in observations}
        for held in current_rules(tables):
            if _reads(held, named):
                acts += Judge(held, entry, tables, "observation").observed(observations)
        return acts

    def _restated(self, entry: Entry, tables: Tables) -> list[Act]:
        """A batch was annulled, or a derived series adopted: rules go on from what is known now, in their state.

        What was judged stays judged, as after any revision; the newest period that is left is judged again.
        """
        named = {row["series"] for row in restated(tables, entry.index)}
        acts: list[Act] = []
        for held in current_rules(tables) if named else []:
            if _reads(held, named):
                acts += Judge(held, entry, tables, "revision").adopted()
        return acts

    def _annulled(self, entry: Entry, tables: Tables) -> list[Act]:
        """An entry counts no longer: neither as a batch of values, nor as what asks for an answer or gives one."""
        acts = self._restated(entry, tables) if entry.body.get("kind") == OBSERVATIONS_BATCH.id else []
        asked = bool(tables.select(REQUEST, limit=1))
        for held in current_rules(tables) if asked else []:
            if held.rule.response:
                acts += Answering(held, entry, tables).annulled(entry.body["entry"])
        return acts

    def _ticked(self, entry: Entry, tables: Tables) -> list[Act]:
        silent = tables.select(STATE, {"silent_at": ("<", stamp(entry.time))})
        late = overdue(entry.time, tables)
        rules = {held.rule.id: held for held in current_rules(tables)} if silent or late else {}
        acts: list[Act] = []
        for row in silent:
            if row["rule"] in rules:
                acts += Judge(rules[row["rule"]], entry, tables, "silence").silent(row)
        for held in rules.values() if late else ():
            if held.rule.response:
                acts += Answering(held, entry, tables).passed()
        return acts

    def _answered(self, entry: Entry, tables: Tables) -> list[Act]:
        """The rules that say what must follow entries of this kind, or what they must follow."""
        followed = following(tables, entry.kind)
        acts: list[Act] = []
        for held in current_rules(tables) if followed else []:
            if held.rule.id in followed and entry.kind in kinds_of(held.rule.response).split():
                acts += Answering(held, entry, tables).followed()
        return acts

    def _adopted(self, entry: Entry, tables: Tables) -> list[Act]:
        body = entry.body
        row = {
            "rule": body["rule_id"],
            "adopted": entry.index,
            "adopted_on": stamp(entry.time),
            "version": body["version"],
            "text": body["text"],
            "fault": _fault(body),
            "kinds": "",
        }
        if row["fault"]:
            tables.put(RULE, row)
            return []
        held = _held(row)
        tables.put(RULE, {**row, "kinds": kinds_of(held.rule.response)})
        if held.rule.response:
            return Answering(held, entry, tables).adopted()
        return Judge(held, entry, tables, "adoption").adopted()


def _reads(held: Held, named: set[str]) -> bool:
    return any(placed(held.rule, series, "") for series in named)


def _fault(body: Mapping[str, Any]) -> str:
    """Why an adopted text cannot be used ("" if it can). The version before it then stays in force."""
    try:
        rule = read_rule(body["text"])
    except BadInput as error:
        return str(error)
    said, written = (body["rule_id"], body["version"]), (rule.id, rule.version)
    return "" if said == written else f"the act says {said}, the text says {written}"


def _note_filed(entry: Entry, tables: Tables) -> None:
    """Remember which entry a switch became."""
    body = entry.body
    if entry.causes:
        key = (body["rule"], body["subject"], entry.causes[0], body["at"], body["cause"])
        if tables.get(SWITCH, *key) is None and body["cause"] in ("silence", "observation", "revision"):
            _stand(entry, tables)
        row = tables.get(SWITCH, *key)
        if row is not None:
            tables.put(SWITCH, {**row, "filed": entry.index})


def _stand(entry: Entry, tables: Tables) -> None:
    """Let stand a switch that was recorded before, though by now it would come later or not at all."""
    body = entry.body
    state = tables.get(STATE, body["rule"], body["subject"])
    for held in current_rules(tables):
        if state is not None and held.rule.id == body["rule"]:
            Judge(held, replace(entry, index=entry.causes[0]), tables, body["cause"]).recorded(state, body)


def current_rules(reader: Reader) -> list[Held]:
    """The newest usable version of every adopted rule, in order of rule id."""
    rows = {row["rule"]: row for row in reader.select(RULE, {"fault": ""}, order=("adopted",))}
    return [_held(rows[rule]) for rule in sorted(rows)]


def _held(row: Row) -> Held:
    return Held(read_rule(row["text"]), row["adopted"])
