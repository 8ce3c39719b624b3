"""Every address of an authority that a reader can come to: its API by its description, its portal by its links."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

from commonweal.authority import Authority

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient


def api_addresses(authority: Authority, client: TestClient, files: Iterable[str] = ()) -> Iterator[str]:
    """Every GET of the API, with every value that its path can have here."""
    entries = authority.store.entries(0, authority.store.size())
    indexes = [str(item.index) for item in entries]
    about = sorted({item.subject for item in entries if item.subject})
    rules = [row["rule_id"] for row in client.get("/api/v1/rules").json()["rules"]]
    values = {"index": indexes, "kind": sorted(authority.kinds), "rule": rules, "case": about}
    for path, methods in client.get("/api/v1/openapi.json").json()["paths"].items():
        if "get" not in methods:
            continue
        names = re.findall(r"\{(\w+)\}", path)
        known = values | {"id": rules if "/rules/" in path else about}
        if any(name not in known for name in names):
            continue
        choices = known[names[0]] if names else [""]
        for choice in choices:
            address = path.replace(f"{{{names[0]}}}", quote(choice, safe=":")) if names else path
            yield address
            if "/listings/" in address:
                yield address + "?format=csv"
            if address.endswith("/subjects"):
                yield from (f"{address}?noun={kind.noun}" for kind in authority.kinds.values() if kind.noun)
    yield from (f"/api/v1/entries/{place}" for place in files)


def portal_answers(
    authority: Authority, client: TestClient, indexes: Iterable[int], files: Iterable[str] = (), language: str = "",
    *, alike: str = "",
) -> Iterator[tuple[str, Any]]:  # fmt: skip
    """Every page that a reader can come to, and the files beside them, each with its address.

    In both languages, or in English alone (`language="en"`). Addresses that match `alike`, which say what others say,
    are left out.
    """
    forms = ("", ".json", ".sd-jwt", ".presentation.json", ".leaf.json", ".receipt.json")
    waiting = ["/", "/about", "/lists", "/record", "/duties", "/cases", "/thresholds", "/who-sees"]
    waiting += [f"/record/{index}{form}" for index in indexes for form in (*forms, ".tlog-proof")]
    waiting += [f"/record/{place}" for place in files]
    entries = authority.store.entries(0, authority.store.size())
    waiting += sorted({f"/subjects/{item.subject}" for item in entries if item.subject})
    skipped = ("/static", "/log", "/api", *(["/zh"] if language == "en" else []))
    done: set[str] = set()
    while waiting:
        address = waiting.pop()
        if address in done or not address.startswith("/") or address.startswith(skipped):
            continue
        if alike and re.search(alike, address):
            continue
        done.add(address)
        answer = client.get(address)
        yield address, answer
        if not address.endswith(tuple(forms[1:])) and "?" not in address:
            waiting += [link for link in links(answer.text) if not re.match(r"/(zh/)?record/\d", link)]


def links(page: str) -> list[str]:
    return [link.replace("&amp;", "&").split("#")[0] for link in re.findall(r'(?:href|src)="(/[^"]*)"', page)]
