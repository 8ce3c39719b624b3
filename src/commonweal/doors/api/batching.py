"""Filings that arrive together are recorded together: one thread, one set of keys, one commit for all that wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import anyio

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.kernel.instrument import Act
from commonweal.kernel.values import Busy, CommonwealError
from commonweal.witnessing import Receipt

from . import repeats
from .callers import Spending

BATCH_MAX = 256
WAITING_MAX = 4_096
Spend = Callable[[Sequence[Spending]], list[CommonwealError | None]]


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A filing, whose it is, the nonce it was signed with, and where its answer goes."""

    act: Act
    caller: Caller
    spending: Spending | None
    answer: asyncio.Future[Receipt]


class Batcher:
    """Records single filings on the running event loop's behalf; each gets its own receipt or its own refusal.

    While one batch is being written the next one gathers, so the load itself sets the batch size and a lone filing
    waits for nobody.
    """

    def __init__(self, authority: Authority, wake: Callable[[], None], spend: Spend) -> None:
        """`spend` spends nonces in one commit and gives the refusal for each that was spent before."""
        self._authority, self._wake, self._spend = authority, wake, spend
        self._waiting: list[_Waiting] = []
        self._task: asyncio.Task[None] | None = None

    async def record(self, act: Act, caller: Caller, spending: Spending | None = None) -> Receipt:
        """The receipt of an act. Raises what the authority raises, and `Busy` when too many are waiting."""
        if len(self._waiting) >= WAITING_MAX:
            raise Busy(f"{WAITING_MAX} filings are waiting already; nothing was written")
        answer: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(act, caller, spending, answer))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        return await answer

    async def _run(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:BATCH_MAX], self._waiting[BATCH_MAX:]
            try:
                results = await anyio.to_thread.run_sync(self._record, batch)
            except BaseException as error:
                _refuse(batch, error)
                if not isinstance(error, Exception):
                    raise
            else:
                for one, result in zip(batch, results, strict=True):
                    _settle(one.answer, result)

    def _record(self, batch: list[_Waiting]) -> list[Receipt | Exception]:
        """What becomes of each: those whose nonce counts are recorded in one commit."""
        signed = [number for number, one in enumerate(batch) if one.spending]
        refused = self._spend([spending for one in batch if (spending := one.spending)])
        results: dict[int, Receipt | Exception] = {
            number: error for number, error in zip(signed, refused, strict=True) if error is not None
        }
        meant = dict[int, tuple[Act, Caller]]()
        for number, one in enumerate(batch):
            if number in results:
                continue
            try:
                meant[number] = (repeats.meant(self._authority, one.act, one.caller), one.caller)
            except Exception as error:  # noqa: BLE001: a refusal, or a fault of ours, is that act's alone
                results[number] = error
        good = list(meant)
        placed = self._authority.place_each(list(meant.values()))
        for number, place in zip(good, placed, strict=True):
            results[number] = (
                place if isinstance(place, Exception) else self._authority.receipt(place[0], again=place[1])
            )
        self._wake()
        return [results[number] for number in range(len(batch))]


def _refuse(batch: list[_Waiting], error: BaseException) -> None:
    refusal = error if isinstance(error, Exception) else Busy("the service is stopping; send it again")
    for one in batch:
        if not one.answer.done():
            one.answer.set_exception(refusal)


def _settle(answer: asyncio.Future[Receipt], result: Receipt | Exception) -> None:
    """Whoever has gone away meanwhile gets nothing; what was recorded for them stays recorded."""
    if answer.done():
        return
    if isinstance(result, Exception):
        answer.set_exception(result)
    else:
        answer.set_result(result)
