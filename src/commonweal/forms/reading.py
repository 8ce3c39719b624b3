"""Forms as instruments write them (`forms/*.toml`), held against the kinds they file.

A form that names a field or choice that the kind has not, leaves out a required field or lacks a language stops the
start, with every fault named: a form that cannot be sent is worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, get_args

from commonweal.kernel.disclosure import Kind
from commonweal.kernel.instrument import Choice, Control, Form, FormPage, Notice, Question, When
from commonweal.kernel.values import LANGUAGES, FaultCollector, RuleFault, Text, read_toml, utf8

from .shapes import Shape, shape_of

REPORTER = "reporter"
KEEPS_DAYS_MAX = 60
COLUMN_CONTROLS = ("text", "long_text", "one", "yes_no", "day", "number")
_TAKES: Mapping[str, tuple[str, ...]] = {
    "text": ("text",), "long_text": ("text",), "one": ("choice",), "several": ("list of choice",),
    "lines": ("list of text",), "yes_no": ("boolean",), "day": ("day",), "instant": ("instant",), "moment": ("text",),
    "number": ("number", "whole"), "reference": ("text", "list of text"), "items": ("list of table",),
    "files": ("files",),
}  # fmt: skip
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_BASE = ("field", "label", "control", "hint", "choice", "required", "unit", "unit_one")
_KEYS = {
    "form": (
        "id", "title", "kind", "lead", "before", "after", "keeps_days", "fixed", "reference", "prefix", "page",
        "notice",
    ),
    "page": ("id", "title", "lead", "when", "signed_in", "roles", "also", "question"),
    "question": (*_BASE, "when", "needed", "unless", "day_enough", "column"),
    "notice": ("text", "when", "unless", "keyless"),
    "column": _BASE,
    "choice": ("value", "label", "hint"),
    "when": ("field", "is"),
    "also": ("kind", "about", "otherwise"),
}  # fmt: skip


def read_forms(folders: Iterable[tuple[str, Path]], kinds: Mapping[str, Kind]) -> dict[str, Form]:
    """The forms of instruments (`(id, folder)`) by id. Raises `RuleFault` naming every fault of every file."""
    faults, found = FaultCollector("forms", RuleFault), dict[str, Form]()
    for instrument, folder in folders:
        for path in sorted(folder.glob("forms/*.toml")):
            name = f"{instrument}/forms/{path.name}"
            try:
                form = read_form(utf8(path.read_bytes(), name), kinds, instrument)
            except RuleFault as error:
                for fault in error.faults:
                    faults.add(f"{name}: {fault.where}", fault.seen, fault.want, fault.code)
                continue
            if form.id in found:
                faults.add(f"{name}: id", form.id, "an id that no other form has", "duplicate")
            found[form.id] = form
    faults.done()
    return found


def read_form(text: str, kinds: Mapping[str, Kind], instrument: str) -> Form:
    """One form from its text. Raises `RuleFault` naming every fault."""
    faults = FaultCollector("form", RuleFault)
    data = read_toml(text, "form")
    kind = kinds.get(str(data.get("kind")))
    if kind is None or not kind.id.startswith(instrument + "."):
        own = ", ".join(sorted(name for name in kinds if name.startswith(instrument + ".")))
        faults.add("kind", data.get("kind", "(absent)"), f"a kind of this instrument: {own}", "unknown_kind")
        faults.done()
    assert kind is not None
    form = _Reading(faults, kind, kinds).form(data, instrument)
    faults.done()
    return form


class _Reading:
    """Reads the tables of one form over one kind; what is wrong goes to `faults`."""

    def __init__(self, faults: FaultCollector, kind: Kind, kinds: Mapping[str, Kind]) -> None:
        self._faults, self._kind, self._kinds = faults, kind, kinds
        self._earlier: dict[str, Question] = {}

    def form(self, data: Mapping[str, Any], instrument: str) -> Form:
        self._keys("form", data, "")
        pages = [self._page(item, f"page[{at}]") for at, item in enumerate(self._tables(data, "page", ""), 1)]
        if not pages:
            self._faults.add("page", "(absent)", "at least one [[page]]", "missing")
        for at, page in enumerate(pages):
            if any(page.id == other.id for other in pages[:at]) or page.id in ("check", "receipt", "discard"):
                self._faults.add(f"page[{at + 1}].id", page.id, "an id that no other page has", "duplicate")
        keeps = data.get("keeps_days", 14)
        if type(keeps) is not int or not 1 <= keeps <= KEEPS_DAYS_MAX:
            self._faults.add("keeps_days", keeps, f"a whole number of days from 1 to {KEEPS_DAYS_MAX}", "range")
        form = Form(
            id=self._id(data, ""),
            title=self._text(data, "title", ""),
            kind=self._kind.id,
            pages=tuple(pages),
            instrument=instrument,
            lead=self._maybe(data, "lead", ""),
            before=self._texts(data, "before"),
            after=self._texts(data, "after"),
            keeps_days=keeps,
            fixed=dict(self._table(data, "fixed")),
            reference=str(data.get("reference", "")),
            prefix=str(data.get("prefix", "")),
            notices=tuple(
                self._notice(item, f"notice[{at}]") for at, item in enumerate(self._tables(data, "notice", ""), 1)
            ),
        )
        self._check_whole(form)
        return form

    def _check_whole(self, form: Form) -> None:
        """Whatever is answered, every required field gets a value, and each field is given once."""
        schema = self._kind.schema
        given = [*form.fixed, *([form.reference] if form.reference else [])]
        for name in given:
            if shape_of(schema, name) is None:
                self._faults.add(name, name, f"a field of {self._kind.id}: {self._names()}", "unknown_field")
        always = {
            q.field
            for page in form.pages
            if not (page.when or page.signed_in or page.roles or page.also)
            for q in page.questions
            if not q.when
        }
        for name, info in schema.model_fields.items():
            asked = {field for field in always if field == name or field.startswith(name + ".")}
            if info.is_required() and name not in given and not asked:
                want = "a question that is always asked (no `when`), or a value in [fixed]"
                self._faults.add("page", f"{name} is left out", f"{want}: {self._kind.id} requires it", "missing")
        asked_for = [question.field for question in form.questions()]
        for name in sorted({name for name in asked_for if asked_for.count(name) > 1 or name in given}):
            self._faults.add("page", name, "asked for once, and not also fixed", "duplicate")
        if form.reference and not re.fullmatch(r"[A-Z]{0,6}-?", form.prefix):
            self._faults.add("prefix", form.prefix, "at most six capital letters and a hyphen, e.g. IR-", "prefix")

    def _page(self, data: Mapping[str, Any], where: str) -> FormPage:
        self._keys("page", data, where)
        when = self._when(data, where)
        also, about = self._also(data, where)
        questions = [
            self._question(item, f"{where}.question[{at}]", also or self._kind)
            for at, item in enumerate(self._tables(data, "question", where), 1)
        ]
        if not questions:
            self._faults.add(f"{where}.question", "(absent)", "at least one question", "missing")
        page = FormPage(
            self._id(data, where),
            self._text(data, "title", where),
            tuple(questions),
            self._maybe(data, "lead", where),
            when,
            self._flag(data, "signed_in", where),
            also.id if also else "",
            about,
            self._otherwise(data, where, about),
            self._roles(data, where),
        )
        for name, info in also.schema.model_fields.items() if also else ():
            if info.is_required() and name != about and name not in {question.field for question in questions}:
                want = f"a question for it: {also.id if also else ''} requires it"
                self._faults.add(f"{where}.question", f"{name} is left out", want, "missing")
        self._earlier |= {question.field: question for question in questions}
        return page

    def _notice(self, data: Mapping[str, Any], where: str) -> Notice:
        self._keys("notice", data, where)
        when, unless = self._when(data, where), self._unless(data, where)
        return Notice(self._text(data, "text", where), when, unless, self._flag(data, "keyless", where))

    def _unless(self, data: Mapping[str, Any], where: str) -> str:
        """The question of an earlier page that takes a condition away where it is answered."""
        name = data.get("unless", "")
        if name and name not in self._earlier:
            self._faults.add(f"{where}.unless", name, "a question of an earlier page", "when")
        return str(name)

    def _roles(self, data: Mapping[str, Any], where: str) -> tuple[str, ...]:
        """The roles to whose holders alone a page is shown: of those that may file the form's kind."""
        found = data.get("roles", [])
        if not isinstance(found, list) or set(map(str, found)) - set(self._kind.files):
            want = f"a list of roles that file {self._kind.id}: {', '.join(self._kind.files)}"
            self._faults.add(f"{where}.roles", found, want, "unknown_name")
            return ()
        return tuple(found)

    def _also(self, data: Mapping[str, Any], where: str) -> tuple[Kind | None, str]:
        """The other kind that a page asks for, and its field that names what the form files."""
        if "also" not in data:
            return None, ""
        table = self._table(data, "also")
        self._keys("also", table, f"{where}.also")
        kind, about = self._kinds.get(str(table.get("kind"))), str(table.get("about", ""))
        instrument = self._kind.id.partition(".")[0] + "."
        if kind is None or not kind.id.startswith(instrument) or not set(self._kind.files) <= set(kind.files):
            want = f"a kind of this instrument that whoever files {self._kind.id} may file too"
            self._faults.add(f"{where}.also.kind", table.get("kind", "(absent)"), want, "unknown_kind")
            return None, about
        shape = shape_of(kind.schema, about)
        if shape is None or shape.ref is None or shape.ref.noun != self._kind.noun:
            want = f"a field of {kind.id} that refers to a {self._kind.noun or 'subject'}"
            self._faults.add(f"{where}.also.about", about or "(absent)", want, "unknown_field")
        return kind, about

    def _otherwise(self, data: Mapping[str, Any], where: str, about: str) -> str:
        """The kind that is filed where nothing was said on a page that asks for another kind; it asks for nothing."""
        named = self._table(data, "also").get("otherwise") if "also" in data else None
        if named is None:
            return ""
        kind = self._kinds.get(str(named))
        if kind is None or set(kind.schema.model_fields) != {about} or not set(self._kind.files) <= set(kind.files):
            want = f"a kind with no field but {about} that whoever files {self._kind.id} may file too"
            self._faults.add(f"{where}.also.otherwise", named, want, "unknown_kind")
        return str(named)

    def _question(self, data: Mapping[str, Any], where: str, kind: Kind) -> Question:
        self._keys("question", data, where)
        name = str(data.get("field", ""))
        shape = shape_of(kind.schema, name)
        if shape is None:
            want = f"a field of {kind.id} that a form can ask for: {', '.join(kind.schema.model_fields)}"
            self._faults.add(f"{where}.field", name or "(absent)", want, "unknown_field")
        return self._asked(data, name, shape, where, get_args(Control))

    def _asked(
        self, data: Mapping[str, Any], name: str, shape: Shape | None, where: str, controls: tuple[str, ...]
    ) -> Question:
        control = str(data.get("control", ""))
        if control not in controls:
            self._faults.add(f"{where}.control", control or "(absent)", "one of: " + ", ".join(controls), "control")
        elif shape is not None and _takes(shape) not in _TAKES[control]:
            want = f"a control for a field that takes {_takes(shape)}"
            self._faults.add(f"{where}.control", control, want, "control")
            shape = None
        if shape is not None and control == "reference" and shape.ref is None:
            self._faults.add(f"{where}.control", control, f"{name} to refer to registered subjects (Ref)", "control")
        return Question(
            field=name,
            label=self._text(data, "label", where),
            control=control,  # type: ignore[arg-type]
            hint=self._maybe(data, "hint", where),
            choices=self._choices(data, shape, where, control),
            when=self._when(data, where),
            required=self._flag(data, "required", where) or (shape is not None and shape.required),
            unit=self._maybe(data, "unit", where),
            unit_one=self._maybe(data, "unit_one", where),
            columns=self._columns(data, shape, where, control),
            needed=self._when(data, where, "needed"),
            unless=self._unless(data, where),
            day_enough=self._day_enough(data, where, control),
        )

    def _day_enough(self, data: Mapping[str, Any], where: str, control: str) -> bool:
        asked = self._flag(data, "day_enough", where)
        if asked and control != "instant":
            self._faults.add(f"{where}.day_enough", control, "the control instant, which asks for a time", "control")
        return asked

    def _columns(self, data: Mapping[str, Any], shape: Shape | None, where: str, control: str) -> tuple[Question, ...]:
        items = self._tables(data, "column", where)
        if control != "items":
            if items:
                self._faults.add(
                    f"{where}.column", f"{len(items)} columns", "columns only with control = items", "column"
                )
            return ()
        known = shape.of.columns if shape is not None and shape.of is not None else {}
        found = []
        for at, item in enumerate(items, 1):
            here, name = f"{where}.column[{at}]", str(item.get("field", ""))
            self._keys("column", item, here)
            if shape is not None and name not in known:
                want = "one of: " + ", ".join(known)
                self._faults.add(f"{here}.field", name or "(absent)", want, "unknown_field")
            found.append(self._asked(item, name, known.get(name), here, COLUMN_CONTROLS))
        for name, one in known.items():
            if one.required and name not in {column.field for column in found}:
                self._faults.add(f"{where}.column", f"{name} is left out", "a column for it: it is required", "missing")
        return tuple(found)

    def _choices(self, data: Mapping[str, Any], shape: Shape | None, where: str, control: str) -> tuple[Choice, ...]:
        items = self._tables(data, "choice", where)
        if control not in ("one", "several"):
            if items:
                want = "choices only with control = one or several"
                self._faults.add(f"{where}.choice", f"{len(items)} choices", want, "choice")
            return ()
        takes = (shape.of or shape).choices if shape is not None else {}
        found: list[Choice] = []
        for at, item in enumerate(items, 1):
            here, value = f"{where}.choice[{at}]", str(item.get("value", ""))
            self._keys("choice", item, here)
            if shape is not None and value not in takes:
                self._faults.add(f"{here}.value", value or "(absent)", "one of: " + ", ".join(takes), "unknown_choice")
            if any(value == other.value for other in found):
                self._faults.add(f"{here}.value", value, "each choice once", "duplicate")
            found.append(Choice(value, self._text(item, "label", here), self._maybe(item, "hint", here)))
        if not found:
            self._faults.add(f"{where}.choice", "(absent)", "choices, some of: " + ", ".join(takes), "missing")
        return tuple(found)

    def _when(self, data: Mapping[str, Any], where: str, key: str = "when") -> tuple[When, ...]:
        found = []
        items = self._tables(data, key, where)
        for at, item in enumerate(items, 1):
            here = f"{where}.{key}[{at}]" if len(items) > 1 else f"{where}.{key}"
            self._keys("when", item, here)
            name, among = str(item.get("field", "")), item.get("is")
            asked = self._earlier.get(name)
            if asked is None or asked.control not in ("one", "several", "yes_no"):
                want = "a question of an earlier page that is answered by choosing"
                self._faults.add(f"{here}.field", name or "(absent)", want, "when")
                continue
            known = [choice.value for choice in asked.choices] or ["yes", "no"]
            if not isinstance(among, list) or not among or any(value not in known for value in among):
                want = "a list of some of: " + ", ".join(known)
                self._faults.add(f"{here}.is", "(absent)" if among is None else among, want, "when")
                continue
            found.append(When(name, tuple(among)))
        return tuple(found)

    # ── what TOML holds ─────────────────────────────────────────────────────────────────────────────────────────

    def _names(self) -> str:
        return ", ".join(self._kind.schema.model_fields)

    def _keys(self, what: str, data: Mapping[str, Any], where: str) -> None:
        for key in data:
            if key not in _KEYS[what]:
                want = "one of: " + ", ".join(_KEYS[what])
                self._faults.add(_join(where, key), data[key], want, "unknown_key")

    def _flag(self, data: Mapping[str, Any], key: str, where: str) -> bool:
        found = data.get(key, False)
        if not isinstance(found, bool):
            self._faults.add(_join(where, key), found, "true or false", "boolean")
        return found is True

    def _id(self, data: Mapping[str, Any], where: str) -> str:
        found = data.get("id")
        if not isinstance(found, str) or not _ID.fullmatch(found):
            want = "a short name for addresses, e.g. what-happened"
            self._faults.add(_join(where, "id"), "(absent)" if found is None else found, want, "id")
        return str(found)

    def _table(self, data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        found = data.get(key, {})
        if not isinstance(found, Mapping):
            self._faults.add(key, found, "a table", "table")
            return {}
        return found

    def _tables(self, data: Mapping[str, Any], key: str, where: str) -> list[Mapping[str, Any]]:
        """A list of tables; one table counts as a list of one."""
        found = data.get(key, [])
        items = [found] if isinstance(found, Mapping) else found
        if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
            self._faults.add(_join(where, key), found, f"tables [[{key}]]", "table")
            return []
        return items

    def _text(self, data: Mapping[str, Any], key: str, where: str) -> Text:
        return self._read_text(data.get(key, "(absent)"), _join(where, key))

    def _maybe(self, data: Mapping[str, Any], key: str, where: str) -> Text | None:
        return self._text(data, key, where) if key in data else None

    def _texts(self, data: Mapping[str, Any], key: str) -> tuple[Text, ...]:
        found = data.get(key, [])
        if not isinstance(found, list):
            self._faults.add(key, found, "a list of texts", "list")
            return ()
        return tuple(self._read_text(item, f"{key}[{at}]") for at, item in enumerate(found, 1))

    def _read_text(self, found: Any, where: str) -> Text:
        given = found if isinstance(found, Mapping) else {}
        lacking = [code for code in LANGUAGES if not (isinstance(given.get(code), str) and given[code].strip())]
        if lacking or len(given) != len(LANGUAGES):
            want = "a text in each language: { en = …, zh = … }"
            self._faults.add(where, found, f"{want}; lacking: {', '.join(lacking) or 'none'}", "language")
        return Text({code: str(given.get(code, "")) for code in LANGUAGES})


def _takes(shape: Shape) -> str:
    return f"list of {shape.of.form}" if shape.of is not None else shape.form


def _join(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key
