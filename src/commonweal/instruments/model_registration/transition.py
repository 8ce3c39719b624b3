"""The day of a duty whose law gives those already there more time, while nobody has said whether they were."""

from __future__ import annotations

from datetime import date

from babel import Locale
from babel.dates import format_date

from commonweal.kernel import obligations
from commonweal.kernel.instrument import Reading, Row, Text

_EITHER = Text(
    en="if {fact} is before {before}: {due}; otherwise: {otherwise}",
    zh="若{fact}早于{before}：{due}；否则：{otherwise}",
)
_LOCALES = {"en": Locale.parse("en_GB"), "zh": Locale.parse("zh_Hans_CN")}


def missing(row: Row, rule: obligations.Rule) -> list[str]:
    """The facts that leave a duty or its day open."""
    clause = obligations.open_clause(row, rule)
    return list(dict.fromkeys([*row["missing"], *([clause.fact] if clause else [])]))


def either_day(reading: Reading, row: Row, law: obligations.Law, rule: obligations.Rule) -> str:
    """Both days on which a duty could fall due, in a sentence; "" where only one can hold, or none is set."""
    clause = obligations.open_clause(row, rule)
    if clause is None or not row["last_day"]:
        return ""
    named = law.facts[clause.fact].title.in_(reading.language)
    days = {"before": clause.before, "due": clause.due, "otherwise": date.fromisoformat(row["last_day"])}
    locale = _LOCALES[reading.language]
    said = {name: format_date(day, format="long", locale=locale) for name, day in days.items()}
    return _EITHER.in_(reading.language).format(fact=named, **said)
