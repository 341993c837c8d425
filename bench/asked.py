"""What is asked of the street at one pin: the views that the aims are about, and every view that an office prints.

Left out of the latter are `conflicts`, which an audit asks once (it compares everything with everything, and costs the
most), and views that need an argument which the street has no answer to.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from xiyuan_ledger import Ledger, Pin
from xiyuan_ledger.projections.catalogue import definitions

VALID_ON = "2026-06-30"
ASKED: dict[str, dict[str, Any]] = {"history": {"subject": "W-001"}, "journal": {"month": "2024-03"}}
AIMED_VIEWS = (
    "exam_deadlines",
    "certificates",
    "continuing_education",
    "four_plus_one",
    "station_staffing",
    "training_cadence",
    "training_totals",
    "exam_funnel",
    "org_register",
    "membership",
    "policy_register",
    "fund_statement",
    "budget_execution",
    "subsidy_due",
    "project_outputs",
    "attendance",
    "coverage",
    "timeliness",
    "corrections",
    "journal",
    "history",
    "diff",
)
"""Those that stood when the aims were set."""
ALL_VIEWS = (
    *(name for name, each in definitions().items() if name != "conflicts" and not each.required),
    "history",
    "diff",
)
DIFFERENCE = 1_000
"""How many facts lie between the two pins of a diff."""


def ask(ledger: Ledger, names: Iterable[str], *, written: bool = False) -> None:
    """Each view once, its rows computed; with the ids of its evidence written out where that is asked."""
    for name in names:
        if name == "diff":
            before = Pin(known_at=max(ledger.head - DIFFERENCE, 0), valid_on=date.fromisoformat(VALID_ON))
            view = ledger.diff("exam_deadlines", before, Pin(valid_on=date.fromisoformat(VALID_ON)))
        else:
            view = ledger.view(name, valid_on=VALID_ON, **ASKED.get(name, {}))
        if written:
            view.to_arrow()
