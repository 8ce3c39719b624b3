"""Pages: a member's statement and what they can do, a payer's files, the fund's totals, an auditor's sample."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.instrument import (
    Act,
    Choice,
    Deed,
    Page,
    Question,
    Reader,
    Reading,
    Text,
)
from commonweal.kernel.record import day_of
from commonweal.kernel.thresholds import states
from commonweal.kernel.values import NotFound

from . import control, heirs, office, owing, redividing, sampling, solvency
from .auditing import drawn, replaced
from .booking import bank_account, owing_account, pot_account, told_due
from .claims import reserve, unpaid
from .comparing import charts, recorded, synthetic_note
from .confiding import protection
from .doing import PATH, PAYERS, doing_deed, doing_view, takes_files, withdrawals
from .files import Line
from .following import EVERYBODYS
from .kinds import CONFIRMED, DRAWN, MEMBER_NOUN, PAYER_NOUN, ROWS, SAMPLE_MAX, STEWARDS
from .of_deaths import contested, of_a_death
from .programmes import Programme, ahead, in_force
from .spanning import rules
from .statements import (
    SHEET,
    accounts_of,
    book_of,
    held_by_others,
    in_words,
    money,
    number_of,
    payer_called,
    payers_books,
    sheet,
    statement,
    together,
    who_counts,
)
from .tables import (
    DRAW,
    FILE,
    HOLDER,
    POSTED,
    beyond_deaths,
    beyond_ending,
    ended,
    holder,
    people_of,
    unconfirmed,
    why_ended,
)
from .telling import Sums, blocks, month_over, told
from .totals import WITHHELD
from .uploading import UPLOAD, payer_deed

FUND, AUDIT = "/benefits/fund", "/benefits/audit"
PEOPLE = ("developer", "observer", *STEWARDS)
FILES_SHOWN = 100
POT_COLUMNS = ("title", "due", "received", "brought_in", "taken_out", "balance", "vested", "free")
LINE_COLUMNS = ("period", "payer", "amount", "pots", "why")
YEAR_COLUMNS = ("year", "due", "brought_in", "taken_out", "claim")
WORK_COLUMNS = ("period", "payer", "from", "to", "earnings", "hours", "jobs", "said_on")
MOVE_COLUMNS = ("on", "what", "pot", "amount", "said", "bank")
CREDIT = Text(en="nothing: {money} in credit", zh="无欠款：已多付 {money}")
OWES, OWES_NOTHING = Text(en="something", zh="有欠款"), Text(en="nothing", zh="无欠款")


# ── the member ──────────────────────────────────────────────────────────────────────────────────────────────────────


def member_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """The statement of each account of whoever is reading."""
    today = reading.today
    found = [statement(reading.tables, one, today, reading.language) for one in accounts_of(reading)]
    for part in (part for one in found for part in one["programmes"]):
        part["pot_rows"] = [[pot[name] for name in POT_COLUMNS] for pot in part["pots"]]
        part["line_rows"] = [[line[name] for name in LINE_COLUMNS] for line in part["contributions"]]
        part["year_rows"] = [[line[name] for name in YEAR_COLUMNS] for line in part["years"]]
        part["work_rows"] = [[line[name] for name in WORK_COLUMNS] for line in part["work"]]
        part["move_rows"] = [[move[name] for name in MOVE_COLUMNS] for move in part["moves"]]
    own = [one for one, person in people_of(reading.tables, accounts_of(reading)).items() if person == reading.party]
    several = own if len(own) > 1 else []  # what one holds for others is not theirs
    return {
        "statements": found, "contested": [contested(reading.tables, one) for one in accounts_of(reading)],
        "path": PATH, "withdrawals": bool(withdrawals(reading)), "several": bool(several),
        "held_by_others": list(_held_by_others(reading)), "inherits": heirs.mine(reading),
        "together": together(reading.tables, several, today, reading.language),
    }  # fmt: skip


def _held_by_others(reading: Reading) -> Iterator[dict[str, Any]]:
    """Of each account of whoever is reading that another holds what is said of their death, and whether they may answer
    it here."""
    for one in held_by_others(reading):
        if said := of_a_death(reading.tables, one, reading.language):
            number = number_of(reading.tables, one)
            yield {"account": number, "warnings": said, "contested": contested(reading.tables, one)}


def member_file(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """The same as a file, in the reader's language."""
    found = [statement(reading.tables, one, reading.today, reading.language) for one in accounts_of(reading)]
    return {"accounts": found, "fund": reading.authority, "log": reading.origin}


def member_sheet(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """The same for a spreadsheet, line by line."""
    rows = [row for one in accounts_of(reading) for row in sheet(reading.tables, one, reading.today, reading.language)]
    return {"columns": SHEET, "rows": rows}


# ── the payer ───────────────────────────────────────────────────────────────────────────────────────────────────────


def payer_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """A payer's files, what they posted, and the form for the next one. Of others' payments it is told nothing."""
    question = Question(
        "file", Text(en="File (CSV)", zh="文件（CSV）"), "files", required=True,
        hint=Text(en="A heading, then a row for each person and span of work.",
                  zh="首行为列名，其后每人每段工作一行。"),
    )  # fmt: skip
    books = payers_books(reading, reading.language)
    for one in books:
        for book in one["books"]:
            book["rows"] = [_file_row(reading, row, book["programme"]) for row in book["files"][:FILES_SHOWN]]
    return {
        "payers": books,
        "question": question,
        "path": PAYERS,
        "programmes": [one.id for one, _ in in_force(reading.tables)],
        "rules": list(rules(reading.tables, reading.today)),
    }


def _file_row(reading: Reading, row: Mapping[str, Any], programme: Programme) -> list[Any]:
    return [
        row["period"] if row["parts"] == 1 else f"{row['period']} ({row['part']}/{row['parts']})",
        row["filed_on"], row["rows"], money(row["posted"], programme), money(row["back"], programme),
        _entry(reading, row["replaced"]) if row["replaced"] else "–", _entry(reading, row["entry"]),
    ]  # fmt: skip


def _entry(reading: Reading, index: int) -> dict[str, str]:
    return {"href": f"/record/{registry.says(reading.tables, index)}", "text": str(index)}


# ── the fund ────────────────────────────────────────────────────────────────────────────────────────────────────────


def fund_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """Totals by programme: pots, payers, bank, the pool and how long it lasts."""
    reader = reading.tables
    return {
        "programmes": [_totals(reading, programme) for programme, _ in in_force(reader, reading.today)],
        "members": reader.count(HOLDER, {"noun": MEMBER_NOUN}),
        "payers": reader.count(HOLDER, {"noun": PAYER_NOUN}),
        "estates": heirs.waiting(reader, reading.today),
        "waiting": control.CONTROL.lines(reading),
        "beyond": _beyond_deaths(reading),
        "ended": list(_ended(reading)),
        "records": [(address, title.in_(reading.language)) for address, title in office.LINKS],
        "action": FUND,
        "asks": _confirming(
            reading, [payer for payer in unconfirmed(reader) if holder(reader, payer) != reading.party]
        ),
        "until": month_over(day_of(reading.tables, reading.now)).isoformat(),
        "enough": rule.threshold if (rule := protection(reader)) else 0,
    }


def _ended(reading: Reading) -> Iterator[list[str]]:
    """Payers that are confirmed no more, from which day on, with each programme and period of which rows do not count
    any more."""
    titles = {one.id: str(one.title.text().in_(reading.language)) for one, _ in in_force(reading.tables)}
    for payer, since in sorted(ended(reading.tables).items()):
        named = _named(reading, payer, reading.language)
        found = [(titles.get(id, id), period) for id, period, _ in beyond_ending(reading.tables, payer, since)]
        yield from ([named, since, *one] for one in found or [("–", "–")])


def _beyond_deaths(reading: Reading) -> list[list[str]]:
    """Payers whose files say work after a death, by programme and period: they were asked to send them again."""
    found = {(row["payer"], row["programme"], row["period"]) for row, _ in beyond_deaths(reading.tables, {})}
    titles = {one.id: str(one.title.text().in_(reading.language)) for one, _ in in_force(reading.tables)}
    return [
        [_named(reading, payer, reading.language), titles.get(str(programme), str(programme)), str(period)]
        for payer, programme, period in sorted(found)
    ]


def _confirming(reading: Reading, payers: list[str]) -> tuple[Question, ...]:
    """The question by which an officer confirms a payer; none where none waits."""
    language, title = reading.language, Text(en="Payer that is who it says it is", zh="经核实身份的缴费方")
    called = {one: f"{number_of(reading.tables, one)} · {_named(reading, one, language)}" for one in payers}
    ended = {one: why for one in payers if (why := why_ended(reading.tables, one))}
    choices = tuple(
        Choice(one, Text(en=f"{words} · confirmed no more: {ended[one]}", zh=f"{words} · 已撤销核实：{ended[one]}")
               if one in ended else Text(en=words, zh=words))
        for one, words in called.items()
    )  # fmt: skip
    return (Question("payer", title, "one", choices=choices, required=True),) if choices else ()


def fund_deed(reading: Reading, given: Mapping[str, str]) -> Deed:
    """An officer confirms a payer, whose files post from then on; of one that two confirmed no more a second does
    too."""
    payer = given.get("payer", "")
    en, zh = "Its files post from now on.", "其文件自此入账。"
    if why_ended(reading.tables, payer):
        en, zh = "Its files post once a second officer has confirmed it.", "经第二名官员确认后，其文件方可入账。"
    said = Text(
        en=f"{_named(reading, payer, 'en')} is who it says it is. {en}",
        zh=f"{_named(reading, payer, 'zh')} 身份属实，{zh}",
    )
    return Deed((Act(CONFIRMED.id, {"payer": payer}, key=""),), FUND, [said])


def _named(reading: Reading, payer: str, language: str) -> str:
    """The name of a payer; that it was shown stands in the log of reads."""
    if row := registry.subject(reading.tables, payer):
        reading.told(int(row["entry"]), "called")
    return payer_called(reading.tables, payer, language)


def _totals(reading: Reading, programme: Programme) -> dict[str, Any]:
    """What may be told of a programme (`telling`), every figure a sum of whole blocks."""
    reader, language, until = reading.tables, reading.language, month_over(day_of(reading.tables, reading.now))
    bank, owed = bank_account(programme), owing_account(programme, EVERYBODYS)

    def on(account: str) -> Sums:
        return told(
            reader, programme.short, lambda cell: (cell.debit == account) - (cell.credit == account), until
        )  # fmt: skip

    cells = {pot: _cells(reader, programme, pot, until) for pot in programme.pots}
    return {
        "title": programme.title.text().in_(language), "id": programme.id, "law": _law(reading, programme),
        "bank": _balance(on(bank), programme, language), "owing": _balance(on(owed), programme, language),
        "pots": [
            [
                pot.title.text().in_(language),
                *(_shown(one, programme, language) for one in cells[pot.id][:-1]),
                _balance(cells[pot.id][-1], programme, language),
            ]
            for pot in programme.pot
        ],
        "payers": [_payer(reading, programme, payer) for payer in _payers(reader, programme)],
        "pool": _pool(reading, programme, cells),
    }  # fmt: skip


def _shown(sums: Sums, programme: Programme, language: str) -> str:
    """What moved, as far as it is told, and that a part of it is withheld."""
    if sums.untold:
        return WITHHELD.in_(language)
    return money(sums.cents, programme) + (f" + {WITHHELD.in_(language)}" if sums.waits else "")


def _balance(sums: Sums, programme: Programme, language: str) -> str:
    """A balance is told whole or not at all: without the part that is withheld the rest would be none."""
    return WITHHELD.in_(language) if sums.waits else money(sums.cents, programme)


def _cells(reader: Reader, programme: Programme, pot: str, until: date) -> tuple[Sums, Sums, Sums, Sums]:
    """What payers paid into a pot up to a day, what was brought in, what went out, and its balance then."""
    account = pot_account(programme, EVERYBODYS, pot)

    def of(*what: str, sign: int = 1) -> Sums:
        return told(
            reader, programme.short,
            lambda cell: sign * ((cell.credit == account) - (cell.debit == account)) if cell.what in what else 0,
            until,
        )  # fmt: skip

    paid = ("contribution", "taken_back")
    out = ("taken_out", "claim", "withheld", owing.OWED, owing.LESS)
    return of(*paid), of("brought_in"), of(*out, sign=-1), of(*paid, "brought_in", *out)


def _payers(reader: Reader, programme: Programme) -> list[str]:
    rows = reader.select(POSTED, {"programme": programme.id}, only=("payer",))
    return sorted({row["payer"] for row in rows})


def _payer(reading: Reading, programme: Programme, payer: str) -> list[str]:
    """What a payer's files came to, what it paid, and what is open: of few people only whether something is."""
    reader, language = reading.tables, reading.language
    due = told_due(reader, programme, payer)
    books = book_of(reader, programme, payer)
    hidden = due.untold or due.among
    if hidden or due.waits:
        left = (OWES if books.due > books.paid else OWES_NOTHING).in_(language)
    else:
        left = money(due.cents - books.paid, programme)
        if due.cents < books.paid:
            left = CREDIT.in_(language).format(money=money(books.paid - due.cents, programme))
    return [
        _named(reading, payer, language), WITHHELD.in_(language) if hidden else _shown(due, programme, language),
        money(books.paid, programme), left,
    ]  # fmt: skip


def _pool(
    reading: Reading, programme: Programme, cells: Mapping[str, tuple[Sums, Sums, Sums, Sums]]
) -> dict[str, Any] | None:
    """How long the pool lasts by what is told of it; otherwise no more than whether it reaches its line."""
    if programme.pays is None:
        return None
    found, held = reserve(reading.tables, programme, reading.today), cells[programme.pays.pot][3]
    pool, until = (
        pot_account(programme, "", programme.pays.pot),
        month_over(day_of(reading.tables, reading.now)).toordinal(),
    )
    paid = sum(
        one.amount for one in blocks(reading.tables)
        if one.debit == pool and one.code == "claim" and until - 365 < one.day <= until
    )  # fmt: skip
    return {
        "held": _balance(held, programme, reading.language), "line": programme.pays.reserve_months,
        "unpaid": unpaid(reading.tables, programme), "sound": found.sound, "withheld": held.waits or not paid,
        "told_held": not held.waits,
        "months": None if found.months is None else f"{held.cents * 12 / paid:.1f}" if paid else "",
        **_by_month(reading, programme),
    }  # fmt: skip


def _by_month(reading: Reading, programme: Programme) -> dict[str, Any]:
    """The newest month that was told of a pool, and where its series and the rule on it stand; empty without one."""
    told, pays = solvency.newest_month(reading, programme), programme.pays
    if told is None or pays is None:
        return {"told": ""}
    subject = solvency.subject_of(programme)
    state = next((row["state"] for row in states(reading.tables, solvency.RULE) if row["subject"] == subject), "")
    months = int(told[1]) if told[1].is_integer() else told[1]
    return {
        "told": f"{told[0]}-01", "lasts": months, "asked": pays.reserve_months,
        "low": state == "firing", "series": f"/series/{solvency.SERIES}?subject={subject}",
        "rule": f"/thresholds/{solvency.RULE}" if state else "",
    }  # fmt: skip


# ── everyone ────────────────────────────────────────────────────────────────────────────────────────────────────────


def designs_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """The programmes as they are law today, what each asks of payers, and how designs compare on made-up workers."""
    report, language = recorded(), reading.language
    found = [_design(reading, programme) for programme, _ in in_force(reading.tables, reading.today)]
    return {"programmes": found, "charts": charts(report, language), "note": synthetic_note(report, language)}


def _design(reading: Reading, programme: Programme) -> dict[str, Any]:
    language = reading.language
    return {
        "title": programme.title.text().in_(language), "text": programme.text.text().in_(language),
        "law": _law(reading, programme),
        "url": programme.source.url, "citation": programme.source.citation,
        "verified": programme.source.verified.text().in_(language), "pool": _by_month(reading, programme),
        "contributions": [
            [one.title.text().in_(language), in_words(programme, one).in_(language),
             who_counts(programme, one).in_(language), one.basis.text().in_(language)]
            for one in programme.contribution
        ],
    }  # fmt: skip


def _law(reading: Reading, programme: Programme) -> dict[str, Any]:
    """Which text of a programme is law today (`holds`), from which day on, and which are adopted for later."""
    later = ahead(reading.tables, programme.id, reading.today)
    return {
        "version": programme.version, "since": programme.in_force_from.isoformat(),
        "holds": programme.in_force_from <= reading.today,
        "ahead": [(one.version, one.in_force_from.isoformat()) for one in later],
    }  # fmt: skip


# ── the auditor ─────────────────────────────────────────────────────────────────────────────────────────────────────


def audit_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """What there is to draw from, the form that draws, and what was drawn."""
    files = reading.tables.select(FILE, {"replaced": 0}, only=("rows",))
    draws = reading.tables.select(DRAW, order=("-entry",), limit=FILES_SHOWN)
    return {
        "files": len(files), "rows": sum(row["rows"] for row in files), "path": AUDIT, "action": AUDIT, "asks": DRAWS,
        "draws": [(row["entry"], row["on"][:10], row["words"], row["many"]) for row in draws],
    }  # fmt: skip


DRAWS = (
    Question("words", Text(en="Your words", zh="您的文字"), "text", required=True,
             hint=Text(en="Such as the case that it is for. They are public.", zh="例如案件名称。将公开。")),
    Question("rows", Text(en=f"Rows to draw, at most {SAMPLE_MAX}", zh=f"抽取行数，最多{SAMPLE_MAX}行"), "number",
             required=True),
)  # fmt: skip


def audit_deed(reading: Reading, given: Mapping[str, str]) -> Deed:
    """A draw is put on record; only then does anybody know what it draws."""
    many = given.get("rows", "")
    rows = int(many) if many.isascii() and many.isdigit() else many
    return Deed((Act(DRAWN.id, {"words": given.get("words", ""), "rows": rows}, key=""),), AUDIT)


def audit_file(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """What a draw on record drew, each row with its proof, and all that what is posted for it follows from.

    With them comes every file there is, also those that were replaced and those that came later. `weal account
    check-sample` checks all of it where there is nothing else. Raises `NotFound`.
    """
    reader, asked = reading.tables, query.get("draw", "")
    draw = reader.get(DRAW, int(asked)) if asked.isascii() and asked.isdigit() else None
    if draw is None:
        raise NotFound("draw", asked, f"{AUDIT} lists those that are on record")
    every = reader.select(FILE, {}, order=("entry",))
    files = {
        int(row["entry"]): row for row in every
        if row["entry"] < draw["entry"] and (not row["replaced"] or row["replaced"] > draw["entry"])
    }  # fmt: skip
    found = drawn(draw["lot"], {entry: row["rows"] for entry, row in files.items()}, draw["many"])
    sampled = sampling.Sampled(reader)
    rows = [sampled.row(files[entry], at) for entry, at in found]
    for entry in sorted(sampled.read):
        reading.told(entry, ROWS)
    told = {
        "log": reading.origin, "draw": draw["entry"], "lot": draw["lot"], "words": draw["words"],
        "asked": draw["many"], "files": len(files), "rows": sum(row["rows"] for row in files.values()),
        "columns": list(Line._fields[:-1]),
        "population": [{name: row[name] for name in ("entry", "rows", "root", "replaced")} for row in every],
        "texts": sampled.texts, "sample": rows, "ended": sampled.ended(),
    }  # fmt: skip
    behind = {draw["entry"], *(one for pair in replaced(told).items() for one in pair)}
    behind |= {one["entry"] for one in told["ended"].values()}
    return {**told, "entries": {str(entry): reading.proven(entry) for entry in sorted(behind)}}


PAGES = (
    Page("benefits_designs", f"{PATH}/designs", Text(en="Portable benefits", zh="可携带福利"), "designs.html",
         designs_view, menu=True),
    Page("benefits", PATH, Text(en="My benefits", zh="我的福利"), "member.html", member_view, roles=PEOPLE),
    Page("benefits_file", f"{PATH}/statement.json", Text(en="Statement", zh="对账单"), "", member_file, roles=PEOPLE),
    Page("benefits_doing", PATH + "/do/{doing}", Text(en="Benefits", zh="福利"), "doing.html", doing_view, roles=PEOPLE,
         act=doing_deed, attaches=takes_files),
    Page("benefits_payer", PAYERS, Text(en="Contributions you pay", zh="您的缴费"), "payer.html", payer_view,
         roles=PEOPLE, act=payer_deed, attaches=lambda given: UPLOAD),
    redividing.ESTATES,
    Page("benefits_fund", FUND, Text(en="Benefits fund", zh="福利基金"), "fund.html", fund_view,
         roles=STEWARDS, act=fund_deed),
    office.OFFICE,
    Page("benefits_sheet", f"{PATH}/statement.csv", Text(en="Statement", zh="对账单"), "", member_sheet, roles=PEOPLE),
    Page("benefits_auditing", AUDIT, Text(en="Audit of contributions", zh="缴费审计"), "audit.html", audit_view,
         roles=("auditor",), menu=True, act=audit_deed),
    Page("benefits_audit", f"{AUDIT}.json", Text(en="Sample for an audit", zh="审计样本"), "", audit_file,
         roles=("auditor",)),
)  # fmt: skip
