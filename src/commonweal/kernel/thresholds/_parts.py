"""The larger parts of a rule text, each read from its own table: levels, the response, and what must follow what."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast, get_args

from commonweal.kernel.expressions import DURATION_WANT, Duration, Expression, duration
from commonweal.kernel.expressions.tree import Compare, CompareOp, Number
from commonweal.kernel.values import FaultCollector, shown

from ._machine import Dwell, State

LEVELS_MAX = 20
LEVEL_NAME = re.compile(r"^[a-z][a-z0-9_\-]{0,31}$")
LEVEL_KEYS = {"name", "at", "below", "clear", "scale", "for", "keep_firing_for"}
KIND_ID = re.compile(r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$")
PLAYBOOK = re.compile(r"^(playbook\.)?[a-z][a-z0-9_.\-]{0,80}$")
FIELD = re.compile(r"^[a-z][a-z0-9_]{0,63}$")
THEN_KEYS = {"playbook", "silence", "causes", "suppresses"}
SWITCHED = "threshold.switched"
SAME = ("subject", "cause", "all")
WHERE_MAX = 8

Parse = Callable[[str, str], Expression | None]
Periods = Callable[[str, object], int]


@dataclass(frozen=True)
class Level:
    """One rung of a rule that fires by degrees: on while the shown value has reached `at` (or fallen to it).

    `on` and `off` are the truths its own machine steps on; `scale` is the share of the whole response it calls for.
    """

    name: str
    at: Expression
    falling: bool
    on: Expression
    off: Expression | None
    scale: float
    dwell: Dwell


@dataclass(frozen=True)
class Plan:
    """What a rule sets going: the playbook for firing, that for silence, and the kinds of entries these act upon."""

    playbook: str = ""
    silence: str = ""
    causes: tuple[str, ...] = ()
    suppresses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Selector:
    """Entries of a kind whose fields have these values."""

    kind: str
    where: Mapping[str, str | int | bool] = field(default_factory=dict)

    def matches(self, kind: str, body: Mapping[str, Any]) -> bool:
        return kind == self.kind and all(body.get(name) == value for name, value in self.where.items())

    def __str__(self) -> str:
        inside = ", ".join(f"{name}={value}" for name, value in self.where.items())
        return f"{self.kind}({inside})" if inside else self.kind


@dataclass(frozen=True)
class Response:
    """After every `after`, an `expect` of the same key must follow within the span, or the rule fires.

    `same` says what makes two entries belong together: their subject, that the later names the earlier as its cause,
    nothing at all (`all`), or the value of a field that both have.
    """

    after: Selector
    expect: Selector
    within: Duration
    same: str


class LevelReader:
    """Reads the `[[level]]` tables of a rule that shows `value`."""

    def __init__(
        self, value: Expression | None, parse: Parse, periods: Periods, dwell: Dwell, faults: FaultCollector
    ) -> None:
        self._value, self.parse, self.periods, self.dwell, self.faults = value, parse, periods, dwell, faults

    def read(self, written: object) -> tuple[Level, ...]:
        """The levels, in the order they are written: each further than the one before."""
        if written is None:
            return ()
        if not isinstance(written, list) or not written or not all(isinstance(item, dict) for item in written):
            self.faults.add("level", shown(written), "tables [[level]], each with name, at and scale", "type")
            return ()
        if len(written) > LEVELS_MAX:
            self.faults.add("level", len(written), f"at most {LEVELS_MAX} levels", "too_many")
            return ()
        if self._value is None:
            want = "a rule with a `value`: the quantity that the levels are of"
            self.faults.add("level", f"{len(written)} levels", want, "value")
            return ()
        found = [self.level(at, item) for at, item in enumerate(written, 1)]
        levels = [level for level in found if level is not None]
        self.in_order(levels)
        return tuple(levels)

    @property
    def value(self) -> Expression:
        assert self._value is not None
        return self._value

    def level(self, number: int, item: dict[str, Any]) -> Level | None:
        where = f"level {number}"
        before = self.faults.count
        for key in item:
            if key not in LEVEL_KEYS:
                self.faults.add(f"{where}.{key}", key, f"a known key: {', '.join(sorted(LEVEL_KEYS))}", "unknown_key")
        name = item.get("name")
        if not isinstance(name, str) or not LEVEL_NAME.match(name):
            self.faults.add(f"{where}.name", name or "(absent)", "a lower-case name like half", "name")
        scale = item.get("scale")
        if isinstance(scale, bool) or not isinstance(scale, int | float) or not 0 <= scale <= 1:
            self.faults.add(f"{where}.scale", "(absent)" if scale is None else scale, "a share from 0 to 1", "range")
        falling = "below" in item
        if falling == ("at" in item):
            self.faults.add(where, ", ".join(item), "either `at` (on from there upwards) or `below`", "choice")
            return None
        at = self._bound(f"{where}.{'below' if falling else 'at'}", item["below" if falling else "at"])
        clear = self._bound(f"{where}.clear", item["clear"]) if "clear" in item else None
        dwell = replace(
            self.dwell,
            before_firing=self.periods(f"{where}.for", item.get("for", "0d")),
            keep_firing=self.periods(f"{where}.keep_firing_for", item.get("keep_firing_for", "0d")),
            fire_at_least=0,
            rest_at_least=0,
        )
        if at is None or self.faults.count > before:
            return None
        on = self._truth("<=" if falling else ">=", at)
        off = self._truth(">" if falling else "<", clear) if clear else None
        return Level(str(name), at, falling, on, off, float(cast(float, scale)), dwell)

    def _bound(self, where: str, written: object) -> Expression | None:
        if not isinstance(written, str):
            self.faults.add(where, written, 'an expression in quotation marks, like "0.5"', "type")
            return None
        found = self.parse(where, written)
        if found is None:
            return None
        if found.type != "number":
            self.faults.add(where, written, "a number, which the shown value is compared with", "type")
            return None
        if found.scope not in ("any", self.value.scope):
            self.faults.add(where, written, "a number about the same subjects as the value", "scope")
            return None
        loose = found.literal or self.value.literal or found.unit is None or self.value.unit is None
        if not loose and found.unit != self.value.unit:
            self.faults.add(where, written, "the unit of the value that the rule shows", "unit")
            return None
        return found

    def _truth(self, op: CompareOp, bound: Expression) -> Expression:
        value = self.value
        return replace(
            value,
            text=f"value {op} {bound.text}",
            type="truth",
            history=max(value.history, bound.history),
            series=value.series | bound.series,
            tree=Compare(op, value.tree, bound.tree),
        )

    def in_order(self, levels: list[Level]) -> None:
        """Each level is further than the one before it and calls for no less; so the scale never falls on the way."""
        for name, count in Counter(level.name for level in levels).items():
            if count > 1:
                self.faults.add(f"level {name}", name, "a name of its own", "duplicate")
        for lower, upper in itertools.pairwise(levels):
            if lower.falling != upper.falling:
                self.faults.add(
                    f"level {upper.name}", upper.at.text, "all levels with `at`, or all with `below`", "choice"
                )
            if upper.scale < lower.scale:
                self.faults.add(
                    f"level {upper.name}.scale", upper.scale, f"at least {lower.scale}, as before it", "order"
                )
            ends = [item.at.tree.value for item in (lower, upper) if isinstance(item.at.tree, Number)]
            if len(ends) == 2 and (ends[0] <= ends[1] if upper.falling else ends[0] >= ends[1]):
                self.faults.add(f"level {upper.name}", upper.at.text, f"a bound beyond {lower.at.text}", "order")


def read_plan(written: object, playbook: bool, faults: FaultCollector) -> tuple[str, Plan]:
    """`(words, plan)` of `then`: free words, the name of a playbook (from format 2 on), or a table."""
    if written is None:
        return "", Plan()
    if isinstance(written, str):
        if playbook and not PLAYBOOK.match(written):
            faults.add("then", written, "the name of a playbook, like coordinated_pausing (or a table)", "name")
        return written, Plan(playbook=written) if playbook else Plan()
    if not isinstance(written, dict):
        faults.add(
            "then", written, "a text, or a table { playbook = …, silence = …, causes = […], suppresses = […] }", "type"
        )
        return "", Plan()
    for key in written:
        if key not in THEN_KEYS:
            faults.add(f"then.{key}", key, f"a known key: {', '.join(sorted(THEN_KEYS))}", "unknown_key")
    names = {name: written.get(name, "") for name in ("playbook", "silence")}
    for name, value in names.items():
        if not isinstance(value, str) or (value and not PLAYBOOK.match(value)):
            faults.add(f"then.{name}", value, "the name of a playbook, like coordinated_pausing", "name")
    kinds = {name: _kinds(f"then.{name}", written.get(name, []), faults) for name in ("causes", "suppresses")}
    return str(names["playbook"]), Plan(
        str(names["playbook"]), str(names["silence"]), kinds["causes"], kinds["suppresses"]
    )


def _kinds(where: str, written: object, faults: FaultCollector) -> tuple[str, ...]:
    if not isinstance(written, list) or not all(isinstance(kind, str) and KIND_ID.match(kind) for kind in written):
        faults.add(where, written, 'a list of kinds of entries, like ["model_registration.deployment"]', "type")
        return ()
    return tuple(written)


def read_response(data: Mapping[str, Any], faults: FaultCollector) -> Response | None:
    """`after`, `expect`, `within` and `same`; None where one of them is missing or wrong."""
    found = {name: _selector(name, data.get(name), faults) for name in ("after", "expect")}
    within = duration(data.get("within"))
    if within is None or within.count == 0:
        faults.add("within", data.get("within", "(absent)"), f"{DURATION_WANT}, longer than none", "duration")
    same = data.get("same", "subject")
    if not isinstance(same, str) or not (same in SAME or FIELD.match(same)):
        faults.add("same", same, f"one of {', '.join(SAME)}, or the name of a field that both entries have", "choice")
    after, expect = found["after"], found["expect"]
    if after is None or expect is None or within is None:
        return None
    return Response(after, expect, within, str(same))


def _selector(name: str, written: object, faults: FaultCollector) -> Selector | None:
    want = '{ kind = "incident.report" } (with where = { field = value }) or { rule = "us.sahm_gap", state = "firing" }'
    if not isinstance(written, dict):
        faults.add(name, "(absent)" if written is None else written, want, "missing" if written is None else "type")
        return None
    if set(written) == {"rule", "state"}:
        if written["state"] not in get_args(State) or not isinstance(written["rule"], str):
            faults.add(f"{name}.state", written["state"], f"one of {', '.join(get_args(State))}", "choice")
            return None
        return Selector(SWITCHED, {"rule": written["rule"], "to_state": written["state"]})
    kind, where = written.get("kind"), written.get("where", {})
    if set(written) - {"kind", "where"} or not isinstance(kind, str) or not KIND_ID.match(kind):
        faults.add(name, written, want, "type")
        return None
    good = isinstance(where, dict) and len(where) <= WHERE_MAX
    if not good or not all(FIELD.match(key) and isinstance(value, str | int) for key, value in where.items()):
        faults.add(f"{name}.where", where, f"at most {WHERE_MAX} fields with a text, number or truth each", "type")
        return None
    return Selector(kind, where)
