"""To begin a case: from a template, or from an argument as others' software writes it; and to take one along."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel

from commonweal.kernel import registry
from commonweal.kernel.disclosure.attachments import named_in
from commonweal.kernel.instrument import Act, Attached, Attachment, Choice, Deed, Fault, Kind, Question, Reading, Text
from commonweal.kernel.values import BadInput, slug

from .formats import FORMATS, gsn2x
from .kinds import CASE
from .model import Case
from .reading import PATH, Query, plain, same
from .templates import TEMPLATES, template

NAMES: Mapping[str, Text] = {
    "ltac": Text(en="an outline (LTAC), as a file or below", zh="大纲（LTAC），以文件或在下方提供"),
    "tea": Text(en="JSON of the TEA platform, as a file or below", zh="TEA 平台的 JSON，以文件或在下方提供"),
    "gsn2x": Text(en="YAML of gsn2x, as files (a module each) or below",
                  zh="gsn2x 的 YAML，以文件（每模块一个）或在下方提供"),
    "commonweal": Text(en="our own JSON, as a file or below", zh="本系统的 JSON，以文件或在下方提供"),
}  # fmt: skip
LEAD = Text(
    en="A template is filled in afterwards: nothing of it stands before that.",
    zh="模板须在之后填写：填写之前，其各部分均不成立。",
)
FILE_BYTES_MAX, FILES_COUNT_MAX = 4 << 20, 20


class Upload(BaseModel):
    """What may be sent along with a form: the file of a case, or of gsn2x a file for each module."""

    files: Annotated[
        tuple[Attachment, ...] | None,
        Attached(types=("json", "yaml", "txt"), bytes_max=FILE_BYTES_MAX, count_max=FILES_COUNT_MAX),
    ] = None


UPLOAD = Kind("safety_cases.upload", Upload, Text(en="File of a safety case", zh="安全案例文件"))
FILES = Question(
    "files", Text(en="The case as a file", zh="案例文件"), "files",
    hint=Text(en="An outline as .txt; of gsn2x every module.", zh="大纲以 .txt 提供；gsn2x 须提供每个模块。"),
)  # fmt: skip


def sent(reading: Reading, given: Query) -> dict[str, bytes]:
    """The files that came with a form, by name; of one name the last. Raises `BadInput`, `NotFound`."""
    named = named_in(given.get("files", ""), "files")
    return {str(one["name"]): reading.sent(str(one["sha256"])) for one in named}


def begin_view(reading: Reading, query: Query) -> Mapping[str, Any]:
    """A new case, to be begun."""
    templates = tuple(Choice(f"template.{name}", words) for name, words in TEMPLATES.items())
    models = tuple(same(row["subject"], row["name"]) for row in registry.subjects(reading.tables, "model"))
    asks = (
        Question("name", Text(en="Name of the case", zh="案例名称"), "text", required=True),
        Question("system", Text(en="System (registered model)", zh="系统（已登记模型）"), "text", choices=models,
                 hint=Text(en="Leave it empty where it is not registered.", zh="尚未登记的，留空。")),
        Question("system_named", Text(en="System, by its name", zh="系统名称"), "text"),
        Question("setting", Text(en="Setting", zh="环境"), "text", required=True),
        Question("claim", Text(en="What is claimed", zh="主张"), "text",
                 hint=Text(en="In one line. Everybody sees it, with the name, the system and the setting. Left empty, "
                              "it is what the argument's top claim says.",
                           zh="一行以内。该主张与名称、系统、环境均予公开。留空则取论证的顶层主张。")),
        Question("review_by", Text(en="To be reviewed by", zh="应复审日"), "day"),
        Question("begins", Text(en="Begin with", zh="起点"), "one", required=True,
                 choices=(*templates, *(Choice(name, words) for name, words in NAMES.items()))),
        FILES,
        Question("argument", Text(en="The argument, unless a template or a file", zh="论证（使用模板或文件时留空）"),
                 "long_text"),
    )  # fmt: skip
    return {
        "about": "", "lead": LEAD.in_(reading.language), "asks": asks, "begins": {}, "back": PATH,
        "action": "/safety_cases/begin",
    }  # fmt: skip


def begin_act(reading: Reading, given: Query) -> Deed:
    """The first version of a case. Raises `BadInput` with every line or place that cannot be read."""
    names = ("name", "system", "system_named", "setting", "claim", "review_by")
    body: dict[str, Any] = {name: plain(given, name) for name in names if plain(given, name)}
    begins = plain(given, "begins")
    chosen = begins.removeprefix("template.")
    if begins.startswith("template.") and chosen in TEMPLATES:
        argument = template(chosen, reading.language)
        body["template"] = chosen
    elif begins in FORMATS:
        argument = read_files(begins, sent(reading, given)) or read_text(begins, given.get("argument", ""))
    else:
        raise BadInput(Fault("begins", begins or "nothing", "a template, or the form of what is pasted", "choice"))
    body["argument"] = argument.model_dump(mode="json", exclude_defaults=True)
    body |= claimed(body.get("claim", ""), argument)
    onward = f"{PATH}/{slug(body['name'])}" if body.get("name") else PATH
    return Deed([Act(CASE.id, body, key="", subject=None)], onward)


def claimed(given: str, argument: Case) -> dict[str, str]:
    """The public claim of a version, as a part of its body: what is given, else the argument's first claim."""
    found = given.strip() or next(iter(argument.claims()), "")
    return {"claim": found} if found else {}


def read_files(name: str, files: Mapping[str, bytes]) -> Case | None:
    """The case in the files of a format, None where none came. Raises `BadInput`, each fault by its file and place."""
    if not files:
        return None
    try:
        return FORMATS[name].read(files)  # type: ignore[no-any-return]
    except BadInput as error:
        raise BadInput(
            [Fault("files", f"{one.where}: {one.seen}", one.want, one.code) for one in error.faults]
        ) from error


def read_text(name: str, typed: str) -> Case:
    """The case in a text of a format, as it was typed or pasted. Raises `BadInput`, each fault in that field."""
    file = f"argument{gsn2x.ENDS}" if name == "gsn2x" else "argument"
    data = typed.replace("\r\n", "\n").encode("utf-8", "surrogatepass")
    try:
        return FORMATS[name].read({file: data})  # type: ignore[no-any-return]
    except BadInput as error:
        faults = [Fault("argument", f"{one.where}: {one.seen}", one.want, one.code) for one in error.faults]
        raise BadInput(faults) from error


def written(case: Case) -> list[tuple[str, str]]:
    """The argument in the text forms that others read, each file by its name, as far as they can hold it."""
    found: list[tuple[str, str]] = []
    for name in ("ltac", "gsn2x"):
        try:
            files = FORMATS[name].write(case).files
        except BadInput:
            continue
        found += [(file, data.decode()) for file, data in files.items()]
    return found
