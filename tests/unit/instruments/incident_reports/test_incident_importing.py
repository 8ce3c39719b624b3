"""What other databases of incidents publish is read as it is, and refused whole where it cannot be."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from commonweal.instruments.incident_reports import INSTRUMENT
from commonweal.instruments.incident_reports.importing import aiid, atlas, avid
from commonweal.instruments.incident_reports.taxonomies import taxonomies
from commonweal.kernel.values import BadInput, subject_id

HEADING = ["incident_id", "date", "reports", *aiid._WHO.values(), "description", "title"]


def table(*rows: list[str], heading: list[str] = HEADING) -> bytes:
    file = io.StringIO()
    csv.writer(file).writerows([heading, *rows])
    return file.getvalue().encode()


def test_an_incident_keeps_its_number_its_day_and_who_was_named() -> None:
    row = [
        "7",
        "2021-03-04",
        "[11,12]",
        '["acme"]',
        '["acme","other"]',
        '["a pedestrian"]',
        "What happened.",
        "A title",
    ]
    (act,) = aiid.read(table(row), "incidents.csv").acts
    assert act.kind == "incident_reports.incident"
    assert act.body["name"] == "AIID 7"
    assert subject_id("incident", act.body["name"]) == "incident:aiid-7", "what classifications of it name"
    assert act.body["occurred"] == "2021-03-04"
    assert act.body["developers_named"] == ["acme", "other"]
    assert act.body["sources"] == ["https://incidentdatabase.ai/cite/7", "AIID report 11", "AIID report 12"]
    assert "category" not in act.body, "that database does not say whether it was serious"


def test_every_fault_of_every_row_is_named_at_once() -> None:
    rows = [
        ["0", "last week", "[1", "[]", "[]", "{}", "d", ""],
        ["8", "2020-13-01", "[]", "[]", "[]", "[]", "d", "t"],
        ["9"],
    ]
    with pytest.raises(BadInput) as refused:
        aiid.read(table(*rows), "incidents.csv")
    places = {fault.where for fault in refused.value.faults}
    assert places == {
        "row 2, incident_id", "row 2, reports", "row 2, Alleged harmed or nearly harmed parties", "row 2, title",
        "row 2, occurred", "row 3, occurred", "row 4",
    }  # fmt: skip


@pytest.mark.parametrize("data", [b"", b"a,b\n1,2\n", table()])
def test_what_is_no_table_of_a_snapshot_is_refused(data: bytes) -> None:
    with pytest.raises(BadInput):
        aiid.read(data, "x.csv")


def test_a_vulnerability_is_an_incident_and_a_report_a_report() -> None:
    base = {
        "data_type": "AVID",
        "description": {"value": "Long words."},
        "problemtype": {"description": {"value": "T"}},
    }
    report = {**base, "metadata": {"report_id": "AVID-2099-R0001"}, "reported_date": "2024-01-02"}
    report["affects"] = {"developer": ["Acme"], "artifacts": [{"type": "Model", "name": "m"}]}
    whole = {**base, "metadata": {"vuln_id": "AVID-2099-V001"}, "reports": [{"report_id": "AVID-2099-R0001"}]}
    told, put_together = avid.read("\n".join(map(json.dumps, (report, whole))).encode(), "x.jsonl").acts
    assert told.kind == "incident_reports.report"
    assert told.body["source"] == "AVID-2099-R0001 (2024-01-02)", "the day AVID had it is not the day it happened"
    assert "occurred" not in told.body
    assert told.body["system_named"] == "m"
    assert put_together.kind == "incident_reports.incident"
    assert put_together.body["external"] == ["AVID-2099-V001", "AVID-2099-R0001"]


def test_lines_that_are_no_reports_are_all_named() -> None:
    with pytest.raises(BadInput) as refused:
        avid.read(b'{"data_type": "AVID"}\n[1]\n{"a": 1, "a": 2}\n{\n', "x.jsonl")
    assert [fault.where.partition(",")[0] for fault in refused.value.faults].count("line 1") == 1
    assert {fault.where.partition(",")[0] for fault in refused.value.faults} == {"line 1", "line 2", "line 3", "line 4"}


@pytest.mark.parametrize(
    ("exact", "kept"), [("YEAR", "2020"), ("MONTH", "2020-05"), ("DATE", "2020-05-06")]
)  # fmt: skip
def test_a_case_study_says_as_much_of_the_day_as_is_known(exact: str, kept: str) -> None:
    study = (
        f"case-studies:\n- id: AML.CS9999\n  name: N\n  summary: S\n  incident-date: 2020-05-06\n"
        f"  incident-date-granularity: {exact}\n  case-study-type: incident\n  procedure:\n  - technique: AML.T0001\n"
    )
    (act,) = atlas.read(study.encode(), "ATLAS.yaml").acts
    assert act.body["occurred"] == kept
    assert act.body["category"] == "misuse"
    assert act.body["external"] == ["ATLAS AML.CS9999", "ATLAS AML.T0001"]


@pytest.mark.parametrize(
    "text", ["a: [", "case-studies: &a [*a]", "!!python/object/apply:os.system [id]", "- 1", "{" * 5000]
)  # fmt: skip
def test_hostile_yaml_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        atlas.read(text.encode(), "ATLAS.yaml")


def test_the_published_snapshots_are_read_whole(shared_data: Path) -> None:
    """1,367 incidents, 1,242 of them classified by MIT, 1,785 AVID reports and 57 case studies: PROVENANCE.md."""
    folder = shared_data / "aiid"
    incidents = aiid.read((folder / "incidents.csv").read_bytes(), "incidents.csv").acts
    assert len(incidents) == 1367
    numbers = {subject_id("incident", act.body["name"]) for act in incidents}
    by_mit = aiid.read((folder / "classifications_MIT.csv").read_bytes(), "MIT").acts
    assert len({act.body["incident"] for act in by_mit}) == 1242
    by_cset = aiid.read((folder / "classifications_CSETv1.csv").read_bytes(), "CSET").acts
    assert {act.body["incident"] for act in (*by_mit, *by_cset)} <= numbers
    known = taxonomies()
    for act in (*by_mit, *by_cset):
        questions = known[act.body["taxonomy"]].questions
        assert all(code in questions[name].codes for name, codes in act.body["codes"].items() for code in codes)
    assert len(avid.read((shared_data / "avid" / "avid_reports_2022-2026.jsonl").read_bytes(), "AVID").acts) == 1785
    assert len(atlas.read((shared_data / "atlas" / "ATLAS.yaml").read_bytes(), "ATLAS").acts) == 57


def test_each_format_has_a_reader() -> None:
    assert {item.format for item in INSTRUMENT.importers} == {"aiid", "avid", "atlas"}
