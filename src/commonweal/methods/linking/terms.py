"""From a text to the terms that an index counts: stems of words, and pairs of neighbouring Han characters and kana.

Words of alphabetic scripts are lowered, stripped of accents and brought to a light English stem: the plural rules of
D. Harman, How effective is suffixing?, JASIS 42 (1991), then at most one suffix where four letters remain. Chinese and
Japanese are written without spaces, so every two neighbours are a term (J.-Y. Nie and others, SIGIR 1996).
Traditional and simplified characters are not brought together. What cannot be seen (controls, marks of direction,
joiners) is no part of a term, and no text is read beyond its bound.

English words that only hold a sentence together are no terms: among few reports, or where one tells of itself and the
others of third parties, they are as rare as names, and would agree for nothing. A number of one or two digits is none
either: day 2 and 2 November have it in common.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

TERM_CHARS_MAX = 40
SUFFIX_LEAVES_MIN, SMALL_DIGITS_MAX = 4, 2
SUFFIXES = (
    "ational", "ization", "isation", "ation", "ition", "ingly", "edly", "ment", "ness", "ally", "ing", "ion", "ive",
    "ity", "ed", "er", "or", "ly", "al", "e",
)  # fmt: skip
_CLOSED_CLASSES = """
    a about after again all also although am an and any are as at be because been before being both but by can
    cannot could did do does doing done down each either even ever every few for from further had has have having he
    her here hers herself him himself his how however i if in into is it its itself just may me might mine more most
    much must my myself neither no nor not now of off on once only or other our ours ourselves out over own perhaps
    rather same shall she should since so some still such than that the their theirs them themselves then there
    these they this those though through thus to too under until up upon us very was we were what when where whether
    which while who whom whose why will with within without would yet you your yours yourself yourselves
"""
FUNCTION_WORDS = frozenset(_CLOSED_CLASSES.split())
"""Articles, pronouns, prepositions, conjunctions, auxiliaries, adverbs of degree: classes that get no new words."""
_ACCENTS = re.compile("[\u0300-\u036f]")
_UNGROUPED = re.compile(r"(?<=\d),(?=\d{3})")
_IDEOGRAPHS = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_TOKEN = re.compile(rf"[{_IDEOGRAPHS}]+|[^\W_{_IDEOGRAPHS}]+(?:'[^\W_{_IDEOGRAPHS}]+)*")
_IDEOGRAPH = re.compile(f"[{_IDEOGRAPHS}]")


def terms(text: str, chars_max: int) -> Iterator[tuple[str, str]]:
    """Each term of a text with the way it is written there, in order; of the text, the first `chars_max` characters."""
    for token in _TOKEN.findall(plain(text, chars_max)):
        if _IDEOGRAPH.match(token):
            for pair in _pairs(token):
                yield pair, pair
        else:
            word = token.removesuffix("'s")[:TERM_CHARS_MAX]
            if word not in FUNCTION_WORDS and not _is_small_number(word):
                yield stem(word), word


def _is_small_number(word: str) -> bool:
    return len(word) <= SMALL_DIGITS_MAX and word.isdigit()


def words(text: str, chars_max: int) -> Iterator[str]:
    """Each word of a text as it stands there in plain form, in order; of Han characters and kana each by itself."""
    for token in _TOKEN.findall(plain(text, chars_max)):
        yield from token if _IDEOGRAPH.match(token) else (token,)


def plain(text: str, chars_max: int) -> str:
    """A text in compatibility form (Unicode NFKC), lower case, without accents and without what cannot be seen."""
    text = unicodedata.normalize("NFKC", text[:chars_max])[:chars_max].lower()
    text = _ACCENTS.sub("", unicodedata.normalize("NFD", text)) if not text.isascii() else text
    text = unicodedata.normalize("NFC", text).replace("’", "'")
    return _UNGROUPED.sub("", "".join(_seen(text)))


def stem(word: str) -> str:
    """A light stem; what is not made of letters a to z stays as it is."""
    if not (word.isascii() and word.isalpha()):
        return word
    word = _singular(word)
    for suffix in SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= SUFFIX_LEAVES_MIN:
            return word[: -len(suffix)]
    return word


def trigrams(word: str) -> Iterator[str]:
    """The runs of three characters of a word with a space at both ends."""
    padded = f" {word} "
    return (padded[at : at + 3] for at in range(len(padded) - 2))


def _seen(text: str) -> Iterable[str]:
    """Without format characters; a control character parts two words."""
    if text.isascii() and text.isprintable():
        return text
    kinds = ((sign, unicodedata.category(sign)) for sign in text)
    return (" " if kind == "Cc" else sign for sign, kind in kinds if kind not in {"Cf", "Cs", "Co", "Cn"})


def _pairs(run: str) -> Iterator[str]:
    return iter([run]) if len(run) == 1 else (run[at : at + 2] for at in range(len(run) - 1))


def _singular(word: str) -> str:
    if len(word) <= 3 or not word.endswith("s") or word.endswith(("us", "ss")):
        return word
    if word.endswith("ies") and not word.endswith(("eies", "aies")):
        return word[:-3] + "y"
    return word[:-1]
