"""The desk for requests: all of them with their clocks, overdue first; one of them, and what can be done about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from commonweal.kernel import notices, obligations, registry
from commonweal.kernel.instrument import Deed, Page, Reading, Row, Text
from commonweal.kernel.protocols.effects import effect
from commonweal.kernel.values import BadInput, Fault, NotFound

from .doing import DOINGS, RECEIVE, Doing
from .kinds import ANSWERED, HOWS, IDENTITIES, NOUN, REQUEST, SCOPES, STEWARDS, UNDER
from .tables import LAWS, Standing, every, standing
from .words import FIELDS

PATH = "/access-requests"
ROWS = 50
STATES: Mapping[str, tuple[str, Text]] = {
    "new": ("due", Text(en="new", zh="新收")),
    "open": ("running", Text(en="taken in", zh="已受理")),
    "waiting": ("waiting", Text(en="waits for whoever asked", zh="待请求人答复")),
    "answered": ("done", Text(en="answered", zh="已答复")),
    "refused": ("done", Text(en="refused", zh="已拒绝")),
    "taken_back": ("done", Text(en="taken back", zh="已撤回")),
}
OPEN, OVER, ALL = "", "over", "all"
SHOW: Mapping[str, Text] = {
    OPEN: Text(en="Open", zh="未结"),
    OVER: Text(en="Ended", zh="已结"),
    ALL: Text(en="All", zh="全部"),
}
_LAST = "9999"


def waits_for_authority(rows: list[Row]) -> Row | None:
    """The clock of a request that ends first, of those that are open."""
    running = [row for row in rows if row["state"] in ("owed", "overdue", "unknown")]
    dated = sorted(running, key=lambda row: str(row["due"] or row["due_if_owed"] or _LAST))
    return dated[0] if dated else None


def listed(reading: Reading, show: str = OPEN) -> list[dict[str, Any]]:
    """Requests with the clock that ends first, overdue before all, then the soonest, then those without a day.

    Where the authority says where it acts, clocks of laws of other places are left out. Raises `BadInput`.
    """
    if show not in SHOW:
        wanted = ", ".join(code or "(empty)" for code in SHOW)
        raise BadInput(Fault("show", show, f"one of: {wanted}", "choice"))
    shown = [one for one in every(reading.tables) if show == ALL or (show == OVER) == (one.end is not None)]
    running: dict[str, list[Row]] = {}
    for row in _clocks(reading, *(one.request for one in shown if one.end is None)):
        running.setdefault(row["subject"], []).append(row)
    found = [_line(reading, one, waits_for_authority(running.get(one.request, []))) for one in shown]
    return sorted(found, key=lambda row: (row["clock_state"] != "overdue", row["due"] or _LAST, row["name"]))


def line_of(reading: Reading, request: str) -> dict[str, Any]:
    """One request with the clock that ends first, as the list has it. Raises `NotFound`."""
    one = found(reading, request.partition(":")[2])
    return _line(reading, one, waits_for_authority(_clocks(reading, request)) if one.end is None else None)


def _clocks(reading: Reading, *requests: str) -> list[Row]:
    """The clocks of requests under the laws of where the authority acts; that they are read is logged."""
    return [row for row in reading.duties(*requests) if row["law"] in LAWS and _ours(reading, row)]


def _ours(reading: Reading, row: Row) -> bool:
    return obligations.concerns_office(obligations.law_of(reading.tables, row["sha256"]), reading.jurisdictions)


def _line(reading: Reading, one: Standing, clock: Row | None) -> dict[str, Any]:
    tone, words = STATES[one.state]
    return {
        "name": one.name, "request": one.request, "href": f"{PATH}/{one.request.partition(':')[2]}",
        "state": one.state, "tone": tone, "words": words.in_(reading.language), "received_on": one.received_on,
        "fictitious": bool(one.filed.get("fictitious")),
        "clock_state": clock["state"] if clock else None,
        "last_day": clock["last_day"] if clock else None,
        "stopped_on": clock["stopped_on"] if clock else None,
        "due": (clock["due"] or clock["due_if_owed"]) if clock else None,
        "rule": clock["rule"] if clock else None,
    }  # fmt: skip


def desk_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """The list that the address asks for. Raises `BadInput`."""
    show, page = query.get("show", OPEN), query.get("page") or "1"
    rows = listed(reading, show)
    count = max(1, -(-len(rows) // ROWS))
    if not (page.isascii() and page.isdigit() and 1 <= int(page[:6]) <= count):
        raise BadInput(Fault("page", page, f"a page from 1 to {count}", "page"))
    number = int(page)
    first = (number - 1) * ROWS

    def at(n: int) -> str:
        return f"{PATH}?{urlencode({'show': show, 'page': n})}"

    return {
        "rows": rows[first : first + ROWS],
        "path": PATH,
        "show": show,
        "choices": [(code, words.in_(reading.language)) for code, words in SHOW.items()],
        "pager": {
            "number": number, "count": count, "total": len(rows), "first": min(first + 1, len(rows)),
            "last": min(first + ROWS, len(rows)), "before": at(number - 1) if number > 1 else "",
            "after": at(number + 1) if number < count else "",
        },
    }  # fmt: skip


def request_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """One request, opened for who is signed in. Raises `NotFound`."""
    stands = found(reading, query["slug"])
    newest = registry.subject(reading.tables, stands.request)
    opened = dict(reading.opened(int(newest["entry"]))) if newest else {}
    tone, words = STATES[stands.state]
    party = stands.party
    asks = {"party": party, "purpose": f"Request {stands.name}"}
    return {
        "title": stands.name, "path": f"{PATH}/{query['slug']}", "desk": PATH, "stands": stands,
        "tone": tone, "words": words, "fictitious": bool(opened.get("fictitious")),
        "facts": _facts(reading, stands, opened),
        "documents": _documents(int(newest["entry"]), opened) if newest else [],
        "clocks": obligations.clocks(reading.tables, _clocks(reading, stands.request)),
        "steps": [_step(reading, row) for row in stands.steps],
        "letters": [_letter(reading, row) for row in notices.letters(reading.tables, subject=stands.request)],
        "held": f"/held?{urlencode(asks)}" if party else "",
        "held_file": f"/held.json?{urlencode(asks)}" if party else "",
        "doings": [(name, one.title) for name, one in DOINGS.items() if one.offered(stands)],
    }  # fmt: skip


def found(reading: Reading, slug: str) -> Standing:
    """The request that an address names. Raises `NotFound`."""
    stands = standing(reading.tables, f"{NOUN}:{slug}")
    if stands is None:
        raise NotFound("request", slug, f"{PATH} lists those that there are")
    return stands


def _facts(reading: Reading, stands: Standing, opened: Mapping[str, Any]) -> list[tuple[str, Any]]:
    def said(scale: Mapping[Any, Text], code: Any) -> str:
        return scale[code].in_(reading.language) if code in scale else ""

    taken = reading.part(stands.taken["entry"], "under", "identity", "party", "note") if stands.taken else {}
    how = said(HOWS, opened.get("came_by")) or FORM.in_(reading.language)
    pairs = [
        ("received_on", stands.received_on), ("came_by", how), ("person", opened.get("person")),
        ("contact", opened.get("contact")), ("scope", said(SCOPES, opened.get("scope", "everything"))),
        ("words", opened.get("words")), ("found_by", opened.get("found_by")), ("party", stands.party),
        ("under", "; ".join(said(UNDER, one) for one in taken.get("under", ()))),
        ("identity", said(IDENTITIES, taken.get("identity"))), ("note", taken.get("note")),
    ]  # fmt: skip
    return [(LABELS[name].in_(reading.language), value) for name, value in pairs if value]


FORM = Text(en="By the form here", zh="通过本站表单")
LABELS: Mapping[str, Text] = {
    "received_on": Text(en="Received on", zh="收到日"),
    "came_by": FIELDS["came_by"],
    "person": Text(en="Who asks", zh="请求人"),
    "contact": Text(en="Their address", zh="其地址"),
    "scope": Text(en="What is asked for", zh="请求范围"),
    "words": Text(en="In their words", zh="请求内容（原话）"),
    "found_by": FIELDS["found_by"],
    "party": Text(en="Who they are here", zh="其在本机关的身份"),
    "under": Text(en="Under which law", zh="依据的法律"),
    "identity": Text(en="How it is known who asks", zh="身份如何确认"),
    "note": Text(en="Note for the office", zh="内部备注"),
}


def _documents(entry: int, body: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{**one, "href": f"/record/{entry}/attachments/{one['sha256']}"} for one in body.get("documents") or ()]


def _step(reading: Reading, row: Row) -> dict[str, Any]:
    """One act about it, opened: what it is called, its words, and the files that it names."""
    opened = reading.opened(row["entry"])
    words = [opened.get(name) for name in ("text", "words", "reasons", "complaint", "note")]
    return {
        **row, "who": row["by"].removeprefix("party:"), "words": [one for one in words if one],
        "files": _documents(row["entry"], opened) if row["kind"] == ANSWERED.id else [],
    }  # fmt: skip


def _letter(reading: Reading, row: Row) -> dict[str, Any]:
    reading.part(row["entry"], "to", "dated", "until", "wordings")  # what is listed of it is read
    title = row["titles"].get(reading.language) or next(iter(row["titles"].values()), "")
    sent = [effect(reading.tables, one) for one in notices.sent(reading.tables, row["entry"])]
    tones = {"wanted": "waiting"}
    return {**row, "title": title, "sent": [{**one, "tone": tones.get(one["state"], one["state"])} for one in sent]}


# ── one thing done ──────────────────────────────────────────────────────────────────────────────────────────────────


def _doing(name: str) -> Doing:
    if name not in DOINGS:
        raise NotFound("page of a request", name, "one of: " + ", ".join(DOINGS))
    return DOINGS[name]


def doing_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """The form of one thing that can be done with a request. Raises `NotFound`."""
    doing, stands = _doing(query["doing"]), found(reading, query["slug"])
    back = f"{PATH}/{query['slug']}"
    return _asked(reading, doing, stands, back, f"{back}/{query['doing']}")


def doing_deed(reading: Reading, given: Mapping[str, str]) -> Deed:
    """What the answers come to. Raises `NotFound` and `BadInput`."""
    doing, stands = _doing(given["doing"]), found(reading, given["slug"])
    return Deed(doing.acts(reading, stands, given), f"{PATH}/{given['slug']}", doing.says(stands))


def receive_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """The form by which an officer registers a request that came in otherwise."""
    return _asked(reading, RECEIVE, None, PATH, f"{PATH}/receive")


def receive_deed(reading: Reading, given: Mapping[str, str]) -> Deed:
    """The request that was registered."""
    return Deed(RECEIVE.acts(reading, None, given), PATH)


def _asked(reading: Reading, doing: Doing, stands: Standing | None, back: str, action: str) -> Mapping[str, Any]:
    return {
        "title": doing.title.in_(reading.language), "name": stands.name if stands else "", "desk": PATH,
        "lead": doing.lead, "button": doing.button, "asks": doing.asks(reading, stands),
        "begins": doing.begins(reading, stands), "back": back, "action": action,
    }  # fmt: skip


DESK = Page(
    "access_requests", PATH, Text(en="Requests for access", zh="查阅请求"), "requests.html", desk_view, menu=True,
    roles=STEWARDS,
)  # fmt: skip
RECEIVED = Page(
    "access_receive", f"{PATH}/receive", RECEIVE.title, "request_doing.html", receive_view, roles=STEWARDS,
    act=receive_deed, attaches=lambda given: REQUEST,
)  # fmt: skip
ONE = Page(
    "access_request", PATH + "/{slug}", Text(en="Request for access", zh="查阅请求"), "request.html", request_view,
    roles=STEWARDS,
)  # fmt: skip
DOING = Page(
    "access_doing", PATH + "/{slug}/{doing}", Text(en="Request for access", zh="查阅请求"), "request_doing.html",
    doing_view, roles=STEWARDS, act=doing_deed,
    attaches=lambda given: ANSWERED if given.get("doing") == "answer" else None,
)  # fmt: skip
PAGES = (DESK, RECEIVED, ONE, DOING)
