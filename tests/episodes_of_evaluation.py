"""What those who judge the projects of the small street do, and where it ends."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from tests.episodes import CLIENTS, FIRST, LAST, PROJECTS, Entered, Episode, after, fact, maybe, pick, some, some_day

SCORED = {"clients-reached": 700, "prompt-records": 500, "fraud": 0}


def evaluation(chance: Random) -> list[Entered]:
    """A commission, perhaps with a tie, a notice and scores, of which some are objected to; perhaps its end."""
    code, day = f"V-{chance.randint(1, 3)}", some_day(chance, FIRST, LAST - timedelta(days=200))
    first = day - timedelta(days=pick(chance, (30, 365)))
    found = [
        fact(
            "EvaluationCommissioned",
            day,
            evaluation=code,
            project=pick(chance, PROJECTS),
            evaluator=pick(chance, ("EV", "EV", "ASC", "XY")),
            phase=pick(chance, ("midterm", "final", "spot")),
            from_=first,
            to=first + timedelta(days=pick(chance, (30, 400))),
            scorecard="scorecard",
        )
    ]
    if maybe(chance):
        found.append(fact("ConflictDeclared", after(chance, day, 0, 1), evaluation=code, person="A-1", tie="a cousin"))
    if maybe(chance):
        day = after(chance, day, 0, 1, 14)
        found.append(fact("EvaluationNoticed", day, evaluation=code))
        paper = {"kind": "self-report", "digest": "0f" * 32}
        found.append(fact("SelfAssessmentSubmitted", after(chance, day, 0, 14), evaluation=code, evidence=(paper,)))
    if maybe(chance):
        units = some(chance, CLIENTS) or CLIENTS[:1]
        how = {"population": "caseload", "population_digest": "0f" * 32, "method": "simple", "seed": "1b"}
        found.append(fact("SampleDrawn", day, evaluation=code, size=len(units), drawn=units, **how))
    return [*found, *_judged(chance, code, day)]


def _judged(chance: Random, code: str, day: date) -> list[Entered]:
    """Scores, a finding, an objection and its answer, a conclusion that mostly agrees with them."""
    found, scores = [], {}
    for indicator, weight in SCORED.items():
        day = after(chance, day, 0, 1)
        score = pick(chance, (0, weight // 3, weight, weight))
        scores[indicator] = score
        party = pick(chance, ("third_party", "third_party", "clients"))
        found.append(fact("IndicatorScored", day, evaluation=code, indicator=indicator, score_centi=score, party=party))
    severity = pick(chance, ("minor", "major", "veto"))
    finding = {"evaluation": code, "finding": f"F-{chance.randint(1, 2)}"}
    found.append(fact("FindingRaised", day, **finding, severity=severity, text="no signature"))
    if maybe(chance):
        found.append(fact("RectificationClosed", after(chance, day, 1, 31), **finding))
    if maybe(chance):
        about, day = {"evaluation": code, "indicator": "prompt-records"}, after(chance, day, 0, 1)
        found.append(fact("ObjectionRaised", day, **about, text="recounted"))
        scores["prompt-records"] = 250
        found.append(fact("ScoreRevised", after(chance, day, 0, 1), **about, text="agreed", score_centi=250))
    total, pin = sum(scores.values()), {"position": 30, "valid_on": day}
    if maybe(chance):
        day = after(chance, day, 1, 15)
        found.append(fact("EvaluationConcluded", day, evaluation=code, total_centi=total, grade="fail", pin=pin))
    return found


ABOUT_EVALUATION: tuple[Episode, ...] = (evaluation, evaluation)
