"""Where an authority lets things out: the table `[effects]` of its settings.

```toml
[effects]
attempts = 8                # how often to try, at most; the pauses double
pause_s = 2.0
# database = "postgresql://…"   # instead of effects.sqlite in the folder; ${VARIABLE} is put in from the environment

[effects.targets]
press-list = { mail = ["press@news.example"], whole = true, language = "en" }
peer = { webhook = "https://peer.example/notices" }
archive-desk = { folder = "/srv/notices" }

[effects.mail]
relay = "smtp.example.gov:587"
sender = "register@example.gov"
starttls = true             # the default
pause_s = 300.0             # how long to wait, at least, where a receiver said to come later (greylisting)
user = "register"
password = "${SMTP_PASSWORD}"
```
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from commonweal.kernel.values import LANGUAGES, FaultCollector

from .playbooks import TARGET

WAYS = ("webhook", "mail", "folder")
_OF_MAIL = ("whole", "language")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~\-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.\-]{0,250}[A-Za-z0-9])?")
_RELAY = re.compile(r"([A-Za-z0-9.\-]+|\[[0-9a-fA-F:]+\]):([0-9]{1,5})")
_VARIABLE = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}")
_HERE = ("localhost", "127.0.0.1", "::1")
_KEYS = frozenset(("attempts", "pause_s", "database", "targets", "mail"))
_MAIL_KEYS = frozenset(("relay", "sender", "starttls", "user", "password", "pause_s"))


@dataclass(frozen=True, slots=True)
class Outlet:
    """A target that the authority declares: by which way (`webhook`, `mail`, `folder`), and to which addresses.

    A mail says only that something waits, and where, in `language` (both where it is empty); with `whole` it holds what
    is said and encloses what goes with it, for whoever reads mail under way.
    """

    name: str
    way: str
    addresses: tuple[str, ...]
    whole: bool = False
    language: str = ""


@dataclass(frozen=True, slots=True)
class Relay:
    """The mail relay that takes what goes out by mail, and the address it comes from.

    `pause_s` is the least to wait where it said to come later.
    """

    host: str
    port: int
    sender: str
    starttls: bool = True
    user: str = ""
    password: str = field(default="", repr=False)
    pause_s: float = 300.0


@dataclass(frozen=True, slots=True)
class Sending:
    """What an authority's settings say about sending: its outlets, its relay, and how often to try (pauses double)."""

    outlets: Mapping[str, Outlet] = field(default_factory=dict)
    relay: Relay | None = None
    database: str = field(default="", repr=False)
    attempts: int = 8
    pause_s: float = 2.0


def read_sending(data: Any, faults: FaultCollector) -> Sending:
    """The table `[effects]`, every fault of it named in `faults`."""
    if data is None:
        return Sending()
    if not isinstance(data, Mapping):
        faults.add("effects", data, "a table with targets")
        return Sending()
    _known("effects", data, _KEYS, faults)
    attempts, pause_s, database = data.get("attempts", 8), data.get("pause_s", 2.0), data.get("database", "")
    if not (type(attempts) is int and 1 <= attempts <= 30):
        faults.add("effects.attempts", attempts, "a whole number from 1 to 30")
        attempts = 8
    if not (isinstance(pause_s, int | float) and 0 < pause_s <= 3600):
        faults.add("effects.pause_s", pause_s, "more than 0 and at most 3600 seconds")
        pause_s = 2.0
    if database and not (isinstance(database, str) and _is_database(database)):
        faults.add(
            "effects.database", "something else", "a URL such as postgresql://user@host/database, or ${VARIABLE}"
        )
    relay = _relay(data.get("mail"), faults)
    outlets = _outlets(data.get("targets", {}), relay, faults)
    return Sending(outlets, relay, str(database), attempts, float(pause_s))


def _is_database(url: str) -> bool:
    return url.startswith("postgresql://") or bool(_VARIABLE.fullmatch(url))


def _known(where: str, data: Mapping[str, Any], keys: frozenset[str], faults: FaultCollector) -> None:
    for key in data.keys() - keys:
        faults.add(f"{where}.{key}", data[key], f"one of {', '.join(sorted(keys))}")


def _outlets(data: Any, relay: Relay | None, faults: FaultCollector) -> dict[str, Outlet]:
    if not isinstance(data, Mapping):
        faults.add("effects.targets", data, "a table of targets")
        return {}
    found: dict[str, Outlet] = {}
    for name, item in data.items():
        where = f"effects.targets.{name}"
        ways = [way for way in WAYS if isinstance(item, Mapping) and way in item]
        if not TARGET.fullmatch(name):
            faults.add(where, name, "a short name such as press-list")
        elif len(ways) != 1 or item.keys() - {*ways, *(_OF_MAIL if ways == ["mail"] else ())}:
            faults.add(where, item, "one of webhook, mail and folder (beside mail, whole and language)")
        else:
            whole, language = item.get("whole", False), item.get("language", "")
            if not isinstance(whole, bool):
                faults.add(f"{where}.whole", whole, "true or false")
            if language not in ("", *LANGUAGES):
                faults.add(f"{where}.language", language, f"one of {', '.join(LANGUAGES)}; left out, both")
            addresses = _addresses(where, ways[0], item[ways[0]], relay, faults)
            found[name] = Outlet(name, ways[0], addresses, whole is True, str(language))
    return found


def _addresses(where: str, way: str, value: Any, relay: Relay | None, faults: FaultCollector) -> tuple[str, ...]:
    if way == "mail":
        listed = [value] if isinstance(value, str) else value
        if not (isinstance(listed, list) and listed and all(_is_mail(one) for one in listed)):
            faults.add(where, value, "one or more mail addresses")
            return ()
        if relay is None:
            faults.add(where, value, "a relay beside it: [effects.mail] with relay and sender")
        return tuple(dict.fromkeys(listed))
    if way == "webhook" and not (isinstance(value, str) and _is_url(value)):
        faults.add(where, value, "an https address, without user or fragment (http for this very machine only)")
    if way == "folder" and not (isinstance(value, str) and value.startswith("/")):
        faults.add(where, value, "a folder by its whole path")
    return (str(value),)


def _is_mail(value: Any) -> bool:
    """An address that a header can hold as it stands: no spaces, quotes, comments or line ends."""
    return isinstance(value, str) and bool(_ADDRESS.fullmatch(value))


def _is_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        named = parts.hostname and parts.port != 0 and not parts.username and not parts.fragment
    except ValueError:
        return False
    here = parts.scheme == "http" and parts.hostname in _HERE
    return bool(named) and (parts.scheme == "https" or here) and not re.search(r"[^!-~]", url)


def _relay(data: Any, faults: FaultCollector) -> Relay | None:
    if data is None:
        return None
    if not isinstance(data, Mapping):
        faults.add("effects.mail", data, "a table with relay and sender")
        return None
    _known("effects.mail", data, _MAIL_KEYS, faults)
    address, sender = str(data.get("relay", "")), data.get("sender")
    place = _RELAY.fullmatch(address)
    starttls, user, password = data.get("starttls", True), data.get("user", ""), data.get("password", "")
    if not place or not 0 < int(place[2]) < 65536:
        faults.add("effects.mail.relay", address, "a host and port such as smtp.example.gov:587")
    if not _is_mail(sender):
        faults.add("effects.mail.sender", sender, "a mail address")
    if not isinstance(starttls, bool):
        faults.add("effects.mail.starttls", starttls, "true or false")
    if not (isinstance(user, str) and isinstance(password, str)) or (password and not user):
        faults.add("effects.mail.user", "(not shown)", "user and password, both texts")
    pause_s = data.get("pause_s", 300.0)
    if not (isinstance(pause_s, int | float) and not isinstance(pause_s, bool) and 0 < pause_s <= 86_400):
        faults.add("effects.mail.pause_s", pause_s, "more than 0 and at most 86400 seconds")
        pause_s = 300.0
    if password and not starttls:
        faults.add("effects.mail.starttls", starttls, "true: a password is not sent in the clear")
    if not place:
        return None
    return Relay(place[1].strip("[]"), int(place[2]), str(sender), bool(starttls), str(user), str(password), pause_s)
