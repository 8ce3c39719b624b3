"""What a variable of a playbook may hold: by the type that CACAO 2.0 gives it, and by the values listed for it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Interface, IPv6Interface

from commonweal.kernel.values import Text

BOOLS = ("true", "false")


@dataclass(frozen=True, slots=True)
class Variable:
    """A declared variable: its type, what people call it, and the values listed for it (none: all of its type)."""

    type: str
    name: Text
    values: Mapping[str, Text]

    def wanted(self, value: str) -> str:
        """What would be right in place of a value; empty where it is right. A type that CACAO has not takes all."""
        if self.values:
            return "" if value in self.values else f"one of {', '.join(self.values)}"
        takes, want = _TYPES.get(self.type, (_anything, ""))
        return "" if takes(value) else f"{want}, since the playbook declares it as {self.type}"


def _anything(value: str) -> bool:
    return True


def _like(pattern: str) -> Callable[[str], bool]:
    found = re.compile(pattern, re.ASCII)
    return lambda value: found.fullmatch(value) is not None


def _read_by(reads: Callable[[str], object]) -> Callable[[str], bool]:
    def takes(value: str) -> bool:
        with suppress(ValueError, RecursionError):
            reads(value)
            return True
        return False

    return takes


def _dictionary(value: str) -> None:
    if not isinstance(json.loads(value), dict):
        raise ValueError(value)


_TYPES: Mapping[str, tuple[Callable[[str], bool], str]] = {
    "bool": (lambda value: value in BOOLS, "true or false"),
    "dictionary": (_read_by(_dictionary), "a JSON object"),
    "float": (_like(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"), "a number, e.g. 2.5"),
    "hash": (_like(r"([0-9a-fA-F]{2})+"), "a hash in hex digits"),
    "hexstring": (_like(r"([0-9a-fA-F]{2})+"), "pairs of hex digits"),
    "integer": (_like(r"[+-]?\d+"), "a whole number"),
    "ipv4-addr": (_read_by(IPv4Interface), "an IPv4 address or network"),
    "ipv6-addr": (_read_by(IPv6Interface), "an IPv6 address or network"),
    "long": (_like(r"[+-]?\d+"), "a whole number"),
    "mac-addr": (_like(r"([0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}"), "a MAC address, e.g. 00:00:5e:00:53:01"),
    "md5-hash": (_like(r"[0-9a-fA-F]{32}"), "32 hex digits"),
    "sha256-hash": (_like(r"[0-9a-fA-F]{64}"), "64 hex digits"),
    "uri": (_like(r"[a-zA-Z][a-zA-Z0-9+.-]*:\S+"), "a URI, e.g. https://example.org/"),
    "uuid": (_like(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"), "a UUID"),
}
"""The types of variables in CACAO 2.0, 10.18.4, without `string`, which takes every text."""
