"""Signing in with an account of the identity provider in `authority.toml`, and linking one's own account.

The browser comes back from another site, and with that request it sends no `Strict` cookie. So a cookie of its own
(`Lax`, ten minutes) holds the secret that state, nonce and PKCE verifier are made from, and the page that it comes back
to only sends a form on to this site: there the code is used. Nobody is made a person by signing in: whoever is signed
in with their key links their account, by an act.
"""

from __future__ import annotations

import hmac
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Protocol

import httpx
from starlette.responses import RedirectResponse, Response

from commonweal import staffing
from commonweal.kernel import persons
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, Busy, Conflict, Fault, Forbidden
from commonweal.openid import OpenId

from . import judging, people
from .languages import LANGUAGES
from .site import Site, View

PATH, BACK, OWN = "/sign-in/oidc", "/sign-in/oidc/back", "/account/oidc"
COOKIE, COOKIE_SECONDS = "weal-oidc", 600
LINKS, SIGNS_IN = "link", "in"


class Door(Protocol):
    """What opens sessions (`signing_in.Door`)."""

    def sign_in_page(self, view: View, fault: str = "", status: int = 200) -> Response: ...
    def check(self, view: View, form: Mapping[str, str]) -> None: ...
    def wait(self, view: View) -> None: ...
    def failed(self, view: View) -> None: ...
    def signed_in(self, view: View, keyid: str, how: str, onward: str) -> Response: ...


class Provider:
    """The way to the provider, shared by all requests; `door` is what opens sessions."""

    def __init__(self, site: Site, door: Door, transport: httpx.BaseTransport | None = None) -> None:
        found = site.authority.settings.oidc
        self._client, self._door = OpenId(found, transport) if found else None, door

    def begin(self, view: View, form: Mapping[str, str]) -> Response:
        """Send the browser to the provider, to sign in or (signed in already) to link an account."""
        client, wish = self._needed(), form.get("wish", SIGNS_IN)
        if wish == LINKS:
            people.check_form(form, view.required().cookie)
        else:
            wish = SIGNS_IN
            self._door.check(view, form)
        secret = f"{wish}.{view.language.code}.{secrets.token_urlsafe(24)}"
        try:
            there = client.address(_back(view), *(_made(secret, name) for name in ("state", "nonce", "verifier")))
        except Busy as error:
            return self._door.sign_in_page(view, str(error), 503)
        response = view.page("portal/oidc_go.html", {"title": view.say("One moment"), "there": there})
        response.set_cookie(
            people.cookie_name(COOKIE, view.secure), secret, max_age=COOKIE_SECONDS, path="/", secure=view.secure,
            httponly=True, samesite="lax",
        )  # fmt: skip
        return response

    def back_page(self, view: View) -> Response:
        """What the provider's answer leads to: a form that this site's own page sends on, by itself or by a click."""
        self._needed()
        wish = view.request.cookies.get(people.cookie_name(COOKIE, view.secure), "").split(".")
        if len(wish) == 3 and wish[1] in LANGUAGES and wish[1] != view.language.code:
            there = LANGUAGES[wish[1]].address(BACK)
            return RedirectResponse(f"{there}?{view.request.url.query}", status_code=303)
        if view.asked("error"):
            return self._door.sign_in_page(view, str(view.say("The identity provider did not let you in.")), 403)
        code, state = (view.request.query_params.get(name, "")[:4000] for name in ("code", "state"))
        return view.page("portal/oidc_back.html", {"title": view.say("One moment"), "code": code, "state": state})

    def back(self, view: View, form: Mapping[str, str]) -> Response:
        """Use the code: open a session for whose account it is, or link it to whoever is signed in."""
        client = self._needed()
        secret = view.request.cookies.get(people.cookie_name(COOKIE, view.secure), "")
        state = _made(secret, "state")
        self._door.wait(view)
        try:
            if not secret or not hmac.compare_digest(form.get("state", "").encode(), state.encode()):
                raise Forbidden("this answer is not to a question of this browser; begin anew")
            if not view.authority.access.spend_nonce("oidc", state, time.time() + COOKIE_SECONDS):
                raise Forbidden("this answer was used before; begin anew")
            account = client.account(
                form.get("code", ""), _back(view), *(_made(secret, n) for n in ("nonce", "verifier"))
            )
        except (Forbidden, Busy) as error:
            self._door.failed(view)
            return self._door.sign_in_page(view, str(error), error.status)
        if secret.startswith(f"{LINKS}."):
            return self._linked(view, account)
        keyid = f"oidc-{account}"
        if view.authority.access.holder_of(keyid) is None:
            self._door.failed(view)
            words = view.say(
                "That account is linked to nobody here, or they hold no role now. Sign in with your key first."
            )
            return self._door.sign_in_page(view, str(words), 403)
        return self._door.signed_in(view, keyid, "oidc", view.href("/inbox"))

    def _linked(self, view: View, account: str) -> Response:
        person = view.required()
        row = persons.person_of(view.reader, person.caller.party)
        if row is None or not person.files:
            raise Forbidden("an account is linked by people whom the record names, with a key that may file")
        held = view.authority.access.holder_of(f"oidc-{account}")
        if held is not None and held.party != person.caller.party:
            raise Conflict("this account lets another person in; they take it away first")
        assert self._client is not None, "looked at a moment ago"
        body = {"person": row["person"], "issuer": self._client.provider.issuer, "account": account}
        key = f"portal:{secrets.token_hex(8)}"
        judging.act(view, Act(persons.LINKED.id, body, key=key), person.caller)
        view.site.recorded()
        view.authority.access.link(person.caller.party, account, (persons.FOLLOWS,), staffing.SCOPES)
        return RedirectResponse(view.href("/account?said=linked"), status_code=303)

    def _needed(self) -> OpenId:
        if self._client is None:
            raise Forbidden("this authority names no identity provider; sign in with a key")
        return self._client


def linked(view: View) -> list[str]:
    """The key ids of the accounts that let whoever is signed in in."""
    party = view.required().caller.party
    keys = view.authority.access.issued()
    return [key.id for key in keys if key.party == party and key.form == "oidc" and key.revoked is None]


def unlink(view: View, form: Mapping[str, str]) -> Response:
    """Let an account of one's own let nobody in any more."""
    person = view.required()
    people.check_form(form, person.cookie)
    keyid = form.get("account", "")
    if keyid not in linked(view):
        raise BadInput(Fault("account", keyid, "one of your own accounts"), "form")
    row = persons.person_of(view.reader, person.caller.party)
    if row is not None:
        body = {"person": row["person"], "account": keyid.removeprefix("oidc-")}
        act = Act(persons.UNLINKED.id, body, key=f"portal:{secrets.token_hex(8)}")
        judging.act(view, act, person.caller)
        view.site.recorded()
    view.authority.access.revoke(keyid)
    onward = "/" if keyid == person.keyid else "/account?said=unlinked"
    return RedirectResponse(view.href(onward), status_code=303)


def _back(view: View) -> str:
    """Where the provider sends the browser back to, in whatever language it came: registered there as it is."""
    base = view.authority.settings.address or str(view.request.base_url)
    return f"{base.rstrip('/')}{BACK}"


def _made(secret: str, name: str) -> str:
    """State, nonce or verifier, from the secret in this browser's cookie."""
    return urlsafe_b64encode(hmac.new(secret.encode(), f"oidc {name}".encode(), "sha256").digest()).decode().rstrip("=")
