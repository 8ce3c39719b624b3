"""Runs on record: taken in from a folder, passed over when they are there, shown to whom they may be, and compared."""

from __future__ import annotations

import hashlib
import json
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zstandard
from tests.eval_logs import STORED, header, inspect_eval, sample

from commonweal.authority import Authority
from commonweal.doors.cli import main as cli
from commonweal.doors.portal import app
from commonweal.instruments.evaluations import following, formats, payload, taking_in
from commonweal.instruments.evaluations.kinds import RUN
from commonweal.kernel import indicators, record, registry
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, canonical

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
    new = "made_up, made/model-1, 2026-11-01T10:00:00+00:00"
    for file, run, told in (("first", FIRST, new), ("again", FIRST, "there already"), ("second", SECOND, new)):
        assert f"{file}.eval: {name(run)} ({told})" in out, "every next step asks for the run by its name"
    assert "bad.eval" in err
    (logs / "bad.eval").unlink()
    assert cli(["evaluations", "import", str(place), str(logs)]) == 0
    assert "Recorded 0 runs of 0 samples; 3 logs were there already." in capsys.readouterr().out


def test_what_counts_for_nothing_is_named_before_anything_is_recorded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    thrown_out = sample(3, "C", invalidation={"author": "a", "reason": "leak"})
    edited = sample(4, "C", scores={"match": {"value": "C", "history": [{"value": "I"}]}})
    said = [sample(1, "PASS"), sample(2, "C", input="What is asked of 3?"), thrown_out, edited]
    (tmp_path / "a.eval").write_bytes(inspect_eval(header({}), said))
    assert cli(["evaluations", "look", str(tmp_path / "a.eval"), "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["invalidated"], row["edited"], row["repeats"]) == (1, 1, [["2", "3"]])
    assert row["unread"] == [{"score": "match", "said": "PASS", "samples": 1}]
    assert cli(["evaluations", "look", str(tmp_path / "a.eval")]) == 0
    out = " ".join(capsys.readouterr().out.split())
    for words in ("1 of 4 samples were invalidated", "'PASS' under match", "item 2 is given again as 3"):
        assert words in out


def test_a_look_at_logs_names_what_is_still_to_come_and_what_has_no_score(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a log that begins in 2931 nothing was said, nor of a sample that was never scored."""
    told = header({})
    told["eval"]["created"] = "2931-01-02T03:04:05+00:00"
    (tmp_path / "later.eval").write_bytes(inspect_eval(told, [sample(1, "C")]))
    (tmp_path / "unscored.eval").write_bytes(inspect_eval(header({}), [sample(1, "C"), sample(2, float("nan"))]))
    assert cli(["evaluations", "look", str(tmp_path)]) == 1
    out, err = (" ".join(text.split()) for text in capsys.readouterr())
    assert "2931-01-02T03:04:05+00:00" in err
    assert "later.eval" in err
    assert "1 of 2 samples have no score under match" in out
    assert cli(["evaluations", "look", str(tmp_path / "unscored.eval"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["unscored"] == {"match": 1}


def test_a_number_that_json_has_no_word_for_is_null_and_the_folder_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One accuracy of NaN, which Inspect writes where nothing was scored, kept a whole folder from coming out."""
    (tmp_path / "a.eval").write_bytes(SECOND)
    (tmp_path / "b.eval").write_bytes(inspect_eval(header({"accuracy": float("nan")}), [sample(1, "C")]))
    (tmp_path / "c.eval").write_bytes(inspect_eval(header({"accuracy": 0.5}), [sample(n, 1e308) for n in range(9)]))
    assert cli(["evaluations", "look", str(tmp_path), "--json"]) == 0
    said, unscored, beyond = json.loads(capsys.readouterr().out)
    assert said["differing"] == [{"name": "accuracy", "reported": 0.9, "recomputed": 0.75, "n": 4}]
    (one,) = unscored["differing"]
    assert (one["reported"], one["reported_text"], one["recomputed"]) == (None, "nan", 1.0)
    (one,) = beyond["differing"]
    assert (one["reported"], one["recomputed"], one["recomputed_text"]) == (0.5, None, "inf")
    assert cli(["evaluations", "look", str(tmp_path)]) == 0
    assert "nan" in capsys.readouterr().out


def test_a_number_that_no_float_holds_is_a_fault_of_its_log_and_keeps_no_other_from_being_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.eval").write_bytes(inspect_eval(header({"accuracy": 10**400}), [sample(1, "C")]))
    run = b'{"task_id": "t/1", "run_id": 1, "alias": "A", "human_minutes": 1' + 400 * b"0" + b"}"
    (tmp_path / "b.jsonl").write_bytes(run)
    (tmp_path / "c.eval").write_bytes(FIRST)
    assert cli(["evaluations", "look", str(tmp_path), "--json"]) == 1
    out, err = capsys.readouterr()
    assert [one["file"] for one in json.loads(out)] == ["c.eval"]
    for place in ("  - a.eval, results.match.", "  - b.jsonl, line 1, human_minutes"):
        assert place in err
    assert "should not have" not in err


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


def test_the_list_says_which_run_is_which_to_who_may_read_that(office: Authority) -> None:
    """Of a folder of thousands each page had to be opened: the list named no task and no model."""
    with TestClient(app(office), base_url="https://office.example") as client:
        assert "made/model-1" not in client.get("/evaluation-runs").text
        signed_in(office, client)
        page = client.get("/evaluation-runs").text
        assert (page.count("made/model-1"), page.count("made_up")) == (2, 2)
        assert not re.search(r"<td[^>]*>\d{4}-\d\d-\d\dT", page), "an instant stands there in words"
        assert "日志所载模型" in client.get("/zh/evaluation-runs").text


def test_who_shows_a_sample_is_named_in_a_role_that_they_hold(place: Path, logs: Path, tmp_path: Path) -> None:
    """Whoever was named was held to act as developer and observer, whom the record refuses."""
    assert cli(["evaluations", "import", str(place), str(logs)]) == 0
    shown, order = tmp_path / "shown.json", tmp_path / "order.pdf"
    order.write_bytes(b"Order 7")
    basis = ["--to", "Court", "--citation", "Order 7", "--document", str(order), "--as", "party:jane"]
    ask = ["evaluations", "show-sample", str(place), name(FIRST), str(logs / "first.eval"), "2", str(shown), *basis]
    for role, done in (([], 0), (["--role", "officer"], 0), (["--role", "developer"], 1)):
        assert cli([*ask, *role]) == done
    entry = json.loads(shown.read_text())["shown"]
    with Authority.open(place) as authority:
        assert authority.store.entry(entry).author == "party:jane"


def signed_in(office: Authority, client: TestClient) -> None:
    token = re.search(r'name="token" value="([^"]+)"', client.get("/sign-in").text)
    assert token is not None
    sent = {"key": office.access.issue_key("party:kim", ("officer",), ("file", "read")), "token": token[1]}
    assert client.post("/sign-in", data=sent).url.path == "/inbox"


def test_a_log_is_taken_in_on_a_page_and_each_of_its_faults_is_told_there(office: Authority) -> None:
    """An outsider found no page for it: the command line alone took logs in."""
    office.act(Act("model_registration.organisation", {"name": "Aurora", "source": "x"}, "o"))
    of = {"name": "Four", "organisation": "organisation:aurora", "source": "x"}
    office.act(Act("model_registration.model", of, "m"))
    office.follow()
    twice = [sample(1, "C"), sample("1", "C")]
    bad = inspect_eval(header({"accuracy": 1.0}), twice, names=["samples/a.json", "samples/b.json"])
    good = inspect_eval(header({"accuracy": 1.0}), [sample(n, "C") for n in (7, 8)])
    with TestClient(app(office), base_url="https://office.example", follow_redirects=False) as client:
        assert client.get("/evaluations/take-in").status_code in (303, 401, 403, 404), "nobody who is not signed in"
    with TestClient(app(office), base_url="https://office.example") as client:
        signed_in(office, client)
        assert "/evaluations/take-in" in client.get("/evaluation-runs").text
        path, said = "/evaluations/take-in", {"model": "model:four", "access": "black_box"}

        def post(data: bytes | None, file: str = "a.eval") -> Any:
            hidden = dict(re.findall(r'name="(token|key)" value="([^"]+)"', client.get(path).text))
            files = {"file.log": (file, data)} if data is not None else None
            return client.post(path, data={**hidden, **said}, files=files, follow_redirects=False)

        assert "20 MiB" in client.get(path).text, "how large it may be is said"
        size = office.public_size
        refused = post(bad)
        assert refused.status_code == 422
        assert "samples/b.json" in refused.text, "where the log is wrong"
        assert post(FIRST).status_code == 422, "it is on record already"
        assert post(None).status_code == 422
        assert post(b'{"a": 1}', "a.json").status_code == 422
        assert post(b"PK\x03\x04 and no more", "a.eval").status_code == 422
        assert office.public_size == size
        done = post(good)
        assert done.status_code == 303, done.text
        office.follow()
        page = client.get(f"/evaluation-runs/{subject(good).partition(':')[2]}").text
        assert "Four" in page
        assert "black box: answers only" in page


def test_a_log_in_a_folder_is_named_by_its_folder_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """lm-eval calls the results of every model alike, in a folder of each."""
    for model in ("one", "two"):
        (tmp_path / model).mkdir()
        (tmp_path / model / "results.json").write_text("{}" if model == "two" else "[")
    assert cli(["evaluations", "look", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert "one/results.json" in said
    assert "two/results.json" in said


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
    assert found["level"] == 0.95
    assert cli(["evaluations", "compare", str(place), name(FIRST), name(SECOND)]) == 0
    told = capsys.readouterr().out
    assert f"{name(FIRST)} → {name(SECOND)}" in told, "a title is not broken in the middle of a name"
    assert "Interval of the difference, at 95 per cent" in told
    assert "stderr" not in told
    assert "first_alone" not in told


def acts() -> list[Act]:
    return taking_in.acts_of(formats.read_bytes(FIRST, "a.eval"), "ab" * 32, {})


def other_root(act: Act) -> Act:
    return replace(act, body={**act.body, "root": "00" * 32})


def fewer(act: Act) -> Act:
    kept = payload.read(act.blobs["samples"])
    return replace(act, blobs={"samples": indicators.write_attempts(kept.samples[:2], kept.secret)})


def name_digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def as_before(act: Act) -> Act:
    """A payload as releases before wrote it: a line of four parts for each sample, and no version."""
    secret, attempts, *_ = indicators.read_attempts(act.blobs["samples"])
    return replace(act, blobs={"samples": first_payload(attempts, secret)})


def first_payload(attempts: Sequence[indicators.Attempt], secret: bytes) -> bytes:
    rows = [json.dumps([one.item, one.epoch, one.sha256, dict(one.scores)]) for one in attempts]
    text = "\n".join([json.dumps({"secret": secret.hex(), "version": 1}), *rows])
    return zstandard.ZstdCompressor().compress(text.encode())


def another_score(act: Act) -> Act:
    """The same samples, and of one of them another score: the root is that of the log."""
    secret, attempts, *_ = indicators.read_attempts(act.blobs["samples"])
    changed = [msgspec.structs.replace(attempts[0], scores={"match": 0.0}), *attempts[1:]]
    return replace(act, blobs={"samples": indicators.write_attempts(changed, secret)})


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda act: replace(act, blobs={}), {"(payload)"}),
        (lambda act: replace(act, blobs={"samples": b"nothing"}), {"(payload)"}),
        (other_root, {"root"}),
        (fewer, {"samples", "items", "root"}),
        (lambda act: replace(act, body={**act.body, "same": 7}), {"(whole)"}),
        (lambda act: replace(act, body={**act.body, "name": name(FIRST)}), {"name"}),
        (lambda act: replace(act, body={**act.body, "log_sha256": name_digest(FIRST)}), {"log_sha256"}),
        (lambda act: replace(act, body={**act.body, "invalidated": 1, "repeated": 1}), {"invalidated", "repeated"}),
        (lambda act: replace(act, body={**act.body, "commitment": 1}), {"commitment"}),
        (as_before, {"commitment", "root"}),
        (another_score, {"root"}),
    ],
)
def test_a_run_whose_payload_and_root_do_not_fit_is_refused(office: Authority, change: Any, where: set[str]) -> None:
    with pytest.raises(BadInput) as refused:
        office.act(change(acts()[0]))
    assert {fault.where for fault in refused.value.faults} == where


def test_a_run_from_before_scores_were_bound_is_read_as_what_it_is() -> None:
    """Its payload opens, its root is as it was, and it is said that no score is bound."""
    secret, attempts, *_ = indicators.read_attempts(acts()[0].blobs["samples"])
    kept = payload.read(first_payload(attempts, secret))
    assert kept.version == 1
    leaves = record.salted((canonical([one.item, one.epoch, one.sha256]) for one in attempts), secret)
    assert kept.tree().root == record.RowTree(leaves).root
    assert following.item_scores(kept, "match") == {"0": 1.0, "1": 1.0, "2": 0.0, "3": 0.0}
    body = {name: value for name, value in acts()[0].body.items() if name != "commitment"}
    assert RUN.upcasters[1](body)["commitment"] == 1


@pytest.mark.parametrize(
    ("config", "kept"),
    [
        ({"epochs": 2}, {"data_set": 3, "tries_planned": 2}),
        ({"limit": 1}, {"data_set": 3, "part_taken": True}),
        ({"sample_id": ["0"]}, {"data_set": 3, "part_taken": True}),
        ({}, {"data_set": 3}),
    ],
)
def test_what_a_log_says_of_the_size_of_its_data_set_is_kept(config: dict[str, Any], kept: dict[str, Any]) -> None:
    told = header({})
    told["eval"]["config"] = config
    [log] = formats.read_bytes(inspect_eval(told, [sample(0, "C")]), "a.eval")
    [act] = taking_in.acts_of([log], "0" * 64, {})
    said = ("data_set", "tries_planned", "part_taken")
    assert {name: act.body[name] for name in said if name in act.body} == kept
    before = {name: value for name, value in act.body.items() if name not in said}
    assert RUN.schema.model_validate(RUN.upcasters[4](before)).model_dump()["data_set"] is None, "a run from before"


def test_a_log_that_was_packed_anew_is_known_by_its_samples(office: Authority, place: Path, logs: Path) -> None:
    """It is another file under another name: that its samples are those of a run on record is seen on its page."""
    office.close()
    samples = [sample(n, "C" if n < 2 else "I") for n in range(4)]
    (logs / "packed.eval").write_bytes(inspect_eval(header({"accuracy": 0.5}), samples, STORED))
    assert cli(["evaluations", "import", str(place), str(logs)]) == 0
    with Authority.open(place) as authority:
        authority.follow()
        alike = following.alike(authority.reader, subject((logs / "packed.eval").read_bytes()))
    assert subject(FIRST) in alike


def test_an_officer_sees_which_runs_of_a_model_ran_on_other_weights(office: Authority) -> None:
    """By the newest conditions of each; to whoever filed one, what others filed is not told."""
    office.act(Act("model_registration.organisation", {"name": "Aurora", "source": "x"}, "o"))
    of = {"name": "Four", "organisation": "organisation:aurora", "domains": ["language"], "source": "x"}
    office.act(Act("model_registration.model", of, "m"))
    for data, weights in ((FIRST, "ab"), (SECOND, "cd")):
        body = {"evaluation": subject(data), "model": "model:four", "weights_sha256": weights * 32}
        office.act(Act("evaluations.conditions", body, weights))
    office.follow()
    assert following.other_weights(office.reader, subject(FIRST)) == [subject(SECOND)]
    words = "ran on other weights"
    with TestClient(app(office), base_url="https://office.example") as client:
        address = f"/evaluation-runs/{subject(FIRST).partition(':')[2]}"
        assert words not in client.get(address).text
        signed_in(office, client)
        assert words in client.get(address).text


def test_the_weights_that_a_run_names_are_held_against_the_register(office: Authority) -> None:
    """Whoever registered the model said which weights it has; a run on others may be of another model."""
    office.act(Act("model_registration.organisation", {"name": "Aurora", "source": "x"}, "o"))
    of = {"name": "Four", "organisation": "organisation:aurora", "source": "x"}
    office.act(Act("model_registration.model", of, "m"))
    body = {"evaluation": subject(FIRST), "model": "model:four", "weights_sha256": "ab" * 32}
    office.act(Act("evaluations.conditions", body, "c"))
    office.follow()
    address = f"/evaluation-runs/{subject(FIRST).partition(':')[2]}"
    with TestClient(app(office), base_url="https://office.example") as client:
        signed_in(office, client)
        assert "Nobody registered which weights this model has" in client.get(address).text
        office.act(Act("model_registration.model", {**of, "weights_sha256": "cd" * 32}, "m2", subject="model:four"))
        office.follow()
        page = client.get(address).text
        assert "are none that the register has of this model" in page
        assert "cd" * 32 not in page, "which it has instead is not told"
        for key, weights in (("m3", "ab"), ("m4", "ef")):
            later = {**of, "weights_sha256": weights * 32}
            office.act(Act("model_registration.model", later, key, subject="model:four"))
        office.follow()
        assert "The register has these weights of this model." in client.get(address).text, "of an earlier version"
    assert "ab" * 32 not in TestClient(app(office), base_url="https://office.example").get("/models/four").text


def subject(data: bytes) -> str:
    return f"evaluation:{name(data).lower().replace(' ', '-')}"


def test_a_sample_that_a_run_does_not_have_was_not_shown(office: Authority) -> None:
    body = {"evaluation": subject(FIRST), "citation": "x", "document_sha256": "ab" * 32, "shown": 1, "to": "A court"}
    with pytest.raises(BadInput) as refused:
        office.act(Act("evaluations.shown", {**body, "samples": [{"id": "99"}]}, ""))
    assert [fault.where for fault in refused.value.faults] == ["samples.0.id"]
    office.act(Act("evaluations.shown", {**body, "samples": [{"id": "3"}]}, ""))


def test_runs_are_compared_by_what_was_asked_and_not_by_numbers_that_mean_another_item() -> None:
    """A data set in another order gives its items the same numbers."""

    def side(rows: Sequence[tuple[str, str]]) -> following.Side:
        log = inspect_eval(header({}), [sample(n, value, input=text) for n, (text, value) in enumerate(rows)])
        (run,) = taking_in.acts_of(formats.read_bytes(log, "a.eval"), "ab" * 32, {})
        return following.side_of(payload.read(run.blobs["samples"]), "match", run.body["task"])

    first, second = [("a", "C"), ("b", "I"), ("c", "I")], [("c", "I"), ("b", "I"), ("a", "C"), ("a", "I")]
    pairs = following.paired(side(first), side(second))
    assert (pairs.first.tolist(), pairs.second.tolist()) == ([1.0, 0.0, 0.0], [0.5, 0.0, 0.0])


def test_items_of_two_tasks_that_have_one_number_and_no_input_are_two_items() -> None:
    """The first item of every task may be called 1: of logs that keep no input a second task brought nothing new."""
    kept = payload.Kept([indicators.Attempt(f"{n}", 1, f"{n:064x}", {"match": 1.0}) for n in range(2)], b"")
    one, other, again = (following.side_of(kept, "match", task) for task in ("swaps", "sums", "swaps"))
    assert following.paired(one, other).alone == (2, 2)
    assert following.paired(one, again).alone == (0, 0)
    asked = [msgspec.structs.replace(kept.samples[0], given="ab" * 32)]
    assert indicators.item_keys(asked, "swaps") == indicators.item_keys(asked, "sums"), "what is asked is the same item"
    assert list(indicators.by_item(kept.samples, "match", "sums")) != list(
        indicators.by_item(kept.samples, "match", "x")
    )


def test_what_is_laid_out_is_rebuilt_from_the_record_alone(office: Authority) -> None:
    before = office.dump()
    office.rebuild()
    assert office.dump() == before
