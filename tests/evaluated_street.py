"""A small street whose project of 40 clients is to be evaluated."""

from __future__ import annotations

from typing import Any

ON = {"occurred_on": "2013-01-02"}
PERIOD = {"from": "2013-01-02", "to": "2013-06-30"}


def project_of_40() -> list[dict[str, Any]]:
    """Purchaser XY, implementer AG, evaluator EV; project P with a worker, 40 clients, and 6 services."""
    kinds = (("XY", "street"), ("AG", "agency"), ("EV", "evaluator"))
    found: list[dict[str, Any]] = [
        {"type": "OrganizationRegistered", "org": org, "kind": kind, "name": org, "occurred_on": "2012-06-01"}
        for org, kind in kinds
    ]
    due = {"due_on": "2013-12-31", "amount_fen": 100, "condition": "final"}
    contract = {"implementer": "AG", "from": "2013-01-02", "to": "2013-12-31", "amount_fen": 100, "duties": []}
    money = {"channel": "government", "instalments": [due], "targets": [{"indicator": "clients", "quantity": 50}]}
    hired = {"worker": "W-1", "employer": "AG", "employment": "agency"}
    found += [
        {"type": "ProjectApproved", "project": "P", "name": "P", "purchaser": "XY", **ON},
        {"type": "ProjectContracted", "project": "P", **contract, **money, **ON},
        {"type": "ProjectStarted", "project": "P", **ON},
        {"type": "WorkerHired", **hired, **ON},
    ]
    for n in range(40):
        client = {"client": f"C-{n:02d}", **ON}
        found += [{"type": "ClientRegistered", "sensitivity": "normal", **client}]
        found += [{"type": "ClientEnrolled", "project": "P", "category": "ab"[n % 2], **client}]
    served = {"type": "ClientServed", "project": "P", "worker": "W-1", "method": "visit", "minutes": 30}
    found += [served | {"client": f"C-{n:02d}", "occurred_on": f"2013-03-{n + 1:02d}"} for n in range(6)]
    return found
