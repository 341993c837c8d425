"""服务站: what the stations' own social workers do each month: a stand in the square, and visits to two elders."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random

from story.clients import enrolments
from story.desk import Desk
from story.names import STATION_SOCIAL_WORKERS

FILE = "19-stations"
MONTHS = tuple(date(2012, month, 1) for month in (10, 11, 12)) + tuple(date(2013, month, 1) for month in range(1, 7))
VISIT_AT = time(8, 0)
"""Before anything else on that day, so that nobody is in two places."""


def tell(desk: Desk) -> None:
    """Write the chapter."""
    chance = Random("xiyuan/stations")
    enrolled = enrolments("XY-P3")
    for n, (worker, since) in enumerate(STATION_SOCIAL_WORKERS.items()):
        for k, month in enumerate(MONTHS):
            on = month + timedelta(days=9 + n)
            if since <= on:
                _stand(desk, worker, f"ST-{n + 1}-{k + 1:02d}", on, chance.randrange(12, 40))
                known = [each.client for each in enrolled if each.holds(on)]
                for client in known[n * 9 + 2 * k :][:2]:
                    _visit(desk, worker, client, on + timedelta(days=3))


def _stand(desk: Desk, worker: str, session: str, on: date, headcount: int) -> None:
    desk.note(
        FILE,
        "SessionHeld",
        on,
        session=session,
        project="XY-P5",
        kind="outreach",
        starts_at=datetime.combine(on, time(15, 0)),
        minutes=90,
        workers=(worker,),
        headcount=headcount,
    )


def _visit(desk: Desk, worker: str, client: str, on: date) -> None:
    at = datetime.combine(on, VISIT_AT)
    if client.endswith(("1", "3", "5", "7", "9")):
        at += timedelta(minutes=30)
    served = {"client": client, "project": "XY-P3", "worker": worker, "method": "visit", "minutes": 30}
    desk.note(FILE, "ClientServed", on, **served, starts_at=at)
