"""Large files of payers: in parts they come to what they come to whole, however often they break off and are sent."""

from __future__ import annotations

import io
import itertools
import random
import tracemalloc
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from commonweal.doors.cli import main
from commonweal.instruments.portable_benefits import checking, files, tables
from commonweal.kernel import accounts
from commonweal.kernel.disclosure import Marking
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput

from .conftest import FOUR, SHOP, SWIFT, Fund, person, table

PEOPLE = 12


@pytest.fixture
def people(fund: Fund) -> Fund:
    """A fund with twelve accounts."""
    for number in range(2, PEOPLE + 1):
        fund.authority.act(Act("portable_benefits.member", {"name": f"PB-{number}"}, ""), person(number))
    fund.authority.follow()
    return fund


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three rows a part, and four a run that is sorted at a time."""
    monkeypatch.setattr(files, "ROWS_A_PART", 3)
    monkeypatch.setattr(files, "ROWS_A_RUN", 4)


def rows(earned: dict[int, int]) -> bytes:
    """A file of people by number and what they earned, in no order, each in two spans of work."""
    found = [f"PB-{n},2025-01-01,2025-01-31,USD,{cents},0,0" for n, cents in earned.items()]
    found += [f"PB-{n},2025-02-01,2025-03-31,USD,{cents},0,0" for n, cents in earned.items()]
    random.Random(7).shuffle(found)
    return table(*found, programme=FOUR)


def parts(data: bytes) -> Iterator[Act]:
    return files.divided(io.BytesIO(data), "file.csv").acts()


def send(fund: Fund, acts: Iterable[Act]) -> list[bool]:
    """File each as the command does; whether each stood there already."""
    found = []
    for act in acts:
        fresh = checking.fresh([act], fund.reader)
        fund.authority.place_all(fresh, SWIFT)
        fund.authority.follow()
        found.append(not fresh)
    return found


def held(fund: Fund) -> dict[str, int]:
    """What each member has on the ledger, of those who have something."""
    names = [row["account"] for row in fund.reader.select(tables.OPENED, {}) if ".member." in row["account"]]
    return {name: amount for name in names if (amount := fund.held(name))}


def expected(earned: dict[int, int]) -> dict[str, int]:
    """4 percent of what each earned twice: cents, where dollars were said."""
    return {f"benefits.quarterly_four_percent.member.pb_{n}.savings": dollars * 8 for n, dollars in earned.items()}


FIRST = {n: 1000 + n for n in range(1, PEOPLE + 1)}


@pytest.mark.usefixtures("small")
def test_parts_are_cut_between_members_and_say_all_there_is_between_two_of_them() -> None:
    found = list(parts(rows(FIRST)))
    assert [(act.body["part"], act.body["parts"], act.body["rows"]) for act in found] == [
        (n, 6, 4) for n in range(1, 7)
    ]
    edges = [(act.body.get("after", ""), act.body.get("up_to", "")) for act in found]
    assert edges[0][0] == edges[-1][1] == ""
    assert all(up_to == after for (_, up_to), (after, _) in itertools.pairwise(edges))
    told = [[{**act.body, "root": ""} for act in each] for each in (found, parts(rows(FIRST)))]
    assert told[0] == told[1], "sent again, they are the same"


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("broken_off", [1, 3])
def test_a_file_that_broke_off_is_sent_again_and_posts_what_is_missing(people: Fund, broken_off: int) -> None:
    acts = list(parts(rows(FIRST)))
    send(people, acts[:broken_off])
    assert 0 < len(held(people)) < PEOPLE
    assert send(people, acts) == [True] * broken_off + [False] * (len(acts) - broken_off)
    assert held(people) == expected(FIRST)
    assert people.transfers() == PEOPLE, "one for each: nothing was posted twice"
    assert send(people, acts) == [True] * len(acts)
    assert people.transfers() == PEOPLE
    assert not list(accounts.reconciled(people.reader))


@pytest.mark.usefixtures("small")
def test_a_corrected_file_that_is_cut_elsewhere_takes_the_place_of_the_first(people: Fund) -> None:
    """Some are left out, some come to it, one is corrected; the parts of the first do not lie as the new ones do."""
    send(people, parts(rows({n: FIRST[n] for n in range(2, PEOPLE)})))
    corrected = {1: 1500, 5: 2005, 6: 1006, 11: 1011, 12: 3000}
    acts = list(parts(rows(corrected)))
    send(people, acts[:1])
    with pytest.raises(BadInput, match="replaced"):  # the first file is not brought back halfway
        send(people, parts(rows({n: FIRST[n] for n in range(2, PEOPLE)})))
    send(people, acts)
    assert held(people) == expected(corrected)
    standing = people.reader.select(tables.FILE, {"replaced": 0})
    assert {row["parts"] for row in standing} == {len(acts)}
    assert sum(row["rows"] for row in standing) == 2 * len(corrected)


def test_one_file_whole_replaces_one_in_parts(people: Fund, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(files, "ROWS_A_PART", 3)
        send(people, parts(rows(FIRST)))
    send(people, parts(rows({3: 4000})))
    assert held(people) == expected({3: 4000})


@pytest.mark.usefixtures("small")
def test_a_part_that_speaks_of_a_member_outside_itself_is_refused(people: Fund) -> None:
    """What it says of them would stand beside what their own part says."""
    first, *_ = parts(rows(FIRST))
    with pytest.raises(BadInput, match="up_to"):
        send(people, [Act(first.kind, {**first.body, "up_to": "benefits_member:pb-1"}, "", blobs=first.blobs)])


def test_the_accounts_at_which_a_file_is_cut_are_not_for_the_fund() -> None:
    """They would tell for whom a payer pays in."""
    from commonweal.instruments.portable_benefits.kinds import CONTRIBUTIONS

    assert CONTRIBUTIONS.marking("after") == CONTRIBUTIONS.marking("up_to") == Marking.RED


@pytest.mark.usefixtures("small")
def test_the_command_checks_the_whole_file_first_and_names_the_row_wherever_it_lies(
    people: Fund, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong row of the last part: nothing of the parts before is recorded. Mended, all of it is, with progress."""
    people.payer(SHOP, "PAY-1")
    file, folder = tmp_path / "big.csv", str(people.authority.folder)
    told = rows(FIRST | {99: 1000}).replace(b",SWIFT,", b",PAY-1,")
    file.write_bytes(told)
    people.authority.close()
    command = ["import", folder, "portable_benefits", "contributions", str(file), "--as", SHOP.party]
    command += ["--role", "developer"]
    assert main(command) == 1
    wrong = [n for n, line in enumerate(told.decode().splitlines()) if ",PB-99," in line]
    said = capsys.readouterr().err
    assert all(f"row {n}, member" in said for n in wrong)
    file.write_bytes(rows(FIRST).replace(b",SWIFT,", b",PAY-1,"))
    assert main(command) == 0
    said = capsys.readouterr().out
    assert "0 were there already" in said
    assert main(command) == 0
    assert "Recorded 0 entries; 6 were there already" in capsys.readouterr().out


def test_memory_does_not_grow_with_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice the rows take hardly more while they are read: only the runs on disk grow."""
    monkeypatch.setattr(files, "ROWS_A_RUN", 500)
    monkeypatch.setattr(files, "ROWS_A_PART", 500)

    def peak(many: int) -> int:
        stream = io.BytesIO(table(*(f"PB-{n},2025-01-01,2025-03-31,USD,{n}.50,0,0" for n in range(many))))
        tracemalloc.start()
        for act in files.divided(stream, "file.csv").acts():
            assert act.body["rows"] <= 500
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    assert peak(8_000) < 1.5 * peak(4_000)


def test_what_lies_on_disk_while_a_file_is_read_tells_nothing_of_its_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every byte that reaches the temporary folder is caught: none of them is a row, and all rows come back."""
    monkeypatch.setattr(files, "ROWS_A_RUN", 4)
    monkeypatch.setattr(files, "ROWS_A_PART", 3)
    monkeypatch.setattr(files, "PIECE_BYTES", 23)
    written: list[io.BytesIO] = []

    def kept() -> io.BytesIO:
        written.append(io.BytesIO())
        monkeypatch.setattr(written[-1], "close", lambda: None, raising=False)
        return written[-1]

    monkeypatch.setattr(files.tempfile, "TemporaryFile", kept)
    found = b"".join(act.blobs["rows"].partition(b"\n")[2] for act in parts(rows(FIRST)))
    assert found.count(b"\n") == 2 * PEOPLE
    assert len(written) > 2
    told = {line[at : at + 8] for line in found.splitlines() for at in range(len(line) - 7)}  # less comes by chance
    assert not any(data[at : at + 8] in told for data in map(io.BytesIO.getvalue, written) for at in range(len(data)))
    assert sum(len(file.getvalue()) for file in written) >= 2 * len(found) - 4 * 60, "it was on disk twice"
