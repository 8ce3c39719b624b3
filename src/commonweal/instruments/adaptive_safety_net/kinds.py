"""What is filed once a package is in force: the decision that opens it, claims, decisions on them, payments, appeals.

A decision to open or close, and a run of payments, are public. A claim and all that is said about it is sealed to the
claim's own key and marked for whoever filed it and for officers; the record shows that there is a claim under a
reference that gives nothing away. What is done about it is in confidence (`confides`): whoever knows somebody's
reference would read when they were paid, asked, and appealed.
"""

from __future__ import annotations

import re
from datetime import date
from importlib.resources import files as files_of
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator
from typing_extensions import TypedDict

from commonweal.kernel.accounts import (
    FILE_PAYMENTS_MAX,
    BankDocument,
    BankOdd,
    BankSaid,
    Digest,
    PaymentId,
    amount_of,
    bank_account,
)
from commonweal.kernel.control import KnownBy, Speaker, by_one, by_themselves, undid_alone
from commonweal.kernel.disclosure import HOUSE_SAYS
from commonweal.kernel.instrument import PERSONAL, PUBLIC, TO_OWNER, Filing, Index, Kind, Marking, Text
from commonweal.kernel.registry import Day, NotFuture, Ref, SaidBy
from commonweal.kernel.values import read_toml

from .laus import area_of

PROGRAMME_NOUN, CLAIM_NOUN = "programme", "support_claim"
STEWARDS = ("officer", "authority")
FILERS = ("reporter", "developer", "observer", "auditor", "peer", *STEWARDS)
RETENTION, MARKS = "support_claims", "support_marks"
JOBS_MAX, EXPLAINED_MAX, MONTHS_MAX = 20, 40, 1200
Line = Annotated[str, Field(min_length=1, max_length=120)]
Name = Annotated[str, Field(min_length=1, max_length=60)]
Said = Annotated[str, Field(min_length=1, max_length=2000)]
Area = Annotated[str, Field(pattern=r"^area:[a-z0-9][a-z0-9\-]{0,40}$")]
Unit = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
_THOUSANDS = re.compile(r"\s*\d{1,3}(,\d{3})+(\.\d*)?\s*")


def _unmarked(told: object) -> object:
    """An amount without the commas between its thousands: 4,000.50 is 4000.50. Any other comma is nobody's guess."""
    return told.replace(",", "").strip() if isinstance(told, str) and _THOUSANDS.fullmatch(told) else told


Amount = Annotated[str, BeforeValidator(_unmarked), Field(max_length=24)]
MONTH = r"^(19|20|21)\d\d-(0[1-9]|1[0-2])$"
Month = Annotated[str, Field(pattern=MONTH)]
About = Annotated[str, Ref(CLAIM_NOUN), PERSONAL]
Own = Annotated[str, Ref(CLAIM_NOUN, owned=True), PERSONAL]
Programme = Annotated[str, Ref(PROGRAMME_NOUN), PUBLIC]


def _amount(told: str | None, unit: str) -> str | None:
    """An amount as it is told. Raises `ValueError` for what is none of that unit, or negative."""
    if told is not None and amount_of(told, unit) < 0:
        raise ValueError("not less than nothing")
    return told


def _named(what: str, told: str, unit: str) -> None:
    """The same of a field that is told before its unit."""
    try:
        _amount(told, unit)
    except ValueError as error:
        raise ValueError(f"{what}: {error}") from error


def _meant(told: object) -> object:
    """An area as people write it: Michigan, MI."""
    return area_of(told) if isinstance(told, str) else told


class Opened(Filing):
    """A package is switched on for an area: on which adopted text, for which crossing, until when, for how much.

    `package` and `version` name the text, which must be in force; `crossed` is the month in which the trigger came on.
    It is open once a second officer has confirmed it: its budget comes out of the public purse. `alone` marks one from
    before that was asked for.
    """

    name: Annotated[Name, PUBLIC]
    fictitious: Annotated[bool, PUBLIC] = False
    package: Annotated[str, PUBLIC, Field(pattern=r"^[a-z][a-z0-9_.]{1,80}\.package$")]
    version: Annotated[str, PUBLIC, Field(min_length=1, max_length=40)]
    area: Annotated[Area, PUBLIC]
    crossed: Annotated[Month, PUBLIC]
    opens_on: Annotated[Day, PUBLIC]
    closes_on: Annotated[Day | None, PUBLIC] = None
    unit: Annotated[Unit, PUBLIC]
    budget: Annotated[Amount, PUBLIC]
    reasons: Annotated[Said, PUBLIC]
    alone: Annotated[bool, HOUSE_SAYS] = False

    @model_validator(mode="after")
    def _sound(self) -> Opened:
        _named("budget", self.budget, self.unit)
        if self.closes_on is not None and self.closes_on < self.opens_on:
            raise ValueError("the last day to come under it must not lie before the day on which it opens")
        return self


class Closed(Filing):
    """A programme takes nobody new any more, before its last day. Who came under it keeps what the text gives them.

    Two opened it, so it takes effect once a second officer has confirmed it; `alone` marks one from before that.
    """

    programme: Programme
    reasons: Annotated[Said, PUBLIC]
    alone: Annotated[bool, HOUSE_SAYS] = False


class Job(Filing):
    """Work that was taken up after the loss: its pay of a whole month, hours a week, and whether at the `same_firm`."""

    began: Day
    ended: Day | None = None
    monthly: Amount
    weekly_hours: Annotated[int | None, Field(ge=0, le=168)] = None
    same_firm: Literal["yes", "no"] | None = None

    @field_validator("ended")
    @classmethod
    def _after_it_began(cls, told: date | None, info: ValidationInfo) -> date | None:
        """Asked of each job by itself: what is wrong with another, or with its pay, hides nothing."""
        if told is not None and told < info.data.get("began", told):
            raise ValueError("a day not before that on which it began")
        return told

    @field_validator("monthly")
    @classmethod
    def _not_negative(cls, told: str) -> str:
        if re.fullmatch(r"-\d+(\.\d+)?", told):
            raise ValueError("not less than nothing")
        return told


class Claim(Filing):
    """Somebody claims under a programme. `name` is a reference that gives nothing away.

    Amounts are of a whole month, in `currency`. What is left out is not known: then it is asked for, also whether they
    have work now (`working`): no job told is no answer to that. A job is told once it has begun, or ended; how facts
    fit together, see `saying`. `paid_to` is an IBAN, or a routing and an account number: `021000021/12345`. What an
    officer enters for whoever claims (`said_by`) is granted by nobody but another.
    """

    name: Annotated[Name, PUBLIC]
    fictitious: Annotated[bool, PUBLIC] = False
    programme: Annotated[str, Ref(PROGRAMME_NOUN), PERSONAL]
    person: Annotated[Line | None, PERSONAL] = None
    area: Annotated[Area | None, BeforeValidator(_meant), PERSONAL] = None
    born_on: Annotated[Day | None, NotFuture(), PERSONAL] = None
    lost_on: Annotated[Day | None, NotFuture(), PERSONAL] = None
    currency: Annotated[Unit, PERSONAL] = "USD"
    earned: Annotated[Amount | None, PERSONAL] = None
    weekly_benefit: Annotated[Amount | None, PERSONAL] = None
    exhausted_on: Annotated[Day | None, NotFuture(), PERSONAL] = None
    working: Annotated[Literal["yes", "no"] | None, PERSONAL] = None
    jobs: Annotated[tuple[Job, ...], Field(max_length=JOBS_MAX), PERSONAL, NotFuture("began")] = ()
    paid_to: Annotated[str | None, Field(max_length=60), PERSONAL] = None
    said_by: Annotated[Speaker | None, SaidBy(()), PERSONAL] = None

    @field_validator("paid_to")
    @classmethod
    def _account(cls, told: str | None) -> str | None:
        if told is not None:
            bank_account(told)
        return told

    @field_validator("earned", "weekly_benefit")
    @classmethod
    def _in_its_currency(cls, told: str | None, info: ValidationInfo) -> str | None:
        return _amount(told, str(info.data.get("currency", "USD")))

    @field_validator("jobs")
    @classmethod
    def _paid_in_it(cls, told: tuple[Job, ...], info: ValidationInfo) -> tuple[Job, ...]:
        unit, wrong = str(info.data.get("currency", "USD")), []
        for number, job in enumerate(told):
            try:
                _amount(job.monthly, unit)
            except ValueError as error:
                wrong.append(f"{number}.monthly: {error}")
        if wrong:
            raise ValueError("; ".join(wrong))
        return told


Outcome = Literal["eligible", "not_eligible"]


class Decided(Filing):
    """A claim is decided on the facts of one entry, with what each condition of the text came to.

    Where every condition holds the authority itself says so; that one does not is for an officer to say, with reasons.
    `same_as` are claims of the same person to the same benefit; none, where that was not asked.
    """

    claim: About
    outcome: Annotated[Outcome, TO_OWNER]
    facts: Annotated[Index, TO_OWNER]
    conditions: Annotated[tuple[dict[str, Any], ...], Field(max_length=EXPLAINED_MAX), TO_OWNER] = ()
    words: Annotated[str, Field(max_length=2000), TO_OWNER] = ""
    same_as: Annotated[tuple[str, ...] | None, Field(max_length=EXPLAINED_MAX), TO_OWNER] = None


What = Literal["died", "moved", "alive"]


class Changed(Filing):
    """Something happened to whoever claims, on a day; the package's text says what follows.

    A death is a report until a second officer has confirmed it: payments are held, and nothing else changes. Said again
    it takes the place of what was said before; `alive` takes one back that was recorded by mistake, with reasons, and
    what was withheld for it is due again: once a second one has confirmed that, or by one where the person themselves
    says that they live (`Lives`). `alone` marks a death from before two were asked for, `undid_alone` such an `alive`;
    `against_record` says that a day is right though something is on record of the person after it.
    """

    claim: Own
    what: Annotated[What, TO_OWNER]
    on: Annotated[Day, NotFuture(), TO_OWNER]
    known_by: Annotated[KnownBy, TO_OWNER] = "report"
    against_record: Annotated[bool, TO_OWNER] = False
    words: Annotated[str, Field(max_length=2000), TO_OWNER] = ""
    alone: Annotated[bool, HOUSE_SAYS] = False
    undid_alone: Annotated[bool, HOUSE_SAYS] = False


class Lives(Filing):
    """The person of a claim says that they live, or who holds it for them; a mere report of their death ends by it."""

    claim: About
    words: Annotated[str, Field(max_length=2000), TO_OWNER] = ""


class Question(Filing):
    """The authority asks whoever claims for what is missing."""

    claim: About
    text: Annotated[Said, TO_OWNER]


class Answer(Filing):
    """Whoever claims answers, or adds something. New facts come with the claim, filed again."""

    claim: Own
    question: Annotated[Index | None, TO_OWNER] = None
    text: Annotated[Said, TO_OWNER]


class Withdrawn(Filing):
    """Whoever claims takes the claim back: nothing is due for the months after, until it is filed again."""

    claim: Own
    reasons: Annotated[str, Field(max_length=2000), TO_OWNER] = ""


class NotTakenBack(Filing):
    """A claim was taken back by mistake (`withdrawal`, the entry that did): it was never taken back, and no month is
    lost by it.

    Where two officers wrote down that it is, it takes effect once a second one has confirmed it; `alone` marks one from
    before that was asked for.
    """

    claim: About
    withdrawal: Annotated[Index, TO_OWNER]
    words: Annotated[Said, TO_OWNER]
    alone: Annotated[bool, HOUSE_SAYS] = False


class WrittenDown(Filing):
    """An officer writes down what whoever claims asked for: that the money goes to another account, that the claim is
    taken back, or that they appeal (`words`, and `good_cause` where it comes late).

    Nothing of it holds before a second officer, who sees old and new, has confirmed it; whoever claims is told. `facts`
    is the newest version of the claim, `person` the name on it, by which the bank is told with the account.
    """

    claim: About
    what: Annotated[Literal["account", "withdrawn", "appeal"], TO_OWNER]
    facts: Annotated[Index, TO_OWNER]
    person: Annotated[Line | None, PERSONAL] = None
    paid_to: Annotated[str | None, Field(max_length=60), PERSONAL] = None
    words: Annotated[Said, TO_OWNER]
    good_cause: Annotated[str, Field(max_length=2000), TO_OWNER] = ""

    @model_validator(mode="after")
    def _sound(self) -> WrittenDown:
        if self.paid_to is not None:
            bank_account(self.paid_to)
        if (self.paid_to is None) == (self.what == "account"):
            raise ValueError(
                "an account to which it is paid where another account is what was asked for, and else none"
            )
        return self


class Appeal(Filing):
    """Whoever claims wants a decision, or an amount, looked at by somebody else.

    One that comes late says why (`good_cause`); whoever decides says whether that is one.
    """

    claim: Own
    words: Annotated[Said, TO_OWNER]
    good_cause: Annotated[str, Field(max_length=2000), TO_OWNER] = ""


CORRECTED = ("area", "lost_on", "earned", "weekly_benefit", "exhausted_on", "jobs")


class AppealDecided(Filing):
    """An appeal is decided, by somebody who did not take the decision.

    One that is allowed may carry the facts as they are right (`CORRECTED`), and amounts follow from them; and name the
    entries by which the claim was taken back by mistake (`not_taken_back`). It decides facts and not the text: what
    that refuses is allowed by the order of a court, or of whom the law lets order it (`citation`), which a second
    officer confirms.
    """

    claim: About
    outcome: Annotated[Literal["upheld", "allowed"], TO_OWNER]
    words: Annotated[Said, TO_OWNER]
    area: Annotated[Area | None, BeforeValidator(_meant), TO_OWNER] = None
    lost_on: Annotated[Day | None, NotFuture(), TO_OWNER] = None
    earned: Annotated[Amount | None, TO_OWNER] = None
    weekly_benefit: Annotated[Amount | None, TO_OWNER] = None
    exhausted_on: Annotated[Day | None, NotFuture(), TO_OWNER] = None
    jobs: Annotated[tuple[Job, ...] | None, Field(max_length=JOBS_MAX), TO_OWNER, NotFuture("began")] = None
    not_taken_back: Annotated[tuple[Index, ...], Field(max_length=EXPLAINED_MAX), TO_OWNER] = ()
    citation: Annotated[str | None, Field(min_length=3, max_length=400), TO_OWNER] = None


class Correction(Filing):
    """Facts of a claim are otherwise than they stand (`CORRECTED`), also where that raises much of what is due.

    Nothing of it holds before a second officer has confirmed it. `facts` is the newest version of the claim; with
    `appeal` the appeal that waits is allowed by it.
    """

    claim: About
    facts: Annotated[Index, TO_OWNER]
    words: Annotated[Said, TO_OWNER]
    appeal: Annotated[Index | None, TO_OWNER] = None
    area: Annotated[Area | None, BeforeValidator(_meant), TO_OWNER] = None
    lost_on: Annotated[Day | None, NotFuture(), TO_OWNER] = None
    earned: Annotated[Amount | None, TO_OWNER] = None
    weekly_benefit: Annotated[Amount | None, TO_OWNER] = None
    exhausted_on: Annotated[Day | None, NotFuture(), TO_OWNER] = None
    jobs: Annotated[tuple[Job, ...] | None, Field(max_length=JOBS_MAX), TO_OWNER, NotFuture("began")] = None


class Run(Filing):
    """All that is due under a programme through a month is paid, once for each claim and month.

    With `cut_alike` everybody is cut by the same part where the money does not reach; without it such a run is refused.
    Nothing is paid before a second officer has confirmed it; `alone` marks one from before that was asked for,
    `twice_uncounted` one from before what the bank paid twice counted as paid in a year. `counts_by`: see `owed`.
    """

    programme: Programme
    month: Annotated[Month, PUBLIC]
    cut_alike: Annotated[bool, PUBLIC] = False
    alone: Annotated[bool, HOUSE_SAYS] = False
    twice_uncounted: Annotated[bool, HOUSE_SAYS] = False
    counts_by: Annotated[Literal[1, 2], HOUSE_SAYS] = 2

    @property
    def first(self) -> date:
        return date.fromisoformat(f"{self.month}-01")


class Paid(Filing):
    """What was paid on a claim with a month, with every step that led there, and the same of each `earlier` month that
    was paid with it (none in one from before that was told). The authority files it with the payment.

    Nothing of it is public, as nothing is that is done about a claim.
    """

    claim: About
    run: Annotated[Index, TO_OWNER]
    month: Annotated[Month, TO_OWNER]
    amount: Annotated[Amount, TO_OWNER]
    unit: Annotated[Unit, TO_OWNER]
    overpaid: Annotated[Amount, TO_OWNER]
    steps: Annotated[tuple[dict[str, Any], ...], Field(max_length=EXPLAINED_MAX), TO_OWNER]
    earlier: Annotated[tuple[dict[str, Any], ...] | None, Field(max_length=MONTHS_MAX), TO_OWNER] = None


class RunDone(Filing):
    """What a run came to. It stays when the claims are erased: how many were paid, what in all, its two largest.

    `told` says whether everybody is told how many and how much, as it was decided then (`telling`).
    `wanted` is what was due; a run that is `refused` paid nothing, for want of budget; of one that is `held` the ledger
    took nothing. `refused` counts the payments that the ledger did not take: they stay due.
    """

    programme: Programme
    run: Annotated[Index, PUBLIC]
    month: Annotated[Month, PUBLIC]
    told: Annotated[bool | None, PUBLIC] = None
    state: Annotated[Literal["paid", "cut", "refused", "held"], Marking.AMBER_STRICT]
    paid: Annotated[int, Marking.AMBER_STRICT, Field(ge=0)]
    refused: Annotated[int, Marking.AMBER_STRICT, Field(ge=0)] = 0
    cents: Annotated[int, Marking.AMBER_STRICT, Field(ge=0)]
    largest: Annotated[int, Marking.AMBER_STRICT, Field(ge=0)]
    second: Annotated[int, Marking.AMBER_STRICT, Field(ge=0)]
    wanted: Annotated[int, Marking.AMBER_STRICT, Field(ge=0)]


class Place(Filing):
    """Nothing: an entry in confidence like others, so that how many say something cannot be counted (`telling`)."""

    of: Index


class Spent(Filing):
    """What an area's government says it spent in a month on what a package gives it aid for, and where that stands.

    Said again of a month, it takes the place of what was said before.
    """

    programme: Programme
    month: Annotated[Month, PUBLIC]
    amount: Annotated[Amount, PUBLIC]
    unit: Annotated[Unit, PUBLIC]
    source: Annotated[Said, PUBLIC]

    @model_validator(mode="after")
    def _sound(self) -> Spent:
        _named("amount", self.amount, self.unit)
        return self


class Aided(Filing):
    """What a run paid an area's government, with every step that led there. Nobody's own: all of it is public."""

    programme: Programme
    run: Annotated[Index, PUBLIC]
    month: Annotated[Month, PUBLIC]
    area: Annotated[Area, PUBLIC]
    amount: Annotated[Amount, PUBLIC]
    unit: Annotated[Unit, PUBLIC]
    overpaid: Annotated[Amount, PUBLIC]
    steps: Annotated[tuple[dict[str, Any], ...], PUBLIC, Field(max_length=EXPLAINED_MAX)]


class BankFile(Filing):
    """A file of payments went to the bank: which, by the id that comes back with each, for how much, by its digest.

    `made_at` is the time that the file tells of itself, `on` the day on which the bank is to pay. `told_by` are the
    versions of claims (entries) that say to which account each goes. It is made once a second officer has confirmed it;
    `alone` marks one from before that was asked for.
    """

    programme: Programme
    file_id: Annotated[str, PUBLIC, Field(pattern=r"^net-p[0-9]{1,15}-[0-9]{1,6}$")]
    payments: Annotated[int, Marking.AMBER_STRICT, Field(ge=1, le=FILE_PAYMENTS_MAX)]
    on: Annotated[Day, PUBLIC]
    made_at: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$")]
    cents: Annotated[int, Marking.AMBER_STRICT, Field(ge=1)]
    payment_ids: Annotated[tuple[PaymentId, ...], Field(max_length=FILE_PAYMENTS_MAX)]
    told_by: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(max_length=FILE_PAYMENTS_MAX)] = ()
    debtor: Annotated[str, Field(min_length=1, max_length=140)]
    debtor_account: Annotated[str, Field(min_length=1, max_length=60)]
    debtor_bic: Annotated[str, Field(max_length=11)] = ""
    sha256: Digest
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
    bank_said: Annotated[tuple[BankSaid, ...], Field(max_length=FILE_PAYMENTS_MAX)] = ()
    bank_odd: Annotated[tuple[BankOdd, ...], Field(max_length=FILE_PAYMENTS_MAX)] = ()
    bank_document: BankDocument | None = None
    bank_wrote_at: Annotated[str, Field(pattern=r"^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z)?$")] = ""
    sha256: Digest
    alone: Annotated[bool, HOUSE_SAYS] = False
    undid_alone: Annotated[bool, HOUSE_SAYS] = False


class BankFileNeverLeft(Filing):
    """A file of payments never reached the bank, which said nothing of it: its payments go into the next one, once a
    second officer has confirmed that."""

    programme: Programme
    file_id: Annotated[str, PUBLIC, Field(max_length=35)]
    words: Said
    alone: Annotated[bool, HOUSE_SAYS] = False


class BankAnswerTakenBack(Filing):
    """What an entry (`said`) said of payments of a file at the bank was wrong, and is taken back: each stands as what
    else was said of it has it. It takes effect once a second officer has confirmed it."""

    programme: Programme
    file_id: Annotated[str, PUBLIC, Field(max_length=35)]
    said: Index
    payment_ids: Annotated[tuple[PaymentId, ...], Field(min_length=1, max_length=FILE_PAYMENTS_MAX)]
    words: Said


class Mark(TypedDict):
    """What a claim is compared by: under `what` a keyed digest, with that of the day of birth (`born`), and since when
    (`entry`)."""

    what: Literal["person", "account"]
    mark: Annotated[str, Field(max_length=128)]
    born: Annotated[str, Field(max_length=128)]
    entry: int


class MarksKept(Filing):
    """What stays of a claim that is erased while its programme pays: by what a second claim of the same person shows,
    and what was paid by the bank for which month (`paid`, in cents), in case it comes back.

    The marks are digests under a secret of the house; `first` is the entry by which the claim came.
    """

    claim: About
    programme: Annotated[str, Ref(PROGRAMME_NOUN), PERSONAL]
    first: Index
    marks: Annotated[tuple[Mark, ...], Field(max_length=1000)]
    paid: dict[Month, int]


class Sampled(Filing):
    """Payments for a month are drawn, to be looked over: which, follows from the entry, so nobody knows before.

    How many there are to draw from may be few, so how many is not public; nor is what was found: `delivery` tells it.
    """

    programme: Programme
    month: Annotated[Month, PUBLIC]
    drawn: Annotated[int, Marking.GREEN, Field(ge=1, le=500)]


class Reviewed(Filing):
    """The payments that were drawn for a month were looked over one by one: how many of them were wrong.

    `seed` is the lot by which they were drawn.
    """

    programme: Programme
    month: Annotated[Month, PUBLIC]
    seed: Annotated[str, PUBLIC, Field(min_length=1, max_length=200)]
    drawn: Annotated[int, Marking.GREEN, Field(ge=1, le=500)]
    wrong: Annotated[int, Marking.GREEN, Field(ge=0, le=500)]
    words: Annotated[str, Field(max_length=2000)] = ""

    @model_validator(mode="after")
    def _of_those(self) -> Reviewed:
        if self.wrong > self.drawn:
            raise ValueError("wrong must not be more than were drawn")
        return self


_RIGHTED = read_toml(files_of(__package__).joinpath("righting.toml").read_text("utf-8"), "righting.toml")


def _kind(name: str, schema: type[Filing], title: Text, files: tuple[str, ...], **more: Any) -> Kind:
    righted = Text(_RIGHTED[name]) if name in _RIGHTED else None
    return Kind(f"adaptive_safety_net.{name}", schema, title, files=files, righted=righted, **more)


_BY_TWO: dict[str, Any] = {"version": 2, "upcasters": {1: by_one}}
"""Of a kind that takes two people from its second version on."""
_SAID_OF: dict[str, Any] = {"undone_by": "adaptive_safety_net.bank_answer_taken_back"}
"""Of what is said of payments at the bank."""
_ANSWERS: dict[str, Any] = {
    "version": 6, "upcasters": {1: by_one, 2: dict, 3: undid_alone, 4: dict, 5: dict}, **_SAID_OF,
}  # fmt: skip
"""Of what a bank says: since its third version also that a return was none, and that more may have left; since its
fourth two are asked for what undoes a word of two, or by which something is owed back; its fifth says when it wrote."""
_SEALED: dict[str, Any] = {"retention": RETENTION, "about_field": "claim", "renewable": True, "to_holder": True}
OPENED = _kind(
    "programme", Opened, Text(en="Package switched on", zh="方案启动"), STEWARDS, noun=PROGRAMME_NOUN, renewable=True,
    **_BY_TWO,
)  # fmt: skip
CLOSED = _kind(
    "programme_closed", Closed, Text(en="Package closed to new claims", zh="方案停止受理"), STEWARDS,
    about_field="programme", renewable=True, **_BY_TWO,
)  # fmt: skip
CLAIM = _kind(
    "support_claim", Claim, Text(en="Claim", zh="申领"), FILERS, noun=CLAIM_NOUN, retention=RETENTION, renewable=True,
    confides=True, to_holder=True, version=3, upcasters={1: by_themselves, 2: dict},
)  # fmt: skip
DECIDED = _kind(
    "decided", Decided, Text(en="Decision on a claim", zh="申领决定"), STEWARDS, **_SEALED, version=3,
    upcasters={1: dict, 2: dict},
)  # fmt: skip
CHANGED = _kind(
    "changed", Changed, Text(en="Change about a claim", zh="申领情况变更"), FILERS, **_SEALED, version=5,
    upcasters={1: lambda body: by_one(body) if body.get("what") == "died" else body,
               2: lambda body: undid_alone(body) if body.get("what") == "alive" else body, 3: dict, 4: dict},
)  # fmt: skip
LIVES = _kind("lives", Lives, Text(en="Whoever claims lives", zh="申领人声明在世"), FILERS, **_SEALED)
QUESTION = _kind("question", Question, Text(en="Question to whoever claims", zh="向申领人提问"), STEWARDS, **_SEALED)
ANSWER = _kind("answer", Answer, Text(en="Answer of whoever claims", zh="申领人答复"), FILERS, **_SEALED)
WITHDRAWN = _kind(
    "withdrawn", Withdrawn, Text(en="Claim taken back", zh="申领撤回"), FILERS, **_SEALED, version=2,
    upcasters={1: dict}, undone_by="adaptive_safety_net.not_taken_back",
)  # fmt: skip
NOT_TAKEN_BACK = _kind(
    "not_taken_back", NotTakenBack, Text(en="Taken back by mistake: the claim stands", zh="撤回有误：申领有效"),
    STEWARDS, **_SEALED, **_BY_TWO,
)  # fmt: skip
WRITTEN_DOWN = _kind(
    "written_down", WrittenDown, Text(en="Written down for whoever claims", zh="代申领人记录"), STEWARDS, **_SEALED
)
APPEAL = _kind("appeal", Appeal, Text(en="Appeal", zh="申诉"), FILERS, **_SEALED)
APPEAL_DECIDED = _kind(
    "appeal_decided", AppealDecided, Text(en="Decision on an appeal", zh="申诉决定"), STEWARDS, **_SEALED, version=5,
    upcasters=dict.fromkeys(range(1, 5), dict),
)  # fmt: skip
CORRECTION = _kind(
    "correction", Correction, Text(en="Facts corrected", zh="事实更正"), STEWARDS, **_SEALED, version=2,
    upcasters={1: dict},
)  # fmt: skip
RUN = _kind(
    "payment_run", Run, Text(en="Run of payments", zh="发放批次"), STEWARDS, about_field="programme", renewable=True,
    version=4, upcasters={1: by_one, 2: lambda body: {**body, "twice_uncounted": True},
                          3: lambda body: {**body, "counts_by": 1}},
)  # fmt: skip
PAID = _kind(
    "paid", Paid, Text(en="Payment on a claim", zh="申领发放"), (), **{**_SEALED, "renewable": False}, version=2,
    upcasters={1: dict},
)  # fmt: skip
MARKS_KEPT = _kind(
    "marks_kept", MarksKept, Text(en="Marks of an erased claim", zh="已删除申领的标记"), (), retention=MARKS,
    about_field="claim",
)  # fmt: skip
_TOLD = Text(en="What a run of payments came to", zh="发放批次结果")
RUN_DONE = _kind("run_done", RunDone, _TOLD, (), about_field="programme")
BANK_FILE = _kind(
    "bank_file", BankFile, Text(en="Payments sent to the bank", zh="送交银行的付款文件"), STEWARDS,
    about_field="programme", renewable=True, **_BY_TWO, undone_by="adaptive_safety_net.bank_file_never_left",
)  # fmt: skip
BANK_ANSWER = _kind(
    "bank_answer", BankAnswer, Text(en="Answer of the bank", zh="银行回执"), STEWARDS, about_field="programme",
    renewable=True, **_ANSWERS,
)  # fmt: skip
BANK_ANSWER_TAKEN_BACK = _kind(
    "bank_answer_taken_back", BankAnswerTakenBack, Text(en="Bank's answer taken back", zh="撤回银行回执"), STEWARDS,
    about_field="programme", renewable=True, version=3, upcasters={1: dict, 2: dict},
)  # fmt: skip
BANK_FILE_NEVER_LEFT = _kind(
    "bank_file_never_left", BankFileNeverLeft, Text(en="Payments that never left", zh="未送出的付款文件"), STEWARDS,
    about_field="programme", renewable=True, version=4, upcasters={1: by_one, 2: dict, 3: dict}, **_SAID_OF,
)  # fmt: skip
SAMPLED = _kind(
    "sampled", Sampled, Text(en="Sample of payments drawn", zh="抽取发放样本"), ("auditor", *STEWARDS),
    about_field="programme", renewable=True,
)  # fmt: skip
REVIEWED = _kind(
    "reviewed", Reviewed, Text(en="Sample of payments looked over", zh="发放抽查结果"), ("auditor", *STEWARDS),
    about_field="programme", renewable=True,
)  # fmt: skip
SPENT = _kind(
    "spent", Spent, Text(en="What an area spent", zh="地区支出申报"), STEWARDS, about_field="programme", renewable=True
)  # fmt: skip
PLACE = _kind("place", Place, Text(en="Place that says nothing", zh="占位条目"), (), confidential=True)
AIDED = _kind("aided", Aided, Text(en="Aid to an area paid", zh="对地区援助的发放"), (), about_field="programme")
STEPS = (
    DECIDED, CHANGED, LIVES, QUESTION, ANSWER, WITHDRAWN, NOT_TAKEN_BACK, WRITTEN_DOWN, APPEAL, APPEAL_DECIDED,
    CORRECTION,
)  # fmt: skip
KINDS = (
    OPENED, CLOSED, CLAIM, *STEPS, RUN, PAID, RUN_DONE, SAMPLED, REVIEWED, BANK_FILE, BANK_ANSWER,
    BANK_FILE_NEVER_LEFT, BANK_ANSWER_TAKEN_BACK, SPENT, AIDED, PLACE, MARKS_KEPT,
)  # fmt: skip
