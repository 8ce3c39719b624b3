"""`authority.toml`: who this authority is. Read at every start, written once, by `weal open`."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from commonweal.kernel.values import LANGUAGES, FaultCollector, NotFound, Text, instant, shown, stamp

FILE = "authority.toml"
ORIGIN = re.compile(r"^[a-z0-9][a-z0-9.\-]*(:[0-9]+)?(/[A-Za-z0-9._\-]+)*$")


@dataclass(frozen=True, slots=True)
class Settings:
    """The authority's name in each language, the origin of its log, when it was founded, and whether it is a replay.

    A replay authority runs under a clock that is set, so its entries carry simulated times; it says so everywhere.
    """

    name: Text
    origin: str
    created: datetime
    replay: bool = False

    def write(self, folder: Path) -> None:
        """Write `authority.toml` atomically: it is there whole or not at all."""
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / (FILE + ".new")
        with draft.open("w", encoding="utf-8") as file:
            file.write(self._toml())
            file.flush()
            os.fsync(file.fileno())
        draft.replace(folder / FILE)

    def _toml(self) -> str:
        names = "\n".join(f"{language} = {_quoted(self.name.in_(language))}" for language in LANGUAGES)
        return (
            "# Who this authority is. The origin names its log and never changes.\n"
            f"origin = {_quoted(self.origin)}\n"
            f"created = {_quoted(stamp(self.created))}\n"
            f"replay = {str(self.replay).lower()}\n\n[name]\n{names}\n"
        )

    @classmethod
    def read(cls, folder: Path) -> Settings:
        """Read a folder's settings. Raises `NotFound` where there is none, `BadInput` for faults in the file."""
        path = folder / FILE
        if not path.is_file():
            raise NotFound("authority in folder", folder, f"`weal open {folder}` makes one")
        faults = FaultCollector(str(path))
        try:
            data = tomllib.loads(path.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            faults.add("(whole)", FILE, f"must be TOML in UTF-8: {error}")
            data = {}
        name, origin, created = data.get("name"), data.get("origin"), data.get("created")
        if not (isinstance(name, dict) and all(isinstance(name.get(language), str) for language in LANGUAGES)):
            faults.add("name", name, f"a table with the languages {', '.join(LANGUAGES)}")
        if not (isinstance(origin, str) and ORIGIN.match(origin)):
            faults.add("origin", origin, "a host and path without a scheme, e.g. register.example.gov/ai")
        if not isinstance(created, str):
            faults.add("created", created, "an instant, e.g. 2026-11-22T00:00:00Z")
        faults.done()
        return cls(Text(dict(name or {})), str(origin), instant(str(created)), bool(data.get("replay", False)))


def _quoted(value: str) -> str:
    clean = "".join(ch for ch in value if ch.isprintable())
    return '"' + clean.replace("\\", "\\\\").replace('"', '\\"') + '"'


def checked_origin(origin: str) -> str:
    """The origin, if it may name a log. Raises `BadInput`."""
    faults = FaultCollector("origin")
    if not ORIGIN.match(origin):
        faults.add("origin", shown(origin), "a host and path without a scheme, e.g. register.example.gov/ai")
    faults.done()
    return origin
