"""Signing in and out: with a pasted key, with the key that a phone made itself, or by a one-time invitation."""

from __future__ import annotations

import base64
import hmac
import logging
import time
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from starlette.responses import RedirectResponse, Response

from commonweal.acceptance import Caller
from commonweal.kernel import persons
from commonweal.kernel.values import BadInput, CommonwealError, Conflict, Fault, Forbidden, NotFound
from commonweal.pacing import Buckets

from . import inbox, ledger_pages, oidc, passkeys, people, staff
from .site import View

SIGN_IN, ENROL, SIGN_OUT, ACCOUNT = "/sign-in", "/enrol", "/sign-out", "/account"
CHALLENGE_SECONDS = 300
# Ten failures at once, then one every half minute: enough for mistyping, and a key has 256 random bits anyway.
FAILURES_BURST, FAILURES_PER_S = 10.0, 1 / 30
HEADER = "commonweal/sign-in/v1"
LOG = logging.getLogger(__name__)


class Door:
    """What signing in needs beside a view: how often one address has failed lately."""

    def __init__(self) -> None:
        self._failures = Buckets("address")

    # ── pages ───────────────────────────────────────────────────────────────────────────────────────────────────

    def sign_in_page(self, view: View, fault: str = "", status: int = 200) -> Response:
        secret = people.visitor_secret(view.request, view.secure)
        values = {
            "title": view.say("Sign in"),
            "token": people.form_token(secret),
            "next": self._next(view, view.asked("next")),
            "challenge": challenge(view, secret),
            "log": view.authority.settings.origin,
            "oidc": view.authority.settings.oidc is not None,
            "fault": fault,
            "lent": view.asked("said") == "lent",
        }
        response = view.page("portal/sign_in.html", values, status=status)
        people.set_cookie(response, people.VISITOR_COOKIE, secret, view.secure, people.VISITOR_SECONDS)
        return response

    def enrol_page(self, view: View, fault: str = "", status: int = 200) -> Response:
        secret = people.visitor_secret(view.request, view.secure)
        values = {"title": view.say("Accept an invitation"), "token": people.form_token(secret), "fault": fault}
        response = view.page("portal/enrol.html", values, status=status)
        people.set_cookie(response, people.VISITOR_COOKIE, secret, view.secure, people.VISITOR_SECONDS)
        return response

    # ── forms ───────────────────────────────────────────────────────────────────────────────────────────────────

    def sign_in(self, view: View, form: Mapping[str, str]) -> Response:
        """Open a session for a pasted key, or for a device whose key signed the challenge."""
        self.check(view, form)
        keyid, how = (
            (self._by_device(view, form), "device") if form.get("signature") else (self._by_key(view, form), "key")
        )
        if not keyid:
            if resting := self._resting(view, form):
                return self.sign_in_page(view, _why_it_rests(view, resting), 403)
            if ended := view.authority.access.ran_out(form.get("key", "").strip()):
                told = view.say(
                    "This key is right, but it ran out on %(when)s. An administrator can give you another.",
                    when=view.voice.formats.when(ended),
                )
                return self.sign_in_page(view, str(told), 403)
            self.failed(view)
            return self.sign_in_page(view, str(view.say("That key is unknown, wrong, expired or revoked.")), 403)
        return self.signed_in(view, keyid, how, self._next(view, form.get("next", "")))

    def enrol(self, view: View, form: Mapping[str, str]) -> Response:
        """Make a key by an invitation and sign its holder in; without a device's key one is issued and shown once."""
        self.check(view, form)
        code, public = form.get("code", "").strip().rpartition("#")[2], form.get("public_key", "")
        second = form.get("second", "").strip().rpartition("#")[2]
        try:
            keyid, token = view.authority.access.accept(
                code, None if form.get("keep") else public or None, second=second
            )
        except (Forbidden, BadInput, Conflict) as error:
            self.failed(view)
            return self.enrol_page(view, _plain(view, error), error.status)
        if not token:
            return self._enrolled(view, keyid)
        response = view.page("portal/enrolled.html", {"title": view.say("Your key"), "key": token})
        response.headers["Cache-Control"] = "no-store"
        holder = view.authority.access.holder_of(keyid)
        if holder is None or passkeys.wanted(view, holder.party):
            return response
        return self._with_session(view, response, keyid, "key")

    def sign_out(self, view: View, form: Mapping[str, str]) -> Response:
        person = view.required()
        people.check_form(form, person.cookie)
        view.authority.access.end_session(person.session.id, person.caller.party)
        response = RedirectResponse(view.href("/"), status_code=303)
        response.delete_cookie(people.cookie_name(people.SESSION_COOKIE, view.secure), path="/", secure=view.secure)
        return response

    # ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────

    def check(self, view: View, form: Mapping[str, str]) -> None:
        """Raises `TooMany` for an address that failed too often, `Forbidden` for a form from elsewhere."""
        self.wait(view)
        held = view.request.cookies.get(people.cookie_name(people.VISITOR_COOKIE, view.secure), "")
        people.check_form(form, held)

    def wait(self, view: View) -> None:
        """Raises `TooMany` for an address that failed too often."""
        self._failures.take(view.comes_from, FAILURES_PER_S, FAILURES_BURST, cost=0.0)

    def failed(self, view: View) -> None:
        self._failures.take(view.comes_from, FAILURES_PER_S, FAILURES_BURST)

    @staticmethod
    def _by_key(view: View, form: Mapping[str, str]) -> str:
        holder = view.authority.access.caller_of(form.get("key", "").strip())
        return holder.keyid if holder and not view.authority.access.for_programs(holder) else ""

    @staticmethod
    def _by_device(view: View, form: Mapping[str, str]) -> str:
        """The id of the key that signed the challenge this browser was shown; "" where none did."""
        keyid, given = form.get("keyid", "")[:64], form.get("challenge", "")[:200]
        secret = people.visitor_secret(view.request, view.secure)
        found = view.authority.access.public_key(keyid)
        if found is None or not _fresh(view, given, secret) or not _signed(view, form, found[0]):
            return ""
        first = view.authority.access.spend_nonce(keyid, given, time.time() + CHALLENGE_SECONDS)
        return keyid if first else ""

    @staticmethod
    def _resting(view: View, form: Mapping[str, str]) -> str:
        """The party of a right key that opens nothing now, because they hold nothing; "" for any other key."""
        access = view.authority.access
        if not form.get("signature"):
            return access.resting(form.get("key", "").strip())
        found = access.resting_device(form.get("keyid", "")[:64])
        secret = people.visitor_secret(view.request, view.secure)
        if found is None or not _fresh(view, form.get("challenge", "")[:200], secret):
            return ""
        return found[1] if _signed(view, form, found[0]) else ""

    def _enrolled(self, view: View, keyid: str) -> Response:
        """A device's new key opens a session and is put into the record as one that signs approvals."""
        holder = view.authority.access.holder_of(keyid)
        if holder is None:
            return self._not_yet(view)
        caller = Caller(holder.party, holder.roles, holder.organisation)
        try:
            if inbox.may_register(view, caller) and "file" in holder.scopes:
                inbox.register_key(view, keyid, caller)
        except CommonwealError:  # the inbox says that it is not registered, and offers to do it again
            LOG.exception("the key %s of a device was not put into the record", keyid)
        return self.signed_in(view, keyid, "device", view.href("/inbox?said=enrolled"))

    def _not_yet(self, view: View) -> Response:
        """The key of somebody whose role begins later is made; it opens a session only then."""
        words = view.say("Your key is made. It opens nothing until your role begins: sign in with it then.")
        return self.sign_in_page(view, str(words), 403)

    def second(self, view: View, form: Mapping[str, str]) -> Response:
        """Open a session for who gave a key before, and now their passkey."""
        self.wait(view)
        try:
            keyid, how = passkeys.second(view, form)
        except (BadInput, Forbidden) as error:
            self.failed(view)
            return passkeys.refused(view, error)
        onward = RedirectResponse(self._next(view, form.get("next", "")), status_code=303)
        return self._with_session(view, onward, keyid, how)

    def signed_in(self, view: View, keyid: str, how: str, onward: str) -> Response:
        """A session, or the question for the passkey where its holder has one."""
        holder = view.authority.access.holder_of(keyid)
        if holder is not None and passkeys.wanted(view, holder.party):
            return passkeys.begun(view, keyid, how, onward)
        return self._with_session(view, RedirectResponse(onward, status_code=303), keyid, how)

    @staticmethod
    def _with_session(view: View, response: Response, keyid: str, how: str) -> Response:
        before = people.person_of(view.request, view.authority.access, view.secure)
        if before is not None:  # whoever was signed in here before no longer is
            view.authority.access.end_session(before.session.id, before.caller.party)
        view.take_up_key(response)
        cookie = view.authority.access.open_session(keyid, form=how, label=people.device_words(view.request))
        people.set_cookie(response, people.SESSION_COOKIE, cookie, view.secure, people.SESSION_SECONDS)
        return response

    @staticmethod
    def _next(view: View, asked: str) -> str:
        return people.local_path(asked, view.href("/inbox"))


def _signed(view: View, form: Mapping[str, str], public: bytes) -> bool:
    """Whether a device's key signed the challenge that a form carries."""
    keyid, given = form.get("keyid", "")[:64], form.get("challenge", "")[:200]
    text = f"{HEADER}\n{view.authority.settings.origin}\n{keyid}\n{given}\n"
    try:
        signature = base64.b64decode(form["signature"][:200], validate=True)
        Ed25519PublicKey.from_public_bytes(public).verify(signature, text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def _why_it_rests(view: View, party: str) -> str:
    """What whoever holds nothing now is told, and when that ends."""
    ends = persons.lent_until(view.reader, party, view.reading.now)
    if ends:
        return str(
            view.say(
                "This key is right. You lent all that you hold until %(when)s, so it opens nothing until then. An "
                "administrator can take the loan back.",
                when=view.voice.formats.when(ends),
            )
        )
    return str(
        view.say("This key is right, but you hold no role here now. An administrator can say why, and invite you anew.")
    )


def account_page(view: View) -> Response:
    """Who one is signed in as, and where else."""
    person = view.required()
    sessions = [
        {**one.as_dict(), "here": one.id == person.session.id}
        for one in view.authority.access.sessions(person.caller.party)
    ]
    return view.page(
        "portal/account.html",
        {
            "title": view.say("You"),
            "roles": staff.offices(view, person.caller.roles),
            "signed": inbox.how_signed(view, person),
            "sessions": sessions,
            "said": view.asked("said"),
            "number": staff.own_number(view).partition(":")[2],
            "withheld": staff.offices(view, _withheld(view)),
            "oidc": view.authority.settings.oidc is not None,
            "accounts": oidc.linked(view),
            "ledger": ledger_pages.may_read(view),
        },
    )


def _withheld(view: View) -> tuple[str, ...]:
    """What who is signed in holds, and their key does not carry, for it was made before they came to it."""
    access, person = view.authority.access, view.required()
    whole = access.whole(person.keyid)
    return tuple(role for role in whole if role not in person.caller.roles)


def end_session(view: View, form: Mapping[str, str]) -> Response:
    """End a session of one's own, here or on another device."""
    person = view.required()
    people.check_form(form, person.cookie)
    asked = form.get("session", "")
    try:
        view.authority.access.end_session(asked, person.caller.party)
    except NotFound as error:
        raise BadInput(Fault("session", asked, "one of your own sessions"), "form") from error
    onward = view.href("/" if asked == person.session.id else f"{ACCOUNT}?said=ended")
    return RedirectResponse(onward, status_code=303)


def challenge(view: View, secret: str, now: float | None = None) -> str:
    """What a device signs to sign in: made for this browser, good for five minutes, spent once."""
    at = f"{int(time.time() if now is None else now):x}"
    seal = hmac.new(secret.encode(), f"challenge {at} {view.authority.settings.origin}".encode(), "sha256")
    return f"{at}.{seal.hexdigest()[:48]}"


def _fresh(view: View, given: str, secret: str) -> bool:
    at = given.partition(".")[0]
    if not (0 < len(at) < 12 and set(at) <= set("0123456789abcdef")):
        return False
    made = int(at, 16)
    right = hmac.compare_digest(given.encode(), challenge(view, secret, made).encode())
    return right and 0 <= time.time() - made <= CHALLENGE_SECONDS


def _plain(view: View, error: Any) -> str:
    if isinstance(error, persons.HalfACode):
        return str(
            view.say("That is half of it: two administrators let you in, and each gives you a code. Enter both.")
        )
    if isinstance(error, Forbidden):
        return str(view.say("This invitation is unknown, was used already, or has run out. Ask for a new one."))
    if isinstance(error, Conflict):
        return str(view.say("This device's key is registered already: sign in with it."))
    return str(view.say("The key that this browser made cannot be read. Try another browser."))
