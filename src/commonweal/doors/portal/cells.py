"""Tables: what a cell shows for each form of column, and the states that tags are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from markupsafe import Markup, escape

from commonweal.kernel.instrument import Column, Interval
from commonweal.kernel.values import is_subject

from .formats import NOTHING, Formats
from .languages import Words


def N_(message: str) -> str:
    """Marks a message for the catalogue; it is translated where it is shown."""
    return message


STATES: dict[str, tuple[str, str]] = {
    "abandoned": ("plain", N_("abandoned")),
    "above": ("warn", N_("above")),
    "accepted": ("good", N_("accepted")),
    "active": ("good", N_("registered")),
    "adopted": ("calm", N_("adopted")),
    "approved": ("good", N_("approved")),
    "awaiting": ("calm", N_("awaiting")),
    "alarm": ("bad", N_("alarm")),
    "away": ("warn", N_("does not answer")),
    "below": ("plain", N_("below")),
    "closed": ("plain", N_("closed")),
    "completed": ("good", N_("completed")),
    "correct": ("good", N_("correct")),
    "deemed_approved": ("warn", N_("deemed approved")),
    "deemed_refused": ("warn", N_("deemed refused")),
    "discharged": ("good", N_("met")),
    "delivered": ("good", N_("delivered")),
    "done": ("good", N_("done")),
    "due": ("warn", N_("due")),
    "elsewhere": ("unknown", N_("not filed here")),
    "breached": ("bad", N_("broken: what is forbidden was done")),
    "ended": ("plain", N_("ended")),
    "expired": ("plain", N_("expired")),
    "failed": ("bad", N_("failed")),
    "false": ("plain", N_("no")),
    "firing": ("warn", N_("on")),
    "finished": ("plain", N_("finished")),
    "future": ("plain", N_("not yet in force")),
    "in_force": ("good", N_("in force")),
    "implemented": ("calm", N_("implemented")),
    "inconclusive": ("unknown", N_("inconclusive")),
    "lapsed": ("plain", N_("lapsed")),
    "late": ("bad", N_("late")),
    "met": ("good", N_("met")),
    "met_late": ("warn", N_("met late")),
    "missed": ("bad", N_("missed")),
    "new": ("calm", N_("not asked yet")),
    "now": ("bad", N_("now")),
    "no": ("plain", N_("no")),
    "no_longer_in_force": ("plain", N_("no longer in force")),
    "none": ("plain", N_("none")),
    "not_in_force": ("plain", N_("not in force")),
    "not_owed": ("plain", N_("not owed")),
    "not_public": ("unknown", N_("depends on a fact that is not public")),
    "not_yet_in_force": ("plain", N_("not yet in force")),
    "off": ("plain", N_("off")),
    "on": ("warn", N_("on")),
    "ok": ("plain", N_("off")),
    "open": ("calm", N_("open")),
    "out_of_date": ("unknown", N_("out of date")),
    "overdue": ("bad", N_("overdue")),
    "owed": ("warn", N_("owed")),
    "pending": ("calm", N_("pending")),
    "planned": ("calm", N_("planned")),
    "published": ("plain", N_("published")),
    "refused": ("bad", N_("refused")),
    "registered": ("good", N_("registered")),
    "rejected": ("bad", N_("rejected")),
    "reversed": ("plain", N_("reversed")),
    "running": ("calm", N_("running")),
    "reinstated": ("good", N_("reinstated")),
    "revoked": ("bad", N_("revoked")),
    "silent": ("unknown", N_("silent")),
    "soon": ("warn", N_("soon")),
    "started": ("calm", N_("started")),
    "superseded": ("plain", N_("superseded")),
    "suspended": ("bad", N_("suspended")),
    "true": ("warn", N_("yes")),
    "unknown": ("unknown", N_("unknown")),
    "valid": ("good", N_("valid")),
    "verified": ("good", N_("verified")),
    "waiting": ("calm", N_("waiting")),
    "watch": ("calm", N_("watch")),
    "withdrawn": ("plain", N_("withdrawn")),
    "yes": ("warn", N_("yes")),
}
"""States that mechanisms speak of: the tone of the tag, and its words (a message id)."""


PARTS_MAX, PART_CHARS_MAX, CUT = 20, 160, "…"
"""Of how many parts of a list a page tells what they say, in how many characters each."""


class Naming(Protocol):
    """Where a subject's page is and what it is called."""

    def link(self, subject: str) -> Markup: ...


@dataclass(frozen=True, slots=True)
class Head:
    """A column's heading as a table shows it; `sorted` and `address` where the list can be sorted by it."""

    id: str
    title: str
    form: str = "text"
    sorted: str = ""
    address: str = ""


class Cells:
    """Shows values in one language."""

    def __init__(self, formats: Formats, words: Words, naming: Naming) -> None:
        self._formats, self._words, self._naming = formats, words, naming

    def headings(self, columns: Sequence[Any], forms: Sequence[str] = ()) -> list[Head]:
        """Headings of columns given as words, `Column`s or ready `Head`s."""
        language = self._formats.language
        heads: list[Head] = []
        for number, column in enumerate(columns):
            if isinstance(column, Head):
                heads.append(column)
            elif isinstance(column, Column):
                heads.append(Head(column.id, column.title.in_(language), column.form))
            else:
                form = forms[number] if number < len(forms) else "any"
                heads.append(Head(str(number), str(column), form))
        return heads

    def cell(self, row: Any, head: Head, number: int) -> Markup:
        """One cell of a row (a sequence, or a mapping by column id whose `href` is the first cell's link)."""
        if not isinstance(row, Mapping):
            return self.show(row[number], head.form)
        shown = self.show(row.get(head.id), head.form)
        if number == 0 and row.get("href") and "<a " not in shown:
            return Markup('<a href="{}">{}</a>').format(self.address(str(row["href"])), shown)
        return shown

    def address(self, path: str) -> str:
        prefix = "/zh" if self._formats.language == "zh" and path.startswith("/") else ""
        return prefix + path

    def show(self, value: Any, form: str = "any") -> Markup:
        """A value in the form a column asks for; numbers and dates are recognised where it does not say."""
        if value is None or value in ("", []):
            return Markup('<span class="soft">{}</span>').format(NOTHING)
        if isinstance(value, Markup):
            return value
        if isinstance(value, Mapping) and "en" in value:
            value = value.get(self._formats.language) or value["en"]
        if form == "state":
            return self.state(value)
        if form == "boolean" or isinstance(value, bool):
            return self._words.say("Yes") if value else self._words.say("No")
        if form == "flop":
            return escape(self._formats.flop(_as_pair(value), unit=False))
        if form == "date" or isinstance(value, date | datetime):
            return self._day(value)
        if form == "link" or isinstance(value, Mapping):
            return self._link(value)
        if isinstance(value, list | tuple):
            return Markup(", ").join(self.show(item, form) for item in value)
        if isinstance(value, Interval):
            return escape(f"{self._formats.number(value.low)} – {self._formats.number(value.high)}")
        if isinstance(value, int | float):
            return escape(str(value) if form == "text" and isinstance(value, int) else self._formats.number(value))
        return self._link(value) if form == "any" and is_subject(str(value)) else escape(value)

    def filed(self, value: Any) -> Markup:
        """A filed value for people, figures with every digit; of parts that are mappings how many, and the first ones
        in short."""
        if isinstance(value, list) and any(isinstance(item, Mapping) and "en" not in item for item in value):
            more = [CUT] if len(value) > PARTS_MAX else []
            parts = [escape(part) for part in [*map(self._in_short, value[:PARTS_MAX]), *more]]
            many = self._words.count("%(num)s part", "%(num)s parts", len(value))
            return Markup("{}<ul>{}</ul>").format(many, Markup("").join(map(Markup("<li>{}</li>").format, parts)))
        if isinstance(value, list) and value:
            return Markup(", ").join(map(self.filed, value))
        return escape(self._formats.exact(value)) if isinstance(value, float) else self.show(value)

    def _in_short(self, part: Any) -> str:
        """What one part of a list says, in a line."""
        named = part.items() if isinstance(part, Mapping) else [("", part)]
        said = []
        for name, value in named:
            nested_in = isinstance(value, Mapping | list | tuple)
            shown = CUT if nested_in else Markup(self.filed(value)).striptags()
            if value not in (None, "", [], {}):
                said.append(f"{name.replace('_', ' ')}: {shown}" if name else shown)
        line = ", ".join(said)
        return line if len(line) <= PART_CHARS_MAX else f"{line[:PART_CHARS_MAX]}{CUT}"

    def plain(self, value: Any) -> Markup:
        """A filed value as it was filed; a reference to a subject becomes a link, nothing else is interpreted."""
        if isinstance(value, bool):
            return self._words.say("Yes") if value else self._words.say("No")
        if isinstance(value, list):
            return Markup(", ").join(self.plain(item) for item in value) or Markup(NOTHING)
        if isinstance(value, str) and is_subject(value):
            return self._naming.link(value)
        return escape(self._formats.exact(value) if isinstance(value, float) else value)

    def state(self, value: Any, words: str = "") -> Markup:
        """A tag that says a state in words, with a mark whose shape says the same as its colour."""
        if isinstance(value, Mapping) and "state" in value:
            words = words or str(value.get("words") or value.get("text") or "")
            value = value["state"]
        if isinstance(value, bool):
            value = "yes" if value else "no"
        if value is None or value == "":
            return Markup('<span class="soft">{}</span>').format(NOTHING)
        code = str(value).strip().lower().replace(" ", "_").replace("-", "_")
        tone, message = STATES.get(code, ("plain", str(value).replace("_", " ")))
        return Markup('<span class="state {}">{}</span>').format(tone, words or self._words.say(message))

    def _day(self, value: Any) -> Markup:
        raw = value.isoformat() if isinstance(value, date | datetime) else str(value)
        shown = self._formats.when(value)
        return Markup('<time datetime="{}">{}</time>').format(raw, shown) if shown != raw else escape(shown)

    def _link(self, value: Any) -> Markup:
        if isinstance(value, Mapping):
            address = str(value.get("href") or value.get("url") or "")
            shown = value.get("text") or value.get("title") or address
            if isinstance(shown, Mapping):
                shown = shown.get(self._formats.language) or shown["en"]
            return self._anchor(address, str(shown)) if address else escape(shown)
        text = str(value)
        if is_subject(text):
            return self._naming.link(text)
        if text.startswith(("https://", "http://")):
            return self._anchor(text, text.split("/")[2].removeprefix("www."))
        if text.startswith("/"):
            return self._anchor(text, text)
        return escape(text)

    def _anchor(self, address: str, shown: str) -> Markup:
        if not address.startswith(("https://", "http://", "/", "#")):
            return escape(shown)
        return Markup('<a href="{}">{}</a>').format(self.address(address), shown)


def _as_pair(value: Any) -> Any:
    return (value.low, value.high) if isinstance(value, Interval) else value


def nested(value: Any) -> bool:
    """Whether a filed list holds more than plain values, so that it reads best as it was filed."""
    return isinstance(value, list) and any(isinstance(item, dict | list) for item in value)
