"""Identifiers, instants, money and other units, parties, canonical bytes (RFC 8785), the one error tree."""

from .canonical import canonical, digest, read_json
from .errors import (
    BadInput,
    Busy,
    CommonwealError,
    Conflict,
    Fault,
    FaultCollector,
    Forbidden,
    NotFound,
    RecordFault,
    RuleFault,
    TooLarge,
    faults_of,
    shown,
)
from .ids import is_subject, slug, subject_id
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
from .periods import Period, period
from .quantities import Interval
from .texts import LANGUAGES, Text, text

__all__ = [
    "LANGUAGES",
    "YEAR_MAX",
    "YEAR_MIN",
    "BadInput",
    "Busy",
    "Clock",
    "Coarseness",
    "CommonwealError",
    "Conflict",
    "Fault",
    "FaultCollector",
    "Forbidden",
    "Interval",
    "NotFound",
    "Period",
    "RecordFault",
    "ReplayClock",
    "RuleFault",
    "SystemClock",
    "Text",
    "TooLarge",
    "add_months",
    "canonical",
    "coarsened",
    "day_start",
    "digest",
    "faults_of",
    "instant",
    "is_subject",
    "period",
    "read_json",
    "shown",
    "slug",
    "stamp",
    "subject_id",
    "text",
]
