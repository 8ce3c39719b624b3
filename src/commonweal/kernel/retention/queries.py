"""What is kept until when, what is held, what may be erased and why not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.record import Act, Reader, Row
from commonweal.kernel.values import Conflict, FaultCollector, NotFound, stamp

from .kinds import CLASS, ERASURE, HOLD, HOLD_LIFTED, HOLD_PLACED, KEY, TERM, TEXT
from .reach import ORGANISATION, ever_filed, reaches
from .schedules import ENDED, Basis, Schedule, read_schedules

KeyOf = Callable[[int], str]


class Held(Conflict):
    """A legal hold stands in the way: what was ordered to be preserved is not erased."""

    code = "held"
    title = "A legal hold preserves this"

    def __init__(self, about: str, standing: Iterable[Row]) -> None:
        self.holds = tuple(standing)
        named = "; ".join(_named(row) for row in self.holds)
        super().__init__(f"{about} is not erased: {named}. It can be erased once each of these holds is lifted")


def _named(row: Row) -> str:
    reference = f", {row['reference']}" if row["reference"] else ""
    return f"hold {row['hold']} ({row['basis']}, {row['ordered_by']}{reference})"


class TooEarly(Conflict):
    """The minimum for which something is kept has not passed."""

    code = "kept"
    title = "This must still be kept"


class UnderWay(Conflict):
    """Something that hangs on it is not settled: money is owed or on its way, or somebody waits for an answer."""

    code = "under_way"
    title = "Something of this is still under way"


# ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def keys_of_holder(reader: Reader, holder: str = "", retention: str = "", *, erased: bool = False) -> list[Row]:
    """The keys (of a holder, of a class) that stand, or with `erased` all of them, oldest first."""
    where: dict[str, Any] = {name: value for name, value in (("holder", holder), ("retention", retention)) if value}
    where |= {} if erased else {"phase": ("!=", "erased")}
    return reader.select(KEY, where, order=("first",))


def due(reader: Reader, now: datetime) -> list[Row]:
    """What has come to the end of its time, or whose keeping an entry ended; longest due first."""
    standing, at = ("in", ("kept", "due")), ("<=", stamp(now))
    found = {row["first"]: row for name in ("due_at", "asked_at")
             for row in reader.select(KEY, {"phase": standing, name: at})}  # fmt: skip
    return sorted(found.values(), key=lambda row: min(filter(None, (row["due_at"], row["asked_at"]))))


def basis_at(row: Row, now: datetime) -> str:
    """On what a key that is due is erased: what an entry asked for, else that its time ended."""
    return str(row["asked_on"]) if row["asked_at"] and row["asked_at"] <= stamp(now) else ENDED


def holds(reader: Reader, *, lifted: bool = False) -> list[Row]:
    """The holds in force (or, with `lifted`, all there ever were), oldest first."""
    return reader.select(HOLD, {} if lifted else {"lifted": None}, order=("hold",))


def hold(reader: Reader, number: int) -> Row:
    """One hold by the entry that placed it. Raises `NotFound`."""
    row = reader.get(HOLD, number)
    if row is None:
        raise NotFound("hold", number, "`weal retention DIR` lists the holds")
    return row


def erasures(reader: Reader, holder: str = "") -> list[Row]:
    """Every erasure (of what a holder's keys sealed), newest first."""
    return reader.select(ERASURE, {"holder": holder} if holder else {}, order=("-entry",))


def erased_by(reader: Reader, key: str) -> Row | None:
    """The erasure by which a key was destroyed; None where none is recorded."""
    return next(iter(reader.select(ERASURE, {"key": key}, limit=1)), None)


def unfinished(reader: Reader, after: int) -> list[Row]:
    """Erasures in entries after this one, oldest first."""
    return reader.select(ERASURE, {"entry": (">", after)}, order=("entry",))


def texts(reader: Reader) -> list[tuple[Row, Mapping[str, Schedule]]]:
    """The schedules in force: the newest text of each id."""
    newest = {row["rule_id"]: row for row in reader.select(TEXT, order=("adopted",))}
    return [(newest[rule_id], read_schedules(newest[rule_id]["text"]).classes) for rule_id in sorted(newest)]


def bases(reader: Reader, retention: str) -> dict[str, tuple[Basis, Row]]:
    """On what a class may be erased once its minimum has passed, each with the text in force that says so."""
    found: dict[str, tuple[Basis, Row]] = {}
    for item in reader.select(CLASS, {"retention": retention}):
        row = reader.get(TEXT, item["rule_id"], item["adopted"])
        schedule = read_schedules(row["text"]).classes[retention] if row else None
        if row is None or schedule is None:
            continue
        if schedule.erase_after:
            found.setdefault(ENDED, (Basis(ENDED, schedule.title, schedule.citation), row))
        for code, basis in schedule.bases.items():
            found.setdefault(code, (basis, row))
    return found


def shortened(reader: Reader) -> list[Row]:
    """Where a version in force keeps a class for less than one before it did.

    It applies to what was filed since; `earlier` counts keys that hold something filed before, which keep the longer
    time.
    """
    found = []
    for item in reader.select(CLASS):
        versions = reader.select(TEXT, {"rule_id": item["rule_id"]}, order=("adopted",))
        now = read_schedules(versions[-1]["text"]).classes[item["retention"]]
        for row in versions[:-1]:
            then = read_schedules(row["text"]).classes.get(item["retention"])
            if then is not None and now.shorter_than(then):
                where = {"rule_id": item["rule_id"], "adopted": row["adopted"]}
                spoken = [reader.get(KEY, term["first"]) for term in reader.select(TERM, where)]
                earlier = [one for one in spoken if one and one["retention"] == item["retention"] and not one["erased"]]
                found.append(
                    {"rule_id": item["rule_id"], "retention": item["retention"], "version": versions[-1]["version"],
                     "before": row["version"], "keep": str(now.keep or "none"),
                     "kept_before": "for good" if then.for_good else str(then.keep), "earlier": len(earlier)}
                )  # fmt: skip
    return found


# ── what stands in the way ──────────────────────────────────────────────────────────────────────────────────────────


def holding(reader: Reader, row: Row, key_of: KeyOf) -> list[Row]:
    """The holds in force that preserve anything a key holds. `key_of(index)` is the key an entry is sealed to."""
    return [item for item in holds(reader) if _preserves(reader, item, row, key_of)]


def _preserves(reader: Reader, item: Row, row: Row, key_of: KeyOf) -> bool:
    about, scope = item["about"], item["scope"]
    keys = {key_of(row["first"]), key_of(row["last"])}
    if key_of(item["hold"]) in keys:  # an order that was erased would be forgotten
        return True
    if scope == "subject":
        return bool(about == row["holder"])
    if scope == "kind":
        return bool(about in row["kinds"])
    if scope == "entry":
        return key_of(int(about)) in keys
    return reaches(reader, about, row)


def refuse(reader: Reader, row: Row, basis: str, at: datetime, key_of: KeyOf) -> tuple[Basis, Row]:
    """Raise what stands in the way of erasing a key at an instant; else give the basis and the text that says so.

    Raises `Held` (a hold always comes first), `TooEarly`, `BadInput` for a basis that no schedule of the class names,
    and `Conflict` for what was erased already or what the basis does not reach. A basis that goes before the minimum
    waits for no time: what may not be held at all may not be held for long either.
    """
    about = f"{row['holder']} × {row['retention']} ({row['entries']} entries)"
    if row["phase"] == "erased":
        raise Conflict(f"{about} was erased already, by entry {row['erased']}")
    if standing := holding(reader, row, key_of):
        raise Held(about, standing)
    known = bases(reader, row["retention"])
    found = known.get(basis)
    if found is None or not found[0].before_minimum:
        _refuse_early(reader, row, about, stamp(at), basis)
    elif beyond := found[0].beyond(row["kinds"]):
        raise Conflict(f"{about} is not erased: {basis} reaches no {', '.join(beyond)}, which its key holds too")
    if basis not in known:
        faults = FaultCollector("erasure")
        want = (
            f"one that a schedule in force names for {row['retention']}: {', '.join(sorted(known)) or 'there is none'}"
        )
        faults.add("basis", basis, want, "basis")
        faults.done()
    return known[basis]


def _kept_for(reader: Reader, retention: str) -> str:
    """What the minimum rests on, for whoever asked for an erasure."""
    found: dict[str, None] = {}
    for item in reader.select(CLASS, {"retention": retention}):
        row = reader.get(TEXT, item["rule_id"], item["adopted"])
        kept_for = read_schedules(row["text"]).classes[retention].kept_for if row else ()
        found |= dict.fromkeys(f"{one.title['en']} ({one.citation})" for one in kept_for)
    return f" for: {'; '.join(found)}" if found else ""


def _refuse_early(reader: Reader, row: Row, about: str, at: str, basis: str) -> None:
    reasons = {
        "unscheduled": "no schedule in force names its class, so it is kept until one does",
        "for_good": "a schedule keeps its class for good",
        "no_event": "the date from which its time is counted is not on file, so its time has not begun to run",
    }
    if row["state"] in reasons:
        kept_for = _kept_for(reader, row["retention"]) if row["state"] == "for_good" else ""
        raise TooEarly(f"{about} is not erased: {reasons[row['state']]}{kept_for}")
    if at < row["keep_until"]:
        until = f"{row['keep_until']} at least{_kept_for(reader, row['retention'])}"
        raise TooEarly(f"{about} is not erased: it is kept until {until}; the record stands at {at}")
    if basis == ENDED and (row["due_at"] is None or at < row["due_at"]):
        when = f"it is due at {row['due_at']}" if row["due_at"] else "its schedule has no end by time"
        raise TooEarly(f"{about} is not erased because its time ended: {when}; the record stands at {at}")


# ── filing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def check_filing(act: Act, reader: Reader, kinds: Iterable[str], size: int) -> None:
    """Hold an order to preserve, or its end, against the record. Raises `BadInput` naming what is wrong."""
    faults = FaultCollector(act.kind)
    if act.kind == HOLD_LIFTED.id:
        row = reader.get(HOLD, act.body["hold"])
        if row is None:
            faults.add("hold", act.body["hold"], "the number of an entry that placed a hold", "reference")
        elif row["lifted"] is not None:
            faults.add("hold", act.body["hold"], f"a hold in force; entry {row['lifted']} lifted it", "state")
    elif act.kind == HOLD_PLACED.id:
        scope, about = act.body["scope"], act.body["about"]
        wants = {
            "subject": ("the holder of something sealed: a registered subject or a party", _holder),
            "organisation": ("a registered organisation", _organisation),
            "kind": ("one of: " + ", ".join(sorted(kinds)), lambda _reader, name: name in set(kinds)),
            "entry": (f"the number of an entry: 0 to {size - 1}", lambda _reader, name: _is_index(name, size)),
        }
        want, holds_good = wants[scope]
        if not holds_good(reader, about):
            faults.add("about", about, want, "reference")
    faults.done()


def _holder(reader: Reader, name: str) -> bool:
    return registry.subject(reader, name) is not None or reader.count(KEY, {"holder": name}) > 0


def _organisation(reader: Reader, name: str) -> bool:
    return name.startswith(ORGANISATION) and ever_filed(reader, name)


def _is_index(text: str, size: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 16 and int(text) < size
