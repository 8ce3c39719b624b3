"""Whose letters these are, and from which templates: what the room for notices is told of the house."""

from __future__ import annotations

import re
from collections.abc import Mapping

from commonweal.instruments import Installed
from commonweal.kernel import notices
from commonweal.kernel.values import LANGUAGES, FaultCollector, RuleFault
from commonweal.settings import Settings


def letterhead(settings: Settings, installed: Mapping[str, Installed]) -> notices.Letterhead:
    """The head of every letter of an authority. Raises `RuleFault` naming each template that cannot be used."""
    names = set(settings.name.values())  # an address that begins with the name says it once
    lines = {
        one: [settings.name.in_(one), *(line for line in settings.imprint.lines(one) if line not in names)]
        for one in LANGUAGES
    }
    return notices.Letterhead(
        prefix_of(settings.origin), lines, settings.imprint.zone, templates(installed), tuple(settings.sending.outlets)
    )


def templates(installed: Mapping[str, Installed]) -> dict[str, notices.Template]:
    """Every template in the instruments' folders `letters/`. Raises `RuleFault` naming each that cannot be used."""
    found: dict[str, notices.Template] = {}
    faults = FaultCollector("letters", RuleFault)
    for name, item in installed.items():
        for path in sorted(item.folder.glob("letters/*.toml")):
            try:
                one = notices.read_template(path.read_text("utf-8"), f"{name}/letters/{path.name}")
            except (RuleFault, UnicodeDecodeError) as error:
                faults.add(f"{name}/letters/{path.name}", error, "a letter as docs/notices.md describes it")
                continue
            if not one.id.startswith(f"{name}.") or one.id in found:
                faults.add(f"{name}/letters/{path.name}", one.id, f"an id of its own that begins with {name}.", "name")
            found[one.id] = one
    faults.done()
    return found


def prefix_of(origin: str) -> str:
    """With what the references of an authority begin: the first part of its log's host."""
    letters = re.sub(r"[^A-Z0-9]", "", origin.partition("/")[0].partition(".")[0].upper())
    return (letters if letters[:1].isalpha() else f"L{letters}")[:16]
