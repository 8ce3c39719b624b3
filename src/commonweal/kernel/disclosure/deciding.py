"""Who sees what: Cedar policies over roles, markings and legal bases decide for each field, and say why.

The house's policies lie in `policies/`, with the schema they are validated against; an instrument's own can only
forbid, and only on its own kinds. A faulty policy is refused with its file and line before anything is decided.
A decision depends on nothing but (roles, kind, field, marking, basis): it is made once and kept.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import cedarpy

from commonweal.kernel.values import FaultCollector, RuleFault, Text

from .kinds import Kind, Marking

HERE = Path(__file__).parent / "policies"
ROLES: Mapping[str, Text] = {
    "public": Text(en="Anyone", zh="任何人"),
    "developer": Text(en="Developer", zh="开发者"),
    "observer": Text(en="Observer", zh="观察员"),
    "reporter": Text(en="Reporter, by a public form", zh="公众表单提交者"),
    "peer": Text(en="Fellow authority", zh="同行机构"),
    "auditor": Text(en="Auditor", zh="审计人员"),
    "officer": Text(en="Officer", zh="官员"),
    "authority": Text(en="The authority", zh="本机构"),
    "filer": Text(en="Who filed it", zh="提交者"),
    "handling": Text(en="Who handles it, and says what for", zh="经办人（已说明用途）"),
    "concerned": Text(en="Whom it is about", zh="所涉本人"),
    "named": Text(en="Named for it", zh="被指名者"),
    "addressee": Text(en="Whom a letter is addressed to", zh="公函收件人"),
    "authorised": Text(en="Authorised, on a legal basis", zh="依法获授权者"),
    "released": Text(en="To whom the office released it", zh="经本机构决定向其开放者"),
}
GIVEN_BY_THE_HOUSE = frozenset(
    ("public", "filer", "handling", "concerned", "named", "addressee", "authorised", "released")
)  # a key cannot carry these
_ANNOTATIONS = ("id", "title", "title_zh")
_SCOPES = {"Field": "==", "Kind": "in", "Instrument": "in"}


@dataclass(frozen=True, slots=True)
class Audience:
    """As whom an entry is read: every role the reader has towards it, on what basis which field is authorised, and
    which fields were released to them."""

    roles: frozenset[str]
    bases: frozenset[tuple[str, str]] = frozenset()
    released: frozenset[str] = frozenset()

    @classmethod
    def of(cls, *roles: str, bases: Mapping[str, str] = MappingProxyType({}), released: Iterable[str] = ()) -> Audience:
        """An audience of these roles; everyone is also `public`. `bases` are by field, `released` are fields."""
        return cls(frozenset(("public", *roles)), frozenset(bases.items()), frozenset(released))

    def basis(self, field: str) -> str:
        """The legal basis on which a field is authorised; empty without one."""
        return next((basis for name, basis in self.bases if name == field), "")


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a field is shown, and the ids of the policies that decided. With none, nothing permits it."""

    allowed: bool
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PolicyText:
    """The text of one policy file; `instrument` is empty for the house's own."""

    file: str
    text: str
    instrument: str = ""


@dataclass(frozen=True, slots=True)
class _Statement:
    """One policy with the line that it begins on."""

    file: str
    line: int
    text: str
    instrument: str

    @property
    def where(self) -> str:
        return f"{self.file}, line {self.line}"


class Policies:
    """The policies in force over a set of kinds. Raises `RuleFault` naming every fault with its file and line."""

    def __init__(self, texts: Iterable[PolicyText], kinds: Iterable[Kind] = ()) -> None:
        kinds = list(kinds)
        known = _known(kinds) if kinds else None
        self._kinds = {kind.id: kind for kind in kinds}
        faults = FaultCollector("policies", RuleFault)
        self._titles: dict[str, Text] = {}
        good = [item for text in texts for item in _statements(text) if self._taken(item, known, faults)]
        faults.done()
        self._set = _policy_set("\n".join(item.text for item in good))
        self._decided: dict[tuple[Audience, str, str, Marking], Decision] = {}
        self._seen: dict[tuple[Audience, str], tuple[type, frozenset[str]]] = {}

    def decide(self, audience: Audience, kind: Kind, field: str, marking: Marking | None = None) -> Decision:
        """Whether an audience may read one top-level field, and why; were it marked otherwise, where that is said."""
        return self._decide(audience, kind, [field], marking)[0]

    def seen(self, audience: Audience, kind: Kind) -> frozenset[str]:
        """The fields of a kind that an audience may read."""
        key = (audience, kind.id)
        found = self._seen.get(key)
        if found is None or found[0] is not kind.schema:
            names = list(kind.schema.model_fields)
            decisions = self._decide(audience, kind, names)
            shown = frozenset(name for name, one in zip(names, decisions, strict=True) if one.allowed)
            found = self._seen[key] = (kind.schema, shown)
        return found[1]

    def may_see(self, audience: Audience, kind: Kind, field: str) -> bool:
        """Whether an audience may read one field, also one that only an older version of the kind had."""
        seen = self.seen(audience, kind)
        return field in seen or (field not in kind.schema.model_fields and self.decide(audience, kind, field).allowed)

    def public_part(self, kind_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """What everyone may read of a body, in the order of its schema; of a kind that is not known, nothing."""
        kind = self._kinds.get(kind_id)
        seen = self.seen(Audience.of(), kind) if kind else frozenset()
        return {
            name: body[name] for name in (kind.schema.model_fields if kind else ()) if name in seen and name in body
        }

    def title(self, policy: str) -> Text:
        """What a policy says, in every language."""
        return self._titles[policy]

    def titles(self) -> Mapping[str, Text]:
        """Every policy in force, by its id."""
        return dict(self._titles)

    def _decide(
        self, audience: Audience, kind: Kind, fields: Iterable[str], marking: Marking | None = None
    ) -> list[Decision]:
        keys = [(audience, kind.id, field, marking or kind.marking(field)) for field in fields]
        missing = [key for key in keys if key not in self._decided]
        if missing:
            requests = [_request(key[2], kind.id, audience) for key in missing]
            about = kind.personal()
            asked = [(field, mark, field in about) for _, _, field, mark in missing]
            entities = json.dumps(_entities(audience, kind, asked))
            answers = cedarpy.is_authorized_batch(requests, self._set, entities, _schema())
            self._decided.update(zip(missing, map(_decision, answers), strict=True))
        return [self._decided[key] for key in keys]

    def _taken(self, item: _Statement, known: Mapping[str, frozenset[str]] | None, faults: FaultCollector) -> bool:
        """Whether a policy can be used; its faults are collected."""
        before = faults.count
        try:
            policy = _read(item.text)
        except (ValueError, KeyError) as error:
            want = f"a policy in Cedar, ended by a semicolon: {error}"
            faults.add(item.where, item.text.strip()[:120], want, "syntax")
            return False
        for problem in _against_schema(item.text):
            want = "what schema.cedarschema declares: " + problem.removeprefix("for policy `policy0`, ")
            faults.add(item.where, item.text.strip()[:120], want, "schema")
        notes = policy.get("annotations", {})
        for name in _ANNOTATIONS:
            if not notes.get(name):
                faults.add(item.where, "(absent)", f'@{name}("…"), so that a decision can say why', "annotation")
        if notes.get("id") in self._titles:
            faults.add(item.where, notes["id"], "an id that no other policy has", "duplicate")
        if known is not None:
            _check_names(item, policy, known, faults)
        if item.instrument:
            _check_narrows(item, policy, faults)
        if faults.count == before:
            self._titles[notes["id"]] = Text(en=notes["title"], zh=notes["title_zh"])
        return faults.count == before


def house_texts() -> list[PolicyText]:
    """The house's own policy files."""
    return [PolicyText(path.name, path.read_text("utf-8")) for path in sorted(HERE.glob("*.cedar"))]


@functools.cache
def house_policies() -> Policies:
    """The house's own policies, whatever the kinds."""
    return Policies(house_texts())


# ── what Cedar is asked, and what it answers ────────────────────────────────────────────────────────────────────────


# The same few texts are read each time an authority is opened in a process, as when one is copied, restored or tried.
_remembered = functools.lru_cache(maxsize=1024)


@_remembered
def _read(text: str) -> Mapping[str, Any]:
    """One policy as Cedar reads it, not to be changed. Raises `ValueError` or `KeyError` where it is none."""
    found: Mapping[str, Any] = json.loads(cedarpy.policies_to_json_str(text))["staticPolicies"]["policy0"]
    return found


@_remembered
def _against_schema(text: str) -> tuple[str, ...]:
    """What in a policy is not as the schema declares."""
    return tuple(problem.error for problem in cedarpy.validate_policies(text, _schema()).errors)


@functools.lru_cache(maxsize=16)
def _policy_set(text: str) -> cedarpy.PolicySet:
    return cedarpy.PolicySet.from_str(text)


@functools.cache
def _schema() -> cedarpy.Schema:
    return cedarpy.Schema.from_str((HERE / "schema.cedarschema").read_text("utf-8"))


def _field(kind: str, field: str) -> str:
    return f"{kind}.{field}"


def _request(field: str, kind: str, audience: Audience) -> dict[str, Any]:
    return {
        "principal": {"type": "Reader", "id": "reader"},
        "action": {"type": "Action", "id": "see"},
        "resource": {"type": "Field", "id": _field(kind, field)},
        "context": {"basis": audience.basis(field), "released": field in audience.released},
    }


def _entities(audience: Audience, kind: Kind, fields: Iterable[tuple[str, Marking, bool]]) -> list[dict[str, Any]]:
    """The reader in its roles, the kind in its instrument, and each field in its kind and under its marking."""
    kept = kind.retention
    named = [
        ("Reader", "reader", {}, [("Role", role) for role in sorted(audience.roles)]),
        ("Kind", kind.id, {}, [("Instrument", kind.id.partition(".")[0])]),
        *(
            ("Field", _field(kind.id, name), {"name": name, "personal": about, "kept": kept},
             [("Kind", kind.id), ("Marking", mark)])
            for name, mark, about in fields
        ),
    ]  # fmt: skip
    return [
        {"uid": _uid(type_, id_), "attrs": attrs, "parents": [_uid(*parent) for parent in parents]}
        for type_, id_, attrs, parents in named
    ]


def _uid(type_: str, id_: str) -> dict[str, str]:
    return {"type": type_, "id": str(id_)}


def _decision(answer: cedarpy.AuthzResult) -> Decision:
    """What Cedar answered. A policy that cannot be evaluated opens nothing: Cedar itself would pass over it."""
    if answer.diagnostics.errors:
        return Decision(False, ())
    names = answer.diagnostics.id_annotations_by_reason
    return Decision(answer.allowed, tuple(sorted(names[reason] for reason in answer.diagnostics.reasons)))


# ── checking policy texts ───────────────────────────────────────────────────────────────────────────────────────────


@_remembered
def _statements(source: PolicyText) -> tuple[_Statement, ...]:
    """The policies of a file: Cedar's own messages name no line, so each is read by itself."""
    found: list[_Statement] = []
    start = line = 1
    held = ""
    for piece in _pieces(source.text):
        if not held.strip():
            start, held = line, ""
        if piece.startswith("//") and not held.strip():
            held = ""
        else:
            held += piece
        line += piece.count("\n")
        if piece == ";":
            found.append(_Statement(source.file, start, held, source.instrument))
            held = ""
    if held.strip():
        found.append(_Statement(source.file, start, held, source.instrument))
    return tuple(found)


def _pieces(text: str) -> Iterator[str]:
    """A policy text in comments, strings, and single characters."""
    at = 0
    while at < len(text):
        end = at + 1
        if text.startswith("//", at):
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
        elif text[at] == '"':
            while end < len(text) and text[end] != '"':
                end += 2 if text[end] == "\\" else 1
            end += 1
        yield text[at:end]
        at = end


def _known(kinds: list[Kind]) -> Mapping[str, frozenset[str]]:
    """The names that policies may use, by type."""
    return {
        "Role": frozenset(ROLES) | {role for kind in kinds for role in kind.files},
        "Marking": frozenset(Marking),
        "Kind": frozenset(kind.id for kind in kinds),
        "Instrument": frozenset(kind.id.partition(".")[0] for kind in kinds),
        "Field": frozenset(_field(kind.id, name) for kind in kinds for name in kind.schema.model_fields),
    }


def _check_names(item: _Statement, policy: Any, known: Mapping[str, frozenset[str]], faults: FaultCollector) -> None:
    """Cedar takes any name of a known type; a policy about what is not there would be passed over in silence."""
    for type_, id_ in _uids(policy):
        if id_ not in known.get(type_, frozenset((id_,))):
            faults.add(item.where, f'{type_}::"{id_}"', f"a {type_.lower()} that there is", "unknown_name")


def _check_narrows(item: _Statement, policy: Mapping[str, Any], faults: FaultCollector) -> None:
    """An instrument cannot widen what the house allows, nor speak about what is not its own."""
    if policy["effect"] != "forbid":
        faults.add(item.where, policy["effect"], "forbid: only the house permits; an instrument takes away", "widens")
    scope = policy["resource"]
    entity = scope.get("entity", {})
    own = str(entity.get("id", "")).partition(".")[0] == item.instrument
    if not own or scope["op"] != _SCOPES.get(entity.get("type", "")):
        want = f'resource in Instrument::"{item.instrument}", in one of its kinds, or == one of its fields'
        faults.add(item.where, f"{scope['op']} {entity.get('id', '(anything)')}", want, "scope")
    name = str(policy.get("annotations", {}).get("id", ""))
    if not name.startswith(item.instrument + "."):
        faults.add(item.where, name, f"an id that begins with {item.instrument}.", "name")


def _uids(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        if set(value) == {"type", "id"}:
            yield str(value["type"]), str(value["id"])
        for inner in value.values():
            yield from _uids(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _uids(inner)
