"""Epoch's table as published: what it must give, and what becomes of files that are not it."""

from __future__ import annotations

import csv
import io

import pytest

from commonweal.instruments.model_registration import INSTRUMENT, epoch
from commonweal.instruments.model_registration.facts import model_facts
from commonweal.instruments.model_registration.lineage import parents
from commonweal.kernel.disclosure import validate
from commonweal.kernel.values import BadInput, instant, is_subject

KINDS = {kind.id: kind for kind in INSTRUMENT.kinds}
HEAD = ["Model", "Organization", "Publication date", "Training compute (FLOP)", "Confidence"]


def table(*rows: dict[str, str], head=HEAD, encoding="utf-8") -> bytes:
    out = io.StringIO()
    columns = list(dict.fromkeys([*head, *(name for row in rows for name in row)]))
    writer = csv.DictWriter(out, columns)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode(encoding)


def row(name="M", **more: str) -> dict[str, str]:
    return {"Model": name, "Organization": "O", "Publication date": "2024-01-01", **more}


def models(imported):
    return {act.subject: act.body for act in imported.acts if act.kind == "model_registration.model"}


@pytest.fixture(scope="module")
def whole(shared_data):
    return epoch.read((shared_data / "epoch/notable_ai_models_2026-01-26.csv").read_bytes(), "epoch.csv")


def test_the_whole_table(whole):
    """source: the project's issue 2: 976 rows, 515 with compute, 20 of them at 1e25 or more, 3 at 1e26."""
    found = models(whole)
    flop = [body["compute_flop"] for body in found.values() if "compute_flop" in body]
    assert len(found) == 976
    assert len(flop) == 515
    assert sum(value >= 1e25 for value in flop) == 20
    assert sum(value >= 1e26 for value in flop) == 3


def test_every_act_is_one_that_can_be_filed_in_this_order(whole):
    known: set[str] = set()
    for act in whole.acts:
        assert is_subject(act.subject)
        body = validate(KINDS[act.kind], act.body)
        refs = [body.get("organisation"), *epoch.registered(body), *body.get("developed_with", ())]
        assert {ref for ref in refs if ref} <= known, act.subject
        known.add(act.subject)


def test_its_bad_cells_are_named_by_row_and_column(whole):
    """source: three rows of that release hold two numbers in one cell."""
    bad = [remark for remark in whole.remarks if "Training dataset size (gradients)" in remark]
    assert len(bad) == 3
    assert all(remark.startswith("row ") and "," in remark for remark in bad)


def test_no_note_or_abstract_is_carried_over(whole, shared_data):
    """Their sentences are theirs: only facts are taken."""
    with (shared_data / "epoch/notable_ai_models_2026-01-26.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    prose = {row[name].strip() for row in rows for name in row if name == "Abstract" or "notes" in name}
    prose = {text for text in prose if len(text) > 60}
    assert len(prose) > 1000
    said = {value for body in models(whole).values() for value in body.values() if isinstance(value, str)}
    assert not said & prose


def test_active_parameters_are_read_from_the_notes(whole):
    """source: the developers' announcements: DeepSeek-V3 37B of 671B, Kimi K2 32B of 1T."""
    found = models(whole)
    assert found["model:deepseek-v3"]["parameters_active"] == 3.7e10
    assert found["model:kimi-k2"]["parameters_active"] == 3.2e10
    assert found["model:llama-3.1-405b"].get("architecture") is None


def test_importing_twice_gives_the_same_acts(shared_data, whole):
    again = epoch.read((shared_data / "epoch/notable_ai_models_2026-01-26.csv").read_bytes())
    assert again == whole


def test_names_are_trimmed_and_told_apart_by_their_signs():
    found = models(epoch.read(table(row("Net\n"), row("Net+"), row("Net++"))))
    assert {subject: body["name"] for subject, body in found.items()} == {
        "model:net": "Net",
        "model:net-plus": "Net+",
        "model:net-plus-plus": "Net++",
    }


def test_rows_of_one_name_are_told_apart_by_date_whatever_their_order():
    first, second = row("Twin"), row("Twin", **{"Publication date": "2025-06-01"})
    one, other = epoch.read(table(first, second)), epoch.read(table(second, first))
    assert set(models(one)) == {"model:twin", "model:twin-2025-06-01"}
    assert models(one) == models(other)
    assert any("occurs 2 times" in remark for remark in one.remarks)


def test_even_equal_rows_stay_two():
    assert len(models(epoch.read(table(row("Same"), row("Same"))))) == 2


def test_an_unknown_column_is_remarked_on_not_fatal():
    found = epoch.read(table(row(**{"Vibes": "good"})))
    assert any("Vibes" in remark for remark in found.remarks)
    assert len(models(found)) == 1


def test_a_column_by_its_name_of_another_release():
    data = table(
        {
            "System": "M",
            "Organization": "O",
            "Publication date": "2024-01-01",
            "Confidence": "",
            "Training compute (FLOP)": "",
        },
        head=["System"],
    )
    assert set(models(epoch.read(data))) == {"model:m"}


def test_missing_columns_are_all_named():
    with pytest.raises(BadInput) as error:
        epoch.read(b"Model,Price\nM,3\n")
    assert len(error.value.faults) == 4
    assert {fault.code for fault in error.value.faults} == {"missing_column"}


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1", "gb18030"])
def test_a_wrong_encoding_says_so(encoding):
    with pytest.raises(BadInput) as error:
        epoch.read(table(row("Modèle 文心"[: 6 if encoding == "latin-1" else None]), encoding=encoding))
    assert error.value.faults[0].code == "encoding"
    assert "UTF-8" in error.value.faults[0].want


@pytest.mark.parametrize("data", [b"", b"\n", ",".join(HEAD).encode(), b'Model,"Org\n', b"\x00" * 10])
def test_what_is_no_table_is_refused(data):
    with pytest.raises(BadInput):
        epoch.read(data)


def test_rows_without_a_name_refuse_the_file_and_are_all_named():
    with pytest.raises(BadInput) as error:
        epoch.read(table(row(""), row("M"), row(" \n ")))
    assert [fault.where for fault in error.value.faults] == ["row 2, column Model", "row 4, column Model"]


FAULTY = [
    ("Training compute (FLOP)", "-3", "compute_flop"),
    ("Training compute (FLOP)", "nan", "compute_flop"),
    ("Training compute (FLOP)", "1e400", "compute_flop"),
    ("Training compute (FLOP)", "1e40", "compute_flop"),
    ("Training compute (FLOP)", "5e-324", "compute_flop"),
    ("Training compute (FLOP)", "lots", "compute_flop"),
    ("Publication date", "2024-02-30", "publication_date"),
    ("Publication date", "0206-01-01", "publication_date"),
    ("Parameters", "12,000", "parameters"),
    ("Training dataset size (gradients)", "1,000,000", "training_tokens"),
]


@pytest.mark.parametrize(("column", "value", "field"), FAULTY)
def test_a_faulty_cell_stops_the_import_and_is_named(column, value, field):
    with pytest.raises(BadInput) as error:
        epoch.read(table(row(**{column: value, "Confidence": "Likely", "Domain": "Language"})))
    assert [fault.where for fault in error.value.faults] == [f"row 2, column {column}"]
    assert "Input should" not in str(error.value)


@pytest.mark.parametrize(("column", "value", "field"), FAULTY)
def test_read_leniently_a_faulty_cell_is_left_out_and_named(column, value, field):
    found = epoch.read_leniently(table(row(**{column: value, "Confidence": "Likely", "Domain": "Language"})))
    assert field not in models(found)["model:m"]
    assert any(remark.startswith(f"row 2, column {column}") for remark in found.remarks)


@pytest.mark.parametrize("read", [epoch.read, epoch.read_leniently])
def test_faults_of_rows_and_of_cells_are_named_together_in_the_order_of_the_rows(read):
    """Whoever mends a file sees everything at once; a row without a name is refused leniently too."""
    data = table(
        row("A", Parameters="abc"),
        row("", Parameters="-5"),
        row("N" * 300),
        row("B", Organization="O" * 300),
        row("C", **{"Publication date": "2024-02-30"}),
    )
    with pytest.raises(BadInput) as error:
        read(data)
    assert [fault.where for fault in error.value.faults] == [
        "row 2, column Parameters",
        "row 3, column Model",
        "row 3, column Parameters",
        "row 4, column Model",
        "row 5, column Organization",
        "row 6, column Publication date",
    ]


def test_faults_beyond_a_number_are_counted():
    with pytest.raises(BadInput) as error:
        epoch.read(table(*(row(f"M{number}", Parameters="x") for number in range(250))))
    assert len(error.value.faults) == 201
    assert error.value.faults[-1].seen == "50 more faults"


def test_a_word_that_the_register_has_no_name_for_is_only_remarked_on():
    found = epoch.read(table(row(**{"Model accessibility": "by moonlight", "Domain": "Astrology"})))
    assert [remark for remark in found.remarks if remark.startswith("row 2, column Model accessibility")]
    assert [remark for remark in found.remarks if remark.startswith("row 2, column Domain")]


def test_every_act_says_which_row_it_comes_from():
    found = epoch.read(table(row("B", Organization="P"), row("A", Organization="O")))
    rows = {act.subject: place for act, place in zip(found.acts, found.places, strict=True)}
    assert rows == {"organisation:o": "row 3", "organisation:p": "row 2", "model:a": "row 3", "model:b": "row 2"}


def test_a_base_model_comes_before_what_is_derived_and_a_circle_is_cut():
    rows = (
        row("Child", **{"Base model": "Base", "Publication date": "2023-01-01"}),
        row("Base", **{"Publication date": "2024-01-01"}),
        row("A", **{"Base model": "B"}),
        row("B", **{"Base model": "A"}),
        row("Self", **{"Base model": "Self"}),
    )
    imported = epoch.read(table(*rows))
    found = models(imported)
    order = list(found)
    assert order.index("model:base") < order.index("model:child")
    assert len(order) == 5
    assert (found["model:a"].get("base_model"), found["model:a"]["base_model_name"]) == (None, "B")
    assert found["model:b"]["base_model"] == "model:a", "one link is cut, the other stays"
    assert any("leads back" in remark for remark in imported.remarks)


def test_a_base_model_that_is_not_in_the_table_stays_a_name():
    body = models(epoch.read(table(row(**{"Base model": "Elsewhere-7B"}))))["model:m"]
    assert body["base_model_name"] == "Elsewhere-7B"
    assert "base_model" not in body


def test_lineage_and_modification_compute_of_the_whole_table(whole):
    """source: Epoch's release of 2026-01-26: 130 rows with a base model, 43 of them with fine-tuning compute, 8 with
    several base models; FunSearch fine-tuned nothing (0), DeepSeek-R1 6.1e23 or 1.83e23 on DeepSeek-V3."""
    found = models(whole)
    derived = {subject: body for subject, body in found.items() if parents(body)}
    assert len(derived) == 130
    assert sum("modification_flop" in body for body in derived.values()) == 43
    assert sum(len(parents(body)) > 1 for body in derived.values()) == 8
    assert not any("modification_flop" in body for subject, body in found.items() if subject not in derived)
    assert found["model:funsearch"]["modification_flop"] == 0.0
    r1 = found["model:deepseek-r1"]
    assert (r1["base_model"], r1["modification_flop"]) == ("model:deepseek-v3", 1.83e23)
    assert r1["modification_confidence"] == "confident"
    nvlm = [item.name or item.model for item in parents(found["model:nvlm-d-72b"])]
    assert nvlm == ["model:qwen2-72b", "InternViT-6B"]


def test_shares_worked_out_from_the_whole_table(whole, house):
    """source: worked from the table: OpenVLA trained 9.66e21 on Llama 2-7B's 8.4e22, 11.5 %, and is another's; EXAONE
    Deep 32B goes on from its own developer's EXAONE 3.5 32B of 1.25e24."""
    wanted = ("model:exaone-3.5-32b", "model:exaone-deep-32b", "model:llama-2-7b", "model:openvla")
    for act in whole.acts:
        if act.kind == "model_registration.organisation" or act.subject in wanted:
            house.follow(act.kind, validate(KINDS[act.kind], act.body), act.subject, "2026-02-01")
    at = instant("2026-02-02")
    vla, deep = (model_facts(subject, house.tables, at) for subject in ("model:openvla", "model:exaone-deep-32b"))
    assert vla["modifies_anothers_model"].value is True
    assert vla["modification_share"].value.point == pytest.approx(0.115, abs=5e-4)
    assert (deep["modifies_anothers_model"].value, deep["continues_own_model"].value) == (False, True)
    assert deep["own_model_compute_flop"].value.point == pytest.approx(1.25e24, rel=0.3)


def test_several_base_models_are_all_kept_and_one_with_a_comma_in_its_name_is_one():
    rows = (
        row("A, B"), row("C"), row("One", **{"Base model": "A, B"}),
        row("Two", **{"Base model": "C,Elsewhere", "Finetune compute (FLOP)": "2e20", "Confidence": "Likely"}),
        row("None", **{"Base model": "C", "Finetune compute (FLOP)": "0.0"}),
    )  # fmt: skip
    found = models(epoch.read(table(*rows)))
    assert found["model:one"]["base_model"] == "model:a-b"
    assert found["model:two"]["derived_from"] == [
        {"model": "model:c", "relation": "unstated"}, {"name": "Elsewhere", "relation": "unstated"}
    ]  # fmt: skip
    assert (found["model:two"]["modification_flop"], found["model:two"]["modification_confidence"]) == (2e20, "likely")
    assert found["model:none"]["modification_flop"] == 0.0
    with pytest.raises(BadInput, match="Finetune compute"):
        epoch.read(table(row("X", **{"Base model": "C", "Finetune compute (FLOP)": "-5"})))


def test_a_count_of_images_is_not_taken_for_tokens():
    size = {"Training dataset size (gradients)": "400000000"}
    found = models(
        epoch.read(table(row("Clip", Domain="Vision,Language", **size), row("Text", Domain="Language", **size)))
    )
    assert "training_tokens" not in found["model:clip"]
    assert found["model:text"]["training_tokens"] == 4e8


def test_organisations_get_the_country_of_their_place():
    rows = [
        row("M", Organization="A,B", **{"Country (of organization)": "France,Germany"}),
        row("N", Organization="C", **{"Country (of organization)": "France,Germany"}),
        row("P", Organization="D,E", **{"Country (of organization)": "France"}),
    ]
    acts = {act.subject: act.body for act in epoch.read(table(*rows)).acts if "organisation:" in act.subject}
    assert acts["organisation:a"]["countries"] == ["FR"]
    assert acts["organisation:b"]["countries"] == ["DE"]
    assert acts["organisation:c"]["countries"] == ["DE", "FR"]
    assert acts["organisation:d"]["countries"] == []
