"""A draft that was begun under a key goes on without it: for who finds, as they write, that they report their own."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from commonweal.forms import REPORTER, is_for, notices_of, reference
from commonweal.kernel.values import NotFound
from commonweal.pacing import Buckets

from . import drafting, forms, paces, people
from .drafting import Content, Writing
from .forms import Sent, last
from .site import View

_MOVED = Buckets("address")


def go_on(view: View, sent: Sent) -> Response:
    """Lay the key aside, take the draft along under a new name and reference, and show its answers. Raises `NotFound`.

    What only people who are signed in are asked is left behind, and nothing is left under the key.
    """
    people.check_form({"token": last(sent, "token")}, view.draft_cookie)
    writing = forms.writing_of(view)
    if writing is None or not offered(writing):
        raise NotFound("draft that goes on without a key", view.path)
    before, content = writing.secret, _without_key(writing)
    view.lay_key_aside()
    paces.take(view, _MOVED, forms.BEGUN_PER_S, forms.BEGUN_BURST)
    moved = drafting.begun(view, writing.form, content)
    moved.save(lambda content: None)  # its files are kept as long as it is
    view.authority.access.drop_draft(before, writing.kept.id)
    response = RedirectResponse(view.href(f"{moved.path}/check"), status_code=303)
    people.set_cookie(response, people.KEYLESS_COOKIE, "1", view.secure, None)
    return drafting.with_cookie(view, response, keeps=True)


def offered(writing: Writing) -> bool:
    """Whether a draft may go on without the key of who is signed in: a new filing, of a kind that anybody files."""
    view, content = writing.view, writing.content
    if view.person is None or content.amends is not None or content.filed is not None:
        return False
    if REPORTER not in view.authority.kinds[writing.form.kind].files:
        return False
    return any(one.keyless for one in notices_of(writing.form, content.answers, roles=view.roles))


def _without_key(writing: Writing) -> Content:
    form, content = writing.form, writing.content
    asked = {one.field for page in form.pages if is_for(page, None) for one in page.questions}
    answers = {name: answer for name, answer in content.answers.items() if name in asked}
    named = reference(form.prefix, writing.view.reading.now) if form.reference else ""
    return Content(answers=answers, reference=named, files=dict(content.files))
