"""One attempt to carry one effect out: a signed POST, a mail, or a file. Bounded, and never following a redirect."""

from __future__ import annotations

import os
import smtplib
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from commonweal.kernel.authorisations import new_nonce
from commonweal.kernel.disclosure import IssuerKey
from commonweal.kernel.protocols.outlets import Outlet, Sending
from commonweal.kernel.values import canonical
from commonweal.reaching import Transport, anywhere

from .mailing import Office, mail, message, one_line

TIMEOUT_S = 10.0
ANSWER_BYTES_MAX = 64 << 10
_LATER = frozenset((408, 425, 429, 500, 502, 503, 504))
_COMPONENTS = ("@method", "@target-uri", "content-type", "content-digest", "idempotency-key")


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of one attempt: `delivered`, to be tried `again`, or neither: refused for good.

    `taken` marks the addresses that have it; `pause_s` is how long to wait at least before it is tried again.
    """

    delivered: bool
    again: bool
    status: str
    response_sha256: str = ""
    taken: tuple[str, ...] = ()
    pause_s: float = 0.0


class Carrier:
    """Carries effects to the outlets of an authority, the `office`. `content` gives the row of an effect."""

    def __init__(
        self, sending: Sending, office: Office, key: IssuerKey, content: Callable[[str], Mapping[str, Any]]
    ) -> None:
        self._sending, self._office, self._key, self._content = sending, office, key, content
        self.origin = office.origin

    def attempt(self, effect: str, taken: Collection[str] = ()) -> Tried:
        """Try once, but for the addresses marked as having `taken` it. Raises nothing: whatever goes wrong is said."""
        row = dict(self._content(effect))
        row["taken"] = tuple(dict.fromkeys((*row.get("taken", ()), *taken)))
        if "destroyed" in row:
            return Tried(False, False, "the letter said who reported, and was destroyed with what did")
        outlet = row["outlet"] if "outlet" in row else self._sending.outlets.get(row["target"])
        if outlet is None and "outlet" in row:
            return Tried(False, False, "whoever it is for wants no such mail any more")
        if outlet is None:
            return Tried(False, False, f"target {row['target']} is not declared in authority.toml")
        try:
            return {"webhook": self._post, "mail": self._mail, "folder": self._file}[outlet.way](outlet, row)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, smtplib.SMTPException) as error:
            relay = self._sending.relay if outlet.way == "mail" else None
            words = f"no delivery: {one_line(str(error)) or 'no answer in time'}"[:200]
            return Tried(False, True, words, "", row["taken"], relay.pause_s if relay else 0.0)

    def message(self, row: Mapping[str, Any]) -> bytes:
        """What is sent, in its RFC 8785 form: the same bytes each time it is tried."""
        names = ("effect", "case", "step", "subject", "command", "text", "requested_at")
        letter = {"letter": {name: row[name] for name in ("reference", "sha256")}} if "enclosure" in row else {}
        return canonical({"from": self.origin, **{name: row[name] for name in names}, **letter})

    # a signed POST

    def _post(self, outlet: Outlet, row: Mapping[str, Any]) -> Tried:
        url, body = outlet.addresses[0], self.message(row)
        headers = self.signed_headers(url, body, row["effect"])
        with (
            httpx.Client(transport=Transport(TIMEOUT_S, anywhere), timeout=TIMEOUT_S, follow_redirects=False) as client,
            client.stream("POST", url, content=body, headers=headers) as answer,
        ):
            digest, size = sha256(), 0
            with suppress(httpx.TimeoutException):  # it has what it needs; what else it has to say is not kept
                for piece in answer.iter_bytes():
                    digest.update(piece)
                    size += len(piece)
                    if size > ANSWER_BYTES_MAX:
                        break
        status = f"{answer.status_code} {answer.reason_phrase}".strip()
        again = answer.status_code in _LATER
        return Tried(answer.is_success, again, status, digest.hexdigest())

    def signed_headers(self, url: str, body: bytes, effect: str) -> dict[str, str]:
        """The headers of a POST, signed (RFC 9421) with the key that the authority publishes as an issuer (ES256)."""
        headers = {
            "Content-Type": "application/json",
            "Content-Digest": f"sha-256=:{b64encode(sha256(body).digest()).decode()}:",
            "Idempotency-Key": effect,
        }
        values = {"@method": "POST", "@target-uri": url} | {name.lower(): value for name, value in headers.items()}
        covered = " ".join(f'"{name}"' for name in _COMPONENTS)
        params = (
            f'({covered});created={int(time.time())};keyid="{self._key.kid}";alg="ecdsa-p256-sha256"'
            f';nonce="{new_nonce()}"'
        )
        lines = [*(f'"{name}": {values[name]}' for name in _COMPONENTS), f'"@signature-params": {params}']
        r, s = decode_dss_signature(self._key.signature("\n".join(lines).encode()))
        raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return {**headers, "Signature-Input": f"sig1={params}", "Signature": f"sig1=:{b64encode(raw).decode()}:"}

    # mail

    def _mail(self, outlet: Outlet, row: Mapping[str, Any]) -> Tried:
        """To each address that has not taken it yet; it is delivered once all have."""
        relay = self._sending.relay
        if relay is None:
            return Tried(False, False, "no mail relay is declared: [effects.mail] in authority.toml")
        found = mail(relay, partial(self.letter, outlet, row), outlet.addresses, row.get("taken", ()))
        delivered = len(found.taken) == len(outlet.addresses)
        return Tried(delivered, found.later, found.status, "", found.taken, relay.pause_s if found.later else 0.0)

    def letter(self, outlet: Outlet, row: Mapping[str, Any], to: str) -> EmailMessage:
        """The message to one address."""
        relay = self._sending.relay
        assert relay is not None
        enclosures = [row["enclosure"]] if "enclosure" in row else []
        return message(self._office, outlet, row, sender=relay.sender, to=to, enclosures=enclosures)

    # a file

    def _file(self, outlet: Outlet, row: Mapping[str, Any]) -> Tried:
        """A file of the effect's own name: there whole or not at all, and the same file when it is sent again."""
        folder, body = Path(outlet.addresses[0]), self.message(row)
        if "enclosure" in row:  # first, so that whoever finds the message finds what it names
            _written(folder / row["enclosure"].name, row["enclosure"].data)
        status = _written(folder / f"{row['effect'].removeprefix('effect:')}.json", body)
        return Tried(True, False, status, sha256(body).hexdigest())


def _written(path: Path, data: bytes) -> str:
    if path.is_file() and path.read_bytes() == data:
        return "it was there"
    descriptor, name = tempfile.mkstemp(prefix=".", suffix=".new", dir=path.parent)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(name, path)
    return "written"
