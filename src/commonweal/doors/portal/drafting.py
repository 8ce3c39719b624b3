"""A draft while it is written: whose it is, what it holds, and how two saves at once both count."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from starlette.responses import Response

from commonweal.attaching import Held
from commonweal.forms import reference
from commonweal.kernel.instrument import Form
from commonweal.kernel.values import Busy, CommonwealError, Conflict, digest

from . import paces, people
from .site import View

Kept = TypeVar("Kept")
COOKIE_SECONDS = 60 * 86400
SAVED_AGAIN_MAX = 8
RECEIPTS_KEPT = 3
FILED_SHOWN = timedelta(minutes=30)


@dataclass
class Content:
    """What a draft holds. `at` is, by page, when its newest save was typed, as the sender's clock says.

    `code` is made before the filing is, so that a form sent twice is one act by one party. `amends` names the
    subject of which this becomes a new version, whose it is, the entry that was its newest version when this began, and
    the one whose `words` it began from. `files` holds by SHA-256 what opens each file that was
    sent for this draft; `keeps` says of fields of the version before that are not asked whether its writer keeps them
    (`keeping_on`). Once filed, `filed` is all that is left, for half an hour.
    """

    answers: dict[str, Any] = field(default_factory=dict)
    reference: str = ""
    code: str = ""
    at: dict[str, int] = field(default_factory=dict)
    amends: dict[str, str] | None = None
    filed: dict[str, Any] | None = None
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    keeps: dict[str, bool] = field(default_factory=dict)

    def packed(self) -> bytes:
        return json.dumps(asdict(self), ensure_ascii=False).encode()

    def says(self) -> str:
        """A digest of what would be filed, for a page that shows it: what was changed since is shown before it is."""
        return digest(json.dumps([self.answers, self.amends, self.keeps], sort_keys=True).encode())[:16]

    def held(self) -> list[Held]:
        """The files that were sent for this draft."""
        return [Held.unpacked(found) for found in self.files.values()]

    def add(self, name: str, held: Held) -> None:
        """Put a file to the answer of a question."""
        told = held.attachment.model_dump()
        self.answers[name] = [*(self.answers.get(name) or []), told]
        self.files[told["sha256"]] = held.packed()

    def take_out(self, name: str, sha256: str) -> None:
        """Take a file out of the answer of a question."""
        self.answers[name] = [item for item in self.answers.get(name) or [] if item["sha256"] != sha256]
        self.files.pop(sha256, None)


@dataclass(frozen=True)
class Came(Generic[Kept]):
    """A file that came with a page, for the question of a field: kept, or what is wrong with it."""

    field: str
    held: Kept | None
    fault: CommonwealError | None


class Posted(dict[str, list[str]], Generic[Kept]):
    """What a page sent, by name, in order, and the file that came with it."""

    came: Came[Kept] | None = None


@dataclass
class Writing:
    """A draft that is open in a request. `kept` is the row, `content` what it says."""

    view: View
    form: Form
    secret: str
    kept: Any
    content: Content

    @property
    def path(self) -> str:
        return f"/forms/{self.form.id}/{self.kept.id}"

    def lasts(self, now: datetime) -> datetime:
        """Until when a draft that is changed now is kept."""
        return now + timedelta(days=self.form.keeps_days)

    def save(self, change: Callable[[Content], None], keeps: timedelta | None = None) -> None:
        """Change what the draft holds and save it; over another save in between, the change is made again.

        Its files are kept as long, and those it names no more are let go.
        """
        before, attachments = self.content.held(), self.view.authority.attachments
        self._save(change, keeps)
        held = self.content.held()
        attachments.hold(held, self.lasts(self.view.reading.now))
        left = {one.file.address for one in held}
        attachments.release([one for one in before if one.file.address not in left])

    def _save(self, change: Callable[[Content], None], keeps: timedelta | None) -> None:
        access = self.view.authority.access
        for _ in range(SAVED_AGAIN_MAX):
            change(self.content)
            saved = access.save_draft(
                self.secret, self.kept, self.content.packed(), keeps or timedelta(days=self.form.keeps_days),
                paces.sender(self.view),
            )  # fmt: skip
            if saved is not None:
                self.kept = saved
                return
            newer = access.draft(self.secret, self.kept.id)
            if newer is None:
                raise Conflict("this draft was deleted or filed meanwhile; nothing was saved")
            self.kept, self.content = newer, Content(**json.loads(newer.content))
        raise Busy("this draft is being saved from several places at once; send the page again")


def secret_of(view: View) -> str:
    """The secret of this browser's drafts for whoever is signed in: another person on it reads none of them."""
    return f"{view.draft_cookie}:{view.person.caller.party if view.person else ''}"


def with_cookie(view: View, response: Response, *, keeps: bool = False) -> Response:
    """The response, with this browser's secret, and kept by nobody on the way.

    Where a draft `keeps`, the secret outlasts the browser's window; who only looks has it until that is closed.
    """
    name = people.cookie_name(people.DRAFT_COOKIE, view.secure)
    if keeps or view.request.cookies.get(name) != view.draft_cookie:
        people.set_cookie(
            response, people.DRAFT_COOKIE, view.draft_cookie, view.secure, COOKIE_SECONDS if keeps else None
        )
    response.headers["Cache-Control"] = "private, no-store"
    return response


def begun(view: View, form: Form, content: Content | None = None) -> Writing:
    """A new draft of a form. Raises `BadInput`, `TooLarge` and `Busy` as the engine does."""
    made = content or Content(reference=reference(form.prefix, view.reading.now) if form.reference else "")
    keeps = timedelta(days=form.keeps_days)
    secret = secret_of(view)
    filed = [one for one in view.authority.access.drafts(secret) if json.loads(one.content)["filed"]]
    for one in filed[RECEIPTS_KEPT:]:  # what is filed makes room for what is not
        view.authority.access.drop_draft(secret, one.id)
    kept = view.authority.access.begin_draft(secret, form.id, made.packed(), keeps, paces.sender(view))
    return Writing(view, form, secret, kept, made)


def opened(view: View, form: Form, draft_id: str) -> Writing | None:
    """This browser's draft of a form; None where it has none of that name (any more)."""
    secret = secret_of(view)
    kept = view.authority.access.draft(secret, draft_id)
    if kept is None or kept.form != form.id:
        return None
    return Writing(view, form, secret, kept, Content(**json.loads(kept.content)))


def without_cookie(view: View, response: Response) -> Response:
    """The response, by which the browser forgets its secret where no draft is left that it opens."""
    if not view.authority.access.drafts(secret_of(view)):
        name = people.cookie_name(people.DRAFT_COOKIE, view.secure)
        response.delete_cookie(name, path="/", secure=view.secure)
    return response


def all_of(view: View, form: Form) -> list[Writing]:
    """This browser's drafts of a form that are not filed, changed last first."""
    secret = secret_of(view)
    found = [
        Writing(view, form, secret, kept, Content(**json.loads(kept.content)))
        for kept in view.authority.access.drafts(secret)
        if kept.form == form.id
    ]
    return [one for one in found if one.content.filed is None]
