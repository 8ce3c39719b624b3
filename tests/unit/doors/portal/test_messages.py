"""Every word of the portal is in the catalogues: nothing untranslated in a template, in the code or on a page."""

from __future__ import annotations

import importlib.util
import re
from html import unescape
from pathlib import Path
from types import ModuleType

import pytest
from starlette.testclient import TestClient

from commonweal import playbooks
from commonweal.authority import Authority
from commonweal.doors.portal.cells import STATES
from commonweal.doors.portal.fields import CODES, FIELDS, OFFICES
from commonweal.instruments import discover
from commonweal.kernel.protocols import read_playbook
from commonweal.kernel.values import LANGUAGES

ROOT = Path(__file__).resolve().parents[4]


def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("messages_tool", ROOT / "tools" / "messages.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TOOL = tool()
CATALOGUES = list(TOOL.catalogues())
BUILT_FOR_TESTS = "bridges."


@pytest.mark.parametrize(("folder", "po"), CATALOGUES, ids=[po.name for _, po in CATALOGUES])
def test_every_message_that_is_used_has_a_translation(folder: Path, po: Path) -> None:
    assert TOOL.missing(folder, po, CATALOGUES[0][1]) == []


@pytest.mark.parametrize("po", [po for _, po in CATALOGUES], ids=[po.name for _, po in CATALOGUES])
def test_translations_keep_the_places_for_values_and_leave_no_english(po: Path) -> None:
    for message in TOOL.known(po):
        texts = [message.id, message.string] if isinstance(message.id, str) else [message.id[1], message.string[0]]
        if not texts[0] or not texts[1]:
            continue
        places = [sorted(re.findall(r"%\((\w+)\)s", text)) for text in texts]
        assert places[0] == places[1], texts[0]
        assert re.search(r"[\u4e00-\u9fff]", texts[1]) or not re.search(
            r"[a-z]{3}", re.sub(r"%\(\w+\)s", "", texts[1])
        ), texts


def test_a_chinese_page_shows_no_message_in_english(client: TestClient) -> None:
    """Found by looking for whole messages of more than one word as the text of an element."""
    messages = {one if isinstance(one, str) else one[0] for folder, _ in CATALOGUES for one in TOOL.used(folder)}
    telling = {message for message in messages if " " in message and "%(" not in message}
    for path in (
        "/",
        "/about",
        "/accessibility",
        "/lists",
        "/regimes",
        "/duties",
        "/record",
        "/record/0",
        "/record/check",
        "/record/witnesses",
        "/record/erasures",
        "/record/keys",
        "/record/disclosures",
        "/nope",
        "/board",
        "/sign-in",
        "/enrol",
    ):
        page = client.get("/zh" + path).text
        shown = {unescape(text).strip() for text in re.findall(r">([^<>]+)<", page)}
        assert shown & telling == set(), path


def test_every_state_has_words_in_both_languages(client: TestClient) -> None:
    known = TOOL.known(CATALOGUES[0][1])
    assert [words for words in CODES.values() if not known.get(words) or not known.get(words).string] == []
    assert [words for _, words in STATES.values() if not known.get(words) or not known.get(words).string] == []


def test_every_field_has_a_title(authority: Authority) -> None:
    """A reader of an entry sees what a field is called in their language, not only its name in the record."""
    kinds = [kind for item in discover().values() for kind in item.instrument.kinds]
    known = TOOL.known(CATALOGUES[0][1])
    rooms = [kind for name, kind in authority.kinds.items() if not name.startswith(BUILT_FOR_TESTS)]
    declared = {name: item.instrument for item in discover().values() for name in item.instrument.fields}
    untitled = {name for kind in [*rooms, *kinds] for name in kind.schema.model_fields} - set(FIELDS) - set(declared)
    assert untitled == set()
    assert set(declared) & set(FIELDS) == set(), "the house has a title for it"
    assert [name for name, item in declared.items() if len(item.fields[name]) < len(LANGUAGES)] == []
    assert [title for title in FIELDS.values() if not known.get(title) or not known.get(title).string] == []


def test_every_role_that_a_shipped_playbook_asks_for_has_words_in_both_languages() -> None:
    texts = list(playbooks.texts().values())
    steps = [step for text in texts for step in read_playbook(text).steps.values() if step.extension.approval]
    roles = {role for step in steps for role in step.extension.approval.of_roles}  # type: ignore[union-attr]
    assert {"officer", "coordinator", "expert"} <= roles
    assert roles - set(OFFICES) == set()


def test_no_template_joins_two_names_with_a_colon_that_only_english_has() -> None:
    """In Chinese it is ：; what joins words is a message like any other."""
    templates = CATALOGUES[0][0] / "templates"
    assert [one.name for one in templates.rglob("*.html") if "}}: {{" in one.read_text("utf-8")] == []
