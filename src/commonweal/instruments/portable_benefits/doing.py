"""What a member or payer does by a form: for each its questions, and the acts that the answers come to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from commonweal.kernel import accounts
from commonweal.kernel.instrument import Act, Choice, Deed, Kind, Question, Reader, Reading, Text
from commonweal.kernel.values import BadInput, Fault, NotFound

from . import heirs, undue
from .kinds import (
    CLAIM,
    HEIR,
    ID,
    LIVES,
    MEMBER,
    PAYEE,
    PAYER,
    REASONS,
    SORTS,
    STATEMENT,
    TAKEN_OUT,
    WITHDRAWAL_TAKEN_BACK,
)
from .programmes import Programme, in_force, newest
from .statements import accounts_of, held_by_others, number_of
from .tables import MOVE, goes, pots_of

PATH, PAYERS = "/benefits", "/benefits/payer"


class Doing(NamedTuple):
    """One thing that can be done: its name, what it does, its questions, its acts, where one came from, and where it
    leads to, if not there."""

    title: Text
    lead: Text
    asks: Callable[[Reading], Sequence[Question]]
    acts: Callable[[Reading, Mapping[str, str]], Sequence[Act]]
    back: str
    onward: str = ""


def _choices(pairs: list[tuple[str, Text]]) -> tuple[Choice, ...]:
    return tuple(Choice(value, words) for value, words in pairs)


def _mine(reading: Reading) -> tuple[Choice, ...]:
    return _choices([(one, _number(reading.tables, one)) for one in accounts_of(reading)])


def _number(reader: Reader, subject: str) -> Text:
    number = number_of(reader, subject)
    return Text(en=number, zh=number)


def _pots(reading: Reading) -> tuple[Choice, ...]:
    """Every pot out of which people take and in which an account of theirs holds something, as programme and pot; who
    has one account reads beside it what can be taken out."""
    mine, found = accounts_of(reading), list[tuple[str, Text]]()
    for one, _ in in_force(reading.tables, reading.today):
        held = [pots_of(reading.tables, one, member, reading.today) for member in mine]
        for pot in one.pot:
            theirs = [each[pot.id] for each in held if pot.id in each and each[pot.id].balance]
            if pot.takes_out and theirs:
                free = f"{accounts.written(theirs[0].free, one.currency)} {one.currency}"
                told = FREE if len(mine) == 1 else NAMED
                words = {
                    language: told[language].format(
                        pot=pot.title.text()[language], of=one.title.text()[language], free=free
                    )
                    for language in told
                }
                found.append((f"{one.id}/{pot.id}", Text(words)))
    return _choices(found)


NAMED = Text(en="{pot} · {of}", zh="{pot} · {of}")
FREE = Text(en="{pot} · {of} ({free} can be taken out)", zh="{pot} · {of}（可提取 {free}）")
ACCOUNT = Text(en="Account", zh="账户")
AMOUNT = Text(en="Amount", zh="金额")


def _open_asks(reading: Reading) -> tuple[Question, ...]:
    hint = Text(
        en="Choose letters and digits that tell nobody who you are, such as PB-7KQ2M9XD. You give it to whoever "
        "you work for.",
        zh="选择不透露身份的字母与数字，例如 PB-7KQ2M9XD。您将把它告知工作方。",
    )
    return (Question("name", Text(en="Number of your account", zh="账户号码"), "text", hint=hint, required=True),)


def _open_acts(reading: Reading, given: Mapping[str, str]) -> list[Act]:
    return [Act(MEMBER.id, {"name": given.get("name", "")}, key="")]


def _take_asks(reading: Reading) -> tuple[Question, ...]:
    reasons = _choices([(name, words) for name, words in REASONS.items() if name != "death"])  # an estate is divided
    return (
        Question("member", ACCOUNT, "one", choices=_mine(reading), required=True),
        Question("pot", Text(en="From which pot", zh="从哪个子账户"), "one", choices=_pots(reading), required=True),
        Question("cents", AMOUNT, "text", required=True,
                 hint=Text(en="Such as 120.50. Your statement says what is free.",
                           zh="例如 120.50。可提取金额见对账单。")),
        Question("reason", Text(en="What for", zh="用途"), "one", choices=reasons, required=True),
        Question("to", Text(en="To which scheme, if it moves", zh="转出时的目标计划"), "text",
                 hint=Text(en="Leave it empty for anything else: it goes to your account.",
                           zh="其他用途请留空：款项汇入您的账户。")),
    )  # fmt: skip


def _take_acts(reading: Reading, given: Mapping[str, str]) -> list[Act]:
    name, _, pot = given.get("pot", "").partition("/")
    programme = programme_of(reading, name)
    body = {
        "programme": programme.id, "member": given.get("member", ""), "pot": pot,
        "cents": cents_of(given.get("cents", ""), programme), "reason": given.get("reason", ""),
        "to": given.get("to", ""),
    }  # fmt: skip
    return [Act(TAKEN_OUT.id, body, key="")]


def _lives_asks(reading: Reading) -> tuple[Question, ...]:
    hint = Text(en="You need not say more. Whoever decides reads it.", zh="可不填写。由作出决定的官员阅读。")
    others = [(one, _number(reading.tables, one)) for one in held_by_others(reading)]
    choices = (*_mine(reading), *_choices(others))
    return (
        Question("member", ACCOUNT, "one", choices=choices, required=True),
        Question("words", Text(en="What you want to say to it", zh="您的说明"), "long_text", hint=hint),
    )


def _lives_acts(reading: Reading, given: Mapping[str, str]) -> list[Act]:
    return [Act(LIVES.id, {"member": given.get("member", ""), "words": given.get("words", "").strip()}, key="")]


def withdrawals(reading: Reading) -> tuple[Choice, ...]:
    """What whoever is reading took out and can still take back, the newest first."""
    found = list[tuple[str, Text]]()
    for member in accounts_of(reading):
        for row in reading.tables.select(MOVE, {"member": member, "what": "taken_out"}, order=("-entry",)):
            programme = newest(reading.tables, row["programme"])
            if programme is not None and undue.can_be_taken_back(reading.tables, row):
                one, pot = programme[0], programme[0].pots[row["pot"]].title.text()
                amount = f"{accounts.written(goes(reading.tables, row), one.currency)} {one.currency}"
                words = {name: f"{row['on']} · {pot[name]} · {amount}" for name in pot}
                found.append((f"{row['entry']}", Text(words)))
    return _choices(found)


def _back_asks(reading: Reading) -> tuple[Question, ...]:
    title = Text(en="Which withdrawal", zh="哪一笔提取")
    return (Question("payment", title, "one", choices=withdrawals(reading), required=True),)


def _back_acts(reading: Reading, given: Mapping[str, str]) -> list[Act]:
    told = given.get("payment", "")
    theirs = {one.value for one in withdrawals(reading)}
    row = reading.tables.get(MOVE, int(told)) if told in theirs else None
    if row is None:
        raise BadInput(Fault("payment", told, "one of your withdrawals that did not go out yet", "reference"), ID)
    body = {"programme": row["programme"], "member": row["member"], "payment": row["entry"]}
    return [Act(WITHDRAWAL_TAKEN_BACK.id, body, key="")]


def _payee_asks(reading: Reading) -> tuple[Question, ...]:
    inherited = _choices([
        (f"{row['member']}/{heirs.named(row['entry'])}",
         Text(en=f"{number_of(reading.tables, row['member'])}, as an heir",
              zh=f"{number_of(reading.tables, row['member'])}（作为继承人）"))
        for row in heirs.claims_of(reading)
    ])  # fmt: skip
    mine = tuple(Choice(f"{one.value}/", one.label) for one in _mine(reading))
    return (
        Question("of", ACCOUNT, "one", choices=(*mine, *inherited), required=True),
        Question("to", Text(en="Scheme, if money moves to one", zh="转入计划（如有）"), "text",
                 hint=Text(en="As you named it when you took money out.", zh="与提取时填写的名称一致。")),
        Question("person", Text(en="In whose name the account is", zh="账户户名"), "text", required=True),
        Question("paid_to", Text(en="Account", zh="银行账号"), "text", required=True,
                 hint=Text(en="An IBAN, or routing and account number: 021000021/12345.",
                           zh="IBAN，或路由号与账号：021000021/12345。")),
    )  # fmt: skip


def _payee_acts(reading: Reading, given: Mapping[str, str]) -> list[Act]:
    member, _, heir = given.get("of", "").partition("/")
    told = {name: given.get(name, "").strip() for name in ("to", "person", "paid_to")}
    return [Act(PAYEE.id, {**told, "member": member, "to": heir or told["to"]}, key="")]


def _claim_asks(reading: Reading) -> tuple[Question, ...]:
    pools = [(one.id, one.title.text()) for one, _ in in_force(reading.tables, reading.today) if one.pays]
    return (
        Question("member", ACCOUNT, "one", choices=_mine(reading), required=True),
        Question("programme", Text(en="From which pool", zh="从哪个共济池"), "one", choices=_choices(pools),
                 required=True),
        Question("begins", Text(en="First day", zh="起始日"), "day", required=True),
        Question("weeks", Text(en="Weeks", zh="周数"), "number", required=True,
                 hint=Text(en="Weeks that are over; each is paid once.", zh="仅限已结束的周；每周只付一次。")),
    )  # fmt: skip


def _claim_acts(reading: Reading, given: Mapping[str, str]) -> list[Act]:
    weeks = given.get("weeks", "")
    body = {name: given.get(name, "") for name in ("member", "programme", "begins")}
    return [Act(CLAIM.id, {**body, "weeks": int(weeks) if weeks.isascii() and weeks.isdigit() else weeks}, key="")]


def _letter_asks(reading: Reading) -> tuple[Question, ...]:
    return (Question("member", ACCOUNT, "one", choices=_mine(reading), required=True),)


def _letter_acts(reading: Reading, given: Mapping[str, str]) -> list[Act]:
    return [Act(STATEMENT.id, {"member": given.get("member", "")}, key="")]


def _payer_asks(reading: Reading) -> tuple[Question, ...]:
    return (
        Question("name", Text(en="Number of the payer", zh="缴费方号码"), "text", required=True,
                 hint=Text(en="It stands in your files, such as SWIFT-1. Everybody sees it.",
                           zh="写入缴费文件，例如 SWIFT-1。公开可见。")),
        Question("called", Text(en="Name of the payer", zh="缴费方名称"), "text", required=True),
        Question("sort", Text(en="Sort of payer", zh="缴费方类别"), "one", choices=_choices(list(SORTS.items())),
                 required=True),
    )  # fmt: skip


def _payer_acts(reading: Reading, given: Mapping[str, str]) -> list[Act]:
    return [Act(PAYER.id, {name: given.get(name, "") for name in ("name", "called", "sort")}, key="")]


def programmes(reading: Reading) -> tuple[Choice, ...]:
    """The programmes in force, to choose from, each with its currency."""
    return _choices([(one.id, _priced(one)) for one, _ in in_force(reading.tables, reading.today)])


def _priced(one: Programme) -> Text:
    return Text({language: f"{words} ({one.currency})" for language, words in one.title.text().items()})


def programme_of(reading: Reading, name: str) -> Programme:
    """The programme that was chosen. Raises `BadInput`."""
    found = newest(reading.tables, name)
    if found is None:
        raise BadInput(Fault("programme", name, "one of the programmes in force here", "no_programme"), ID)
    return found[0]


def cents_of(text: str, programme: Programme) -> int:
    """An amount as it was written, which is more than nothing. Raises `BadInput`."""
    try:
        found = accounts.amount_of(text, programme.currency)
    except ValueError as error:
        raise BadInput(Fault("cents", text, str(error), "amount"), ID) from error
    if found <= 0:
        told = Text(
            {language: words.format(seen=text, currency=programme.currency) for language, words in MORE.items()}
        )
        raise BadInput(Fault("cents", text, f"more than nothing, in {programme.currency}", "amount", told), ID)
    return found


def amount_in(given: Mapping[str, str], name: str, unit: str) -> int:
    """An amount as it was written in an answer, also of nothing. Raises `BadInput`."""
    try:
        return accounts.amount_of(given.get(name, ""), unit)
    except ValueError as error:
        raise BadInput(Fault(name, given.get(name, ""), str(error), "amount"), ID) from error


MORE = Text(
    en="{seen} – more than nothing, in {currency}, such as 120.50", zh="{seen}——须大于零，以{currency}计，例如 120.50"
)
DOINGS: Mapping[str, Doing] = {
    "open": Doing(
        Text(en="Open an account", zh="开立账户"),
        Text(en="It is yours, whoever you work for. Nobody but you reads what is in it under your name.",
             zh="账户归您所有，不论为谁工作。除您以外无人以您的名义查看其内容。"), _open_asks, _open_acts, PATH,
    ),
    "take-out": Doing(
        Text(en="Take money out", zh="提取"),
        Text(en="What the programme allows is granted at once. It goes out with the fund's next file for its bank, to "
                "the account that you told, and your statement says when the bank has paid it. "
                "Until it is in that file you can take it back.",
             zh="方案允许的金额即时准予，随基金下一批银行文件汇至您告知的账户；银行付出后载于对账单。列入该文件前，您可自行撤回。"),
        _take_asks, _take_acts, PATH,
    ),
    "take-back": Doing(
        Text(en="Take a withdrawal back", zh="撤回提取"),
        Text(en="For what you took out or moved by mistake. It is in your pot again at once. Once it is in a file for "
                "the bank it cannot be taken back here.",
             zh="适用于误提取或误转出的款项，即时退回子账户。一经列入送交银行的文件即不可撤回。"),
        _back_asks, _back_acts, PATH,
    ),
    "claim": Doing(
        Text(en="Claim from a pool", zh="申领共济给付"),
        Text(en="The rule decides at once, and your statement says why. If a payer says later that there was work "
                "in a week that you were paid for, that week is to be paid back.",
             zh="依规则即时决定，理由载于对账单。缴费方事后申报您已获给付的某周有工作的，该周给付须退还。"),
        _claim_asks, _claim_acts, PATH,
    ),
    "payee": Doing(
        Text(en="Say where money goes", zh="告知收款账户"),
        Text(en="The account at a bank to which money goes that you take out, move or inherit. You alone say it.",
             zh="提取、转出或继承的款项所汇入的银行账户。仅由您本人告知。"), _payee_asks, _payee_acts, PATH,
    ),
    "inherit": Doing(
        Text(en="Come forward as an heir", zh="申请继承"),
        Text(en="Where the person of an account died. An officer divides it once others had time to come forward too.",
             zh="适用于账户归属人身故的情形。待其他继承人有时间提出后，由官员分割账户。"),
        heirs.asks, heirs.acts, PATH,
    ),
    "lives": Doing(
        Text(en="I live", zh="我在世"),
        Text(en="For whom it was said that they died. What was only reported ends by your word, and payments go on. "
                "What was recorded by a register of deaths, or by two officers, another officer answers; meanwhile "
                "nothing of yours is divided.",
             zh="适用于被称已身故者。仅属报告的，因您的声明而终止，付款恢复；依死亡登记或经两名官员登记的，由另一官员答复，"
                "其间账户不予分割。"),
        _lives_asks, _lives_acts, PATH,
    ),
    "letter": Doing(
        Text(en="Statement as a letter", zh="书面对账单"),
        Text(en="A letter in both languages, as PDF, that stays on record.", zh="以中英文出具的PDF公函，留存备查。"),
        _letter_asks, _letter_acts, PATH, "/letters",
    ),
    "register": Doing(
        Text(en="Register a payer", zh="登记缴费方"),
        Text(en="For an employer, a platform, a school, or for yourself if you are self-employed.",
             zh="适用于雇主、平台、学校，或自雇者本人。"), _payer_asks, _payer_acts, PAYERS,
    ),
}  # fmt: skip


def takes_files(parts: Mapping[str, str]) -> Kind | None:
    """The kind whose attachments a form takes; None for one that takes none."""
    return HEIR if parts["doing"] == "inherit" else None


def doing_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, object]:
    """The form of one thing that a member or payer does. Raises `NotFound`."""
    doing = _doing(query["doing"])
    return {
        "title": doing.title.in_(reading.language), "lead": doing.lead, "asks": doing.asks(reading),
        "back": doing.back, "action": f"{PATH}/do/{query['doing']}",
    }  # fmt: skip


def doing_deed(reading: Reading, given: Mapping[str, str]) -> Deed:
    """What its answers come to. Raises `NotFound` and `BadInput`."""
    doing = _doing(given["doing"])
    return Deed(doing.acts(reading, given), doing.onward or doing.back)


def _doing(name: str) -> Doing:
    if name not in DOINGS:
        raise NotFound("page of benefits", name, "one of: " + ", ".join(DOINGS))
    return DOINGS[name]
