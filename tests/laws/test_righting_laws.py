"""Every mistake can be put right: each kind of what pays says by which act, or why none takes it back.

The answers are derived from the declared kinds, so that a new kind without one fails here: it has versions, it is
annulled, an act of its own takes it back (`undone_by`), or it says in words what puts it right (`righted`).
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.unit.instruments.portable_benefits.conftest import DRIVER, FUND, MEMBER, SEVERAL, SWIFT, Fund, opened, table

from bank_house import report
from commonweal.acceptance import Caller
from commonweal.doors.portal.refusals import Refusals
from commonweal.instruments import discover
from commonweal.instruments.portable_benefits.banking import BANK
from commonweal.kernel.disclosure import Kind
from commonweal.kernel.record import Act
from commonweal.kernel.registry import ANNULLED
from commonweal.kernel.values import Conflict

PAYING = {name: item.instrument for name, item in discover().items() if item.instrument.money}
CASES = [(name, kind.id) for name, one in sorted(PAYING.items()) for kind in one.kinds]
ADMINISTRATOR = Caller("party:chief", ("authority", "officer"), "authority", "")


def kind_of(name: str, id: str) -> Kind:
    return next(kind for kind in PAYING[name].kinds if kind.id == id)


@pytest.mark.parametrize(("name", "id"), CASES)
def test_every_kind_of_what_pays_says_how_its_mistake_is_put_right(name: str, id: str) -> None:
    kind, there = kind_of(name, id), {one.id: one for one in PAYING[name].kinds}
    ways = [bool(kind.noun), kind.annullable, bool(kind.undone_by), kind.righted is not None]
    assert sum(ways) == 1, "one answer, and no two that contradict each other"
    if kind.undone_by:
        assert there[kind.undone_by].files, "somebody can file what takes it back"
        assert kind.undone_by != id
    if kind.righted is None:
        return
    assert kind.righted["zh"] != kind.righted["en"]
    named = re.findall(rf"{name}\.[a-z_]+", kind.righted["en"])
    assert named == re.findall(rf"{name}\.[a-z_]+", kind.righted["zh"]), "the same in both languages"
    assert set(named) <= set(there), "what is named is there"
    if not kind.files:
        return
    assert all(there[one].files for one in named), "and somebody can file it"


def test_whoever_would_annul_it_is_told_the_answer_in_both_languages(tmp_path: Path) -> None:
    """Each entry of a fund at work: annulled, or refused with what puts it right."""
    with opened(tmp_path / "fund") as fund:
        _at_work(fund)
        righted = [one.righted for one in fund.authority.kinds.values() if one.righted is not None]
        chinese, tried = Refusals("zh", [], righted), set[str]()
        for index in range(fund.authority.store.size()):
            kind = fund.authority.kinds[fund.authority.store.entry(index).kind]
            if kind.id.partition(".")[0] != "portable_benefits" or kind.noun or kind.id in tried:
                continue
            tried.add(kind.id)
            act = Act(ANNULLED.id, {"entry": index, "reason_code": "filed_in_error", "citation": "Art. 1"}, "")
            with pytest.raises(Conflict) as error:
                fund.authority.act(act, ADMINISTRATOR)
            answer = str(error.value).partition("cannot be annulled: ")[2]
            if kind.righted is None:
                assert kind.undone_by in answer
            else:
                assert (answer, chinese.told(answer)) == (kind.righted["en"], kind.righted["zh"])
        assert len(tried) >= 8


def _at_work(fund: Fund) -> None:
    fund.send(table("PB-1,2025-01-01,2025-03-31,USD,5000,0,0"), SWIFT)
    fund.settle()
    out = {"programme": SEVERAL, "member": MEMBER, "pot": "health", "reason": "health"}
    fund.file("taken_out", DRIVER, **out, cents=20_00)
    message = fund.goes_out()
    said = fund.bank_says(report(group="ACSC", message=message))
    ids = [row["id"] for row in fund.reader.select(BANK.sent, {"message": message})]
    told = {"programme": SEVERAL, "file_id": message, "said": said, "payment_ids": ids}
    fund.two("bank_answer_taken_back", **told, words="Another payment (fictitious).")
    fund.file("statement", DRIVER, member=MEMBER)
    fund.file("interest", FUND, about=MEMBER)
