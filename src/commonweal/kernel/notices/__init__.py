"""Formal letters: each an entry with what it says, a reference number counted from the record, and the PDF as issued.

A letter is written from a template, a TOML text in an instrument's folder `letters/`:

```toml
id = "applications.received"
version = "2026-11"
title = { en = "Your application {name}", zh = "…" }
legal_basis = { en = "…", zh = "…" }      # on which law it rests, with its citation
remedy = { en = "…", zh = "…" }           # what can be done against it, by when and where; or that nothing can be

[values.name]                             # what is put in for {name}; each is asked for
type = "text"                             # text, day, number or entry
title = { en = "Name of the application", zh = "…" }

[[paragraph]]
en = "We received it on {day}."
zh = "…"
```
"""

from .kinds import (
    ASKED,
    CONFIRMED,
    ISSUED,
    KINDS,
    LAID_OUT,
    OF_REPORTER,
    PDF,
    STOPPED,
    TO_REPORTER,
    WANTED,
    WITHDRAWN,
    WRITTEN,
)
from .plans import check_values, owed_by_filer, read_plan
from .room import LETTER, TABLES, Notices, addressed, enclosed, laid_out, letter, letters, sent
from .templates import Template, read_template
from .told import ADDRESSEE, asked_by, asked_in, own, still_wanted
from .writing import Letterhead, body_of

__all__ = [
    "ADDRESSEE",
    "ASKED",
    "CONFIRMED",
    "ISSUED",
    "KINDS",
    "LAID_OUT",
    "LETTER",
    "OF_REPORTER",
    "PDF",
    "STOPPED",
    "TABLES",
    "TO_REPORTER",
    "WANTED",
    "WITHDRAWN",
    "WRITTEN",
    "Letterhead",
    "Notices",
    "Template",
    "addressed",
    "asked_by",
    "asked_in",
    "body_of",
    "check_values",
    "enclosed",
    "laid_out",
    "letter",
    "letters",
    "owed_by_filer",
    "own",
    "read_plan",
    "read_template",
    "sent",
    "still_wanted",
]
