"""Passkeys at the portal: making one, taking one away, and using one as the second factor of signing in.

A passkey counts on the address on which it was made (`public_url`, else the one that the browser came by). For whoever
files for an organisation it is also put into the record as one that signs approvals.
"""

from __future__ import annotations

import base64
import hmac
import json
import logging
import secrets
import time
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from starlette.responses import RedirectResponse, Response

from commonweal.acceptance import Caller
from commonweal.kernel import protocols
from commonweal.kernel.protocols.kinds import APPROVER_WITHDRAWN, PASSKEY_REGISTERED
from commonweal.kernel.protocols.passkeys import ALGORITHMS, Assertion, Passkey, checked, decoded, encoded, made
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, CommonwealError, Conflict, Fault, Forbidden

from . import judging, people, refusing
from .site import View

PATH, SECOND = "/account/passkeys", "/sign-in/passkey"
PENDING_COOKIE = "weal-first"
CHALLENGE_SECONDS, PENDING_SECONDS = 300, 300
HEADER = "commonweal/passkey/v1"
LOG = logging.getLogger(__name__)


def origin_of(view: View) -> tuple[str, str]:
    """Where a passkey that is made now counts: the relying party (a host) and the origin."""
    base = view.authority.settings.address or str(view.request.base_url)
    parts = urlsplit(base)
    return parts.hostname or "", f"{parts.scheme}://{parts.netloc}".lower()


def challenge(view: View, secret: str, use: str) -> str:
    """What is shown to a browser for one use: when it was made and a nonce, sealed under the secret in its cookie."""
    begun_at = f"{int(time.time()):x}.{secrets.token_hex(8)}"
    return f"{begun_at}.{_seal(view, secret, use, begun_at)}"


def _seal(view: View, secret: str, use: str, begun_at: str) -> str:
    text = f"{HEADER} {use} {begun_at} {view.authority.settings.origin}"
    return hmac.new(secret.encode(), text.encode(), "sha256").hexdigest()[:48]


def signed_over(given: str) -> bytes:
    """The challenge's bytes, as the authenticator is given them."""
    return sha256(f"{HEADER}\n{given}\n".encode()).digest()


def _fresh(view: View, given: str, secret: str, use: str) -> bytes:
    """The bytes of a challenge that this browser was shown a moment ago. Raises `Forbidden`."""
    begun_at, _, seal = given.rpartition(".")
    ours = hmac.compare_digest(seal.encode(), _seal(view, secret, use, begun_at).encode())
    if ours and 0 <= time.time() - int(begun_at.partition(".")[0], 16) <= CHALLENGE_SECONDS:
        return signed_over(given)
    raise Forbidden("this page is out of date; open it again and use the passkey anew")


# ── one's own ───────────────────────────────────────────────────────────────────────────────────────────────────────


def own_page(view: View, fault: str = "", status: int = 200) -> Response:
    """The passkeys of whoever is signed in, and what makes another one."""
    person = view.required()
    rp_id, origin = origin_of(view)
    given = challenge(view, person.cookie, "make")
    held = view.authority.access.passkeys(person.caller.party)
    options = {
        "challenge": encoded(signed_over(given)),
        "rp": {"id": rp_id, "name": view.text(view.authority.settings.name)},
        "user": {"id": encoded(sha256(f"{view.authority.settings.origin} {person.caller.party}".encode()).digest()),
                 "name": person.name, "displayName": person.name},
        "pubKeyCredParams": [{"type": "public-key", "alg": one} for one in ALGORITHMS],
        "excludeCredentials": [{"type": "public-key", "id": encoded(one.credential)} for one in held],
        "authenticatorSelection": {"residentKey": "preferred", "userVerification": "required"},
        "attestation": "none",
        "timeout": CHALLENGE_SECONDS * 1000,
    }  # fmt: skip
    return view.page(
        "portal/passkeys.html",
        {
            "title": view.say("Passkeys"),
            "held": [{**one.as_dict(), "elsewhere": (one.rp_id, one.origin) != (rp_id, origin)} for one in held],
            "options": json.dumps(options),
            "challenge": given,
            "origin": origin,
            "fault": fault,
            "said": view.asked("said"),
        },
        status=status,
    )


def make(view: View, form: Mapping[str, str]) -> Response:
    """Keep a passkey that the browser made. What is wrong with it is said on the page."""
    person = view.required()
    people.check_form(form, person.cookie)
    rp_id, origin = origin_of(view)
    try:
        asked = _fresh(view, form.get("challenge", "")[:200], person.cookie, "make")
        parts = [decoded(form.get(name, "")[: 32 << 10]) for name in ("client", "attestation")]
        passkey, count = made(parts[0], parts[1], asked, rp_id, origin)
        if not view.authority.access.spend_nonce(person.keyid, form["challenge"], time.time() + CHALLENGE_SECONDS):
            raise Forbidden("this was sent before")
        view.authority.access.add_passkey(person.caller.party, passkey, count, form.get("label", "").strip())
    except (BadInput, Conflict, Forbidden) as error:
        return own_page(view, _plain(view, error), error.status)
    _register(view, passkey, person.caller)
    return RedirectResponse(view.href(f"{PATH}?said=made"), status_code=303)


def take_away(view: View, form: Mapping[str, str]) -> Response:
    """Let a passkey of one's own count no more, for signing in and for approvals."""
    person = view.required()
    people.check_form(form, person.cookie)
    name = form.get("passkey", "")
    if name not in {one.id for one in view.authority.access.passkeys(person.caller.party)}:
        raise BadInput(Fault("passkey", name, "one of your own passkeys"), "form")
    view.authority.access.end_passkey(name, person.caller.party)
    if protocols.approves(view.reader, name):
        act = Act(APPROVER_WITHDRAWN.id, {"key_id": name, "reason": ""}, key=f"portal:ended:{name}")
        judging.act(view, act, person.caller)
        view.site.recorded()
    return RedirectResponse(view.href(f"{PATH}?said=ended"), status_code=303)


def _register(view: View, passkey: Passkey, caller: Caller) -> None:
    """Put a new passkey into the record as one that signs approvals, where its holder may sign any."""
    person = view.required()
    if not caller.organisation or not person.files:
        return
    body = {
        "party": caller.party,
        "credential": encoded(passkey.credential),
        "key": base64.b64encode(passkey.key).decode(),
        "rp_id": passkey.rp_id,
        "web_origin": passkey.origin,
        "roles": sorted(caller.roles),
        "organisation": caller.organisation,
    }
    try:
        judging.act(view, Act(PASSKEY_REGISTERED.id, body, key=f"portal:{passkey.name}"), caller)
    except CommonwealError:  # it is a second factor all the same; who holds no role that approves needs no more
        LOG.info("the passkey %s was not put into the record", passkey.name)
    view.site.recorded()


# ── the second factor ───────────────────────────────────────────────────────────────────────────────────────────────


def wanted(view: View, party: str) -> bool:
    """Whether a party has to use a passkey before a session opens."""
    return bool(view.authority.access.passkeys(party))


def begun(view: View, keyid: str, how: str, onward: str) -> Response:
    """The first factor was right: ask for the second, in this browser, within five minutes."""
    cookie = view.authority.access.begin_session(keyid, form=how, label=people.device_words(view.request))
    there = view.href(SECOND) + ("" if onward == view.href("/inbox") else f"?next={onward}")
    response = RedirectResponse(there, status_code=303)
    people.set_cookie(response, PENDING_COOKIE, cookie, view.secure, PENDING_SECONDS)
    return response


def _pending(view: View) -> tuple[Any, str]:
    """Who has given the first factor in this browser, and the cookie that says so. Raises `Forbidden`."""
    cookie = view.request.cookies.get(people.cookie_name(PENDING_COOKIE, view.secure), "")
    found = view.authority.access.pending_of(cookie) if cookie else None
    if found is None:
        raise Forbidden("sign in anew: more than five minutes have passed since the first step")
    return found, cookie


def second_page(view: View, fault: str = "", status: int = 200) -> Response:
    """The page that asks for the passkey. Raises `Forbidden` where nobody gave a key a moment ago."""
    pending, cookie = _pending(view)
    given = challenge(view, cookie, "use")
    held = view.authority.access.passkeys(pending.party)
    options = {
        "challenge": encoded(signed_over(given)),
        "rpId": held[0].rp_id if held else "",
        "allowCredentials": [{"type": "public-key", "id": encoded(one.credential)} for one in held],
        "userVerification": "required",
        "timeout": CHALLENGE_SECONDS * 1000,
    }
    return view.page(
        "portal/passkey_asked.html",
        {
            "title": view.say("Use your passkey"),
            "token": people.form_token(cookie),
            "by_account": pending.form == "oidc",
            "challenge": given,
            "options": json.dumps(options),
            "next": people.local_path(view.asked("next"), view.href("/inbox")),
            "fault": fault,
        },
        status=status,
    )


def second(view: View, form: Mapping[str, str]) -> tuple[str, str]:
    """The key and the way in of somebody whose passkey was right; the first half ends with it.

    Raises `BadInput` with every fault of the assertion, and `Forbidden`.
    """
    pending, cookie = _pending(view)
    people.check_form(form, cookie)
    asked = _fresh(view, form.get("challenge", "")[:200], cookie, "use")
    name = form.get("passkey", "")
    held = next((one for one in view.authority.access.passkeys(pending.party) if encoded(one.credential) == name), None)
    if held is None:
        raise Forbidden("this passkey is not one of yours")
    used(view, held, Assertion.read(form.get("assertion", "")), asked)
    if not view.authority.access.spend_nonce(held.id, form["challenge"], time.time() + CHALLENGE_SECONDS):
        raise Forbidden("this was sent before")
    view.authority.access.confirm(pending.keyid, held)
    view.authority.access.end_session(pending.id, pending.party)
    return pending.keyid, f"{pending.form}+passkey"


def used(view: View, held: Any, assertion: Assertion, asked: bytes) -> None:
    """Hold an assertion against a passkey that is kept, and its counter. Raises `BadInput` and `Forbidden`."""
    view.authority.access.used_passkey(held, checked(held.passkey, assertion, asked))


def _plain(view: View, error: CommonwealError) -> str:
    return str(view.say("It was not kept: %(faults)s", faults=refusing.all_told(view, error)))


def refused(view: View, error: CommonwealError) -> Response:
    """The page that asks for the passkey again, with what was wrong."""
    return second_page(
        view, str(view.say("That did not do: %(faults)s", faults=refusing.all_told(view, error))), error.status
    )
