"""Forms: read from an instrument's folder and held against the kind they file, and what people answer made a body.

Nothing here knows a web page: the portal shows forms, and this package says what they ask, what an answer means, and
what is wrong with one.
"""

from .answers import (
    Answers,
    Problem,
    also_of,
    answered,
    asked_pages,
    body_of,
    is_for,
    notices_of,
    page_problems,
    raw_from,
    raw_of,
    read_answer,
)
from .codes import Mistyped, new_code, party_of, read_code, reference
from .reading import REPORTER, read_form, read_forms
from .shapes import Shape, shape_of
from .zones import ZONES

__all__ = [
    "REPORTER",
    "ZONES",
    "Answers",
    "Mistyped",
    "Problem",
    "Shape",
    "also_of",
    "answered",
    "asked_pages",
    "body_of",
    "is_for",
    "new_code",
    "notices_of",
    "page_problems",
    "party_of",
    "raw_from",
    "raw_of",
    "read_answer",
    "read_code",
    "read_form",
    "read_forms",
    "reference",
    "shape_of",
]
