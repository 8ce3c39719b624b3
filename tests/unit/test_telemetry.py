"""What the service tells of its work: everything that was done, and nothing of what was said."""

from __future__ import annotations

import io
import json
import logging
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from commonweal.authority import Authority
from commonweal.kernel.values import BadInput, Fault, Text, instant
from commonweal.settings import Settings
from commonweal.telemetry import BUCKETS_S, Figures, Lines, told

SECRET = "zq7xmarked"
WEAL = [sys.executable, "-c", "import sys; from commonweal.doors.cli import main; sys.exit(main())"]
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"
"""The example of W3C Trace Context, section 3.2.2.5."""
SETTINGS = Settings(Text(en="Test", zh="测试"), "test.example/log", instant("2026-01-01T00:00:00Z"))


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What loggers of ours say, as JSON."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Lines("json"))
    logger = logging.getLogger("commonweal")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield stream
    logger.removeHandler(handler)
    logger.setLevel(level)


def only(stream: io.StringIO) -> dict[str, Any]:
    (line,) = stream.getvalue().splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


# ── one line ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_event_is_told_with_its_codes(lines: io.StringIO) -> None:
    told("act", kind="lending.loan", entry=17, again=False)
    line = only(lines)
    assert (line["event"], line["kind"], line["entry"], line["level"]) == ("act", "lending.loan", 17, "info")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])


def test_other_messages_keep_their_numbers_and_lose_their_texts(lines: io.StringIO) -> None:
    logging.getLogger("commonweal.x").error("no %s in %.0f s: %s", SECRET, 3.2, BadInput(Fault("x", SECRET, "y"), "x"))
    assert only(lines)["message"] == "no … in 3 s: …"


def test_an_exception_is_told_by_its_type_and_place_and_not_in_its_words(lines: io.StringIO) -> None:
    try:
        raise ValueError(SECRET) from KeyError(SECRET)
    except ValueError:
        logging.getLogger("commonweal.x").exception("%s failed", SECRET)
    line = only(lines)
    assert SECRET not in json.dumps(line)
    assert line["error"] == "ValueError"
    assert re.fullmatch(r"unit/test_telemetry\.py:\d+", line["at"][-1])


def test_of_other_libraries_only_that_they_said_something(lines: io.StringIO) -> None:
    record = logging.LogRecord("dbos", logging.WARNING, "x.py", 1, f"workflow({SECRET!r}) failed", (), None)
    assert SECRET not in Lines("json").format(record)
    assert SECRET not in Lines("text").format(record)


def test_a_message_that_cannot_be_filled_in_is_still_a_line() -> None:
    record = logging.LogRecord("commonweal.x", logging.ERROR, "x.py", 1, "%d of %s\n", (SECRET,), None)
    assert json.loads(Lines("json").format(record))["message"] == "%d of %s"


# ── figures ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_duration_on_a_bound_is_in_its_bucket() -> None:
    """Prometheus' buckets are inclusive upper bounds ("le")."""
    figures = Figures()
    for seconds in (0.0, BUCKETS_S[0], BUCKETS_S[0] + 1e-6, BUCKETS_S[-1] + 1):
        figures.add("GET", "/x", 200, seconds)
    ((key, counts, total),) = figures.rows()
    assert key == ("GET", "/x", "2xx")
    assert (counts[0], counts[1], counts[-1], sum(counts)) == (2, 1, 1, 4)
    assert total == pytest.approx(2 * BUCKETS_S[0] + 1e-6 + BUCKETS_S[-1] + 1)


def test_strangers_cannot_make_up_labels() -> None:
    figures = Figures()
    for number in range(100):
        figures.add(f"X{number}", "(none)", 405, 0.1)
    assert [key for key, _, _ in figures.rows()] == [("other", "(none)", "4xx")]


# ── a service, run by strangers who say things that must not be kept ────────────────────────────────────────────────


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[dict[str, Any]], str, dict[str, httpx.Response], str]:
    """The lines of a service, all that it wrote, some of its answers and the id of the key that filed."""
    folder = tmp_path_factory.mktemp("told") / "office"
    with Authority.create(folder, SETTINGS) as authority:
        key = authority.access.issue_key(f"party:{SECRET}", ("developer",), ("file", "read"), None)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    service = subprocess.Popen(
        [*WEAL, "serve", str(folder), "--port", str(port), "--log", "json"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    answers = {}
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            _ready(client)
            answers = _asked(client, key)
    finally:
        service.terminate()
        said, _ = service.communicate(timeout=60)
    found = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    return found, said, answers, key.split("_")[1]


def _ready(client: httpx.Client) -> None:
    for _ in range(600):
        try:
            if client.get("/healthz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("the service did not start")


def _asked(client: httpx.Client, key: str) -> dict[str, httpx.Response]:
    bearer = {"Authorization": f"Bearer {key}", "Idempotency-Key": SECRET, "User-Agent": SECRET, "Referer": SECRET}
    kind = "/api/v1/filings/model_registration.organisation"
    body = {"name": f"{SECRET} Laboratory", "countries": ["FR"]}
    filed = client.post(kind, json=body, headers={**bearer, "traceparent": PARENT, "tracestate": f"x={SECRET}"})
    return {
        "filed": filed,
        "fault": client.post(kind, json={"name": SECRET, "countries": [SECRET]}, headers=bearer),
        "no_json": client.post(kind, content=f'{{"{SECRET}', headers={**bearer, "Content-Type": "application/json"}),
        "wrong_key": client.post(kind, json=body, headers={"Authorization": f"Bearer {SECRET}"}),
        "query": client.get(f"/api/v1/entries?{SECRET}={SECRET}"),
        "nowhere": client.get(f"/{SECRET}/{SECRET}"),
        "subject": client.get(f"/subjects/organisation:{SECRET}-laboratory"),
        "search": client.get(f"/zh/board?q={SECRET}"),
        "sign_in": client.post("/sign-in", data={"key": SECRET, "next": f"/{SECRET}"}),
        "ready": client.get("/readyz"),
        "metrics": client.get("/api/v1/metrics"),
        "method": client.request(SECRET.upper(), "/"),
    }


def test_nothing_that_was_said_to_the_service_is_in_what_it_wrote(run: Any) -> None:
    _, said, answers, _ = run
    assert answers["filed"].status_code in (200, 201)
    assert SECRET not in said.lower()
    assert SECRET not in answers["metrics"].text.lower()


def test_every_request_and_act_is_told_once_with_its_route_and_caller(run: Any) -> None:
    found, _, answers, keyid = run
    requests = [line for line in found if line["event"] == "request" and line["route"] != "/healthz"]
    assert len(requests) == len(answers)
    filed = next(line for line in requests if line["trace"] == TRACE)
    assert (filed["route"], filed["method"]) == ("/api/v1/filings/model_registration.organisation", "POST")
    assert (filed["caller"], filed["key"], filed["parent"]) == ("key", keyid, "b7ad6b7169203331")
    assert filed["bytes_in"] > 10
    assert filed["bytes_out"] == len(answers["filed"].content)
    act = next(line for line in found if line["event"] == "act" and line.get("trace") == TRACE)
    assert (act["kind"], act["entry"]) == ("model_registration.organisation", answers["filed"].json()["index"])
    assert answers["filed"].headers["traceresponse"].split("-")[1:3] == [TRACE, filed["span"]]
    told_of = {(line["route"], line["status"]) for line in requests}
    assert ("/subjects/{subject}", answers["subject"].status_code) in told_of
    assert ("(none)", 404) in told_of


def test_it_says_that_it_is_ready_and_what_must_hold_for_that(run: Any) -> None:
    _, _, answers, _ = run
    body = answers["ready"].json()
    assert (answers["ready"].status_code, body["ready"]) == (200, True)
    assert set(body["checks"]) == {"record_may_be_written", "folder_is_writable", "record_is_followed", "disk_has_room"}
    assert answers["ready"].headers["cache-control"] == "no-store"


def test_requests_are_counted_by_route_and_class_of_status(run: Any) -> None:
    _, _, answers, _ = run
    text = answers["metrics"].text
    label = 'method="POST",route="/api/v1/filings/model_registration.organisation",status="4xx"'
    assert f"commonweal_request_duration_seconds_count{{{label}}} 3" in text
    assert f'commonweal_request_duration_seconds_bucket{{{label},le="+Inf"}} 3' in text
    assert 'commonweal_entries{kind="authority.opened"} 1' in text
