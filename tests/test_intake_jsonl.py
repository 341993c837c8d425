"""JSON Lines as offices hand them in: every line is an entry, or is answered with why it is none."""

from __future__ import annotations

import io
import tracemalloc
from typing import Any

import pytest

from xiyuan_ledger.intake.jsonl import LINE_BYTES_MAX, Line, read_lines

GOOD = b'{"type": "ExamPassed", "worker": "W-001", "year": 2012}'


def lines(content: bytes, name: str = "june.jsonl") -> list[Line]:
    return list(read_lines(io.BytesIO(content), name))


def refused(content: bytes) -> tuple[int, str, dict[str, Any]]:
    """The one line of these that is refused: its number, the code, and what was found; the line after it is read."""
    first, second = lines(content + b"\n" + GOOD)
    assert second.error is None
    assert first.error is not None
    assert first.entry is None
    assert first.error.message("zh") != first.error.message("en")
    assert first.error.hint("zh") != first.error.hint("en")
    return first.number, first.error.code, first.error.values


def test_an_entry_that_names_no_source_gets_its_file_and_line() -> None:
    (line,) = lines(b"\n" + GOOD)
    assert line == Line(2, {"type": "ExamPassed", "worker": "W-001", "year": 2012, "source": "june.jsonl:2"}, None)


def test_an_entry_keeps_the_source_that_it_names() -> None:
    (line,) = lines(b'{"source": "form 12"}')
    assert line.entry == {"source": "form 12"}


def test_byte_order_mark_blank_lines_and_windows_line_ends_do_no_harm() -> None:
    found = lines(b"\xef\xbb\xbf" + GOOD + b"\r\n\r\n   \n" + GOOD + b"\r\n" + GOOD)
    assert [(line.number, line.error) for line in found] == [(1, None), (4, None), (5, None)]


def test_an_empty_file_has_no_lines() -> None:
    assert lines(b"") == []
    assert lines(b"\xef\xbb\xbf\n\n") == []


def test_broken_json_is_refused_with_its_column() -> None:
    assert refused(b'{"type": "ExamPassed", }')[:2] == (1, "json-broken")
    assert refused(b'{"a": 1} {"b": 2}')[2]["column"] == 10
    assert refused(b'{"a": 1')[2]["column"] == 8
    assert refused(b"type=ExamPassed")[2]["column"] == 1


def test_text_in_another_encoding_is_refused_with_its_byte() -> None:
    number, code, found = refused('{"name": "西苑"}'.encode("gb18030"))
    assert (number, code, found["offset"], found["found"]) == (1, "encoding-wrong", 11, "0xce")
    assert refused(b'\xff\xfe{"a": 1}')[1] == "encoding-wrong"


def test_a_nul_byte_is_refused() -> None:
    assert refused(b'{"a": "\0"}') == (1, "nul-byte", {"offset": 8})


def test_a_field_that_stands_twice_is_refused_at_any_depth() -> None:
    assert refused(b'{"worker": "W-001", "worker": "W-002"}') == (1, "duplicate-field", {"found": "worker"})
    assert refused(b'{"parameters": {"years": 2, "years": 3}}')[2] == {"found": "years"}


@pytest.mark.parametrize("text", ["[1, 2]", '"ExamPassed"', "12", "null", "true"])
def test_what_is_no_object_is_refused(text: str) -> None:
    assert refused(text.encode()) == (1, "entry-form", {"found": text})


@pytest.mark.parametrize(
    "number", ["1.5", "1.0", "1e3", "NaN", "Infinity", "-Infinity", "9007199254740992", "-9007199254740992"]
)
def test_numbers_that_are_not_whole_or_too_large_are_refused(number: str) -> None:
    assert refused(f'{{"amount_fen": {number}}}'.encode()) == (1, "number-form", {"found": number})


def test_the_largest_whole_number_is_read() -> None:
    (line,) = lines(b'{"amount_fen": 9007199254740991, "source": "x"}')
    assert line.entry == {"amount_fen": 9007199254740991, "source": "x"}


def test_a_number_of_many_digits_is_refused_at_once() -> None:
    number, code, found = refused(b'{"amount_fen": ' + b"9" * 10_000 + b"}")
    assert (number, code, found["found"]) == (1, "number-form", "9" * 39 + "…")


def test_json_nested_without_end_is_refused() -> None:
    assert refused(b"[" * 200_000)[:2] == (1, "json-deep")


@pytest.mark.parametrize("levels", [64, 255, 900])
def test_a_line_nested_deeper_than_an_entry_may_be_is_refused(levels: int) -> None:
    assert refused(b'{"a": ' + b"[" * levels + b"]" * levels + b"}")[:2] == (1, "json-deep")
    flat, deep = b"[[1]]," * levels, b"[" * 63 + b"]" * 63
    (line,) = lines(b'{"a": [' + flat + b'1], "b": ' + deep + b', "source": "x"}')
    assert line.error is None


@pytest.mark.parametrize("content", [rb'{"name": "\ud800"}', rb'{"\udfff": 1}', rb'{"names": ["\uD83D"]}'])
def test_half_a_character_is_refused(content: bytes) -> None:
    assert refused(content)[:2] == (1, "surrogate-lone")


def test_both_halves_of_a_character_are_one() -> None:
    (line,) = lines(rb'{"name": "\ud83d\ude00", "source": "x"}')
    assert line.entry == {"name": "\U0001f600", "source": "x"}


def test_a_line_over_the_limit_is_refused_and_the_next_is_read() -> None:
    assert refused(b'{"name": "' + b"x" * LINE_BYTES_MAX + b'"}') == (1, "line-too-long", {"limit": LINE_BYTES_MAX})


def test_a_line_at_the_limit_is_read() -> None:
    filling = LINE_BYTES_MAX - len(b'{"name": ""}')
    (line,) = lines(b'{"name": "' + b"x" * filling + b'"}\n')
    assert line.error is None


class Endless(io.RawIOBase):
    """A file of one line without end, as far as 100 MiB."""

    def __init__(self) -> None:
        self.left = 100 * 1024 * 1024

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        size = min(len(buffer), self.left)
        buffer[:size] = b"x" * size
        self.left -= size
        return size


def test_a_line_without_end_is_never_held_in_memory() -> None:
    tracemalloc.start()
    try:
        found = list(read_lines(io.BufferedReader(Endless(), buffer_size=65_536), "endless"))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [(line.number, line.error and line.error.code) for line in found] == [(1, "line-too-long")]
    assert peak < 8 * 1024 * 1024


def test_a_hundred_thousand_lines_are_read_one_at_a_time() -> None:
    stream = io.BytesIO((GOOD + b"\n") * 100_000)
    tracemalloc.start()
    try:
        count = sum(1 for line in read_lines(stream, "many") if line.error is None)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 100_000
    assert peak < 1024 * 1024
