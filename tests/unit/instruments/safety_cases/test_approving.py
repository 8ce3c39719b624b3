"""A version is approved by a quorum through the authorisation envelope, never by who wrote it, and grows stale."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from tests.envelopes import DOCUMENT, policy_text, signer

from case_office import evidence
from commonweal import authorising
from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.instruments import discover, rule_file
from commonweal.instruments.safety_cases import approving, reviewing
from commonweal.instruments.safety_cases.filed import filed_case
from commonweal.instruments.safety_cases.formats import ltac
from commonweal.kernel import authorisations
from commonweal.kernel.record import Act
from commonweal.kernel.values import BadInput, ReplayClock, Text, instant
from commonweal.settings import Settings

LAB, DESK = Caller("party:lab", ("developer",)), Caller("party:desk", ("officer",))
COURT, CRITIC = Caller("party:court", ("developer",)), Caller("party:critic", ("observer",))
OUTLINE = "- Claim Top: Safe\n  - Claim A: It lacks the skill\n    - Evidence E: Log\n"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    clock = ReplayClock(instant("2026-11-01T08:00:00Z"))
    settings = Settings(Text(en="Office", zh="机关"), "office.example/log", clock.now(), replay=True)
    installed = {name: item for name, item in discover().items() if name in ("safety_cases", "model_registration")}
    with Authority.create(
        tmp_path_factory.mktemp("approving") / "o", settings, clock=clock, installed=installed
    ) as found:
        text = policy_text().replace('action = "disclose"', f'action = "{approving.ACTION}"')
        found.adopt(rule_file(text))
        found.follow()
        yield found


def filed(office: Authority, name: str, by: Caller = LAB, **more: Any) -> tuple[str, int]:
    """A new case, or a new version of it: its subject and entry."""
    argument = ltac.read({"c": OUTLINE.encode()}).model_dump(mode="json", exclude_defaults=True)
    body = {"name": name, "system_named": "M", "setting": "Hosted", "claim": "Safe enough", "argument": argument}
    bindings = [{"element": "E", "entry": evidence(office)}]
    receipt = office.act(Act("safety_cases.case", {**body, "bindings": bindings, **more}, ""), by)
    office.follow()
    return f"safety_case:{name.lower().replace(' ', '-')}", receipt.index


def authorised(office: Authority, entry: int, *by: str, action: str = approving.ACTION) -> str:
    """A request about a version, signed by these organisations."""
    body = authorising.drafted(
        office, {entry: ()}, requester=DESK.party, purpose="Deployment of release 2", action=action,
        basis={"code": "court_order", "citation": "Act, section 7", "document_sha256": DOCUMENT},
        expires=office.house().now + timedelta(days=7),
    )  # fmt: skip
    _, text = authorising.request(office, body, DESK)
    lines = [authorisations.sign(text, signer(name)) for name in by]
    if lines:
        authorising.submit(office, authorisations.note_of(text, lines).encode(), DESK)
    return authorisations.request_id(text)


def approve(office: Authority, subject: str, version: int, request: str, *by: str, key: str = "") -> None:
    body = {"case": subject, "version": version, "request_sha256": request, "approved_by": list(by)}
    office.act(Act("safety_cases.approved", body, key, subject=subject), DESK)
    office.follow()


def codes(office: Authority, *given: Any) -> set[str]:
    with pytest.raises(BadInput) as caught:
        approve(office, *given, key="once more")
    return {one.code for one in caught.value.faults}


def why(office: Authority, subject: str) -> list[set[str]]:
    case = filed_case(office.reader, subject)
    assert case is not None
    found = approving.approvals(office.reader, case, office.house().now.date())
    return [{one.why for one in approval.why} for approval in found]


def test_two_of_three_approve_one_version_once_and_a_change_makes_it_stale(office: Authority) -> None:
    subject, first = filed(office, "Release 1")
    alone = authorised(office, first, "court")
    assert codes(office, subject, first, alone, "court") == {"not_granted"}
    request = authorised(office, first, "court", "ministry")
    assert codes(office, subject, first, request, "court", "ombudsman") == {"signers"}
    approve(office, subject, first, request, "court", "ministry")
    assert why(office, subject) == [set()]
    assert codes(office, subject, first, request, "court", "ministry") == {"used"}
    _, second = filed(office, "Release 1", bindings=[{"element": "E", "entry": evidence(office, "Other")}])
    assert why(office, subject) == [{"changed"}], "other evidence under the same words is another version"
    again = authorised(office, first, "court", "ministry")
    assert codes(office, subject, first, again, "court", "ministry") == {"changed"}
    approve(office, subject, second, authorised(office, second, "court", "ministry"), "court", "ministry")
    assert why(office, subject) == [set(), {"changed"}]


def test_a_statement_after_the_approval_makes_it_stale_and_one_before_must_be_weighed(office: Authority) -> None:
    subject, entry = filed(office, "Release 3")
    request = authorised(office, entry, "court", "ministry")
    approve(office, subject, entry, request, "court", "ministry")
    said = office.act(Act("safety_cases.said", {"case": subject, "element": "A", "text": "No"}, "", subject), CRITIC)
    office.follow()
    assert why(office, subject) == [{"changed", "undecided"}]
    later = authorised(office, entry, "court", "ministry")
    assert codes(office, subject, entry, later, "court", "ministry") == {"state", "unweighed"}
    verdict = {"case": subject, "statement": said.index, "verdict": "turned_away", "reasons": "It does not bear on it"}
    office.act(Act("safety_cases.weighed", verdict, "", subject), DESK)
    office.follow()
    approve(office, subject, entry, later, "court", "ministry")


def test_no_author_is_among_those_who_approve(office: Authority) -> None:
    """An organisation of the policy that filed a version approves its own case by signing."""
    subject, entry = filed(office, "Release 4", by=COURT)
    request = authorised(office, entry, "court", "ministry")
    assert codes(office, subject, entry, request, "court", "ministry") == {"author"}
    subject, entry = filed(office, "Release 5", by=DESK)
    request = authorised(office, entry, "court", "ministry")
    assert codes(office, subject, entry, request, "court", "ministry") == {"author"}, "nor does an author record it"


def test_the_developer_of_the_system_is_not_among_those_who_approve(office: Authority) -> None:
    """One party registers the models and files the cases; the organisation whose model it is would sign."""
    registers = Caller("party:dev", ("developer",))
    for kind, body in (
        ("organisation", {"name": "Court", "source": "invented"}),
        ("organisation", {"name": "Elsewhere", "source": "invented"}),
        ("model", {"name": "Four", "organisation": "organisation:court", "source": "invented"}),
        ("model", {"name": "Five", "organisation": "organisation:elsewhere", "source": "invented"}),
    ):
        office.act(Act(f"model_registration.{kind}", body, ""), registers)
        office.follow()
    subject, entry = filed(office, "Release 8", registers, system="model:four")
    request = authorised(office, entry, "court", "ministry")
    assert codes(office, subject, entry, request, "court", "ministry") == {"developer"}
    _, entry = filed(office, "Release 8", registers)
    request = authorised(office, entry, "court", "ministry")
    assert codes(office, subject, entry, request, "court", "ministry") == {"developer"}, "a version before named it"
    subject, entry = filed(office, "Release 9", registers, system="model:five")
    approve(office, subject, entry, authorised(office, entry, "court", "ministry"), "court", "ministry")
    assert why(office, subject) == [set()]
    office.access.issue_key("party:ministry", ("observer",), ("file",), organisation="organisation:elsewhere")
    request = authorised(office, entry, "court", "ministry")
    assert codes(office, subject, entry, request, "court", "ministry") == {"developer"}, "it speaks for the developer"


def test_nobody_argues_for_the_model_of_another(office: Authority) -> None:
    """A rival filed a case of another's model and let it fall: the public read that the model's case was defeated."""
    dev, rival = Caller("party:owner", ("developer",)), Caller("party:rival", ("developer",))
    organisation = {"name": "Aurora", "source": "invented"}
    office.act(Act("model_registration.organisation", organisation, ""), dev)
    office.follow()
    model = {"name": "Aurora Two", "organisation": "organisation:aurora", "source": "invented"}
    office.act(Act("model_registration.model", model, ""), dev)
    office.follow()
    about = {"system": "model:aurora-two", "system_named": None}
    for by in (rival, COURT):
        with pytest.raises(BadInput) as caught:
            filed(office, "Release 20", by, **about)
        assert [(one.where, one.code) for one in caught.value.faults] == [("system", "not_yours")]
    with pytest.raises(BadInput):
        filed(office, "Release 20", rival, **about, said_by="developer")
    for name, by in (("Release 21", dev), ("Release 22", DESK)):
        subject, _ = filed(office, name, by, **about)
        assert filed_case(office.reader, subject) is not None


def test_who_has_a_model_does_not_take_up_the_case_of_another_about_no_model(office: Authority) -> None:
    """What began as somebody's word alone may be taken up by who speaks for what it is about: here nobody does."""
    subject, entry = filed(office, "Release 24")
    owner = Caller("party:another", ("developer",))
    office.act(Act("model_registration.model", {"name": "Six", "source": "invented"}, ""), owner)
    office.follow()
    with pytest.raises(BadInput) as caught:
        filed(office, "Release 24", owner, system="model:six", system_named=None)
    assert [(one.where, one.code) for one in caught.value.faults] == [("name", "not_yours")]
    case = filed_case(office.reader, subject)
    assert case is not None
    assert case.entry == entry


def test_expired_evidence_makes_an_approval_stale_and_none_is_given_on_it(office: Authority) -> None:
    bound = [{"element": "E", "entry": evidence(office), "expires": "2026-11-20"}]
    subject, entry = filed(office, "Release 6", bindings=bound, review_by="2027-01-01")
    approve(office, subject, entry, authorised(office, entry, "court", "ministry"), "court", "ministry")
    case = filed_case(office.reader, subject)
    assert case is not None
    later = instant("2027-01-02T08:00:00Z").date()
    [approval] = approving.approvals(office.reader, case, later)
    assert {one.why for one in approval.why} == {"review_due", "defeated", "evidence"}


def test_a_reviewer_reads_the_argument_until_the_day_is_over_and_answers_once(office: Authority) -> None:
    subject, entry = filed(office, "Release 7")
    asked = {"case": subject, "reviewer": CRITIC.party, "until": "2026-11-10"}
    for wrong in ({"reviewer": LAB.party}, {"until": "2026-10-31"}):
        with pytest.raises(BadInput):
            office.act(Act("safety_cases.assigned", {**asked, **wrong}, "", subject), DESK)
    index = office.act(Act("safety_cases.assigned", asked, "", subject), DESK).index
    office.follow()

    def reads(at: str) -> bool:
        return "argument" in reviewing.opened_to(office.reader, CRITIC.party, entry, instant(at), lambda *_: ())

    assert reads("2026-11-10T20:00:00Z")
    assert not reads("2026-11-11T08:00:00Z")
    remark = {"case": subject, "review": index, "text": "Sound as far as it goes"}
    with pytest.raises(BadInput):
        office.act(Act("safety_cases.remarked", remark, "", subject), LAB)
    office.act(Act("safety_cases.remarked", remark, "", subject), CRITIC)
    office.follow()
    with pytest.raises(BadInput):
        office.act(Act("safety_cases.remarked", remark, "x", subject), CRITIC)
    office.act(Act("safety_cases.assigned", {**asked, "withdrawn": True}, "", subject), DESK)
    office.follow()
    assert not reads("2026-11-02T20:00:00Z")
