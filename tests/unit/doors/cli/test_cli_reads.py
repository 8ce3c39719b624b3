"""`weal reads` says who read what, by party, entry and day."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from commonweal.authority import Authority
from commonweal.doors.cli import main
from commonweal.kernel.disclosure.reads import Read


def test_reads_are_listed_by_party_entry_and_day(authority: Authority, tmp_path: Path, capsys: Any) -> None:
    one = Read("2026-03-01T09:00:00Z", "party:desk", ("officer",), "k1", "", 7, ("statement",), "api entry", "case 9")
    two = Read("2026-03-02T09:00:00Z", "party:other", ("officer",), "k2", "", 8, ("statement",), "api entry")
    authority.reads.append([one, two])
    folder = str(authority.folder)
    for asked, numbers in ([], [2, 1]), (["--party", "party:desk"], [1]), (["--entry", "8"], [2]), (
        ["--since", "2026-03-02"], [2]), (["--until", "2026-03-02"], [1]):  # fmt: skip
        assert main(["reads", folder, "--json", *asked]) in (0, None)
        assert [line["number"] for line in json.loads(capsys.readouterr().out)] == numbers, asked
    main(["reads", folder])
    assert "case 9" in capsys.readouterr().out
