"""What is wrong with a run beyond its form: its payload must hold just the samples that its root commits to."""

from __future__ import annotations

from collections.abc import Iterator

from commonweal.kernel import registry
from commonweal.kernel.instrument import Act, Fault, Filer, Reader
from commonweal.kernel.values import BadInput, subject_id

from . import payload
from .kinds import NOUN, RUN, SAMPLES


def check(act: Act, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """The faults of a run that is about to be filed; none of acts of other kinds."""
    if act.kind != RUN.id:
        return
    if set(act.blobs) != {SAMPLES}:
        want = f"one payload named {SAMPLES}: take the log in with `weal evaluations import`"
        yield Fault("(payload)", ", ".join(sorted(act.blobs)) or "(absent)", want, "missing")
        return
    if registry.subject(reader, subject_id(NOUN, str(act.body["name"]))) is not None:
        want = "another name, or nothing: what a log says is recorded once"
        yield Fault("name", str(act.body["name"]), want, "duplicate")
    try:
        kept = payload.read(act.blobs[SAMPLES])
    except BadInput as error:
        yield from error.faults
        return
    names = [(one.id, one.epoch) for one in kept.samples]
    if len(set(names)) != len(names):
        yield Fault("(payload)", SAMPLES, "each sample once, by its id and epoch", "duplicate")
    if len(kept.samples) != act.body["samples"]:
        yield Fault("samples", str(act.body["samples"]), f"{len(kept.samples)}, as the payload holds", "mismatch")
    if kept.tree().root.hex() != act.body["root"]:
        yield Fault("root", str(act.body["root"]), "the root over the samples in the payload", "mismatch")
