"""Policies: every fault named by its line, and the quorum as the group lines say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.kernel.record import ML_DSA_44, Checkpoint, Cosigner, NoteSigner, Policy, leaf_hash
from commonweal.kernel.record.policy import Group, Quorum
from commonweal.kernel.values import BadInput, RecordFault

LOG = NoteSigner("log.example/a", bytes(range(32)))
WITNESSES = [Cosigner(f"w{number}.example", bytes([number]) * 32) for number in range(1, 6)]
CHECKPOINT = Checkpoint(LOG.name, 1, leaf_hash(b"x"))


def cosigned(*witnesses: Cosigner, time: int = 1_700_000_000) -> bytes:
    text = CHECKPOINT.text().encode()
    return CHECKPOINT.signed(LOG) + "".join(item.signature(text, time).line for item in witnesses).encode()


def policy(quorum: str, *groups: str) -> Policy:
    lines = [f"log {LOG.vkey}", *(f"witness w{number} {item.vkey}" for number, item in enumerate(WITNESSES, 1))]
    return Policy.parse("\n".join([*lines, *groups, f"quorum {quorum}"]) + "\n")


def test_groups_of_groups() -> None:
    """Two of three in one organisation, and any of another (the example of the specification)."""
    found = policy("both", "group x 2 w1 w2 w3", "group y any w4 w5", "group both all x y")
    one, two, three, four, five = WITNESSES
    assert found.satisfied_by(cosigned(one, three, four))
    assert found.satisfied_by(cosigned(two, three, five))
    assert not found.satisfied_by(cosigned(one, two, three))
    assert not found.satisfied_by(cosigned(one, four, five))
    checkpoint, times = found.verify(cosigned(one, three, four, time=17))
    assert (checkpoint, times) == (CHECKPOINT, {"w1": 17, "w3": 17, "w4": 17})


def test_a_checkpoint_without_its_quorum_says_who_cosigned() -> None:
    with pytest.raises(RecordFault, match=r"lacks the quorum 'w2'; it was cosigned by w1"):
        policy("w2").verify(cosigned(WITNESSES[0]))
    with pytest.raises(RecordFault, match="nobody that the policy knows"):
        policy("w2").verify(cosigned(Cosigner("stranger.example", bytes(32))))
    assert policy("none").verify(cosigned())[1] == {}


def test_the_quorum_never_stands_in_for_the_log() -> None:
    text = CHECKPOINT.text()
    lines = "".join(item.signature(text.encode(), 17).line for item in WITNESSES)
    with pytest.raises(RecordFault, match="not the log"):
        policy("w1").verify(f"{text}\n{lines}".encode())
    other = NoteSigner("log.example/b", bytes(32))
    with pytest.raises(RecordFault, match="which the policy does not list"):
        policy("none").verify(Checkpoint(other.name, 1, leaf_hash(b"x")).signed(other))


def test_one_forged_cosignature_of_a_known_witness_refuses_the_note() -> None:
    forged = WITNESSES[0].signature(b"other\n1\n", 17).line.encode()
    with pytest.raises(RecordFault, match="does not verify"):
        policy("w2").verify(cosigned(WITNESSES[1]) + forged)


def test_comments_tabs_and_opaque_octets_are_read() -> None:
    data = (
        b"  # ein W\xc3\xa4chter \xff\n\n\twitness\tW\xe4 " + WITNESSES[0].vkey.encode() + b" https://w.example/x/ \n"
    )
    found = Policy.parse(data + b"quorum W\xe4\n")
    assert found.witnesses[0].url == "https://w.example/x"
    assert found.satisfied_by(cosigned(WITNESSES[0]))


def test_a_post_quantum_witness_counts_like_any_other() -> None:
    quantum = Cosigner("pq.example", bytes(range(32)), ML_DSA_44)
    found = Policy.parse(f"log {LOG.vkey}\nwitness pq {quantum.vkey}\nquorum pq\n")
    assert found.satisfied_by(cosigned(quantum))
    assert not found.satisfied_by(cosigned(WITNESSES[0]))


W1, W2 = WITNESSES[0].vkey, WITNESSES[1].vkey


@pytest.mark.parametrize(
    ("text", "where", "want"),
    [
        ("", "(whole)", "exactly one line"),
        ("quorum none", "last line", "a newline"),
        ("quorum none\nquorum none\n", "line 2", "one quorum line"),
        ("quorum x\n", "line 1", "defined on an earlier line"),
        ("quorum\n", "line 1", "quorum <name>"),
        (f"witness none {W1}\nquorum none\n", "line 1", "not taken"),
        (f"witness a {W1}\nwitness a {W2}\nquorum a\n", "line 2", "not taken"),
        (f"witness a {W1}\nwitness b {W1}\nquorum a\n", "line 2", "no other witness line"),
        (f"log {W1}\nquorum none\n", "line 1", "a key of the kind 0x01 or 0x06"),
        (f"witness a {LOG.vkey}\nquorum none\n", "line 1", "a key of the kind 0x04 or 0x06"),
        (f"log {LOG.vkey}\nlog {LOG.vkey}\nquorum none\n", "line 2", "no other log line"),
        ("witness a b\nquorum none\n", "line 1", "a verifier key"),
        (f"witness a {W1} ftp://x/\nquorum a\n", "line 1", "https://"),
        (f"witness a {W1}\ngroup g 2 a\nquorum g\n", "line 2", "a number from 1 to 1"),
        (f"witness a {W1}\ngroup g 0 a\nquorum g\n", "line 2", "a number from 1 to 1"),
        (f"witness a {W1}\ngroup g 01 a\nquorum g\n", "line 2", "a number from 1 to 1"),
        (f"witness a {W1}\ngroup g any\nquorum a\n", "line 2", "at least one member"),
        (f"witness a {W1}\ngroup g all a a\nquorum g\n", "line 2", "in no other group"),
        (f"witness a {W1}\ngroup g any none a\nquorum g\n", "line 2", "defined on an earlier line"),
        (f"group g any a\nwitness a {W1}\nquorum g\n", "line 1", "defined on an earlier line"),
        ("quorum none\r\n", "line 1", "no control characters"),
        ("witnes a\nquorum none\n", "line 1", "one of log, witness"),
    ],
)
def test_each_fault_is_named_by_its_line(text: str, where: str, want: str) -> None:
    with pytest.raises(BadInput) as caught:
        Policy.parse(text)
    assert any(fault.where == where and want in fault.want for fault in caught.value.faults), caught.value


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(BadInput) as caught:
        Policy.parse("log\nwitness a\ngroup g\nquorum x\nfoo\n")
    assert [fault.where for fault in caught.value.faults] == [f"line {number}" for number in range(1, 6)]


NAMES = [f"w{number}" for number in range(6)]


@given(st.sets(st.sampled_from(NAMES)), st.integers(1, 3), st.integers(1, 3), st.integers(1, 2), st.sampled_from(NAMES))
def test_one_more_signature_never_breaks_a_quorum(
    present: set[str], first: int, second: int, both: int, one: str
) -> None:
    groups = {"a": Group(first, tuple(NAMES[:3])), "b": Group(second, tuple(NAMES[3:])), "q": Group(both, ("a", "b"))}
    quorum = Quorum("q", groups)
    counted = [len(present & set(NAMES[:3])) >= first, len(present & set(NAMES[3:])) >= second]
    assert quorum.satisfied_by(present) == (sum(counted) >= both)
    assert not quorum.satisfied_by(present) or quorum.satisfied_by(present | {one})


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_with_faults(data: bytes) -> None:
    try:
        found = Policy.parse(data)
    except BadInput:
        return
    assert found.quorum.name
