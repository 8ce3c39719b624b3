"""Lengths of time in words: durations that rules name, and how long something has lasted or has left."""

from __future__ import annotations

from datetime import datetime, timedelta

from commonweal.kernel.thresholds import ThresholdRule

from .cells import N_
from .languages import Words
from .site import Voice

PAST_FIGURES = N_(
    "The newest figures are about %(when)s and were filed on %(filed)s: the state is of that time and says nothing "
    "about today."
)

_HOUR, _DAY = 3600, 86_400
_MONTH, _YEAR = 30.44 * _DAY, 365.25 * _DAY


def duration_words(words: Words, text: str) -> str:
    """`3mo` → "3 months"; "" for none."""
    count, unit = int("".join(ch for ch in text if ch.isdigit()) or 0), text.lstrip("0123456789")
    count_of = words.count
    said = {
        "s": lambda: count_of("%(num)s second", "%(num)s seconds", count),
        "m": lambda: count_of("%(num)s minute", "%(num)s minutes", count),
        "h": lambda: count_of("%(num)s hour", "%(num)s hours", count),
        "d": lambda: count_of("%(num)s day", "%(num)s days", count),
        "w": lambda: count_of("%(num)s week", "%(num)s weeks", count),
        "mo": lambda: count_of("%(num)s month", "%(num)s months", count),
        "y": lambda: count_of("%(num)s year", "%(num)s years", count),
    }
    return str(said[unit]()) if unit in said else text


def span_words(voice: Voice, span: timedelta) -> str:
    """A length of time as people say it: in the largest unit of which there are at least two."""
    seconds = max(0.0, span.total_seconds())
    for unit, size, least in (("y", _YEAR, 2), ("mo", _MONTH, 2), ("d", _DAY, 2), ("h", _HOUR, 2), ("m", 60, 1)):
        if seconds >= least * size:
            return duration_words(voice.words, f"{int(seconds / size)}{unit}")
    return duration_words(voice.words, f"{int(seconds)}s")


def time_left(voice: Voice, now: datetime, end: datetime) -> str:
    """How long there is until an instant, or for how long it has passed."""
    if end <= now:
        return str(voice.words.say("passed %(span)s ago", span=span_words(voice, now - end)))
    return str(voice.words.say("in %(span)s", span=span_words(voice, end - now)))


def shown_period(day: str | None, rule: ThresholdRule) -> str | None:
    """The period that begins on a day as readers know it: a month by its name, not by its first day."""
    return day[:7] if day and rule.grid.every.unit == "mo" and rule.grid.every.count == 1 else day
