"""What the house makes is filed by no caller, whatever their roles: a role and the house's own pen are two things.

Whoever could file it could issue a letter in any words under a reference number, say of a mail that it was delivered,
or confirm the address of another. The law is held over every kind there is, not over those that were thought of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
from starlette.testclient import TestClient

import commonweal
from commonweal import knowing
from commonweal.acceptance import Caller
from commonweal.authority import HOUSE, OPERATOR, Authority, all_kinds
from commonweal.doors.api import Limits, app
from commonweal.doors.cli import main
from commonweal.instruments import discover
from commonweal.kernel.disclosure import HOUSE_SAYS, Kind
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, CommonwealError, Forbidden, ReplayClock, Text, instant
from commonweal.settings import Settings
from commonweal.story import examples_of

START = instant("2026-11-29T08:20:00Z")
SETTINGS = Settings(Text(en="Test", zh="测试"), "test.example/record", START)
KINDS = all_kinds(item.instrument for item in discover().values())
NOBODYS = [kind for kind in KINDS if not kind.files]
BY_HOUSE = [kind for kind in KINDS if kind.by_house]
ADMINISTRATORS = {
    "accounts.bank_statement": "weal account bank-answer",
    "accounts.bounded": "weal account open",
    "accounts.closed": "weal account close",
    "accounts.opened": "weal account open",
    "accounts.period_closed": "weal account close --through",
    "accounts.transfers": "weal account transfer",
    "disclosure.named": "the page of an entry: who may read it",
    "letter.withdrawn": "weal letter withdraw",
    "person.appointment_asked": "people",
    "person.appointment_confirmed": "people",
    "person.invited": "people",
    "person.joined": "people",
    "person.left": "people",
    "person.moved": "people",
    "person.recovery_asked": "people",
    "person.recovery_confirmed": "people",
}
"""Where a person does what administrators alone file. What no person does has no place here: it is the house's."""


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    with Authority.create(tmp_path_factory.mktemp("a") / "a", SETTINGS, clock=ReplayClock(START)) as found:
        yield found


def everybody(authority: Authority) -> list[Caller]:
    """The operator, and one person in every role there is, of the authority's and of another's."""
    roles = tuple(authority.roles_known())
    return [OPERATOR, Caller("party:jane", roles), replace(OPERATOR, roles=roles)]


@cache
def examples(authority: Authority) -> Mapping[str, Any]:
    return examples_of(authority)


def body_of(authority: Authority, kind: Kind) -> dict[str, object]:
    found = examples(authority).get(kind.id)
    return dict(found) if found else dict.fromkeys(kind.schema.model_fields, "x")


def names(kind: Kind) -> str:
    return kind.id


def test_what_the_house_makes_is_refused_to_every_caller_with_one_answer(authority: Authority) -> None:
    """Alone, among others, beside those of others, and when it is only tried: whatever is wrong in it besides."""
    size = authority.store.size()
    for kind in NOBODYS:
        wanted = f"{kind.id} is recorded by the authority itself as things happen; nobody files it"
        if kind.id in knowing.ADOPTING:
            wanted += ": a text is put in force at /texts/adopt in the portal, or by `weal rule adopt`"
        for body in ({}, body_of(authority, kind)):
            act = Act(kind.id, body, "")
            for caller in everybody(authority):
                for way in (authority.act, authority.check, lambda act, caller: authority.act_all([act, act], caller)):
                    with pytest.raises(Forbidden) as error:
                        way(act, caller)
                    assert str(error.value) == wanted
                (found,) = authority.place_each([(act, caller)])
                assert isinstance(found, Forbidden)
                assert str(found) == wanted
    assert authority.store.size() == size


def test_no_door_takes_what_the_house_makes(authority: Authority, capsys: pytest.CaptureFixture[str]) -> None:
    key = authority.access.issue_key("party:jane", tuple(authority.roles_known()), rate_per_s=1e5)
    limits = Limits(address_per_s=1e6, address_burst=1e6)
    jane = TestClient(app(authority, limits=limits), headers={"Authorization": f"Bearer {key}"})
    listed = jane.get("/api/v1/openapi.json").json()["paths"]
    for kind in NOBODYS:
        assert f"/api/v1/filings/{kind.id}" not in listed
        ways = (
            (f"/api/v1/filings/{kind.id}", {"json": {}}),
            ("/api/v1/batches", {"json": {"acts": [{"kind": kind.id, "body": {}}]}}),
            (f"/api/v1/filings/{kind.id}/table", {"content": "name\nx\n", "headers": {"Content-Type": "text/csv"}}),
        )
        for path, sent in ways:
            answer = jane.post(path, **sent)
            assert (answer.status_code, "nobody files it" in answer.text) == (403, True), (path, answer.text)
        assert jane.get(f"/api/v1/kinds/{kind.id}").json()["filed_by"] == []
    source = authority.folder.parent / "body.json"
    source.write_text("{}")
    assert main(["file", str(authority.folder), "letter.issued", str(source)]) == 1
    assert "nobody files it" in capsys.readouterr().err


@pytest.mark.parametrize("kind", BY_HOUSE, ids=names)
def test_the_house_files_it_itself_and_is_held_to_its_form(authority: Authority, kind: Kind) -> None:
    with pytest.raises(BadInput) as error:
        authority.act(Act(kind.id, {"no_such_field": 1}, ""), HOUSE)
    assert "no_such_field" in {fault.where for fault in error.value.faults}


def test_the_houses_pen_makes_nothing_that_people_file_or_that_follows(authority: Authority) -> None:
    for kind in KINDS:
        if not kind.by_house:
            with pytest.raises(Forbidden):
                authority.act(Act(kind.id, body_of(authority, kind), ""), HOUSE)


STATED: dict[Any, object] = {str: "0" * 64, bool: True}
"""A value of each type of what the house says, that its form takes."""


@pytest.mark.parametrize("kind", [one for one in KINDS if one.files and one.said_by_house()], ids=names)
def test_what_the_house_says_of_its_own_work_nobody_else_states(authority: Authority, kind: Kind) -> None:
    """Each such field is named as a fault, beside whatever else is wrong."""
    said = kind.said_by_house()
    forms = {name: kind.schema.model_fields[name].annotation for name in said}
    stated = {
        name: get_args(form)[0] if get_origin(form) is Literal else STATED.get(form, 7) for name, form in forms.items()
    }
    for caller in everybody(authority):
        with pytest.raises(CommonwealError) as error:
            authority.act(Act(kind.id, stated, ""), caller)
        assert isinstance(error.value, BadInput)
        assert said <= {fault.where for fault in error.value.faults if fault.code == "by_house"}


def test_what_administrators_alone_file_is_what_a_person_does_somewhere() -> None:
    """A new kind of theirs says where a person files it; one that only code files is `by_house`."""
    assert {kind.id for kind in KINDS if kind.files == ("authority",)} == set(ADMINISTRATORS)


def test_no_door_and_no_instrument_holds_the_pen() -> None:
    """It is the house's: its own modules above the rooms name it, for what they make."""
    root = Path(commonweal.__file__).parent
    holding = {
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        if re.search(r"\bHOUSE\b|\bpen\s*=\s*True\b", path.read_text(encoding="utf-8"))
    }
    assert holding == {
        "attestations.py",
        "authorising.py",
        "authority/__init__.py",
        "authority/adopting.py",
        "authority/callers.py",
        "letters.py",
        "sending.py",
        "upkeep/rehearsal.py",
    }
    assert any(HOUSE_SAYS in info.metadata for kind in KINDS for info in kind.schema.model_fields.values())
