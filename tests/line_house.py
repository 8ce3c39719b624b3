"""A house in which a model is tested against a red line: registered, run, looked at."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from commonweal.authority import Authority, Caller
from commonweal.instruments.evaluations import taking_in
from commonweal.instruments.evaluations.formats import read_bytes
from commonweal.instruments.red_lines.deciding import STANDING, looks
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, Fault, ReplayClock, Text
from commonweal.settings import Settings

from .eval_logs import header, inspect_eval, sample

START = datetime(2026, 11, 2, 8, tzinfo=UTC)
TEST = "line_test:t"
DEVELOPER = Caller("party:aurora", ("developer",))
DESK, AUDITOR = Caller("party:desk", ("officer",)), Caller("party:checker", ("auditor",))


class Lab:
    """A house with one developer's model, in which tests are registered and looked at."""

    def __init__(self, authority: Authority, clock: ReplayClock) -> None:
        self.authority, self.clock = authority, clock
        self.file("model_registration.organisation", name="Aurora", source="invented")
        self.file("model_registration.model", name="Four", organisation="organisation:aurora", source="invented")

    def file(self, kind: str, *, by: Caller | None = None, **body: Any) -> int:
        entry = self.authority.act(Act(kind, body, ""), by or DEVELOPER).index
        self.authority.follow()
        return entry

    def test(self, *, arms: tuple[dict[str, Any], ...] = (), **more: Any) -> int:
        body = {
            "name": "T",
            "line": "red_lines.idais/replication",
            "model": "model:four",
            "stage": "training",
            "decide_by": "2026-12-01",
        }
        return self.file("red_lines.test", **{**body, "arms": list(arms) or [arm("one")], **more})

    def look(self, outcomes: str | None, named: str = "one", **more: Any) -> int:
        told = {} if outcomes is None else {"outcomes": outcomes}
        return self.file("red_lines.look", test=TEST, arm=named, **told, **more)

    def run(self, log: bytes, by: Caller = DEVELOPER, *, made_up: bool = False) -> tuple[str, str]:
        """A log that is taken in: what its run is called, and its digest."""
        digest = hashlib.sha256(log).hexdigest()
        self.authority.act_all(taking_in.acts_of(read_bytes(log, "a.eval"), digest, {}, made_up), by)
        self.authority.follow()
        return "evaluation:" + taking_in.name_of(digest).lower().replace(" ", "-"), digest

    def said_of(self, run: str, **more: Any) -> int:
        """What is said of a run: as an arm of these tests is registered, but for what is given."""
        elicited = {"fine_tuned": False, "attempts": 1}
        said = {"evaluation": run, "model": "model:four", "access": "white_box", "elicitation": elicited, **more}
        return self.file("evaluations.conditions", **{name: value for name, value in said.items() if value is not None})

    def passed(self) -> str:
        """A run of which 3 of 100 items were solved, looked at: of a test of 100 this is below."""
        run, _ = self.run(SAFE)
        self.said_of(run)
        self.look(None, run=run)
        assert self.state()[0] == "below"
        return run

    def on(self, day: str) -> None:
        """It is nine in the morning of a day, and what is due happens."""
        self.clock.set(datetime.fromisoformat(f"{day}T09:00:00+00:00"))
        self.authority.tick()

    def mitigated(self, name: str = "M", *, meets: str = "", until: str = "2026-12-20", **more: Any) -> str:
        """A mitigation that the developer filed, and somebody else found in place, on evidence of their own."""
        what = {"uses_kept_safe": "deployment", "answerable": "organisation"}.get(meets, "security")
        body = {"name": name, "test": TEST, "what": what, "evidence_sha256": ["0" * 64], "holds_until": "2027-06-01"}
        self.file("red_lines.mitigation", **body, **({"meets": meets} if meets else {}))
        mitigation = "line_mitigation:" + name.lower()
        self.verify(mitigation, until=until, **more)
        return mitigation

    def evidence(self, mitigation: str, *, by: Caller | None = None, **more: Any) -> int:
        """Evidence about a mitigation, by an auditor; each under a name of its own."""
        name = f"Report {self.authority.store.size()}"
        body = {"name": name, "test": TEST, "mitigation": mitigation, "method": "test", "procedure": "Tried to read it",
                "found": "in_place", "digests_sha256": ["1" * 64]}  # fmt: skip
        return self.file("red_lines.evidence", by=by or AUDITOR, **{**body, **more})

    def verify(self, mitigation: str, *, until: str = "2026-12-20", by: Caller | None = None, **more: Any) -> int:
        """What somebody found of a mitigation: that it is in place, by a test that is on record, through a day."""
        rests_on = more.pop("rests_on", None) or [self.evidence(mitigation)]
        body = {"test": TEST, "mitigation": mitigation, "method": "test", "procedure": "Tried to read it",
                "in_place": True, "holds_until": until, "rests_on": rests_on}  # fmt: skip
        return self.file("red_lines.verified", by=by or AUDITOR, **{**body, **more})

    def told(self) -> list[str]:
        return [row["outcomes"] for row in looks(self.authority.reader, TEST)]

    def state(self) -> tuple[str, int, int]:
        row = self.authority.reader.get(STANDING, TEST)
        assert row is not None
        return row["state"], row["by_deadline"], row["looks"]


SUITE = "gdm_self_proliferation"
"""A test that the measure of the replication line names: runs of others count towards danger alone."""


def log(
    values: Sequence[Any],
    began: str = "2026-11-02T08:01:00+00:00",
    *,
    task: str = "made_up",
    suite: str = SUITE,
    model: str = "",
) -> bytes:
    """A log of Inspect's with one attempt at each item, begun then."""
    samples = [sample(n, value) for n, value in enumerate(values)]
    return log_of(samples, began, task=task, suite=suite, model=model)


def log_of(
    samples: Sequence[Any],
    began: str = "2026-11-02T08:01:00+00:00",
    *,
    task: str = "made_up",
    suite: str = SUITE,
    model: str = "",
) -> bytes:
    """A log of Inspect's with these samples, begun then: a minute after the tests here are registered."""
    told = header({})
    told["eval"] |= {"model": model} if model else {}
    told["eval"] |= {
        "created": began,
        "task": f"{suite}/{task}",
        "dataset": {"name": "made up", "samples": len({one["id"] for one in samples})},
    }
    return inspect_eval(told, samples)


def clustered_log(
    samples: list[dict[str, Any]], began: str = "2026-11-02T08:01:00+00:00", *, error: float = 0.0
) -> bytes:
    """A log of Inspect's whose number of its own takes items together by their text, with this error of the mean."""
    told = header({"accuracy": sum(one["scores"]["match"]["value"] == "C" for one in samples) / len(samples)})
    told["eval"] |= {"created": began, "task": SUITE, "dataset": {"name": "made up", "samples": len(samples)}}
    by_text = {"name": "stderr", "value": error, "params": {"cluster": "text"}}
    told["results"]["scores"][0]["metrics"]["stderr"] = by_text
    return inspect_eval(told, samples)


FOUR = log("CCII")
SAFE = log("C" * 3 + "I" * 97)


def arm(name: str, planned: int = 200, **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "proxy": "replication_tasks",
        "score": "match",
        "run_by": "organisation:aurora",
        "access": "white_box",
        "elicitation": "scaffold",
        "planned": planned,
        **more,
    }


@contextmanager
def lab_in(folder: Path) -> Iterator[Lab]:
    clock = ReplayClock(START)
    settings = Settings(Text(en="House", zh="机关"), "house.invalid/record", START, replay=True)
    with Authority.create(folder / "house", settings, clock=clock) as authority:
        yield Lab(authority, clock)


def refused(work: Callable[[], object]) -> list[Fault]:
    """The faults with which something is refused."""
    with pytest.raises(BadInput) as caught:
        work()
    return list(caught.value.faults)


def faults(work: Callable[[], object]) -> list[str]:
    """Where these are."""
    return [one.where for one in refused(work)]
