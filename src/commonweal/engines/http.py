"""Speaking to witnesses over HTTP: short, bounded, and never following where a witness might send us."""

from __future__ import annotations

import functools
import ssl
import time

import httpx

from commonweal.kernel.record.witness import ANSWER_BYTES_MAX, TEXT_MEDIA, Answer, origin_hash
from commonweal.kernel.values import Busy

TIMEOUT_S = 5.0
_BUSY = {408, 425, 429, 500, 502, 503, 504}


@functools.lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    """Whose certificates count: read once a process."""
    return httpx.create_ssl_context(trust_env=False)


class HttpWitnesses:
    """The `WitnessPort` over HTTP, with connections kept alive. One request takes at most twice `timeout_s`."""

    def __init__(self, timeout_s: float = TIMEOUT_S) -> None:
        self._timeout_s = timeout_s
        self._client = httpx.Client(timeout=timeout_s, follow_redirects=False, trust_env=False, verify=_trusted())

    def add_checkpoint(self, url: str, body: bytes) -> Answer:
        """Send an add-checkpoint request to the submission prefix `url`. Raises `Busy` when there is no answer."""
        return self._asked("POST", f"{url}/add-checkpoint", body)

    def checkpoint(self, url: str, origin: str) -> bytes | None:
        """The newest checkpoint of a log that the witness cosigned; None where it has none or does not say."""
        try:
            answer = self._asked("GET", f"{url}/{origin_hash(origin)}/checkpoint")
        except Busy:
            return None
        return answer.body if answer.status == 200 else None

    def close(self) -> None:
        self._client.close()

    def _asked(self, method: str, address: str, body: bytes | None = None) -> Answer:
        until = time.monotonic() + self._timeout_s
        try:
            with self._client.stream(method, address, content=body, headers={"Content-Type": TEXT_MEDIA}) as response:
                pieces, size = [], 0
                for piece in response.iter_bytes():
                    pieces.append(piece)
                    size += len(piece)
                    if size > ANSWER_BYTES_MAX or time.monotonic() > until:
                        raise Busy(f"{address} answered with too much, or too slowly")
                media = response.headers.get("content-type", "")
                if response.status_code in _BUSY:
                    raise Busy(f"{address} answered {response.status_code}")
                return Answer(response.status_code, b"".join(pieces), media)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Busy(f"{address} does not answer: {str(error) or type(error).__name__}") from error
