"""What was taken back from everybody is read as if it were AMBER, by nobody who could not read it before."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import pytest

import commonweal
from commonweal.kernel.disclosure import PUBLIC, Audience, Filing, Kind, Marking, Ruling, TakenBack, house_texts
from commonweal.kernel.disclosure.deciding import Policies, PolicyText
from commonweal.kernel.values import Text

WHY = TakenBack(Text(en="to protect people", zh="保护个人"), 7)


class Said(Filing):
    name: Annotated[str, PUBLIC]
    clear: Annotated[str, PUBLIC] = ""
    green: Annotated[str, Marking.GREEN] = ""
    red: Annotated[str, Marking.RED] = ""


KIND = Kind("test.said", Said, Text(en="Said", zh="言"))
TAKEN = Ruling(KIND, taken=dict.fromkeys(("clear", "green", "red"), WHY))


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        # FIRST, Traffic Light Protocol 2.0: AMBER is for the organisation and its clients, here who filed it.
        ("public", {"name"}),
        ("peer", {"name"}),
        ("auditor", {"name"}),
        ("developer", {"name"}),
        ("officer", {"name", "clear", "green"}),
        ("authority", {"name", "clear", "green"}),
        ("filer", {"name", "clear", "green", "red"}),
        ("named", {"name"}),
    ],
)
def test_who_reads_what_was_taken_back(role: str, sees: set[str]) -> None:
    who = Audience.of(role)
    assert TAKEN.seen(who) == sees
    assert {name for name in Said.model_fields if TAKEN.may_see(who, name)} == sees
    assert {name for name in Said.model_fields if TAKEN.decide(who, name).allowed} == sees


def test_nobody_is_told_of_what_they_could_not_read_before() -> None:
    assert set(TAKEN.told(Audience.of())) == {"clear"}
    assert set(TAKEN.told(Audience.of("peer"))) == {"clear", "green"}
    assert set(TAKEN.told(Audience.of("named"))) == {"clear", "red"}


def test_a_decision_says_that_it_is_as_of_amber() -> None:
    assert Ruling(KIND).decide(Audience.of("officer"), "clear").why == ("tlp-clear",)
    assert TAKEN.decide(Audience.of("officer"), "clear").why == ("tlp-amber",)


def test_what_an_instrument_forbids_stays_forbidden() -> None:
    forbid = (
        '@id("test.no")\n@title("No")\n@title_zh("否")\n'
        'forbid (principal, action == Action::"see", resource == Field::"test.said.clear");'
    )
    policies = Policies([*house_texts(), PolicyText("no.cedar", forbid, "test")], [KIND])
    assert not Ruling(KIND, policies, {"clear": WHY}).may_see(Audience.of("officer"), "clear")


# ── no door goes past it ────────────────────────────────────────────────────────────────────────────────────────────

OF_A_KIND = {  # what these ask is of a kind as such, not of an entry that there is
    "authority/__init__.py:public_part",
    "doors/portal/ledger_pages.py:may_read",
    "doors/portal/site.py:public_fields",
    "sight.py:matrix",
    "sight.py:name_seen",
    "sight.py:subject_seen",
}


def test_whoever_asks_about_an_entry_asks_its_ruling_and_not_the_policies() -> None:
    """A door that asked the policies would go on showing what was taken back."""
    asking = {where for where in _asking() if not where.startswith("kernel/disclosure/")}
    assert asking == OF_A_KIND


def _asking() -> Iterator[str]:
    """Every function that asks the policies in force what somebody may see."""
    root = Path(commonweal.__file__).parent
    for path in root.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "policies." not in text:
            continue
        for function in ast.walk(ast.parse(text)):
            if isinstance(function, ast.FunctionDef) and any(map(_asks, ast.walk(function))):
                yield f"{path.relative_to(root).as_posix()}:{function.name}"


def _asks(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and node.attr in ("may_see", "seen", "decide", "public_part")
        and ast.unparse(node.value).endswith("policies")
    )
