"""Erasing: once, only when nothing stands in its way, and then without a trace in any file of the folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

import retaining as r
from commonweal.acceptance import Caller
from commonweal.authority import Authority, examine
from commonweal.instruments import rule_file
from commonweal.kernel import disclosure, registry, retention
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, Conflict, Forbidden, NotFound, ReplayClock


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Authority]:
    with r.founded(tmp_path / "a") as made:
        yield made


def test_after_an_erasure_neither_key_nor_text_is_in_any_file(house: Authority) -> None:
    private = r.private_bytes(house)
    assert private in r.bytes_of(house.folder)
    assert b"SECRETOFone" in r.bytes_of(house.folder)
    r.wait(house)
    index = r.erase(house)
    left = r.bytes_of(house.folder)
    assert private not in left
    assert b"SECRETOFone" not in left
    assert b"SECRETOFtwo" in left
    row = registry.subject(house.reader, r.ONE)
    assert row is not None
    assert (row["body"], row["erased"]) == ({}, 1)
    dump = house.dump()
    house.rebuild()
    assert house.dump() == dump
    assert house.verify() == []
    said = house.entry(index).body
    assert (said["holder"], said["entries"], said["kinds"]) == (r.ONE, 1, {r.KIND: 1})


def test_the_public_reads_what_was_erased_on_what_basis_and_no_name(house: Authority) -> None:
    r.wait(house)
    index = r.erase(house)
    shown = house.presentation(index)
    assert shown.fields["basis"] == r.ASKED
    assert shown.fields["legal_basis"] == "Regulation (EU) 2016/679, Art. 17(1)(a) and Art. 5(1)(e)"
    assert not {"holder", "approved_by", "reference", "kept_until"} & set(shown.fields)
    assert b"organisation:one" not in house.store.entry(index).leaf


def test_before_the_minimum_has_passed_nothing_is_erased(house: Authority) -> None:
    size = house.store.size()
    with pytest.raises(retention.TooEarly, match="kept until 2028-03-02T23:00:00Z"):
        r.erase(house)
    assert [house.store.entry(at).kind for at in range(size, house.store.size())] == ["clock.tick"]
    assert house.entry(r.first(house)).body["contact"] == "SECRETOFone"


def test_what_was_processed_unlawfully_waits_for_no_minimum_and_for_a_hold(house: Authority) -> None:
    """GDPR, Art. 17(1)(d): what may not be held at all waits for no two years; (3)(e): claims come first."""
    with pytest.raises(retention.TooEarly, match=r"a task in the public interest \(.*Art\. 17\(3\)\(b\)\)"):
        r.erase(house, basis="objection")
    order = r.hold(house)
    with pytest.raises(retention.Held):
        r.erase(house, basis="unlawful_processing")
    r.lift(house, order)
    index = r.by_two(house)
    assert house.presentation(index).fields["legal_basis"] == "Regulation (EU) 2016/679, Art. 17(1)(d)"
    assert b"SECRETOFone" not in r.bytes_of(house.folder)


def test_a_basis_that_names_kinds_takes_nothing_else_with_it(house: Authority) -> None:
    more = (
        '[[schedule.basis]]\ncode = "wrong"\ntitle = { en = "W", zh = "误" }\ncitation = "Art. 3"\n'
        'before_minimum = true\nkinds = ["test.other"]\n'
    )
    house.adopt(rule_file(r.text(more=more), ".toml"))
    with pytest.raises(Conflict, match=r"wrong reaches no model_registration\.organisation"):
        r.erase(house, basis="wrong")


def test_a_later_filing_keeps_everything_under_its_key_longer(house: Authority) -> None:
    """What falls with a key falls together, so the newest entry decides."""
    r.wait(house, r.WHEN + timedelta(days=700))
    r.file(house, "one", "another")
    r.wait(house)
    with pytest.raises(retention.TooEarly):
        r.erase(house)
    assert [plan.row["entries"] for plan in house.erasures.plans(r.ONE)] == [2]


def test_erasing_twice_is_refused_and_a_replayed_entry_finds_its_key(house: Authority) -> None:
    r.wait(house)
    index = r.erase(house)
    with pytest.raises(Conflict, match=f"erased already, by entry {index}"):
        r.erase(house)
    r.file(house, "one", "SECONDLIFE")
    house.follow()
    with pytest.raises(retention.TooEarly):
        r.erase(house)
    body = house.entry(index).body
    with pytest.raises(Forbidden, match="nobody files it"):
        house.act(Act(retention.ERASED.id, body, key="again"))
    assert house.erasures.finish() == house.erasures.look_again() == 0
    row = registry.subject(house.reader, r.ONE)
    assert row is not None
    assert row["body"]["contact"] == "SECONDLIFE"


def test_a_basis_that_no_schedule_of_the_class_names_is_refused(house: Authority) -> None:
    r.wait(house)
    with pytest.raises(BadInput, match="authority_order, consent_withdrawn"):
        r.erase(house, basis="because_we_can")


@pytest.mark.parametrize("holder", ["party:authority", "organisation:none"])
def test_the_authority_s_own_acts_and_what_is_not_there_are_not_erased(house: Authority, holder: str) -> None:
    r.wait(house)
    with pytest.raises(NotFound):
        r.erase(house, holder)
    with pytest.raises((retention.TooEarly, NotFound)):
        house.erasures.erase(holder, "permanent", r.ASKED, Caller("party:o", ("officer",)))


def test_only_the_authority_and_its_officers_erase(house: Authority) -> None:
    r.wait(house)
    with pytest.raises(Forbidden):
        r.erase(house, caller=r.FILER)


@pytest.mark.parametrize(
    ("scope", "about"),
    [("subject", r.ONE), ("kind", r.KIND), ("entry", ""), ("organisation", r.ONE)],
)
def test_a_hold_of_each_scope_stands_in_the_way_until_it_is_lifted(house: Authority, scope: str, about: str) -> None:
    about = about or str(r.first(house))
    number = r.hold(house, scope, about)
    r.wait(house)
    with pytest.raises(retention.Held, match=f"hold {number}.*District Court"):
        r.erase(house)
    r.lift(house, number)
    with pytest.raises(BadInput, match="hold in force"):
        r.lift(house, number, "Another Court")
    again = r.hold(house, scope, about)
    assert again == r.hold(house, scope, about) > number
    r.lift(house, again)
    assert r.erase(house)


def test_a_hold_elsewhere_stands_in_nobody_s_way(house: Authority) -> None:
    r.hold(house, "subject", "organisation:two")
    r.hold(house, "entry", str(r.first(house) + 1))
    r.wait(house)
    assert r.erase(house)
    with pytest.raises(retention.Held):
        r.erase(house, "organisation:two")


def test_a_hold_on_an_organisation_reaches_its_models(house: Authority) -> None:
    body = {"name": "m", "organisation": r.ONE, "placed_on_eu_market": True, "placed_on_eu_market_on": "2010-01-01"}
    house.act(Act("model_registration.model", body, key=""), r.FILER)
    r.hold(house, "organisation", r.ONE)
    with pytest.raises(retention.Held):
        house.erasures.erase("model:m", "technical_documentation", "legal_obligation", r.Caller("o", ("officer",)))


def test_a_hold_is_not_shaken_off_by_annulling_what_it_is_about(house: Authority) -> None:
    """Who filed under a hold annuls its own training run, then its organisation: nothing becomes erasable."""
    run = {"name": "r", "organisation": r.ONE, "status": "planned"}
    filed = house.act(Act("model_registration.training_run", run, key=""), r.FILER).index
    house.follow()
    number = r.hold(house, "organisation", r.ONE)
    for entry in (filed, r.first(house)):
        body = {"entry": entry, "reason_code": "filed_in_error"}
        house.act(Act("record.annulled", body, key=""), r.FILER)
        house.follow()
    assert registry.subject(house.reader, r.ONE) is None
    r.wait(house)
    for holder in ("training_run:r", r.ONE):
        with pytest.raises(retention.Held, match=f"hold {number}"):
            r.erase(house, holder)
    assert r.hold(house, "organisation", r.ONE, reference="after the annulment") > number


def test_a_hold_reaches_a_model_that_another_party_derived(house: Authority) -> None:
    other = Caller("party:b", ("developer",))
    house.act(Act("model_registration.model", {"name": "m", "organisation": r.ONE}, key=""), r.FILER)
    house.act(Act(r.KIND, {"name": "three"}, key=""), other)
    derived = {"name": "d", "organisation": "organisation:three", "base_model": "model:m"}
    house.act(Act("model_registration.model", derived, key=""), other)
    r.hold(house, "organisation", r.ONE)
    house.follow()
    assert all(plan.holds for plan in house.erasures.plans("model:d"))
    assert not any(plan.holds for plan in house.erasures.plans("organisation:three"))


def test_the_order_itself_is_preserved_while_it_stands(house: Authority) -> None:
    """Where the text of a hold could be erased, the hold would be forgotten with it."""
    officer = Caller("party:o", ("officer",))
    body = {"basis": "court_order", "ordered_by": "Court", "scope": "subject", "about": "organisation:two"}
    number = house.act(Act(retention.HOLD_PLACED.id, body, key=""), officer).index
    house.follow()
    (row,) = retention.keys_of_holder(house.reader, "party:o")
    assert [item["hold"] for item in retention.holding(house.reader, row, house.erasures._key_of)] == [number]


def test_a_time_counted_from_an_event_runs_from_the_day_that_was_filed(house: Authority) -> None:
    """Regulation (EU) 2024/1689, Art. 18(1): ten years after the system was placed on the market."""
    body = {"name": "m", "organisation": r.ONE}
    house.act(Act("model_registration.model", body, key=""), r.FILER)
    r.wait(house, r.WHEN + timedelta(days=365 * 20))
    officer = Caller("party:o", ("officer",))
    with pytest.raises(retention.TooEarly, match="not on file"):
        house.erasures.erase("model:m", "technical_documentation", "retention_ended", officer)
    day = {"placed_on_eu_market": True, "placed_on_eu_market_on": "2046-01-01"}
    house.act(Act("model_registration.model", {**body, **day}, key=""), r.FILER)
    house.follow()
    (plan,) = house.erasures.plans("model:m", "technical_documentation")
    # ten years after 1 January 2046 end on 1 January 2056 in Brussels: a Saturday
    assert plan.row["keep_until"] == "2056-01-03T23:00:00Z"
    earlier = {"placed_on_eu_market": True, "placed_on_eu_market_on": "2020-01-01"}
    house.act(Act("model_registration.model", {**body, **earlier}, key=""), r.FILER)
    house.follow()
    (plan,) = house.erasures.plans("model:m", "technical_documentation")
    assert plan.row["keep_until"] == "2056-01-03T23:00:00Z"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"scope": "subject", "about": "organisation:none"}, "holder of something"),
        ({"scope": "entry", "about": "99999"}, "number of an entry"),
        ({"scope": "kind", "about": "nothing.here"}, "one of"),
        ({"scope": "organisation", "about": "model:x"}, "registered organisation"),
    ],
)
def test_a_hold_on_nothing_is_refused(house: Authority, body: dict[str, str], problem: str) -> None:
    with pytest.raises(BadInput, match=problem):
        r.hold(house, **body)


def test_an_old_copy_of_the_keys_brings_nothing_back(house: Authority, tmp_path: Path) -> None:
    """Whoever puts back keys.sqlite from before an erasure finds the key destroyed again when the folder is opened."""
    private = r.private_bytes(house)
    folder = house.folder
    house.close()
    copy = tmp_path / "copy.sqlite"
    shutil.copy(folder / "keys.sqlite", copy)
    plain = tmp_path / "plain.sqlite"
    shutil.copy(folder / "projections.sqlite", plain)
    with Authority.open(folder, clock=ReplayClock(r.LATER)) as again:
        index = r.erase(again)
    for path in folder.glob("keys.sqlite*"):
        path.unlink()
    shutil.copy(copy, folder / "keys.sqlite")
    (finding,) = [str(item) for item in examine(folder).findings]
    assert finding.startswith(f"entry {index}: erased the key")
    shutil.copy(plain, folder / "projections.sqlite")
    with Authority.open(folder, clock=ReplayClock(r.LATER)) as again:
        assert again.keys.private_key(r.ONE, r.CLASS) is None
        assert again.entry(r.first(again)).erased
        assert again.verify() == []
    assert private not in r.bytes_of(folder)
    assert b"SECRETOFone" not in r.bytes_of(folder)


def test_a_key_destroyed_without_an_entry_is_a_finding(house: Authority) -> None:
    house.keys.erase(r.ONE, r.CLASS)
    (finding,) = house.verify()
    assert "no entry of the record says so" in finding.problem


def test_a_key_lost_without_an_entry_is_a_finding(house: Authority) -> None:
    house.keys._connection.execute("DELETE FROM holder_key WHERE subject = ?", (r.ONE,))
    house.keys._known.clear()
    assert ["neither held nor was erased" in str(item) for item in house.verify()] == [True]


def test_a_clock_set_forward_shows_in_the_record_before_anything_goes(house: Authority) -> None:
    """The time of an erasure is the record's: whoever sets the clock forward has to say so in public first."""
    r.wait(house)
    index = r.erase(house)
    assert house.store.entry(index - 1).kind == "clock.tick"
    assert house.entry(index - 1).body["at"] == "2028-05-10T10:00:00Z"


def test_a_clock_ahead_of_the_witnesses_is_not_believed(house: Authority) -> None:
    house.erasures._ports = type(house.erasures._ports)(
        **{
            **{name: getattr(house.erasures._ports, name) for name in house.erasures._ports.__slots__},
            "witnessed": lambda: r.WHEN,
        }
    )
    r.wait(house)
    with pytest.raises(retention.TooEarly, match="stands at 2026-03-03"):
        r.erase(house)


def test_what_is_filed_after_an_erasure_has_another_key(house: Authority) -> None:
    """A draft that was sealed to the key before it was erased is sealed anew, not written to be lost."""
    r.wait(house)
    sealed = house._writing._sealed

    def slow(acts: object, time: object) -> object:
        drafts = sealed(acts, time)  # type: ignore[arg-type]
        house._writing._sealed = sealed  # type: ignore[method-assign]
        r.erase(house)
        return drafts

    house._writing._sealed = slow  # type: ignore[method-assign, assignment]
    index = r.file(house, "one", "AFTERWARDS")
    assert house.entry(index).body["contact"] == "AFTERWARDS"
    assert disclosure.sealed_key(house.store.entry(index)) != disclosure.sealed_key(house.store.entry(r.first(house)))
    assert house.verify() == []


def test_an_order_that_comes_between_the_look_and_the_entry_wins(house: Authority) -> None:
    r.wait(house)
    ports = house.erasures._ports
    placed: list[int] = []

    def beaten(act: Act, at: int) -> int:
        if not placed:
            placed.append(r.hold(house))
        return ports.append(act, at)

    names = {name: getattr(ports, name) for name in ports.__slots__}
    house.erasures._ports = type(ports)(**{**names, "append": beaten})
    with pytest.raises(retention.Held, match="hold"):
        r.erase(house)
    assert placed
    assert house.entry(r.first(house)).body["contact"] == "SECRETOFone"
    assert [row["hold"] for row in retention.holds(house.reader)] == placed
    assert retention.hold(house.reader, placed[0])["scope"] == "subject"
