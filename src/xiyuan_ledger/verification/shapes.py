"""Events that are written canonically, known by their shape: a line like one that was read with care needs no reading.

A shape is a canonical entry with its texts and numbers left open. Keys, their order and what stands between them are
those of a line that was taken apart and written again with the same bytes; a text without escapes and control signs
in normal form, and a whole number of up to 15 digits, are written in one way only. So whatever has such a shape is
canonical. Everything else is taken apart itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from xiyuan_ledger import canonical

SCHEMA = 1
LEARN_AFTER = 4_096
"""So many lines are taken apart before what they look like is made a pattern: that takes as long as reading them."""
SHAPES_MAX = 256
SHAPE_MAX = 4_096
"""What is seldom or long is taken apart each time: a stranger's bundle teaches no pattern without end."""
_TEXT = '"[^"]*+"'
_NUMBER = "(?:0|-?[1-9][0-9]{0,14}+)"
_BEFORE = rf'^\{{"actor":{_TEXT},"entry":'
_AFTER = (
    rf',"event_id":{_TEXT},(?:"key":{_TEXT},)?+"position":([1-9][0-9]{{0,14}}+),"recorded_at":"([^"]*+)",'
    rf'"schema":{SCHEMA},(?:"source":{_TEXT},)?+"stream":{_TEXT},"type":"([^"]*+)","version":{_NUMBER}\}}$'
)
_STABLE = bytes({*range(0x20, 0x100)} - {*b"\\"} - {*range(0xC0, 0xE4)} - {*range(0xEA, 0x100)})
"""Signs that stand for themselves: ASCII without escapes, and U+4000 to U+9FFF, which no normal form touches."""
_LEADING = bytes({*range(0xC2, 0xE4)} | {*range(0xEA, 0xF5)})


class Read(NamedTuple):
    """What is read of events, of each of them; whether it is of the right kind is not looked at."""

    positions: Sequence[Any]
    times: Sequence[Any]
    types: Sequence[Any]
    schemas: Sequence[Any]


class Shapes:
    """The shapes that were learnt so far. Whoever else reads by them meanwhile comes to no harm."""

    def __init__(self, learn_after: int = LEARN_AFTER):
        self._learn_after = learn_after
        self._taken_apart = 0
        self._seen: Counter[str] = Counter()
        self._pattern: re.Pattern[str] | None = None

    @property
    def known(self) -> int:
        """How many shapes were learnt."""
        return len(self._seen)

    def read(self, lines: Sequence[bytes]) -> Read:
        """Place, time, type and schema of each line. ValueError at the first that is not canonical, KeyError or
        TypeError at one that is no event.
        """
        found = self._found(lines)
        positions, times, types = zip(*found, strict=True)
        if "" not in types:
            return Read(tuple(map(int, positions)), times, types, (SCHEMA,) * len(found))
        rows = [
            (int(position), at, kind, SCHEMA) if kind else self._take_apart(line)
            for line, (position, at, kind) in zip(lines, found, strict=True)
        ]
        return Read(*zip(*rows, strict=True))

    def _found(self, lines: Sequence[bytes]) -> Sequence[tuple[str, str, str]]:
        """Place, time and type of each line of a known shape; of any other, three empty texts.

        There are as many beginnings of lines as lines. Each find goes from such a beginning to an end, so that as many
        finds as lines are one for each of them, from its first byte to its last.
        """
        nothing = [("", "", "")] * len(lines)
        if self._pattern is None:
            return nothing
        text = _plain(lines)
        if text is None:
            text = "\n".join([_plain([line]) or "" for line in lines])
        found = self._pattern.findall(text)
        return found if len(found) == len(lines) else nothing

    def _take_apart(self, line: bytes) -> tuple[Any, Any, Any, Any]:
        value = canonical.read(line)
        found = value["position"], value["recorded_at"], value["type"], value["schema"]
        self._learn(line, value["entry"])
        return found

    def _learn(self, line: bytes, entry: Any) -> None:
        """Remember a shape. A key with an escape in it is written otherwise than it reads, and teaches nothing."""
        shape = "" if b"\\" in line else _shape(entry)
        if 0 < len(shape) <= SHAPE_MAX and (shape in self._seen or len(self._seen) < SHAPES_MAX):
            self._seen[shape] += 1
        self._taken_apart += 1
        if self._taken_apart >= self._learn_after and self._seen:
            self._taken_apart = 0
            shapes = "|".join(shape for shape, _ in self._seen.most_common())
            self._pattern = re.compile(f"{_BEFORE}(?>{shapes}){_AFTER}|^.*$", re.MULTILINE)


def _plain(lines: Sequence[bytes]) -> str | None:
    """The lines as one text, if nothing in it is escaped or a control sign and all of it is in normal form."""
    joined = b"\n".join(lines)
    left = joined.translate(None, _STABLE)
    signs = left.replace(b"\n", b"")
    if len(left) - len(signs) != len(lines) - 1 or signs.translate(None, _LEADING):
        return None
    beyond_ascii = b"\n".join([line for line in lines if not line.isascii()]) if signs else b""
    try:
        return joined.decode() if canonical.is_normal(beyond_ascii) else None
    except UnicodeDecodeError:
        return None


def _shape(value: Any) -> str:
    """The pattern of whatever is written like a value, but for its texts and numbers."""
    if isinstance(value, dict):
        return r"\{" + ",".join([f'"{re.escape(key)}":{_shape(each)}' for key, each in value.items()]) + r"\}"
    if isinstance(value, list):
        shapes = [_shape(each) for each in value]
        alike = set(shapes) in ({_TEXT}, {_NUMBER})
        return rf"\[{shapes[0]}(?:,{shapes[0]})*+\]" if alike else rf"\[{','.join(shapes)}\]"
    if isinstance(value, str):
        return _TEXT
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return _NUMBER
