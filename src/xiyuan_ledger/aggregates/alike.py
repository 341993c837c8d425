"""同类事实: facts of one kind that differ in a few fields only, held in columns, such as the payments of a chunk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, overload

from xiyuan_ledger.aggregates.fact import Fact


class AlikeFacts(Sequence[Fact]):
    """Facts like one of them, but for what stands in columns; each is made when it is asked for.

    `columns` are by attribute, of those that the kind names in `ALIKE_IN`: codes, months and whole numbers, as valid as
    those of a fact are.
    """

    def __init__(self, like: Fact, columns: Mapping[str, Sequence[Any]]):
        assert columns
        assert columns.keys() <= like.ALIKE_IN
        self.like = like
        self.columns = columns
        self._length = min(map(len, columns.values()))
        assert self._length == max(map(len, columns.values()))

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> Fact: ...

    @overload
    def __getitem__(self, index: slice) -> list[Fact]: ...

    def __getitem__(self, index: int | slice) -> Fact | list[Fact]:
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(self._length))]
        if not -self._length <= index < self._length:
            raise IndexError(index)
        return self.like.model_copy(update={name: column[index] for name, column in self.columns.items()})

    def column(self, name: str) -> Sequence[Any]:
        """The values of an attribute, one for each fact."""
        return self.columns[name] if name in self.columns else [getattr(self.like, name)] * self._length

    def streams(self) -> list[str]:
        """The stream of each, as `Fact.stream` names it."""
        form = "/".join((self.like.STREAM_KIND, *("%s" for _ in self.like.STREAM_FIELDS)))
        return list(map(form.__mod__, zip(*map(self.column, self.like.STREAM_FIELDS), strict=True)))
