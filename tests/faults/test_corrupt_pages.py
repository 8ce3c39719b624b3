"""A page that rots on the disk: what is read is what was written, or it is named as damaged; never something else."""

from __future__ import annotations

import random
import shutil
import sys
from pathlib import Path

import pytest

from commonweal.engines.sqlite import SqliteRecord
from commonweal.kernel.record import check_log
from commonweal.kernel.values import CommonwealError

sys.path.insert(0, str(Path(__file__).parent))
from writer_process import ORIGIN, SIGNER, draft

PAGE = 4096
ENTRIES = 60


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    record = SqliteRecord(folder, SIGNER)
    record.append([draft("a", number, (number, number + 1)) for number in range(ENTRIES)])
    record.close()
    return folder / "record.sqlite"


def named(folder: Path) -> tuple[str, list[bytes]]:
    """What is said to be damaged, and the payloads that are handed out nevertheless."""
    try:
        record = SqliteRecord(folder, SIGNER)
    except CommonwealError as error:
        return str(error), []
    try:
        findings = [str(item) for item in check_log(record, SIGNER.verifier, ORIGIN)]
        payloads = [entry.payload for entry in record.entries(0, record.size())]
    except CommonwealError as error:
        return str(error), []
    finally:
        record.close()
    return "; ".join(findings), payloads


@pytest.mark.parametrize("how", ["a bit flipped", "zeroes", "another page"])
def test_a_rotten_page_is_named_and_never_believed(tmp_path: Path, whole: Path, how: str) -> None:
    """Each page in turn: free space may rot unseen, since then every entry still reads as it was written."""
    dice = random.Random(how)
    data = whole.read_bytes()
    wanted = [draft("a", number, (number, number + 1)).payload for number in range(ENTRIES)]
    caught = 0
    for page in range(len(data) // PAGE):
        spoilt = bytearray(data)
        here = slice(page * PAGE, (page + 1) * PAGE)
        if how == "zeroes":
            spoilt[here] = bytes(PAGE)
        elif how == "another page":
            other = dice.randrange(len(data) // PAGE) * PAGE
            spoilt[here] = data[other : other + PAGE]
        else:
            spoilt[page * PAGE + dice.randrange(PAGE)] ^= 1 << dice.randrange(8)
        folder = tmp_path / str(page)
        folder.mkdir()
        (folder / "record.sqlite").write_bytes(spoilt)
        problem, payloads = named(folder)
        shutil.rmtree(folder)
        caught += bool(problem)
        assert problem or payloads == wanted, f"page {page}: something else was handed out, and nothing was said"
    assert caught > len(data) // PAGE // 3
