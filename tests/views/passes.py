"""合格/证书: passes and certificate terms, with what took them back, for the plain definitions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tests.views.harness import History
from xiyuan_ledger.aggregates.fact import Event
from xiyuan_ledger.aggregates.worker import CertificateRegistered, CertificateRevoked, ExamPassed, ExamResultAnnulled

RANK = {"junior": 1, "intermediate": 2, "senior": 3}


@dataclass(frozen=True)
class Pass:
    """A pass, and the annulment that concerns it."""

    event: Event
    fact: ExamPassed
    annulled: tuple[Event, ExamResultAnnulled] | None

    def stands_on(self, day: date) -> bool:
        """Whether it is not annulled on a day: never from the start, and not from the day of the decision on."""
        if self.annulled is None:
            return True
        event, fact = self.annulled
        return fact.effect == "from_decision" and day < event.occurred_on


@dataclass(frozen=True)
class Term:
    """A registration of a certificate, and the revocation that concerns it."""

    event: Event
    fact: CertificateRegistered
    revoked: Event | None

    def revoked_by(self, day: date) -> bool:
        """Whether it is withdrawn on a day."""
        return self.revoked is not None and self.revoked.occurred_on <= day


def _order(event: Event) -> tuple[date, int]:
    return event.occurred_on, event.position


def passes(history: History) -> list[Pass]:
    """Every pass, first to last; it is taken back by the first annulment of its worker, level and year after it."""
    found = []
    for event, fact in history.of(ExamPassed):
        annulments = [
            (other, annulled)
            for other, annulled in history.of(ExamResultAnnulled)
            if (annulled.worker, annulled.level, annulled.year) == (fact.worker, fact.level, fact.year)
            and _order(other) > _order(event)
        ]
        found.append(Pass(event, fact, annulments[0] if annulments else None))
    return found


def terms_of(history: History, passed: Pass) -> list[Term]:
    """The terms registered for a pass: of its worker and level, on or after the day of its results, first to last."""
    found = []
    for event, fact in history.of(CertificateRegistered):
        same = (fact.worker, fact.level) == (passed.fact.worker, passed.fact.level)
        if same and event.occurred_on >= passed.event.occurred_on:
            revocations = [
                other
                for other, revoked in history.of(CertificateRevoked)
                if (revoked.worker, revoked.certificate) == (fact.worker, fact.certificate)
                and _order(other) > _order(event)
            ]
            found.append(Term(event, fact, revocations[0] if revocations else None))
    return found
