"""Statistical releases: counted once, small cells hidden at every door, and nothing to be won by comparing releases."""

from __future__ import annotations

import csv
import json
import re
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from commonweal.acceptance import Caller
from commonweal.adoption import check_rule
from commonweal.authority import Authority
from commonweal.doors import api, portal
from commonweal.doors.cli import main
from commonweal.instruments import rule_file
from commonweal.kernel import statistics
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, Conflict, Forbidden, NotFound, ReplayClock, RuleFault, Text
from commonweal.methods import concealment, suppression
from commonweal.settings import Settings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
OVER = datetime(2026, 4, 1, tzinfo=UTC)
NAME = "model_registration.training_hardware"
LAB = Caller("party:lab", ("developer",))
# Runs by expected compute (not stated, <10^23, <10^25, more) and chips (not stated, <1,000, <10,000, more).
RUNS = np.array([[4, 0, 3, 0], [6, 9, 4, 1], [3, 5, 8, 4], [0, 0, 2, 3]])
FLOP = (None, 1e22, 1e24, 3e25)
CHIPS = (None, 64.0, 4096.0, 65536.0)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Authority, ReplayClock]]:
    clock = ReplayClock(START)
    settings = Settings(Text(en="Office", zh="机关"), "statistics.example/record", START, replay=True)
    with Authority.create(tmp_path_factory.mktemp("office") / "house", settings, clock=clock) as authority:
        authority.act(Act("model_registration.organisation", {"name": "Lab"}, "lab"), LAB)
        _file(authority, RUNS, "first")
        with pytest.raises(BadInput, match="a quarter that is over"):
            ask(authority, "2026-Q1")
        clock.set(OVER)
        ask(authority, "2026-Q1")
        yield authority, clock


def _file(authority: Authority, runs: np.ndarray, label: str) -> None:
    acts = [
        _run(f"{label} {row}-{column}-{number}", FLOP[row], CHIPS[column])
        for row, column in np.ndindex(*runs.shape)
        for number in range(int(runs[row, column]))
    ]
    authority.act_all(acts, LAB)
    authority.follow()


def _run(name: str, flop: float | None, chips: float | None) -> Act:
    body: dict[str, Any] = {"name": name, "organisation": "organisation:lab", "status": "planned"}
    body |= {"expected_total_flop": flop} if flop else {}
    body |= {"hardware": {"name": "H", "chips": chips}} if chips else {}
    return Act("model_registration.training_run", body, f"run:{name}:{chips}:{flop}")


def ask(authority: Authority, period: str, key: str = "") -> dict[str, Any]:
    authority.act(Act("statistics.asked", {"statistic": NAME, "period": period}, key or f"ask:{period}"))
    authority.follow()
    return dict(statistics.release(authority.reader, NAME, period)["body"])


def table(cells: list[Any]) -> tuple[np.ndarray, np.ndarray]:
    """Published counts (hidden ones as -1), and which are hidden."""
    counts = np.array([-1 if cell == "c" else int(cell) for cell in cells]).reshape(5, 5)
    return counts, counts < 0


def test_the_table_counts_each_run_once_and_hides_what_it_must(office: tuple[Authority, ReplayClock]) -> None:
    """(1, 3) = 1 and (3, 2) = 2 are below three; (3, 3) = 3 of the 5 largest runs leaves 2 outside, which is enough.

    Every sum over chips is public in the register and stays.
    """
    body = statistics.release(office[0].reader, NAME, "2026-Q1")["body"]
    counts, hidden = table(body["cells"])
    true = suppression.with_margins(RUNS)
    assert (counts == true)[~hidden].all()
    assert hidden[1, 3]
    assert hidden[3, 2]
    assert not hidden[:, 4].any()
    assert (body["threshold"], body["reach"], body["rest_min"]) == (3, 2, 2)


def published(authority: Authority) -> dict[str, list[Any]]:
    """The same table as every door shows it."""
    api_client = TestClient(api.app(authority, limits=api.Limits(address_per_s=1e6, address_burst=1e6)))
    site = TestClient(portal.app(authority))
    base = f"/api/v1/statistics/{NAME}/2026-Q1"
    entry = statistics.release(authority.reader, NAME, "2026-Q1")["entry"]

    def from_csv(text: str) -> list[Any]:
        return [line["count"] for line in csv.DictReader(text.splitlines())]

    def from_page(text: str) -> list[Any]:
        first = text[text.index("<table") : text.index("</table>")]
        return [unescape(cell).strip() for cell in re.findall(r"<td[^>]*>([^<]*)</td>", first)]

    return {
        "api json": api_client.get(base).json()["cells"],
        "api csv": from_csv(api_client.get(base + "?format=csv").text),
        "api entry": api_client.get(f"/api/v1/entries/{entry}").json()["fields"]["cells"],
        "page": from_page(site.get(f"/statistics/{NAME}/2026-Q1").text),
        "page in Chinese": from_page(site.get(f"/zh/statistics/{NAME}/2026-Q1").text),
        "csv": from_csv(site.get(f"/statistics/{NAME}/2026-Q1.csv").text),
        "json": site.get(f"/statistics/{NAME}/2026-Q1.json").json()["cells"],
        "record": site.get(f"/record/{entry}.json").json()["fields"]["cells"],
    }


def test_whoever_collects_what_every_door_shows_cannot_come_near_a_small_count(
    office: tuple[Authority, ReplayClock],
) -> None:
    """The attacker takes the union of all doors, knows every sum, and that no cell exceeds its row in the register."""
    true = suppression.with_margins(RUNS)
    hidden = np.ones((5, 5), dtype=bool)
    for door, cells in published(office[0]).items():
        assert len(cells) == 25, door
        counts, closed = table(cells)
        assert (counts == true)[~closed].all(), door
        hidden &= closed
    public = (True, False)
    group = suppression.known_group(true, public)
    small = suppression.below_threshold(true, 3) & ~suppression.known_cells(true.shape, public)
    assert small.sum() == 2
    problem = suppression.Problem.of(true, small, reach=2, high=group)
    assert suppression.unprotected(problem, hidden) == []


def test_who_knows_the_way_of_choosing_does_not_get_the_seed(office: tuple[Authority, ReplayClock]) -> None:
    """Which cells are hidden hangs on 32 random bytes, sealed in the request: no door shows them, none may be brought.

    Whoever holds the keys finds them there, and with them the same cells once more.
    """
    authority = office[0]
    asked = authority.entry(statistics.release(authority.reader, NAME, "2026-Q1")["entry"] - 1)
    assert asked.kind == "statistics.asked"
    seed = asked.body["seed"]
    assert len(bytes.fromhex(seed)) == 32
    api_client = TestClient(api.app(authority, limits=api.Limits(address_per_s=1e6, address_burst=1e6)))
    site = TestClient(portal.app(authority))
    release = statistics.release(authority.reader, NAME, "2026-Q1")
    for index in (asked.index, release["entry"]):
        for text in (api_client.get(f"/api/v1/entries/{index}").text, site.get(f"/record/{index}.json").text):
            assert seed not in text
    assert seed not in json.dumps(release["body"])
    hidden = concealment.conceal(
        suppression.with_margins(RUNS), (True, False), concealment.Terms(3, 2, 2), bytes.fromhex(seed)
    )
    assert (table(release["body"]["cells"])[1] == hidden).all()
    with pytest.raises(BadInput, match="the authority draws it"):
        authority.act(Act("statistics.asked", {"statistic": NAME, "period": "2025-Q2", "seed": "00" * 32}, "brought"))


def test_the_page_shows_the_chart_without_hidden_cells(office: tuple[Authority, ReplayClock]) -> None:
    """A chart is drawn from published counts only: its table has one line for each published inner cell."""
    text = TestClient(portal.app(office[0])).get(f"/statistics/{NAME}/2026-Q1").text
    _, hidden = table(statistics.release(office[0].reader, NAME, "2026-Q1")["body"]["cells"])
    last = text[text.rindex("<table") :]
    assert last.count("<tr>") - 1 == (~hidden[:4, :4]).sum()
    assert "<svg" in text


def test_a_quarter_is_released_once_and_a_change_afterwards_shows_in_no_release(
    office: tuple[Authority, ReplayClock],
) -> None:
    """Differencing: a run amended or filed later moves nothing in the first table and counts once, in its own."""
    authority, clock = office
    before = statistics.release(authority.reader, NAME, "2026-Q1")["body"]
    with pytest.raises(Conflict, match="released once"):
        ask(authority, "2026-Q1", "again")
    authority.act(_run("first 1-3-0", 1e22, 64.0), LAB)  # the small cell's only run says it was a small cluster
    late = np.zeros_like(RUNS)
    late[1] = (3, 4, 5, 6)
    _file(authority, late, "second")
    clock.set(datetime(2026, 7, 1, tzinfo=UTC))
    later = ask(authority, "2026-Q2")
    counts, hidden = table(later["cells"])
    assert (counts == suppression.with_margins(late))[~hidden].all()
    assert statistics.release(authority.reader, NAME, "2026-Q1")["body"] == before


def test_an_empty_quarter_is_released_as_zeros(office: tuple[Authority, ReplayClock]) -> None:
    assert set(ask(office[0], "2025-Q4")["cells"]) == {0}


def test_releases_are_laid_out_again_from_the_record(office: tuple[Authority, ReplayClock]) -> None:
    before = office[0].dump()
    office[0].rebuild()
    assert office[0].dump() == before
    assert office[0].faults() == []


def test_who_may_ask_and_for_what(office: tuple[Authority, ReplayClock]) -> None:
    authority = office[0]
    act = Act("statistics.asked", {"statistic": NAME, "period": "2025-Q3"}, "k")
    with pytest.raises(Forbidden):
        authority.act(act, LAB)
    with pytest.raises(Forbidden, match="nobody files it"):
        authority.act(Act("statistics.released", {}, "k"))
    with pytest.raises(BadInput) as refused:
        authority.act(Act("statistics.asked", {"statistic": "none.such", "period": "2199-Q1"}, "k"))
    assert {fault.where for fault in refused.value.faults} == {"statistic", "period"}
    with pytest.raises(NotFound, match="2026-Q1"):
        statistics.release(authority.reader, NAME, "1999-Q1")


@pytest.mark.parametrize(
    ("line", "where"),
    [("threshold = 1", "threshold"), ("reach = 0", "reach"), ('rest_min = "2"', "rest_min"), ("k = 3", "k")],
)
def test_a_text_that_would_protect_nothing_cannot_be_adopted(line: str, where: str) -> None:
    given = {"threshold": "threshold = 3", "reach": "reach = 2", "rest_min": "rest_min = 2", where: line}
    text = 'id = "x.statistics"\nversion = "1"\n[suppression]\n' + "\n".join(given.values())
    with pytest.raises(RuleFault) as refused:
        check_rule(rule_file(text))
    assert [fault.where for fault in refused.value.faults] == [f"suppression.{where}"]


def test_the_command_lists_shows_and_releases(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clock = ReplayClock(START)
    settings = Settings(Text(en="Office", zh="机关"), "cli.example/record", START, replay=True)
    with Authority.create(tmp_path / "house", settings, clock=clock) as authority:
        clock.set(OVER)
        authority.act(Act("model_registration.organisation", {"name": "Lab"}, "lab"), LAB)
    folder = str(tmp_path / "house")
    assert main(["statistics", folder]) == 0
    assert NAME in capsys.readouterr().out
    assert main(["statistics", folder, NAME, "2026-Q1", "--release"]) == 0
    assert "Not stated" in capsys.readouterr().out
    assert main(["statistics", folder, NAME, "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)["cells"]) == {0}
    assert main(["statistics", folder, NAME, "2026-Q1", "--release"]) == 0  # the same act again: its first receipt
    assert main(["statistics", folder, NAME, "2031-Q1", "--release"]) == 1
