"""Return codes: 110 random bits in readable groups, with a check that tells a slip of the pen from a wrong code.

A code is the only thing that an anonymous filer keeps, and nothing is stored of it but what the record says anyhow:
the party that files is named by a SHA-256 of the code. Whoever has the code can say so again, whoever reads the record
cannot go back (2^110 codes). The alphabet is Crockford's base 32 (no I, L, O, U); its two check characters are the
number modulo 1021, the largest prime below 32², so every single wrong character and every swap of neighbours shows.
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from datetime import datetime

from commonweal.kernel import persons

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_BITS, DATA_CHARS, GROUP = 110, 22, 4
_MODULUS = 1021
_ALIKE = str.maketrans({"O": "0", "I": "1", "L": "1", "-": "", "–": "", "—": "", " ": "", "\t": ""})


class Mistyped(ValueError):
    """This cannot be a code: characters are missing, or one or two are wrong."""


def new_code() -> str:
    """A new code, in six groups of four: `7KQ2-…`."""
    return _grouped(secrets.randbits(CODE_BITS))


def read_code(typed: str) -> str:
    """A code as it was given out, from what somebody typed. Raises `Mistyped`."""
    plain = unicodedata.normalize("NFKC", typed[:200]).upper().translate(_ALIKE)
    if len(plain) != DATA_CHARS + 2 or any(ch not in ALPHABET for ch in plain):
        raise Mistyped
    number = _number(plain[:DATA_CHARS])
    if number % _MODULUS != _number(plain[DATA_CHARS:]):
        raise Mistyped
    return _grouped(number)


def party_of(code: str) -> str:
    """As which party the holder of a code acts: 120 bits of a SHA-256 of it."""
    digest = hashlib.sha256(b"commonweal/return-code\0" + code.encode("ascii")).digest()
    return persons.ANONYMOUS + _chars(int.from_bytes(digest[:15], "big"), 24).lower()


def reference(prefix: str, now: datetime) -> str:
    """A reference that says nothing about who filed or what: the year, and 40 random bits."""
    return f"{prefix}{now.year}-{_chars(secrets.randbits(40), 8)}"


def _grouped(number: int) -> str:
    plain = _chars(number, DATA_CHARS) + _chars(number % _MODULUS, 2)
    return "-".join(plain[at : at + GROUP] for at in range(0, len(plain), GROUP))


def _chars(number: int, count: int) -> str:
    return "".join(ALPHABET[number >> (5 * at) & 31] for at in reversed(range(count)))


def _number(plain: str) -> int:
    found = 0
    for ch in plain:
        found = found * 32 + ALPHABET.index(ch)
    return found
