"""Who sees what: decisions with their reasons, and policies that are refused."""

from __future__ import annotations

from typing import Annotated

import pytest

from commonweal.kernel.disclosure import PUBLIC, Audience, Filing, Kind, Marking, Policies, PolicyText, house_texts
from commonweal.kernel.values import RuleFault, Text


class Lent(Filing):
    name: Annotated[str, PUBLIC]
    shelf: Annotated[str, Marking.GREEN] = ""
    borrower: str = ""
    strict: Annotated[str, Marking.AMBER_STRICT] = ""
    informant: Annotated[str, Marking.RED] = ""


KIND = Kind(id="lending.book", schema=Lent, title=Text(en="Book", zh="书"), files=("librarian",))
OTHER = Kind(id="museum.piece", schema=Lent, title=Text(en="Piece", zh="展品"))
NOTES = '@id("lending.x")\n@title("T")\n@title_zh("题")\n'
ALL = frozenset(Lent.model_fields)


def policies(*own: str) -> Policies:
    return Policies([*house_texts(), *(PolicyText("own.cedar", text, "lending") for text in own)], [KIND, OTHER])


@pytest.mark.parametrize(
    ("audience", "field", "allowed", "why"),
    [
        (Audience.of(), "name", True, ("tlp-clear",)),
        (Audience.of(), "shelf", False, ()),
        (Audience.of("peer"), "shelf", True, ("tlp-green",)),
        (Audience.of("librarian"), "borrower", False, ()),
        (Audience.of("officer", "filer"), "borrower", True, ("own-filing", "tlp-amber")),
        (Audience.of("officer", "authority"), "informant", False, ()),
        (Audience.of("officer", "named"), "informant", True, ("tlp-red",)),
        (Audience.of("authorised"), "informant", False, ()),
        (Audience.of("officer", bases={"informant": "a warrant"}), "informant", False, ()),
        (Audience.of("authorised", bases={"informant": "a warrant"}), "informant", True, ("authorised",)),
        (Audience.of("authorised", bases={"borrower": "a warrant"}), "informant", False, ()),
    ],
)
def test_a_decision_says_why(audience: Audience, field: str, allowed: bool, why: tuple[str, ...]) -> None:
    """Neither an officer's rank nor a basis without a grant opens what is for named persons."""
    found = policies().decide(audience, KIND, field)
    assert (found.allowed, found.why) == (allowed, why)
    for policy in found.why:
        assert all(policies().title(policy)[language] for language in ("en", "zh"))


def test_a_field_that_only_an_older_version_had_is_closed_to_the_public() -> None:
    assert not policies().may_see(Audience.of(), KIND, "gone")
    assert policies().may_see(Audience.of("officer"), KIND, "gone")


def test_an_instrument_takes_away_on_its_own_kinds_and_nowhere_else() -> None:
    text = NOTES + 'forbid (principal in Role::"officer", action == Action::"see", resource in Kind::"lending.book");'
    found = policies(text)
    assert found.decide(Audience.of("officer"), KIND, "borrower").why == ("lending.x",)
    assert found.seen(Audience.of("officer"), KIND) == frozenset()
    assert found.seen(Audience.of("officer"), OTHER) == ALL - {"informant"}


BOOK = 'forbid (principal, action, resource in Kind::"lending.book")'
REFUSED = {
    "permits": (NOTES + 'permit (principal, action, resource in Instrument::"lending");', 1, "widens"),
    "another's kind": (NOTES + 'forbid (principal, action, resource in Kind::"museum.piece");', 1, "scope"),
    "everything": (NOTES + "forbid (principal, action, resource);", 1, "scope"),
    "a marking of all": (NOTES + 'forbid (principal, action, resource in Marking::"TLP:RED");', 1, "scope"),
    "a house id": (NOTES.replace("lending.x", "tlp-red") + BOOK + ";", 1, "duplicate"),
    "no such kind": (NOTES + BOOK.replace("book", "bok") + ";", 1, "unknown_name"),
    "no such role": (NOTES + BOOK.replace("principal", 'principal in Role::"oficer"') + ";", 1, "unknown_name"),
    "no such field": (NOTES + 'forbid (principal, action, resource == Field::"lending.book.nam");', 1, "unknown_name"),
    "no such attribute": ("// why\n\n" + NOTES + BOOK + " when { principal.age == 3 };", 3, "schema"),
    "not Cedar": (NOTES + BOOK + " wenn { true };", 1, "syntax"),
    "unended": ('// ";"\n' + NOTES + BOOK, 2, "syntax"),
    "says nothing": (BOOK + ";", 1, "annotation"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_faulty_policy_is_refused_with_its_file_and_line(name: str) -> None:
    text, line, code = REFUSED[name]
    with pytest.raises(RuleFault) as refused:
        policies(text)
    assert {fault.where for fault in refused.value.faults} == {f"own.cedar, line {line}"}
    assert code in {fault.code for fault in refused.value.faults}


def test_every_fault_of_every_file_is_named_at_once() -> None:
    with pytest.raises(RuleFault) as refused:
        policies("nonsense;\n\nmore nonsense;", "permit (principal, action, resource);")
    assert {fault.where for fault in refused.value.faults} == {"own.cedar, line 1", "own.cedar, line 3"}
    assert len(refused.value.faults) >= 5


def test_a_policy_that_cannot_be_evaluated_opens_nothing() -> None:
    """Cedar passes over a policy that fails while it is evaluated, so a `forbid` would be lost; here nothing opens."""
    overflow = NOTES + (
        'forbid (principal, action, resource == Field::"lending.book.name") '
        "when { 9223372036854775807 + 1 > 0 };"
    )  # fmt: skip
    found = policies(overflow)
    assert not found.decide(Audience.of(), KIND, "name").allowed
    assert found.decide(Audience.of(), OTHER, "name").allowed
