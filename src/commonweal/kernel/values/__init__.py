"""Identifiers, instants, money and other units, parties, canonical bytes (RFC 8785), the one error tree."""

from .addresses import as_uri
from .canonical import canonical, digest, read_json
from .citations import cited, citing, is_cited_in
from .columns import column_kind
from .errors import (
    BadInput,
    Busy,
    CommonwealError,
    Conflict,
    Crowded,
    Fault,
    FaultCollector,
    Forbidden,
    Lasting,
    NotFound,
    RecordFault,
    Repeated,
    RuleFault,
    Stale,
    Superseded,
    TooLarge,
    faults_of,
    quoted,
    shown,
)
from .ids import as_subject, is_subject, slug, subject_id
from .instants import (
    YEAR_MAX,
    YEAR_MIN,
    Clock,
    Coarseness,
    ReplayClock,
    SystemClock,
    add_months,
    coarsened,
    day_start,
    instant,
    stamp,
)
from .nearest import nearest
from .partial import FIRST_ON_EARTH, alike, anywhere, ends_before, exact, partial, partial_in, span
from .periods import Period, period
from .quantities import Interval
from .sheets import defused, undefused
from .soundness import Sound, Unsound, apart
from .texts import LANGUAGES, Text, text
from .toml import read_toml, utf8
from .turns import Turns
from .yaml import read_yaml

__all__ = [
    "FIRST_ON_EARTH",
    "LANGUAGES",
    "YEAR_MAX",
    "YEAR_MIN",
    "BadInput",
    "Busy",
    "Clock",
    "Coarseness",
    "CommonwealError",
    "Conflict",
    "Crowded",
    "Fault",
    "FaultCollector",
    "Forbidden",
    "Interval",
    "Lasting",
    "NotFound",
    "Period",
    "RecordFault",
    "Repeated",
    "ReplayClock",
    "RuleFault",
    "Sound",
    "Stale",
    "Superseded",
    "SystemClock",
    "Text",
    "TooLarge",
    "Turns",
    "Unsound",
    "add_months",
    "alike",
    "anywhere",
    "apart",
    "as_subject",
    "as_uri",
    "canonical",
    "cited",
    "citing",
    "coarsened",
    "column_kind",
    "day_start",
    "defused",
    "digest",
    "ends_before",
    "exact",
    "faults_of",
    "instant",
    "is_cited_in",
    "is_subject",
    "nearest",
    "partial",
    "partial_in",
    "period",
    "quoted",
    "read_json",
    "read_toml",
    "read_yaml",
    "shown",
    "slug",
    "span",
    "stamp",
    "subject_id",
    "text",
    "undefused",
    "utf8",
]
