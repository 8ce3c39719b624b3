"""What a playbook is called, and says that it does, in the reader's language."""

from __future__ import annotations

import json

import pytest

from commonweal.doors.portal.cases import playbook_text
from commonweal.instruments import discover


@pytest.mark.parametrize("name", ["name", "description"])
def test_the_notification_playbook_speaks_both_languages(name: str) -> None:
    folder = discover()["model_registration"].folder
    document = json.loads((folder / "playbooks" / "notification.json").read_text("utf-8"))
    assert playbook_text(document, name, "en") == document[name]
    chinese = playbook_text(document, name, "zh")
    assert chinese != document[name]
    assert any("一" <= letter <= "鿿" for letter in chinese)


def test_a_language_that_the_text_does_not_have_falls_back_to_its_own() -> None:
    document = {"type": "playbook", "name": "Call back", "playbook_extensions": {"x": {"texts": {"zh": {}}}}}
    assert playbook_text(document, "name", "zh") == "Call back"
    assert playbook_text({"type": "campaign", "name": "Other"}, "name", "en") == ""
