"""In the demonstration time can be moved on, so that help is open: whoever looks claims it, and follows it to the bank.

Beside the browser's tests for the demonstration that they share, which is made once a run; no browser is needed.
"""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from commonweal import demo
from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.demo import going_on
from commonweal.doors.cli import main
from commonweal.instruments.adaptive_safety_net import banking, programmes
from commonweal.instruments.adaptive_safety_net.control import CONTROL
from commonweal.instruments.adaptive_safety_net.kinds import CLAIM_NOUN
from commonweal.instruments.portable_benefits.kinds import MEMBER_NOUN, PAYER_NOUN
from commonweal.kernel import registry
from commonweal.kernel.record import Act
from commonweal.kernel.values import Text, instant
from commonweal.settings import Settings

NET = "adaptive_safety_net."
ONE, OTHER = (Caller(f"party:{name}", ("officer",)) for name in ("first-desk", "second-desk"))
MARIA = Caller("party:maria", ("reporter",))
CLAIM = {
    "name": "MINE", "programme": going_on.PROGRAMME, "fictitious": True, "person": "Maria (fictitious)",
    "area": "area:us-mi", "lost_on": "2026-01-05", "earned": "4200.00", "paid_to": "021000021/77777",
    "jobs": [{"began": "2026-02-10", "monthly": "3200.00", "weekly_hours": 40, "same_firm": "no"}],
}  # fmt: skip


@pytest.fixture
def place(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "demo"))


def test_a_claim_goes_from_filing_to_the_bank_and_to_an_appeal(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Authority.open(place) as served:  # as `weal serve` holds it while the commands are typed

        def filed(kind: str, caller: Caller, subject: str | None = None, **body: object) -> int:
            index = served.act(Act(NET + kind, body, "", subject), caller).index
            served.follow()
            return index

        assert main(["demo", str(place), "--to", "2026-02-10"]) == 0
        served.follow()
        assert served.reading().today == date(2026, 2, 10), "what is served is where the command brought it"
        filed("support_claim", MARIA, **CLAIM)
        stands = programmes.standing(served.reader, "support_claim:mine")
        assert stands is not None
        assert stands.state == "eligible", "granted at once: figures say that the trigger is on"
        assert main(["demo", str(place), "--to", "2026-03-02"]) == 0
        filed("seconded", OTHER, entry=filed("payment_run", ONE, programme=going_on.PROGRAMME, month="2026-02"))
        assert programmes.paid_before(served.reader, stands.claim) > 0
        file, told = tmp_path / "pay.xml", ["--debtor", "Office (fictitious)", "--account", "DE89370400440532013000"]
        asked = ["account", "bank-file", str(place), going_on.PROGRAMME, str(file)]
        assert main([*asked, *told]) == 0
        served.follow()
        (row,) = CONTROL.rows(served.reader)
        message = str(row["body"]["file_id"])
        assert main([*asked, "--again", message]) == 1
        assert "once a second officer has confirmed it" in capsys.readouterr().err, "it is not there yet, and why"
        filed("seconded", OTHER, entry=row["entry"])
        assert main([*asked, "--again", message]) == 0
        assert "021000021" in file.read_text("utf-8")
        capsys.readouterr()
        assert main(["demo", str(place), "--bank", message]) == 0
        file.write_text(capsys.readouterr().out, "utf-8")
        assert main(["account", "bank-answer", str(place), str(file)]) == 0
        served.follow()
        (paid,) = served.reader.select(programmes.PAYMENT, {"claim": stands.claim})
        assert banking.BANK.stands(served.reader, banking.payment_id(stands, paid["month"]), 0)[0] == "taken"
        filed("appeal", MARIA, stands.claim, claim=stands.claim, words="I worked all of February.")
        asks = {"claim": stands.claim, "outcome": "upheld", "words": "From the 10th on."}
        filed("appeal_decided", OTHER, stands.claim, **asks)
        assert served.verify() == []


def test_time_goes_on_as_far_as_one_asks_and_never_back(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Asked twice it is moved once, and what is made up comes once."""
    assert main(["demo", str(place), "--to", "2026-04-20"]) == 0
    with Authority.open(place) as authority:
        size = authority.store.size()
        assert [one.name for one in programmes.programmes(authority.reader) if one.opens_on.year == 2026] == [
            "WI-MI-2026"
        ]
    capsys.readouterr()
    assert main(["demo", str(place), "--to", "2026-04-20"]) == 1
    assert "time does not go back" in capsys.readouterr().err
    assert main(["demo", str(place), "--to", "2026-04-21"]) == 0
    with Authority.open(place) as authority:
        assert authority.store.size() <= size + 1, "only what time it is"
    assert main(["demo", str(place), "--bank", "net-p1-1"]) == 1


def test_nobody_moves_the_time_of_another_authority(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    start = instant("2026-02-09")
    settings = Settings(Text(en="Office", zh="机关"), "office.example/log", start, replay=True)
    Authority.create(tmp_path / "office", settings).close()
    assert main(["demo", str(tmp_path / "office"), "--to", "2026-03-02"]) == 1
    assert "the folder of one that `weal demo` made" in capsys.readouterr().err


def test_everybody_whom_the_command_names_is_there(folder: Path) -> None:
    """A member, a payer and who claimed are parties on record: with a key of theirs one sees what they see."""
    with Authority.open(folder) as authority:
        nouns = (MEMBER_NOUN, PAYER_NOUN, CLAIM_NOUN)
        filers = {row["author"] for noun in nouns for row in registry.subjects(authority.reader, noun)}
    named = [one.party for one in demo.people()]
    assert len(set(named)) == len(named)
    assert len(filers & set(named)) == 3
