"""A death is a report until a second officer confirms it: one officer's word stopped a living claimant's money.

Whoever claims is written to, reads their claim as before and says that they live; what lapses holds nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.instruments.adaptive_safety_net import claim_pages, deaths
from commonweal.instruments.adaptive_safety_net.banking import BANK, paying_of, standing_still
from commonweal.instruments.adaptive_safety_net.control import CONTROL
from commonweal.instruments.adaptive_safety_net.conversation import lacks, talk
from commonweal.instruments.adaptive_safety_net.standing import STANDING
from commonweal.kernel import notices
from commonweal.kernel.values import BadInput
from commonweal.sight import Sight
from net_house import CONFIRMS, JUDGE, OFFICER, PAYS, WORKER, Net

CLAIM, ACCOUNT = "support_claim:c-1", "GB29NWBK60161331926819"
MONTH = 41_666


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Net]:
    """A claim of which May was paid, and nothing is at the bank; a rebuild lays out the same."""
    found = Net.found(tmp_path / "ministry")
    with found.authority:
        found.opened()
        found.at("2026-05-11T09:00:00Z")
        found.claim(paid_to=ACCOUNT)
        found.run("2026-05")
        yield found
        before = found.authority.dump()
        assert not found.apart()
        found.authority.rebuild()
        assert found.authority.dump() == before


def report(net: Net, on: str = "2026-05-20", caller: Caller = PAYS, **more: Any) -> int:
    return net.file("changed", caller, claim=CLAIM, what="died", on=on, **more)


def goes(net: Net) -> int:
    """How many payments the next file for the bank holds."""
    return len(BANK.ready(net.authority.reader, paying_of(net.programme())).payments)


def told(net: Net) -> list[str]:
    return [one["en"] for one in lacks(net.authority.reader, CLAIM)]


def refused(net: Net, kind: str, caller: Caller, **body: Any) -> set[str]:
    with pytest.raises(BadInput) as error:
        net.file(kind, caller, **body)
    return {fault.code for fault in error.value.faults}


def reads(net: Net, caller: Caller) -> Any:
    return net.authority.reading("en", caller.party, Sight(net.authority, caller, "portal /test"))


def letters(net: Net) -> list[tuple[str, str]]:
    rows = net.authority.reader.select(notices.LETTER)
    return [(row["template"].split()[0].rpartition(".")[2], row["party"]) for row in rows]


def test_one_officer_s_word_holds_payments_and_ends_nothing(net: Net) -> None:
    asked = report(net)
    assert (net.standing().died, net.standing().state) == (None, "eligible")
    assert net.paid() == {"2026-05": MONTH}, "nothing is stopped: it stays here"
    assert goes(net) == 0
    assert standing_still(net.authority.reader, net.programme()) == {CLAIM: ["reported"]}
    still = STANDING.view(reads(net, JUDGE), {})["rows"]
    assert [row[1] for row in still] == ["held: a death was reported"]
    net.run("2026-06")
    assert net.paid() == {"2026-05": MONTH}, "a run leaves it out"
    net.file("seconded", CONFIRMS, entry=asked)
    assert net.standing().died is not None, "two said it"
    assert net.paid() == {}, "what was not at the bank is stopped"
    net.run("2026-07")
    assert net.paid() == {"2026-07": 26_881}, "twenty days of May"


def test_whoever_claims_gets_a_letter_reads_the_claim_and_says_that_they_live(net: Net) -> None:
    assert refused(net, "lives", WORKER, claim=CLAIM) == {"alive"}
    asked = report(net)
    assert letters(net) == [("death_reported", WORKER.party)]
    assert told(net) == [
        "On 1 June 2026 somebody reported that you died on 20 May 2026. Nobody has confirmed it. Until that is "
        "answered nothing is paid, and nothing is lost. If you live, say so (“I live”)."
    ]
    reading = reads(net, WORKER)
    assert claim_pages.claim_view(reading, {"slug": "c-1"})["lacks"] == told(net)
    assert [one.href for one in deaths.lines(reading)] == ["/safety-net/claims/c-1"]
    assert "not_yours" in refused(net, "lives", OFFICER, claim=CLAIM)
    net.file("lives", WORKER, claim=CLAIM, words="I am here.")
    assert (told(net), goes(net)) == ([], 1)
    assert refused(net, "seconded", CONFIRMS, entry=asked) == {"replaced"}
    assert [line["en"] for line in talk(net.authority.reader, CLAIM)[-1].lines] == ["I live"]
    net.run("2026-06")
    assert net.paid() == {"2026-05": MONTH, "2026-06": MONTH}


def test_what_a_register_says_is_held_against_a_word_until_it_is_answered(net: Net) -> None:
    asked = report(net, known_by="register")
    net.file("lives", WORKER, claim=CLAIM)
    assert goes(net) == 0
    officer = reads(net, CONFIRMS)
    assert [one.name for one in deaths.lines(officer)] == ["C-1"]
    facts = dict(CONTROL.view(officer, {"entry": str(asked)})["facts"])
    assert facts["How it is known"] == "An officer saw the entry in a register of deaths"
    assert facts["What the person says"] == "On 1 June 2026: that they live"
    net.file("set_aside", CONFIRMS, entry=asked, words="The register meant another.")
    assert (goes(net), told(net), list(deaths.lines(officer))) == (1, [], [])


def test_a_report_that_lapses_unconfirmed_holds_nothing(net: Net) -> None:
    asked = report(net)
    net.at("2026-07-01T09:00:00Z")
    assert goes(net) == 0, "on the thirtieth day it can still be confirmed"
    net.at("2026-07-01T09:00:01Z")
    assert (goes(net), told(net)) == (1, [])
    assert refused(net, "seconded", CONFIRMS, entry=asked) == {"lapsed"}
    net.run("2026-06")
    assert net.paid() == {"2026-05": MONTH, "2026-06": MONTH}


def test_a_death_on_record_is_objected_to_and_taken_back_by_who_neither_asked_nor_confirmed(net: Net) -> None:
    net.died("2026-05-20")
    assert letters(net) == [("death_reported", WORKER.party), ("death_recorded", WORKER.party)]
    net.file("lives", WORKER, claim=CLAIM)
    assert told(net)[1:] == ["On 1 June 2026 you said that you live. An officer answers it."]
    alive = {"claim": CLAIM, "what": "alive", "on": "2026-06-01", "words": "He came here in person."}
    assert [refused(net, "changed", one, **alive) for one in (PAYS, CONFIRMS)] == [{"same_person"}] * 2
    again = report(net, "2026-05-25", PAYS)
    net.file("changed", JUDGE, **alive)
    assert (net.standing().died, told(net)) == (None, [])
    assert refused(net, "seconded", CONFIRMS, entry=again) == {"replaced"}, "an officer found since that he lives"
    net.run("2026-06")
    assert sum(net.paid().values()) == 2 * MONTH


def test_a_death_is_recorded_by_officers_alone(net: Net) -> None:
    body = {"claim": CLAIM, "what": "died", "on": "2026-05-20"}
    assert "role" in refused(net, "changed", WORKER, **body)
    report(net)
    assert "waits" in refused(net, "changed", JUDGE, **body), "one at a time"


def test_the_page_of_the_office_reports_a_death_and_takes_one_back(net: Net) -> None:
    """Nothing but a command did."""
    given = {
        "slug": "c-1",
        "what": "died",
        "on": "2026-05-20",
        "known_by": "register",
        "words": "As the registrar wrote.",
    }

    def choices() -> list[str]:
        asks = claim_pages.decide_view(reads(net, JUDGE), {"slug": "c-1"})["asks"]
        return [one.value for one in asks[0].choices if one.value in ("died", "alive")]

    def does(caller: Caller, **changed: str) -> None:
        (act,) = claim_pages.decide_deed(reads(net, caller), {**given, **changed}).acts
        net.authority.act(act, caller)
        net.authority.follow()

    assert choices() == ["died"]
    does(PAYS)
    (row,) = CONTROL.rows(net.authority.reader)
    assert row["body"]["known_by"] == "register"
    net.file("seconded", CONFIRMS, entry=row["entry"])
    assert choices() == ["died", "alive"]
    does(JUDGE, what="alive", words="The registrar meant another.")
    assert net.standing().died is not None, "two recorded it, and whoever claims says nothing"
    (row,) = CONTROL.rows(net.authority.reader)
    facts = dict(CONTROL.view(reads(net, CONFIRMS), {"entry": str(row["entry"])})["facts"])
    assert facts["What is said"] == "the death was recorded by mistake: the person lives"
    assert (facts["Day of the death"], facts["What the person says"]) == ("2026-05-20", "–")
    assert "How it is known" not in facts
    net.file("seconded", CONFIRMS, entry=row["entry"])
    assert net.standing().died is None, "one of the two had no hand in it before"


def test_what_two_recorded_two_take_back_of_whom_one_had_no_hand_in_it(net: Net) -> None:
    net.died("2026-05-20")
    alive = {"claim": CLAIM, "what": "alive", "on": "2026-06-01", "words": "He came here in person."}
    asked = net.file("changed", PAYS, **alive)
    assert letters(net)[2:] == [], "nobody is written to about what waits"
    assert refused(net, "seconded", CONFIRMS, entry=asked) == {"same_two"}
    net.file("set_aside", PAYS, entry=asked, words="Somebody else asks.")
    asked = net.file("changed", JUDGE, **alive)
    net.died("2026-05-25")
    assert refused(net, "seconded", PAYS, entry=asked) == {"died"}, "it says another day than what is on record now"


def test_a_death_is_reported_on_the_page_of_the_office_also_while_an_appeal_waits(net: Net) -> None:
    """The page then asked for nothing but the decision on the appeal."""
    net.file("appeal", WORKER, claim="support_claim:c-1", words="It is too little.")
    asks = claim_pages.decide_view(reads(net, PAYS), {"slug": "c-1"})["asks"]
    assert [one.value for one in asks[0].choices] == ["upheld", "allowed", "died"]
    assert {"on", "known_by"} <= {one.field for one in asks}
    given = {"slug": "c-1", "outcome": "died", "on": "2026-05-20", "known_by": "report", "words": "A call."}
    given["against_record"] = "yes"  # they appealed since
    (act,) = claim_pages.decide_deed(reads(net, PAYS), given).acts
    assert (act.kind, act.body["what"]) == ("adaptive_safety_net.changed", "died")
    net.authority.act(act, PAYS)
    net.authority.follow()
    assert net.standing().appeal is not None, "the appeal waits on"


def test_a_day_of_death_that_cannot_be_is_refused_and_one_against_the_record_is_said_to_be_right(net: Net) -> None:
    """A slip of the year emptied a claim that the person had filed themselves, and nobody was asked."""
    net.claim(paid_to=ACCOUNT, born_on="1980-03-01")

    def wrong(on: str, **more: Any) -> list[tuple[str, str]]:
        with pytest.raises(BadInput) as error:
            report(net, on, **more)
        return [(fault.where, fault.want) for fault in error.value.faults]

    assert wrong("1979-05-20", against_record=True, words="w") == [
        ("on", "1980-03-01 or later: the day of birth on the claim")
    ]
    ((where, want),) = wrong("2016-05-20")
    after = (
        "they filed something themselves (1 June 2026); the work was lost (16 February 2026); new work began (1 May "
    )
    assert (where, after in want) == ("on", True)
    assert [where for where, _ in wrong("2016-05-20", against_record=True)] == ["words"]
    given = {"slug": "c-1", "what": "died", "on": "2016-05-20", "words": "The register has it (fictitious)."}
    (act,) = claim_pages.decide_deed(reads(net, PAYS), {**given, "against_record": "yes"}).acts
    asked = net.authority.act(act, PAYS).index
    net.authority.follow()
    facts = dict(CONTROL.view(reads(net, CONFIRMS), {"entry": str(asked)})["facts"])
    assert facts["What is on record after that day"].startswith(after)
    net.file("seconded", CONFIRMS, entry=asked)
    assert net.standing().died is not None


def test_what_is_filed_after_the_day_of_a_death_that_waits_is_asked_about(net: Net) -> None:
    net.at("2026-06-02T09:00:00Z")
    asked = report(net, "2026-06-02", known_by="register")
    net.at("2026-06-03T09:00:00Z")
    net.file("answer", WORKER, claim=CLAIM, text="I found more work.")
    assert refused(net, "seconded", CONFIRMS, entry=asked) == {"outdated"}
