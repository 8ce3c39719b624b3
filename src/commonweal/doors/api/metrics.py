"""Figures for whoever watches the service, in the text format that Prometheus and OpenTelemetry collectors read."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.responses import Response

from commonweal.authority import Authority
from commonweal.log_export import exported

from .operations import Answer, Asked, Operation

MEDIA = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """How the log stands, and with each of its witnesses."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority

    def operations(self) -> list[Operation]:
        answer = Answer("Figures, one a line", media=("text/plain",))
        title = "Figures of the log and its witnesses, for monitoring"
        return [Operation("metrics", "GET", "/api/v1/metrics", title, self._metrics, "service", answers=(answer,))]

    def _metrics(self, asked: Asked) -> Response:
        return Response("".join(f"{line}\n" for line in self._lines()), headers={"Content-Type": MEDIA})

    def _lines(self) -> Iterator[str]:
        witnesses = self._authority.witnesses
        status = witnesses.status()
        size = status["published"] + status["waiting"]
        yield from _gauge("log_entries", "Entries accepted and signed by the log", {"": size})
        yield from _gauge("log_published_entries", "Entries under the published checkpoint", {"": status["published"]})
        yield from _gauge("log_halted", "1 when nothing is written, because the record was rolled back or forked",
                          {"": int(bool(status["halted"]))})  # fmt: skip
        if laid_out := exported(self._authority.folder, status["published"]):
            yield from _gauge("export_lag_entries", "Published entries not yet laid out for others to host",
                              {"": laid_out["lag"]})  # fmt: skip
            yield from _gauge("export_fault", "1 while the last attempt to lay out the public log failed",
                              {"": int(bool(laid_out["fault"]))})  # fmt: skip
        lines = witnesses.lines()
        yield from _gauge("witness_lag_entries", "Entries that a witness has yet to cosign",
                          {line.name: line.lag for line in lines})  # fmt: skip
        yield from _gauge("witness_alarm", "1 while there is an alarm about a witness or by it",
                          {line.name: int(bool(line.alarm)) for line in lines})  # fmt: skip


def _gauge(name: str, text: str, values: dict[str, int]) -> Iterator[str]:
    yield f"# HELP commonweal_{name} {text}"
    yield f"# TYPE commonweal_{name} gauge"
    for witness, value in values.items():
        label = f'{{witness="{_escaped(witness)}"}}' if witness else ""
        yield f"commonweal_{name}{label} {value}"


def _escaped(text: str) -> str:
    clean = text.encode("utf-8", "replace").decode()
    return clean.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
