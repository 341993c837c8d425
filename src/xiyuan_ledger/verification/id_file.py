"""The ids of a bundle's events by their positions, in a file: looked up without looking through the journal each time.

An id is 36 bytes, so that a position says where it stands; the file is read a stretch at a time.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import islice
from tempfile import TemporaryFile

import pyarrow as pa
import pyarrow.compute as pc

from xiyuan_ledger.errors import ProofError

ID_BYTES = 36
STRETCH = 8_192
"""How many ids are read at once."""


class IdFile:
    """The ids of positions, written once, stretch after stretch of the log."""

    def __init__(self, stretches: Iterable[Iterable[pa.Table]]):
        self._file = TemporaryFile(prefix="xiyuan-ids-")  # noqa: SIM115 - closed with this
        try:
            for tables in stretches:
                self._write(pa.concat_tables(tables))
        except BaseException:
            self.close()
            raise

    def _write(self, table: pa.Table) -> None:
        ids = table.sort_by("position")["event_id"].combine_chunks()
        if pc.any(pc.not_equal(pc.binary_length(ids), ID_BYTES)).as_py():
            raise ProofError("event-form", position=1 + self._file.tell() // ID_BYTES)
        self._file.write(memoryview(ids.buffers()[2])[: ID_BYTES * len(ids)])

    def close(self) -> None:
        """Give up the file."""
        self._file.close()

    def of(self, lists: Iterable[pa.Array]) -> list[pa.Array]:
        """The ids of positions, list by list, in their order."""
        wanted = [positions.cast(pa.int64()) for positions in lists]
        each = pc.unique(pa.chunked_array(wanted, pa.int64())).drop_null()
        each = each.take(pc.sort_indices(each))
        ids = pa.concat_arrays([pa.array([], pa.string()), *self._read(each.to_pylist())])
        return [ids.take(pc.index_in(positions, value_set=each)) for positions in wanted]

    def _read(self, positions: list[int]) -> Iterator[pa.Array]:
        """The ids of positions, which are in order."""
        at = 0
        while at < len(positions):
            begin = (positions[at] - 1) // STRETCH * STRETCH
            end = bisect_right(positions, begin + STRETCH, at)
            self._file.seek(ID_BYTES * begin)
            content = self._file.read(ID_BYTES * STRETCH)
            places = (ID_BYTES * (position - 1 - begin) for position in islice(positions, at, end))
            yield pa.array((content[place : place + ID_BYTES].decode() for place in places), pa.string())
            at = end
