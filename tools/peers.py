"""Other people's software on our bytes: `python tools/peers.py [WANTED]` runs it, a line a peer, and counts.

Each peer must accept what a real authority handed out and refuse every tampered copy. Ends with 1 when a peer erred or
fewer than WANTED (5) ran and passed; those that could not run say why.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def lines_of(path: Path) -> list[dict[str, object]]:
    """What the peers reported, the last word of each."""
    found = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return list({str(line["peer"]): line for line in found}.values())


def main(wanted: int) -> int:
    """Run the peers' tests and print what they reported."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report"
        report.touch()
        command = [sys.executable, "-m", "pytest", "tests/peers", "-rs", "--tb=short"]
        done = subprocess.run(command, cwd=ROOT, env={**os.environ, "PEERS_REPORT": str(report)}, check=False)
        peers = lines_of(report)
    for line in peers:
        refused = line["refused"]
        assert isinstance(refused, list)
        print(f"\n{line['peer']} {line['version']}\n  accepted: {line['accepted']}")
        print(f"  refused:  {len(refused)} tampered copies: {'; '.join(refused)}")
    failed = done.returncode != 0
    print(f"\npeers: {len(peers)} ran and passed, {wanted} wanted" + ("; a test failed" if failed else ""))
    return 1 if failed or len(peers) < wanted else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5))
