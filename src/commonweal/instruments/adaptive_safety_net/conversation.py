"""What whoever claims is told when they come back: what was decided and why, what is missing, each amount in steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from babel.dates import format_date

from commonweal.kernel import accounts, obligations, registry
from commonweal.kernel.control import AGAINST, called
from commonweal.kernel.instrument import Question as Asked
from commonweal.kernel.instrument import Reader, Reply, Row, Talk, Text, Thread
from commonweal.kernel.record import AUTHORITY
from commonweal.kernel.values import citing, text

from . import banking, behalf, holders, programmes, saying
from .clauses import clause
from .kinds import (
    ANSWER,
    APPEAL,
    APPEAL_DECIDED,
    CHANGED,
    CLAIM,
    CLAIM_NOUN,
    CORRECTION,
    DECIDED,
    LIVES,
    NOT_TAKEN_BACK,
    QUESTION,
    WITHDRAWN,
    WRITTEN_DOWN,
)
from .laus import area_name
from .paying import HELD, why
from .programmes import PAYMENT, RUN_ROW, UNPAID, Programme, Standing
from .setting_off import NotFinal
from .terms import FACTS, FactName
from .words import day, said

LAW = "us.benefit_appeals"
RECEIVED = Text(
    en="Your claim under {programme} is with the authority.", zh="您在{programme}项下的申领已由本机关收悉。"
)
WAITS = Text(
    en="An officer looks at it: not every condition of the text is met by what is on file.",
    zh="工作人员正在审查：现有资料尚不符合文本的全部条件。",
)
LOOKED_AT = Text(
    en="Every condition of the text is met by what is on file. An officer looks at it before it is granted.",
    zh="现有资料符合文本的全部条件。准予之前由工作人员审查。",
)
AGAIN = Text(
    en="You made the claim again: it counts from this month on.", zh="您已重新提交申领：自本月起重新计算。"
)  # fmt: skip
MISSING = Text(en="Missing: {facts}. File the claim again with it.", zh="缺少：{facts}。请补充后重新提交申领。")
GRANTED = Text(en="Granted: every condition of the text is met.", zh="准予：符合文本的全部条件。")
REFUSED = Text(en="Not granted.", zh="不予批准。")
MET = Text(en="Met: {title} ({clause})", zh="符合：{title}（{clause}）")
NOT_MET = Text(en="Not met: {title} ({clause})", zh="不符合：{title}（{clause}）")
NOT_KNOWN = Text(en="Not known: {title} ({clause})", zh="未知：{title}（{clause}）")
APPEALS = Text(
    en="You can appeal until {day}; somebody else then decides within {period} ({law}).",
    zh="您可在{day}或之前申诉；将由他人在{period}内裁决（{law}）。",
)
AMOUNTS = Text(
    en="You can appeal this amount until {day}.", zh="您可在{day}或之前就此金额申诉。"
)  # fmt: skip
APPEALED = Text(en="Your appeal is decided by {day}: {law}.", zh="将于{day}或之前裁决您的申诉：{law}。")
OVERDUE = Text(
    en="Your appeal was to be decided by {day} and is overdue: {law}.",
    zh="应于{day}或之前裁决您的申诉，现已逾期：{law}。",
)
LATE = Text(
    en="It came after that day; whoever decides says whether it is heard.", zh="已过期限；是否受理由裁决人决定。"
)
ALLOWED = Text(en="The appeal is allowed: the claim is granted.", zh="申诉成立：准予申领。")
ORDERED = Text(en="It was ordered: {citation}.", zh="依命令准予：{citation}。")
CORRECTED_BY_TWO = Text(
    en="Two officers corrected facts of the claim: amounts follow from them.",
    zh="两名官员更正了申领事实，金额据此计算。",
)
STANDS = Text(
    en="The claim was taken back by mistake: it stands as though it never had been, and no month is lost by it.",
    zh="此前的撤回有误：申领视同从未撤回，各月均不受影响。",
)
UPHELD = Text(en="The decision stands.", zh="维持原决定。")
CHANGES: Mapping[str, Text] = {
    "died": Text(en="Death on {day}.", zh="于{day}死亡。"),
    "alive": Text(
        en="The death was recorded by mistake (found on {day}): what was withheld is due again.",
        zh="死亡系误记（{day}查明）：此前停发的款项重新应付。",
    ),
    "moved": Text(en="Moved on {day}.", zh="于{day}迁居。"),
}
PAID = Text(
    en="{month}: {amount} {unit} were paid (due since {day}).", zh="{month}：已付 {amount} {unit}（自{day}起应付）。"
)
DUE = Text(en="{month}: {amount} {unit} are due since {day}.", zh="{month}：自{day}起应付 {amount} {unit}。")
WAS_DUE = Text(
    en="{month}: {amount} {unit} were to be paid from {day} on.", zh="{month}：原定自{day}起应付 {amount} {unit}。"
)
FOR_EARLIER = Text(en="Of it for {month}: {amount} {unit}.", zh="其中{month}：{amount} {unit}。")
NOT_FOR = Text(
    en="Nothing of it is for {month}, of which it takes something off.", zh="不含{month}的款项，而扣除该月多付部分。"
)
STEP_LINE = Text(en="{step} → {amount} {unit} ({clause})", zh="{step} → {amount} {unit}（{clause}）")
OVERPAID = Text(
    en="{amount} {unit} more were paid than is due by what is on file now. {what}",
    zh="按现有资料，已多付 {amount} {unit}。{what}",
)

BANK: Mapping[str, Text] = {
    "": Text(en="Not sent to the bank yet.", zh="尚未送交银行。"),
    "sent": Text(en="Sent to the bank.", zh="已送交银行。"),
    "waits": Text(en="The bank has not decided yet.", zh="银行处理中。"),
    "taken": Text(en="The bank settled it.", zh="银行已结算。"),
    "again": Text(en="The bank did not pay it. It goes out with the next file.", zh="银行未付出，将随下一批送交银行。"),
    "rejected": Text(
        en="The bank sent it back ({reason}): file the claim again with the right account.",
        zh="银行退回（{reason}）：请更正账户后重新提交申领。",
    ),
    "returned": Text(
        en="The bank paid it and the money came back ({reason}): file the claim again with the right account.",
        zh="银行付出后款项被退回（{reason}）：请更正账户后重新提交申领。",
    ),
}
STOPPED = Text(
    en="It was stopped before it went out: the money is in the fund again.", zh="该款在付出前已停发，资金已退回基金。"
)
STOPPED_AND_PAID = Text(
    en="It was stopped, and the bank settled it all the same: {amount} {unit} are set off against what comes.",
    zh="该款已停发，而银行仍已结算：{amount} {unit} 将从后续发放中扣除。",
)
STAYS = Text(
    en="It stays here while a person looks at the claim.", zh="申领由人审查期间，该款暂不付出。"
)  # fmt: skip


DEAD_STAYS = Text(
    en="It stays here until the death that was reported is answered.", zh="在所报告的身故得到答复之前，该款暂不付出。"
)
REPORTED = Text(
    en="On {day} somebody reported that you died on {on}. Nobody has confirmed it. Until that is answered nothing is "
    "paid, and nothing is lost. If you live, say so (“I live”).",
    zh="{day}有人报告您已于{on}身故，尚未经确认。在答复之前暂停付款，款项不受损失。如您在世，请声明（“我在世”）。",
)
RECORDED = Text(
    en="It is on record that you died on {on}: nothing is due for the time after. If you live, say so (“I live”): an "
    "officer who did not record it answers that.",
    zh="已登记您于{on}身故，其后不再应付。如您在世，请声明（“我在世”）：由登记者以外的官员答复。",
)
HEARD = Text(
    en="On {day} you said that you live. An officer answers it.", zh="您已于{day}声明在世，将由官员予以答复。"
)  # fmt: skip
I_LIVE = Text(en="I live", zh="我在世")
THEIRS: Mapping[str, Text] = {"reported": REPORTED, "recorded": RECORDED, "heard": HEARD}
"""What is said of the death of a claim's person, as they read it; as who holds it for them does; as who inherited."""
WARDS: Mapping[str, Text] = {
    "reported": Text(
        en="On {day} somebody reported that the person for whom you claim died on {on}. Nobody has confirmed it. Until "
        "that is answered nothing is paid, and nothing is lost. If they live, say so (“I live”).",
        zh="{day}有人报告您所代理的本人已于{on}身故，尚未经确认。在答复之前暂停付款，款项不受损失。"
        "如本人在世，请声明（“我在世”）。",
    ),
    "recorded": Text(
        en="It is on record that the person for whom you claim died on {on}: nothing is due for the time after. If "
        "they live, say so (“I live”): two officers answer that, or one where the person says it themselves.",
        zh="已登记您所代理的本人于{on}身故，其后不再应付。如本人在世，请声明（“我在世”）："
        "由两名官员答复；本人亲自声明的，由一名官员答复。",
    ),
    "heard": Text(
        en="On {day} it was said that the person lives. An officer answers it.",
        zh="{day}有人声明本人在世，将由官员予以答复。",
    ),
}
INHERITED: Mapping[str, Text] = {
    "reported": Text(
        en="On {day} somebody reported that the person whose claim this was died on {on}. Nobody has confirmed it. "
        "Until that is answered nothing is paid, and nothing is lost.",
        zh="{day}有人报告本申领原归属人已于{on}身故，尚未经确认。在答复之前暂停付款，款项不受损失。",
    ),
    "recorded": Text(
        en="It is on record that the person whose claim this was died on {on}: nothing is due for the time after.",
        zh="已登记本申领原归属人于{on}身故，其后不再应付。",
    ),
    "heard": WARDS["heard"],
}
TWICE = Text(
    en="The bank paid it twice: {amount} {unit} came beyond what is due, and are set off against what comes.",
    zh="银行重复付款：多付 {amount} {unit}，将从后续发放中扣除。",
)


def at_the_bank(reader: Reader, stands: Standing, row: Row, unit: str) -> Text:
    """What became of a payment: where it is on its way to the bank, that it was stopped, or that it came twice."""
    id = banking.payment_id(stands, row["month"])
    twice = reader.get(programmes.DOUBLED, id)
    beyond = accounts.written(twice["cents"], unit) if twice is not None and twice["cents"] else ""
    if row["stopped"]:
        return said(STOPPED_AND_PAID, amount=beyond, unit=unit) if beyond else STOPPED
    if reader.count(programmes.REPORTS.reported, {"claim": stands.claim}) and banking.BANK.with_us(reader, id):
        return DEAD_STAYS
    if stands.state == "waits" and banking.BANK.with_us(reader, id):
        return STAYS
    if beyond:
        return said(TWICE, amount=beyond, unit=unit)
    state, reason = banking.BANK.stands(reader, id, banking.told_by(reader, stands, row))
    return said(BANK[state], reason=reason)


def settled(reader: Reader, stands: Standing, row: Row) -> bool:
    """Whether the bank said that it settled a payment, and not that the money came back: then it is paid."""
    at_bank = banking.BANK.newest(reader, banking.payment_id(stands, row["month"]))
    return at_bank is not None and at_bank["state"] == accounts.TAKEN


def amount_line(reader: Reader, stands: Standing, row: Row, unit: str) -> Text:
    """What is due for a month, or was paid: that is said once the bank said so."""
    words = PAID if settled(reader, stands, row) else WAS_DUE if row["stopped"] else DUE
    month, on = date.fromisoformat(f"{row['month']}-01"), date.fromisoformat(row["day"])
    amount = accounts.written(row["cents"], unit)
    return said(words, month=month_words(month), amount=amount, unit=unit, day=day(on))


def talk(reader: Reader, claim: str) -> list[Talk]:
    """The conversation about a claim, oldest first, as whoever claims reads it."""
    stands = programmes.standing(reader, claim)
    one = programmes.programme(reader, str(stands.body["programme"])) if stands else None
    if stands is None or one is None:
        return []
    answers = {row["body"]["question"]: row["entry"] for row in stands.steps if row["body"].get("question") is not None}
    found = [Talk("received", stands.first, stands.filed_on, "", lines=tuple(_received(one, stands)))]
    for row in stands.steps:
        body, at, name = row["body"], (row["entry"], row["at"]), for_them(reader, stands, row)
        by = (said(BY, name=name),) if name else ()
        if row["kind"] == QUESTION.id:
            found.append(Talk("question", *at, str(body["text"]), answers.get(row["entry"])))
        elif row["kind"] == ANSWER.id:
            found.append(Talk("answer", *at, str(body["text"]), lines=by))
        elif row["kind"] == WITHDRAWN.id:
            found.append(Talk("withdrawal", *at, str(body.get("reasons") or ""), lines=by))
        elif row["kind"] == CLAIM.id:
            found.append(Talk("stands", *at, "", lines=(AGAIN, *by)))
        elif row["kind"] == LIVES.id:
            found.append(Talk("answer", *at, str(body["words"]), lines=(I_LIVE,)))
        elif row["kind"] == WRITTEN_DOWN.id:
            found.append(Talk("received", *at, "", lines=(behalf.WHAT[body["what"]],)))
        else:
            what = "stands" if row["kind"] == NOT_TAKEN_BACK.id or body.get("not_taken_back") else "decision"
            found.append(Talk(what, *at, "", lines=(*_lines(reader, one, stands, row), *by)))
    for row in reader.select(PAYMENT, {"claim": claim, "asked": 0}, order=("month",)):
        found.append(Talk("decision", row["run"], row["day"], "", lines=(
            *payment_lines(reader, stands, row, one.unit), at_the_bank(reader, stands, row, one.unit),
            *_amount_until(one, row),
        )))  # fmt: skip
    for held in reader.select(UNPAID, {"whose": claim}, order=("month",)):
        on = reader.select(RUN_ROW, {"entry": held["run"]}, only=("day",))[0]["day"]
        found.append(Talk("decision", held["run"], on, "", lines=tuple(held_lines(reader, one, claim))))
    return sorted(found, key=lambda item: item.entry)


def _received(one: Programme, stands: Standing) -> Iterator[Text]:
    yield said(RECEIVED, programme=one.name)
    if stands.state == "waits":
        found = programmes.assessment(one, stands)
        missing = found.missing
        yield LOOKED_AT if found.answer == "eligible" else WAITS
        if missing:
            yield said(MISSING, facts=listed(missing))


def listed(facts: list[FactName]) -> Text:
    """Names of facts in a row."""
    return Text(en="; ".join(FACTS[one]["en"] for one in facts), zh="；".join(FACTS[one]["zh"] for one in facts))


def _lines(reader: Reader, one: Programme, stands: Standing, row: Row) -> Iterator[Text]:
    body = row["body"]
    if row["kind"] == DECIDED.id:
        yield GRANTED if body["outcome"] == "eligible" else REFUSED
        yield from conditions(body.get("conditions", ()))
        if body.get("words"):
            yield same(str(body["words"]))
        yield may_appeal(reader, one, row)
    elif row["kind"] == CHANGED.id:
        terms = one.text.claims
        assert terms is not None
        yield said(CHANGES[body["what"]], day=day(date.fromisoformat(body["on"])))
        if body["what"] != "alive":
            change, words = getattr(terms, body["what"]), Text(en="{text} ({clause})", zh="{text}（{clause}）")
            yield said(words, text=change.text.text(), clause=clause(change.clause))
        elif body.get("words"):
            yield same(str(body["words"]))
    elif row["kind"] == APPEAL.id:
        yield same(str(body["words"]))
        if body.get("good_cause"):
            yield LATE
            yield same(str(body["good_cause"]))
        yield from _clock(reader, one, stands, row)
    elif row["kind"] == APPEAL_DECIDED.id:
        yield ALLOWED if body["outcome"] == "allowed" else UPHELD
        if body.get("not_taken_back"):
            yield STANDS
        if body.get("citation"):
            yield said(ORDERED, citation=same(str(body["citation"])))
        yield same(str(body["words"]))
        yield from corrected_lines(stands, row, one.unit)
    elif row["kind"] == CORRECTION.id:
        yield CORRECTED_BY_TWO
        yield same(str(body["words"]))
        yield from corrected_lines(stands, row, one.unit)
    elif row["kind"] == NOT_TAKEN_BACK.id:
        yield STANDS
        yield same(str(body["words"]))


SPOKEN = (CLAIM.id, ANSWER.id, WITHDRAWN.id, APPEAL.id)
"""What whoever claims says, or somebody for them: a colleague of the organisation for which they file, too."""
BY = Text(en="By {name}, for you.", zh="由{name}代您提出。")


def for_them(reader: Reader, stands: Standing, row: Row) -> str:
    """Who said something for whoever claims, by name; empty where they did so themselves, or the house by what two
    officers wrote down."""
    whose = (*holders.whose(reader, stands.claim), AUTHORITY)
    return called(reader, row["by"]) if row["kind"] in SPOKEN and row["by"] not in whose else ""


def corrected_lines(stands: Standing, row: Row, unit: str) -> Iterator[Text]:
    """Which facts of a claim a step corrects, from what to what."""
    for name, (was, now) in programmes.corrects(stands.steps, row).items():
        what = saying.NAMED[name]
        yield said(CHANGED_FACT, what=what, was=_fact(name, was, unit), now=_fact(name, now, unit))


def _fact(name: str, told: Any, unit: str) -> Text:
    if not told:
        return same("–")
    if name == "area":
        return Text({language: area_name(str(told), language) for language in ("en", "zh")})
    if name in saying.DAYS:
        return day(date.fromisoformat(str(told)))
    if name == "jobs":
        return Text({language: saying.fact_words(told, language) for language in ("en", "zh")})
    return same(f"{told} {unit}")


CHANGED_FACT = Text(en="Corrected: {what}, from {was} to {now}.", zh="更正：{what}由 {was} 改为 {now}。")


def conditions(found: Any) -> Iterator[Text]:
    """What each condition came to, as a decision holds it."""
    words = {True: MET, False: NOT_MET, None: NOT_KNOWN}
    for item in found:
        yield said(words[item["holds"]], title=Text(item["title"]), clause=clause(str(item["clause"])))


def may_appeal(reader: Reader, one: Programme, decided: Row, until: date | None = None) -> Text:
    """Until when a decision can be appealed (or what was paid since: `until`), and how soon an appeal is decided."""
    until, period = until or appeal_until(one, decided), _period(reader)
    return said(APPEALS, day=day(until), period=period[0], law=period[1])


def appeal_until(one: Programme, decided: Row) -> date:
    """The last day on which an appeal of a decision is in time."""
    return _so_long_after(one, decided["on"])


def _amount_until(one: Programme, paid: Row) -> Iterator[Text]:
    """Until when what a payment came to can be appealed: each amount is a decision, with a time of its own."""
    yield said(AMOUNTS, day=day(_so_long_after(one, paid["day"])))


def _so_long_after(one: Programme, on: str) -> date:
    assert one.text.claims is not None
    return date.fromisoformat(on) + timedelta(days=one.text.claims.appeals.within_days)


def _period(reader: Reader) -> tuple[Text, Text]:
    for law in obligations.adopted_laws(reader):
        for rule in law.rules if law.id == LAW else ():
            if rule.period is not None:
                return rule.period.text(), citing(rule.citation)
    return Text(en="good time", zh="合理时间"), text("–")


def _clock(reader: Reader, one: Programme, stands: Standing, row: Row) -> Iterator[Text]:
    if stands.appeal is None or stands.appeal["entry"] != row["entry"]:
        return
    for duty in clocks(reader, stands.claim):
        if duty["state"] in ("owed", "overdue") and duty["last_day"]:
            words = APPEALED if duty["state"] == "owed" else OVERDUE
            yield said(words, day=day(date.fromisoformat(duty["last_day"])), law=_period(reader)[1])


def clocks(reader: Reader, claim: str) -> list[Row]:
    """The duties of the authority about an appeal, the authority's own rows."""
    return [row for row in obligations.duties(reader, subject=claim, private=True) if row["law"] == LAW]


def payment_lines(reader: Reader, stands: Standing, row: Row, unit: str) -> Iterator[Text]:
    """What is due for a month, or was paid, and each step that led there; the same of earlier months that came with
    it."""
    yield amount_line(reader, stands, row, unit)
    yield from _step_lines(row["steps"], unit)
    for part in row["earlier"] or ():
        yield earlier_line(part, unit)
        yield from _step_lines(part["steps"], unit)


def _step_lines(steps: Sequence[Mapping[str, Any]], unit: str) -> Iterator[Text]:
    for step in steps:
        told = accounts.written(step["cents"], unit)
        yield said(STEP_LINE, step=Text(step["words"]), amount=told, unit=unit, clause=clause(step["clause"]))


def earlier_line(part: Mapping[str, Any], unit: str) -> Text:
    """How much of a payment is for an earlier month."""
    month, amount = date.fromisoformat(f"{part['month']}-01"), accounts.written(part["cents"], unit)
    return said(FOR_EARLIER if part["cents"] else NOT_FOR, month=month_words(month), amount=amount, unit=unit)


def held_lines(reader: Reader, one: Programme, whose: str) -> Iterator[Text]:
    """What the ledger did not take of what is due to somebody, and why."""
    for row in reader.select(UNPAID, {"whose": whose}, order=("month",)):
        amount, month = accounts.written(row["cents"], one.unit), date.fromisoformat(f"{row['month']}-01")
        yield said(HELD, month=month_words(month), amount=amount, unit=one.unit, why=why(row["outcome"]))


def overpaid(one: Programme, cents: int, month: date, waits: NotFinal | None) -> Text:
    """That more was paid than is due through a month, and what is done about it; from when on, where it was not
    final."""
    assert one.text.claims is not None
    what = one.text.claims.overpaid.text.text()
    if waits is not None and month < waits.before:
        what = Text(en=f"{waits.why['en']} {what['en']}", zh=f"{waits.why['zh']}{what['zh']}")
    return said(OVERPAID, amount=accounts.written(cents, one.unit), unit=one.unit, what=what)


def month_words(month: date) -> Text:
    """A month in words."""
    return Text(en=format_date(month, "MMMM y", "en_GB"), zh=format_date(month, "y年M月", "zh_Hans_CN"))


def same(words: str) -> Text:
    return Text(en=words, zh=words)


def _can_appeal(reader: Reader, claim: str) -> bool:
    stands = programmes.standing(reader, claim)
    return stands is not None and stands.decision is not None and stands.appeal is None


GOOD_CAUSE = Asked(
    "good_cause", Text(en="If it comes late: why", zh="如已逾期：原因"), "long_text",
    hint=Text(en="Only after the last day for an appeal. Whoever decides says whether that is a good cause.",
              zh="仅在申诉期限届满后填写；是否构成正当理由由裁决人决定。"),
)  # fmt: skip
APPEAL_REPLY = Reply(
    "appeal",
    APPEAL.id,
    Text(en="Appeal", zh="申诉"),
    Text(
        en="Say what is wrong with the decision, or with an amount. Somebody who did not take it decides.",
        zh="请说明决定或金额有何不当。由未参与原决定的人员裁决。",
    ),
    Text(en="Appeal", zh="提出申诉"),
    asks=(
        Asked(
            "words", Text(en="What is wrong, in your words", zh="有何不当（请自行说明）"), "long_text", required=True
        ),
        GOOD_CAUSE,
    ),
    offered=_can_appeal,
)
LACKS: Mapping[str, Text] = {
    "account": Text(
        en="Money that is due to you waits: you told no account. Say to which it is to go: change what you filed.",
        zh="应付给您的款项尚待发放：您未告知收款账户。请更改所提交的内容，告知收款账户。",
    ),
    "sent_back": Text(
        en="Money that is due to you waits: the bank sent it back. Say to which account it is to go: change what you "
        "filed.",
        zh="应付给您的款项尚待发放：款项被银行退回。请更改所提交的内容，告知收款账户。",
    ),
}


def lacks(reader: Reader, claim: str) -> Sequence[Text]:
    """That money on a claim waits for an account, and what is said of a death of whoever claims: both wait for what
    they alone can say."""
    stands = programmes.standing(reader, claim)
    why = banking.lacks_account(reader, stands) if stands else ""
    return (*((LACKS[why],) if why else ()), *of_a_death(reader, claim))


def of_a_death(reader: Reader, claim: str, party: str = "") -> Iterator[Text]:
    """What is on record of the death of a claim's person, or was reported of it, and what was said to that, as a party
    (empty: whoever claims) reads it."""
    stands, report = programmes.standing(reader, claim), programmes.REPORTS.waits(reader, claim)
    themselves = holders.person(reader, claim) == (party or registry.filer(reader, claim))
    words = THEIRS if themselves else INHERITED if holders.inherited(reader, claim) else WARDS
    if report is not None:
        yield said(words["reported"], **{name: day(date.fromisoformat(report[name])) for name in ("day", "on")})
    elif stands is not None and stands.died is not None:
        yield said(words["recorded"], on=day(date.fromisoformat(stands.died["body"]["on"])))
    if says := programmes.REPORTS.says_living(reader, claim):
        yield said(words["heard"], day=day(date.fromisoformat(says["day"])))


def _offers_lives(reader: Reader, claim: str) -> bool:
    return programmes.REPORTS.contested(reader, claim) and not holders.inherited(reader, claim)


LIVES_REPLY = Reply(
    "lives",
    LIVES.id,
    I_LIVE,
    Text(
        en="Say that you live. What was merely reported ends by that; what is on record an officer answers.",
        zh="声明您在世。仅属报告的即告终止；已登记的由官员答复。",
    ),
    I_LIVE,
    asks=(Asked("words", Text(en="What you want to say to it", zh="您的说明"), "long_text"),),
    offered=_offers_lives,
    own=True,
)
THREADS = (
    Thread(CLAIM_NOUN, QUESTION.id, ANSWER.id, WITHDRAWN.id, "claim", talk, (APPEAL_REPLY, LIVES_REPLY), lacks=lacks),
)
FIELDS: Mapping[str, Text] = {
    "counts_by": Text(en="By which rule it counts", zh="计入所依规则"),
    "twice_uncounted": Text(
        en="From before what the bank paid twice counted as paid in a year",
        zh="早于银行重复付款计入年度上限的要求",
    ),
    "alone": Text(en="Done by one officer, from before two were asked", zh="由一人办理（早于两人办理的要求）"),
    "undid_alone": Text(
        en="Undid what two had confirmed, from before two were asked for that",
        zh="撤销两人确认的事项时由一人办理（早于两人办理的要求）",
    ),
    "since_unasked": Text(en="Confirmed before what came since was asked about", zh="后续变化失效规则施行前已确认"),
    "as_asked": Text(en="Confirmed before it took effect only from then on", zh="自确认时起生效规则施行前已确认"),
    "lapse_unasked": Text(en="Confirmed before what was asked for lapsed", zh="申请事项失效规则施行前已确认"),
    "first_unasked": Text(
        en="Confirmed from before it was asked whether the first officer is a party by then",
        zh="确认时尚未要求核查提出人是否已成为利害关系人",
    ),
    "crossed": Text(en="Month of the crossing", zh="触发月份"),
    "opens_on": Text(en="Opens on", zh="启动日"),
    "closes_on": Text(en="Last day to come under it", zh="最后受理日"),
    "budget": Text(en="Budget", zh="预算"),
    "programme": Text(en="Programme", zh="项目"),
    "package": Text(en="Package", zh="方案"),
    "claim": Text(en="Claim", zh="申领"),
    "marks": Text(en="What it is compared by (digests)", zh="比对标记（摘要）"),
    "month": Text(en="Month", zh="月份"),
    "cut_alike": Text(en="All cut by the same part where money is short", zh="预算不足时人人按同一比例削减"),
    "known_by": Text(en="How it is known", zh="依据"),
    "against_record": AGAINST,
    "born_on": Text(en="Day of birth", zh="出生日期"),
    "lost_on": Text(en="Day on which the work was lost", zh="失去工作之日"),
    "earned": Text(en="Pay of a month before", zh="此前月薪"),
    "currency": Text(en="Currency", zh="币种"),
    "weekly_benefit": Text(en="Benefit of a week before", zh="此前每周失业金"),
    "exhausted_on": Text(en="Day on which regular benefits were used up", zh="常规失业金用尽之日"),
    "paid_to": Text(en="Paid to: IBAN, or routing number/account number", zh="收款账户：IBAN，或路由号/账号"),
    "file_id": Text(en="Id of the file", zh="文件编号"),
    "payments": Text(en="Payments in the file", zh="付款笔数"),
    "payment_ids": Text(en="Ids of the payments", zh="付款编号"),
    "made_at": Text(en="Time told in the file", zh="文件所载时间"),
    "told_by": Text(en="Versions of claims that say to which account (entries)", zh="载明收款账户的申领版本（条目）"),
    "bank_took": Text(en="Settled by the bank", zh="银行已结算笔数"),
    "bank_sent_back": Text(en="Sent back by the bank", zh="银行退回笔数"),
    "bank_document": Text(en="Document of the bank (ISO 20022)", zh="银行文件（ISO 20022）"),
    "bank_open": Text(en="Not decided by the bank", zh="银行处理中笔数"),
    "bank_odd": Text(en="What to ask the bank about", zh="须向银行查询的事项"),
    "bank_wrote_at": Text(en="When the bank wrote it", zh="银行出具时间"),
    "bank_said": Text(en="What the bank said of each payment", zh="银行对各笔付款的说明"),
    "debtor": Text(en="Paid by", zh="付款方"),
    "debtor_account": Text(en="From the account", zh="付款账户"),
    "debtor_bic": Text(en="BIC of the bank", zh="银行BIC"),
    "drawn": Text(en="Payments drawn", zh="抽样笔数"),
    "wrong": Text(en="Wrong among them", zh="其中有误笔数"),
    "withdrawal": Text(en="Taken back by (entry)", zh="撤回条目"),
    "appeal": Text(en="Appeal (entry)", zh="申诉条目"),
    "same_as": Text(en="Claims of the same person", zh="同一人的申领"),
    "not_taken_back": Text(en="Taken back by mistake by (entries)", zh="有误的撤回（条目）"),
    "good_cause": Text(en="Why the appeal comes late", zh="申诉逾期原因"),
    "jobs": Text(en="New work", zh="新工作"),
    "working": Text(en="Has work now", zh="目前有工作"),
    "weekly_hours": Text(en="Hours a week", zh="每周工时"),
    "same_firm": Text(en="At the firm whose work was lost", zh="在原离职单位"),
    "facts": Text(en="Version of the claim (entry)", zh="申领版本（条目）"),
    "amount": Text(en="Amount", zh="金额"),
    "unit": Text(en="Unit", zh="单位"),
    "area": Text(en="Area", zh="地区"),
    "overpaid": Text(en="Paid too much before", zh="此前多付"),
    "earlier": Text(en="Earlier months that came with it", zh="一并发放的此前各月"),
    "run": Text(en="Run of payments (entry)", zh="发放批次（条目）"),
    "paid": Text(en="People paid", zh="发放人数"),
    "refused": Text(en="Payments that the ledger did not take", zh="账本未受理的笔数"),
    "cents": Text(en="Paid in all, in hundredths", zh="发放总额（百分之一单位）"),
    "largest": Text(en="Largest payment, in hundredths", zh="最大一笔（百分之一单位）"),
    "second": Text(en="Second largest payment, in hundredths", zh="第二大一笔（百分之一单位）"),
    "conditions": Text(en="Conditions", zh="条件"),
}
