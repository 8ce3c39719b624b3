"""rtamt and reelay over the part of a rule that they can do, in an environment that is thrown away afterwards.

Both judge one signal at a time, in order, without silence, lateness or hysteresis; what they share with our rule is
`for`: breached now and for so many minutes before. Each has one monitor a unit, told of every minute.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.foreign import installed

PACKAGES = {"rtamt": "rtamt==0.4.10", "reelay": "reelay==25.0.0"}
RUN_S = 300
_RTAMT = """
import rtamt
def monitor(periods, line):
    found = rtamt.StlDiscreteTimeOnlineSpecification()
    found.declare_var("x", "float")
    found.spec = "historically[0:%d](x >= %s)" % (periods, line)
    found.parse()
    return lambda at, x: found.update(at, [("x", x)]) >= 0
"""
_REELAY = """
import reelay
def monitor(periods, line):
    found = reelay.discrete_timed_monitor(
        pattern="historically[0:%d]{x >= %s}" % (periods, line), condense=False)
    return lambda at, x: found.update({"x": x})["value"]
"""
_PROGRAM = """
import json, sys, time
from pathlib import Path
told = json.loads(Path(sys.argv[1]).read_text())
monitors = [monitor(told["periods"], told["line"]) for _ in told["units"]]
edges = []
start = time.perf_counter()
for number, values in enumerate(told["units"]):
    update, shown = monitors[number], False
    for at, x in enumerate(values):
        state = update(at, x)
        if state != shown:
            edges.append((number, at, bool(state)))
            shown = state
spent = time.perf_counter() - start
print(json.dumps({"events_per_s": sum(map(len, told["units"])) / spent, "edges": edges}))
"""
_PROGRAMS = {"rtamt": _RTAMT + _PROGRAM, "reelay": _REELAY + _PROGRAM}
Fired = list[tuple[int, int, bool]]


@dataclass(frozen=True, slots=True)
class Monitored:
    """What a peer reached, and when each unit began and ceased to fire; with a reason in `skipped`, nothing."""

    name: str
    events_per_s: float = 0.0
    edges: Sequence[tuple[int, int, bool]] = ()
    skipped: str = ""


def monitored(folder: Path, units: Sequence[Sequence[float]], periods: int, line: float) -> list[Monitored]:
    """Both peers over the same values, unit by unit."""
    told = folder / "told.json"
    told.write_text(json.dumps({"units": [list(values) for values in units], "periods": periods, "line": line}))
    return [_run(folder, name, told) for name in PACKAGES]


def _run(folder: Path, name: str, told: Path) -> Monitored:
    try:
        python = installed(folder / name, PACKAGES[name])
        command = [str(python), "-c", _PROGRAMS[name], str(told)]
        done = subprocess.run(command, check=True, capture_output=True, timeout=RUN_S)
    except (OSError, subprocess.SubprocessError) as error:
        return Monitored(name, skipped=f"{name} was not measured: {type(error).__name__} when installing or running it")
    found: Mapping[str, object] = json.loads(done.stdout)
    edges: Fired = [(int(unit), int(at), bool(on)) for unit, at, on in found["edges"]]  # type: ignore[attr-defined]
    return Monitored(name, float(found["events_per_s"]), edges)  # type: ignore[arg-type]
