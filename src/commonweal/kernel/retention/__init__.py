"""How long sealed things are kept: dated schedules, legal holds, erasure by key destruction.

What is sealed falls by the key: one for each holder and retention class. A schedule is a TOML text, put in force by a
`rule.adopted` entry:

```toml
id = "model_registration.retention"  # the id under which it is adopted
version = "2026-01"                  # other words need another version
title = { en = "…", zh = "…" }
jurisdiction = "EU"
time_zone = "Europe/Brussels"        # days begin and end there
calendar = "calendar.eu_1182_71"     # optional: an adopted calendar; without it only weekends are closed

[source]
citation = "…"
url = "https://…"                    # optional

[[schedule]]
class = "technical_documentation"    # the retention class of kinds, as their leaves name it
title = { en = "…", zh = "…" }
text = { en = "…", zh = "…" }        # in words of our own
citation = "…"                       # what says so
keep = "10 years"                    # at least so long; or "for_good", or "none"
erase_after = "11 years"             # optional: when it is due to be erased; never before `keep` has passed
counted_from = { kind = "model_registration.model", field = "placed_on_eu_market_on" }   # optional: else each entry
automatic = false                    # erased when due, without asking an officer

[[schedule.basis]]                   # on what else it may be erased, once `keep` has passed
code = "unlawful_processing"
title = { en = "…", zh = "…" }
citation = "…"
before_minimum = false               # optional: true where two officers may erase it whatever `keep` says, and one
                                     # alone nothing that others filed
kinds = []                           # optional: only a key that holds nothing but entries of these kinds

[[schedule.kept_for]]                # optional: what `keep` rests on, told to whoever is refused before it has passed
code = "public_task"
title = { en = "…", zh = "…" }
citation = "…"

[[schedule.ended_by]]                # optional: an entry about the holder that ends the keeping, once `keep` has passed
kind = "incident_reports.strip"
where = { how = "returned" }         # optional: only one whose fields hold these texts
after = "30 days"                    # optional: so long after it; else at once
basis = "returned"                   # one of this schedule's bases, named in the erasure
```

**Never shortened.** An entry keeps the longest of all versions that were in force when it was filed or were adopted
since, of every text that names its class. A later version that keeps for less applies to what is filed from then on. A
class without a schedule, or whose event is not on file, is kept until a schedule or the event says otherwise.
"""

from .early import NeedsTwo, check_asked, confirmed, requests, why_two
from .kinds import ERASED, ERASURE_ASKED, HOLD_LIFTED, HOLD_PLACED, KINDS, OFFICE, TABLES
from .queries import (
    Held,
    TooEarly,
    UnderWay,
    bases,
    basis_at,
    check_filing,
    due,
    erased_by,
    erasures,
    hold,
    holding,
    holds,
    keys_of_holder,
    refuse,
    shortened,
    texts,
    unfinished,
)
from .room import Retention
from .schedules import ENDED, Basis, Schedule, Schedules, check_adoption, read_schedules

__all__ = [
    "ENDED",
    "ERASED",
    "ERASURE_ASKED",
    "HOLD_LIFTED",
    "HOLD_PLACED",
    "KINDS",
    "OFFICE",
    "TABLES",
    "Basis",
    "Held",
    "NeedsTwo",
    "Retention",
    "Schedule",
    "Schedules",
    "TooEarly",
    "UnderWay",
    "bases",
    "basis_at",
    "check_adoption",
    "check_asked",
    "check_filing",
    "confirmed",
    "due",
    "erased_by",
    "erasures",
    "hold",
    "holding",
    "holds",
    "keys_of_holder",
    "read_schedules",
    "refuse",
    "requests",
    "shortened",
    "texts",
    "unfinished",
    "why_two",
]
