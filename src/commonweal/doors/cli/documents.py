"""`weal document`: the files that pages give, such as an investigation's final report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from commonweal import page_files
from commonweal.acceptance import Caller
from commonweal.authority import OPERATOR, Authority
from commonweal.kernel.values import Forbidden
from commonweal.sight import Sight

from .attachments import Output, written


def add_to(app: App) -> None:
    app.command(document)


def document(
    folder: Path,
    address: str,
    /,
    *,
    output: Output = None,
    language: Literal["en", "zh"] = "en",
    party: Annotated[str, Parameter(name="--as")] = "",
    role: Annotated[tuple[str, ...], Parameter(name="--role", negative="")] = (),
) -> None:
    """Fetch a file that a page gives, by its address. What is not public is noted in the log of reads.

    Args:
        folder: The authority's folder.
        address: Where the portal has it, e.g. /incident-reports/investigating/inv-1/report.pdf.
        output: The file to write, which is not there yet; without it, standard output.
        language: In which language, or in which first: en or zh.
        party: Who reads; without it, the authority itself.
        role: In which role; may be given more than once.
    """
    with Authority.open(folder) as authority:
        page, parts = page_files.find(authority.instruments.values(), address)
        caller = Caller(party, role) if party else OPERATOR
        sight = Sight(authority, caller, "weal document")
        if page.roles and not set(page.roles) & set(caller.roles):
            raise Forbidden(f"{address} is for {', '.join(page.roles)}")
        if page.about is not None and not page.free(parts) and sight.kept_out(page.about(parts)):
            raise Forbidden("whoever has a conflict of interest in it is given nothing of it")
        data = page_files.made(page, authority.reading(language, caller.party, sight), parts)
        sight.logged()
        written(iter((data,)), output)
