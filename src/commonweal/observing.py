"""Values that come by themselves: the adopted sources, and fetching those that are files.

A server is asked whether there is anything new (ETag, Last-Modified); what it said last is on the record, beside the
values it gave. Bytes that came before file nothing. Only https, bounded in time and size; a redirect never leads to an
address inside. Of what comes, by itself or by hand, only what says something new is filed.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urljoin, urlsplit

from commonweal import listing_files, reaching
from commonweal.acceptance import Caller
from commonweal.authority import OPERATOR, Authority
from commonweal.kernel import indicators, registry
from commonweal.kernel.indicators import OtlpSource, PullSource
from commonweal.kernel.instrument import Act
from commonweal.kernel.values import BadInput, Busy, CommonwealError, Fault, NotFound, TooLarge, digest, shown

BYTES_MAX = 64 << 20
SECONDS_MAX = 120.0
REDIRECTS_MAX = 3
LOOK_S, PAUSE_S_MAX = 5.0, 3600.0
_PUBLIC = "an address whose host is known and public"
AGENT = "commonweal (public series for a register)"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a server answered; `body` is None where it has nothing new."""

    body: bytes | None
    etag: str = ""
    last_modified: str = ""


Fetch = Callable[[str, str, str], Fetched]
"""`fetch(address, etag, last_modified)`. Raises `Busy`, `Lasting`, `TooLarge`, `BadInput`."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """What came of asking a source: `new`, `unchanged` (the server said so) or `same` (nothing in it is new).

    `unchanged` counts the values that were known as they stand, and were not filed again.
    """

    source: str
    outcome: str
    entries: tuple[int, ...] = ()
    remarks: tuple[str, ...] = ()
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of observations: entries, whether each was there already, and how many values said nothing new."""

    placed: tuple[tuple[int, bool], ...]
    unchanged: int


def record(authority: Authority, acts: Sequence[Act], caller: Caller) -> Recorded:
    """File what acts say that is not known yet, all or nothing; values that are known as they stand are left out.

    What is known is what was followed. An act that is there already is given again, whole. Raises like
    `Authority.place_all`.
    """
    there = authority.store.placed_all([(caller.party, act.key) for act in acts])
    fresh = [at for at, act in enumerate(acts) if (caller.party, act.key) not in there]
    found = indicators.news(authority.reader, [acts[at] for at in fresh])
    left = {at: act for at, act in enumerate(acts) if (caller.party, act.key) in there}
    left |= {fresh[at]: act for at, act in found.acts}
    placed = authority.place_all([left[at] for at in sorted(left)], caller) if left else []
    return Recorded(tuple(placed), found.unchanged)


def pull_sources(authority: Authority) -> list[PullSource]:
    """The files that adopted texts name."""
    return [source for text in _texts(authority) for source in indicators.read_sources(text).pulls]


def otlp_source(authority: Authority, party: str) -> OtlpSource:
    """What becomes of the metrics that a party sends. Raises `NotFound` where nothing adopted says so."""
    for text in _texts(authority):
        for source in indicators.read_sources(text).otlps:
            if source.party == party:
                return source
    raise NotFound("OTLP source for the party", party, "the authority adopts one: `weal rule adopt DIR SOURCES.toml`")


def _texts(authority: Authority) -> list[str]:
    rows = registry.texts(authority.reader, "parameters")
    return [row["text"] for row in rows if "[[pull]]" in row["text"] or "[[otlp]]" in row["text"]]


def pull(authority: Authority, source: PullSource, fetch: Fetch | None = None) -> Pulled:
    """Ask a source for what is new, and file it as one act or several, all or nothing.

    Raises `Busy` where it cannot be reached now, `Lasting` where its address must change, `BadInput` for what cannot be
    read: then nothing is filed.
    """
    authority.follow()
    said = indicators.pulled(authority.reader, source.id)
    known = said if said and said["url"] == source.address else None
    got = (fetch or fetched)(source.address, known["etag"] if known else "", known["last_modified"] if known else "")
    if got.body is None:
        return Pulled(source.id, "unchanged")
    sha256 = digest(got.body)
    if known and known["sha256"] == sha256:
        return Pulled(source.id, "same")
    acts, remarks = _read(authority, source, got.body)
    retrieved = {
        "source": source.id,
        "url": source.address,
        "sha256": sha256,
        "etag": got.etag,
        "last_modified": got.last_modified,
    }
    found = indicators.news(authority.reader, acts)
    if not found.acts:
        return Pulled(source.id, "same", remarks=tuple(remarks), unchanged=found.unchanged)
    after = said["entry"] if said else "first"
    marked = [
        replace(act, body={**act.body, "retrieved": retrieved}, key=f"pull/{source.id}/{sha256[:24]}/{after}/{number}")
        for number, act in found.acts
    ]
    placed = authority.place_all(marked, OPERATOR)
    authority.follow()
    return Pulled(source.id, "new", tuple(index for index, _ in placed), tuple(remarks), found.unchanged)


def _read(authority: Authority, source: PullSource, body: bytes) -> tuple[Sequence[Act], Sequence[str]]:
    name = urlsplit(source.address).path.rsplit("/", 1)[-1] or source.id
    if source.mapping is not None:
        return indicators.table_acts(body, name, source.mapping, filed_on=authority.clock.now().date()), ()
    instrument_id, _, form = source.format.partition("/")
    instrument = listing_files.find_instrument(authority.instruments, instrument_id)
    if form not in instrument.observes:
        known = ", ".join(instrument.observes) or "none"
        raise NotFound(f"observation format of {instrument_id}", form, f"it reads: {known}")
    imported = instrument.observes[form](body, name)
    return imported.acts, imported.remarks


def fetched(
    address: str, etag: str = "", last_modified: str = "", *, bytes_max: int = BYTES_MAX, seconds: float = SECONDS_MAX
) -> Fetched:
    """Fetch an address conditionally, following at most three redirects.

    Raises `Busy`, `Lasting`, `TooLarge`, `BadInput`.
    """
    import httpx

    headers = {"User-Agent": AGENT, "Accept-Encoding": "identity"}
    headers |= {"If-None-Match": etag} if etag else {}
    headers |= {"If-Modified-Since": last_modified} if last_modified else {}
    inside = _is_loopback(address)
    transport = reaching.Transport(seconds, reaching.anywhere if inside else reaching.is_public)
    at = address
    try:
        with httpx.Client(transport=transport, timeout=reaching.IDLE_S_MAX, follow_redirects=False) as client:
            for _ in range(REDIRECTS_MAX + 1):
                check_address(at, inside=inside)
                with client.stream("GET", at, headers=headers) as answer:
                    if answer.has_redirect_location:
                        at = urljoin(at, answer.headers["location"])
                        continue
                    return _answered(answer, at, bytes_max)
    except (httpx.HTTPError, OSError) as error:
        raise reaching.failure(error, at) from error
    raise BadInput(Fault("address", address, f"at most {REDIRECTS_MAX} redirects", "redirects"), "pull")


def _answered(answer: Any, at: str, bytes_max: int) -> Fetched:
    said = answer.headers.get("etag", "")[:200], answer.headers.get("last-modified", "")[:80]
    if answer.status_code == 304:
        return Fetched(None, *said)
    if answer.status_code != 200:
        raise reaching.refusal(answer.status_code, at, answer.headers.get("retry-after", ""))
    if (coding := answer.headers.get("content-encoding", "identity")) != "identity":
        raise BadInput(Fault("Content-Encoding", coding, "the bytes as they are: none was asked for", "encoding"), at)
    pieces, size = [], 0
    for piece in answer.iter_raw():
        pieces.append(piece)
        size += len(piece)
        if size > bytes_max:
            raise TooLarge(Fault(at, f"over {bytes_max} bytes", f"at most {bytes_max} bytes", "too_large"), "pull")
    return Fetched(b"".join(pieces), *said)


def check_address(address: str, *, inside: bool = False) -> None:
    """Refuse an address that is not https, or that names a private one. `inside` is for this machine itself.

    Where a name leads is checked once more, by `reaching`, for the connection that is then made. Raises `BadInput`.
    """
    parts = urlsplit(address)
    if inside and _is_loopback(address):
        return
    if parts.scheme != "https" or not parts.hostname or parts.username:
        raise BadInput(Fault("address", shown(address), "an https address without a user in it", "address"), "pull")
    try:
        reaching.resolved(parts.hostname, parts.port or 443, reaching.is_public)
    except reaching.Unreachable as error:
        if not error.lasting:
            raise Busy(f"{error}; nothing was filed") from error
        raise BadInput(Fault("address", shown(str(error)), _PUBLIC, "private"), "pull") from error
    except ValueError as error:
        raise BadInput(Fault("address", shown(address), _PUBLIC, "private"), "pull") from error


def _is_loopback(address: str) -> bool:
    return urlsplit(address).hostname in ("127.0.0.1", "localhost", "::1")


class Puller:
    """The thread that asks sources on schedule while an authority serves; one that fails is asked less often."""

    def __init__(self, authority: Authority, wake: Callable[[], None], fetch: Fetch | None = None) -> None:
        self._authority, self._wake, self._fetch = authority, wake, fetch
        self._ended = threading.Event()
        self._next: dict[str, float] = {}
        self._pause: dict[str, float] = {}
        self._thread = threading.Thread(target=self._run, name="puller", daemon=True)

    def start(self) -> None:
        if not self._authority.settings.replay:
            self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(reaching.IDLE_S_MAX)

    def _run(self) -> None:
        while not self._ended.wait(LOOK_S):
            try:
                sources = pull_sources(self._authority)
            except Exception:
                _log.exception("reading the adopted sources failed; trying again")
                continue
            for source in sources:
                if not self._ended.is_set() and time.monotonic() >= self._next.get(source.id, 0.0):
                    self.ask(source)

    def ask(self, source: PullSource) -> None:
        """Ask one source now, and set when it is asked next."""
        try:
            found = pull(self._authority, source, self._fetch)
        except (CommonwealError, OSError) as error:
            pause = min(PAUSE_S_MAX, max(60.0, 2 * self._pause.get(source.id, 30.0)), float(source.every_s))
            self._pause[source.id] = pause
            self._next[source.id] = time.monotonic() + pause
            again = (
                "trying again"
                if isinstance(error, Busy | OSError)
                else "it stays so until it is changed; looking again"
            )
            _log.error("pulling %s failed; %s in %.0f s: %s", source.id, again, pause, error)
            return
        self._pause.pop(source.id, None)
        self._next[source.id] = time.monotonic() + source.every_s
        if found.outcome == "new":
            _log.info("pulled %s: entries %s", source.id, found.entries)
            self._wake()
