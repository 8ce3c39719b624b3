"""`weal safety-net`: packages of help over fifty years of figures, before anybody enacts them; and into force.

Only `adopt` writes to a record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from commonweal.authority import Authority
from commonweal.instruments import rule_file
from commonweal.instruments.adaptive_safety_net import claims as claims_of
from commonweal.instruments.adaptive_safety_net import (
    crossings,
    delivered,
    exposing,
    packages,
    replay_charts,
    replaying,
    sweeping,
)
from commonweal.instruments.adaptive_safety_net.laus import area_name
from commonweal.instruments.adaptive_safety_net.words import WORDS
from commonweal.kernel.values import BadInput, Fault

from .drawing import check_plot, draw
from .filing import FILE_BYTES_MAX, read_bytes
from .out import as_json, bar, err, out, table

AREAS_SHOWN = 12
NOT_KNOWN = str(WORDS["unknown"])
Changes = Annotated[tuple[str, ...], Parameter(name="--set", negative="")]
Over = Annotated[tuple[str, ...], Parameter(name="--over", negative="")]
_TOLD = (
    ("months_on", "months on"),
    ("months_unknown", "not known"),
    ("activations", "times on"),
    ("false_starts", "false starts"),
    ("missed_months", "missed months"),
    ("reached", "recessions reached"),
    ("delay_months", "delay, months"),
    ("steepest_fall", "steepest fall"),
    ("expired", "expired"),
    ("people", "people paid, most in a month"),
    ("person_months", "person-months, m"),
    ("cost", "cost, $ bn (low to high)"),
    ("at_most", "at most"),
)
_SWEPT = ("false_starts", "missed_months", "months_on", "months_unknown", "activations")
_HEADS = {**dict(_TOLD), "months_unknown": "months not known"}


def add_to(app: App) -> App:
    group = App(
        name="safety-net", help="Packages of help: what they are, and what they would have done over fifty years."
    )
    for command in (show, check, adopt, measure, exposure, replay, sweep, compare, plot):
        group.command(command)
    app.command(group)
    return group


def show(name: str = "", /, *, json: bool = False) -> None:
    """The packages and designs that come with this; with a name, one of them whole, with its sources.

    Args:
        name: A package or a design.
        json: Answer in JSON, for programs.
    """
    if not name:
        _show_all(json)
        return
    package = packages.shipped().get(name)
    if package is None:
        design = packages.design_named(name)
        rows = [_package_row(one) for one in design.packages]
        as_json({"design": design.id, "packages": rows}) if json else _packages(str(design.title), design.packages)
        return
    if json:
        as_json({**package.data.model_dump(mode="json", by_alias=True), "trigger": package.trigger_text})
        return
    _show_package(package)


def _show_all(json: bool) -> None:
    found, designs = list(packages.shipped().values()), packages.designs()
    if json:
        rows = [_package_row(one) for one in found]
        named = {name: [one.name for one in design.packages] for name, design in designs.items()}
        as_json({"packages": rows, "designs": named})
        return
    _packages("Packages", found)
    rows_ = [(name, str(one.title), ", ".join(part.name for part in one.packages)) for name, one in designs.items()]
    table("Designs", ("name", "what", "packages"), rows_)


def _package_row(package: packages.Package) -> dict[str, Any]:
    data = package.data
    return {
        "name": package.name,
        "title": dict(data.title.text()),
        "whose": data.whose,
        "phase_out": data.phase_out.over if data.phase_out else None,
        "longest": data.expiry.longest if data.expiry else None,
        "usd_a_year": data.budget.usd_a_year if data.budget else None,
        "citation": data.citation,
    }


def _packages(title: str, found: Sequence[packages.Package]) -> None:
    rows = [_package_row(one) for one in found]
    cells = [
        (row["name"], row["title"]["en"], row["whose"], row["phase_out"] or "none", row["longest"] or "none",
         f"{row['usd_a_year'] / 1e9:g} bn" if row["usd_a_year"] else "none")
        for row in rows
    ]  # fmt: skip
    table(title, ("name", "what", "whose", "phases out over", "lasts at most", "ceiling a year, $"), cells)


def _show_package(package: packages.Package) -> None:
    data = package.data
    out(f"{data.id} {data.version}: {data.title.en}")
    out(data.text.en)
    out(f"Source: {data.citation}")
    out(f"        {data.url}")
    out(f"Switched on by: {package.rule.title}. {package.rule.text}")
    for name, why in data.lacks.items():
        out(f"No {name.replace('_', ' ')}: {why.en}")
    if data.expiry:
        out(f"Lasts {data.expiry.longest} at most. To begin again: {data.expiry.renewal.en}")
    low, central, high = data.pays.amounts()
    out(f"Amount: {central:,.2f} dollars of {data.pays.prices} ({low:,.2f} to {high:,.2f}). {data.pays.basis.en}")
    out("What a sweep can vary: " + ", ".join(package.parameters()))


def check(folder: Path, /) -> None:
    """Check a package of your own: a folder with package.toml and trigger.toml. Every fault is named at once.

    Args:
        folder: The folder of the package.
    """
    found = packages.package_at(folder)
    out(f"{found.data.id} {found.data.version}: good.")
    _show_package(found)


def adopt(folder: Path, name: str, /) -> None:
    """Put a package in force: its trigger, then its text. It pays nobody before a decision opens it for a crossing.

    Args:
        folder: The authority's folder.
        name: A package that comes with this (weal safety-net show), or the folder of one of your own.
    """
    place = packages.PACKAGES / name if name in packages.shipped() else Path(name)
    package = packages.package_at(place)
    if package.data.unit is None:
        want = "a package whose text says in [claims] who may claim, or in [aid] what a government is paid"
        raise BadInput(Fault(packages.FILE, "no table [claims] or [aid]", want, "no_terms"), name)
    with Authority.open(folder) as authority:
        for text in packages.texts_of(place.name, place.parent):
            found = rule_file(text)
            receipt = authority.adopt(found)
            out(f"{found.rule_id} {found.version}: entry {receipt.index}.")
        authority.follow()
        _tell_what_comes_next(authority, package)


def _tell_what_comes_next(authority: Authority, package: packages.Package) -> None:
    """It pays nobody yet: for which crossings that can be decided, and where."""
    found = crossings.open_to_a_decision(authority.reader, authority.reading().today, package.data.id)
    named = ", ".join(f"{area_name(one.area, 'en')} {one.month}" for one in found[:AREAS_SHOWN])
    more = f" and {len(found) - AREAS_SHOWN} more" if len(found) > AREAS_SHOWN else ""
    if found:
        out(f"It pays nobody before an officer opens it for a crossing. Open to a decision: {named}{more}.")
    else:
        out("It pays nobody before an officer opens it for a crossing, and none is open to a decision now: its trigger "
            "has to come on first, with figures of a day on which it is law.")  # fmt: skip
    out(
        "An officer decides at /safety-net/crossings (weal serve), or by `weal file DIR adaptive_safety_net.programme`."
    )


def measure(*, claims: Path | None = None, json: bool = False) -> None:
    """How the existing programme delivers, by state: take-up and surge of unemployment insurance from weekly claims.

    Args:
        claims: Weekly state claims as Opportunity Insights publishes them (CSV); without it, the table that ships.
        json: Answer in JSON, for programs.
    """
    rows: Sequence[Mapping[str, Any]] = delivered.shipped()
    said = f"{delivered.source()['citation']}. {delivered.source()['url']}"
    if claims is not None:
        rows, said = delivered.made(read_bytes(str(claims), FILE_BYTES_MAX), claims.name), claims.name
    if json:
        as_json({"areas": list(rows), "source": said, "note": dict(claims_of.NOT_KNOWN)})
        return
    cells = [
        (area_name(row["area"], "en"), _share(row["take_up"]), _share(row["take_up_newest"]),
         row["take_up_month"] or "–", f"{row['initial_usual']:,}", f"{row['initial_peak'] or 0:,}",
         row["initial_peak_week"] or "–", row["surge"] or "–", row["surge_newest"] or "–",
         row["initial_newest_week"] or "–")
        for row in rows
    ]  # fmt: skip
    heads = (
        "area",
        "take-up",
        "newest",
        "month",
        "usual week",
        "highest week",
        "ending",
        "times the usual",
        "newest week, times",
        "ending",
    )
    table("Unemployment insurance: who draws it among the unemployed, and how far claims rose", heads, cells)
    out(f"Source: {said}")
    out(claims_of.NOT_KNOWN["en"])


def exposure(*, employment: Path, scores: Path, json: bool = False) -> None:
    """How exposed each area's work is to language models, as a range with its reasons. It switches nothing on.

    Args:
        employment: Occupational employment and wages (OEWS) as CSV: the nation's, or areas'.
        scores: Exposure by occupation (the table of GPTs are GPTs) as CSV.
        json: Answer in JSON, for programs.
    """
    said = exposing.read_scores(read_bytes(str(scores), FILE_BYTES_MAX), scores.name)
    rows = exposing.of_areas(read_bytes(str(employment), FILE_BYTES_MAX), employment.name, said)
    if json:
        as_json(rows)
        return
    cells = [
        (row["title"], _places(row["central"]), _between(row["low"], row["high"]),
         _between(row["low_with_unscored"], row["high_with_unscored"]),
         _places(row["covered"], ".1%"), row["withheld"], _places(row["sampling_error"], ".5f"))
        for row in sorted(rows, key=lambda row: -1.0 if row["central"] is None else row["central"], reverse=True)
    ]  # fmt: skip
    heads = ("area", "exposure", "by reading and rater", "with what has no score or is withheld",
             "employment with scores", "occupations withheld", "sampling error")  # fmt: skip
    table("Share of work that language models could speed up", heads, cells)
    out("An exposure says what could be sped up, not what is lost: a package that it alone would switch on is refused.")


def replay(
    design: str = "reform", /, *, set_: Changes = (), claims: Path | None = None, json: bool = False,
    plot: Path | None = None,
) -> None:  # fmt: skip
    """What a design would have done from 1976 on: people paid, cost, times on, false starts, missed months.

    Args:
        design: The name of a shipped design, or a design's file (.toml).
        set_: Change a parameter, e.g. wage_insurance.pays.cap_usd=12000. May be repeated.
        claims: Weekly state claims (CSV), for triggers on insured rates.
        json: Answer in JSON, for programs.
        plot: Draw cost by year into this file (.svg or .png).
    """
    check_plot(plot)
    found = replaying.report(packages.design_named(design, set_), _history(claims))
    if plot is not None:
        chart = replay_charts.by_year(found)
        draw({**chart.spec, "title": chart.title}, plot)
        err(f"Drawn into {plot}.")
    as_json(found) if json else _told(found)


def sweep(
    design: str = "reform", /, *, over: Over = (), set_: Changes = (), claims: Path | None = None,
    keep: Path | None = None, json: bool = False, plot: Path | None = None,
) -> None:  # fmt: skip
    """A design with other values of one parameter, or of two together.

    Args:
        design: The name of a shipped design, or a design's file (.toml).
        over: A parameter and its values, e.g. fast_cash.trigger.let.line=0.3..0.7/0.05. Once or twice.
        set_: Change another parameter first, e.g. wage_insurance.pays.cap_usd=12000. May be repeated.
        claims: Weekly state claims (CSV), for triggers on insured rates.
        keep: Keep what is done in this file; stopped, the same command goes on from there.
        json: Answer in JSON, for programs.
        plot: Draw it into this file (.svg or .png).
    """
    check_plot(plot)
    with bar("Trying") as done:
        rows = sweeping.sweep(packages.design_named(design, set_), over, _history(claims), keep, done)
    if plot is not None:
        chart = replay_charts.swept(rows)
        draw({**chart.spec, "title": chart.title}, plot)
        err(f"Drawn into {plot}.")
    if json:
        as_json(rows)
        return
    named = [key for key in rows[0] if key.rpartition(".")[2] in _SWEPT]
    heads = (*map(_parted, rows[0]["point"]), "all: cost, $ bn", "low", "high", "of it varied", *map(_headed, named))
    cells = [
        (*row["point"].values(), *(f"{row['cost_usd'][name] / 1e9:,.1f}" for name in ("central", "low", "high")),
         f"{row['cost_usd_swept'] / 1e9:,.1f}" if sweeping.known(row) else NOT_KNOWN,
         *(_swept(row, key) for key in named))
        for row in rows
    ]  # fmt: skip
    varied = " and ".join(sorted({path.partition(".")[0] for path in rows[0]["point"]}))
    table(f"{len(rows)} points of {design}", heads, cells)
    out(f"Costs are of the whole design. Of {varied} alone: “of it varied”, months, times on, false starts, misses.")
    out("Help that comes on later can cost more, not less: it meets more people without work.")


def _parted(path: str) -> str:
    """The path of a parameter as a heading that is broken between its parts, and nowhere else."""
    return path.replace(".", " ").replace("_", " ")


def _headed(key: str) -> str:
    package, _, name = key.rpartition(".")
    return f"{package.replace('_', ' ')} {_HEADS[name]}".strip()


def _swept(row: Mapping[str, Any], key: str) -> str:
    package, _, name = key.rpartition(".")
    own = {told.removeprefix(f"{package}."): value for told, value in row.items()}
    if not own["known"] and name != "months_unknown":
        return NOT_KNOWN
    return replaying.counts_of(own).get(name) or _cell(row[key])


def compare(
    one: str, other: str, /, *, set_: Changes = (), claims: Path | None = None, json: bool = False,
    plot: Path | None = None,
) -> None:  # fmt: skip
    """Two designs side by side.

    Args:
        one: The name of a shipped design, or a design's file (.toml).
        other: The design beside it; it may be the same one, changed with --set.
        set_: Change a parameter of the second design. May be repeated.
        claims: Weekly state claims (CSV), for triggers on insured rates.
        json: Answer in JSON, for programs.
        plot: Draw both into this file (.svg or .png).
    """
    check_plot(plot)
    past = _history(claims)
    both = [
        replaying.report(packages.design_named(one), past),
        replaying.report(packages.design_named(other, set_), past),
    ]
    if plot is not None:
        chart = replay_charts.compared(both)
        draw({**chart.spec, "title": chart.title}, plot)
        err(f"Drawn into {plot}.")
    if json:
        as_json(both)
        return
    for report in both:
        _told(report, notes=report is both[-1])
    difference = {name: both[1]["cost_usd"][name] - both[0]["cost_usd"][name] for name in replaying.ESTIMATES}
    out(f"The second costs {difference['central'] / 1e9:+,.1f} billion dollars against the first (central estimates).")


def plot(design: str, file: Path, /, *, set_: Changes = (), claims: Path | None = None) -> None:
    """Draw what a design would have cost, year by year, with the recessions behind it.

    Args:
        design: The name of a shipped design, or a design's file (.toml).
        file: Where to (.svg or .png).
        set_: Change a parameter. May be repeated.
        claims: Weekly state claims (CSV), for triggers on insured rates.
    """
    check_plot(file)
    chart = replay_charts.by_year(replaying.report(packages.design_named(design, set_), _history(claims)))
    draw({**chart.spec, "title": chart.title}, file)
    out(f"Drawn into {file}.")


def _history(claims: Path | None) -> replaying.History:
    past = replaying.history()
    if claims is None:
        return past
    rates = claims_of.insured_rates(claims_of.read(read_bytes(str(claims), FILE_BYTES_MAX), claims.name))
    newest = past.months[-1]
    inside: list[tuple[str, str, date, float]] = [row for row in rates if row[2] <= newest]
    if not inside:
        seen = f"{len(rates)} months with thirteen weeks"
        want = f"some of them up to {newest:%Y-%m}, where the figures of unemployment end"
        raise BadInput(Fault(claims.name, seen, want, "empty"), "claims")
    return past.with_series(inside)


def _told(report: Mapping[str, Any], notes: bool = True) -> None:
    out(f"{report['design']}: {report['title']['en']}, {report['from']} to {report['to']}, {report['areas']} areas.")
    rows = [[one["package"], *(_figure(one, name) for name, _ in _TOLD)] for one in report["packages"]]
    table("", ("package", *(heading for _, heading in _TOLD)), rows)
    cost = report["cost_usd"]
    low, central, high = (f"{cost[name] / 1e9:,.1f}" for name in replaying.ESTIMATES)
    most = f"{report['cost_usd_at_most'] / 1e9:,.1f}"
    out(f"Together {central} billion dollars ({low} to {high}); {most} at most, were every month that is not known on.")
    dear = sorted(report["by_area"], key=lambda row: -row["cost_usd"])[:AREAS_SHOWN]
    named = ", ".join(f"{area_name(row['area'], 'en')} {row['cost_usd'] / 1e9:,.1f}" for row in dear)
    out(f"Most of it went to: {named} (billions; --json gives all areas and years).")
    if notes:
        out(f"{report['benchmark']['title']['en']}. {report['benchmark']['text']['en']}")
        for note in report["notes"]:
            out(note["en"])


def _figure(row: Mapping[str, Any], name: str) -> str:
    if name == "at_most":
        return f"{row['cost_usd_at_most'] / 1e9:,.1f}"
    if not row["known"]:
        return _cell(row[name]) if name == "months_unknown" else NOT_KNOWN
    if name == "cost":
        cost = row["cost_usd"]
        return f"{cost['central'] / 1e9:,.1f} ({cost['low'] / 1e9:,.1f} to {cost['high'] / 1e9:,.1f})"
    if name in ("people", "person_months"):
        return replaying.people_of(row)[name] or "–"
    counts = replaying.counts_of(row)
    if name in counts:
        return counts[name]
    return f"{row[name]:.0%}" if name == "steepest_fall" else _cell(row[name])


def _cell(value: Any) -> str:
    return "–" if value is None else f"{value:,}" if isinstance(value, int) else f"{value:g}"


def _places(value: float | None, places: str = ".3f") -> str:
    return NOT_KNOWN if value is None else format(value, places)


def _between(low: float | None, high: float | None) -> str:
    return NOT_KNOWN if low is None or high is None else f"{low:.3f} to {high:.3f}"


def _share(value: float | None) -> str:
    return NOT_KNOWN if value is None else f"{value:.0%}"
