"""The authority's own keys: `weal key custody`, `signing`, `rotate`, `withdraw` and `lost`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from commonweal import attestations, keeping
from commonweal.authority import Authority, open_keys
from commonweal.kernel.record import LogKey
from commonweal.kernel.values import BadInput, Fault

from . import unlocking
from .out import as_json, err, out, table

_KEPT = {
    "open": "in the open: whoever may read keys.sqlite has them",
    "passphrase": "under a passphrase (scrypt, AES-256-GCM)",
    "pkcs11": "under a key in a PKCS#11 token (AES-256-GCM)",
}
Switch = Annotated[bool, Parameter(negative="")]


def add_to(group: App) -> None:
    for command in (custody, signing, rotate, withdraw, lost):
        group.command(command)


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


def signing(folder: Path, /, *, json: bool = False) -> None:
    """The keys with which the log was and is signed, and the sizes of the trees for which each counts.

    Args:
        folder: The authority's folder.
        json: The whole document with the proof of each change, as it stands at /api/v1/log-keys.
    """
    with Authority.open(folder) as authority:
        found = keeping.published_keys(authority)
    if json:
        as_json(found)
        return
    rows = [
        (key["vkey"], key["from_size"], "" if key["to_size"] is None else key["to_size"], key["ended"] or "in force",
         "" if key["entry"] is None else key["entry"]) for key in found["keys"]
    ]  # fmt: skip
    table("", ("verifier key", "from entries", "to entries", "state", "entry"), rows)
    if found["closed_at"] is not None:
        out(f"The log is closed at {found['closed_at']} entries.")


def rotate(
    folder: Path,
    /,
    *,
    overlap: int = keeping.OVERLAP,
    compromised: Switch = False,
    void_from: int | None = None,
    in_token: Switch = False,
    issuer: Switch = False,
) -> None:
    """Change the key that signs the log: a public entry says so, and a server that runs goes over by itself.

    Args:
        folder: The authority's folder.
        overlap: For how many entries both keys sign, so that whoever knows the old one has time (1,000).
        compromised: Somebody else may have the old key: it signs no more, at once.
        void_from: With --compromised: the first tree size at which the old key alone counts for nothing (the next).
        in_token: Make the new key in the token in whose custody the keys are, never to leave it.
        issuer: Instead, change the key that signs certificates, status lists and presentations.
    """
    if issuer and (in_token or void_from is not None):
        raise BadInput(Fault("--issuer", "with --in-token or --void-from", "alone, or with --compromised"), "rotate")
    if issuer:
        _rotate_issuer(folder, compromised)
        return
    if void_from is not None and not compromised:
        raise BadInput(Fault("--void-from", str(void_from), "only together with --compromised"), "rotate")
    with Authority.open(folder) as authority:
        key = keeping.change_log_key(
            authority, "compromised" if compromised else "rotated",
            overlap=overlap, void_from=void_from, in_token=in_token,
        )  # fmt: skip
    _say_new(key)
    if not compromised:
        err(f"Both keys sign for {overlap} entries. Tell your witnesses and those who verify before that has passed.")


def withdraw(folder: Path, vkey: str, /, *, void_from: int | None = None) -> None:
    """Give up an earlier key of the log that somebody else may have; the key in force is replaced with `rotate`.

    Args:
        folder: The authority's folder.
        vkey: The earlier verifier key, as `weal key signing` lists it.
        void_from: The first tree size at which it counts for nothing; unless said, that at which the next key began.
    """
    with Authority.open(folder) as authority:
        key = keeping.withdraw_log_key(authority, vkey, void_from=void_from)
    out(f"{key.vkey} counts up to {key.stop} entries and no further.")
    err("Tell your witnesses to take it off their lists. Receipts of larger trees under it alone must be fetched anew.")


def _rotate_issuer(folder: Path, compromised: bool) -> None:
    with Authority.open(folder) as authority:
        kid = attestations.change_issuer_key(authority, "compromised" if compromised else "rotated")
    out(f"Certificates, status lists and presentations are signed with the key {kid} from now on.")
    if compromised:
        err("Certificates handed out before count only with their proof in the log: ask holders to fetch theirs anew.")


def lost(folder: Path, /, *, vkey: str = "", locked_out: Switch = False) -> None:
    """Go on after keys.sqlite was lost or damaged: make new keys and say so in public. Look for a copy first.

    Args:
        folder: The authority's folder.
        vkey: The log's old verifier key, for a record that does not name it.
        locked_out: Give up keys whose passphrase or token is lost for good; the old file is kept beside the new one.
    """
    _say_new(keeping.lose_keys(folder, vkey=vkey, locked_out=locked_out))
    err("Publish the new key somewhere else than here, too: nobody can derive it from the old one.")
    err("What was sealed to lost keys cannot be read again; `weal verify DIR` says how much. API keys: issue new ones.")


def _say_new(key: LogKey) -> None:
    out(f"The log is signed with {key.vkey} from {key.start} entries on (entry {key.entry} says so).")
