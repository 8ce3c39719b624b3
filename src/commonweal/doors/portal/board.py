"""The live board: everything that is not as it should be, the most urgent first, with since when and what comes next.

Every question to the tables goes by an index and takes at most `SHOWN_MAX` rows of a kind, so the board is as quick
with a hundred thousand duties as with ten; how many there are in all is counted and said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starlette.responses import Response

from commonweal.authority import Authority
from commonweal.authority.condition import CLOCK
from commonweal.kernel import obligations, registry, thresholds
from commonweal.kernel.instrument import Column, Filter, Listing, Reading, Row
from commonweal.kernel.obligations.adoption import law_of
from commonweal.kernel.obligations.evaluation import day_text
from commonweal.kernel.obligations.kinds import PUBLIC_DUTY
from commonweal.kernel.protocols.projections import CASE, playbook_of
from commonweal.kernel.values import BadInput, Fault, instant, shown, slug, stamp

from . import cases, listings, matters
from .cells import N_
from .fields import office_words
from .formats import Formats
from .listings import Place
from .site import Site, View, Voice
from .spans import PAST_FIGURES, duration_words, shown_period, span_words, time_left

PATH = "/board"
SHOWN_MAX = 300
WITHIN_DAYS = 30
WITHIN = (7, 30, 90, 365)
REFRESH_SECONDS = (30, 60, 300)
LIVE_SECONDS = 20
ALIKE_MAX, ALIKE_APART = 2, 3
KINDS = {
    "record": N_("The record"),
    "witness": N_("Witness"),
    "duty": N_("Duty"),
    "case": N_("Case"),
    "threshold": N_("Threshold"),
    "series": N_("Series silent or out of date"),
}
SEVERAL = {
    "record": N_("The record"),
    "witness": N_("Witnesses"),
    "duty": N_("Duties"),
    "case": N_("Cases"),
    "threshold": N_("Thresholds"),
    "series": N_("Series silent or out of date"),
}
URGENCIES = {"now": N_("now"), "soon": N_("soon"), "watch": N_("watch")}
_SET_IN = {
    "": N_("Overdue, unless it is filed by then."),
    "deemed_approved": N_("Deemed approved, unless it is decided by then."),
    "deemed_refused": N_("Deemed refused, unless it is decided by then."),
}
"""What sets in where a last day passes and nothing is filed, by what the authority's silence is deemed to say."""
_RANK = {urgency: rank for rank, urgency in enumerate(URGENCIES)}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the board looks for: the reading, how far ahead, and what its rows must be about ("" for all)."""

    site: Site
    reading: Reading
    until: datetime
    about: str

    def say(self, message: str, **values: Any) -> str:
        """A message as plain text, for files as well as for pages, which escape it themselves."""
        return self.site.voice(self.reading.language).words.say(message, **values).unescape()

    @property
    def formats(self) -> Formats:
        return self.site.voice(self.reading.language).formats

    def named(self, subject: str) -> str:
        return self.site.voice(self.reading.language).subjects.name(subject)

    def searches(self, *columns: str) -> list[dict[str, Any]]:
        """What to ask a table for in its columns of identifiers, so that it searches and not we: `[{}]` for all."""
        part = self.about if ":" in self.about else slug(self.about)
        return [{column: ("contains", part)} for column in columns] if self.about else [{}]

    def shows(self, *identifiers: str | None) -> bool:
        """Whether a row about these is wanted."""
        if not self.about:
            return True
        return any(
            self.about in one.casefold() or self.about in self.named(one).casefold() for one in identifiers if one
        )


@dataclass(frozen=True, slots=True)
class Found:
    """The rows of one kind, of how many there are in all; `of` how many the rows are of, where some stand together."""

    rows: list[Row]
    total: int
    of: int


Source = Callable[[Asked], Found]


def listing(site: Site) -> Listing:
    """The board as a list: the same rows as page, CSV and JSON."""

    def choices(pairs: Mapping[str, str]) -> Callable[[Reading], list[tuple[str, str]]]:
        return lambda reading: [(code, site.message(words).in_(reading.language)) for code, words in pairs.items()]

    def spans(reading: Reading) -> list[tuple[str, str]]:
        count_of = site.voice(reading.language).words.count
        return [(str(days), str(count_of("%(num)s day", "%(num)s days", days))) for days in WITHIN]

    return Listing(
        id="board",
        title=site.message("Board"),
        summary=site.message(
            "Everything that is not as it should be, the most urgent first: since when, by when, and what happens next."
        ),
        columns=(
            Column("what", site.message("What")),
            Column("kind", site.message("Kind")),
            Column("about", site.message("About"), "link"),
            Column("party", site.message("Who must act"), "link"),
            Column("state", site.message("State"), "state"),
            Column("urgency", site.message("Urgency"), "state"),
            Column("since", site.message("Since"), "date"),
            Column("lasting", site.message("For")),
            Column("by", site.message("By"), "date"),
            Column("next", site.message("What happens next")),
        ),
        filters=(
            Filter("kind", site.message("Kind"), choices(KINDS)),
            Filter("urgency", site.message("Urgency"), choices(URGENCIES)),
            Filter("within", site.message("Due within"), spans),
            Filter("about", site.message("About or owed by")),
        ),
        rows=lambda reading, query: rows_of(site, reading, query),
    )


def place(site: Site) -> Place:
    return Place(listing(site), PATH)


def found(site: Site, reading: Reading, query: Mapping[str, str]) -> dict[str, Found]:
    """What each source says, by kind."""
    ahead = reading.now + timedelta(days=_days(query.get("within", "")))
    asked = Asked(site, reading, ahead, query.get("about", "").casefold())
    wanted = query.get("kind", "")
    return {kind: source(asked) for kind, source in SOURCES.items() if wanted in ("", kind)}


def _days(asked: str) -> int:
    """How many days ahead is looked. Raises `BadInput` where it is none of those that can be chosen."""
    if not asked:
        return WITHIN_DAYS
    if asked not in map(str, WITHIN):
        allowed = ", ".join(map(str, WITHIN))
        raise BadInput(Fault("within", shown(asked), f"a number of days among {allowed}", "choice"), "board")
    return int(asked)


def rows_of(site: Site, reading: Reading, query: Mapping[str, str]) -> list[Row]:
    """Every row shown, the most urgent first; of two alike, what is due first, then what has lasted longest."""
    urgency = query.get("urgency", "")
    rows = [row for one in found(site, reading, query).values() for row in one.rows]
    rows = [row for row in rows if urgency in ("", row["urgency"])]
    return sorted(rows, key=_order)


def _order(row: Row) -> tuple[int, str, str, str]:
    return _RANK[row["urgency"]], row["by"] or "9999", row["since"] or "9999", str(row["what"])


# ── pages ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def page(view: View, site: Site) -> Response:
    """The board. `refresh` (seconds) has a browser without scripts load it anew."""
    query = _query(view)
    refresh = view.asked("refresh")
    kinds = found(site, view.reading, {name: value for name, value in query.items() if name in ("within", "about")})
    values = {
        "counts_shown": [
            (
                view.voice.formats.number(one.total),
                view.say((KINDS if one.total == 1 else SEVERAL)[kind]),
                view.href(f"{PATH}?kind={kind}"),
            )
            for kind, one in kinds.items()
            if one.total
        ],
        "more": _more(view, kinds, query),
        "refresh": refresh if refresh in map(str, REFRESH_SECONDS) else "",
        "refreshes": [(seconds, span_words(view.voice, timedelta(seconds=seconds))) for seconds in REFRESH_SECONDS],
        "live": view.href(f"{PATH}/rows"),
        "live_seconds": LIVE_SECONDS,
        "kinds": {kind: view.say(words) for kind, words in KINDS.items()},
    }
    own = Place(listing(site), PATH)
    return listings.page(view, own, "portal/board.html", leave_out=("refresh",), **values)


def fragment(view: View, site: Site) -> Response:
    """The rows alone, for the script that keeps the page up to date: 304 while nothing has changed."""
    kinds = {kind: view.say(words) for kind, words in KINDS.items()}
    response = listings.page(view, place(site), "portal/board_rows.html", leave_out=("refresh",), kinds=kinds)
    response.headers["Cache-Control"] = "private, no-cache"
    return listings.unchanged(view, response)


def _query(view: View) -> dict[str, str]:
    left_out = ("refresh", "sort", "page")
    return {name: value for name, value in view.request.query_params.items() if name not in left_out and value}


def _more(view: View, kinds: Mapping[str, Found], query: Mapping[str, str]) -> list[tuple[str, str]]:
    """Where the rest is, of kinds of which there is more than is shown."""
    lists = {"duty": "/duties?state=open", "case": "/cases?state=open", "threshold": "/thresholds"}
    numbers = view.voice.formats.number
    return [
        (
            str(
                view.say(
                    "%(kind)s: the %(shown)s most urgent of %(total)s are shown.",
                    kind=view.say(KINDS[kind]),
                    shown=numbers(one.of),
                    total=numbers(one.total),
                )
            ),
            view.href(lists.get(kind, PATH)),
        )
        for kind, one in kinds.items()
        if one.total > one.of and query.get("kind", kind) == kind
    ]


def pressing(view: View, site: Site, count: int) -> tuple[list[Row], int]:
    """The first rows of the board, few of those alike, and how many it has in all: for the first page."""
    kinds = found(site, view.reading, {"within": str(WITHIN[0])})
    rows: list[Row] = []
    alike: Counter[str] = Counter()
    for row in sorted((row for one in kinds.values() for row in one.rows), key=_order):
        alike[row["what"]] += 1
        if alike[row["what"]] <= ALIKE_MAX:
            rows.append(row)
    return rows[:count], sum(one.total for one in kinds.values())


def _row(asked: Asked, kind: str, what: str, *, state: str, urgency: str, href: str, **more: Any) -> Row:
    """One row; `since` and `by` are days or instants as text."""
    since, by = more.get("since"), more.get("by")
    voice = asked.site.voice(asked.reading.language)
    return {
        "what": what,
        "kind": kind,
        "about": more.get("about"),
        "party": more.get("party") or None,
        "state": state,
        "urgency": urgency,
        "since": since,
        "lasting": _lasting(voice, asked, since) if since else None,
        "by": by,
        "left": _left(voice, asked, by) if by else None,
        "next": more.get("next") or None,
        "href": href,
    }


def _lasting(voice: Voice, asked: Asked, since: str) -> str:
    """For how long something is so; of what is known by the day, in days: nobody knows of hours."""
    if len(since) > len("2026-11-29"):
        return span_words(voice, asked.reading.now - instant(since))
    days = (asked.reading.now.date() - instant(since).date()).days
    if days < 1:
        return str(voice.words.say("since today"))
    return duration_words(voice.words, "1d") if days == 1 else span_words(voice, timedelta(days=days))


def _left(voice: Voice, asked: Asked, by: str) -> str:
    """How long there is until an instant, or since; a day lasts to its end."""
    end = instant(by) + (timedelta(days=1) if len(by) == 10 else timedelta(0))
    return time_left(voice, asked.reading.now, end)


# ── sources ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _record(asked: Asked) -> Found:
    """Faults of the record. What exactly is wrong may quote what is not public, so that is for those who run it."""
    rows = []
    for fault in [] if asked.about else asked.site.authority.faults():
        what, following = _fault_words(asked, fault)
        entry = fault["entry"]
        href = f"/record/{entry}" if entry is not None else "/record/witnesses"
        rows.append(_row(asked, "record", what, state="failed", urgency="now", href=href, next=following))
    return Found(rows, len(rows), len(rows))


def _fault_words(asked: Asked, fault: Mapping[str, Any]) -> tuple[str, str]:
    """What a fault of the record is called, and what comes of it."""
    if fault["room"] == CLOCK:
        return (
            asked.say("The newest entry is dated later than the clock says"),
            asked.say(
                "Until the clock says so too, entries are dated no earlier, and what is told as late may not be."
            ),
        )
    following = asked.say("Whoever runs this authority is told by `weal status`; nothing that was recorded is lost.")
    if fault["entry"] is None:
        return asked.say("The record takes no more entries"), following
    where = asked.say("Entry %(index)s", index=fault["entry"])
    return asked.say("%(where)s could not be followed", where=where), following


def _witnesses(asked: Asked) -> Found:
    authority: Authority = asked.site.authority
    rows = []
    for item in authority.witnesses.lines() if authority.witnesses.wanted else ():
        if item.state == "cosigned" and not item.alarm:
            continue
        if asked.shows(item.name):
            rows.append(
                _row(
                    asked, "witness", item.name, state=item.state if not item.alarm else "alarm",
                    urgency="now" if item.alarm else "watch", href="/record/witnesses",
                    since=item.cosigned or None, next=asked.say("It is asked again with every new entry."),
                )
            )  # fmt: skip
    return Found(rows, len(rows), len(rows))


def _duties(asked: Asked) -> Found:
    """Overdue duties, those due soon, and those that would be due soon if a missing fact were so."""
    tables, now, until = asked.reading.tables, stamp(asked.reading.now), stamp(asked.until)
    soon = ("<", until)
    searches: list[tuple[dict[str, Any], str]] = [
        ({"state": "overdue"}, "due"),
        ({"state": "owed", "due": soon}, "due"),
        ({"state": "unknown", "due_if_owed": soon}, "due_if_owed"),
        ({"state": "not_public", "due_if_owed": soon}, "due_if_owed"),
    ]
    rows: list[Row] = []
    total = 0
    for where, column in searches:
        if not asked.about:
            total += tables.count(PUBLIC_DUTY, where)
        for also in asked.searches("subject", "party"):
            rows += tables.select(PUBLIC_DUTY, {**where, **also}, order=(column,), limit=SHOWN_MAX)
    alone = list({(row["rule"], row["subject"]): row for row in rows}.values())
    shown = [_duty(asked, row, now) for row in alone[:SHOWN_MAX]]
    return Found(_together(asked, shown), total or len(alone), len(shown))


def _together(asked: Asked, rows: list[Row]) -> list[Row]:
    """Undecided duties that differ only in whom they are about stand in one row, where there are more than a few."""
    alike: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        decided = row["state"] in ("owed", "overdue")
        key = (str(row["about"]), str(row["href"])) if decided else (str(row["by"]), str(row["next"]))
        alike.setdefault((row["what"], row["state"], *key), []).append(row)
    found: list[Row] = []
    for group in alike.values():
        if len(group) <= ALIKE_APART:
            found += group
            continue
        first = min(group, key=lambda row: row["since"] or "9999")
        count_of = asked.site.voice(asked.reading.language).words.count
        many = str(count_of("%(num)s subject", "%(num)s subjects", len(group)))
        href = f"{first['href'].partition('&')[0]}&state={first['state']}"
        found.append(
            {
                **first,
                "about": None,
                "party": None,
                "href": href,
                "next": asked.say("%(many)s. %(what)s", many=many, what=first["next"]),
            }
        )
    return found


def _duty(asked: Asked, row: Row, now: str) -> Row:
    law = law_of(asked.reading.tables, row["sha256"])
    rule = law.rule(row["rule"], row["rule_version"])
    shown = matters.duty_row(law, row, asked.reading.language)
    late = row["state"] == "overdue"
    decided = row["state"] in ("owed", "overdue")
    if late:
        following = asked.say("It counts as late from now on, until it is filed.")
    elif decided:
        silence = rule.on_silence if rule is not None else ""
        following = asked.say(_SET_IN[silence])
    else:
        past = row["due_if_owed"] is not None and row["due_if_owed"] <= now
        said = N_("Was due then, if it is owed: %(missing)s") if past else N_("Due then, if it is owed: %(missing)s")
        following = asked.say(said, missing=shown["missing"] or "–")
    soon = row["due"] is not None and row["due"] < stamp(asked.reading.now + timedelta(days=7))
    return _row(
        asked, "duty", shown["duty"], about=row["subject"], party=shown["party"], state=row["state"],
        urgency="now" if late else "soon" if decided and soon else "watch",
        since=day_text(row["due"] or now, law.time_zone) if late else row["changed_on"] or row["started_on"],
        by=obligations.ends(row, law),
        href=f"/duties?rule={row['rule']}&about={row['subject']}", next=following,
    )  # fmt: skip


def _cases(asked: Asked) -> Found:
    """Open cases whose deadline passed (until time is read again) or comes soon."""
    tables = asked.reading.tables
    where = {"state": "open", "next_deadline": ("<=", stamp(asked.until))}
    rows: list[Row] = []
    for also in asked.searches("subject"):
        rows += tables.select(CASE, {**where, **also}, order=("next_deadline",), limit=SHOWN_MAX)
    total = len(rows) if asked.about else tables.count(CASE, where)
    return Found([_case(asked, row) for row in rows], total, len(rows))


def _case(asked: Asked, row: Row) -> Row:
    language, now = asked.reading.language, asked.reading.now
    playbook = playbook_of(asked.reading.tables, row)
    first = min(row["steps"], key=lambda one: one["deadline"] or "9999")
    step = playbook.steps[first["step"]]
    deadline = step.extension.deadline
    onward = playbook.steps.get(deadline.escalate_to) if deadline else None
    waits = first["waiting_for"]
    who = asked.say(", ").join(asked.say(office_words(role)) for role in waits.get("roles", ()))
    nobody = cases.WAITS[waits["kind"]]
    who = who or asked.say(nobody)
    named = asked.say("“%(step)s” waits for %(who)s", step=step.name.in_(language), who=who)
    otherwise = asked.say("; else it goes to “%(step)s”", step=onward.name.in_(language)) if onward else ""
    end = instant(row["next_deadline"])
    urgency = "now" if end <= now + timedelta(days=1) else "soon" if end <= now + timedelta(days=7) else "watch"
    return _row(
        asked, "case", playbook.name.in_(language), about=row["subject"], state="waiting", urgency=urgency,
        since=first["entered_at"], by=row["next_deadline"], href=cases.case_path(row["case"]), next=named + otherwise,
    )  # fmt: skip


def _thresholds(asked: Asked) -> Found:
    rows = [row for row in _unsettled(asked) if not _silent(asked, row)]
    return Found([_threshold(asked, row) for row in rows[:SHOWN_MAX]], len(rows), min(len(rows), SHOWN_MAX))


def _series(asked: Asked) -> Found:
    silent = [row for row in _unsettled(asked) if _silent(asked, row)]
    past = thresholds.stale(asked.reading.tables, asked.reading.now)
    rows = [_out_of_date(asked, row) for row in past if asked.shows(row["rule"], row["subject"])]
    rows += [_silence(asked, row) for row in silent[: SHOWN_MAX - len(rows)]]
    return Found(rows, len(past) + len(silent), len(rows))


def _unsettled(asked: Asked) -> list[Row]:
    """States that are not `ok` of rules that are in force: what a repealed rule says needs nobody's attention."""
    today = asked.reading.now.date()
    rows = thresholds.unsettled(asked.reading.tables)
    return [
        row for row in rows if _rule(asked, row["rule"]).in_force(today) and asked.shows(row["subject"], row["rule"])
    ]


def _silent(asked: Asked, row: Row) -> bool:
    return row["state"] == "unknown" and row["silent_at"] is None


def _rule(asked: Asked, rule: str) -> thresholds.ThresholdRule:
    return thresholds.rule_of(asked.reading.tables, rule)


def _threshold(asked: Asked, row: Row) -> Row:
    rule, language = _rule(asked, row["rule"]), asked.reading.language
    text = registry.text_in_force(asked.reading.tables, rule.id)
    data = registry.parsed(text["text"], text["media_type"])
    words = asked.site.voice(language).words
    spans = {name: duration_words(words, str(data.get(name, ""))) for name in ("for", "keep_firing_for")}
    following = {
        "pending": asked.say("On, once it has lasted %(span)s.", span=spans["for"]),
        "firing": asked.say("Off, once it has been clear for %(span)s.", span=spans["keep_firing_for"])
        if spans["keep_firing_for"]
        else asked.say("Off, once it is clear."),
        "unknown": asked.say("Known again, once there are figures enough."),
    }[row["state"]]
    past = (
        row["state"] != "unknown" and bool(row["event"]) and thresholds.is_past(rule, row["event"], asked.reading.now)
    )
    if past:
        when = asked.formats.date(shown_period(row["event"], rule))
        following = asked.say(PAST_FIGURES, when=when, filed=asked.formats.date(row["known"]))
    return _row(
        asked, "threshold", rule.title.in_(language), about=row["subject"], state=row["state"],
        urgency="soon" if row["state"] == "firing" and not past else "watch",
        since=row["since"] or row["event"] or None,
        href=f"/thresholds/{rule.id}?subject={row['subject']}", next=following,
    )  # fmt: skip


def _silence(asked: Asked, row: Row) -> Row:
    rule = _rule(asked, row["rule"])
    newest = asked.formats.date(shown_period(row["event"], rule)) if row["event"] else "–"
    return _row(
        asked, "series", rule.title.in_(asked.reading.language), about=row["subject"], state="silent", urgency="soon",
        since=row["since"], href=f"/thresholds/{rule.id}?subject={row['subject']}",
        next=asked.say("Newest figures: %(when)s. Until others come, the threshold is unknown.", when=newest),
    )  # fmt: skip


def _out_of_date(asked: Asked, stale: Row) -> Row:
    """Figures about a time that is past: one line a rule, however many subjects it has them of."""
    rule, one = _rule(asked, stale["rule"]), stale["subjects"] == 1
    newest = asked.formats.date(shown_period(stale["newest"], rule))
    said = asked.say(PAST_FIGURES, when=newest, filed=asked.formats.date(stale["known"]))
    many = str(asked.site.voice(asked.reading.language).words.count(
        "%(num)s subject", "%(num)s subjects", stale["subjects"]
    ))  # fmt: skip
    return _row(
        asked, "series", rule.title.in_(asked.reading.language), about=stale["subject"] if one else None,
        state="out_of_date", urgency="soon", since=stamp(thresholds.past_from(rule, stale["oldest"])),
        href=f"/thresholds/{rule.id}" + (f"?subject={stale['subject']}" if one else ""),
        next=said if one else asked.say("%(many)s. %(what)s", many=many, what=said),
    )  # fmt: skip


SOURCES: dict[str, Source] = {
    "record": _record,
    "witness": _witnesses,
    "duty": _duties,
    "case": _cases,
    "threshold": _thresholds,
    "series": _series,
}
