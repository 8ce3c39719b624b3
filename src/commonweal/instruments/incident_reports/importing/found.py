"""What the readers of other databases share: acts with their places, faults that are named once, remarks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from commonweal.kernel.instrument import Act, Imported, Kind
from commonweal.kernel.values import BadInput, Fault, TooLarge, as_uri, faults_of, shown, subject_id, utf8

from ..reports import ITEMS_MAX

BYTES_MAX, ROWS_MAX, FAULTS_MAX, REMARKS_MAX = 256 << 20, 200_000, 200, 200
LINE_MAX, WORDS_MAX, URL_MAX, SOURCES_MAX = 200, 20_000, 500, 500
_URL = re.compile(r"https?://[!-~]+")


@dataclass
class Found:
    """What a reader has found so far in one file."""

    name: str
    acts: list[Act] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    seen: dict[str, str] = field(default_factory=dict)
    silent: Sequence[str] = ()

    def add(self, kind: Kind, body: Mapping[str, Any], place: str) -> None:
        """An act of a kind, held against its schema. Importing the same thing again says nothing new: it is one act."""
        body = {name: value for name, value in body.items() if value not in (None, "", [], ())}
        try:
            kind.schema.model_validate(body)
        except ValidationError as error:
            self.faults += [Fault(f"{place}, {one.where}", one.seen, one.want, one.code) for one in faults_of(error)]
            return
        if kind.noun:
            first = self.seen.setdefault(subject_id(kind.noun, str(body["name"])), place)
            if first != place:
                self.fault(place, body["name"], f"each once in a file; {first} is about the same", "repeated")
                return
        self.acts.append(Act(kind.id, body, key=""))
        self.places.append(place)

    def fault(self, place: str, seen: object, want: str, code: str) -> None:
        self.faults.append(Fault(place, shown(seen), want, code))

    def remark(self, words: str) -> None:
        self.remarks.append(words)

    def done(self) -> Imported:
        """All of it. Raises `BadInput` with every fault, of which at most so many are named one by one."""
        if not self.acts and not self.faults:
            self.fault("(whole)", self.name, "at least one incident, report or classification", "empty")
        if self.faults:
            named, more = self.faults[:FAULTS_MAX], len(self.faults) - FAULTS_MAX
            rest = [Fault("(whole)", f"{more} more faults", "mend these first", "more")] if more > 0 else []
            raise BadInput([*named, *rest], self.name)
        more = len(self.remarks) - REMARKS_MAX
        remarks = [*self.remarks[:REMARKS_MAX], *([f"and {more} more remarks"] if more > 0 else [])]
        return Imported(tuple(self.acts), tuple(remarks), tuple(self.places), silent=self.silent)

    # ── cells ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def line(self, text: object, place: str, what: str) -> str:
        """A text on one line; what is longer than a line may be is cut, with a remark."""
        words = " ".join(str(text or "").split())
        if len(words) > LINE_MAX:
            self.remark(f"{place}: {what} is cut to {LINE_MAX} of {len(words)} characters")
            words = words[: LINE_MAX - 1] + "…"
        return words

    def names(self, items: Iterable[object], place: str, what: str) -> list[str]:
        """Different names, each on one line; those beyond what a filing holds are left out, with a remark."""
        found = list(dict.fromkeys(line for item in items if (line := self.line(item, place, what))))
        if len(found) > ITEMS_MAX:
            self.remark(f"{place}: {what}: {len(found) - ITEMS_MAX} of {len(found)} are left out")
        return found[:ITEMS_MAX]

    def words(self, text: object, place: str, what: str) -> str:
        words = str(text or "").strip()
        if len(words) > WORDS_MAX:
            self.remark(f"{place}: {what} is cut to {WORDS_MAX} of {len(words)} characters")
        return words[:WORDS_MAX]

    def addresses(self, items: Iterable[object], place: str) -> list[str]:
        """Addresses on the web; anything else is left out, with a remark."""
        found = []
        for item in dict.fromkeys(_in_ascii(str(one or "").strip()) for one in items):
            if _URL.fullmatch(item) and len(item) <= URL_MAX:
                found.append(item)
            elif item:
                self.remark(f"{place}: no address on the web, or a longer one than {URL_MAX} characters: {shown(item)}")
        return found[:SOURCES_MAX]


def _in_ascii(address: str) -> str:
    """An address with letters of any script as addresses are written; what is none stays as it is."""
    try:
        return str(as_uri(address))
    except ValueError:
        return address


def text_of(data: bytes, name: str) -> str:
    """The text of a file within bounds. Raises `TooLarge` and `BadInput`."""
    if len(data) > BYTES_MAX:
        raise TooLarge(Fault("(file)", f"{len(data):,} bytes", f"at most {BYTES_MAX:,}", "size"), name)
    return utf8(data, name, BadInput).removeprefix("\ufeff")


def bounded(items: Iterable[Any], name: str) -> Iterator[tuple[int, Any]]:
    """Items with their number from 1, refused beyond so many. Raises `TooLarge`."""
    for number, item in enumerate(items, 1):
        if number > ROWS_MAX:
            raise TooLarge(
                Fault("(file)", f"more than {ROWS_MAX:,}", f"at most {ROWS_MAX:,} in one file", "size"), name
            )
        yield number, item
