"""The largest training of an organisation is looked up, not worked out anew; and it is what working out would give."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.instruments.model_registration import estimates
from commonweal.instruments.model_registration.facts import _largest_of_all, organisation_facts
from commonweal.instruments.model_registration.largest import Largest, largest
from commonweal.kernel.values import instant

from .conftest import House

COMPUTE = (Path(estimates.__file__).parent / "rules" / "compute.toml").read_text("utf-8")
ORGANISATIONS = ("organisation:a", "organisation:b")


class Counting:
    """How often tables are looked at."""

    def __init__(self, tables: Any) -> None:
        self._tables, self.looks = tables, 0

    def __getattr__(self, name: str) -> Any:
        if name in {"get", "select", "count"}:
            self.looks += 1
        return getattr(self._tables, name)


def house_with(models: int) -> House:
    house = House()
    house.adopt_laws()
    house.file("organisation", "organisation:a", "2024-01-01", name="A")
    for number in range(models):
        figure = {"compute_flop": 1e24 + number, "compute_confidence": "likely"}
        house.file("model", f"model:{number}", "2024-02-01", name="M", organisation="organisation:a", **figure)
    return house


def looks_for_the_next(models: int) -> tuple[int, int]:
    """Looks at tables: for following one more model, and for the organisation's facts afterwards."""
    house = house_with(models)
    counting = Counting(house.tables)
    house.tables = counting  # type: ignore[assignment]
    figure = {"compute_flop": 1e25, "compute_confidence": "likely"}
    house.file("model", "model:next", "2024-03-01", name="N", organisation="organisation:a", **figure)
    following = counting.looks
    fact = organisation_facts("organisation:a", counting, house.now)["largest_compute_flop"]  # type: ignore[arg-type]
    assert fact.source == "model:next"
    return following, counting.looks - following


def test_following_a_model_looks_as_often_whether_its_developer_has_two_or_forty() -> None:
    """It was quadratic: each filing estimated all models of its organisation again."""
    assert looks_for_the_next(2) == looks_for_the_next(40)


_subjects = st.sampled_from(["model:p", "model:q", "model:r", "training_run:s"])
_filings = st.tuples(
    _subjects,
    st.sampled_from([*ORGANISATIONS, None]),
    st.sampled_from([None, 1e23, 2e25, 2e25, 4e26]),
    st.sampled_from([None, "model:p", "model:q"]),
)


@settings(max_examples=60)
@given(st.lists(_filings | st.just("parameters"), max_size=8))
def test_what_is_kept_is_what_looking_at_all_would_give(filings: list[Any]) -> None:
    """Whatever is filed, amended, moved to another organisation, derived from what changes, or estimated anew."""
    house = House()
    for number, filing in enumerate(filings):
        at = f"2024-02-{number + 1:02d}"
        if filing == "parameters":
            house.adopt(estimates.PARAMETERS_ID, f"{COMPUTE}\n# {number}", at, room="", version=str(number))
        else:
            file(house, filing, at)
        for organisation in ORGANISATIONS:
            use = estimates.parameters(house.tables, instant(at))
            kept = largest(house.tables, organisation, instant(at), use)
            assert kept == _largest_of_all(house.tables, organisation, instant(at), use)


def file(house: House, filing: tuple[str, str | None, float | None, str | None], at: str) -> None:
    subject, organisation, flop, base = filing
    if subject.startswith("model:"):
        figure = {"compute_flop": flop, "compute_confidence": "likely"} if flop else {"training_tokens": 1e12}
        more = {"base_model": base, "parameters": 1e9} if base not in (None, subject) else {}
        house.file("model", subject, at, name="M", organisation=organisation, **figure, **more)
    else:
        expected = {"expected_total_flop": flop} if flop else {}
        house.file("training_run", subject, at, name="R", status="planned", organisation=organisation or "", **expected)


def test_an_instant_in_the_past_and_other_parameters_are_worked_out(house: House) -> None:
    figure = {"compute_flop": 1e24, "compute_confidence": "likely"}
    house.file("model", "model:m", "2024-02-01", name="M", organisation="organisation:a", **figure)
    use = estimates.parameters(house.tables)
    assert largest(house.tables, "organisation:a", house.now, use) == Largest("model:m", 0)
    assert largest(house.tables, "organisation:a", instant("2024-01-31"), use) is None
    other = estimates.Parameters(use.version, use.data, "another text")
    assert largest(house.tables, "organisation:a", house.now, other) is None
