"""A process of its own that opens what an authorisation allows: `opening_process.py FOLDER REQUEST [kill]`.

It says `ready`, waits for a line, opens, and prints the disclosure's entry. With `kill` it dies by SIGKILL between the
leaf and the release.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from commonweal import authorising
from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.kernel.values import CommonwealError


def main(folder: str, request: str, *more: str) -> None:
    if more == ("kill",):

        def killed(*_: Any) -> None:
            os.kill(os.getpid(), signal.SIGKILL)

        vars(authorising)["evidence"] = killed
    with Authority.open(Path(folder)) as authority:
        print("ready", flush=True)
        sys.stdin.readline()
        try:
            found = authorising.opened(authority, request, Caller("party:auditor", ("auditor",)))
        except CommonwealError as error:
            print(f"refused: {type(error).__name__}: {error}", flush=True)
            return
        print(found["use"]["entry"], found["presentations"][0]["fields"], flush=True)


main(*sys.argv[1:])
