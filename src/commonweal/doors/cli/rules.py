"""`weal rule`: the rule texts in force, and putting a new one in force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from commonweal import playbooks
from commonweal.adoption import check_rule, founding_texts
from commonweal.authority import Authority, all_kinds
from commonweal.foreseeing import Foreseen, foreseen
from commonweal.instruments import Installed, RuleFile, discover, rule_file
from commonweal.kernel import indicators, registry, thresholds
from commonweal.kernel.disclosure import Kind
from commonweal.kernel.values import BadInput, Fault, NotFound, Text, instant, utf8

from .moments import Moment
from .out import as_json, out, table
from .playbooks import check_approvable
from .running import run

RULE_BYTES_MAX = 400_000
MARKS = {
    "causable": "causable (this authority files it itself)",
    "suppressible": "suppressible (others file it, through a door that can refuse it)",
    "observable": "only observable (it says what was measured; nobody can bring it about or keep it away)",
}


def add_to(app: App) -> None:
    words = "The rule texts in force: list, show, explain, check, adopt, run."
    group = App(name="rule", help=words, help_format="plaintext")
    group.command(list_, name="list")
    group.command(show)
    group.command(explain)
    group.command(check)
    group.command(adopt)
    group.command(run)
    app.command(group)


def list_(folder: Path, /, *, json: bool = False) -> None:
    """The rule texts in force.

    Args:
        folder: The authority's folder.
        json: Answer in JSON, for programs.
    """
    with Authority.open(folder) as authority:
        found = registry.texts(authority.reader)
    names = ("rule_id", "version", "room", "adopted_on", "adopted", "sha256")
    if json:
        as_json([{name: row[name] for name in names} for row in found])
        return
    rows = [(*(row[name] for name in names[:5]), row["sha256"][:16]) for row in found]
    table("", ("rule", "version", "room", "adopted on", "entry", "sha256"), rows)


def show(folder: Path, rule_id: str, /, *, as_of: Moment = "") -> None:
    """Print the text of a rule as it was adopted.

    Args:
        folder: The authority's folder.
        rule_id: The rule, e.g. eu.ai_act.
        as_of: Print the text that was in force at this instant or date.
    """
    with Authority.open(folder) as authority:
        row = registry.text_in_force(authority.reader, rule_id, instant(as_of) if as_of else None)
    out(row["text"].rstrip("\n"))


def explain(
    first: str,
    second: Annotated[str, Parameter(show=True)] = "",
    /,
    *,
    language: str = "",
    mtl: bool = True,
    json: bool = False,
) -> None:
    """Say what a threshold rule means, in words and as formulas, and what the derived series are that it reads.

    Args:
        first: The rule file (.toml) or the id of a rule that comes with the package; or an authority's folder,
            followed by the file or the id of a rule it adopted.
        second: The file or id, when a folder came first.
        language: en or zh (default: both).
        mtl: Give the formulas of metric temporal logic too.
        json: Answer in JSON, for programs.
    """
    if language not in ("", "en", "zh"):
        raise BadInput(Fault("--language", language, "en or zh", "choice"), "rule explain")
    folder = Path(first) if second else None
    said, formulas, reads = _meaning(_found(second or first, folder))
    derived = _derived(reads, folder)
    if json:
        as_json({"words": said, "mtl": formulas.split("\n") if formulas else [], "derived": derived})
        return
    names = (language,) if language else ("en", "zh")
    parts = [text[name] for name in names for text in (said, *derived.values())]
    out("\n\n".join([*parts, *([formulas] if mtl and formulas else [])]))


def _meaning(found: RuleFile) -> tuple[Text, str, Iterable[str]]:
    """`(words, formulas, series read)` of a rule text of a room that can say them. Raises `BadInput` for another."""
    if found.room == "thresholds":
        rule = thresholds.read_rule(found.text)
        return thresholds.explained(rule, _kinds(discover())), thresholds.mtl(rule), thresholds.read_from(rule)
    if found.room == "indicators":
        derived = indicators.read_derived(found.text)
        return indicators.explained(derived), "", derived.sources
    want = (
        "a threshold rule or a derived series (weal rule show prints other texts; the words of a "
        "law's duties stand in its own text, docs/duties.md says under which keys; the portal shows them once adopted)"
    )
    raise BadInput(Fault(found.rule_id, f"a text of {found.room}", want, "room"), "rule explain")


def _derived(reads: Iterable[str], folder: Path | None) -> dict[str, Text]:
    """By series, the words of each that is derived among those read, and of those that these are derived from."""
    if folder is not None:
        with Authority.open(folder) as authority:
            texts = [row["text"] for row in registry.texts(authority.reader, "indicators")]
    else:
        texts = [file.text for file in founding_texts(discover()) if file.room == "indicators"]
    rules = [indicators.read_derived(text) for text in texts]
    found: dict[str, Text] = {}
    waiting = sorted(reads)
    while waiting:
        named = waiting.pop(0).partition("{")[0]
        for rule in rules:
            if rule.series == named and named not in found:
                found[named] = indicators.explained(rule)
                waiting += sorted(rule.sources)
    return found


def _found(named: str, folder: Path | None) -> RuleFile:
    """A rule text by file, by the id it was adopted under in a folder, or by the id of one that comes with us."""
    if Path(named).is_file():
        return _read(Path(named))
    if folder is not None:
        with Authority.open(folder) as authority:
            row = registry.text_in_force(authority.reader, named)
        return rule_file(row["text"], ".json" if row["text"].lstrip().startswith("{") else ".toml")
    for file in founding_texts(discover()):
        if file.rule_id == named:
            return file
    raise NotFound("rule file, or rule of the package", named)


def check(first: Path, second: Annotated[Path | None, Parameter(show=True)] = None, /) -> None:
    """Read a rule text the way its room would and name every fault. Writes nothing.

    A text is also held against the kinds of entries there are: a law whose duties are met by what nobody files is
    refused, and so is a threshold rule that nobody could enforce with the playbooks there are (those adopted in a
    folder, or those that come with the package). With a folder a text is held against those adopted there as well,
    e.g. a law against the calendars.

    Args:
        first: The rule file (.toml) or playbook (.json); or an authority's folder, followed by the file.
        second: The file, when a folder came first.
    """
    found = _read(second or first)
    if second:
        with Authority.open(first) as authority:
            templates, installed = authority.letterhead.templates, authority.instruments.values()
            check_rule(found, authority.reader, authority.kinds, templates, installed)
    else:
        here = discover()
        check_rule(found, kinds=_kinds(here), instruments=[item.instrument for item in here.values()])
    marks = _enforced(found, first if second else None) if found.room == "thresholds" else {}
    out(f"{found.rule_id} {found.version} can be adopted ({found.room}).")
    for kind, mark in marks.items():
        out(f"  {kind}: {MARKS[mark]}")


def _enforced(found: RuleFile, folder: Path | None) -> Mapping[str, str]:
    rule = thresholds.read_rule(found.text)
    if folder is not None:
        with Authority.open(folder) as authority:
            texts = registry.texts(authority.reader)
            ids = {
                room: [row["rule_id"] for row in texts if row["room"] == room] for room in ("protocols", "thresholds")
            }
            known = [*ids["thresholds"], rule.id]
            return thresholds.check_enforceable(rule, authority.kinds, ids["protocols"], known, authority.reader)
    installed = discover()
    agreed = [file.rule_id for file in founding_texts(installed) if file.room == "protocols"]
    return thresholds.check_enforceable(rule, _kinds(installed), [*agreed, *playbooks.texts()])


def _kinds(installed: Mapping[str, Installed]) -> dict[str, Kind]:
    return {kind.id: kind for kind in all_kinds(item.instrument for item in installed.values())}


def adopt(folder: Path, source: Path, /, *, anyway: bool = False, preview: bool = False, json: bool = False) -> None:
    """Put a rule text in force, from now on, and print the receipt. Open cases keep the version they began under.

    Args:
        folder: The authority's folder.
        source: The rule file (.toml) or playbook (.json).
        anyway: A playbook also where those who can approve here could not give its approvals.
        preview: Only say what would change for whom, by running the text on the record as it stands. Records nothing.
        json: The preview in JSON, for programs.
    """
    found = _read(source)
    if json and not preview:
        raise BadInput(
            Fault("--json", "", "together with --preview; a receipt is JSON already", "choice"), "rule adopt"
        )
    with Authority.open(folder) as authority:
        if preview:
            _foretell(foreseen(authority, found), json=json)
            return
        if found.room == "protocols":
            check_approvable(authority, found.text, anyway=anyway)
        receipt = authority.adopt(found)
        authority.follow()
    as_json(receipt.as_dict())


def _foretell(found: Foreseen, *, json: bool) -> None:
    if json:
        as_json(found.as_dict())
        return
    file = found.file
    out(f"{file.rule_id} {file.version}, {f'in place of {found.held}' if found.held else 'the first of its name'}.")
    out("Nothing was recorded: this is what its adoption would change now.")
    states = [(state, was, now) for state, (was, now) in found.counts.items() if was != now]
    if states:
        table("Duties by state", ("state", "before", "after"), states)
    for title, changes in (("Duties", found.duties), ("Thresholds", found.states)):
        if changes:
            rows = [
                (one.how, one.rule, one.subject, one.party, one.before or "-", one.after or "-",
                 one.due_after or one.due_before)
                for one in changes
            ]  # fmt: skip
            table(title, ("how", "rule", "subject", "party", "before", "after", "last day"), rows)
    if found.cases:
        table("Playbooks that would start", ("playbook", "subject"), found.cases)
    if not (found.duties or found.states or found.cases):
        out("No duty, threshold or playbook would stand otherwise for anybody.")
    if found.entries:
        table("Entries that would follow", ("kind", "entries"), list(found.entries.items()))
    for problem in found.problems:
        out(f"Not foreseen, because a room cannot derive it: {problem}")
    if not found.whole:
        out("More would follow than was followed here: what is listed is not all.")


def _read(path: Path) -> RuleFile:
    if not path.is_file():
        raise NotFound("rule file", path)
    data = path.read_bytes()
    if len(data) > RULE_BYTES_MAX:
        raise BadInput(Fault(path.name, f"{len(data)} bytes", f"at most {RULE_BYTES_MAX} bytes", "too_large"), "rule")
    return rule_file(utf8(data, path.name), path.suffix)
