"""What the fields of these filings are called."""

from __future__ import annotations

from collections.abc import Mapping

from commonweal.kernel.control import AGAINST
from commonweal.kernel.instrument import Text

FIELDS: Mapping[str, Text] = {
    "after": Text(en="After the account", zh="起始账户（不含）"),
    "against_record": AGAINST,
    "alone": Text(en="Done by one officer, from before two were asked", zh="由一人办理（早于两人办理的要求）"),
    "undid_alone": Text(
        en="Undid what two had confirmed, from before two were asked for that",
        zh="撤销两人确认的事项时由一人办理（早于两人办理的要求）",
    ),
    "since_unasked": Text(en="Confirmed before what came since was asked about", zh="后续变化失效规则施行前已确认"),
    "as_asked": Text(en="Confirmed before it took effect only from then on", zh="自确认时起生效规则施行前已确认"),
    "backwards": Text(
        en="Decided before each year of weeks was looked at, and not only the one before",
        zh="早于“逐一核查各年度周数”的规则",
    ),
    "newest_text": Text(
        en="Goes by the text adopted last, from before one adopted ahead was no law until its day",
        zh="按最新采用的文本办理（早于“文本自生效日起适用”的规则）",
    ),
    "promised": Text(
        en="Decided before only what the fund received vested, and not all that payers say",
        zh="早于“归属仅以基金实收金额计”的规则",
    ),
    "rounded_twice": Text(
        en="Decided before a week's benefit was rounded once, and not of a rounded typical week",
        zh="早于“每周给付仅舍入一次”的规则",
    ),
    "former_spoke": Text(
        en="Said from before whose the account once was said nothing of what goes to an heir",
        zh="早于“原账户持有人不得代继承人指定收款账户”的要求",
    ),
    "lapse_unasked": Text(en="Confirmed before what was asked for lapsed", zh="申请事项失效规则施行前已确认"),
    "first_unasked": Text(
        en="Confirmed from before it was asked whether the first officer is a party by then",
        zh="确认时尚未要求核查提出人是否已成为利害关系人",
    ),
    "anew": Text(en="Payments to heirs that are divided anew (entries)", zh="重新分割的继承付款（条目）"),
    "bank_document": Text(en="Document of the bank (ISO 20022)", zh="银行文件（ISO 20022）"),
    "bank_open": Text(en="Not decided by the bank", zh="银行处理中笔数"),
    "bank_odd": Text(en="What to ask the bank about", zh="须向银行查询的事项"),
    "bank_said": Text(en="What the bank said of each payment", zh="银行对各笔付款的说明"),
    "bank_sent_back": Text(en="Sent back by the bank", zh="银行退回笔数"),
    "bank_took": Text(en="Settled by the bank", zh="银行已结算笔数"),
    "bank_wrote_at": Text(en="When the bank wrote it", zh="银行出具时间"),
    "begins": Text(en="First day", zh="起始日"),
    "called": Text(en="Name of the payer", zh="缴费方名称"),
    "more_than_owed": Text(en="Far more than is known of the payer, and right", zh="远超该缴费方已知金额，确认无误"),
    "receipt": Text(en="Receipt (entry)", zh="到账（条目）"),
    "cents": Text(en="Amount", zh="金额"),
    "claim": Text(en="Claim", zh="申领"),
    "debtor": Text(en="Paid by", zh="付款方"),
    "debtor_account": Text(en="From the account", zh="付款账户"),
    "debtor_bic": Text(en="BIC of the bank", zh="银行BIC"),
    "file": Text(en="File", zh="文件"),
    "file_id": Text(en="Id of the file", zh="文件编号"),
    "hours": Text(en="Hours counted (hundredths)", zh="计入工时（百分之一小时）"),
    "hours_confirmed": Text(en="Hours confirmed (hundredths)", zh="核实工时（百分之一小时）"),
    "hours_own": Text(
        en="Hours said by the claimant's own firm (hundredths)", zh="申领人自有企业所报工时（百分之一小时）"
    ),
    "hours_unpaid": Text(en="Hours for which nothing was received (hundredths)", zh="未收到缴费的工时（百分之一小时）"),
    "known_by": Text(en="How it is known", zh="依据"),
    "label": Text(en="Label of the file", zh="文件标签"),
    "member": Text(en="Account", zh="账户"),
    "paid_by": Text(en="Paid before by entry", zh="先前支付条目"),
    "paid_to": Text(en="Account at a bank", zh="银行账号"),
    "part": Text(en="Part", zh="部分"),
    "parts": Text(en="Parts", zh="部分总数"),
    "payer": Text(en="Payer", zh="缴费方"),
    "payment_ids": Text(en="Ids of the payments", zh="付款编号"),
    "payment": Text(en="Payment (entry)", zh="付款（条目）"),
    "payments": Text(en="Payments in the file", zh="付款笔数"),
    "pot": Text(en="Pot", zh="子账户"),
    "programme": Text(en="Programme", zh="方案"),
    "refused": Text(en="Who does not inherit (entries)", zh="不予继承者（条目）"),
    "relationship": Text(en="Relation to whoever died", zh="与身故者的关系"),
    "scheme": Text(en="Scheme", zh="计划"),
    "served_months": Text(en="Months of service", zh="服务月份"),
    "shares": Text(en="Shares of the heirs", zh="继承份额"),
    "sort": Text(en="Sort of payer", zh="缴费方类别"),
    "told_by": Text(en="Entries that say to which account", zh="载明收款账户的条目"),
    "typical": Text(en="Earnings of a typical week", zh="典型周收入"),
    "up_to": Text(en="Up to the account", zh="截止账户（含）"),
    "weekly": Text(en="Benefit a week", zh="每周给付"),
    "weeks": Text(en="Weeks", zh="周数"),
}
