"""What cases send out of the house: handed to the outbox, its evidence filed. The record says what is still to do."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from commonweal import letters
from commonweal.authority import HOUSE, Authority
from commonweal.authority.outgoing import (
    CONFIRM,
    READ_BYTES_MAX,
    Returned,
    address_of,
    lacks_to_send,
    marks_of,
    read_returned,
)
from commonweal.kernel import notices, protocols
from commonweal.kernel.notices import ADDRESSEE
from commonweal.kernel.protocols.effects import (
    DELIVERED,
    DELIVERED_KIND,
    FAILED,
    FAILED_KIND,
    WANTED,
    Outbox,
    Outcome,
    beginning,
)
from commonweal.kernel.protocols.effects import effect as effect_row
from commonweal.kernel.record import AUTHORITY, Act
from commonweal.kernel.values import Busy, CommonwealError, Conflict, Forbidden, NotFound, digest, stamp
from commonweal.telemetry import told, warned

ROUND_S, ROUND_S_MAX = 2.0, 300.0
LOOK_S = 0.1
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of one effect: its row, and whether its target is declared here."""

    row: Mapping[str, Any]
    declared: bool


def waiting(authority: Authority) -> list[Said]:
    """Every effect that has not left, and whether there is a way out for it."""
    sending = authority.settings.sending
    rows = [row for row in protocols.effects(authority.reader) if row["state"] != DELIVERED]
    own = bool(sending.relay and authority.settings.address)
    return [Said(row, row["target"] in sending.outlets or (own and row["target"] == ADDRESSEE)) for row in rows]


def attempted(authority: Authority) -> dict[str, tuple[int, str]]:
    """Of the effects that are still tried how often each was, and what came of its last attempt."""
    runs = {_run(said.row): said.row["effect"] for said in waiting(authority) if said.row["state"] == WANTED}
    return {runs[run]: found for run, found in authority.attempted(tuple(runs)).items()}


def unable(authority: Authority) -> list[str]:
    """What is configured to be sent and cannot be from here, in words that quote no address; empty: all of it can."""
    settings, said = authority.settings, []
    sending = settings.sending
    if (sending.outlets or sending.relay) and (lacks := lacks_to_send()):
        said.append(f"nothing can be sent, and what is to be sent waits in the record: {lacks}")
    if sending.relay and not settings.address:
        said.append("[effects.mail] is set and public_url is not: nobody can be offered mail of their own")
    for name, outlet in sorted(sending.outlets.items()):
        if outlet.way == "folder" and not Path(outlet.addresses[0]).is_dir():
            said.append(f"the folder of the target {name} is not there: what is for it is tried in vain")
    return said


class Sender:
    """Hands what is to be sent to the outbox, and files what became of it. Close it."""

    def __init__(self, authority: Authority) -> None:
        """Raises `Busy` where nothing can be sent from here; a replay or an exercise sends nothing, ever."""
        if authority.settings.replay or authority.settings.exercise:
            raise Forbidden("this authority is a replay or an exercise: nothing leaves it; it lists what it would send")
        self._authority = authority
        self._outbox: Outbox = authority.outbox()
        self._tried: dict[str, int] = {}

    def close(self) -> None:
        self._outbox.close()

    def round(self, again: Sequence[str] = ()) -> int:
        """Issue letters, take up what is wanted, and of what failed those named in `again`; file what is known. Gives
        how many are still under way.
        """
        self._authority.follow()
        try:
            letters.issue(self._authority)
        except CommonwealError as error:  # said by `weal letter make` too; what else is to be sent does not wait for it
            warned("letters", waits=letters.why(error))
        under_way = 0
        for said in waiting(self._authority):
            row = said.row
            if not said.declared or not (row["state"] == WANTED or row["effect"] in again):
                continue
            run = _run(row)
            self._outbox.hand(row["effect"], run)
            outcome = self._outbox.outcome(run)
            if outcome is None:
                under_way += 1
                self._vain(row, run)
            else:
                self._file(row, run, outcome)
        self._authority.follow()
        return under_way

    def send(self, seconds: float, again: Sequence[str] = ()) -> int:
        """Rounds until nothing is under way, for at most so long. Gives how many still are."""
        until = time.monotonic() + seconds
        runs = {said.row["effect"] for said in waiting(self._authority) if said.row["effect"] in again}
        while (left := self.round(tuple(runs))) and time.monotonic() < until:
            time.sleep(LOOK_S)
            runs &= {said.row["effect"] for said in waiting(self._authority)}
        return left

    def _vain(self, row: Mapping[str, Any], run: str) -> None:
        """Tell the log of each attempt that was in vain while others are to come; why is filed with the last."""
        attempts = self._outbox.attempts(run)
        if attempts > self._tried.get(run, 0):
            self._tried[run] = attempts
            warned("effect", asked=row["requested"], target=row["target"], attempts=attempts, waits="tried in vain")

    def _file(self, row: Mapping[str, Any], run: str, outcome: Outcome) -> None:
        """The evidence, once. Where another process filed its own in between, that stands."""
        kind = DELIVERED_KIND if outcome.delivered else FAILED_KIND
        body = {"effect": row["effect"], "case": row["case"], "target": row["target"], **asdict(outcome)}
        body.pop("delivered")
        taken = list(body.pop("taken"))
        if not outcome.delivered:
            body["problem"] = body.pop("status")
            body.pop("response_sha256")
            body |= {"taken": taken} if taken else {}
        act = Act(kind.id, body, f"{kind.id}:{run}", _about(self._authority, row), (row["requested"],))
        with suppress(Conflict):
            receipt = self._authority.act(act, HOUSE)
            told("effect", asked=row["requested"], entry=receipt.index, delivered=outcome.delivered)


def _run(row: Mapping[str, Any]) -> str:
    """The name of a run: what failed is tried again under a new one, the effect keeping its own."""
    return str(row["effect"]) if row["state"] == WANTED else f"{row['effect']}@{row['evidence']}"


def _about(authority: Authority, row: Mapping[str, Any]) -> str | None:
    """What the evidence of an effect is about: the subject that it names. A letter names none; one about something in
    confidence takes its evidence with it, so that nothing in the log points at it."""
    asked = authority.store.entry(row["requested"])
    return asked.subject if authority.untold.hides(asked.kind, asked.subject) else row["subject"] or None


def answered(authority: Authority, token: str) -> None:
    """File what somebody says by a link in a mail, once: that the address is theirs, or that they want no more digests.

    Raises `NotFound` for no link of ours.
    """
    what, asked = authority.mail_links.read(token)
    if notices.asked_in(authority.reader, asked) is not None:
        kind = notices.CONFIRMED if what == CONFIRM else notices.STOPPED
        authority.act(Act(kind.id, {"asked": asked}, f"{kind.id}:{asked}"), HOUSE)


def done_by_hand(authority: Authority, effect: str, note: str) -> Any:
    """File that somebody sent it, and how. Raises `NotFound` and `Conflict`."""
    row = effect_row(authority.reader, effect)
    body = {
        "effect": effect,
        "case": row["case"],
        "target": row["target"],
        "at": stamp(authority.house().now),
        "by_hand": True,
        "note": note,
    }
    return authority.act(Act(DELIVERED_KIND.id, body, f"by-hand:{effect}", _about(authority, row), (row["requested"],)))


@dataclass(frozen=True, slots=True)
class CameBack:
    """What a delivery status notice says, of which effect, and the entry that says so; None: none was needed."""

    said: Returned
    effect: str
    target: str
    entry: int | None


def notice_in(path: Path) -> bytes:
    """A delivery status notice from a file: as much of it as is read. Raises `NotFound` for what is no file."""
    if path.is_symlink() or not path.is_file():
        raise NotFound("mail", path, "a file that holds one mail as it came")
    with path.open("rb") as file:
        return file.read(READ_BYTES_MAX)


def came_back(authority: Authority, notice: bytes) -> CameBack:
    """File that a mail which was taken came back, from a delivery status notice (RFC 3464), once for each notice.

    A delay, and what is on file already, is told and not filed. Raises `BadInput` for what is no such notice about a
    message of ours, `NotFound` where there is no such effect, `Conflict` where it did not go out by mail.
    """
    said = read_returned(notice, str(urlsplit(f"//{authority.settings.origin}").hostname))
    row = beginning(authority.reader, f"effect:{said.effect}")
    found = CameBack(said, row["effect"], row["target"], None)
    have = _have(authority, row)
    if said.action != "failed" or (row["state"] == FAILED and not any(one.startswith(said.mark) for one in have)):
        return found
    body = {
        "effect": row["effect"], "case": row["case"], "target": row["target"], "attempts": row["attempts"],
        "at": stamp(authority.house().now), "problem": f"came back: {said.words}",
        "taken": [one for one in have if not one.startswith(said.mark)], "returned": True,
    }  # fmt: skip
    key = f"{FAILED_KIND.id}:returned:{digest(notice)[:40]}"
    if authority.store.placed(AUTHORITY, key) is not None:
        return found
    act = Act(FAILED_KIND.id, body, key, _about(authority, row), (row["requested"],))
    receipt = authority.act(act, HOUSE)
    authority.follow()
    return replace(found, entry=receipt.index)


def _have(authority: Authority, row: Mapping[str, Any]) -> list[str]:
    """The marks of the addresses that have what an effect sent, as far as is known. Raises `Conflict`: no mail."""
    if row["state"] == FAILED:
        return list(authority.entry(row["evidence"]).body.get("taken", ()))
    own = notices.own(authority.reader, row["effect"])
    outlet = authority.settings.sending.outlets.get(row["target"])
    if own is None and outlet is not None and outlet.way != "mail":
        raise Conflict(f"{row['effect']} goes to {row['target']}, which is no mail: nothing of it can have come back")
    if own is not None:
        return marks_of([address_of(own, authority.entry)])
    return marks_of(outlet.addresses if outlet is not None else [])


class Postman:
    """The thread that sends while the service runs. Where nothing can be sent it says so, and looks again.

    Where the outbox itself fails (its database is away, DBOS gives up) it is opened anew.
    """

    def __init__(self, authority: Authority, opened: Callable[[Authority], Sender] = Sender) -> None:
        self._authority, self._open = authority, opened
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="postman", daemon=True)

    def start(self) -> None:
        settings = self._authority.settings
        for words in unable(self._authority):
            warned("sending", cannot=words)
        if (settings.sending.outlets or settings.sending.relay) and not (settings.replay or settings.exercise):
            self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        pause, sender = 0.0, None
        while not self._ended.wait(pause):
            try:
                sender = sender or self._open(self._authority)
                sender.round()
                pause = ROUND_S
            except Busy as error:
                pause = min(ROUND_S_MAX, max(ROUND_S, pause * 2))
                warned("sending", waits=str(error))
            except Exception as error:
                pause = min(ROUND_S_MAX, max(ROUND_S, pause * 2))
                _log.exception("sending failed; trying again in %.0f s", pause)
                if not isinstance(error, CommonwealError):
                    _closed(sender)
                    sender = None
        _closed(sender)


def _closed(sender: Sender | None) -> None:
    """Let go of an outbox whose database may be away."""
    try:
        if sender is not None:
            sender.close()
    except Exception:
        _log.exception("the outbox could not be closed")
