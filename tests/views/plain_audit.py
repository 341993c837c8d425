"""The audit views as plain Python: slow, and straight from their definitions."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from tests.views.harness import History, Rows
from tests.views.plain_service import centi, in_period, inside
from xiyuan_ledger.aggregates import FACTS
from xiyuan_ledger.aggregates.client import ClientServed
from xiyuan_ledger.aggregates.control import PeriodClosed, PeriodReopened
from xiyuan_ledger.aggregates.evaluation import EvaluationCommissioned, EvaluationNoticed
from xiyuan_ledger.aggregates.fact import Event
from xiyuan_ledger.calendar import month_of, shanghai_date
from xiyuan_ledger.canonical import dumps
from xiyuan_ledger.projections.pin import Settled


def lag(event: Event) -> int:
    """Days from the happening to the writing down."""
    return (shanghai_date(event.recorded_at) - event.occurred_on).days


def utc(instant: datetime) -> datetime:
    """An instant as the journal has it: UTC, without saying so."""
    return instant.astimezone(UTC).replace(tzinfo=None)


def timeliness(history: History, pin: Settled) -> Rows:
    """及时性."""
    entered: dict[tuple[str, str | None, str], list[Event]] = {}
    for event, fact in in_period(history, pin):
        workers: list[str | None] = [fact.worker] if isinstance(fact, ClientServed) else [*set(fact.workers)] or [None]
        for worker in workers:
            entered.setdefault((fact.project, worker, month_of(fact.occurred_on)), []).append(event)
    return [
        {"project": project, "worker": worker, "month": month} | _lags(history, pin, project, entries)
        for (project, worker, month), entries in entered.items()
    ]


def _notices(history: History, project: str) -> list[tuple[Event, EvaluationCommissioned, str]]:
    """The notices of a project's evaluations, each with its commission and that fact's id."""
    commissions = {fact.evaluation: (fact, event.event_id) for event, fact in history.of(EvaluationCommissioned)}
    found = [
        (event, *commissions[f.evaluation]) for event, f in history.of(EvaluationNoticed) if f.evaluation in commissions
    ]
    return [each for each in found if each[1].project == project]


def _after(event: Event, notice: Event) -> bool:
    """Whether it was written down after a notice was given."""
    on = shanghai_date(event.recorded_at)
    return on > notice.occurred_on or (on == notice.occurred_on and event.position > notice.position)


def _lags(history: History, pin: Settled, project: str, entries: list[Event]) -> dict[str, Any]:
    lags = sorted(lag(event) for event in entries)
    count = len(lags)
    evidence = {event.event_id for event in entries}
    shares: list[int | None] = [None, None, None]
    version = history.in_force("record-timeliness", pin.valid_on)
    if version:
        evidence |= {version.event.event_id} - {""}
        prompt, late = version.parameters.prompt_days, version.parameters.late_days
        within = [centi(sum(days <= limit for days in lags), count) for limit in (prompt, late)]
        shares = [*within, 10_000 - within[1]]
    covering = [
        (event, notice)
        for event in entries
        for notice in _notices(history, project)
        if notice[1].from_ <= event.occurred_on <= notice[1].to
    ]
    evidence |= {event_id for _, (notice, _, by) in covering for event_id in (notice.event_id, by)}
    after = {event.event_id for event, (notice, _, _) in covering if _after(event, notice)}
    return {
        "facts": count,
        "median_days": lags[-(-count // 2) - 1],
        "p90_days": lags[-(-9 * count // 10) - 1],
        "within_1_centi": shares[0],
        "within_7_centi": shares[1],
        "later_centi": shares[2],
        "after_notice_centi": centi(len(after), count) if covering else None,
        "evidence": sorted(evidence),
    }


def _journaled(history: History) -> dict[str, Event]:
    """Every fact that the journal has a table for, superseded ones included."""
    return {event.event_id: event for event in history.known if type(event.fact) in FACTS.values()}


def corrections(history: History, pin: Settled) -> Rows:
    """更正."""
    journaled = _journaled(history)
    rows = []
    for event_id, by in history.gone.items():
        event = journaled[event_id]
        if not inside(pin, event.occurred_on):
            continue
        chain = [event_id]
        while (older := journaled[chain[0]].fact.corrects) is not None:
            chain.insert(0, older)
        while (newer := history.gone.get(chain[-1])) in journaled and journaled[newer].fact.corrects == chain[-1]:
            chain.append(newer)
        rows.append(_correction(event, journaled.get(by), by, chain, history))
    return rows


def _correction(event: Event, by: Event | None, by_id: str, chain: list[str], history: History) -> dict[str, Any]:
    return {
        "event": event.event_id,
        "type": event.type,
        "stream": event.stream,
        "occurred_on": event.occurred_on,
        "recorded_at": utc(event.recorded_at),
        "superseded_by": by_id,
        "how": "corrected" if by and by.fact.corrects == event.event_id else "voided",
        "superseded_at": utc(by.recorded_at) if by else None,
        "by_actor": by.actor if by else None,
        "reason": by.fact.reason if by else None,
        "chain": chain,
        "head_effective": chain[-1] not in history.gone,
        "evidence": sorted({*chain, by_id}),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return {info.alias or name: _plain(getattr(value, name)) for name, info in type(value).model_fields.items()}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return dumps(value).decode()
    return str(value) if isinstance(value, datetime) or hasattr(value, "isoformat") else value


def _text(value: Any) -> str:
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))


def _fields(event: Event) -> dict[str, Any]:
    """A fact's own fields by their public names."""
    fact = event.fact
    return {public: _plain(getattr(fact, name)) for name, public in fact.own_fields() if public != "reason"}


def late(event: Event, history: History) -> bool:
    """Whether the month of the happening was closed when the fact was recorded."""
    turns = [
        turn
        for turn in history.effective
        if isinstance(turn.fact, PeriodClosed | PeriodReopened)
        and turn.fact.month == f"{event.occurred_on:%Y-%m}"
        and turn.position < event.position
    ]
    return bool(turns) and isinstance(max(turns, key=lambda turn: turn.position).fact, PeriodClosed)


def entry(event: Event, history: History) -> dict[str, Any]:
    """A fact as the journal shows it."""
    fact = event.fact
    return {
        "position": event.position,
        "event_id": event.event_id,
        "type": event.type,
        "stream": event.stream,
        "stream_version": event.version,
        "occurred_on": event.occurred_on,
        "recorded_at": utc(event.recorded_at),
        "lag_days": lag(event),
        "late": late(event, history),
        "actor": event.actor,
        "source": event.source,
        "key": fact.key,
        "corrects": fact.corrects,
        "reason": fact.reason,
        "papers": None if fact.evidence is None else _text(fact.evidence),
        "fields": json.dumps(_fields(event), ensure_ascii=False, separators=(",", ":")),
        "evidence": [event.event_id],
    }


def _values(value: Any) -> list[Any]:
    """Everything that stands in a field, also within lists and parts."""
    if isinstance(value, list | dict):
        parts = value.values() if isinstance(value, dict) else value
        return [each for part in parts for each in _values(part)]
    return [value]


def concerns(event: Event, subject: str) -> bool:
    """Whether a fact names a subject, in its stream or in a field."""
    return subject in event.stream.split("/")[1:] or subject in _values(_fields(event))


def journal(history: History, pin: Settled) -> Rows:
    """流水."""
    kind, stream, subject = (history.args[name] for name in ("type", "stream", "subject"))
    return [
        entry(event, history)
        for event in history.effective
        if type(event.fact) in FACTS.values()
        and inside(pin, event.occurred_on)
        and kind in (None, event.type)
        and stream in (None, event.stream)
        and (subject is None or concerns(event, subject))
    ]


def history_of_subject(history: History, pin: Settled) -> Rows:
    """个体历史."""
    subject = history.args["subject"]
    rows = []
    for event in _journaled(history).values():
        if subject is None or event.occurred_on > pin.valid_on or not concerns(event, subject):
            continue
        by = history.gone.get(event.event_id)
        successor = _journaled(history).get(by or "")
        corrected = successor is not None and successor.fact.corrects == event.event_id
        status = "effective" if by is None else "corrected" if corrected else "voided"
        evidence = [event.event_id, *([by] if by else [])]
        rows.append(entry(event, history) | {"status": status, "superseded_by": by, "evidence": evidence})
    return rows


PLAIN = {"timeliness": timeliness, "corrections": corrections, "journal": journal, "history": history_of_subject}
