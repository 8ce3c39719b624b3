"""What a form says beforehand that everybody may know of what is filed with it."""

from __future__ import annotations

from typing import Any

from commonweal.forms import REPORTER, is_for
from commonweal.kernel.instrument import Form

from .site import View


def told_to_anyone(view: View, form: Form) -> dict[str, Any]:
    """What a page says everybody may know of what is filed with a form."""
    kind = view.authority.kinds[form.kind]
    return {
        "seen": _seen(view, form),
        "confides": kind.confides,
        "body": view.person.caller.organisation if view.person is not None else "",
        "watched": {"every": view.authority.witnesses.batches.minutes} if is_public(view, form) else None,
    }


def _seen(view: View, form: Form) -> list[str]:
    """What everyone may read of the answers, in words."""
    pages = [page for page in form.pages if not page.also and is_for(page, view.roles)]
    asked = {question.field.partition(".")[0] for page in pages for question in page.questions} - {form.reference}
    titles = [
        view.site.field_title(name, view.language.code)
        for name in view.public_fields(view.authority.kinds[form.kind])
        if name in asked
    ]
    titles = [one if one[1:2].isupper() else one[:1].lower() + one[1:] for one in titles]  # they stand in a sentence
    files = any(question.control == "files" for page in pages for question in page.questions)
    return [
        *([str(view.say("the reference that you get"))] if form.reference else []),
        *titles,
        *([str(view.say("how many files come with it"))] if files else []),
    ]


def is_public(view: View, form: Form) -> bool:
    """Whether anybody may use a form, without a key."""
    return REPORTER in view.authority.kinds[form.kind].files
