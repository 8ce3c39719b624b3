"""`weal key custody`: in which form the authority's own keys lie on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from commonweal.authority import open_keys
from commonweal.kernel.values import BadInput, Fault

from . import unlocking
from .out import out

_KEPT = {
    "open": "in the open: whoever may read keys.sqlite has them",
    "passphrase": "under a passphrase (scrypt, AES-256-GCM)",
    "pkcs11": "under a key in a PKCS#11 token (AES-256-GCM)",
}
Switch = Annotated[bool, Parameter(negative="")]


def add_to(group: App) -> None:
    group.command(custody)


def custody(
    folder: Path,
    /,
    *,
    passphrase: Switch = False,
    new_passphrase_file: Path | None = None,
    pkcs11: str = "",
    token: str = "",
    open_: Annotated[bool, Parameter(name="--open", negative="")] = False,
) -> None:
    """Say how the private keys lie on disk, or change that in place; end a server of this folder first.

    Args:
        folder: The authority's folder.
        passphrase: Put them under a passphrase, or under a new one.
        new_passphrase_file: The file to read the new passphrase from (otherwise it is asked for).
        pkcs11: Put them under a key in a PKCS#11 token: the path of its module, e.g. /usr/lib/softhsm/libsofthsm2.so.
        token: The label of the token.
        open_: Put them in the open again.
    """
    wanted = [name for name, given in (("--passphrase", passphrase), ("--pkcs11", pkcs11), ("--open", open_)) if given]
    if len(wanted) > 1 or bool(pkcs11) != bool(token) or (new_passphrase_file and not passphrase):
        want = "one of --passphrase, --pkcs11 MODULE with --token LABEL, --open"
        raise BadInput(Fault("options", " ".join(wanted) or "(none)", want), "custody")
    keys = open_keys(folder)
    try:
        if not wanted:
            out(f"The private keys of {folder} lie {_KEPT[keys.kept]}.")
            return
        if passphrase:
            count = keys.seal_with_passphrase(unlocking.new_passphrase(new_passphrase_file))
        else:
            count = keys.seal_with_token(pkcs11, token) if pkcs11 else keys.unseal()
        out(f"{count} private keys of {folder} now lie {_KEPT[keys.kept]}.")
    finally:
        keys.close()
