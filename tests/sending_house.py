"""An authority with one case whose playbook sends a notice: to a web server, by mail, and into a folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from commonweal.authority import Authority
from commonweal.instruments import Installed, rule_file
from commonweal.kernel.instrument import Instrument, Response, Text
from commonweal.kernel.protocols import TABLES
from commonweal.kernel.record import Act, Entry, Reader
from commonweal.kernel.values import instant
from commonweal.settings import Settings
from plays import book, step

SETTINGS = Settings(Text(en="Test", zh="测试"), "test.example/log", instant("2026-01-01T00:00:00Z"))
NOTICE = [{"type": "notify", "command": "Access to the model is suspended."}]
ASKS = {"approval": {"n": 1, "of_roles": ["officer"], "signed": False}}
BOOK = book(
    step("start", "action.ask"),
    step("action.ask", "action.tell", ASKS),
    step("action.tell", "action.wait", {"deliver": ["peer", "press", "drop"]}, commands=NOTICE),
    step("action.wait", "end", {"await_event": {"kind": "effect.delivered", "match": {"target": "peer"}}}),
    step("end", ext={"outcome": "told"}),
)


def _about(entry: Entry, reader: Reader) -> str | None:
    return entry.subject


WORDS = Text(en="Case", zh="案件")


def installed() -> dict[str, Installed]:
    """One instrument that opens a case for each organisation that is registered."""
    from commonweal.instruments import discover

    found = dict(discover())
    answers = Response(on="model_registration.organisation", playbook="playbook.test", match=_about)
    found["sending"] = Installed(Instrument("sending", WORDS, WORDS, responses=(answers,)), Path("/nonexistent"))
    return found


def made(folder: Path, targets: Mapping[str, Any], mail: str = "", cases: int = 1, **effects: Any) -> Authority:
    """The authority, its targets declared, with cases whose notices are wanted."""
    with Authority.create(folder, SETTINGS, installed=installed()) as authority:
        authority.adopt(rule_file(BOOK, ".json"))
        for number in range(cases):
            authority.act(Act("model_registration.organisation", {"name": f"Lab {number}", "countries": ["FR"]}, ""))
        authority.follow()
        for row in authority.reader.select(next(table for table in TABLES if table.name == "protocols_case")):
            body = {"case": row["case"], "step": row["steps"][0]["step"], "decision": "approve", "role": "officer",
                    "organisation": "office"}  # fmt: skip
            authority.act(Act("approval.given", body, "", row["subject"]))
        authority.follow()
    declare(folder, targets, mail, **effects)
    return Authority.open(folder, installed=installed())


def declare(folder: Path, targets: Mapping[str, Any], mail: str = "", tls: bool = False, **effects: Any) -> None:
    """Write the table `[effects]` into the folder's settings, by hand as an operator does.

    A target is its way, its addresses, and of a mail what else is declared: `("mail", ["a@b"], "whole = true")`.
    """
    path = folder / "authority.toml"
    own = path.read_text("utf-8").split("\n[effects]")[0]
    lines = [f"{name} = {json.dumps(value)}" for name, value in {"pause_s": 0.05, "attempts": 4, **effects}.items()]
    declared = [
        f"{name} = {{ {', '.join([f'{way} = {json.dumps(address)}', *more])} }}"
        for name, (way, address, *more) in targets.items()
    ]
    own_relay = f'relay = "{mail}"\nsender = "office@test.example"\nstarttls = {str(tls).lower()}\npause_s = 0.05\n'
    relay = f"\n[effects.mail]\n{own_relay}" if mail else ""
    table = "\n".join(["\n[effects]", *lines, "\n[effects.targets]", *declared])
    path.write_text(own + table + "\n" + relay, "utf-8")


Opened = Callable[[], Authority]
