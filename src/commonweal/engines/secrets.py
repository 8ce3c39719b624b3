"""Where a passphrase or a token's PIN is taken from, in this order:

1. a file named in the environment (`COMMONWEAL_PASSPHRASE_FILE`, `COMMONWEAL_PIN_FILE`), also a descriptor
   handed down as `/dev/fd/3` or `/proc/PID/fd/3`;
2. a credential of systemd (`LoadCredential=commonweal-passphrase:…`, `commonweal-pin`);
3. the environment itself (`COMMONWEAL_PASSPHRASE`, `COMMONWEAL_PIN`), which others of the same user can read.

A command line asks on its terminal when there is none of these. Never from arguments: everybody can read those.
"""

from __future__ import annotations

import os
from pathlib import Path

from commonweal.kernel.disclosure.custody import Locked

SECRET_BYTES_MAX = 4_096
PASSPHRASE, PIN = "passphrase", "pin"
_WANTED = {
    PASSPHRASE: "the passphrase of the keys is needed: on a terminal it is asked for; else give --passphrase-file, "
    "the systemd credential commonweal-passphrase, or COMMONWEAL_PASSPHRASE",
    PIN: "the PIN of the token is needed: on a terminal it is asked for; else COMMONWEAL_PIN_FILE, the systemd "
    "credential commonweal-pin, or COMMONWEAL_PIN",
}


def secret(what: str) -> bytes:
    """The passphrase or the PIN. Raises `Locked` where there is none, or the file that should hold it does not."""
    variable = f"COMMONWEAL_{what.upper()}"
    credentials = os.environ.get("CREDENTIALS_DIRECTORY", "")
    if path := os.environ.get(f"{variable}_FILE", ""):
        return read_secret(Path(path), what)
    if credentials and (Path(credentials) / f"commonweal-{what}").is_file():
        return read_secret(Path(credentials) / f"commonweal-{what}", what)
    if given := os.environ.get(variable, ""):
        return given.encode()
    raise Locked(_WANTED[what], wanted=what)


def read_secret(path: Path, what: str = PASSPHRASE) -> bytes:
    """A secret from a file, without the newline at its end. Raises `Locked` for one that is empty or too long."""
    try:
        with path.open("rb") as file:
            data = file.read(SECRET_BYTES_MAX + 1)
    except OSError as error:
        raise Locked(f"the {what} cannot be read from {path}: {error.strerror}") from error
    data = data.removesuffix(b"\n").removesuffix(b"\r")
    if not data or len(data) > SECRET_BYTES_MAX:
        raise Locked(f"the {what} in {path} has {len(data)} bytes; 1 to {SECRET_BYTES_MAX} are needed")
    return data
