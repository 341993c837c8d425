"""组织关系: what an organisation's parent, siblings, projects and accounts rely on.

An organisation never stands alone: a station hangs on its community, a project on its purchaser. These rules look
across streams, both when a fact is entered and when one that others rely on is corrected or taken out.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from xiyuan_ledger.aggregates.review import check_reviews_of
from xiyuan_ledger.errors import RuleBroken

if TYPE_CHECKING:
    from xiyuan_ledger.aggregates.organization import OrganizationRegistered, OrganizationState
    from xiyuan_ledger.aggregates.world import World

GRASSROOTS_KINDS = frozenset({"party_org", "autonomous_org", "admin_workstation", "service_station"})
"""两委两站: the four kinds of which a community has one open organisation each."""
PARENT_KINDS = {
    "community": "street",
    "volunteer_station": "volunteer_brigade",
    **dict.fromkeys(sorted(GRASSROOTS_KINDS), "community"),
}
"""The kind of the parent, for the kinds that must have one; others may name any organisation that is open."""
PURCHASER_KINDS = frozenset({"street", "department"})
CHANNELS = ("government", "member", "social")


def check_parent(fact: OrganizationRegistered, world: World) -> None:
    """The parent exists on that day, and is of the kind that fits."""
    wanted = PARENT_KINDS.get(fact.kind)
    if fact.parent is None:
        if wanted is not None:
            raise RuleBroken("org-parent-missing", field="parent", org=fact.org, kind=fact.kind, wanted=wanted)
        return
    parent = world.org(fact.parent)
    if not parent.open_on(fact.occurred_on):
        raise RuleBroken("org-parent-unknown", field="parent", org=fact.org, parent=fact.parent, on=fact.occurred_on)
    assert parent.registered is not None
    if wanted is not None and parent.registered.kind != wanted:
        raise RuleBroken(
            "org-parent-misfit",
            field="parent",
            events=(parent.registered_by,),
            kind=fact.kind,
            wanted=wanted,
            parent=fact.parent,
            found=parent.registered.kind,
        )


def check_alone(fact: OrganizationRegistered, until: date | None, world: World) -> None:
    """No other organisation of the kind is open in the community while this one is."""
    for code in world.tagged(f"in-community/{fact.parent}"):
        other = world.org(code)
        found = other.registered
        if code == fact.org or found is None or (found.parent, found.kind) != (fact.parent, fact.kind):
            continue
        ends_before = other.dissolved is not None and other.dissolved[0] <= fact.occurred_on
        starts_after = until is not None and until <= found.occurred_on
        if not ends_before and not starts_after:
            raise RuleBroken(
                "org-kind-taken",
                field="kind",
                events=(other.registered_by,),
                kind=fact.kind,
                community=fact.parent,
                other=code,
            )


def check_dependents(state: OrganizationState, world: World) -> None:
    """Its children, projects, reviews, evaluations and the money that it received still have what they rely on."""
    registered = state.registered or (state.before.registered if state.before else None)
    if registered is None:
        return
    if state.registered is not None and registered.kind in GRASSROOTS_KINDS:
        check_alone(registered, state.dissolved[0] if state.dissolved else None, world)
    org = registered.org
    _check_children(state, org, world)
    _check_projects(state, org, world)
    check_reviews_of(org, world)
    _check_evaluations(state, org, world)
    if state.dissolved is not None:
        _check_no_money_after(state.dissolved[0], org, world)


def _check_children(state: OrganizationState, org: str, world: World) -> None:
    for code in world.tagged(f"children-of/{org}"):
        child = world.org(code)
        found = child.registered
        if found is None or found.parent != org:
            continue
        wanted = PARENT_KINDS.get(found.kind)
        fits = wanted is None or (state.registered is not None and state.registered.kind == wanted)
        if not fits or not state.open_on(found.occurred_on):
            raise RuleBroken("org-has-children", field="org", events=(child.registered_by,), org=org, child=code)


def _check_projects(state: OrganizationState, org: str, world: World) -> None:
    kind = state.registered.kind if state.registered else None
    for code in world.tagged(f"purchased-by/{org}"):
        project = world.project(code)
        approved = project.approved
        if approved is None or approved.purchaser != org:
            continue
        if kind not in PURCHASER_KINDS or not state.registered_on(approved.occurred_on):
            raise RuleBroken("org-is-purchaser", field="org", events=(project.approved_by,), org=org, project=code)
    for code in world.tagged(f"implemented-by/{org}"):
        project = world.project(code)
        contract = project.contract
        if contract is None or contract.implementer != org:
            continue
        if kind == "evaluator" or state.status_on(contract.occurred_on) in ("suspended", "dissolved"):
            raise RuleBroken("org-is-implementer", field="org", events=(project.contracted_by,), org=org, project=code)


def _check_evaluations(state: OrganizationState, org: str, world: World) -> None:
    for code in world.tagged(f"evaluated-by/{org}"):
        evaluation = world.evaluation(code)
        commissioned = evaluation.commissioned
        if commissioned is None or commissioned.evaluator != org or state.open_on(commissioned.occurred_on):
            continue
        events = (evaluation.commissioned_by,)
        raise RuleBroken("org-is-evaluator", field="org", events=events, org=org, evaluation=code)


def _check_no_money_after(day: date, org: str, world: World) -> None:
    for channel in CHANNELS:
        last = world.account(org, channel).last_credit(org, channel, world)
        if last is not None and last[0] >= day:
            raise RuleBroken(
                "org-received-after", field="occurred_on", events=(last[1],), org=org, channel=channel, on=last[0]
            )
