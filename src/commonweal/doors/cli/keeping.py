"""`weal retention`, `weal hold` and `weal erase`: what is kept until when, what an order preserves, what goes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from commonweal import sight
from commonweal.authority import OPERATOR, Authority
from commonweal.erasing import Plan
from commonweal.kernel import retention
from commonweal.kernel.instrument import Act
from commonweal.kernel.record import Row

from .out import as_json, err, out, table
from .persons import holder

UNTOLD = ("authors", "asked_by")
"""Who filed what a key holds is told by each entry, to those who may read that."""


def add_to(app: App) -> None:
    group = App(name="hold", help="Legal holds: place, lift, list.", help_format="plaintext")
    group.command(place)
    group.command(lift)
    group.command(list_, name="list")
    app.command(group)
    app.command(retention_, name="retention")
    app.command(erase)


def retention_(folder: Path, /, *, subject: str = "", json: bool = False) -> None:
    """What is kept until when, what is due to be erased, and what holds preserve.

    Args:
        folder: The authority's folder.
        subject: Only what is sealed for this subject or party.
        json: Answer in JSON, for programs.
    """
    with Authority.open(folder) as authority:
        keys, due = retention.keys_of_holder(authority.reader, subject), authority.erasures.due()
        rows = [{name: value for name, value in row.items() if name not in UNTOLD} for row in keys]
        shorter = retention.shortened(authority.reader)
        found: dict[str, Any] = {
            "time": authority.erasures.time().isoformat(),
            "kept": rows,
            "due": [plan.as_dict() for plan in due],
            "holds": retention.holds(authority.reader),
            "shortened": shorter,
            "asked": retention.requests(authority.reader, authority.reading().now),
        }
        told = [*found["holds"], *({"hold": row["entry"]} for row in found["asked"])]
        _log(authority, "weal retention", [*keys, *(plan.row for plan in due)], told)
    if json:
        as_json(found)
        return
    headings = ("held for", "class", "entries", "kept until", "due")
    table("", headings, [(row["holder"], row["retention"], row["entries"], _until(row), _due(row)) for row in rows])
    for row in found["holds"]:
        out(f"hold {row['hold']}: {row['scope']} {row['about']} ({row['basis']}, {row['ordered_by']})")
    for row in found["asked"]:
        what = f"{row['holder']} × {row['retention']} on {row['basis']}"
        out(f"asked for by entry {row['entry']}, until {row['until']}: {what}; another than {row['by']} confirms")
    for plan in due:
        out(f"due: {plan.row['holder']} × {plan.row['retention']}" + (f"; {plan.obstacle}" if plan.obstacle else ""))
    for row in shorter:
        out(
            f"{row['retention']}: version {row['version']} of {row['rule_id']} keeps for {row['keep']} what is filed "
            f"from now on; {row['earlier']} keys keep the {row['kept_before']} of version {row['before']}"
        )


def list_(folder: Path, /, *, lifted: bool = False, json: bool = False) -> None:
    """The holds in force.

    Args:
        folder: The authority's folder.
        lifted: Those that were lifted too.
        json: Answer in JSON, for programs.
    """
    with Authority.open(folder) as authority:
        rows = retention.holds(authority.reader, lifted=lifted)
        sight.log_told(authority, OPERATOR, "weal hold list", {row["hold"]: () for row in rows})
    if json:
        as_json(rows)
        return
    names = ("hold", "scope", "about", "basis", "ordered_by", "placed_at", "lifted")
    table("", names, [[_plain(row[name]) for name in names] for row in rows])


def place(
    folder: Path, scope: str, about: str, /, *,
    basis: str, ordered_by: str, legal_basis: str = "", reference: str = "", document_sha256: str = "",
) -> None:  # fmt: skip
    """Preserve something until the hold is lifted: nothing it reaches is erased. Prints the receipt.

    Args:
        folder: The authority's folder.
        scope: What `about` names: subject, kind, entry or organisation (all that is its own).
        about: A subject, a kind, the number of an entry, or an organisation.
        basis: court_order, authority_order, litigation, investigation or audit.
        ordered_by: The court or authority that ordered it; not public.
        legal_basis: The provision, without names; public.
        reference: The order's own number; not public.
        document_sha256: The SHA-256 of the order; not public.
    """
    body = _ordered(basis, ordered_by, legal_basis, reference, document_sha256) | {"scope": scope, "about": about}
    with Authority.open(folder) as authority:
        receipt = authority.act(Act(retention.HOLD_PLACED.id, body, key=""), OPERATOR)
        erased = [row for row in retention.erasures(authority.reader) if row["holder"] == about]
    out(f"hold {receipt.index}" + (" (it stands already)" if receipt.again else ""))
    for row in erased:
        err(f"entry {row['entry']} had erased {row['entries']} entries of {about} before: those are gone")


def lift(
    folder: Path, hold: int, /, *,
    basis: str, ordered_by: str, legal_basis: str = "", reference: str = "", document_sha256: str = "",
) -> None:  # fmt: skip
    """Lift a hold. What it preserved is kept or erased by its schedule again.

    Args:
        folder: The authority's folder.
        hold: The number of the entry that placed it.
        basis: court_order, authority_order, litigation, investigation or audit.
        ordered_by: Who lifted it; not public.
        legal_basis: The provision, without names; public.
        reference: The order's own number; not public.
        document_sha256: The SHA-256 of the order; not public.
    """
    body = _ordered(basis, ordered_by, legal_basis, reference, document_sha256) | {"hold": hold}
    with Authority.open(folder) as authority:
        receipt = authority.act(Act(retention.HOLD_LIFTED.id, body, key=""), OPERATOR)
    out(f"hold {hold} is lifted by entry {receipt.index}")


def erase(
    folder: Path, /, *, subject: str, basis: str, retention_class: Annotated[str, Parameter(name="--class")] = "",
    reference: str = "", ask: bool = False, confirms: int | None = None, reasons: str = "",
    key_file: Path | None = None, dry_run: bool = False,
) -> int:  # fmt: skip
    """Destroy the key of a subject's class: everything sealed to it can never be read again.

    What must still be kept, belongs to a report that is still open, or was filed by others and goes on a ground that
    waits for no minimum, goes by two officers: one asks with --ask, another confirms with --confirms within a week,
    each with their own key and with reasons. Who has a conflict of interest in it erases nothing of it.

    Args:
        folder: The authority's folder.
        subject: Whose: a subject such as organisation:example, or a party.
        basis: A code that a schedule in force names for the class; retention_ended where its time is over.
        retention_class: Which class, where there are several.
        reference: The request or order it follows; not public.
        ask: Ask another officer to confirm it, and print the entry that asks.
        confirms: The number of the entry by which another officer asked for it.
        reasons: Why it may go; not public.
        key_file: A file with your own access key, which says who asks or confirms; - reads the standard input.
        dry_run: Say what would fall and what stands in the way, and write nothing.
    """
    with Authority.open(folder) as authority:
        caller = OPERATOR if key_file is None else holder(authority, key_file)
        plans = authority.erasures.plans(subject, retention_class, basis, caller=caller)
        wanted = retention_class or (plans[0].row["retention"] if len(plans) == 1 else "")
        if dry_run or not wanted:
            holds = [row for plan in plans for row in plan.holds]
            _log(authority, "weal erase", [plan.row for plan in plans], holds)
            for plan in plans:
                _show(plan)
            _show_left(authority, subject)
            if not dry_run:
                err("Say which class with --class." if plans else f"Nothing is sealed for {subject}.")
            return 0 if dry_run and any(not plan.obstacle for plan in plans) else 1
        if ask:
            body = {"holder": subject, "retention_class": wanted, "basis": basis, "reasons": reasons}
            body |= {"reference": reference} if reference else {}
            asked = authority.act(Act(retention.ERASURE_ASKED.id, body, key=""), caller)
            out(f"asked for by entry {asked.index}: another officer confirms it")
            return 0
        try:
            index = authority.erasures.erase(
                subject, wanted, basis, caller, reference, confirms=confirms, reasons=reasons
            )
        except retention.Held as error:  # whose order stands in the way is told with it
            _log(authority, "weal erase", (), error.holds)
            raise
        out(f"erased by entry {index}")
        _show_left(authority, subject)
    return 0


def _log(authority: Authority, door: str, keys: Iterable[Row], holds: Iterable[Row]) -> None:
    seeing = sight.Sight(authority, OPERATOR, door)
    seeing.kept(keys)
    for row in holds:
        seeing.told(row["hold"])
    seeing.logged()


def _show(plan: Plan) -> None:
    row = plan.row
    out(f"{row['holder']} × {row['retention']}: {row['entries']} entries, {row['first']}-{row['last']}, fall together")
    for kind, count in sorted(row["kinds"].items()):
        out(f"  {count} × {kind}")
    out(f"  kept until: {_until(row)}; bases: {', '.join(sorted(plan.bases)) or 'none'}")
    out(f"  {plan.obstacle or 'nothing stands in the way'}")
    if plan.why_two:
        out(f"  it {plan.why_two}: one officer asks for it (--ask), another confirms (--confirms)")
    out("  what stays: each entry's leaf, kind, time, author and subject's identifier")


def _show_left(authority: Authority, subject: str) -> None:
    """Say which acts of others go on naming what is erased: they are sealed to whoever filed them."""
    if left := authority.erasures.naming(subject):
        told = ", ".join(f"{index} ({kind})" for index, kind in left)
        out(f"  what stays too, sealed to who filed it, and names {subject}: entries {told}")


def _ordered(basis: str, ordered_by: str, legal_basis: str, reference: str, document: str) -> dict[str, Any]:
    more = {"legal_basis": legal_basis, "reference": reference, "document_sha256": document}
    return {"basis": basis, "ordered_by": ordered_by, **{name: value for name, value in more.items() if value}}


def _until(row: dict[str, Any]) -> str:
    words = {
        "for_good": "for good",
        "no_event": "its time has not begun (no date on file)",
        "unscheduled": "a schedule names it",
    }
    return words.get(row["state"], str(row["keep_until"]))


def _due(row: dict[str, Any]) -> str:
    return str(row["due_at"] or "-") + (" (automatic)" if row["automatic"] else "")


def _plain(value: Any) -> Any:
    return "" if value is None else value
