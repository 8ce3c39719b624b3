"""Tokens in software (SoftHSM), for tests of PKCS#11: the module reads its settings once a process, so they are made
together, and each test takes one of its own."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

MODULES = [Path("/usr/lib/softhsm/libsofthsm2.so"), Path("/usr/lib64/softhsm/libsofthsm2.so")]
MODULE = next((str(path) for path in MODULES if path.is_file()), "")
PIN = "246810"
COUNT = 12
_made: list[str] = []
_folder: list[Path] = []


def missing() -> str:
    """Why tokens cannot be tested here; empty where they can."""
    if not (MODULE and shutil.which("softhsm2-util")):
        return "softhsm2 is not installed (apt-get install softhsm2)"
    return "" if importlib.util.find_spec("pkcs11") else "python-pkcs11 is not installed (commonweal[hsm])"


def token() -> str:
    """The label of a token that no other test of this process has."""
    if not _folder:
        _begin()
    return _made.pop()


def away(yes: bool) -> None:
    """Take every token out, or put them back: what the module reads is moved."""
    here, gone = _folder[0] / "tokens", _folder[0] / "gone"
    (here if yes else gone).rename(gone if yes else here)


def _begin() -> None:
    folder = Path(tempfile.mkdtemp(prefix="commonweal-tokens-"))
    (folder / "tokens").mkdir()
    settings = folder / "softhsm2.conf"
    settings.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(settings)
    for number in range(COUNT):
        label = f"weal-{number}"
        command = ["softhsm2-util", "--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", "13579"]
        subprocess.run(command, check=True, capture_output=True)
        _made.append(label)
    _folder.append(folder)
