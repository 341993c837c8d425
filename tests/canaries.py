"""Canaries: words that stand for personal data, looked for in everything that was left behind."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow.parquet as pq

WORDS = ("示例丁丁丁", "000-0000-5822", "示例路七七七号", "34010000000000582X", "示例戊戊戊")
"""Name, telephone, address, number of a card, guardian: invented, and no real person's."""
NAME, PHONE, ADDRESS, NUMBER, GUARDIAN = WORDS
PERSONAL = {"name": NAME, "phone": PHONE, "address": ADDRESS, "id_number": NUMBER, "guardian": GUARDIAN}


def forms_of(word: str) -> set[bytes]:
    """A word as files may hold it: in three encodings, and as JSON escapes it."""
    encoded = {word.encode(each) for each in ("utf-8", "utf-16-le", "gb18030")}
    return encoded | {json.dumps(word)[1:-1].encode(), word.encode().hex().encode()}


def words_in(content: bytes, words: Iterable[str] = WORDS) -> list[str]:
    """The words that some bytes hold in any form; what is packed is unpacked."""
    parts = [content, *_unpacked(content)]
    return [word for word in words if any(form in part for form in forms_of(word) for part in parts)]


def _unpacked(content: bytes) -> Iterator[bytes]:
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield from (archive.read(name) for name in archive.namelist())
    if content[:4] == b"PAR1":
        table = pq.read_table(io.BytesIO(content))
        yield repr(table.to_pylist()).encode()
        yield repr(table.schema.metadata).encode()


def left_in(folder: Path, words: Iterable[str] = WORDS) -> dict[str, list[str]]:
    """The words left in each file of a folder."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    found = {str(path.relative_to(folder)): words_in(path.read_bytes(), words) for path in files}
    return {name: held for name, held in found.items() if held}
