"""Internal control over money: what leaves or comes in takes two people of the office who are no parties to it.

An instrument that pays declares a `Control`: which of its kinds take two (`Two`), and to which of its subjects somebody
is a party. An act of such a kind stands on record and does nothing until another officer has confirmed it (`seconded`);
it then takes effect on that day. Either may put it aside (`set_aside`). That the holder of such a subject changes takes
two as well (`hand_over`), and who has an interest in one says so (`interest`) and keeps out of it. On which standard
all this rests stands in `separation.toml`.

Above the vocabulary of instruments, since it brings pages and lines of the inbox with it.
"""

from .apart import Apart, Hand, by_one, hand_of
from .two import Control, Two

__all__ = ["Apart", "Control", "Hand", "Two", "by_one", "hand_of"]
