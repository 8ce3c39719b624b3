"""Brings the tables of docs/regimes.md up to date with the law texts: `python tools/regimes.py`.

A test finds a page that differs from what is written here.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from commonweal.instruments.model_registration import INSTRUMENT
from commonweal.instruments.model_registration.lineage import shipped_rules
from commonweal.kernel.obligations import Condition, Group, Law, Rule, read_law
from commonweal.law import texts

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "regimes.md"


def laws() -> list[Law]:
    """The laws that model registration applies, in the order in which it names them."""
    shared = texts()
    return [read_law(shared[name]) for name in INSTRUMENT.law]


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


def written(page: str) -> str:
    """The page with every table between its marks as it is to be."""
    tables = {law.id: duties(law) for law in laws()} | {"lineage": lineage()}
    for name, table in tables.items():
        begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        found = re.search(f"{re.escape(begin)}.*?{re.escape(end)}", page, re.DOTALL)
        if found is None:
            raise SystemExit(f"docs/regimes.md has no place for {name}: {begin} … {end}")
        page = page.replace(found.group(0), f"{begin}\n{table}\n{end}")
    return page


if __name__ == "__main__":
    before = PAGE.read_text("utf-8")
    PAGE.write_text(after := written(before), "utf-8")
    sys.stdout.write("up to date\n" if after == before else "written\n")
