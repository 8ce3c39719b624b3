"""A real browser over the demonstration's pages, and over those of an authority that a test founds."""

from __future__ import annotations

import fcntl
import os
import shutil
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from commonweal import demo
from commonweal.authority import Authority
from commonweal.doors.portal import app

from .serving import served

SITE = "http://portal.example"
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The first that there is: one without windows does the same for about a quarter less of processor time."""
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-extensions",
    "--no-first-run",
    "--js-flags=--no-opt",  # each page is new and soon gone: what is compiled for speed is hardly run again
]
REDIRECTS = "meta[http-equiv=refresh]"
SINCE = datetime(2018, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration from 2018 on: every page has something to show. Made once a run, and copied for each worker."""
    place = tmp_path_factory.mktemp("demo") / "office"
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    shared = tmp_path_factory.getbasetemp().parent if worker else place.parent
    made = shared / "demonstration"
    with open(shared / "demonstration.lock", "wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            demo.run(shared / "demonstration.part", since=SINCE)
            (shared / "demonstration.part").rename(made)
    shutil.copytree(made, place)
    return place


@contextmanager
def answering(folder: Path) -> Iterator[str]:
    """The address of the portal of a folder. A browser keeps styles and scripts there, and asks for pages only."""
    with Authority.open(folder) as authority, served(authority) as site:
        yield site


@contextmanager
def visiting(browser: Any, site: str, width: int, **options: Any) -> Iterator[Any]:
    """A fresh page of a width whose addresses begin at a site; what its scripts complain of is a fault."""
    context = browser.new_context(viewport={"width": width, "height": 900}, base_url=site, **options)
    page = context.new_page()
    complaints: list[str] = []
    elsewhere = lambda asked: asked.url.startswith("http") and not asked.url.startswith(site)  # noqa: E731
    page.on("request", lambda asked: complaints.append(f"asks {asked.url}") if elsewhere(asked) else None)
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        yield page
    finally:
        context.close()
    assert [text for text in complaints if "404" not in text and "422" not in text] == []


@contextmanager
def signed_in_at(authority: Authority, browser: Any, site: str) -> Iterator[Callable[..., Any]]:
    """`opened(viewport, javascript)` opens a page whose site is an authority's portal; forms and cookies go both."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from starlette.testclient import TestClient
    made: list[Any] = []

    with TestClient(app(authority), base_url=site, follow_redirects=False) as client:

        def answer(route: Any) -> None:
            asked = route.request
            client.cookies.clear()
            headers = {k: v for k, v in asked.all_headers().items() if not k.startswith(":")}
            found = client.request(asked.method, asked.url, content=asked.post_data_buffer, headers=headers)
            kept = {k: v for k, v in found.headers.items() if k not in ("content-encoding", "content-length")}
            if found.status_code == 303:  # what a browser asks for after a redirect does not come through here
                onward = f'<!doctype html><meta http-equiv="refresh" content="0;url={kept.pop("location")}">'
                route.fulfill(status=200, headers={**kept, "content-type": "text/html"}, body=onward)
                return
            route.fulfill(status=found.status_code, headers=kept, body=found.content)

        def opened(viewport: dict[str, int], javascript: bool = True) -> Any:
            context = browser.new_context(viewport=viewport, java_script_enabled=javascript)
            context.route("**/*", answer)
            made.append(context)
            return context.new_page()

        yield opened
        for context in made:
            context.close()


@contextmanager
def arriving(page: Any) -> Iterator[None]:
    """Around what leads to another page: that page is there, behind a redirect too, and its scripts ran."""
    with page.expect_navigation():
        yield
    page.wait_for_selector(REDIRECTS, state="detached")
    page.wait_for_load_state()


@pytest.fixture(scope="package")
def portal(folder: Path) -> Iterator[str]:
    """The address of the demonstration's portal."""
    with answering(folder) as site:
        yield site


@pytest.fixture(
    scope="package"
)  # while it is there an event loop runs, which the tests of other folders could not bear
def browser() -> Iterator[Any]:
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        pytest.skip(f"needs one of {', '.join(BROWSERS)}: `apt-get install {BROWSERS[0]}`")
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright: `make test` installs it")
    with sync_api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture(scope="package")
def visit(browser: Any, portal: str) -> Callable[..., Any]:
    """`with visit(width) as page`: a fresh page of that width whose site is the portal."""

    def opened(width: int = 1280, **options: Any) -> Any:
        return visiting(browser, portal, width, **options)

    return opened


@pytest.fixture(scope="session")
def axe() -> str:
    """The axe-core script, from the package that the tests install (it is not in the tree)."""
    pytest.importorskip("axe_playwright_python", reason="needs axe-playwright-python: `make test` installs it")
    return files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")


@pytest.fixture(scope="session")
def addresses(folder: Path) -> list[str]:
    """One page of every kind there is, language left out."""
    with Authority.open(folder) as authority:
        from commonweal.instruments.model_registration import practice
        from commonweal.kernel import obligations, protocols, registry, retention

        reader = authority.reader
        laws = obligations.adopted_laws(reader)
        texts = [row["rule_id"] for row in registry.texts(reader) if row["room"] in ("protocols", "parameters")]
        case = protocols.cases(reader)[0]["case"].partition(":")[2]
        store = authority.store
        kinds = [item.kind for item in store.entries(0, store.size())]
        switched = kinds.index("threshold.switched")
        marked = [
            authority.entry(kinds.index("record.corrected")).body["entry"],
            authority.entry(kinds.index("record.annulled")).body["entry"],
            authority.entry(kinds.index("disclosure.made")).body["entries"][0],
            retention.keys_of_holder(reader, practice.LEAVING, erased=True)[0]["first"],
            *(kinds.index(kind) for kind in ("disclosure.made", "retention.erased", "retention.hold_placed")),
            kinds.index("statistics.released"),
        ]
        listings = [f"/{item.id}/{one.id}" for item in authority.instruments.values() for one in item.listings]
        pages = [page for item in authority.instruments.values() for page in item.pages]
        own = [page.path for page in pages if "{" not in page.path and not page.roles and page.template]
        return [
            *(
                "/",
                "/about",
                "/accessibility",
                "/lists",
                "/texts",
                "/regimes",
                "/duties",
                "/cases",
                "/thresholds",
                "/series",
                "/series/laus.unemployed?subject=area:us-ca&as_of=2020-05-01",
                "/series/laus.unemployed?subject=area:us-ca&event=2019-01-01",
                "/series/laus.unemployed?as_of=1960-01-01",
                "/board",
                "/sign-in",
                "/enrol",
                "/forms",
                "/forms/incident",
                "/return",
            ),
            *(
                "/record",
                "/record/check",
                "/record/disclosures",
                "/record/erasures",
                "/record/keys",
                "/record/verify?entry=0",
                "/record/witnesses",
                "/record/0",
                f"/record/{switched}",
                *(f"/record/{index}" for index in marked),
                "/who-sees",
                "/who-sees/model_registration.training_run",
                "/statistics",
                "/statistics/model_registration.training_hardware/2025-Q4",
                "/nope",
                "/record?page=x",
            ),
            *(f"/{item}" for item in authority.instruments),
            *listings,
            *own,
            f"/regimes/{laws[0].id}",
            f"/regimes/{laws[0].rules[0].id}",
            *(f"/regimes/{text}" for text in texts[:2]),
            *(f"/thresholds/{row['rule']}" for row in _boards(reader)),
            f"/cases/{case}",
            "/unemployment/us-ca",
            "/models/gpt-4.5",
            "/models/gpt-4.5?as_of=2025-09-01",
            "/organisations/openai",
            "/training_runs/example-frontier-laboratory-run-one",
            "/subjects/model:gpt-4.5",
            "/duties?state=met&about=run",
        ]


def _boards(reader: Any) -> list[dict[str, Any]]:
    from commonweal.kernel import thresholds

    return thresholds.board(reader)
