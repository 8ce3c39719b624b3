"""What of an incident goes out: field by field, versioned, after its embargo, and citable by week."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from commonweal.authority import Authority
from commonweal.imprint import Imprint
from commonweal.instruments.incident_reports.concerning import Names
from commonweal.instruments.incident_reports.going_out import incident_view
from commonweal.instruments.incident_reports.incidents import Incident
from commonweal.instruments.incident_reports.publication import OPEN, Publication
from commonweal.instruments.incident_reports.publishing.pages import publish_view
from commonweal.instruments.incident_reports.reports import left_open
from commonweal.instruments.incident_reports.review import warnings
from commonweal.instruments.incident_reports.searching import public
from commonweal.kernel.disclosure import Marking
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, NotFound, ReplayClock, Text, instant
from commonweal.settings import Settings

from .conftest import START, Office

ONE: dict[str, Any] = {
    "name": "I 1",
    "title": "A drone left its corridor",
    "summary": "It flew over a school.",
    "severity": "serious",
    "category": "serious_incident",
    "harmed_named": ["pupils"],
    "occurred": "2026-02-27",
}


def published(**more: Any) -> dict[str, Any]:
    said = {
        "name": "I 1",
        "incident": "incident:i-1",
        "published_on": "2026-03-02",
        "title": "A drone left its corridor",
    }
    return {**said, **more}


def places(error: pytest.ExceptionInfo[BadInput]) -> set[str]:
    return {fault.where for fault in error.value.faults}


def test_nothing_of_an_incident_is_public_until_it_is_said(office: Office) -> None:
    entry = office.file("incident", **ONE)
    assert set(office.authority.presentation(entry).fields) == {"name", "fictitious"}
    assert public(office.authority.reading(), {}) == []
    with pytest.raises(NotFound):
        incident_view(office.authority.reading(), {"incident": "i-1"})
    office.file("publication", **published(severity="serious", withheld={"harmed_named": "personal"}))
    page = incident_view(office.authority.reading(), {"incident": "i-1"})
    assert "pupils" not in str(page), "what was left out is not there to be found"
    assert page["one"]["withheld"] == [("Who was harmed, as named", "protects people")]


def test_an_outcome_that_was_left_open_is_not_published_as_not_known(office: Office) -> None:
    """That nobody knows whether there was harm is a finding; that nobody said is none, and must not be cited as one."""
    office.file("incident", **ONE)
    office.file("publication", **published())
    office.file("incident", **{**ONE, "name": "I 2"})
    office.file("publication", **published(name="I 2", incident="incident:i-2", outcome="unknown"))
    told = {row["incident"]: row for row in public(office.authority.reading(), {})}
    assert ("outcome" in told["incident:i-1"], told["incident:i-2"]["outcome"]) == (False, "unknown")
    pages = [incident_view(office.authority.reading(), {"incident": one}) for one in ("i-1", "i-2")]
    assert [dict(page["one"]["facts"]).get("Outcome") for page in pages] == [None, "Not known"]
    with pytest.raises(BadInput) as refused:
        office.file(
            "publication",
            **published(
                name="I 2", incident="incident:i-2", outcome="unknown", withheld={"outcome": "court"}, correction="-"
            ),
        )
    assert places(refused) == {"withheld.outcome"}, "what is said not to be known is said"


def test_what_the_first_version_called_unknown_may_have_been_left_open_and_is_read_so() -> None:
    """It recorded `unknown` where nothing was said, and showed it nowhere; what it told apart stays."""
    first = {"outcome": "unknown", "safeguards": [{"safeguard": "A filter", "worked": "unknown"}], "title": "T"}
    assert left_open(first) == {"safeguards": [{"safeguard": "A filter"}], "title": "T"}
    said = {"outcome": "avoided", "safeguards": [{"safeguard": "A filter", "worked": "failed"}]}
    assert left_open(said) == said
    assert left_open({"title": "opened in part"}) == {"title": "opened in part"}


def test_every_field_that_may_go_out_is_public_in_a_publication_and_no_other() -> None:
    from commonweal.instruments.incident_reports.publication import PUBLISHED, SHARES

    assert set(PUBLISHED.public_fields()) == set(Publication.model_fields)
    green = {name for name in SHARES.schema.model_fields if SHARES.marking(name) is Marking.GREEN}
    assert green == {*OPEN, "withheld", "hidden", "correction", "withdrawn_for"}


def test_a_correction_leaves_what_it_corrects_in_sight(office: Office) -> None:
    office.file("incident", **ONE)
    office.file("publication", **published(severity="critical"))
    office.at("2026-03-03T09:00:00Z")
    office.file("publication", **published(severity="serious", correction="Nobody died."))
    page = incident_view(office.authority.reading(), {"incident": "i-1"})
    newest, first = page["one"]["versions"]
    assert newest["correction"] == "Nobody died."
    ((field, before, after),) = newest["changes"]
    assert field == "Severity"
    assert before.startswith("Critical")
    assert after.startswith("Serious")
    assert first["changes"] == []
    office.file("publication", **published(status="withdrawn", correction="It was an exercise."))
    assert public(office.authority.reading(), {}) == []
    page = incident_view(office.authority.reading(), {"incident": "i-1"})
    assert page["one"]["gone"]
    assert [one["version"] for one in page["one"]["versions"]] == [3, 2, 1]


def test_a_publication_that_contradicts_itself_or_its_incident_is_refused(office: Office) -> None:
    office.file("incident", **ONE)
    with pytest.raises(BadInput) as refused:
        office.file(
            "publication",
            **published(name="I 2", severity="serious", withheld={"severity": "court", "colour": "court"}),
        )
    assert places(refused) == {"name", "withheld.severity", "withheld.colour"}


def test_an_embargo_is_kept_and_moved(office: Office) -> None:
    office.file("incident", **ONE)
    office.file("embargo", incident="incident:i-1", until="2026-03-10", reasons="The developer mends it first.")
    with pytest.raises(BadInput) as refused:
        office.file("publication", **published())
    assert places(refused) == {"published_on"}
    office.file("embargo", incident="incident:i-1", until="2026-03-02", reasons="It is mended.")
    office.file("publication", **published())
    assert len(public(office.authority.reading(), {})) == 1


def test_an_embargo_ends_with_the_midnight_of_the_office_and_not_on_the_evening_before(
    tmp_path: Path,
) -> None:
    """On 2 March at 19:30 in New York it is the 3rd in UTC; the newspapers were promised the 3rd."""
    clock = ReplayClock(instant(START))
    imprint = Imprint(jurisdictions=("US-NY",), time_zone="America/New_York")
    settings = Settings(Text(en="Test", zh="测试"), "ny.example/log", clock.now(), replay=True, imprint=imprint)
    with Authority.create(tmp_path / "ny", settings, clock=clock) as authority:
        office = Office(authority, clock)
        office.file("incident", **ONE)
        office.at("2026-03-03T00:30:00Z")
        with pytest.raises(BadInput) as refused:
            office.file("embargo", incident="incident:i-1", until="2026-03-01", reasons="That day is over here.")
        assert places(refused) == {"until"}
        office.file("embargo", incident="incident:i-1", until="2026-03-03", reasons="The press was promised the 3rd.")
        for day in ("2026-03-02", "2026-03-03"):
            with pytest.raises(BadInput) as refused:
                office.file("publication", **published(published_on=day))
            assert {fault.code for fault in refused.value.faults} >= {"embargo"}
        proposed = publish_view(office.reading(), {"incident": "i-1", "to": "public"})["day"]
        assert proposed == "2026-03-02", "the day that it is here"
        office.at("2026-03-03T05:00:00Z")
        office.file("publication", **published(published_on="2026-03-03"))


def test_an_embargo_neither_ends_before_it_begins_nor_holds_what_is_public(office: Office) -> None:
    office.file("incident", **ONE)
    with pytest.raises(BadInput) as refused:
        office.file("embargo", incident="incident:i-1", until="2026-03-01", reasons="Too late.")
    assert places(refused) == {"until"}
    office.file("publication", **published())
    with pytest.raises(BadInput) as refused:
        office.file("embargo", incident="incident:i-1", until="2026-03-10", reasons="Too late.")
    assert places(refused) == {"incident"}


def test_a_later_version_says_why_and_only_a_withdrawal_for_what_reason(office: Office) -> None:
    office.file("incident", **ONE)
    with pytest.raises(BadInput) as refused:
        office.file("publication", **published(withdrawn_for="personal"))
    assert places(refused) == {"withdrawn_for"}
    office.file("publication", **published())
    with pytest.raises(BadInput) as refused:
        office.file("publication", **published(severity="serious", correction=""))
    assert places(refused) == {"correction"}


@pytest.mark.parametrize(("why", "shown"), [("personal", False), ("investigation", True), (None, True)])
def test_what_is_withdrawn_to_protect_somebody_is_no_longer_shown(office: Office, why: str | None, shown: bool) -> None:
    office.file("incident", **ONE)
    office.file("publication", **published(harmed_named=["Jean Petit"], summary="Jean Petit fell."))
    office.file("publication", **published(summary="He fell.", harmed_named=["J. P."], correction="Names: Jean Petit."))
    gone = {"withdrawn_for": why} if why else {}
    office.file("publication", **published(status="withdrawn", title="I 1", correction="It went too far.", **gone))
    page = str(incident_view(office.authority.reading(), {"incident": "i-1"}))
    assert ("Jean Petit" in page) == shown
    assert "It went too far." in page
    assert "'version': 2" in page, "that there was a version stays in sight"


def test_what_is_kept_back_now_is_not_shown_of_earlier_versions(office: Office) -> None:
    office.file("incident", **ONE)
    office.file("publication", **published(harmed_named=["Jean Petit"], severity="minor"))
    now = {"withheld": {"harmed_named": "personal"}, "severity": "serious", "correction": "The name goes."}
    office.file("publication", **published(**now))
    page = incident_view(office.authority.reading(), {"incident": "i-1"})["one"]
    assert "Jean Petit" not in str(page)
    assert {change[0] for change in page["versions"][0]["changes"]} == {"Who was harmed, as named", "Severity"}


def test_search_finds_words_of_both_languages_and_forgets_what_is_gone(office: Office) -> None:
    for name, title, zh in (
        ("I 1", "A drone left its corridor", "无人机偏离航线"),
        ("I 2", "Loan refused", "贷款被拒"),
    ):
        office.file("incident", name=name, title=title)
        incident = f"incident:{name.lower().replace(' ', '-')}"
        office.file("publication", **published(name=name, incident=incident, title=title, title_zh=zh))

    def found(words: str) -> list[str]:
        return [one["name"] for one in public(office.authority.reading(), {"q": words})]

    assert found("drones corridor") == ["I 1"]
    assert found("贷款") == ["I 2"]
    assert found("zebra") == []
    assert (found("i 2"), found("机")) == (["I 2"], ["I 1"]), "by its reference, and by one character"
    office.file("publication", **published(status="withdrawn", correction="Made in error."))
    assert found("drones corridor") == []


def test_a_search_finds_all_that_have_the_word_and_a_filter_takes_from_all_of_them(office: Office) -> None:
    """Whoever counts what is public cites it: of 302 that told of deepfakes the first hundred were found, and of a year
    those among the hundred."""
    for number in range(120):
        name, day = f"N {number}", f"202{number % 2}-02-01"
        office.file("incident", name=name, title="Deepfake", occurred=day)
        incident = f"incident:n-{number}"
        office.file("publication", **published(name=name, incident=incident, title="Deepfake", occurred=day))
    reading = office.authority.reading()
    assert len(public(reading, {"q": "deepfake"})) == 120
    assert len(public(reading, {"q": "deepfake", "year": "2020"})) == 60


KNOWN_AS = ("Ostara Labs", "Müller KI", "Société Générale d'IA", "示例智能实验室")


@pytest.mark.parametrize(
    ("proposed", "field", "risk"),
    [
        ({"summary": "Write to jane.doe@example.org."}, "summary", "contact"),
        ({"summary": "Call +41 44 668 18 00 after six."}, "summary", "contact"),
        ({"summary": "Paid to DE89 3704 0044 0532 0130 00."}, "summary", "number"),
        ({"summary": "A woman of 84 was told by the assistant to take two tablets."}, "summary", "copied"),
        ({"summary": "一位老人被助手要求服用两片药物"}, "summary", "copied"),
        ({"title": "What Ostara Labs told us"}, "title", "reporter_named"),
        ({"title": "So did MULLER KI."}, "title", "reporter_named"),
        ({"summary": "Societe generale d’IA told us."}, "summary", "reporter_named"),
        ({"summary_zh": "示例智能实验室报告剂量加倍。"}, "summary_zh", "reporter_named"),
        ({"affected_max": 1}, "affected_max", "one_person"),
        ({"affected_max": 3, "occurred": "2026-02-27"}, "occurred", "exact_day"),
        ({"deaths": 1, "occurred": "2026-02-27"}, "occurred", "exact_day"),
        ({"deaths": 1}, "deaths", "one_person"),
        ({"harmed_named": ["Jean Petit, patient"]}, "harmed_named", "person"),
        ({"harmed_named": ["王小明"]}, "harmed_named", "person"),
        ({"summary": "The nurse told Mrs Sample to wait."}, "summary", "person"),
        ({"summary_zh": "护士让李某等候。"}, "summary_zh", "person"),
    ],
)
def test_what_could_give_somebody_away_is_pointed_out(proposed: dict[str, Any], field: str, risk: str) -> None:
    reports = [
        {"what_happened": "My mother, a woman of 84, was told by the assistant to take two tablets."},
        {"what_happened": "上周一位老人被助手要求服用两片药物，随后住院。"},
    ]
    assert (field, risk) in {(one.field, one.risk) for one in warnings(proposed, reports, reporters=KNOWN_AS)}


def test_an_organisation_that_reported_is_known_by_every_name_it_has_on_the_register(office: Office) -> None:
    """Its identifier alone was looked for: of a Chinese name that is a number, and of others it has the legal form."""
    for name, bare in (("Müller KI GmbH", "müller ki"), ("示例智能实验室有限公司", "示例智能实验室")):
        filed = office.authority.act(Act("model_registration.organisation", {"name": name}, ""))
        office.authority.follow()
        subject = office.authority.entry(filed.index).subject or ""
        known = Names(office.authority.reader).known_as(subject)
        assert {name, bare} <= set(known)


def test_an_ordinary_publication_is_not_warned_of() -> None:
    said = {
        "title": "A drone left its corridor",
        "summary": "In 2026 about 1,200 flights were stopped.",
        "occurred": "2026-02-27",
        "affected_max": 5000,
        "deaths": 0,
        "harmed_named": ["the passengers of a flight", "pupils"],
        "sources": ["https://example.org/2026/02/27/1234567890"],
    }
    assert warnings(said, [{"what_happened": "Something else entirely happened elsewhere on another day."}]) == []


def test_a_source_is_where_others_can_read_it() -> None:
    """What a browser would run was published as a source."""
    for said in ("javascript:alert(1)", " Data:text/html,x", "file:///etc/passwd"):
        with pytest.raises(ValidationError, match="where others can read it"):
            Incident(name="I 1", title="A fall", sources=(said,))
    kept = ("https://example.org/a", "Reuters: A drone fell", "doi:10.1000/1")
    assert Incident(name="I 1", title="A fall", sources=kept).sources == kept


def test_nothing_was_published_before_it_happened(office: Office) -> None:
    """The day is public as that of the publication, and a journalist cites it."""
    office.file("incident", name="I 1", title="A fall", occurred="2026-02-20")
    with pytest.raises(BadInput, match="not before it happened"):
        office.file("publication", **published(published_on="2019-01-01"))
    office.file("publication", **published(published_on="2026-02-20"))
