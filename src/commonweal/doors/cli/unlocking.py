"""Asking for a passphrase or PIN, and handing it on to processes that are started from here.

It goes into no argument and no environment: into a file in memory that this process holds, whose address
(`/proc/PID/fd/N`, for the same user only) stands in the environment. When this process ends, so does the file.
"""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path

from commonweal.kernel.values import Conflict

FILE_OPTION = "--passphrase-file"
FILE_VARIABLE = "COMMONWEAL_PASSPHRASE_FILE"
_held: list[int] = []


def can_ask() -> bool:
    """Whether there is a terminal to ask on, and a way to hand the answer on."""
    return sys.stdin.isatty() and sys.stderr.isatty() and hasattr(os, "memfd_create")


def ask(what: str) -> None:
    """Ask for the passphrase or PIN, and leave it where this process and those it starts find it."""
    keep(what, getpass.getpass(f"The {what} of the keys: ", sys.stderr).encode())


def keep(what: str, value: bytes) -> None:
    """Leave a secret where this process and those it starts find it."""
    handle = os.memfd_create(f"commonweal-{what}")
    os.write(handle, value)
    _held.append(handle)
    os.environ[f"COMMONWEAL_{what.upper()}_FILE"] = f"/proc/{os.getpid()}/fd/{handle}"


def new_passphrase(path: Path | None) -> bytes:
    """A new passphrase: from a file, or asked for twice. Raises `Conflict` where there is no terminal to ask on."""
    if path is not None:
        return path.read_bytes().removesuffix(b"\n").removesuffix(b"\r")
    if not can_ask():
        raise Conflict("there is no terminal to ask for the new passphrase on; give --new-passphrase-file FILE")
    first = getpass.getpass("The new passphrase: ", sys.stderr)
    if first != getpass.getpass("Once more: ", sys.stderr):
        raise Conflict("the two were not the same; nothing was changed")
    return first.encode()


def taken(tokens: list[str]) -> list[str]:
    """The arguments without `--passphrase-file FILE`, which stands for every command and those it starts."""
    for at, token in enumerate(tokens):
        if token == FILE_OPTION and at + 1 < len(tokens):
            os.environ[FILE_VARIABLE] = os.path.abspath(tokens[at + 1])
            return [*tokens[:at], *tokens[at + 2 :]]
        if token.startswith(FILE_OPTION + "="):
            os.environ[FILE_VARIABLE] = os.path.abspath(token.partition("=")[2])
            return [*tokens[:at], *tokens[at + 1 :]]
    return tokens
