"""Who develops the model of a test: they verify nothing that they put in place, and lift no hold on it.

Whose a model is does not change by saying so anew: each version counts, also one that its filer took back; what the
authority annulled is left aside.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.instrument import Filer, Reader, Spoke, for_nobody

from . import fitting
from .kinds import AS_EVER


def developers(test: str, reader: Reader, spoke: Spoke = for_nobody) -> Collection[str]:
    """The organisations whose the model of a test is, by any version of it, the parties that registered either, and for
    whom these speak or spoke."""
    row = registry.subject(reader, test)
    return _developers(str(row["body"]["model"]), reader, spoke) if row and not row["erased"] else ()


def on_record(test: str, reader: Reader) -> Collection[str]:
    """The same, as far as the record tells it: decisions go by that. Of a test from before each version of its model
    counted, by the newest one alone."""
    if fitting.counts_by(reader, test) >= AS_EVER:
        return developers(test, reader)
    row = registry.subject(reader, test)
    model = registry.subject(reader, row["body"]["model"]) if row and not row["erased"] else None
    if model is None or model["erased"]:
        return ()
    organisation = str(model["body"].get("organisation") or "")
    return _parties(reader, model["subject"], {organisation} - {""})


def _developers(model: str, reader: Reader, spoke: Spoke) -> set[str]:
    registered = _parties(reader, model, set(_organisations(model, reader)))
    return registered | {body for party in registered for body in spoke(party, "")}


def _organisations(model: str, reader: Reader) -> Iterator[str]:
    """Whose a model is by its versions, those that its filer took back among them."""
    for row in fitting.once_filed(reader, model):
        if organisation := (row["body"] or {}).get("organisation"):
            yield str(organisation)


def _parties(reader: Reader, model: str, organisations: Collection[str]) -> set[str]:
    """Organisations, with who registered them and a model."""
    return {*organisations, *(str(registry.filer(reader, one) or "") for one in (model, *organisations))} - {""}


def runs_own(arm: Mapping[str, Any], own: Collection[str], reader: Reader) -> bool:
    """Whether one of those who develop a model runs an arm: itself, or by an organisation that it registered."""
    return bool({arm["run_by"], registry.filer(reader, arm["run_by"])} & set(own))


def is_of_them(test: str, reader: Reader, filer: Filer) -> bool:
    """Whether who files is one of them, or speaks or spoke for one."""
    theirs = {filer.party, filer.organisation, *filer.speaks_for, *filer.spoke(filer.party, "")}
    return bool(theirs & set(developers(test, reader, filer.spoke)))
