"""Filings that arrive together are recorded together: one thread, one set of keys, one commit for all that wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import anyio

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.kernel.instrument import Act
from commonweal.kernel.values import Busy, CommonwealError
from commonweal.witnessing import Receipt

BATCH_MAX = 256
WAITING_MAX = 4_096
_Waiting = tuple[Act, Caller, "asyncio.Future[Receipt]"]


class Batcher:
    """Records single filings on the running event loop's behalf; each gets its own receipt or its own refusal.

    While one batch is being written the next one gathers, so the load itself sets the batch size and a lone filing
    waits for nobody.
    """

    def __init__(self, authority: Authority, wake: Callable[[], None]) -> None:
        self._authority, self._wake = authority, wake
        self._waiting: list[_Waiting] = []
        self._task: asyncio.Task[None] | None = None

    async def record(self, act: Act, caller: Caller) -> Receipt:
        """The receipt of an act. Raises what the authority raises, and `Busy` when too many are waiting."""
        if len(self._waiting) >= WAITING_MAX:
            raise Busy(f"{WAITING_MAX} filings are waiting already; nothing was written")
        answer: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self._waiting.append((act, caller, answer))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        return await answer

    async def _run(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:BATCH_MAX], self._waiting[BATCH_MAX:]
            acts = [(act, caller) for act, caller, _ in batch]
            try:
                results = await anyio.to_thread.run_sync(self._record, acts)
            except BaseException as error:
                _refuse(batch, error)
                if not isinstance(error, Exception):
                    raise
            else:
                for (_, _, answer), result in zip(batch, results, strict=True):
                    _settle(answer, result)

    def _record(self, acts: list[tuple[Act, Caller]]) -> list[Receipt | CommonwealError]:
        placed = self._authority.place_each(acts)
        results: list[Receipt | CommonwealError] = [
            item if isinstance(item, CommonwealError) else self._authority.receipt(item[0], again=item[1])
            for item in placed
        ]
        self._wake()
        return results


def _refuse(batch: list[_Waiting], error: BaseException) -> None:
    refusal = error if isinstance(error, Exception) else Busy("the service is stopping; send it again")
    for _, _, answer in batch:
        if not answer.done():
            answer.set_exception(refusal)


def _settle(answer: asyncio.Future[Receipt], result: Receipt | CommonwealError) -> None:
    """Whoever has gone away meanwhile gets nothing; what was recorded for them stays recorded."""
    if answer.done():
        return
    if isinstance(result, CommonwealError):
        answer.set_exception(result)
    else:
        answer.set_result(result)
