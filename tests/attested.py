"""A small authority with a registered model, for the tests of credentials and presentations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from commonweal import attestations
from commonweal.acceptance import Caller
from commonweal.authority import Authority
from commonweal.kernel.credentials import Standing
from commonweal.kernel.record import Act
from commonweal.kernel.values import ReplayClock, Text
from commonweal.settings import Settings

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
ORIGIN = "register.example/ai"
CERTIFICATE = "model_registration.certificate"
LIST = f"{CERTIFICATE}.0"
LAB = Caller("party:lab", ("developer",))


@dataclass
class Office:
    """An authority under a clock that is set."""

    authority: Authority
    clock: ReplayClock

    @classmethod
    def found(cls, folder: Path) -> Office:
        clock = ReplayClock(START)
        settings = Settings(Text(en="Office", zh="机关"), ORIGIN, START, replay=True)
        office = cls(Authority.create(folder, settings, clock=clock), clock)
        office.file("organisation", name="Lab")
        return office

    def later(self, **more: float) -> datetime:
        self.clock.set(self.clock.now() + timedelta(**more))
        self.authority.tick()
        return self.clock.now()

    def file(self, kind: str, *, caller: Caller = LAB, **body: Any) -> int:
        index = self.authority.act(Act(f"model_registration.{kind}", body, ""), caller).index
        self.authority.follow()
        return index

    def register(self, name: str = "M", **more: Any) -> str:
        self.file("model", name=name, organisation="organisation:lab", **more)
        return f"model:{name.lower()}"

    def decide(self, subject: str, status: str, reason: str = "incomplete") -> int:
        body = {"about": subject, "status": status, "reason_code": reason}
        act = Act("model_registration.status", body, f"{status}:{self.authority.store.size()}", subject)
        index = self.authority.act(act).index
        self.authority.follow()
        return index

    def evidence(self, subject: str = "model:m", *fields: str) -> dict[str, Any]:
        return attestations.evidence(self.authority, attestations.held(self.authority, subject), fields)

    def token(self) -> str:
        return attestations.status_list(self.authority, LIST).token

    def standing(self, evidence: dict[str, Any], **more: Any) -> Standing:
        given = {"status_token": self.token(), "now": self.clock.now(), **more}
        return attestations.checked(evidence, self.authority.vkey, None, **given)

    def kinds(self) -> list[str]:
        entries = self.authority.store.entries(0, self.authority.store.size())
        return [item.kind for item in entries if "certificate" in item.kind or item.kind.startswith("credential.")]
