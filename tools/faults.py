"""The heavy faults: `make faults`, or `python tools/faults.py [KILLS]`.

Kills a writer at each of its steps, 10,000 times unless said otherwise, and a whole authority a twentieth as often;
then runs every test of tests/faults with more power failures. What was done is kept in `.faults`: interrupted and
started again it goes on from there; `rm -r .faults` begins anew.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / ".faults"
CANNOT = 77


def main(kills: int) -> int:
    """Run them, say how far they are, and end with the count."""
    counts = {"record": kills, "authority": max(1, kills // 20)}
    for what, count in counts.items():
        command = [sys.executable, "tests/faults/kill_steps.py", str(KEPT / what), str(count), what]
        code = subprocess.run(command, cwd=ROOT, check=False).returncode
        if code == CANNOT:
            print(f"{what}: this Python's SQLite library keeps its symbols to itself; its steps cannot be counted")
        elif code:
            return code
    command = [sys.executable, "-m", "pytest", "tests/faults", "-k", "not every_step", "-rs"]
    environment = {**os.environ, "FAULTS": str(kills), "COMMONWEAL_KILLS": "20"}
    code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    said = "no acknowledged act lost, no half act" if code == 0 else "a test failed"
    print(
        f"faults: {counts['record']} kills of the log, {counts['authority']} of an authority, every named fault: {said}"
    )
    return code


if __name__ == "__main__":
    try:
        sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
    except KeyboardInterrupt:
        sys.exit("interrupted; started again, it goes on from here")
