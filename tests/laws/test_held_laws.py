"""What is held about somebody, whatever was filed by whom, about what, handed to whom: told to them, and never more.

The model knows nothing of policies: it remembers who filed each entry, whom it names, whose each subject is, and what
each field was declared to be.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonweal import held
from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.instruments import Installed
from commonweal.kernel.disclosure import PERSONAL, PUBLIC, TO_OWNER, Filing, Kind, Marking
from commonweal.kernel.instrument import Instrument
from commonweal.kernel.record import Act
from commonweal.kernel.registry import Ref
from commonweal.kernel.values import ReplayClock, Text
from commonweal.settings import Settings
from commonweal.sight import Sight

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
PARTIES = ("party:a", "party:b", "party:c")
OFFICER = Caller("party:desk", ("officer",))


class Thing(Filing):
    name: Annotated[str, PUBLIC]
    amber: str
    red: Annotated[str, Marking.RED]


class Remark(Filing):
    """Said of a thing; it may be about one party, or seem to be about two."""

    thing: Annotated[str, Ref("thing"), PUBLIC]
    text: str
    red: Annotated[str, Marking.RED]
    whom: Annotated[str | None, PERSONAL] = None
    other: Annotated[str | None, PERSONAL] = None
    said: Annotated[str, TO_OWNER, Marking.RED] = ""


FILERS = ("developer", "officer")
OPEN = {"h.thing": {"name"}, "h.remark": {"thing"}}
OF_ONESELF = {"h.thing": set(), "h.remark": {"whom", "other", "said"}}
TO_OFFICERS = {"h.thing": {"name", "amber"}, "h.remark": {"thing", "text", "whom", "other"}}
HOLDING = Instrument(
    "h", Text(en="H", zh="H"), Text(en="Holding.", zh="保存。"),
    kinds=(
        Kind("h.thing", Thing, Text(en="Thing", zh="物"), noun="thing", files=FILERS),
        Kind("h.remark", Remark, Text(en="Remark", zh="评"), files=FILERS, about_field="thing", renewable=True),
    ),
)  # fmt: skip


@dataclass
class Model:
    """Of each entry: author, kind, subject, whom its personal fields are for (one party, or nobody), and its fields."""

    authority: Authority
    entries: dict[int, tuple[str, str, str, str | None, set[str]]] = field(default_factory=dict)
    owner: dict[str, str] = field(default_factory=dict)
    count: int = 0

    def file(self, author: str, what: str, thing: str, whom: str | None, other: str | None) -> None:
        self.count += 1
        subject, owner = f"thing:{thing}", self.owner.get(f"thing:{thing}")
        if what == "thing" and owner in (None, author):
            body: dict[str, Any] = {"name": thing, "amber": f"amber {self.count}", "red": f"red {self.count}"}
            self._filed(author, "h.thing", subject, None, body)
            self.owner[subject] = author
        elif what == "remark" and owner is not None:
            body = {"thing": subject, "text": f"text {self.count}", "red": f"red {self.count}", "said": "said"}
            body |= {name: value for name, value in (("whom", whom), ("other", other)) if value}
            named = {value for value in (whom, other) if value} or {owner}
            self._filed(author, "h.remark", subject, named.pop() if len(named) == 1 else None, body)
        elif what == "hand" and owner is not None and whom not in (None, owner):
            act = Act("registry.handed_over", {"to": whom, "reason_code": "ordered"}, f"k{self.count}", subject=subject)
            self.authority.act(act)
            self.owner[subject] = str(whom)
        self.authority.follow()

    def _filed(self, author: str, kind: str, subject: str, about: str | None, body: dict[str, Any]) -> None:
        caller = Caller(author, ("officer",) if kind == "h.remark" else ("developer",))
        act = Act(kind, body, f"k{self.count}", subject=subject if kind == "h.thing" else None)
        index = self.authority.act(act, caller).index
        self.entries[index] = (author, kind, subject, about, set(body))

    def told(self, party: str) -> dict[int, set[str]]:
        """What a party is to be told: of each entry that is theirs, about them or about what is theirs, the fields."""
        found = {}
        for index, (author, kind, subject, about, fields) in self.entries.items():
            if author == party:
                found[index] = fields
            elif about == party or self.owner[subject] == party:
                found[index] = fields & (OPEN[kind] | (OF_ONESELF[kind] if about == party else set()))
        return found


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    folder = tmp_path_factory.mktemp("held")
    settings = Settings(Text(en="H", zh="H"), "h.example/log", START, replay=True)
    installed = {"h": Installed(HOLDING, folder)}
    with Authority.create(folder / "office", settings, clock=ReplayClock(START), installed=installed) as authority:
        yield Model(authority)


def shown(model: Model, answer: held.Answer) -> dict[int, set[str]]:
    return {item.index: set(item.fields) for item in answer.items if item.index in model.entries}


STEPS = st.tuples(
    st.sampled_from(PARTIES), st.sampled_from(("thing", "remark", "remark", "hand")), st.sampled_from("xyz"),
    st.sampled_from((None, *PARTIES)), st.sampled_from((None, None, *PARTIES)),
)  # fmt: skip


@given(steps=st.lists(STEPS, min_size=1, max_size=6))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_is_told_their_own_and_what_is_about_them_and_nobody_reads_more(model: Model, steps: list[Any]) -> None:
    """The record grows from one example to the next; after each, every party and an officer for them is asked."""
    for step in steps:
        model.file(*step)
    most = model.authority.store.size()
    for party in PARTIES:
        expected = model.told(party)
        own = held.own(model.authority, party, Sight(model.authority, Caller(party), "law"), most=most)
        assert shown(model, own) == expected
        for_them = held.for_another(
            model.authority, party, Sight(model.authority, OFFICER, "law", purpose="law"), most=most
        )
        assert shown(model, for_them) == {
            index: fields & TO_OFFICERS[model.entries[index][1]] for index, fields in expected.items()
        }
        for item in [*own.items, *for_them.items]:
            assert {name for name, _ in item.withheld if name}.isdisjoint(item.fields)
