"""Brings the tables of docs/regimes.md and docs/incident_clocks.md up to date with the law: `python tools/regimes.py`.

A test finds a page that differs from what is written here.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from commonweal.instruments import containment, model_registration
from commonweal.instruments.model_registration.lineage import shipped_rules
from commonweal.kernel.obligations import Condition, Group, Law, Rule, read_law
from commonweal.law import texts

ROOT = Path(__file__).resolve().parent.parent
REGIMES, CLOCKS = ROOT / "docs" / "regimes.md", ROOT / "docs" / "incident_clocks.md"
NAMED = {REGIMES: model_registration.INSTRUMENT.law, CLOCKS: containment.INSTRUMENT.law}


def laws(page: Path) -> list[Law]:
    """The laws that a page is about, in the order in which their instrument names them."""
    shared = texts()
    return [read_law(shared[name]) for name in NAMED[page] if not name.startswith("calendar.")]


def duties(law: Law) -> str:
    """What one law asks: a line a duty, with its clock and what is compared with what."""
    head = ["| duty | of | when | clock | in force | clause |", "|---|---|---|---|---|---|"]
    return "\n".join([*head, *(_duty(rule) for rule in law.rules)])


def _duty(rule: Rule) -> str:
    until = f" until {rule.in_force_until}" if rule.in_force_until else ""
    cells = (
        f"{rule.title['en']} (`{rule.id}`)",
        ", ".join(noun.replace("_", " ") for noun in rule.nouns),
        f"as for `{rule.parent}`" if rule.parent else _condition(rule.when),
        _clock(rule),
        f"from {rule.in_force_from}{until}",
        rule.citation,
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _condition(part: Condition | Group) -> str:
    if isinstance(part, Condition):
        return f"`{part.fact}` {part.op} {_value(part.value)}"
    joint = " and " if part.how == "all" else " or "
    return joint.join(
        f"({_condition(inner)})" if isinstance(inner, Group) and len(inner.parts) > 1 else _condition(inner)
        for inner in part.parts
    )


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return f"{value:.4g}"
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _clock(rule: Rule) -> str:
    if rule.every is not None:
        return f"every {rule.every} after it is met"
    length = {"none": "no date", "at_once": "on the day itself"}.get(rule.timing) or str(rule.period)
    start = {"known": "known", "fact": f"`{rule.start.fact}`", "in_force": "in force", "met": "the duty before is met"}
    return length if rule.timing == "none" else f"{length} from {start[rule.start.event]}"


def lineage() -> str:
    """What each way of deriving takes over and adds."""
    head = [
        "| way (`relation`) | compute of what it was made from | training since | is the earlier model changed | why |",
        "|---|---|---|---|---|",
    ]
    lines = [
        f"| {item.title['en']} … (`{item.id}`) | {'counts' if item.carries else 'does not count'} | "
        f"{'counts' if item.adds else 'none'} | {'yes' if item.modifies else 'no'} | {item.citation} |"
        for item in shipped_rules().relations.values()
    ]
    return "\n".join([*head, *lines])


def written(path: Path, page: str) -> str:
    """The page with every table between its marks as it is to be."""
    tables = {law.id: duties(law) for law in laws(path)} | ({"lineage": lineage()} if path == REGIMES else {})
    for name, table in tables.items():
        begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        found = re.search(f"{re.escape(begin)}.*?{re.escape(end)}", page, re.DOTALL)
        if found is None:
            raise SystemExit(f"{path.name} has no place for {name}: {begin} … {end}")
        page = page.replace(found.group(0), f"{begin}\n{table}\n{end}")
    return page


if __name__ == "__main__":
    for path in NAMED:
        before = path.read_text("utf-8")
        path.write_text(after := written(path, before), "utf-8")
        sys.stdout.write(f"{path.name}: {'up to date' if after == before else 'written'}\n")
