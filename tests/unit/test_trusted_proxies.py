"""Behind a proxy each visitor is paced alone; nobody chooses the address that they count against."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.kernel.values import BadInput, Text
from commonweal.networks import Senders
from commonweal.pacing import UNKNOWN, comes_from
from commonweal.settings import FILE, Settings

TRUSTED = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
HOUSE = Settings(Text({"en": "A", "zh": "甲"}), "a.example/ai", datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("peer", "forwarded", "counts"),
    [
        ("203.0.113.9", ["198.51.100.7"], "203.0.113.9"),  # no proxy of ours says so
        ("10.0.0.5", [], "10.0.0.5"),
        ("10.0.0.5", ["198.51.100.7"], "198.51.100.7"),
        ("10.0.0.5", ["1.1.1.1, 198.51.100.7"], "198.51.100.7"),  # the visitor wrote the first
        ("10.0.0.5", ["1.1.1.1", "198.51.100.7"], "198.51.100.7"),
        ("10.0.0.5", ["10.9.9.9, 198.51.100.7, fd00::1"], "198.51.100.7"),
        ("::ffff:10.0.0.5", ["198.51.100.7:4711"], "198.51.100.7"),
        ("10.0.0.5", ["[2001:db8::1]:443"], "2001:db8::1"),
        ("10.0.0.5", ["198.51.100.7, nonsense"], "10.0.0.5"),
        ("10.0.0.5", ["198.51.100.7,"], "10.0.0.5"),
        ("", ["198.51.100.7"], UNKNOWN),
    ],
)
def test_the_right_most_entry_that_is_no_proxy_counts(peer: str, forwarded: list[str], counts: str) -> None:
    assert comes_from(peer, forwarded, TRUSTED) == counts


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(max_size=40), max_size=4))
def test_what_a_visitor_writes_changes_nothing(forged: list[str]) -> None:
    """The proxy appends whom it saw; all left of that is the visitor's own word."""
    assert comes_from("10.0.0.5", [*forged, "198.51.100.7"], TRUSTED) == "198.51.100.7"
    assert comes_from("203.0.113.9", forged, TRUSTED) == "203.0.113.9"


def test_how_wide_networks_are_counted_is_kept_and_each_fault_of_it_named(tmp_path: Path) -> None:
    """A wider network that might bring less than a narrower one in it would shut out who did nothing."""
    own = Senders({32: 2}, {64: 1, 48: 8})
    replace(HOUSE, senders=own).write(tmp_path)
    assert Settings.read(tmp_path).senders == own
    file = tmp_path / FILE
    said = file.read_text("utf-8")
    assert '"64" = 1, "48" = 8' in said
    for wrong in ('"64" = 8, "48" = 1', '"64" = 0', '"129" = 1', '"x" = 1', '"64" = "1"', ""):
        file.write_text(said.replace('"64" = 1, "48" = 8', wrong), "utf-8")
        with pytest.raises(BadInput) as caught:
            Settings.read(tmp_path)
        assert [fault.where for fault in caught.value.faults] == ["senders.ipv6"], wrong


@pytest.mark.parametrize("name", ["trusted_proxies", "shared_addresses"])
def test_the_setting_is_kept_and_each_fault_of_it_named(tmp_path: Path, name: str) -> None:
    replace(HOUSE, **{name: TRUSTED}).write(tmp_path)
    assert getattr(Settings.read(tmp_path), name) == TRUSTED
    file = tmp_path / FILE
    file.write_text(file.read_text("utf-8").replace('["10.0.0.0/8"', '["10.0.0.1/8", 7, "0.0.0.0/0"'), "utf-8")
    with pytest.raises(BadInput) as caught:
        Settings.read(tmp_path)
    assert [fault.where for fault in caught.value.faults] == [f"{name}[{number}]" for number in range(3)]
