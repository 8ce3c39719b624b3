"""The log and its witnesses: what is published when, what is an alarm, and when nothing may be written any more.

Real authorities, a real forked copy of a folder, and real witnesses that keep what they saw in files.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from commonweal.authority import Authority, examine
from commonweal.doors import api
from commonweal.kernel.record import NoteSigner, NoteVerifier, Policy, TlogProof
from commonweal.kernel.record.witness import Answer
from commonweal.kernel.values import BadInput, Busy, Conflict
from commonweal.settings import POLICY_FILE
from witnesses import NOW, ORIGIN, Network, founded, grow, policy_text, url, witness_of

TWO_OF_THREE = policy_text("q", 3, "group q 2 w1 w2 w3")


class House:
    """An authority with three witnesses."""

    def __init__(self, folder: Path, network: Network) -> None:
        self.folder, self.network = folder, network
        self.now = float(NOW)

    def opened(self, folder: Path | None = None) -> Authority:
        authority = Authority.open(folder or self.folder, installed={})
        authority.witnesses.port = self.network
        authority.witnesses.now = lambda: self.now
        return authority


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with founded(tmp_path / "house", TWO_OF_THREE) as authority:
        log = NoteVerifier.from_vkey(authority.vkey)
    network = Network({url(n): witness_of(tmp_path / f"w{n}.sqlite", n, log) for n in (1, 2, 3)})
    yield House(tmp_path / "house", network)
    network.close()


def states(authority: Authority) -> dict[str, str]:
    return {line.name: line.alarm or line.state for line in authority.witnesses.lines()}


def test_a_receipt_is_accepted_at_once_and_witnessed_at_the_same_address(house: House) -> None:
    with house.opened() as authority:
        index = grow(authority, "a")
        first = authority.receipt(index)
        assert first.grade == "accepted"
        assert authority.witnesses.ask()
        second = authority.receipt(index)
        assert (second.grade, second.index, second.leaf) == ("witnessed", index, first.leaf)
        log = NoteVerifier.from_vkey(authority.vkey)
        checkpoint, cosigned = Policy.parse(TWO_OF_THREE).verify(
            TlogProof.parse(second.proof.encode()).checkpoint, [log]
        )
        assert (checkpoint.size, set(cosigned)) == (index + 1, {"w1", "w2", "w3"})
        assert authority.receipt(grow(authority, "b")).grade == "accepted"
        assert authority.receipt(index).grade == "witnessed"


def test_without_a_policy_every_checkpoint_is_published_as_before(tmp_path: Path) -> None:
    with founded(tmp_path / "house") as authority:
        grow(authority, "a")
        assert authority.witnesses.published() == authority.store.checkpoint()
        assert not authority.witnesses.ask()
        assert authority.receipt(0).grade == "accepted"
        assert authority.status()["witnesses"]["waiting"] == 0


def test_nothing_is_published_before_the_quorum_and_acts_go_on(house: House) -> None:
    """Two of three are away: the authority accepts, says so, and publishes late, once one of them is back."""
    house.network.away = {url(1), url(2)}
    with house.opened() as authority:
        with pytest.raises(Busy, match="accepted meanwhile"):
            authority.witnesses.published()
        grow(authority, "a", "b")
        assert not authority.witnesses.ask()
        status = authority.status()["witnesses"]
        assert (status["published"], status["waiting"]) == (0, authority.store.size())
        assert states(authority) == {"w1": "away", "w2": "away", "w3": "cosigned"}
        house.network.away = {url(1)}
        house.now += 10
        assert authority.witnesses.ask()
        assert authority.witnesses.status()["waiting"] == 0
        assert authority.witnesses.published().count("—".encode()) == 3


def test_the_figures_for_monitoring_say_who_is_away(house: House) -> None:
    house.network.away = {url(2)}
    house.network.said[url(3)] = [Answer(422, b"no")]
    with house.opened() as authority:
        authority.witnesses.ask()
        grow(authority, "a")
        text = TestClient(api.app(authority), client=("127.0.0.1", 1)).get("/api/v1/metrics").text
        size = authority.store.size()
    lines = {line for line in text.splitlines() if not line.startswith("#")}
    assert f"commonweal_log_entries {size}" in lines
    assert "commonweal_log_published_entries 0" in lines
    assert "commonweal_log_halted 0" in lines
    assert f'commonweal_witness_lag_entries{{witness="w2"}} {size}' in lines
    assert 'commonweal_witness_alarm{witness="w3"} 1' in lines


def test_a_witness_that_is_away_is_asked_less_and_less_often(house: House) -> None:
    house.network.away = {url(1)}
    with house.opened() as authority:
        for _ in range(120):
            house.now += 1
            authority.witnesses.ask()
        assert 4 <= house.network.asked.count(url(1)) <= 8
        assert house.network.asked.count(url(2)) == 1


def test_a_log_that_lost_its_notes_goes_on_from_the_witnesses_size(house: House) -> None:
    """409 names the size to prove from."""
    with house.opened() as authority:
        authority.witnesses.ask()
        grow(authority, "a", "b", "c")
        authority.witnesses.ask()
    (house.folder / "witnessed.sqlite").unlink()
    with house.opened() as authority:
        grow(authority, "d")
        assert authority.witnesses.ask()
        assert set(states(authority).values()) == {"cosigned"}


def test_a_forked_copy_of_the_folder_is_refused_and_stops_writing(house: House, tmp_path: Path) -> None:
    with house.opened() as authority:
        grow(authority, "common")
        authority.witnesses.ask()
    shutil.copytree(house.folder, tmp_path / "fork")
    with house.opened() as honest:
        grow(honest, "one", "two")
        assert honest.witnesses.ask()
    with house.opened(tmp_path / "fork") as forked:
        before = forked.witnesses.published()
        grow(forked, "other", "more", "and more")
        assert not forked.witnesses.ask()
        assert set(states(forked).values()) == {"log-forked"}
        assert forked.witnesses.published() == before
        assert "another tree" in forked.status()["witnesses"]["halted"]
        with pytest.raises(Conflict, match="found a new authority"):
            grow(forked, "never")
        size = forked.store.size()
    with house.opened(tmp_path / "fork") as forked:  # the proof is kept
        assert forked.witnesses.halted
        assert forked.store.size() == size
    with house.opened() as honest:
        grow(honest, "three")
        assert honest.witnesses.ask()


def test_a_record_put_back_from_an_old_copy_refuses_to_write_until_the_newest_is_back(
    house: House, tmp_path: Path
) -> None:
    with house.opened() as authority:
        grow(authority, "a")
    shutil.copy(house.folder / "record.sqlite", tmp_path / "old.sqlite")
    with house.opened() as authority:
        grow(authority, "b", "c")
        authority.witnesses.ask()
    shutil.copy(house.folder / "record.sqlite", tmp_path / "new.sqlite")
    shutil.copy(tmp_path / "old.sqlite", house.folder / "record.sqlite")
    with house.opened() as authority:
        with pytest.raises(Conflict, match="there are 2 here"):
            grow(authority, "x")
        assert authority.receipt(0).grade == "accepted", "reading goes on"
    assert [item.where for item in examine(house.folder).findings] == ["checkpoint"]
    shutil.copy(tmp_path / "new.sqlite", house.folder / "record.sqlite")
    with house.opened() as authority:
        assert not authority.witnesses.halted
        grow(authority, "d")
        assert authority.witnesses.ask()


def test_when_the_whole_folder_is_put_back_the_witnesses_remember(house: House, tmp_path: Path) -> None:
    with house.opened() as authority:
        grow(authority, "a")
        authority.witnesses.ask()
    shutil.copytree(house.folder, tmp_path / "backup")
    with house.opened() as authority:
        grow(authority, "b", "c")
        authority.witnesses.ask()
    with house.opened(tmp_path / "backup") as restored:
        restored.witnesses.ask(everyone=True)  # what serving begins with, before anything is accepted
        assert set(states(restored).values()) == {"log-shrunk"}
        with pytest.raises(Conflict, match="holds a checkpoint of"):
            grow(restored, "y")


def test_what_a_witness_merely_says_is_an_alarm_and_stops_nothing(house: House) -> None:
    """A witness that lies about a size cannot keep an authority from its work: it has no signature to show."""
    house.network.silent_reading = {url(1)}
    house.network.said[url(1)] = [Answer(409, b"999999\n")]
    with house.opened() as authority:
        assert authority.witnesses.ask(), "the other two are a quorum"
        assert states(authority)["w1"] == "log-shrunk"
        assert not authority.witnesses.halted
        grow(authority, "a")
        house.now += 5
        authority.witnesses.ask()
        assert states(authority)["w1"] == "cosigned"


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (Answer(404, b"unknown log\n"), "refused"),
        (Answer(403, b"\xff\x1b[31m"), "refused"),
        (Answer(400, b""), "refused"),
        (Answer(302, b""), "away"),
        (Answer(409, b"x"), "refused"),
        (Answer(422, b"no"), "log-forked"),
        (Answer(200, b""), "witness-key"),
        (Answer(200, "— w1.example AAAA\n".encode()), "witness-key"),
        (Answer(200, "— stranger.example AAAAAAAAAAAA\n".encode()), "witness-key"),
    ],
)
def test_whatever_a_witness_answers_has_a_name_and_harms_nobody(house: House, answer: Answer, state: str) -> None:
    house.network.said[url(1)] = [answer]
    with house.opened() as authority:
        assert authority.witnesses.ask()
        assert states(authority)["w1"] == state
        assert authority.witnesses.lines()[0].detail.isprintable()
        assert not authority.witnesses.halted


def test_a_witness_that_forgot_is_an_alarm_but_is_taught_again(house: House, tmp_path: Path) -> None:
    with house.opened() as authority:
        grow(authority, "a")
        authority.witnesses.ask()
        log = NoteVerifier.from_vkey(authority.vkey)
        house.network.witnesses[url(1)].close()
        house.network.witnesses[url(1)] = witness_of(tmp_path / "fresh.sqlite", 1, log)
        grow(authority, "b")
        assert authority.witnesses.ask()
        line = authority.witnesses.lines()[0]
        assert (line.alarm, line.size) == ("witness-went-back", authority.store.size())


def test_a_stricter_policy_takes_back_what_it_would_not_have_published(house: House) -> None:
    house.network.away = {url(3)}
    with house.opened() as authority:
        authority.witnesses.ask()
        assert authority.receipt(0).grade == "witnessed"
    (house.folder / POLICY_FILE).write_text(policy_text("q", 3, "group q all w1 w2 w3"))
    with house.opened() as authority:
        assert authority.receipt(0).grade == "accepted"
        house.network.away = set()
        house.now += 100
        assert authority.witnesses.ask()
        assert authority.receipt(0).grade == "witnessed"


def test_a_policy_about_other_logs_is_a_fault(tmp_path: Path) -> None:
    other = NoteSigner("other.example", bytes(32)).vkey
    with pytest.raises(BadInput, match=r"log log\.example/test"):
        founded(tmp_path / "house", f"log {other}\n" + TWO_OF_THREE)


def test_faults_in_the_settings_are_named_all_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "house"
    founded(folder).close()
    with (folder / "authority.toml").open("a") as file:
        file.write(f'\n[witness]\nname = "{ORIGIN}"\nlogs = ["x"]\ncolour = 1\nml_dsa = 7\n')
    (folder / POLICY_FILE).write_text("witness a\nquorum b\n")
    with pytest.raises(BadInput) as caught:
        Authority.open(folder, installed={})
    places = {fault.where for fault in caught.value.faults}
    assert places == {
        "witness.name",
        "witness.logs[0]",
        "witness.colour",
        "witness.ml_dsa",
        "policy.txt, line 1",
        "policy.txt, line 2",
    }
