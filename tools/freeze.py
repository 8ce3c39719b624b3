"""Freezes small authorities of this release as fixtures: `python tools/freeze.py registry incidents`, or one of them.

Whoever changes a format runs the test of the frozen folder first (`tests/unit/test_frozen.py`): it must open, verify
and lay out as it did. Only while a release is still being made is its folder frozen again; afterwards never. The
keys in it are worthless: they were made for this file and are public.
"""

from __future__ import annotations

import json
import lzma
import sqlite3
import sys
import tarfile
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

from commonweal import __version__, letters
from commonweal.acceptance import Caller
from commonweal.authority import OPERATOR, Act, Authority
from commonweal.instruments import Installed, discover
from commonweal.instruments.incident_reports.harbour.terms import terms_of
from commonweal.kernel import indicators
from commonweal.kernel.values import ReplayClock, Text, instant
from commonweal.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "tests" / "fixtures"
KEPT = ("authority.toml", "record.sqlite", "keys.sqlite", "blobs")
DEVELOPER, OFFICER = Caller("party:dev", ("developer",)), Caller("party:officer", ("officer",))
REPORTER, SECOND = Caller("party:reporter-7", ("reporter",)), Caller("party:second", ("officer",))
REPORT, INCIDENT, INQUIRY, ADVICE = "report:r-1", "incident:i-1", "investigation:v-1", "recommendation:rec-1"
SAID = {
    "category": "near_miss", "reporter": "employee", "title": "A guard was off", "what_happened": "It was off.",
    "safe_harbour": True,
}  # fmt: skip
DRAFT_OF = "frozen-0123456789"
README = """# A frozen authority of release {release}

`authority.tar.xz` is the folder of a small authority as release {release} left it, `dump.json.xz` the canonical dump
of its projections. {holds}
`tests/unit/test_frozen.py` opens it with today's software. Made by `tools/freeze.py`.

**The keys in it are test keys, published here and worthless. Never use them, or anything signed with them.**
"""

HOLDS = {
    "registry": "It registers models: versions, a decision, a correction, an annulment and a hand-over.",
    "incidents": "It takes incident reports: a destroyed strip, files, a letter, a person who left, a draft.",
}


def acts(clock: ReplayClock, authority: Authority) -> None:
    """A little of everything: filings, versions, a batch, a decision, an annulment, a correction, a hand-over."""
    organisation = {"name": "Example Laboratory", "countries": ["FR"]}
    model = {"name": "Example One", "organisation": "organisation:example-laboratory", "placed_on_eu_market": True}

    def file(day: str, kind: str, body: dict[str, object], who: Caller, subject: str | None = None) -> int:
        clock.set(instant(f"{day}T09:00:00Z"))
        index = authority.act(Act(kind, body, key=f"{kind}/{day}", subject=subject), who).index
        authority.follow()
        return index

    file("2026-02-01", "model_registration.organisation", organisation, DEVELOPER)
    file("2026-02-02", "model_registration.model", {**model, "compute_flop": 3e24}, DEVELOPER)
    second = file("2026-02-03", "model_registration.model", {**model, "compute_flop": 3e25}, DEVELOPER)
    third = file("2026-02-04", "model_registration.model", {**model, "compute_flop": 2e25}, DEVELOPER)
    reason = {"reason_code": "filed_in_error"}
    file("2026-02-05", "record.corrected", {"entry": second, "by": third, **reason}, DEVELOPER)
    wrong = file("2026-02-06", "model_registration.model", {**model, "compute_flop": 9e27}, DEVELOPER)
    file("2026-02-07", "record.annulled", {"entry": wrong, **reason, "remark": "Two digits too many."}, DEVELOPER)
    file("2026-02-08", "model_registration.organisation", {"name": "Imported", "countries": ["US"]}, OFFICER)
    body = {"to": "party:dev", "reason_code": "claimed_by_its_developer"}
    file("2026-02-09", "registry.handed_over", body, OFFICER, "organisation:imported")
    rows = [("laus.unemployed", "area:us-ca", date(2026, 1, day), float(day)) for day in (1, 2, 3)]
    clock.set(instant("2026-02-10T09:00:00Z"))
    batch = indicators.batch_act(rows, series_set="laus", citation="invented", released_on=date(2026, 2, 10))
    authority.act(batch)
    clock.set(instant("2026-03-01T09:00:00Z"))
    authority.tick()


class Office:
    """An authority in which something is filed each hour."""

    def __init__(self, clock: ReplayClock, authority: Authority) -> None:
        self._clock, self.authority, self.now = clock, authority, instant("2026-10-01T09:00:00Z")
        clock.set(self.now)

    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        self._clock.set(self.now)

    def file(self, kind: str, who: Caller = OFFICER, /, **body: object) -> int:
        self.wait(1)
        full = kind if "." in kind else f"incident_reports.{kind}"
        index = self.authority.act(Act(full, body, key=f"frozen/{self.authority.store.size()}"), who).index
        self.authority.follow()
        return index

    def attach(self, name: str, who: Caller) -> dict[str, object]:
        data = f"{name}, word for word\n".encode()
        return self.authority.attachments.attach([data], name, who.party).attachment.model_dump()


def incidents(clock: ReplayClock, authority: Authority) -> None:
    """Reports, the desk, an incident that goes out, an investigation: each kind of `incident_reports` that somebody
    files, a strip that was destroyed, files, a letter, a person who left, a draft and an upload that waits."""
    office = Office(clock, authority)
    _people(office)
    _reported(office)
    _at_the_desk(office)
    _gone_out(office)
    _investigated(office)
    office.file("strip", report=REPORT, how="returned")
    office.file("strip_taken", REPORTER, report=REPORT, how="shred")
    values = {"name": "R 2", "received": "2026-10-01"}
    wanted = letters.Wanted("incident_reports.received", ["Ada Example"], values, basis=0, subject="report:r-2")
    letters.write(authority, wanted)
    authority.access.begin_draft(DRAFT_OF, "incident_reports.report", b"{}", timedelta(days=36_500))
    office.wait(14 * 24)
    authority.tick()
    office.attach("waiting.txt", REPORTER)


def _people(office: Office) -> None:
    file = office.file
    for name in ("officer", "second", "leaver"):
        person = {"person": f"person:{name}", "party": f"party:{name}", "name": name.title()}
        file("person.joined", OPERATOR, **person, organisation="ministry", roles=["officer"])
    expert = {"person": "person:expert", "party": "party:expert", "name": "Expert", "organisation": "university"}
    file("person.joined", OPERATOR, **expert, roles=["observer"])
    file("person.left", OPERATOR, person="person:leaver", on="2026-10-01")
    file("model_registration.organisation", DEVELOPER, name="Lab", countries=["FR"])
    file("model_registration.model", DEVELOPER, name="Large", organisation="organisation:lab")


def _reported(office: Office) -> None:
    file, files = office.file, [office.attach("notes.txt", REPORTER)]
    file("report", REPORTER, name="R 1", **SAID, models=["model:large"], attachments=files)
    file("identity", REPORTER, report=REPORT, person="Jane Example", contact="jane@example.org")
    for name in ("R 2", "R 3", "R 4"):
        file("report", REPORTER, name=name, **SAID)
    file("unnamed", REPORTER, report="report:r-2")
    file("withdrawal", REPORTER, report="report:r-4")


def _at_the_desk(office: Office) -> None:
    file = office.file
    file("triage", report=REPORT, urgency="week", decision="handle")
    file("assignment", about=REPORT, assignee="party:officer")
    file("assignment", about=REPORT, assignee="party:second", part="support")
    file("release", about=REPORT, assignee="party:second", why="done")
    file("note", about=REPORT, text="Ring them.")
    seen = file("report", REPORTER, name="R 1", **{**SAID, "title": "A guard was off all day"})
    file("looked", about=REPORT, seen=seen)
    file("watch", about=REPORT, watcher="party:officer", watches=True)
    file("view", keeper="party:officer", name="Mine", query="state=new")
    answer = {"question": file("question", report=REPORT, text="When?"), "text": "At noon."}
    file("answer", REPORTER, report=REPORT, **answer, attachments=[office.attach("log.txt", REPORTER)])
    file("deidentified", report=REPORT, version=seen, title="A guard was off", what_happened="It was off.")
    terms = terms_of(office.authority.reader, REPORT)
    findings = [{"term": one.code, "finding": "open", "reasons": "Not looked into."} for one in terms.terms]
    decided = {"terms_version": terms.version, "findings": findings, "outcome": "inconclusive"}
    file("harbour_decision", report=REPORT, **decided)
    file("harbour_waiver", REPORTER, report=REPORT, waives="confidence", towards=["The ministry"])
    file("containment.alert", name="A 1", what="incident", about="model:large", capability="wrong doses")
    file("escalation", about="report:r-2", alert="alert:a-1")
    referred = {"referred_to": "The ombudsman", "referred_because": "not_ours", "reasons": "Theirs."}
    file("referral", report="report:r-3", **referred)


def _gone_out(office: Office) -> None:
    file = office.file
    file("incident", name="I 1", category="near_miss", title="A guard was off", summary="For a day.")
    file("linked", report=REPORT, incident=INCIDENT, relation="same")
    file("linked", report="report:r-2", incident=INCIDENT, relation="same")
    file("unlinked", report="report:r-2", incident=INCIDENT, reasons="Another thing.")
    codes = {"entity": ["AI"], "intent": ["Unintentional"], "timing": ["Post-deployment"]}
    file("annotation", incident=INCIDENT, taxonomy="mit_causal", annotator="A", codes=codes)
    out = {"name": "I 1", "incident": INCIDENT, "title": "A guard was off", "published_on": "2026-10-02"}
    file("sharing", **out)
    office.authority.access.issue_key("party:scholar", ("observer",), ("read",))
    file("passed", **out, recipient="party:scholar", until="2026-10-30", purpose="A study.")
    file("publication", **out)
    file("incident", name="I 2", category="near_miss", title="Another")
    file("embargo", incident="incident:i-2", until="2026-12-01", reasons="The developer mends it first.")


def _investigated(office: Office) -> None:
    def file(kind: str, who: Caller = SECOND, /, **body: object) -> int:
        return office.file(kind, who, **body)

    team = [{"party": "party:second", "role": "lead"}, {"party": "party:expert", "role": "expert"}]
    file("investigation", name="V 1", incident=INCIDENT, mandate="Why.", legal_basis="s. 9", team=team)
    came = {"collected_at": "2026-10-01T07:00:00Z", "collected_by": "Lind", "source": "The laboratory"}
    what = {"what": "A log", "form": "log", "sha256": "a" * 64, "held_at": "Room 1"}
    piece = file("evidence", name="E 1", investigation=INQUIRY, **what, **came)
    digests = {"weights_sha256": "1" * 64, "inputs_sha256": "2" * 64, "outputs_sha256": "3" * 64}
    span = {"begins": "2026-09-30T10:00:00Z", "ends": "2026-09-30T11:00:00Z", "records": 12}
    held = {"method": "SHA-256 over the records", "held_at": "The laboratory", "content": "Record 9"}
    file("recorder_segment", name="S 1", system_named="An assistant", **span, **digests, **held)
    file("event", investigation=INQUIRY, occurred="2026-09", what="The guard was switched off.")
    factor = {"factor": "safeguard", "what": "One switch.", "confidence": "likely", "evidence": ["evidence:e-1"]}
    file("factor", investigation=INQUIRY, **factor)
    asked = {"expert": "party:expert", "entries": [piece], "question": "Is it whole?", "until": "2026-11-10"}
    file("consultation", investigation=INQUIRY, **asked)
    advice = {"addressee": "organisation:lab", "text": "Two switches.", "due": "2026-12-20"}
    file("recommendation", name="REC 1", investigation=INQUIRY, **advice)
    answer = {"organisation": "organisation:lab", "answer": "implemented"}
    file("recommendation_answer", DEVELOPER, recommendation=ADVICE, **answer)
    file("recommendation_finding", recommendation=ADVICE, finding="verified", reasons="Seen.")
    file("final_report", investigation=INQUIRY, text="One switch for all guards.")


def with_one_law() -> dict[str, Installed]:
    """The mechanisms of the second scene with one law and no playbook: sealed texts do not compress."""
    found, of = discover(), {"incident_reports": ("eu.ai_act_incidents",), "containment": (), "model_registration": ()}
    return {
        name: replace(found[name], instrument=replace(found[name].instrument, playbooks=(), law=law))
        for name, law in of.items()
    }


SCENES: dict[str, Callable[[ReplayClock, Authority], None]] = {"registry": acts, "incidents": incidents}
FOLDERS = {"registry": "", "incidents": "-incidents"}
INSTALLED: dict[str, Callable[[], Mapping[str, Installed]]] = {"registry": discover, "incidents": with_one_law}


def frozen(scene: str) -> tuple[bytes, bytes]:
    """The folder as a tar.xz, and the dump of its projections as xz."""
    with tempfile.TemporaryDirectory() as place:
        folder, clock = Path(place) / "authority", ReplayClock(instant("2026-01-01T00:00:00Z"))
        settings = Settings(Text(en="Frozen", zh="封存"), "frozen.example/log", clock.now(), replay=True)
        with Authority.create(folder, settings, clock=clock, installed=INSTALLED[scene]()) as authority:
            SCENES[scene](clock, authority)
            assert authority.faults() == []
            dump = authority.dump()
        out = BytesIO()
        with tarfile.open(fileobj=out, mode="w") as tar:
            for name in KEPT:
                if name.endswith(".sqlite"):
                    with sqlite3.connect(folder / name) as connection:
                        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                        connection.execute("PRAGMA journal_mode=DELETE")
                        connection.execute("VACUUM")
                    connection.close()
                if (folder / name).exists():
                    tar.add(folder / name, arcname=name)
    json.loads(dump)
    return lzma.compress(out.getvalue(), preset=9), lzma.compress(dump, preset=9)


def main(names: list[str]) -> None:
    release = ".".join(__version__.split(".")[:2])
    for name in names:
        folder = FIXTURES / f"authority-{release}{FOLDERS[name]}"
        folder_bytes, dump = frozen(name)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "authority.tar.xz").write_bytes(folder_bytes)
        (folder / "dump.json.xz").write_bytes(dump)
        (folder / "README.md").write_text(README.format(release=release, holds=HOLDS[name]))
        sys.stdout.write(f"{folder.relative_to(ROOT)}: {len(folder_bytes) + len(dump)} bytes\n")


if __name__ == "__main__":
    main(sys.argv[1:] or sys.exit(f"say which: {', '.join(SCENES)}"))
