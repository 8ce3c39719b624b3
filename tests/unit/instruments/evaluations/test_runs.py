"""Runs on record: taken in from a folder, passed over when they are there, shown to whom they may be, and compared."""

from __future__ import annotations

import hashlib
import json
import re
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.eval_logs import header, inspect_eval, sample

from commonweal.authority import Authority
from commonweal.doors.cli import main as cli
from commonweal.doors.portal import app
from commonweal.instruments.evaluations import formats, payload, taking_in
from commonweal.kernel import registry
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

FIRST = inspect_eval(header({"accuracy": 0.5}), [sample(n, "C" if n < 2 else "I") for n in range(4)])
SECOND = inspect_eval(header({"accuracy": 0.9}), [sample(n, "C" if n > 1 else "I") for n in range(1, 5)])
CONDITIONS = """
run_by = "An institute"
relation = "third_party"
weights_sha256 = "{weights}"
[elicitation]
attempts = 5
fine_tuned = false
[[sandbagging_screens]]
method = "Noise injection"
found = "no_signs"
""".format(weights="ab" * 32)


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    (folder / "within").mkdir(parents=True)
    (folder / "first.eval").write_bytes(FIRST)
    (folder / "within" / "again.eval").write_bytes(FIRST)
    (folder / "within" / "second.eval").write_bytes(SECOND)
    (tmp_path / "conditions.toml").write_text(CONDITIONS)
    return folder


@pytest.fixture
def place(tmp_path: Path) -> Path:
    place = tmp_path / "office"
    assert cli(["open", str(place), "--name", "Office", "--name-zh", "办公室", "--origin", "office.example/log"]) == 0
    return place


@pytest.fixture
def office(place: Path, logs: Path, tmp_path: Path) -> Iterator[Authority]:
    told = ["--conditions", str(tmp_path / "conditions.toml")]
    assert cli(["evaluations", "import", str(place), str(logs), *told]) == 0
    with Authority.open(place) as authority:
        authority.follow()
        yield authority


def name(data: bytes) -> str:
    return taking_in.name_of(hashlib.sha256(data).hexdigest())


def test_a_folder_is_taken_in_once_and_taken_up_again(
    place: Path, logs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A log with faults keeps none of the others out, and is named at the end with all of them."""
    (logs / "bad.eval").write_bytes(inspect_eval(header({}), [sample(1, "C"), sample("1", "C")], names=["a", "b"])[:-9])
    assert cli(["evaluations", "import", str(place), str(logs)]) == 1
    out, err = capsys.readouterr()
    assert "Recorded 2 runs of 8 samples; 1 logs were there already." in out
    assert "1 reported numbers do not follow" in out
    assert "bad.eval" in err
    (logs / "bad.eval").unlink()
    assert cli(["evaluations", "import", str(place), str(logs)]) == 0
    assert "Recorded 0 runs of 0 samples; 3 logs were there already." in capsys.readouterr().out


def test_conditions_with_faults_are_refused_once_and_not_for_each_log(
    place: Path, logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "conditions.toml").write_text('access = "everything"\nmodel_size = 3\n')
    told = ["--conditions", str(tmp_path / "conditions.toml")]
    assert cli(["evaluations", "import", str(place), str(logs), *told]) == 1
    err = capsys.readouterr().err
    assert err.count("access") == 1
    assert "model_size" in err


def test_only_what_is_public_of_a_run_is_shown_to_everybody(office: Authority) -> None:
    """That there is a run, its root and its counts; not the model, the task or any number."""
    slug = registry.subjects(office.reader, "evaluation")[0]["subject"].partition(":")[2]
    with TestClient(app(office), base_url="https://office.example") as client:
        page = client.get(f"/evaluation-runs/{slug}").text
        assert client.get(f"/evaluation-runs/{slug}/compare").status_code == 403
        assert client.get(f"/evaluation-runs/{slug}/results.csv").status_code == 403
        listed = client.get("/evaluations/runs.json").text
        assert client.get("/evaluation-runs").text.count(">Run ") == 2
    for text in (page, listed):
        assert not [word for word in ("made_up", "made/model-1", "An institute", "accuracy") if word in text]
    assert re.search(r"[0-9a-f]{64}", page)


def signed_in(office: Authority, client: TestClient) -> None:
    token = re.search(r'name="token" value="([^"]+)"', client.get("/sign-in").text)
    assert token is not None
    sent = {"key": office.access.issue_key("party:kim", ("officer",), ("file", "read")), "token": token[1]}
    assert client.post("/sign-in", data=sent).url.path == "/inbox"


def test_an_officer_sees_what_differs_who_ran_it_and_which_screens_did_not(office: Authority) -> None:
    slug = name(SECOND).lower().replace(" ", "-")
    with TestClient(app(office), base_url="https://office.example") as client:
        signed_in(office, client)
        page = client.get(f"/evaluation-runs/{slug}").text
        for words in ("made/model-1", "An institute", "a third party", "no signs by this method", "differs", "0.15"):
            assert words in page
        assert "whether the model had seen the items is not known" in page, "no contamination screen ran"
        assert "on_behalf_of" not in page
        assert page.count("not said") >= 3
        other = name(FIRST).lower().replace(" ", "-")
        compared = client.get(f"/evaluation-runs/{slug}/compare?with={other}&score=match").text
        cells = re.findall(r"<td[^>]*>([^<]*)</td>", compared)
        assert cells[0] == "3", "items 1, 2 and 3 were given in both runs"
        assert client.get(f"/zh/evaluation-runs/{slug}/compare").status_code == 200
        assert client.get(f"/evaluation-runs/{slug}/compare?with={other}&score=none").status_code == 422
        csv = client.get(f"/evaluation-runs/{slug}/results.csv").text
        assert "accuracy,0.9,0.75,0.15,4,differs" in csv


def test_one_sample_is_shown_and_checked_where_there_is_nothing_else(
    office: Authority, place: Path, logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    office.close()
    shown, log = tmp_path / "shown.json", logs / "first.eval"
    assert cli(["evaluations", "show-sample", str(place), name(FIRST), str(log), "2", str(shown)]) == 0
    root = json.loads(shown.read_text())["root"]
    assert cli(["evaluations", "check-sample", str(shown), "--root", root]) == 0
    assert "Sample 2, epoch 1, is one of 4" in capsys.readouterr().out
    assert cli(["evaluations", "check-sample", str(shown), "--root", "00" * 32]) == 1
    assert cli(["evaluations", "show-sample", str(place), name(FIRST), str(log), "9", str(shown)]) == 1
    capsys.readouterr()
    assert cli(["evaluations", "compare", str(place), name(FIRST), name(SECOND), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["n"], found["gained"], found["lost"], found["first_alone"]) == (3, 2, 1, 1)


def acts() -> list[Act]:
    return taking_in.acts_of(formats.read_bytes(FIRST, "a.eval"), "ab" * 32, {})


def other_root(act: Act) -> Act:
    return replace(act, body={**act.body, "root": "00" * 32})


def fewer(act: Act) -> Act:
    kept = payload.read(act.blobs["samples"])
    return replace(act, blobs={"samples": payload.written(kept.samples[:2], kept.secret)})


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda act: replace(act, blobs={}), {"(payload)"}),
        (lambda act: replace(act, blobs={"samples": b"nothing"}), {"(payload)"}),
        (other_root, {"root"}),
        (fewer, {"samples", "root"}),
        (lambda act: replace(act, body={**act.body, "same": 7}), {"(whole)"}),
        (lambda act: replace(act, body={**act.body, "name": name(FIRST)}), {"name"}),
    ],
)
def test_a_run_whose_payload_and_root_do_not_fit_is_refused(office: Authority, change: Any, where: set[str]) -> None:
    with pytest.raises(BadInput) as refused:
        office.act(change(acts()[0]))
    assert {fault.where for fault in refused.value.faults} == where


def test_what_is_laid_out_is_rebuilt_from_the_record_alone(office: Authority) -> None:
    before = office.dump()
    office.rebuild()
    assert office.dump() == before
