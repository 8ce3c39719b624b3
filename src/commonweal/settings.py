"""`authority.toml`: who this authority is. Read at every start, written once, by `weal open`.

What it says of itself (where it acts, its time zone, how to reach it) is in `imprint.py`; docs/authority.md lists every
key. These are added by hand, each only where it is wanted:

* a file `policy.txt` (c2sp.org/tlog-policy): the witnesses this authority's log asks, with their addresses, and the
  quorum that its published checkpoints need;
* a table `[witness]`: the logs for which this authority serves as a witness itself.

```toml
[witness]
name = "register.example.gov/ai/witness"   # the name in its cosignatures; this is the default
logs = ["peer.example/log+291fd03b+AQOh…"]   # the verifier keys of the logs it knows
ml_dsa = true                              # cosign with ML-DSA-44 too (the default where the library can)
```

* `database = "postgresql://weal@db.example.gov/register?schema=register"`: record, projections, API keys and
  cosignatures are kept in PostgreSQL, so that several processes on several hosts serve one authority. `keys` names a
  database of its own for the private keys; without it they are in the folder's `keys.sqlite`, which will do for one
  host. Passwords are better left to PGPASSFILE, the environment, or a `${VARIABLE}` in the URL;
* a table `[effects]`: where cases may send things to (see `kernel/protocols/outlets.py`);
* tables `[people]` and `[oidc]`: roles that exclude each other, and the identity provider (see `identity.py`);
* `export = "file:///srv/public-log"` (or `"s3://bucket/prefix"`): where `weal serve` lays out the public log for others
  to host;
* `trusted_proxies = ["10.0.0.5", "fd00::/8"]`: the proxies in front of this service, whose word is taken on whom they
  pass on (X-Forwarded-For). Without it, every request counts against the address that its connection comes from;
* `published_every = 60`: every how many minutes a batch of the log is published (`batches.py`); 0: each entry at once;
* `shared_addresses = ["127.0.0.1"]`: addresses behind which many people stand who do not know each other (an onion
  service on this machine, a newsroom), and who report from there without keeping each other out;
* a table `[senders]`: how wide networks are counted together (see `networks.py`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from commonweal.batches import AT_ONCE, HOURLY, is_interval
from commonweal.identity import People, Provider, read_people, read_provider
from commonweal.imprint import UTC_NAME, Imprint, mistyped, read_imprint
from commonweal.kernel.obligations import EVERYWHERE
from commonweal.kernel.protocols.outlets import Sending, read_sending
from commonweal.kernel.record import ML_DSA_44, NoteVerifier, Policy, has_ml_dsa
from commonweal.kernel.values import (
    LANGUAGES,
    BadInput,
    CommonwealError,
    Conflict,
    FaultCollector,
    NotFound,
    Text,
    instant,
    read_toml,
    shown,
    stamp,
    utf8,
)
from commonweal.networks import Senders

FILE = "authority.toml"
POLICY_FILE = "policy.txt"
PUBLIC_URL_VARIABLE = "COMMONWEAL_PUBLIC_URL"
_EXPORT = re.compile(r"^(file:///[^?#]+|(s3|gs|az)://[^/?#@]+(/[^?#]*)?)$")
KEYS = (
    "origin", "created", "replay", "exercise", "name", "public_url", "export", "database", "keys", "trusted_proxies",
    "shared_addresses", "published_every", "senders", "witness", "effects", "people", "oidc",
)  # fmt: skip
_NETWORKS = {
    "trusted_proxies": "an address or a network of a proxy, such as 10.0.0.5 or fd00::/8, but not every address",
    "shared_addresses": "an address or a network that many people share, such as 127.0.0.1, but not every address",
}
ORIGIN = re.compile(r"^[a-z0-9][a-z0-9.\-]*(:[0-9]+)?(/[A-Za-z0-9._\-]+)*$")


PORT = 8321
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class WitnessSettings:
    """Whose witness this authority is: the name in its cosignatures, and the keys of the logs it knows."""

    name: str
    logs: tuple[NoteVerifier, ...]
    ml_dsa: bool = True


@dataclass(frozen=True, slots=True)
class Settings:
    """The authority's name in each language, the origin of its log, when it was founded, and whether it is a replay.

    A replay authority runs under a clock that is set, so its entries carry simulated times; it says so everywhere. An
    `exercise` (its id) is a replay in which all that is filed is made up, and says that too. `published_every` is in
    minutes; a replay publishes everything at once.
    """

    name: Text
    origin: str
    created: datetime
    replay: bool = False
    exercise: str = field(default="", kw_only=True)
    witness: WitnessSettings | None = None
    policy: Policy | None = None
    public_url: str = ""
    export: str = ""
    database: str = ""
    keys: str = ""
    sending: Sending = field(default_factory=Sending)
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    shared_addresses: tuple[IPv4Network | IPv6Network, ...] = field(default=(), kw_only=True)
    senders: Senders = field(default_factory=Senders, kw_only=True)
    published_every: int = field(default=AT_ONCE, kw_only=True)
    imprint: Imprint = field(default_factory=Imprint, kw_only=True)
    people: People = field(default_factory=People, kw_only=True)
    oidc: Provider | None = field(default=None, kw_only=True)

    @property
    def address(self) -> str:
        """Under which address the service is known, as configured: by the environment, else here; "" for none."""
        return os.environ.get(PUBLIC_URL_VARIABLE, "") or self.public_url

    def port(self, address: str = "") -> int:
        """The port to serve on where none is asked for: that of its address where it leads to this machine without a
        proxy (http, a local host and a port), so that links lead here; else `PORT`."""
        parts = urlsplit(address or self.address)
        here = parts.scheme == "http" and parts.hostname in LOCAL_HOSTS
        return (parts.port if here else None) or PORT

    @property
    def acts_in(self) -> tuple[str, ...]:
        """The jurisdictions whose laws have things told to it; a replay, to which nobody reports, takes every law."""
        return self.imprint.jurisdictions or ((EVERYWHERE,) if self.replay else ())

    @property
    def place(self) -> tuple[tuple[str, ...], str]:
        """Where it acts, and the time zone in which it says that it is; "" where it says none."""
        return self.acts_in, "" if self.imprint.time_zone == UTC_NAME else self.imprint.time_zone

    @property
    def issuer(self) -> str:
        """The address in whose name credentials are issued: as lasting as the origin, which names the log."""
        return f"https://{self.origin}"

    def write(self, folder: Path) -> None:
        """Write `authority.toml` atomically: it is there whole or not at all. A folder that is made is its owner's."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = folder / (FILE + ".new")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)  # the address of a database may be told
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(self._toml())
            file.flush()
            os.fsync(file.fileno())
        draft.replace(folder / FILE)
        for changed in (folder, folder.parent):  # the names, too, shall outlive a power failure
            _sync(changed)

    def _toml(self) -> str:
        names = "\n".join(f"{language} = {_quoted(self.name.in_(language))}" for language in LANGUAGES)
        proxies = ", ".join(_quoted(str(network)) for network in self.trusted_proxies)
        shared = ", ".join(_quoted(str(network)) for network in self.shared_addresses)
        return (
            "# Who this authority is. The origin names its log and never changes.\n"
            f"origin = {_quoted(self.origin)}\n"
            f"created = {_quoted(stamp(self.created))}\n"
            f"replay = {str(self.replay).lower()}\n"
            + (f"exercise = {_quoted(self.exercise)}\n" if self.exercise else "")
            + (f"public_url = {_quoted(self.public_url)}\n" if self.public_url else "")
            + (f"export = {_quoted(self.export)}\n" if self.export else "")
            + (f"database = {_quoted(self.database)}\n" if self.database else "")
            + (f"keys = {_quoted(self.keys)}\n" if self.keys else "")
            + (f"trusted_proxies = [{proxies}]\n" if proxies else "")
            + (f"shared_addresses = [{shared}]\n" if shared else "")
            + ("" if self.replay or self.published_every == HOURLY else f"published_every = {self.published_every}\n")
            + self.imprint.head()
            + f"\n[name]\n{names}\n{self.imprint.table()}{self._people_toml()}{self._witness_toml()}"
            + self._senders_toml()
        )

    def _senders_toml(self) -> str:
        if self.senders == Senders():
            return ""
        ladders = (("ipv4", self.senders.ipv4), ("ipv6", self.senders.ipv6))
        steps = {name: ", ".join(f'"{one}" = {times}' for one, times in ladder.items()) for name, ladder in ladders}
        return "\n[senders]\n" + "".join(f"{name} = {{ {told} }}\n" for name, told in steps.items())

    def _people_toml(self) -> str:
        return self.people.toml() + (self.oidc.toml() if self.oidc else "")

    def _witness_toml(self) -> str:
        if self.witness is None:
            return ""
        logs = "".join(f"  {_quoted(verifier.vkey)},\n" for verifier in self.witness.logs)
        head = f"\n[witness]\nname = {_quoted(self.witness.name)}\nml_dsa = {str(self.witness.ml_dsa).lower()}\n"
        return f"{head}logs = [\n{logs}]\n"

    @classmethod
    def read(cls, folder: Path) -> Settings:
        """Read a folder's settings. Raises `NotFound` where there is none, `BadInput` for faults in the file."""
        path = folder / FILE
        if not path.is_file():
            raise NotFound("authority in folder", folder, f"`weal open {folder}` makes one")
        faults = FaultCollector(str(path))
        data = read_toml(utf8(path.read_bytes(), str(path), BadInput), str(path), BadInput)
        name, origin, created = data.get("name"), data.get("origin"), data.get("created")
        if not (isinstance(name, dict) and all(isinstance(name.get(language), str) for language in LANGUAGES)):
            faults.add("name", name, f"a table with the languages {', '.join(LANGUAGES)}")
        if not (isinstance(origin, str) and ORIGIN.match(origin)):
            faults.add("origin", origin, "a host and path without a scheme, e.g. register.example.gov/ai")
        founded = _instant(created, faults)
        replay, exercise = data.get("replay", False), data.get("exercise", "")
        if not isinstance(replay, bool):
            faults.add("replay", replay, "true or false")
        if not isinstance(exercise, str):
            faults.add("exercise", exercise, "the id of an exercise")
        mistyped(data, KEYS, faults)
        imprint = read_imprint(data, faults)
        witness = _witness(data.get("witness"), origin if isinstance(origin, str) else "origin.invalid", faults)
        policy = _policy(folder, faults)
        public_url = _public_url(data.get("public_url", ""), faults)
        export = data.get("export", "")
        if not (isinstance(export, str) and (not export or _EXPORT.match(export))):
            faults.add("export", export, "file:///a/folder, or s3://bucket/prefix (gs:// and az:// too)")
        database, keys = _database("database", data, faults), _database("keys", data, faults)
        sending = read_sending(data.get("effects"), faults)
        proxies, shared = (_networks(data, name, faults) for name in ("trusted_proxies", "shared_addresses"))
        senders = _senders(data.get("senders", {}), faults)
        every = data.get("published_every", AT_ONCE if replay is True else HOURLY)
        if not is_interval(every):
            faults.add(
                "published_every", every, "minutes that part a day evenly, such as 15, 60 or 1440; or 0: at once"
            )
        people, oidc = read_people(data.get("people"), faults), read_provider(data.get("oidc"), faults)
        faults.done()
        return cls(
            Text(dict(name or {})), str(origin), founded, replay, witness, policy, public_url, str(export), database,
            keys, exercise=exercise, sending=sending, trusted_proxies=proxies, imprint=imprint, people=people,
            oidc=oidc, shared_addresses=shared, published_every=every, senders=senders,
        )  # fmt: skip


@contextmanager
def founded_settings(folder: Path, settings: Settings) -> Iterator[Settings]:
    """The settings under which an authority is founded: those that the folder has, or these, written to it.

    Written here, they are taken back where no authority could be opened, so that a mistyped address can be given
    right the next time. Raises `Conflict` where the folder's settings are of another origin or another database.
    """
    try:
        there = Settings.read(folder)
    except NotFound:
        settings.write(folder)
        try:
            yield settings
        except CommonwealError:
            if not (folder / "record.sqlite").is_file():
                (folder / FILE).unlink(missing_ok=True)
            raise
        return
    if there.origin != settings.origin:
        raise Conflict(f"{folder} already holds the authority {there.origin!r}; choose another folder")
    for name in ("database", "keys"):
        given, has = getattr(settings, name), getattr(there, name)
        if given and given != has:
            raise Conflict(f"{folder / FILE} names another `{name}` than the one given here; change it there")
    yield there


def _instant(value: Any, faults: FaultCollector) -> datetime:
    """When the authority was founded; where that cannot be read, a fault and any instant."""
    try:
        if isinstance(value, str):
            return instant(value)
    except BadInput:
        pass
    faults.add("created", value, "an instant with its time zone, e.g. 2026-11-22T00:00:00Z")
    return datetime.min


def _senders(data: Any, faults: FaultCollector) -> Senders:
    """How wide networks are counted, every fault named: a wider one may bring as much as a narrower one, or more."""
    ladders, default = {}, {"ipv4": (Senders().ipv4, 32), "ipv6": (Senders().ipv6, 128)}
    if not isinstance(data, dict):
        faults.add("senders", data, "a table with ipv4 and ipv6, each of prefix lengths with how many times one sender")
        return Senders()
    for name in data.keys() - default.keys():
        faults.add(f"senders.{name}", name, "ipv4 or ipv6")
    for name, (known, most) in default.items():
        given = data.get(name, {str(length): times for length, times in known.items()})
        ladder = _ladder(given, most)
        if not ladder:
            want = f'a table like {{ "{most // 2}" = 1, "{most // 4}" = 4 }}: prefix lengths up to {most}, narrow ones '
            faults.add(f"senders.{name}", given, want + "first, each with how many times as much as one sender")
        ladders[name] = ladder
    return Senders(**ladders)


def _ladder(given: Any, most: int) -> dict[int, int]:
    """Prefix lengths with their times, the narrowest first; empty where they are not as they must be."""
    if not isinstance(given, dict) or not all(name.isascii() and name.isdigit() for name in given):
        return {}
    found = {int(length): given[length] for length in sorted(given, key=int, reverse=True)}
    times = list(found.values())
    whole = all(isinstance(one, int) and not isinstance(one, bool) and one > 0 for one in times)
    return found if whole and all(0 < one <= most for one in found) and times == sorted(times) else {}


def _networks(table: Mapping[str, Any], name: str, faults: FaultCollector) -> tuple[IPv4Network | IPv6Network, ...]:
    """A list of networks, every fault of it named. One that holds every address would believe, or let in, all."""
    data, want = table.get(name, []), _NETWORKS[name]
    if not isinstance(data, list):
        faults.add(name, data, f"a list, each {want}")
        return ()
    found = []
    for number, item in enumerate(data):
        try:
            network = ip_network(item) if isinstance(item, str) else None
        except ValueError:
            network = None
        if network is None or network.prefixlen == 0:
            faults.add(f"{name}[{number}]", item, want)
        else:
            found.append(network)
    return tuple(found)


def _witness(data: Any, origin: str, faults: FaultCollector) -> WitnessSettings | None:
    """The table `[witness]`, every fault of it named."""
    if data is None:
        return None
    if not isinstance(data, dict):
        faults.add("witness", data, "a table with name, logs and ml_dsa")
        return None
    for key in data.keys() - {"name", "logs", "ml_dsa"}:
        faults.add(f"witness.{key}", data[key], "one of name, logs, ml_dsa")
    name, ml_dsa = data.get("name", f"{origin}/witness"), data.get("ml_dsa", has_ml_dsa())
    if not (isinstance(name, str) and ORIGIN.match(name) and len(name.encode()) <= 255 and name != origin):
        faults.add("witness.name", name, "a host and path without a scheme, other than the log's origin")
    if not isinstance(ml_dsa, bool) or (ml_dsa and not has_ml_dsa()):
        faults.add("witness.ml_dsa", ml_dsa, "true or false; true only where the cryptography library has ML-DSA-44")
    return WitnessSettings(str(name), _logs(data, faults), bool(ml_dsa))


def _logs(data: Mapping[str, Any], faults: FaultCollector) -> tuple[NoteVerifier, ...]:
    keys = data.get("logs")
    if not (isinstance(keys, list) and keys):
        faults.add("witness.logs", keys, "a list of the verifier keys of the logs to witness")
        return ()
    found: list[NoteVerifier] = []
    for number, key in enumerate(keys):
        where = f"witness.logs[{number}]"
        try:
            verifier = NoteVerifier.from_vkey(str(key))
        except BadInput as error:
            faults.add(where, key, error.faults[0].want)
            continue
        if verifier.cosigns and verifier.kind != ML_DSA_44:
            faults.add(where, key, "the key of a log (kind 0x01 or 0x06), not of a witness")
        elif verifier in found:
            faults.add(where, key, "each key once")
        else:
            found.append(verifier)
    return tuple(found)


def _policy(folder: Path, faults: FaultCollector) -> Policy | None:
    """`policy.txt`, where there is one."""
    path = folder / POLICY_FILE
    if not path.is_file():
        return None
    try:
        policy = Policy.parse(path.read_bytes())
    except BadInput as error:
        for fault in error.faults:
            faults.add(f"{POLICY_FILE}, {fault.where}", fault.seen, fault.want)
        return None
    if policy.asks_witnesses and not any(item.url for item in policy.witnesses):
        faults.add(POLICY_FILE, "no witness has an address", "`witness <name> <vkey> <url>` for those to be asked")
    return policy


def checked_database(url: str) -> str:
    """A database's URL, if it can be one. Raises `BadInput`."""
    faults = FaultCollector("settings")
    checked = _database("database", {"database": url}, faults)
    faults.done()
    return checked


def _database(name: str, data: Mapping[str, Any], faults: FaultCollector) -> str:
    """The URL of a database, or an empty text. What is seen may hold a password, so it is not shown."""
    url = data.get(name, "")
    if url == "" or (isinstance(url, str) and url.startswith(("postgresql://", "postgres://"))):
        return str(url)
    if isinstance(url, str) and re.fullmatch(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}", url):
        return url
    faults.add(name, "something else", "a URL such as postgresql://user@host/database, or ${VARIABLE} that holds one")
    return ""


def _sync(folder: Path) -> None:
    with suppress(PermissionError):  # a parent that may not be read was not made by us
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


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


def checked_public_url(url: str) -> str:
    """The address of a service (http or https and a host: pages link from its root). Raises `BadInput`."""
    faults = FaultCollector("settings")
    checked = _public_url(url, faults)
    faults.done()
    return checked


def _public_url(value: Any, faults: FaultCollector) -> str:
    """The address under which the service is known to those who sign requests to it, or an empty text."""
    if value == "":
        return ""
    if not (isinstance(value, str) and _is_base_url(value)):
        faults.add(
            "public_url", value, "an address such as https://register.example.gov, without path, query or fragment"
        )
        return ""
    return value.rstrip("/")


def _is_base_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        named = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and not parts.username
    except ValueError:
        return False
    return bool(named) and not (parts.path.strip("/") or parts.query or parts.fragment or re.search(r"[^!-~]", url))
