"""A rule over a file of events: what is refused, what is laid down, and that taking up again changes nothing."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from commonweal.kernel.expressions import grid
from commonweal.kernel.thresholds import EventFile, InProcess, Job, Outcome, Shard, Stream, joined, read_rule
from commonweal.kernel.thresholds import _compile as compiling
from commonweal.kernel.thresholds._events import INSTANT, shard_of
from commonweal.kernel.thresholds._stream import Engine
from commonweal.kernel.values import BadInput, Conflict, NotFound, RuleFault
from streams import BEGIN, TEXT, events, record


def run(job: Job) -> Outcome:
    return InProcess().run(job)


@pytest.fixture
def straight(tmp_path: Path) -> Outcome:
    return run(Job(TEXT, record(tmp_path)))


def test_a_file_in_and_every_change_of_state_out(straight: Outcome) -> None:
    assert straight.edges.columns == ["subject", "event", "from_state", "to_state", "cause"]
    assert straight.edges.schema["event"] == pl.Datetime("us", "UTC")
    assert set(straight.edges["to_state"]) == {"ok", "pending", "firing", "unknown"}
    assert straight.late > 0, "some events of the file are later than the rule allows"
    assert straight.keys == 7
    silent = straight.edges.filter((pl.col("subject") == "unit:3") & (pl.col("cause") == "silence"))
    assert silent["to_state"].to_list()[-1:] == ["unknown"], "who stops speaking is noticed, without a further event"
    before = pl.col("event").shift().over("subject")
    assert straight.edges.select((before <= pl.col("event")).all()).item(), "each subject's changes are in event time"
    follows = straight.edges.select((pl.col("to_state").shift().over("subject") == pl.col("from_state")).all()).item()
    assert follows, "every change begins where the last one ended"


@pytest.mark.parametrize("options", [{"shards": 3}, {"rows": 100}, {"engine": "numpy"}, {"shards": 2, "rows": 77}])
def test_shards_batches_and_engines_give_the_same(tmp_path: Path, straight: Outcome, options: dict[str, int]) -> None:
    found = run(Job(TEXT, tmp_path / "events.parquet", **options))  # type: ignore[arg-type]
    assert found.edges.equals(straight.edges)
    assert (found.late, found.keys) == (straight.late, straight.keys)


def test_a_run_that_stopped_anywhere_goes_on_to_the_same(tmp_path: Path, straight: Outcome) -> None:
    """Each shard stands elsewhere, one has not begun; what was done after the last laying down is done again."""
    job = Job(TEXT, tmp_path / "events.parquet", None, 3, tmp_path / "kept", rows=100, between=200).checked()
    for index, batches in ((0, 5), (2, 8)):
        shard = Shard(job, index)
        for _ in range(batches):
            shard.take(shard.read())
    found = run(job)
    assert found.edges.equals(straight.edges)
    assert found.late == straight.late
    assert 0 < found.resumed < found.events
    again = run(job)
    assert again.edges.equals(straight.edges), "a finished run is read, not run"
    assert again.resumed == again.events


def test_what_is_laid_down_belongs_to_one_rule_record_and_number_of_shards(tmp_path: Path) -> None:
    path, kept = record(tmp_path), tmp_path / "kept"
    run(Job(TEXT, path, folder=kept))
    for other in (
        Job(TEXT.replace("80", "81"), path, folder=kept),
        Job(TEXT, path, folder=kept, shards=2),
        Job(TEXT, path, until=10**8, folder=kept),
    ):
        with pytest.raises(Conflict, match=r"another (rule|shards|until)"):
            run(other)
    events(seed=2).write_parquet(path)
    with pytest.raises(Conflict, match="another record"):
        run(Job(TEXT, path, folder=kept))


def test_a_snapshot_that_was_damaged_is_refused_and_named(tmp_path: Path) -> None:
    path, kept = record(tmp_path), tmp_path / "kept"
    run(Job(TEXT, path, folder=kept))
    held = kept / "shard-0.npz"
    held.write_bytes(held.read_bytes()[:200])
    with pytest.raises(Conflict, match=r"shard-0\.npz cannot be read"):
        run(Job(TEXT, path, folder=kept))


def test_a_file_that_is_no_record_is_refused_with_every_fault(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        run(Job(TEXT, tmp_path / "absent.parquet"))
    bad = events().select(pl.col("subject").str.len_chars(), pl.col("event").dt.replace_time_zone(None))
    with pytest.raises(BadInput) as refused:
        run(Job(TEXT, record(tmp_path, bad)))
    assert {fault.where for fault in refused.value.faults} == {"subject", "event", "value"}
    (tmp_path / "events.parquet").write_text("no parquet")
    with pytest.raises(BadInput, match="Parquet"):
        run(Job(TEXT, tmp_path / "events.parquet"))
    with pytest.raises(BadInput, match="shards"):
        run(Job(TEXT, record(tmp_path), shards=0))
    gone = events().with_columns(
        pl.when(pl.int_range(pl.len()) == 5).then(None).otherwise(pl.col("subject")).alias("subject")
    )
    with pytest.raises(BadInput, match="row 5, subject"):
        run(Job(TEXT, record(tmp_path, gone)))


def test_an_empty_record_has_no_edges(tmp_path: Path) -> None:
    found = run(Job(TEXT, record(tmp_path, events().head(0))))
    assert (found.events, len(found.edges), found.keys) == (0, 0, 0)


def test_a_million_late_points_are_counted_and_change_nothing(tmp_path: Path, straight: Outcome) -> None:
    frame = events()
    stale = frame.head(1).with_columns(value=pl.lit(99.0)).select(pl.all().repeat_by(1_000_000).explode())
    found = run(Job(TEXT, record(tmp_path, pl.concat([frame, stale]))))
    assert found.edges.equals(straight.edges)
    assert found.late == straight.late + 1_000_000


def test_several_series_are_told_apart_and_others_left_out(tmp_path: Path, straight: Outcome) -> None:
    frame = events().with_columns(series=pl.lit("unit.load"))
    noise = frame.with_columns(series=pl.lit("unit.other"), value=pl.lit(99.0))
    found = run(Job(TEXT, record(tmp_path, pl.concat([frame, noise]))))
    assert found.edges.equals(straight.edges)
    two = TEXT.replace("unit.load >= 80", "unit.load >= 80 and unit.other < 100")
    both = pl.concat([frame, noise]).with_row_index().sort("event", "index", maintain_order=True).drop("index")
    found = run(Job(two, record(tmp_path, both)))
    assert len(found.edges) > 0
    with pytest.raises(BadInput, match="series"):
        run(Job(two, record(tmp_path)))


@pytest.mark.parametrize("options", [{}, {"shards": 3}, {"rows": 100}, {"engine": "numpy"}])
def test_a_rule_by_a_dimension_has_a_state_for_each_of_its_values(
    tmp_path: Path, straight: Outcome, options: dict[str, int]
) -> None:
    """The same loads told as one site's by unit: the same edges under the names that the states have live."""
    number = pl.col("subject").str.split(":").list.last()
    frame = events().with_columns(series="unit.load{phase=1,unit=" + number + "}", subject=pl.lit("site:a"))
    other = frame.with_columns(series=pl.lit("unit.load"), value=pl.lit(99.0))  # of no unit: nobody's state
    wrong = frame.with_columns(series=pl.col("series").str.replace("phase=1", "phase=2"), value=pl.lit(0.0))
    numbered = [part.with_row_index() for part in (frame, other, wrong)]
    mixed = pl.concat(numbered).sort("index", maintain_order=True).drop("index")
    text = TEXT.replace("unit.load", 'unit.load{phase="1"}').replace(
        'every = "1m"', 'every = "1m"\nby = ["subject", "unit"]'
    )
    text = text.replace('"unit.load{phase="1"}', '\'unit.load{phase="1"}').replace('80"', "80'").replace('75"', "75'")
    found = run(Job(text, record(tmp_path, mixed if options == {} else frame), **options))  # type: ignore[arg-type]
    named = "site:a{unit=" + number + "}"
    same = straight.edges.with_columns(subject=named).sort("event", "subject", pl.col("cause") != "silence")
    assert found.edges.sort("event", "subject", pl.col("cause") != "silence").equals(same)
    assert (found.late, found.keys) == (straight.late, straight.keys)
    with pytest.raises(BadInput, match="series"):
        run(Job(text, record(tmp_path)))


LEVELS = """
value = "load"
[let]
load = "unit.load"
[[level]]
name = "half"
at = "80"
clear = "76"
scale = 0.5
[[level]]
name = "full"
at = "85"
scale = 1.0
"""


@pytest.mark.parametrize("options", [{}, {"shards": 3}, {"rows": 100}, {"engine": "numpy"}])
def test_the_level_and_its_share_are_told_at_every_edge_and_a_level_that_changes_is_one(
    tmp_path: Path, options: dict[str, int]
) -> None:
    """By hand: 82.5 is half the way from 80 (0.5) to 85 (1.0); at 79 the first level holds, with its own share."""
    loads = [70.0, 82.5, 86.0, 79.0, 79.5, 70.0]
    event = [BEGIN + timedelta(minutes=at) for at in range(len(loads))]
    frame = pl.DataFrame({"subject": "unit:1", "event": event, "value": loads}, schema_overrides={"event": INSTANT})
    plain = TEXT.replace('"2m"', '"0m"').replace('keep_firing_for = "1m"', "")
    found = run(Job(plain + LEVELS, record(tmp_path, frame), folder=tmp_path / "kept", **options)).edges  # type: ignore[arg-type]
    assert found.select("from_state", "to_state", "level", "scale").rows() == [
        ("unknown", "ok", "", 0.0),
        ("ok", "firing", "half", 0.75),
        ("firing", "firing", "full", 1.0),
        ("firing", "firing", "half", 0.5),
        ("firing", "ok", "", 0.0),
    ]
    assert run(Job(plain + LEVELS, tmp_path / "events.parquet", folder=tmp_path / "kept", **options)).edges.equals(
        found
    )  # type: ignore[arg-type]


@pytest.mark.parametrize("engine", ["numba", "numpy"])
def test_what_is_not_known_for_a_while_keeps_level_and_share(tmp_path: Path, engine: Engine) -> None:
    """By hand, means of two minutes: 82.5 is half way up; with a minute missing there is none; 83 is 0.6 of the way."""
    event = [BEGIN + timedelta(minutes=at) for at in (0, 1, 3, 4)]
    loads = {"subject": "unit:1", "event": event, "value": [82.0, 83.0, 83.0, 83.0]}
    path = record(tmp_path, pl.DataFrame(loads, schema_overrides={"event": INSTANT}))
    text = (
        (TEXT.replace('"2m"', '"0m"') + LEVELS)
        .replace('"unit.load', '"load')
        .replace('load = "load"', 'load = "mean(unit.load, 2m)"')
    )
    found = run(Job(text, path, engine=engine)).edges
    assert found.select("from_state", "to_state", "level", "scale").rows() == [
        ("unknown", "firing", "half", 0.75),
        ("firing", "unknown", "half", 0.75),
        ("unknown", "firing", "half", 0.8),
    ]


@pytest.mark.parametrize("options", [{}, {"shards": 3}, {"rows": 100}, {"engine": "numpy"}])
def test_a_rule_that_acts_on_a_bound_reads_bounds(tmp_path: Path, straight: Outcome, options: dict[str, int]) -> None:
    """Acting on the lower bound it fires where it is surely breached, on the upper where it may be; and stops so."""
    text = TEXT.replace('version = "1"', 'version = "1"\nact_on = "lower"')
    apart = events().with_columns(low=pl.col("value"), high=pl.col("value"))
    found = run(Job(text, record(tmp_path, apart), **options))  # type: ignore[arg-type]
    assert found.edges.equals(straight.edges)
    assert found.late == straight.late
    unsure = apart.with_columns(low=pl.col("value") - 50)
    found = run(Job(text, record(tmp_path, unsure), **options))  # type: ignore[arg-type]
    assert "firing" not in found.edges["to_state"], "what may well lie below the line does not fire"
    above = apart.with_columns(high=pl.col("value") + 50).drop("low")
    found = run(Job(text, record(tmp_path, above), **options))  # type: ignore[arg-type]
    assert found.edges.equals(straight.edges), "without a low bound the value is it"
    found = run(Job(text.replace("lower", "upper"), record(tmp_path, above), **options))  # type: ignore[arg-type]
    stops = (pl.col("from_state") == "firing") & (pl.col("to_state") == "ok")
    assert len(straight.edges.filter(stops)) > 0
    assert len(found.edges.filter(stops)) == 0, "what may lie far above the line is never surely clear"


def test_a_rule_that_acts_on_a_bound_is_not_judged_on_values_alone(tmp_path: Path) -> None:
    text = TEXT.replace('version = "1"', 'version = "1"\nact_on = "upper"')
    with pytest.raises(BadInput, match="low or high"):
        run(Job(text, record(tmp_path)))
    with pytest.raises(BadInput, match="low"):
        run(Job(text, record(tmp_path, events().with_columns(low=pl.lit("?")))))


def test_a_sequence_says_which_of_two_values_is_the_newer(tmp_path: Path) -> None:
    frame = events(keys=1).unique("event", keep="first").sort("event").with_columns(sequence=pl.lit(2, pl.Int64))
    older = frame.with_columns(value=pl.lit(0.0), sequence=pl.lit(1, pl.Int64))
    twice = pl.concat([frame, older]).sort("event", "sequence", descending=[False, True])
    found = run(Job(TEXT, record(tmp_path, twice)))
    assert found.edges.equals(run(Job(TEXT, record(tmp_path, frame))).edges)


def test_sequences_that_reach_too_far_to_be_told_apart_beside_events_are_refused(tmp_path: Path) -> None:
    """A minute has 60 seconds: 2^62 / 60 numbers for each of them. A number that is missing is named by its row."""
    frame = events(keys=1).head(2)
    most = 2**62 // 60
    fine = frame.with_columns(sequence=pl.Series([-5, most - 6], dtype=pl.Int64))
    assert run(Job(TEXT, record(tmp_path, fine))).events == 2
    with pytest.raises(
        BadInput, match=rf"sequence: saw 'from -5 to {most - 5}'; numbers that lie less than {most} apart"
    ):
        run(Job(TEXT, record(tmp_path, frame.with_columns(sequence=pl.Series([-5, most - 5], dtype=pl.Int64)))))
    with pytest.raises(BadInput, match="row 1, sequence"):
        run(Job(TEXT, record(tmp_path, frame.with_columns(sequence=pl.Series([1, None], dtype=pl.Int64)))))


def test_a_key_keeps_its_shard_with_every_release() -> None:
    """A snapshot would otherwise be taken up by a shard that does not see its keys."""
    assert [shard_of(key, 4) for key in ("area:us-ny", "unit:1", "组织:一")] == [1, 3, 2]


def test_a_rule_that_needs_more_than_one_key_is_refused_with_the_way_out() -> None:
    text = TEXT.replace("unit.load", "sum_by(unit.load)") + 'by = "all"\nsubject = "area:all"\n'
    with pytest.raises(RuleFault, match="weal backtest") as refused:
        Stream(read_rule(text))
    assert [fault.where for fault in refused.value.faults] == ["expr"]


@pytest.mark.parametrize("every", ["1mo", "3mo", "1w", "1d", "10d", "12h", "5m", "30s"])
def test_many_periods_are_numbered_as_one_is(every: str) -> None:
    on = grid(every)
    assert on is not None
    days = np.arange(np.datetime64("1895-12-20"), np.datetime64("2040-01-10"), 97)
    numbers = on.numbered(days)
    assert numbers.tolist() == [on.period(day) for day in days.tolist()]
    starts = on.starting(numbers).tolist()
    assert [str(start)[:16] for start in starts] == [str(on.start(number))[:16] for number in numbers.tolist()]
    assert isinstance(starts[0], date)


def test_where_the_cache_may_be_written_by_others_nothing_is_kept_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What lies in it is run as code."""
    monkeypatch.setenv("COMMONWEAL_CACHE", str(tmp_path))
    folder = compiling.cache_folder()
    assert folder is not None
    assert folder.stat().st_mode & 0o077 == 0
    folder.chmod(0o777)
    assert compiling.cache_folder() is None
    text = compiling.kernel_text(read_rule(TEXT))
    assert compiling._compiled(text).receive
    assert list(folder.iterdir()) == []


def test_nobody_pays_for_numba_who_does_not_run_a_stream() -> None:
    program = "import sys, commonweal.kernel.thresholds, commonweal.upkeep; print({'numba', 'ray'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_without_numba_another_engine_is_taken_and_the_named_one_says_how_to_get_it(
    tmp_path: Path, straight: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "numba", None)
    compiling.kernel.cache_clear()
    assert Stream(read_rule(TEXT)).engine == "numpy"
    assert run(Job(TEXT, tmp_path / "events.parquet")).edges.equals(straight.edges)
    with pytest.raises(BadInput, match=r"commonweal\[bulk\]"):
        run(Job(TEXT, tmp_path / "events.parquet", engine="numba"))


def test_the_newest_event_is_the_end_unless_one_is_named(tmp_path: Path) -> None:
    path = record(tmp_path)
    job = Job(TEXT, path).checked()
    assert job.until == int(read_rule(TEXT).grid.numbered(np.array([EventFile(path).newest()]))[0])
    later = run(Job(TEXT, path, until=job.until + 10))
    assert set(later.edges.group_by("subject", maintain_order=True).last()["to_state"]) == {"unknown"}


def test_edges_of_all_shards_stand_in_one_order(tmp_path: Path, straight: Outcome) -> None:
    assert (
        joined([straight.edges.reverse()]).select("event", "subject").equals(straight.edges.select("event", "subject"))
    )
