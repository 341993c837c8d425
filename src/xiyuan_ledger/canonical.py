"""Canonical bytes: JSON as RFC 8785 (JCS) has it, without floats. Stored once, and these very bytes are hashed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import orjson

T = TypeVar("T")

EVENT_BYTES_MAX = 64 * 1024
INTEGER_MAX = 2**53 - 1
DEPTH_MAX = 32
_STRICT = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER
_HALF_OF_A_PAIR = re.compile("[\ud800-\udfff]")
_BEYOND_BASIC_PLANE = re.compile(rb"[\xf0-\xf4]")


class NotCanonicalError(ValueError):
    """A value that canonical JSON cannot carry: a float, an integer beyond 2^53, lists in lists without end."""


def dumps(value: Any) -> bytes:
    """The canonical bytes of plain JSON values and dates.

    Keys beyond the basic plane sort by UTF-16 in RFC 8785 and by code point in orjson, so those take the slow way.
    """
    return ordered(orjson.dumps(value, option=orjson.OPT_SORT_KEYS))


def ordered(found: bytes) -> bytes:
    """What orjson sorted by code point, in the order of RFC 8785: another one only beyond the basic plane."""
    if not found.isascii() and _BEYOND_BASIC_PLANE.search(found):
        try:
            return orjson.dumps(_sorted_by_utf16(orjson.loads(found)))
        except RecursionError:
            raise NotCanonicalError("nested without end") from None
    return found


def loads(data: bytes) -> Any:
    """The values that canonical bytes carry."""
    return orjson.loads(data)


def read_each(lines: Sequence[bytes], take: Callable[[Any], T]) -> list[T]:
    """What is taken of the value of each line; raises NotCanonicalError at the first line that is not canonical.

    What orjson writes of what it read is canonical but for two things, which only text beyond ASCII can have: keys
    beyond the basic plane, and another normal form.
    """
    beyond_ascii = [line for line in lines if not line.isascii()]
    if not all(map(is_canonical, filter(_BEYOND_BASIC_PLANE.search, beyond_ascii))):
        raise NotCanonicalError("keys in another order")
    taken, dumps, loads, option = [], orjson.dumps, orjson.loads, _STRICT
    try:
        for line in lines:
            value = loads(line)
            if dumps(value, option=option) != line and not is_canonical(line):
                raise NotCanonicalError("written in another way")
            taken.append(take(value))
        if not _is_normal(b"\n".join(beyond_ascii)):
            raise NotCanonicalError("text in another normal form")
    except orjson.JSONEncodeError as error:
        raise NotCanonicalError(str(error)) from error
    return taken


def is_canonical(data: bytes) -> bool:
    """Whether bytes are what `dumps` would have written of the values that they carry."""
    try:
        return ordered(orjson.dumps(orjson.loads(data), option=_STRICT)) == data and _is_normal(data)
    except (ValueError, TypeError):
        return False


def _is_normal(data: bytes) -> bool:
    """Whether text is in normal form C."""
    return data.isascii() or unicodedata.is_normalized("NFC", data.decode())


def _sorted_by_utf16(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _sorted_by_utf16(value[k]) for k in sorted(value, key=lambda key: key.encode("utf-16-be"))}
    if isinstance(value, list):
        return [_sorted_by_utf16(each) for each in value]
    return value


def normal(text: str) -> str:
    """Text in Unicode normal form C, so that what looks the same is the same."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def check_plain(value: Any, where: str = "", depth: int = 0) -> Any:
    """Free-form JSON without floats and oversized integers, its text in normal form; raises NotCanonicalError."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        if abs(value) > INTEGER_MAX:
            raise NotCanonicalError(f"{where or 'value'}: integer beyond 2^53")
        return value
    if isinstance(value, str):
        if not value.isascii() and _HALF_OF_A_PAIR.search(value):
            raise NotCanonicalError(f"{where or 'value'}: text with half of a surrogate pair")
        return normal(value)
    if depth >= DEPTH_MAX:
        raise NotCanonicalError(f"{where[:DEPTH_MAX] or 'value'}…: nested deeper than {DEPTH_MAX} levels")
    if isinstance(value, list | tuple):
        return [check_plain(each, f"{where}[{i}]", depth + 1) for i, each in enumerate(value)]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        inside = f"{where}." if where else ""
        return {normal(key): check_plain(each, f"{inside}{key}", depth + 1) for key, each in value.items()}
    raise NotCanonicalError(f"{where or 'value'}: {type(value).__name__} is not allowed, use integers and text")
