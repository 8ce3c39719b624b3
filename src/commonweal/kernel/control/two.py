"""What takes two people: asked for by one, confirmed or put aside by another; and who waits for whom."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import create_model

from commonweal.kernel import notices, registry
from commonweal.kernel.disclosure.reads import WHOSE
from commonweal.kernel.instrument import (
    Act,
    Check,
    Deed,
    Entry,
    Fault,
    Filer,
    Filing,
    Kind,
    Money,
    Page,
    Reader,
    Reading,
    Row,
    Table,
    Tables,
    Text,
    Waiting,
    for_nobody,
)
from commonweal.kernel.record import AUTHORITY
from commonweal.kernel.values import LANGUAGES, NotFound, instant, stamp

from .answers import HANDS_OVER, UPCASTERS, Seconded, SetAside, Words
from .apart import (
    FIRST,
    HANGS,
    HOLDER_CHANGED,
    LAPSED,
    LAPSES_AFTER,
    LEFT,
    NOBODY,
    OFFICE,
    PARTY,
    REVIEW,
    SAME_TWO,
    STEWARDS,
    TWO,
    UNDONE,
    USED,
    WAITS_STILL,
    Apart,
    Hand,
    called,
    fault,
    hand_of,
    is_nobody,
    of_the_office,
    wanted,
    who_else,
)
from .takes import Decides, Lapse, Moved, Theirs, Two, withheld
from .words import (
    ASIDE_BUTTON,
    CONFIRMS,
    DECIDE_BUTTON,
    INTEREST_ASKS,
    INTEREST_PAGE,
    LAPSED_LINE,
    RIGHTED,
    RULE,
    SECOND,
    SECOND_PAGE,
    TITLES,
    WHY_ASIDE,
    WHY_CONFIRM,
)

WAITS, DONE, ASIDE = "waits", "done", "aside"
FIRST_IS_PARTY = "first_party"
HOLDS_NO_MORE = ("lapsed", "first_left", "holder_changed", "died", "replaced")
ASKED_ANEW = (FIRST_IS_PARTY, *HOLDS_NO_MORE)
HANDED_OVER, ANNULLED = "registry.handed_over", "record.annulled"


def _payload_of(row: Row) -> dict[str, bytes]:
    return {name: str(text).encode() for name, text in row["payload"].items()}


def _reads(reading: Reading) -> Hand:
    """Whoever reads a page, as a hand: they signed in to read it."""
    return Hand(reading.party, reading.now, reading.spoke, lambda: (reading.party,))


@dataclass(frozen=True)
class Control:
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
    Why a hand-over holds no more, by what came since it was asked for, says `since`, as of `Two`.
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
                 "done": "integer"},
                ("entry",), (("state",),),
            ),
            "interests": Table(
                f"{self.id}_interest", {"subject": "text", "party": "text", "entry": "integer"}, ("subject", "party"),
                (("party",),),
            ),
            "seconded": self._kind("seconded", Seconded, Text(en="Confirmed by a second officer", zh="第二人确认"),
                                   version=4, upcasters=UPCASTERS),
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
        """What was asked for and takes two: it waits, was done (by which entry), or put aside; and declared interests.

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
        """What takes effect with an entry: itself, or what it confirms, as of now; None where that waits for a second.

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
            about = {"entry": entry.index, "kind": entry.kind, "version": entry.version}
            row = {**about, **told, "body": body, "payload": payload}
            tables.put(self.waiting, {**row, "state": WAITS, "second": "", "done": None})
        return None

    def _answered(self, entry: Entry, tables: Tables) -> Entry | None:
        row = tables.get(self.waiting, entry.body["entry"])
        if row is None or row["state"] != WAITS:
            return None
        done = entry.kind == self.seconded.id and (
            bool(entry.body.get("first_unasked")) or self._both_apart(row, entry, tables)
        )
        told = {"state": DONE if done else ASIDE, "second": entry.author, "done": entry.index}
        kept = row["body"] if row["kind"] == self.hand_over.id else {}
        tables.put(self.waiting, {**row, **told, "body": kept, "payload": {}})
        if not done:
            return None
        payload = _payload_of(row)
        about = {"subject": row["subject"] or None, "body": row["body"], "author": row["by"]}
        return replace(
            entry, index=row["entry"], kind=row["kind"], version=row["version"], **about, blob=payload.__getitem__
        )

    def _both_apart(self, row: Row, entry: Entry, reader: Reader) -> bool:
        """Whether neither hand is a party as it takes effect: what came after the confirmation was checked counts."""
        two = self._two(row["kind"])
        if two is None:
            return True
        both = [str(row["by"]), entry.author]
        moved, hands = self._moved(row, two, reader), [Hand(one, entry.time, for_nobody, lambda: both) for one in both]
        late = None if entry.body.get("lapse_unasked") else self._late(row, reader, hands[0])
        late = late or (None if entry.body.get("since_unasked") else self._overtaken(row, reader))
        return late is None and not any(self._kept_out(moved, one) for one in hands)

    def _moved(self, row: Row, two: Two, reader: Reader) -> Moved:
        return Moved(str(row["kind"]), row["body"], two, reader, _payload_of(row))

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
                "basis": entry.index, "deliver": [],
            }  # fmt: skip
            yield Act(notices.WANTED.id, body, f"{self.id}:told:{entry.index}", about, causes=cause)

    def _told(self, entry: Entry, of_theirs: Theirs, tables: Tables) -> Iterator[Act]:
        """A letter to each whose it is, where it was entered for them."""
        if not of_theirs.entered_for(tables, entry.body, entry.author):
            return
        yield from self._letters(self.entered, entry, entry.index, tables)

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

    # ── what is wrong ───────────────────────────────────────────────────────────────────────────────────────────────

    def check(self, act: Act, reader: Reader, filer: Filer, again: Check) -> Iterator[Fault]:
        """The faults of an act by which money moves or is decided on, as far as who files it goes. `again` is the
        instrument's own check: what is confirmed must still hold."""
        yield from self._of_a_number(act, reader, filer)
        if act.kind in (self.seconded.id, self.set_aside.id):
            yield from self._of_an_answer(act, reader, filer, again)
        elif (two := self._takes_two(act.kind, act.body, filer.party, reader)) is not None:
            yield from self._of_a_first(act, two, reader, filer)
        elif (decides := self.decides.get(act.kind)) is not None:
            before, hand = decides.before(reader, act.body), hand_of(filer)
            for subject in decides.concerns(reader, act.body):
                one = self.keeps_apart(decides.where, subject, reader, hand, before, why=decides.why)
                if one is not None:
                    yield one
                    return

    def _of_a_first(self, act: Act, two: Two, reader: Reader, filer: Filer) -> Iterator[Fault]:
        named, hand = str(two.one_of(act.body)), hand_of(filer)
        moved = Moved(act.kind, act.body, two, reader, act.blobs)
        for row in self.rows(reader, hand) if named else ():
            if row["kind"] == act.kind and two.one_of(row["body"]) == named:
                want = Text(
                    en=f"one at a time: entry {row['entry']} waits to be confirmed or put aside ({self.path})",
                    zh=f"一次仅可一项：条目 {row['entry']} 尚待确认或搁置",
                )
                yield wanted("(whole)", named, want, "waits")
        if not of_the_office(reader, hand):
            yield fault("(whole)", filer.party, OFFICE, who_else(reader, hand, {filer.party}), "no_post")
        if out := self._kept_out(moved, hand):
            else_ = who_else(reader, hand, {*moved.before, filer.party})
            yield fault("(whole)", filer.party, out[0], else_, out[1])
        if act.kind == self.hand_over.id and registry.filer(reader, str(act.body["about"])) == act.body["to"]:
            want = Text(en=f"another party than {act.body['to']}, whose it is already", zh="其现已为持有人，须为他人")
            first = registry.versions(reader, str(act.body["about"]))[:1]
            tells = tuple(int(row["entry"]) for row in first)
            yield wanted("to", str(act.body["to"]), want, "owner", tells)
        elif act.kind == self.hand_over.id and is_nobody(reader, hand, str(act.body["to"])):
            yield wanted("to", str(act.body["to"]), NOBODY, "nobody")

    def _of_an_answer(self, act: Act, reader: Reader, filer: Filer, again: Check) -> Iterator[Fault]:
        row = reader.get(self.waiting, int(act.body["entry"]))
        two = self._two(row["kind"]) if row else None
        if row is None or two is None or row["state"] != WAITS:
            there = ", ".join(str(one["entry"]) for one in self.rows(reader)) or "none"
            want = Text(en=f"the entry of what waits for a second officer: {there}",
                        zh=f"须为待第二人确认事项的条目：{there}")  # fmt: skip
            yield wanted("entry", str(act.body["entry"]), want, "reference")
            return
        if act.kind == self.set_aside.id:
            if one := self._bar_aside(row, self._moved(row, two, reader), hand_of(filer)):
                yield one
            return
        hand = hand_of(filer)
        if one := self._bar(row, two, reader, hand):
            yield one
        if row["kind"] == self.hand_over.id and is_nobody(reader, hand, str(row["body"]["to"])):
            yield wanted("entry", str(row["body"]["to"]), NOBODY, "nobody")
        if two.follows:
            return
        same = Act(row["kind"], row["body"], "", row["subject"] or None, blobs=_payload_of(row))
        yield from (replace(one, where="entry", code="outdated") for one in again(same, reader, filer))

    def _bar(self, row: Row, two: Two, reader: Reader, hand: Hand) -> Fault | None:
        """Why somebody may not confirm what waits, and who may; None where they may."""
        moved = self._moved(row, two, reader)
        found = self._barred_by(row, moved, hand)
        return self._says(row, moved, hand, found) if found else None

    def _bar_aside(self, row: Row, moved: Moved, hand: Hand) -> Fault | None:
        """Why somebody does not put aside what waits: they are a party to it. Who asked for it may, and anybody may as
        soon as it holds no more."""
        if hand.party == row["by"] or not self._party_to(moved, hand) or self._lapsed(row, moved.reader, hand):
            return None
        return fault("entry", hand.party, PARTY, who_else(moved.reader, hand, {*moved.before, hand.party}), "party")

    def _says(self, row: Row, moved: Moved, hand: Hand, found: tuple[str, Text, str]) -> Fault:
        """Who is in the way of what waits, why, and who may do it instead."""
        reader, two, first, (party, why, code) = moved.reader, moved.two, str(row["by"]), found
        made = self.hands(reader, two.undoes(reader, row["body"]))
        without = {first, *(made if first in made else ())}
        return fault("entry", party, why, who_else(moved.reader, hand, {*without, hand.party} - self._may(code, hand)),
                     code)  # fmt: skip

    def _may(self, code: str, hand: Hand) -> set[str]:
        """Whoever reads that somebody else is in the way may ask anew themselves."""
        return {hand.party} if code in ASKED_ANEW else set()

    def _barred_by(self, row: Row, moved: Moved, hand: Hand) -> tuple[str, Text, str] | None:
        """Who is in the way of what waits where somebody would confirm it, why, and how that is called."""
        first, reader = str(row["by"]), moved.reader
        if hand.party == first:
            return first, TWO, "same_person"
        if not of_the_office(reader, hand):
            return hand.party, OFFICE, "no_post"
        if out := self._kept_out(moved, hand):
            return hand.party, *out
        if {first, hand.party} <= self.hands(reader, moved.two.undoes(reader, moved.body)):
            return hand.party, SAME_TWO, "same_two"
        if self._kept_out(moved, hand._replace(party=first)):
            return first, FIRST, FIRST_IS_PARTY
        lapsed = self._lapsed(row, reader, hand)
        return (first, *lapsed) if lapsed else None

    def hands(self, reader: Reader, entry: int) -> set[str]:
        """Who asked for what took effect by an entry, and who confirmed it; nobody where no two did."""
        row = reader.get(self.waiting, entry) if entry else None
        return {str(row["by"]), str(row["second"])} if row and row["state"] == DONE else set()

    def _party_to(self, moved: Moved, hand: Hand) -> bool:
        return hand.party in moved.parties or self._out(moved.reader, hand, lambda: moved.named)

    def _kept_out(self, moved: Moved, hand: Hand) -> tuple[Text, str] | None:
        """Why somebody has no hand in what takes two, and how that is called; None where they may."""
        if hand.party in moved.before:
            return moved.two.why, "same_person"
        return (PARTY, "party") if self._party_to(moved, hand) else None

    def _out(self, reader: Reader, hand: Hand, named: Callable[[], Sequence[str]]) -> bool:
        return bool(self.apart.against(reader, hand, named, self.declared(reader, hand.party)))

    def keeps_apart(
        self, where: str, subject: str, reader: Reader, hand: Hand, before: Collection[str], *,
        why: Text = REVIEW,
    ) -> Fault | None:  # fmt: skip
        """Why somebody does not decide about a subject: they are a party to it, or they did `before` what is now looked
        at again (`why`). None where they may."""

        if hand.party not in before and not self._out(reader, hand, lambda: (subject,)):
            return None
        else_ = who_else(reader, hand, {*before, hand.party})
        if hand.party in before:
            return fault(where, hand.party, why, else_, "same_person")
        return fault(where, hand.party, PARTY, else_, "party")

    def check_marked(self, act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
        """That a holder changes by `registry.handed_over` alone, without two officers (what two did the house makes by
        itself, and no door takes it again); or that an annulment undoes what two did, or on what others' money hangs.
        """
        if act.kind == HANDED_OVER:
            want = Text(en=f"{self.hand_over.id}, which a second officer confirms: {TWO['en']} ({self.path})",
                        zh=f"须以 {self.hand_over.id} 提出并经第二人确认：{TWO['zh']}")  # fmt: skip
            yield wanted("(whole)", str(act.subject), want, "two")
        elif act.kind == ANNULLED:
            yield from self._of_an_annulment(act, str(act.subject or ""), reader)

    def _of_an_annulment(self, act: Act, subject: str, reader: Reader) -> Iterator[Fault]:
        entry = int(act.body["entry"])
        row, why, code = reader.get(self.waiting, entry), HANGS, "hangs"
        there = [one["entry"] for one in registry.versions(reader, subject)]
        only = there == [entry]
        instead = (self.hangs(reader, subject) or self._waits_about(reader, subject)) if only else None
        if row is not None and row["state"] == WAITS:
            why, code, instead = WAITS_STILL, "waits", Text(en=f"{self.path}/{entry}", zh=f"{self.path}/{entry}")
        elif row is not None and row["state"] == DONE and entry in there:  # what is no version is annulled by nobody
            why, code, instead = UNDONE, "two", instead or TWO
        elif instead is None:
            return
        want = Text(en=f"{why['en']}: {instead['en']}", zh=f"{why['zh']}：{instead['zh']}")
        yield wanted("entry", str(entry), want, code)

    def _waits_about(self, reader: Reader, subject: str) -> Text | None:
        """Where something about a subject waits for a second officer."""
        for row in self.rows(reader):
            two, path = self._two(row["kind"]), f"{self.path}/{row['entry']}"
            if two is not None and subject in self._moved(row, two, reader).named:
                return Text(
                    en=f"put aside first what waits about it ({path})", zh=f"请先搁置与其有关的待确认事项（{path}）"
                )
        return None

    def _of_a_number(self, act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
        """That one of the office takes a number that was another's, whose money or acts are still about it; others are
        refused it as they are any that is not theirs."""
        if not set(STEWARDS) & set(filer.roles) or (act.subject or "").partition(":")[0] not in self.nouns:
            return
        gone = registry.former(reader, str(act.subject))
        if gone is not None and act.body.get("name") and gone["party"] != (act.body.get("party") or filer.party):
            want = Text({language: words.format(entry=gone["entry"]) for language, words in USED.items()})
            yield wanted("name", str(act.body["name"]), want, "used")

    def handed_over(self, reader: Reader, subject: str) -> list[Row]:
        """The hand-overs of a subject that two officers made, oldest first: `done` by which entry."""
        rows = reader.select(self.waiting, {"kind": self.hand_over.id, "state": DONE}, order=("entry",))
        return [row for row in rows if row["body"].get("about") == subject]

    def declared(self, reader: Reader, party: str) -> set[str]:
        """The subjects in which somebody declared an interest."""
        return {str(row["subject"]) for row in reader.select(self.interests, {"party": party}, only=("subject",))}

    def bar(self, reading: Reading, kind: str, body: Mapping[str, Any]) -> str:
        """Why whoever is reading does not ask for something that takes two, and who may; empty where they do."""
        two, hand = self._two(kind), _reads(reading)
        moved = Moved(kind, body, two, reading.tables) if two else None
        if moved is None or not self._party_to(moved, hand):
            return ""
        else_ = who_else(reading.tables, hand, {hand.party})
        return (fault("(whole)", hand.party, PARTY, else_, "party").told or {})[reading.language]

    # ── what waits ──────────────────────────────────────────────────────────────────────────────────────────────────

    def rows(self, reader: Reader, hand: Hand | None = None) -> list[Row]:
        """What waits for a second person, oldest first; at the instant of a hand without what lapsed by then."""
        rows = reader.select(self.waiting, {"state": WAITS}, order=("entry",))
        return [row for row in rows if hand is None or self._lapsed(row, reader, hand) is None]

    def waits(self, reading: Reading) -> list[Waiting]:
        """For the inbox of every officer who may confirm it, or has to put it aside: what a colleague asked for."""
        if not set(STEWARDS) & set(reading.roles):
            return []
        hand, found = _reads(reading), list[Waiting]()
        for row in self.rows(reading.tables):
            two, asks = self._two(row["kind"]), self._asks(row, hand)
            what: Text | None = SECOND
            if lapsed := self._lapsed(row, reading.tables, asks):
                what = LAPSED_LINE if self._is_told(row, lapsed, reading.party) else None
            elif two and (bar := self._barred_by(row, self._moved(row, two, reading.tables), asks)):
                what = SECOND if bar[2] == FIRST_IS_PARTY else None
            if what is not None:
                found.append(Waiting(what, self._title(row["kind"])[reading.language], f"{self.path}/{row['entry']}"))
        return found

    def _is_told(self, row: Row, lapsed: Lapse, party: str) -> bool:
        """Whether somebody's inbox says that something lapsed: of who asked, and of everybody where they are gone."""
        return row["by"] == party or lapsed[1] == "first_left"

    def _asks(self, row: Row, hand: Hand) -> Hand:
        """Whoever reads a page, where whether the first can still sign in is not known: it is asked as they confirm."""
        return hand._replace(known=lambda: (hand.party, str(row["by"])))

    def lines(self, reading: Reading) -> list[dict[str, Any]]:
        """The same for a page of the office, with what whoever is reading asked for themselves, and why it lapsed."""
        found = []
        for row in self.rows(reading.tables):
            lapsed = self._lapsed(row, reading.tables, self._asks(row, _reads(reading)))
            if lapsed and not self._is_told(row, lapsed, reading.party):
                continue
            mine = row["by"] == reading.party
            if not mine:
                reading.told(row["entry"], WHOSE)
            found.append({
                "words": self._title(row["kind"]).in_(reading.language), "href": f"{self.path}/{row['entry']}",
                "by": called(reading.tables, row["by"]), "at": row["at"], "mine": mine,
                "lapsed": lapsed[0].in_(reading.language) if lapsed else "",
            })  # fmt: skip
        return found

    def asked(self, reading: Reading) -> list[dict[str, Any]]:
        """Everything that was asked for and is not confirmed, the oldest first; also what lapsed."""
        return [
            {
                "words": self._title(row["kind"]).in_(reading.language), "href": f"{self.path}/{row['entry']}",
                "at": row["at"],
            }
            for row in self.rows(reading.tables)
        ]  # fmt: skip

    def party_to(self, reading: Reading, subjects: Sequence[str]) -> bool:
        """Whether whoever is reading is a party to one of these, or declared an interest in it."""
        return self._out(reading.tables, _reads(reading), lambda: subjects)

    def _barred(self, reading: Reading, row: Row) -> Fault | None:
        two, hand = self._two(row["kind"]), self._asks(row, _reads(reading))
        if two is None:
            return None
        if lapsed := self._lapsed(row, reading.tables, hand):  # who asked reads that first
            return self._says(row, self._moved(row, two, reading.tables), hand, (str(row["by"]), *lapsed))
        return self._bar(row, two, reading.tables, hand)

    def _title(self, kind: str) -> Text:
        return TITLES.get(kind.rpartition(".")[2], Text(en=kind, zh=kind))

    def _says_hand_over(self, reading: Reading, row: Row) -> list[tuple[Text, str]]:
        body, tables = row["body"], reading.tables
        reading.told(row["entry"], "about", "to", "citation", "remark")
        about = str(body["about"])
        return [
            (Text(en="Of what", zh="对象"), registry.names(tables, about.partition(":")[0]).get(about, about)),
            (Text(en="From", zh="原持有人"), str(registry.filer(tables, body["about"]) or "–")),
            (Text(en="To", zh="新持有人"), str(body["to"])),
            (Text(en="Why", zh="理由"), str(body.get("remark") or "–")),
            (Text(en="Legal basis", zh="依据"), str(body.get("citation") or "–")),
        ]

    # ── the second officer's page ───────────────────────────────────────────────────────────────────────────────────

    @property
    def pages(self) -> tuple[Page, ...]:
        return (
            Page(f"{self.id}_second", self.path + "/{entry}", SECOND_PAGE, "second.html", self.view, roles=STEWARDS,
                 act=self.deed),
            Page(f"{self.id}_interest", self.path + "/interest/{slug}", INTEREST_PAGE, "interest.html",
                 self.interest_view, roles=STEWARDS, act=self.interest_deed),
        )  # fmt: skip

    def _asked(self, reader: Reader, told: str) -> Row:
        row = reader.get(self.waiting, int(told)) if told.isascii() and told.isdigit() else None
        if row is None or self._two(row["kind"]) is None:
            there = ", ".join(str(one["entry"]) for one in self.rows(reader)) or "none"
            raise NotFound("what waits for a second officer", told, f"those that wait: {there}")
        return row

    def view(self, reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
        """What waits, who asked for it and when, and the form by which it is confirmed or put aside, or why whoever is
        reading does not: a party reads nothing of it. Raises `NotFound`."""
        row, language = self._asked(reading.tables, query["entry"]), reading.language
        two, open_ = self._two(row["kind"]), row["state"] == WAITS
        assert two is not None, "looked at a moment ago"
        barred = self._barred(reading, row) if open_ else None
        hand, moved = self._asks(row, _reads(reading)), self._moved(row, two, reading.tables)
        theirs = open_ and self._party_to(moved, hand)
        keeps = open_ and self._bar_aside(row, moved, hand) is not None
        reading.told(row["entry"], WHOSE)
        if not open_:
            reading.told(row["done"], WHOSE)
        ours = row["state"] == DONE and reading.party in (row["by"], row["second"])  # others may be a party to it
        told = withheld if theirs else two.says if open_ else two.came if ours else None
        return {
            "title": self._title(row["kind"]).in_(language), "entry": row["entry"], "state": row["state"],
            "facts": [(label.in_(language), words) for label, words in told(reading, row)] if told else [],
            "by": called(reading.tables, row["by"]), "at": row["at"], "rule": RULE.in_(language),
            "second": called(reading.tables, row["second"]) if row["second"] else "", "done": row["done"],
            "bar": barred.told[language] if barred and barred.told else "",
            "asks": () if keeps or not open_ else (WHY_ASIDE,) if barred else (CONFIRMS, WHY_CONFIRM),
            "button": (ASIDE_BUTTON if barred else DECIDE_BUTTON).in_(language),
            "action": f"{self.path}/{row['entry']}",
        }  # fmt: skip

    def deed(self, reading: Reading, given: Mapping[str, str]) -> Deed:
        """What the second officer decides. Raises `NotFound`."""
        row = self._asked(reading.tables, given["entry"])
        if given.get("outcome") == "confirm":
            act = Act(self.seconded.id, {"entry": row["entry"]}, "")
        else:
            act = Act(self.set_aside.id, {"entry": row["entry"], "words": given.get("words", "")}, "")
        return Deed((act,), f"{self.path}/{row['entry']}")

    def _subject(self, reader: Reader, slug: str) -> str:
        subject = f"{self.noun}:{slug}"
        if registry.subject(reader, subject) is None:
            raise NotFound(self.noun, slug, "the page of what the interest is in leads here")
        return subject

    def interest_view(self, reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
        """The form by which an officer says that they have an interest. Raises `NotFound`."""
        subject = self._subject(reading.tables, query["slug"])
        held = subject in self.declared(reading.tables, reading.party)
        return {
            "name": registry.names(reading.tables, self.noun).get(subject, subject), "held": held,
            "action": f"{self.path}/interest/{query['slug']}", "asks": () if held else (INTEREST_ASKS,),
        }  # fmt: skip

    def interest_deed(self, reading: Reading, given: Mapping[str, str]) -> Deed:
        """The declaration. Raises `NotFound`."""
        subject = self._subject(reading.tables, given["slug"])
        body = {"about": subject, "words": given.get("words", "")}
        return Deed((Act(self.interest.id, body, "", subject),), f"{self.path}/interest/{given['slug']}")
