"""夕阳红: the facts of a home-care project, with what the tests leave open filled in."""

from __future__ import annotations

from typing import Any

from tests.views.harness import day
from xiyuan_ledger.aggregates.client import ClientEnrolled, ClientExited, ClientServed, PersonsMerged
from xiyuan_ledger.aggregates.project import (
    ProjectAmended,
    ProjectApproved,
    ProjectClosed,
    ProjectContracted,
    ProjectStarted,
    ProjectSuspended,
    Target,
)
from xiyuan_ledger.aggregates.session import SessionHeld

PROJECT = "P3"
IMPLEMENTER = "SUNSET-COOP"


def promises(**quantities: int) -> tuple[Target, ...]:
    """Targets, by indicator."""
    return tuple(Target(indicator=name, quantity=quantity) for name, quantity in quantities.items())


def approved(on: str = "2012-12-01", project: str = PROJECT) -> ProjectApproved:
    return ProjectApproved(project=project, name="夕阳红", purchaser="XY-STREET", occurred_on=day(on))


def contracted(
    on: str = "2012-12-10", to: str = "2013-12-31", project: str = PROJECT, **quantities: int
) -> ProjectContracted:
    return ProjectContracted.model_validate(
        {
            "project": project,
            "implementer": IMPLEMENTER,
            "from": day("2013-01-01"),
            "to": day(to),
            "amount_fen": 1_000_000,
            "channel": "government",
            "instalments": (),
            "targets": promises(**quantities),
            "duties": (),
            "occurred_on": day(on),
        }
    )


def amended(on: str, *, to: str | None = None, targets: tuple[Target, ...] | None = None) -> ProjectAmended:
    return ProjectAmended(
        project=PROJECT, to=day(to) if to else None, targets=targets, reason="agreed anew", occurred_on=day(on)
    )


def started(on: str = "2013-01-01", project: str = PROJECT) -> ProjectStarted:
    return ProjectStarted(project=project, occurred_on=day(on))


def suspended(on: str) -> ProjectSuspended:
    return ProjectSuspended(project=PROJECT, occurred_on=day(on))


def closed(on: str) -> ProjectClosed:
    return ProjectClosed(project=PROJECT, occurred_on=day(on))


def enrolled(client: str, on: str = "2013-01-01", project: str = PROJECT) -> ClientEnrolled:
    return ClientEnrolled(client=client, project=project, category="elderly", occurred_on=day(on))


def exited(client: str, on: str, project: str = PROJECT) -> ClientExited:
    return ClientExited(client=client, project=project, occurred_on=day(on))


def merged(survivor: str, gone: str, on: str) -> PersonsMerged:
    return PersonsMerged(client=survivor, merged=gone, occurred_on=day(on))


def visit(client: str, on: str, *, worker: str = "W-1", minutes: int = 60, **more: Any) -> ClientServed:
    """A service at home."""
    named = {"client": client, "project": PROJECT, "worker": worker, "method": "home_care", "minutes": minutes}
    return ClientServed.model_validate(named | {"occurred_on": day(on)} | more)


def session(code: str, on: str, *present: str, **more: Any) -> SessionHeld:
    """An activity of two hours, on an afternoon."""
    named = {"session": code, "project": PROJECT, "kind": "activity", "starts_at": f"{on}T14:00:00", "minutes": 120}
    attended = {"workers": ("W-1",), "participants": present, "occurred_on": day(on)}
    return SessionHeld.model_validate(named | attended | more)
