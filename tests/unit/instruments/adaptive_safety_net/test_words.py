"""Every message of the instrument's pages is in the Chinese catalogue, every word of its views in both languages."""

from __future__ import annotations

import re
from importlib.resources import files

from babel.messages.pofile import read_po

from commonweal.instruments.adaptive_safety_net import laus, words

MESSAGE = re.compile(r'_\("((?:[^"\\]|\\.)*)"')


def test_every_message_of_the_templates_is_translated_and_none_is_left_over() -> None:
    asked = {
        message for path in (laus.HERE / "pages").glob("*.html") for message in MESSAGE.findall(path.read_text("utf-8"))
    }
    with (laus.HERE / "messages" / "zh" / "LC_MESSAGES" / "adaptive_safety_net.po").open("rb") as file:
        catalogue = read_po(file, locale="zh_Hans_CN")
    translated = {message.id for message in catalogue if message.id and message.string}
    house = files("commonweal.doors.portal") / "messages/zh/LC_MESSAGES/portal.po"
    with house.open("rb") as file:
        shared = {message.id for message in read_po(file, locale="zh_Hans_CN") if message.id and message.string}
    assert asked - shared == translated - shared, "what the house's own pages say too is in its catalogue"


def test_translations_ask_for_the_same_values() -> None:
    """A placeholder lost in translation would lose a figure on the page."""
    with (laus.HERE / "messages" / "zh" / "LC_MESSAGES" / "adaptive_safety_net.po").open("rb") as file:
        for message in read_po(file, locale="zh_Hans_CN"):
            asked, given = (set(re.findall(r"%\((\w+)\)s", str(text))) for text in (message.id, message.string))
            assert not message.id or asked == given


def test_words_of_views_are_in_both_languages() -> None:
    assert all(word["en"] and word["zh"] for word in words.WORDS.values())
    assert all(area.name["en"] and area.name["zh"] for area in laus.areas().values())
    assert set(words.SHOWN.values()) <= set(words.WORDS)
