"""A small street whose project of 40 clients is to be evaluated, and the scenario's with its home care evaluated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.tidy import ROOT
from xiyuan_ledger.evaluation.assessing import automatic_scores, conclusion
from xiyuan_ledger.evaluation.samples import Population, draw_sample
from xiyuan_ledger.evaluation.seeds import commitment
from xiyuan_ledger.intake.scenario import scenario_policies, tell_scenario
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.projections.pin import Pin

SCENARIO = ROOT / "scenarios" / "xiyuan-2012-2013"
E, NONCE = "PG-2013-P3", "月落乌啼霜满天"
PAPER = [{"kind": "review", "digest": sha256(b"review").hexdigest()}]

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


@contextmanager
def home_care_evaluated(folder: Path, more: Sequence[dict[str, Any]] = ()) -> Iterator[tuple[Ledger, Pin]]:
    """The scenario, and `more`, with the home-care project evaluated, and a pin after the conclusion."""
    url, policies = f"sqlite:///{folder}/x.db", scenario_policies(SCENARIO)
    with Ledger.open(
        url, create=True, simulated=True, policies=policies, actor="evaluator-1", journal=folder / "j"
    ) as ledger:
        tell_scenario(ledger, SCENARIO)
        ledger.record_all(more)
        agreed = {"project": "XY-P3", "evaluator": "SS-EVAL", "phase": "midterm", "scorecard": "scorecard"}
        period = {"from": "2012-07-01", "to": "2013-06-30", "nonce_digest": commitment(NONCE)}
        _record(ledger, "EvaluationCommissioned", "2013-07-01", **agreed, **period)
        _record(ledger, "EvaluationNoticed", "2013-07-03")
        population = Population("journal", "fields.client", None, (("type", "ClientEnrolled"), ("subject", "XY-P3")))
        ledger.record(draw_sample(ledger, E, population, nonce=NONCE, on="2013-07-15").fact)
        looked = Pin(known_at=ledger.head, valid_on=date(2013, 6, 30))
        ledger.record_all(automatic_scores(ledger, E, looked, date(2013, 7, 20)))
        judged = {"party": "third_party", "evidence": PAPER}
        _record(ledger, "IndicatorScored", "2013-07-20", indicator="plan-quality", score_centi=320, **judged)
        finding = {"finding": "W-01", "severity": "major", "text": "支出凭证未附原始单据"}
        _record(ledger, "FindingRaised", "2013-07-20", **finding)
        ledger.record(conclusion(ledger, E, looked, date(2013, 7, 31)))
        yield ledger, Pin(known_at=ledger.head, valid_on=date(2013, 7, 31))


def _record(ledger: Ledger, fact: str, on: str, **fields: Any) -> None:
    ledger.record({"type": fact, "evaluation": E, "occurred_on": on, **fields})
