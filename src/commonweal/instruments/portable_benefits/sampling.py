"""What an auditor is shown of a row that was drawn: its proof, and all rows on which what is posted for it depends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from commonweal.kernel import registry
from commonweal.kernel.instrument import Reader, Row

from .auditing import Tree
from .files import Line, salted, write
from .programmes import newest
from .tables import FILE, POSTED, UNBOOKED, WORK, died_on, ended, ended_by, programme_for, theirs


class Sampled:
    """Rows of files with their proofs. `texts` are the programmes' texts that were needed, `read` the files, `payers`
    whose rows are shown."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._trees: dict[int, tuple[Tree, list[Row]]] = {}
        self.texts: dict[str, str] = {}
        self.read: set[int] = set()
        self.payers: set[str] = set()

    def ended(self) -> dict[str, dict[str, Any]]:
        """Of the payers whose rows are shown those that are confirmed no more: from which day on their rows do not
        count, and by which entry."""
        return {
            payer: {"since": since, "entry": ended_by(self._reader, payer)}
            for payer, since in sorted(ended(self._reader).items()) if payer in self.payers
        }  # fmt: skip

    def row(self, file: Row, at: int) -> dict[str, Any]:
        """The row at a place of a file; of a file that was replaced since, no more than which it is."""
        if file["replaced"]:
            return {"entry": file["entry"], "place": at, "replaced": file["replaced"]}
        tree, rows = self._tree(file)
        member = rows[at]["member"]
        where = {name: file[name] for name in ("programme", "period")}
        same = self._reader.select(WORK, {**where, "member": ("in", theirs(self._reader, member))})
        of = {int(row["entry"]): row for row in self._reader.select(FILE, where)}
        beside = [
            self._proof(of[each["entry"]], each) for each in same
            if (each["entry"], each["member"], each["first"]) != (file["entry"], member, rows[at]["first"])
        ]  # fmt: skip
        about = {**where, "payer": file["payer"], "member": member}
        return {
            **self._proof(file, rows[at]), "root": file["root"],
            "record": f"/record/{registry.says(self._reader, file['entry'])}",
            "as_recorded": tree.root == file["root"], "period": file["period"], "text": self._text(file),
            "posted": _by_pot(self._reader.select(POSTED, about)),
            "until": died_on(self._reader, [member]).get(member, ""),
            "not_booked": _by_pot(self._reader.select(UNBOOKED, about)), "beside": beside,
        }  # fmt: skip

    def _proof(self, file: Row, row: Row) -> dict[str, Any]:
        self.payers.add(str(file["payer"]))
        tree, rows = self._tree(file)
        at = next(at for at, each in enumerate(rows) if _place(each) == _place(row))
        return {"entry": file["entry"], "payer": file["payer"], **tree.proven(at)}

    def _text(self, file: Row) -> str:
        found = programme_for(self._reader, file["programme"], file["period"])
        assert found is not None, "the file stands under one"
        name = f"{file['programme']} {found[1]['version']}"
        self.texts[name] = str(found[1]["text"])
        return name

    def _tree(self, file: Row) -> tuple[Tree, list[Row]]:
        """The tree and rows of a file that stands, as its payload has them."""
        entry = int(file["entry"])
        if entry not in self._trees:
            self.read.add(entry)
            where = {name: file[name] for name in ("programme", "period", "payer", "entry")}
            found = newest(self._reader, file["programme"])
            currency = found[0].currency if found else ""
            rows = self._reader.select(WORK, where, order=("member", "first"))
            lines = write(
                Line(row["member"], row["first"], row["last"], currency, row["earnings"], row["hours"], row["jobs"], 0)
                for row in rows
            )
            secret = bytes.fromhex(file["secret"])
            self._trees[entry] = Tree(salted(lines, secret) if secret else lines), rows
        return self._trees[entry]


def _place(row: Row) -> tuple[str, str]:
    return str(row["member"]), str(row["first"])


def _by_pot(rows: list[Row]) -> Mapping[str, int]:
    return {row["pot"]: row["cents"] for row in rows if row["cents"]}
