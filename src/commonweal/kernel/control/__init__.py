"""Internal control over money: that it comes in, leaves, is written off or is another's now takes two people of the
office who are no parties to it, and one who is no party decides about it.

An instrument that pays declares a `Control`: which of its kinds take two (`Two`) or decide (`Decides`), which are for
whose the money is to say and take two where an officer enters them (`Theirs`), what each other one is to money
(`Money`), and to which of its subjects somebody is a party. An act that takes two stands on record and
does nothing until another officer has confirmed it (`seconded`); it then takes effect on that day, if neither is a
party at that moment. Either may put it aside (`set_aside`). That the holder of such a subject changes takes
two as well (`hand_over`), and who has an interest in one says so (`interest`) and keeps out of it. On which standard
all this rests stands in `separation.toml`. What of its payments stands still is on a page of the office (`Standing`).

Above the vocabulary of instruments, since it brings pages and lines of the inbox with it.
"""

from .apart import DEAD, LAPSES_AFTER, RECORDED_BY, REPLACED, Apart, Hand, by_one, called, hand_of, undid_alone
from .banks import Banks
from .contradicting import AGAINST, AGAINST_ASK, OnRecord, check_day, stands_against
from .deaths import KNOWN_BY, KnownBy, Reports
from .still import Line, Standing
from .takes import FOR_THEM, Decides, Lapse, Speaker, Theirs, Two, by_themselves, done_since
from .two import Control
from .words import GROUNDS

__all__ = [
    "AGAINST", "AGAINST_ASK", "DEAD", "FOR_THEM", "GROUNDS", "KNOWN_BY", "LAPSES_AFTER", "RECORDED_BY",
    "REPLACED", "Apart", "Banks", "Control", "Decides", "Hand", "KnownBy", "Lapse", "Line", "OnRecord", "Reports",
    "Speaker", "Standing", "Theirs", "Two", "by_one", "by_themselves", "called", "check_day", "done_since",
    "hand_of", "stands_against", "undid_alone",
]  # fmt: skip
