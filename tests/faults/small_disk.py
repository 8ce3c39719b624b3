"""A record on a disk of two mebibytes that really fills up, and that is then really made read-only.

Run inside a user and mount namespace of its own (`unshare -rm`), so that nothing else is touched:
`small_disk.py FOLDER`. Prints one JSON object of what happened; exits with 77 where such a disk cannot be had.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from writer_process import ORIGIN, SIGNER, draft

from commonweal.engines.sqlite import SqliteRecord
from commonweal.kernel.record import check_log
from commonweal.kernel.values import Busy

CANNOT = 77


def mount(*options: str) -> None:
    done = subprocess.run(["mount", *options], capture_output=True, check=False)
    if done.returncode:
        sys.exit(CANNOT)


def fill(record: SqliteRecord, number: int) -> tuple[int, str]:
    """Append until it cannot be done; how far it came, and what was answered."""
    while True:
        try:
            record.append([draft("a", at, (number, number + 5)) for at in range(number, number + 5)])
        except Busy as error:
            return number, str(error)
        number += 5


def tried(record: SqliteRecord, number: int) -> str:
    try:
        record.append([draft("a", number, (number, number + 1))])
    except Busy as error:
        return str(error)
    return ""


def main(folder: Path) -> None:
    mount("-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder))
    ballast = folder / "ballast"
    ballast.write_bytes(bytes(600_000))
    record = SqliteRecord(folder, SIGNER)
    found: dict[str, object] = {}
    found["acknowledged"], found["full"] = fill(record, 0)
    found["size_when_full"] = record.size()
    ballast.unlink()
    more, _ = fill(record, int(str(found["acknowledged"])))
    found["after_room_was_made"] = more
    found["whole"] = [str(item) for item in check_log(record, SIGNER.verifier, ORIGIN)]
    record.close()
    mount("-o", "remount,size=8m", str(folder))
    record = SqliteRecord(folder, SIGNER)
    record.close()
    mount("-o", "remount,ro", str(folder))
    try:
        record = SqliteRecord(folder, SIGNER)
        found["read_only"] = tried(record, more)
    except Busy as error:
        found["read_only"] = str(error)
    mount("-o", "remount,rw", str(folder))
    record = SqliteRecord(folder, SIGNER)
    found["writable_again"] = tried(record, more)
    found["size_at_last"] = record.size()
    found["whole_at_last"] = [str(item) for item in check_log(record, SIGNER.verifier, ORIGIN)]
    record.close()
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
