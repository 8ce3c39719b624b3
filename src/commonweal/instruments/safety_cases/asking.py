"""To have a version approved, by pages alone: it is asked for, each organisation signs the request's text with its own
key where that is, and what they signed is handed in. No key ever comes here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from commonweal.kernel import authorisations
from commonweal.kernel.instrument import Act, Choice, Deed, Fault, Question, Reading, Text
from commonweal.kernel.record import TlogProof, leaf_hash
from commonweal.kernel.values import BadInput, NotFound, shown, stamp

from . import approving
from .reading import PATH, Query, form, found, open_case, plain

DAYS_MOST = 90
ASK = Text(
    en="This records a request that names the newest version. Each organisation of the policy then signs its text with "
    "its own key; the page of the case shows it.",
    zh="提交后记录一项针对最新版本的申请。政策所列各机构随后以各自密钥签署申请文本，该文本在案例页面上显示。",
)
HAND_IN = Text(
    en="Paste the text with the signatures, as weal access sign wrote it. Signatures that are here already count once.",
    zh="粘贴 weal access sign 所写的带签名文本。已提交的签名只计一次。",
)


def says_who(reading: Reading) -> bool:
    """Whether a policy in force says who approves: without one nothing can be asked for."""
    try:
        authorisations.policy_for(reading.tables, approving.ACTION)
    except NotFound:
        return False
    return True


def ask_view(reading: Reading, query: Query) -> Mapping[str, Any]:
    """An approval, to be asked for. Raises `NotFound`, also where no policy says who approves."""
    case = open_case(reading, query["case"])
    policy, _ = authorisations.policy_for(reading.tables, approving.ACTION)
    codes = tuple(Choice(code, words) for code, words in policy.bases.items())
    asks = (
        Question("basis", Text(en="Basis", zh="依据"), "one", choices=codes, required=True),
        Question("citation", Text(en="Its citation", zh="依据出处"), "text", required=True),
        Question("document_sha256", Text(en="SHA-256 of the document that it cites", zh="所引文件的 SHA-256"), "text",
                 required=True),
        Question("purpose", Text(en="What the approval is for", zh="批准用途"), "long_text", required=True),
        Question("days", Text(en="Good for so many days", zh="有效天数"), "number", required=True),
    )  # fmt: skip
    begins = {"days": "14"}
    held = {"nonce": authorisations.new_nonce()}  # sent twice, the form is one request
    return form(case, f"{query['case']}/ask", ASK.in_(reading.language), asks, begins) | {"held": held}


def ask_act(reading: Reading, given: Query) -> Deed:
    """The request. Raises `BadInput` where its days are none."""
    case, days = found(reading, given["case"]), plain(given, "days")
    if not (days.isascii() and days.isdigit() and 1 <= int(days[:4]) <= DAYS_MOST):
        raise BadInput(Fault("days", shown(days), f"a whole number from 1 to {DAYS_MOST}", "form"), "form")
    policy, _ = authorisations.policy_for(reading.tables, approving.ACTION)
    leaf = TlogProof.parse(str(reading.proven(case.entry)["proof"]).encode()).extra
    body = {
        "action": approving.ACTION,
        "log": reading.origin,
        "policy": {"rule": policy.id, "sha256": policy.sha256},
        "leaves": [{"log": reading.origin, "index": case.entry, "hash": leaf_hash(leaf).hex(),
                    "kind": "safety_cases.case", "fields": []}],
        "basis": {"code": plain(given, "basis"), "citation": plain(given, "citation"),
                  "document_sha256": plain(given, "document_sha256")},
        "purpose": plain(given, "purpose"),
        "requester": reading.party,
        "expires": stamp(reading.now + timedelta(days=int(days))),
        "nonce": plain(given, "nonce"),
    }  # fmt: skip
    return Deed([Act(authorisations.REQUESTED.id, body, key="")], f"{PATH}/{given['case']}")


def hand_in_view(reading: Reading, query: Query) -> Mapping[str, Any]:
    """Signatures, to be handed in. Raises `NotFound`."""
    case = open_case(reading, query["case"])
    asks = (Question("signed", Text(en="The signed text", zh="已签署文本"), "long_text", required=True),)
    return form(case, f"{query['case']}/hand-in", HAND_IN.in_(reading.language), asks)


def hand_in_act(reading: Reading, given: Query) -> Deed:
    """The signatures that the text holds and that are not here yet. Raises `BadInput`."""
    try:
        text, lines = authorisations.open_file(plain(given, "signed").encode() + b"\n")
        name = authorisations.request_id(text)
        authorisations.find(reading.tables, name)
    except (BadInput, NotFound) as error:
        want = "the text of a request about this case, as it stands here, with signatures below it"
        raise BadInput(Fault("signed", shown(str(error)), want, "form"), "form") from error
    there = {row["line"] for row in authorisations.signatures(reading.tables, name)}
    fresh = [line for line in dict.fromkeys(lines) if line not in there]
    if not fresh:
        raise BadInput(Fault("signed", f"{len(lines)} signatures", "one that is not here yet", "signatures"), "form")
    body = {"request_sha256": name, "signatures": fresh}
    return Deed([Act(authorisations.SIGNED.id, body, key="")], f"{PATH}/{given['case']}")
