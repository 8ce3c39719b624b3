"""Every public page in Chinese: axe has no complaint, and nothing is wider than a wide or a narrow screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .test_pages import NARROW, OF_EACH_MAKE, WIDE, faults_of


def test_every_page_passes_axe_and_fits(visit: Callable[..., Any], addresses: list[str], axe: str) -> None:
    with visit(NARROW) as page:
        assert faults_of(addresses, page, axe, "/zh", NARROW) == []


def test_pages_of_each_make_pass_axe_at_the_other_width_too(visit: Callable[..., Any], axe: str) -> None:
    with visit(WIDE) as page:
        assert faults_of(OF_EACH_MAKE, page, axe, "/zh", WIDE) == []
