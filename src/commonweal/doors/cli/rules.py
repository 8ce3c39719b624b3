"""`weal rule`: the rule texts in force, and putting a new one in force."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from commonweal.adoption import check_rule
from commonweal.authority import Authority
from commonweal.instruments import RuleFile, rule_file
from commonweal.kernel import registry
from commonweal.kernel.values import BadInput, Fault, NotFound, instant

from .out import as_json, out, table
from .running import run

RULE_BYTES_MAX = 400_000


def add_to(app: App) -> None:
    group = App(name="rule", help="The rule texts in force: list, show, check, adopt, run.", help_format="plaintext")
    group.command(list_, name="list")
    group.command(show)
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


def show(folder: Path, rule_id: str, /, *, as_of: str = "") -> None:
    """Print the text of a rule as it was adopted.

    Args:
        folder: The authority's folder.
        rule_id: The rule, e.g. eu.ai_act.
        as_of: Print the text that was in force at this instant or date.
    """
    with Authority.open(folder) as authority:
        row = registry.text_in_force(authority.reader, rule_id, instant(as_of) if as_of else None)
    out(row["text"].rstrip("\n"))


def check(first: Path, second: Annotated[Path | None, Parameter(show=True)] = None, /) -> None:
    """Read a rule text the way its room would and name every fault. Writes nothing.

    Args:
        first: The rule file (.toml) or playbook (.json); or an authority's folder, followed by the file.
        second: The file, when a folder came first.
    """
    found = _read(second or first)
    check_rule(found)
    out(f"{found.rule_id} {found.version} can be adopted ({found.room}).")


def adopt(folder: Path, source: Path, /) -> None:
    """Put a rule text in force, from now on, and print the receipt. Open cases keep the version they began under.

    Args:
        folder: The authority's folder.
        source: The rule file (.toml) or playbook (.json).
    """
    found = _read(source)
    with Authority.open(folder) as authority:
        receipt = authority.adopt(found)
        authority.follow()
    as_json(receipt.as_dict())


def _read(path: Path) -> RuleFile:
    if not path.is_file():
        raise NotFound("rule file", path)
    data = path.read_bytes()
    if len(data) > RULE_BYTES_MAX:
        raise BadInput(Fault(path.name, f"{len(data)} bytes", f"at most {RULE_BYTES_MAX} bytes", "too_large"), "rule")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        seen = f"byte 0x{data[error.start]:02x} at position {error.start}"
        raise BadInput(Fault(path.name, seen, "must be UTF-8 text", "encoding"), "rule") from error
    return rule_file(text, path.suffix)
