"""`weal account`, as somebody types it who keeps a programme's ledger."""

from __future__ import annotations

import csv
import json
import os
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from commonweal.authority import Authority
from commonweal.doors.cli import main
from commonweal.kernel.values import ReplayClock, Text, instant
from commonweal.settings import Settings

WHEN = instant("2026-04-01T09:00:00Z")
OPENED = "account,unit,side,floor,ceiling\nfund,EUR,debit,,\nmember.ada,EUR,,0,1000.00\nmember.bo,EUR,credit,0,\n"
PAID = (
    "id,debit,credit,amount,day,how,pending,code\n"
    "a,fund,member.ada,12.34,2026-03-02,,,top-up\n"
    "b,fund,member.bo,50,2026-03-22,,,\n"
    "c,member.ada,member.bo,20.00,2026-03-23,,,\n"
    "r,fund,member.ada,7.00,2026-03-02,pend,,\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """A ledger with a fund and two members, of whom one has not the 20.00 that she would pay the other."""
    made = tmp_path / "a"
    settings = Settings(Text(en="X", zh="X"), "x.example/ai", WHEN, replay=True)
    Authority.create(made, settings, clock=ReplayClock(WHEN), installed={}).close()
    (tmp_path / "accounts.csv").write_text(OPENED)
    (tmp_path / "payments.csv").write_text(PAID)
    assert main(["account", "open", str(made), str(tmp_path / "accounts.csv"), "--of", "benefits"]) == 0
    assert main(["account", "transfer", str(made), str(tmp_path / "payments.csv"), "--of", "benefits"]) == 1
    return str(made)


def rows(told: str) -> list[dict[str, str]]:
    return list(csv.DictReader(told.splitlines()))


def test_a_batch_is_made_but_for_what_cannot_be_and_that_is_said(
    folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(["account", "transfer", folder, str(tmp_path / "payments.csv"), "--of", "benefits"]) == 1
    said = capsys.readouterr()
    assert "0 of 4 transfers made, 3 were made before" in said.out
    assert "floor: row 3 (1): an account would hold less than its floor" in said.err
    assert "1 of 4 transfers were not made" in said.err
    assert main(["account", "list", folder, "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert [(one["account"], one["balance"]) for one in again] == [
        ("fund", "62.34"), ("member.ada", "12.34"), ("member.bo", "50.00"),
    ], "what was sent twice was made once"  # fmt: skip


def test_what_was_refused_is_tried_again_when_it_is_sent_again(
    folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A clerk pays from an account that is still empty, fills it, and sends the very same file once more."""
    more = tmp_path / "more.csv"
    more.write_text("id,debit,credit,amount,day\nf,fund,member.ada,10.00,2026-03-22\n")
    send = ["account", "transfer", folder, str(tmp_path / "payments.csv"), "--of", "benefits"]
    assert main(["account", "transfer", folder, str(more), "--of", "benefits"]) == 0
    assert main(send) == 0
    assert "1 of 4 transfers made, 3 were made before" in capsys.readouterr().out
    assert main([*send, "--remark", "once more"]) == 0
    assert "All 4 transfers were made before" in capsys.readouterr().out
    assert main(["account", "reconcile", folder]) == 0


def test_bounds_are_set_back_and_hold_again(folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A floor that was lifted for a moment is put back in the same words as at first: it must count again."""
    opens, out_of = tmp_path / "bounds.csv", tmp_path / "out_of.csv"
    for floor, said in (("", "1 given other bounds"), ("0", "1 given other bounds"), ("0", "1 as they were")):
        opens.write_text(f"account,unit,side,floor,ceiling\nmember.bo,EUR,credit,{floor},\n")
        assert main(["account", "open", folder, str(opens), "--of", "benefits"]) == 0
        assert said in capsys.readouterr().out
    out_of.write_text("id,debit,credit,amount,day\nover,member.bo,fund,50.01,2026-03-23\n")
    assert main(["account", "transfer", folder, str(out_of), "--of", "benefits"]) == 1
    assert "floor: row 1" in capsys.readouterr().err
    opens.write_text("account,unit,side,floor,ceiling\nmember.ada,EUR,credit,,19.33\n")
    assert main(["account", "open", folder, str(opens), "--of", "benefits"]) == 1, "7.00 is awaited besides 12.34"
    assert "ceiling: row 1" in capsys.readouterr().err
    opens.write_text("account,unit,side,floor,ceiling\nmember.ada,USD,credit,,\n")
    assert main(["account", "open", folder, str(opens), "--of", "benefits"]) == 1
    assert "an account keeps its unit and side" in capsys.readouterr().err
    assert main(["account", "reconcile", folder]) == 0


def test_balances_now_and_at_the_end_of_a_day(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["account", "list", folder, "member", "--csv"]) == 0
    now = rows(capsys.readouterr().out)
    assert [(one["account"], one["balance"], one["credits_pending"]) for one in now] == [
        ("member.ada", "12.34", "7.00"), ("member.bo", "50.00", "0.00"),
    ]  # fmt: skip
    assert main(["account", "list", folder, "--on", "2026-03-21", "--csv"]) == 0
    assert [one["balance"] for one in rows(capsys.readouterr().out)] == ["12.34", "12.34", "0.00"]


def test_a_statement_begins_with_the_balance_before(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["account", "statement", folder, "fund", "--since", "2026-03-03", "--csv"]) == 0
    before, line = rows(capsys.readouterr().out)
    assert (before["other"], before["balance"]) == ("(before)", "12.34")
    assert (line["day"], line["transfer"], line["amount"], line["balance"]) == ("2026-03-22", "b", "50.00", "62.34")
    assert main(["account", "statement", folder, "nobody"]) == 1
    assert "nobody" in capsys.readouterr().err


def test_a_closed_period_and_a_closed_account_take_nothing(
    folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["account", "close", folder, "--through", "2026-03-31"]) == 0
    assert main(["account", "close", folder, "member.bo", "--of", "benefits"]) == 0
    late = tmp_path / "late.csv"
    late.write_text("id,debit,credit,amount,day\nd,fund,member.ada,1,2026-03-31\ne,fund,member.bo,1,2026-04-01\n")
    capsys.readouterr()
    assert main(["account", "transfer", folder, str(late), "--of", "benefits"]) == 1
    said = capsys.readouterr()
    assert "0 of 2" in said.out
    assert "period: row 1" in said.err
    assert "closed: row 2" in said.err
    assert main(["account", "close", folder]) == 1
    assert "--through DAY" in capsys.readouterr().err


@pytest.mark.parametrize("through", ["2026-04-01", "2199-12-31"])
def test_a_period_that_is_not_over_is_not_closed(folder: str, capsys: pytest.CaptureFixture[str], through: str) -> None:
    """One slip would end all payments for good: nothing opens a period again."""
    assert main(["account", "close", folder, "--through", through]) == 1
    assert "a day that is over, before 2026-04-01" in capsys.readouterr().err
    assert main(["account", "close", folder, "--through", "2026-03-31"]) == 0
    assert main(["account", "list", folder]) == 0
    assert "All days up to 2026-03-31 are closed." in capsys.readouterr().err


def test_reconciling_says_what_differs_and_refuses(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A balance that somebody changed in the tables, past the record; laid out anew it is right again."""
    import sqlite3

    assert main(["account", "reconcile", folder]) == 0
    assert "3 accounts: all adds up, as the entries give it." in capsys.readouterr().out
    with sqlite3.connect(Path(folder) / "projections.sqlite") as tables:
        tables.execute("UPDATE accounts_account SET credits = credits + 1 WHERE account = 'member.ada'")
    tables.close()
    assert main(["account", "reconcile", folder]) == 1
    said = capsys.readouterr()
    assert "member.ada credits: 1235 is kept, the transfers give 1234" in said.out
    assert "weal rebuild" in said.err
    assert main(["rebuild", folder]) == 0
    assert main(["account", "reconcile", folder]) == 0


@pytest.mark.parametrize(
    ("alters", "said"),
    [
        (
            "UPDATE accounts_transfer SET amount = amount + 1000 WHERE id = 'a';"
            "UPDATE accounts_account SET debits = debits + 1000 WHERE account = 'fund';"
            "UPDATE accounts_account SET credits = credits + 1000 WHERE account = 'member.ada';"
            "UPDATE accounts_day SET debits = debits + 1000 WHERE account = 1 AND credits = 0;"
            "UPDATE accounts_day SET credits = credits + 1000 WHERE account = 2",
            "transfer a amount: 2234 is kept, the entries give 1234",
        ),
        ("UPDATE accounts_account SET floor = NULL WHERE account = 'member.ada'", "member.ada floor: None is kept"),
        ("DELETE FROM accounts_transfer WHERE id = 'r'", "transfer r: no such row is kept, the entries give a row"),
        ("UPDATE accounts_step SET through = 800000", "through: 800000 is kept, the entries give None"),
    ],
)
def test_tables_that_add_up_and_are_not_what_the_entries_give_are_found(
    folder: str, capsys: pytest.CaptureFixture[str], alters: str, said: str
) -> None:
    """Who alters a transfer with all its sums leaves a ledger that adds up: only the entries tell."""
    import sqlite3

    assert main(["fsck", folder]) == 0
    with sqlite3.connect(Path(folder) / "projections.sqlite") as tables:
        tables.executescript(alters)
    tables.close()
    capsys.readouterr()
    assert main(["account", "reconcile", folder]) == 1
    assert said in capsys.readouterr().out
    assert main(["fsck", folder]) == 1
    told = capsys.readouterr().err
    assert said in told
    assert "weal rebuild" in told
    assert main(["rebuild", folder]) == 0
    assert main(["fsck", folder]) == 0
    assert main(["account", "reconcile", folder]) == 0


def test_the_whole_ledger_as_csv_and_as_a_journal(
    folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["account", "journal", folder, str(tmp_path / "ledger.csv")]) == 0
    found = rows((tmp_path / "ledger.csv").read_text())
    told = [(one["id"], one["amount"], one["unit"], one["how"], one["standing"]) for one in found]
    assert told == [("a", "12.34", "EUR", "post", "posted"), ("b", "50.00", "EUR", "post", "posted"),
                    ("r", "7.00", "EUR", "pend", "pending")]  # fmt: skip
    assert len({one["entry"] for one in found}) == 1
    sums: Counter[str] = Counter()
    for one in found:
        sums[one["credit"]] += int(Decimal(one["amount"]) * 100) * (one["standing"] == "posted")
    assert sums == {"member.ada": 1234, "member.bo": 5000}
    assert main(["account", "journal", folder, str(tmp_path / "ledger.beancount")]) == 0
    assert "2026-03-23 balance Assets:Fund  62.34 EUR" in (tmp_path / "ledger.beancount").read_text()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("x,fund,member.ada,12.345,2026-03-02", "row 2, amount: saw '12.345'"),
        ("x,fund,member.ada,-1,2026-03-02", "row 2, amount: saw '-1'"),
        ("x,fund,member.ada,0,2026-03-02", "row 2, amount: saw '0'"),
        ("x,fund,nobody,1,2026-03-02", "row 2, credit: saw 'nobody'"),
        ("x,fund,member.ada,1,2026-02-30", "row 2, day: saw '2026-02-30'"),
        ("!,fund,member.ada,1,2026-03-02", "row 2, id: saw '!'"),
        ("x,fund,member.ada,1,2026-03-02,7", "more cells than columns"),
        ("x,fund", "row 2, credit: saw ''"),
    ],
)
def test_a_line_that_cannot_be_is_named_and_nothing_is_recorded(
    folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, said: str
) -> None:
    with Authority.open(Path(folder), installed={}) as authority:
        size = authority.store.size()
    source = tmp_path / "wrong.csv"
    source.write_text(f"id,debit,credit,amount,day\n{line}\nok,fund,member.ada,1,2026-03-02\n")
    assert main(["account", "transfer", folder, str(source), "--of", "benefits"]) == 1
    told = capsys.readouterr().err
    assert said in told
    assert "Traceback" not in told
    with Authority.open(Path(folder), installed={}) as authority:
        assert authority.store.size() == size


def test_of_a_hundred_thousand_rows_the_one_that_is_wrong_is_named(
    folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [f"t{at},fund,member.ada,0.01,2026-03-02" for at in range(100_000)]
    lines[76_543] = "t76543,fund,member.ada,0.001,2026-03-02"
    source = tmp_path / "many.csv"
    source.write_text("id,debit,credit,amount,day\n" + "\n".join(lines))
    assert main(["account", "transfer", folder, str(source), "--of", "benefits"]) == 1
    told = capsys.readouterr().err
    assert "1 fault" in told
    assert "row 76545, amount: saw '0.001'" in told


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "a column of this name"),
        (b"id,debit\n", "credit: saw '(absent)'"),
        (b"id,debit,credit,amount,day,memo\n", "memo: saw 'memo'; one of id, debit"),
        (b"\xff\xfe\x00", "a CSV file in UTF-8"),
        (b"id,debit,credit,amount,day\n", "at least one"),
    ],
)
def test_a_file_that_is_no_batch_is_refused_with_what_it_should_be(
    folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, said: str
) -> None:
    source = tmp_path / "odd.csv"
    source.write_bytes(content)
    assert main(["account", "transfer", folder, str(source), "--of", "benefits"]) == 1
    told = capsys.readouterr().err
    assert said in told
    assert "Traceback" not in told
    assert "should not have" not in told


def test_a_file_of_two_gigabytes_is_refused_unread(
    folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "huge.csv"
    source.touch()
    os.truncate(source, 2 << 30)
    assert main(["account", "transfer", folder, str(source), "--of", "benefits"]) == 1
    assert "2147483648 bytes" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_named(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["account", "transfer", folder, "nowhere.csv", "--of", "benefits"]) != 0
    told = capsys.readouterr().err
    assert "nowhere.csv" in told
    assert "should not have" not in told


def test_every_account_that_cannot_be_is_named_by_its_line_at_once(
    folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "odd.csv"
    source.write_text(
        "account,unit,side,floor,ceiling\nA!,EUR,,,\nb,EURO,,,\nc,EUR,both,,\nd,EUR,,5,1\ne,EUR,,1.234,\n"
    )
    assert main(["account", "open", folder, str(source), "--of", "benefits"]) == 1
    told = capsys.readouterr().err
    assert "5 faults" in told
    for said in (
        "row 2, account: saw 'A!'; the name", "row 3, unit: saw 'EURO'; a currency", "row 4, side: saw 'both'",
        "row 5, floor: saw '5'; at most the ceiling, 1", "row 6, floor: saw '1.234'",
    ):  # fmt: skip
        assert said in told


def test_an_account_that_there_is_not_cannot_be_closed(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["account", "close", folder, "fund", "nobody", "--of", "benefits"]) == 1
    assert "saw 'nobody'" in capsys.readouterr().err
    with Authority.open(Path(folder), installed={}) as authority:
        assert authority.store.entry(authority.store.size() - 1).kind == "accounts.transfers"
