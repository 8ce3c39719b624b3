"""Payers' files: what they post, what sending them again posts, and every fault named by its row."""

from __future__ import annotations

import tracemalloc
from collections import Counter

import pytest

from commonweal.acceptance import Caller
from commonweal.instruments.portable_benefits import checking, files, tables, views
from commonweal.kernel import accounts
from commonweal.kernel.instrument import Filer
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, Forbidden, TooLarge

from .conftest import CITY, DRIVER, FOUR, FUND, HEADING, MEMBER, SECOND, SHOP, SWIFT, Fund, table

ROW = "PB-1,2025-01-01,2025-03-31,USD,{earnings},0,0"


def faults(data: bytes) -> dict[str, str]:
    with pytest.raises(BadInput) as error:
        files.read(data, "file.csv")
    return {fault.where: fault.code for fault in error.value.faults}


def refused(fund: Fund, data: bytes, caller: Caller = SWIFT) -> dict[str, str]:
    size = fund.authority.store.size()
    with pytest.raises(BadInput) as error:
        fund.send(data, caller)
    assert fund.authority.store.size() == size
    return {fault.where: fault.code for fault in error.value.faults}


def test_four_percent_of_what_was_earned_with_who_earned_enough_and_nothing_below(fund: Fund) -> None:
    """1,000 dollars are enough, a cent less is not: 4 percent of 1,000.00 are 40.00."""
    fund.send(table(ROW.format(earnings="999.99"), programme=FOUR))
    assert fund.transfers() == 0
    fund.send(table(ROW.format(earnings="1000.00"), programme=FOUR))
    assert fund.held("benefits.quarterly_four_percent.member.pb_1.savings") == 4000
    assert fund.held("benefits.quarterly_four_percent.payer.swift") == 4000


def test_the_same_file_twice_posts_once_and_a_corrected_one_the_difference(fund: Fund) -> None:
    first = table(ROW.format(earnings="2000"), programme=FOUR)
    index, _ = fund.send(first)
    assert fund.send(first) == (index, True)
    before = fund.transfers()
    corrected, again = fund.send(table(ROW.format(earnings="1500.50"), programme=FOUR))
    assert not again
    newest = list(accounts.everything(fund.reader))[before:]
    assert [(one.transfer.amount, one.transfer.code, one.entry > corrected) for one in newest] == [
        (1998, "taken_back.2025-q1", True)
    ], "80.00 were posted, 60.02 are due"
    assert fund.held("benefits.quarterly_four_percent.member.pb_1.savings") == 6002
    assert not list(accounts.reconciled(fund.reader))


def test_a_file_that_was_replaced_is_not_brought_back_by_a_late_message(fund: Fund) -> None:
    old = table(ROW.format(earnings="2000"), programme=FOUR)
    fund.send(old)
    fund.send(table(ROW.format(earnings="1500"), programme=FOUR))
    assert refused(fund, old) == {"label": "replaced"}
    meant = old.replace(b",jobs", b",jobs,label").replace(b",0,0", b",0,0,back again")
    fund.send(meant)
    assert fund.held("benefits.quarterly_four_percent.member.pb_1.savings") == 8000


def test_who_is_left_out_of_a_corrected_file_was_paid_for_in_error(fund: Fund) -> None:
    fund.file("member", CITY, name="PB-2")
    fund.send(table(ROW.format(earnings="2000"), ROW.replace("PB-1", "PB-2").format(earnings="3000"), programme=FOUR))
    fund.send(table(ROW.format(earnings="2000"), programme=FOUR))
    assert fund.held("benefits.quarterly_four_percent.member.pb_2.savings") == 0
    assert fund.held("benefits.quarterly_four_percent.payer.swift") == 8000


def posted(fund: Fund) -> dict[tuple[str, str], int]:
    """Cents by payer and pot."""
    rows = fund.reader.select(tables.POSTED, {"member": MEMBER})
    return {(row["payer"].partition(":")[2], row["pot"]): row["cents"] for row in rows}


def test_work_split_over_payers_qualifies_together_and_each_bears_its_share(fund: Fund) -> None:
    """600 + 600 dollars with two payers: 4 percent each (24.00), and of 300 dollars at 195 of 390 hours each half."""
    row = "PB-1,2025-01-01,2025-03-31,USD,600,{hours},0"
    fund.send(table(row.format(hours="195")))
    assert ("swift", "retirement") not in posted(fund), "600 dollars alone do not qualify"
    assert posted(fund)["swift", "health"] == 15000, "half of 300.00, borne alone so far"
    fund.send(table(row.format(hours="0"), payer="CITY"), CITY)
    assert posted(fund)["city", "health"] == 7500 + 720, "half of 150.00, and 30 percent of 24.00"
    assert posted(fund)["swift", "health"] == 7500 + 720
    assert posted(fund)["swift", "leave"] == 240 + 3900, "10 percent of 24.00, and 195 hours at 0.20"
    top_up = sum(cents for (payer, _), cents in posted(fund).items() if payer == "public")
    assert top_up == 5925, "a quarter of 150.00 + 48.00 + 39.00"


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ("PB-1,2025-01-01,2025-03-31,USD,-1.00,0,0", {"row 2, earnings": "amount"}),
        ("PB-1,2025-01-01,2025-03-31,USD,10.005,0,0", {"row 2, earnings": "amount"}),
        ("PB-1,2025-01-01,2025-03-31,USD,1e3,0,0", {"row 2, earnings": "amount"}),
        ("PB-1,2025-03-31,2025-01-01,USD,10,0,0", {"row 2, to": "order"}),
        ("PB 1,2025-02-30,2025-03-31,usd,10,-1,1.5",
         {"row 2, member": "member", "row 2, from": "day", "row 2, currency": "currency", "row 2, hours": "amount",
          "row 2, jobs": "jobs"}),
        ("PB-1,2025-01-01,2025-03-31,USD,10,0", {"row 2": "cell"}),
        ("PB-1,2025-1-1,20250331,USD,10,0,0", {"row 2, from": "day", "row 2, to": "day"}),
        ("PB-1,1/1/2025,3/31/2025,USD,10,0,0", {"row 2, from": "day", "row 2, to": "day"}),
        ("PB-1,,2025-03-31,USD,10,0,0", {"row 2, from": "day"}),
        ("PB-1,2025-W01-3,２０２５-03-31,USD,10,0,0", {"row 2, from": "day", "row 2, to": "day"}),
        ("PB-1,2025-01-01,2025-03-31,USD,١٢٣,１,٣",
         {"row 2, earnings": "amount", "row 2, hours": "amount", "row 2, jobs": "jobs"}),
    ],
)  # fmt: skip
def test_every_fault_of_a_row_is_named_at_once(row: str, wrong: dict[str, str]) -> None:
    assert faults(table(row)) == wrong


def test_a_day_that_is_none_is_named_by_its_row_among_many() -> None:
    """A spreadsheet writes days its own way: whoever sends the file finds the row."""
    rows = [f"PB-1,2025-01-{day:02},2025-01-{day:02},USD,10,1,0" for day in range(1, 20)]
    assert faults(table(*rows, "PB-1,2025-2-1,2025-02-02,USD,10,1,0")) == {"row 21, from": "day"}


def test_a_day_that_no_calendar_has_is_no_fault_of_how_it_is_written() -> None:
    with pytest.raises(BadInput) as refused:
        files.read(table("PB-1,2025-02-30,2025-3-31,USD,10,1,0"), "file.csv")
    assert [(one.seen, one.want) for one in refused.value.faults] == [
        ("2025-02-30", "a day that the calendar has"), ("2025-3-31", "a day such as 2026-03-31"),
    ]  # fmt: skip


def test_a_label_is_what_can_be_read() -> None:
    """It stands on statements: a nought or a line end in it would part them."""
    data = table(ROW.format(earnings="1")).replace(b"\n", b",label\n") + b",week\0 1"
    assert faults(data) == {"row 2, label": "label"}


def test_days_of_a_payload_made_by_hand_are_written_as_they_sort() -> None:
    data = files.salted(
        files.write([files.Line("benefits_member:pb-1", "2025-W01-3", "2025-W02-1", "USD", 1, 1, 1, 1)])
    )
    assert len(list(files.lines_of(data))) == 1, "one that was filed before is read as it was"
    with pytest.raises(BadInput):
        list(files.lines_of(data, filed=True))


def test_days_that_one_payer_counts_twice_are_named_with_both_rows() -> None:
    """Overlapping employment with another payer is what portable benefits are for; with the same one it is an error."""
    data = table("PB-1,2025-01-01,2025-01-31,USD,10,0,0", "PB-2,2025-01-01,2025-03-31,USD,10,0,0",
                 "PB-1,2025-01-31,2025-03-31,USD,10,0,0")  # fmt: skip
    assert faults(data) == {"row 4, from": "overlap"}
    long = table("PB-1,2025-01-01,2025-03-31,USD,1,0,0", "PB-1,2025-01-05,2025-01-06,USD,1,0,0",
                 "PB-1,2025-02-01,2025-02-02,USD,1,0,0")  # fmt: skip
    assert faults(long) == {"row 3, from": "overlap", "row 4, from": "overlap"}, "both lie within the first"


def test_a_file_about_two_payers_a_wrong_heading_or_no_rows_is_refused() -> None:
    two = table(ROW.format(earnings="1")) + b"\n" + table(ROW.format(earnings="1"), payer="CITY").split(b"\n")[1]
    assert faults(two)["row 3, payer"] == "payer"
    assert faults(b"member,wages\nPB-1,1") == {"heading": "heading"}
    assert faults(HEADING.encode()) == {"(whole)": "empty"}
    assert faults(b"\xff\xfe") == {"heading": "heading"}
    assert faults(b"PK\x03\x04 and so on") == {"file.csv": "workbook"}


def written(data: bytes) -> list[bytes]:
    """The rows that a file makes, without the secret of their salts."""
    (act,) = files.read(data, "file.csv").acts
    return act.blobs["rows"].splitlines()[1:]


@pytest.mark.parametrize("sign", [";", "\t"])
@pytest.mark.parametrize("coded", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_file_as_a_spreadsheet_saves_it_elsewhere_is_read_as_the_same(sign: str, coded: str) -> None:
    """Of one separated by semicolons each column was missing: seven faults, and none named the sign."""
    rows = (ROW.format(earnings="2000.5"), ROW.replace("PB-1", "PB-2").format(earnings="1"))
    data = table(*rows)
    saved = data.decode().replace(",", sign).replace("\n", "\r\n")
    assert written(saved.encode(coded)) == written(data)
    for told in (f"sep={sign}", f'"sep={sign}"'):
        assert written(f"{told}\r\n{saved}".encode(coded)) == written(data), "what tells a spreadsheet how to read it"


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (table(ROW).replace(b",", b"|"), ("heading", "heading")),
        (b"sep=;;\n" + table(ROW).replace(b",", b";"), ("heading", "heading")),
        (b"programme,payer;period;member;from,to\nx", ("heading", "separator")),
        (b"\xb7\xbd\xb0\xb8,\xbd\xc9\xb7\xd1\xb7\xbd\n1,2", ("line 1", "encoding")),
        (table(ROW.replace("PB-1", "伍")).decode().encode("gb18030"), ("line 2", "encoding")),
    ],
)  # fmt: skip
def test_what_cannot_be_told_without_doubt_is_one_fault(data: bytes, fault: tuple[str, str]) -> None:
    """Which sign parts cells, or which encoding it is (GB18030 among others), is said; nothing is guessed."""
    assert faults(data) == dict([fault])


@pytest.mark.parametrize("amount", ["2000,50", "1.234,56", "1,234.56", "2,000"])
def test_a_decimal_comma_is_refused_by_name(amount: str) -> None:
    data = table("PB-1,2025-01-01,2025-03-31,USD,AMOUNT,0,0").replace(b",", b";").replace(b"AMOUNT", amount.encode())
    assert faults(data) == {"row 2, earnings": "decimal_comma"}
    quoted = table(f'PB-1,2025-01-01,2025-03-31,USD,"{amount}",0,0')
    assert faults(quoted) == {"row 2, earnings": "decimal_comma"}


def test_a_point_between_thousands_is_not_read_as_a_decimal_one() -> None:
    """`2.000` was 2.00: it is two thousand to whoever wrote it, whatever parts the cells."""
    data = table("PB-1,2025-01-01,2025-03-31,USD,2.000,0,0")
    assert faults(data.replace(b",", b";")) == {"row 2, earnings": "thousands"}
    assert faults(data) == {"row 2, earnings": "thousands"}


def test_a_file_of_too_many_rows_is_answered_before_any_row_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """A million and one rows gave no word in a hundred seconds."""
    monkeypatch.setattr(files, "ROWS_MAX", 3)
    monkeypatch.setattr(files._Reader, "_row", None)
    rows = [ROW.format(earnings="1")] * 4
    with pytest.raises(TooLarge, match="at most 3 rows"):
        files.read(table(*rows), "file.csv")


def test_what_the_record_knows_better_is_named_by_row_too(fund: Fund) -> None:
    fund.file("member", CITY, name="PB-9")
    fund.send(table("PB-9,2025-01-01,2025-02-10,USD,1000,0,0", programme=FOUR))
    fund.file("died", member="benefits_member:pb-9", on="2025-02-10")
    data = table(
        ROW.format(earnings="1"), ROW.replace("PB-1", "PB-404").format(earnings="1"),
        "PB-9,2025-02-11,2025-03-31,USD,10,0,0", "PB-1,2025-04-01,2025-04-01,EUR,10,0,0",
    )  # fmt: skip
    assert refused(fund, data) == {
        "row 3, member": "unknown_member", "row 4, to": "not_taken", "row 5, from": "period",
        "row 5, currency": "currency",
    }  # fmt: skip
    fund.send(table("PB-9,2025-01-01,2025-02-10,USD,2000,0,0", programme=FOUR))
    assert fund.held("benefits.quarterly_four_percent.member.pb_9.savings") == 8000, "what was earned before is owed"


def test_nobody_worked_after_their_death_and_what_they_did_before_is_still_taken(fund: Fund) -> None:
    """A row through the end of the quarter would be paid in and count as service for days that nobody worked."""
    row = "PB-1,2025-01-01,{},USD,300000,400,0"
    fund.send(table(row.format("2025-03-31")))
    fund.file("died", member=MEMBER, on="2025-01-15")
    assert refused(fund, table(row.format("2025-01-16"))) == {"row 2, to": "not_taken", "row 2, hours": "hours"}
    fund.send(table(row.format("2025-01-15").replace("400", "100")))
    assert tables.served(fund.reader, MEMBER, fund.clock.now().date()) == 1


def test_only_a_payer_whose_rows_about_an_account_stand_learns_until_when_it_takes_contributions(fund: Fund) -> None:
    """Any payer could find of any number whether its person died, and on which day, by the rows that it sent."""
    row = "PB-1,2025-01-01,{},USD,3000,8,0"
    fund.send(table(row.format("2025-03-31")))
    fund.file("died", member=MEMBER, on="2025-01-15")
    for last in ("2025-01-15", "2025-01-16", "2025-03-31"):
        told = says(fund, table(row.format(last), payer="SHOP"), SHOP)
        unknown = says(fund, table(row.format(last).replace("PB-1", "PB-404"), payer="SHOP"), SHOP)
        assert told == [(where, seen.replace("pb-404", "pb-1"), want, code) for where, seen, want, code in unknown]
        assert told[0][3] == "unknown_member"
        assert said_by_another(fund, table(row.format(last))) == ["unknown_member"], "nor by another's payer"
    ((_, _, want, _),) = says(fund, table(row.format("2025-01-16")), SWIFT)
    assert not any(word in want for word in ("die", "death", "2025-01-15"))
    (act,) = files.read(table(row.format("2025-01-15"), payer="SHOP"), "file.csv").acts
    asked = fund.authority.act(act, FUND).index
    fund.authority.follow()
    fund.file("seconded", SECOND, entry=asked)
    assert fund.reader.count(tables.WORK, {"payer": "benefits_payer:shop"}) == 1, (
        "two officers enter what came before it"
    )


def says(fund: Fund, data: bytes, caller: Caller) -> list[tuple[str, str, str, str]]:
    with pytest.raises(BadInput) as error:
        fund.send(data, caller)
    return [(fault.where, fault.seen, fault.want, fault.code) for fault in error.value.faults]


def said_by_another(fund: Fund, data: bytes) -> list[str]:
    (act,) = files.read(data, "file.csv").acts
    filer = Filer(CITY.party, fund.clock.now(), (CITY.party,), CITY.roles)
    return [fault.code for fault in checking.check(act, fund.reader, filer) if fault.where.startswith("row")]


def test_programme_and_period_are_those_in_force(fund: Fund) -> None:
    row = ROW.format(earnings="1")
    assert refused(fund, table(row, programme="portable_benefits.unheard_of")) == {"programme": "no_programme"}
    assert refused(fund, table(row, period="2024-Q4")) == {"period": "period"}
    assert refused(fund, table(row, period="2025-03")) == {"period": "period"}
    assert "future" in refused(fund, table(row, period="2025-Q3")).values()


def test_nobody_files_for_anothers_payer_or_fakes_the_root_of_rows(fund: Fund) -> None:
    with pytest.raises(Forbidden):
        fund.send(table(ROW.format(earnings="1")), CITY)
    act = files.read(table(ROW.format(earnings="1")), "file.csv").acts[0]
    with pytest.raises(BadInput, match="root"):
        fund.authority.act(Act(act.kind, {**act.body, "root": "0" * 64}, "", blobs=act.blobs), SWIFT)
    with pytest.raises(BadInput, match="payload"):
        fund.authority.act(Act(act.kind, act.body, ""), SWIFT)
    assert fund.transfers() == 0


def test_the_rows_in_another_order_are_the_same_file_and_no_root_can_be_guessed_from_rows() -> None:
    """Officers and peers read the root of a file of one row: trying every amount must not find what was earned."""
    rows = [f"PB-{n},2025-01-01,2025-03-31,USD,{n},0,0" for n in range(1, 9)]
    acts = [files.read(table(*order), "f").acts[0] for order in (rows, rows[::-1])]
    assert len({files.digest_of(act.blobs["rows"]) for act in acts}) == 1
    assert len({act.body["root"] for act in acts}) == 2, "each has salts of its own"
    assert all(act.body["root"] == files.root_of(act.blobs["rows"]) for act in acts)
    assert len({files.secret_of(act.blobs["rows"]) for act in acts}) == 2


def test_a_file_without_salts_is_refused(fund: Fund) -> None:
    (act,) = files.read(table("PB-1,2025-01-01,2025-03-31,USD,1,0,0"), "f").acts
    bare = act.blobs["rows"].partition(b"\n")[2]
    with pytest.raises(BadInput, match="secret"):
        fund.authority.act(Act(act.kind, {**act.body, "root": files.root_of(bare)}, "", blobs={"rows": bare}), SWIFT)


def test_one_wrong_row_among_many_is_named_in_bounded_memory() -> None:
    """Ten thousand rows here: what is kept of a row does not grow with how many there are."""
    rows = [f"PB-{n},2025-01-01,2025-03-31,USD,{n}.50,0,0" for n in range(10_000)]
    rows[7_776] = rows[7_776].replace(".50", ".505")
    data = table(*rows)
    tracemalloc.start()
    assert faults(data) == {"row 7778, earnings": "amount"}
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 12 * len(data)


def test_a_file_beyond_the_bound_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "BYTES_MAX", 1000)
    monkeypatch.setattr(files, "ROWS_MAX", 1)
    for data, most in ((b"x" * 1001, "at most 1000 bytes"), (table(ROW, ROW, ROW), "at most 1 rows")):
        with pytest.raises(TooLarge, match=most) as error:
            files.read(data, "file.csv")
        (fault,) = error.value.faults
        assert fault.told is not None
        assert "cannot be sent in pieces" in fault.told["en"]
        assert "不能分批提交" in fault.told["zh"]


def test_a_file_too_large_is_said_in_fewer_rows_or_by_two_payers_and_not_in_two_files(fund: Fund) -> None:
    """Who divided one, as the refusal told them to, lost half: the second half took back what the first had said."""
    fund.file("member", CITY, name="PB-2")
    half = "PB-{},2025-01-01,2025-03-31,USD,2000,500,0"

    def posted() -> dict[tuple[str, str], int]:
        sums = Counter[tuple[str, str]]()
        for row in fund.reader.select(tables.POSTED, {"programme": FOUR}):
            sums[row["payer"].partition(":")[2], row["member"].partition(":")[2]] += row["cents"]
        return {who: cents for who, cents in sums.items() if cents}

    fund.send(table(half.format(1), programme=FOUR))
    fund.send(table(half.format(2), programme=FOUR))
    assert posted() == {("swift", "pb-2"): 80_00}, "which is why it is not advised"
    fund.send(table(half.format(1), programme=FOUR, payer="CITY"), CITY)
    assert posted() == {("swift", "pb-2"): 80_00, ("city", "pb-1"): 80_00}
    parts = [f"PB-2,{span},USD,1000,250,0" for span in ("2025-01-01,2025-02-14", "2025-02-15,2025-03-31")]
    fund.send(table(*parts, programme=FOUR))
    assert posted() == {("swift", "pb-2"): 80_00, ("city", "pb-1"): 80_00}, "one row or two: the same is due"


def test_someone_elses_account_is_not_reopened_and_no_payer_is_the_public_purse(fund: Fund) -> None:
    with pytest.raises(Forbidden):
        fund.file("member", CITY, name="PB-1")
    with pytest.raises(BadInput, match="public purse"):
        fund.file("payer", CITY, name="public", called="Not the treasury")
    with pytest.raises(BadInput, match="party"):
        fund.file("member", CITY, name="PB-3", party="party:somebody")
    assert tables.holder(fund.reader, MEMBER) == DRIVER.party


def test_a_payers_files_post_only_once_an_officer_found_that_it_is_who_it_says_it_is(fund: Fund) -> None:
    """Whoever has a key registers a payer under any name: of such a one no file moves anything."""
    crook = Caller("party:crook", ("observer",))
    fund.file("payer", crook, name="ME", called="Amazon.com, Inc.", sort="self_employed")
    data = table("PB-1,2025-01-01,2025-03-31,USD,9000000,0,0", payer="ME")
    assert refused(fund, data, crook) == {"payer": "not_confirmed"}
    strangers = "PB-404,2025-04-01,2025-04-01,EUR,10,0,0"
    assert refused(fund, table(strangers, payer="ME"), crook) == {
        "payer": "not_confirmed", "row 2, from": "period", "row 2, currency": "currency",
    }, "not which accounts there are"  # fmt: skip
    page = views.fund_view(fund.authority.reading("en", "party:fund"), {})
    assert [choice.value for question in page["asks"] for choice in question.choices] == ["benefits_payer:me"]
    with pytest.raises(Forbidden):
        fund.file("confirmed", crook, payer="benefits_payer:me")
    both = Caller(crook.party, ("officer",), "authority", "")
    with pytest.raises(BadInput, match="has a hand"):
        fund.file("confirmed", both, payer="benefits_payer:me")
    (act,) = views.fund_deed(fund.authority.reading("en", "party:fund"), {"payer": "benefits_payer:me"}).acts
    fund.authority.act(act, FUND)
    fund.authority.follow()
    fund.send(data, crook)
    assert not views.fund_view(fund.authority.reading("en", "party:fund"), {})["asks"]


def test_work_that_lies_ahead_and_hours_that_no_day_has_are_faults(fund: Fund) -> None:
    data = table("PB-1,2025-04-01,2025-06-30,USD,12,1,1", "PB-1,2025-07-01,2025-07-01,USD,1,0,0", period="2025-Q2")
    with pytest.raises(BadInput) as error:
        fund.send(data)
    assert {fault.code for fault in error.value.faults} == {"future", "period"}
    with pytest.raises(BadInput, match="at most 24"):
        fund.send(table("PB-1,2025-01-01,2025-01-01,USD,1,24.01,0"))
    fund.send(table("PB-1,2025-01-01,2025-01-01,USD,1,24,0"))
