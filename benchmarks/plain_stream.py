"""A full rule over a stream, as somebody would write it down in plain Python: the peer of `rules.*_events_per_s`."""

from __future__ import annotations

from collections.abc import Iterable

LINE, CALM = 80.0, 75.0
FOR, KEEP, GAP, LATENESS = 3, 2, 5, 2
Edge = tuple[str, int, str, str, str]


class Machine:
    """One unit's state, and the values of minutes that may still change."""

    __slots__ = ("clear_since", "closed", "last", "open", "pending_since", "shown", "state")

    def __init__(self, minute: int) -> None:
        self.shown, self.state = "unknown", "ok"
        self.pending_since: int | None = None
        self.clear_since: int | None = None
        self.last: int | None = None
        self.closed = minute - LATENESS - 1
        self.open: dict[int, float] = {}


class Rule:
    """`load >= 80` for 3 minutes fires; below 75 for 2 minutes ends it; 5 minutes of silence are unknown."""

    def __init__(self) -> None:
        self.machines: dict[str, Machine] = {}
        self.edges: list[Edge] = []
        self.late = 0

    def run(self, events: Iterable[tuple[str, int, float]]) -> None:
        """Take in events, in the order in which they came."""
        machines = self.machines
        for unit, minute, value in events:
            machine = machines.get(unit)
            if machine is None:
                machine = machines[unit] = Machine(minute)
            closed = machine.closed
            if minute <= closed:
                self.late += 1
                continue
            upto = minute - LATENESS - 1
            if upto > closed:
                self.close(unit, machine, upto)
            machine.open[minute] = value

    def close(self, unit: str, machine: Machine, upto: int) -> None:
        """Judge the minutes that no event may change any more."""
        waiting = machine.open
        for minute in range(machine.closed + 1, min(upto, machine.closed + LATENESS + 1) + 1):
            value = waiting.pop(minute, None)
            if value is not None:
                self.judge(unit, machine, minute, value)
        machine.closed = upto

    def judge(self, unit: str, machine: Machine, minute: int, value: float) -> None:
        last = machine.last
        if last is not None and minute - last > GAP:
            self.silence(unit, machine, last)
        if machine.state == "firing":
            if value >= LINE or value >= CALM:
                machine.clear_since = None
            else:
                if machine.clear_since is None:
                    machine.clear_since = minute
                if minute - machine.clear_since >= KEEP:
                    machine.state, machine.clear_since = "ok", None
        elif value < LINE:
            machine.state, machine.pending_since = "ok", None
        else:
            if machine.pending_since is None:
                machine.pending_since = minute
            if minute - machine.pending_since >= FOR:
                machine.state, machine.pending_since, machine.clear_since = "firing", None, None
            else:
                machine.state = "pending"
        machine.last = minute
        if machine.state != machine.shown:
            self.edges.append((unit, minute, machine.shown, machine.state, "observation"))
            machine.shown = machine.state

    def silence(self, unit: str, machine: Machine, last: int) -> None:
        if machine.shown != "unknown":
            self.edges.append((unit, last + GAP + 1, machine.shown, "unknown", "silence"))
        machine.shown = "unknown"
        machine.state = "firing" if machine.state == "firing" else "ok"
        machine.pending_since = machine.clear_since = None

    def finish(self, minute: int) -> None:
        """Time has come to the end of a minute."""
        for unit, machine in self.machines.items():
            if minute > machine.closed:
                self.close(unit, machine, minute)
            if machine.last is not None and minute - machine.last > GAP:
                self.silence(unit, machine, machine.last)
