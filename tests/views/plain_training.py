"""培训: how often and for how many, written out plainly: what the SQL has to equal."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from tests.views.harness import History, Rows
from xiyuan_ledger.aggregates.fact import Event
from xiyuan_ledger.aggregates.session import TrainingSessionHeld
from xiyuan_ledger.aggregates.training import TrainingClassOpened
from xiyuan_ledger.calendar import shanghai_date
from xiyuan_ledger.projections.pin import Settled

MONTHS_IN = {"month": 1, "quarter": 3, "year": 12}


def _period_of(on: date, per: str) -> tuple[str, date, date]:
    """The period that holds a day: its name, first and last day."""
    months = MONTHS_IN[per]
    first_month = (on.month - 1) // months * months + 1
    last_month = first_month + months - 1
    name = {"month": f"{on.year}-{on.month:02}", "quarter": f"{on.year}-Q{last_month // 3}", "year": f"{on.year}"}[per]
    return name, date(on.year, first_month, 1), date(on.year, last_month, monthrange(on.year, last_month)[1])


def training_cadence(history: History, pin: Settled) -> Rows:
    version = history.in_force("training-cadence", pin.valid_on)
    rows: Rows = []
    if version is None:
        return rows
    for rule in version.parameters.programmes:
        grace = timedelta(days=version.parameters.grace_days)
        day = max(version.fact.effective_from, date(1990, 1, 1))
        while day <= pin.valid_on:
            period, first, last = _period_of(day, rule.per)
            asked = first <= pin.until() and (pin.from_on is None or pin.from_on <= last)
            if first >= version.fact.effective_from and asked:
                sessions = [
                    event
                    for event, fact in history.of(TrainingSessionHeld)
                    if fact.programme == rule.programme and first <= fact.occurred_on <= last
                ]
                rows.append(
                    _cadence_row(rule.programme, period, rule.min_count, sessions, last + grace, pin.valid_on)
                    | {"evidence": sorted(e.event_id for e in (*sessions, version.event) if e.event_id)}
                )
            day = last + timedelta(days=1)
    return rows


def _cadence_row(
    programme: str, period: str, required: int, sessions: list[Event], judged_after: date, valid_on: date
) -> dict[str, object]:
    held = len(sessions)
    if valid_on <= judged_after:
        status = "open"
    else:
        status = "met" if held >= required else "short"
    return {
        "programme": programme,
        "period": period,
        "required": required,
        "held": held,
        "late_held": sum(shanghai_date(event.recorded_at) > judged_after for event in sessions),
        "shortfall": max(required - held, 0),
        "status": status,
    }


def training_totals(history: History, pin: Settled) -> Rows:
    def asked(on: date) -> bool:
        return (pin.from_on is None or pin.from_on <= on) and on <= pin.until()

    classes = [(event, fact) for event, fact in history.of(TrainingClassOpened) if asked(fact.occurred_on)]
    sessions = [(event, fact) for event, fact in history.of(TrainingSessionHeld) if asked(fact.occurred_on)]
    keys = {(f.programme, f.occurred_on.year) for _, f in classes} | {
        (f.programme, f.occurred_on.year) for _, f in sessions
    }
    rows = []
    for programme, year in sorted(keys):
        opened = [e for e, f in classes if (f.programme, f.occurred_on.year) == (programme, year)]
        held = [(e, f) for e, f in sessions if (f.programme, f.occurred_on.year) == (programme, year)]
        listed = [person for _, fact in held for person in fact.attendees or ()]
        headcounts = [fact.headcount for _, fact in held if fact.headcount is not None]
        rows.append(
            {
                "programme": programme,
                "year": year,
                "classes": len(opened),
                "sessions": len(held),
                "person_times": len(listed),
                "people": len(set(listed)),
                "headcount": sum(headcounts) if headcounts else None,
                "minutes": sum(fact.minutes for _, fact in held),
                "evidence": sorted(event.event_id for event in (*opened, *(e for e, _ in held))),
            }
        )
    return rows


PLAIN = {"training_cadence": training_cadence, "training_totals": training_totals}
