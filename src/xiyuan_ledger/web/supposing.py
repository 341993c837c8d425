"""假设: what would change, and for whom, were a policy's parameters others than those in force. Nothing is recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
from starlette.requests import Request
from starlette.responses import Response

from xiyuan_ledger.aggregates.policy import PolicyAdopted
from xiyuan_ledger.errors import ViewError
from xiyuan_ledger.policies import SCHEMAS
from xiyuan_ledger.projections.catalogue import Definition
from xiyuan_ledger.projections.impact import VERSION, money_of, people_of, views_reading
from xiyuan_ledger.projections.view import View
from xiyuan_ledger.web.asked import PAGE_MAX, ROWS_DEFAULT
from xiyuan_ledger.web.comparing import ROWS_COMPARED_MAX
from xiyuan_ledger.web.downloads import FORMS, form_response
from xiyuan_ledger.web.failing import PageError
from xiyuan_ledger.web.leaves import Leaf, changed, leaves_of
from xiyuan_ledger.web.rendering import page
from xiyuan_ledger.web.visit import Visit

REGISTER = "policy_register"
PREFIX = "set."
LEAVES_MAX = 60
"""Longer policies are changed in a file and previewed on the command line."""


@dataclass(frozen=True)
class Supposed:
    """A version that nobody adopted: of which policy, from when, with which parameters."""

    policy: str
    effective_from: date
    parameters: Mapping[str, Any]

    def adoption(self) -> PolicyAdopted:
        """The fact that would be recorded."""
        told: Any = {"version": 1, "authority": "what if", "occurred_on": self.effective_from}
        dates = {"effective_from": self.effective_from}
        return PolicyAdopted(policy=self.policy, parameters=self.parameters, **dates, **told)


def what_if_page(visit: Visit, request: Request) -> Response:
    """Choose a policy, change its parameters, and see who changes."""
    visit.definition(REGISTER)
    policies = [each for each in SCHEMAS if any(visit.may_see(view.name) for view in views_reading(each))]
    policy = visit.asked.get("policy")
    title = visit.words("what-if-title")
    if policy is None:
        return page(visit, "what_if.html", title, policies=policies, policy=None)
    if policy not in policies:
        raise ViewError("policy-unknown", field="policy", policy=policy[:64])
    version = _in_force(visit, policy)
    whole = SCHEMAS[policy].model_validate(version["parameters"]).model_dump(mode="json", by_alias=True)
    leaves = leaves_of(SCHEMAS[policy], whole)
    context: dict[str, Any] = {"policies": policies, "policy": policy, "version": version, "leaves": leaves}
    context |= {"found": None, "too_long": len(leaves) > LEAVES_MAX, "read": views_reading(policy)}
    supposed = _supposed(visit, policy, version, whole, leaves)
    if supposed is None:
        return page(visit, "what_if.html", title, **context)
    _check_length(visit, policy)
    impact = _in_scope(visit, visit.suppose(supposed.adoption()))
    if (form := visit.asked.get("form")) is not None:
        return form_response(visit, impact, form, f"impact-{policy}-{visit.pin.known_at}-{visit.pin.valid_on}")
    return page(visit, "what_if.html", title, **context | _shown(visit, impact))


def _in_force(visit: Visit, policy: str) -> dict[str, Any]:
    """The version that would be replaced."""
    rows = [row for row in visit.view(REGISTER).rows if row["policy"] == policy and row["in_force"]]
    if not rows:
        raise PageError("what-if-none", field="policy", policy=policy, day=visit.pin.valid_on)
    return rows[0]


def _supposed(visit: Visit, policy: str, version: Mapping[str, Any], whole: Any, leaves: list[Leaf]) -> Supposed | None:
    """What the form says; None while it says nothing."""
    given = visit.asked.named(PREFIX)
    if not given:
        return None
    text = visit.asked.get("effective_from")
    try:
        begins = version["effective_from"] if text is None else date.fromisoformat(text)
    except ValueError:
        raise ViewError("day-form", field="effective_from", found=text) from None
    return Supposed(policy, begins, changed(whole, leaves, given))


def _check_length(visit: Visit, policy: str) -> None:
    rows = sum(len(visit.desk.view(view.name, visit.pin, {})) for view in views_reading(policy))
    if rows > ROWS_COMPARED_MAX:
        raise PageError("what-if-too-long", field="policy", policy=policy, found=rows, limit=ROWS_COMPARED_MAX)


def _in_scope(visit: Visit, impact: View) -> View:
    """The changes in views that the reader may see."""
    views = impact.column("view").to_pylist()
    return impact.at(pa.array([place for place, view in enumerate(views) if visit.may_see(view)], pa.int64()))


def _column(visit: Visit, name: str) -> tuple[Definition, str]:
    view, _, column = name.partition(".")
    return visit.definition(view), column


def _shown(visit: Visit, impact: View) -> dict[str, Any]:
    rows = impact.rows
    money = money_of(row for row in rows if row["delta_fen"] is not None)
    pages = max(1, -(-len(rows) // ROWS_DEFAULT))
    number = min(visit.asked.whole("page", 1, PAGE_MAX), pages)
    return {
        "found": rows[(number - 1) * ROWS_DEFAULT : number * ROWS_DEFAULT],
        "count": len({(row["view"], *row["row"]) for row in rows}),
        "people": people_of(rows),
        "money": [(*_column(visit, name), fen) for name, fen in money.items() if fen],
        "columns": [each for each in impact.definition.columns if not each.name.endswith(VERSION)],
        "number_shown": number,
        "pages": pages,
        "forms": [form for form in FORMS if form != "sql"],
    }
