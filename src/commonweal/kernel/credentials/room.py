"""Credentials by type and number: follows registrations, decisions and time; gives the entries that follow from them.

A credential's `number` is the index of the entry that it follows from, which is its place in its type's status lists
too: nothing is counted, so nothing can be counted twice. What is in the tables follows from entries alone; keys and
signatures belong to whoever hands a credential out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from commonweal.kernel.disclosure.checking import validate
from commonweal.kernel.record import Act, Entry, Reader, Row, Table, Tables
from commonweal.kernel.values import FaultCollector, Forbidden, stamp

from .declaration import SUFFIX, Credential, Decision, Public
from .kinds import CHANGES, FROM, KEY_PUBLISHED, OFFICE, REQUESTED, STATE_OF, change_body, key_published
from .statuslist import INVALID, SUSPENDED, VALID
from .terms import Validity, read_terms

LIST_SIZE = 1 << 17
ANNULLED, HANDED_OVER = "record.annulled", "registry.handed_over"
LIVE = ("valid", "suspended")
STATUS = {"valid": VALID, "suspended": SUSPENDED, "revoked": INVALID, "expired": INVALID}

CREDENTIAL = Table(
    "credentials_credential",
    columns={
        "credential": "text", "number": "integer", "subject": "text", "list": "integer", "state": "text",
        "issued_at": "text", "expires_at": "text", "claims": "json", "entry": "integer",
    },
    key=("credential", "number"),
    indexes=(("credential", "subject"), ("state", "expires_at"), ("credential", "list", "state")),
)  # fmt: skip
CHANGE = Table(
    "credentials_change",
    columns={
        "credential": "text", "number": "integer", "cause": "integer", "state": "text", "reason": "text",
        "legal_basis": "text", "at": "text", "entry": "integer",
    },
    key=("credential", "number", "cause", "state"),
)  # fmt: skip
STANDING = Table(
    "credentials_standing",
    columns={"credential": "text", "subject": "text", "standing": "text", "reason": "text", "holder": "text"},
    key=("credential", "subject"),
)
TERMS = Table(
    "credentials_terms",
    columns={"rule_id": "text", "adopted": "integer", "version": "text", "text": "text"},
    key=("rule_id",),
)
KEY = Table("credentials_key", columns={"kid": "text", "jwk": "json", "entry": "integer"}, key=("kid",))
KEY_END = Table(
    "credentials_key_end",
    columns={"kid": "text", "change": "text", "at": "text", "entry": "integer", "next": "text"},
    key=("kid",),
)
TABLES = (CREDENTIAL, CHANGE, STANDING, TERMS, KEY, KEY_END)


def list_address(issuer: str, credential: str, number: int) -> tuple[str, int]:
    """The address of the status list that holds a credential's status, and its place in it."""
    part, place = divmod(number, LIST_SIZE)
    return f"{issuer}/api/v1/status-lists/{credential}.{part}", place


def type_address(issuer: str, credential: str) -> str:
    """The `vct` of a type of credential: the address of its description."""
    return f"{issuer}/api/v1/credential-types/{credential}"


class Credentials:
    """Keeps every credential's standing. `issuer` is the https address under which they are issued.

    They say what `public` lets everyone read. `jwk` is the public key that signs now: it is published in the log
    before the first credential under it.
    """

    def __init__(
        self, declared: Iterable[Credential], public: Public, *, issuer: str = "", jwk: Mapping[str, str] | None = None
    ) -> None:
        self._declared = {item.id: item for item in declared}
        self._issuances = {item.id + SUFFIX: item.id for item in self._declared.values()}
        self._public, self._issuer, self._jwk = public, issuer, jwk

    def follow(self, entry: Entry, tables: Tables) -> list[Act]:
        if entry.kind == "rule.adopted":
            self._adopt(entry, tables)
        elif entry.kind == KEY_PUBLISHED.id:
            self._published(entry, tables)
        elif entry.kind in self._issuances:
            self._issued(entry, tables)
        elif entry.kind in STATE_OF:
            self._changed(entry, tables)
        elif entry.kind == "clock.tick":
            return self._expired(entry, tables)
        else:
            return [act for item in self._declared.values() for act in self._heard(item, entry, tables)]
        return []

    def due(self, now: datetime, tables: Reader) -> bool:
        """Whether a credential has come to its end."""
        return bool(tables.select(CREDENTIAL, _ended(now), limit=1))

    # ── what entries say ────────────────────────────────────────────────────────────────────────────────────────

    def _adopt(self, entry: Entry, tables: Tables) -> None:
        rule_id = str(entry.body["rule_id"])
        if any(item.terms == rule_id for item in self._declared.values()):
            row = {"rule_id": rule_id, "adopted": entry.index, "version": str(entry.body["version"])}
            tables.put(TERMS, {**row, "text": str(entry.body["text"])})

    def _heard(self, declared: Credential, entry: Entry, tables: Tables) -> list[Act]:
        """What an entry means for one type: a filing, a request or a decision."""
        if entry.kind == REQUESTED.id:
            asked = entry.body["credential"] == declared.id
            return self._issue(declared, str(entry.body["about"]), entry, tables, anew=True) if asked else []
        if entry.kind in (ANNULLED, HANDED_OVER):
            return self._marked(declared, entry, tables)
        decision = declared.decides(entry)
        if decision is not None:
            return self._decided(declared, decision, entry, tables)
        if entry.subject is None or entry.kind != declared.filing:
            return []
        row = self._standing(declared, entry.subject, tables)
        tables.put(STANDING, {**row, "holder": row["holder"] or entry.author})
        wanted = current(tables, declared.id, entry.subject) is not None or declared.issues(entry, tables)
        return self._issue(declared, entry.subject, entry, tables) if wanted else []

    def _marked(self, declared: Credential, entry: Entry, tables: Tables) -> list[Act]:
        """A filing was annulled: a credential says what is on file now, or ends. Or its subject changed hands."""
        subject = entry.subject
        if subject is None or not subject.startswith(declared.noun + ":"):
            return []
        row = tables.get(STANDING, declared.id, subject)
        if entry.kind == HANDED_OVER:
            if row is not None:
                tables.put(STANDING, {**row, "holder": entry.body["to"]})
            return []
        found = current(tables, declared.id, subject)
        if entry.body.get("kind") != declared.filing:
            return []
        if declared.of(subject, tables, self._public) is not None:
            return self._issue(declared, subject, entry, tables) if found is not None else []
        if row is not None:  # there is no such subject any more; filed anew, it begins anew
            tables.delete(STANDING, declared.id, subject)
        return self._change(found, "revoked", "registration_annulled", entry, tables) if found is not None else []

    def _standing(self, declared: Credential, subject: str, tables: Reader) -> Row:
        empty = {"credential": declared.id, "subject": subject, "standing": "valid", "reason": "", "holder": ""}
        return tables.get(STANDING, declared.id, subject) or empty

    def _issue(
        self, declared: Credential, subject: str, entry: Entry, tables: Tables, *, anew: bool = False
    ) -> list[Act]:
        """A credential of what is on file now, in place of an earlier one, unless that says the same already."""
        validity, standing = self.validity(declared.id, tables), self._standing(declared, subject, tables)
        values = declared.of(subject, tables, self._public)
        if validity is None or values is None or standing["standing"] == "revoked":
            return []
        earlier = current(tables, declared.id, subject)
        body = self._body(declared, subject, values, entry, validity.expires(entry.time))
        row = _row(declared.id, entry.index, body, entry.time)
        if earlier is not None and not anew and earlier["claims"] == row["claims"]:
            return []
        tables.put(CREDENTIAL, row)
        key = f"credential:{declared.id}:{entry.index}:issued"
        acts = [*self._publication(tables), Act(declared.kind.id, body, key, subject, (entry.index,))]
        if standing["standing"] == "suspended":
            acts += self._change(row, "suspended", standing["reason"], entry, tables)
        if earlier is not None:
            acts += self._change(earlier, "revoked", "superseded", entry, tables)
        return acts

    def _body(
        self, declared: Credential, subject: str, values: Mapping[str, Any], entry: Entry, ends: datetime | None
    ) -> dict[str, Any]:
        uri, place = list_address(self._issuer, declared.id, entry.index)
        terms = {
            "iss": self._issuer,
            "vct": type_address(self._issuer, declared.id),
            "sub": subject,
            "iat": int(entry.time.timestamp()),
            "status": {"status_list": {"idx": place, "uri": uri}},
        } | ({"exp": int(ends.timestamp())} if ends else {})
        return validate(declared.kind, {**values, "terms": terms})

    def _published(self, entry: Entry, tables: Tables) -> None:
        body = entry.body
        tables.put(KEY, {"kid": body["kid"], "jwk": body["jwk"], "entry": entry.index})
        if body.get("replaces"):
            end = {"kid": body["replaces"], "change": body["change"], "at": stamp(entry.time)}
            tables.put(KEY_END, {**end, "entry": entry.index, "next": body["kid"]})

    def _publication(self, tables: Reader) -> list[Act]:
        """The key that signs, if the log lacks it. Where it was replaced meanwhile, the next one is there already."""
        if self._jwk is None or tables.get(KEY, self._jwk["kid"]) or tables.get(KEY_END, self._jwk["kid"]):
            return []
        return [key_published({"kid": self._jwk["kid"], "jwk": dict(self._jwk)})]

    def _decided(self, declared: Credential, decision: Decision, entry: Entry, tables: Tables) -> list[Act]:
        subject, state = decision.subject, decision.state
        row = self._standing(declared, subject, tables)
        tables.put(STANDING, {**row, "standing": state, "reason": decision.reason})
        found = current(tables, declared.id, subject)
        if found is not None:
            return self._change(found, state, decision.reason, entry, tables)
        lost = state == "valid" != row["standing"] and credentials(tables, subject, declared.id)
        return self._issue(declared, subject, entry, tables) if lost else []

    def _expired(self, entry: Entry, tables: Tables) -> list[Act]:
        rows = tables.select(CREDENTIAL, _ended(entry.time))
        return [act for row in rows for act in self._change(row, "expired", "expired", entry, tables)]

    def _change(self, row: Row, state: str, reason: str, entry: Entry, tables: Tables) -> list[Act]:
        """Change a credential at once and say so in the record; nothing where it cannot come to that state."""
        if not apply(tables, row["credential"], row["number"], state, _why(entry, reason, None)):
            return []
        body = change_body(row["credential"], row["number"], reason, entry.index)
        key = f"credential:{row['credential']}:{row['number']}:{state}:{entry.index}"
        return [Act(CHANGES[state].id, body, key, row["subject"], (entry.index,))]

    # ── the record's own word ───────────────────────────────────────────────────────────────────────────────────

    def _issued(self, entry: Entry, tables: Tables) -> None:
        """What was issued is what the entry says."""
        credential = self._issuances[entry.kind]
        number = int(entry.key.rsplit(":", 2)[-2])
        row = _row(credential, number, entry.body, entry.time)
        there = tables.get(CREDENTIAL, credential, number) or row
        tables.put(CREDENTIAL, {**row, "state": there["state"], "entry": entry.index})

    def _changed(self, entry: Entry, tables: Tables) -> None:
        """A change that followed from an entry gets its own entry's index; one that was filed by hand takes effect."""
        body, state = entry.body, STATE_OF[entry.kind]
        cause = body.get("cause", entry.index)
        there = tables.get(CHANGE, body["credential"], body["number"], cause, state)
        if there is not None:
            tables.put(CHANGE, {**there, "entry": entry.index})
            return
        why = _why(entry, str(body["reason"]), body.get("legal_basis")) | {"cause": cause, "entry": entry.index}
        found = tables.get(CREDENTIAL, body["credential"], body["number"])
        if not apply(tables, body["credential"], body["number"], state, why) or found is None:
            return
        declared = self._declared.get(str(body["credential"]))
        if declared is not None and state in LIVE:  # one that is revoked by hand says nothing of the next one
            row = self._standing(declared, found["subject"], tables)
            tables.put(STANDING, {**row, "standing": state, "reason": str(body["reason"])})

    # ── asked from outside ──────────────────────────────────────────────────────────────────────────────────────

    def validity(self, credential: str, reader: Reader) -> Validity | None:
        """The terms in force for a type; None while none are adopted."""
        row = reader.get(TERMS, self._declared[credential].terms) if credential in self._declared else None
        return read_terms(row["text"]) if row else None

    def check_filing(self, act: Act, party: str, roles: Sequence[str], reader: Reader) -> None:
        """Hold a request or a change that somebody files against what stands. Raises `BadInput`, `Forbidden`."""
        if act.kind == REQUESTED.id:
            self._check_request(act.body, party, roles, reader)
        elif act.kind in STATE_OF:
            _check_change(act.body, STATE_OF[act.kind], reader)

    def _check_request(self, body: Mapping[str, Any], party: str, roles: Sequence[str], reader: Reader) -> None:
        faults = FaultCollector(REQUESTED.id)
        declared = self._declared.get(str(body["credential"]))
        about = str(body["about"])
        if declared is None:
            faults.add("credential", body["credential"], "one of: " + ", ".join(sorted(self._declared)), "unknown")
        elif not about.startswith(declared.noun + ":") or declared.of(about, reader, self._public) is None:
            faults.add("about", about, f"a {declared.noun} that is registered", "reference")
        else:
            row = self._standing(declared, about, reader)
            if row["holder"] != party and not set(OFFICE) & set(roles):
                raise Forbidden(f"{about} was filed by another party; only that party or the authority may ask for it")
            if self.validity(declared.id, reader) is None:
                want = f"the terms {declared.terms} adopted first (`weal rule adopt`)"
                faults.add("credential", declared.id, want, "terms")
            if row["standing"] == "revoked":
                faults.add("about", about, "a registration that was not withdrawn", "standing")
        faults.done()


def _check_change(body: Mapping[str, Any], state: str, reader: Reader) -> None:
    faults = FaultCollector(CHANGES[state].id)
    row = reader.get(CREDENTIAL, body["credential"], body["number"])
    if row is None:
        faults.add("number", body["number"], f"the number of a credential {body['credential']}", "reference")
    elif row["state"] not in FROM[state]:
        faults.add("number", row["state"], f"a credential that is {' or '.join(FROM[state])}", "state")
    faults.done()


def apply(tables: Tables, credential: str, number: int, state: str, why: Row) -> bool:
    """Bring a credential to a state where it can come to it; says whether it did."""
    row = tables.get(CREDENTIAL, credential, number)
    if row is None or row["state"] not in FROM[state]:
        return False
    tables.put(CREDENTIAL, {**row, "state": state})
    tables.put(CHANGE, {"credential": credential, "number": number, "state": state, **why})
    return True


def _why(entry: Entry, reason: str, legal_basis: str | None) -> Row:
    return {"cause": entry.index, "reason": reason, "legal_basis": legal_basis, "at": stamp(entry.time), "entry": None}


def _row(credential: str, number: int, body: Mapping[str, Any], issued: datetime) -> Row:
    """A credential as its issuance has it; its `entry` is known once that is followed."""
    terms = body["terms"]
    ends = datetime.fromtimestamp(terms["exp"], UTC) if "exp" in terms else None
    return {
        "credential": credential,
        "number": number,
        "subject": terms["sub"],
        "list": number // LIST_SIZE,
        "state": "valid",
        "issued_at": stamp(issued),
        "expires_at": stamp(ends) if ends else None,
        "claims": {name: value for name, value in body.items() if name != "terms"},
        "entry": None,
    }


def _ended(now: datetime) -> dict[str, Any]:
    return {"state": ("in", LIVE), "expires_at": ("<=", stamp(now))}


# ── queries ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def current(reader: Reader, credential: str, subject: str) -> Row | None:
    """The credential of a type that a subject holds now, valid or suspended."""
    where = {"credential": credential, "subject": subject, "state": ("in", LIVE)}
    found = reader.select(CREDENTIAL, where, order=("-number",), limit=1)
    return found[0] if found else None


def in_good_standing(reader: Reader, credential: str, subject: str) -> bool:
    """Whether a subject holds a credential of a type that is valid, and not suspended."""
    held = current(reader, credential, subject)
    return held is not None and held["state"] == "valid"


def credentials(reader: Reader, subject: str = "", credential: str = "") -> list[Row]:
    """Credentials (of a subject, of a type), newest first."""
    where = {name: value for name, value in (("subject", subject), ("credential", credential)) if value}
    return reader.select(CREDENTIAL, where, order=("-number",))


def changes(reader: Reader, credential: str, number: int) -> list[Row]:
    """How a credential's standing changed, oldest first."""
    return reader.select(CHANGE, {"credential": credential, "number": number}, order=("at", "cause"))


def statuses(reader: Reader, credential: str, part: int) -> dict[int, int]:
    """What is not plainly valid in one status list of a type: status by place."""
    where = {"credential": credential, "list": part, "state": ("!=", "valid")}
    return {row["number"] % LIST_SIZE: STATUS[row["state"]] for row in reader.select(CREDENTIAL, where)}


def published_keys(reader: Reader) -> list[Row]:
    """The issuer's public keys in the log, oldest first, each with its entry."""
    return reader.select(KEY, order=("entry",))


def ended_keys(reader: Reader) -> dict[str, Row]:
    """The issuer's keys that sign no more, by name: `change`, when (`at`), which `entry` says so, which is `next`."""
    return {row["kid"]: row for row in reader.select(KEY_END)}


def needed_keys(reader: Reader, now: datetime) -> list[Row]:
    """The issuer's published keys under which something may still have to be verified at `now`, oldest first.

    A replaced key is needed until the last credential that was issued under it has expired; a stolen one is not.
    """
    ended, found = ended_keys(reader), []
    for row in published_keys(reader):
        end = ended.get(row["kid"])
        if end is None or (end["change"] == "rotated" and _lives(reader, end["entry"], stamp(now))):
            found.append(row)
    return found


def _lives(reader: Reader, before: int, now: str) -> bool:
    """Whether a credential that was issued before an entry has not expired, or never does."""
    where = {"number": ("<", before)}
    return any(row["expires_at"] is None or row["expires_at"] > now for row in reader.select(CREDENTIAL, where))


def check_text(text: str) -> None:
    """Read a text of parameters; where it holds credential terms, they are checked. Raises `RuleFault`."""
    if "[credential]" in text:
        read_terms(text)
