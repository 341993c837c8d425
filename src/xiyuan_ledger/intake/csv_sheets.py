"""CSV files as offices save them: UTF-8 with or without a mark, GB18030; one bad row never takes others with it."""

from __future__ import annotations

import codecs
import csv
from collections import deque
from collections.abc import Iterator
from typing import IO

from xiyuan_ledger.aggregates import Fact
from xiyuan_ledger.errors import FileError, InvalidEntry
from xiyuan_ledger.intake.jsonl import BOM, LINE_BYTES_MAX, skip_rest
from xiyuan_ledger.intake.lines import Line
from xiyuan_ledger.intake.sheets import HEAD_ROWS, Row, read_sheet

UTF_8 = "utf-8"
GB18030 = "gb18030"
PIECE_BYTES = 256 * 1024
ROW_LINES_MAX = 50
"""A cell may hold so many lines of text; a quotation mark that stays open any longer was never meant."""
SEPARATORS = (",", "\t", ";")


def read_csv(stream: IO[bytes], name: str, fact: type[Fact] | None) -> Iterator[Line]:
    """The lines of a CSV file, counted as an editor counts them."""
    return read_sheet(rows_of(stream, name), name, None, fact)


def rows_of(stream: IO[bytes], name: str, separator: str | None = None) -> Iterator[Row]:
    """The rows of a CSV file as they stand. The file is read twice: first for its encoding."""
    if stream.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        raise FileError("csv-utf-sixteen", path=name)
    stream.seek(0)
    encoding = encoding_of(stream)
    stream.seek(0)
    separator = separator or separator_of(stream, encoding)
    stream.seek(0)
    return _rows(_Lines(stream, encoding), separator)


def encoding_of(stream: IO[bytes]) -> str:
    """UTF-8 where the whole file is, or says so by its mark; else what most of its lines are in."""
    decoder = codecs.getincrementaldecoder(UTF_8)()
    if stream.read(len(BOM)) == BOM:
        return UTF_8
    stream.seek(0)
    try:
        while piece := stream.read(PIECE_BYTES):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return _encoding_of_most(stream)
    return UTF_8


def _encoding_of_most(stream: IO[bytes]) -> str:
    """Chinese in GB18030 is hardly ever UTF-8 by chance; a few bad lines in a file of UTF-8 do not make it GB18030."""
    stream.seek(0)
    fit = unfit = 0
    while line := stream.readline(LINE_BYTES_MAX):
        if not line.isascii():
            decodes = _decodes(line)
            fit, unfit = fit + decodes, unfit + (not decodes)
    return UTF_8 if fit > unfit else GB18030


def _decodes(line: bytes) -> bool:
    try:
        line.decode(UTF_8)
    except UnicodeDecodeError:
        return False
    return True


def separator_of(stream: IO[bytes], encoding: str) -> str:
    """What parts the cells: a comma, else a tabulator, else a semicolon."""
    head = "".join(stream.readline(LINE_BYTES_MAX).decode(encoding, "replace") for _ in range(HEAD_ROWS))
    return next((each for each in SEPARATORS if each in head), SEPARATORS[0])


class _Lines:
    """The lines of a file as text, with those of the row that is being read kept, so that they can be given back."""

    def __init__(self, stream: IO[bytes], encoding: str):
        self._stream = stream
        self._encoding = encoding
        self._back: deque[bytes] = deque()
        self.number = 0
        self.taken: list[bytes] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.taken) == ROW_LINES_MAX:
            raise InvalidEntry("csv-broken")
        line = self._back.popleft() if self._back else self._stream.readline(LINE_BYTES_MAX + 1)
        if not line:
            raise StopIteration
        self.number += 1
        self.taken.append(line)
        if len(line) > LINE_BYTES_MAX and not line.endswith(b"\n"):
            skip_rest(self._stream)
            raise InvalidEntry("line-too-long", limit=LINE_BYTES_MAX)
        if self.number == 1:
            line = line.removeprefix(BOM)
        try:
            return line.decode(self._encoding)
        except UnicodeDecodeError as error:
            found, name = f"0x{line[error.start]:02x}", self._encoding.upper()
            raise InvalidEntry("text-encoding-wrong", encoding=name, offset=error.start + 1, found=found) from None

    def give_back(self) -> None:
        """All lines of the row but its first are read again, each as a row of its own."""
        again = self.taken[1:]
        self._back.extendleft(reversed(again))
        self.number -= len(again)


def _rows(lines: _Lines, separator: str) -> Iterator[Row]:
    """Rows with the number of their first line; of one that is broken only that line is lost."""
    reader = csv.reader(lines, delimiter=separator, strict=True)
    while True:
        lines.taken.clear()
        before = lines.number
        try:
            yield before + 1, next(reader)
        except StopIteration:
            return
        except csv.Error:
            lines.give_back()
            yield before + 1, InvalidEntry("csv-broken")
        except InvalidEntry as error:
            lines.give_back()
            yield before + 1, error if before + 1 == lines.number else InvalidEntry("csv-broken")
