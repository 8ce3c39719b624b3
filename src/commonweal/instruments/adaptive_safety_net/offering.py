"""What the form for claims offers before anybody searches: what is open now, by its plain name and where it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from commonweal.kernel.instrument import Offer, Reader, Text

from . import counting, programmes
from .laus import area_name
from .programmes import Programme
from .words import day, said

FOR = Text(en="{title}, {area} ({name}): {state}", zh="{title}，{area}（{name}）：{state}")
OPEN = Text(en="open until {last}", zh="受理至{last}")
NO_END = Text(en="open", zh="受理中")
AHEAD = Text(en="opens on {first}", zh="{first}启动")
LATE = Text(
    en="closed on {last} for new work or losses, can still be claimed until {until}",
    zh="已于{last}截止，仍可申领至{until}",
)
OVER = Text(en="closed", zh="已截止")


def programmes_offered(reader: Reader, today: date) -> Sequence[Offer]:
    """Every programme that pays people, newest first; those that can be claimed, or will be, without a search."""
    return [_offer(one, today) for one in programmes.programmes(reader) if one.text.claims is not None]


def _offer(one: Programme, today: date) -> Offer:
    area = Text(en=area_name(one.area, "en"), zh=area_name(one.area, "zh"))
    words, now = _state(one, today)
    return Offer(one.id, said(FOR, title=one.text.title.text(), area=area, name=one.name, state=words), now)


def _state(one: Programme, today: date) -> tuple[Text, bool]:
    state, until = counting.state_of(one, today.isoformat()), one.files_until
    if state == "ahead":
        return said(AHEAD, first=day(one.opens_on)), True
    if state == "open":
        return said(OPEN, last=day(one.closes_on)) if one.closes_on else NO_END, True
    if until is not None and today <= until and one.closes_on is not None:
        return said(LATE, last=day(one.closes_on), until=day(until)), True
    return OVER, False
