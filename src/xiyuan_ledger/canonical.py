"""Canonical bytes: JSON as RFC 8785 (JCS) has it, without floats. Stored once, and these very bytes are hashed."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import orjson

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


def read(line: bytes) -> Any:
    """What canonical bytes carry; NotCanonicalError for bytes that `dumps` would not have written of it."""
    try:
        value = orjson.loads(line)
        if ordered(orjson.dumps(value, option=_STRICT)) != line:
            raise NotCanonicalError("written in another way")
    except (orjson.JSONDecodeError, orjson.JSONEncodeError) as error:
        raise NotCanonicalError(str(error)) from error
    if not is_normal(line):
        raise NotCanonicalError("text in another normal form")
    if not _is_whole(value):
        raise NotCanonicalError("a number that is not whole")
    return value


def is_canonical(data: bytes) -> bool:
    """Whether bytes are what `dumps` would have written of the values that they carry."""
    try:
        read(data)
    except NotCanonicalError:
        return False
    return True


def is_normal(data: bytes) -> bool:
    """Whether text is in normal form C."""
    return data.isascii() or unicodedata.is_normalized("NFC", data.decode())


def _is_whole(value: Any) -> bool:
    """Whether no number in it is a fraction."""
    if isinstance(value, dict):
        return all(map(_is_whole, value.values()))
    if isinstance(value, list):
        return all(map(_is_whole, value))
    return not isinstance(value, float)


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
