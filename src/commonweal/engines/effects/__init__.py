"""The outbox: what a case sends out of the house, carried by DBOS in a database of its own.

The database holds identifiers and evidence, never what is said: that is read from the record's tables when it is sent.
Deleting it loses nothing, because the record says what is still to be sent; what is then sent again goes under the
same idempotency key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from commonweal.kernel.disclosure import IssuerKey
from commonweal.kernel.protocols.effects import Outbox
from commonweal.kernel.protocols.outlets import Sending
from commonweal.kernel.values import Busy

from .carrying import Carrier
from .mailing import Office

HOW = "pip install 'commonweal[effects]' gives what is needed to send (DBOS)"
FILE, LOCK = "effects.sqlite", "effects.lock"


def can_send() -> bool:
    """Whether what sending needs is installed."""
    return find_spec("dbos") is not None


def open_outbox(
    folder: Path, sending: Sending, office: Office, key: IssuerKey, content: Callable[[str], Mapping[str, Any]]
) -> Outbox:
    """The outbox of the authority in a folder; `content` gives an effect's row by its identifier.

    Raises `Busy` where DBOS is not installed, or another process sends for this folder.
    """
    if not can_send():
        raise Busy(f"nothing can be sent here yet, and what is to be sent waits in the record: {HOW}")
    from .outbox import DbosOutbox

    return DbosOutbox(folder, sending, Carrier(sending, office, key, content))


def attempted(folder: Path, sending: Sending, origin: str, runs: Sequence[str]) -> dict[str, tuple[int, str]]:
    """Of runs that are under way how often each was tried, and what came of its last attempt, as far as it is known
    here: it is asked beside the process that sends."""
    if not runs or not can_send() or not (sending.database or (folder / FILE).is_file()):
        return {}
    from .outbox import attempted as asked

    return asked(folder, sending, origin, runs)
