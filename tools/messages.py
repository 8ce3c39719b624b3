"""Brings the message catalogues up to date with the templates and the code: `python tools/messages.py`.

Every message that is used gets a line in its .po file, untranslated ones empty; those no longer used are dropped. What
the tests check (nothing untranslated) is found with the same functions.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "commonweal"
PORTAL = PACKAGE / "doors" / "portal"
KEYWORDS = {
    "_": None,
    "N_": None,
    "gettext": None,
    "say": None,
    "message": None,
    "ngettext": (1, 2),
    "count": (1, 2),
    "count_of": (1, 2),
}
IDLE_HEADERS = tuple(
    f'"{name}:' for name in (
        "Project-Id-Version", "Report-Msgid-Bugs-To", "POT-Creation-Date", "PO-Revision-Date", "Last-Translator",
        "Language-Team", "Generated-By",
    )
)  # fmt: skip
TEMPLATE_KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}


def catalogues() -> Iterator[tuple[Path, Path]]:
    """`(folder of sources, .po file)` of the portal and of every instrument that has pages."""
    yield PORTAL, PORTAL / "messages" / "zh" / "LC_MESSAGES" / "portal.po"
    for pages in sorted(PACKAGE.glob("instruments/*/pages")):
        instrument = pages.parent
        yield pages, instrument / "messages" / "zh" / "LC_MESSAGES" / f"{instrument.name}.po"


def used(folder: Path) -> dict[str | tuple[str, str], list[str]]:
    """Every message used under a folder (message, or singular and plural), with the files that use it."""
    found: dict[str | tuple[str, str], list[str]] = {}
    for path in sorted(folder.rglob("*")):
        method = {".py": "python", ".html": "jinja2", ".svg": "jinja2"}.get(path.suffix)
        if method is None or "static" in path.parts or "messages" in path.parts:
            continue
        keywords = KEYWORDS if method == "python" else TEMPLATE_KEYWORDS
        options = {"encoding": "utf-8"}
        with BytesIO(path.read_bytes()) as file:
            for _, message, _, _ in extract(method, file, keywords=keywords, options=options):
                if message:
                    found.setdefault(message, []).append(path.name)
    return found


def known(po: Path) -> Catalog:
    """A catalogue as it stands (empty where there is none)."""
    if not po.is_file():
        return Catalog(locale="zh_Hans_CN", fuzzy=False)
    with po.open("rb") as file:
        return read_po(file, locale="zh_Hans_CN")


def missing(folder: Path, po: Path, also: Path | None = None) -> list[str]:
    """Messages used under a folder that have no translation in its catalogue (nor in another one)."""
    catalogues = [known(po), *([known(also)] if also else [])]
    lacking = []
    for message in used(folder):
        one = message if isinstance(message, str) else message[0]
        if not any(_translated(catalogue, one) for catalogue in catalogues):
            lacking.append(one)
    return lacking


def _translated(catalogue: Catalog, message: str) -> bool:
    found = catalogue.get(message)
    if found is None or found.fuzzy:
        return False
    return all(found.string) if isinstance(found.string, list | tuple) else bool(found.string)


def update(folder: Path, po: Path, also: Path | None) -> int:
    """Rewrite one catalogue; the number of messages that lack a translation."""
    before, after = known(po), Catalog(locale="zh_Hans_CN", project="Commonweal", fuzzy=False)
    after.header_comment = "# Messages in Simplified Chinese. `python tools/messages.py` keeps the list up to date."
    shared = known(also) if also else None
    for message, files in sorted(used(folder).items(), key=lambda item: str(item[0])):
        one = message if isinstance(message, str) else message[0]
        if shared is not None and _translated(shared, one) and before.get(one) is None:
            continue
        there = before.get(one)
        string = there.string if there is not None else ""
        after.add(message, string, auto_comments=[", ".join(sorted(set(files)))])
    if not len(after):
        return 0
    po.parent.mkdir(parents=True, exist_ok=True)
    with po.open("wb") as file:
        write_po(file, after, width=120, omit_header=False, sort_output=True)
    kept = [line for line in po.read_text("utf-8").split("\n") if not line.startswith(IDLE_HEADERS)]
    po.write_text("\n".join(kept), "utf-8")
    return len(missing(folder, po, also))


def main() -> int:
    left = 0
    portal = next(catalogues())[1]
    for folder, po in catalogues():
        lacking = update(folder, po, None if po == portal else portal)
        print(f"{po.relative_to(ROOT)}: {lacking} without a translation")
        left += lacking
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
