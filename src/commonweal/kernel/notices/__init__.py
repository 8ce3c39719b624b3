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

from .kinds import ISSUED, KINDS, PDF, WRITTEN
from .room import LETTER, TABLES, Notices, enclosed, letter, letters
from .templates import Template, read_template

__all__ = [
    "ISSUED",
    "KINDS",
    "LETTER",
    "PDF",
    "TABLES",
    "WRITTEN",
    "Notices",
    "Template",
    "enclosed",
    "letter",
    "letters",
    "read_template",
]
