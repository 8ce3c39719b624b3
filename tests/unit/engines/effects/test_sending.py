"""What leaves the house: recorded first, sent once if that can be, and its evidence filed."""

from __future__ import annotations

import json
import logging
import os
import secrets
import shutil
import sqlite3
import subprocess
import sys
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from joserfc.jwk import ECKey

import sending_house
from commonweal import sending
from commonweal.authority import Authority
from commonweal.engines import effects as engine
from commonweal.kernel import protocols
from commonweal.kernel.values import BadInput, Busy, Conflict, Forbidden
from commonweal.settings import Settings
from commonweal.telemetry import Lines
from commonweal.upkeep.copies import backup, restore
from postgres_server import Server
from receivers import MailSink, Receiver
from sending_house import declare, installed, made

pytest.importorskip("dbos")


def sent(authority: Authority, *again: str, seconds: float = 15) -> int:
    sender = sending.Sender(authority)
    try:
        return sender.send(seconds, again)
    finally:
        sender.close()


def until(true: Callable[[], object], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def states(authority: Authority) -> dict[str, str]:
    return {row["target"]: row["state"] for row in protocols.effects(authority.reader)}


def test_a_notice_goes_out_by_three_ways_and_the_case_goes_on_with_the_evidence(tmp_path: Path) -> None:
    drop = tmp_path / "drop"
    drop.mkdir()
    with Receiver(answers=[503, 429]) as receiver, MailSink(busy=1) as sink:
        targets = {
            "peer": ("webhook", receiver.url),
            "press": ("mail", ["press@news.example"], "whole = true"),
            "drop": ("folder", str(drop)),
        }
        with made(tmp_path / "office", targets, sink.relay) as authority:
            assert set(states(authority).values()) == {"wanted"}
            assert sent(authority) == 0
            assert set(states(authority).values()) == {"delivered"}
            (row,) = protocols.cases(authority.reader)
            assert (row["state"], row["outcome"]) == ("closed", "told")
            peer = next(row for row in protocols.effects(authority.reader) if row["target"] == "peer")
            evidence = authority.entry(peer["evidence"]).body
            assert evidence["attempts"] == 3
            assert evidence["response_sha256"] == sha256(b"taken").hexdigest()
            assert authority.verify() == []
            was = authority.dump()
            authority.rebuild()
            assert authority.dump() == was
            assert sent(authority) == 0, "nothing is left to send"
            assert len(receiver.posts) == 3
    assert len({post.headers["idempotency-key"] for post in receiver.posts}) == 1
    assert json.loads(receiver.posts[0].body)["text"]["en"] == "Access to the model is suspended."
    (letter,) = sink.letters
    assert "Access to the model is suspended." in letter
    assert "Message-ID: <" in letter
    (file,) = drop.glob("*.json")
    assert json.loads(file.read_bytes())["from"] == "test.example/log"


def test_what_is_posted_is_signed_with_the_key_that_the_authority_publishes(tmp_path: Path) -> None:
    with Receiver() as receiver, made(tmp_path / "office", {"peer": ("webhook", receiver.url)}) as authority:
        sent(authority)
        jwk, headers = authority.keys.issuer_key().jwk, receiver.posts[0].headers
    assert headers["content-digest"] == f"sha-256=:{b64encode(sha256(receiver.posts[0].body).digest()).decode()}:"
    params = headers["signature-input"].removeprefix("sig1=")
    names = params[2 : params.index(")") - 1].split('" "')
    assert set(names) == {"@method", "@target-uri", "content-type", "content-digest", "idempotency-key"}
    assert f'keyid="{jwk["kid"]}"' in params
    values = {"@method": "POST", "@target-uri": receiver.url} | headers
    base = "\n".join([*(f'"{name}": {values[name]}' for name in names), f'"@signature-params": {params}'])
    raw = b64decode(headers["signature"].removeprefix("sig1=:").removesuffix(":"))
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    ECKey.import_key(jwk).public_key.verify(der, base.encode(), ec.ECDSA(hashes.SHA256()))


def test_what_is_refused_fails_with_its_reason_and_is_tried_again_only_when_asked(tmp_path: Path) -> None:
    with (
        Receiver(answers=[410]) as receiver,
        made(tmp_path / "office", {"peer": ("webhook", receiver.url)}) as authority,
    ):
        sent(authority)
        peer = next(row for row in protocols.effects(authority.reader) if row["target"] == "peer")
        assert (peer["state"], peer["status"], peer["attempts"]) == ("failed", "410 Gone", 1)
        sent(authority)
        assert len(receiver.posts) == 1
        sent(authority, peer["effect"])
        assert states(authority)["peer"] == "delivered"
        assert len({post.headers["idempotency-key"] for post in receiver.posts}) == 1


def test_a_receiver_that_stays_away_is_given_up_after_the_attempts_that_were_agreed(tmp_path: Path) -> None:
    with (
        Receiver(answers=[503] * 9) as receiver,
        made(tmp_path / "office", {"peer": ("webhook", receiver.url)}, attempts=3) as authority,
    ):
        sent(authority)
        assert states(authority)["peer"] == "failed"
        assert len(receiver.posts) == 3


def test_a_target_that_the_authority_does_not_declare_gets_nothing_and_waits(tmp_path: Path) -> None:
    with Receiver() as receiver:
        with made(tmp_path / "office", {"other": ("webhook", receiver.url)}) as authority:
            assert sent(authority) == 0
            assert set(states(authority).values()) == {"wanted"}
            assert {said.declared for said in sending.waiting(authority)} == {False}
            effect = protocols.effects(authority.reader)[0]["effect"]
            sending.done_by_hand(authority, effect, "Read out on the telephone.")
            authority.follow()
            assert protocols.effects(authority.reader)[0]["status"] == "by hand"
            with pytest.raises(Conflict):
                sending.done_by_hand(authority, effect, "again")
        assert receiver.posts == []


def test_a_lost_outbox_is_made_again_from_the_record(tmp_path: Path) -> None:
    folder = tmp_path / "office"
    with Receiver() as receiver:
        with made(folder, {"peer": ("webhook", receiver.url)}) as authority:
            sender = sending.Sender(authority)
            sender._outbox.hand(*[protocols.effects(authority.reader)[0]["effect"]] * 2)
            until(lambda: receiver.posts)
            sender.close()
            assert states(authority)["peer"] == "wanted", "sent, and its evidence not yet filed"
        for path in folder.glob("effects.sqlite*"):
            path.unlink()
        with Authority.open(folder, installed=installed()) as authority:
            assert sent(authority) == 0
            assert states(authority)["peer"] == "delivered"
        assert (len(receiver.posts), len(receiver.acted)) == (2, 1), "sent twice under one key, acted on once"


def test_the_outbox_may_be_kept_in_postgresql(
    tmp_path: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTBOX_DATABASE", postgres.url().split("&schema=")[0])
    with Receiver(answers=[503]) as receiver:
        targets = {"peer": ("webhook", receiver.url)}
        with made(tmp_path / "office", targets, database="${OUTBOX_DATABASE}") as authority:
            assert sent(authority) == 0
            assert states(authority)["peer"] == "delivered"
        assert not (tmp_path / "office" / "effects.sqlite").exists()
        assert len(receiver.posts) == 2


def test_two_authorities_that_share_a_postgresql_send_each_their_own(
    tmp_path: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their cases, and so their effects, may have the same names: what one sent is not taken for the other's."""
    monkeypatch.setenv("OUTBOX_DATABASE", postgres.url().split("&schema=")[0])
    with Receiver() as receiver:
        for name in ("one", "two"):
            own = replace(sending_house.SETTINGS, origin=f"{name}.example/log")
            monkeypatch.setattr(sending_house, "SETTINGS", own)
            targets = {"peer": ("webhook", receiver.url)}
            with made(tmp_path / name, targets, database="${OUTBOX_DATABASE}") as authority:
                assert sent(authority) == 0
                assert states(authority)["peer"] == "delivered"
        assert [json.loads(post.body)["from"] for post in receiver.posts] == ["one.example/log", "two.example/log"]


def test_an_outbox_takes_up_nothing_that_another_authority_on_its_host_began(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names, runs = [], []
    for name in ("one", "two"):
        own = replace(sending_house.SETTINGS, origin=f"{name}.example/log")
        monkeypatch.setattr(sending_house, "SETTINGS", own)
        with Receiver() as receiver, made(tmp_path / name, {"peer": ("webhook", receiver.url)}) as authority:
            sent(authority)
            with sqlite3.connect(tmp_path / name / "effects.sqlite") as outbox:
                (row,) = outbox.execute("SELECT executor_id, workflow_uuid FROM workflow_status").fetchall()
            outbox.close()
            names.append(row[0])
            runs.append(row[1])
    assert len(set(names)) == len(set(runs)) == 2
    assert len({run.partition("/")[2] for run in runs}) == 1, "the effect has the same name in both"


Named = Callable[[str], str]


@pytest.fixture
def shared_outbox(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> Named:
    """A database for several authorities' effects, and how the next that is made is named; gives its origin."""
    monkeypatch.setenv("OUTBOX_DATABASE", postgres.url().split("&schema=")[0])
    drawn = secrets.token_hex(4)  # other tests have left theirs in that database

    def name(word: str) -> str:
        own = replace(sending_house.SETTINGS, origin=f"{word}-{drawn}.example/log")
        monkeypatch.setattr(sending_house, "SETTINGS", own)
        return own.origin

    return name


LOOKS = """
import sys, time
from pathlib import Path
from commonweal import sending
from commonweal.authority import Authority
from sending_house import installed

with Authority.open(Path(sys.argv[1]), installed=installed()) as authority:
    sender = sending.Sender(authority)
    print("open", flush=True)
    while True:
        sender.round()
        time.sleep(0.05)
"""


@contextmanager
def sending_beside(folder: Path) -> Iterator[None]:
    """A process of its own that sends for a folder until it is killed."""
    beside = subprocess.Popen(
        [sys.executable, "-c", LOOKS, str(folder)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert beside.stdout
    try:
        assert beside.stdout.readline() == b"open\n"
        yield
    finally:
        beside.kill()
        beside.wait()
        beside.stdout.close()


def begun(folder: Path, receiver: Receiver, cases: int = 1) -> None:
    """An authority whose notices were tried once and refused for now when its process was killed."""
    targets = {"peer": ("webhook", receiver.url)}
    made(folder, targets, cases=cases, database="${OUTBOX_DATABASE}", pause_s=2.0).close()
    with sending_beside(folder):
        until(lambda: len(receiver.posts) == cases)


def test_folders_of_one_authority_on_one_host_do_not_take_up_what_the_other_began(
    tmp_path: Path, shared_outbox: Named
) -> None:
    shared_outbox("one")
    with Receiver(answers=[503]) as receiver, Receiver() as other:
        begun(tmp_path / "one", receiver)
        shutil.copytree(tmp_path / "one", tmp_path / "copied")
        declare(tmp_path / "copied", {"peer": ("webhook", other.url)}, database="${OUTBOX_DATABASE}")
        made(tmp_path / "two", {"peer": ("webhook", other.url)}, database="${OUTBOX_DATABASE}").close()
        for name in ("two", "copied"):
            with Authority.open(tmp_path / name, installed=installed()) as authority:
                assert sent(authority, seconds=2) == 1, "the other's run is under way, and is left alone"
        assert (len(receiver.posts), other.posts) == (1, [])
        with Authority.open(tmp_path / "one", installed=installed()) as authority:
            assert sent(authority) == 0
            assert states(authority)["peer"] == "delivered"
        assert (len(receiver.posts), other.posts) == (2, [])


def test_what_one_authority_takes_up_again_is_not_sent_by_another_on_the_same_database(
    tmp_path: Path, shared_outbox: Named
) -> None:
    """Their effects have the same names, so that what one sent in the other's place would be taken for its own."""
    several = 6
    with Receiver(answers=[503] * several) as receiver, Receiver() as other:
        one = shared_outbox("one")
        begun(tmp_path / "one", receiver, several)
        two = shared_outbox("two")
        made(tmp_path / "two", {"peer": ("webhook", other.url)}, cases=several, database="${OUTBOX_DATABASE}").close()
        with sending_beside(tmp_path / "two"):
            with Authority.open(tmp_path / "one", installed=installed()) as authority:
                assert sent(authority) == 0
            until(lambda: len(other.posts) == several)
        assert {json.loads(post.body)["from"] for post in receiver.posts} == {one}
        assert {json.loads(post.body)["from"] for post in other.posts} == {two}
        assert (len(receiver.acted), len(other.acted)) == (several, several)


@pytest.mark.parametrize("where", ["in its folder", "in PostgreSQL"])
@pytest.mark.parametrize("filed", [True, False], ids=["evidence filed", "evidence not yet filed"])
def test_a_folder_restored_from_a_backup_does_not_send_again_what_was_delivered(
    tmp_path: Path, shared_outbox: Named, monkeypatch: pytest.MonkeyPatch, where: str, filed: bool
) -> None:
    """What the record or the database of the outbox knows is not sent; what neither knows goes under the same key."""
    shared_outbox("one")
    database = {"database": "${OUTBOX_DATABASE}"} if where == "in PostgreSQL" else {}
    folder, copy, keys = tmp_path / "office", tmp_path / "copy", tmp_path / "keys"
    keys.mkdir()
    with Receiver() as receiver:
        with made(folder, {"peer": ("webhook", receiver.url)}, **database) as authority:
            if filed:
                assert sent(authority) == 0
            backup(folder, copy, keys=keys)
            if not filed:
                sender = sending.Sender(authority)
                monkeypatch.setattr(sender, "_file", lambda *_: None)  # it dies before the evidence is filed
                sender.send(1)
                until(lambda: receiver.posts)
                until(lambda: sender._outbox.outcome(protocols.effects(authority.reader)[0]["effect"]))
                sender.close()
        shutil.rmtree(folder)
        restore(copy, folder, keys=keys, nothing_after=True)
        with Authority.open(folder, installed=installed()) as authority:
            assert sent(authority) == 0
            assert states(authority)["peer"] == "delivered"
        assert len(receiver.posts) == (2 if not filed and not database else 1)
        assert len(receiver.acted) == 1


def test_one_process_sends_for_a_folder_at_a_time(tmp_path: Path) -> None:
    with Receiver() as receiver, made(tmp_path / "office", {"peer": ("webhook", receiver.url)}) as authority:
        holds = (
            "import fcntl,sys,time; f=open(sys.argv[1],'wb'); fcntl.flock(f,fcntl.LOCK_EX); print(1,flush=True);"
            "time.sleep(60)"
        )
        other = subprocess.Popen(
            [sys.executable, "-c", holds, str(tmp_path / "office" / "effects.lock")], stdout=subprocess.PIPE
        )
        assert other.stdout
        other.stdout.readline()
        try:
            with pytest.raises(Busy, match="another process sends"):
                sending.Sender(authority)
        finally:
            other.kill()
            other.wait()
            other.stdout.close()
        assert sent(authority) == 0


def test_without_dbos_what_is_to_be_sent_waits_and_the_way_to_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(engine, "can_send", lambda: False)
    with made(tmp_path / "office", {"peer": ("webhook", "https://peer.example/x")}) as authority:
        with pytest.raises(Busy, match=r"pip install 'commonweal\[effects\]'"):
            sending.Sender(authority)
        assert set(states(authority).values()) == {"wanted"}
        postman = sending.Postman(authority)
        with caplog.at_level(logging.WARNING):
            postman.start()
            until(lambda: caplog.records)
            postman.stop()
        lines = [Lines("json").format(one) for one in caplog.records]
        assert any("commonweal[effects]" in one for one in lines), "the log says why, and not an ellipsis"


def test_a_folder_that_is_not_there_is_named_at_the_start_and_each_attempt_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It was tried seven times in vain, and shown as never tried."""
    monkeypatch.setattr(sending, "ROUND_S", 0.05)
    with made(tmp_path / "office", {"peer": ("folder", str(tmp_path / "gone"))}) as authority:
        assert sending.unable(authority) == [
            "the folder of the target peer is not there: what is for it is tried in vain"
        ]
        postman = sending.Postman(authority)
        postman.start()
        until(lambda: any("tried in vain" in str(getattr(one, "weal", {}).get("waits")) for one in caplog.records))
        ((_, (attempts, why)),) = sending.attempted(authority).items()
        postman.stop()
        assert attempts >= 1
        assert "gone" in why, "the list of effects says what an attempt came to, while others are still to come"
        assert "the folder of the target peer" in " ".join(Lines("json").format(one) for one in caplog.records)


def test_the_service_sends_by_itself(tmp_path: Path) -> None:
    with Receiver() as receiver, made(tmp_path / "office", {"peer": ("webhook", receiver.url)}) as authority:
        postman = sending.Postman(authority)
        postman.start()
        until(lambda: states(authority)["peer"] == "delivered")
        postman.stop()
        assert len(receiver.posts) == 1


def test_the_service_opens_its_outbox_anew_when_its_database_was_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What DBOS raises then is no error of ours: neither at the start nor in a round may it end the sending."""
    monkeypatch.setattr(sending, "ROUND_S", 0.05)
    away, opened = iter([True, False, False]), list[sending.Sender]()

    class Cut(sending.Sender):
        """Loses its database in its first round."""

        def __init__(self, authority: Authority) -> None:
            if next(away):
                raise OSError("connection refused")
            super().__init__(authority)
            opened.append(self)

        def round(self, again: Sequence[str] = ()) -> int:
            if len(opened) == 1:
                raise OSError("server closed the connection unexpectedly")
            return super().round(again)

    with Receiver() as receiver, made(tmp_path / "office", {"peer": ("webhook", receiver.url)}) as authority:
        postman = sending.Postman(authority, Cut)
        postman.start()
        until(lambda: states(authority)["peer"] == "delivered")
        postman.stop()
        assert len(receiver.posts) == 1
    assert len(opened) == 2
    assert caplog.text.count("sending failed; trying again") == 2


def test_a_replay_or_an_exercise_sends_nothing(tmp_path: Path) -> None:
    with made(tmp_path / "office", {"peer": ("webhook", "https://peer.example/x")}) as authority:
        object.__setattr__(authority.settings, "replay", True)
        with pytest.raises(Forbidden, match="nothing leaves it"):
            sending.Sender(authority)


def test_every_fault_of_the_settings_is_named_and_no_password_is_shown(tmp_path: Path) -> None:
    with made(tmp_path / "office", {}):
        pass
    targets = {
        "Bad Name": ("webhook", "https://x.example"), "plain": ("webhook", "http://x.example/"),
        "user": ("webhook", "https://u:p@x.example/"), "rel": ("folder", "drop"), "odd": ("pigeon", "x"),
        "letters": ("mail", ["no address"]), "alone": ("mail", ["a@b.example"]),
    }  # fmt: skip
    declare(
        tmp_path / "office", {f'"{name}"': value for name, value in targets.items()}, attempts=0, pause_s=-1, speed=3
    )
    with pytest.raises(BadInput) as error:
        Settings.read(tmp_path / "office")
    found = {fault.where.removeprefix("effects.").removeprefix("targets.") for fault in error.value.faults}
    assert found == {*targets, "attempts", "pause_s", "speed"}
    declare(tmp_path / "office", {}, "nowhere")
    path = tmp_path / "office" / "authority.toml"
    path.write_text(path.read_text("utf-8") + 'user = "me"\npassword = "secret"\n', "utf-8")
    with pytest.raises(BadInput) as error:
        Settings.read(tmp_path / "office")
    assert {fault.where for fault in error.value.faults} == {"effects.mail.relay", "effects.mail.starttls"}
    assert "secret" not in str(error.value)
