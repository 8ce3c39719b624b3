"""`weal service-unit`: a unit for systemd that starts the service with the machine and lets it do nothing else."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from typing import Annotated
from urllib.parse import unquote, urlsplit

from cyclopts import App, Parameter
from cyclopts.validators import Number

from commonweal.kernel.values import FaultCollector
from commonweal.settings import Settings

from .out import err, out

# What is not here on purpose: MemoryDenyWriteExecute (numba compiles rules at run time) and ProcSubset=pid (libraries
# look into /proc for how many processors there are).
UNIT = """\
# Made by `weal service-unit`. Put it into /etc/systemd/system/commonweal.service, then
#   systemctl daemon-reload && systemctl enable --now commonweal
[Unit]
Description=Commonweal: {name}
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=300
StartLimitBurst=10

[Service]
Type=exec
ExecStart={command} serve {folder} --host {host} --port {port} --log json
User={user}
WorkingDirectory={work}
UMask=0077
Restart=on-failure
RestartSec=2
KillMode=mixed
TimeoutStopSec=45
LimitNOFILE=65536
{credential}
# The folder{also} may be written to, and nothing else.
ProtectSystem=strict
ReadWritePaths={writable}
ProtectHome={home}
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectHostname=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RemoveIPC=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
"""
_USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
_HOMES = ("/home", "/root", "/run/user")


def add_to(app: App) -> None:
    app.command(service_unit, name="service-unit")


def service_unit(
    folder: Path,
    /,
    *,
    user: str = "commonweal",
    host: str = "127.0.0.1",
    port: Annotated[int | None, Parameter(validator=Number(gte=1, lte=65535))] = None,
    command: Path | None = None,
    passphrase: Path | None = None,
) -> None:
    """Print a systemd unit for `weal serve`: started with the machine, ended cleanly, kept from all but its folder.

    Args:
        folder: The authority's folder.
        user: Whom the service runs as, without privileges; the folder must be theirs (commonweal).
        host: The address to listen on (127.0.0.1: behind a proxy on the same machine).
        port: The port to listen on (that of a public_url that leads to this machine, else 8321).
        command: Where the program `weal` is (the one that runs now).
        passphrase: A file with the passphrase of the keys; it is handed over as a credential, which only the service
            can read.
    """
    settings = Settings.read(folder)
    faults = FaultCollector("service-unit")
    weal = command or _own_command()
    if weal is None or not weal.is_file():
        faults.add("--command", weal or "(absent)", "the path of the program `weal`")
    if not _USER.fullmatch(user) or user == "root":
        faults.add("--user", user, "the name of a user without privileges, e.g. commonweal")
    if not re.fullmatch(r"[0-9A-Fa-f.:]{2,45}", host):
        faults.add("--host", host, "an address, e.g. 127.0.0.1 or ::1")
    if passphrase is not None and not passphrase.is_file():
        faults.add("--passphrase", passphrase, "a file with the passphrase")
    paths = [path.resolve() for path in (folder, weal, passphrase) if path]
    for path in paths:
        if not str(path).isprintable():
            faults.add("path", path, "a path of printable characters")
    faults.done()
    assert weal is not None
    out(
        _unit(
            settings,
            folder.resolve(),
            weal.absolute(),
            user=user,
            host=host,
            port=port or settings.port(),
            passphrase=passphrase,
        ),
    )
    err(f"The folder must be {user}'s: chown -R {user}: {folder.resolve()}")
    if settings.database:
        err("The database that authority.toml names must be reachable, its password in PGPASSFILE or a ${VARIABLE}.")


def _unit(
    settings: Settings, folder: Path, weal: Path, *, user: str, host: str, port: int, passphrase: Path | None
) -> str:
    target = urlsplit(settings.export)
    export = Path(unquote(target.path)) if target.scheme == "file" else None
    writable = [folder, *([export] if export else [])]
    at_home = any(str(path).startswith(home + "/") for path in (*writable, weal) for home in _HOMES)
    handed = ""
    if passphrase is not None:
        handed = (f"LoadCredential=passphrase:{_plain(passphrase.resolve())}\n"
                  "Environment=COMMONWEAL_PASSPHRASE_FILE=%d/passphrase\n")  # fmt: skip
    return UNIT.format(
        name=_plain(str(settings.name)), command=_word(weal), folder=_word(folder), host=host, port=port, user=user,
        work=_plain(folder), credential=handed, writable=" ".join(_word(path, command=False) for path in writable),
        also=" and the public log" if export else "", home="read-only" if at_home else "yes",
    ).rstrip("\n")  # fmt: skip


def _own_command() -> Path | None:
    beside = Path(sys.executable).with_name("weal")
    found = shutil.which("weal")
    return beside if beside.is_file() else Path(found) if found else None


def _plain(value: object) -> str:
    """A value that stands for itself to the end of its line: `%` begins a specifier, a last `\\` continues the line."""
    return "".join(ch for ch in str(value) if ch.isprintable()).replace("%", "%%").replace("\\", "\\\\")


def _word(value: object, *, command: bool = True) -> str:
    """One word of several, quoted; in a command `$` would begin a variable."""
    text = str(value).replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return '"' + (text.replace("$", "$$") if command else text) + '"'
