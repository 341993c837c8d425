"""凭据索引/访问: papers and what they prove, and who looked at what, written out plainly: what the SQL has to equal."""

from __future__ import annotations

from tests.views.harness import History, Rows
from tests.views.plain_service import inside
from xiyuan_ledger.aggregates.control import RecordAccessed
from xiyuan_ledger.aggregates.fact import Event, Paper
from xiyuan_ledger.projections.pin import Settled


def evidence_index(history: History, pin: Settled) -> Rows:
    papers: dict[str, list[tuple[Event, Paper]]] = {}
    for event in sorted(history.effective, key=lambda event: event.position):
        if inside(pin, event.occurred_on):
            for paper in event.fact.evidence or ():
                papers.setdefault(paper.digest, []).append((event, paper))
    rows = []
    for digest, named in papers.items():
        first = [paper for event, paper in named if event is named[0][0]]
        told = min(first, key=lambda paper: (paper.kind, paper.note is None, paper.note or ""))
        proven = sorted({event.event_id for event, _ in named})
        row = {"digest": digest, "kind": told.kind, "note": told.note, "events": len(proven), "evidence": proven}
        rows.append(row)
    return rows


def accesses(history: History, pin: Settled) -> Rows:
    return [
        {
            "position": event.position,
            "occurred_on": fact.occurred_on,
            "actor": event.actor,
            "view": fact.view,
            "purpose": fact.purpose,
            "subject": fact.subject,
            "fields": None if fact.fields is None else list(fact.fields),
            "recipient": fact.recipient,
            "evidence": [event.event_id],
        }
        for event, fact in history.of(RecordAccessed)
        if inside(pin, fact.occurred_on)
    ]


PLAIN = {"evidence_index": evidence_index, "accesses": accesses}
