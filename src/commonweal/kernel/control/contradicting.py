"""A day of death that lies before what is on record of the person: a year that slipped empties an account.

It is refused unless whoever records it says that it is right all the same (`against_record`), and why; the second
officer reads against what it stands. Somebody may have acted in the name of who was dead, or a payer gone on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from commonweal.kernel.instrument import Choice, Fault, Question, Text
from commonweal.kernel.values import partial_in

from .apart import wanted

AGAINST = Text(
    en="Lies before what is on record of the person, and is right", zh="早于本人的在案记录，确认无误"
)  # fmt: skip
STANDS_AGAINST = Text(en="What is on record after that day", zh="该日之后的在案记录")
WHY = Text(en="why that day is right, though something is on record after it", zh="该日之后另有记录而日期仍无误的理由")
AGAINST_ASK = Question(
    "against_record", Text(en="If something is on record of the person after that day", zh="如该日之后另有本人的记录"),
    "one", choices=(Choice("yes", Text(en="The day is right all the same; why, I say in words",
                                       zh="日期无误，理由见说明")),),
    hint=Text(en="Leave it open otherwise: a year that slipped is then asked about.",
              zh="否则请留空：年份有误时将予以询问。"),
)  # fmt: skip


class OnRecord(NamedTuple):
    """Something on record of a person who lived then: what it is, its day, the entry that says it, and whether that day
    is told (`secret`: it is not)."""

    what: Text
    day: str
    entry: int
    secret: bool = False

    def in_(self, language: str) -> str:
        """In words, with its day where that is told."""
        what = self.what.in_(language)
        return what if self.secret else f"{what} ({partial_in(self.day, language)})"


def against(body: Mapping[str, Any], there: Iterable[OnRecord]) -> list[OnRecord]:
    """What is on record after the day of a death."""
    return [one for one in there if one.day > str(body["on"])]


def check_day(body: Mapping[str, Any], there: Iterable[OnRecord]) -> Iterator[Fault]:
    """What is wrong with the day of a death (`on`) by what is on record after it, unless the body says that it is right
    (`against_record`) and why (`words`)."""
    after = against(body, there)
    if not after:
        return
    if not body.get("against_record"):
        en, zh = (joined.join(one.in_(language) for one in after) for language, joined in (("en", "; "), ("zh", "；")))
        want = Text(
            en=f"a day after which nothing is on record of the person, or that it is right all the same "
            f"(“{AGAINST['en']}”), with words why. After it: {en}",
            zh=f"该日之后应无本人的记录；如日期无误，须注明（“{AGAINST['zh']}”）并说明理由。其后记录：{zh}",
        )
        yield wanted("on", str(body["on"]), want, "against_record", tuple(one.entry for one in after))
    elif not str(body.get("words") or "").strip():
        yield wanted("words", "", WHY, "missing")


def stands_against(body: Mapping[str, Any], there: Iterable[OnRecord], language: str) -> Sequence[tuple[Text, str]]:
    """What the second officer reads of it; nothing where nothing is on record after that day."""
    after = against(body, there)
    between = "；" if language == "zh" else "; "
    return [(STANDS_AGAINST, between.join(one.in_(language) for one in after))] if after else []
