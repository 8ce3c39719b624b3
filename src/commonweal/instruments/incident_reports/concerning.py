"""Which organisations and systems a report or an incident is about, and how each is compared, however it is spelt.

A link to the register comes first: what it points to is called as the register has it, and a model brings in whose it
is. Names are compared as identifiers are made of them, without the legal forms at their end that the text in force
lists (`rules/conflicts.toml`): `Example Lab Inc.`, `example lab` and `organisation:example-lab` are one.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from commonweal.kernel import registry
from commonweal.kernel.instrument import Reader, Text
from commonweal.kernel.values import period

RULE = "incident_reports.conflicts"
Role = Literal["developer", "deployer", "system"]
ROLES: Mapping[Role, Text] = {
    "developer": Text(en="Developer", zh="开发者"),
    "deployer": Text(en="Deployer", zh="部署者"),
    "system": Text(en="System", zh="系统"),
}
FIELDS: Mapping[str, Role] = {
    "developer": "developer", "developer_named": "developer", "developers_named": "developer",
    "deployer_named": "deployer", "deployers_named": "deployer",
    "models": "system", "system_named": "system", "systems_named": "system",
}  # fmt: skip
"""The fields of reports and of incidents that name what they are about."""
_REPORTS_AS: Mapping[str, Role] = {"provider": "developer", "deployer": "deployer"}
_APART = re.compile(r"[^\w.]+|_+")


class Conflicts(registry.Head):
    """How long a former post counts, what the authority itself is called, and what is said of it, and legal forms."""

    former_employer: str
    own: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    legal_forms: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    about_itself: registry.Words | None = None


@functools.lru_cache(maxsize=8)
def read(text: str) -> Conflicts:
    """What a text of conflicts of interest says. Raises `BadInput` naming every fault."""
    found = registry.read_text(Conflicts, text, RULE)
    period(found.former_employer, "former_employer")
    return found


def text_in_force(reader: Reader) -> Mapping[str, Any]:
    """The adopted text of conflicts of interest, which lists the legal forms; nothing where none was adopted."""
    found = registry.newest_read(reader, RULE, read)
    return registry.parsed(found[1]["text"], found[1]["media_type"]) if found else {}


def named(reader: Reader, body: Mapping[str, Any]) -> Iterator[tuple[Role, str]]:
    """Each developer, deployer and system of a report or incident, by identifier or by name, as it is said there."""
    for field, role in FIELDS.items():
        said = body.get(field) or ()
        yield from ((role, one) for one in ((said,) if isinstance(said, str) else said))
    yield from (("developer", owner) for model in body.get("models") or () if (owner := developer(reader, model)))
    if body.get("organisation") and body.get("reporter") in _REPORTS_AS:
        yield _REPORTS_AS[body["reporter"]], body["organisation"]


def organisations(reader: Reader, body: Mapping[str, Any]) -> list[str]:
    """The organisations that a report or incident concerns, as whatever it has one report it too."""
    found = [one for role, one in named(reader, body) if role != "system"]
    return list(dict.fromkeys([*found, *([body["organisation"]] if body.get("organisation") else [])]))


def developer(reader: Reader, model: str) -> str:
    """The organisation whose a registered model is; "" where the register has none."""
    row = registry.subject(reader, model)
    return str(row["body"].get("organisation") or "") if row is not None else ""


class Names:
    """What organisations and systems are called at one authority, while nothing is filed."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self._forms: Sequence[str] = tuple(form.casefold() for form in text_in_force(reader).get("legal_forms", ()))
        self.key = functools.cache(self._key)
        """By role and what was said: what all spellings of one organisation or system have in common."""

    def called(self, said: str) -> str:
        """As the register has what an identifier points to; else what was said, without its noun."""
        noun, _, rest = said.partition(":")
        if noun not in ("organisation", "model") or not rest:
            return said
        row = registry.subject(self.reader, said)
        return str(row["name"] or rest) if row is not None and not row["erased"] else rest

    def known_as(self, organisation: str) -> list[str]:
        """What an organisation is called: as the register has it, without its legal form, and by its identifier."""
        slug = organisation.partition(":")[2].replace("-", " ")
        return list(dict.fromkeys((self.called(organisation), self.bare("developer", organisation), slug)))

    def bare(self, role: Role, said: str) -> str:
        """What somebody or something is called, in small letters; an organisation without its legal forms."""
        called = self.called(said)
        return called.casefold().strip() if role == "system" else self._without_forms(called)

    def keys(self, said: str) -> frozenset[str]:
        """All by which an organisation may be found: its name as the register has it, and its identifier."""
        return frozenset((self.key("developer", said), _plain(self._without_forms(said.removeprefix("organisation:")))))

    def _key(self, role: Role, said: str) -> str:
        return _plain(self.bare(role, said))

    def _without_forms(self, name: str) -> str:
        plain = name.casefold().strip(" .,")
        while bare := next((cut for form in self._forms if (cut := _without(plain, form))), ""):
            plain = bare
        return plain


def _plain(name: str) -> str:
    """A name in small letters without accents, its words apart by strokes; Han characters stay, and so does a name
    of signs alone."""
    letters = (one for one in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(one))
    return _APART.sub("-", "".join(letters)).strip("-.") or name


def _without(plain: str, form: str) -> str:
    """A name without a legal form at its end, apart by a blank or a stroke (in Chinese by nothing); "" if not there."""
    cut = plain.removesuffix(form.rstrip("."))
    if cut in (plain, "") or (form.isascii() and cut[-1] not in " ,-."):
        return ""
    return cut.rstrip(" ,-.")
