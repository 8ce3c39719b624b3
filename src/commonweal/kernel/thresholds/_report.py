"""A rule replayed over history, as a person reads it: time in each state, switches, near misses, other parameters."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

import numpy as np

from commonweal.kernel.expressions import Frame, duration
from commonweal.kernel.record.tables import Reader, Row
from commonweal.kernel.values import BadInput, FaultCollector, Text
from commonweal.methods.series import Floats

from ._backtest import backtest
from ._kinds import SWITCH, TRACK
from ._machine import STATES
from ._rules import DWELLS, ThresholdRule, read_rule

NEAR = 0.05
SWEEP_MAX = 200
SPANS = (*DWELLS, "max_gap")
NEAR_WORDS = Text(
    en="A near miss is a stretch of periods in which the rule did not fire, before and after which it did not fire "
    "either, and in which it came close: its value stood within {near} of the line on the safe side (line), or past "
    "the line while another condition was not met (condition), or the rule was breached, but not long enough (dwell).",
    zh="险些触发指规则未触发的一段时期，其前后亦未触发，且曾接近触发：数值处于界线安全一侧 {near} 以内（line），"
    "或已越线但另一条件未满足（condition），或已满足条件但持续时间不足（dwell）。",
)
_NUMBER = re.compile(r"^\s*(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(\s*[A-Za-z%][\w*/%]*)?\s*$")
_RANK = {"line": 0, "condition": 1, "dwell": 2}


class Judged(NamedTuple):
    """One period as a rule judged it: `breached` is 1, 0 or None (not known)."""

    event: str
    state: str
    breached: int | None
    value: float | None
    line: float | None


@dataclass(frozen=True)
class Replayed:
    """What a rule said: each subject's periods in order, and every switch in the order it was decided."""

    rule: ThresholdRule
    judged: Mapping[str, Sequence[Judged]]
    switches: Sequence[Row]


def replay(rule: ThresholdRule, frame: Frame) -> Replayed:
    """A rule over a frame, one value for each observation. Periods in which nothing was observed are left out."""
    found = backtest(rule, frame)
    heard = _heard(rule, frame)
    judged: dict[str, list[Judged]] = {}
    switches: list[Row] = []
    for column, subject in enumerate(found.subjects):
        rows = np.flatnonzero(heard[:, column if heard.shape[1] > 1 else 0])
        track = [_judged(found.states[row, column], int(row), column, found, rule) for row in rows]
        judged[subject] = track
        switches += _switches(rule, subject, track)
    return Replayed(rule, judged, sorted(switches, key=lambda row: (row["at"], row["subject"])))


def judged_row(rule: ThresholdRule, row: Row) -> Judged:
    """A row of the table of judged periods."""
    line = row["quantities"].get(rule.line) if rule.line else None
    return Judged(row["event"], row["state"], row["breached"], row["value"], line)


def lived(reader: Reader, rule: ThresholdRule) -> Replayed:
    """What tables hold of a rule: each period as it was last judged, and every switch."""
    judged: dict[str, list[Judged]] = {}
    for row in reader.select(TRACK, {"rule": rule.id}):
        judged.setdefault(row["subject"], []).append(judged_row(rule, row))
    return Replayed(rule, judged, reader.select(SWITCH, {"rule": rule.id}, order=("entry", "at", "cause")))


def backtest_report(replayed: Replayed, *, since: str = "", until: str = "", near: float = NEAR) -> dict[str, Any]:
    """Time in each state, switches, runs of firing and near misses, of the periods from `since` to `until`.

    `near` is the share of the line that counts as close. Times are counted in periods of the rule's grid.
    """
    rule = replayed.rule
    judged = {name: _within(track, since, until) for name, track in replayed.judged.items()}
    judged = {name: track for name, track in judged.items() if track}
    side = _side(judged)
    counted = Counter(one.state for track in judged.values() for one in track)
    total = sum(counted.values())
    switches = [row for row in replayed.switches if _inside(row["at"], since, until)]
    misses = [miss for name in sorted(judged) for miss in _misses(name, judged[name], near, side)]
    return {
        "rule": rule.id,
        "version": rule.version,
        "title": dict(rule.title),
        "every": str(rule.grid.every),
        "in_force_from": rule.in_force_from.isoformat(),
        "first": min((track[0].event for track in judged.values()), default=""),
        "last": max((track[-1].event for track in judged.values()), default=""),
        "subjects": len(judged),
        "periods": total,
        "states": {state: counted[state] for state in STATES},
        "share": {state: counted[state] / total if total else 0.0 for state in STATES},
        "by_subject": [_subject_row(name, judged[name], switches) for name in sorted(judged)],
        "runs": [run for name in sorted(judged) for run in _runs(name, judged[name])],
        "switches": [_switch_row(row) for row in switches],
        "near": {
            "share_of_line": near,
            "definition": {language: text.replace("{near}", f"{near:.0%}") for language, text in NEAR_WORDS.items()},
            "counts": dict(Counter(miss["kind"] for miss in misses)),
            "misses": misses,
        },
    }


def sweep(
    text: str,
    path: str,
    values: Sequence[str],
    run: Callable[[str], Replayed],
    *,
    since: str = "",
    until: str = "",
    progress: Callable[[int, int], None] | None = None,
) -> list[dict[str, Any]]:
    """What the rule would have done with other values of one parameter: a row a value, the one as written marked.

    `run(text)` replays a rule text. `differs` counts the periods in which firing or not firing is another than with
    the rule as written. Raises `BadInput` where the parameter cannot be varied.
    """
    texts = [varied(text, path, value) for value in values]
    base = _firing(run(text), since, until)
    own = _written(text, path)
    rows = []
    for number, (value, other) in enumerate(zip(values, texts, strict=True), 1):
        found = base if _same(value, own) else _firing(run(other), since, until)
        on = [at for at, firing in found.items() if firing]
        by_subject = Counter(subject for subject, _ in on)
        rows.append(
            {
                "value": value,
                "as_written": _same(value, own),
                "firing": len(on),
                "share": len(on) / len(found) if found else 0.0,
                "runs": _count_runs(found),
                "subjects": len(by_subject),
                "first": min((event for _, event in on), default=""),
                "differs": sum(base.get(at) != firing for at, firing in found.items()),
            }
        )
        if progress:
            progress(number, len(values))
    return rows


def sweep_of(text: str) -> tuple[str, list[str]]:
    """`let.line=4..8/0.5` or `for=0mo,1mo,3mo`: the parameter and the values to try. Raises `BadInput`."""
    faults = FaultCollector("sweep")
    path, equals, spread = text.partition("=")
    found: list[str] = []
    if not equals or not spread:
        faults.add("--sweep", text, "a parameter and values, like let.line=4..8/0.5 or for=0mo,1mo,3mo", "sweep")
    elif ".." in spread:
        found = _spread(spread)
    else:
        found = [part.strip() for part in spread.split(",") if part.strip()]
    if equals and spread and not 1 <= len(found) <= SWEEP_MAX:
        faults.add("--sweep", spread, f"1 to {SWEEP_MAX} values, like 4..8/0.5 (from, to, step; one unit)", "sweep")
    faults.done()
    return path.strip(), found


def _spread(text: str) -> list[str]:
    match = re.match(r"^([\d.eE+-]+?)([a-z]*)\.\.([\d.eE+-]+?)([a-z]*)/([\d.eE+-]+?)([a-z]*)$", text.replace(" ", ""))
    if match is None or len({match[2], match[4], match[6]}) > 1:
        return []
    try:
        first, last, step = (Decimal(match[at]) for at in (1, 3, 5))
    except InvalidOperation:
        return []
    if step <= 0 or last < first or (last - first) / step > SWEEP_MAX:
        return []
    count = int((last - first) / step) + 1
    return [f"{(first + step * number).normalize():f}{match[2]}" for number in range(count)]


def varied(text: str, path: str, value: str) -> str:
    """The rule text with another value of one parameter: a plain number of `[let]`, or one of its spans.

    Everything else stays letter for letter. Raises `BadInput` where that cannot be done, or the rule then has a fault.
    """
    data = tomllib.loads(text)
    wanted = dict(data)
    faults = FaultCollector("sweep")
    table, _, name = path.rpartition(".")
    numbers = [key for key, item in data.get("let", {}).items() if isinstance(item, str) and _NUMBER.match(item)]
    unit = ""
    if table == "let" and name in numbers and re.match(r"^-?[\d.]+(?:[eE][+-]?\d+)?$", value):
        match = _NUMBER.match(data["let"][name])
        unit = (match[2] or "") if match else ""
        wanted["let"] = {**data["let"], name: f"{value}{unit}"}
    elif not table and name in SPANS and duration(value):
        wanted[name] = value
    else:
        can = ", ".join([*(f"let.{key}" for key in numbers), *SPANS])
        faults.add("--sweep", f"{path}={value}", f"one of {can}, with a number or a duration", "sweep")
        faults.done()
    changed = _substituted(text, table, name, f"{value}{unit}")
    if tomllib.loads(changed) != wanted:
        faults.add("--sweep", path, "a rule file that writes this parameter on a line of its own", "sweep")
        faults.done()
    read_rule(changed)
    return changed


def _substituted(text: str, table: str, name: str, value: str) -> str:
    lines, here = text.split("\n"), ""
    for at, line in enumerate(lines):
        if header := re.match(r"^\s*\[([^\]]+)\]", line):
            here = header[1].strip()
        elif here == table and re.match(rf"^\s*{re.escape(name)}\s*=", line):
            lines[at] = f'{name} = "{value}"'
            return "\n".join(lines)
    return "\n".join([f'{name} = "{value}"', *lines]) if not table else text


def _written(text: str, path: str) -> str:
    """The value of a parameter as the rule states it."""
    data: Any = tomllib.loads(text)
    table, _, name = path.rpartition(".")
    found = str((data.get(table, {}) if table else data).get(name, ""))
    match = _NUMBER.match(found)
    return match[1] if match and table else found


def _same(value: str, own: str) -> bool:
    try:
        return Decimal(value) == Decimal(own)
    except InvalidOperation:
        return value == own


def _heard(rule: ThresholdRule, frame: Frame) -> np.ndarray[Any, np.dtype[np.bool_]]:
    heard = np.zeros((len(frame), len(frame.subjects)), dtype=np.bool_)
    for array in frame.values.values():
        heard |= ~np.isnan(array)
    return heard.any(axis=1).reshape(-1, 1) if rule.by == "all" else heard


def _judged(code: Any, row: int, column: int, found: Any, rule: ThresholdRule) -> Judged:
    def figure(name: str) -> float | None:
        array: Floats | None = found.quantities.get(name) if name else None
        cell = float("nan") if array is None else float(array[row, column])
        return None if np.isnan(cell) else float(f"{cell:.12g}")

    breached = float(found.breached[row, column])
    event = rule.grid.start(found.start + int(row))
    text = event.isoformat() if rule.grid.daily else event.strftime("%Y-%m-%dT%H:%M:%SZ")
    known = None if np.isnan(breached) else int(breached)
    return Judged(text, STATES[int(code)], known, figure(rule.value), figure(rule.line))


def _switches(rule: ThresholdRule, subject: str, track: Sequence[Judged]) -> list[Row]:
    found, before = [], "unknown"
    for one in track:
        if one.state != before:
            found.append(
                {
                    "subject": subject,
                    "at": one.event,
                    "from_state": before,
                    "to_state": one.state,
                    "cause": "observation",
                    "value": one.value,
                    "known": None,
                    "counterfactual": int(not rule.in_force(date.fromisoformat(one.event[:10]))),
                }
            )
        before = one.state
    return found


def _switch_row(row: Row) -> Row:
    taken = ("subject", "at", "from_state", "to_state", "cause", "value", "known")
    return {**{name: row[name] for name in taken}, "counterfactual": bool(row["counterfactual"])}


def _inside(event: str, since: str, until: str) -> bool:
    return event >= since and (not until or event[: len(until)] <= until)


def _within(track: Sequence[Judged], since: str, until: str) -> list[Judged]:
    return [one for one in track if _inside(one.event, since, until)]


def _subject_row(name: str, track: Sequence[Judged], switches: Sequence[Row]) -> dict[str, Any]:
    counted = Counter(one.state for one in track)
    on = [one.event for one in track if one.state == "firing"]
    return {
        "subject": name,
        "periods": len(track),
        **{state: counted[state] for state in STATES},
        "switches": sum(row["subject"] == name for row in switches),
        "runs": len(_runs(name, track)),
        "first_on": on[0] if on else None,
        "last_on": on[-1] if on else None,
    }


def _runs(name: str, track: Sequence[Judged]) -> list[dict[str, Any]]:
    """The unbroken runs of firing: from the first period to the first that is not (None: it still fires)."""
    found: list[dict[str, Any]] = []
    for at, one in enumerate(track):
        if one.state != "firing":
            continue
        if at == 0 or track[at - 1].state != "firing":
            found.append({"subject": name, "from": one.event, "until": None, "periods": 0, "value_max": None})
        run = found[-1]
        run["periods"] += 1
        run["until"] = track[at + 1].event if at + 1 < len(track) else None
        known = [value for value in (run["value_max"], one.value) if value is not None]
        run["value_max"] = max(known) if known else None
    return found


def _side(judged: Mapping[str, Sequence[Judged]]) -> int:
    """On which side of the line the rule is breached: 1 above (also where it never was), -1 below."""
    signs = [
        1 if one.value >= one.line else -1
        for track in judged.values()
        for one in track
        if one.breached == 1 and one.value is not None and one.line is not None
    ]
    return -1 if sum(signs) < 0 else 1


def _kind(one: Judged, near: float, side: int) -> str:
    if one.state == "firing" or one.breached is None:
        return ""
    if one.breached == 1:
        return "dwell"
    if one.value is None or one.line is None:
        return ""
    short = side * (one.line - one.value)
    return "condition" if short <= 0 else "line" if short <= near * abs(one.line) else ""


def _misses(name: str, track: Sequence[Judged], near: float, side: int) -> list[dict[str, Any]]:
    found, at = [], 0
    while at < len(track):
        kind = _kind(track[at], near, side)
        stop = at + 1
        while kind and stop < len(track) and _kind(track[stop], near, side):
            stop += 1
        before, after = track[at - 1] if at else None, track[stop] if stop < len(track) else None
        firing = any(one is not None and one.state == "firing" for one in (before, after))
        if kind and not firing:
            found.append(_miss(name, track[at:stop], near, side))
        at = stop
    return found


def _miss(name: str, stretch: Sequence[Judged], near: float, side: int) -> dict[str, Any]:
    def closeness(one: Judged) -> tuple[int, float]:
        past = 0.0 if one.value is None or one.line is None else side * (one.value - one.line)
        return _RANK[_kind(one, near, side)], past

    closest = max(stretch, key=closeness)
    known = closest.value is not None and closest.line is not None
    distance = side * (closest.line - closest.value) if known else None  # type: ignore[operator]
    return {
        "subject": name,
        "kind": _kind(closest, near, side),
        "from": stretch[0].event,
        "to": stretch[-1].event,
        "periods": len(stretch),
        "closest": closest.event,
        "value": closest.value,
        "line": closest.line,
        "distance": None if distance is None else float(f"{distance:.9g}"),
    }


def _firing(replayed: Replayed, since: str, until: str) -> dict[tuple[str, str], bool]:
    return {
        (name, one.event): one.state == "firing"
        for name in sorted(replayed.judged)
        for one in _within(replayed.judged[name], since, until)
    }


def _count_runs(found: Mapping[tuple[str, str], bool]) -> int:
    count, before = 0, ("", False)
    for (subject, _), firing in found.items():
        count += firing and before != (subject, True)
        before = (subject, firing)
    return count


def can_be_swept(text: str) -> list[str]:
    """The parameters of a rule text that a sweep can vary: plain numbers of `[let]`, and spans that it states."""
    data = tomllib.loads(text)
    numbers = [
        f"let.{key}" for key, item in data.get("let", {}).items() if isinstance(item, str) and _NUMBER.match(item)
    ]
    found = []
    for path in [*numbers, *(span for span in SPANS if span in data)]:
        try:
            varied(text, path, _written(text, path))
        except BadInput:
            continue
        found.append(path)
    return found
