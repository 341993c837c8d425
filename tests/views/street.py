"""A street's organisations, posts and people in one line each, for the tests of several views."""

from __future__ import annotations

from typing import Any, Literal

from tests.views.harness import day
from xiyuan_ledger.aggregates.fact import Fact
from xiyuan_ledger.aggregates.organization import OrganizationKind, OrganizationRegistered, OrganizationStatusChanged
from xiyuan_ledger.aggregates.post import PostEstablished, PostFilled, PostVacated
from xiyuan_ledger.aggregates.worker import (
    CertificateRegistered,
    Employment,
    ExamPassed,
    ExamResultAnnulled,
    WorkerHired,
)
from xiyuan_ledger.codes import Level

OPENED = "2012-06-01"
GRASSROOTS: dict[str, OrganizationKind] = {
    "PARTY": "party_org",
    "AUTO": "autonomous_org",
    "ADMIN": "admin_workstation",
    "STATION": "service_station",
}


def org(
    code: str, kind: OrganizationKind, parent: str | None = None, on: str = OPENED, **more: Any
) -> OrganizationRegistered:
    """An organisation is registered."""
    return OrganizationRegistered(org=code, kind=kind, name=code, parent=parent, occurred_on=day(on), **more)


def dissolved(code: str, on: str) -> OrganizationStatusChanged:
    """An organisation is dissolved."""
    return OrganizationStatusChanged(org=code, status="dissolved", occurred_on=day(on))


def community(code: str) -> list[Fact]:
    """A community of the street with its four grassroots organisations: `C1`, `C1-PARTY`, `C1-AUTO` …"""
    return [org(code, "community", "XY"), *(org(f"{code}-{short}", kind, code) for short, kind in GRASSROOTS.items())]


def post(code: str, at: str, *, professional: bool = False, capacity: int = 9) -> PostEstablished:
    """An organisation gets a post."""
    return PostEstablished(
        post=code, org=at, title="post", professional=professional, capacity=capacity, occurred_on=day(OPENED)
    )


def hired(worker: str, on: str = OPENED, *, employer: str = "XY", employment: Employment = "street") -> WorkerHired:
    """A worker is employed."""
    return WorkerHired(worker=worker, employer=employer, employment=employment, occurred_on=day(on))


def filled(code: str, worker: str, on: str) -> PostFilled:
    """A worker fills a post."""
    return PostFilled(post=code, worker=worker, occurred_on=day(on))


def vacated(code: str, worker: str, on: str) -> PostVacated:
    """A worker leaves a post."""
    return PostVacated(post=code, worker=worker, occurred_on=day(on))


def passed(worker: str, on: str = "2012-08-20", level: Level = "junior") -> ExamPassed:
    """A level is passed; the examination was in June."""
    results_on = day(on)
    return ExamPassed(
        worker=worker,
        level=level,
        year=results_on.year,
        exam_on=results_on.replace(month=6, day=16),
        results_on=results_on,
        occurred_on=results_on,
    )


def annulled(
    worker: str, on: str, *, effect: Literal["from_start", "from_decision"] = "from_start", year: int = 2012
) -> ExamResultAnnulled:
    """A pass at the junior level is taken back."""
    return ExamResultAnnulled(
        worker=worker, level="junior", year=year, effect=effect, authority="examination centre", occurred_on=day(on)
    )


def certified(worker: str, on: str, valid_from: str, valid_to: str, level: Level = "junior") -> CertificateRegistered:
    """A certificate of a level is registered."""
    return CertificateRegistered(
        worker=worker,
        level=level,
        certificate=f"CERT-{worker}",
        valid_from=day(valid_from),
        valid_to=day(valid_to),
        renewal=False,
        occurred_on=day(on),
    )
