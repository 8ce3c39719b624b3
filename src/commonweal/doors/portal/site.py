"""The portal's site: one authority, its templates and catalogues, and what every page is told."""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import CodeType
from typing import Any

from jinja2 import BaseLoader, BytecodeCache, ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from commonweal import dues, sight
from commonweal.acceptance import Caller
from commonweal.authority import EVERYONE, Authority, HouseReading
from commonweal.authority.condition import is_ahead
from commonweal.forms import REPORTER
from commonweal.kernel import indicators
from commonweal.kernel.disclosure import ROLES, Kind
from commonweal.kernel.instrument import Chart, Page
from commonweal.kernel.record import Reader, Stored
from commonweal.kernel.values import CommonwealError, Text, cited, is_cited_in, stamp
from commonweal.pacing import comes_from
from commonweal.sight import Sight
from commonweal.telemetry import note

from . import people
from .cells import Cells, nested
from .charts import Drawing, drawing
from .fields import FIELDS, office_words, title_of
from .formats import Formats, raised
from .languages import HERE, LANGUAGES, VARIES, Language, Words, translations
from .refusals import Refusals
from .subjects import Nouns, Subjects

TEMPLATES = HERE / "templates"
STATIC = HERE / "static"


@dataclass(frozen=True, slots=True)
class MenuItem:
    """An entry of the menu; `here` is the value of `aria-current` on the page that is shown."""

    title: str
    address: str
    path: str
    here: str = ""


@dataclass(frozen=True, slots=True)
class Voice:
    """How one language (and one instrument) speaks: templates, messages, formats, names."""

    environment: Environment
    words: Words
    formats: Formats
    cells: Cells
    subjects: Subjects


def _is_body(code: str) -> bool:
    """Whether an organisation is named by what it is called on the register, and no role or office by its code."""
    return ":" in code and not code.startswith("role:")


class _Compiled(BytecodeCache):
    """Templates compiled once a process, however many languages and instruments show them."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._found.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._found[bucket.key, bucket.checksum] = bucket.code


_COMPILED = _Compiled()
_SHOWN_ON: ContextVar[View] = ContextVar("whose page is made")
REPORTERS = ("/forms", "/return")
"""Where people file and come back who need no key."""


class Site:
    """Everything that pages share. One for the life of the door; safe to use from any thread."""

    def __init__(self, authority: Authority, wake: Callable[[], None] | None = None) -> None:
        self.authority, self._wake = authority, wake
        self.nouns = Nouns.of(authority.instruments, sight.hidden_nouns(authority))
        self._voices: dict[tuple[str, str], Voice] = {}
        self._refusals: dict[str, Refusals] = {}
        self._newest = (0, "")
        self._fields = {name: title for item in authority.instruments.values() for name, title in item.fields.items()}

    def field_title(self, name: str, language: str) -> str:
        """What a field is called: as the house has it, else as an instrument that has the field calls it."""
        if name not in FIELDS and name in self._fields:
            return self._fields[name].in_(language)
        return str(self.voice(language).words.say(title_of(name)))

    def kind_title(self, kind: str, language: str) -> str:
        """What a kind of entry is called; its identifier where it is no longer known."""
        known = self.authority.kinds.get(kind)
        return known.title.in_(language) if known else kind

    def clock_is_behind(self) -> bool:
        """Whether the newest entry is dated well after what the clock says: what is told as late may not be late."""
        store = self.authority.store
        if self.authority.settings.replay:
            return False
        size, when = self._newest
        if (now_size := store.size()) != size:
            newest = store.newest()
            size, when = self._newest = (now_size, newest.time if newest else "")
        return bool(when) and is_ahead(when, self.authority.clock.now())

    def recorded(self) -> None:
        """Something was recorded: follow it, so that the next page shows what came of it; in a rush as far as it
        comes, and what was recorded is answered as such all the same."""
        if self._wake is None:
            self.authority.follow()
            return
        self._wake()
        dues.catch_up(self.authority)

    def folder(self, instrument: str) -> Path | None:
        item = self.authority.installed.get(instrument)
        return item.folder if item else None

    def words(self, language: str, instrument: str = "") -> Words:
        """The messages of one instrument, then the portal's, then those of the other instruments."""
        order = sorted(self.authority.installed, key=lambda name: name != instrument)
        folders = [(self.authority.installed[name].folder / "messages", name) for name in order]
        own = folders[:1] if instrument else []
        rest = folders[1:] if instrument else folders
        return Words(translations(language, *own, (HERE / "messages", "portal"), *rest))

    def refusals(self, language: str) -> Refusals:
        """What rooms and mechanisms refuse with, in a language: their own words first, then the portal's."""
        if language not in self._refusals:
            folders = [item.folder / "messages" for item in self.authority.installed.values()]
            righted = [kind.righted for kind in self.authority.kinds.values() if kind.righted is not None]
            self._refusals[language] = Refusals(language, [*folders, HERE / "messages"], righted)
        return self._refusals[language]

    def message(self, message: str) -> Text:
        """A message of the portal's catalogue as a text in every language, for lists that the portal declares."""
        return Text({code: str(self.voice(code).words.say(message)) for code in LANGUAGES})

    def voice(self, language: str, instrument: str = "") -> Voice:
        """The templates of the portal, or of one instrument over the portal's, in one language."""
        key = (language, instrument)
        if key not in self._voices:
            self._voices[key] = self._made(language, instrument)
        return self._voices[key]

    def _made(self, language: str, instrument: str) -> Voice:
        words = self.words(language, instrument)
        formats = Formats(language, self.authority.settings.imprint.zone)
        prefix = LANGUAGES[language].prefix
        subjects = Subjects(self.authority.reader, self.nouns, language, prefix)
        cells = Cells(formats, words, subjects)
        folder = self.folder(instrument)
        loaders: list[BaseLoader] = [FileSystemLoader(TEMPLATES)]
        if folder is not None:
            loaders.append(FileSystemLoader(folder / "pages"))
        environment = Environment(
            loader=ChoiceLoader(loaders), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
            lstrip_blocks=True, auto_reload=False, bytecode_cache=_COMPILED,
        )  # fmt: skip
        environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "sort_keys": True}
        environment.globals.update(
            _=words.say,
            gettext=words.say,
            ngettext=words.count,
            language=language,
            static=static_address,
            headings=cells.headings,
            cell=cells.cell,
            show=cells.show,
            state_tag=cells.state,
            drawing=functools.partial(_drawing, language=language),
            href=cells.address,
            on_record=lambda index: _SHOWN_ON.get().on_record(index),
            field_title=functools.partial(self.field_title, language=language),
            kind_title=functools.partial(self.kind_title, language=language),
            lays_out=lambda: self.authority.lays_out,
            office=lambda code: subjects.name(code) if _is_body(code) else words.say(office_words(code)),
            subject_link=subjects.link,
            subject_name=subjects.name,
        )
        environment.filters.update(
            number=formats.number,
            percent=formats.percent,
            flop=formats.flop,
            date=formats.date,
            when=formats.when,
            text=functools.partial(in_language, language=language),
            show=cells.show,
            subject=subjects.link,
            party=subjects.party,
            plain=cells.plain,
            filed=cells.filed,
            version=formats.version,
            cited=functools.partial(_cited, language=language),
        )
        environment.tests["nested"] = nested
        environment.globals["parts"] = environment.get_template("parts.html").module
        return Voice(environment, words, formats, cells, subjects)

    def view(self, request: Request, instrument: str = "", route: str = "") -> View:
        """What one request sees. `route` is the address without what stands in its `{parts}`."""
        language: Language = request.scope["portal.language"]
        return View(self, request, language, instrument, route)


class View:
    """One request: its language, its reading of the projections, and how its page is rendered."""

    def __init__(self, site: Site, request: Request, language: Language, instrument: str, route: str) -> None:
        self.site, self.request, self.language, self.instrument, self.route = site, request, language, instrument, route
        self.authority = site.authority
        self.voice = site.voice(language.code, instrument)
        self.say, self.subjects, self.cells = self.voice.words.say, self.voice.subjects, self.voice.cells
        self.path: str = request.scope["portal.path"]
        self._sights: list[Sight] = []
        self.judged = False  # whether something sent with this request is being judged, or was refused (`judging`)

    @property
    def secure(self) -> bool:
        return people.is_secure(self.request, self.authority.settings.address)

    @property
    def comes_from(self) -> str:
        """The address that this request counts against (`pacing.comes_from`)."""
        peer = self.request.client.host if self.request.client else ""
        forwarded = self.request.headers.getlist("x-forwarded-for")
        return comes_from(peer, forwarded, self.authority.settings.trusted_proxies)

    @property
    def roles(self) -> Sequence[str] | None:
        """The roles of whoever is signed in; None: nobody is."""
        return self.person.caller.roles if self.person is not None else None

    @functools.cached_property
    def person(self) -> people.Person | None:
        """Who is signed in, or None: of who is here without their key nobody looks up whether they have one."""
        if self.keyless:
            return None
        found = people.person_of(self.request, self.authority.access, self.secure)
        if found is None and self.route.startswith(REPORTERS):
            note(self.request.scope, caller=REPORTER)
        return found

    @functools.cached_property
    def keyless(self) -> bool:
        """Whether somebody is here by return code, or chose to file without their key. A browser is one of the two."""
        cookie = people.cookie_name(people.KEYLESS_COOKIE, self.secure)
        if not self.visitor and not self.request.cookies.get(cookie):
            return False
        note(self.request.scope, caller=REPORTER)
        return True

    def take_up_key(self, response: Response) -> None:
        """End what this browser does without a key: a visit by code, and filing without one."""
        visit = people.cookie_name(people.RETURN_COOKIE, self.secure)
        self.authority.access.end_visit(self.request.cookies.get(visit, "")[:200])
        for name in (visit, people.cookie_name(people.KEYLESS_COOKIE, self.secure)):
            if name in self.request.cookies:
                response.delete_cookie(name, path="/", secure=self.secure)

    def lay_key_aside(self) -> None:
        """Answer this request as to somebody without a key, whoever is signed in."""
        self.keyless = True
        self.__dict__.pop("person", None)
        note(self.request.scope, caller=REPORTER)

    @functools.cached_property
    def visitor(self) -> str:
        """As which party somebody came back by return code; "" for nobody."""
        cookie = self.request.cookies.get(people.cookie_name(people.RETURN_COOKIE, self.secure), "")
        found: str = self.authority.access.visitor_of(cookie[:200]) if cookie else ""
        if found:
            note(self.request.scope, caller=REPORTER)
        return found

    @functools.cached_property
    def draft_cookie(self) -> str:
        """The secret that this browser's drafts are sealed under; a new one where it has none."""
        return people.kept_secret(self.request, self.secure, people.DRAFT_COOKIE)

    def required(self) -> people.Person:
        """Who is signed in. Raises `SignInFirst`."""
        if self.person is None:
            raise SignInFirst(self.path)
        return self.person

    def asked(self, name: str) -> str:
        """A parameter of the address, cut to a length that a page can bear; "" for none."""
        return self.request.query_params.get(name, "")[:500]

    @functools.cached_property
    def sight(self) -> Sight:
        """What whoever is signed in, or came back by return code, may see here; it is logged before the page leaves."""
        person = self.person if self.person is not None and self.person.reads else None
        if self.visitor:
            return self.sight_of(Caller(self.visitor, (REPORTER,)))
        return self.sight_of(person.caller if person else None)

    def sight_of(self, caller: Caller | None) -> Sight:
        """What one caller may see here."""
        own = self.person is not None and caller is not None and caller.party == self.person.caller.party
        keyid = self.person.keyid if self.person is not None and own else ""
        made = Sight(
            self.authority, caller, f"portal {self.route}", keyid=keyid, purpose=self.asked("purpose")
        )  # fmt: skip
        self._sights.append(made)
        return made

    def logged(self) -> None:
        """Write down what was read on this page. Raises `Busy` and `RecordFault`: then it must not leave."""
        for made in self._sights:
            made.logged()

    @functools.cached_property
    def reading(self) -> HouseReading:
        """As everyone reads: of lists, which leave as files too."""
        return self.authority.reading(self.language.code)

    def reading_here(self) -> HouseReading:
        """As whoever is signed in reads: of pages, which shared caches do not keep."""
        party = self.sight.caller.party if self.sight.caller else ""
        return self.authority.reading(self.language.code, party, self.sight)

    def roles_towards(self, stored: Stored) -> str:
        """As what whoever is signed in reads an entry, in words; "" for the public."""
        roles = sorted(self.sight.audience_of(stored).roles - {"public"})
        return str(self.say(", ")).join(self.text(ROLES[one]) if one in ROLES else self.office(one) for one in roles)

    def admits(self, page: Page) -> bool:
        """Whether a page is for whoever is looking: for everyone, or for one of their roles."""
        caller = self.sight.caller
        return not page.roles or (caller is not None and bool(set(page.roles) & set(caller.roles)))

    @property
    def reader(self) -> Reader:
        return self.reading.tables

    def public_fields(self, kind: Kind) -> list[str]:
        """The fields of a kind that everyone may read, in the order of its schema."""
        seen = self.authority.policies.seen(EVERYONE, kind)
        return [name for name in kind.schema.model_fields if name in seen]

    def text(self, value: Any) -> str:
        return in_language(value, self.language.code)

    def office(self, code: str) -> str:
        """A role or an organisation in words."""
        return str(self.voice.subjects.name(code) if _is_body(code) else self.say(office_words(code)))

    def href(self, path: str) -> str:
        return self.language.address(path)

    def next_batch(self) -> datetime | None:
        """When what was recorded lately comes into the public record, where that is in batches; None for who is told of
        all of it at once."""
        batches = self.authority.witnesses.batches
        return batches.next_turn() if batches and not self.sight.whole else None

    def on_record(self, index: int | None) -> Markup:
        """Where an entry stands, for a page that says what the public may know; "" for none. Of one that comes with the
        next batch, only when: its number would say how much came since the last."""
        if index is None:
            return Markup("")
        if index < self.sight.size:
            words = self.say("Entry %(index)s", index=index)
            return Markup('<a href="{}">{}</a>').format(self.href(f"/record/{index}"), words)
        next_ = self.voice.formats.when(stamp(self.authority.witnesses.batches.next_turn()))
        return escape(self.say("in the public record from %(when)s", when=next_))

    def page(self, template: str, values: Mapping[str, Any] | None = None, *, status: int = 200) -> HTMLResponse:
        """Render a template with its values and with what every page is told (`site`)."""
        told = {"title": "", **(values or {}), "site": self._site()}
        shown = _SHOWN_ON.set(self)
        try:
            html = self.voice.environment.get_template(template).render(told)
        finally:
            _SHOWN_ON.reset(shown)
        headers = {"Content-Language": self.language.tag, "Vary": "Cookie" if self.language.prefix else VARIES}
        if self.person is not None or self.keyless:
            headers["Cache-Control"] = "private, no-store"
        return HTMLResponse(html, status_code=status, headers=headers)

    def _site(self) -> dict[str, Any]:
        size, root = log_head(self.authority, whole=self.sight.whole)
        settings, ring = self.authority.settings, self.authority.store.keyring()
        return {
            "name": self.text(settings.name),
            "origin": settings.origin,
            "replay": settings.replay,
            "made_up_from": indicators.made_up_from(self.reader, ever=True) if settings.replay else None,
            "exercise": settings.exercise,
            "closed": ring.closed is not None,
            "goes_on": ring.successor,
            "behind": self.site.clock_is_behind(),
            "size": size,
            "root": root,
            "now": self.reading.now,
            "language": self.language,
            "languages": [
                {
                    "tag": other.tag,
                    "name": other.name,
                    "here": other.code == self.language.code,
                    "address": other.address(self.path)
                    + (f"?{self.request.url.query}" if self.request.url.query else ""),
                }
                for other in (LANGUAGES[code] for code in settings.imprint.languages)
            ],
            "menu": self._menu(),
            "person": self.person,
            "keyless": self.keyless and not self.visitor,
            "token": people.form_token(self.person.cookie) if self.person else "",
            "path": self.language.address(self.path),
        }

    def _menu(self) -> list[MenuItem]:
        instruments, own = self.authority.instruments, ""
        items: list[tuple[str, str]] = [("/", self.say("Home"))]
        items += [("/forms", self.say("Report or file"))] if self.authority.forms else []
        for instrument in instruments.values():
            pages = [
                (page.path, self.text(page.title))
                for page in instrument.pages
                if page.menu and "{" not in page.path and self.admits(page)
            ]
            items += pages or [(f"/{instrument.id}", self.text(instrument.title))]
            if instrument.id == self.instrument:
                own = (pages or [(f"/{instrument.id}", "")])[0][0]
        items += [
            *([("/exercise", self.say("Exercise"))] if self.authority.settings.exercise else []),
            ("/board", self.say("Board")),
            ("/regimes", self.say("Regimes")),
            ("/duties", self.say("Duties")),
            ("/thresholds", self.say("Thresholds")),
            ("/series", self.say("Series")),
            ("/cases", self.say("Cases")),
            ("/record", self.say("Record")),
        ]
        best = max((path for path, _ in items if _under(self.path, path)), key=len, default="") or own
        return [
            MenuItem(str(title), self.href(path), path, "" if path != best else "page" if path == self.path else "true")
            for path, title in dict(items).items()
        ]


class SignInFirst(CommonwealError):
    """What was asked for is for people who are signed in."""

    status = 403
    code = "sign-in"
    title = "Sign in first"

    def __init__(self, path: str, way: str = "/sign-in") -> None:
        self.path, self.way = path, way
        super().__init__("this page is for people who are signed in")


class NotForYou(CommonwealError):
    """What was asked for is for people in certain roles, and whoever is looking has none of them."""

    status = 403
    code = "role"
    title = "For others"

    def __init__(self, roles: Sequence[str]) -> None:
        self.roles = tuple(roles)
        super().__init__(f"this page is for people who are signed in as {' or '.join(roles)}")


def _under(path: str, menu: str) -> bool:
    return path == menu or (menu != "/" and path.startswith(menu + "/"))


def _cited(citation: str, language: str) -> Markup:
    """A citation in a language; where it has no form there, marked as English for whoever has pages read aloud."""
    said = escape(cited(citation, language))
    return said if is_cited_in(citation, language) else Markup('<span lang="en">{}</span>').format(said)


def in_language(value: Any, language: str) -> str:
    """A text in `{en, zh}` in one language; plain text as it is; powers that are typed `10^25` raised."""
    if isinstance(value, Mapping):
        value = value.get(language) or value.get("en")
    return "" if value is None else raised(str(value))


def log_head(authority: Authority, *, whole: bool) -> tuple[int, str]:
    """Size and root (base64) of the log, from the newest checkpoint that is published, or of the `whole`."""
    note = authority.store.checkpoint() if whole else authority.witnesses.told()
    lines = note.decode("utf-8").split("\n")
    return (int(lines[1]), lines[2]) if len(lines) > 2 else (0, "")


def _drawing(chart: Chart, language: str) -> Drawing | None:
    """The drawing, or none where there is nothing to draw: the table that says the same is shown all the same."""
    return drawing(chart, language) if chart.rows else None


@functools.cache
def static_address(name: str) -> str:
    """The address of a static file, which changes when the file does."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).digest()
    return f"/static/{name}?v={base64.urlsafe_b64encode(digest[:6]).decode()}"
