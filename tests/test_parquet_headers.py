"""Parquet files that lie about themselves: what they say of their rows reaches no view, and nothing ends or swells."""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.forging import ORIGIN, each_file, honest_facts, little_bundle, policy_text, reseal
from tests.parquet_forging import (
    COMPRESSED,
    DATA_AT,
    DATA_PAGE,
    DICTIONARY_AT,
    DICTIONARY_PAGE,
    ENCODING,
    ENCODINGS,
    GROUP_ROWS,
    I64,
    NUM_ROWS,
    NUM_VALUES,
    PAGE_COMPRESSED,
    PAGE_UNCOMPRESSED,
    STATISTICS,
    UNCOMPRESSED,
    VALUES,
    Parquet,
    Struct,
    changed,
    header_places,
    parsed,
    written,
)
from xiyuan_ledger.journal import superseded
from xiyuan_ledger.journal.segments import parquet_bytes
from xiyuan_ledger.note import Note, PrivateKey
from xiyuan_ledger.verification import span
from xiyuan_ledger.verification.checkpoint import checkpoint_of
from xiyuan_ledger.verification.claims import ENDINGS, claims_of
from xiyuan_ledger.verification.columns import Columns
from xiyuan_ledger.verification.computing import computed
from xiyuan_ledger.verification.holding import holds
from xiyuan_ledger.verification.policy import Policy
from xiyuan_ledger.verification.verifying import verify

ROWS = 300
HUGE = 2**31 - 1
NOTES = [f"visit {n % 7}" if n % 3 else None for n in range(ROWS)]
TABLE = pa.table(
    {
        "position": pa.array(range(1, ROWS + 1), pa.int64()),
        "event_id": [f"{n:036d}" for n in range(ROWS)],
        "occurred_on": pa.array([date(2013, 1, 1) + timedelta(days=n % 90) for n in range(ROWS)], pa.date32()),
        "note": NOTES,
        "papers": pa.array([["a", "b"][: n % 3] for n in range(ROWS)], pa.list_(pa.string())),
    }
)
HONEST = parquet_bytes(TABLE).to_pybytes()
NOTE = TABLE.schema.names.index("note")
KEY = PrivateKey.new(ORIGIN)


def test_a_file_put_together_again_is_the_same() -> None:
    assert written(parsed(HONEST)) == HONEST
    assert sum(map(len, header_places(HONEST))) < len(HONEST)


def least_and_greatest(parquet: Parquet) -> None:
    """No row stands at a position that anybody asks for, and none lies in a year that is past."""
    for chunk in parquet.chunks:
        if STATISTICS in chunk.meta:
            said: Struct = chunk.meta[STATISTICS][1]
            length = len(said[1][1])
            for number in (1, 2, 5, 6):
                changed(said, number, (50_000_000).to_bytes(length, "little"))


def claim_what_the_columns_give(bundle: Path) -> None:
    """Every claim as it comes out when the bundle's own columns are asked, and a manifest that fits."""
    note = Note.parse((bundle / "checkpoint").read_bytes())
    files: dict[str, list[str]] = {}
    for path in sorted((bundle / "journal").rglob("*.parquet")):
        name = path.relative_to(bundle).as_posix()
        files.setdefault(path.parent.name.removeprefix("fact="), []).append(name)
    columns = Columns(bundle, files, superseded.together([]))
    claims = claims_of((bundle / "reports" / "index.json").read_bytes())
    for claim, parts in computed(columns, checkpoint_of(note), claims, lean=True):
        for ending, content in zip(ENDINGS, map(b"".join, zip(*parts, strict=True)), strict=True):
            (bundle / (claim.stem() + ending)).write_bytes(content)
    reseal(bundle, note)


def faults(bundle: Path) -> list[str]:
    found = verify(bundle, Policy.parse(policy_text(KEY.public())))
    return [fault.code for check in found.checks for fault in check.faults]


@pytest.fixture
def lying(tmp_path: Path) -> Path:
    """A bundle whose events and rows are true, whose columns say that nobody need look at them - and whose figures
    are what is left then."""
    bundle = little_bundle(honest_facts()[:9], KEY, tmp_path)
    before = (bundle / "reports" / "fund_statement.csv").read_bytes()
    assert faults(bundle) == []
    for path in each_file(bundle / "journal" / "fact=expense_recorded"):
        path.write_bytes(written(parsed(path.read_bytes()), least_and_greatest))
    claim_what_the_columns_give(bundle)
    assert (bundle / "reports" / "fund_statement.csv").read_bytes() != before
    return bundle


def test_figures_that_follow_from_what_columns_say_of_themselves_are_found_out(lying: Path) -> None:
    assert faults(lying) == ["report-differs", "report-differs"]


def test_they_would_pass_if_the_bundles_own_columns_were_asked(lying: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(span, "_put_aside", lambda path, table: str(path.relative_to(path.parents[2])))
    assert faults(lying) == []


def test_true_figures_beside_such_columns_pass(tmp_path: Path) -> None:
    bundle = little_bundle(honest_facts()[:9], KEY, tmp_path)
    for path in each_file(bundle / "journal"):
        path.write_bytes(written(parsed(path.read_bytes()), least_and_greatest))
    reseal(bundle, Note.parse((bundle / "checkpoint").read_bytes()))
    assert faults(bundle) == []


def in_page(number: int, value: int, page: int = -1) -> Callable[[Parquet], None]:
    """A lie in the head of a page of the texts."""
    return lambda parquet: changed(parquet.chunks[NOTE].pages[page].header, number, value)


def in_values(number: int, value: int, page: int = -1) -> Callable[[Parquet], None]:
    """A lie about the values of a page of the texts."""

    def lie(parquet: Parquet) -> None:
        header = parquet.chunks[NOTE].pages[page].header
        changed(header[DICTIONARY_PAGE if DICTIONARY_PAGE in header else DATA_PAGE][1], number, value)

    return lie


def in_chunk(number: int, value: int) -> Callable[[Parquet], None]:
    """A lie of the footer about the column of texts."""
    return lambda parquet: changed(parquet.chunks[NOTE].meta, number, value)


def other_encodings(parquet: Parquet) -> None:
    parquet.chunks[NOTE].meta[ENCODINGS] = (parquet.chunks[NOTE].meta[ENCODINGS][0], (5, [0, 3, 77]))


def pages_exchanged(parquet: Parquet) -> None:
    meta = parquet.chunks[NOTE].meta
    first, second = meta[DICTIONARY_AT][1], meta[DATA_AT][1]
    changed(meta, DICTIONARY_AT, second)
    changed(meta, DATA_AT, first)


def more_rows(parquet: Parquet) -> None:
    changed(parquet.footer, NUM_ROWS, 2**62)
    changed(parquet.groups()[0], GROUP_ROWS, 2**62)


def rows_of_one_column(parquet: Parquet) -> None:
    changed(parquet.groups()[0], GROUP_ROWS, ROWS - 1)


IN_PAGES = {
    f"{name} {value} of page {page}": lie(number, value, page)
    for page in (0, 1)
    for name, lie, number, values in (
        ("uncompressed", in_page, PAGE_UNCOMPRESSED, (0, 1, -1, HUGE, -HUGE)),
        ("compressed", in_page, PAGE_COMPRESSED, (0, 1, -1, HUGE, -HUGE)),
        ("values", in_values, VALUES, (0, 1, -1, HUGE, -HUGE)),
        ("encoding", in_values, ENCODING, (5, 7, 77, -1)),
    )
    for value in values
}
IN_FOOTER = {
    "total compressed 0": in_chunk(COMPRESSED, 0),
    "total compressed -1": in_chunk(COMPRESSED, -1),
    "total compressed 2^40": in_chunk(COMPRESSED, 2**40),
    "total uncompressed 2^62": in_chunk(UNCOMPRESSED, 2**62),
    "data at 0": in_chunk(DATA_AT, 0),
    "data at -1": in_chunk(DATA_AT, -1),
    "dictionary at 4": in_chunk(DICTIONARY_AT, 4),
    "dictionary at -1": in_chunk(DICTIONARY_AT, -1),
    "dictionary at 2^40": in_chunk(DICTIONARY_AT, 2**40),
    "encodings": other_encodings,
    "more rows": more_rows,
    "fewer rows": rows_of_one_column,
}


def taken() -> int:
    """The most memory that this process took so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def held_with(lie: Callable[[Parquet], None], path: Path, *, in_footer: bool) -> str:
    parquet = parsed(HONEST)
    if not in_footer:
        lie(parquet)
    path.write_bytes(written(parquet, lie) if in_footer else written(parquet))
    assert path.read_bytes() != HONEST
    return holds(path, TABLE)


@pytest.mark.parametrize("lie", IN_PAGES)
def test_a_page_that_lies_about_its_length_values_or_encoding_is_caught(lie: str, tmp_path: Path) -> None:
    before = taken()
    assert held_with(IN_PAGES[lie], tmp_path / "lying.parquet", in_footer=False) == ""
    assert taken() - before < 256 << 20


@pytest.mark.parametrize("lie", IN_FOOTER)
def test_a_footer_that_lies_about_its_columns_is_caught(lie: str, tmp_path: Path) -> None:
    before = taken()
    assert held_with(IN_FOOTER[lie], tmp_path / "lying.parquet", in_footer=True) == ""
    assert taken() - before < 256 << 20


@pytest.mark.parametrize(
    "lie", [in_chunk(NUM_VALUES, HUGE), in_chunk(UNCOMPRESSED, 0), in_chunk(DATA_AT, 2**40), pages_exchanged]
)
def test_lies_that_one_reader_passes_over_are_told_to_no_other(lie: Callable[[Parquet], None], tmp_path: Path) -> None:
    """Arrow finds the true rows all the same. What another reader would find is never asked."""
    assert held_with(lie, tmp_path / "lying.parquet", in_footer=True) == "rows"


def test_a_list_without_end_in_the_footer_takes_no_memory(tmp_path: Path) -> None:
    parquet = parsed(HONEST)
    members = parquet.chunks[0].meta[ENCODINGS][1][1]
    footer = written(parquet)
    head = bytes([len(members) << 4 | 5, *(each << 1 for each in members)])
    endless = bytes([0xF5, 0xFF, 0xFF, 0xFF, 0xFF, 0x07])
    assert footer.count(head) >= 1
    forged = footer.replace(head, endless + head[1:], 1)
    length = int.from_bytes(footer[-8:-4], "little") + len(endless) - 1
    (tmp_path / "endless.parquet").write_bytes(forged[:-8] + length.to_bytes(4, "little") + b"PAR1")
    before = taken()
    assert holds(tmp_path / "endless.parquet", TABLE) == ""
    assert taken() - before < 256 << 20


PLACES = [place for places in header_places(HONEST) for place in places]


@settings(max_examples=150, deadline=None)
@given(flips=st.lists(st.tuples(st.sampled_from(PLACES), st.integers(0, 7)), min_size=1, max_size=4, unique=True))
def test_no_bits_of_a_header_crash_the_reading_or_pass_for_what_is_written_here(
    flips: list[tuple[int, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = bytearray(HONEST)
    for place, bit in flips:
        content[place] ^= 1 << bit
    path = tmp_path_factory.getbasetemp() / "flipped.parquet"
    path.write_bytes(content)
    assert holds(path, TABLE) in ("rows", "")


def test_the_numbers_of_the_forger_are_as_thrift_writes_them() -> None:
    for number in (0, 1, -1, 63, 64, -64, HUGE, -HUGE, 2**62):
        parquet = parsed(HONEST)
        parquet.footer[NUM_ROWS] = (I64, number)
        assert parsed(written(parquet)).footer[NUM_ROWS] == (I64, number)
