"""What is required at a line, held against what is verified now; and the hold, which waits for all of it.

A test that gives a warning, or finds a crossing, opens the hold on its model. Which mitigations are then required is
said by `red_lines.consequences`, as the test began under it. One is met while a mitigation that was filed for it is
verified, by a method that is asked for, on evidence that stands, through a day that is not over; of whichever test of
the same model at the same line, but for what is made up where the test is not. What is asked is what the furthest stage
asks at which any of these tests is: a model that is deployed is not released by what is enough in training. Nobody
lifts the hold before that: a voice for it is refused, and says what lacks. When one is met no more the hold comes back
by itself. Under no such text something has to be found in place.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import NamedTuple, get_args

from commonweal.kernel import protocols, registry
from commonweal.kernel.instrument import Act, Entry, Fault, Reader, Response, Row, Tables

from . import consequences, fitting, independence, made_up, mitigating
from .consequences import Requirement
from .deciding import FINAL, STANDING, day_over
from .kinds import AS_EVER, DECIDED, LAPSED, REQUIRED, VERIFIED, Stage
from .lines import CONSEQUENCES

HOLD = "playbook.hold_at_a_red_line"
_ORDER = ("lapsed", "unverified", "not_in_place", "method")


class Asked(NamedTuple):
    """A requirement as it stands: `in_place`, `none` filed, or how the best that was filed stands (`words.VERIFIED_SO`;
    `method`: verified otherwise than is asked for). `until` is the last day of what meets it, empty while unmet."""

    requirement: Requirement
    state: str
    mitigation: str = ""
    until: str = ""
    verified: int = 0

    @property
    def met(self) -> bool:
        return self.state == "in_place"


def family(reader: Reader, test: str) -> list[str]:
    """The tests of the same model at the same line, this one among them, in the order of the record."""
    stands = reader.get(STANDING, test)
    if stands is None:
        return []
    alike = {"model": stands["model"], "line": stands["line"]}
    return [row["test"] for row in reader.select(STANDING, alike, order=("entry",))]


def of_test(reader: Reader, test: str, today: str) -> list[Asked]:
    """What is required since a test found what it did, as it stands on a day; nothing before that, or under no text."""
    stands, row = reader.get(STANDING, test), registry.subject(reader, test)
    text = consequences.of_test(reader, stands["follows"]) if stands else None
    if stands is None or row is None or row["erased"] or text is None or stands["state"] not in FINAL:
        return []
    filed = mitigating.counting(reader, family(reader, test), bool(stands["made_up"]))
    required = text.required(stands["line"], stands["state"], _stage(reader, row))
    return [_asked(one, filed, today) for one in required]


def _stage(reader: Reader, test: Row) -> str:
    """The furthest stage of the tests of the same model at the same line; of a test from before these counted, its own.
    What is made up asks nothing of what is not."""
    alike = [] if fitting.counts_by(reader, test["subject"]) < AS_EVER else family(reader, test["subject"])
    rows = (registry.subject(reader, one) for one in alike)
    bodies = [row["body"] for row in rows if row and not row["erased"]]
    of = made_up.is_marked(test["body"])
    stages = [body["stage"] for body in bodies if made_up.shows(made_up.is_marked(body), of)]
    return str(max((test["body"]["stage"], *stages), key=get_args(Stage).index))


def _asked(one: Requirement, filed: Iterable[Row], today: str) -> Asked:
    meant = [row for row in filed if row["meets"] == one.id]
    meeting = [row for row in meant if row["verified"] and row["until"] >= today and row["method"] in one.verified_by]
    if meeting:
        best = max(meeting, key=lambda row: (row["until"], row["verified"]))
        return Asked(one, "in_place", best["mitigation"], best["until"], best["verified"])
    if not meant:
        return Asked(one, "none")
    state, mitigation = max((_state(row, today), row["mitigation"]) for row in meant)
    return Asked(one, _ORDER[state], mitigation)


def _state(row: Row, today: str) -> int:
    """How near a mitigation is to meeting what it was filed for, as a place in `_ORDER`."""
    if row["verified"]:
        return _ORDER.index("method" if row["until"] >= today else "lapsed")
    return _ORDER.index(row["state"] if row["state"] in _ORDER else "unverified")


def _says(entry: Entry, test: str, tables: Tables) -> Iterator[Act]:
    """What is required of a test now, as an entry."""
    stands = tables.get(STANDING, test)
    if stands is None or stands["state"] not in FINAL:
        return
    today = day_over(entry.time)
    asked = of_test(tables, test, today)
    missing = [one.requirement.id for one in asked if not one.met]
    text = consequences.of_test(tables, stands["follows"])
    rows = mitigating.counting(tables, (test,), bool(stands["made_up"]))
    met = not missing if text else any(row["verified"] and row["until"] >= today for row in rows)
    rules = f"{CONSEQUENCES} {text.version}" if text else ""
    body = {"test": test, "met": met, "missing": missing, "rules": rules}
    yield Act(REQUIRED.id, body, key=f"{test}:{entry.index}", subject=test, causes=(entry.index,))


def follow(entry: Entry, tables: Tables) -> Iterator[Act]:
    """Say anew what is required when something is decided, verified or lapses."""
    if entry.kind == DECIDED.id:
        yield from _says(entry, str(entry.body["test"]), tables)
    elif entry.kind in (VERIFIED.id, LAPSED.id):
        for test in family(tables, str(entry.body["test"])):
            yield from _says(entry, test, tables)


def held(reader: Reader, test: str) -> Row | None:
    """The case of the hold on a test's model, the newest; None where there never was one."""
    return next(iter(protocols.cases(reader, subject=test, playbook=HOLD, limit=1)), None)


def lifted(case: Row | None) -> bool:
    """Whether a hold was lifted, as its case says."""
    return case is not None and case["state"] != "open" and case["outcome"] == "lifted"


def owing(test: str, reader: Reader, at: datetime) -> Iterator[Fault]:
    """What has to be verified before anybody lifts the hold of a test, and is not."""
    lacking: Collection[Asked] = [one for one in of_test(reader, test, day_over(at)) if not one.met]
    if lacking:
        named = ", ".join(one.requirement.title.en for one in lacking)
        want = f"every mitigation that is required, verified and in force; lacking: {named}"
        yield Fault("decision", "approve", want, "required")


def _opens(entry: Entry, reader: Reader) -> str | None:
    """The subject of a hold that begins: of a test that warns or found a crossing, or of which what is required is met
    no more, while none is open already."""
    test = str(entry.body["test"])
    if entry.kind == DECIDED.id and entry.body["state"] not in FINAL:
        return None
    if entry.kind == VERIFIED.id and entry.body["in_place"]:
        return None
    if entry.kind == REQUIRED.id and entry.body["met"]:
        return None
    if entry.kind != DECIDED.id and not _was_found(reader, test):
        return None  # nothing was held, or is to be
    case = held(reader, test)
    return None if case is not None and case["state"] == "open" else test


def _was_found(reader: Reader, test: str) -> bool:
    stands = reader.get(STANDING, test)
    return stands is not None and stands["state"] in FINAL


RESPONSES = tuple(
    Response(on.id, HOLD, _opens, independence.developers, owing) for on in (DECIDED, LAPSED, VERIFIED, REQUIRED)
)
