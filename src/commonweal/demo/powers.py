"""What an authority may do with what it holds, each done once and to nobody real, so that its pages show something.

Erased, corrected, annulled, published as a statistic, preserved by an order, opened with the approval of several. Each
step looks first whether it was taken, so that the demonstration may be stopped anywhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from commonweal import authorising
from commonweal.acceptance import Caller
from commonweal.authority import OPERATOR, Authority
from commonweal.instruments import rule_file
from commonweal.instruments.model_registration import crossing, practice
from commonweal.kernel import authorisations, registry, retention, statistics
from commonweal.kernel.record import Act, NoteSigner

Power = Callable[[Authority], None]
HERE = Path(__file__).parent
FILER = Caller(practice.FILER, ("developer",))
AUDITOR = Caller("party:example-auditor", ("auditor",))
STATISTIC, QUARTER = "model_registration.training_hardware", "2025-Q4"
SIGNERS = ("court", "ministry")
NONCE = "demonstration-used-once"
OPENED = ("hardware", "site")


def powers() -> Iterator[tuple[datetime, Power]]:
    """When, and what. The erasure comes early: it lays the tables out again, which takes as long as all before it."""
    yield datetime(1976, 1, 6, 9, tzinfo=UTC), _file(practice.leaving)
    yield datetime(1978, 2, 6, 9, tzinfo=UTC), _erase
    yield datetime(2025, 10, 6, 9, tzinfo=UTC), _file(lambda: practice.laboratory("IS"))
    yield datetime(2025, 10, 7, 9, tzinfo=UTC), _file(lambda: practice.laboratory("IE"))
    yield datetime(2025, 10, 7, 10, tzinfo=UTC), _correct
    yield datetime(2025, 11, 3, 9, tzinfo=UTC), _file(*practice.runs())
    yield datetime(2025, 11, 4, 9, tzinfo=UTC), _annul
    yield datetime(2026, 1, 13, 9, tzinfo=UTC), _release
    yield datetime(2026, 1, 13, 10, tzinfo=UTC), _preserve
    yield datetime(2026, 1, 14, 9, tzinfo=UTC), _adopt("opening_sealed_fields.toml")
    yield datetime(2026, 1, 14, 10, tzinfo=UTC), _ask
    yield datetime(2026, 1, 15, 9, tzinfo=UTC), _sign
    yield datetime(2026, 1, 15, 10, tzinfo=UTC), _open


def _adopt(name: str) -> Power:
    return lambda authority: _done(authority.adopt(rule_file((HERE / name).read_text("utf-8"))))


def _file(*acts: Act | Callable[[], Act]) -> Power:
    return lambda authority: _done(authority.place_all([act() if callable(act) else act for act in acts], FILER))


def _done(answer: object) -> None:
    """An act that was recorded before gives its first receipt: there is nothing to look at."""


# ── what is wrong, and what is over ─────────────────────────────────────────────────────────────────────────────────


def _erase(authority: Authority) -> None:
    if not retention.erasures(authority.reader):
        authority.erasures.erase(practice.LEAVING, "registration", "no_longer_needed", OPERATOR)


def _correct(authority: Authority) -> None:
    wrong, right = (row["entry"] for row in registry.versions(authority.reader, practice.LABORATORY))
    if not registry.marks(authority.reader, wrong):
        body = {"entry": wrong, "by": right, "reason_code": "filed_in_error"}
        authority.act(Act("record.corrected", body, "practice:corrected"), FILER)


def _annul(authority: Authority) -> None:
    row = registry.subject(authority.reader, practice.run(practice.LAST))
    if row is not None:
        body = {"entry": row["entry"], "reason_code": "filed_in_error"}
        authority.act(Act("record.annulled", body, "practice:annulled"), FILER)


# ── what is published, and what is preserved ────────────────────────────────────────────────────────────────────────


def _release(authority: Authority) -> None:
    if not statistics.releases(authority.reader, STATISTIC):
        authority.act(Act(statistics.ASKED.id, {"statistic": STATISTIC, "period": QUARTER}, "practice:statistic"))


def _preserve(authority: Authority) -> None:
    body = {
        "basis": "court_order", "legal_basis": "Demonstration Act, section 11 (fictitious)",
        "ordered_by": "Example District Court (fictitious)", "scope": "subject",
        "about": crossing.RUN,
    }  # fmt: skip
    authority.act(Act(retention.HOLD_PLACED.id, body, "practice:hold"))


# ── opening sealed fields ───────────────────────────────────────────────────────────────────────────────────────────


def signer(organisation: str) -> NoteSigner:
    """A fictitious organisation's key, made from its name: anybody can have it."""
    seed = hashlib.sha256(f"commonweal demonstration: {organisation}".encode()).digest()
    return NoteSigner(f"{organisation}.example/demonstration", seed)


def _ask(authority: Authority) -> None:
    if authorisations.requests(authority.reader, AUDITOR.party):
        return
    row = registry.subject(authority.reader, practice.run(1))
    assert row is not None
    document = hashlib.sha256(b"An order (fictitious)").hexdigest()
    basis = {"code": "court_order", "citation": "Example District Court, 1 X 1/26 (fictitious)",
             "document_sha256": document}  # fmt: skip
    body = authorising.drafted(
        authority, {row["entry"]: OPENED}, requester=AUDITOR.party, basis=basis,
        purpose="Compare what was declared with what was built (fictitious)",
        expires=authority.clock.now() + timedelta(days=21),
    )  # fmt: skip
    authorising.request(authority, body | {"nonce": NONCE}, AUDITOR)


def _sign(authority: Authority) -> None:
    (row,) = authorisations.requests(authority.reader, AUDITOR.party)
    if row["state"] == "requested":
        text = authorisations.request_text(row["body"])
        lines = [authorisations.sign(text, signer(name)) for name in SIGNERS]
        authorising.submit(authority, authorisations.note_of(text, lines).encode(), AUDITOR)


def _open(authority: Authority) -> None:
    (row,) = authorisations.requests(authority.reader, AUDITOR.party)
    if row["used"] is None:
        authorising.opened(authority, row["id"], AUDITOR)
