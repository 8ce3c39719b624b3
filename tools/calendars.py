"""Holds the legal calendars against the `holidays` library, or brings their days up to date with it.

`python tools/calendars.py` names every day in which a text and the library differ, beyond the departures that are
stated here. `--write` puts the library's days into the texts whose days it makes (`MADE`): a person reads the changes,
gives the text a new version, and an authority puts it in force like any law. So no date that was reckoned ever moves
because a library was upgraded: the days are data in the record, and the library is asked only here and in the tests.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import holidays

from commonweal.kernel.obligations import Calendar, read_calendar

FOLDER = Path(__file__).resolve().parent.parent / "src" / "commonweal" / "law" / "calendars"
Days = Mapping[date, str]


@dataclass(frozen=True)
class Source:
    """Where the days of a calendar come from, and what its text leaves out of them (`less`) or names otherwise."""

    country: str
    subdivision: str | None = None
    less: Callable[[date, str], bool] = lambda day, name: False
    exactly: bool = True
    language: str = "en_US"


def _armistice(day: date, _: str) -> bool:
    """The Commission works on 11 November."""
    return (day.month, day.day) == (11, 11)


def _not_everywhere(day: date, _: str) -> bool:
    """Of the public holidays of the Union's Member States all keep these two alone."""
    return (day.month, day.day) not in {(1, 1), (12, 25)}


SOURCES: Mapping[str, Source] = {
    "cn": Source("CN"),
    "elapsed": Source("US", exactly=False),
    "eu_1182_71": Source("BE", less=_armistice),
    "eu_member_states": Source("BE", less=_not_everywhere),
    "gb_eng": Source("GB", "ENG"),
    "jp": Source("JP"),
    "kr": Source("KR"),
    "sg": Source("SG"),
    "us_ca": Source("US", "CA", exactly=False),
    "us_federal": Source("US"),
    "us_ny": Source("US", "NY", exactly=False),
}
"""`exactly=False`: the text lists no day that the library does not have, and may lack some, as its own words say;
`elapsed` knows none."""
ALSO: Mapping[str, Days] = {
    # Gen. Constr. Law 24 moves a holiday on a Sunday to Monday; the library has Juneteenth 2021 and later so too.
    "us_ny": {date(year, 6, 20): "juneteenth" for year in range(2020, 2036)},
}
MADE = ("gb_eng", "jp", "kr", "sg")
CODES = {"new_years_day": "new_year", "labor_day": "labour_day"}


def path_of(name: str) -> Path:
    return FOLDER / f"{name}.toml"


def listed(name: str) -> Calendar:
    """A calendar as its text has it."""
    return read_calendar(path_of(name).read_text("utf-8"))


def expected(name: str, first: int, last: int) -> dict[date, str]:
    """The library's public holidays on days that are no weekend, as codes, less what the text leaves out."""
    source, found = SOURCES[name], {}
    weekend = listed(name).weekend
    asked = {"subdiv": source.subdivision, "language": source.language, "years": range(first, last + 1)}
    for day, title in sorted(holidays.country_holidays(source.country, **asked).items()):
        within = first <= day.year <= last and day.isoweekday() not in weekend
        if within and not source.less(day, title):
            found[day] = code_of(title)
    return found


def worked(name: str, first: int, last: int) -> set[date]:
    """Weekend days that the library has as worked."""
    asked = {"subdiv": SOURCES[name].subdivision, "years": range(first, last + 1)}
    days = holidays.country_holidays(SOURCES[name].country, **asked).weekend_workdays
    return {day for day in days if first <= day.year <= last}


def code_of(title: str) -> str:
    """A holiday's code: its last name, without what says that it was moved, or is the eve or the day after."""
    name = title.rpartition("; ")[2].replace(" (observed)", "")
    name = re.sub(r"^(Alternative holiday for|The (day preceding|second day of)) ", "", name)
    code = re.sub(r"[^a-z0-9]+", "_", name.lower().replace("'", "")).strip("_")
    return CODES.get(code, code)


def differences(name: str) -> list[str]:
    """Every day in which a text and the library differ, in words."""
    found = listed(name)
    first, last = found.first.year, found.last.year
    theirs = {**expected(name, first, last), **ALSO.get(name, {})}
    said = [f"{name}: {day} ({code}) is not in the library" for day, code in found.days.items() if day not in theirs]
    if SOURCES[name].exactly:
        said += [f"{name}: {day} ({code}) is missing" for day, code in theirs.items() if day not in found.days]
        said += [f"{name}: {day} is worked, or is not" for day in found.open_days ^ worked(name, first, last)]
    return said + [f"{name}: {day} is a weekend" for day in found.days if day.isoweekday() in found.weekend]


def write(name: str) -> None:
    """Put the library's days into a text, in place of those it has."""
    found, path = listed(name), path_of(name)
    text = path.read_text("utf-8")
    days = expected(name, found.first.year, found.last.year)
    if unnamed := sorted(set(days.values()) - set(found.names)):
        sys.exit(f"{path.name} has no name for: {', '.join(unnamed)}")
    head = text[: text.index("[days]\n")]
    path.write_text(head + "[days]\n" + "".join(f'{day} = "{code}"\n' for day, code in days.items()), "utf-8")


def main(arguments: list[str]) -> int:
    """Write what is asked for, then say what differs."""
    if "--write" in arguments:
        for name in [name for name in MADE if name in arguments or len(arguments) == 1]:
            write(name)
    said = [line for name in SOURCES if path_of(name).is_file() for line in differences(name)]
    for line in said:
        print(line)
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
