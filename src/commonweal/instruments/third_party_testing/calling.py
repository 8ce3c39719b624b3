"""The pages of bounties: what is called for, one bounty with its submissions, and the forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from commonweal.kernel import accounts, registry
from commonweal.kernel.instrument import Choice, Column, Listing, Page, Question, Reading, Row, Text
from commonweal.kernel.values import NotFound

from .bounties import BOUNTIES, REVIEWS, SUBMISSIONS
from .bounty_kinds import BOUNTY, BOUNTY_NOUN, REVEALED, REVIEWED, REVIEWERS, SUBMISSION, SUBMISSION_NOUN
from .control import CONTROL
from .crediting import unit_named, units
from .forms import FormOf, Query, ask, mine
from .kinds import EVALUATOR_NOUN, EVALUATORS, ID, PATH, STEWARDS
from .words import BOUNTY_STATES, LABELS

PLACE = "bounties"
COLUMNS = (
    Column("name", Text(en="Bounty", zh="悬赏"), "link"),
    Column("prize", LABELS["prize"]),
    Column("unit", LABELS["unit"]),
    Column("closes_on", LABELS["closes_on"], "date"),
    Column("submissions", Text(en="Submissions", zh="投稿数"), "number"),
    Column("state", LABELS["state"]),
)


def bounty_rows(reading: Reading, query: Query) -> Sequence[Row]:
    """Every bounty that was confirmed, the newest first."""
    names = registry.names(reading.tables, BOUNTY_NOUN)
    return [
        {
            "name": names.get(row["bounty"], row["bounty"]),
            "unit": unit_named(reading, row["unit"]), "closes_on": row["closes_on"],
            "href": f"{PATH}/{PLACE}/{row['bounty'].partition(':')[2]}",
            "prize": accounts.written(row["prize"], row["unit"]),
            "submissions": reading.tables.count(SUBMISSIONS, {"bounty": row["bounty"]}),
            "state": BOUNTY_STATES[_state(row, reading)].in_(reading.language),
        }
        for row in reading.tables.select(BOUNTIES, order=("-entry",))
    ]  # fmt: skip


def _state(row: Row, reading: Reading) -> str:
    today = reading.today.isoformat()
    if row["state"] != "open" or today <= row["closes_on"]:
        return str(row["state"])
    return "opening" if today <= row["reveal_by"] else "review"


LISTING = Listing(
    "testing_bounties", Text(en="Bounties for evaluations", zh="评测悬赏"), COLUMNS, bounty_rows,
    summary=Text(en="New evaluations that are called for, with the prize of each and the day on which it closes.",
                 zh="公开征集的新评测，及各项奖金与截止日。"),
)  # fmt: skip


def bounties_view(reading: Reading, query: Query) -> Mapping[str, Any]:
    """What is called for, and to an officer what waits for a second one."""
    office = bool(set(STEWARDS) & set(reading.roles))
    return {
        "columns": COLUMNS, "rows": bounty_rows(reading, {}), "waiting": CONTROL.lines(reading) if office else (),
        "does": _does(reading, "call"),
    }  # fmt: skip


def _does(reading: Reading, *names: str, **parts: str) -> list[tuple[str, str]]:
    return [
        (one.title.in_(reading.language), f"{PATH}/{one.place.format(**parts)}")
        for one in FORMS
        if one.id in names and set(one.roles) & set(reading.roles)
    ]


def bounty_view(reading: Reading, query: Query) -> Mapping[str, Any]:
    """One bounty: what must be met, and each submission as far as whoever is reading may read it. Raises `NotFound`."""
    subject = f"{BOUNTY_NOUN}:{query['bounty']}"
    row, filed = reading.tables.get(BOUNTIES, subject), registry.subject(reading.tables, subject)
    if row is None or filed is None or filed["erased"]:
        raise NotFound("bounty", query["bounty"], f"{PATH}/{PLACE} lists those that there are")
    state, body = _state(row, reading), reading.public(BOUNTY.id, filed["body"])
    prize = f"{accounts.written(row['prize'], row['unit'])} {unit_named(reading, row['unit'])}"
    days = [(LABELS[name].in_(reading.language), row[name]) for name in ("closes_on", "reveal_by", "decides_on")]
    submissions = reading.tables.select(SUBMISSIONS, {"bounty": subject}, order=("entry",))
    return {
        "title": filed["name"], "entry": filed["entry"], "fictitious": bool(body.get("fictitious")),
        "capability": body["capability"], "criteria": body["criteria"],
        "state": BOUNTY_STATES[state].in_(reading.language),
        "facts": [
            (LABELS["prize"].in_(reading.language), prize),
            (LABELS["needed"].in_(reading.language), f"{row['needed']} / {len(row['reviewers'])}"),
        ],
        "days": days,
        "submissions": [_submission(reading, one, row, state) for one in submissions],
        "does": _does(reading, "submit", bounty=query["bounty"]) if state == "open" else [],
    }  # fmt: skip


def _submission(reading: Reading, one: Row, row: Row, state: str) -> Row:
    """A submission: sealed, or what it says and what the reviewers said of it, for who may read that."""
    told = reading.opened(int(one["revealed"])) if one["revealed"] else {}
    reviews = reading.tables.select(REVIEWS, {"submission": one["submission"]}, order=("entry",))
    may = []
    if state == "opening" and registry.filer(reading.tables, one["submission"]) == reading.party:
        may = ["reveal"]
    elif state in ("opening", "review") and one["revealed"] and reading.party in row["reviewers"]:
        may = ["review"]
    return {
        "name": registry.names(reading.tables, SUBMISSION_NOUN).get(one["submission"], one["submission"]),
        "entry": one["entry"], "commitment": one["commitment"], "revealed": bool(one["revealed"]),
        "text": told.get("text"), "won": row["winner"] == one["submission"],
        "reviews": [(bool(each["meets"]), reading.opened(int(each["entry"])).get("reasons")) for each in reviews],
        "does": _does(reading, *may, submission=one["submission"].partition(":")[2]),
    }  # fmt: skip


def _criteria(reading: Reading, submission: str) -> Sequence[str]:
    one = reading.tables.get(SUBMISSIONS, submission)
    row = reading.tables.get(BOUNTIES, one["bounty"]) if one else None
    return row["criteria"] if row else ()


def _to_review(reading: Reading, submission: str) -> Sequence[Question]:
    met = tuple(Choice(str(n), Text(en=one, zh=one)) for n, one in enumerate(_criteria(reading, submission)))
    return (
        Question("meets", Text(en="Which criteria it meets", zh="符合哪些条件"), "several", choices=met),
        ask("reasons", "long_text"),
    )


def _met(reading: Reading, submission: str, answered: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"meets": [str(n) in answered.get("meets", ()) for n in range(len(_criteria(reading, submission)))]}


FORMS = (
    FormOf(
        "call", f"{PLACE}/call", BOUNTY, Text(en="Call for evaluations", zh="发布悬赏"),
        Text(en="The prize is set aside out of the pool once a second officer has confirmed it. Neither of the two "
             "reviews.", zh="经第二名官员确认后，奖金自额度池中预留。二人均不得评审。"),
        STEWARDS,
        lambda reading, subject: (
            ask("name", label=COLUMNS[0].title), ask("capability", "long_text"),
            ask("criteria", "lines", hint=Text(en="One a line.", zh="每行一项。")), ask("unit", "one", units(reading)),
            ask("prize"), ask("closes_on", "day"),
            ask("reviewers", "lines", hint=Text(en="As they sign in, one a line: party:ana-example",
                                                zh="按其登录名称，每行一名：party:ana-example")),
            ask("needed", "number"),
        ),
    ),
    FormOf(
        "submit", PLACE + "/{bounty}/submit", SUBMISSION, Text(en="Submit, sealed", zh="密封投稿"),
        Text(en="Make the seal where you are (weal evaluations seal) and keep text and nonce: after the closing day "
             "you open it here. Nobody can read it before.",
             zh="请在本地生成密封值（weal evaluations seal）并保管文本与随机数。截止日后由您启封，此前无人可读。"),
        EVALUATORS,
        lambda reading, subject: (
            ask("name"), ask("evaluator", "one", mine(reading, EVALUATOR_NOUN)), ask("commitment"),
        ),
        ("bounty", BOUNTY_NOUN),
    ),
    FormOf(
        "reveal", "submissions/{submission}/reveal", REVEALED, Text(en="Open the submission", zh="启封投稿"),
        Text(en="The text must be that which was sealed, to the last character.", zh="文本须与密封时完全一致。"),
        EVALUATORS,
        lambda reading, subject: (ask("text", "long_text"), ask("nonce")), ("submission", SUBMISSION_NOUN),
    ),
    FormOf(
        "review", "submissions/{submission}/review", REVIEWED, Text(en="Review the submission", zh="评审投稿"),
        Text(en="Its author reads your reasons.", zh="投稿人可阅读您的理由。"), REVIEWERS, _to_review,
        ("submission", SUBMISSION_NOUN), made=_met,
    ),
)  # fmt: skip
PAGES = (
    Page(f"{ID}_bounties", f"{PATH}/{PLACE}", Text(en="Bounties", zh="悬赏"), "bounties.html", bounties_view),
    FORMS[0].page,
    Page(f"{ID}_bounty", f"{PATH}/{PLACE}" + "/{bounty}", BOUNTY.title, "bounty.html", bounty_view),
    *(one.page for one in FORMS[1:]),
)
