"""Attacks on the list of a log's keys: a key that has ended says nothing about the others, whoever holds it."""

from __future__ import annotations

from typing import Any

import pytest

from commonweal.kernel.disclosure.succession import proved_keyring
from commonweal.kernel.record import NoteSigner, Policy, TlogProof
from commonweal.kernel.record.keyring import COMPROMISED, LOST, OVERLAP_MAX, ROTATED
from commonweal.kernel.values import BadInput, RecordFault
from rings import CHANGED, CLOSED, EVIL, ORIGIN, WITHDRAWN, Log, change, forged
from witnesses import policy_text


def log_after(*steps: tuple[str, int]) -> Log:
    """A log that changed its key several times, with entries between."""
    log = Log()
    for what, more in steps:
        log.tick(3)
        log.rotate(what, *((more, 0) if what == ROTATED else (0, more)))
    log.tick(3)
    return log


ENDED = pytest.mark.parametrize(("what", "more"), [(ROTATED, 0), (ROTATED, 5), (LOST, 0), (COMPROMISED, 2)], ids=str)


@ENDED
@pytest.mark.parametrize("said", [ROTATED, LOST, COMPROMISED])
@pytest.mark.parametrize("also", [False, True], ids=["old key", "old and new key"])
def test_a_key_that_ended_brings_in_no_key_of_the_thief(what: str, more: int, said: str, also: bool) -> None:
    """Long after it counted, and well before: signed with it alone, or with the thief's new key besides."""
    log = log_after((what, more))
    stolen, now = log.signers
    document = log.document()
    for index in (6, 40):
        body = change(now, EVIL, said, void=1 if said == COMPROMISED else 0)
        item = forged(CHANGED, body, index, index + 1, stolen, *([EVIL] if also else []))
        with pytest.raises(RecordFault, match="is not proved"):
            proved_keyring({**document, "changes": [*document["changes"], item]}, now.vkey)


@ENDED
def test_a_key_that_ended_makes_up_no_past(what: str, more: int) -> None:
    """A key before it, under which receipts of its own time would be accepted."""
    log = log_after((what, more))
    stolen, now = log.signers
    before = forged(CHANGED, change(EVIL, stolen, ROTATED, OVERLAP_MAX), 1, 2, EVIL, stolen)
    genuine = log.document()["changes"]
    with pytest.raises(RecordFault, match="entry 1"):
        proved_keyring({"changes": [before, *genuine]}, now.vkey)
    instead = forged(CHANGED, change(EVIL, now, ROTATED, OVERLAP_MAX), 1, 2, EVIL, stolen)
    with pytest.raises(RecordFault, match="entry 1"):
        proved_keyring({"changes": [instead]}, now.vkey)


@pytest.mark.parametrize("what", [LOST, COMPROMISED])
def test_a_key_does_not_speak_for_its_own_loss(what: str) -> None:
    """Who lost it cannot have signed with it: only a thief would, to lead those who know the old key to his own."""
    log = Log()
    log.tick(3)
    old = log.signers[0]
    item = forged(CHANGED, change(old, EVIL, what, void=1 if what == COMPROMISED else 0), 3, 4, old, EVIL)
    with pytest.raises(RecordFault, match="is not proved"):
        proved_keyring({"changes": [item]}, old.vkey)


def test_a_key_in_force_speaks_for_every_change_before_it() -> None:
    log = log_after((ROTATED, 2), (LOST, 0), (COMPROMISED, 3), (ROTATED, 0))
    assert proved_keyring(log.document(), log.signers[-1].vkey) == log.ring
    assert proved_keyring(log.document(), log.signers[-2].vkey) == log.ring
    for earlier in log.signers[:-2]:
        with pytest.raises(RecordFault, match="is not proved"):
            proved_keyring(log.document(), earlier.vkey)


def test_a_key_speaks_only_for_sizes_at_which_it_counts() -> None:
    """A tree under the key in force, of a size from before it signed, is nobody's."""
    log = log_after((ROTATED, 0))
    old, now = log.signers
    genuine = log.document()["changes"][0]
    moved = forged(CHANGED, change(old, now, ROTATED), 3, 4, old)
    assert proved_keyring({"changes": [genuine]}, now.vkey).keys[1].start == 4
    with pytest.raises(RecordFault, match="entry 3"):
        proved_keyring({"changes": [moved]}, now.vkey)


def test_only_the_last_key_ends_the_log() -> None:
    """A replaced key whose overlap lasts closes nothing, neither behind the change nor before it."""
    log = log_after((ROTATED, 100))
    old, now = log.signers
    for index, *signers in ((20, old), (2, old), (2, now), (3, now)):
        document = {**log.document(), "closing": forged(CLOSED, {"successor": ""}, index, index + 1, *signers)}
        with pytest.raises(RecordFault):
            proved_keyring(document, now.vkey)
    document = {**log.document(), "closing": forged(CLOSED, {"successor": ""}, 20, 21, now)}
    assert proved_keyring(document, now.vkey).closed == 21


def test_a_policy_without_witnesses_vouches_for_nothing() -> None:
    log = Log()
    log.tick(3)
    old = log.signers[0]
    item = forged(CHANGED, change(old, EVIL, LOST), 3, 4, EVIL)
    nobody = Policy.parse(f"log {old.vkey}\nquorum none\n")
    with pytest.raises(RecordFault, match="is not proved"):
        proved_keyring({"changes": [item]}, old.vkey, nobody)


def test_with_a_policy_no_key_alone_leads_on() -> None:
    """The retired key in a thief's hands leads those who know only it nowhere, if they ask for witnesses."""
    log = log_after((ROTATED, 0))
    stolen = log.signers[0]
    fork = {"changes": [forged(CHANGED, change(stolen, EVIL, ROTATED), 9, 10, stolen, EVIL)]}
    with pytest.raises(RecordFault, match="is not proved"):
        proved_keyring(fork, stolen.vkey, Policy.parse(policy_text("w1", 1)))


def test_a_withdrawn_key_counts_no_more_and_the_others_do() -> None:
    log = log_after((ROTATED, 50), (ROTATED, 50))
    log.withdraw(0, 2)
    log.tick()
    first, _, now = log.signers
    ring = proved_keyring(log.document(), now.vkey)
    assert ring == log.ring
    assert [(key.start, key.stop) for key in ring.keys] == [(0, 1), (4, 58), (8, None)]
    leaked = TlogProof.parse(forged(CHANGED, {}, 9, 10, first)["proof"].encode()).checkpoint
    with pytest.raises(RecordFault, match="was stolen"):
        ring.open(leaked)
    ring.open(TlogProof.parse(log.proof(0, 6).encode()).checkpoint)


@pytest.mark.parametrize("which", [0, 1])
def test_a_thief_withdraws_nothing(which: int) -> None:
    """Neither the key that he holds nor another: or he could take back what was signed."""
    log = log_after((ROTATED, 50), (ROTATED, 50))
    item = forged(WITHDRAWN, {"key": log.signers[which].vkey, "void_from": 1}, 12, 13, *log.signers[:2])
    with pytest.raises(RecordFault, match="entry 12"):
        proved_keyring({**log.document(), "withdrawn": [item]}, log.signers[-1].vkey)


def test_the_key_in_force_cannot_be_withdrawn() -> None:
    log = log_after((ROTATED, 0))
    now = log.signers[-1]
    item = forged(WITHDRAWN, {"key": now.vkey, "void_from": 1}, 9, 10, now)
    with pytest.raises(RecordFault, match="is no earlier key"):
        proved_keyring({**log.document(), "withdrawn": [item]}, now.vkey)


@pytest.mark.parametrize("broken", ["two proofs", "twice", "no list"])
def test_a_list_that_tells_of_two_pasts_is_refused(broken: str) -> None:
    log = log_after((ROTATED, 0))
    document: dict[str, Any] = log.document()
    genuine = document["changes"][0]
    if broken == "two proofs":
        document["changes"][0] = {**genuine, "later": genuine["proof"].replace("index 3", "index 4")}
    elif broken == "twice":
        document["changes"].append(genuine)
    else:
        document["withdrawn"] = "none"
    with pytest.raises((BadInput, RecordFault)):
        proved_keyring(document, log.signers[-1].vkey)


def test_an_overlap_ends_in_sight() -> None:
    log = Log()
    log.tick(3)
    body = change(log.signers[0], NoteSigner(ORIGIN, bytes([9]) * 32), ROTATED, OVERLAP_MAX + 1)
    with pytest.raises((BadInput, ValueError), match="overlap"):
        proved_keyring({"changes": [forged(CHANGED, body, 3, 4, log.signers[0])]}, log.signers[0].vkey)


def test_a_replaced_key_that_is_the_one_known_speaks_only_up_to_its_end() -> None:
    """Who knows only a key that has ended since follows it to the next one; behind its end it says nothing more."""
    log = log_after((ROTATED, 0), (ROTATED, 2))
    first, known = log.signers[:2]
    document = log.document()
    assert proved_keyring(document, known.vkey) == log.ring
    late = forged(WITHDRAWN, {"key": first.vkey, "void_from": 1}, 40, 41, known)
    with pytest.raises(RecordFault, match="entry 40"):
        proved_keyring({**document, "withdrawn": [late]}, known.vkey)
