"""Who may open sealed fields takes two administrators: one proposes the text, another puts exactly it in force."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest

from commonweal.acceptance import Caller
from commonweal.authority import OPERATOR, Authority
from commonweal.authority.adopting import next_step
from commonweal.doors.portal import app
from commonweal.instruments import rule_file
from commonweal.kernel import authorisations, registry
from commonweal.kernel.record import AUTHORITY
from commonweal.kernel.values import Forbidden, NotFound, ReplayClock, RuleFault, Text
from commonweal.settings import Settings
from envelopes import policy_text

from .people import answers_of, sign_in
from .test_adopting import PAGE, START, shown

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

RULE = "authorisation.break_glass"
JANE, SAM = Caller("party:jane", ("authority",)), Caller("party:sam", ("authority", "officer"))
FILE = rule_file(policy_text())


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    settings = Settings(Text(en="Test", zh="测试"), "test.example/record", START, replay=True)
    folder = tmp_path_factory.mktemp("two") / "a"
    with Authority.create(folder, settings, clock=ReplayClock(START), installed={}) as found:
        yield found


@pytest.fixture
def keys(house: Authority) -> dict[str, str]:
    return {one.party: house.access.issue_key(one.party, one.roles, ("file", "read")) for one in (JANE, SAM)}


def in_force(house: Authority) -> dict[str, Any] | None:
    house.follow()
    try:
        return registry.text_in_force(house.reader, RULE)
    except NotFound:
        return None


@pytest.mark.usefixtures("keys")
def test_one_proposes_and_another_adopts_exactly_that(house: Authority) -> None:
    """One administrator's key made the "several organisations" who may open what is sealed."""
    first = house.adopt(FILE, JANE)
    assert (first.kind, in_force(house)) == ("rule.proposed", None)
    with pytest.raises(NotFound):
        authorisations.policy_for(house.reader, "disclose")
    with pytest.raises(Forbidden, match=r"another administrator.*/texts/adopt.*weal rule adopt"):
        house.adopt(FILE, JANE)
    other = house.adopt(rule_file(policy_text(version="2")), SAM)
    assert (other.kind, in_force(house)) == ("rule.proposed", None), "other words are a proposal of their own"
    done = house.adopt(FILE, SAM)
    held = in_force(house)
    assert held is not None
    assert (held["adopted"], held["sha256"]) == (done.index, house.entry(first.index).body["sha256"])
    entry = house.entry(done.index)
    assert (entry.author, entry.causes) == (SAM.party, (first.index,))
    assert authorisations.policy_for(house.reader, "disclose")[1] == done.index
    assert registry.proposals(house.reader) == [], "what was proposed over another text in force counts no more"
    whole = house.dump()
    house.rebuild()
    assert (house.dump(), house.faults()) == (whole, [])


@pytest.mark.usefixtures("keys")
def test_other_words_take_the_place_of_what_one_proposed_before(house: Authority) -> None:
    house.adopt(FILE, JANE)
    house.adopt(rule_file(policy_text(version="2")), JANE)
    assert house.adopt(FILE, SAM).kind == "rule.proposed", "she stands by it no more"
    assert house.adopt(FILE, JANE).kind == "rule.adopted"


@pytest.mark.usefixtures("keys")
def test_a_proposal_of_who_is_no_administrator_any_more_counts_for_nothing(house: Authority) -> None:
    house.adopt(FILE, JANE)
    (key,) = (one for one in house.access.issued() if one.party == JANE.party)
    house.access.revoke(key.id)
    assert house.adopt(FILE, SAM).kind == "rule.proposed"
    assert in_force(house) is None


@pytest.mark.usefixtures("keys")
def test_what_is_faulty_is_not_proposed_and_the_operator_adopts_alone(house: Authority) -> None:
    with pytest.raises(RuleFault):
        house.adopt(rule_file(policy_text(quorum="quorum court")), JANE)
    assert house.adopt(FILE, OPERATOR).kind == "rule.adopted"
    held = in_force(house)
    assert held is not None
    assert house.store.entry(held["adopted"]).author == AUTHORITY


def form_with(page: str, words: str) -> dict[str, str]:
    (form,) = (one for one in re.findall(r"<form.*?</form>", page, re.DOTALL) if words in one)
    return answers_of(form)


def looked_at(client: Any, prefix: str, words: str, **answers: str) -> Any:
    return client.post(prefix + PAGE, data={**form_with(client.get(prefix + PAGE).text, words), **answers})


@pytest.mark.parametrize("prefix", ["", "/zh"])
def test_the_page_shows_it_to_both_and_says_whose_turn_it_is(
    house: Authority, keys: dict[str, str], prefix: str
) -> None:
    says = {
        "": (
            "Propose it",
            "nothing is in force by that",
            "You proposed it",
            "Proposed by party:jane",
            "It is in force.",
        ),
        "/zh": ("提请生效", "尚未生效", "您已提请", "提请人：party:jane", "已生效"),
    }[prefix]
    with TestClient(app(house), base_url="http://portal.example", follow_redirects=False) as client:
        sign_in(client, keys[JANE.party])
        page = looked_at(client, prefix, 'id="f-text"', text=FILE.text)
        assert says[0] in shown(page)
        done = client.post(prefix + PAGE, data={**form_with(page.text, 'name="seen"'), "confirmed": "yes"})
        assert says[1] in shown(client.get(done.headers["location"]))
        mine = looked_at(client, prefix, 'name="proposed"')
        assert (says[2] in shown(mine), 'name="confirmed"' in mine.text) == (True, False)
        again = client.post(prefix + PAGE, data={**form_with(mine.text, 'name="seen"'), "confirmed": "yes"})
        assert (again.status_code, in_force(house)) == (403, None)
        sign_in(client, keys[SAM.party])
        theirs = looked_at(client, prefix, 'name="proposed"')
        assert says[3] in shown(theirs)
        assert "ombudsman" in unescape(theirs.text), "the whole text is there to be read"
        done = client.post(prefix + PAGE, data={**form_with(theirs.text, 'name="seen"'), "confirmed": "yes"})
        assert says[4] in shown(client.get(done.headers["location"]))
    assert in_force(house) is not None


def test_when_sealed_things_are_destroyed_takes_two_as_well_and_the_other_finds_it_in_the_inbox(
    house: Authority, keys: dict[str, str]
) -> None:
    """One administrator could have had everything erased that stood in the way."""
    text = rule_file('id = "retention.short"\nversion = "1"\ntitle = { en = "Short", zh = "短" }\n[[schedule]]\n')
    assert text.room == "retention"
    assert next_step(house, text, JANE.party) == ("proposes", None)
    assert next_step(house, text, AUTHORITY)[0] == "adopts", "whoever runs the office does it at its command line"
    house.adopt(FILE, JANE)
    house.follow()
    for one, told in ((SAM, True), (JANE, False)):
        for prefix, words in (("", "Another administrator proposes a text"), ("/zh", "另一名管理员提请规则文本生效")):
            with TestClient(app(house), follow_redirects=False) as client:
                assert sign_in(client, keys[one.party]).status_code == 303
                page = client.get(f"{prefix}/inbox")
                assert page.status_code == 200
                assert (words in page.text) is told
