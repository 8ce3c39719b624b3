"""Names in drawings are broken by words, and by characters where a script has no spaces."""

from __future__ import annotations

from commonweal.methods.lettering import units, wrapped


def test_long_names_stand_on_three_lines_in_either_script() -> None:
    assert wrapped("Ask for what is missing", 25, 3) == ["Ask for what is missing"]
    assert wrapped("Check that the notification is complete and true", 25, 3) == [
        "Check that the",
        "notification is complete",
        "and true",
    ]
    assert wrapped("Check that the notification is complete and true and all annexes are", 25, 3)[2].endswith("…")
    assert all(units(row) <= 26 for row in wrapped("核查通知是否完整并且真实，然后请提供者补充所缺内容", 25, 3))
