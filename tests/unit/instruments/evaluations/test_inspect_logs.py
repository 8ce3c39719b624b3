"""Inspect's logs as evaluators have them, and archives made to break whoever opens them."""

from __future__ import annotations

import json
import math
import warnings
from pathlib import Path
from typing import Any

import pytest
from tests.eval_logs import DEFLATE, STORED, ZSTANDARD, Part, archive, header, inspect_eval, packed_by, sample

from commonweal.instruments.evaluations import formats
from commonweal.instruments.evaluations.formats import LIMITS, Limits, Log
from commonweal.instruments.evaluations.recomputing import recomputed
from commonweal.kernel.values import BadInput, Fault

SAMPLES = [sample("a", "C"), sample("b", "I"), sample("c", "C")]
TOLD = header({"accuracy": 2 / 3, "stderr": 1 / 3}, scored=3)


def read(tmp_path: Path, data: bytes, name: str = "log.eval", limits: Limits = LIMITS) -> Log:
    path = tmp_path / name
    path.write_bytes(data)
    (log,) = formats.read(path, limits)
    return log


def faults(tmp_path: Path, data: bytes, limits: Limits = LIMITS, name: str = "log.eval") -> list[Fault]:
    with pytest.raises(BadInput) as refused:
        read(tmp_path, data, name, limits)
    return list(refused.value.faults)


def verdicts(log: Log) -> dict[str, str]:
    return {one.reported.name: one.verdict for one in recomputed(log)}


# ── logs that were really written ───────────────────────────────────────────────────────────────────────────────────


def test_every_number_that_real_logs_report_follows_from_their_samples(shared_data: Path) -> None:
    """Four of Inspect 0.3.285 (three zips, one JSON; five epochs, two reducers, clusters, groups), and two old ones."""
    paths = list(formats.logs_in(shared_data / "evals"))
    assert len(paths) == 6
    for path in paths:
        (log,) = formats.read(path)
        assert log.status == "success"
        assert set(verdicts(log).values()) == {"same"}, path.name
        assert all(one.reported == one.counted for one in log.totals)


def test_a_sample_of_a_real_log_is_found_again_by_its_digest(shared_data: Path) -> None:
    for path in formats.logs_in(shared_data / "evals"):
        (log,) = formats.read(path)
        text = formats.text_of(path, log.samples[-1].digest)
        assert str(json.loads(text)["id"]) == log.samples[-1].id


# ── what is in a log ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("method", [STORED, DEFLATE, ZSTANDARD])
def test_members_of_any_method_that_inspect_ever_used_are_read(tmp_path: Path, method: int) -> None:
    log = read(tmp_path, inspect_eval(TOLD, SAMPLES, method))
    assert [(one.id, one.scores["match"]) for one in log.samples] == [("a", "C"), ("b", "I"), ("c", "C")]
    assert verdicts(log) == {"accuracy": "same", "stderr": "same"}


def test_the_same_log_as_json_has_the_same_samples(tmp_path: Path) -> None:
    log = read(tmp_path, json.dumps({**TOLD, "samples": SAMPLES}).encode(), "log.json")
    assert verdicts(log) == {"accuracy": "same", "stderr": "same"}
    assert log.samples[0].digest != log.samples[1].digest


def test_a_log_from_before_scores_had_names_is_read(tmp_path: Path) -> None:
    """Version 1 had one scorer, its metrics beside it, and in each sample one `score`."""
    told = {**TOLD, "version": 1, "results": {"scorer": {"name": "match"}, "metrics": {"accuracy": {"value": 0.5}}}}
    old = [{"id": n, "epoch": 1, "score": {"value": value}} for n, value in enumerate("CI")]
    log = read(tmp_path, inspect_eval(told, old))
    assert verdicts(log) == {"accuracy": "same"}
    assert log.scores() == ("match",)


def test_a_sample_in_chunks_is_one_sample_with_one_digest(tmp_path: Path) -> None:
    shell = {name: value for name, value in SAMPLES[0].items() if name not in ("metadata", "messages", "events")}
    prefix = "samples/a/1_epoch_1"  # an id may hold a slash
    parts = [
        Part(f"{prefix}/sample.json", json.dumps({**shell, "id": "a/1"}).encode()),
        Part(f"{prefix}/metadata.json", b'{"topic": "t0"}'),
        Part(f"{prefix}/messages/0.json", b"[]"),
        Part("header.json", json.dumps(header({"accuracy": 1.0})).encode()),
    ]
    log = read(tmp_path, archive(parts))
    assert [(one.id, one.epoch) for one in log.samples] == [("a/1", 1)]
    listed = formats.text_of(tmp_path / "log.eval", log.samples[0].digest).decode()
    assert [line.split("\t")[0] for line in listed.splitlines()] == sorted(part.name for part in parts[:3])
    changed = [parts[0], parts[1], parts[2]._replace(data=b"[1]"), parts[3]]
    assert read(tmp_path, archive(changed)).samples[0].digest != log.samples[0].digest


def test_a_run_that_never_ended_says_so(tmp_path: Path) -> None:
    start = Part("_journal/start.json", json.dumps({"version": 2, "eval": TOLD["eval"]}).encode())
    one = Part("samples/a_epoch_1.json", json.dumps(SAMPLES[0]).encode())
    log = read(tmp_path, archive([start, one]))
    assert (log.status, len(log.samples), list(log.reported)) == ("started", 1, [])


@pytest.mark.parametrize("status", ["error", "cancelled"])
def test_a_run_that_broke_off_keeps_what_it_had(tmp_path: Path, status: str) -> None:
    told = {**TOLD, "status": status, "results": None, "error": {"message": "out of memory"}}
    broken = {**sample("d", "C"), "scores": None, "error": {"message": "the sandbox died", "traceback": ""}}
    log = read(tmp_path, inspect_eval(told, [SAMPLES[0], broken]))
    assert log.status == status
    assert [(one.error, dict(one.scores)) for one in log.samples] == [("", {"match": "C"}), ("the sandbox died", {})]
    assert log.settings["error"] == "out of memory"


def test_scores_that_a_person_edited_and_samples_that_were_invalidated_are_told(tmp_path: Path) -> None:
    edit = {"value": "C", "provenance": {"author": "R. Author", "reason": "the target was wrong"}}
    edited = sample("a", "C")
    edited["scores"]["match"]["history"] = [{"value": "I"}, edit]
    out = sample("b", "I", invalidation={"author": "R. Author", "reason": "a tool was down", "timestamp": "2026-11-02"})
    log = read(tmp_path, inspect_eval(header({"accuracy": 0.5}), [edited, out]))
    assert [one.edited for one in log.samples] == [("match",), ()]
    assert [one.invalidated for one in log.samples] == ["", "a tool was down"]
    assert verdicts(log) == {"accuracy": "same"}
    (without,) = recomputed(log, without_invalidated=True)
    assert (without.value, without.difference) == (1.0, -0.5)


def test_a_score_of_nan_is_no_score_and_not_a_zero(tmp_path: Path) -> None:
    """Inspect writes NaN, which JSON does not have, for a sample that could not be scored."""
    several = [sample("a", "C"), sample("b", math.nan), sample("c", "I")]
    several[1]["input"] = 'NaN, "NaN" and -Infinity within a text stay as they are'
    told = header({"accuracy": 0.5, "stderr": 0.5}, scored=2)
    told["results"]["scores"][0]["unscored_samples"] = 1
    for data, name in (
        (inspect_eval(told, several), "log.eval"),
        (json.dumps({**told, "samples": several}).encode(), "log.json"),
    ):
        log = read(tmp_path, data, name)
        assert verdicts(log) == {"accuracy": "same", "stderr": "same"}
        assert math.isnan(log.samples[1].scores["match"])
        assert json.loads(formats.text_of(tmp_path / name, log.samples[1].digest))["input"] == several[1]["input"]


# ── what is refused ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_totals_that_the_samples_do_not_add_up_to_are_all_named(tmp_path: Path) -> None:
    told = header({"accuracy": 2 / 3}, scored=40)
    told["results"] |= {"total_samples": 2, "completed_samples": 200}
    found = {one.where: (one.seen, one.code) for one in faults(tmp_path, inspect_eval(told, SAMPLES))}
    assert found == {
        "results.total_samples": ("2", "totals"),
        "results.completed_samples": ("200", "totals"),
        "results.scores.0.scored_samples": ("40", "totals"),
    }


def test_no_more_samples_were_planned_than_the_data_set_has_in_each_epoch(tmp_path: Path) -> None:
    """A log of ten samples said that 500 were run, of a data set of ten, and was taken in without a word."""
    told = header({"accuracy": 2 / 3})

    def wrong(total: int, **dataset: object) -> list[tuple[str, str]]:
        told["results"] |= {"total_samples": total, "completed_samples": 3}
        told["eval"]["dataset"] = {"name": "made up", **dataset}
        try:
            read(tmp_path, inspect_eval(told, SAMPLES))
        except BadInput as error:
            return [(one.where, one.seen) for one in error.faults]
        return []

    assert wrong(500, samples=3) == wrong(500, sample_ids=[1, 2, 3]) == [("results.total_samples", "500")]
    assert wrong(3, samples=3) == wrong(5, samples=5) == wrong(500) == [], "nobody says how large it is"
    told["eval"]["config"]["epochs"] = 2
    assert wrong(6, samples=3) == []
    assert wrong(7, samples=3) == [("results.total_samples", "7")]


def test_numbers_that_are_too_large_to_be_added_up_are_told_without_a_warning(tmp_path: Path) -> None:
    huge = [sample(n, 1e308) for n in range(3)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = recomputed(read(tmp_path, inspect_eval(header({"mean": 1.0, "stderr": 1.0, "std": 1.0}), huge)))
    assert [one.verdict for one in found] == ["differs"] * 3


def test_a_run_does_not_end_before_it_began(tmp_path: Path) -> None:
    stats = {"started_at": "2026-11-01T12:00:00+00:00", "completed_at": "2026-11-01T12:00:00+01:00"}
    (fault,) = faults(tmp_path, inspect_eval(header({}, stats=stats), SAMPLES))
    assert (fault.where, fault.code) == ("stats.completed_at", "order")
    read(tmp_path, inspect_eval(header({}, stats=stats | {"completed_at": stats["started_at"]}), SAMPLES))


def test_a_sample_twice_is_named_with_where_it_was_before(tmp_path: Path) -> None:
    """Ids are told apart as texts, as Inspect does when it reduces epochs: 1 and "1" are one item."""
    names = ["samples/1_epoch_1.json", "samples/x_epoch_1.json"]
    (fault,) = faults(tmp_path, inspect_eval(header({}), [sample(1, "C"), sample("1", "I")], names=names))
    assert (fault.where, fault.code) == (names[1], "duplicate")
    assert names[0] in fault.want


def test_two_members_of_one_name_are_refused(tmp_path: Path) -> None:
    names = ["samples/a_epoch_1.json"] * 2
    codes = {one.code for one in faults(tmp_path, inspect_eval(header({}), [sample("a", "C")] * 2, names=names))}
    assert codes == {"duplicate"}


def test_every_broken_sample_is_named_in_one_answer(tmp_path: Path) -> None:
    parts = [
        Part("header.json", json.dumps(header({})).encode()),
        Part("samples/1_epoch_1.json", b"{not json"),
        Part("samples/2_epoch_1.json", b'{"id": "2"}'),
        Part("samples/3_epoch_1.json", b'{"id": "3", "epoch": 1, "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
        Part("samples/4_epoch_1.json", b"{}", says_crc=1),
        Part("samples/5_epoch_1.json", b"{}", STORED, says_size=1, packed=b"{}"),
        Part("samples/6_epoch_1.json", b'{"id": "6", "epoch": 1}', packed=b"no frame"),
    ]
    found = [(one.where.partition("_")[0][-1], one.code) for one in faults(tmp_path, archive(parts))]
    assert sorted(found) == [
        ("1", "json"), ("2", "fields"), ("3", "too_deep"), ("4", "archive"), ("5", "archive"), ("6", "archive"),
    ]  # fmt: skip


def zeros(size: int, method: int = DEFLATE) -> Part:
    return Part("samples/bomb_epoch_1.json", b" " * size, method)


def test_a_zip_bomb_is_refused_by_what_its_directory_says(tmp_path: Path) -> None:
    """Twenty megabytes of blanks in twenty kilobytes: nothing of it is unpacked."""
    (fault,) = faults(tmp_path, archive([Part("header.json", b"{}"), zeros(20 << 20)]))
    assert (fault.where, fault.code) == ("samples/bomb_epoch_1.json", "ratio")


@pytest.mark.parametrize("method", [DEFLATE, ZSTANDARD])
def test_a_bomb_of_many_small_members_is_refused_whole(tmp_path: Path, method: int) -> None:
    """A thousand samples of a mebibyte of blanks each, none of them over the size from which its own ratio counts:
    230 kilobytes were unpacked to a gigabyte."""

    def blown_up(count: int) -> bytes:
        told = header({})
        told["eval"]["dataset"] = {"name": "x", "samples": count}
        each = [json.dumps(sample(n, "C")).encode().ljust(LIMITS.ratio_from) for n in range(count)]
        packed = [Part(f"samples/{n}_epoch_1.json", one, method) for n, one in enumerate(each)]
        return archive([Part("header.json", json.dumps(told).encode()), *packed])

    many = LIMITS.whole_ratio_from // LIMITS.ratio_from
    assert len(formats.read_bytes(blown_up(many - 1), "few.eval")[0].samples) == many - 1
    (fault,) = faults(tmp_path, blown_up(many + 1))
    assert (fault.where, fault.code) == ("(all members)", "ratio")
    assert fault.want == "at most 400 times what they take up together"


@pytest.mark.parametrize("method", [DEFLATE, ZSTANDARD])
def test_a_bomb_that_lies_about_its_size_is_stopped_at_what_it_said(tmp_path: Path, method: int) -> None:
    bomb = zeros(5 << 20, method)._replace(says_size=100, packed=packed_by(method, b" " * (5 << 20)))
    (fault,) = faults(tmp_path, archive([Part("header.json", json.dumps(header({})).encode()), bomb]))
    assert (fault.where, fault.code) == ("samples/bomb_epoch_1.json", "archive")


def test_a_frame_that_asks_for_more_memory_than_it_said_gets_none(tmp_path: Path) -> None:
    """A Zstandard frame may name its size itself, and decoders allocate that before they read on."""
    frame = bytes.fromhex("28b52ffd") + bytes([0b1110_0000]) + (1 << 46).to_bytes(8, "little") + b"\x01\x00\x00"
    part = Part("samples/1_epoch_1.json", b"{}", packed=frame)
    (fault,) = faults(tmp_path, archive([Part("header.json", json.dumps(header({})).encode()), part]))
    assert str(1 << 46) in fault.seen


def test_members_that_share_their_bytes_are_refused(tmp_path: Path) -> None:
    """So a few megabytes are made to unpack to terabytes, each member within every limit."""
    same = [Part("samples/a_epoch_1.json", b"{}")] * 3
    found = {one.code for one in faults(tmp_path, archive(same, shared=True))}
    assert "overlap" in found


def test_a_sample_of_two_hundred_megabytes_is_named_before_it_is_unpacked(tmp_path: Path) -> None:
    big = Part("samples/2_epoch_1.json", b"{}", says_size=200 << 20)
    (fault,) = faults(tmp_path, archive([Part("header.json", json.dumps(TOLD).encode()), big]))
    assert (fault.where, fault.code, fault.seen) == ("samples/2_epoch_1.json", "too_large", f"{200 << 20} bytes")


def test_a_log_of_more_members_than_a_plain_directory_can_count_is_read(tmp_path: Path) -> None:
    """Over 65,535 members the counts stand in a record of their own; a million samples come so."""
    parts = [Part("header.json", json.dumps(header({"accuracy": 1.0})).encode())]
    scored = b'{"epoch":1,"scores":{"match":{"value":"C"}},"id":%d}'
    parts += [Part(f"samples/{n}_epoch_1.json", scored % n, STORED) for n in range(66_000)]
    data = archive(parts)
    log = read(tmp_path, data)
    assert len(log.samples) == 66_000
    assert verdicts(log) == {"accuracy": "same"}
    assert [one.code for one in faults(tmp_path, data, Limits(members_max=66_000))] == ["too_large"]
    assert [one.code for one in faults(tmp_path, data, Limits(samples_max=65_000))] == ["more"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"PK\x03\x04 and then nothing", "archive"),
        (inspect_eval(TOLD, SAMPLES)[:-30], "archive"),
        (archive([Part("samples/a_epoch_1.json", b"{}")]), "missing"),
        (archive([Part("header.json", b"{}", flags=1)]), "archive"),
        (archive([Part("header.json", b"{}", method=12)]), "archive"),
        (archive([Part("header.json", b'{"eval": {}}')]), "fields"),
        (archive([Part("header.json", json.dumps(header({}, status="fine")).encode())]), "status"),
    ],
)
def test_what_is_no_whole_log_is_refused_with_what_is_wrong(tmp_path: Path, data: bytes, code: str) -> None:
    assert [one.code for one in faults(tmp_path, data)] == [code]


@pytest.mark.parametrize("seen", ["sixty", None, True, [1]])
def test_a_reported_number_that_is_none_is_named(tmp_path: Path, seen: Any) -> None:
    told = header({"accuracy": seen})
    (fault,) = faults(tmp_path, inspect_eval(told, SAMPLES))
    assert (fault.where, fault.code) == ("results.match.accuracy", "number")


def test_an_attempt_before_the_first_is_named() -> None:
    with pytest.raises(BadInput) as refused:
        formats.read_bytes(inspect_eval(header({}), [sample(1, "C", epoch=0)]), "a.eval")
    assert "epoch" in refused.value.faults[0].seen


def test_more_numbers_than_are_worked_out_are_counted_before_any_sample_is_read() -> None:
    told = header({f"m{n}": 0.0 for n in range(2_001)})
    data = inspect_eval(told, [{"id": "no sample", "epoch": 0}], names=["samples/1_epoch_1.json"])
    with pytest.raises(BadInput) as refused:
        formats.read_bytes(data, "a.eval")
    assert [(one.where, one.seen, one.code) for one in refused.value.faults] == [
        ("results", "2001 numbers", "too_many")
    ]


def with_settings(params: Any, key: str = "accuracy", name: str = "") -> bytes:
    """A log of 100 samples, all right, whose one number says so much less, under these settings."""
    told = header({key: 0.03})
    told["eval"]["dataset"] = {"name": "made up", "samples": 100}
    metric = told["results"]["scores"][0]["metrics"][key]
    metric |= {"params": params, "name": name or key, **({"group": key} if name else {})}
    return inspect_eval(told, [sample(n, "C") for n in range(100)])


@pytest.mark.parametrize(
    "params",
    [{}, {"times": 0.03}, {"among": ["topic", []]}, {"of_groups": "topic"}, {"rounds": True}],
    ids=["none", "times", "among", "of_groups", "rounds"],
)
def test_a_log_does_not_say_how_its_numbers_are_worked_out_again(params: Any) -> None:
    """Names by which other formats are worked out here mean nothing in a log of Inspect: else it would grade itself."""
    (log,) = formats.read_bytes(with_settings(params), "a.eval")
    (found,) = recomputed(log)
    assert (found.value, found.verdict) == (1.0, "differs")


@pytest.mark.parametrize(
    ("key", "name", "params", "where"),
    [
        ("stderr", "", {"cluster": []}, "params.cluster"),
        ("ci", "lower", {"level": []}, "params.level"),
        ("ci", "lower", {"level": 1}, "params.level"),
        ("bootstrap_stderr", "", {"num_samples": "x"}, "params.num_samples"),
        ("bootstrap_stderr", "", {"num_samples": 0}, "params.num_samples"),
        ("grouped", "", {"metric": {"name": "var", "params": True}, "group_key": "topic"}, "params.metric.params"),
    ],
)
def test_settings_that_cannot_be_are_named(key: str, name: str, params: Any, where: str) -> None:
    with pytest.raises(BadInput) as refused:
        formats.read_bytes(with_settings(params, key, name), "a.eval")
    assert [one.where for one in refused.value.faults] == [f"results.match.{key}.{where}"]


def test_a_cluster_that_samples_say_as_a_list_is_no_cluster() -> None:
    told = header({"stderr": 0.0})
    told["results"]["scores"][0]["metrics"]["stderr"]["params"] = {"cluster": "topic"}
    samples = [sample(n, "C", metadata={"topic": ["a"]}) for n in range(3)]
    (log,) = formats.read_bytes(inspect_eval(told, samples), "a.eval")
    assert [(one.verdict, one.why) for one in recomputed(log)] == [("beyond", "topic is no single value")]


def test_a_version_of_the_log_that_nobody_here_knows_is_refused(tmp_path: Path) -> None:
    """As its own tool does: what a later one means by the same names is not known."""
    found = faults(tmp_path, inspect_eval({**TOLD, "version": 99}, SAMPLES))
    assert [(one.where, one.seen, one.code) for one in found] == [("version", "99", "version")]
