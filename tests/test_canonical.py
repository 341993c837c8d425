"""Canonical bytes are recognised, and nothing that is nearly canonical is taken for it."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
import rfc8785

from tests.forging import entries_of, honest_facts
from xiyuan_ledger import canonical

EVENT = '{"actor":"a","entry":{"name":"敬老 Ab","note":"é"},"position":7,"recorded_at":"2013-01-07T01:00:00Z"}'
NEARLY = {
    "a key twice": ('"position":7', '"position":7,"position":7'),
    "a key twice, with another value first": ('"position":7', '"position":8,"position":7'),
    "a key twice, once escaped": ('"position":7', '"positio\\u006e":8,"position":7'),
    "keys in another order": ('"actor"', '"b":1,"actor"'),
    "a blank": (":7", ": 7"),
    "a blank before": ("{", " {"),
    "a line's end after": ('Z"}', 'Z"}\n'),
    "a tab between": (",", ",\t"),
    "a number with a sign": (":7", ":-0"),
    "a number with a leading zero": (":7", ":07"),
    "a number with an exponent": (":7", ":7e0"),
    "a number beyond 2^53": (":7", ":9007199254740993"),
    "a number beyond 2^64": (":7", ":18446744073709551617"),
    "a number with a plus": (":7", ":+7"),
    "a letter escaped": ('"a"', '"\\u0061"'),
    "a slash escaped": ('"a"', '"\\/"'),
    "a control sign unescaped": ('"a"', '"\x01"'),
    "a control sign in capitals": ('"a"', '"\\u001F"'),
    "a line's end by its number": ('"a"', '"\\u000a"'),
    "a letter beyond ASCII escaped": ("敬", "\\u656c"),
    "text in normal form D": ("é", "e\u0301"),
    "a mark that composes with a letter in ASCII": ('"a"', '"a\u0301"'),
    "a singleton of Unicode": ("敬", "\u212b"),
    "half of a surrogate pair": ('"a"', '"\\ud800"'),
    "a pair of surrogates escaped": ('"a"', '"\\ud83d\\ude00"'),
    "not a number": (":7", ":NaN"),
    "a comma at the end": (":7,", ":7,,"),
    "two values": ('Z"}', 'Z"},{}'),
    "a part of a value": ('Z"}', 'Z"'),
    "a byte-order mark": ("{", "\ufeff{"),
    "emoji keys by code point": ('"entry":{', '"entry":{"\uff21":1,"\U0001f600":1,'),
    "nothing": (EVENT, ""),
}


def reads(lines: list[bytes]) -> bool:
    """Whether all are read as canonical."""
    try:
        return len(canonical.read_each(lines, lambda value: value)) == len(lines)
    except canonical.NotCanonicalError:
        return False
    except ValueError:
        return False


def test_the_example_is_canonical() -> None:
    assert canonical.is_canonical(EVENT.encode())
    assert reads([EVENT.encode()] * 3)
    assert rfc8785.dumps(json.loads(EVENT)) == EVENT.encode()


@pytest.mark.parametrize("nearly", NEARLY)
def test_what_is_nearly_canonical_is_not_wherever_it_stands(nearly: str) -> None:
    touched = EVENT.replace(*NEARLY[nearly], 1).encode()
    assert touched != EVENT.encode()
    assert not canonical.is_canonical(touched)
    for place in range(3):
        lines = [EVENT.encode()] * 3
        lines[place] = touched
        assert not reads(lines)


def test_what_is_no_text_is_not_canonical() -> None:
    for wrong in (b"\xff", EVENT.encode().replace(b"a", b"\xc3", 1), EVENT.encode("utf-16"), b"[" * 3_000, b"\x00"):
        assert not canonical.is_canonical(wrong)
        assert not reads([EVENT.encode(), wrong])


def test_lines_that_are_only_together_what_they_should_be_are_not() -> None:
    assert not reads([b'{"a":[{}', b"{}]}", b"{},{}"])
    assert not reads([b'{"a":1', b'"b":2}'])


def test_keys_beyond_the_basic_plane_stand_by_their_utf_16_code_units() -> None:
    right = canonical.dumps({"\uff21": 1, "\U0001f600": 1})
    assert right == rfc8785.dumps({"\uff21": 1, "\U0001f600": 1})
    assert reads([right, EVENT.encode()])
    assert not reads(['{"\uff21":1,"\U0001f600":1}'.encode(), EVENT.encode()])


def test_every_byte_changed_in_an_event_is_read_as_another_library_would_have_written_it_or_not_at_all(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    event = entries_of(honest_facts()[:2], tmp_path_factory.mktemp("proofs"))[-1]
    chance = Random(8785)
    for at in range(len(event)):
        for sign in {0x20, 0x22, 0x2C, 0x5C, 0x30, 0x65, 0x7D, chance.randrange(256)}:
            touched = event[:at] + bytes([sign]) + event[at + 1 :]
            assert canonical.is_canonical(touched) == is_rfc8785(touched), touched
            assert reads([event, touched]) == is_rfc8785(touched), touched


def is_rfc8785(line: bytes) -> bool:
    """The same by Python's own reader and another library's writer: integers only."""
    try:
        value = json.loads(line.decode(), parse_float=_no_float, parse_constant=_no_float)
        return rfc8785.dumps(value) == line
    except (ValueError, RecursionError, rfc8785.CanonicalizationError):
        return False


def _no_float(text: str) -> Any:
    raise ValueError(text)
