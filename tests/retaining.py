"""Schedules and a small house for tests of keeping and erasing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from commonweal.acceptance import Caller
from commonweal.authority import OPERATOR, Authority
from commonweal.kernel import retention
from commonweal.kernel.record import Act
from commonweal.kernel.values import ReplayClock, Text
from commonweal.settings import Settings

WHEN = datetime(2026, 3, 2, 10, tzinfo=UTC)
LATER = WHEN + timedelta(days=800)
FILER = Caller("party:a", ("developer",))
KIND = "model_registration.organisation"
ONE, CLASS, ASKED = "organisation:one", "registration", "no_longer_needed"


def text(
    keep: str = "2 years", version: str = "1", rule_id: str = "test.retention", more: str = "", **other: str
) -> str:
    """A text of schedules for one class, and for `other` classes with their `keep`."""
    parts = [
        f'id = "{rule_id}"\nversion = "{version}"\ntitle = {{ en = "T", zh = "题" }}\njurisdiction = "EU"\n'
        'time_zone = "Europe/Brussels"\n[source]\ncitation = "Act 1"\n'
    ]
    for name, kept, rest in [(CLASS, keep, more), *((name, kept, "") for name, kept in other.items())]:
        parts.append(
            f'[[schedule]]\nclass = "{name}"\ntitle = {{ en = "T", zh = "题" }}\ntext = {{ en = "T", zh = "题" }}\n'
            f'citation = "Art. 1"\nkeep = "{kept}"\n{rest}\n'
            '[[schedule.basis]]\ncode = "asked"\ntitle = { en = "A", zh = "请" }\ncitation = "Art. 2"\n'
        )
    return "\n".join(parts)


def founded(folder: Path, when: datetime = WHEN) -> Authority:
    """An authority with the organisations one and two, each with a contact that the public does not see."""
    settings = Settings(Text(en="X", zh="X"), "x.example/ai", WHEN)
    house = Authority.create(folder, settings, clock=ReplayClock(when))
    for name in ("one", "two"):
        file(house, name)
    house.follow()
    return house


def file(house: Authority, name: str, contact: str = "") -> int:
    """File an organisation, anew if it is there; gives the entry."""
    act = Act(KIND, {"name": name, "contact": contact or f"SECRETOF{name}"}, key="")
    return house.act(act, FILER).index


def first(house: Authority) -> int:
    """The entry that filed the first organisation."""
    (row,) = [row for row in retention.keys_of_holder(house.reader, ONE, erased=True) if row["retention"] == CLASS][:1]
    return int(row["first"])


def wait(house: Authority, until: datetime = LATER) -> None:
    """Let time pass."""
    assert isinstance(house.clock, ReplayClock)
    house.clock.set(until)


def hold(house: Authority, scope: str = "subject", about: str = ONE, **more: Any) -> int:
    """Place a hold; gives its number."""
    body = {"basis": "court_order", "ordered_by": "District Court", "scope": scope, "about": about, **more}
    return house.act(Act(retention.HOLD_PLACED.id, body, key="")).index


def lift(house: Authority, number: int, by: str = "District Court") -> int:
    """Lift a hold."""
    body = {"hold": number, "basis": "court_order", "ordered_by": by}
    return house.act(Act(retention.HOLD_LIFTED.id, body, key="")).index


def erase(house: Authority, holder: str = ONE, basis: str = ASKED, caller: Caller = OPERATOR) -> int:
    """Erase a holder's registrations; gives the entry."""
    return house.erasures.erase(holder, CLASS, basis, caller)


def officers(house: Authority) -> tuple[Caller, Caller]:
    """Two persons of the record who are officers."""
    for name in ("ines", "bob"):
        post = {"person": f"person:{name}", "party": f"party:{name}", "name": name.title(), "organisation": "authority"}
        house.act(Act("person.joined", {**post, "roles": ["officer"]}, key=""))
    house.follow()
    return Caller("party:ines", ("officer",)), Caller("party:bob", ("officer",))


def by_two(
    house: Authority, holder: str = ONE, retention_class: str = CLASS, basis: str = "unlawful_processing"
) -> int:
    """Erase before the minimum has passed: one officer asks, another confirms; gives the entry."""
    first, second = officers(house)
    body = {"holder": holder, "retention_class": retention_class, "basis": basis, "reasons": "It may not be held."}
    asked = house.act(Act(retention.ERASURE_ASKED.id, body, key=""), first).index
    return house.erasures.erase(holder, retention_class, basis, second, confirms=asked, reasons="Nor may it be.")


def private_bytes(house: Authority, holder: str = ONE) -> bytes:
    """The private key itself, as it lies in the file."""
    found = house.keys.private_key(holder, CLASS)
    assert found is not None
    return found.private_bytes_raw()


def bytes_of(folder: Path) -> bytes:
    """Everything in an authority's folder."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
