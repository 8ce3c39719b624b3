"""Who can be given work here: persons who hold a role of the desk today, as forms offer and checks know them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from commonweal.kernel import persons
from commonweal.kernel.instrument import Choice, Question, Reader, Reading, Row, Text

from ..reports import STEWARDS


def why_not(reader: Reader, party: str, at: datetime) -> str:
    """Why a party cannot be given work at an instant; "" where they can.

    A role that somebody lends for a time is not theirs meanwhile; one that they exercise for another is.
    """
    person = persons.person_of(reader, party)
    if person is not None and set(STEWARDS) & set(persons.standing(reader, person["person"], at).roles):
        return ""
    return persons.why_not(reader, party, at)


def staff(reading: Reading) -> tuple[Choice, ...]:
    """Everybody who can be given work now, by name, each with the party under which they act."""
    return tuple(sorted(_staff(reading), key=lambda one: one.label["en"]))


def _staff(reading: Reading) -> Iterator[Choice]:
    for row in persons.persons(reading.tables):
        if not why_not(reading.tables, row["party"], reading.now):
            yield _shown(reading, row)


def _others(reading: Reading) -> Iterator[Choice]:
    """Everybody else who holds a role today."""
    for row in persons.persons(reading.tables):
        holds = persons.standing(reading.tables, row["person"], reading.now).roles
        if holds and why_not(reading.tables, row["party"], reading.now):
            yield _shown(reading, row)


def _shown(reading: Reading, row: Row) -> Choice:
    name = f"{_called(reading, row) or row['party'].removeprefix('party:')} ({row['party']})"
    return Choice(row["party"], Text(en=name, zh=name))


def called(reading: Reading, party: str) -> str:
    """What whoever acts under a party is called, as officers know them; else the short name of the party."""
    row = persons.person_of(reading.tables, party)
    return (_called(reading, row) if row else "") or party.removeprefix("party:")


def _called(reading: Reading, row: Row) -> str:
    """What a person is called; that the party under which they act is shown beside it is noted too."""
    if row["named"] is None:
        return ""
    told = reading.part(row["named"], "name", "party")
    if row["joined"] not in (None, row["named"]):
        reading.part(row["joined"], "party")
    return str(told.get("name") or "")


def recipient_of(reading: Reading, party: str) -> Text:
    """Who stands behind a party, for whom it goes out is not noticed by its short name: name and organisation."""
    row = persons.person_of(reading.tables, party)
    if row is None:
        return Text(en=f"{party} (the record names nobody behind it)", zh=f"{party}（记录中未载明其人）")
    shown = _shown(reading, row).label
    post = persons.standing(reading.tables, row["person"], reading.now)
    if not post.organisation:
        return Text(en=f"{shown['en']}, who holds no post today", zh=f"{shown['zh']}，今日未任职")
    return Text(en=f"{shown['en']}, of {post.organisation}", zh=f"{shown['zh']}，属于 {post.organisation}")


def who(reading: Reading) -> Question:
    """The question to whom something is given: a person, found by name."""
    return Question(
        "assignee", Text(en="To whom", zh="指派给"), "text", required=True, choices=staff(reading),
        hint=Text(
            en="An officer of this authority, by name: the box offers those who hold a role today.",
            zh="本机关官员，可按姓名查找：所列为现任者。",
        ),
    )  # fmt: skip


def party_of(reading: Reading, said: str) -> str:
    """The party that a name stands for, where exactly one officer is called so; else what was said."""
    said = said.strip()
    found = [one for one in staff(reading) if said.casefold() in _names(one)]
    return found[0].value if len(found) == 1 else said


def first_named(reading: Reading, line: str) -> tuple[list[Choice], str]:
    """Whoever a line of names and more, apart by commas, may begin with, and what follows: officers, else others who
    hold a role. A name may have a comma in it, so the longest that somebody bears counts."""
    text = line.strip()
    for among in (staff, _others):
        known = tuple(among(reading))
        for end in [len(text), *(at for at in range(len(text) - 1, 0, -1) if text[at] in ",，")]:
            said = text[:end].strip().casefold()
            if found := [one for one in known if said in _names(one)]:
                return found, text[end:].lstrip(",， ")
    return [], ""


def _names(one: Choice) -> set[str]:
    """As what somebody may be typed: as shown, by name alone, by party with and without its prefix."""
    label = one.label["en"].casefold()
    short = one.value.removeprefix("party:")
    return {label, label.rpartition(" (")[0], one.value, short, f"{short} ({one.value})"}
