"""组织与制度: organisations, their members and the policies, written out plainly: what the SQL has to equal."""

from __future__ import annotations

from datetime import date

from tests.views.harness import History, Rows
from xiyuan_ledger.aggregates.fact import Event
from xiyuan_ledger.aggregates.organization import (
    DesignationGranted,
    MemberJoined,
    MemberLeft,
    OrganizationRegistered,
    OrganizationStatusChanged,
)
from xiyuan_ledger.aggregates.policy import PolicyAdopted
from xiyuan_ledger.calendar import shanghai_date
from xiyuan_ledger.canonical import dumps
from xiyuan_ledger.projections.pin import Settled


def latest_status(history: History, org: str) -> tuple[Event, OrganizationStatusChanged] | None:
    """An organisation's last change of status."""
    changes = [(event, fact) for event, fact in history.of(OrganizationStatusChanged) if fact.org == org]
    return changes[-1] if changes else None


def open_organizations(history: History) -> list[tuple[Event, OrganizationRegistered]]:
    """The organisations that are not dissolved, by code."""
    found = []
    for event, fact in history.of(OrganizationRegistered):
        latest = latest_status(history, fact.org)
        if latest is None or latest[1].status != "dissolved":
            found.append((event, fact))
    return sorted(found, key=lambda pair: pair[1].org)


def members_on(history: History, org: str, on: date) -> dict[str, str]:
    """Who is a member on a day, with the id of the fact by which she joined."""
    members: dict[str, str] = {}
    for event in history.effective:
        fact = event.fact
        if event.occurred_on > on:
            break
        if isinstance(fact, MemberJoined) and fact.org == org:
            members[fact.person] = event.event_id
        if isinstance(fact, MemberLeft) and fact.org == org:
            members.pop(fact.person, None)
    return members


def org_register(history: History, pin: Settled) -> Rows:
    rows = []
    for event, fact in history.of(OrganizationRegistered):
        latest = latest_status(history, fact.org)
        members = members_on(history, fact.org, pin.valid_on)
        granted = [
            (grant_event, grant)
            for grant_event, grant in history.of(DesignationGranted)
            if grant.org == fact.org and (grant.until is None or pin.valid_on <= grant.until)
        ]
        proof = [event.event_id, *members.values(), *(grant_event.event_id for grant_event, _ in granted)]
        rows.append(
            {
                "org": fact.org,
                "kind": fact.kind,
                "name": fact.name,
                "parent": fact.parent,
                "category": fact.category,
                "registered_on": fact.occurred_on,
                "status": latest[1].status if latest else None,
                "open": latest is None or latest[1].status != "dissolved",
                "designations": sorted({grant.designation for _, grant in granted}),
                "members": len(members),
                "evidence": sorted([*proof, latest[0].event_id] if latest else proof),
            }
        )
    return rows


def membership(history: History, pin: Settled) -> Rows:
    last = pin.until()
    joined = [(event, fact) for event, fact in history.of(MemberJoined) if fact.occurred_on <= last]
    left = [(event, fact) for event, fact in history.of(MemberLeft) if fact.occurred_on <= last]
    rows = []
    for org in sorted({fact.org for _, fact in joined} | {fact.org for _, fact in left}):
        members = members_on(history, org, last)
        came = {event.event_id for event, fact in joined if fact.org == org and _inside(fact.occurred_on, pin)}
        went = {event.event_id for event, fact in left if fact.org == org and _inside(fact.occurred_on, pin)}
        evidence = sorted(came | went | set(members.values()))
        rows.append({"org": org, "members": len(members), "joined": len(came), "left": len(went), "evidence": evidence})
    return rows


def _inside(on: date, pin: Settled) -> bool:
    return (pin.from_on is None or pin.from_on <= on) and on <= pin.until()


def policy_register(history: History, pin: Settled) -> Rows:
    recorded = [(event, event.fact) for event in history.known if isinstance(event.fact, PolicyAdopted)]
    standing = [(event, fact) for event, fact in recorded if event.event_id not in history.gone]
    rows = []
    for event, fact in standing:
        holding = [
            other_event.position
            for other_event, other in standing
            if other.policy == fact.policy
            and other.effective_from <= pin.valid_on
            and (other.effective_to is None or pin.valid_on < other.effective_to)
        ]
        rows.append(
            {
                "policy": fact.policy,
                "version": fact.version,
                "effective_from": fact.effective_from,
                "effective_to": fact.effective_to,
                "authority": fact.authority,
                "recorded_on": shanghai_date(event.recorded_at),
                "in_force": bool(holding) and event.position == max(holding),
                "parameters": dumps(fact.parameters).decode(),
                "evidence": [event.event_id],
            }
        )
    return rows


PLAIN = {"org_register": org_register, "membership": membership, "policy_register": policy_register}
