"""The issuer changes its key: what was handed out stays good under the old one, unless that one was stolen."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from attested import ORIGIN, Office
from commonweal import attestations
from commonweal.authority import Authority
from commonweal.doors.cli import main
from commonweal.engines import custody
from commonweal.engines.sqlite import SqliteKeys
from commonweal.kernel.credentials import proved_keys
from commonweal.kernel.disclosure import IssuerKey, SdJwt
from commonweal.kernel.disclosure.signatures import open_signed
from commonweal.kernel.record.keyring import LogClosed


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office.found(tmp_path / "office")
    made.register()
    yield made
    made.authority.close()


def kids(document: dict) -> list[str]:  # type: ignore[type-arg]
    return [key["kid"] for key in document["keys"]]


def kid_of(token: str, office: Office) -> str:
    known = [*attestations.metadata(office.authority)["jwks"]["keys"]]
    return str(open_signed(token, known, ("dc+sd-jwt", "statuslist+jwt"), "token").header["kid"])


def test_old_certificates_verify_and_new_ones_are_signed_anew(office: Office) -> None:
    before = office.evidence()
    old = office.authority.keys.issuer_key().kid
    new = attestations.change_issuer_key(office.authority)
    assert new == office.authority.keys.issuer_key().kid != old
    metadata = attestations.metadata(office.authority)
    assert kids(metadata["jwks"]) == [old, new]
    assert "compromised" not in metadata
    after = office.evidence()
    assert kid_of(SdJwt.parse(after["credential"]).jwt, office) == new == kid_of(office.token(), office)
    assert after["entry"] == before["entry"], "presented anew, it is the same certificate"
    for held in (before, after):
        for jwks in (None, metadata):
            standing = attestations.checked(
                {**held, "issuer_keys": after["issuer_keys"]}, office.authority.vkey, jwks,
                status_token=office.token(), now=office.clock.now(),
            )  # fmt: skip
            assert standing.valid, standing.faults
    assert office.authority.verify() == []
    dump = office.authority.dump()
    office.authority.rebuild()
    assert office.authority.dump() == dump


def test_a_suspension_reaches_certificates_signed_with_the_old_key(office: Office) -> None:
    """The new key signs the status that speaks of them."""
    before = office.evidence()
    attestations.change_issuer_key(office.authority)
    office.decide("model:m", "suspended")
    metadata = attestations.metadata(office.authority)
    standing = attestations.checked(
        before, office.authority.vkey, metadata, status_token=office.token(), now=office.clock.now()
    )
    assert standing.state == "suspended"


def test_the_old_key_is_served_until_the_last_certificate_under_it_has_expired(office: Office) -> None:
    old = office.authority.keys.issuer_key().kid
    held = office.evidence()
    attestations.change_issuer_key(office.authority)
    assert held["expires_at"] is not None
    office.later(days=100)
    assert old in kids(attestations.metadata(office.authority)["jwks"])
    office.later(days=3_650)
    assert old not in kids(attestations.metadata(office.authority)["jwks"])


def test_what_a_stolen_key_signed_counts_only_with_its_proof_in_the_log(office: Office) -> None:
    before = office.evidence()
    stolen = office.authority.keys.issuer_key()
    new = attestations.change_issuer_key(office.authority, "compromised")
    metadata = attestations.metadata(office.authority)
    assert kids(metadata["jwks"]) == [new]
    assert kids(metadata["compromised"]) == [stolen.kid]
    after, now, token = office.evidence(), office.clock.now(), office.token()
    assert proved_keys(after["issuer_keys"], office.authority.vkey) == {
        "issuer": f"https://{ORIGIN}", "keys": metadata["jwks"]["keys"], "compromised": metadata["compromised"],
    }  # fmt: skip

    def standing(held: dict, vkey: str = office.authority.vkey):  # type: ignore[no-untyped-def, type-arg]
        return attestations.checked(held, vkey, metadata, status_token=token, now=now)

    assert standing(before).valid, "the log holds what it says"
    assert standing(after).valid
    assert standing(after, "").valid
    assert [fault.code for fault in standing(before, "").faults] == ["compromised"]
    assert not standing({**before, "proof": None}).valid

    forged = _forged(before["credential"], stolen)  # the thief's own certificate, with the proof of a real one
    found = standing({**before, "credential": forged})
    assert not found.valid
    assert {fault.code for fault in found.faults} & {"terms", "other_leaf"}
    lists = {"status_token": stolen.sign("statuslist+jwt", b"{}"), "now": now}
    assert not attestations.checked(before, office.authority.vkey, metadata, **lists).valid


def _forged(credential: str, key: IssuerKey) -> str:
    """A certificate about another subject under the stolen key."""
    parts = SdJwt.parse(credential)
    payload = open_signed(parts.jwt, [key.jwk], "dc+sd-jwt", "credential").payload
    changed = payload.replace(b'"model:m"', b'"model:x"')
    assert changed != payload
    return str(SdJwt(key.sign("dc+sd-jwt", changed), parts.disclosures))


def test_it_is_changed_again_and_again_and_never_published_twice(office: Office) -> None:
    names = [office.authority.keys.issuer_key().kid]
    names += [attestations.change_issuer_key(office.authority) for _ in range(3)]
    office.register("N")
    assert office.kinds().count("credential.key_published") == len(set(names)) == 4
    assert kids(attestations.metadata(office.authority)["jwks"]) == names


def test_a_key_that_never_signed_is_replaced_without_being_published(tmp_path: Path) -> None:
    office = Office.found(tmp_path / "office")
    old = office.authority.keys.issuer_key().kid
    new = attestations.change_issuer_key(office.authority)
    office.register()
    assert office.kinds().count("credential.key_published") == 1
    assert kids(attestations.metadata(office.authority)["jwks"]) == [new] != [old]
    office.authority.close()


def test_another_process_signs_with_the_new_key_at_once(office: Office) -> None:
    with Authority.open(office.authority.folder, clock=office.clock) as other:
        new = attestations.change_issuer_key(other)
    assert kid_of(office.token(), office) == new
    office.register("N")
    assert office.kinds().count("credential.key_published") == 2


STEPS = ("begun", "before the entry commits", "entry recorded", "settled")


def rotate(folder: Path, step: str) -> None:
    def die(*given: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def after(call):  # type: ignore[no-untyped-def]
        return lambda *given: (call(*given), die())

    with Authority.open(folder) as authority:
        keys = authority.keys
        if step == STEPS[0]:
            keys.begin_issuer_change = after(keys.begin_issuer_change)  # type: ignore[method-assign]
        if step == STEPS[1]:
            authority.store._store = after(authority.store._store)  # type: ignore[method-assign]
        if step == STEPS[2]:
            keys.settle_issuer = die  # type: ignore[method-assign]
        if step == STEPS[3]:
            keys.settle_issuer = after(keys.settle_issuer)  # type: ignore[method-assign]
        attestations.change_issuer_key(authority)


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_a_step(office: Office, step: str) -> None:
    folder, before = office.authority.folder, office.evidence()
    old = office.authority.keys.issuer_key().kid
    office.authority.close()
    child = os.fork()
    if not child:
        try:
            rotate(folder, step)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    office.authority = Authority.open(folder, clock=office.clock)
    new = office.authority.keys.issuer_key().kid
    assert new != old
    assert office.authority.keys.issuer_pending() is None
    assert kids(attestations.metadata(office.authority)["jwks"]) == [old, new]
    assert office.kinds().count("credential.key_published") == 2
    assert office.standing({**before, "issuer_keys": office.evidence()["issuer_keys"]}).valid
    assert office.authority.verify() == []


def test_sealed_keys_are_changed_as_well_and_the_old_one_is_gone(office: Office) -> None:
    folder = office.authority.folder
    private = office.authority.keys.secret("issuer-p256-scalar")
    office.authority.close()
    keys = SqliteKeys(folder / "keys.sqlite")
    keys.seal_with_passphrase(b"correct horse")
    keys.close()
    office.authority = Authority.open(folder, clock=office.clock)
    new = attestations.change_issuer_key(office.authority)
    office.authority.close()
    assert custody.kind_of(SqliteKeys(folder / "keys.sqlite").description) == "passphrase"
    office.authority = Authority.open(folder, clock=office.clock)
    assert office.authority.keys.issuer_key().kid == new
    assert office.authority.keys.secret("issuer-p256-scalar") != private


def test_a_closed_log_keeps_its_issuer_key(office: Office) -> None:
    from commonweal import handover

    handover.close_log(office.authority)
    with pytest.raises(LogClosed):
        attestations.change_issuer_key(office.authority)
    assert office.authority.keys.issuer_pending() is None


def test_the_command(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(office.authority.folder)
    old = office.authority.keys.issuer_key().kid
    assert main(["key", "rotate", folder, "--issuer", "--compromised"]) == 0
    said = capsys.readouterr()
    assert "fetch theirs anew" in said.err
    assert old not in said.out
    assert main(["key", "rotate", folder, "--issuer", "--in-token"]) == 1
