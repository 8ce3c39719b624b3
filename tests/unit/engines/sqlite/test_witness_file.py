"""What the witness's file promises."""

from __future__ import annotations

from pathlib import Path

from commonweal.engines.sqlite import SqliteWitness
from commonweal.kernel.record import Cosigner

COSIGNER = Cosigner("witness.example", bytes(range(1, 33)))


def test_commits_of_a_witness_wait_for_the_disk(tmp_path: Path) -> None:
    witness = SqliteWitness(tmp_path / "w.sqlite", {}, [COSIGNER])
    pragmas = [witness._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    assert pragmas == ["wal", 2]
    witness.close()
