"""What an authority knows that bears on a safety case, as plain dictionaries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.instruments.safety_cases.evidence import Bounds, Lost
from commonweal.kernel.record import Act

TODAY = date(2026, 11, 30)


class Office:
    """States of rules, newest values of series, and entries that are gone."""

    soon = timedelta(days=30)
    guarantees: Mapping[int, Bounds] = MappingProxyType({})
    sources: Mapping[int, Sequence[int]] = MappingProxyType({})

    def __init__(
        self, states: Mapping[str, str] | None = None, values: Mapping[str, tuple[date, float, float]] | None = None
    ):
        self.states, self.values, self.gone = states or {}, values or {}, set[int]()
        self.found: dict[str, int] = {}

    def state(self, rule: str, subject: str) -> str | None:
        return self.states.get(rule)

    def newest(self, series: str, subject: str) -> tuple[date, float, float] | None:
        return self.values.get(series)

    def lost(self, entry: int, subject: str | None) -> Lost | None:
        return "gone" if entry in self.gone else None

    def carried(self, subject: str) -> int | None:
        return self.found.get(subject)

    def subject(self, entry: int) -> str | None:
        return None

    def rests_on(self, entry: int) -> Sequence[int]:
        return self.sources.get(entry, ())

    def guaranteed(self, entry: int) -> Bounds | None:
        return self.guarantees.get(entry)


def well() -> Office:
    """Nothing speaks against the case."""
    return Office({"leak.line": "ok"}, {"evals.cyber": (date(2026, 11, 1), 0.1, 0.1)})


def evidence(authority: Authority, name: str = "Evidence") -> int:
    """An entry of the register on which a case may rest: of a model, which the smallest authority can file."""
    by = Caller("party:lab", ("developer",))
    index = authority.act(Act("model_registration.model", {"name": name}, key=f"evidence {name}"), by).index
    authority.follow()
    return index
