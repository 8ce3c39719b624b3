"""A text that a person signs: a first line that says what it is, and one line of canonical JSON (RFC 8785).

The first line keeps a signature over one sort of text from being one over another. The text is signed as a C2SP signed
note, so any software for signed notes (Go's `x/mod/sumdb/note` among them) can make and check the signatures.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationError

from commonweal.kernel.disclosure.kinds import Filing
from commonweal.kernel.record import NoteSigner
from commonweal.kernel.values import BadInput, Fault, canonical, faults_of, read_json

NONCE_BYTES = 18


def one_line(value: str) -> str:
    """A signer is shown these texts: none may look like another line of what is signed."""
    if not value.isprintable():
        raise ValueError("printable text on one line")
    return value


Line = Annotated[str, AfterValidator(one_line)]
Nonce = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{22,64}$", description="base64url of at least 16 random bytes")]


def new_nonce() -> str:
    """144 random bits, in base64url."""
    return urlsafe_b64encode(secrets.token_bytes(NONCE_BYTES)).decode()


@dataclass(frozen=True, slots=True)
class SignedForm:
    """One sort of text to sign: its first line, the schema of its JSON, what it is called, how long it may be."""

    header: str
    schema: type[Filing]
    about: str
    bytes_max: int
    code: str

    def text(self, body: Mapping[str, Any]) -> str:
        """The text that is signed. Raises `BadInput` naming every fault of a body that does not fit the schema."""
        return f"{self.header}\n{canonical(self.body(body)).decode()}\n"

    def read(self, text: str) -> dict[str, Any]:
        """The body in a text, which must be its one canonical form. Raises `BadInput` naming every fault."""
        head, _, line = text.partition("\n")
        if head != self.header or len(text) > self.bytes_max:
            want = f"a text of at most {self.bytes_max} characters whose first line is {self.header}"
            raise BadInput(Fault("(first line)", head, want, self.code), self.about)
        body = self.body(read_json(line.encode("utf-8", "surrogatepass"), bytes_max=self.bytes_max))
        if self.text(body) != text:
            want = "the canonical (RFC 8785) form with nothing added: anything else would be another text to sign"
            raise BadInput(Fault("(whole)", line[:60], want, "not_canonical"), self.about)
        return body

    def body(self, body: Any) -> dict[str, Any]:
        """A body that fits the schema, as JSON values. Raises `BadInput`."""
        if not isinstance(body, Mapping):
            raise BadInput(Fault("(whole)", body, "a JSON object"), self.about)
        try:
            return self.schema.model_validate_json(canonical(dict(body)), strict=True).model_dump(mode="json")
        except ValidationError as error:
            raise BadInput(faults_of(error), self.about) from error

    def sign(self, text: str, signer: NoteSigner) -> str:
        """One signature line over a text. Raises `BadInput` for a text that is not of this form."""
        self.read(text)
        return signer.signature(text.encode()).line.rstrip("\n")
