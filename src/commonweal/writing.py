"""Writing: acts that were checked are sealed and sequenced, each once, none dated before the one it follows."""

from __future__ import annotations

import functools
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from commonweal.acceptance import STEWARDS, Caller
from commonweal.kernel import disclosure, registry
from commonweal.kernel.disclosure import KeyStore, Kind, Sealing, Wrap, succession, wrap_here
from commonweal.kernel.record import (
    AUTHORITY,
    ERASURE,
    Act,
    Draft,
    Entry,
    Outdated,
    Overtaken,
    Placed,
    RecordStore,
    Seen,
)
from commonweal.kernel.record.heads import kind_untold
from commonweal.kernel.values import Conflict, NotFound, Stale
from commonweal.telemetry import REPORTER, told

OPENED_KEPT = 4096
SEALED_AGAIN_MAX = 3


class Writing:
    """Seals acts for one log, whose origin is `issuer`. `check_writing` raises where nothing may be written now."""

    def __init__(
        self,
        store: RecordStore,
        keys: KeyStore,
        kinds: Mapping[str, Kind],
        issuer: str,
        *,
        check_writing: Callable[[], None],
        requests: disclosure.Requests,
        wrap: Wrap = wrap_here,
        moved: Callable[[Iterable[str]], Container[str]] = lambda subjects: (),
        shared: Callable[[Caller, str], bool] = lambda caller, subject: False,
    ) -> None:
        """`moved` tells which subjects need not be the first filer's any more: acceptance decides about those.

        So it does where `shared` says that a caller files for the organisation of whoever did.
        """
        self._store, self._keys, self._kinds = store, keys, kinds
        self._issuer, self._check_writing, self._wrap = issuer, check_writing, wrap
        self._moved, self._shared, self._requests = moved, shared, requests
        self._untold = disclosure.Untold(kinds)
        self._written: dict[int, Entry] = {}

    def append(
        self,
        acts: Sequence[tuple[Act, Caller]],
        time: datetime,
        at: int | None = None,
        *,
        seen: Seen | None = None,
        recorded_stands: bool = False,
    ) -> list[tuple[int, bool]]:
        """Seal and sequence acts that were checked, by caller. Those recorded earlier are not sealed again.

        No entry is dated before the one it follows, whatever the clock says or however late a reaction is recorded.
        `at`: the first act must become this entry, or nothing is written (`Stale`): what it was checked against stands.
        What was sealed to a key that is erased meanwhile is sealed anew. `seen`: what the acts were checked against
        stands unchanged, or nothing is written (`Overtaken`).
        `recorded_stands`: an act under a key that is taken counts as it was recorded, whatever its words are now. That
        is for reactions: their keys name what they follow from, so the words differ only where a later release, laying
        the tables out again, would have put it otherwise.
        """
        for _ in range(SEALED_AGAIN_MAX):
            try:
                return self._append(acts, time, at, seen, recorded_stands)
            except Overtaken:
                raise
            except Stale:
                if at is not None:
                    raise
                self._drop_erased(acts)
        return self._append(acts, time, at, seen, recorded_stands)

    def _append(
        self,
        acts: Sequence[tuple[Act, Caller]],
        time: datetime,
        at: int | None,
        seen: Seen | None,
        recorded_stands: bool,
    ) -> list[tuple[int, bool]]:
        last = self._store.newest()
        time = max(time, datetime.fromisoformat(last.time)) if last else time
        results: dict[int, tuple[int, bool]] = {}
        fresh: list[tuple[int, Act, Caller]] = []
        there = self._store.placed_all([(caller.party, act.key) for act, caller in acts])
        for number, (act, caller) in enumerate(acts):
            earlier = there.get((caller.party, act.key))
            if earlier is None:
                fresh.append((number, act, caller))
            elif recorded_stands or self._requests.same(earlier[1], act):
                results[number] = (earlier[0].index, True)
            else:
                raise Conflict(
                    f"key {act.key!r} was used for another act (entry {earlier[0].index}); "
                    "send a new key for a new act, or the same content for the same receipt"
                )
        if fresh:
            self._check_writing()
        drafts, placed, time = self._sequenced(fresh, time, at, seen)
        for (number, act, caller), draft, place in zip(fresh, drafts, placed, strict=True):
            results[number] = (place.index, place.again)
            if not place.again:
                self._remember(place.index, act, caller.party, time, draft)
            if REPORTER not in caller.roles:
                told("act", kind=act.kind, entry=place.index, again=place.again)
        return [results[number] for number in range(len(acts))]

    def _sequenced(
        self, acts: Sequence[tuple[int, Act, Caller]], time: datetime, at: int | None, seen: Seen | None
    ) -> tuple[list[Draft], list[Placed], datetime]:
        """Seal and append, again at a later time where another entry came in between. Gives the time it was done at."""
        while acts:
            drafts = self._sealed(acts, time)
            if at is not None:
                drafts[0] = replace(drafts[0], at=at)
            if seen is not None:
                drafts = [replace(draft, seen=seen) for draft in drafts]
            try:
                return drafts, self._store.append(drafts), time
            except Outdated as error:
                time = max(time, datetime.fromisoformat(error.newest))
        return [], [], time

    def _sealed(self, acts: Sequence[tuple[int, Act, Caller]], time: datetime) -> list[Draft]:
        """The drafts of acts; whatever keys they need are made first, in one durable step.

        Who may speak for a subject need not have filed it first: the door has looked at whose claim it began as, and
        colleagues file for their organisation.
        """
        kinds, issuer = self._kinds, self._issuer
        self._keys.ensure(disclosure.key_of(kinds[act.kind], act, caller.party) for _, act, caller in acts)
        bound = {
            number: act.subject or ""
            for number, act, caller in acts
            if kinds[act.kind].noun
            and not STEWARDS & set(caller.roles)
            and not registry.speaks(kinds[act.kind].schema, act.body)
            and not self._shared(caller, act.subject or "")
        }
        moved = self._moved(set(bound.values())) if bound else ()
        sealings = [
            Sealing(
                kinds[act.kind],
                act,
                caller.party,
                number in bound and bound[number] not in moved,
                self._requests.of(act),
                self._untold.closes(act.kind, act.subject),
                self._tells_causes(act),
            )
            for number, act, caller in acts
        ]
        drafts = disclosure.seal_all(sealings, time=time, issuer=issuer, keys=self._keys, wrap=self._wrap)
        return [succession.turned(draft, act, self._keys) for draft, (_, act, _) in zip(drafts, acts, strict=True)]

    def _tells_causes(self, act: Act) -> bool:
        """Whether a leaf says what an act follows from: if it is to tell why, not where that was done in confidence."""
        kind = self._kinds[act.kind]
        if not act.causes or not kind.tells_causes():
            return False
        return bool(kind.causes_public) or not any(kind_untold(self._store.entry(one).leaf) for one in act.causes)

    def _drop_erased(self, acts: Sequence[tuple[Act, Caller]]) -> None:
        """Destroy the keys of these acts whose destruction is recorded and not done yet: others take their place."""
        for holder in {disclosure.key_of(self._kinds[act.kind], act, caller.party) for act, caller in acts}:
            key = disclosure.key_id(self._keys.public_key(*holder))
            if self._store.placed(AUTHORITY, ERASURE + key.hex()):
                self._keys.erase(*holder, key)

    def _remember(self, index: int, act: Act, author: str, time: datetime, draft: Draft) -> None:
        """Keep what was just written, opened, so that following it needs no decryption."""
        if len(self._written) >= OPENED_KEPT:
            self._written.clear()
        blobs = dict(act.blobs)
        whole_seconds = time.replace(microsecond=0)
        self._written[index] = Entry(
            index, act.kind, self._kinds[act.kind].version, whole_seconds, author, act.subject, act.body, act.key,
            act.causes, functools.partial(_blob_of, blobs), False, self._kinds[act.kind].retention,
            draft.sealed_to, draft.leaf,
        )  # fmt: skip

    def taken(self, index: int) -> Entry | None:
        """An entry that was just written here, opened: given once, to whoever follows it."""
        return self._written.pop(index, None)

    def forget(self) -> None:
        """Forget what was written here: some of it may be erased."""
        self._written.clear()


def _blob_of(blobs: Mapping[str, bytes], name: str) -> bytes:
    """A blob of an entry that was just written; missing, it is missed as it would be when read back."""
    if name not in blobs:
        raise NotFound("blob", name)
    return blobs[name]
