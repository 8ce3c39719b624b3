"""A document laid out in a process of its own, which ends with it: the memory that took is given back.

What laying out keeps for the next time grows to ten times what one document takes, and a document that others fill may
be of any sort. So the process has a bound on its memory, and is ended where it takes too long.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from commonweal.engines.typesetting import TURNS, check_ready, typeset
from commonweal.kernel.values import BadInput, Busy, Fault

ADDRESS_SPACE_BYTES_MAX = 3 << 30
LASTS_S_MAX = 60
_REFUSED = 3


def typeset_apart(letter: Mapping[str, Any]) -> bytes:
    """A document as PDF; a character that no font here can show stands as its number, as `typeset` does it.

    Raises `Busy` where Typst or a Chinese font is missing, or it cannot be laid out within the bounds, `BadInput` for
    what the font lacks, `Crowded` where too many wait: one is laid out at a time.
    """
    check_ready()
    command = [sys.executable, "-m", __name__]
    with TURNS.one():
        try:
            done = subprocess.run(
                command, input=json.dumps(letter).encode(), capture_output=True, timeout=LASTS_S_MAX, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise Busy(f"this could not be laid out in {LASTS_S_MAX} s; ask for less of it") from error
    if done.returncode == _REFUSED:
        raise BadInput([Fault(**one) for one in json.loads(done.stderr)], "letter")
    if done.returncode:
        raise Busy("this could not be laid out within the memory that it may take; ask for less of it")
    return done.stdout


def main() -> int:
    """Lay out the document on standard input."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE_BYTES_MAX, ADDRESS_SPACE_BYTES_MAX))
    try:
        laid = typeset(json.loads(sys.stdin.buffer.read()), lenient=True)
    except BadInput as error:
        sys.stderr.write(json.dumps([fault.as_dict() for fault in error.faults]))
        return _REFUSED
    sys.stdout.buffer.write(laid.pdf)
    return 0


if __name__ == "__main__":
    sys.exit(main())
