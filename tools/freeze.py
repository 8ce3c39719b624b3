"""Freezes a small authority of this release as a fixture: `python tools/freeze.py`.

Whoever changes a format runs the test of the frozen folder first (`tests/unit/test_frozen.py`): it must open, verify
and lay out as it did. Only while a release is still being made is its folder frozen again; afterwards never. The
keys in it are worthless: they were made for this file and are public.
"""

from __future__ import annotations

import json
import lzma
import sqlite3
import sys
import tarfile
import tempfile
from datetime import date
from io import BytesIO
from pathlib import Path

from commonweal import __version__
from commonweal.acceptance import Caller
from commonweal.authority import Act, Authority
from commonweal.kernel import indicators
from commonweal.kernel.values import ReplayClock, Text, instant
from commonweal.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "tests" / "fixtures"
KEPT = ("authority.toml", "record.sqlite", "keys.sqlite")
DEVELOPER, OFFICER = Caller("party:dev", ("developer",)), Caller("party:officer", ("officer",))
README = """# A frozen authority of release {release}

`authority.tar.xz` is the folder of a small authority as release {release} left it, `dump.json.xz` the canonical dump
of its projections. `tests/unit/test_frozen.py` opens it with today's software. Made by `tools/freeze.py`.

**The keys in it are test keys, published here and worthless. Never use them, or anything signed with them.**
"""


def acts(clock: ReplayClock, authority: Authority) -> None:
    """A little of everything: filings, versions, a batch, a decision, an annulment, a correction, a hand-over."""
    organisation = {"name": "Example Laboratory", "countries": ["FR"]}
    model = {"name": "Example One", "organisation": "organisation:example-laboratory", "placed_on_eu_market": True}

    def file(day: str, kind: str, body: dict[str, object], who: Caller, subject: str | None = None) -> int:
        clock.set(instant(f"{day}T09:00:00Z"))
        index = authority.act(Act(kind, body, key=f"{kind}/{day}", subject=subject), who).index
        authority.follow()
        return index

    file("2026-02-01", "model_registration.organisation", organisation, DEVELOPER)
    file("2026-02-02", "model_registration.model", {**model, "compute_flop": 3e24}, DEVELOPER)
    second = file("2026-02-03", "model_registration.model", {**model, "compute_flop": 3e25}, DEVELOPER)
    third = file("2026-02-04", "model_registration.model", {**model, "compute_flop": 2e25}, DEVELOPER)
    reason = {"reason_code": "filed_in_error"}
    file("2026-02-05", "record.corrected", {"entry": second, "by": third, **reason}, DEVELOPER)
    wrong = file("2026-02-06", "model_registration.model", {**model, "compute_flop": 9e27}, DEVELOPER)
    file("2026-02-07", "record.annulled", {"entry": wrong, **reason, "remark": "Two digits too many."}, DEVELOPER)
    file("2026-02-08", "model_registration.organisation", {"name": "Imported", "countries": ["US"]}, OFFICER)
    body = {"to": "party:dev", "reason_code": "claimed_by_its_developer"}
    file("2026-02-09", "registry.handed_over", body, OFFICER, "organisation:imported")
    rows = [("laus.unemployed", "area:us-ca", date(2026, 1, day), float(day)) for day in (1, 2, 3)]
    clock.set(instant("2026-02-10T09:00:00Z"))
    batch = indicators.batch_act(rows, series_set="laus", citation="invented", released_on=date(2026, 2, 10))
    authority.act(batch)
    clock.set(instant("2026-03-01T09:00:00Z"))
    authority.tick()


def frozen() -> tuple[bytes, bytes]:
    """The folder as a tar.xz, and the dump of its projections as xz."""
    with tempfile.TemporaryDirectory() as place:
        folder, clock = Path(place) / "authority", ReplayClock(instant("2026-01-01T00:00:00Z"))
        settings = Settings(Text(en="Frozen", zh="封存"), "frozen.example/log", clock.now(), replay=True)
        with Authority.create(folder, settings, clock=clock) as authority:
            acts(clock, authority)
            assert authority.faults() == []
            dump = authority.dump()
        out = BytesIO()
        with tarfile.open(fileobj=out, mode="w") as tar:
            for name in KEPT:
                if name.endswith(".sqlite"):
                    with sqlite3.connect(folder / name) as connection:
                        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                        connection.execute("PRAGMA journal_mode=DELETE")
                        connection.execute("VACUUM")
                    connection.close()
                tar.add(folder / name, arcname=name)
    json.loads(dump)
    return lzma.compress(out.getvalue(), preset=9), lzma.compress(dump, preset=9)


def main() -> None:
    release = ".".join(__version__.split(".")[:2])
    folder = FIXTURES / f"authority-{release}"
    folder.mkdir(parents=True, exist_ok=True)
    folder_bytes, dump = frozen()
    (folder / "authority.tar.xz").write_bytes(folder_bytes)
    (folder / "dump.json.xz").write_bytes(dump)
    (folder / "README.md").write_text(README.format(release=release))
    sys.stdout.write(f"{folder.relative_to(ROOT)}: {len(folder_bytes) + len(dump)} bytes\n")


if __name__ == "__main__":
    main()
