"""What people may do follows from the record: keys, sessions and acts open a role on its dates and on no others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from commonweal import staffing
from commonweal.acceptance import Caller
from commonweal.authority import OPERATOR, Authority
from commonweal.engines.sqlite import SqliteAccess
from commonweal.instruments import rule_file
from commonweal.kernel import persons
from commonweal.kernel.protocols.passkeys import Passkey
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, CommonwealError, Conflict, Forbidden, ReplayClock, Text, stamp
from commonweal.settings import Settings

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
DAY = timedelta(days=1)
HOLD = {"basis": "audit", "ordered_by": "Court", "scope": "kind", "about": "clock.tick"}


@pytest.fixture
def clock() -> ReplayClock:
    return ReplayClock(START)


@pytest.fixture
def office(tmp_path: Path, clock: ReplayClock) -> Iterator[Authority]:
    settings = Settings(Text(en="Office", zh="办公室"), "people.example/log", START, replay=True)
    with Authority.create(tmp_path / "office", settings, clock=clock, installed={}) as authority:
        yield authority


def joined(office: Authority, name: str, *roles: str, **dates: str) -> str:
    number = f"person:{name}"
    body = {"person": number, "party": f"party:{name}", "name": name.title(), "organisation": "authority",
            "roles": list(roles) or ["officer"], **dates}  # fmt: skip
    staffing.record(office, persons.JOINED.id, body)
    return number


def key_of(office: Authority, name: str) -> str:
    """The bearer key that somebody makes with their invitation."""
    code = staffing.invite(office, staffing.member(office, f"party:{name}"), datetime.now(UTC) + DAY)
    return office.access.accept(code)[1]


def recovered(office: Authority, body: dict[str, object], by: Caller) -> str:
    """The code that whoever confirms a recovery is given for who is recovered."""
    staffing.record(office, persons.RECOVERY_CONFIRMED.id, body, by)
    return staffing.invite(office, staffing.member(office, str(body["person"])), datetime.now(UTC) + DAY, by)


def may(office: Authority, token: str) -> tuple[str, ...]:
    holder = office.access.caller_of(token)
    return holder.roles if holder else ()


def test_a_role_opens_on_its_dates_and_on_no_others(office: Authority, clock: ReplayClock) -> None:
    joined(office, "ann", since=stamp(START + 2 * DAY), until=stamp(START + 4 * DAY))
    token, seen = key_of(office, "ann"), []
    for _ in range(5):
        seen.append(may(office, token))
        clock.set(clock.now() + DAY)
    assert seen == [(), (), ("officer",), ("officer",), ()]


def test_a_leavers_keys_sessions_and_invitations_end_at_once_and_joining_again_revives_none(
    office: Authority, clock: ReplayClock
) -> None:
    number = joined(office, "ann")
    token = key_of(office, "ann")
    unused = staffing.invite(office, staffing.member(office, number), datetime.now(UTC) + DAY)
    cookie = office.access.open_session(token.split("_")[1])
    assert office.access.session_of(cookie) is not None
    clock.set(clock.now() + DAY)
    staffing.record(office, persons.LEFT.id, {"person": number})
    assert (may(office, token), office.access.session_of(cookie)) == ((), None)
    assert office.access.invitation_of(unused) is None
    with pytest.raises(Forbidden, match="their role ended"):
        office.act(Act("retention.hold_placed", HOLD, ""), Caller("party:ann", ("officer",), "authority"))
    clock.set(clock.now() + DAY)
    joined(office, "ann")
    assert may(office, token) == ()
    office.act(Act("retention.hold_placed", HOLD, ""), Caller("party:ann", ("officer",), "authority"))


def test_leaving_joining_and_leaving_again_in_the_same_words_are_three_acts(
    office: Authority, clock: ReplayClock
) -> None:
    number = joined(office, "ann")
    for _ in range(2):
        clock.set(clock.now() + DAY)
        first = staffing.record(office, persons.LEFT.id, {"person": number})
        again = staffing.record(office, persons.LEFT.id, {"person": number})
        assert (again.index, again.again) == (first.index, True)
        assert staffing.member(office, number).standing.roles == ()
        clock.set(clock.now() + DAY)
        joined(office, "ann")
    assert len(persons.history(office.reader, number)["posts"]) == 3


def test_a_key_with_roles_of_its_own_opens_no_more_than_its_person_holds(office: Authority) -> None:
    wide = office.access.issue_key("party:ann", ("officer", "authority"), organisation="elsewhere")
    narrow = office.access.issue_key("party:ann", ("auditor",))
    assert may(office, wide) == ("officer", "authority")
    joined(office, "ann")
    holder = office.access.caller_of(wide)
    assert holder is not None
    assert (holder.roles, holder.organisation) == (("officer",), "authority")
    assert may(office, narrow) == ()


def test_a_delegated_role_is_exercised_by_one_and_comes_back(office: Authority, clock: ReplayClock) -> None:
    ann, ben = joined(office, "ann", "officer", "peer"), joined(office, "ben", "observer")
    first, second = key_of(office, "ann"), key_of(office, "ben")
    body = {"person": ann, "to": ben, "roles": ["officer"], "until": stamp(START + 2 * DAY)}
    receipt = office.act(Act(persons.DELEGATED.id, body, ""), Caller("party:ann", ("officer",), "authority"))
    office.follow()
    assert (may(office, first), may(office, second)) == (("peer",), ("observer", "officer"))
    with pytest.raises(BadInput, match="not lent on"):
        staffing.record(office, persons.DELEGATED.id, {**body, "person": ben, "to": ann, "roles": ["officer"]})
    with pytest.raises(BadInput, match="nobody exercises meanwhile"):
        staffing.record(office, persons.DELEGATED.id, {**body, "to": joined(office, "cho", "observer")})
    staffing.record(office, persons.REVOKED.id, {"person": ann, "delegation": receipt.index})
    assert (may(office, first), may(office, second)) == (("officer", "peer"), ("observer",))


def test_nobody_gives_roles_to_themselves_and_only_administrators_to_others(office: Authority) -> None:
    ann, ben = joined(office, "ann", "authority"), joined(office, "ben")
    boss, plain = Caller("party:ann", ("authority",), "authority"), Caller("party:ben", ("officer",), "authority")
    more = {"organisation": "authority", "roles": ["officer", "authority"]}
    with pytest.raises(Forbidden, match="nobody gives roles to themselves"):
        office.act(Act(persons.MOVED.id, {"person": ann, **more}, ""), boss)
    with pytest.raises(Forbidden, match="filed by authority"):
        office.act(Act(persons.MOVED.id, {"person": ben, **more}, ""), plain)
    lent = {"person": ann, "to": ben, "roles": ["authority"], "until": "2027-01-01"}
    with pytest.raises(Forbidden, match="nobody takes another's roles"):
        office.act(Act(persons.DELEGATED.id, lent, ""), plain)


def test_two_administrators_let_in_anew_who_lost_their_device_and_one_alone_cannot(
    office: Authority, clock: ReplayClock
) -> None:
    ann, ben, cho = joined(office, "ann"), joined(office, "ben", "authority"), joined(office, "cho", "authority")
    lost = key_of(office, "ann")
    first, second = (Caller(f"party:{one}", ("authority",), "authority") for one in ("ben", "cho"))
    later = datetime.now(UTC) + DAY
    ask = {"person": ann, "until": stamp(START + 2 * DAY)}
    asked = office.act(Act(persons.RECOVERY_ASKED.id, ask, ""), first)
    assert office.act(Act(persons.RECOVERY_ASKED.id, ask, ""), first).index == asked.index
    office.follow()
    confirm = {"person": ann, "recovery": asked.index}
    with pytest.raises(Forbidden, match="another administrator confirms"):
        recovered(office, confirm, first)
    with pytest.raises(BadInput, match=f"confirm entry {asked.index}"):
        office.act(Act(persons.RECOVERY_ASKED.id, {**ask, "until": stamp(START + 3 * DAY)}, ""), second)
    assert may(office, lost) == ("officer",)
    with pytest.raises(Conflict, match="two administrators"):
        staffing.invite(office, staffing.member(office, ann), later, second)
    unused = recovered(office, confirm, second)
    assert may(office, lost) == ()
    code = recovered(office, confirm, second)
    with pytest.raises(Forbidden, match="ask for a new one"):
        office.access.accept(unused)
    asker = staffing.invite(office, staffing.member(office, ann), later, first)
    for one, other in ((asker, ""), (asker, asker), (code, ""), (code, "0.x")):
        with pytest.raises(persons.HalfACode):
            office.access.accept(one, second=other)
    token = office.access.accept(code, second=asker)[1]
    with pytest.raises(Forbidden, match="ask for a new one"):
        office.access.accept(asker, second=code)
    assert may(office, token) == ("officer",)
    with pytest.raises(Conflict, match="holds the key"):
        recovered(office, confirm, second)
    assert may(office, token) == ("officer",)
    last = persons.last_recovered(office.reader, "party:ann")
    assert last is not None
    assert (last["asked_by"], last["confirmed_by"]) == (ben, cho)


def test_a_recovery_ends_at_its_date_and_with_the_role_of_who_asked(office: Authority, clock: ReplayClock) -> None:
    ann, ben = joined(office, "ann"), joined(office, "ben", "authority")
    joined(office, "cho", "authority")
    first, second = (Caller(f"party:{one}", ("authority",), "authority") for one in ("ben", "cho"))
    ask = {"person": ann, "until": "2026-03-09"}
    with pytest.raises(BadInput, match="not after 2026-03-08"):
        office.act(Act(persons.RECOVERY_ASKED.id, ask, ""), first)
    ask = {"person": ann, "until": stamp(START + DAY)}
    asked = office.act(Act(persons.RECOVERY_ASKED.id, ask, ""), first)
    clock.set(START + DAY)
    with pytest.raises(BadInput, match="ask anew"):
        recovered(office, {"person": ann, "recovery": asked.index}, second)
    ask = {"person": ann, "until": stamp(START + 3 * DAY)}
    asked = office.act(Act(persons.RECOVERY_ASKED.id, ask, ""), first)
    staffing.record(office, persons.LEFT.id, {"person": ben})
    with pytest.raises(BadInput, match="may not any more"):
        recovered(office, {"person": ann, "recovery": asked.index}, second)


def test_the_house_and_the_recovered_ask_for_no_recovery(office: Authority) -> None:
    ann = joined(office, "ann", "authority")
    ask = {"person": ann, "until": stamp(START + DAY)}
    with pytest.raises(Forbidden, match="persons with a key"):
        staffing.record(office, persons.RECOVERY_ASKED.id, ask)
    with pytest.raises(Forbidden, match="nobody recovers or appoints themselves"):
        office.act(Act(persons.RECOVERY_ASKED.id, ask, ""), Caller("party:ann", ("authority",), "authority"))


def test_every_fault_of_an_act_is_named_at_once(office: Authority) -> None:
    body = {"person": "person:nobody", "organisation": "authority", "roles": ["emperor"], "until": "2020-01-01"}
    with pytest.raises(BadInput) as refused:
        staffing.record(office, persons.MOVED.id, body)
    assert {fault.where for fault in refused.value.faults} == {"person", "roles", "until"}


def test_who_holds_nothing_is_not_invited(office: Authority, clock: ReplayClock) -> None:
    joined(office, "ann", until=stamp(START + DAY))
    clock.set(START + 2 * DAY)
    with pytest.raises(BadInput, match="holds no role"):
        key_of(office, "ann")


def test_the_public_sees_the_role_and_its_dates_and_neither_name_nor_party(office: Authority) -> None:
    joined(office, "ann", until="2027-01-01T00:00:00Z")
    shown = office.presentation(office.store.size() - 2)
    public = {one: office.kinds[kind.id].marking(one) for kind in (persons.JOINED, persons.NOTED)
              for one in ("party", "name", "note") if one in kind.schema.model_fields}  # fmt: skip
    assert "TLP:CLEAR" not in set(public.values())
    assert office.presentation(office.store.size() - 1).fields == {"person": "person:ann"}
    assert shown.fields == {
        "person": "person:ann", "organisation": "authority", "roles": ["officer"],
        "until": "2027-01-01T00:00:00Z",
    }  # fmt: skip


def test_tables_laid_out_again_say_the_same(office: Authority, clock: ReplayClock) -> None:
    ann, ben = joined(office, "ann"), joined(office, "ben", "observer")
    lent = {"person": ann, "to": ben, "roles": ["officer"], "until": "2026-05-01"}
    staffing.record(office, persons.DELEGATED.id, lent)
    clock.set(START + DAY)
    staffing.record(office, persons.LEFT.id, {"person": ann, "on": "2026-04-01"})
    before = office.dump()
    office.rebuild()
    assert office.dump() == before


def test_roles_that_exclude_each_other_are_refused_by_post_move_and_delegation(office: Authority) -> None:
    """Who audits does not decide what is audited, at any time of a delegation and not only when it begins."""
    with pytest.raises(BadInput, match="only one of officer, auditor"):
        joined(office, "ann", "officer", "auditor")
    ann, ben = joined(office, "ann"), joined(office, "ben", "auditor", until=stamp(START + 9 * DAY))
    with pytest.raises(BadInput, match="only one of authority, auditor"):
        staffing.record(office, persons.MOVED.id, {"person": ann, "organisation": "authority",
                                                   "roles": ["authority", "auditor"]})  # fmt: skip
    lent = {"person": ann, "to": ben, "roles": ["officer"], "until": stamp(START + 2 * DAY)}
    with pytest.raises(BadInput, match=f"together with what {ben} holds meanwhile"):
        staffing.record(office, persons.DELEGATED.id, lent)
    staffing.record(office, persons.MOVED.id, {"person": ben, "organisation": "authority", "roles": ["observer"]})
    staffing.record(office, persons.DELEGATED.id, lent)


@pytest.mark.parametrize("decides", ["officer", "authority"])
def test_who_sits_in_court_neither_asks_for_access_nor_administers(office: Authority, decides: str) -> None:
    """Whoever decides that sealed fields may be opened is a third party to who asks: CJEU, C-746/18."""
    with pytest.raises(BadInput, match=r"only one of court, \w+: .*third party.*C-746/18"):
        joined(office, "ann", "court", decides)
    ann = joined(office, "ann", "court", "observer")
    assert staffing.member(office, ann).standing.roles == ("court", "observer")


@pytest.mark.parametrize("name", ["", "  \t ", "Jane\x00Doe", "Jane\nDoe", "Jane\u202eDoe", "\u200b", "…", "J" * 201])
def test_a_name_that_nobody_can_read_is_refused_and_nothing_is_recorded(office: Authority, name: str) -> None:
    size = office.store.size()
    body = {"person": "person:ann", "party": "party:ann", "organisation": "authority", "roles": ["officer"]}
    with pytest.raises(BadInput) as refused:
        staffing.record(office, persons.JOINED.id, {**body, "name": name})
    assert [fault.where for fault in refused.value.faults] == ["name"]
    for kind, said in ((persons.JOINED.id, body), (persons.NOTED.id, {"person": "person:ann", "note": "Why"})):
        with pytest.raises(BadInput):  # as the API files it
            office.act(Act(kind, {**said, "name": name}, ""))
    assert office.store.size() == size


def test_what_a_party_looks_like_is_said_in_words(office: Authority) -> None:
    body = {"person": "person:ann", "party": "Jane Doe", "organisation": "authority", "roles": ["officer"]}
    with pytest.raises(BadInput, match="such as party:jane-doe") as refused:
        office.act(Act(persons.JOINED.id, body, ""))
    assert "^" not in str(refused.value)


@pytest.mark.parametrize("name", ["李", "O'Neill", "María José de la Cruz", "می\u200cخواهم", "Jane Doe 3rd"])
def test_a_name_is_taken_as_it_is_written(office: Authority, name: str) -> None:
    body = {"person": "person:ann", "party": "party:ann", "organisation": "authority", "roles": ["officer"]}
    staffing.record(office, persons.JOINED.id, {**body, "name": f"  {name} "})
    assert staffing.member(office, "person:ann").row["name"] == name


def test_nobody_is_given_the_party_of_who_filed_already(office: Authority) -> None:
    """An administrator would become the anonymous reporter whose party the log of reads shows them."""
    ann = joined(office, "ann", "authority")
    joined(office, "ben", "authority")
    by = Caller("party:ann", ("authority",), "authority")
    filer = Caller("party:lab", ("authority",))
    office.act(Act(persons.NOTED.id, {"person": ann, "note": "A note."}, ""), filer)
    post = {"person": "person:mole", "name": "Mole", "organisation": "authority"}
    for party, who in (("party:lab", by), ("party:reporter-abcdefgh", by), ("party:reporter-abcdefgh", OPERATOR)):
        for kind, more in (
            (persons.JOINED.id, {"roles": ["officer"]}),
            (persons.APPOINTMENT_ASKED.id, {"roles": ["authority"], "confirm_by": stamp(START + DAY)}),
        ):
            if (kind, who) != (persons.APPOINTMENT_ASKED.id, OPERATOR):
                with pytest.raises(BadInput, match="nobody has filed anything yet"):
                    staffing.record(office, kind, {**post, "party": party, **more}, who)
    staffing.record(office, persons.JOINED.id, {**post, "party": "party:new", "roles": ["officer"]}, by)


def test_the_first_two_administrators_are_recorded_by_one_and_the_third_by_two(office: Authority) -> None:
    founder = Caller("party:founder", ("authority",))
    post = {"organisation": "authority", "roles": ["authority"]}
    for name in ("ann", "ben"):
        body = {"person": f"person:{name}", "party": f"party:{name}", "name": name, **post}
        staffing.record(office, persons.JOINED.id, body, founder)
    ann, ben = (Caller(f"party:{name}", ("authority",), "authority") for name in ("ann", "ben"))
    third = {"person": "person:cho", "party": "party:cho", "name": "Cho", **post}
    with pytest.raises(Forbidden, match="appointed by two others"):
        staffing.record(office, persons.JOINED.id, third, ann)
    staffing.record(office, persons.LEFT.id, {"person": "person:ben"}, ann)
    with pytest.raises(Forbidden, match="appointed by two others"):  # who removes the other is not one of two again
        staffing.record(office, persons.JOINED.id, third, ann)
    joined(office, "ben", "authority")
    ask = {**third, "confirm_by": stamp(START + DAY)}
    with pytest.raises(Forbidden, match="persons with a key"):
        staffing.record(office, persons.APPOINTMENT_ASKED.id, ask, founder)
    with pytest.raises(BadInput, match="authority among them"):
        staffing.record(office, persons.APPOINTMENT_ASKED.id, {**ask, "roles": ["officer"]}, ann)
    asked = staffing.record(office, persons.APPOINTMENT_ASKED.id, ask, ann)
    confirm = {"person": "person:cho", "appointment": asked.index}
    with pytest.raises(Forbidden, match="another administrator confirms"):
        staffing.record(office, persons.APPOINTMENT_CONFIRMED.id, confirm, ann)
    staffing.record(office, persons.APPOINTMENT_CONFIRMED.id, confirm, ben)
    assert staffing.member(office, "party:cho").standing.roles == ("authority",)
    before = office.dump()
    office.rebuild()
    assert office.dump() == before


def test_who_is_here_already_is_moved_by_an_appointment(office: Authority, clock: ReplayClock) -> None:
    for name in ("ann", "ben"):
        joined(office, name, "authority")
    cho = joined(office, "cho")
    ann, ben = (Caller(f"party:{name}", ("authority",), "authority") for name in ("ann", "ben"))
    ask = {"person": cho, "party": "party:cho", "name": "Cho", "organisation": "authority",
           "roles": ["authority", "officer"], "confirm_by": stamp(START + DAY)}  # fmt: skip
    with pytest.raises(BadInput, match="the party under which this person acts"):
        staffing.record(office, persons.APPOINTMENT_ASKED.id, {**ask, "party": "party:another"}, ann)
    asked = staffing.record(office, persons.APPOINTMENT_ASKED.id, ask, ann)
    clock.set(START + timedelta(hours=1))
    staffing.record(office, persons.APPOINTMENT_CONFIRMED.id, {"person": cho, "appointment": asked.index}, ben)
    posts = persons.history(office.reader, cho)["posts"]
    assert [(post["roles"], post["until"]) for post in posts] == [
        (["officer"], stamp(START + timedelta(hours=1))), (["authority", "officer"], None)]  # fmt: skip


def test_every_fault_of_the_table_people_is_named(tmp_path: Path) -> None:
    settings = Settings(Text(en="Office", zh="办公室"), "people.example/log", START)
    settings.write(tmp_path)
    file = tmp_path / "authority.toml"
    file.write_text(
        file.read_text("utf-8")
        + '\n[people]\nexclusive = [["officer"], "auditor"]\nroles = 1\ninvestigators_publish = "no"\n',
        "utf-8",
    )
    with pytest.raises(BadInput) as refused:
        Settings.read(tmp_path)
    assert {fault.where for fault in refused.value.faults} == {
        "people.exclusive[0]", "people.exclusive[1]", "people.roles", "people.investigators_publish"}  # fmt: skip


def test_a_key_from_before_somebody_was_recorded_keeps_them_from_being_invited_by_one(office: Authority) -> None:
    """The first administrators have keys before the record names them: nobody else makes another for them alone."""
    token = office.access.issue_key("party:ann", ("authority",))
    ann, boss = joined(office, "ann", "authority"), Caller("party:ben", ("authority",), "authority")
    joined(office, "ben", "authority")
    with pytest.raises(Conflict, match="two administrators"):
        staffing.invite(office, staffing.member(office, ann), datetime.now(UTC) + DAY, boss)
    assert may(office, token) == ("authority",)


def test_a_leavers_name_and_the_reasons_are_erased_and_what_is_judged_by_stays(
    office: Authority, clock: ReplayClock
) -> None:
    """The schedule is the example of docs/people.md."""
    page = (Path(__file__).parents[2] / "docs" / "people.md").read_text("utf-8")
    text = page.partition("```toml schedule\n")[2].partition("```")[0]
    office.adopt(rule_file(text))
    office.follow()
    number = joined(office, "ann", note="hired by decision SECRET-7")
    staffing.record(office, persons.LEFT.id, {"person": number, "on": stamp(START + DAY), "note": "SECRET-8"})
    clock.set(START + 366 * DAY)
    office.tick(clock.now())
    with pytest.raises(CommonwealError, match="kept until 2028"):
        office.erasures.erase(number, persons.RETENTION, "no_longer_needed", OPERATOR)
    clock.set(START + 3 * 366 * DAY)
    office.tick(clock.now())
    office.erasures.erase(number, persons.RETENTION, "no_longer_needed", OPERATOR)
    found = staffing.member(office, "party:ann")
    assert (found.row["name"], found.row["named"]) == ("", None)
    held = b"".join(path.read_bytes() for path in sorted(office.folder.rglob("*")) if path.is_file())
    assert not [word for word in (b"SECRET-7", b"SECRET-8", b"Ann") if word in held]
    posts = persons.history(office.reader, number)["posts"]
    assert [(post["roles"], post["until"]) for post in posts] == [(["officer"], stamp(START + DAY))]
    before = office.dump()
    office.rebuild()
    assert office.dump() == before


def test_nobody_but_an_administrator_says_what_somebody_is_called(office: Authority) -> None:
    ann, ben = joined(office, "ann"), joined(office, "ben")
    plain = Caller("party:ann", ("officer",), "authority")
    for body in ({"person": ann, "name": "Another"}, {"person": ben, "note": "a word"}):
        with pytest.raises(Forbidden, match="by an administrator"):
            office.act(Act(persons.NOTED.id, body, ""), plain)
    with pytest.raises(BadInput, match="one of both"):
        office.act(Act(persons.NOTED.id, {"person": ann}, ""), plain)
    office.act(Act(persons.NOTED.id, {"person": ann, "note": "on leave"}, ""), plain)
    office.follow()
    assert staffing.member(office, ann).row["name"] == "Ann"


def test_who_asked_for_a_recovery_does_not_take_the_link_and_become_the_other_of_the_two(office: Authority) -> None:
    """One pretext ("Maya lost her phone") would make one person both of the two, for good."""
    joined(office, "ann", "authority")
    joined(office, "ben", "authority")
    maya = joined(office, "maya", "authority")
    first, second = (Caller(f"party:{one}", ("authority",), "authority") for one in ("ann", "ben"))
    ask = {"person": maya, "until": stamp(START + 2 * DAY)}
    entry = office.act(Act(persons.RECOVERY_ASKED.id, ask, ""), first).index
    good = recovered(office, {"person": maya, "recovery": entry}, second)
    for _ in range(2):
        taken = staffing.invite(office, staffing.member(office, maya), datetime.now(UTC) + DAY, first)
        with pytest.raises(persons.HalfACode):
            office.access.accept(taken)
    assert office.access.invitation_of(good) is not None, "and ends no half but their own"


def test_a_new_administrator_has_half_a_code_of_each_of_two(office: Authority) -> None:
    """Also by a link that one person gave when they were to be an officer, and that nobody used yet."""
    joined(office, "ann", "authority")
    founder = joined(office, "ben", "authority")
    first, second = (Caller(f"party:{one}", ("authority",), "authority") for one in ("ann", "ben"))
    later = datetime.now(UTC) + DAY
    alone = staffing.invite(office, staffing.member(office, founder), later, first)
    assert office.access.accept(alone)[1], "there are no two others to let the second administrator in"
    cho = joined(office, "cho")
    early = staffing.invite(office, staffing.member(office, cho), later, first)
    post = {"person": cho, "party": "party:cho", "organisation": "authority", "roles": ["authority"],
            "confirm_by": stamp(START + 2 * DAY)}  # fmt: skip
    asked = office.act(Act(persons.APPOINTMENT_ASKED.id, post, ""), first).index
    office.follow()
    staffing.record(office, persons.APPOINTMENT_CONFIRMED.id, {"person": cho, "appointment": asked}, second)
    with pytest.raises(persons.HalfACode):
        office.access.accept(early)
    other = staffing.invite(office, staffing.member(office, cho), later, second)
    assert may(office, office.access.accept(early, second=other)[1]) == ("authority",)


def test_whoever_runs_the_machine_lets_somebody_in_alone(office: Authority) -> None:
    for name in ("ann", "ben", "cho"):
        joined(office, name, "authority")
    assert may(office, key_of(office, "cho")) == ("authority",)


# ── what a key carries, and who lets somebody in ────────────────────────────────────────────────────────────────────


def moved(office: Authority, number: str, *roles: str) -> None:
    staffing.record(office, persons.MOVED.id, {"person": number, "organisation": "authority", "roles": list(roles)})


def carries(office: Authority, made: str) -> set[str]:
    found = persons.counts(office.reader, "party:cho", (persons.FOLLOWS,), "", when=office.clock.now(), made=made,
                           carries=True)  # fmt: skip
    return set(found[0]) if found else set()


def test_a_key_carries_at_most_what_its_holder_could_do_when_it_was_made(office: Authority, clock: ReplayClock) -> None:
    """A key that leaked from somebody at a lesser post does not grow with them."""
    number = joined(office, "cho", "observer")
    first = stamp(clock.now())
    clock.set(START + DAY)
    moved(office, number, "observer", "officer")
    assert carries(office, first) == {"observer"}
    assert carries(office, stamp(clock.now())) == {"observer", "officer"}
    clock.set(START + 2 * DAY)
    second = stamp(clock.now())
    moved(office, number, "officer")
    assert carries(office, second) == {"officer"}, "made longer, a post is carried on"
    assert carries(office, first) == set()
    clock.set(START + 3 * DAY)
    moved(office, number, "observer")
    clock.set(START + 4 * DAY)
    moved(office, number, "officer")
    assert carries(office, second) == set(), "taken and given back, it is given anew"


def test_a_key_carries_a_post_that_was_recorded_before_it_begins(office: Authority, clock: ReplayClock) -> None:
    joined(office, "cho", "officer", since=stamp(START + 2 * DAY))
    clock.set(START + DAY)
    made = stamp(clock.now())
    clock.set(START + 3 * DAY)
    assert carries(office, made) == {"officer"}


def test_what_is_lent_is_carried_by_keys_that_were_made_since(office: Authority, clock: ReplayClock) -> None:
    lender = joined(office, "ann", "officer")
    number = joined(office, "cho", "observer")
    made = stamp(clock.now())
    clock.set(START + DAY)
    lent = {"person": lender, "to": number, "roles": ["officer"], "until": stamp(START + 9 * DAY)}
    staffing.record(office, persons.DELEGATED.id, lent)
    assert carries(office, made) == {"observer"}
    assert carries(office, stamp(clock.now())) == {"observer", "officer"}


def test_where_there_are_two_administrators_one_alone_lets_no_officer_in(office: Authority) -> None:
    """Who records an officer and takes the link would be that officer too, whenever it takes two."""
    for name in ("ann", "ben"):
        joined(office, name, "authority")
    ann, ben = (Caller(f"party:{name}", ("authority",), "authority") for name in ("ann", "ben"))
    joined(office, "cho", "officer")
    found = staffing.member(office, "party:cho")
    until = datetime.now(UTC) + DAY
    mine, theirs = (staffing.invite(office, found, until, by) for by in (ann, ben))
    with pytest.raises(persons.HalfACode):
        office.access.accept(mine)
    office.access.accept(mine, second=theirs)
    outsider = {"person": "person:dev", "party": "party:dev", "organisation": "organisation:lab",
                "roles": ["developer"]}  # fmt: skip
    staffing.record(office, persons.JOINED.id, outsider)
    code = staffing.invite(office, staffing.member(office, "party:dev"), until, ann)
    assert office.access.accept(code), "who files from outside is let in by one"


def test_where_one_administrator_is_alone_the_record_says_so(office: Authority) -> None:
    joined(office, "ann", "authority")
    joined(office, "cho", "officer")
    ann = Caller("party:ann", ("authority",), "authority")
    code = staffing.invite(office, staffing.member(office, "party:cho"), datetime.now(UTC) + DAY, ann)
    assert office.access.accept(code)
    told = [entry.body for entry in map(office.entry, range(office.store.size())) if entry.kind == persons.INVITED.id]
    assert [body["by_one"] for body in told] == [True]
    assert dict(office.presentation(office.store.size() - 1).fields)["by_one"] is True, "in public"


def test_who_was_let_in_by_one_as_an_outsider_is_no_officer_by_being_moved(
    office: Authority, clock: ReplayClock
) -> None:
    """One administrator who lets in a developer, takes their link and moves them would be two officers. Who was let in
    like that carries the new role once two let them in anew."""

    def judge(party: str, roles: Sequence[str], organisation: str, made: str) -> tuple[tuple[str, ...], str] | None:
        return persons.counts(office.reader, party, roles, organisation, when=clock.now(), made=made, carries=True)

    def by_two(party: str, had_key: bool) -> bool:
        return persons.let_in_by_two(office.reader, party, clock.now(), had_key=had_key)

    for name in ("ann", "ben"):
        joined(office, name, "authority")
    number, until = joined(office, "cho", "developer"), clock.now() + 9 * DAY
    with closing(SqliteAccess(office.folder / "keys.sqlite", now=clock.now)) as access:
        access.judged_by(judge, by_two)

        def invited(by: str) -> str:
            return access.invite("party:cho", (persons.FOLLOWS,), ("file", "read"), until, given_by=by)

        key, token = access.accept(invited("person:ann"))
        access.add_passkey("party:cho", Passkey(b"own", b"", "office.example", "https://office.example"), 0)
        clock.set(START + DAY)
        moved(office, number, "officer")
        [passkey] = access.passkeys("party:cho")
        access.confirm(key, passkey)
        held = access.caller_of(token)
        assert held is not None
        assert held.roles == ()
        halves = [invited(f"person:{name}") for name in ("ann", "ben")]
        with pytest.raises(persons.HalfACode):
            access.accept(halves[0])
        by_both = access.holder_of(access.accept(halves[0], second=halves[1])[0])
        assert by_both is not None
        assert by_both.roles == ("officer",)


def test_a_passkey_from_before_confirms_a_key_and_one_made_since_does_not(
    office: Authority, clock: ReplayClock
) -> None:
    """Whoever holds a key from before can make a passkey with it: that one proves nobody else."""

    def judge(party: str, roles: Sequence[str], organisation: str, made: str) -> tuple[tuple[str, ...], str] | None:
        return persons.counts(office.reader, party, roles, organisation, when=clock.now(), made=made, carries=True)

    with closing(SqliteAccess(office.folder / "keys.sqlite", now=clock.now)) as access:
        access.judged_by(judge)
        number = joined(office, "cho", "observer")
        token = access.issue_key("party:cho", (persons.FOLLOWS,))
        key = token.split("_")[1]
        access.add_passkey("party:cho", Passkey(b"before", b"", "office.example", "https://office.example"), 0)
        clock.set(START + DAY)
        moved(office, number, "officer")
        access.add_passkey("party:cho", Passkey(b"since", b"", "office.example", "https://office.example"), 0)
        before, since = access.passkeys("party:cho")
        holder = access.caller_of(token)
        assert holder is not None
        assert (holder.roles, holder.organisation) == ((), ""), "it lets its holder in, without a role"
        access.confirm(key, since)
        assert access.holder_of(key) == holder
        access.confirm(key, before)
        confirmed = access.holder_of(key)
        assert confirmed is not None
        assert (confirmed.roles, confirmed.organisation) == (("officer",), "authority")
