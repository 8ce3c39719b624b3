"""`weal open`: an authority founded in a folder from options or by being asked, its first administrators invited."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import App, Parameter

from commonweal.authority import Authority
from commonweal.batches import HOURLY
from commonweal.imprint import WANTS, Imprint, read_imprint
from commonweal.instruments import RuleFile
from commonweal.kernel import retention as schedules
from commonweal.kernel.values import (
    LANGUAGES,
    BadInput,
    CommonwealError,
    Conflict,
    Fault,
    FaultCollector,
    NotFound,
    Text,
    stamp,
    utf8,
)
from commonweal.settings import FILE, Settings, checked_database, checked_origin, checked_public_url

from .keys import NO_ADDRESS, invitation_link
from .out import WrongUse, err, out

NAME = Text(en="AI authority", zh="人工智能主管机关")
ORIGIN = "localhost/commonweal"
FIRST_ROLES, FIRST_SCOPES = ("authority", "officer"), ("file", "observe", "read")
INVITED_FOR = timedelta(days=7)
TEXT_BYTES_MAX = 400_000
Many = Annotated[tuple[str, ...], Parameter(negative="")]
# What an option is called that becomes a key of authority.toml under another name.
_OPTIONS = {
    "jurisdictions": "--jurisdiction", "time_zone": "--time-zone", "contact.address": "--address",
    "contact.email": "--email", "contact.phone": "--phone", "administrators": "--administrator",
}  # fmt: skip


def add_to(app: App) -> None:
    app.command(open_, name="open")


@Parameter(name="*")
@dataclass(frozen=True)
class Office:
    """What an authority says of itself, as options of `weal open`."""

    jurisdiction: Many = ()
    "Where it acts, as law texts name it (EU, FR, US-CA); may be given more than once."
    time_zone: str = ""
    "The time zone in which times of day are shown, e.g. Europe/Brussels (UTC)."
    address: Many = ()
    "A line of its postal address; may be given more than once, in order."
    email: str = ""
    "How to reach it by e-mail."
    phone: str = ""
    "How to reach it by telephone, with the country's code."
    retention: Path | None = None
    "A text of retention schedules (.toml), put in force as the authority's own."
    administrator: Many = ()
    "Who administers it first, e.g. party:jane-doe: a link is printed with which that person makes the first key."
    public_url: str = ""
    "The address under which others know the service, e.g. https://register.example.gov."

    def data(self) -> dict[str, Any]:
        """The options as `authority.toml` has them."""
        return {
            "jurisdictions": list(self.jurisdiction), "time_zone": self.time_zone,
            "administrators": list(self.administrator),
            "contact": {"address": list(self.address), "email": self.email, "phone": self.phone},
        }  # fmt: skip


def open_(
    folder: Path,
    /,
    *,
    name: str = "",
    name_zh: str = "",
    origin: str = "",
    language: Literal["en", "zh"] = "en",
    office: Office = Office(),
    database: str = "",
    keys: str = "",
    ask: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Make an authority in a folder, or say what is there.

    Args:
        folder: The authority's folder; it is made when it is missing.
        name: The authority's name (as it is written in `--language`).
        name_zh: The authority's name in Chinese.
        origin: What names its log for ever: a host and path without a scheme, e.g. register.example.gov/ai
            (localhost/commonweal).
        language: The language to answer in, the language of `--name`, and the one that the portal shows first.
        office: What the authority says of itself.
        database: Keep record, projections and API keys in this PostgreSQL database, e.g.
            postgresql://weal@db.example.gov/register; passwords are better left to PGPASSFILE or a ${VARIABLE}.
        keys: Keep the private keys in this other PostgreSQL database, for several hosts (else in the folder).
        ask: Ask for what was not given, one thing after the other.
    """
    if blank := [option for option, one in (("--name", name), ("--name-zh", name_zh)) if one and not one.strip()]:
        want = "a name with at least one letter; left out, a name is filled in"
        raise BadInput([Fault(option, "only blanks", want, "blank") for option in blank], "open")
    known = (folder / FILE).is_file()
    # A founding that a full disk stopped leaves keys that signed nothing; any others are refused further in.
    if not known and folder.is_dir() and any(not item.name.startswith("keys.sqlite") for item in folder.iterdir()):
        raise Conflict(f"{folder} holds other files and no authority; choose an empty or a new folder")
    if known:
        _refuse_other(folder, {str(language): name} | ({"zh": name_zh} if name_zh else {}), origin)
        _refuse_change(folder, office)
        with Authority.open(folder) as authority:
            out(f"{folder} holds {authority.settings.name.in_(language)} ({authority.settings.origin}).")
            _summary(authority)
        return
    given = {"name": name, "origin": origin, "public_url": office.public_url, **office.data()}
    if ask:
        name_zh = _ask_for(given, language, name_zh)
    named = Text({item: given["name"] or NAME.in_(item) for item in LANGUAGES} | ({"zh": name_zh} if name_zh else {}))
    given["languages"] = [language, *(item for item in LANGUAGES if item != language)]
    if named.in_("zh") == named.in_("en"):
        other, by = ("Chinese", "`--name-zh` gives one; later, it is changed") if language == "en" else (
            "English", "It is changed"
        )  # fmt: skip
        err(f"Pages and letters in {other} will show the name {named.in_(language)}. {by} in {folder / FILE}.")
    _found(folder, *_settings(given, named, office.retention, database, keys), language)


def _settings(
    given: dict[str, Any], named: Text, retention: Path | None, database: str, keys: str
) -> tuple[Settings, RuleFile | None]:
    """What was given as settings, with the retention text to put in force. Raises `BadInput` with every fault."""
    faults = FaultCollector("open")

    def checked(check: Callable[[str], str], value: str) -> str:
        try:
            return check(value) if value else ""
        except BadInput as error:
            faults.extend(error.faults)
            return ""

    origin = checked(checked_origin, given["origin"] or ORIGIN)
    public_url = checked(checked_public_url, given["public_url"])
    database, keys = checked(checked_database, database), checked(checked_database, keys)
    text = _retention_text(retention) if retention else None
    imprint = read_imprint(given | ({"retention": text.rule_id} if text else {}), faults)
    _refuse(faults)
    created = datetime.now(UTC).replace(microsecond=0)
    more: dict[str, Any] = {"database": database, "keys": keys, "public_url": public_url, "imprint": imprint}
    return Settings(named, origin, created, published_every=HOURLY, **more), text


def _found(folder: Path, settings: Settings, text: RuleFile | None, language: str) -> None:
    """Found the authority, put its own retention text in force, and print the links of its first administrators."""
    with Authority.create(folder, settings) as authority:
        if text:
            authority.adopt(text)
        out(f"Opened {settings.name.in_(language)} ({settings.origin}) in {folder}.")
        _summary(authority)
        for party in authority.settings.imprint.administrators:
            _invite(authority, party)
        if authority.settings.imprint.administrators and not authority.settings.address:
            err(NO_ADDRESS)
        out(f"Next: `weal serve {folder}` shows it in the browser, where such links open.")
        out(f"      `weal file {folder} KIND FILE` records something.")


def _imprint(data: Mapping[str, Any]) -> Imprint:
    """The imprint that options make. Raises `BadInput` with every fault, under the options' names."""
    faults = FaultCollector("open")
    found = read_imprint(data, faults)
    _refuse(faults)
    return found


def _refuse(faults: FaultCollector) -> None:
    """Raise `BadInput` with what was found, each fault under the name of the option that it is about."""
    if faults.count:
        raise BadInput([replace(one, where=_option(one.where)) for one in faults.found], faults.about)


def _option(where: str) -> str:
    """`contact.address` → `--address`; `jurisdictions[1]` → `--jurisdiction[1]`."""
    key, bracket, rest = where.partition("[")
    return _OPTIONS.get(key, "--" + key.replace("_", "-")) + bracket + rest


def _retention_text(path: Path) -> RuleFile:
    """The authority's own schedules, read before anything is founded on them. Raises `RuleFault` and `NotFound`."""
    if not path.is_file():
        raise NotFound("file of retention schedules", path)
    with path.open("rb") as file:
        data = file.read(TEXT_BYTES_MAX + 1)
    if len(data) > TEXT_BYTES_MAX:
        raise BadInput(Fault("--retention", f"over {TEXT_BYTES_MAX} bytes", f"at most {TEXT_BYTES_MAX}"), "open")
    text = utf8(data, path.name)
    read = schedules.read_schedules(text)
    return RuleFile(read.id, "retention", read.version, "application/toml", text)


def _refuse_other(folder: Path, names: Mapping[str, str], origin: str) -> None:
    """Raise `Conflict` where something was given that is not so of the authority in the folder."""
    settings = Settings.read(folder)
    pairs = [("--name", name, settings.name.in_(language)) for language, name in names.items()]
    wrong = [
        f"{option} {one}, where it is {held}"
        for option, one, held in (*pairs, ("--origin", origin, settings.origin))
        if one and one != held
    ]
    if wrong:
        raise Conflict(f"{folder} holds an authority already: {'; '.join(wrong)}; choose a new folder for another one")


def _refuse_change(folder: Path, office: Office) -> None:
    """Raise `Conflict` where something was given that the authority in the folder does not say of itself."""
    settings, wanted = Settings.read(folder), _imprint(office.data())
    held = settings.imprint
    pairs: list[tuple[str, Any, Any]] = [
        (option, getattr(wanted, name), getattr(held, name))
        for name, option in (("jurisdictions", "--jurisdiction"), ("address", "--address"), ("email", "--email"),
                             ("phone", "--phone"), ("administrators", "--administrator"))
    ]  # fmt: skip
    pairs.append(("--time-zone", office.time_zone, held.time_zone))
    pairs.append(("--public-url", office.public_url.rstrip("/"), settings.public_url))
    pairs.append(("--retention", _retention_text(office.retention).rule_id if office.retention else "", held.retention))
    other = [option for option, one, there in pairs if one and one != there]
    if other:
        raise Conflict(
            f"{folder} holds an authority already, which says something else for {', '.join(other)}: what it says of "
            f"itself is changed in {folder / FILE}, a further person is invited by `weal key invite`, and another "
            "retention text is put in force by `weal rule adopt`"
        )


def _summary(authority: Authority) -> None:
    status, imprint = authority.status(), authority.settings.imprint
    out(f"  instruments  {', '.join(status['instruments']) or 'none'}")
    out(f"  log          {status['log']['size']} entries, root {status['log']['root'] or '(empty)'}")
    out(f"  verifier key {status['log']['vkey']}")
    out(f"  time zone    {imprint.time_zone}")
    nowhere = f"nowhere yet: no duty of law is met by what is filed here until {FILE} names its jurisdictions"
    out(f"  acts in      {', '.join(imprint.jurisdictions) or nowhere}")
    if imprint.administrators:
        out(f"  begun by     {', '.join(imprint.administrators)}")


def _invite(authority: Authority, party: str) -> None:
    """Print the link with which a first administrator makes a key."""
    until = datetime.now(UTC) + INVITED_FOR
    code = authority.access.invite(party, FIRST_ROLES, FIRST_SCOPES, until, label="first administrator")
    out(f"For {party}, good once, until {stamp(until)}:")
    out(f"  {invitation_link(authority.settings.address, code)}")


# ── asking ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _ask_for(given: dict[str, Any], language: str, name_zh: str) -> str:
    """Ask for what is missing; each answer is read at once, and asked for again while it is not right. The name in
    Chinese is what comes back: pages and letters are in both languages, and would say the English one."""
    if not sys.stdin.isatty():
        raise WrongUse(
            Fault("--ask", "no terminal", "a terminal to ask on; else the options (`weal open --help`)"), "open"
        )
    given["name"] = given["name"] or _question("The authority's name", NAME.in_(language), str, "")
    if language != "zh":
        name_zh = name_zh or _question("Its name in Chinese, for pages and letters in Chinese", given["name"], str, "")
    for key, words, otherwise, read in (
        ("origin", "What names its log for ever (host/path)", ORIGIN, checked_origin),
        ("public_url", "The address of its service, if it has one", "", checked_public_url),
        ("jurisdictions", "Where it acts (codes, by spaces)", "", _reading("jurisdictions", str.split)),
        ("time_zone", "Its time zone", "UTC", _reading("time_zone", str)),
        ("administrators", "Who administers it first (by spaces)", "", _reading("administrators", str.split)),
    ):
        given[key] = given[key] or _question(words, otherwise, read, WANTS.get(key, ""))
    contact = given["contact"]
    for key, words, parted in (
        ("address", "Its postal address (lines, by semicolons)", _lines),
        ("email", "Its e-mail address", str),
        ("phone", "Its telephone number", str),
    ):
        want = WANTS[f"contact.{key}"]
        contact[key] = contact[key] or _question(words, "", _reading(key, parted, "contact"), want)
    return name_zh


def _lines(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def _reading(key: str, parted: Callable[[str], Any], table: str = "") -> Callable[[str], Any]:
    """Reads an answer as the value of a key (in a table). Raises `BadInput`."""

    def read(text: str) -> Any:
        value = parted(text)
        _imprint({table: {key: value}} if table else {key: value})
        return value

    return read


def _question(words: str, otherwise: str, read: Callable[[str], Any], want: str) -> Any:
    while True:
        err(f"{words}" + (f" – {want}" if want else "") + (f" [{otherwise}]" if otherwise else "") + ":")
        try:
            return read(sys.stdin.readline().strip() or otherwise)
        except CommonwealError as error:
            err(str(error))
