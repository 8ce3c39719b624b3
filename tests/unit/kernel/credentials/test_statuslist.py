"""Status lists: the draft's own vectors, and what hostile lists are refused for."""

from __future__ import annotations

import json
import tracemalloc
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from commonweal.kernel.credentials import StatusList, read_status_token, status_token
from commonweal.kernel.disclosure import IssuerKey, new_issuer_key
from commonweal.kernel.disclosure.commitments import b64
from commonweal.kernel.values import BadInput, TooLarge

NOW = datetime(2026, 3, 1, tzinfo=UTC)
KEY = IssuerKey(new_issuer_key())
JWKS = {"keys": [KEY.jwk]}
URI = "https://register.example/api/v1/status-lists/a.0"


def test_vectors_of_the_draft(shared_data: Path) -> None:
    """Packing and compression are byte for byte those of the draft, and its lists are read as it says."""
    vectors = json.loads((shared_data / "trust" / "credentials" / "token_status_list.json").read_text())["vectors"]
    assert len(vectors) == 2
    for vector in vectors:
        statuses = vector["statuses"]
        made = StatusList.of(dict(enumerate(statuses)), len(statuses), vector["bits"])
        assert made.data.hex() == vector["bytes_hex"]
        assert made.claim() == {"bits": vector["bits"], "lst": vector["lst_b64url"]}
        read = StatusList.read({"bits": vector["bits"], "lst": vector["lst_b64url"]})
        assert [read[index] for index in range(len(statuses))] == statuses


def test_a_token_comes_back_as_it_was_signed() -> None:
    token = status_token(
        KEY, URI, StatusList.of({3: 2}, 8), now=NOW, lives=timedelta(hours=1), ttl_s=60, log={"origin": "o", "size": 7}
    )
    found = read_status_token(token, JWKS)
    assert (found.uri, found.issued_at, found.ttl_s, found.log_size) == (URI, NOW, 60, 7)
    assert found.expires_at == NOW + timedelta(hours=1)
    assert [found.statuses[index] for index in range(8)] == [0, 0, 0, 2, 0, 0, 0, 0]


def test_a_bomb_is_refused_without_being_unpacked() -> None:
    """Four kilobytes that unpack to four gigabytes cost no more than the limit."""
    layer = zlib.compress(bytes(64 << 20), 9)
    claim = {"bits": 1, "lst": b64(layer)}
    tracemalloc.start()
    with pytest.raises(TooLarge, match="unpacked"):
        StatusList.read(claim, bytes_max=1 << 20)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 << 20


@pytest.mark.parametrize(
    ("claim", "match"),
    [
        ({"bits": 3, "lst": "eNrbuRgAAhcBXQ"}, "1, 2, 4 or 8"),
        ({"bits": True, "lst": "eNrbuRgAAhcBXQ"}, "1, 2, 4 or 8"),
        ({"bits": 1, "lst": "eNrbuRgAAhcBXQ=="}, "base64url"),
        ({"bits": 1, "lst": "!!"}, "base64url"),
        ({"bits": 1}, "base64url"),
        ({"bits": 1, "lst": b64(b"not zlib")}, "zlib"),
        ({"bits": 1, "lst": b64(zlib.compress(b"ab")[:-3])}, "whole zlib stream"),
        ({"bits": 1, "lst": b64(zlib.compress(b"ab") + b"tail")}, "nothing after"),
        ("eNrbuRgAAhcBXQ", "an object"),
        (None, "an object"),
    ],
)
def test_malformed_lists_are_refused(claim: object, match: str) -> None:
    with pytest.raises(BadInput, match=match):
        StatusList.read(claim)


def test_places_and_statuses_outside_the_list_are_refused() -> None:
    made = StatusList.of({}, 10, 2)
    for index in (-1, len(made)):
        with pytest.raises(BadInput, match="an index below"):
            made[index]
    for statuses in ({10: 0}, {0: 4}, {-1: 1}):
        with pytest.raises(BadInput, match="an index below 10 and a status below 4"):
            StatusList.of(statuses, 10, 2)
