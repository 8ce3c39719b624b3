"""Permanent identifiers.

A subject's identifier is `<noun>:<slug>`, e.g. `model:gpt-4`; it is chosen once, by the filer or from the name, and
never changes or is reused. `slug` is deterministic, so importing the same table twice names the same subjects.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

SUBJECT = re.compile(r"^[a-z][a-z_]{1,31}:[a-z0-9][a-z0-9.\-]{0,95}$")
SUBJECT_WANT = "an identifier like model:gpt-4 (a noun, a colon, then lower-case letters, digits, dots and hyphens)"


def slug(text: str, chars_max: int = 72) -> str:
    """A stable, readable, ASCII name for a text; a text without ASCII letters gets a digest instead."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"[^a-z0-9.]+", "-", plain).strip("-.")
    if len(plain) > chars_max or not plain:
        tail = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        plain = f"{plain[: chars_max - 9].strip('-.')}-{tail}".lstrip("-")
    return plain


def subject_id(noun: str, name: str) -> str:
    """`subject_id("model", "GPT-4")` → `model:gpt-4`."""
    return f"{noun}:{slug(name)}"


def as_subject(text: str) -> str:
    """The identifier that a text means: `report:EL 2026/7`, as a reference is written, is `report:el-2026-7`."""
    noun, colon, name = text.strip().partition(":")
    return subject_id(noun.strip().lower(), name) if colon and name.strip() and not is_subject(text) else text


def is_subject(text: str) -> bool:
    """Whether a text is a well-formed subject identifier."""
    return bool(SUBJECT.match(text))
