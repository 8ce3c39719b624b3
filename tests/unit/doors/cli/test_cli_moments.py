"""An option that takes a date, a day or an instant says so under its own name when it is given something else."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cyclopts import App

from commonweal.doors.cli import main
from commonweal.doors.cli.main import USAGE, app

OF_WHEN = re.compile(r"\b(date|day) or instant|(an|this) instant|this day", re.IGNORECASE)
ARGUMENT = re.compile(r"^        (\w+): (.*(?:\n {12}.*)*)", re.MULTILINE)


def commands(of: App, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Callable[..., Any]]]:
    """Every command with its function."""
    for name in of:
        if name.startswith("-"):
            continue
        inner = of[name]
        if inner.default_command is not None:
            yield (*words, name), inner.default_command
        yield from commands(inner, (*words, name))


def days() -> list[tuple[tuple[str, ...], str]]:
    """Each option of a command that is a day of the calendar."""
    return [
        (words, name)
        for words, function in commands(app)
        for name, one in inspect.signature(function).parameters.items()
        if str(one.annotation) == "Day"
    ]


def options_of_when() -> list[tuple[tuple[str, ...], str]]:
    """Each option of a command that is text and whose help speaks of a date, a day or an instant."""
    found = []
    for words, function in commands(app):
        said = dict(ARGUMENT.findall(function.__doc__ or ""))
        for name, one in inspect.signature(function).parameters.items():
            text = str(one.annotation) in ("str", "str | None") and one.kind is inspect.Parameter.KEYWORD_ONLY
            if "Moment" in str(one.annotation) or (text and OF_WHEN.search(said.get(name, ""))):
                found.append((words, name))
    return found


def line(words: tuple[str, ...], option: str, value: str) -> list[str]:
    """A command line with everything that the command must have, and the option."""
    function = dict(commands(app))[words]
    given: list[str] = list(words)
    for name, one in inspect.signature(function).parameters.items():
        if one.default is not inspect.Parameter.empty or name == option:
            continue
        plain = (
            "1"
            if "int" in str(one.annotation)
            else "2026-01-01"
            if re.search("Moment|Day", str(one.annotation))
            else "x"
        )
        given += [plain] if one.kind is inspect.Parameter.POSITIONAL_ONLY else [f"--{name.replace('_', '-')}", plain]
    return [*given, named(option), value]


def named(option: str) -> str:
    return f"--{option.strip('_').replace('_', '-')}"


@pytest.mark.parametrize(("words", "option"), options_of_when(), ids=str)
def test_what_is_no_date_is_refused_under_the_name_of_its_option(
    words: tuple[str, ...], option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(line(words, option, "nextweek")) == USAGE
    said = capsys.readouterr().err
    assert named(option) in said
    assert "nextweek" in said
    assert "2026-11-22T09:30:00Z" in said


@pytest.mark.parametrize(("words", "option"), days(), ids=str)
@pytest.mark.parametrize("value", ["nextweek", "2026-02-30", "2026-11-22T09:30:00Z"])
def test_what_is_no_day_is_refused_under_the_name_of_its_option(
    words: tuple[str, ...], option: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(line(words, option, value)) == USAGE
    assert f'"{value}" for {named(option)}. Wanted: a day like 2026-11-22' in capsys.readouterr().err


def test_what_is_no_length_of_time_is_refused_under_the_name_of_its_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["exercise", "step", "DIR", "--by", "soon"]) == USAGE
    assert '"soon" for --by. Wanted: a length of time like PT6H' in capsys.readouterr().err


def test_there_are_such_options() -> None:
    assert len(options_of_when()) >= 20
    assert len(days()) >= 4


@pytest.mark.parametrize("value", ["2026-13-01", "2026-01-01T10:00", "99999-01-01", "1-1-2026"])
def test_a_date_that_there_is_not_and_an_instant_without_a_zone_are_refused(
    value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["person", "leave", "DIR", "party:a", "--on", value]) == USAGE
    assert f'"{value}" for --on' in capsys.readouterr().err
