"""Investigations as the authority sees them, all of one in one file, and recommendations as everybody sees them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.instrument import Act, Column, Deed, Filter, Kind, Listing, Page, Reading, Row, Text
from commonweal.kernel.values import NotFound, subject_id

from ..desk.queue import PATH as DESK
from ..publishing.drafts import identities, reports
from ..reports import STEWARDS
from ..review import RISKS, warnings
from .forms import DOINGS, offered, opening, opening_act, pieces
from .kinds import (
    ANSWERS,
    CONFIDENCES,
    EVENT,
    EVIDENCE,
    FACTOR,
    FACTORS,
    FINDINGS,
    FORMS,
    INVESTIGATION,
    RECOMMENDATION,
    ROLES,
    SEGMENT,
)
from .tables import final_report, found_out, overdue, recommendations, said

PATH = "/incident-reports/investigating"
CONTENT = ("content", "files")
"""What evidence holds, which the page of an investigation does not show."""
SAID: Mapping[str, Text] = {**dict(ANSWERS.items()), **dict(FINDINGS.items())}
STATES: Mapping[str, Text] = {
    "open": Text(en="open", zh="待答复"),
    "overdue": Text(en="overdue", zh="逾期"),
    "accepted": Text(en="accepted", zh="已接受"),
    "rejected": Text(en="rejected", zh="已拒绝"),
    "implemented": Text(en="implemented", zh="已落实"),
    "verified": Text(en="verified", zh="已核实"),
    "closed": Text(en="closed", zh="已结"),
}


def list_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """Every investigation, those that go on first, and the recommendations that are overdue."""
    rows = [row for row in registry.subjects(reading.tables, "investigation") if not row["erased"]]
    today = reading.now.date().isoformat()
    late = [row for row in recommendations(reading.tables) if overdue(row, today)]
    return {
        "rows": sorted(
            (
                {
                    "name": row["name"],
                    "href": _path(row["subject"]),
                    "incident": row["body"].get("incident"),
                    "since": registry.versions(reading.tables, row["subject"])[0]["filed_on"],
                    "closed_on": row["body"].get("closed_on"),
                }
                for row in rows
            ),
            key=lambda row: (row["closed_on"] is not None, row["since"]),
        ),
        "late": [{**row, "href": _path(row["investigation"])} for row in late],
        "open": f"{PATH}/open",
        "back": DESK,
    }


def _path(investigation: str) -> str:
    return f"{PATH}/{investigation.partition(':')[2]}"


def _found(reading: Reading, query: Mapping[str, str]) -> Row:
    row = registry.subject(reading.tables, f"investigation:{query['slug']}")
    if row is None:
        raise NotFound("investigation", f"investigation:{query['slug']}", f"{PATH} lists those that there are")
    return row


def investigation_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """One investigation with all that belongs to it, opened for who is signed in. Raises `NotFound`."""
    row = _found(reading, query)
    subject, tables = row["subject"], reading.tables
    opened = _whole(INVESTIGATION, reading.opened(row["entry"]))
    today = reading.now.date().isoformat()
    report = final_report(tables, subject)
    return {
        "title": row["name"],
        "path": _path(subject),
        "body": opened,
        "team": [(one["party"].removeprefix("party:"), ROLES[one["role"]], one.get("interests", ()))
                 for one in opened["team"] or ()],
        "events": [_with(reading, one) for one in found_out(tables, subject, "event")],
        "factors": [
            {**one, "kind": FACTORS[one["factor"]]}
            for one in (_with(reading, row) for row in found_out(tables, subject, "factor"))
        ],
        "pieces": [_piece(reading, one) for one in pieces(reading, subject)],
        "recommendations": [
            {
                **one,
                "text": reading.part(one["entry"], "text").get("text", ""),
                "late": overdue(one, today),
                "said": [(said_["at"], SAID[said_["what"]], reading.part(said_["entry"], "reasons").get("reasons", ""))
                         for said_ in said(tables, one["recommendation"])],
            }
            for one in recommendations(tables, investigation=subject)
        ],
        "report": _report(reading, report) if report else None,
        "doings": offered(row),
    }  # fmt: skip


def _whole(kind: Kind, opened: Mapping[str, Any]) -> dict[str, Any]:
    """A body with every field of its kind, None where it says nothing."""
    return {**dict.fromkeys(kind.schema.model_fields), **opened}


def _with(reading: Reading, row: Row) -> dict[str, Any]:
    opened = _whole(EVENT if row["what"] == "event" else FACTOR, reading.opened(row["entry"]))
    confidence = CONFIDENCES[opened["confidence"] or "likely"]
    return {**row, **opened, "confidence": confidence, "entry": row["entry"]}


def _report(reading: Reading, row: Row) -> dict[str, Any]:
    told = reading.part(row["entry"], "text", "files")
    return {**row, "text": told.get("text", ""), "files": _files(row["entry"], told)}


def _files(entry: int, told: Mapping[str, Any]) -> list[dict[str, str]]:
    """The files that came with an entry, and where each is had."""
    return [
        {"name": one["name"], "href": f"/record/{entry}/attachments/{one['sha256']}"} for one in told.get("files") or ()
    ]


def _piece(reading: Reading, row: Row) -> dict[str, Any]:
    """Evidence, or a recorder's segment: of its content a page says only whether the reader may open it."""
    recorder = row["subject"].startswith("segment:")
    fields = [name for name in (SEGMENT if recorder else EVIDENCE).schema.model_fields if name not in CONTENT]
    named = reading.part(row["entry"], *fields, *(() if recorder else ("files",)))
    told: dict[str, Any] = {**dict.fromkeys(fields), **named}
    opens = recorder and reading.opens(row["entry"], "content")
    about = {"subject": row["subject"], "entry": row["entry"], "recorder": recorder, "opens": opens}
    return {**told, **about, "form": FORMS.get(told.get("form", "")), "files": _files(row["entry"], told)}


def export_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """Everything on file about one investigation, each entry with its index: what the reader may read of it."""
    row = _found(reading, query)
    subject, tables = row["subject"], reading.tables
    named = registry.referring(tables, subject, "investigation")
    entries = [one["entry"] for about in (subject, *named) for one in registry.versions(tables, about)]
    for what in ("event", "factor"):
        entries += [one["entry"] for one in found_out(tables, subject, what)]
    for one in recommendations(tables, investigation=subject):
        entries += [answer["entry"] for answer in said(tables, one["recommendation"])]
    report = final_report(tables, subject)
    entries += [report["entry"]] if report else []
    return {
        "investigation": subject,
        "name": row["name"],
        "as_of": reading.now.isoformat(),
        "entries": [{"entry": index, "body": dict(reading.opened(index))} for index in sorted(set(entries))],
    }


def doing_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """The form of one thing that can be done in an investigation. Raises `NotFound`."""
    row, doing = _found(reading, query), DOINGS.get(query["doing"])
    if doing is None:
        raise NotFound("page of an investigation", query["doing"], "one of: " + ", ".join(DOINGS))
    return {
        "title": doing.title.in_(reading.language),
        "name": row["name"],
        "lead": doing.lead,
        "button": doing.button,
        "asks": doing.asks(reading, row["subject"]),
        "back": _path(row["subject"]),
        "action": f"{_path(row['subject'])}/{query['doing']}",
    }


def doing_attaches(query: Mapping[str, str]) -> Kind | None:
    """Of which kind the form of one thing that can be done takes attachments."""
    doing = DOINGS.get(query["doing"])
    return doing.attaches if doing else None


def doing_deed(reading: Reading, given: Mapping[str, str]) -> Deed:
    """What the answers come to. Raises `NotFound` and `BadInput`."""
    row, doing = _found(reading, given), DOINGS.get(given["doing"])
    if doing is None:
        raise NotFound("page of an investigation", given["doing"], "one of: " + ", ".join(DOINGS))
    acts = doing.acts(reading, row["subject"], given)
    return Deed(acts, _path(row["subject"]), _may_give_away(reading, row["subject"], acts))


def _may_give_away(reading: Reading, investigation: str, acts: Iterable[Act]) -> list[Text]:
    """What in a recommendation could give somebody away, to be confirmed first: it is public for good once filed."""
    row = registry.subject(reading.tables, investigation)
    if row is None or not (said := [act.body for act in acts if act.kind == RECOMMENDATION.id]):
        return []
    incident = str(row["body"]["incident"])
    held = reports(reading, incident), (), identities(reading, incident)
    texts = [{"summary": one.get("text"), "summary_zh": one.get("text_zh")} for one in said]
    warned = dict.fromkeys((one.seen, one.risk) for text in texts for one in warnings(text, *held))
    marks = Text(en=": ", zh="：")
    return [
        Text({language: f"{seen}{mark}{RISKS[risk].in_(language)}" for language, mark in marks.items()})
        for seen, risk in warned
    ]


def open_view(reading: Reading, query: Mapping[str, str]) -> Mapping[str, Any]:
    """The form that opens an investigation into an incident."""
    return {
        "title": OPEN.title.in_(reading.language),
        "name": Text(en="Investigations", zh="调查").in_(reading.language),
        "lead": Text(
            en="Its sole objective is that it does not happen again. Nobody of the team may have a part in the matter.",
            zh="调查的唯一目的是防止再次发生。团队成员不得与其有关。",
        ),
        "button": Text(en="Open it", zh="立案"),
        "asks": opening(reading),
        "back": PATH,
        "action": f"{PATH}/open",
    }


def open_deed(reading: Reading, given: Mapping[str, str]) -> Deed:
    """The investigation that was opened. Raises `BadInput`."""
    act, faults = opening_act(reading, given)
    path = _path(subject_id("investigation", str(act.body.get("name", "")) or "-"))
    return Deed([act], path, faults=faults)


OPEN = Page(
    "investigation_open", f"{PATH}/open", Text(en="Open an investigation", zh="启动调查"), "desk_doing.html", open_view,
    roles=STEWARDS, act=open_deed,
)  # fmt: skip
PAGES = (
    Page("investigation_list", PATH, Text(en="Investigations", zh="调查"), "investigations.html", list_view,
         roles=STEWARDS),
    OPEN,
    Page("investigation_file", PATH + "/{slug}.json", Text(en="Investigation as one file", zh="调查全案文件"), "",
         export_view, roles=STEWARDS),
    Page("investigation_one", PATH + "/{slug}", Text(en="Investigation", zh="调查"), "investigation.html",
         investigation_view, roles=STEWARDS),
    Page("investigation_doing", PATH + "/{slug}/{doing}", Text(en="In an investigation", zh="调查操作"),
         "desk_doing.html", doing_view, roles=STEWARDS, act=doing_deed, attaches=doing_attaches),
)  # fmt: skip


# ── recommendations, for everybody ──────────────────────────────────────────────────────────────────────────────────


def recommendation_rows(reading: Reading, query: Mapping[str, str]) -> Sequence[Row]:
    """Every recommendation, those due first at the top; one that is late is `overdue`."""
    today = reading.now.date().isoformat()
    found = []
    for row in recommendations(reading.tables):
        body = reading.part(row["entry"], "text", "text_zh")
        text = body.get("text_zh") if reading.language == "zh" else None
        found.append(
            {
                "recommendation": row["name"],
                "href": f"/subjects/{row['recommendation']}",
                "addressee": row["addressee"],
                "text": text or body.get("text", ""),
                "due": row["due"],
                "state": "overdue" if overdue(row, today) else row["state"],
            }
        )
    wanted = {name: query[name] for name in ("state", "addressee") if query.get(name)}
    return [row for row in found if all(row[name] == value for name, value in wanted.items())]


def _states(reading: Reading) -> Sequence[tuple[str, str]]:
    return [(state, words.in_(reading.language)) for state, words in STATES.items()]


LISTINGS = (
    Listing(
        "recommendations",
        Text(en="Recommendations after incidents", zh="事件后的建议"),
        (
            Column("recommendation", Text(en="Recommendation", zh="建议"), "link"),
            Column("addressee", Text(en="To", zh="受文者"), "link"),
            Column("text", Text(en="What should be done", zh="建议内容")),
            Column("due", Text(en="By", zh="期限"), "date"),
            Column("state", Text(en="State", zh="状态"), "state"),
        ),
        recommendation_rows,
        summary=Text(
            en="What was recommended so that an incident does not happen again, and what those addressed have done.",
            zh="为防止事件再次发生而提出的建议，以及受文者的落实情况。",
        ),
        filters=(
            Filter("state", Text(en="State", zh="状态"), _states),
            Filter("addressee", Text(en="To", zh="受文者")),
        ),
    ),
)
