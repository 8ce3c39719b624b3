"""ARCHITECTURE.md draws the house as it is: the picture, the folders and the import contracts must agree."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "commonweal"
PAGE = (ROOT / "ARCHITECTURE.md").read_text("utf-8")


def drawn(name: str) -> list[str]:
    block = re.search(rf"```{name}\n(.*?)```", PAGE, re.S)
    assert block, f"ARCHITECTURE.md has no ```{name} picture"
    return block.group(1).split("\n")[:-1]


def contracted(container: str) -> list[str]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    return next(item["layers"] for item in contracts if item.get("containers") == [container])


def rooms_in(folder: Path) -> set[str]:
    names = {path.parent.name for path in folder.glob("*/__init__.py")}
    return names | {path.stem for path in folder.glob("*.py") if path.stem != "__init__"}


@pytest.mark.parametrize(
    ("name", "container", "folder"),
    [("house", "commonweal", PACKAGE), ("kernel", "commonweal.kernel", PACKAGE / "kernel")],
)
def test_picture_contract_and_folders_agree(name: str, container: str, folder: Path) -> None:
    assert drawn(name) == contracted(container)
    rooms = {room.strip() for line in drawn(name) for room in line.split("|")}
    assert rooms == rooms_in(folder)


def test_every_room_has_its_line_in_the_table_and_every_line_its_room() -> None:
    table = PAGE.split("## The rooms")[1].split("## One way")[0]
    listed = {name.removesuffix(".py").split("/")[-1] for name in re.findall(r"`([a-z_/]+(?:\.py)?)`", table)}
    rooms = rooms_in(PACKAGE) | rooms_in(PACKAGE / "kernel")
    assert rooms - {"kernel", "engines"} <= listed


def test_every_instrument_is_drawn() -> None:
    for init in (PACKAGE / "instruments").glob("*/__init__.py"):
        assert init.parent.name in PAGE, f"ARCHITECTURE.md does not draw the instrument {init.parent.name}"
