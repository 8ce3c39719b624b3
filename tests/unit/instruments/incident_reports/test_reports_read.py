"""What is filed can be read: a title of which nothing is seen would leave a row of the desk without a link."""

from __future__ import annotations

import pytest

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
