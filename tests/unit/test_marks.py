"""Annulled, corrected, handed over: who may say so, what it needs, and what every reader then sees."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from commonweal.acceptance import Caller
from commonweal.authority import Act, Authority
from commonweal.imprint import Imprint
from commonweal.kernel import credentials, registry
from commonweal.kernel.values import BadInput, Conflict, Forbidden, ReplayClock, Text, instant
from commonweal.settings import Settings

EU = Imprint(jurisdictions=("EU",))
SETTINGS = Settings(Text(en="Test", zh="测试"), "test.example/log", instant("2026-01-01T00:00:00Z"), imprint=EU)
ONE, TWO = Caller("party:one", ("developer",)), Caller("party:two", ("developer",))
OFFICER = Caller("party:officer", ("officer",))
MODEL, ORGANISATION = "model_registration.model", "model_registration.organisation"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("marks") / "office"
    with Authority.create(folder, SETTINGS, clock=ReplayClock(instant("2026-02-01T00:00:00Z"))) as authority:
        authority.act(organisation("O"), ONE)
        authority.act(model("M", compute_flop=1e24), ONE)
        authority.follow()
    return folder


@pytest.fixture
def office(template: Path, tmp_path: Path) -> Path:
    return shutil.copytree(template, tmp_path / "office")


@pytest.fixture
def authority(office: Path):  # type: ignore[no-untyped-def]
    with Authority.open(office, clock=ReplayClock(instant("2026-03-01T00:00:00Z"))) as opened:
        yield opened


def organisation(name: str, **more: object) -> Act:
    return Act(ORGANISATION, {"name": name, "countries": ["FR"], **more}, key=f"o{name}{more}")


def model(name: str, **more: object) -> Act:
    return Act(MODEL, {"name": name, "organisation": "organisation:o", **more}, key=f"m{name}{more}")


def annul(entry: int, **more: object) -> Act:
    return Act("record.annulled", {"entry": entry, "reason_code": "filed_in_error", **more}, key=f"a{entry}")


def hand_over(subject: str, to: str, key: str = "") -> Act:
    return Act(
        "registry.handed_over", {"to": to, "reason_code": "succession"}, key=f"h{subject}{to}{key}", subject=subject
    )


def newest(authority: Authority, subject: str) -> int:
    row = registry.subject(authority.reader, subject)
    assert row is not None
    return int(row["entry"])


def test_only_its_filer_or_the_authority_annuls_an_entry_and_the_authority_says_on_what_basis(
    authority: Authority,
) -> None:
    index = authority.act(model("M", compute_flop=2e25), ONE).index
    with pytest.raises(Forbidden, match="filed by another party"):
        authority.act(annul(index), TWO)
    with pytest.raises(BadInput, match="legal basis"):
        authority.act(annul(index), OFFICER)
    done = authority.act(annul(index, citation="Order 12/2026"), OFFICER)
    authority.follow()
    assert authority.entry(done.index).causes == (index,), "the leaf itself names the leaf that it annuls"
    assert authority.entry(index).body["compute_flop"] == 2e25, "the leaf and what it holds stay"
    assert registry.marks(authority.reader, index)[0]["citation"] == "Order 12/2026"
    assert authority.receipt(index).index == index


def test_an_annulment_makes_the_version_before_it_current_and_what_follows_follows(authority: Authority) -> None:
    before = credentials.current(authority.reader, "model_registration.certificate", "model:m")
    assert before is not None
    index = authority.act(model("M", compute_flop=2e25, placed_on_eu_market=True), ONE).index
    authority.follow()
    owed = {row["rule"] for row in _duties(authority, "owed")}
    assert "eu.ai_act.art52_1" in owed
    authority.act(annul(index), ONE)
    authority.follow()
    row = registry.subject(authority.reader, "model:m")
    assert row is not None
    assert (row["version"], row["body"]["compute_flop"]) == (1, 1e24)
    assert "eu.ai_act.art52_1" not in {row["rule"] for row in _duties(authority, "owed")}
    now = credentials.current(authority.reader, "model_registration.certificate", "model:m")
    assert now is not None
    assert now["claims"] == before["claims"]
    said = authority.store.newest("duty.changed", "model:m")
    assert said is not None
    assert authority.entry(said.index).body["before"] == "owed", "that it is owed no more is an entry of its own"


def _duties(authority: Authority, state: str) -> list[dict[str, str]]:
    from commonweal.kernel.obligations import DUTY

    return authority.reader.select(DUTY, {"subject": "model:m", "state": state})


def test_a_subject_whose_only_filing_is_annulled_is_there_no_more_and_may_be_filed_by_whom_it_belongs_to(
    authority: Authority,
) -> None:
    index = newest(authority, "model:m")
    authority.act(annul(index), ONE)
    authority.follow()
    assert registry.subject(authority.reader, "model:m") is None
    assert credentials.current(authority.reader, "model_registration.certificate", "model:m") is None
    ended = authority.store.newest("credential.revoked", "model:m")
    assert ended is not None
    assert authority.entry(ended.index).body["reason"] == "registration_annulled"
    with pytest.raises(Forbidden, match=rf"was another party's, whose filing \(entry {index}\) was annulled"):
        authority.act(Act(MODEL, {"name": "M"}, key="mine"), TWO)
    authority.act(hand_over("model:m", "party:two"))
    authority.act(Act(MODEL, {"name": "M"}, key="mine"), TWO)
    authority.follow()
    assert registry.filer(authority.reader, "model:m") == "party:two"
    whole = authority.dump()
    authority.rebuild()
    assert authority.dump() == whole


def test_whoever_files_anew_what_was_annulled_it_is_still_whose_it_was(authority: Authority) -> None:
    index = newest(authority, "model:m")
    authority.act(annul(index), ONE)
    assert authority.check(model("M", compute_flop=2e24), ONE)
    authority.act(model("M"), OFFICER)
    authority.follow()
    assert registry.former(authority.reader, "model:m") is None
    assert registry.filer(authority.reader, "model:m") == ONE.party, "as with every version that an officer writes"
    with pytest.raises(Forbidden, match="is another party's"):
        authority.act(model("M", compute_flop=3e24), TWO)
    words = Act(MODEL, {"name": "M", "organisation": "organisation:o"}, "")
    first = authority.act(words, ONE)
    authority.act(annul(first.index), ONE)
    again = authority.act(words, ONE)
    assert not again.again, "what was annulled is filed again in the same words, and is no repeat of it"


def test_nobody_makes_a_subject_theirs_by_annulling_anothers_first_filing_of_it(authority: Authority) -> None:
    """An officer wrote a version of what was another's, and annulled the one before: it was hers."""
    first = newest(authority, "model:m")
    authority.act(model("M", compute_flop=3e24), OFFICER)
    authority.act(annul(first, citation="Order 12/2026"), OFFICER)
    authority.follow()
    assert registry.filer(authority.reader, "model:m") == ONE.party
    whole = authority.dump()
    authority.rebuild()
    assert authority.dump() == whole


@pytest.mark.parametrize("passes", [True, False])
def test_what_was_annulled_before_that_was_so_passed_to_whoever_filed_next(authority: Authority, passes: bool) -> None:
    """It is read as it was done: who took an identifier that was free then keeps it."""
    first, old = newest(authority, "model:m"), registry.ANNULLED.upcasters[1]
    taken = [authority.check(model("M", compute_flop=flop), OFFICER) for flop in (3e24, 4e24)]
    mark = authority.check(annul(first), ONE)
    mark = replace(mark, body=old(dict(mark.body)) if passes else mark.body)
    for act, caller in ((mark, ONE), (taken[0], TWO)):
        authority._writing.append([(act, caller)], authority.clock.now())
        authority.follow()
    assert registry.filer(authority.reader, "model:m") == (TWO if passes else ONE).party
    second = authority.check(annul(newest(authority, "model:m"), citation="Order 1"), OFFICER)
    for act, caller in ((taken[1], OFFICER), (replace(second, body={**second.body, "passes": passes}), OFFICER)):
        authority._writing.append([(act, caller)], authority.clock.now())
        authority.follow()
    assert registry.filer(authority.reader, "model:m") == (OFFICER if passes else ONE).party


def test_what_others_refer_to_is_not_pulled_away_from_under_them(authority: Authority) -> None:
    with pytest.raises(Conflict, match=r"only filing of organisation:o.*model:m"):
        authority.act(annul(newest(authority, "organisation:o")), ONE)


def test_what_cannot_be_undone_says_what_to_do_instead(authority: Authority) -> None:
    kinds = {item.kind: item.index for item in authority.store.entries(0, authority.store.size())}
    for kind, says in (("rule.adopted", "adopt another text"), ("authority.opened", "file a new one")):
        with pytest.raises(Conflict, match=says):
            authority.act(annul(kinds[kind]))
    index = authority.act(model("M", compute_flop=3e24), ONE).index
    done = authority.act(annul(index), ONE)
    assert authority.act(annul(index), ONE).again, "said twice, it is said once"
    with pytest.raises(Conflict, match=f"annulled by entry {done.index} already"):
        authority.act(Act("record.annulled", {"entry": index, "reason_code": "duplicate"}, key="other"), ONE)
    with pytest.raises(Conflict, match="file what was annulled again"):
        authority.act(annul(done.index), ONE)
    with pytest.raises(BadInput, match="the index of an entry in the record"):
        authority.act(annul(10_000), ONE)


def test_a_correction_names_the_later_entry_that_puts_it_right(authority: Authority) -> None:
    wrong = newest(authority, "model:m")
    right = authority.act(model("M", compute_flop=5e24), ONE).index
    body = {"entry": wrong, "by": right, "reason_code": "filed_in_error"}
    with pytest.raises(BadInput, match="a later entry of the kind"):
        authority.act(Act("record.corrected", {**body, "by": wrong}, key="c"), ONE)
    done = authority.act(Act("record.corrected", body, key="c"), ONE)
    authority.follow()
    assert [(row["mark"], row["by"], row["replaced_by"]) for row in registry.marks(authority.reader, wrong)] == [
        ("corrected", done.index, right)
    ]
    assert newest(authority, "model:m") == right


def test_a_subject_handed_over_is_its_new_owners_and_no_one_elses(authority: Authority) -> None:
    with pytest.raises(Forbidden):
        authority.act(hand_over("model:m", "party:two"), ONE)
    with pytest.raises(BadInput, match="whose it is already"):
        authority.act(hand_over("model:m", "party:one"))
    with pytest.raises(BadInput, match="a registered subject"):
        authority.act(hand_over("model:none", "party:two"))
    authority.act(hand_over("model:m", "party:two"))
    authority.act(Act(MODEL, {"name": "M", "compute_flop": 7e24}, key="two"), TWO)
    authority.follow()
    assert registry.filer(authority.reader, "model:m") == "party:two"
    with pytest.raises(Forbidden, match="another party's"):
        authority.act(model("M", compute_flop=9e24), ONE)
    row = registry.subject(authority.reader, "model:m")
    assert row is not None
    assert (row["version"], row["author"]) == (2, "party:two")
    authority.act(hand_over("model:m", "party:one", "back"))
    authority.follow()
    assert registry.filer(authority.reader, "model:m") == "party:one"
    whole = authority.dump()
    authority.rebuild()
    assert authority.dump() == whole


def test_what_a_former_owner_files_while_it_is_handed_over_is_set_aside(authority: Authority) -> None:
    """Checked before the hand-over, sequenced after it: at any place in the record there is exactly one owner."""
    act = authority.check(model("M", compute_flop=9e24), ONE)
    authority.act(hand_over("model:m", "party:two"))
    index = authority._writing.append([(act, ONE)], authority.clock.now())[0][0]
    authority.follow()
    assert newest(authority, "model:m") != index
    assert [row["mark"] for row in registry.marks(authority.reader, index)] == ["set_aside"]


def test_what_the_authority_imported_can_be_notified_by_its_developer_once_it_is_handed_over(
    authority: Authority,
) -> None:
    authority.act(Act(ORGANISATION, {"name": "Imported", "countries": ["FR"]}, key="io"))
    authority.act(Act(MODEL, {"name": "IM", "organisation": "organisation:imported"}, key="im"))
    authority.follow()
    notice = Act(
        "model_registration.notification",
        {
            "rule_id": "eu.ai_act.art52_1",
            "about": "model:im",
            "organisation": "organisation:imported",
            "statement": "It passes the line.",
            "contests_presumption": False,
        },
        key="n",
    )
    with pytest.raises(Forbidden):
        authority.act(notice, TWO)
    for subject in ("organisation:imported", "model:im"):
        authority.act(hand_over(subject, "party:two"))
    authority.follow()
    assert not authority.act(notice, TWO).again


def test_the_mark_is_seen_by_whoever_reads_the_entry(authority: Authority) -> None:
    from starlette.testclient import TestClient

    from commonweal.doors import api, portal

    index = authority.act(model("M", compute_flop=2e24), ONE).index
    done = authority.act(annul(index), ONE)
    authority.follow()
    client = TestClient(api.app(authority))
    want = [{"mark": "annulled", "by": done.index, "reason_code": "filed_in_error", "on": "2026-03-01"}]
    assert client.get(f"/api/v1/entries/{index}").json()["marks"] == want
    page = client.get("/api/v1/entries", params={"start": index, "limit": 1}).json()
    assert page["entries"][0]["marks"] == want
    assert client.get(f"/api/v1/receipts/{index}").json()["marks"] == want
    assert client.get(f"/api/v1/entries/{done.index}").json()["marks"] == []
    site = TestClient(portal.app(authority))
    shown = site.get(f"/record/{index}").text
    assert f'href="/record/{done.index}"' in shown
    assert "annulled" in shown
    assert "作废" in site.get(f"/zh/record/{index}").text
