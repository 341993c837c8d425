"""Canonical bytes are recognised, and nothing that is nearly canonical is taken for it."""

from __future__ import annotations

import json
import unicodedata
from random import Random
from typing import Any

import pytest
import rfc8785

from tests.forging import entries_of, honest_facts
from xiyuan_ledger import canonical
from xiyuan_ledger.verification.shapes import SHAPES_MAX, Shapes

EVENT = (
    '{"actor":"a","entry":{"ages":[70,81],"all":true,"name":"敬老 Ab","note":"é"},"event_id":"e","position":7,'
    '"recorded_at":"2013-01-07T01:00:00Z","schema":1,"stream":"s","type":"T","version":1}'
)
NEARLY = {
    "a key twice": ('"position":7', '"position":7,"position":7'),
    "a key twice, with another value first": ('"position":7', '"position":8,"position":7'),
    "a key twice, once escaped": ('"position":7', '"positio\\u006e":8,"position":7'),
    "keys in another order": ('"actor"', '"b":1,"actor"'),
    "a blank": (":7", ": 7"),
    "a blank before": ("{", " {"),
    "a line's end after": (":1}", ":1}\n"),
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
    "a fraction": (":7", ":7.5"),
    "a whole number written as a fraction": (":7", ":7.0"),
    "a fraction within a list": ("[70", "[70.5"),
    "a list that ends in a comma": ("81]", "81,]"),
    "a list that lacks a comma": ("70,81", "70 81"),
    "two values": (":1}", ":1},{}"),
    "a part of a value": (":1}", ":1"),
    "text that holds the end of one line and the start of the next": ('"s"', '"s\n{"actor":"'),
    "a byte-order mark": ("{", "\ufeff{"),
    "emoji keys by code point": ('"entry":{', '"entry":{"\uff21":1,"\U0001f600":1,'),
    "nothing": (EVENT, ""),
}


def taught(*lines: bytes) -> Shapes:
    """What knows the shape of these lines at once."""
    shapes = Shapes(learn_after=1)
    for line in lines:
        shapes.read([line])
    return shapes


def reads(lines: list[bytes], shapes: Shapes | None = None) -> bool:
    """Whether all are read as canonical, by who has seen none before or such as the example."""
    found = [can_read(lines, each) for each in (shapes or taught(EVENT.encode()), Shapes(learn_after=1), Shapes())]
    assert len(set(found)) == 1, "what was learnt decides nothing"
    return found[0]


def can_read(lines: list[bytes], shapes: Shapes) -> bool:
    try:
        return len(shapes.read(lines).positions) == len(lines)
    except ValueError:
        return False
    except (KeyError, TypeError):
        return True  # written canonically, and no event


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


def event_with(entry: Any) -> bytes:
    """The example with another entry."""
    return canonical.dumps({**json.loads(EVENT), "entry": entry})


def test_keys_beyond_the_basic_plane_stand_by_their_utf_16_code_units() -> None:
    keys = {"\uff21": 1, "\U0001f600": 1}
    right = event_with(keys)
    assert right == rfc8785.dumps({**json.loads(EVENT), "entry": keys})
    assert reads([right, EVENT.encode()], taught(right))
    wrong = EVENT.encode().replace(b'"entry":{', '"entry":{"\uff21":1,"\U0001f600":1,'.encode())
    assert not reads([wrong, EVENT.encode()], taught(right))


def test_a_known_shape_says_what_was_read_and_nothing_else() -> None:
    shapes = taught(EVENT.encode())
    others = [EVENT.replace(":7,", f":{place},").encode() for place in (8, 9_007_199_254_740_991, 10)]
    strange = event_with({"all": None})
    read = shapes.read([*others, strange, EVENT.encode()])
    assert read.positions == (8, 9_007_199_254_740_991, 10, 7, 7)
    assert read.times == ("2013-01-07T01:00:00Z",) * 5
    assert (read.types, read.schemas) == (("T",) * 5, (1,) * 5)


def test_a_key_that_reads_like_two_teaches_nothing() -> None:
    """Written as it reads, it would be keys in another order."""
    two = event_with({'z":1,"a': 1})
    assert reads([two], taught(two))
    assert not reads([two.replace(b"\\", b"")], taught(two))
    assert not reads([event_with({"a.b": 1}).replace(b".", b"\x1f")], taught(event_with({"a.b": 1})))


def test_a_stranger_teaches_no_pattern_without_end() -> None:
    shapes = Shapes(learn_after=1)
    for number in range(2 * SHAPES_MAX):
        shapes.read([event_with({f"k{number}": "a"})])
    shapes.read([event_with([[[[{}] * 20] * 20] * 20]), event_with({"k" * 9_000: 1})])
    nested: Any = 1
    for _ in range(200):
        nested = [nested]
    shapes.read([event_with(nested)])
    assert shapes.known == SHAPES_MAX


def test_lines_of_any_text_are_read_alike_by_who_knows_their_shape() -> None:
    signs = '敬é e\u0301\u212b\uac00\u1100\u1161\uff0c\u3002\u3099か\U0001f600\x7f"\\\n\x1f/<\u2028'
    chance = Random(629)
    for _ in range(500):
        name = "".join(chance.choices(signs, k=chance.randrange(4)))
        line = event_with({"ages": [1], "all": True, "name": name, "note": ""})
        assert reads([EVENT.encode(), line, EVENT.encode()]) == (is_rfc8785(line) and is_normal(name)), name


def is_normal(text: str) -> bool:
    return unicodedata.normalize("NFC", text) == text


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
