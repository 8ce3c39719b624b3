"""What `authority.toml` says about people: roles that exclude each other, and who says who they are.

```toml
[people]
exclusive = [["officer", "auditor"]]   # without it, as `kernel/persons/apart.toml` says; [] excludes nothing
investigators_publish = false          # who investigated an incident does not publish it; without it, they may

[oidc]
issuer = "https://login.example.gov"   # whose accounts people may sign in with, exactly as it names itself
client_id = "commonweal"
client_secret = "${OIDC_SECRET}"       # a variable of the environment that holds it; without one, a public client
```
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from commonweal.kernel.persons import EXCLUSIVE
from commonweal.kernel.values import FaultCollector

GROUPS_MAX = 40
KEYS = ("exclusive", "investigators_publish")
_ROLE = re.compile(r"[a-z0-9][a-z0-9:_.\-]{0,95}")
_GROUPS_WANT = f"a list of at most {GROUPS_MAX} lists, each of roles of which a person holds one at most"
_GROUP_WANT = 'at least two roles, each once, e.g. ["officer", "auditor"]'


@dataclass(frozen=True, slots=True)
class People:
    """The table `[people]`. Of each group in `exclusive` one person holds one role at most, at any time; whether
    `investigators_publish` what they investigated."""

    exclusive: tuple[tuple[str, ...], ...] = EXCLUSIVE
    investigators_publish: bool = True

    def toml(self) -> str:
        """The table as it is written, where it says something else than holds without it."""
        lines = []
        if self.exclusive != EXCLUSIVE:
            lines.append(f"exclusive = {json.dumps([list(group) for group in self.exclusive])}")
        if not self.investigators_publish:
            lines.append("investigators_publish = false")
        return "\n".join(["\n[people]", *lines, ""]) if lines else ""


def read_people(data: Any, faults: FaultCollector) -> People:
    """The table `[people]`, every fault of it added to `faults`."""
    if data is None:
        return People()
    if not isinstance(data, Mapping):
        faults.add("people", data, f"a table with {' and '.join(KEYS)}")
        return People()
    for key in data.keys() - set(KEYS):
        faults.add(f"people.{key}", data[key], f"one of: {', '.join(KEYS)}", "unknown")
    publish = data.get("investigators_publish", True)
    if not isinstance(publish, bool):
        faults.add("people.investigators_publish", publish, "true or false")
    groups = data.get("exclusive", [list(group) for group in EXCLUSIVE])
    if not isinstance(groups, list) or len(groups) > GROUPS_MAX:
        faults.add("people.exclusive", groups, _GROUPS_WANT)
        return People()
    for number, group in enumerate(groups):
        if not _is_group(group):
            faults.add(f"people.exclusive[{number}]", group, _GROUP_WANT)
    return People(tuple(tuple(group) for group in groups if _is_group(group)), publish is not False)


def _is_group(group: Any) -> bool:
    named = isinstance(group, list) and all(isinstance(one, str) and _ROLE.fullmatch(one) for one in group)
    return named and 1 < len(group) == len(set(group))


@dataclass(frozen=True, slots=True)
class Provider:
    """The table `[oidc]`: an identity provider, and as which of its clients this authority comes."""

    issuer: str
    client_id: str
    client_secret: str = ""

    def secret(self) -> str:
        """The client's secret, from the environment; "" for a public client, or where the variable is not set."""
        return os.environ.get(self.client_secret.removeprefix("${").removesuffix("}"), "") if self.client_secret else ""

    def toml(self) -> str:
        """The table as it is written."""
        secret = f"client_secret = {json.dumps(self.client_secret)}\n" if self.client_secret else ""
        return f"\n[oidc]\nissuer = {json.dumps(self.issuer)}\nclient_id = {json.dumps(self.client_id)}\n{secret}"


def read_provider(data: Any, faults: FaultCollector) -> Provider | None:
    """The table `[oidc]`, every fault of it added to `faults`; None where there is none."""
    if data is None:
        return None
    if not isinstance(data, Mapping):
        faults.add("oidc", data, "a table with issuer, client_id and client_secret")
        return None
    for key in data.keys() - {"issuer", "client_id", "client_secret"}:
        faults.add(f"oidc.{key}", data[key], "one of issuer, client_id, client_secret", "unknown")
    issuer, client, secret = (data.get(name, "") for name in ("issuer", "client_id", "client_secret"))
    if not (isinstance(issuer, str) and _is_issuer(issuer)):
        faults.add("oidc.issuer", issuer, "an https address without query or fragment (http on this machine alone)")
    if not (isinstance(client, str) and re.fullmatch(r"[!-~]{1,200}", client)):
        faults.add("oidc.client_id", client, "as what the provider knows this authority: 1 to 200 characters")
    if secret and not (isinstance(secret, str) and re.fullmatch(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}", secret)):
        faults.add("oidc.client_secret", "(not shown)", "${VARIABLE}, a variable of the environment that holds it")
    return Provider(str(issuer), str(client), str(secret))


def _is_issuer(url: str) -> bool:
    try:
        parts = urlsplit(url)
        local = parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1")
        return bool(parts.hostname) and (parts.scheme == "https" or local) and not (parts.query or parts.fragment)
    except ValueError:
        return False
