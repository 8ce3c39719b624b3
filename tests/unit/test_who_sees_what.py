"""Every field of every kind, as every role, through every door that gives fields out.

What each role may see is written down here from TLP 2.0 and the house's decisions in docs/trust.md, and not read from
the policies: an open policy is found by a canary that stands where it must not.
"""

from __future__ import annotations

import contextlib
import functools
import json
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import pytest

from addresses import FEW, api_addresses, one_of_each, portal_answers
from asking import Asking
from canaries import Canaries, readable, seen_in
from commonweal import authorising, held, sight
from commonweal.acceptance import Caller
from commonweal.authority import OPERATOR, Authority
from commonweal.doors import api, portal
from commonweal.instruments import Installed, discover, rule_file
from commonweal.kernel import authorisations, registry
from commonweal.kernel.disclosure import PERSONAL, PUBLIC, Audience, Policies, PolicyText, house_texts
from commonweal.kernel.disclosure.attachments import attachments_in
from commonweal.kernel.disclosure.reads import ABOUT, WHOSE
from commonweal.kernel.disclosure.succession import TURNING
from commonweal.kernel.instrument import Column, Filing, Instrument, Kind, Listing, Marking, TakenBack, TakesBack
from commonweal.kernel.record import Act
from commonweal.kernel.registry import Ref, subjects
from commonweal.kernel.values import BadInput, CommonwealError, FaultCollector, ReplayClock, Text, subject_id
from commonweal.settings import Settings
from envelopes import DOCUMENT, policy_text, signer

from .doors.portal.people import sign_in

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient
    from starlette.types import ASGIApp

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
FILER = Caller("party:zqfiler", ("developer", "observer"))
NAMED, AUTHORISED, LATE, CONCERNED = "party:zqnamed", "party:zqauthorised", "party:zqlate", "party:zqconcerned"
ROLES = (
    "public", "developer", "observer", "peer", "auditor", "officer", "authority", "filer", "named", "authorised",
    "late", "concerned",
)  # fmt: skip
"""`authorised` holds an authorisation that was used, for every other field; that of `late` has expired since.
`concerned` is whom one entry is about, and no other."""
PARTIES = {"filer": FILER.party, "named": NAMED, "authorised": AUTHORISED, "late": LATE, "concerned": CONCERNED}
# FIRST, Traffic Light Protocol 2.0: CLEAR no limit; GREEN the community; AMBER the organisation (and the client, here
# the filer); RED individual recipients only. Written down once more, on purpose.
OFFICE = {"officer", "authority"}
EXPECTED: Mapping[str, frozenset[str]] = {
    "TLP:CLEAR": frozenset(ROLES),
    "TLP:GREEN": frozenset({"peer", "auditor", "filer", *OFFICE}),
    "TLP:AMBER": frozenset({"filer", *OFFICE}),
    "TLP:AMBER+STRICT": frozenset({"filer", *OFFICE}),
    "TLP:RED": frozenset({"filer", "named"}),
}
# docs/incident-desk.md: what a flight recorder holds is closed to everybody until an authorisation opens it.
# docs/reading.md: whom an entry is about reads what it says of them and of nobody else, whatever its marking.
ABOUT_ONESELF = {("vault.about", name) for name in ("party", "said", "red")}
BY_AUTHORISATION_ALONE = {("incident_reports.recorder_segment", name) for name in ("content", "files")}
# docs/incident-desk.md: who reported is open to the officers who were given the report, once they say what for.
BY_HANDLING_ALONE = {("incident_reports.identity", name) for name in ("person", "contact", "may_be_named_to")}
# docs/trust.md: where whoever reported is reached is open to no reader that is named.
WHERE_THEY_ARE_REACHED = {
    *(("notice.asked_by_reporter", name) for name in ("mail", "every", "language")),
    *(("letter.wanted_to_reporter", name) for name in ("party", "to")),
}
# docs/trust.md: what was taken back from everybody is read as if it were AMBER, by nobody who could not read it before.
TAKEN_BACK = {("vault.told", name) for name in ("gone", "green_gone", "red_gone")}
THE_LOG_ITSELF = "/reads"
OF_CANARIES = "zq|c0ffee"
"""In which addresses something stands that was filed here: each of them is asked for."""
CONFIDING, CONFIDED = "organisation:zqconfiding", "report:zqconf7"
NO_CANARY = {
    ("model_registration.organisation", "annual_revenue_year"),  # a year stands in many places
    ("access_requests.extended", "months"),  # so does 1 or 2
    ("adaptive_safety_net.support_claim", "area"),  # so does a state
    ("adaptive_safety_net.appeal_decided", "area"),
    ("adaptive_safety_net.correction", "area"),
    ("adaptive_safety_net.paid", "month"),
    ("adaptive_safety_net.support_claim", "currency"),  # and USD
    ("adaptive_safety_net.paid", "unit"),
    ("accounts.transfers", "transfers"),  # and how many
    ("adaptive_safety_net.bank_file", "payments"),
    ("portable_benefits.bank_file", "payments"),
    ("adaptive_safety_net.sampled", "drawn"),
    ("adaptive_safety_net.reviewed", "drawn"),
    ("adaptive_safety_net.reviewed", "wrong"),
    ("portable_benefits.claim", "weeks"),
    ("red_lines.look", "outcomes"),  # ones and noughts
    *(
        ("evaluations.run", name)
        for name in ("items", "errors", "invalidated", "edited", "repeated", "data_set", "tries_planned")
    ),  # so do small counts
    ("third_party_testing.sample_wanted", "epoch"),  # 1 as well
    ("portable_benefits.contributions", "rows"),
    ("portable_benefits.contributions", "part"),
    ("portable_benefits.contributions", "parts"),
    ("portable_benefits.contributions", "after"),  # these two are in files of many parts alone
    ("portable_benefits.contributions", "up_to"),
    ("portable_benefits.work_confirmed", "period"),  # any day of a year
}


class Piece(Filing):
    """One field of each marking."""

    name: Annotated[str, PUBLIC]
    clear: Annotated[str, PUBLIC] = ""
    green: Annotated[str, Marking.GREEN] = ""
    amber: Annotated[str, Marking.AMBER] = ""
    unmarked: str = ""
    strict: Annotated[str, Marking.AMBER_STRICT] = ""
    red: Annotated[str, Marking.RED] = ""


class Hidden(Filing):
    """A subject whose very name is for named persons."""

    name: Annotated[str, Marking.RED]
    city: Annotated[str, PUBLIC] = ""


def _rows(reading: Any, query: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"name": row["name"]} for row in subjects(reading.tables, "piece")]


class About(Filing):
    """What an office says of one person, and what it says of others beside."""

    party: Annotated[str, PERSONAL]
    said: Annotated[str, PERSONAL, Marking.AMBER_STRICT] = ""
    red: Annotated[str, PERSONAL, Marking.RED] = ""
    others: str = ""
    green: Annotated[str, Marking.GREEN] = ""
    sealed: Annotated[str, Marking.RED] = ""


class Told(Filing):
    """What was said to some and is taken back from all of them, of each marking that this changes, and what stays."""

    name: Annotated[str, PUBLIC]
    gone: Annotated[str, PUBLIC] = ""
    stays: Annotated[str, PUBLIC] = ""
    green_gone: Annotated[str, Marking.GREEN] = ""
    red_gone: Annotated[str, Marking.RED] = ""


def _taken_back(reader: Any, index: int) -> dict[str, TakenBack]:
    return {name: TakenBack(Text(en="to protect people", zh="保护个人"), 3) for _, name in TAKEN_BACK}


VAULT = Instrument(
    id="vault",
    title=Text(en="Vault", zh="库"),
    summary=Text(en="Markings.", zh="标记。"),
    kinds=(
        Kind("vault.piece", Piece, Text(en="Piece", zh="件"), noun="piece"),
        Kind("vault.hidden", Hidden, Text(en="Hidden", zh="隐"), noun="hidden"),
        Kind("vault.about", About, Text(en="About", zh="关于")),
        Kind("vault.told", Told, Text(en="Told", zh="曾告知"), noun="told"),
    ),
    takes_back={"vault.told": TakesBack(_taken_back, by=("vault.told",))},
    listings=(Listing("all", Text(en="All", zh="全部"), (Column("name", Text(en="Name", zh="名称")),), _rows),),
)
NAMING = 'identities = true\ncitation = "Directive (EU) 2019/1937, Art. 16(2)-(3)"\n'
"""The basis opens who reported as well: the table is of every field that there is."""
FIXED = {
    ("model_registration.model", "base_model"): None,
    ("model_registration.model", "base_model_name"): None,
    ("model_registration.model", "derived_from"): [{"name": "zqelsewhere", "relation": "merge"}],
    ("model_registration.model", "provided_in_china"): True,
    ("model_registration.model", "parameters_active"): 5.0,
    ("model_registration.model", "placed_on_eu_market"): True,
    ("model_registration.model", "open_weights"): True,
    ("model_registration.training_run", "status"): "finished",
    ("observations.batch", "columns"): ["series", "subject", "event", "value"],
    ("rule.adopted", "text"): 'id = "zq.rule"\nversion = "1"\n',
    ("statistics.released", "dimensions"): [
        {"id": "d", "title": {"en": "D"}, "categories": [{"id": "a", "title": {"en": "A"}}], "public": False}
    ],
    ("statistics.released", "cells"): [5, "c"],
    ("disclosure.named", "party"): "party:zqother",
    ("incident_reports.publication", "withdrawn_for"): None,  # else nothing of it is for everybody
    ("incident_reports.recommendation", "withdrawn_for"): None,  # nor of this
    ("incident_reports.recommendation_answer", "hides"): None,  # else its words are for nobody
    ("incident_reports.recommendation_finding", "hides"): None,
    ("incident_reports.sharing", "withdrawn_for"): None,  # else nothing of it is for fellow authorities
    ("disclosure.named", "until"): "2030-01-01",
    ("authority.opened", "time_zone"): "",
    ("clock.tick", "time_zone"): "",
    ("vault.about", "party"): CONCERNED,
    ("safety_cases.case", "argument"): {"elements": [{"id": "G", "kind": "goal", "text": "zqargument"}]},
    ("safety_cases.case", "bindings"): [{"element": "G", "expires": "2030-01-01"}],
    ("safety_cases.case", "dependence"): {"G": "unknown"},
    ("safety_cases.said", "element"): "G",
    ("safety_cases.said", "between"): None,
    ("safety_cases.said", "statement"): None,
    ("safety_cases.said", "evidence"): None,
    **{(f"third_party_testing.{name}", "signed"): f"zq.zq.{'0' * 86}" for name in ("returned", "verdict")},
}


@dataclass
class Vault:
    """An authority in which one entry of every kind was filed, each field with a canary of its own."""

    authority: Authority
    canaries: Canaries
    placed: dict[str, int] = field(default_factory=dict)
    confided: int = -1
    clock: ReplayClock = field(default_factory=lambda: ReplayClock(START))
    open: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def allowed(self, role: str, kind: str, name: str) -> bool:
        """Whether the table lets a role see a field; an authorisation opens just the fields that it names."""
        by_marking = role in EXPECTED[self.marking(kind, name)] and (kind, name) not in BY_AUTHORISATION_ALONE
        if role in (*OFFICE, "named") and (kind, name) in BY_HANDLING_ALONE:
            by_marking = False
        if role == "named" and (kind, name) in WHERE_THEY_ARE_REACHED:
            by_marking = False
        if (kind, name) in TAKEN_BACK:
            by_marking = by_marking and role in EXPECTED["TLP:AMBER"]
        about = role == "concerned" and (kind, name) in ABOUT_ONESELF
        return by_marking or about or (role == "authorised" and name in asked_for(self.authority.kinds[kind]))

    def marking(self, kind: str, name: str) -> str:
        return str(self.authority.kinds[kind].marking(name))

    @functools.cached_property
    def not_for_everybody(self) -> dict[tuple[str, str], str]:
        """The canaries that stand in no public field, or in one that was taken back."""
        marks = self.canaries.marks.items()
        return {at: mark for at, mark in marks if self.marking(*at) != "TLP:CLEAR" or at in TAKEN_BACK}

    def file_all(self) -> None:
        filed = [kind for kind in self.authority.kinds.values() if kind not in TURNING]
        kinds = sorted(filed, key=_first_needed)
        for kind in kinds:
            self.placed[kind.id] = self._file(kind)
            self.authority.follow()
        for kind_id, index in self.placed.items():
            about = self.authority.store.entry(index).subject or f"entry:{index}"
            self._name(f"entry:{index}", kind_id)
            if not about.startswith("entry:"):
                self._name(about, kind_id + "+")
        self.authority.follow()

    def confide(self) -> None:
        """An organisation, which everybody knows, reports in confidence what law asks of it."""
        named = {"name": CONFIDING.partition(":")[2], "countries": ["FR"], "source": "invented"}
        self.authority.act(Act("model_registration.organisation", named, "confiding"), FILER)
        said = {"name": CONFIDED.partition(":")[2], "category": "serious_incident", "title": "t", "what_happened": "w",
                "reporter": "provider", "organisation": CONFIDING, "jurisdictions": ["CN"], "harms": ["death"],
                "occurred": "2026-02-28", "aware_at": "2026-03-01T08:00:00Z"}  # fmt: skip
        self.confided = self.authority.act(Act("incident_reports.report", said, "confided"), FILER).index
        self.authority.follow()

    def _file(self, kind: Kind) -> int:
        """By the door where it lets the entry in; what only the authority records, straight into the record."""
        act = Act(kind.id, self.canaries.body(kind), f"canary:{kind.id}")
        with contextlib.suppress(CommonwealError):
            return self.authority.act(act, FILER).index
        caller = Caller(FILER.party, OPERATOR.roles)
        if kind.noun:
            act = replace(act, subject=subject_id(kind.noun, str(act.body[kind.name_field])))
        files = self.authority.attachments.named(kind, act, caller, FaultCollector(kind.id), lambda: False)
        return self.authority._writing.append([(replace(act, attached=files), caller)], START)[0][0]

    def value(self, index: int, name: str) -> str:
        """What a field of an entry holds, or whom it is about; nothing for what is no field."""
        if name == ABOUT:
            return str(self.authority.store.entry(index).subject)
        body = self.authority.entry(index).body if index >= 0 else {}
        return json.dumps(body.get(name), default=str)

    def files(self) -> list[str]:
        """Where every attachment of every entry lies, below the address of entries."""
        kinds, entry = self.authority.kinds, self.authority.entry
        return [
            f"{index}/attachments/{item['sha256']}"
            for kind, index in self.placed.items()
            for _, _, item in attachments_in(kinds[kind].schema, entry(index).body)
        ]

    def _name(self, about: str, key: str) -> None:
        body = {"party": NAMED, "about": about, "until": "2030-01-01", "reason": "the matrix"}
        self.authority.act(Act("disclosure.named", body, f"name:{key}"))

    def closed(self, role: str) -> dict[tuple[str, str], str]:
        """The canaries that this role must not meet anywhere."""
        marks = self.canaries.marks.items()
        return {(kind, name): canary for (kind, name), canary in marks if not self.allowed(role, kind, name)}

    def authorise(self) -> None:
        """Two parties are authorised for every other field of every entry, and use it; one authorisation runs out."""
        entries = {index: asked_for(self.authority.kinds[kind]) for kind, index in self.placed.items()}
        for party, days in ((AUTHORISED, 7), (LATE, 1)):
            for chunk in _chunks(sorted(entries.items()), 16):
                opened(self.authority, dict(chunk), Caller(party, ("auditor",)), START + timedelta(days=days))
        self.clock.set(START + timedelta(days=2))
        self.authority.follow()

    def audience(self, role: str, index: int) -> Audience:
        """As whom a role reads an entry, where no door says it: by name, or by what the record says of the party."""
        if role not in ("authorised", "late", "concerned"):
            return Audience.of(role)
        return sight.audience(self.authority, Caller(PARTIES[role]), "party:zqelse", None, index)

    def filed(self) -> list[int]:
        """What was filed here."""
        return [*self.placed.values(), self.confided]

    @functools.cached_property
    def door(self) -> ASGIApp:
        return api.app(self.authority, limits=api.Limits(address_per_s=1e6, address_burst=1e6))

    def client(self, role: str) -> Asking:
        found = self.open.enter_context(Asking(self.door))
        party = PARTIES.get(role, f"party:zq{role}")
        if role != "public":
            roles = () if role in PARTIES else (role,)
            key = self.authority.access.issue_key(party, roles, rate_per_s=1e6)
            found.headers["Authorization"] = f"Bearer {key}"
        return found


def asked_for(kind: Kind) -> list[str]:
    """The fields of a kind that the authorisations here are for: every other one."""
    return list(kind.schema.model_fields)[::2]


def _chunks(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    yield from (items[start : start + size] for start in range(0, len(items), size))


def opened(authority: Authority, entries: Mapping[int, Sequence[str]], caller: Caller, expires: datetime) -> None:
    """Ask for fields, have two organisations sign, and open them."""
    if not authority.reader.select(authorisations.TABLES[1]):
        authority.adopt(rule_file(policy_text().replace("[[signer]]", f"{NAMING}[[signer]]", 1)))
    basis = {"code": "court_order", "citation": "District Court, 3 O 17/26", "document_sha256": DOCUMENT}
    body = authorising.drafted(
        authority, entries, requester=caller.party, basis=basis, purpose="The matrix", expires=expires
    )
    _, text = authorising.request(authority, body, caller)
    lines = [authorisations.sign(text, signer(name)) for name in ("court", "ministry")]
    authorising.submit(authority, authorisations.note_of(text, lines).encode(), caller)
    authorising.opened(authority, authorisations.request_id(text), caller)


def _first_needed(kind: Kind) -> tuple[int, str]:
    """What others refer to comes first: of each noun, in the order in which they name one another."""
    nouns = ["organisation", "model", "training_run", "alert", "copy", "order", "exercise", "improvement"]
    return (nouns.index(kind.noun) if kind.noun in nouns else len(nouns), kind.id)


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vault]:
    folder = tmp_path_factory.mktemp("vault")
    installed = {**discover(), "vault": Installed(VAULT, folder)}
    settings = Settings(Text(en="Vault", zh="库"), "vault.example/record", START, replay=True)
    clock = ReplayClock(START)
    with Authority.create(folder / "house", settings, clock=clock, installed=installed) as authority:
        refs = {kind.noun: f"{kind.noun}:none" for kind in authority.kinds.values() if kind.noun}
        canaries = Canaries(_Refs(authority, refs), "eu.ai_act.art52_1", FIXED, functools.partial(attached, authority))
        found = Vault(authority, canaries, clock=clock)
        found.file_all()
        found.confide()
        found.authorise()
        with found.open:
            yield found


def attached(authority: Authority, word: str) -> Mapping[str, Any]:
    """A file of the filer's that is called and holds a canary, as a body names it."""
    waiting = authority.attachments.attach([word.encode()], f"{word}.txt", FILER.party)
    return waiting.attachment.model_dump()


class _Refs(dict[str, str]):
    """The newest registered subject of a noun, once there is one."""

    def __init__(self, authority: Authority, none: Mapping[str, str]) -> None:
        super().__init__(none)
        self.authority = authority

    def __getitem__(self, noun: str) -> str:
        rows = subjects(self.authority.reader, noun)
        return str(rows[0]["subject"]) if rows else super().__getitem__(noun)


# ── what is held against what ───────────────────────────────────────────────────────────────────────────────────────


def wrongly_shown(vault: Vault, role: str, door: str, kind: str, shown: set[str]) -> list[str]:
    """Each field of one entry that a door gave to a role against the table, or withheld against it."""
    said = []
    filed = set(vault.authority.entry(vault.placed[kind]).body)
    for name in sorted(filed | shown):
        allowed = vault.allowed(role, kind, name)
        if allowed != (name in shown):
            said.append(f"{kind}.{name} ({vault.marking(kind, name)}) {'withheld from' if allowed else 'shown to'} "
                        f"{role} through {door}")  # fmt: skip
    return said


def by_presentation(vault: Vault, role: str) -> list[str]:
    return [
        wrong
        for kind, index in vault.placed.items()
        for wrong in wrongly_shown(
            vault, role, "Authority.presentation", kind,
            set(vault.authority.presentation(index, vault.audience(role, index)).fields),
        )
    ]  # fmt: skip


def by_api_entry(vault: Vault, role: str) -> list[str]:
    client, said = vault.client(role), []
    for kind, index in vault.placed.items():
        answer = client.get(f"/api/v1/entries/{index}").json()
        said += wrongly_shown(vault, role, "GET /api/v1/entries/{index}", kind, set(answer["fields"]))
        answer = client.get(f"/api/v1/entries/{index}/presentation").json()
        said += wrongly_shown(vault, role, "an SD-JWT presentation", kind, set(answer["fields"]))
        disclosed = {_name_in(part) for part in answer["sd_jwt"].split("~")[1:-1]}
        said += wrongly_shown(vault, role, "the disclosures of an SD-JWT", kind, disclosed)
    return said


def _name_in(disclosure: str) -> str:
    import base64

    return str(json.loads(base64.urlsafe_b64decode(disclosure + "=" * (-len(disclosure) % 4)))[1]).removeprefix("body.")


def by_api_subject(vault: Vault, role: str) -> list[str]:
    client, said = vault.client(role), []
    for kind in vault.authority.kinds.values():
        if not kind.noun or kind.id not in vault.placed:
            continue
        answer = client.get("/api/v1/subjects", params={"noun": kind.noun}).json()
        bodies = [item for item in answer["subjects"] if item["entry"] == vault.placed[kind.id]]
        said += wrongly_shown(vault, role, "GET /api/v1/subjects", kind.id, set(bodies[0]["body"]))
    return said


STRUCTURED: dict[str, Callable[[Vault, str], list[str]]] = {
    "presentation": by_presentation, "API entry": by_api_entry, "API subject": by_api_subject,
}  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("door", STRUCTURED)
def test_a_door_gives_a_role_the_fields_of_the_table_and_no_other(vault: Vault, door: str, role: str) -> None:
    assert STRUCTURED[door](vault, role) == []


def test_every_kind_was_filed_and_every_closed_field_can_be_found_by_its_canary(vault: Vault) -> None:
    """A matrix with holes proves nothing: each field that is not for everyone is filed, and can be told apart."""
    assert set(vault.placed) == set(vault.authority.kinds) - {kind.id for kind in TURNING}
    assert all(kind.marking(name) is PUBLIC for kind in TURNING for name in kind.schema.model_fields)
    closed = {
        (kind.id, name)
        for kind in vault.authority.kinds.values()
        for name in kind.schema.model_fields
        if kind.marking(name) is not PUBLIC
    }
    silent = {
        (kind, name) for kind, name in closed - set(vault.canaries.marks) - set(FIXED) if _tells(vault, kind, name)
    }
    naming = {  # what names a registered subject stands in many places too
        (kind.id, name) for kind in vault.authority.kinds.values() for name in registry.fields_marked(kind.schema, Ref)
    }
    assert silent - naming == NO_CANARY
    assert len(set(vault.canaries.marks.values())) == len(vault.canaries.marks)
    for kind, name in closed & set(vault.canaries.marks):
        body = json.dumps(dict(vault.authority.entry(vault.placed[kind]).body), default=str)
        assert (kind, name) in seen_in(body, vault.canaries.marks)


def _tells(vault: Vault, kind: str, name: str) -> bool:
    """Whether a field can hold anything that is its own: yes and no, and one word of a list, cannot be told apart."""
    schema = json.dumps(vault.authority.kinds[kind].schema.model_json_schema()["properties"][name])
    return not re.search('"(boolean|enum|const)"', schema.replace('"type": "boolean"', '"boolean"'))


# ── everything that has an address ──────────────────────────────────────────────────────────────────────────────────


def looked_at(answer: Any, address: str, closed: Mapping[tuple[str, str], str]) -> set[tuple[str, str]]:
    """The closed fields that an answer shows. That nothing stands at an address may be said with the address asked."""
    assert answer.status_code < 500, address
    told = closed if answer.status_code == 200 else {at: mark for at, mark in closed.items() if mark not in address}
    return seen_in(readable(answer.content), told)


WALKS = ("public", "peer", "officer", "named", "authorised", "late")


@pytest.mark.parametrize("role", WALKS)
def test_no_address_of_the_api_lets_out_what_a_role_may_not_see_and_none_unlogged(
    vault: Vault, role: str, whole: bool
) -> None:
    client, closed = vault.client(role), vault.closed(role)
    leaks, silent, asked, answered = [], [], 0, 0
    entries = one_of_each(vault.authority, vault.filed())
    few = 0 if whole else FEW
    for address in api_addresses(vault.authority, client, vault.files(), entries, few=few, always=OF_CANARIES):
        receipt = re.search(r"/receipts/(\d+)", address)  # one is the same for all: whoever walks takes their share
        if receipt and not whole and int(receipt[1]) % len(WALKS) != WALKS.index(role):
            continue
        before = vault.authority.reads.head()[0]
        answer = client.get(address)
        asked, answered = asked + 1, answered + (answer.status_code == 200)
        leaks += [f"{kind}.{name} shown to {role} at {address}" for kind, name in looked_at(answer, address, closed)]
        silent += [f"{what} shown to {role} at {address}" for what in unlogged(vault, before, answer, address)]
    assert leaks == []
    assert "\n".join(silent) == ""
    assert answered > asked / 2 > 100


def unlogged(vault: Vault, before: int, answer: Any, address: str) -> list[str]:
    """What an answer shows that is not for everyone, and that stands in no field which a line of the log of reads after
    `before` says to have been read. Who filed is told by `(whose)`, or by a field that names them; so is which
    organisation, known to everybody, a report in confidence is from.
    """
    sealed = {at: mark for at, mark in vault.not_for_everybody.items() if mark not in address}
    lines = [line.read for line in vault.authority.reads.lines(before + 1)]
    read = [vault.value(one.entry, name) for one in lines for name in one.fields]
    silent = seen_in(answer.text, sealed) - seen_in("\n".join(read), sealed)
    named = WHOSE in {name for one in lines for name in one.fields} or any(FILER.party in value for value in read)
    filer = FILER.party in answer.text.replace(address, "") and not named
    whose = {name for one in lines if one.entry == vault.confided for name in one.fields} & {WHOSE, "organisation"}
    confided = not whose and tells_who_reported(answer.text, address)
    told = (["who filed"] if filer else []) + (["who reported"] if confided else [])
    return [*(f"{kind}.{name}" for kind, name in sorted(silent)), *told]


def tells_who_reported(text: str, address: str) -> bool:
    """Whether an answer names report and organisation together: on the report's own page, in a line, or an object."""
    if CONFIDED.partition(":")[2] in address:
        return CONFIDING.partition(":")[2] in re.sub("<option[^>]*>[^<]*", "", text)  # one of all that can be chosen
    pieces = map(json.dumps, _objects(json.loads(text))) if text.startswith("{") else re.split(r"<tr|<li|\n", text)
    return any(CONFIDED in piece and CONFIDING in piece for piece in pieces)


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Each object in JSON, without those that it holds."""
    if isinstance(value, dict):
        inner = [one for one in value.values() if isinstance(one, (dict, list))]
        yield {name: one for name, one in value.items() if not isinstance(one, dict) and "{" not in json.dumps(one)}
        for one in inner:
            yield from _objects(one)
    for one in value if isinstance(value, list) else ():
        yield from _objects(one)


@pytest.mark.parametrize("gate", ["owed", "kept", "told", "lists"])
def test_a_door_that_goes_round_the_log_of_reads_is_found(
    vault: Vault, gate: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever note is left out, the walk above says what was shown, and where."""
    monkeypatch.setattr(sight.Sight, gate, lambda *args: None)
    shown = {
        "owed": ("/api/v1/duties?limit=1000", "who reported"),
        "kept": ("/api/v1/retention", "who filed"),
        "told": ("/api/v1/retention", "retention.hold_placed.reference"),
        "lists": ("/api/v1/letters", "letter.written.wordings"),
    }
    address, what = shown[gate]
    before = vault.authority.reads.head()[0]
    assert what in unlogged(vault, before, vault.client("officer").get(address), address)


def test_no_page_or_file_of_the_portal_lets_out_what_the_public_may_not_see(vault: Vault, whole: bool) -> None:
    opened = vault.canaries.marks.keys() - vault.closed("public").keys()
    leaks, met, pages = [], set(), 0
    for answer, said in portal_leaks(vault, whole):
        pages += answer.status_code == 200
        leaks += said
        met |= seen_in(readable(answer.content), vault.canaries.marks)
    assert leaks == []
    assert pages > 200
    assert opened <= met  # the looking finds what is there: every public canary was met on some page


def test_no_page_of_the_portal_shows_an_officer_what_does_not_stand_in_the_log_of_reads(
    vault: Vault, whole: bool
) -> None:
    """Whichever page, list or file gives it, however it came by it: a table that holds it is no way round the log."""
    silent, pages = [], 0
    app = portal.app(vault.authority)
    with TestClient(app, follow_redirects=False) as browser, Asking(app) as client:
        key = vault.authority.access.issue_key("party:zqofficer", ("officer", "authority"), rate_per_s=1e6)
        assert sign_in(browser, key).status_code == 303
        client.headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        before = vault.authority.reads.head()[0]
        placed, few = vault.placed.values(), 0 if whole else FEW
        for address, answer in portal_answers(
            vault.authority, client, placed, vault.files(), "en", few=few, always=OF_CANARIES
        ):
            if not address.startswith(THE_LOG_ITSELF):
                silent += [f"{what} shown at {address}" for what in unlogged(vault, before, answer, address)]
            pages += answer.status_code == 200
            before = vault.authority.reads.head()[0]
    assert "\n".join(silent) == ""
    assert pages > 200


def portal_leaks(vault: Vault, whole: bool = False) -> Iterator[tuple[Any, list[str]]]:
    """Every answer of the portal, with what it shows that the public may not see."""
    closed = vault.closed("public")
    with Asking(portal.app(vault.authority)) as client:
        placed, few = vault.placed.values(), 0 if whole else FEW
        for address, answer in portal_answers(
            vault.authority, client, placed, vault.files(), few=few, always=OF_CANARIES
        ):
            shown = looked_at(answer, address, closed)
            yield answer, [f"{kind}.{name} shown to the public at {address}" for kind, name in shown]


# ── what is held about somebody ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("role", PARTIES)
def test_what_is_held_about_a_party_shows_it_nothing_that_is_closed_to_it(vault: Vault, role: str) -> None:
    """Of the entries of the matrix, the filer is told all, and whom one is about that one."""
    answer = vault.client(role).get("/api/v1/held?limit=500").json()
    told = {item["entry"]: set(item["fields"]) for item in answer["entries"]}
    wrong = [
        said
        for kind, index in vault.placed.items() if index in told
        for said in wrongly_shown(vault, role, "GET /api/v1/held", kind, told[index])
    ]  # fmt: skip
    assert wrong == []
    assert seen_in(json.dumps(answer), vault.closed(role)) == set()
    listed = {kind for kind, index in vault.placed.items() if index in told}
    assert listed == {"filer": set(vault.placed), "concerned": {"vault.about"}}.get(role, set())


@pytest.mark.parametrize("role", [role for role in ROLES if role not in ("public", "authorised", "late")])
def test_who_answers_for_another_reads_no_more_than_before(vault: Vault, role: str) -> None:
    """What both may read, and of others' requests nothing at all; each entry that was told stands in the log."""
    before = vault.authority.reads.head()[0]
    answer = vault.client(role).get(f"/api/v1/held?limit=500&party={FILER.party}&purpose=asked").json()
    assert seen_in(json.dumps(answer), vault.closed(role)) == set()
    if role not in OFFICE:
        assert answer["status"] == 403
        assert vault.authority.reads.head()[0] == before
        return
    told = {item["entry"] for item in answer["entries"]}
    assert told >= set(vault.placed.values())
    assert {line.read.entry for line in vault.authority.reads.lines(before + 1)} == told


def test_a_policy_that_is_loosened_shows_in_what_is_held(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    """The two tests above would notice: with all of it open to whom an entry is about."""
    texts = [PolicyText(item.file, item.text.replace('Role::"filer"', 'Role::"concerned"')) for item in house_texts()]
    monkeypatch.setattr(vault.authority, "policies", Policies(texts, vault.authority.kinds.values()))
    answer = held.own(vault.authority, CONCERNED, sight.Sight(vault.authority, Caller(CONCERNED), "test"))
    assert seen_in(json.dumps(answer.as_dict()), vault.closed("concerned")) >= {("vault.about", "sealed")}


def test_a_key_gains_nothing_by_roles_that_only_the_house_gives(vault: Vault) -> None:
    client = vault.client("public")
    key = vault.authority.access.issue_key("party:zqimpostor", ("filer", "named", "authorised"), rate_per_s=1e6)
    client.headers["Authorization"] = f"Bearer {key}"
    for index in vault.placed.values():
        shown = set(client.get(f"/api/v1/entries/{index}").json()["fields"])
        assert shown == set(vault.authority.presentation(index).fields)


def test_a_key_that_may_not_read_reads_as_the_public(vault: Vault) -> None:
    client = vault.client("public")
    key = vault.authority.access.issue_key(FILER.party, ("officer",), scopes=("file",), rate_per_s=1e6)
    client.headers["Authorization"] = f"Bearer {key}"
    index = vault.placed["vault.piece"]
    assert set(client.get(f"/api/v1/entries/{index}").json()["fields"]) == {"name", "clear"}


def test_a_field_that_is_opened_by_an_authorisation_says_by_which_policy_and_on_what_basis(vault: Vault) -> None:
    """And the role without a basis opens nothing."""
    index = vault.placed["vault.piece"]
    assert set(vault.authority.presentation(index, Audience.of("authorised")).fields) == {"name", "clear"}
    why = vault.client("authorised").get(f"/api/v1/entries/{index}").json()["why"]
    opened_by = {name: (one["policies"], one.get("basis", "")[:37]) for name, one in why.items()}
    basis = "court_order: District Court, 3 O 17/26"[:37]
    assert opened_by == {
        "name": (["authorised", "tlp-clear"], basis),
        "clear": (["tlp-clear"], ""),
        "green": (["authorised"], basis),
        "unmarked": (["authorised"], basis),
        "red": (["authorised"], basis),
    }
    late = vault.client("late").get(f"/api/v1/entries/{index}").json()["why"]
    assert set(late) == {"name", "clear"}


def test_a_name_that_has_passed_its_day_or_was_withdrawn_opens_nothing(vault: Vault, tmp_path: Path) -> None:
    """Naming is an act with an end: after it the field is closed to the same key."""
    settings = Settings(Text(en="N", zh="名"), "named.example/record", START, replay=True)
    clock = ReplayClock(START)
    installed = {"vault": Installed(VAULT, tmp_path)}
    with Authority.create(tmp_path / "house", settings, clock=clock, installed=installed) as authority:
        index = authority.act(Act("vault.piece", {"name": "p", "red": "r"}, "p"), FILER).index
        found = Vault(authority, vault.canaries)
        client = found.client("named")

        def sees() -> bool:
            authority.follow()
            return "red" in client.get(f"/api/v1/entries/{index}").json()["fields"]

        def name(until: str, withdrawn: bool = False) -> None:
            body = {"party": NAMED, "about": "piece:p", "until": until, "reason": "r", "withdrawn": withdrawn}
            authority.act(Act("disclosure.named", body, f"name:{authority.store.size()}"))

        assert not sees()
        name("2026-03-02")
        assert sees()
        name("2026-03-02", withdrawn=True)
        assert not sees()
        name("2026-03-02")
        assert sees()
        clock.set(datetime(2026, 3, 3, 0, 0, tzinfo=UTC))
        assert not sees()


def test_nobody_names_themselves_a_reader(tmp_path: Path) -> None:
    """One administrator alone would open every field marked TLP:RED to themselves."""
    settings = Settings(Text(en="N", zh="名"), "named.example/record", START, replay=True)
    with Authority.create(tmp_path / "house", settings, clock=ReplayClock(START)) as authority:
        body = {"party": "party:jane", "about": "entry:0", "until": "2026-03-02", "reason": "r"}
        jane = Caller("party:jane", ("authority",))
        with pytest.raises(BadInput) as refused:
            authority.act(Act("disclosure.named", body, ""), jane)
        assert [fault.code for fault in refused.value.faults] == ["oneself"]
        authority.act(Act("disclosure.named", {**body, "withdrawn": True}, ""), jane)  # that ends it, and opens nothing
        authority.act(Act("disclosure.named", body, ""), Caller("party:other", ("authority",)))


# ── would it notice ─────────────────────────────────────────────────────────────────────────────────────────────────

LOOSER = {
    "peer": ("TLP:AMBER", '[Role::"officer", Role::"authority"]', '[Role::"officer", Role::"peer"]'),
    "officer": ("TLP:RED", 'principal in Role::"named"', 'principal in Role::"officer"'),
    "observer": ("TLP:GREEN", '[Role::"peer"', '[Role::"observer", Role::"peer"'),
    "public": ("TLP:RED", 'principal in Role::"filer"', 'principal in Role::"public"'),
}


@pytest.mark.parametrize("role", LOOSER)
@pytest.mark.parametrize("door", STRUCTURED)
def test_a_policy_that_is_loosened_in_a_copy_is_found(
    vault: Vault, role: str, door: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The leak is named by kind, field, marking, role and door."""
    marking = loosened(vault, role, monkeypatch)
    said = STRUCTURED[door](vault, role)
    assert any(re.match(rf"vault\.piece\.\w+ \({marking}\) shown to {role} through .", wrong) for wrong in said)


def test_the_walk_through_the_portal_finds_a_loosened_policy(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    """On an entry's page and in its files, where nobody but the policies stands between a field and the public."""
    loosened(vault, "public", monkeypatch)
    piece = vault.placed["vault.piece"]
    wanted = {f"vault.piece.red shown to the public at /record/{piece}{form}" for form in ("", ".json")}
    for _, said in portal_leaks(vault):
        wanted -= set(said)
        if not wanted:
            break
    assert wanted == set()


def loosened(vault: Vault, role: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Put a copy of the policies in force that shows a role fields of one marking; gives the marking.

    What was filed to be looked at is the vault's own from then on.
    """
    own = {kind: index for kind, index in vault.placed.items() if kind.startswith("vault.")}
    monkeypatch.setattr(vault, "placed", own)
    marking, before, after = LOOSER[role]
    texts = [PolicyText(item.file, item.text.replace(before, after)) for item in house_texts()]
    assert texts != house_texts()
    monkeypatch.setattr(vault.authority, "policies", Policies(texts, vault.authority.kinds.values()))
    return marking
