"""A filing of which some fields are faulty: what the sound ones show is said in the same answer, and nothing beyond."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from .errors import Fault


class Unsound(Exception):
    """A check asks for a field that is faulty: what it would say of that, nobody knows yet."""


class Sound(dict[str, Any]):
    """The sound fields of a body; to ask for a faulty one raises `Unsound`, be it there or not.

    >>> body = Sound({"name": "R 1"}, {"stage"})
    >>> body["name"], body.get("organisation")
    ('R 1', None)
    >>> body.get("stage")
    Traceback (most recent call last):
        ...
    commonweal.kernel.values.soundness.Unsound: stage
    """

    def __init__(self, fields: Mapping[str, Any], faulty: Collection[str]) -> None:
        super().__init__({name: value for name, value in fields.items() if name not in faulty})
        self._faulty = frozenset(faulty)

    def _asked(self, name: Any) -> None:
        if name in self._faulty:
            raise Unsound(name)

    def __getitem__(self, name: str) -> Any:
        self._asked(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self._asked(name)
        return super().get(name, default)

    def __contains__(self, name: object) -> bool:
        self._asked(name)
        return super().__contains__(name)


def apart(*checks: Iterable[Fault]) -> Iterator[Fault]:
    """What each of several checks finds: one that asks for a faulty field ends there, and the others go on."""
    for check in checks:
        try:
            yield from check
        except Unsound:
            continue
