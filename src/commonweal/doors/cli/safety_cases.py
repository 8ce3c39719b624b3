"""`weal safety-cases`: templates, cases between the forms of others' software, cases on record, approvals asked for.

Only `file`, `ask` and `prove` write to a record.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import App, Parameter
from cyclopts.validators import Number

from commonweal import authorising, sight
from commonweal.authority import OPERATOR, Authority
from commonweal.instruments.safety_cases import approving, proofs, templates
from commonweal.instruments.safety_cases.beginning import claimed
from commonweal.instruments.safety_cases.checking import checked
from commonweal.instruments.safety_cases.editing import carried
from commonweal.instruments.safety_cases.filed import FiledCase, filed_case, stands
from commonweal.instruments.safety_cases.formats import FORMATS, Written, gsn2x
from commonweal.instruments.safety_cases.formats.written import BYTES_MAX
from commonweal.instruments.safety_cases.kinds import CASE, NOUN, PROOF
from commonweal.instruments.safety_cases.model import Case
from commonweal.instruments.safety_cases.words import ABOUT, STALE, WHY
from commonweal.kernel import authorisations, registry
from commonweal.kernel.record import Act
from commonweal.kernel.values import Conflict, FaultCollector, NotFound, read_json, shown

from .filing import As, Roles, caller_of, read_bytes
from .out import as_json, err, out, table, target

Language = Literal["en", "zh"]
Form = Literal["commonweal", "gsn2x", "ltac", "tea"]
Output = Annotated[Path, Parameter(name=["--output", "-o"])]
Days = Annotated[int, Parameter(validator=Number(gte=1, lte=366))]
NAME_MAX = 255
"""The longest name of a file, in bytes, that common file systems keep."""
_ENDS: Mapping[str, Form] = {".yaml": "gsn2x", ".yml": "gsn2x", ".ltac": "ltac", ".txt": "ltac", ".md": "ltac"}


def add_to(app: App) -> None:
    words = "Safety cases: templates, cases read and written as others do, cases on record, approvals asked for."
    group = App(name="safety-cases", help=words, help_format="plaintext")
    for command in (template, convert, file, write, show, ask, prove):
        group.command(command)
    app.command(group)


def template(name: str = "", /, *, language: Language = "en") -> None:
    """Print a template to begin a case with, as an outline (LTAC); without a name, which there are.

    Args:
        name: The template, e.g. control.
        language: en or zh.
    """
    if not name:
        rows = [(one, words[language], templates.sources(one, language)) for one, words in templates.TEMPLATES.items()]
        table("", ("template", "what it argues", "follows"), rows)
        return
    out(FORMATS["ltac"].write(templates.template(name, language)).only.decode().rstrip("\n"))


def convert(source: Path, /, *, to: Form, output: Output, form: Form | None = None) -> None:
    """Read a case and write it in another form; what that has no place for is named. Nothing is recorded.

    A case that could not be filed (a goal that is nowhere, a circle) is refused with every fault named.

    Args:
        source: The case: a file, or a folder of gsn2x modules.
        to: commonweal (our JSON), gsn2x, ltac or tea.
        output: The file to write; for several modules of gsn2x, the folder.
        form: The form it is in; without it, by its name and what it says.
    """
    _put(checked(_read(source, form), source.name), to, output)


def file(
    folder: Path,
    source: Path,
    /,
    *,
    name: str,
    system: str,
    setting: str,
    claim: str = "",
    review_by: str = "",
    form: Form | None = None,
    fictitious: Annotated[bool, Parameter(negative="")] = False,
    party: As = "",
    role: Roles = (),
) -> None:
    """File a case that others' software wrote, and print the receipt; of a case that is there, a new version.

    What the elements of that are bound to stays, as far as these are still there.

    Args:
        folder: The authority's folder.
        source: The case: a file, or a folder of gsn2x modules.
        name: What the case is called; a case of this name gets a new version.
        system: The registered model (model:name), or what the system is called.
        setting: In which setting it is used.
        claim: What is claimed, in one line; everybody sees it. Without it, what the argument's top claim says.
        review_by: The day by which it is to be reviewed.
        form: The form it is in; without it, by its name and what it says.
        fictitious: It is made up, to try this.
        party: Who files; without it, the authority itself.
        role: In which role; may be given more than once.
    """
    argument = _read(source, form)
    about = {"system": system} if system.startswith("model:") else {"system_named": system}
    body: dict[str, Any] = {"name": name, **about, "setting": setting, **claimed(claim, argument)}
    body |= {"argument": argument.model_dump(mode="json", exclude_defaults=True)}
    body |= ({"review_by": review_by} if review_by else {}) | ({"fictitious": True} if fictitious else {})
    with Authority.open(folder) as authority:
        authority.follow()
        caller = caller_of(authority, party, role)
        row = next((one for one in _cases(authority) if one.body["name"] == name), None)
        if row is not None:
            kept = {name: row.body[name] for name in ("bindings", "dependence") if row.body.get(name)}
            body = carried({**body, **kept}, argument)
        receipt = authority.act(Act(CASE.id, body, key="", subject=row.subject if row else None), caller)
        authority.follow()
    as_json(receipt.as_dict())


def write(folder: Path, case: str, /, *, to: Form, output: Output) -> None:
    """Write the newest version of a case on record as others' software reads it. That it was read is logged.

    Args:
        folder: The authority's folder.
        case: The case, with or without `safety_case:` before it.
        to: commonweal (our JSON), gsn2x, ltac or tea.
        output: The file to write; for several modules of gsn2x, the folder.
    """
    with Authority.open(folder) as authority:
        authority.follow()
        found = _case(authority, case)
        sight.log_told(authority, OPERATOR, "weal safety-cases write", {found.entry: ("argument",)})
    _put(found.argument, to, output)


def show(folder: Path, case: str, /, *, json: bool = False) -> None:
    """How a case stands today: its state, an interval, the doubts that remain, its approvals. It is logged.

    Args:
        folder: The authority's folder.
        case: The case, with or without `safety_case:` before it.
        json: Answer in JSON, for programs.
    """
    with Authority.open(folder) as authority:
        authority.follow()
        found, today = _case(authority, case), authority.house().now.date()
        sight.log_told(authority, OPERATOR, "weal safety-cases show", {found.entry: ("argument", "bindings")})
        now = stands(authority.reader, found, today)
        approvals = approving.approvals(authority.reader, found, today)
    (low, high), (least, most) = now.whole(), now.whole(given=False)
    told: dict[str, Any] = {
        "case": found.subject, "version": found.entry, "state": now.state, "interval": [low, high],
        "assumed": list(now.assumed), "interval_if_those_are_unknown": [least, most],
        "tops": [{"element": one, "state": now.found.status(one), "interval": list(now.interval(one))}
                 for one in now.tops],
        "because": now.because,
        "doubts": [{"about": one.reason.why if one.reason else one.about, "element": one.element, "detail": one.detail}
                   for one in now.doubts],
        "cuts": [list(one) for one in now.cuts(limit=50, size_max=3).sets],
        "approvals": [{"entry": one.entry, "version": one.version, "by": list(one.by),
                       "stale": sorted({why.why for why in one.why})} for one in approvals],
    }  # fmt: skip
    if json:
        as_json(told)
        return
    out(f"{found.subject}, entry {found.entry}: {now.state}, between {low:.2f} and {high:.2f}")
    if now.assumed:
        holds = "holds" if len(now.assumed) == 1 else "hold"
        out(f"That is if {', '.join(now.assumed)} {holds}, which nobody watches and nobody measured: "
            f"else between {least:.2f} and {most:.2f}")  # fmt: skip
    claims = [(one["element"], one["state"], *(f"{end:.2f}" for end in one["interval"])) for one in told["tops"]]
    table("What it claims", ("element", "state", "lower", "upper"), claims)
    doubts = [(one.element, (WHY[one.reason.why] if one.reason else ABOUT[one.about]).in_("en"), one.detail)
              for one in now.doubts]  # fmt: skip
    table("Doubts that remain", ("element", "what remains", "detail"), doubts)
    cuts = [(", ".join(one) or "nothing more: it does not stand as it is",) for one in told["cuts"]]
    table("What would have to fail for it to fall", ("together",), cuts)
    rows = [(one.entry, one.version, ", ".join(one.by),
             "; ".join(STALE[why].in_("en") for why in sorted({why.why for why in one.why})) or "no")
            for one in approvals]  # fmt: skip
    table("Approvals", ("entry", "version", "by", "stale"), rows)


def ask(
    folder: Path,
    case: str,
    /,
    *,
    basis: str,
    citation: str,
    document: Path,
    purpose: str,
    days: Days = 14,
    output: Output,
) -> None:
    """Ask that the newest version of a case be approved, record that, and write the file that the experts sign.

    Each signs it by `weal access sign`; `weal access submit` records the signatures; the page of the case uses them.

    Args:
        folder: The authority's folder.
        case: The case, with or without `safety_case:` before it.
        basis: The basis, as a code of the adopted policy for the action approve_safety_case.
        citation: Its citation.
        document: The document it cites; only its SHA-256 is recorded.
        purpose: What the approval is for. It stays sealed.
        days: For how many days the request is good.
        output: The file to write.
    """
    digest = hashlib.sha256(read_bytes(str(document), BYTES_MAX)).hexdigest()
    with target(output) as put, Authority.open(folder) as authority:
        authority.follow()
        found = _case(authority, case)
        body = authorising.drafted(
            authority, {found.entry: ()}, requester=OPERATOR.party, purpose=purpose, action=approving.ACTION,
            basis={"code": basis, "citation": citation, "document_sha256": digest},
            expires=authority.house().now + timedelta(days=days),
        )  # fmt: skip
        receipt, text = authorising.request(authority, body, OPERATOR)
        policy, _ = authorisations.policy_for(authority.reader, approving.ACTION)
        put(text)
    out(authorisations.request_id(text))
    err(f"Recorded as entry {receipt.index}. {output} is what is signed: it needs {authorisations.needs(policy)}.")


def prove(
    folder: Path, formula: Path, proof: Path, /, *, name: str, shows: str, party: As = "", role: Roles = ()
) -> None:
    """Check a proof step by step, file it as evidence, and print the receipt. A step that does not follow is named.

    Args:
        folder: The authority's folder.
        formula: The formula, as DIMACS CNF.
        proof: The proof in LRAT (text) that the formula has no model.
        name: What the proof is called; everybody sees that.
        shows: What it is meant to show. That the formula says so is not proved.
        party: Who files; without it, the authority itself.
        role: In which role; may be given more than once.
    """
    files = {part: read_bytes(str(path), proofs.BYTES_MAX) for part, path in (("formula", formula), ("proof", proof))}
    body: dict[str, Any] = {"name": name, "shows": shows, **proofs.result(proofs.proved(**files))}
    with Authority.open(folder) as authority:
        authority.follow()
        caller = caller_of(authority, party, role)
        for part, data in files.items():
            body[part] = [authority.attachments.attach([data], f"{part}.txt", caller.party).attachment.model_dump()]
        receipt = authority.act(Act(PROOF.id, body, key=""), caller)
        authority.follow()
    as_json(receipt.as_dict())


# ── files and cases ─────────────────────────────────────────────────────────────────────────────────────────────────


def _read(source: Path, form: Form | None) -> Case:
    """The case in a file or in a folder of modules: where one of gsn2x says which others it uses, in it and these.
    Raises `NotFound`, and `BadInput` naming every fault."""
    paths = sorted(source.glob("*.y*ml")) if source.is_dir() else [source]
    if not paths:
        raise NotFound("YAML file of gsn2x in", str(source))
    files = {path.name: read_bytes(str(path), BYTES_MAX) for path in paths}
    form = form or ("gsn2x" if source.is_dir() else _ENDS.get(source.suffix.lower())) or _of_json(files[paths[0].name])
    if form == "gsn2x":
        files = _used(source, files)
    found: Case = FORMATS[form].read(files)
    return found


def _used(source: Path, files: dict[str, bytes]) -> dict[str, bytes]:
    """The module that uses others, and all that it uses, in turn: the file that was named, or in a folder the one that
    no other uses. The files as they are where there is none such, or several. Raises `BadInput` for a name that is no
    file's beside it, `NotFound` for one that is not there."""
    told = {name: _beside(name, data) for name, data in files.items()}
    of_others = {one for name, named in told.items() for one in named if one != name}
    begins = [name for name, named in told.items() if named and (source.is_file() or name not in of_others)]
    reached = _reached(begins, told)
    if len(begins) != 1 or any(named and name not in reached for name, named in told.items()):
        return files
    found, waits = dict[str, bytes](), begins
    while waits:
        name = waits.pop(0)
        if name not in found:
            path = (source if source.is_dir() else source.parent) / name
            if name not in files and not path.is_file():
                raise NotFound("file that a module uses:", str(path))
            found[name] = files.get(name) or read_bytes(str(path), BYTES_MAX)
            waits += _beside(name, found[name])
    for name in sorted(set(files) - set(found)):
        err(f"left out: {name}: no module of this case uses it")
    return found


def _reached(begins: Sequence[str], told: Mapping[str, list[str]]) -> set[str]:
    """Those files, and what they use, in turn."""
    seen, waits = set[str](), [*begins]
    while waits:
        one = waits.pop()
        if one not in seen:
            seen.add(one)
            waits += told.get(one, ())
    return seen


def _beside(name: str, data: bytes) -> list[str]:
    """The files that a module uses, by their names beside it."""
    found = [(said, Path(said)) for said in gsn2x.uses(name, data)]
    faults = FaultCollector(name)
    for said, path in found:
        if len(path.parts) != 1 or path.name == ".." or "\0" in said or len(said.encode()) > NAME_MAX:
            want = f"a file beside {name}, by a name of at most {NAME_MAX} bytes"
            faults.add("module, uses", shown(said), want, "place")
    faults.done()
    return [path.name for _, path in found]


def _of_json(data: bytes) -> Form:
    content = read_json(data, bytes_max=BYTES_MAX)
    ours = isinstance(content, dict) and str(content.get("format", "")).startswith("commonweal")
    return "commonweal" if ours else "tea"


def _put(case: Case, to: Form, output: Path) -> None:
    """Write a case to a file, or several to a folder, which is made, and say what was left out. Raises `Conflict`."""
    found: Written = FORMATS[to].write(case)
    if len(found.files) == 1:
        with target(output) as put:
            put(found.only.decode())
    else:
        if output.exists() and not output.is_dir():
            want = f"a folder for {len(found.files)} modules ({', '.join(list(found.files)[:5])})"
            raise Conflict(f"{output} is no folder; {to} needs {want}")
        output.mkdir(parents=True, exist_ok=True)
        for name, data in found.files.items():
            with target(output / Path(name).name) as put:
                put(data.decode())
    for one in found.lost:
        err(f"left out: {one.where}: {one.seen} ({one.want})")


def _case(authority: Authority, named: str) -> FiledCase:
    subject = named if named.startswith(f"{NOUN}:") else f"{NOUN}:{named}"
    found = filed_case(authority.reader, subject)
    if found is None:
        raise NotFound("safety case", named, f"there are: {', '.join(one.subject for one in _cases(authority)[:20])}")
    return found


def _cases(authority: Authority) -> list[FiledCase]:
    rows = registry.subjects(authority.reader, NOUN)
    return [one for row in rows if (one := filed_case(authority.reader, row["subject"])) is not None]
