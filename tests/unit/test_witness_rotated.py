"""A witness changes its key: both cosign for a while, and a log's policy may name either; then the old one is gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from commonweal.authority import Authority
from commonweal.doors.cli import main
from commonweal.kernel.record import COSIGNATURE_V1, NoteVerifier, Policy
from commonweal.kernel.values import Text
from commonweal.settings import Settings, WitnessSettings
from witnesses import CREATED, Network, founded, grow

URL = "https://witness.example"


def again(folder: Path) -> Authority:
    return Authority.open(folder, installed={})


def policy(vkey: str) -> Policy:
    return Policy.parse(f"witness w {vkey} {URL}\nquorum w\n")


def test_both_cosign_then_the_new_one_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "witness"
    with founded(tmp_path / "log") as log:
        known = NoteVerifier.from_vkey(log.vkey)
        served = WitnessSettings("witness.example/one", (known,), True)
        settings = Settings(Text(en="W", zh="W"), "witness.example/log", CREATED, witness=served)
        with Authority.create(folder, settings, installed={}) as house:
            assert house.witness is not None
            old = [item.vkey for item in house.witness.cosigners]

        def cosigned(vkey: str) -> bool:
            """Whether a log whose policy names this key gets its quorum."""
            grow(log, f"entry {log.store.size()}")
            with again(folder) as house:
                log.witnesses.policy = policy(vkey)
                log.witnesses.port = Network({URL: house.witness})  # type: ignore[dict-item]
                return log.witnesses.ask(everyone=True)

        assert cosigned(old[0])
        assert main(["witness", "rotate", str(folder)]) == 0
        both = capsys.readouterr().out.split()
        assert main(["witness", "rotate", str(folder)]) == 0
        assert capsys.readouterr().out.split() == both, "begun twice, it is the same change"
        new = [key for key in both if key not in old]
        assert len(both) == len(old) * 2 == len(new) * 2
        assert cosigned(old[0])
        assert cosigned(new[0])
        assert main(["witness", "rotate", str(folder), "--end"]) == 0
        assert capsys.readouterr().out.split() == new
        assert cosigned(new[0])
        assert not cosigned(old[0])
    with again(folder) as house:
        name = f"witness-{COSIGNATURE_V1:#04x}-seed"
        assert house.keys.secret(name) == b"", "the old one is destroyed"
    assert main(["witness", "rotate", str(folder), "--end"]) == 0
    assert "nothing was ended" in capsys.readouterr().err


def test_who_is_no_witness_has_no_such_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    founded(tmp_path / "log").close()
    assert main(["witness", "rotate", str(tmp_path / "log")]) == 1
    assert "witness for nobody" in capsys.readouterr().err
