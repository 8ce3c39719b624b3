"""`weal evaluations jobs`, `draw`, `give-back`, `return`: what waits to be evaluated by somebody else, and what becomes
of it.

A key is made and used where its holder is (`new-key`, `sign`): neither needs the authority's folder.
"""

from __future__ import annotations

import json as json_
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cyclopts import App

from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.instruments.evaluations import committing, formats, payload
from commonweal.instruments.third_party_testing import (
    bounties,
    bounty_kinds,
    enclave,
    enclave_kinds,
    jobs,
    kinds,
    signing,
    views,
)
from commonweal.kernel import registry
from commonweal.kernel.disclosure.commitments import b64
from commonweal.kernel.disclosure.signatures import unb64
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, Conflict, Fault, NotFound, read_json, subject_id

from .filing import FILE_BYTES_MAX, As, caller_of, read_bytes
from .out import as_json, out, table, target


def add_to(group: App) -> None:
    """Adds these to the commands about evaluations."""
    group.command(waiting, name="jobs")
    group.command(draw)
    group.command(give_back)
    group.command(return_, name="return")
    group.command(new_key)
    group.command(sign)
    group.command(seal)
    group.command(enclave_verdict, name="enclave")
    group.command(enclave_show)


def waiting(folder: Path, /, *, state: str = "open", json: bool = False) -> None:
    """List the jobs that wait to be drawn: by when, in which format, with what access.

    Args:
        folder: The authority's folder.
        state: Those that stand so: open, over, drawn, returned, accepted or withdrawn; "" lists all.
        json: Answer in JSON, for programs.
    """
    with Authority.open(folder) as authority:
        authority.follow()
        rows = views.job_rows(authority.reading(), {"state": state})
    names = ("name", "format", "access", "due_on", "enclave", "state", "until")
    if json:
        as_json([{name: row[name] for name in names} for row in rows])
    else:
        table("Jobs", names, [[row[name] or "" for name in names] for row in rows])


def _named(authority: Authority, noun: str, name: str) -> str:
    """The subject of a noun by its name or id. Raises `NotFound`."""
    for subject in (name, subject_id(noun, name)):
        if subject.startswith(f"{noun}:") and registry.subject(authority.reader, subject) is not None:
            return subject
    there = ", ".join(registry.names(authority.reader, noun).values()) or "none"
    raise NotFound(noun.replace("_", " "), name, f"there are: {there}")


def _as_evaluator(authority: Authority, party: str) -> Caller:
    return caller_of(authority, party, kinds.EVALUATORS if party else ())


def draw(folder: Path, job: str, evaluator: str, /, *, party: As = "") -> None:
    """Draw a job: it is the evaluator's until its lease is over.

    Args:
        folder: The authority's folder.
        job: The job, by its name.
        evaluator: Which evaluator takes it on, by its name.
        party: Who files it: whoever registered the evaluator.
    """
    with Authority.open(folder) as authority:
        authority.follow()
        body = {"job": _named(authority, kinds.JOB_NOUN, job)}
        body["evaluator"] = _named(authority, kinds.EVALUATOR_NOUN, evaluator)
        entry = authority.act(Act(kinds.DRAWN.id, body, ""), _as_evaluator(authority, party)).index
        authority.follow()
        row = authority.reader.get(jobs.JOBS, body["job"])
    out(f"Drawn as entry {entry}; the lease runs until {row['until'] if row else '?'}.")


def give_back(folder: Path, job: str, /, *, words: str, party: As = "") -> None:
    """Give a job back before its lease is over; what is left of credits that were granted for it goes into the pool.

    Args:
        folder: The authority's folder.
        job: The job, by its name.
        words: Why it is given back.
        party: Who files it: whoever registered the evaluator.
    """
    with Authority.open(folder) as authority:
        authority.follow()
        subject = _named(authority, kinds.JOB_NOUN, job)
        row = authority.reader.get(jobs.JOBS, subject)
        body = {"job": subject, "evaluator": row["evaluator"] if row else "", "reasons": words}
        entry = authority.act(Act(kinds.GIVEN_BACK.id, body, ""), _as_evaluator(authority, party)).index
        authority.follow()
    out(f"Given back as entry {entry}; it waits again for whoever draws it.")


def return_(folder: Path, job: str, run: str, key: Path, /, *, party: As = "", text: bool = False) -> None:
    """Return a run on record as the result of a job, signed with the evaluator's own key.

    Args:
        folder: The authority's folder.
        job: The job, by its name.
        run: The run, by its name.
        key: The evaluator's private key, as `weal evaluations new-key` wrote it; with --text it is not read.
        party: Who files it: whoever registered the evaluator.
        text: Print the text to be signed elsewhere (`weal evaluations sign`), and record nothing.
    """
    with Authority.open(folder) as authority:
        authority.follow()
        subject, about = _named(authority, kinds.JOB_NOUN, job), _named(authority, "evaluation", run)
        row, found = authority.reader.get(jobs.JOBS, subject), registry.subject(authority.reader, about)
        assert row is not None, "it was found a moment ago"
        assert found is not None, "it was found a moment ago"
        bound = signing.of_a_run(subject, str(row["evaluator"]), about, found["body"])
        if text:
            out(json_.dumps(bound))
            return
        body = {"job": subject, "evaluator": row["evaluator"], "run": about, "signed": signing.sign(_seed(key), bound)}
        entry = authority.act(Act(kinds.RETURNED.id, body, ""), _as_evaluator(authority, party)).index
    out(f"Returned as entry {entry}; whoever asked for the job says whether it is accepted.")


def new_key(output: Path, /) -> None:
    """Make a key to sign results with; its public part is printed, and is what an evaluator registers.

    Args:
        output: The file that is written (a private JWK): keep it where nobody else reads it. One that is there stays.
    """
    if os.path.lexists(output):
        raise Conflict(f"{output} is there already, and a key that is lost cannot be made again; give another name")
    seed = os.urandom(signing.SEED_BYTES)
    public = signing.public_of(seed)
    with target(output, secret=True) as write:
        write(json_.dumps({"kty": "OKP", "crv": "Ed25519", "x": public, "d": b64(seed)}) + "\n")
    out(public)


def sign(key: Path, text: Path, /) -> None:
    """Sign the text of a result with the evaluator's own key, where that is; prints what is handed in.

    Args:
        key: The private key, as `weal evaluations new-key` wrote it.
        text: A file with the text, as the page of the job or `weal evaluations return --text` shows it; - reads
            standard input.
    """
    found = read_json(read_bytes(str(text), FILE_BYTES_MAX), bytes_max=FILE_BYTES_MAX)
    if not isinstance(found, Mapping) or not all(isinstance(value, str | int) for value in found.values()):
        raise BadInput(Fault(text.name, type(found).__name__, "the text of a result, as the page of the job shows it"))
    out(signing.sign(_seed(key), found))


def seal(bounty: str, evaluator: str, text: Path, output: Path, /) -> None:
    """Seal what is submitted to a bounty: prints the commitment that is handed in now, and writes what opens it later.

    Args:
        bounty: The bounty, by its id as its page shows it, e.g. testing_bounty:copying-itself.
        evaluator: The evaluator that submits, by its id, e.g. evaluator:example-lab.
        text: A file with the text (UTF-8), of at most 20,000 characters.
        output: The file that is written (JSON): the text as it is to be opened, and the nonce. Keep it until then.
    """
    found = read_bytes(str(text), FILE_BYTES_MAX).decode("utf-8", "replace").replace("\r\n", "\n").strip()
    if not 1 <= len(found) <= bounty_kinds.TEXT_MAX:
        raise BadInput(Fault(text.name, f"{len(found)} characters", f"1 to {bounty_kinds.TEXT_MAX} characters"))
    nonce = os.urandom(32).hex()
    with target(output, secret=True) as write:
        write(json_.dumps({"text": found, "nonce": nonce}, ensure_ascii=False) + "\n")
    out(bounties.commitment(bounty, evaluator, found, nonce))


def enclave_verdict(
    log: Path, key: Path, kept: Path, /, *, job: str, evaluator: str, verdict: enclave_kinds.Verdict
) -> None:
    """In an enclave: commit to the samples of a log and sign a verdict; prints all that may leave, and nothing else.

    Args:
        log: The log, which stays where it is.
        key: The evaluator's private key, as `weal evaluations new-key` wrote it.
        kept: The file that is written and stays too: with it one sample can later be shown and proven.
        job: The job, by its id, e.g. evaluation_job:job-17.
        evaluator: The evaluator, by its id, e.g. evaluator:example-lab.
        verdict: Whether the capability that was tested was shown.
    """
    found = formats.read(log)
    if len(found) != 1:
        raise BadInput(Fault(log.name, f"{len(found)} runs", "a log of one run"))
    data = payload.written(found[0].samples, found[0].format)
    tree = payload.read(data).tree()
    body = {"job": job, "evaluator": evaluator, "verdict": verdict, "root": tree.root.hex()}
    whole = {**body, "samples": len(found[0].samples)}
    with target(kept, secret=True) as write:
        write(b64(data) + "\n")
    out(json_.dumps({**whole, "signed": signing.sign(_seed(key), enclave.bound_of(whole))}))


def enclave_show(
    folder: Path, entry: int, log: Path, sample: str, output: Path, /, *, kept: Path, to: str, epoch: int = 1
) -> None:
    """Show one sample of an enclave to an evaluator who is cleared, once two officers have said so; else refuses.

    Args:
        folder: The authority's folder.
        entry: The entry of the verdict.
        log: The log.
        sample: The sample's id.
        output: The file that is written (JSON); `weal evaluations check-sample --root` checks it.
        kept: What `weal evaluations enclave` kept.
        to: The evaluator whom it is shown to, by its id.
        epoch: Which attempt at it.
    """
    with Authority.open(folder) as authority:
        authority.follow()
        if not enclave.allowed(authority.reader, entry, sample, epoch, to):
            want = f"a sample that two officers said is shown to {to}: {enclave_kinds.SAMPLE_WANTED.id}"
            raise BadInput(Fault("sample", sample, want, "not_allowed"))
        root = str(authority.entry(entry).body["root"])
    found = payload.read(unb64(read_bytes(str(kept), FILE_BYTES_MAX).decode().strip()) or b"")
    places = [n for n, one in enumerate(found.samples) if (one.item, one.epoch) == (sample, epoch)]
    tree = found.tree()
    if not places or tree.root.hex() != root:
        raise BadInput(
            Fault("kept", kept.name, f"what was kept of the verdict of entry {entry}, with that sample in it")
        )
    told = committing.shown(tree, places[0], formats.text_of(log, bytes.fromhex(found.samples[places[0]].sha256)))
    with target(output, secret=True) as write:
        write(json_.dumps({"entry": entry, **told}, ensure_ascii=False, indent=1) + "\n")
    out(f"Wrote {output}: {sample}, under the root that entry {entry} commits to.")


def _seed(key: Path) -> bytes:
    """The private key in a file. Raises `BadInput`."""
    data = read_bytes(str(key), FILE_BYTES_MAX)
    try:
        found: Any = read_json(data, bytes_max=FILE_BYTES_MAX)
    except BadInput:  # it would show the bytes at which reading failed, which may be another key
        found = None
    seed = unb64(found["d"]) if isinstance(found, Mapping) and isinstance(found.get("d"), str) else None
    if seed is None or len(seed) != signing.SEED_BYTES:
        raise BadInput(Fault(key.name, "(withheld)", "an Ed25519 private JWK, as `weal evaluations new-key` writes it"))
    return seed
