"""The pages: the queue with who may evaluate, one job, and one evaluator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from commonweal.kernel import credentials, registry
from commonweal.kernel.instrument import Column, Filter, Listing, Page, Reading, Row, Text
from commonweal.kernel.values import NotFound

from . import asking
from .forms import FormOf, Query, facts_of
from .jobs import JOBS, RESULTS
from .kinds import EVALUATOR, EVALUATOR_NOUN, ID, JOB, JOB_NOUN, PATH
from .standing import ACCREDITATION, CONFLICTS, GRANTED
from .terms import day
from .words import ACCESS_NAMES, FORMAT_NAMES, LABELS, NO, STANDINGS, STATES, VERDICT_NAMES, YES

SHOWN_MAX = 200
COLUMNS = (
    Column("name", Text(en="Job", zh="评测任务"), "link"),
    Column("format", LABELS["format"]),
    Column("access", LABELS["access"]),
    Column("due_on", LABELS["due_on"], "date"),
    Column("enclave", LABELS["enclave"]),
    Column("state", LABELS["state"]),
    Column("until", Text(en="Lease until", zh="领取期至"), "date"),
)
EVALUATOR_COLUMNS = (
    Column("name", LABELS["evaluator"], "link"),
    Column("access", LABELS["access"]),
    Column("cleared", LABELS["cleared"]),
    Column("until", Text(en="Accredited until", zh="认可有效期至"), "date"),
    Column("state", Text(en="Accreditation", zh="认可")),
)


def _yes(told: object, language: str) -> str:
    return (YES if told else NO).in_(language)


def state_of(row: Row, reading: Reading) -> str:
    """How a job stands today: one that waits and whose day is over was drawn by nobody in time."""
    return "over" if row["state"] == "open" and day(row["due_on"]) < reading.today else str(row["state"])


def job_rows(reading: Reading, query: Query) -> Sequence[Row]:
    """Every job as everybody may read it, the newest first."""
    rows = [_job_row(reading, row) for row in registry.subjects(reading.tables, JOB_NOUN) if not row["erased"]]
    kept = [row for row in rows if row and query.get("state", row["code"]) in ("", row["code"])]
    return sorted(kept, key=lambda row: -int(row["entry"]))


def _job_row(reading: Reading, row: Row) -> Row:
    stands = reading.tables.get(JOBS, str(row["subject"]))
    if stands is None or reading.kept_out(str(row["subject"])):
        return {}
    body, code = reading.public(JOB.id, row["body"]), state_of(stands, reading)
    return {
        "name": row["name"], "href": f"{PATH}/jobs/{row['subject'].partition(':')[2]}", "entry": row["entry"],
        "format": FORMAT_NAMES[body["format"]].in_(reading.language),
        "access": ACCESS_NAMES[body["access"]].in_(reading.language), "due_on": body["due_on"],
        "enclave": _yes(body.get("enclave"), reading.language), "code": code,
        "state": STATES[code].in_(reading.language), "until": stands["until"] or None,
    }  # fmt: skip


def evaluator_rows(reading: Reading, query: Query) -> Sequence[Row]:
    """Every evaluator with what it is accredited for."""
    return [
        _evaluator_row(reading, row) for row in registry.subjects(reading.tables, EVALUATOR_NOUN) if not row["erased"]
    ]


def _standing(reading: Reading, subject: str) -> str:
    """How an evaluator's newest credential stands, and whether what it was accredited for is over."""
    found = reading.tables.get(GRANTED, subject)
    held = next(iter(credentials.credentials(reading.tables, subject, ACCREDITATION)), None)
    if found is None or held is None:
        return "none"
    over = day(found["until"]) < reading.today and held["state"] == "valid"
    return "expired" if over else str(held["state"])


def _evaluator_row(reading: Reading, row: Row) -> Row:
    subject, language = str(row["subject"]), reading.language
    found = reading.tables.get(GRANTED, subject) or {"access": (), "cleared": 0, "until": None}
    return {
        "name": row["name"], "href": f"{PATH}/evaluators/{subject.partition(':')[2]}",
        "access": "; ".join(ACCESS_NAMES[one].in_(language) for one in found["access"]),
        "cleared": _yes(found["cleared"], language), "until": found["until"],
        "state": STANDINGS[_standing(reading, subject)].in_(language),
    }  # fmt: skip


LISTINGS = (
    Listing(
        "testing_jobs", Text(en="Jobs for evaluators", zh="评测任务"), COLUMNS, job_rows,
        summary=Text(en="What waits to be evaluated, until when, and how it ended. What is to be run on which model is "
                     "not public.", zh="待评测事项、期限及结果状态。针对何模型运行何任务不予公开。"),
        filters=(Filter("state", LABELS["state"], lambda reading: [
            (code, words.in_(reading.language)) for code, words in STATES.items()]),),
    ),
    Listing(
        "testing_evaluators", Text(en="Evaluators", zh="评测方"), EVALUATOR_COLUMNS, evaluator_rows,
        summary=Text(en="Who may evaluate for others, with what access, and whether that stands.",
                     zh="可为他人开展评测者、其访问权限及资格是否有效。"),
    ),
)  # fmt: skip


def overview(reading: Reading, query: Query) -> Mapping[str, Any]:
    """The queue, those that wait first, and who may evaluate."""
    rows = sorted(job_rows(reading, {}), key=lambda row: row["code"] != "open")
    codes = [row["code"] for row in rows]
    return {
        "counts": {code: codes.count(code) for code in STATES}, "columns": COLUMNS, "jobs": rows[:SHOWN_MAX],
        "job_count": len(rows), "evaluator_columns": EVALUATOR_COLUMNS, "evaluators": evaluator_rows(reading, {}),
        "does": _does(reading, "ask", "register"),
    }  # fmt: skip


def _does(reading: Reading, *names: str, **parts: str) -> list[tuple[str, str]]:
    """The forms among these that whoever is reading may use, each with its address."""
    forms: Mapping[str, FormOf] = {one.id: one for one in asking.FORMS}
    return [
        (forms[name].title.in_(reading.language), f"{PATH}/{forms[name].place.format(**parts)}")
        for name in names
        if set(forms[name].roles) & set(reading.roles)
    ]


_FORMS_OF: Mapping[str, tuple[str, ...]] = {
    "open": ("draw", "withdraw"), "drawn": ("return", "give_back"), "returned": ("judge",),
    "drawn in an enclave": ("verdict", "give_back"), "returned in an enclave": ("judge", "sample"),
    "accepted in an enclave": ("sample",),
}  # fmt: skip
TOLD = ("model", "task", "task_version", "samples_least", "conditions")


def job_view(reading: Reading, query: Query) -> Mapping[str, Any]:
    """One job: for everybody how it stands; what is to be run for who may read that. Raises `NotFound`."""
    subject = f"{JOB_NOUN}:{query['job']}"
    row, stands = registry.subject(reading.tables, subject), reading.tables.get(JOBS, subject)
    if row is None or row["erased"] or stands is None:
        raise NotFound("job for evaluators", query["job"], f"{PATH} lists those that there are")
    opens = reading.opens(int(row["entry"]), "task")
    public, code = _job_row(reading, row), state_of(stands, reading)
    told = reading.part(int(row["entry"]), *TOLD) if opens else {}
    how = f"{code} in an enclave" if stands["enclave"] and code != "open" else code
    return {
        "title": row["name"], "entry": row["entry"], "fictitious": bool(row["body"].get("fictitious")),
        **facts_of(COLUMNS[1:], public, reading.language),
        "told": [(LABELS[name].in_(reading.language), told[name]) for name in TOLD[1:] if name in told],
        "model": told.get("model"), "results": _results(reading, subject), "lapses": stands["lapses"],
        "does": _does(reading, *_FORMS_OF.get(how, ()), job=query["job"]),
    }  # fmt: skip


def _results(reading: Reading, job: str) -> list[Row]:
    """Each result as far as whoever is reading may read it: which run, of whom, and what whoever asked said."""
    found = []
    for row in reading.tables.select(RESULTS, {"job": job}, order=("entry",)):
        told = reading.opened(int(row["entry"]))
        judged = reading.opened(int(row["judged"])) if row["judged"] else {}
        state = "returned" if not row["judged"] else "accepted" if row["accepted"] else "refused"
        found.append({
            "entry": row["entry"], "run": told.get("run"), "evaluator": told.get("evaluator"), "state": state,
            "reasons": judged.get("reasons"), "root": told.get("root"),
            "samples": told.get("samples"),
            "verdict": VERDICT_NAMES[told["verdict"]].in_(reading.language) if told.get("verdict") else "",
        })  # fmt: skip
    return found


def evaluator_view(reading: Reading, query: Query) -> Mapping[str, Any]:
    """One evaluator: its key, what it is accredited for, its conflicts for who may read these. Raises `NotFound`."""
    subject = f"{EVALUATOR_NOUN}:{query['evaluator']}"
    row = registry.subject(reading.tables, subject)
    if row is None or row["erased"]:
        raise NotFound("evaluator", query["evaluator"], f"{PATH} lists those that there are")
    body, public = reading.public(EVALUATOR.id, row["body"]), _evaluator_row(reading, row)
    held = next(iter(credentials.credentials(reading.tables, subject, ACCREDITATION)), None)
    return {
        "title": row["name"], "entry": row["entry"], "key": body["key"], "organisation": body["organisation"],
        "fictitious": bool(body.get("fictitious")),
        **facts_of(EVALUATOR_COLUMNS[1:], public, reading.language),
        "credential": f"/credentials/{ACCREDITATION}/{query['evaluator']}.json" if held else "",
        "conflicts": _conflicts(reading, subject),
        "does": _does(reading, "accredit", "standing", "conflict", evaluator=query["evaluator"]),
    }  # fmt: skip


def _conflicts(reading: Reading, subject: str) -> list[str]:
    """With whom an evaluator has a conflict, for those who may read all that is marked GREEN."""
    if not {"auditor", "officer", "authority", "peer"} & set(reading.roles):
        return []
    return [str(row["organisation"]) for row in reading.tables.select(CONFLICTS, {"evaluator": subject})]


PAGES = (
    Page(f"{ID}_queue", PATH, Text(en="Third-party testing", zh="第三方测试"), "queue.html", overview),
    Page(f"{ID}_job", PATH + "/jobs/{job}", JOB.title, "job.html", job_view),
    Page(f"{ID}_evaluator", PATH + "/evaluators/{evaluator}", EVALUATOR.title, "evaluator.html", evaluator_view),
    *asking.PAGES,
)
