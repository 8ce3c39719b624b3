"""A page of a form that came with a file: its parts are read as they come, and the file is sealed piece by piece.

Nothing of it is spooled: text parts are held within the bounds of a page, a file goes into the store of sealed files,
and what opens it goes into the draft. The token stands before the file, so nobody sends a file who was shown no page.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack

import anyio
from anyio import to_thread
from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from commonweal.attaching import Held, Upload
from commonweal.forms import shape_of
from commonweal.kernel.disclosure.attachments import BOUNDS
from commonweal.kernel.disclosure.media import endings_of, media_of
from commonweal.kernel.values import BadInput, CommonwealError, Fault, TooLarge
from commonweal.pacing import Buckets

from . import forms, people
from .drafting import Came, Posted, Writing
from .site import Site, View

MEDIA_TYPE = "multipart/form-data"
# A file that is too large is read to its end up to here, so that the browser is there for the answer.
BYTES_MAX = 4 * BOUNDS.bytes_max
HEADER_BYTES_MAX, HEADERS_MAX = 4096, 8
WRITTEN_BYTES = 1 << 18
SENT_PER_S, SENT_BURST = 1 / 30, 40


class Pages:
    """The pages of forms as they are sent, with the pace at which one address may send files."""

    def __init__(self, site: Site, path: str) -> None:
        self._site, self._path = site, path
        self._pace = Buckets("address")

    async def read(self, request: Request) -> Posted:
        """What a page sent, with the file that came with it. Raises `BadInput`, `TooLarge`, `TooMany`, `Forbidden`."""
        media, options = parse_options_header(request.headers.get("content-type", ""))
        if media != MEDIA_TYPE:
            return Posted(await forms.read_sent(request))
        people.check_site(request)
        reading = _Reading(self, request)
        try:
            parser = PushMultipartParser(
                options.get("boundary", ""), max_header_size=HEADER_BYTES_MAX, max_header_count=HEADERS_MAX,
                max_segment_count=forms.FIELDS_MAX,
            )  # fmt: skip
            with parser:
                async for chunk in request.stream():
                    reading.count(len(chunk))
                    for event in parser.parse(chunk) if chunk else ():
                        await reading.take(event)
        except (MultipartError, ClientDisconnect, UnicodeDecodeError) as error:
            raise _bad("(whole)", "(cut off, or no such form)", "a whole form of this page, in UTF-8") from error
        finally:
            with anyio.CancelScope(shield=True):  # what was not kept is gone, also where the sender went away
                await to_thread.run_sync(reading.close)
        return reading.posted

    def begun(self, request: Request, posted: Posted, name: str, file_name: str) -> _File:
        """A file of a page begins: who sends it was shown the page, and the draft has room for one more."""
        view = self._site.view(request, "", self._path)
        people.check_form({"token": forms.last(posted, "token")}, view.draft_cookie)
        self._pace.take(forms.network(view), SENT_PER_S, SENT_BURST)
        writing = forms.writing_of(view)
        if writing is None or writing.content.filed is not None:
            return _File("")  # the page says that the draft is gone
        field = name.removeprefix("q.")
        page = forms.page_of(writing)
        if page is None or not any((one.field, one.control) == (field, "files") for one in page.questions):
            raise _bad(name, file_name[:200], "files only where this page asks for them")
        file = _File(field)
        try:
            _begin(view, writing, field, file_name, file)
        except CommonwealError as error:
            file.fault(error)
        return file


def _begin(view: View, writing: Writing, field: str, file_name: str, file: _File) -> None:
    shape = shape_of(view.authority.kinds[writing.form.kind].schema, field)
    mark = shape.attached if shape is not None else None
    assert mark is not None, "the form was held against this schema"
    there = writing.content.answers.get(field) or []
    if len(there) >= mark.count_max:
        raise _bad(field, f"{len(there) + 1} files", f"at most {mark.count_max} files", "files")
    media = media_of(file_name)
    if mark.types and media is not None and media.id not in mark.types:
        raise _bad("name", file_name[:200], f"one of {endings_of(mark.types)}", "file_name")
    room = BOUNDS.entry_bytes_max - sum(item["size"] for item in there)
    attachments = view.authority.attachments
    file.open(attachments.holding(file_name, writing.lasts(view.reading.now), max(0, min(mark.bytes_max, room))))


class _File:
    """A file on its way: written until something is wrong with it, then read to its end and forgotten."""

    def __init__(self, field: str) -> None:
        self._field, self._kept, self._pending = field, ExitStack(), bytearray()
        self._upload: Upload[Held] | None = None
        self._fault: CommonwealError | None = None

    def open(self, begun: AbstractContextManager[Upload[Held]]) -> None:
        self._upload = self._kept.enter_context(begun)

    def fault(self, error: CommonwealError) -> None:
        self._fault, self._upload = error, None
        self.close()

    def gathered(self, data: bytes) -> bool:
        """Take the next bytes; whether there are enough to be written."""
        if self._upload is not None:
            self._pending += data
        return len(self._pending) >= WRITTEN_BYTES

    def write(self) -> None:
        data, self._pending = bytes(self._pending), bytearray()
        if self._upload is not None:
            try:
                self._upload.write(data)
            except CommonwealError as error:
                self.fault(error)

    def finish(self) -> Came:
        self.write()
        held = None
        if self._upload is not None:
            try:
                held = self._upload.finish()
            except CommonwealError as error:
                self.fault(error)
        return Came(self._field, held, self._fault)

    def close(self) -> None:
        self._kept.close()


class _Reading:
    """What came so far of a page: texts, and at most one file."""

    def __init__(self, pages: Pages, request: Request) -> None:
        self._pages, self._request = pages, request
        self.posted = Posted()
        self._name, self._text = "", bytearray()
        self._file: _File | None = None
        self._skips, self._read, self._texts = False, 0, 0

    def count(self, size: int) -> None:
        """Count what came. Raises `TooLarge`."""
        self._read += size
        if self._read > BYTES_MAX:
            raise _large(BYTES_MAX)

    async def take(self, event: MultipartSegment | bytes | None) -> None:
        """The next event of the parser: a part begins, some of it, its end."""
        if isinstance(event, MultipartSegment):
            await self._begin(event)
        elif event is None:
            await self._end()
        elif self._file is not None:
            if self._file.gathered(event):
                await to_thread.run_sync(self._file.write)
        elif not self._skips:
            self._texts += len(event)
            if self._texts > forms.BYTES_MAX:
                raise _large(forms.BYTES_MAX)
            self._text += event

    async def _begin(self, part: MultipartSegment) -> None:
        self._name, self._text = part.name or "", bytearray()
        self._skips = part.filename == ""  # the control of a file where none was chosen
        if part.filename:
            if self.posted.came is not None:
                raise _bad(self._name, "a second file", "one file at a time")
            self._file = await to_thread.run_sync(
                self._pages.begun, self._request, self.posted, self._name, part.filename
            )

    async def _end(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            try:
                self.posted.came = await to_thread.run_sync(file.finish)
            finally:
                with anyio.CancelScope(shield=True):
                    await to_thread.run_sync(file.close)
        elif not self._skips:
            self.posted.setdefault(self._name, []).append(self._text.decode("utf-8"))

    def close(self) -> None:
        """What was not finished leaves nothing."""
        if self._file is not None:
            self._file.close()


def _bad(where: str, seen: str, want: str, code: str = "form") -> BadInput:
    return BadInput(Fault(where, seen, want, code), "form")


def _large(bytes_max: int) -> TooLarge:
    return TooLarge(Fault("(whole)", f"more than {bytes_max} bytes", f"at most {bytes_max} bytes", "too_large"), "form")
