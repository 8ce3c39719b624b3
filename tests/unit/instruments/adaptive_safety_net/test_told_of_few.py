"""What is told of runs of payments: nothing of few people, by no figure and no entry; and what was told stays told."""

from __future__ import annotations

from pathlib import Path

import pytest

from commonweal.authority import Authority
from commonweal.instruments.adaptive_safety_net import counting, programmes, sameness
from commonweal.kernel.disclosure.commitments import read_leaf
from commonweal.kernel.record.entries import unkeyed
from commonweal.kernel.record.heads import IN_CONFIDENCE, kind_untold
from net_house import CONFIRMS, JUDGE, NET, OFFICER, WORKER, Net, somebody

PUBLIC = [f"{NET}{name}" for name in ("payment_run", "seconded", "run_done")]
FEW = "withheld: it would tell of few people"


@pytest.fixture
def net(tmp_path: Path) -> Net:
    made = Net.found(tmp_path / "ministry")
    made.opened()
    made.at("2026-05-20T12:00:00Z")
    return made


def claims(net: Net, first: int, last: int) -> None:
    for number in range(first, last + 1):
        net.claim(somebody(f"C-{number}"), name=f"C-{number}")


def figures(net: Net) -> list[tuple[object, object]]:
    return [(row["recipients"], row["amount"]) for row in counting.runs(net.authority.reading("en"), net.programme())]


def after(house: Authority, run: int) -> list[str]:
    """The kinds of all entries from a run on, as everybody knows them."""
    entries = house.store.entries(run, house.store.size())
    return [str(read_leaf(one.leaf)["kind"]).partition("/")[0] for one in entries]


def public(house: Authority, index: int) -> dict[str, object]:
    return dict(house.presentation(index).fields)


def test_of_how_many_a_run_paid_no_entry_says_anything(net: Net) -> None:
    """The count was public where the sum was withheld; where all get the same, one tells the other."""
    claims(net, 1, 6)
    run = net.run("2026-05")
    house = net.authority
    for stored in house.store.entries(run, house.store.size()):
        told = public(house, stored.index)
        assert not {"paid", "cents", "state", "transfers", "payments"} & set(told), stored.kind
        assert 6 not in told.values()


@pytest.mark.parametrize("many", [0, 1, 4, 5])
def test_how_many_payments_follow_a_run_cannot_be_counted_in_the_log(net: Net, many: int) -> None:
    """Each payment is an entry of its own: up to five people look like five, and none like some."""
    claims(net, 1, many)
    run = net.run("2026-05")
    seen = after(net.authority, run)
    assert seen.count(IN_CONFIDENCE) == 5
    assert not [kind for kind in seen if kind.startswith(NET) and kind not in PUBLIC]


def test_that_somebody_is_paid_for_the_first_time_does_not_show(net: Net) -> None:
    claims(net, 1, 1)
    first = net.run("2026-05")
    seen = after(net.authority, first)
    assert after(net.authority, net.run("2026-06")) == seen


def test_whether_a_claim_was_granted_at_once_does_not_show(net: Net) -> None:
    """It was the only one after which an entry followed."""
    granted = net.claim(WORKER)
    waits = net.claim(somebody("C-2"), name="C-2", earned="16000.00")
    assert programmes.standing(net.authority.reader, "support_claim:c-2").state == "waits"  # type: ignore[union-attr]
    assert after(net.authority, granted)[: waits - granted] == after(net.authority, waits)


def test_nothing_that_is_done_about_a_claim_says_about_which_or_what_it_is(net: Net) -> None:
    """Who knows somebody's reference read on which days they were paid, and that they had died."""
    claims(net, 1, 1)
    net.run("2026-05")
    net.died("2026-05-30")
    house = net.authority
    about = [one for one in house.store.entries(0, house.store.size()) if one.subject == "support_claim:c-1"]
    done = {f"{NET}{name}" for name in ("support_claim", "decided", "paid", "changed")}
    assert {one.kind for one in about} == {*done, "letter.wanted", "letter.written"}
    assert [one.kind for one in about if not kind_untold(one.leaf)] == [f"{NET}support_claim"]


def test_what_was_told_once_stays_told_when_the_claims_are_erased(net: Net) -> None:
    claims(net, 1, 5)
    net.run("2026-05")
    told = figures(net)
    assert told == [(5, "2083.30")]
    net.at("2031-06-05T09:00:00Z")
    assert not list(programmes.claims(net.authority.reader)), "five years are over"
    assert figures(net) == told
    net.authority.rebuild()
    assert figures(net) == told


@pytest.mark.parametrize(("gone", "told"), [(3, (5, "3333.28")), (1, (FEW, FEW))])
def test_a_run_is_held_against_one_whose_people_are_erased_since(
    net: Net, gone: int, told: tuple[object, object]
) -> None:
    """Three of the five are gone and three came, so six differ: their sum tells of no one. Of one and one it would.
    Two are paid one month more, three both."""
    claims(net, 1, 5)
    net.run("2026-05")
    net.at("2026-06-10T09:00:00Z")
    claims(net, gone + 1, 5 + gone)
    net.at("2031-06-05T09:00:00Z")
    there = [one.name for one in programmes.claims(net.authority.reader)]
    assert there == [f"C-{number}" for number in range(gone + 1, 6 + gone)], "the others were filed again since"
    net.run("2026-06")
    assert figures(net)[1] == told


def test_who_has_the_tables_alone_cannot_try_out_whose_account_it_is(net: Net, tmp_path: Path) -> None:
    """Accounts and days of birth are few enough to try them all: what stands for them is keyed, and dies with them."""
    said = {"paid_to": "GB29NWBK60161331926819", "born_on": "1980-02-29"}
    net.claim(WORKER, **said)
    net.claim(somebody("C-2"), name="C-2", **said)
    rows = net.authority.reader.select(sameness.MARK, {"claim": "support_claim:c-1"})
    marks = {value for row in rows for value in (row["mark"], row["born"])}
    tried = {unkeyed(f"{what}\0{told}") for what, told in (("account", said["paid_to"]), ("born_on", said["born_on"]))}
    assert not marks & tried
    assert [one.what for one in sameness.matches(net.authority.reader, "support_claim:c-1")] == ["account"]
    other = Net.found(tmp_path / "another")
    other.opened()
    other.at("2026-05-20T12:00:00Z")
    other.claim(WORKER, **said)
    theirs = other.authority.reader.select(sameness.MARK, {"claim": "support_claim:c-1"})
    assert not marks & {row["mark"] for row in theirs}, "nor are those of two houses held against each other"
    net.at("2031-06-10T09:00:00Z")
    assert not net.authority.reader.select(sameness.MARK, {"claim": "support_claim:c-1"})


def test_of_who_came_to_a_run_nobody_hides_behind_trifles(net: Net) -> None:
    """Ten are paid in both months, five came: four for 4.16 and one for 416.66. Less what May came to, and what one of
    the four got, the sum of June told the fifth's to 3 percent."""
    for number in range(1, 11):
        was = [{"began": "2026-05-01", "monthly": "4100.00"}]
        net.claim(somebody(f"C-{number}"), name=f"C-{number}", earned="4200.00", jobs=was)
    net.run("2026-05")
    net.at("2026-06-10T09:00:00Z")
    for number in range(11, 16):
        monthly = "4190.00" if number < 15 else "3200.00"
        claim = {"name": f"C-{number}", "earned": "4200.00", "jobs": [{"began": "2026-06-01", "monthly": monthly}]}
        net.claim(somebody(claim["name"]), **claim)
    net.run("2026-06")
    assert net.paid("support_claim:c-15") == {"2026-06": 41666}
    assert net.paid("support_claim:c-11") == {"2026-06": 416}
    assert figures(net) == [(10, "416.60"), (FEW, FEW)]


@pytest.mark.parametrize(("many", "told"), [(5, (FEW, FEW)), (8, (8, "3333.28"))])
def test_a_guardian_of_several_reads_nobody_elses_amount_out_of_a_sum(
    net: Net, many: int, told: tuple[object, object]
) -> None:
    """Of five who were paid four have one guardian: the sum less what they read was the fifth's, to the cent. They and
    four others are five people."""
    claims(net, 1, many)
    for number in range(1, 5):
        about = {"about": f"support_claim:c-{number}", "to": "party:worker-1", "reason_code": "ordered"}
        net.file("seconded", CONFIRMS, entry=net.file("hand_over", OFFICER, **about, citation="Order 12/2026"))
    net.run("2026-05")
    assert figures(net) == [told]


def test_whoever_was_a_guardian_counts_as_one_with_whose_claims_are_theirs_again(net: Net) -> None:
    """What was paid while they held these they have read."""
    claims(net, 1, 5)
    for to in ("worker-1", "somebody-c-{}"):
        for number in (1, 2):
            about = {"about": f"support_claim:c-{number}", "to": f"party:{to}".format(number), "reason_code": "ordered"}
            net.file("seconded", CONFIRMS, entry=net.file("hand_over", OFFICER, **about, citation="Order 12/2026"))
    net.run("2026-05")
    assert figures(net) == [(FEW, FEW)]


def test_claims_that_an_officer_entered_for_people_are_not_the_officers(net: Net) -> None:
    """From the office no figure keeps anything."""
    for number in range(1, 6):
        net.claim(OFFICER, name=f"C-{number}", said_by="officer")
        claim = f"support_claim:c-{number}"
        net.file("decided", JUDGE, claim=claim, outcome="eligible", facts=net.standing(claim).entry, words="Seen.")
    net.run("2026-05")
    assert figures(net) == [(5, "2083.30")]
