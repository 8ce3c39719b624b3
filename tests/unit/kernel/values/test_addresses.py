"""A web address is taken in any script; nobody's password comes along with it."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.kernel.values import as_uri


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://example.org/a?b=c#d", "https://example.org/a?b=c#d"),
        ("https://пример.рф/текст?к=в", "https://xn--e1afmkfd.xn--p1ai/%D1%82%D0%B5%D0%BA%D1%81%D1%82?%D0%BA=%D0%B2"),
        ("https://例子.测试:8443/路/a%20b", "https://xn--fsqu00a.xn--0zwm56d:8443/%E8%B7%AF/a%20b"),
        ("https://example.org/ü(1)", "https://example.org/%C3%BC(1)"),
        ("not an address ü", "not an address ü"),
        ("ftp://ü.example/", "ftp://ü.example/"),
        ("https://example.org:x/ü", "https://example.org:x/ü"),
        (7, 7),
    ],
)  # fmt: skip
def test_letters_of_any_script_are_written_as_addresses_write_them(typed: object, kept: object) -> None:
    assert as_uri(typed) == kept


@pytest.mark.parametrize("secret", ["https://user:pw@x.example/", "http://user@x.example/", "https://:pw@пример.рф/"])
def test_a_name_or_password_in_it_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match="without a name or password"):
        as_uri(secret)


def test_a_host_that_is_no_domain_name_is_refused() -> None:
    with pytest.raises(ValueError, match="whose host is a domain name"):
        as_uri(f"https://{'ü' * 80}.example/")


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=40))
def test_what_comes_out_stays_as_it_is(text: str) -> None:
    with suppress(ValueError):
        once = as_uri(f"https://{text}")
        assert as_uri(once) == once
