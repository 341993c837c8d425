"""评估: the evaluator's desk on the command line: commission, sample, score, find, object, conclude, report."""

from __future__ import annotations

from xiyuan_ledger.cli.call import shared_options
from xiyuan_ledger.cli.evaluating_desk import conclude, report, score, scores
from xiyuan_ledger.cli.evaluating_entries import entering
from xiyuan_ledger.cli.evaluating_ledger import hand_in, nonce, open_bundle
from xiyuan_ledger.cli.evaluating_sample import sample
from xiyuan_ledger.cli.helping import Command, Group


def _commissioned(name: str) -> Command:
    fields = {"project": True, "evaluator": True, "phase": True, "from_": True, "to": True, "nonce_digest": False}
    made = entering(name, "EvaluationCommissioned", fields)
    enter = made.callback
    assert enter is not None
    made.callback = lambda **given: enter(scorecard="scorecard", **given)
    return made


def evaluate_group() -> Group:
    """`xiyuan evaluate`: its commands in the order in which an evaluation meets them."""
    group = Group("evaluate", params=[*shared_options()])
    steps = {
        "nonce": nonce,
        "commission": _commissioned("commission"),
        "conflict": entering("conflict", "ConflictDeclared", {"person": True, "tie": True}),
        "notice": entering("notice", "EvaluationNoticed", {}),
        "self-assessment": entering("self-assessment", "SelfAssessmentSubmitted", {"text": False}),
        "open": open_bundle,
        "sample": sample,
        "scores": scores,
        "score": score,
        "finding": entering(
            "finding", "FindingRaised", {"finding": True, "severity": True, "text": True, "due_on": False}
        ),
        "conclude": conclude,
        "hand-in": hand_in,
        "objection": entering("objection", "ObjectionRaised", {"indicator": True, "text": True}),
        "revise": entering("revise", "ScoreRevised", {"indicator": True, "text": True, "score_centi": True}),
        "rectify": entering("rectify", "RectificationClosed", {"finding": True, "text": False}),
        "report": report,
    }
    for name, command in steps.items():
        group.add_command(command, name)
    return group


evaluate = evaluate_group()
