"""What is wrong with an act about a request beyond its form: every fault, before anything is recorded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from commonweal.kernel import obligations
from commonweal.kernel.disclosure import releasing
from commonweal.kernel.instrument import Act, Fault, Filer, Reader
from commonweal.kernel.values import BadInput, shown

from .following import BY, CLOCK, address, extensions
from .kinds import ANSWER, ANSWERED, EXTENDED, HOWS, QUESTION, REFUSED, REQUEST, STEPS, TAKEN_IN, WITHDRAWN
from .tables import Standing, standing
from .words import grounds

_STEPS = frozenset(kind.id for kind in STEPS)
OVER = "a request that waits for an answer: this one has ended with entry {entry}"
TAKE_IN = "a request that was taken in: say first under which law it stands"


def check(act: Act, reader: Reader, filer: Filer) -> Iterable[Fault]:
    """The faults of an act of this instrument's kinds."""
    if act.kind == REQUEST.id:
        yield from _of_a_request(act)
    elif act.kind in _STEPS:
        stands = standing(reader, str(act.body["request"]))
        if stands is not None:
            yield from _of_a_step(act, stands, reader, filer)


def _of_a_request(act: Act) -> Iterator[Fault]:
    """What only an officer says of a request is not said by whoever asks, and a letter can reach whom it concerns."""
    body = act.body
    if not body.get("came_by"):
        for name in ("party", "received_on"):
            if body.get(name):
                want = "nothing without came_by: by the form it comes in when it is filed, from whoever files it"
                yield Fault(name, str(body[name]), want, "by_themselves")
    elif not (body.get("party") or _reachable(body)):
        want = "who asks (person) and the lines of their address, or in party who they are here: a letter tells them"
        yield Fault("contact", "", want, "missing")


def _reachable(body: Mapping[str, Any]) -> bool:
    return bool(body.get("person")) and bool(body.get("contact"))


def _of_a_step(act: Act, stands: Standing, reader: Reader, filer: Filer) -> Iterator[Fault]:
    body = act.body
    if stands.end is not None and act.kind not in (ANSWER.id,):
        yield Fault("request", stands.request, OVER.format(entry=stands.end["entry"]), "over")
        return
    if act.kind in (ANSWER.id, WITHDRAWN.id):
        yield from _of_their_words(body, stands, filer)
    elif act.kind == TAKEN_IN.id:
        yield from _of_who_it_is(body, stands)
    elif act.kind == QUESTION.id and not (address(stands) or stands.party):
        yield Fault("request", stands.request, "a request of somebody who can be reached", "no_address")
    elif stands.taken is None:
        yield Fault("request", stands.request, TAKE_IN, "not_taken_in")
    elif act.kind == EXTENDED.id:
        yield from _of_an_extension(act, stands, reader, filer)
    elif act.kind in (ANSWERED.id, REFUSED.id):
        yield from _of_an_end(act, stands, reader)


def _of_their_words(body: Mapping[str, Any], stands: Standing, filer: Filer) -> Iterator[Fault]:
    theirs = stands.party in filer.speaks_for
    if not theirs and not body.get("received_by"):
        want = f"how it came in, where an officer writes down what they said: {', '.join(HOWS)}"
        yield Fault("received_by", "", want, "not_theirs")
    asked = body.get("question")
    if asked is not None and all(row["entry"] != asked or row["kind"] != QUESTION.id for row in stands.steps):
        yield Fault("question", shown(asked), f"the entry of a question about {stands.request}", "reference")


def _of_who_it_is(body: Mapping[str, Any], stands: Standing) -> Iterator[Fault]:
    """Whoever asks by the form signed in, or by return code, is whom it is about."""
    party = body.get("party")
    if party and stands.by_themselves and party != stands.first["author"]:
        want = (
            f"{stands.first['author']}, who filed it: what another holds here is asked for by themselves, or by letter"
        )
        yield Fault("party", str(party), want, "another")


def _of_an_extension(act: Act, stands: Standing, reader: Reader, filer: Filer) -> Iterator[Fault]:
    """An extension that no clock of the request takes, or that comes too late."""
    bodies = extensions(reader, stands.request, act.body)
    if not bodies:
        want = "a request with a clock that runs and that its law lets be extended; weal held request show lists them"
        yield Fault("request", stands.request, want, "no_clock")
    for body in bodies:
        try:
            obligations.check_filing(Act(CLOCK, body, key=""), (BY,), reader, filer.at)
        except BadInput as error:
            for fault in error.faults:
                yield Fault("months", f"{act.body['months']} ({body['rule']})", fault.want, fault.code)


def _of_an_end(act: Act, stands: Standing, reader: Reader) -> Iterator[Fault]:
    body = act.body
    on, received = body.get("on"), stands.received_on
    if on and str(on) < received:
        yield Fault("on", str(on), f"a day not before the request was received ({received})", "before_start")
    if act.kind == REFUSED.id and not grounds()[body["ground"]].cited(stands.under):
        known = [code for code, one in grounds().items() if one.cited(stands.under)]
        want = f"a ground that the law of this request knows ({', '.join(stands.under)}): {', '.join(known) or 'none'}"
        yield Fault("ground", str(body["ground"]), want, "no_ground")
    if (
        act.kind == ANSWERED.id
        and body["outcome"] != "nothing_held"
        and not (body.get("documents") or body.get("words"))
    ):
        yield Fault("documents", "", "what they get; or in words how they came to it", "missing")
    taken = stands.taken
    if act.kind == ANSWERED.id and taken and taken["body"]["identity"] == "not_confirmed":
        want = "a request of which it is clear who asks: say how it is known when you take it in, or ask them"
        yield Fault("request", stands.request, want, "identity")
    for index in body.get("releases", ()):
        if not releasing.of_act(reader, stands.party, int(index)):
            want = f"an entry by which a withheld field was released to {stands.party or 'whom the request is about'}"
            yield Fault("releases", shown(index), want, "reference")
