"""A change of custody killed at each of its steps: the keys are there in one form or the other, and never half.

Each step is really reached in a process of its own, which is then ended by SIGKILL from within.
"""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from commonweal.engines import custody
from commonweal.engines.sqlite import SqliteKeys
from commonweal.kernel.disclosure.custody import Sealed
from dying import die, in_a_process

HOLDERS = [(f"model:m{number}", "permanent") for number in range(50)]
STEPS = ("first wrap", "middle wrap", "before commit", "after commit", "after vacuum", "after truncation", "never")


class Dying(Sealed):
    """Dies while it wraps the n-th value."""

    def __init__(self, custody: Sealed, at: int) -> None:
        self._cipher, self._left = custody._cipher, at

    def wrap(self, name: str, private: bytes) -> bytes:
        self._left -= 1
        if self._left == 0:
            die()
        return super().wrap(name, private)


def convert(path: Path, step: str) -> None:
    description, made = custody.with_passphrase(b"correct horse", n=1024)
    keys = SqliteKeys(path)
    assert isinstance(made, Sealed)
    scrub, truncate, rewrite = keys._scrub, keys._truncate, keys._rewrite

    def dying_rewrite(new: Sealed) -> int:
        count = rewrite(new)
        if step == "before commit":
            die()
        return count

    def dying_scrub() -> None:
        if step == "after commit":
            die()
        scrub()

    def dying_truncate(otherwise: str) -> None:
        if step == "after vacuum":
            die()
        truncate(otherwise)
        if step == "after truncation":
            die()

    keys._rewrite, keys._scrub, keys._truncate = dying_rewrite, dying_scrub, dying_truncate  # type: ignore[assignment]
    at = {"first wrap": 1, "middle wrap": 25}.get(step, 0)
    keys.convert(description, Dying(made, at))
    keys.close()


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_a_step_of_the_conversion(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    path = tmp_path / "keys.sqlite"
    keys = SqliteKeys(path)
    keys.ensure(HOLDERS)
    private = [keys.private_key(*holder).private_bytes_raw() for holder in HOLDERS]  # type: ignore[union-attr]
    seed = keys.log_seed()
    keys.close()
    status = in_a_process(lambda: convert(path, step))
    assert status == (0 if step == "never" else -signal.SIGKILL)
    custody.forget()
    monkeypatch.setenv("COMMONWEAL_PASSPHRASE", "correct horse")
    again = SqliteKeys(path)
    assert [again.private_key(*holder).private_bytes_raw() for holder in HOLDERS] == private  # type: ignore[union-attr]
    assert again.log_seed() == seed
    assert again.kept == ("open" if step in STEPS[:3] else "passphrase")
    if again.kept == "open":
        again.seal_with_passphrase(b"correct horse")
    again.close()
    left = [item.name for item in tmp_path.iterdir() if any(one in item.read_bytes() for one in [*private, seed])]
    assert left == []
