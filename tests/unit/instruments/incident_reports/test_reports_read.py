"""What is filed can be read by who may: its title, of which something must be seen, and no words in its public name."""

from __future__ import annotations

import pytest

from commonweal.instruments.incident_reports import tables
from commonweal.kernel.values import BadInput

from .conftest import Office

SAID = {"name": "R 1", "category": "concern", "reporter": "public", "what_happened": "w"}


@pytest.mark.parametrize("title", ["\u200b", " ", "\u3000", "\u200b \u2060"])
def test_a_title_of_which_nothing_is_seen_is_refused(office: Office, title: str) -> None:
    with pytest.raises(BadInput, match="title: saw"):
        office.file("report", title=title, **SAID)


@pytest.mark.parametrize("title", ["x", "\u4e8b\u6545", "e\u0301", "می\u200cخواهم", "🙂"])
def test_any_writing_is_taken(office: Office, title: str) -> None:
    assert office.file("report", title=title, **SAID)


@pytest.mark.parametrize(
    "name", ["Jean Petit fell", "jean-petit", "A drone fell on Jean Petit", "事故", "R", "R 1 Petit"]
)
def test_a_name_of_words_is_refused_for_everybody_reads_it(office: Office, name: str) -> None:
    """Over API and CLI too: forms give a random one. The subject's identifier follows from it, so no marking helps."""
    with pytest.raises(BadInput, match=r"name: saw .*gives nothing away"):
        office.file("report", title="t", **{**SAID, "name": name})


@pytest.mark.parametrize(
    "name", ["IR-2026-7KQ2M3XV", "IR-2026-ABCDEFGH", "R 1", "AIID 23", "AVID-2022-R0001", "R-2026-0001 (fictitious)"]
)
def test_a_reference_of_forms_databases_and_files_is_taken(office: Office, name: str) -> None:
    assert office.file("report", title="t", **{**SAID, "name": name})


def test_what_is_on_file_under_words_already_is_carried_on(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an earlier release took stays readable, and its later versions are taken: a final report is owed on it."""
    words = {**SAID, "name": "Petit fell"}
    with monkeypatch.context() as earlier:
        earlier.setattr(tables, "is_reference", lambda name: True)
        office.file("report", title="t", **words)
    later = office.file("report", title="t", stage="final", **words)
    assert office.authority.entry(later).body["stage"] == "final"
