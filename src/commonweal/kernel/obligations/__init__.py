"""Dated, cited rules that say who owes which filing to whom by when.

A law is a TOML text, put in force by a `rule.adopted` entry. Threshold, period, dates: everything is in the text.

```toml
id = "eu.ai_act"                     # the id under which it is adopted
version = "2026-01"                  # other words need another version
title = { en = "…", zh = "…" }       # every text for people is bilingual, in words of our own
jurisdiction = "EU"                  # ISO 3166, EU, or a subdivision such as US-CA
authority = { en = "…", zh = "…" }   # to whom duties are owed (a rule's `owed_to` overrides it)
time_zone = "Europe/Brussels"        # days begin and end there
calendar = "calendar.eu_1182_71"     # a calendar text: see `read_calendar`
note = { en = "…", zh = "…" }        # optional, as on a rule

[source]
citation = "…"
url = "https://…"                    # optional
verified = { en = "…", zh = "…" }    # optional: against what the text was checked

[facts]                              # every fact that a rule asks for; only a public one's value may be shown
compute_flop = { en = "…", zh = "…", public = true }

[[rule]]
id = "eu.ai_act.art52_1"             # begins with the law's id; the same id again needs other dates and a version
version = "2026-01"                  # optional: the law's
title = { en = "…", zh = "…" }
text = { en = "…", zh = "…" }
column = { en = "…", zh = "…" }      # heading in a register
citation = "Art. 52(1)"
noun = "model"                       # or several: ["model", "training_run"]
duty = "notification"                # a short code
owed_by = { en = "…", zh = "…" }
party = "organisation"               # optional: the fact that names the debtor; without it the subject itself owes
in_force = { from = 2025-08-02, until = 2030-01-01 }    # `until`, optional, is the first day no longer in force
when = { all = [                     # or any; groups nest
    { fact = "compute_flop", op = ">", value = 1e25, act_on = "point" },    # > >= < <=; point, low, high, interval
    { fact = "placed_on_eu_market", op = "is", value = true },              # is: truth, text or number
    { fact = "generates", op = "has", value = ["text", "image"] },          # has: one of a comma-separated fact; in
    { fact = "deployed_on", op = "from", value = 2026-01-01 },              # from, before: days
] }
start = { event = "known" }          # all conditions known to hold; or "in_force"; or "fact" with fact = "deployed_on"
                                     # or "began", "due", "met" with of = "eu.ai_act.art52": what happens to another
                                     # duty of this law about the same subject; nothing is owed before it happens
period = "2 weeks"                   # or {n, unit}; "at_once" (the starting day); "none" (ongoing, no date)
met_by = { kind = "model_registration.notification", rule = "rule_id", subject = "about", on = "" }     # optional; with
                                     # party = "organisation" (the field that says whose) only the debtor's own counts
transitional = { fact = "placed_on", before = 2025-08-02, due = 2027-08-02, citation = "Art. 111(3)" }  # optional
unknown = "cautious"                 # date it as if owed; or "noted": no date
public_outcome = true                # optional: state and dates are shown though a fact that is not public decides them

relay = [                            # optional: whoever receives it passes it on; each a duty of the authority
    { id = "national", to = { en = "…", zh = "…" }, within = "2 hours", citation = "Art. 5" },
    { id = "council", after = "national", to = { en = "…", zh = "…" }, within = "1 hour", citation = "Art. 5" },
]

[rule.stoppable]                     # optional: who may stop the clock, and let it go on
by = ["authority", "officer"]        # roles
reasons = { information_requested = { en = "…", zh = "…", times = 1 } }     # those that the law allows: code = words,
                                     # with `times` where this one may be given only so often
max = "60 days"                      # optional: the longest stop; then the clock goes on by itself
times = 1                            # optional: how often at most
citation = "Art. 6(2)"

[rule.extendable]                    # optional: the same for extensions; `max`, required, bounds all of them together
by = ["authority"]
reasons = { complex = { en = "…", zh = "…" } }
max = "15 working_days"
citation = "Art. 6(3)"

[[rule.follow_up]]                   # optional: again and again until something ends it …
id = "update"                        # the duty eu.ai_act.art52_1.update: a filing names it like any rule
title = { en = "…", zh = "…" }
text = { en = "…", zh = "…" }        # optional, as are duty (a code) and owed_to
citation = "Art. 7(1)"
start = { event = "met" }            # as a rule's; of = "final" names a sibling; without it, when the rule is met
every = "4 weeks"                    # from the start, then from the last filing
until = { of = "final" }             # ends when that is filed; or {fact} (that day); or {period}; or "conditions", for
                                     # one that lasts while the rule's conditions hold: there must be an end
met_by = "model_registration.update" # optional: the rule's

[[rule.follow_up]]                   # … or once
id = "final"
title = { en = "…", zh = "…" }
citation = "Art. 7(2)"
start = { event = "fact", fact = "resolved_on" }    # a follow-up is not owed before its fact is known
period = "60 days"

[[rule]]                             # a duty of the authority
id = "eu.ai_act.decision"
party = "authority"                  # met by `duty.done` {rule, about, on} unless met_by says otherwise
start = { event = "met", of = "eu.ai_act.art52_1" }
period = "15 working_days"
on_silence = "deemed_approved"       # or "deemed_refused": what its silence at the date is deemed to say
# … and what every rule has
```

Periods have the units minutes, hours, days, working_days, weeks, months and years. A follow-up or relay is a rule of
its own (`Rule.parent`), asked for under the conditions and in the time in force of the rule that it stands under.

`act_on = "interval"` leaves a figure whose interval holds the line unknown; the others decide by one of its figures.
An entry changes duties when it is a version of a subject that has facts (its kind ends with the subject's noun), when a
supplier of facts says so (`touches`), when it adopts a text, when it meets a duty, or when it is a tick of the clock.
What each change is recorded as: `DutyChanged`. Of a rule that a fact decides which is not public, and that does not say
`public_outcome`, only state `not_public` is shown and recorded; the authority's own row (`duties(…, private=True)`) has
the real one. `party`, `start` and `transitional` name public facts.
"""

from .adoption import adopted_laws, check_adoption, law_of, read_text
from .calendars import PLAIN, Calendar, due_after, read_calendar
from .checking import check_filing
from .clauses import THE_AUTHORITY
from .evaluation import Finding, day_text, evaluate, evaluate_rule
from .kinds import ANSWER, DUTY, DUTY_CHANGED, KINDS, PUBLIC_DUTY, TABLES
from .laws import Condition, FactName, Group, Law, Rule, read_law
from .publication import to_the_second
from .queries import (
    by_day,
    calendar,
    changes,
    columns,
    counts,
    deadlines,
    duties,
    fact_names,
    fact_title,
    is_rule,
    moment,
    on_time,
    standing,
    zone_of,
)
from .reasons import STATES, explained, open_clause, presumed_start
from .room import Obligations

__all__ = [
    "ANSWER",
    "DUTY",
    "DUTY_CHANGED",
    "KINDS",
    "PLAIN",
    "PUBLIC_DUTY",
    "STATES",
    "TABLES",
    "THE_AUTHORITY",
    "Calendar",
    "Condition",
    "FactName",
    "Finding",
    "Group",
    "Law",
    "Obligations",
    "Rule",
    "adopted_laws",
    "by_day",
    "calendar",
    "changes",
    "check_adoption",
    "check_filing",
    "columns",
    "counts",
    "day_text",
    "deadlines",
    "due_after",
    "duties",
    "evaluate",
    "evaluate_rule",
    "explained",
    "fact_names",
    "fact_title",
    "is_rule",
    "law_of",
    "moment",
    "on_time",
    "open_clause",
    "presumed_start",
    "read_calendar",
    "read_law",
    "read_text",
    "standing",
    "to_the_second",
    "zone_of",
]
