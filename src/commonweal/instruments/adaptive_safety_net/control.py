"""Whose duties are kept apart: the opening of a programme, runs of payments, files for the bank, what the bank sends
back and what is written down for whoever claims take two officers who claim nothing in them, and of whom none said what
an area spent on which a run pays.

Who filed a claim, spoke for whoever claims or acts for their organisation has no hand in it, and neither has who
declared an interest. That a claim is another's from now on takes two officers as well.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Annotated, Any

from commonweal.kernel import accounts, registry
from commonweal.kernel.control import (
    DEAD,
    RECORDED_BY,
    REPLACED,
    Apart,
    Banks,
    Control,
    Hand,
    Lapse,
    Two,
    called,
    done_since,
    hand_of,
    stands_against,
)
from commonweal.kernel.disclosure.reads import WHOSE
from commonweal.kernel.instrument import Fault, Filer, Marking, Money, Reader, Reading, Row, Text
from commonweal.kernel.record import AUTHORITY
from commonweal.kernel.registry import Ref

from . import aiding, alive_then, counting, owed, programmes, saying
from .kinds import (
    AIDED,
    ANSWER,
    APPEAL,
    APPEAL_DECIDED,
    BANK_ANSWER,
    BANK_ANSWER_TAKEN_BACK,
    BANK_FILE,
    BANK_FILE_NEVER_LEFT,
    CHANGED,
    CLAIM,
    CLAIM_NOUN,
    CLOSED,
    CORRECTED,
    CORRECTION,
    DECIDED,
    LIVES,
    MARKS_KEPT,
    NOT_TAKEN_BACK,
    OPENED,
    PAID,
    PLACE,
    QUESTION,
    REVIEWED,
    RUN,
    RUN_DONE,
    SAMPLED,
    SPENT,
    STEWARDS,
    WITHDRAWN,
    WRITTEN_DOWN,
)
from .laus import area_name
from .programmes import RUN_ROW, STEP, Standing
from .tables import CLAIMED, REPORTS, died, steps_of

PATH = "/safety-net/second"
DONE_FOR: Mapping[str, Text] = {
    "withdrawn": Text(en="is taken back", zh="撤回"), "appeal": Text(en="is appealed", zh="申诉"),
}  # fmt: skip
SPEAKS = (ANSWER.id, APPEAL.id, WITHDRAWN.id, WRITTEN_DOWN.id)
"""By what somebody speaks for whoever claims, beside the claim itself."""


def _by_hand(reader: Reader, where: Mapping[str, Any]) -> list[Row]:
    """The acts by which somebody spoke for whoever claims; what the house did for them two officers wrote down."""
    rows = reader.select(STEP, {**where, "kind": ("in", SPEAKS)}, only=("claim", "by", "kind"))
    return [row for row in rows if row["by"] != AUTHORITY or row["kind"] not in (WITHDRAWN.id, APPEAL.id)]


def _own(reader: Reader, party: str) -> set[str]:
    rows = (*registry.theirs(reader, [party]), *registry.filed_once(reader, party))  # nobody annuls that they filed it
    filed = {str(row["subject"]) for row in rows}
    spoke = _by_hand(reader, {"by": party})
    return {one for one in filed if one.startswith(f"{CLAIM_NOUN}:")} | {str(row["claim"]) for row in spoke}


def _parties(reader: Reader, claim: str) -> set[str]:
    rows = (*registry.versions(reader, claim), *registry.annulled_of(reader, claim))
    filed = {str(row["author"]) for row in rows}
    spoke = _by_hand(reader, {"claim": claim})
    return {*filed, str(registry.filer(reader, claim) or ""), *(str(row["by"]) for row in spoke)} - {""}


def _of_a_run(reader: Reader, body: Mapping[str, Any]) -> Iterable[str]:
    """The claims on which a run would pay something."""
    one = programmes.programme(reader, str(body["programme"]))
    if one is None or one.text.aid is not None:
        return ()
    return owed.payments(
        reader, one, date.fromisoformat(f"{body['month']}-01"), rule=body.get("counts_by", owed.AS_ONE)
    )


def _who_said(reader: Reader, body: Mapping[str, Any]) -> Collection[str]:
    """Who recorded what an area says it spent: a run of aid pays on it."""
    one = programmes.programme(reader, str(body["programme"]))
    if one is None or one.text.aid is None:
        return ()
    return {str(row["by"]) for row in aiding.paid_on(reader, one, date.fromisoformat(f"{body['month']}-01"))}


def _of_payments(reader: Reader, programme: str, ids: Sequence[str]) -> Iterable[str]:
    """The claims of some payments at the bank: `net/c12/2026-06` is on the claim that was first filed as entry 12."""
    named = {id.split("/")[1].removeprefix("c") for id in ids if id.count("/") >= 2}
    about = {"programme": programme, "first": ("in", sorted(int(one) for one in named if one.isdigit()))}
    return sorted(str(row["claim"]) for row in reader.select(CLAIMED, about, only=("claim",)))


def _paying(reading: Reading, programme: str) -> tuple[str, str]:
    one = programmes.programme(reading.tables, programme)
    return (one.name, one.unit) if one else (programme, "")


def _says_run(reading: Reading, row: Row) -> list[tuple[Text, str]]:
    body, one = row["body"], programmes.programme(reading.tables, str(row["body"]["programme"]))
    if one is None:
        return []
    month, said = date.fromisoformat(f"{body['month']}-01"), list[tuple[Text, str]]()
    if one.text.aid is None:
        made = owed.payments(reading.tables, one, month, rule=body.get("counts_by", owed.AS_ONE))
        cents, people = sum(each.cents for _, each in made.values()), str(len(made))
    else:
        cents, people = aiding.owed(reading.tables, one, month).cents, "–"
        said = _says_spent(reading, one, month)
    cut = Text(en="pay everybody the same part", zh="人人按同一比例发放") if body.get("cut_alike") else Text(
        en="pay nobody", zh="不发放")  # fmt: skip
    return [
        (Text(en="Package", zh="方案"), one.name), (Text(en="Through which month", zh="截至月份"), str(body["month"])),
        (Text(en="People who are due something", zh="应领人数"), people),
        *said, (Text(en="Due in all", zh="应付总额"), f"{accounts.written(cents, one.unit)} {one.unit}"),
        (Text(en="If the money does not reach", zh="预算不足时"), cut.in_(reading.language)),
    ]  # fmt: skip


def _came_of_a_run(reading: Reading, row: Row) -> list[tuple[Text, str]]:
    runs = reading.tables.select(RUN_ROW, {"entry": row["took"]})
    one = programmes.programme(reading.tables, runs[0]["programme"]) if runs else None
    if one is None:
        return []
    (run,) = runs
    left = programmes.left(reading.tables, one, reading.today)
    return [
        (Text(en="Package", zh="方案"), one.name), (Text(en="Through which month", zh="截至月份"), str(run["month"])),
        (Text(en="Outcome", zh="状态"), counting.STATES[run["state"]].in_(reading.language)),
        (Text(en="For how many people or areas", zh="涉及人数或地区数"), str(run["paid"])),
        (Text(en="In all", zh="总额"), f"{accounts.written(run['cents'], one.unit)} {one.unit}"),
        (Text(en="Payments that the ledger did not take: they stay due", zh="账本未受理、仍应发放的笔数"),
         str(run["refused"])),
        (Text(en="Left of the budget", zh="预算余额"), f"{accounts.written(max(left, 0), one.unit)} {one.unit}"),
    ]  # fmt: skip


def _says_spent(reading: Reading, one: programmes.Programme, month: date) -> list[tuple[Text, str]]:
    """What the area says it spent, of each month on which the run pays, where that stands and who recorded it."""
    found = []
    for row in aiding.paid_on(reading.tables, one, month):
        amount, who = accounts.written(row["cents"], one.unit), called(reading.tables, row["by"])
        label = Text(en=f"{row['month']}: what it says it spent", zh=f"{row['month']}：申报支出")
        found.append((label, f"{amount} {one.unit} ({row['source']}; {who})"))
    return found


def _says_opening(reading: Reading, row: Row) -> list[tuple[Text, str]]:
    body = row["body"]
    return [
        (Text(en="Programme", zh="项目"), str(body["name"])),
        (Text(en="Package", zh="方案"), f"{body['package']}, {body['version']}"),
        (Text(en="Area", zh="地区"), area_name(str(body["area"]), reading.language)),
        (Text(en="Crossed in", zh="触发月份"), str(body["crossed"])),
        (Text(en="From, to", zh="起止日"), f"{body['opens_on']} – {body.get('closes_on') or '…'}"),
        (Text(en="Budget, out of the public purse", zh="预算（由公帑拨付）"), f"{body['budget']} {body['unit']}"),
        (Text(en="Why", zh="理由"), str(body["reasons"])),
    ]


def _says_written_down(reading: Reading, row: Row) -> list[tuple[Text, str]]:
    body = row["body"]
    stands = programmes.standing(reading.tables, str(body["claim"]))
    reading.told(row["entry"], "claim", "what", "paid_to", "words")
    if stands is None:
        return []
    reading.told(stands.entry, "paid_to")
    now, new = stands.body.get("paid_to") or "–", body.get("paid_to")
    account = [
        (Text(en="The account now", zh="现有账户"), str(now)), (Text(en="The new account", zh="新账户"), str(new)),
    ]  # fmt: skip
    done = [(Text(en="The claim", zh="申领"), DONE_FOR[str(body["what"])].in_(reading.language))] if not new else []
    return [
        (Text(en="Of what", zh="对象"), stands.name),
        *(account if new else done),
        (Text(en="How it was asked for", zh="申领人如何提出"), str(body["words"])),
    ]


def _says_correction(reading: Reading, row: Row) -> list[tuple[Text, str]]:
    body, stands = row["body"], programmes.standing(reading.tables, str(row["body"]["claim"]))
    reading.told(row["entry"], "claim", "words", "appeal", *CORRECTED)
    if stands is None:
        return []
    reading.told(stands.entry, *CORRECTED)
    facts = [
        (saying.NAMED[name],
         " → ".join(saying.fact_words(told, reading.language) for told in (stands.body.get(name) or None, body[name])))
        for name in CORRECTED if body.get(name) is not None
    ]  # fmt: skip
    allows = [(Text(en="The appeal", zh="申诉"), ALLOWS.in_(reading.language))] if body.get("appeal") else []
    return [
        (Text(en="Of what", zh="对象"), stands.name), *allows, *facts, (Text(en="Why", zh="理由"), str(body["words"])),
    ]  # fmt: skip


def _says_change(reading: Reading, row: Row) -> list[tuple[Text, str]]:
    """A death, or that one on record was a mistake."""
    stands = programmes.standing(reading.tables, str(row["body"]["claim"]))
    reading.told(row["entry"], "claim", "what", "on", "known_by", "words")
    mistake, died = row["body"]["what"] == "alive", stands.died if stands else None
    if mistake and died:
        reading.told(died["entry"], "on")
    on = str(died["body"]["on"] if died else "–") if mistake else str(row["body"]["on"])
    what = (Text(en="What is said", zh="所述事项"), LIVED.in_(reading.language))
    return [
        (Text(en="Of what", zh="对象"), stands.name if stands else str(row["body"]["claim"])),
        *((what,) if mistake else ()),
        (Text(en="Day of the death", zh="身故日期"), on),
        *REPORTS.says(reading, row)[int(mistake) :],
        *(_alive_then(reading, row, stands) if stands and not mistake else ()),
        *([(Text(en="Why", zh="理由"), str(row["body"]["words"]))] if row["body"].get("words") else []),
    ]


def _alive_then(reading: Reading, row: Row, stands: Standing) -> Sequence[tuple[Text, str]]:
    """What stands on record against the day of a death."""
    there = list(alive_then.on_record(reading.tables, stands))
    for one in there:
        reading.told(one.entry, *(("lost_on", "jobs") if one.entry == stands.entry else (WHOSE,)))
    return stands_against(row["body"], there, reading.language)


def _says_closing(reading: Reading, row: Row) -> list[tuple[Text, str]]:
    one = programmes.programme(reading.tables, str(row["body"]["programme"]))
    return [
        (Text(en="Package", zh="方案"), one.name if one else str(row["body"]["programme"])),
        (
            Text(en="Nobody new comes under it from then on", zh="此后不再受理新的申领"),
            NOT_OPENED_AGAIN.in_(reading.language),
        ),
        (Text(en="Why", zh="理由"), str(row["body"]["reasons"])),
    ]


def _says_not_taken_back(reading: Reading, row: Row) -> list[tuple[Text, str]]:
    stands = programmes.standing(reading.tables, str(row["body"]["claim"]))
    reading.told(row["entry"], "claim", "withdrawal", "words")
    return [
        (Text(en="Of what", zh="对象"), stands.name if stands else str(row["body"]["claim"])),
        (Text(en="It stands, though two officers wrote down that it is taken back",
              zh="虽经两名官员登记撤回，申领仍有效"), str(row["body"]["withdrawal"])),
        (Text(en="Why", zh="理由"), str(row["body"]["words"])),
    ]  # fmt: skip


def _two_wrote(reader: Reader, body: Mapping[str, Any]) -> bool:
    """Whether what is said to be a mistake was done as two officers had written it down."""
    rows = reader.select(STEP, {"claim": str(body["claim"]), "entry": int(body["withdrawal"])}, only=("by",))
    return any(row["by"] == AUTHORITY for row in rows)


def _claim_since(reader: Reader, row: Row) -> Lapse | None:
    """Of a claim that was made anew since, or whose claimant's death was recorded since."""
    now = registry.subject(reader, str(row["body"]["claim"]))
    return (REPLACED, "replaced") if now is None or now["entry"] > row["entry"] else _died_since(reader, row)


def _done_since(reading: Reading, row: Row) -> Iterable[tuple[Text, str]]:
    """What was done about a claim since something was asked for."""
    steps = reading.tables.select(STEP, {"claim": str(row["body"]["claim"])}, only=("entry",))
    return done_since(reading, row, (int(one["entry"]) for one in steps))


def _died_since(reader: Reader, row: Row) -> Lapse | None:
    claim = str(row["body"].get("claim") or row["body"].get("about"))
    there = reader.select(STEP, {"claim": claim, "kind": CHANGED.id, "entry": (">", int(row["entry"]))})
    return (DEAD, "died") if any(one["body"]["what"] == "died" for one in there) else None


def _change_since(reader: Reader, row: Row) -> Lapse | None:
    """Of a death that was reported: an officer found since, or whoever claims says, that they live. Of one that was a
    mistake: it was taken back, or recorded anew, since."""
    about = {"claim": str(row["body"]["claim"]), "kind": CHANGED.id, "entry": (">", int(row["entry"]))}
    since = [one["body"]["what"] for one in reader.select(STEP, about, only=("body",))]
    if "alive" in since:
        return REPLACED, "replaced"
    return _died_since(reader, row) if row["body"]["what"] == "alive" else REPORTS.holds(reader, row)


def recorders(reader: Reader, body: Mapping[str, Any]) -> set[str]:
    """Who ever recorded that the person of a claim died, and who confirmed it."""
    found = set[str]()
    for row in steps_of(reader, str(body["claim"])):
        if row["kind"] == CHANGED.id and row["body"]["what"] == "died":
            found |= {str(row["by"]), *CONTROL.hands(reader, row["entry"])}
    return found


def undoes_two(reader: Reader, body: Mapping[str, Any]) -> bool:
    """Whether a change takes a death back that is on record, of which the person does not say themselves that they
    live: what whoever holds a claim says of its person is no word of theirs."""
    if body["what"] != "alive" or body.get("undid_alone"):
        return False
    claim = str(body["claim"])
    says = REPORTS.says_living(reader, claim)
    return not (says and says["themselves"]) and died(steps_of(reader, claim)) is not None


def _hangs(reader: Reader, subject: str) -> Text | None:
    """What is done instead of annulling the opening of a programme."""
    return CLOSE_IT if programmes.opened(reader, subject) else None


CLOSE_IT = Text(
    en=f"it is closed to new claims by two officers (“{CLOSED.title['en']}”)",
    zh=f"须由两名官员停止受理（“{CLOSED.title['zh']}”）",
)
NOT_OPENED_AGAIN = Text(
    en="it is not opened again; who came under it keeps what the text gives them",
    zh="不再重新启动；已纳入者仍按文本领取",
)


def _says_ordered(reading: Reading, row: Row) -> list[tuple[Text, str]]:
    reading.told(row["entry"], "citation")
    return [
        *_says_correction(reading, row), (Text(en="The appeal", zh="申诉"), ALLOWS.in_(reading.language)),
        (Text(en="The order", zh="命令"), str(row["body"]["citation"])),
    ]  # fmt: skip


LIVED = Text(en="the death was recorded by mistake: the person lives", zh="身故系误记：本人在世")
ALLOWS = Text(en="is allowed", zh="成立")


def _tells(reader: Reader, claim: str) -> Mapping[str, Any]:
    return {"claim": registry.names(reader, CLAIM_NOUN).get(claim, claim)}


_OTHERS: Mapping[str, Money] = {
    **dict.fromkeys((DECIDED.id, APPEAL_DECIDED.id, CHANGED.id, NOT_TAKEN_BACK.id), "decides"),
    **dict.fromkeys((CLAIM.id, WITHDRAWN.id, LIVES.id), "owner"),
    **dict.fromkeys((PAID.id, RUN_DONE.id, AIDED.id, MARKS_KEPT.id), "house"),
    **dict.fromkeys((QUESTION.id, ANSWER.id, APPEAL.id, SAMPLED.id, REVIEWED.id, SPENT.id, PLACE.id), "none"),
}
BANKS = Banks(
    "adaptive_safety_net", BANK_FILE.id, BANK_ANSWER.id, BANK_FILE_NEVER_LEFT.id, BANK_ANSWER_TAKEN_BACK.id,
    _of_payments, _paying,
    Text(en="Package", zh="方案"),
)  # fmt: skip
CONTROL = Control(
    "adaptive_safety_net", PATH, CLAIM_NOUN, Annotated[str, Marking.AMBER, Ref(CLAIM_NOUN)], Apart(_own, _parties),
    {
        OPENED.id: Two(lambda reader, body: (), _says_opening, one_of=lambda body: str(body["name"])),
        RUN.id: Two(
            _of_a_run, _says_run, _who_said, one_of=lambda body: str(body["programme"]), came=_came_of_a_run
        ),
        **BANKS.two,
        WRITTEN_DOWN.id: Two(
            lambda reader, body: (str(body["claim"]),), _says_written_down, one_of=lambda body: str(body["claim"]),
            since=_claim_since,
            came_since=_done_since,
        ),
        CHANGED.id: Two(
            lambda reader, body: (str(body["claim"]),), _says_change,
            one_of=lambda body: " ".join((str(body["claim"]), *(("alive",) if body["what"] == "alive" else ()))),
            when=lambda reader, body: body["what"] == "died" or undoes_two(reader, body), since=_change_since,
            anew_by=lambda reader, body: recorders(reader, body) if body["what"] == "alive" else (),
            why_anew=RECORDED_BY,
        ),
        CLOSED.id: Two(lambda reader, body: (), _says_closing, one_of=lambda body: str(body["programme"])),
        NOT_TAKEN_BACK.id: Two(
            lambda reader, body: (str(body["claim"]),), _says_not_taken_back, one_of=lambda body: str(body["claim"]),
            when=_two_wrote,
            came_since=_done_since,
        ),
        APPEAL_DECIDED.id: Two(
            lambda reader, body: (str(body["claim"]),), _says_ordered, one_of=lambda body: str(body["claim"]),
            when=lambda reader, body: bool(body.get("citation")),
            came_since=_done_since,
        ),
        CORRECTION.id: Two(
            lambda reader, body: (str(body["claim"]),), _says_correction, one_of=lambda body: str(body["claim"]),
            since=_claim_since,
            came_since=_done_since,
        ),
    },
    "adaptive_safety_net.handed_over", _tells, others=_OTHERS, hangs=_hangs, nouns=(CLAIM_NOUN,), since=_died_since,
    names=("said", "withdrawal"),
)  # fmt: skip


def decided_by(reader: Reader, stands: Standing) -> set[str]:
    """Whoever took a decision on a claim in person, on an appeal too, and both who corrected its facts."""
    by, corrected = set[str](), set[str]()
    for row in stands.steps:
        if row["kind"] == CORRECTION.id:
            corrected |= CONTROL.hands(reader, row["entry"])
        elif row["kind"] == APPEAL_DECIDED.id or (row["kind"] == DECIDED.id and row["body"].get("words")):
            by |= {str(row["by"]), *CONTROL.hands(reader, row["entry"])}
    return (by | corrected) - {AUTHORITY}


def allowing(reader: Reader, stands: Standing, hand: Hand) -> Row | None:
    """What waits for a second officer by which the appeal on a claim is decided; None where nothing does."""
    if stands.appeal is None:
        return None
    about = {CORRECTION.id: stands.appeal["entry"], APPEAL_DECIDED.id: None}
    return next(
        (
            row for row in CONTROL.rows(reader, hand)
            if row["kind"] in about and row["body"]["claim"] == stands.claim
            and row["body"].get("appeal") == about[row["kind"]]
        ), None,
    )  # fmt: skip


def took_back(reader: Reader, stands: Standing) -> set[str]:
    """Whoever took a claim back, or wrote down and confirmed that it is."""
    found = set[str]()
    for row in stands.steps:
        if row["kind"] == WITHDRAWN.id:
            found.add(str(row["by"]))
        elif row["kind"] == WRITTEN_DOWN.id and row["body"]["what"] == "withdrawn":
            found |= CONTROL.hands(reader, row["entry"])
    return found - {AUTHORITY}


def of_a_decision(
    kind: str, body: Mapping[str, Any], stands: Standing, reader: Reader, filer: Filer
) -> Iterable[Fault]:
    """That whoever decides is a party to the claim, or decided before what is now looked at again: a death recorded by
    mistake one officer alone takes back who never recorded one, and that a claim was taken back nobody who did that.

    What the text decides by itself nobody decides, and what happened to themselves people say themselves.
    """
    if kind == DECIDED.id and not body.get("words"):
        return
    if kind == CHANGED.id and (body["what"] != "alive" or not set(STEWARDS) & set(filer.roles)):
        return
    before = _who_recorded(body, reader) if kind == CHANGED.id else _before(kind, stands, reader)
    found = CONTROL.keeps_apart("claim", stands.claim, reader, hand_of(filer), before)
    if found is not None:
        yield found


def _who_recorded(body: Mapping[str, Any], reader: Reader) -> set[str]:
    """Who does not take a death back alone, for they recorded it; nobody where two do, or one asks for it who did
    not."""
    before = recorders(reader, body)
    asked = any(
        (row["kind"], row["body"]) == (CHANGED.id, body) and row["by"] not in before for row in CONTROL.rows(reader)
    )
    return set() if asked or undoes_two(reader, body) else before


def _before(kind: str, stands: Standing, reader: Reader) -> set[str]:
    """Whoever did what an appeal, or that a claim was never taken back, looks at again."""
    if kind in (APPEAL_DECIDED.id, CORRECTION.id):
        return decided_by(reader, stands) | took_back(reader, stands)
    return took_back(reader, stands) if kind == NOT_TAKEN_BACK.id else set()


def bar(reading: Reading, stands: Standing) -> str:
    """Why whoever is reading does not decide what waits of a claim, and who may; empty where they do."""
    kind = APPEAL_DECIDED.id if stands.appeal is not None else NOT_TAKEN_BACK.id if stands.withdrawn else DECIDED.id
    before = _before(kind, stands, reading.tables)
    hand = Hand(reading.party, reading.now, reading.spoke)
    found = CONTROL.keeps_apart("claim", stands.claim, reading.tables, hand, before)
    return found.told[reading.language] if found is not None and found.told else ""
