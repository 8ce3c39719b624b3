"""Names and addresses of what entries are about: nobody should have to read an identifier where there is a name."""

from __future__ import annotations

import re
from collections.abc import Mapping

from markupsafe import Markup

from commonweal.kernel import registry
from commonweal.kernel.disclosure import PUBLIC, Kind
from commonweal.kernel.instrument import Instrument, Page
from commonweal.kernel.record import Reader

_PART = re.compile(r"\{(\w+)(?::\w+)?\}")


def subject_pages(instruments: Mapping[str, Instrument]) -> dict[str, str]:
    """Which page shows a subject of each noun: the page with one `{part}` that is named after the noun.

    The part (or the page's id) is the noun itself, or the noun's kind is the instrument's and the part is called
    `subject`, `slug` or `id` under a folder named after the noun.
    """
    found: dict[str, str] = {}
    for instrument in instruments.values():
        nouns = {kind.noun for kind in instrument.kinds if kind.noun}
        for page in instrument.pages:
            for noun in nouns:
                if noun not in found and _shows(page, noun):
                    found[noun] = page.path
    return found


def _shows(page: Page, noun: str) -> bool:
    parts = _PART.findall(page.path)
    if len(parts) != 1 or not page.path.endswith("}"):
        return False
    folder = page.path.split("/")[-2]
    return noun in (parts[0], page.id, folder, folder.removesuffix("s"))


def hidden_nouns(kinds: Mapping[str, Kind]) -> frozenset[str]:
    """Nouns whose subjects' names are not public; their identifiers are made of names, so they are not shown."""
    return frozenset(kind.noun for kind in kinds.values() if kind.noun and kind.marking(kind.name_field) is not PUBLIC)


class Subjects:
    """Looks up names and addresses in the registry, in one language."""

    def __init__(self, reader: Reader, pages: Mapping[str, str], hidden: frozenset[str], prefix: str) -> None:
        self._reader, self._pages, self._hidden, self._prefix = reader, pages, hidden, prefix

    def shown(self, subject: str | None) -> bool:
        """Whether the public may read this identifier."""
        return subject is not None and subject.split(":")[0] not in self._hidden

    def name(self, subject: str) -> str:
        """The subject's name, or its identifier where it has none."""
        return self._found(subject) or subject

    def path(self, subject: str) -> str:
        """The language-free address of a subject's page, or ""."""
        if self._found(subject) is None:
            return ""
        noun, _, slug = subject.partition(":")
        page = self._pages.get(noun)
        if page is None:
            return f"/subjects/{subject}"
        part = _PART.search(page)
        return _PART.sub(subject if part and part[1] == "subject" else slug, page)

    def link(self, subject: str) -> Markup:
        path = self.path(subject)
        if not path:
            return Markup("<code>{}</code>").format(subject)
        return Markup('<a href="{}">{}</a>').format(self._prefix + path, self.name(subject))

    def _found(self, subject: str) -> str | None:
        row = registry.subject(self._reader, subject) if self.shown(subject) else None
        return str(row["name"]) if row else None
