"""The laws under which the room's own tests were written, as they were then: amending a law changes none of them.

What the shipped texts say is tested in `tests/unit/law` and with the instrument that applies them.
"""

from __future__ import annotations

from pathlib import Path

from commonweal import law

PINNED = {"eu.ai_act": "eu/ai_act.toml", "us_ca.sb53": "us_ca/sb53.toml"}
_FOLDER = Path(__file__).parent / "fixtures" / "laws"


def texts() -> dict[str, str]:
    """Three laws by their id, two of them as they were in January 2026, after every calendar."""
    shared = law.texts()
    found = {name: text for name, text in shared.items() if name.startswith("calendar.") or name == "us.eo14110"}
    return {**found, **{name: (_FOLDER / file).read_text("utf-8") for name, file in PINNED.items()}}
