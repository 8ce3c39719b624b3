"""intake.*: two hundred filers report at once through `weal serve` while an officer pages through the desk's queue.

Each filer has a key and a connection of its own and sends the next report as soon as it has the receipt of the last, so
a p99 is that of a queue of two hundred. Against a bare Starlette application that commits each request to SQLite under
the same load in the same run; the queue's pages against the same pages while nobody files. `.cold` is what was sent in
the first seconds after the server answered. `intake.lost` counts receipts that are not in the record afterwards, as
they were given: read back one by one after a run that ended in peace, and after one that `kill -9` ended.
`intake.caught_up_s` is how long after the last receipt all of it was followed. `intake.form_*` is the way of the
public: a hundred people without keys or scripts go through the form at once, page by page, to the receipt.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any

import httpx

from benchmarks.bench_api import ROOT, START_S, STOP_S, await_port, bare, free_port, tool
from benchmarks.figures import Figure, quantile
from benchmarks.filings import founded
from benchmarks.intake_load import REPORT, report
from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.kernel.instrument import Act

FILERS, BEFORE = 200, 200  # the reports that were there before fill the pages that the officer reads
COLD_S, SPAN_S, QUIET_S = 3.0, 15.0, 5.0
KILLED_AFTER = 500
ANSWER_S = 120.0
PEOPLE, FORM_S = 100, 300.0  # more at once than a hundred and twenty without a key are asked to come again
DESK = "/incident-reports/desk"
PAGES = (DESK, f"{DESK}?page=2", f"{DESK}?page=3")
RATE_PER_S_MAX = 1e6


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "authority"
        with founded(folder) as authority:
            before = [Act(REPORT, report(f"IR-0-{number}"), f"before-{number}") for number in range(BEFORE)]
            authority.place_all(before, Caller("party:desk", ("officer",)))
            authority.follow()
            issue = authority.access.issue_key
            tokens = [
                issue(_party(filer), ("developer",), ("file",), rate_per_s=RATE_PER_S_MAX) for filer in range(FILERS)
            ]
            officer = issue("party:desk", ("officer",), rate_per_s=RATE_PER_S_MAX)
        with _served(bare(), {"BENCHMARK_FILE": str(Path(scratch) / "bare.sqlite")}) as (port, _):
            peer = _load(port, tokens, "bare")
        weal = [tool("weal"), "serve", str(folder), "--port"]
        with _served(weal, {}) as (port, _):
            cookie = _signed_in(port, officer)
            ours = _load(port, tokens, "peace", cookie)
            caught_up = _caught_up(port, officer, max(one["index"] for one in ours["filed"]))
            quiet = _load(port, [], "quiet", cookie)
            alone, people = _forms(port, 1, 0), _forms(port, PEOPLE, 1)
        with _served(weal, {}) as (port, server):
            killed = _load(port, tokens, "killed", _signed_in(port, officer), server)
        receipts = [*ours["filed"], *killed["filed"]]
        with Authority.open(folder) as authority:
            lost = sum(not _stands(authority, one) for one in receipts)
            by_form = people["filed"]
            gone = sum(authority.entry(one["index"]).body["title"] != one["title"] for one in by_form)
    against = f"bare Starlette on the same server, a SQLite commit a request ({FILERS} filers without a pause)"
    warm, cold = _waits(ours, COLD_S, SPAN_S), _waits(ours, 0.0, COLD_S)
    return [
        Figure("intake.p99_ms", _p99_ms(warm), "ms", against, _p99_ms(_waits(peer, COLD_S, SPAN_S)), _LIMIT),
        Figure("intake.p99_ms.cold", _p99_ms(cold), "ms", against, _p99_ms(_waits(peer, 0.0, COLD_S)), _LIMIT),
        Figure("intake.filed_per_s", _per_s(ours), "reports/s", against, _per_s(peer), _LIMIT),
        Figure("intake.desk_p99_ms", _p99_ms(ours["pages"]), "ms", "the same pages while nobody files",
               _p99_ms(quiet["pages"]), "the one interpreter that also takes the reports"),
        Figure("intake.lost", lost, "receipts", f"receipts given, {len(killed['filed'])} of them before kill -9",
               len(receipts), "a receipt is given after the commit is on disk"),
        Figure("intake.caught_up_s", caught_up, "s", "the seconds in which the reports before came in", SPAN_S,
               "each report is held against every rule of every law about reports"),
        Figure("intake.form_p99_ms", _p99_ms(people["taken"]), "ms",
               f"the same pages while one person fills them in ({PEOPLE} people at once, no scripts, no key)",
               _p99_ms(alone["taken"]), "one interpreter that makes each page"),
        Figure("intake.form_filed_per_s", len(by_form) / max(one["at"] for one in by_form), "reports/s",
               "one person alone", 1 / alone["filed"][0]["at"],
               f"{len(people['taken']) // PEOPLE} requests a report, each draft sealed and saved at each page"),
        Figure("intake.form_lost", gone, "receipts", "receipts that people were shown", len(by_form),
               "a receipt is given after the commit is on disk"),
    ]  # fmt: skip


_LIMIT = "one interpreter for HTTP, checks and sealing; following and the load share the processors"


def _party(filer: int) -> str:
    return f"party:filer-{filer}"


def _waits(run: Mapping[str, Any], since: float, until: float) -> list[float]:
    return [one["took"] for one in run["filed"] if since <= one["at"] < until]


def _p99_ms(taken: list[float]) -> float:
    return 1e3 * quantile(taken, 0.99)


def _per_s(run: Mapping[str, Any]) -> float:
    """Receipts a second, once warm."""
    done = [one["at"] + one["took"] for one in run["filed"]]
    return sum(at >= COLD_S for at in done) / (max(done) - COLD_S)


def _stands(authority: Authority, receipt: Mapping[str, Any]) -> bool:
    """Whether the record holds what a receipt was given for, where it says so."""
    if receipt["index"] >= authority.store.size():
        return False
    author = authority.store.entry(receipt["index"]).author
    body, sent = authority.entry(receipt["index"]).body, report(receipt["reference"])
    return author == _party(receipt["filer"]) and all(body[name] == sent[name] for name in ("name", "title"))


def _load(
    port: int, tokens: Sequence[str], name: str, cookie: str = "", kills: subprocess.Popen[bytes] | None = None
) -> dict[str, Any]:
    """A run of the load; it may end with the death of a server that it `kills`."""
    seconds = ANSWER_S if kills else SPAN_S if tokens else QUIET_S
    print(f"  {name}: {len(tokens)} filers", file=sys.stderr, flush=True)
    task = {
        "port": port,
        "tokens": tokens,
        "name": name,
        "seconds": seconds,
        "cookie": cookie,
        "paths": PAGES if cookie else (),
        "kills_after": KILLED_AFTER if kills else 0,
        "server": kills.pid if kills else 0,
    }
    running = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.intake_load"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert running.stdin is not None
    running.stdin.write(json.dumps(task).encode())
    running.stdin.close()
    running.stdin = None
    out, _ = running.communicate(timeout=seconds + ANSWER_S)
    found: dict[str, Any] = json.loads(out)
    assert not found["refused"], f"refused with {sorted(set(found['refused']))}"
    assert bool(found["filed"]) == bool(tokens), "nothing was acknowledged"
    return found


def _caught_up(port: int, officer: str, newest: int) -> float:
    """Seconds until all that was filed is followed."""
    since, headers = time.perf_counter(), {"Authorization": f"Bearer {officer}"}
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=START_S, headers=headers) as client:
        while client.get("/api/v1/duties?limit=1").json()["followed"] <= newest:
            time.sleep(0.1)
    return time.perf_counter() - since


def _forms(port: int, people: int, first: int) -> dict[str, Any]:
    """So many people fill in the form at once."""
    print(f"  form: {people} people", file=sys.stderr, flush=True)
    task = json.dumps({"port": port, "people": people, "first": first, "name": "form"})
    command = [sys.executable, "-m", "benchmarks.form_load"]
    done = subprocess.run(command, cwd=ROOT, input=task.encode(), stdout=subprocess.PIPE, check=True, timeout=FORM_S)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _signed_in(port: int, key: str) -> str:
    """The cookies of an officer who signed in with a key."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=START_S) as client:
        form = re.findall(r'<form[^>]*method="post".*?</form>', client.get("/sign-in").text, re.DOTALL)[1]
        fields = {
            name[1]: unescape(value[1]) for tag in re.findall(r"<input[^>]*>", form)
            if (name := re.search(r'name="([^"]*)"', tag)) and (value := re.search(r'value="([^"]*)"', tag))
        }  # fmt: skip
        client.post("/sign-in", data={**fields, "key": key})
        assert client.get(DESK).status_code == 200, "the officer reads the queue"
        return "; ".join(f"{name}={value}" for name, value in client.cookies.items())


@contextmanager
def _served(command: Sequence[str], more: Mapping[str, str]) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """A server in a group of processes of its own, which can be killed as one."""
    port = free_port()
    server = subprocess.Popen(
        [*command, str(port)], cwd=ROOT, env={**os.environ, **more}, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await_port(port, server)
        yield port, server
    finally:
        server.terminate()
        try:
            server.wait(STOP_S)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()
