"""Who is signed in: the cookie of a session, and forms that only this site's own pages can send.

A form carries a token that is an HMAC under the secret in the sender's own cookie, so another site can make none; the
cookie goes with no request that another site begins (`SameSite=Strict`), and what browsers say of a request's origin
(`Sec-Fetch-Site`) is looked at besides. A reader who is not signed in has a cookie with nothing but that secret.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from commonweal.acceptance import Caller
from commonweal.kernel.values import BadInput, Fault, Forbidden, TooLarge
from commonweal.telemetry import note

FORM_BYTES_MAX = 64 << 10
FORM_FIELDS_MAX = 80
LONG_BYTES_MAX, LONG_FIELDS_MAX = 768 << 10, 200
SESSION_COOKIE, VISITOR_COOKIE = "weal", "weal-visitor"
DRAFT_COOKIE, RETURN_COOKIE, KEYLESS_COOKIE = "weal-draft", "weal-return", "weal-keyless"
SESSION_SECONDS, VISITOR_SECONDS = 12 * 3600, 3600
_LOCAL = re.compile(r"/(?![/\\])[!-~]{0,500}")
_SECRET = re.compile(r"[A-Za-z0-9_.\-]{16,120}")
_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in. `caller` is as whom they act, `signs` whether their key signs what they decide."""

    session: Any
    caller: Caller
    cookie: str

    @property
    def keyid(self) -> str:
        return str(self.session.keyid)

    @property
    def signs(self) -> bool:
        return self.keyid.startswith("ed25519-")

    @property
    def by_account(self) -> bool:
        """Whether they came by the account that an identity provider has of them."""
        return self.keyid.startswith("oidc-")

    @property
    def files(self) -> bool:
        return "file" in self.session.holder.scopes

    @property
    def reads(self) -> bool:
        """Whether their key may read what is not public."""
        return "read" in self.session.holder.scopes

    @property
    def name(self) -> str:
        return self.caller.party.removeprefix("party:")


def person_of(request: Request, access: Any, secure: bool) -> Person | None:
    """Who sent a request, by its session's cookie; None for somebody who is not signed in."""
    cookie = request.cookies.get(cookie_name(SESSION_COOKIE, secure), "")
    session = access.session_of(cookie) if _SECRET.fullmatch(cookie) else None
    if session is None:
        return None
    holder = session.holder
    note(request.scope, caller="session", key=holder.keyid)
    return Person(session, Caller(holder.party, holder.roles, holder.organisation), cookie)


def is_secure(request: Request, address: str) -> bool:
    """Whether the reader came by HTTPS, to this process or to what stands before it under the configured address."""
    return request.url.scheme == "https" or address.startswith("https://")


def cookie_name(name: str, secure: bool) -> str:
    """`__Host-` binds a cookie to this very host and to HTTPS; browsers refuse such a name without HTTPS."""
    return f"__Host-{name}" if secure else name


def set_cookie(response: Response, name: str, value: str, secure: bool, seconds: int | None) -> None:
    """Set a cookie for so long; without `seconds` until the browser is closed."""
    response.set_cookie(
        cookie_name(name, secure), value, max_age=seconds, path="/", secure=secure, httponly=True, samesite="strict"
    )


def form_token(secret: str) -> str:
    """What a form carries to show that it came from a page of ours, shown to the holder of this cookie."""
    return hmac.new(secret.encode(), b"form", "sha256").hexdigest()[:40]


def visitor_secret(request: Request, secure: bool) -> str:
    """The secret of a reader who is not signed in; a new one where they have none yet."""
    return kept_secret(request, secure, VISITOR_COOKIE)


def kept_secret(request: Request, secure: bool, name: str) -> str:
    """The secret in a cookie; a new one where there is none yet."""
    held = request.cookies.get(cookie_name(name, secure), "")
    return held if _SECRET.fullmatch(held) else secrets.token_urlsafe(24)


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form, bounded before they are read. Raises `BadInput`, `TooLarge` and `Forbidden`."""
    return dict(await read_pairs(request, FORM_BYTES_MAX, FORM_FIELDS_MAX))


async def read_long_form(request: Request) -> dict[str, str]:
    """The fields of a form that asks for long texts, such as those of instruments' pages. Raises as `read_form`."""
    return dict(await read_pairs(request, LONG_BYTES_MAX, LONG_FIELDS_MAX))


async def read_pairs(request: Request, bytes_max: int, fields_max: int) -> list[tuple[str, str]]:
    """The fields of a form in their order, as `read_form` reads them; one that is repeated stands there as often."""
    check_site(request)
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/x-www-form-urlencoded":
        raise BadInput(Fault("Content-Type", media, "application/x-www-form-urlencoded", "media_type"), "form")
    size, pieces = 0, []
    try:
        async for piece in request.stream():
            size += len(piece)
            if size > bytes_max:
                want = f"at most {bytes_max} bytes"
                raise TooLarge(Fault("(whole)", f"more than {bytes_max} bytes", want, "too_large"), "form")
            pieces.append(piece)
    except ClientDisconnect as error:
        raise BadInput(Fault("(whole)", f"{size} bytes, then nothing", "the whole form", "cut_off"), "form") from error
    try:
        return parse_qsl(b"".join(pieces).decode("utf-8"), keep_blank_values=True, max_num_fields=fields_max)
    except ValueError as error:
        want = f"UTF-8, at most {fields_max} fields"
        raise BadInput(Fault("(whole)", "(another encoding, or too many fields)", want, "form"), "form") from error


def check_site(request: Request) -> None:
    """Raises `Forbidden` for a form that a browser says another site sent."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Forbidden("this form was sent from another site; nothing was done")


def check_form(form: Mapping[str, str], secret: str) -> None:
    """Raises `Forbidden` for a form that no page of ours was shown with to the holder of this cookie."""
    if not hmac.compare_digest(form.get("token", "").encode(), form_token(secret).encode()):
        raise Forbidden("this form is out of date or did not come from this site; open the page again and send it anew")


def local_path(path: str, otherwise: str) -> str:
    """An address on this site to go on to, or `otherwise`: nobody is sent to another site after signing in."""
    return path if _LOCAL.fullmatch(path) else otherwise


def device_words(request: Request) -> str:
    """What a reader's browser and system call themselves, for the list of sessions."""
    agent = request.headers.get("user-agent", "")
    browser = next((words for mark, words in _BROWSERS if mark in agent), "")
    system = next((words for mark, words in _SYSTEMS if mark in agent), "")
    return ", ".join(part for part in (browser, system) if part)
