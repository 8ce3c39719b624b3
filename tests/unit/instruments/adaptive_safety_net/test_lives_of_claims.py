"""What becomes of a claim after it was granted: told otherwise, taken back, made again, annulled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from commonweal.instruments.adaptive_safety_net import claim_pages, looking
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput
from net_house import JUDGE, OFFICER, WORKER, Net

CLAIM = "support_claim:c-1"


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Net]:
    """A claim of which May and June were paid, 416.66 each."""
    found = Net.found(tmp_path / "ministry")
    with found.authority:
        found.opened()
        found.at("2026-05-11T09:00:00Z")
        found.claim()
        found.run("2026-05")
        found.run("2026-06")
        yield found
        before = found.authority.dump()
        found.authority.rebuild()
        assert found.authority.dump() == before


def looks(net: Net) -> list[str]:
    return [one.words["en"] for one in looking.looks(net.authority.reader, net.programme(), net.standing())]


def stage(net: Net) -> str:
    """What the desk says of it."""
    desk = claim_pages.desk_view(net.authority.reading("en", OFFICER.party), {})
    return str(desk["rows"][0]["words"])


def annul(net: Net, entry: int) -> None:
    net.authority.act(Act("record.annulled", {"entry": entry, "reason_code": "filed_in_error"}, ""), WORKER)
    net.authority.follow()


@pytest.mark.parametrize("told", [
    {"earned": "8000.00"},
    {"jobs": [{"began": "2026-05-01", "monthly": "2000.00"}]},
])  # fmt: skip
def test_more_pay_for_months_that_were_paid_is_granted_by_nobody_but_a_person(net: Net, told: dict[str, str]) -> None:
    """Else whoever was granted help on modest figures raises them afterwards, and is paid thousands at once."""
    net.claim(**told)
    assert (net.standing().state, looks(net)) == ("waits", [looking.RAISED["en"]])
    net.claim(**told, born_on="1980-02-03")
    assert net.standing().state == "waits", "it is held against what was granted, not against what was told last"
    net.run("2026-07")
    assert net.paid() == {"2026-05": 41_666, "2026-06": 41_666}
    facts = net.standing().entry
    net.file("decided", JUDGE, claim=CLAIM, outcome="eligible", facts=facts, words="Pay slips were shown.")
    assert net.standing().state == "eligible"
    net.claim(**told)
    assert net.standing().state == "eligible", "what a person granted is not asked about again"


def test_less_of_the_past_and_a_change_of_what_is_to_come_wait_for_nobody(net: Net) -> None:
    ended = {"began": "2026-05-01", "ended": "2026-06-30", "monthly": "3200.00"}
    net.at("2026-07-02T09:00:00Z")
    for told in (
        {"jobs": [ended, {"began": "2026-07-01", "monthly": "2000.00"}]},
        {"earned": "4100.00", "jobs": [ended, {"began": "2026-07-01", "monthly": "2000.00"}]},
    ):
        net.claim(**told)
        assert net.standing().state == "eligible"


def test_a_claim_that_was_taken_back_is_made_again_by_filing_it_and_the_months_between_are_not_due(net: Net) -> None:
    """In the same words too: a receipt for what is in no force would keep them from ever being paid."""
    net.file("withdrawn", WORKER, claim=CLAIM)
    assert stage(net) == "taken back"
    net.at("2026-09-10T09:00:00Z")
    first = net.standing().entry
    assert net.claim() > first
    assert (stage(net), net.standing().state) == ("granted", "eligible")
    net.run("2026-09")
    assert net.paid() == {"2026-05": 41_666, "2026-06": 41_666, "2026-09": 2 * 41_666}, "July, in which it was, and now"
    net.file("withdrawn", WORKER, claim=CLAIM)
    with pytest.raises(BadInput, match="stands"):
        net.file("withdrawn", WORKER, claim=CLAIM)


def test_no_claim_is_annulled_on_which_something_was_decided(net: Net) -> None:
    """What the bank paid on it would be due again under another name, or an older version stand as granted."""
    net.claim(earned="4100.00")
    for entry in (net.standing().first, net.standing().entry):
        with pytest.raises(BadInput, match="take C-1 back"):
            annul(net, entry)
    other = net.claim(OFFICER, name="C-2", lost_on=None)
    net.authority.act(Act("record.annulled", {"entry": other, "reason_code": "filed_in_error"}, ""), OFFICER)


def test_an_appeal_that_is_not_allowed_does_not_make_a_granted_claim_a_refused_one(net: Net) -> None:
    net.file("appeal", WORKER, claim=CLAIM, words="It is too little.")
    net.file("appeal_decided", JUDGE, claim=CLAIM, outcome="upheld", words="It is what the text gives.")
    net.claim(paid_to="GB29NWBK60161331926819")
    assert net.standing().state == "eligible"
