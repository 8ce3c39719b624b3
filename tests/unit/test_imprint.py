"""What an authority says of itself: read with every fault at once, written as it is read, and as its page describes."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

import commonweal
from commonweal.batches import HOURLY
from commonweal.imprint import WANTS, Imprint
from commonweal.kernel.values import BadInput, Text, instant, read_toml
from commonweal.kernel.values.jurisdictions import is_jurisdiction
from commonweal.settings import FILE, KEYS, Settings

PAGE = Path(__file__).parents[2] / "docs" / "authority.md"
PLAIN = Settings(Text(en="Test", zh="测试"), "test.example/log", instant("2026-01-01T00:00:00Z"),
                 published_every=HOURLY)  # fmt: skip
FULL = Imprint(
    jurisdictions=("EU", "US-CA"),
    time_zone="America/Los_Angeles",
    languages=("zh", "en"),
    retention="ministry.retention",
    administrators=("party:jane-doe", "party:joe"),
    address={"en": ("Office", 'The "Old" House'), "zh": ("办公室",)},
    email="office@register.example.gov",
    phone="+33 1 23 45 67 89",
)
OLD = """origin = "test.example/log"
created = "2026-01-01T00:00:00Z"
replay = false

[name]
en = "Test"
zh = "测试"
"""
"""What release 0.1 wrote."""


def read(folder: Path, text: str) -> Settings:
    (folder / FILE).write_text(text, "utf-8")
    return Settings.read(folder)


def faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(BadInput) as caught:
        read(folder, text)
    return [fault.where for fault in caught.value.faults]


@pytest.mark.parametrize("imprint", [Imprint(), FULL, replace(FULL, address={"en": ("a",), "zh": ("a",)})])
def test_it_is_read_as_it_was_written(tmp_path: Path, imprint: Imprint) -> None:
    settings = replace(PLAIN, imprint=imprint)
    settings.write(tmp_path)
    assert Settings.read(tmp_path) == settings


def test_a_file_of_the_first_release_opens_and_means_what_it_meant(tmp_path: Path) -> None:
    assert read(tmp_path, OLD) == PLAIN
    PLAIN.write(tmp_path)
    written = (tmp_path / FILE).read_text("utf-8")
    assert written.split("\n", 1)[1] == OLD, "below its first comment, one that says nothing more is written as it was"


def test_every_fault_is_named_at_once(tmp_path: Path) -> None:
    text = """
origin = "https://test.example"
created = "yesterday"
replay = "no"
jurisdictions = ["eu", "FR", "FR"]
time_zone = "CEST"
languages = ["en", "fr"]
retention = "My Schedule"
administrators = ["jane"]
public_url = "register"
trusted_proxies = ["0.0.0.0/0"]
[contact]
address = ["one", ""]
email = "office"
phone = "0123"
fax = "1"
"""
    assert sorted(faults(tmp_path, text)) == sorted(
        ["name", "origin", "created", "replay", "jurisdictions[0]", "jurisdictions[2]", "time_zone", "languages[1]",
         "retention", "administrators[0]", "public_url", "trusted_proxies[0]", "contact.address", "contact.email",
         "contact.phone", "contact.fax"]
    )  # fmt: skip


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/Argentina/Ushuaia", "UTC", "Etc/GMT+5"])
def test_zones_of_the_iana_database_are_taken(tmp_path: Path, zone: str) -> None:
    assert read(tmp_path, f'time_zone = "{zone}"\n{OLD}').imprint.zone.key == zone


@pytest.mark.parametrize("zone", ["Europe", "../../etc/passwd", "/etc/localtime", "Europe/Pari", "+02:00", "localtime"])
def test_what_is_no_zone_is_refused_and_no_file_is_read_for_it(tmp_path: Path, zone: str) -> None:
    assert faults(tmp_path, f'time_zone = "{zone}"\n{OLD}') == ["time_zone"]


def test_no_language_at_all_is_refused(tmp_path: Path) -> None:
    assert faults(tmp_path, f"languages = []\n{OLD}") == ["languages"]


def test_a_mistyped_key_is_named_and_one_that_resembles_nothing_is_left_alone(tmp_path: Path) -> None:
    assert faults(tmp_path, f'timezone = "Europe/Paris"\ntrusted_proxy = []\n{OLD}') == ["timezone", "trusted_proxy"]
    assert read(tmp_path, f"x_of_our_own = 1\n{OLD}") == PLAIN


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ("contact = 3", "contact"),
        ("contact = { address = { fr = ['x'] } }", "contact.address"),
        ("contact = { address = { en = [] } }", "contact.address.en"),
        (f"contact = {{ address = {['x'] * 9} }}", "contact.address"),
        (r'contact = { address = ["a\nb"] }', "contact.address"),
    ],
)
def test_an_address_is_lines_that_fit_a_letter(tmp_path: Path, table: str, fault: str) -> None:
    assert faults(tmp_path, f"{table}\n{OLD}") == [fault]


def test_the_page_lists_every_key_and_its_example_is_read(tmp_path: Path) -> None:
    page = PAGE.read_text("utf-8")
    listed = {
        name for cell in re.findall(r"^\| (`[^|]+) \|", page, re.MULTILINE) for name in re.findall(r"`(\w+)`", cell)
    }
    assert listed == {*KEYS, *(name.partition(".")[0] for name in WANTS)}
    example = re.search(r"```toml\n(.*?)```", page, re.DOTALL)
    assert example
    found = read(tmp_path, example[1]).imprint
    assert found.jurisdictions == ("EU", "FR")
    assert found.lines("zh") == ("1 Example Street", "75001 Paris")
    assert {*tomllib.loads(example[1])["contact"]} == {"address", "email", "phone"}


@pytest.mark.parametrize(
    ("code", "meant"),
    [("ZZ", ""), ("XX", ""), ("UK", "GB"), ("EL", "GR"), ("eu", "EU"), ("Germany", "DE"), ("德国", "DE"),
     ("us_ca", "US-CA"), ("US-ZZ", ""), ("US-CF", "US-CA or US-CO or US-CT"), ("ZZ-CA", "")],
)  # fmt: skip
def test_a_code_of_no_jurisdiction_is_refused_with_what_may_be_meant(tmp_path: Path, code: str, meant: str) -> None:
    """ISO 3166: ZZ and XX are left to users and name no country; EL and UK are the European Union's own writing."""
    with pytest.raises(BadInput) as caught:
        read(tmp_path, f'jurisdictions = ["FR", "{code}"]\n{OLD}')
    (fault,) = caught.value.faults
    assert (fault.where, code in fault.seen) == ("jurisdictions[1]", True)
    assert fault.want == WANTS["jurisdictions"] + (f"; perhaps {meant}" if meant else "")


@pytest.mark.parametrize("code", ["EU", "XK", "CN", "CN-BJ", "US-CA", "US-NY", "US-DC", "GB-SCT", "FR-75"])
def test_codes_that_law_texts_and_iso_3166_use_are_taken(tmp_path: Path, code: str) -> None:
    assert read(tmp_path, f'jurisdictions = ["{code}"]\n{OLD}').imprint.jurisdictions == (code,)


def test_every_jurisdiction_of_a_shipped_law_that_is_no_scheme_of_its_own_is_known() -> None:
    laws = (Path(commonweal.__file__).parent / "law").rglob("*.toml")
    named = {read_toml(path.read_text("utf-8"), path.name).get("jurisdiction") for path in laws} - {None, "ZZ"}
    assert {"EU", "US", "US-CA", "US-NY", "CN"} <= named
    assert all(map(is_jurisdiction, named))
