"""The page of what stands still of the fund's payments, and of claims that inherit."""

from __future__ import annotations

from collections.abc import Iterator

from commonweal.kernel.accounts import Outgoing
from commonweal.kernel.control import Line, Standing
from commonweal.kernel.instrument import Reader, Reading

from .banking import BANK, entry_of
from .control import BANKS, CONTROL
from .doing import PATH
from .heirs import HEIRS
from .tables import MOVE

FUND = f"{PATH}/fund"


def _since(reader: Reader, one: Outgoing) -> str:
    entry = entry_of(one.id)
    row = reader.get(MOVE, entry) if entry is not None else None
    return str(row["on"]) if row else ""


def _heirs(reading: Reading) -> Iterator[Line]:
    for row in reading.tables.select(HEIRS, {"state": "waits"}, order=("entry",)):
        reading.told(row["entry"], "member")
        yield Line("heirs", str(row["entry"]), row["at"], f"/record/{row['entry']}", (str(row["member"]),))


STANDING = Standing(CONTROL, BANKS, BANK, f"{FUND}/still", _since, more=_heirs)
