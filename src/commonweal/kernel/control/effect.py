"""When what two people do takes effect, and after what.

It takes effect at the entry by which it is confirmed, and comes there in the order of things: after all that was filed
while it waited. What it says and names is as it was asked for. Instruments follow it as one entry with the index, time
and leaf of the confirmation and with the words, filer and kind of what was asked for (`Entry.asked_by`), as if it had
been filed once, there; so a rule that reads the order of entries needs no care. Whatever it says is opened where its
words stand, by `Entry.says` and `registry.says`. What came while it waited the second officer is told (`since_then`);
where it holds no more by that it lapses, for a reason that both are told: `Control.since` and `Two.since` by kind.
Confirmed before this was so, it stays where it was asked for (`as_asked`): what was paid by that order was paid.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import create_model

from commonweal.kernel import notices, registry
from commonweal.kernel.instrument import (
    Act,
    Entry,
    Filing,
    Kind,
    Money,
    Reader,
    Reading,
    Row,
    Table,
    Tables,
    Text,
    for_nobody,
)
from commonweal.kernel.record import AUTHORITY
from commonweal.kernel.values import LANGUAGES, instant, stamp

from .answers import HANDS_OVER, UPCASTERS, Seconded, SetAside, Words
from .apart import (
    HOLDER_CHANGED,
    LAPSED,
    LAPSES_AFTER,
    LEFT,
    PARTY,
    STEWARDS,
    Apart,
    Hand,
    of_the_office,
)
from .takes import Decides, Lapse, Moved, Theirs, Two
from .words import GROUNDS, RIGHTED, TITLES

WAITS, DONE, ASIDE = "waits", "done", "aside"
HANDED_OVER = "registry.handed_over"


def payload_of(row: Row) -> dict[str, bytes]:
    """What was attached to the entry, each under its name, as the bytes that were filed."""
    return {name: str(text).encode() for name, text in row["payload"].items()}


@dataclass(frozen=True)
class Effect:
    """How an instrument keeps duties apart where it moves money. `id` is the instrument's, `path` where its pages are.

    `two` are its kinds that take two people, by id; `decides` those by which one who is no party decides, `others` what
    each of the rest is to money; `noun` is what of it has a holder (an account, a claim), of which
    `about` is the marking with which a filing names one. `apart` says who is a party to which. `letter` is the template
    by which a former holder is told, `tells(reader, subject)` gives its values. `interest_in` is the marking with which
    somebody declares an interest, where that is in more than `about`. `theirs` are the kinds by which whose the money
    is says something, and `entered` the template of the letter by which they are told that it was entered for them,
    `not_entered` of the one that it was put aside.

    `hangs(reader, subject)` says what is done instead of annulling the only filing of a subject on which money, or what
    others did, hangs; None where nothing does. `nouns` are those whose identifiers are nobody else's afterwards.
    Why a hand-over holds no more, by what came since it was asked for, says `since`, as of `Two`. By the fields `names`
    something names, by its entry, what two did.
    """

    id: str
    path: str
    noun: str
    about: Any
    apart: Apart
    two: Mapping[str, Two]
    letter: str
    tells: Callable[[Reader, str], Mapping[str, Any]]
    decides: Mapping[str, Decides] = field(default_factory=dict)
    others: Mapping[str, Money] = field(default_factory=dict)
    interest_in: Any = None
    theirs: Mapping[str, Theirs] = field(default_factory=dict)
    entered: str = ""
    not_entered: str = ""
    hangs: Callable[[Reader, str], Text | None] = lambda reader, subject: None
    nouns: Collection[str] = ()
    since: Callable[[Reader, Row], Lapse | None] = lambda reader, row: None
    names: Collection[str] = ()
    waiting: Table = field(init=False)
    interests: Table = field(init=False)
    seconded: Kind = field(init=False)
    set_aside: Kind = field(init=False)
    interest: Kind = field(init=False)
    hand_over: Kind = field(init=False)

    def __post_init__(self) -> None:
        made: dict[str, Any] = {
            "waiting": Table(
                f"{self.id}_second",
                {"entry": "integer", "kind": "text", "version": "integer", "subject": "text", "by": "text",
                 "at": "text", "body": "json", "payload": "json", "state": "text", "second": "text",
                 "done": "integer", "took": "integer", "why": "json"},
                ("entry",), (("state",), ("took",)),
            ),
            "interests": Table(
                f"{self.id}_interest", {"subject": "text", "party": "text", "entry": "integer"}, ("subject", "party"),
                (("party",),),
            ),
            "seconded": self._kind("seconded", Seconded, Text(en="Confirmed by a second officer", zh="第二人确认"),
                                   version=5, upcasters=UPCASTERS, confirms="entry"),
            "set_aside": self._kind("set_aside", SetAside, Text(en="Put aside unconfirmed", zh="未经确认而搁置")),
            "interest": self._kind(
                "interest", create_model(
                    "Interest", __base__=Filing, __doc__="An officer has an interest in this, and keeps out of it.",
                    about=(self.interest_in or self.about, ...), words=(Words, ""),
                ), Text(en="Interest declared", zh="利益申报"), about_field="about",
            ),
            "hand_over": self._kind(
                "hand_over", create_model(
                    "HandOver", __base__=Filing,
                    __doc__="It changes its holder once a second officer has confirmed that. The former one is told.",
                    about=(self.about, ...), **HANDS_OVER,
                ), Text(en="Hand-over asked for", zh="申请变更持有人"), about_field="about", renewable=True,
            ),
        }  # fmt: skip
        for name, value in made.items():
            object.__setattr__(self, name, value)

    def _kind(self, name: str, schema: type[Any], title: Text, **more: Any) -> Kind:
        return Kind(f"{self.id}.{name}", schema, title, files=STEWARDS, righted=RIGHTED[name], **more)

    @property
    def kinds(self) -> tuple[Kind, ...]:
        return self.seconded, self.set_aside, self.interest, self.hand_over

    @property
    def money(self) -> Mapping[str, Money]:
        """What each kind is to money, as far as it is said here."""
        answers = (self.seconded, self.set_aside, self.interest)
        return {
            **self.others, **dict.fromkeys(self.theirs, "owner"), **dict.fromkeys(self.decides, "decides"),
            **dict.fromkeys(self.two, "two"),
            self.hand_over.id: "two", **dict.fromkeys((kind.id for kind in answers), "answers"),
        }  # fmt: skip

    @property
    def tables(self) -> tuple[Table, ...]:
        """What was asked for and takes two: it waits, was done by an entry and took effect as one (`took`), or was put
        aside, or came to nothing (`why`); and declared interests.

        Of what waits no more the words are not kept here.
        """
        return self.waiting, self.interests

    def _two(self, kind: str) -> Two | None:
        """How two act, where a kind may take two."""
        if kind in self.theirs:
            return self.theirs[kind].two
        if kind != self.hand_over.id:
            return self.two.get(kind)
        return Two(
            lambda reader, body: (str(body["about"]),), self._says_hand_over, lambda reader, body: (str(body["to"]),),
            lambda body: str(body["about"]), since=self.since,
        )  # fmt: skip

    def _takes_two(self, kind: str, body: Mapping[str, Any], party: str, reader: Reader) -> Two | None:
        """The same, where it takes two filed by this party: what is theirs people say by themselves, and some acts of a
        kind are one person's."""
        of_theirs, two = self.theirs.get(kind), self._two(kind)
        if two is None or (of_theirs is not None and not of_theirs.entered_for(reader, body, party)):
            return None
        return two if two.when(reader, body) else None

    # ── what takes effect ───────────────────────────────────────────────────────────────────────────────────────────

    def effective(self, entry: Entry, tables: Tables) -> Entry | None:
        """What takes effect with an entry: itself, or what it confirms; None where that waits for a second.

        An entry of a kind that takes two from before it did is taken as it was done: by one.
        """
        body = {name: value for name, value in entry.body.items() if name != "alone"}
        if entry.erased:
            return entry
        if entry.kind == self.interest.id:
            tables.put(self.interests, {"subject": body["about"], "party": entry.author, "entry": entry.index})
        elif entry.kind in (self.seconded.id, self.set_aside.id):
            return self._answered(entry, tables)
        elif (two := self._takes_two(entry.kind, entry.body, entry.author, tables)) is None or entry.body.get("alone"):
            return replace(entry, body=body) if "alone" in entry.body else entry
        else:
            told = {"subject": entry.subject or "", "by": entry.author, "at": stamp(entry.time)}
            payload = {name: entry.blob(name).decode() for name in two.payload}
            about = {"entry": entry.index, "kind": entry.kind, "version": entry.filed_version}
            row = {**about, **told, "body": body, "payload": payload}
            tables.put(self.waiting, {**row, "state": WAITS, "second": "", "done": None, "took": None, "why": None})
        return None

    def _answered(self, entry: Entry, tables: Tables) -> Entry | None:
        row = tables.get(self.waiting, entry.body["entry"])
        if row is None or row["state"] != WAITS:
            return None
        why = self._void(row, entry, tables) if entry.kind == self.seconded.id else None
        done = entry.kind == self.seconded.id and why is None
        took = int(row["entry"]) if entry.body.get("as_asked") else entry.index
        told = {"state": DONE if done else ASIDE, "second": entry.author, "done": entry.index}
        told |= {"took": took if done else None, "why": dict(why) if why else None}
        kept = row["body"] if row["kind"] == self.hand_over.id else {}
        tables.put(self.waiting, {**row, **told, "body": kept, "payload": {}})
        if not done:
            return None
        payload = payload_of(row)
        about = {"subject": row["subject"] or None, "body": row["body"], "author": row["by"]}
        return replace(
            entry, index=took, kind=row["kind"], version=row["version"], **about, blob=payload.__getitem__,
            asked_by=int(row["entry"]), filed_as=None,
        )  # fmt: skip

    def _void(self, row: Row, entry: Entry, reader: Reader) -> Text | None:
        """Why nothing comes of what is confirmed, since it holds no more or a hand is a party as it takes effect: what
        came after the confirmation was checked counts. None where it takes effect."""
        two = self._two(row["kind"])
        if two is None or entry.body.get("first_unasked"):
            return None
        both = [str(row["by"]), entry.author]
        moved, hands = self._moved(row, two, reader), [Hand(one, entry.time, for_nobody, lambda: both) for one in both]
        late = None if entry.body.get("lapse_unasked") else self._late(row, reader, hands[0])
        late = late or (None if entry.body.get("since_unasked") else self._overtaken(row, reader))
        out = late or next((out for one in hands if (out := self._kept_out(moved, one))), None)
        return out[0] if out else None

    def _moved(self, row: Row, two: Two, reader: Reader) -> Moved:
        return Moved(str(row["kind"]), row["body"], two, reader, payload_of(row))

    def _lapsed(self, row: Row, reader: Reader, hand: Hand) -> Lapse | None:
        """Why what was asked for holds no more, and how that is called; None while it does. `hand` tells when, and who
        can sign in."""
        return self._late(row, reader, hand) or self._overtaken(row, reader)

    def _overtaken(self, row: Row, reader: Reader) -> Lapse | None:
        """The same by what came since: whose it was asked for is not whose it is, however it became another's."""
        two = self._two(row["kind"])
        if two is None:
            return None
        handed = registry.handed_since(reader, int(row["entry"]))
        if handed and not handed.isdisjoint(self._moved(row, two, reader).named):
            return HOLDER_CHANGED, "holder_changed"
        return two.since(reader, row)

    def _late(self, row: Row, reader: Reader, hand: Hand) -> Lapse | None:
        """The same by time alone, or by who asked."""
        first = hand._replace(party=str(row["by"]))
        if hand.at - instant(str(row["at"])) > LAPSES_AFTER:
            return LAPSED, "lapsed"
        return None if of_the_office(reader, first) else (LEFT, "first_left")

    def follow(self, entry: Entry, tables: Tables) -> Iterator[Act]:
        """What follows from what took effect: a change of the holder is made, and the former one is told by a letter;
        so is whose something is that was entered for them."""
        if entry.erased:
            return
        if (of_theirs := self.theirs.get(entry.kind)) is not None:
            yield from self._told(entry, of_theirs, tables)
        if entry.kind != self.hand_over.id:
            return
        about, cause = str(entry.body["about"]), (entry.index,)
        told = {name: entry.body[name] for name in ("to", "reason_code", "citation") if entry.body.get(name)}
        former = registry.filer(tables, about)
        yield Act(HANDED_OVER, told, f"{self.id}:handed:{entry.index}", about, causes=cause)
        if former not in (None, AUTHORITY):
            body = {
                "template": self.letter, "party": former, "to": [], "values": dict(self.tells(tables, about)),
                "basis": entry.says, "deliver": [],
            }  # fmt: skip
            yield Act(notices.WANTED.id, body, f"{self.id}:told:{entry.index}", about, causes=cause)

    def _told(self, entry: Entry, of_theirs: Theirs, tables: Tables) -> Iterator[Act]:
        """A letter to each whose it is, where it was entered for them."""
        if not of_theirs.entered_for(tables, entry.body, entry.author):
            return
        yield from self._letters(self.entered, entry, entry.says, tables)

    def put_aside(self, entry: Entry, tables: Tables) -> Iterator[Act]:
        """What follows as something is put aside, asked before it is laid out (`effective`): whose it was as it was
        entered for them are told by a letter that nothing came of it."""
        row = None
        if entry.kind == self.set_aside.id and not entry.erased and self.not_entered:
            row = tables.get(self.waiting, entry.body["entry"])
        if row is not None and row["state"] == WAITS and row["kind"] in self.theirs:
            asked = replace(entry, index=row["entry"], kind=row["kind"], body=row["body"])
            yield from self._letters(self.not_entered, asked, entry.index, tables)

    def _letters(self, template: str, asked: Entry, basis: int, tables: Tables) -> Iterator[Act]:
        """A letter to each whose it was when something was asked for, by what became of it (`basis`)."""
        of_theirs = self.theirs[asked.kind]
        about = str(next(iter(of_theirs.two.concerns(tables, asked.body)), asked.subject))
        what = {language: self._title(asked.kind)[language] for language in LANGUAGES}
        told = {"to": [], "values": {**self.tells(tables, about), "what": what}, "basis": basis, "deliver": []}
        for number, party in enumerate(sorted({*of_theirs.whose(tables, asked.body, asked.index)} - {"", AUTHORITY})):
            body = {"template": template, "party": party, **told}
            key = f"{self.id}:{template.rpartition('.')[2]}:{basis}:{number}"
            yield Act(notices.WANTED.id, body, key, about, causes=(basis,))

    # ── who has a hand in it ──────────────────────────────────────────────────────────────────────────────────────────

    def hands(self, reader: Reader, entry: int) -> set[str]:
        """Who asked for what took effect by an entry, and who confirmed it; nobody where no two did."""
        rows = reader.select(self.waiting, {"took": entry}) if entry else []
        return {str(row[name]) for row in rows for name in ("by", "second")}

    def _party_to(self, moved: Moved, hand: Hand) -> bool:
        return hand.party in moved.parties or self._out(moved.reader, hand, lambda: moved.named)

    def _kept_out(self, moved: Moved, hand: Hand) -> tuple[Text, str] | None:
        """Why somebody has no hand in what takes two, and how that is called; None where they may."""
        if hand.party in moved.before:
            return moved.two.why, "same_person"
        return (PARTY, "party") if self._party_to(moved, hand) else None

    def _out(self, reader: Reader, hand: Hand, named: Callable[[], Sequence[str]]) -> bool:
        return bool(self.apart.against(reader, hand, named, self.declared(reader, hand.party)))

    def handed_over(self, reader: Reader, subject: str) -> list[Row]:
        """The hand-overs of a subject that two officers made, in their order: `done` by which entry."""
        rows = reader.select(self.waiting, {"kind": self.hand_over.id, "state": DONE}, order=("done",))
        return [row for row in rows if row["body"].get("about") == subject]

    def declared(self, reader: Reader, party: str) -> set[str]:
        """The subjects in which somebody declared an interest."""
        return {str(row["subject"]) for row in reader.select(self.interests, {"party": party}, only=("subject",))}

    def rows(self, reader: Reader, hand: Hand | None = None) -> list[Row]:
        """What waits for a second person, oldest first; at the instant of a hand without what lapsed by then."""
        rows = reader.select(self.waiting, {"state": WAITS}, order=("entry",))
        return [row for row in rows if hand is None or self._lapsed(row, reader, hand) is None]

    def _title(self, kind: str) -> Text:
        return TITLES.get(kind.rpartition(".")[2], Text(en=kind, zh=kind))

    def _says_hand_over(self, reading: Reading, row: Row) -> list[tuple[Text, str]]:
        body, tables = row["body"], reading.tables
        reading.told(row["entry"], "about", "to", "reason_code", "citation", "remark")
        about = str(body["about"])
        return [
            (Text(en="Of what", zh="对象"), registry.names(tables, about.partition(":")[0]).get(about, about)),
            (Text(en="From", zh="原持有人"), str(registry.filer(tables, body["about"]) or "–")),
            (Text(en="To", zh="新持有人"), str(body["to"])),
            (Text(en="Ground", zh="依据类别"), GROUNDS[body["reason_code"]].in_(reading.language)),
            (Text(en="Why", zh="理由"), str(body.get("remark") or "–")),
            (Text(en="Legal basis", zh="依据"), str(body.get("citation") or "–")),
        ]
