"""The desk: one ledger and the views that were asked of it, kept by their pin for whoever asks next.

A view at a pin never changes, so what is kept is never wrong; it only has to go when it takes too much room.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from datetime import date, datetime
from typing import Any

from xiyuan_ledger import calendar
from xiyuan_ledger.aggregates.policy import PolicyAdopted
from xiyuan_ledger.canonical import loads
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.projections.pin import Pin, Settled
from xiyuan_ledger.projections.view import View
from xiyuan_ledger.web.long import long_view

KEPT_BYTES_MAX = 256 * 1024 * 1024
Key = tuple[Any, ...]
Opening = Callable[[str], Ledger]
"""Opens the same ledger for somebody who enters: that personal data were looked at is recorded under her name."""


class Desk:
    """What the pages ask of a ledger. Shared by all readers: two who ask for the same wait for one answer."""

    def __init__(self, ledger: Ledger, *, opening: Opening | None = None, kept_bytes_max: int = KEPT_BYTES_MAX):
        self.ledger = ledger
        self.opening = opening
        self._kept: OrderedDict[Key, View] = OrderedDict()
        self._coming: dict[Key, Future[View]] = {}
        self._room = kept_bytes_max
        self._lock = threading.Lock()

    def view(self, name: str, pin: Settled, arguments: Mapping[str, Any]) -> View:
        """A view at a pin."""
        return self._answer(("view", name, pin, *sorted(arguments.items())), lambda: self._ask(name, pin, arguments))

    def diff(self, name: str, before: Settled, after: Settled, arguments: Mapping[str, Any]) -> View:
        """What changed in a view from one pin to another; the period is that of the later pin."""
        key = ("diff", name, before, after, *sorted(arguments.items()))
        a, b = (Pin(each.known_at, each.valid_on, after.from_on, after.to_on) for each in (before, after))
        return self._answer(key, lambda: self.ledger.diff(name, a, b, **arguments))

    def suppose(self, adoption: PolicyAdopted, pin: Settled) -> View:
        """What adopting a version of a policy would change in the views that read it."""
        at = Pin(pin.known_at, pin.valid_on, pin.from_on, pin.to_on)
        key = ("suppose", pin, adoption.model_dump_json())
        return self._answer(key, lambda: self.ledger.preview(adoption, pin=at).view)

    def _ask(self, name: str, pin: Settled, arguments: Mapping[str, Any]) -> View:
        if (long := long_view(self.ledger, name, pin, arguments)) is not None:
            return long
        asked = Pin(pin.known_at, pin.valid_on, pin.from_on, pin.to_on)
        return self.ledger.view(name, pin=asked, **arguments)

    def _answer(self, key: Key, ask: Any) -> View:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            coming = self._coming.get(key)
            mine = coming is None
            if coming is None:
                coming = self._coming[key] = Future()
        if not mine:
            return coming.result()
        try:
            found = ask()
        except BaseException as error:
            self._arrived(key, None)
            coming.set_exception(error)
            raise
        self._arrived(key, found)
        coming.set_result(found)
        return found  # type: ignore[no-any-return]

    def _arrived(self, key: Key, found: View | None) -> None:
        with self._lock:
            del self._coming[key]
            if found is None or found.nbytes > self._room // 2:
                return
            self._kept[key] = found
            while sum(each.nbytes for each in self._kept.values()) > self._room:
                self._kept.popitem(last=False)

    def recorded_at(self, position: int) -> datetime | None:
        """When the event at a position was written down; None before the first."""
        if position < 1:
            return None
        return calendar.parse_instant(loads(self.ledger.stored_bytes(position))["recorded_at"])

    def last_day(self, position: int) -> date | None:
        """The day in Shanghai on which the event at a position was written down."""
        instant = self.recorded_at(position)
        return None if instant is None else calendar.shanghai_date(instant)

    def roles(self) -> dict[str, frozenset[str]]:
        """Which views each role sees: the policy `privacy` in force today, as now known."""
        pin = self.ledger.settle()
        for row in self.view("policy_register", pin, {}).rows:
            if row["policy"] == "privacy" and row["in_force"]:
                return {role: frozenset(views) for role, views in row["parameters"].get("roles", {}).items()}
        return {}
