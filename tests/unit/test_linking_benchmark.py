"""What `make bench-incidents` asks is what it says: paraphrases by others, nothing copied, peers that see as much."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from benchmarks import bench_incidents
from benchmarks.__main__ import main
from benchmarks.bench_incidents import Asked
from benchmarks.linking_peers import ByRank, Fts5, TfIdf
from benchmarks.paraphrases import NOTES, days, forms, incidents, made_up, queries

from commonweal.methods.linking import Report

PARTIES = "Alleged deployer of AI system,Alleged developer of AI system,Alleged harmed or nearly harmed parties"
INCIDENTS = f"""incident_id,date,{PARTIES},description,title
1,2018-03-18,"[""a-motors""]","[""a-motors"",""b-labs""]",[],"A car ran into a fence, nobody was hurt.",Car hits fence
2,2018-03-18,[],[],[],The car of A Motors went through a fence.,Fence broken by car
3,2020-05-01,[],[],[],A chat program told a child to lick a socket.,Chat program endangers child
"""
DUPLICATES = "duplicate_incident_number,true_incident_number\n2,1\n9,3\n"
FIRST = """Incident ID,Full Description,Named Entities,Technology Purveyor,System Developer,Beginning Date
1,"A car ran into a fence, nobody was hurt. Its camera took moonlit wire for open road.","A Motors, Owner",,,2018-03-18
3,A chat program told a child to lick a socket.,,,,
"""
DATES = ("Date of Incident Year", "Date of Incident Month", "Date of Incident Day")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "incidents.csv").write_text(INCIDENTS, "utf-8")
    (tmp_path / "duplicates.csv").write_text(DUPLICATES, "utf-8")
    (tmp_path / "classifications_CSETv0.csv").write_text(FIRST, "utf-8")
    head = ",".join(["Incident ID", "Entities", *DATES, *(f'"{note}"' for note in NOTES)])
    notes = ["Annotator 1: 4.2 - The assistant proposed a lethal game to somebody under age.", *[""] * (len(NOTES) - 1)]
    (tmp_path / "classifications_CSETv1.csv").write_text(
        head + "\n" + ",".join(["3", "", "2020", "5", "", *notes]) + "\n"
    )
    return tmp_path


def test_a_query_is_what_an_annotator_wrote_himself(folder: Path) -> None:
    known = incidents(folder)
    duplicate, first, second = queries(known, folder)
    assert (duplicate.report, duplicate.same, duplicate.withheld) == (known["2"], {"1"}, {"2"})
    assert first.report.text == "Its camera took moonlit wire for open road."
    assert first.report.names == ("a motors", "owner")
    assert first.same == {"1", "2"}, "who finds the duplicate has found the incident"
    assert first.fold == duplicate.fold
    assert second.report.text == "The assistant proposed a lethal game to somebody under age."
    assert second.report.days == days("2020-05")
    assert known["1"].names == ("a motors", "b labs")


@pytest.mark.parametrize(
    ("when", "first", "last"), [("2020-02-03", (2020, 2, 3), (2020, 2, 3)), ("2020-02", (2020, 2, 1), (2020, 2, 29)),
                                ("2020", (2020, 1, 1), (2020, 12, 31))],
)  # fmt: skip
def test_a_date_is_as_wide_as_it_is_given(when: str, first: tuple[int, ...], last: tuple[int, ...]) -> None:
    assert days(when) == (date(*first).toordinal(), date(*last).toordinal())


@pytest.mark.parametrize("when", ["", "12/2016", "2016-13", "2016-02-30", "0000"])
def test_what_is_no_date_is_none(when: str) -> None:
    assert days(when) is None


def test_made_up_reports_are_the_same_every_time_and_have_no_new_word(folder: Path) -> None:
    known = incidents(folder) | {"4": Report("Fourth", "words of a fourth")}
    first, again = list(made_up(known, 5)), list(made_up(known, 5))
    assert first == again
    real = {
        word for report in known.values() for word in f"{report.title} {report.text}".lower().replace(".", "").split()
    }
    assert {word for _, report in first for word in report.text.split()} <= real


def test_peers_find_what_shares_words_and_leave_out_what_is_withheld(folder: Path) -> None:
    known = incidents(folder)
    fts = Fts5()
    fts.add(known.items())
    peers = [fts, TfIdf(known.items())]
    for peer in [*peers, ByRank(*peers)]:
        asked = Report(text='a "socket" was licked OR child*')
        assert peer.best(asked)[0][0] == "3"
        assert "3" not in [key for key, _ in peer.best(asked, frozenset({"3"}))]


def test_forms_leave_out_days_and_names() -> None:
    report = Report("t", "x", ("n",), (1, 2))
    assert forms(report) == [report, Report("t", "x", ("n",)), Report("t", "x", (), (1, 2)), Report("t", "x")]


def test_a_true_link_counts_where_it_is_among_five_and_above_what_one_new_report_in_twenty_reaches() -> None:
    """Of 20 new reports the second best reaches 0.5: of four true links, one is below that and one is sixth."""
    new = [0.9, 0.5, *[0.1] * 18]
    places, known = [0, 4, 0, 5] * 5, [0.8, 0.6, 0.4, 0.9] * 5
    answers = [Asked(*each, incident=str(number)) for number, each in enumerate(zip(places, known, new, strict=True))]
    [figure] = bench_incidents._told_apart("f", answers, {"": answers})
    assert figure.value == figure.against_value == 0.5


def test_where_the_snapshot_is_absent_it_is_said_and_is_no_failure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench_incidents, "SNAPSHOT", tmp_path / "absent")
    assert main(["incidents"]) == 0
    assert "skipped: no snapshot of the AI Incident Database is at hand" in capsys.readouterr().err
