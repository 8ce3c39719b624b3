"""`weal approver`: whose keys approve steps of cases, and approvals signed away from the network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from commonweal import sight
from commonweal.acceptance import Caller
from commonweal.authority import OPERATOR, Authority
from commonweal.kernel import authorisations, protocols
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, Conflict, Fault, quoted, shown

from .cases import case_named
from .filing import read_bytes
from .moments import Moment
from .out import as_json, err, out, table, target

FILE_BYTES_MAX = 64 << 10
PLAYBOOK_BYTES_MAX = 1 << 20
Language = Literal["en", "zh"]
Many = Annotated[tuple[str, ...], Parameter(negative="")]
Output = Annotated[Path, Parameter(name=["--output", "-o"])]
MaybeOutput = Annotated[Path | None, Parameter(name=["--output", "-o"])]
As = Annotated[str, Parameter(name="--as")]


def add_to(app: App) -> None:
    group = App(name="approver", help="Who approves steps of cases: key, register, list, withdraw, text, sign, submit.",
                help_format="plaintext")  # fmt: skip
    group.command(list_, name="list")
    for command in (key, register, withdraw, text, sign, submit):
        group.command(command)
    app.command(group)


def key(*, output: Output) -> None:
    """Make a key with which one person signs approvals, and print its public part.

    Args:
        output: The file that gets the secret key. Keep it off the network.
    """
    if output.exists():
        raise Conflict(f"{output} is there already; a key is never written over another")
    secret, public = protocols.new_approver_key()
    with target(output, secret=True) as put:
        put(secret + "\n")
    out(public)
    err(f"The secret key is in {output}. The line above is public: it is what `weal approver register` takes.")


def register(folder: Path, party: str, /, *, public: str, role: Many, organisation: str, until: Moment = "") -> None:
    """Register the key with which a person signs approvals, in the record, and print the receipt.

    Args:
        folder: The authority's folder.
        party: Whose key it is, e.g. party:ana-example.
        public: The Ed25519 public key in base64, as `weal approver key` printed it.
        role: In which role it may approve; may be given more than once.
        organisation: The body for which it approves, e.g. ministry-of-labour.
        until: The date or instant from which it approves nothing any more.
    """
    body = {"party": party, "key": public, "roles": list(role), "organisation": organisation}
    if until:
        body["until"] = until
    with Authority.open(folder) as authority:
        receipt = authority.act(Act("approver.registered", body, key=""))
        authority.follow()
    as_json(receipt.as_dict())


def list_(folder: Path, /, *, all: bool = False, json: bool = False) -> None:
    """The keys that approve, and for whom.

    Args:
        folder: The authority's folder.
        all: Also those that were withdrawn.
        json: Answer in JSON, for programs.
    """
    with Authority.open(folder) as authority:
        found = protocols.approvers(authority.reader, standing=not all)
        sight.log_told(authority, OPERATOR, "weal approver list", {row["registered"]: ("party",) for row in found})
    if json:
        as_json(found)
        return
    rows = [
        (row["key_id"], row["party"], row["organisation"], ", ".join(row["roles"]), row["until"] or "",
         row["registered"], row["withdrawn"] if row["withdrawn"] is not None else "")
        for row in found
    ]  # fmt: skip
    table("", ("key", "party", "organisation", "roles", "until", "registered", "withdrawn"), rows)


def withdraw(folder: Path, key_id: str, /, *, reason: str = "") -> None:
    """Let a key approve nothing any more. What it said about steps that are not decided yet counts no more.

    Args:
        folder: The authority's folder.
        key_id: The key's id, as `weal approver list` shows it.
        reason: Why. It stays sealed.
    """
    with Authority.open(folder) as authority:
        receipt = authority.act(Act("approver.withdrawn", {"key_id": key_id, "reason": reason}, key=""))
        authority.follow()
    as_json(receipt.as_dict())


def text(
    folder: Path,
    case: str,
    step: str,
    decision: Literal["approve", "refuse"],
    /,
    *,
    role: str,
    organisation: str,
    statement: str = "",
    output: Output,
) -> None:
    """Write the text that an approver signs, for one decision in one case, and the playbook it is for beside it.

    Args:
        folder: The authority's folder.
        case: The case, or how its name begins.
        step: The step that asks for approval: its name, how that begins, or its identifier.
        decision: approve or refuse.
        role: In which role.
        organisation: For which organisation.
        statement: What is said beside it; the same is given again to `submit`.
        output: The file to write; the playbook goes into a file of that name with `.playbook.json` after it.
    """
    body = {"decision": decision, "role": role, "organisation": organisation, "statement": statement}
    beside = _beside(output)
    with target(output) as put, target(beside) as put_beside, Authority.open(folder) as authority:
        found = protocols.case(authority.reader, case_named(authority, case))
        body["step"] = protocols.step_named(found, step)
        given = protocols.approval_text(authority.settings.origin, found, body, authority.house().now)
        put_beside(protocols.playbook_text(authority.reader, found.id))
        put(given)
    name = found.playbook.steps[body["step"]].name["en"]
    err(f"{output} says: {decision} {quoted(name)} of {found.id}, about {found.subject}.")
    err(f"Take {beside} along: from it `weal approver sign` says in words what is approved.")


def sign(
    file: Path, /, *, key: Path, step: str = "", playbook: Path | None = None, language: Language = "en",
    output: MaybeOutput = None,
) -> None:  # fmt: skip
    """Say in plain words what a text approves, and sign it. Needs the files and the key, and no network.

    Args:
        file: The file that `weal approver text` wrote.
        key: Your secret key.
        step: The step that you mean to decide, by its name or how that begins: a text for another is not signed.
        playbook: The playbook that the case goes by; without it, the file that `weal approver text` wrote beside.
        language: The language of names: en or zh.
        output: The file to write; without it, the same file.
    """
    given, beside = _text(file), playbook or _beside(file)
    signer = authorisations.read_signing_key(_text(key))
    envelope = protocols.signed_by(given, signer)
    book = read_bytes(str(beside), PLAYBOOK_BYTES_MAX).decode("utf-8", "replace") if playbook or beside.exists() else ""
    said = protocols.approval_in_words(given, book, language)
    if step and not protocols.is_for_step(given, book, step):
        raise BadInput(Fault("--step", shown(step), f"another text: {said[0]}", "another_step"), "approval")
    for line in said:
        err(line)
    if not book:
        err(
            f"What the step is called stands in its playbook: put it beside as {beside.name}, or name it by --playbook."
        )
    with target(output or file) as put:
        put(envelope)
    err(f"Signed as {signer.name}: {output or file}.")


def submit(folder: Path, file: Path, /, *, statement: str = "", party: As = "") -> None:
    """File the approval that a signed text is, and print the receipt.

    Args:
        folder: The authority's folder.
        file: The signed file.
        statement: What was said beside it, as it was given to `text`.
        party: Who files it: whoever signed it; without it, the authority on their behalf.
    """
    body = protocols.filing_of(_text(file), statement)
    with Authority.open(folder) as authority:
        caller = Caller(party, ("approver",)) if party else OPERATOR
        subject = protocols.case(authority.reader, body["case"]).subject
        receipt = authority.act(Act("approval.given", body, key="", subject=subject), caller)
        authority.follow()
        late = protocols.not_counted(authority.reader, body["case"], receipt.index)
    as_json(receipt.as_dict())
    if late is not None:
        err(f"note: {late['en']}.")


def _beside(file: Path) -> Path:
    """Where the playbook lies that a text is for."""
    return file.with_name(f"{file.name}.playbook.json")


def _text(path: Path) -> str:
    return read_bytes(str(path), FILE_BYTES_MAX).decode("utf-8", "replace")
