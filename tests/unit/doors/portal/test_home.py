"""The first page counts what there is in words that people would use."""

from __future__ import annotations

import pytest

from commonweal.doors.portal.home import plural


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("Training run", "Training runs"),
        ("Facility", "Facilities"),
        ("Class", "Classes"),
        ("Publication of an incident", "Publications of an incident"),
        ("Copy of a model", "Copies of a model"),
        ("Package switched on", "Packages switched on"),
        ("Account opened", "Accounts opened"),
        ("Exercise held", "Exercises held"),
    ],
)
def test_what_is_many_is_the_thing_and_not_what_it_is_of(one: str, many: str) -> None:
    assert plural(one) == many
