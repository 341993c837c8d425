"""Parquet files taken apart and put together again, so that what they say of themselves can be a lie.

Footer and page headers are structs in thrift's compact protocol: fields with a number and a kind, numbers as varints.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

MAGIC = b"PAR1"
TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(1, 13)
Struct = dict[int, tuple[int, Any]]
"""Fields by number: their kind, their value. A list's value is the kind of its members, and the members."""

NUM_ROWS, ROW_GROUPS = 3, 4
COLUMNS, GROUP_ROWS = 1, 3
META = 3
ENCODINGS, NUM_VALUES, UNCOMPRESSED, COMPRESSED, DATA_AT, DICTIONARY_AT, STATISTICS = 2, 5, 6, 7, 9, 11, 12
PAGE_UNCOMPRESSED, PAGE_COMPRESSED, DATA_PAGE, DICTIONARY_PAGE = 2, 3, 5, 7
VALUES, ENCODING = 1, 2


class _Reader:
    def __init__(self, content: bytes, at: int):
        self.content, self.at = content, at

    def byte(self) -> int:
        self.at += 1
        return self.content[self.at - 1]

    def varint(self) -> int:
        found, shift = 0, 0
        while (byte := self.byte()) & 0x80:
            found |= (byte & 0x7F) << shift
            shift += 7
        return found | byte << shift

    def number(self) -> int:
        found = self.varint()
        return found >> 1 ^ -(found & 1)

    def value(self, kind: int) -> Any:
        if kind in (TRUE, FALSE):
            return kind == TRUE
        if kind == BYTE:
            return self.byte()
        if kind in (I16, I32, I64):
            return self.number()
        if kind == STRUCT:
            return self.struct()
        length = self.varint() if kind == BINARY else 8
        if kind in (BINARY, DOUBLE):
            self.at += length
            return self.content[self.at - length : self.at]
        assert kind in (LIST, SET), kind
        head = self.byte()
        count = head >> 4 if head >> 4 < 15 else self.varint()
        return head & 15, [self.byte() == TRUE if head & 15 == TRUE else self.value(head & 15) for _ in range(count)]

    def struct(self) -> Struct:
        found: Struct = {}
        number = 0
        while head := self.byte():
            number = number + (head >> 4) if head >> 4 else self.number()
            found[number] = (head & 15, self.value(head & 15))
        return found


def _varint(number: int) -> bytes:
    parts = bytearray()
    while number > 0x7F:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*parts, number])


def _number(value: int) -> bytes:
    return _varint(value << 1 if value >= 0 else (-value << 1) - 1)


def _value(kind: int, value: Any) -> bytes:
    if kind in (TRUE, FALSE):
        return b""
    if kind == BYTE:
        return bytes([value])
    if kind in (I16, I32, I64):
        return _number(value)
    if kind == STRUCT:
        return struct_bytes(value)
    if kind in (BINARY, DOUBLE):
        return (_varint(len(value)) if kind == BINARY else b"") + value
    member, members = value
    head = bytes([len(members) << 4 | member]) if len(members) < 15 else bytes([0xF0 | member]) + _varint(len(members))
    return head + b"".join(
        bytes([TRUE if each else FALSE]) if member == TRUE else _value(member, each) for each in members
    )


def struct_bytes(struct: Struct) -> bytes:
    """A struct as it stands in a file."""
    parts, before = [], 0
    for number, (kind, value) in sorted(struct.items()):
        if kind in (TRUE, FALSE):
            kind = TRUE if value else FALSE
        step = number - before
        parts.append(bytes([step << 4 | kind]) if 0 < step < 16 else bytes([kind]) + _number(number))
        parts.append(_value(kind, value))
        before = number
    return b"".join([*parts, b"\0"])


def changed(struct: Struct, number: int, value: Any) -> None:
    """Have a field say something else; it is of the kind that it was, or a number."""
    struct[number] = (struct[number][0] if number in struct else I32, value)


@dataclass
class Page:
    """A page: what its header says, and what follows it."""

    header: Struct
    body: bytes


@dataclass
class Chunk:
    """A column of a row group."""

    meta: Struct
    pages: list[Page] = field(default_factory=list)


@dataclass
class Parquet:
    """A file: what its footer says, and its chunks in order."""

    footer: Struct
    chunks: list[Chunk]

    def groups(self) -> list[Struct]:
        found: list[Struct] = self.footer[ROW_GROUPS][1][1]
        return found


def parsed(content: bytes) -> Parquet:
    """A file taken apart."""
    assert content[:4] == content[-4:] == MAGIC
    footer = _Reader(content, len(content) - 8 - int.from_bytes(content[-8:-4], "little")).struct()
    chunks = [Chunk(each[META][1]) for group in footer[ROW_GROUPS][1][1] for each in group[COLUMNS][1][1]]
    for chunk in chunks:
        at, end = begin_of(chunk.meta), begin_of(chunk.meta) + chunk.meta[COMPRESSED][1]
        while at < end:
            reader = _Reader(content, at)
            header = reader.struct()
            at = reader.at + header[PAGE_COMPRESSED][1]
            chunk.pages.append(Page(header, content[reader.at : at]))
    return Parquet(footer, chunks)


def begin_of(meta: Struct) -> int:
    """Where a column's first page stands."""
    return min(meta[each][1] for each in (DATA_AT, DICTIONARY_AT) if each in meta)


def written(parquet: Parquet, lie: Callable[[Parquet], None] = lambda parquet: None) -> bytes:
    """The file put together; offsets and lengths fit the pages, unless a lie about them is told at the end."""
    parts, at = [MAGIC], 4
    for chunk in parquet.chunks:
        begin = at
        for page in chunk.pages:
            where = DICTIONARY_AT if DICTIONARY_PAGE in page.header else DATA_AT
            if where == DICTIONARY_AT or page is _first_of_data(chunk):
                changed(chunk.meta, where, at)
            parts += [struct_bytes(page.header), page.body]
            at += len(parts[-1]) + len(parts[-2])
        changed(chunk.meta, COMPRESSED, at - begin)
    lie(parquet)
    footer = struct_bytes(parquet.footer)
    return b"".join([*parts, footer, len(footer).to_bytes(4, "little"), MAGIC])


def _first_of_data(chunk: Chunk) -> Page:
    return next(page for page in chunk.pages if DICTIONARY_PAGE not in page.header)


def header_places(content: bytes) -> Iterator[range]:
    """Where footer and page headers stand: what a file says of itself."""
    length = int.from_bytes(content[-8:-4], "little")
    yield range(len(content) - 8 - length, len(content))
    for chunk in parsed(content).chunks:
        at = begin_of(chunk.meta)
        for page in chunk.pages:
            head = len(struct_bytes(page.header))
            yield range(at, at + head)
            at += head + len(page.body)
