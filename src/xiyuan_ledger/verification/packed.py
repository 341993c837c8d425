"""States of accounts and organisations that know each of their vouchers and members in a few bytes.

Recording holds them as they are, so that an entry is judged at once. Recording once more, to verify, is to fit an
evaluator's memory whatever the history: what was not looked at lately is packed, and found again by its whole code.
"""

from __future__ import annotations

import pickle
import zlib
from collections.abc import ItemsView
from dataclasses import replace
from functools import cache
from typing import Any, Generic, TypeVar

from xiyuan_ledger.aggregates import AGGREGATES, Aggregate
from xiyuan_ledger.recording.digests import Digests, nothing_seen

V = TypeVar("V")
FRESH_MAX = 64
"""So many are held as they are."""


class Packed(Generic[V]):
    """What is known by its code: the newest as they are, all others in pages."""

    __slots__ = ("_fresh", "_pages", "_places")

    def __init__(self) -> None:
        self._fresh: dict[str, V] = {}
        self._pages: list[bytes] = []
        self._places = Digests(_seen())
        """On which pages a code may stand."""

    def get(self, key: str) -> V | None:
        """What is known by a code."""
        if key in self._fresh:
            return self._fresh[key]
        mark = _mark(key)
        if not self._places.may_hold(mark):
            return None
        for number in self._places.positions(mark):  # The latest first.
            page: dict[str, V] = _page(self._pages[number])
            if key in page:
                return page[key]
        return None

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self.get(key) is not None

    def items(self) -> ItemsView[str, V]:
        """All of it, in the order in which it became known."""
        found: dict[str, V] = {}
        for page in self._pages:
            found |= _page(page)
        return (found | self._fresh).items()

    def __setitem__(self, key: str, value: V) -> None:
        self._fresh[key] = value
        if len(self._fresh) >= FRESH_MAX:
            self._pack()

    def _pack(self) -> None:
        for key in self._fresh:
            self._places.note(_mark(key), len(self._pages))
        self._pages.append(zlib.compress(pickle.dumps(self._fresh, pickle.HIGHEST_PROTOCOL)))
        self._fresh = {}


def _page(content: bytes) -> dict[str, Any]:
    return pickle.loads(zlib.decompress(content))  # type: ignore[no-any-return]  # noqa: S301 - packed here


def _mark(key: str) -> str:
    return f"{hash(key) & 0xFFFF_FFFF:08x}"


@cache
def _seen() -> bytearray:
    return nothing_seen()


def _lean(kind: str, *names: str) -> Aggregate:
    """An aggregate whose states pack what they hold under these names."""
    like = AGGREGATES[kind]

    def new_state() -> Any:
        state = like.new_state()
        for name in names:
            setattr(state, name, Packed())
        return state

    return replace(like, new_state=new_state)


LEAN = {**AGGREGATES, "account": _lean("account", "vouchers", "expenses"), "org": _lean("org", "members")}
"""The aggregates as who verifies holds them."""
