"""An authority with a policy of three organisations, and what its signers hold: for the tests of authorisations."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from attested import ORIGIN, Office
from commonweal import authorising
from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.instruments import rule_file
from commonweal.kernel import authorisations
from commonweal.kernel.record import NoteSigner

ORGANISATIONS = ("court", "ministry", "ombudsman")
TITLES = {"court": "地区法院", "ministry": "司法部", "ombudsman": "监察员"}
AUDITOR = Caller("party:auditor", ("auditor",))
DOCUMENT = hashlib.sha256(b"the order").hexdigest()


def signer(organisation: str, number: int = 0) -> NoteSigner:
    """A key of an organisation, made from its name and a number."""
    seed = hashlib.sha256(f"{organisation}/{number}".encode()).digest()
    return NoteSigner(f"{organisation}.example/key-{number}", seed)


def policy_text(
    version: str = "1",
    quorum: str = "group oversight 2 court ministry ombudsman\nquorum oversight",
    keys: dict[str, str] | None = None,
    more: str = "",
) -> str:
    """A policy for reading sealed fields; `keys` replaces an organisation's keys, `more` goes to every signer."""
    text = f"""
id = "authorisation.break_glass"
version = "{version}"
action = "disclose"
title = {{ en = "Opening sealed fields", zh = "开启密封内容" }}
days_max = 30
in_force = {{ from = 2026-01-01, to = 2026-12-31 }}
quorum = '''
{quorum}
'''
[source]
citation = "Act on the Office, section 7"
url = "https://law.example/7"
[[basis]]
code = "court_order"
title = {{ en = "Order of a court", zh = "法院命令" }}
"""
    for name in ORGANISATIONS:
        listed = (keys or {}).get(name) or ", ".join(
            f'{{ vkey = "{signer(name, number).vkey}", from = 2026-01-01 }}' for number in (0, 1)
        )
        text += f"""
[[signer]]
organisation = "{name}"
title = {{ en = "The {name}", zh = "{TITLES[name]}" }}
keys = [{listed}]
{more}
"""
    return text


@dataclass
class Envelope:
    """An office whose model `m` holds a sealed declaration, and one request about it at a time."""

    office: Office
    model: int
    text: str = ""
    lines: list[str] = field(default_factory=list)

    @classmethod
    def found(cls, folder: Path, policy: str = "") -> Envelope:
        office = Office.found(folder)
        office.authority.adopt(rule_file(policy or policy_text()))
        office.authority.follow()
        model = office.file("model", name="M", organisation="organisation:lab", data_description="Forty secret corpora")
        return cls(office, model)

    @property
    def authority(self) -> Authority:
        return self.office.authority

    @property
    def id(self) -> str:
        return authorisations.request_id(self.text)

    def body(self, fields: tuple[str, ...] = ("data_description",), days: float = 7, **other: Any) -> dict[str, Any]:
        drafted = authorising.drafted(
            self.authority, {self.model: fields}, requester=AUDITOR.party,
            basis={"code": "court_order", "citation": "District Court, 3 O 17/26", "document_sha256": DOCUMENT},
            purpose="Find who answers for the model", expires=self.office.clock.now() + timedelta(days=days),
        )  # fmt: skip
        return drafted | other

    def ask(self, **more: Any) -> str:
        _, self.text = authorising.request(self.authority, self.body(**more), AUDITOR)
        return self.id

    def sign(self, *organisations: str, number: int = 0, text: str = "") -> dict[str, Any]:
        """File each organisation's signature, one after the other; gives the request's state."""
        state: dict[str, Any] = {}
        for name in organisations:
            line = authorisations.sign(text or self.text, signer(name, number))
            state = self.submit(line)
        return state

    def submit(self, *lines: str) -> dict[str, Any]:
        note = authorisations.note_of(self.text, list(lines)).encode()
        return authorising.submit(self.authority, note, AUDITOR)

    def open(self, caller: Caller = AUDITOR) -> dict[str, Any]:
        return authorising.opened(self.authority, self.id, caller)

    def granted(self, **more: Any) -> str:
        self.ask(**more)
        self.sign("court", "ministry")
        return self.id

    def leaves(self, kind: str = "disclosure.made") -> list[int]:
        """The entries of a kind."""
        store = self.authority.store
        return [item.index for item in store.entries(0, store.size()) if item.kind == kind]

    def later(self, **more: float) -> datetime:
        return self.office.later(**more)


__all__ = ["AUDITOR", "DOCUMENT", "ORGANISATIONS", "ORIGIN", "Envelope", "policy_text", "signer"]
