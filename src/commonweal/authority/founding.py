"""What a record begins with: that it was opened, and the texts in force from its first day."""

from __future__ import annotations

from collections.abc import Sequence

from commonweal import __version__
from commonweal.adoption import adoption
from commonweal.imprint import UTC_NAME
from commonweal.instruments import RuleFile
from commonweal.kernel.record import Act
from commonweal.settings import Settings

from .declared import OPENED


def founding_acts(settings: Settings, texts: Sequence[RuleFile]) -> list[Act]:
    """The acts with which a record is founded, in their order."""
    body = {
        "name": str(settings.name),
        "origin": settings.origin,
        "replay": settings.replay,
        "software": f"commonweal {__version__}",
        **({"exercise": settings.exercise} if settings.exercise else {}),
        **({"time_zone": zone} if (zone := settings.imprint.time_zone) != UTC_NAME else {}),
    }
    return [Act(OPENED.id, body, key="founding"), *(adoption(text, "founding") for text in texts)]
