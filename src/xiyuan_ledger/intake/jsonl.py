"""JSON Lines: one entry a line, read in a stream; a line that is no entry is answered with why."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import IO, Any, NoReturn

from xiyuan_ledger.canonical import INTEGER_MAX
from xiyuan_ledger.errors import InvalidEntry
from xiyuan_ledger.intake.lines import Line

LINE_BYTES_MAX = 1024 * 1024
SKIP_BYTES = 64 * 1024
DIGITS_MAX = len(str(INTEGER_MAX))
SHOWN_LENGTH_MAX = 40
DEPTH_MAX = 64
BOM = b"\xef\xbb\xbf"
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


class _Unfit(ValueError):
    """Well-formed JSON that no entry may carry."""

    def __init__(self, code: str, field: str | None, found: str):
        self.code = code
        self.field = field
        self.found = found
        super().__init__(code)


def read_lines(stream: IO[bytes], name: str) -> Iterator[Line]:
    """The lines of a file; an entry that names no `source` gets `name:line`. Never holds more than one line."""
    number = 0
    while piece := stream.readline(LINE_BYTES_MAX + 1):
        number += 1
        whole = piece.endswith(b"\n") or len(piece) <= LINE_BYTES_MAX
        content = (piece.removeprefix(BOM) if number == 1 else piece).rstrip()
        if not whole:
            skip_rest(stream)
            yield Line(number, None, InvalidEntry("line-too-long", limit=LINE_BYTES_MAX))
        elif content.strip():
            yield _line(number, content, f"{name}:{number}")


def skip_rest(stream: IO[bytes]) -> None:
    """Read on to the end of the line, and keep nothing of it."""
    while (piece := stream.readline(SKIP_BYTES)) and not piece.endswith(b"\n"):
        pass


def _line(number: int, content: bytes, source: str) -> Line:
    try:
        entry = parse_object(content)
    except InvalidEntry as error:
        return Line(number, None, error)
    if entry.get("source") is None:
        entry["source"] = source
    return Line(number, entry, None)


def parse_object(content: bytes) -> dict[str, Any]:
    """The JSON object that these bytes hold, its fields named once and its numbers whole; InvalidEntry says why not."""
    found = parse_value(content)
    if not isinstance(found, dict):
        raise InvalidEntry("entry-form", found=_shown(content.decode()))
    return found


def parse_value(content: bytes) -> Any:
    """The JSON value that these bytes hold, in the form that an entry may carry."""
    text = _text(content)
    try:
        found = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise InvalidEntry("json-broken", line=error.lineno, column=error.colno, found=error.msg) from None
    except RecursionError:
        raise InvalidEntry("json-deep") from None
    except _Unfit as unfit:
        raise InvalidEntry(unfit.code, field=unfit.field, found=_shown(unfit.found)) from None
    if text.count("[") + text.count("{") > DEPTH_MAX and _deeper_than(found, DEPTH_MAX):
        raise InvalidEntry("json-deep")
    if _ESCAPED_SURROGATE.search(text) and _SURROGATE.search(json.dumps(found, ensure_ascii=False)):
        raise InvalidEntry("surrogate-lone")
    return found


def _deeper_than(value: Any, levels: int) -> bool:
    """Whether lists and objects stand in each other more than so many times: what comes after goes through them all."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return (levels == 0 and isinstance(value, dict | list)) or any(_deeper_than(each, levels - 1) for each in inside)


def _text(content: bytes) -> str:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidEntry("encoding-wrong", offset=error.start + 1, found=f"0x{content[error.start]:02x}") from None
    if "\0" in text:
        raise InvalidEntry("nul-byte", offset=content.index(0) + 1)
    return text


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _Unfit("duplicate-field", twice, twice)
    return found


def _whole(digits: str) -> int:
    if len(digits) > DIGITS_MAX + 1 or abs(int(digits)) > INTEGER_MAX:
        _refuse_number(digits)
    return int(digits)


def _refuse_number(found: str) -> NoReturn:
    raise _Unfit("number-form", None, found)


def _shown(text: str) -> str:
    text = text.encode("utf-8", "replace").decode()
    return text if len(text) <= SHOWN_LENGTH_MAX else text[: SHOWN_LENGTH_MAX - 1] + "…"


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_whole, parse_float=_refuse_number, parse_constant=_refuse_number
)
