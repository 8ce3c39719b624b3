"""The port on Ray: the same edges as in one process, whoever is killed on the way."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from commonweal.engines.bulk import HOW, RayBulk
from commonweal.kernel.thresholds import InProcess, Job
from commonweal.kernel.values import BadInput, Busy, Conflict
from streams import TEXT, record


def test_without_the_extra_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(BadInput, match="commonweal\\[cluster\\]") as refused:
        RayBulk().run(Job(TEXT, record(tmp_path)))
    assert HOW in str(refused.value)


def test_a_cluster_that_says_nothing_is_begun_again_once_and_then_given_up(tmp_path: Path) -> None:
    """A run that waited for ever held up everything after it. A Ray is made up whose processes never answer."""

    class Silent:
        exceptions = SimpleNamespace(RayTaskError=KeyError, RayActorError=OSError)
        killed, waited = list[object](), list[float]()

        def wait(self, asked: list[object], num_returns: int, timeout: float) -> tuple[list[object], list[object]]:
            self.waited.append(timeout)
            return [], asked

        def kill(self, actor: object, no_restart: bool) -> None:
            self.killed.append(actor)

    ray, engine = Silent(), RayBulk(silent_s=7)
    engine.actors = {0: "one", 1: "other"}
    with pytest.raises(Busy, match="said anything for 7 s"):
        list(engine._each(ray, Job(TEXT, tmp_path), {0: 0, 1: 0}, lambda actor: f"asked {actor}"))
    assert (ray.killed, ray.waited) == (["one", "other"], [7, 7])


def test_killing_an_actor_changes_no_edge(tmp_path: Path) -> None:
    """Real processes, killed without warning: one in the middle, one that never laid anything down, one at the end."""
    ray = pytest.importorskip("ray", reason="the extra `cluster` (Ray) is not installed")
    path = record(tmp_path)
    engine, killed = RayBulk(silent_s=180), list[int]()

    def kill(so_far: int, total: int) -> None:
        wanted = {0: 0.1, 1: 0.5, 2: 0.9}.get(len(killed))
        if wanted is not None and so_far >= wanted * total:
            process = ray.get(engine.actors[len(killed) % 2].process.remote(), timeout=180)
            os.kill(process, signal.SIGKILL)
            killed.append(process)

    job = Job(TEXT, path, shards=2, folder=tmp_path / "kept", rows=100, between=300)
    found = engine.run(job, kill)
    straight = InProcess().run(Job(TEXT, path))
    assert len(killed) == 3
    assert found.restarts >= 3
    assert found.edges.equals(straight.edges)
    assert (found.late, found.keys, found.events) == (straight.late, straight.keys, straight.events)
    assert not ray.is_initialized(), "the cluster that was begun for the run ends with it"
    assert InProcess().run(job).resumed == straight.events, "another engine reads the same folder"
    with pytest.raises(Conflict, match="another rule"):
        InProcess().run(Job(TEXT.replace("80", "81"), path, shards=2, folder=tmp_path / "kept"))
