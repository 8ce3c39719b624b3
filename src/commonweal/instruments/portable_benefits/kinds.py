"""What is filed here: accounts that people open, payers, their files of contributions, what is taken out and claimed.

Nothing that names a person is public: the record shows that there is an account under a number which gives nothing
away. Every payer knows the numbers of its people, so what is done about an account is in confidence (`confides`): the
log says of it no more than that something was done on that day. Whose an account is reads whoever opened it. A payer's
file is sealed, its rows with it; the totals of it are for the fund, and its Merkle root for auditors, who are shown
single rows with what proves them. What is taken out, brought in and claimed is for the member and whoever filed it, and
not for the fund: it is told totals.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files as files_of
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator
from typing_extensions import TypedDict

from commonweal.kernel.accounts import (
    FILE_PAYMENTS_MAX,
    BankDocument,
    BankOdd,
    BankSaid,
    Digest,
    PaymentId,
    bank_account,
)
from commonweal.kernel.control import KnownBy, Speaker, by_one, by_themselves, undid_alone
from commonweal.kernel.disclosure import HOUSE_SAYS
from commonweal.kernel.instrument import (
    PERSONAL,
    PUBLIC,
    TO_OWNER,
    Attached,
    Attachment,
    Filing,
    Index,
    Kind,
    Marking,
    Text,
)
from commonweal.kernel.registry import Day, FiledFor, NotFuture, Ref, SaidBy
from commonweal.kernel.values import read_toml

ID = "portable_benefits"
PAYEES_KEPT, HEIRS_KEPT = "benefits_payees", "benefits_heirs"
"""Retention classes of what is needed until money arrived. What moved money stays: the ledger follows from it."""
MEMBER_NOUN, PAYER_NOUN = "benefits_member", "benefits_payer"
STEWARDS = ("officer", "authority")
FILERS = ("developer", "observer", *STEWARDS)
ROWS = "rows"
"""The name of the payload in which the rows of a file lie."""
ROWS_MAX = 1_000_000
PARTS_MAX = 10_000
SAMPLE_MAX = 200
Line = Annotated[str, Field(min_length=1, max_length=200)]
Number = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$", max_length=40, strip_whitespace=True)
]
"""A number of an account or payer. It tells nobody's identity, for everybody sees it."""
Cents = Annotated[int, Field(ge=1, le=10**12)]
Programme = Annotated[str, PUBLIC, Field(pattern=r"^portable_benefits\.[a-z][a-z0-9_]{0,30}$")]
PotId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,23}$")]
SaidByMember = Annotated[Speaker | None, SaidBy((("member", "self"),)), Marking.RED, TO_OWNER]
"""Who says something of an account: its holder, an officer for them, or neither, such as an heir."""
Period = Annotated[str, PUBLIC, Field(pattern=r"^\d{4}-(Q[1-4]|0[1-9]|1[0-2])$")]
MemberOrNone = Field(pattern=r"^$|^benefits_member:[a-z0-9\-]{1,40}$")
"""An account as it is named on the record; empty where a part begins with the first or ends with the last."""

Reason = Literal[
    "health", "retirement", "training", "paid_leave", "emergency", "hardship", "moved_to_another_scheme", "death",
]  # fmt: skip
REASONS: Mapping[str, Text] = {
    "health": Text(en="Health costs", zh="医疗费用"),
    "retirement": Text(en="Retirement", zh="退休"),
    "training": Text(en="Training", zh="培训"),
    "paid_leave": Text(en="Time off", zh="带薪休假"),
    "emergency": Text(en="Emergency", zh="紧急情况"),
    "hardship": Text(en="Hardship", zh="生活困难"),
    "moved_to_another_scheme": Text(en="Moved to another scheme", zh="转出至其他计划"),
    "death": Text(en="Death of the member", zh="账户持有人身故"),
}


class Member(Filing):
    """Somebody opens an account that is theirs whoever they work for. `name` is its number, given to payers.

    An officer who opens it for somebody says in `party` who they are here; it is that party's at once.
    """

    name: Annotated[Number, PUBLIC]
    fictitious: Annotated[bool, PUBLIC] = False
    party: Annotated[
        str | None, Marking.RED, PERSONAL, FiledFor(), Field(pattern=r"^party:[a-z0-9][a-z0-9:_.\-]{0,95}$")
    ] = None
    person: Annotated[Line | None, Marking.RED, PERSONAL] = None


class Died(Filing):
    """The person of an account died, whoever holds it. Work that begins afterwards is nobody's.

    Until a second officer has confirmed it, it is a report: payments are held, and nothing else changes. That a day is
    right though something is on record of the person after it is said by `against_record`, with `words` why.
    """

    member: Annotated[str, Marking.AMBER, Ref(MEMBER_NOUN)]
    on: Annotated[Day, NotFuture(), TO_OWNER]
    known_by: Annotated[KnownBy, TO_OWNER] = "report"
    against_record: Annotated[bool, TO_OWNER] = False
    words: Annotated[str, Field(max_length=2000), TO_OWNER] = ""


class Lives(Filing):
    """The person of an account says that they live though their death was reported, or who holds the account for them
    says it. A mere report ends by that."""

    member: Annotated[str, Marking.AMBER, Ref(MEMBER_NOUN)]
    words: Annotated[str, Field(max_length=4000)] = ""


class Alive(Filing):
    """A death was recorded by mistake: the person of the account lives. What heirs were paid is to come back.

    It takes effect once a second officer has confirmed it, unless the person says it too (`Lives`) and no account of
    theirs was divided. `alone` marks one from before two were asked for at all, `undid_alone` one from before they were
    where nothing was divided.
    """

    member: Annotated[str, Marking.AMBER, Ref(MEMBER_NOUN)]
    words: Annotated[str, Field(min_length=1, max_length=4000)]
    alone: Annotated[bool, HOUSE_SAYS] = False
    undid_alone: Annotated[bool, HOUSE_SAYS] = False


class NotServed(Filing):
    """An officer found that there was no work in these months, though a payer once said so: they count no longer, and
    what vested by them vests no more."""

    member: Annotated[str, Marking.AMBER, Ref(MEMBER_NOUN)]
    served_months: Annotated[
        tuple[Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")], ...],
        Marking.RED,
        TO_OWNER,
        Field(min_length=1, max_length=600),
    ]
    words: Annotated[str, Marking.RED, TO_OWNER, Field(min_length=1, max_length=4000)]


class Recovered(Filing):
    """Money that was paid too much came back to the fund's bank: of which payment (its entry), as two officers saw it.

    `alone` marks what one recorded before that was asked for.
    """

    programme: Programme
    member: Annotated[str, Marking.AMBER, Ref(MEMBER_NOUN)]
    payment: Annotated[int, Marking.RED, TO_OWNER, Field(ge=0)]
    cents: Annotated[Cents, Marking.RED, TO_OWNER]
    on: Annotated[Day, NotFuture(), Marking.RED, TO_OWNER]
    reference: Annotated[str, Marking.RED, TO_OWNER, Field(max_length=80)] = ""
    alone: Annotated[bool, HOUSE_SAYS] = False


Relation = Literal["spouse", "partner", "child", "parent", "named", "executor", "other"]
RELATIONS: Mapping[str, Text] = {
    "spouse": Text(en="Spouse", zh="配偶"),
    "partner": Text(en="Partner", zh="伴侣"),
    "child": Text(en="Child", zh="子女"),
    "parent": Text(en="Parent", zh="父母"),
    "named": Text(en="Named in a will", zh="遗嘱指定"),
    "executor": Text(en="Executor of the estate", zh="遗产执行人"),
    "other": Text(en="Somebody else", zh="其他"),
}


class Heir(Filing):
    """Somebody says that they inherit from the holder of an account: by what, and what proves it."""

    member: Annotated[str, Marking.AMBER, Ref(MEMBER_NOUN)]
    person: Annotated[Line, PERSONAL]
    relationship: Annotated[Relation, PERSONAL]
    words: Annotated[str, Field(min_length=1, max_length=4000), PERSONAL]
    evidence: Annotated[tuple[Attachment, ...] | None, Attached(count_max=10), PERSONAL] = None


class Share(TypedDict):
    """What part of an account an heir gets, by the entry of their claim: `1/2`, `0.25`, `1`."""

    claim: Annotated[int, Field(ge=0)]
    share: Annotated[str, Field(pattern=r"^(1|0\.[0-9]{1,9}|[1-9][0-9]{0,8}/[1-9][0-9]{0,8})$")]


class Estate(Filing):
    """What is free in the account of somebody who died is divided once a second officer confirmed how; parts come to 1
    together.

    What earlier decisions gave and the bank does not have is divided with it where `anew` says so, by the entries of
    those payments. `alone` marks a decision from before two were asked for, `promised` one from before only what the
    fund received vested.
    """

    member: Annotated[str, Marking.AMBER, Ref(MEMBER_NOUN)]
    shares: Annotated[tuple[Share, ...], Field(min_length=1, max_length=50)]
    refused: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(max_length=1000)] = ()
    words: Annotated[str, Field(min_length=1, max_length=4000)]
    anew: Annotated[tuple[Index, ...], Marking.RED, Field(max_length=1000)] = ()
    alone: Annotated[bool, HOUSE_SAYS] = False
    promised: Annotated[bool, HOUSE_SAYS] = False


class Payer(Filing):
    """Who pays in: an employer, a platform, a school, or somebody who works for themselves. `name` is its number."""

    name: Annotated[Number, PUBLIC]
    fictitious: Annotated[bool, PUBLIC] = False
    called: Line
    sort: Literal["employer", "platform", "school", "self_employed"] = "employer"


SORTS: Mapping[str, Text] = {
    "employer": Text(en="Employer", zh="雇主"),
    "platform": Text(en="Platform", zh="平台"),
    "school": Text(en="School", zh="学校"),
    "self_employed": Text(en="Self-employed", zh="自雇"),
}


class Confirmed(Filing):
    """An officer found that a payer is who it says it is. Before, no file of it posts anything. Of one that two found
    not to be, it takes effect once a second officer has confirmed it; `alone` marks one from before that was asked for.
    """

    payer: Annotated[str, Ref(PAYER_NOUN)]
    alone: Annotated[bool, HOUSE_SAYS] = False


class ConfirmationEnded(Filing):
    """A payer is confirmed no more: it is not who it says it is, or misled the fund. No file of it posts anything from
    then on. It takes effect once a second officer has confirmed it.

    What its files say of work before the day `since` counts as it stands, what reaches to it or beyond does not;
    without one all that they say counts.
    """

    payer: Annotated[str, Marking.GREEN, Ref(PAYER_NOUN)]
    since: Annotated[Day | None, Marking.GREEN, NotFuture()] = None
    words: Annotated[str, Field(min_length=1, max_length=2000)]


class Contributions(Filing):
    """A payer's file for a period: all that it says of everybody's work there. A later one replaces it.

    Rows lie in the payload. `root` is the Merkle root of them, `label` tells a file from one with the same rows. A
    large file comes in parts: `part` of `parts` says all there is of the members that follow on `after`, `up_to`
    included. One that an officer enters for the payer (`said_by`) waits for a second. `newest_text` marks one from
    before its period was held against the day on which a text is in force: it goes by the text adopted last.
    """

    programme: Programme
    period: Period
    payer: Annotated[str, Ref(PAYER_NOUN, owned=True)]
    rows: Annotated[int, Field(ge=1, le=ROWS_MAX)]
    root: Annotated[Digest, Marking.GREEN]
    label: Annotated[str, Field(max_length=40)] = ""
    after: Annotated[str, Marking.RED, MemberOrNone] = ""
    up_to: Annotated[str, Marking.RED, MemberOrNone] = ""
    part: Annotated[int, Field(ge=1, le=PARTS_MAX)] = 1
    parts: Annotated[int, Field(ge=1, le=PARTS_MAX)] = 1
    said_by: Annotated[Speaker | None, SaidBy((("payer", "self"),))] = None
    newest_text: Annotated[bool, HOUSE_SAYS] = False


class Paid(Filing):
    """Money came from a payer to the fund's bank: it counts once a second officer has seen it there too.

    Far more than it is told to owe, or ever paid, is asked about: that so much came all the same is said by
    `more_than_owed`. `alone` marks what one recorded before a second was asked for.
    """

    programme: Programme
    payer: Annotated[str, Ref(PAYER_NOUN)]
    cents: Cents
    on: Annotated[Day, NotFuture()]
    reference: Annotated[str, Field(max_length=80)] = ""
    more_than_owed: bool = False
    alone: Annotated[bool, HOUSE_SAYS] = False


class ReceiptTakenBack(Filing):
    """Money that was booked as received did not come, did not stay, or is another payer's (`payer`): by the entry of
    the receipt. It takes effect once a second officer has confirmed it."""

    programme: Programme
    receipt: Annotated[Index, Marking.RED]
    payer: Annotated[str | None, Marking.RED, Ref(PAYER_NOUN)] = None
    words: Annotated[str, Marking.RED, Field(min_length=1, max_length=2000)]


class FeeMadeGood(Filing):
    """The office paid into the fund's bank what a bank had kept of money that it gave back. It takes effect once a
    second officer has seen it there too."""

    programme: Programme
    cents: Cents
    on: Annotated[Day, NotFuture()]
    reference: Annotated[str, Field(max_length=80)] = ""


class TakenOut(Filing):
    """A member takes money out of a pot of theirs, for a reason that the programme knows; or moves it elsewhere (`to`).

    What the programme allows is paid at once; what it does not is refused before it is recorded. What an officer enters
    for them (`said_by`) waits for a second. `newest_text` marks one from before the office's terms of keeping a part
    were held against the day on which they are in force, `promised` one from before only what the fund received vested.
    """

    programme: Programme
    member: Annotated[str, Marking.AMBER, Ref(MEMBER_NOUN, owned=True)]
    pot: Annotated[PotId, Marking.RED, TO_OWNER]
    cents: Annotated[Cents, Marking.RED, TO_OWNER]
    reason: Annotated[Reason, Marking.RED, TO_OWNER]
    to: Annotated[str, Marking.RED, TO_OWNER, Field(max_length=200)] = ""
    said_by: SaidByMember = None
    newest_text: Annotated[bool, HOUSE_SAYS] = False
    promised: Annotated[bool, HOUSE_SAYS] = False


class WithdrawalTakenBack(Filing):
    """A member takes back what they asked to take out or move, by its entry, while the bank does not have it: what did
    not go out is in the pot again. What an officer enters for them (`said_by`) waits for a second."""

    programme: Programme
    member: Annotated[str, Marking.AMBER, Ref(MEMBER_NOUN, owned=True)]
    payment: Annotated[Index, Marking.RED, TO_OWNER]
    said_by: SaidByMember = None


class Payee(Filing):
    """In whose name and on which account money arrives that is taken out: an IBAN, or `021000021/12345`.

    `to` is empty for the member themselves; else it is the scheme to which money moves, or `heir 12`, by the entry of
    the heir's claim. Said again, it takes the place of what was said before. What an officer enters for whoever gets
    the money (`said_by`) waits for a second. `former_spoke` marks one from before whose the account once was
    said nothing of what goes to an heir.
    """

    member: Annotated[str, Marking.AMBER, Ref(MEMBER_NOUN)]
    to: Annotated[str, Marking.RED, TO_OWNER, Field(max_length=200)] = ""
    person: Annotated[str, Marking.RED, TO_OWNER, PERSONAL, Field(min_length=1, max_length=140)]
    paid_to: Annotated[str, Marking.RED, TO_OWNER, PERSONAL, Field(max_length=60)]
    said_by: SaidByMember = None
    former_spoke: Annotated[bool, HOUSE_SAYS] = False

    @model_validator(mode="after")
    def _sound(self) -> Payee:
        try:
            bank_account(self.paid_to)
        except ValueError as error:
            raise ValueError(f"paid_to: {error}") from error
        return self


class BankFile(Filing):
    """A file of payments went to the bank: which, by the id that comes back with each, for how much, by its digest.

        How many they are is for officers; what they come to is for nobody who reads totals of the fund. `told_by`
        are the entries
    (`portable_benefits.payee`) that say to which account each goes. It is made once a second officer has
    confirmed it; `alone` marks one from before that was asked for.
    """

    programme: Programme
    file_id: Annotated[str, PUBLIC, Field(pattern=r"^pb-[a-z0-9\-]{1,24}-[0-9]{1,6}$")]
    payments: Annotated[int, Marking.AMBER_STRICT, Field(ge=1, le=FILE_PAYMENTS_MAX)]
    on: Annotated[Day, PUBLIC]
    made_at: Annotated[str, Marking.RED, Field(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$")]
    cents: Annotated[int, Marking.RED, Field(ge=1)]
    payment_ids: Annotated[tuple[PaymentId, ...], Marking.RED, Field(max_length=FILE_PAYMENTS_MAX)]
    told_by: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Marking.RED, Field(max_length=FILE_PAYMENTS_MAX)] = ()
    debtor: Annotated[str, Marking.RED, Field(min_length=1, max_length=140)]
    debtor_account: Annotated[str, Marking.RED, Field(min_length=1, max_length=60)]
    debtor_bic: Annotated[str, Marking.RED, Field(max_length=11)] = ""
    sha256: Annotated[Digest, Marking.RED]
    alone: Annotated[bool, HOUSE_SAYS] = False


class BankAnswer(Filing):
    """What a bank's document says of a file: how many payments it settled, sent back, and has not decided on.

    All of it follows from the document, which is the payload. `bank_odd` are movements that do not count: a person asks
    the bank. What was sent back goes out again once a second officer has confirmed it. Answers that were once filed
    without a document name what the bank did not take; `alone` marks those from before two were asked for,
    `undid_alone` those from before two were asked for what undoes a word of two.
    """

    programme: Programme
    file_id: Annotated[str, PUBLIC, Field(max_length=35)]
    bank_took: Annotated[int, Marking.AMBER_STRICT, Field(ge=0)]
    bank_sent_back: Annotated[int, Marking.AMBER_STRICT, Field(ge=0)]
    bank_open: Annotated[int, Marking.AMBER_STRICT, Field(ge=0)]
    bank_said: Annotated[tuple[BankSaid, ...], Marking.RED, Field(max_length=FILE_PAYMENTS_MAX)] = ()
    bank_odd: Annotated[tuple[BankOdd, ...], Marking.RED, Field(max_length=FILE_PAYMENTS_MAX)] = ()
    bank_document: Annotated[BankDocument | None, Marking.RED] = None
    bank_wrote_at: Annotated[str, Marking.RED, Field(pattern=r"^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z)?$")] = ""
    sha256: Annotated[Digest, Marking.RED]
    alone: Annotated[bool, HOUSE_SAYS] = False
    undid_alone: Annotated[bool, HOUSE_SAYS] = False


class BankFileNeverLeft(Filing):
    """A file of payments never reached the bank, which said nothing of it: its payments go into the next one, once a
    second officer has confirmed that."""

    programme: Programme
    file_id: Annotated[str, PUBLIC, Field(max_length=35)]
    words: Annotated[str, Field(min_length=1, max_length=2000)]
    alone: Annotated[bool, HOUSE_SAYS] = False


class BankAnswerTakenBack(Filing):
    """What an entry (`said`) said of payments of a file at the bank was wrong, and is taken back: each stands as what
    else was said of it has it. It takes effect once a second officer has confirmed it."""

    programme: Programme
    file_id: Annotated[str, PUBLIC, Field(max_length=35)]
    said: Annotated[Index, Marking.RED]
    payment_ids: Annotated[tuple[PaymentId, ...], Marking.RED, Field(min_length=1, max_length=FILE_PAYMENTS_MAX)]
    words: Annotated[str, Field(min_length=1, max_length=2000)]


class BroughtIn(Filing):
    """A member's money comes from another scheme: theirs once a second officer has seen it there too.

    `alone` marks what came in before that was asked for.
    """

    programme: Programme
    member: Annotated[str, Marking.AMBER, Ref(MEMBER_NOUN)]
    pot: Annotated[PotId, Marking.RED, TO_OWNER]
    cents: Annotated[Cents, Marking.RED, TO_OWNER]
    scheme: Annotated[Line, Marking.RED, TO_OWNER]
    reference: Annotated[str, Marking.RED, TO_OWNER, Field(max_length=80)] = ""
    on: Annotated[Day, NotFuture(), Marking.RED, TO_OWNER]
    alone: Annotated[bool, HOUSE_SAYS] = False


class Claim(Filing):
    """A member claims from a pool for weeks that are over, in which they did not work. The rule decides on it, of what
    an officer enters for them (`said_by`) once a second has confirmed it.

    `backwards` marks one from before each year of weeks was looked at, and not only the one before the claim;
    `newest_text` one from before it was decided by the text in force on its first day, and stood by that: it goes by
    the text adopted last; `rounded_twice` one from before a week's benefit was rounded once, and not of a rounded
    typical week.
    """

    programme: Programme
    member: Annotated[str, Marking.AMBER, Ref(MEMBER_NOUN, owned=True)]
    begins: Annotated[Day, Marking.RED, TO_OWNER]
    weeks: Annotated[int, Field(ge=1, le=52), Marking.RED, TO_OWNER]
    said_by: SaidByMember = None
    backwards: Annotated[bool, HOUSE_SAYS] = False
    newest_text: Annotated[bool, HOUSE_SAYS] = False
    rounded_twice: Annotated[bool, HOUSE_SAYS] = False


class StatementAsked(Filing):
    """A member asks for their statement as a letter."""

    member: Annotated[str, Marking.AMBER, Ref(MEMBER_NOUN, owned=True)]


class Decided(Filing):
    """What a claim came to, and why: the figures that the rule asks for, as they were when it was decided.

    Hours in hundredths: those that count, and those that do not since the fund received nothing for them
    (`hours_unpaid`) or the claimant's own firm says them (`hours_own`).
    """

    claim: Annotated[int, Marking.RED, TO_OWNER, Field(ge=0)]
    programme: Programme
    outcome: Annotated[
        Literal["paid", "not_qualified", "used_up", "pool_empty", "paid_before", "not_booked", "worked", "died"],
        Marking.RED,
        TO_OWNER,
    ]
    cents: Annotated[int, Marking.RED, TO_OWNER, Field(ge=0)]
    weeks: Annotated[int, Marking.RED, TO_OWNER, Field(ge=0)]
    weekly: Annotated[int, Marking.RED, TO_OWNER, Field(ge=0)]
    hours: Annotated[int, Marking.RED, TO_OWNER, Field(ge=0)]
    hours_unpaid: Annotated[int, Marking.RED, TO_OWNER, Field(ge=0)] = 0
    hours_own: Annotated[int, Marking.RED, TO_OWNER, Field(ge=0)] = 0
    typical: Annotated[int, Marking.RED, TO_OWNER, Field(ge=0)]
    paid_by: Annotated[int | None, Marking.RED, TO_OWNER, Field(ge=0)] = None


class WorkConfirmed(Filing):
    """Two officers found by papers of others than the payer how much somebody earned and worked with it in a period: a
    pool pays by that also where the payer paid nothing in, or is the claimant's own firm. Hours in hundredths. It takes
    the place of what was confirmed before; both 0 take it back."""

    programme: Programme
    period: Annotated[str, Marking.RED, TO_OWNER, Field(pattern=r"^\d{4}-(Q[1-4]|0[1-9]|1[0-2])$")]
    payer: Annotated[str, Marking.RED, TO_OWNER, Ref(PAYER_NOUN)]
    member: Annotated[str, Marking.AMBER, Ref(MEMBER_NOUN)]
    cents: Annotated[int, Marking.RED, TO_OWNER, Field(ge=0, le=10**12)]
    hours_confirmed: Annotated[int, Marking.RED, TO_OWNER, Field(ge=0, le=10**7)]
    words: Annotated[str, Marking.RED, TO_OWNER, Field(min_length=1, max_length=2000)]


class Drawn(Filing):
    """An auditor draws rows of payers' files. Which they are follows from the entry itself, so nobody knows before."""

    words: Annotated[str, PUBLIC, Field(min_length=1, max_length=200)]
    rows: Annotated[int, PUBLIC, Field(ge=1, le=SAMPLE_MAX)]


_RIGHTED = read_toml(files_of(__package__).joinpath("righting.toml").read_text("utf-8"), "righting.toml")


def _kind(name: str, schema: type[Filing], title: Text, files: tuple[str, ...], **more: Any) -> Kind:
    righted = Text(_RIGHTED[name]) if name in _RIGHTED else None
    return Kind(f"{ID}.{name}", schema, title, files=files, righted=righted, **more)


def _promised(body: Mapping[str, Any]) -> dict[str, Any]:
    """That a filing is from before what vests was reckoned of what the fund received."""
    return {**body, "promised": True}


_TAKEN_BACK: dict[str, Any] = {"undone_by": f"{ID}.receipt_taken_back"}
"""Of a receipt of money."""
_BY_TWO: dict[str, Any] = {"version": 2, "upcasters": {1: by_one}}
"""Of a kind that takes two people from its second version on."""
_SAID_OF: dict[str, Any] = {"undone_by": f"{ID}.bank_answer_taken_back"}
"""Of what is said of payments at the bank."""
_ANSWERS: dict[str, Any] = {"version": 5, "upcasters": {1: by_one, 2: dict, 3: undid_alone, 4: dict}, **_SAID_OF}
"""Of what a bank says: since its third version also that a return was none, and that more may have left; since its
fourth two are asked for what undoes a word of two, or by which something is owed back; its fifth says when it wrote."""


def _by_the_newest(body: dict[str, Any]) -> dict[str, Any]:
    """What was filed before a text adopted ahead was no law until its day."""
    return {**body, "newest_text": True}


MEMBER = _kind("member", Member, Text(en="Account opened", zh="开立账户"), FILERS, noun=MEMBER_NOUN, confides=True)
PAYER = _kind("payer", Payer, Text(en="Payer registered", zh="登记缴费方"), FILERS, noun=PAYER_NOUN)
CONFIRMED = _kind(
    "confirmed", Confirmed, Text(en="Payer confirmed", zh="缴费方已核实"), STEWARDS, about_field="payer",
    renewable=True, undone_by=f"{ID}.confirmation_ended", **_BY_TWO,
)  # fmt: skip
CONFIRMATION_ENDED = _kind(
    "confirmation_ended", ConfirmationEnded, Text(en="Payer confirmed no more", zh="撤销缴费方核实"), STEWARDS,
    about_field="payer", renewable=True, version=2, upcasters={1: dict},
)  # fmt: skip
CONTRIBUTIONS = _kind(
    "contributions", Contributions, Text(en="File of contributions", zh="缴费文件"), FILERS, about_field="payer",
    version=3, upcasters={1: by_themselves, 2: _by_the_newest},
)  # fmt: skip
PAID = _kind(
    "paid", Paid, Text(en="Payment of a payer", zh="缴费方付款"), STEWARDS, about_field="payer", renewable=True,
    **_BY_TWO, **_TAKEN_BACK,
)  # fmt: skip
TAKEN_OUT = _kind(
    "taken_out", TakenOut, Text(en="Money taken out", zh="提取"), FILERS, about_field="member", renewable=True,
    version=3, upcasters={1: by_themselves, 2: lambda body: _promised(_by_the_newest(body))},
)  # fmt: skip
WITHDRAWAL_TAKEN_BACK = _kind(
    "withdrawal_taken_back", WithdrawalTakenBack, Text(en="Withdrawal taken back", zh="撤回提取"), FILERS,
    about_field="member", renewable=True,
)  # fmt: skip
PAYEE = _kind(
    "payee", Payee, Text(en="Where money goes", zh="收款账户"), FILERS, about_field="member", renewable=True,
    retention=PAYEES_KEPT, version=3, upcasters={1: by_themselves, 2: lambda body: {**body, "former_spoke": True}},
)  # fmt: skip
BANK_FILE = _kind(
    "bank_file", BankFile, Text(en="Withdrawals sent to the bank", zh="送交银行的付款文件"), STEWARDS, **_BY_TWO,
    undone_by=f"{ID}.bank_file_never_left",
)  # fmt: skip
BANK_ANSWER = _kind(
    "bank_answer", BankAnswer, Text(en="Answer of the bank", zh="银行回执"), STEWARDS, renewable=True, **_ANSWERS
)
BANK_ANSWER_TAKEN_BACK = _kind(
    "bank_answer_taken_back", BankAnswerTakenBack, Text(en="Bank's answer taken back", zh="撤回银行回执"), STEWARDS,
    renewable=True,
)  # fmt: skip
BANK_FILE_NEVER_LEFT = _kind(
    "bank_file_never_left", BankFileNeverLeft, Text(en="Withdrawals that never left", zh="未送出的付款文件"), STEWARDS,
    renewable=True, **_BY_TWO, **_SAID_OF,
)  # fmt: skip
BROUGHT_IN = _kind(
    "brought_in", BroughtIn, Text(en="Money brought in", zh="转入"), STEWARDS, about_field="member", renewable=True,
    **_BY_TWO, **_TAKEN_BACK,
)  # fmt: skip
DIED = _kind(
    "died", Died, Text(en="Death of a member", zh="账户持有人身故"), STEWARDS, about_field="member", renewable=True,
    undone_by=f"{ID}.alive", version=3, upcasters={1: by_one, 2: dict},
)  # fmt: skip
ALIVE = _kind(
    "alive", Alive, Text(en="Death recorded by mistake", zh="误录身故的更正"), STEWARDS, about_field="member",
    renewable=True, version=3, upcasters={1: by_one, 2: undid_alone},
)  # fmt: skip
LIVES = _kind(
    "lives", Lives, Text(en="The person lives", zh="本人声明在世"), FILERS, about_field="member", renewable=True
)
NOT_SERVED = _kind(
    "not_served", NotServed, Text(en="Months without work", zh="无工作月份认定"), STEWARDS, about_field="member",
    renewable=True,
)  # fmt: skip
RECOVERED = _kind(
    "recovered", Recovered, Text(en="Overpayment that came back", zh="多付款项收回"), STEWARDS, about_field="member",
    renewable=True, **_BY_TWO, **_TAKEN_BACK,
)  # fmt: skip
RECEIPT_TAKEN_BACK = _kind(
    "receipt_taken_back", ReceiptTakenBack, Text(en="Receipt taken back", zh="撤回到账登记"), STEWARDS, renewable=True
)
FEE_MADE_GOOD = _kind(
    "fee_made_good", FeeMadeGood, Text(en="Bank's fee made good", zh="补足银行手续费"), STEWARDS, renewable=True,
    **_TAKEN_BACK,
)  # fmt: skip
HEIR = _kind(
    "heir", Heir, Text(en="Claim of an heir", zh="继承申领"), FILERS, about_field="member", renewable=True,
    retention=HEIRS_KEPT,
)  # fmt: skip
ESTATE = _kind(
    "estate", Estate, Text(en="Account divided among heirs", zh="账户继承分割"), STEWARDS, about_field="member",
    renewable=True, version=4, upcasters={1: by_one, 2: dict, 3: _promised},
)  # fmt: skip
CLAIM = _kind(
    "claim", Claim, Text(en="Claim", zh="申领"), FILERS, about_field="member", renewable=True, version=4,
    upcasters={
        1: by_themselves, 2: lambda body: {**body, "backwards": True},
        3: lambda body: _by_the_newest({**body, "rounded_twice": True}),
    },
)  # fmt: skip
STATEMENT = _kind(
    "statement", StatementAsked, Text(en="Statement asked for", zh="索取对账单"), FILERS, about_field="member",
    renewable=True,
)  # fmt: skip
DRAWN = _kind("drawn", Drawn, Text(en="Sample drawn", zh="抽取审计样本"), ("auditor",), renewable=True)
WORK_CONFIRMED = _kind(
    "work_confirmed", WorkConfirmed, Text(en="Work confirmed", zh="工作已核实"), STEWARDS, about_field="member",
    renewable=True,
)  # fmt: skip
DECIDED = _kind(
    "decided", Decided, Text(en="Claim decided", zh="申领决定"), (), by_house=True, version=2, upcasters={1: dict}
)
KINDS = (
    MEMBER, PAYER, CONFIRMED, CONTRIBUTIONS, PAID, TAKEN_OUT, BROUGHT_IN, DIED, ALIVE, LIVES, RECOVERED, HEIR, ESTATE,
    CLAIM, NOT_SERVED, STATEMENT, DECIDED, DRAWN, PAYEE, BANK_FILE, BANK_ANSWER, BANK_FILE_NEVER_LEFT,
    BANK_ANSWER_TAKEN_BACK, RECEIPT_TAKEN_BACK, FEE_MADE_GOOD, CONFIRMATION_ENDED, WORK_CONFIRMED,
    WITHDRAWAL_TAKEN_BACK,
)  # fmt: skip
