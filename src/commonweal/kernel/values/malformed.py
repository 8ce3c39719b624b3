"""Where a text stops being JSON, in words: the place, what stands there and what would be right."""

from __future__ import annotations

import json

from .errors import Fault, shown

SEEN_CHARS = 20
END, EMPTY = "(the end of what was sent)", "(nothing)"
AN_EXAMPLE = 'JSON, such as {"name": "Example 1"}'
# How the beginning of a message of the standard library's reader is said; its later versions say some of it anew.
_WANTED = {
    "Expecting value": "a value: text in double quotes, a number, true, false, null, [a list] or {an object}",
    "Expecting property name": "a name in double quotes, or, with no comma before it, the } that ends the object",
    "Expecting ':'": "a : between a name and its value",
    "Expecting ','": "a , before what follows, or the } or ] that ends the object or list",
    "Illegal trailing comma": "no , after the last of an object or list",
    "Extra data": "nothing after the end of the first object, list or value",
    "Unterminated string": 'a " where the text ends that begins here',
    "Invalid control character": r'no line break or tab before the " that ends a text: \n and \t stand for them',
    "Invalid \\": r'after a \ one of " \ / b f n r t, or u and four hexadecimal digits',
    "Unexpected UTF-8 BOM": "UTF-8 without a byte order mark at its start",
}
_OTHERWISE = "JSON, as RFC 8259 has it"


def malformed(error: json.JSONDecodeError) -> Fault:
    """What is wrong with a text that the JSON reader refused.

    >>> try:
    ...     json.loads('{"a": }')
    ... except json.JSONDecodeError as error:
    ...     str(malformed(error)).partition(":")[0]
    'line 1, column 7'
    """
    text, at = error.doc, error.pos
    if not text.strip():
        return Fault("(whole)", EMPTY, AN_EXAMPLE, "json")
    want = next((words for begins, words in _WANTED.items() if error.msg.startswith(begins)), _OTHERWISE)
    seen = json.dumps(text[at])[1:-1] if error.msg.startswith("Invalid control") else _standing_at(text, at)
    return Fault(f"line {error.lineno}, column {error.colno}", seen, want, "json")


def _standing_at(text: str, at: int) -> str:
    """What stands at a place, to the end of its line at most; a character that cannot be printed as JSON escapes it."""
    rest = text[at : at + SEEN_CHARS]
    if not rest.strip():
        return END
    return shown(rest.splitlines()[0]) if rest[0].isprintable() else json.dumps(rest[0])[1:-1]
