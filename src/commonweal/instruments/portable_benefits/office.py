"""What an officer records by a form: that a holder died or lives, months without work, money that came, or did not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from commonweal.kernel.control import AGAINST_ASK, GROUNDS, KNOWN_BY
from commonweal.kernel.instrument import Act, Choice, Deed, Page, Question, Reading, Text, Waiting
from commonweal.kernel.values import NotFound, subject_id

from .control import CONTROL
from .doing import AMOUNT, PATH, Doing, amount_in, cents_of, programme_of, programmes
from .kinds import (
    ALIVE,
    BROUGHT_IN,
    CONFIRMATION_ENDED,
    DIED,
    FEE_MADE_GOOD,
    NOT_SERVED,
    PAID,
    PAYER_NOUN,
    RECEIPT_TAKEN_BACK,
    RECOVERED,
    STEWARDS,
    WORK_CONFIRMED,
)
from .programmes import Programme, in_force
from .statements import number_of
from .tables import REPORTS, holder, member_of, unconfirmed

FUND = f"{PATH}/fund"
NUMBER = Question(
    "member", Text(en="Number of the account", zh="账户号码"), "text", required=True,
    hint=Text(en="It stands on statements, such as PB-7KQ2M9XD.", zh="载于对账单，例如 PB-7KQ2M9XD。"),
)  # fmt: skip
_WHY = Question(
    "words", Text(en="What you found, and by what", zh="认定内容与依据"), "long_text", required=True,
    hint=Text(en="The holder of the account reads it.", zh="账户持有人可见。"),
)  # fmt: skip


PROGRAMME = Text(en="Programme", zh="方案")
SAYS_LIVING = Text(en="Somebody whose death is on record says that they live", zh="已登记身故者声明在世")
TO_CONFIRM = Text(en="A payer waits to be confirmed", zh="待确认的缴费方")


def waits(reading: Reading) -> list[Waiting]:
    """For the inbox of an officer: payers whose files post nothing yet, but for one of their own."""
    if not set(STEWARDS) & set(reading.roles):
        return []
    tables = reading.tables
    theirs = [payer for payer in unconfirmed(tables) if holder(tables, payer) != reading.party]
    living = [row["member"] for row in tables.select(REPORTS.lives) if holder(tables, row["member"]) != reading.party]
    return [
        *(Waiting(TO_CONFIRM, number_of(tables, payer), FUND) for payer in theirs),
        *(Waiting(SAYS_LIVING, number_of(tables, member), f"{FUND}/do/alive") for member in living),
    ]


def _died_asks(reading: Reading) -> tuple[Question, ...]:
    hint = Text(en="As papers prove it. Work after that day counts no more; payers say anew what reaches beyond.",
                zh="以证明文件为准。该日之后的工作不再计入；缴费方须就超出该日的部分重新申报。")  # fmt: skip
    return (
        NUMBER,
        Question("on", Text(en="Day of the death", zh="身故日期"), "day", required=True, hint=hint),
        Question("known_by", Text(en="How is it known?", zh="依据为何？"), "one", required=True,
                 choices=tuple(Choice(value, words) for value, words in KNOWN_BY.items())),
        AGAINST_ASK, replace(_WHY, required=False),
    )  # fmt: skip


def _died_acts(reading: Reading, given: Mapping[str, str]) -> list[Act]:
    member = member_of(reading.tables, given.get("member", ""))
    body = {
        "member": member, "on": given.get("on", ""), "known_by": given.get("known_by", ""),
        **({"against_record": True} if given.get("against_record") == "yes" else {}),
        "words": given.get("words", "").strip(),
    }  # fmt: skip
    return [Act(DIED.id, body, key="")]


def _alive_asks(reading: Reading) -> tuple[Question, ...]:
    return NUMBER, _WHY


def _alive_acts(reading: Reading, given: Mapping[str, str]) -> list[Act]:
    member = member_of(reading.tables, given.get("member", ""))
    return [Act(ALIVE.id, {"member": member, "words": given.get("words", "").strip()}, key="")]


def _months_asks(reading: Reading) -> tuple[Question, ...]:
    hint = Text(en="Such as 2025-01, 2025-02: months that a payer said and says no more.",
                zh="例如 2025-01, 2025-02：缴费方曾申报、现不再申报的月份。")  # fmt: skip
    months = Question("served_months", Text(en="Months", zh="月份"), "text", required=True, hint=hint)
    return NUMBER, months, _WHY


def _months_acts(reading: Reading, given: Mapping[str, str]) -> list[Act]:
    member = member_of(reading.tables, given.get("member", ""))
    months = [month for month in re.split(r"[\s,;，；、]+", given.get("served_months", "")) if month]
    return [Act(NOT_SERVED.id, {"member": member, "served_months": months, "words": given.get("words", "")}, key="")]


def _work_asks(reading: Reading) -> tuple[Question, ...]:
    return (
        NUMBER,
        Question("programme", PROGRAMME, "one", choices=programmes(reading), required=True),
        Question("payer", Text(en="Number of the payer", zh="缴费方号码"), "text", required=True),
        Question("period", Text(en="Period", zh="期间"), "text", required=True,
                 hint=Text(en="Such as 2026-Q1, or 2026-03 where the programme goes by months.",
                           zh="例如 2026-Q1；按月的方案为 2026-03。")),
        Question("hours_confirmed", Text(en="Hours that were worked", zh="实际工时"), "text", required=True,
                 hint=Text(en="Such as 412.50; no more counts than the payer says.",
                           zh="例如 412.50；超过缴费方所报的部分不计。")),
        Question("cents", Text(en="What was earned", zh="实际收入"), "text", required=True,
                 hint=Text(en="Such as 8400.00; no more counts than the payer says.",
                           zh="例如 8400.00；超过缴费方所报的部分不计。")),
        Question("words", Text(en="By what you saw it", zh="认定依据"), "long_text", required=True,
                 hint=Text(en="Papers of others than the payer, such as a tax assessment or payments at a bank. The "
                           "holder of the account reads it.",
                           zh="须为缴费方以外的文件，例如税单或银行入账记录。账户持有人可见。")),
    )  # fmt: skip


def _work_acts(reading: Reading, given: Mapping[str, str]) -> list[Act]:
    programme = programme_of(reading, given.get("programme", ""))
    body = {
        "programme": programme.id, "member": member_of(reading.tables, given.get("member", "")),
        "payer": subject_id(PAYER_NOUN, given.get("payer", "").strip()), "period": given.get("period", "").strip(),
        "cents": amount_in(given, "cents", programme.currency), "words": given.get("words", "").strip(),
        "hours_confirmed": amount_in(given, "hours_confirmed", "hour"),
    }  # fmt: skip
    return [Act(WORK_CONFIRMED.id, body, key="")]


def _entry(given: Mapping[str, str], name: str) -> int | str:
    told = given.get(name, "").strip()
    return int(told) if told.isascii() and told.isdigit() else told


def _payer_asks(reading: Reading) -> tuple[Question, ...]:
    return (
        Question(
            "payer",
            Text(en="Number of the payer", zh="缴费方号码"),
            "text",
            required=True,
            hint=Text(en="It stands in its files, such as SWIFT-1.", zh="载于其文件，例如 SWIFT-1。"),
        ),
        Question(
            "since",
            Text(en="From which day on", zh="自何日起"),
            "day",
            required=True,
            hint=Text(
                en="What its files say of work before that day stands; what reaches to it or beyond is taken back.",
                zh="其文件所载该日之前的工作不受影响；载至该日或其后的予以冲回。",
            ),
        ),
        Question(
            "words",
            Text(en="What you found, and by what", zh="认定内容与依据"),
            "long_text",
            required=True,
            hint=Text(
                en="Officers read it, and so does whoever registered the payer.", zh="官员及登记该缴费方者可见。"
            ),
        ),
    )


def _payer_acts(reading: Reading, given: Mapping[str, str]) -> list[Act]:
    payer = subject_id(PAYER_NOUN, given.get("payer", "").strip())
    body = {"payer": payer, "since": given.get("since", ""), "words": given.get("words", "").strip()}
    return [Act(CONFIRMATION_ENDED.id, body, key="")]


def _hand_over_asks(reading: Reading) -> tuple[Question, ...]:
    return (
        Question("about", Text(en="Number of the account or payer", zh="账户或缴费方号码"), "text", required=True),
        Question("to", Text(en="New holder", zh="新持有人"), "text", required=True,
                 hint=Text(en="As they are called here, such as party:new-firm.",
                           zh="以本机构所用标识填写，例如 party:new-firm。")),
        Question("reason_code", Text(en="Ground", zh="依据类别"), "one", choices=_GROUNDS, required=True),
        Question("citation", Text(en="Which contract, register or order says so", zh="所依合同、登记或命令"), "text"),
        Question("remark", Text(en="What you saw", zh="核对情况"), "long_text"),
    )  # fmt: skip


_GROUNDS = tuple(Choice(code, words) for code, words in GROUNDS.items())


def _hand_over_acts(reading: Reading, given: Mapping[str, str]) -> list[Act]:
    number = given.get("about", "").strip()
    payer = subject_id(PAYER_NOUN, number)
    about = payer if holder(reading.tables, payer) else member_of(reading.tables, number)
    told = {name: said for name in ("reason_code", "citation", "remark") if (said := given.get(name, "").strip())}
    return [Act(CONTROL.hand_over.id, {"about": about, "to": given.get("to", "").strip(), **told}, key="")]


def _receipt_asks(reading: Reading) -> tuple[Question, ...]:
    return (
        Question("programme", PROGRAMME, "one", choices=programmes(reading), required=True),
        Question("receipt", Text(en="Which receipt: its entry", zh="哪一笔到账（条目号）"), "number", required=True),
        Question("payer", Text(en="Whose payment it is, if it is another payer's: number", zh="如属其他缴费方：其号码"),
                 "text"),
        Question("words", Text(en="Why", zh="理由"), "long_text", required=True,
                 hint=Text(en="Such as: the cheque bounced; two noughts too many.",
                           zh="例如：支票被退；金额多写两个零。")),
    )  # fmt: skip


def _receipt_acts(reading: Reading, given: Mapping[str, str]) -> list[Act]:
    payer = given.get("payer", "").strip()
    body = {
        "programme": given.get("programme", ""), "receipt": _entry(given, "receipt"),
        "words": given.get("words", "").strip(), **({"payer": subject_id(PAYER_NOUN, payer)} if payer else {}),
    }  # fmt: skip
    return [Act(RECEIPT_TAKEN_BACK.id, body, key="")]


_CAME = (
    Question("cents", AMOUNT, "text", required=True,
             hint=Text(en="Such as 120.50, in the currency of the programme.", zh="例如 120.50，以该方案的币种计。")),
    Question("on", Text(en="On which day it came", zh="到账日"), "day", required=True),
    Question("reference", Text(en="The bank's reference", zh="银行流水号"), "text",
             hint=Text(en="One reference is one receipt.", zh="一个流水号对应一笔到账。")),
)  # fmt: skip


def _came(given: Mapping[str, str], programme: Programme) -> dict[str, object]:
    return {
        "cents": cents_of(given.get("cents", ""), programme), "on": given.get("on", ""),
        "reference": given.get("reference", "").strip(),
    }  # fmt: skip


def _fee_asks(reading: Reading) -> tuple[Question, ...]:
    choices = programmes(reading)
    return Question("programme", PROGRAMME, "one", choices=choices, required=True), *_CAME


def _fee_acts(reading: Reading, given: Mapping[str, str]) -> list[Act]:
    programme = programme_of(reading, given.get("programme", ""))
    return [Act(FEE_MADE_GOOD.id, {"programme": programme.id, **_came(given, programme)}, key="")]


_MORE = Question(
    "more_than_owed",
    Text(en="If it is far more than the payer owes or ever paid", zh="如远超该缴费方应付或以往所付金额"), "one",
    choices=(Choice("yes", Text(en="It is right: so much came", zh="金额无误，确已到账")),),
    hint=Text(en="Leave it open otherwise: two noughts too many are then asked about.",
              zh="否则请留空：如金额多写两个零，将予以询问。"),
)  # fmt: skip


def _paid_asks(reading: Reading) -> tuple[Question, ...]:
    return (
        Question("programme", PROGRAMME, "one", choices=programmes(reading), required=True),
        Question("payer", Text(en="Number of the payer", zh="缴费方号码"), "text", required=True,
                 hint=Text(en="It stands in its files, such as SWIFT-1; of the public purse PUBLIC.",
                           zh="载于其文件，例如 SWIFT-1；公共财政为 PUBLIC。")),
        *_CAME, _MORE,
    )  # fmt: skip


def _paid_acts(reading: Reading, given: Mapping[str, str]) -> list[Act]:
    programme = programme_of(reading, given.get("programme", ""))
    body = {
        "programme": programme.id, "payer": subject_id(PAYER_NOUN, given.get("payer", "").strip()),
        **_came(given, programme), **({"more_than_owed": True} if given.get("more_than_owed") == "yes" else {}),
    }  # fmt: skip
    return [Act(PAID.id, body, key="")]


def _brought_asks(reading: Reading) -> tuple[Question, ...]:
    pots = {
        f"{one.id}/{pot.id}": Text(en=f"{pot.title.en} · {one.title.en}", zh=f"{pot.title.zh} · {one.title.zh}")
        for one, _ in in_force(reading.tables, reading.today)
        for pot in one.pot
        if pot.takes_out and pot.id not in one.closed
    }
    return (
        NUMBER,
        Question("pot", Text(en="Into which pot", zh="转入哪个子账户"), "one", required=True,
                 choices=tuple(Choice(value, words) for value, words in pots.items())),
        Question("scheme", Text(en="From which scheme", zh="来自哪个计划"), "text", required=True),
        *_CAME,
    )  # fmt: skip


def _brought_acts(reading: Reading, given: Mapping[str, str]) -> list[Act]:
    name, _, pot = given.get("pot", "").partition("/")
    programme = programme_of(reading, name)
    body = {
        "programme": programme.id, "member": member_of(reading.tables, given.get("member", "")), "pot": pot,
        "scheme": given.get("scheme", "").strip(), **_came(given, programme),
    }  # fmt: skip
    return [Act(BROUGHT_IN.id, body, key="")]


def _back_asks(reading: Reading) -> tuple[Question, ...]:
    return (
        NUMBER,
        Question("programme", PROGRAMME, "one", choices=programmes(reading), required=True),
        Question("payment", Text(en="Which payment: its entry", zh="哪一笔付款（条目号）"), "number", required=True,
                 hint=Text(en="The statement of whoever was paid names it.", zh="载于收款人的对账单。")),
        *_CAME,
    )  # fmt: skip


def _back_acts(reading: Reading, given: Mapping[str, str]) -> list[Act]:
    programme = programme_of(reading, given.get("programme", ""))
    body = {
        "programme": programme.id, "member": member_of(reading.tables, given.get("member", "")),
        "payment": _entry(given, "payment"), **_came(given, programme),
    }  # fmt: skip
    return [Act(RECOVERED.id, body, key="")]


DOINGS: Mapping[str, Doing] = {
    "paid": Doing(
        Text(en="Record a payment of a payer", zh="登记缴费方付款"),
        Text(en="As you saw it at the fund's bank. Once another officer has seen it there too, it covers what is due: "
             "the payer's oldest period first.",
             zh="以基金银行账户所见为准。经另一官员核实并确认后，用以支付应缴款项，先付最早一期。"),
        _paid_asks, _paid_acts, FUND,
    ),
    "brought-in": Doing(
        Text(en="Record money from another scheme", zh="登记自其他计划转入的款项"),
        Text(en="A member's money, as you saw it at the fund's bank. It is theirs once another officer has seen it "
             "there too.",
             zh="会员款项，以基金银行账户所见为准。经另一官员核实并确认后归会员所有。"),
        _brought_asks, _brought_acts, FUND,
    ),
    "died": Doing(
        Text(en="Record a death", zh="登记账户归属人身故"),
        Text(en="The person of an account died, whoever holds it. Payments are held at once, and who holds it is "
             "written to: who lives says so on their page, which ends a mere report. Once a second officer has "
             "confirmed it, all accounts of theirs are shut: nothing leaves them but to heirs, by a decision of "
             "another officer.",
             zh="适用于账户归属人身故的情形（无论由谁持有）。自登记时起暂停付款并致函持有人：在世者可在其页面声明，仅属报告的即告终止。"
             "经第二人确认后其全部账户关闭：除经另一官员决定归继承人外，款项不再付出。"),
        _died_asks, _died_acts, FUND,
    ),
    "alive": Doing(
        Text(en="Take a death back", zh="更正误录的身故"),
        Text(en="It was recorded by mistake; or somebody came forward as an heir of a person who lives. What they took "
             "is theirs again; heirs' payments that are not at the bank yet are stopped, and what they were paid is to "
             "come back. A second officer confirms it, and one of the two had no hand in recording it. Where they say "
             "themselves that they live and no account of theirs was divided, an officer who had none does it alone.",
             zh="身故系误录，或有人对在世者主张继承。归属人所提取的恢复有效；尚未送交银行的继承付款止付，已付继承人的款项应予退还。"
             "须经第二人确认，且两人中至少一人未曾经手该登记。本人自行声明在世且账户未分割的，由未曾经手的官员单独办理。"),
        _alive_asks, _alive_acts, FUND,
    ),
    "months": Doing(
        Text(en="Record months without work", zh="认定无工作月份"),
        Text(en="Months that counted and that the payer's later file does not bear out: from now on they count no "
             "more, and what vested by them vests no more.",
             zh="曾计入服务期、而缴费方后来的文件不再支持的月份：自此不再计入，由此归属的金额不再归属。"),
        _months_asks, _months_acts, FUND,
    ),
    "work": Doing(
        Text(en="Confirm work that was done", zh="核实工作"),
        Text(en="Where a pool pays only by hours that were paid for: somebody worked, and their payer paid nothing in, "
             "or is their own firm. Once a second officer has confirmed it, these hours and earnings count.",
             zh="适用于仅按已缴费工时给付的共济池：确有工作，而缴费方未缴费，或系本人企业。经第二人确认后，该工时与收入计入。"),
        _work_asks, _work_acts, FUND,
    ),
    "recovered": Doing(
        Text(en="Record an overpayment that came back", zh="登记收回的多付款项"),
        Text(en="As you saw it at the fund's bank. Once another officer has seen it there too, it is set against what "
             "is open of that payment.",
             zh="以基金银行账户所见为准。经另一官员核实并确认后，用以抵销该笔付款的未退还金额。"),
        _back_asks, _back_acts, FUND,
    ),
    "payer": Doing(
        Text(en="End the confirmation of a payer", zh="撤销缴费方核实"),
        Text(en="It is not who it says it is, or misled the fund. Once a second officer has confirmed it, it sends no "
             "file any more, and nothing counts of what its files say from that day on: no contribution, no hour, no "
             "month of service. It is told by a letter, and its people on their statements.",
             zh="缴费方身份不实或误导基金。经第二人确认后，其不得再提交文件；其文件所载自该日起的缴费、工时与服务月份均不计入。"
             "将致函该缴费方，其人员可在对账单中知悉。"),
        _payer_asks, _payer_acts, FUND,
    ),
    "holder": Doing(
        Text(en="Change the holder of an account or payer", zh="变更账户或缴费方持有人"),
        Text(en="Once a second officer has confirmed it. The former holder is told by a letter. An account stays that "
             "of the person for whom it was opened, with their service and debts, unless it was the new holder's from "
             "the start: a guardian holds it for them. Of a payer the new one "
             "is confirmed anew before it sends files; what it owes goes along, what was entered for the former and "
             "waits does not, and who is in the former's files it does not read.",
             zh="经第二人确认后生效，并致函原持有人。账户仍归开户所为之人，其服务期与债务不变，监护人仅代为持有；自始即归新持有人的除外。缴费方的新持有人须重新核实身份后方可提交文件；欠款随之转移，"
             "为原持有人登记而待确认的事项不转移，新持有人亦不得查阅原持有人文件中的人员。"),
        _hand_over_asks, _hand_over_acts, FUND,
    ),
    "receipt": Doing(
        Text(en="Take a receipt back", zh="撤回到账登记"),
        Text(en="Money that was recorded as received did not come, did not stay, or is another payer's. It takes "
             "effect once a second officer has confirmed it; what was taken out on it is to come back, and the bank's "
             "reference can be recorded anew.",
             zh="已登记到账的款项实际未到账、被退回，或属于其他缴费方。经第二人确认后生效；据此提取的款项应予退还，银行流水号可重新登记。"),
        _receipt_asks, _receipt_acts, FUND,
    ),
    "fee": Doing(
        Text(en="Make a bank's fee good", zh="补足银行手续费"),
        Text(en="The office paid in what a bank had kept of money that it gave back, as you saw it at the fund's bank. "
             "It takes effect once a second officer has confirmed it.",
             zh="机构已补足银行退款时扣留的手续费，以基金银行账户所见为准。经第二人确认后生效。"),
        _fee_asks, _fee_acts, FUND,
    ),
}  # fmt: skip
LINKS = [(f"{FUND}/do/{name}", doing.title) for name, doing in DOINGS.items()]


def view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, object]:
    """The form of one thing that an officer records. Raises `NotFound`."""
    doing = _doing(query["doing"])
    return {
        "title": doing.title.in_(reading.language), "lead": doing.lead, "asks": doing.asks(reading),
        "back": doing.back, "action": f"{FUND}/do/{query['doing']}",
    }  # fmt: skip


def deed(reading: Reading, given: Mapping[str, str]) -> Deed:
    """What its answers come to. Raises `NotFound` and `BadInput`."""
    doing = _doing(given["doing"])
    return Deed(doing.acts(reading, given), doing.back)


def _doing(name: str) -> Doing:
    if name not in DOINGS:
        raise NotFound("page of the fund", name, "one of: " + ", ".join(DOINGS))
    return DOINGS[name]


OFFICE = Page(
    "benefits_office", FUND + "/do/{doing}", Text(en="Benefits fund", zh="福利基金"), "doing.html", view,
    roles=STEWARDS, act=deed,
)  # fmt: skip
