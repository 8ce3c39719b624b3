"""A release that keeps a field out of the tables takes it out of tables that an earlier one laid out, by itself."""

from __future__ import annotations

import lzma
import os
import signal
import tarfile
from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest

from commonweal import upkeep
from commonweal.authority import Act, Authority
from commonweal.doors.cli import main
from commonweal.following import Otherwise
from commonweal.instruments import Installed, discover
from commonweal.kernel.disclosure import Kind

FROZEN = Path(__file__).parents[2] / "fixtures" / "authority-0.1-incidents" / "authority.tar.xz"
REPORT = "incident_reports.report"
NAME = b"notes.txt"


class AsBefore(Kind):
    """The kind as it was before its files came to stand in no table."""

    def in_no_table(self) -> frozenset[str]:
        return super().in_no_table() - {"attachments"}


class EndsTheProcess(Kind):
    """The kind as it is; whoever asks what no table holds of it for the third time is killed."""

    def in_no_table(self) -> frozenset[str]:
        ASKED.append(self.id)
        if len(ASKED) > 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().in_no_table()


ASKED: list[str] = []


def with_report(as_is: type[Kind]) -> Mapping[str, Installed]:
    """The instruments of this release, the report's kind made one of another class."""
    found = discover()
    one = found["incident_reports"]
    kinds = tuple(as_is(**vars(kind)) if kind.id == REPORT else kind for kind in one.instrument.kinds)
    return {**found, "incident_reports": replace(one, instrument=replace(one.instrument, kinds=kinds))}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The frozen folder with tables that a release laid out which left file names in them."""
    with tarfile.open(fileobj=BytesIO(lzma.decompress(FROZEN.read_bytes()))) as tar:
        tar.extractall(tmp_path / "office", filter="data")
    Authority.open(tmp_path / "office", installed=with_report(AsBefore)).close()
    assert NAME in in_tables(tmp_path / "office")
    return tmp_path / "office"


def in_tables(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.glob("projections.sqlite*")))


def test_opening_lays_the_tables_out_anew(folder: Path) -> None:
    with Authority.open(folder) as authority:
        assert authority.laid_out_otherwise() == ()
        assert authority.faults() == []
        whole = authority.dump()
        authority.rebuild()
        assert authority.dump() == whole
    assert NAME not in in_tables(folder)


def test_an_upgrade_says_so_first_and_does_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = upkeep.look(folder)
    assert plan.otherwise == (Otherwise(REPORT, ("attachments",), ()),)
    assert (plan.needed, plan.anew) == (True, True), "though no table has another form"
    assert NAME in in_tables(folder), "looking changes nothing"
    assert main(["upgrade", str(folder), "--backed-up"]) == 0
    assert f"tables hold no more of {REPORT}: attachments" in capsys.readouterr().out
    assert NAME not in in_tables(folder)
    assert not upkeep.look(folder).needed


def test_killed_in_the_midst_of_it_the_next_opening_does_it(folder: Path) -> None:
    installed = with_report(EndsTheProcess)
    child = os.fork()
    if not child:
        Authority.open(folder, installed=installed)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert upkeep.look(folder).otherwise, "the tables stand as they stood"
    Authority.open(folder).close()
    assert NAME not in in_tables(folder)
    assert not (folder / "projections.sqlite.new").exists()


def test_what_is_followed_before_does_not_hide_it(folder: Path) -> None:
    """What comes in before the tables are laid out anew is laid out well; what stands there already is not."""

    def files(authority: Authority) -> None:
        entries = map(authority.entry, range(authority.store.size()))
        body = next(dict(entry.body) for entry in entries if entry.kind == REPORT)
        authority.act(Act(REPORT, {**body, "attachments": None}, key="another"))
        authority.follow()
        assert authority.laid_out_otherwise()
        want = f"tables hold attachments of {REPORT}, which they shall not hold: `weal rebuild` lays them out anew"
        assert {"entry": None, "room": "tables", "problem": want} in authority.faults()

    with Authority.open(folder, first=files) as authority:
        assert authority.laid_out_otherwise() == ()
