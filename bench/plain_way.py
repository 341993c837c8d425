"""What people would use instead: eventsourcing as it comes - JSON transcoder, notification log, a fold in Python."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from eventsourcing.application import Application
from eventsourcing.domain import DomainEvent
from eventsourcing.persistence import Transcoding

from xiyuan_ledger.aggregates import Event

SAVE_ROWS = 1_000
SECTION_ROWS = 10


@dataclass(frozen=True)
class Told(DomainEvent):
    """A fact as an event of the library: its type, its fields, its date."""

    type: str
    occurred_on: date
    fields: dict[str, Any]


class DateAsISO(Transcoding):
    """The library's transcoder knows no dates."""

    type = date
    name = "date_iso"

    def encode(self, obj: date) -> str:
        return obj.isoformat()

    def decode(self, data: str) -> date:
        return date.fromisoformat(data)


class Plain(Application[UUID]):
    """An application of the library."""

    def register_transcodings(self, transcoder: Any) -> None:
        super().register_transcodings(transcoder)
        transcoder.register(DateAsISO())


def application(environment: Mapping[str, str]) -> Plain:
    """The application over the store that the environment names."""
    return Plain(env=dict(environment))


def fill(app: Plain, events: Iterable[Event]) -> None:
    """Save the same facts, many at a time."""
    versions: dict[UUID, int] = defaultdict(int)
    batch: list[Told] = []
    for event in events:
        stream = uuid5(NAMESPACE_URL, event.stream)
        versions[stream] += 1
        fields = {name: _plain(value) for name, value in event.fact.entry().items() if name != "occurred_on"}
        batch.append(
            Told(
                originator_id=stream,
                originator_version=versions[stream],
                timestamp=event.recorded_at,
                type=event.type,
                occurred_on=event.occurred_on,
                fields=fields,
            )
        )
        if len(batch) == SAVE_ROWS:
            app.events.put(batch)
            batch = []
    app.events.put(batch)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    return value


def rebuild(app: Plain) -> dict[tuple[str, str], int]:
    """Read the notification log section by section, and fold it into sums such as a view has."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    start: int | None = 1
    while start is not None:
        section = app.notification_log[f"{start},{start + SECTION_ROWS - 1}"]
        for notification in section.items:
            told: Any = app.mapper.to_domain_event(notification)
            sums[told.type, told.occurred_on.strftime("%Y-%m")] += 1
            sums[told.type, "fen"] += told.fields.get("amount_fen", 0)
            sums[told.type, "minutes"] += told.fields.get("minutes", 0)
        if not section.items or section.next_id is None:
            break
        start = int(section.next_id.split(",")[0])
    return sums
