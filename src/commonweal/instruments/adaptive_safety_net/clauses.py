"""By which clause a condition holds or a step is taken, in the language of whoever reads it."""

from __future__ import annotations

from importlib.resources import files

from commonweal.kernel.instrument import Text
from commonweal.kernel.values import read_toml

FILE = "clauses.toml"
_SAID = {
    row["en"]: Text(en=row["en"], zh=row["zh"])
    for row in read_toml(files(__package__).joinpath(FILE).read_text("utf-8"), FILE)["said"]
}


def clause(said: str) -> Text:
    """What a package's text names as its clause, in each language; as it is, where a text of an office's own has it."""
    return _SAID.get(said) or Text(en=said, zh=said)
