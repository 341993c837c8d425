"""自动指标: what the indicators of the default scorecard measure, each from a view, with the facts behind it.

An indicator of another name is a judgement: somebody enters it, with evidence.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from xiyuan_ledger.evaluation.sight import Measure, Row, Sight, evidence_of, findings, ratio
from xiyuan_ledger.money import share_centi

LATE_SHARE_CENTI = 1_000
"""More than one record in ten beyond the limit makes a month a late one: its p90 lies beyond it."""
OVERLAPS = frozenset({"worker_in_two_places", "client_in_two_places", "same_list", "not_employed", "outside_run"})
NAMED_TARGETS = frozenset({"clients", "sessions", "service_minutes"})


def contract_set_up(sight: Sight, rule: Any) -> Measure:
    """签约与立项: which of the items are met; all of them are looked for in the project's own facts."""
    contract, started = sight.facts("ProjectContracted"), sight.facts("ProjectStarted")
    budget, changes = sight.facts("BudgetApproved"), sight.facts("ProjectAmended")
    first = min((row["occurred_on"] for row in started), default=None)
    met = {
        "contract-before-start": bool(contract and first and contract[0]["occurred_on"] <= first),
        "targets-defined": bool(contract and contract[0]["fields"].get("targets")),
        "budget-approved": bool(budget),
        "changes-approved": bool(contract) and all(row["papers"] for row in changes),
    }
    rows = [*contract, *started, *budget, *changes]
    missed = tuple(item for item in rule.items if not met.get(item, False))
    fulfilled = len(rule.items) - len(missed)
    return Measure(share_centi(fulfilled, len(rule.items)), fulfilled, len(rule.items), evidence_of(rows), missed)


def certified_share(sight: Sight, rule: Any) -> Measure:
    """持证比例: of those who worked for the project, how many hold a level that stands."""
    workers = sight.workers()
    held = [row for row in sight.rows("certificates") if row["worker"] in set(workers)]
    standing = [row for row in held if row["status"] in ("valid", "unregistered")]
    known = [*sight.of_project("timeliness", period=True), *standing] if workers else []
    return ratio(len({row["worker"] for row in standing}), len(workers), known)


def four_plus_one(sight: Sight, rule: Any) -> Measure:
    """4+1: of the seats that the communities of the street must have, how many are filled."""
    rows = sight.rows("four_plus_one")
    return ratio(sum(min(row["filled"], row["required"]) for row in rows), sum(row["required"] for row in rows), rows)


def posts_filled(sight: Sight, rule: Any) -> Measure:
    """站点到岗: of the members and professional posts that centre and stations must have, how many are there."""
    rows = sight.rows("station_staffing")
    kinds = ("members", "professional")
    filled = sum(min(row[f"{kind}_filled"], row[f"{kind}_required"]) for row in rows for kind in kinds)
    return ratio(filled, sum(row[f"{kind}_required"] for row in rows for kind in kinds), rows)


def continuing_education(sight: Sight, rule: Any) -> Measure:
    """继续教育: minutes credited against those due by now, day by day of each certificate's period."""
    workers = set(sight.workers())
    rows = [row for row in sight.rows("continuing_education") if row["worker"] in workers]
    due = [_due_minutes(row, sight) for row in rows]
    credited = sum(min(row["credited_minutes"], minutes) for row, minutes in zip(rows, due, strict=True))
    return ratio(credited, sum(due), rows)


def _due_minutes(row: Row, sight: Sight) -> int:
    assert sight.pin.valid_on is not None
    whole = (row["period_to"] - row["period_from"]).days + 1
    passed = min(max((sight.pin.valid_on - row["period_from"]).days + 1, 0), whole)
    due: int = row["required_minutes"] * passed // whole
    return due


def training_cadence(sight: Sight, rule: Any) -> Measure:
    """培训频次: sessions held against those required, in the periods that are judged already."""
    rows = [row for row in sight.rows("training_cadence", period=True) if row["status"] != "open"]
    return ratio(sum(min(row["held"], row["required"]) for row in rows), sum(row["required"] for row in rows), rows)


def file_completeness(sight: Sight, rule: Any) -> Measure:
    """档案完整: each client's file holds a consent, each case's a plan; how many files are whole."""
    enrolled, cases = sight.facts("ClientEnrolled"), sight.facts("CaseOpened")
    consents = [row for row in sight.rows("journal", type="ConsentRecorded") if row["fields"]["given"]]
    consenting = {row["fields"]["client"]: row for row in consents}
    plans = {row["fields"]["case"]: row for row in sight.rows("journal", type="CasePlanAgreed")}
    clients = sight.clients()
    whole = [consenting[client] for client in clients if client in consenting]
    whole += [plans[row["fields"]["case"]] for row in cases if row["fields"]["case"] in plans]
    return ratio(len(whole), len(clients) + len(cases), [*enrolled, *cases, *whole])


def prompt_records(sight: Sight, rule: Any) -> Measure:
    """及时记录: services and sessions written down within the prompt days."""
    rows = sight.of_project("timeliness", period=True)
    told = [row for row in rows if row["within_1_centi"] is not None]
    prompt = sum((row["within_1_centi"] * row["facts"] + 5000) // 10_000 for row in told)
    return ratio(prompt, sum(row["facts"] for row in told), told)


def service_cadence(sight: Sight, rule: Any) -> Measure:
    """服务频次: sessions held against those that the cadence requires, week by week."""
    rows = [row for row in sight.of_project("attendance", period=True) if row["status"] in ("met", "short")]
    held = sum(min(row["sessions"], row["required_per_week"]) for row in rows)
    return ratio(held, sum(row["required_per_week"] for row in rows), rows)


def late_records(sight: Sight, rule: Any) -> Measure:
    """迟录: months in which more than one record in ten was written down beyond the limit."""
    months: dict[str, list[Row]] = {}
    for row in sight.of_project("timeliness", period=True):
        if row["later_centi"] is not None:
            months.setdefault(row["month"], []).append(row)
    late = {}
    for month, rows in months.items():
        beyond = sum((row["later_centi"] * row["facts"] + 5000) // 10_000 for row in rows)
        if (share_centi(beyond, sum(row["facts"] for row in rows)) or 0) > LATE_SHARE_CENTI:
            late[month] = rows
    if not months:
        return Measure(None)
    return findings([row for rows in late.values() for row in rows], sorted(late))


def overlap_conflicts(sight: Sight, rule: Any) -> Measure:
    """重叠冲突: findings of people in two places, lists used twice, work by who was not employed."""
    people = {*sight.workers(), *sight.clients(), sight.project}
    rows = [row for row in sight.rows("conflicts", period=True) if row["rule"] in OVERLAPS]
    concerned = [row for row in rows if people & set(row["subjects"])]
    return findings(concerned, [row["rule"] for row in concerned])


def _target(sight: Sight, names: frozenset[str]) -> Measure:
    """How far targets are fulfilled, each at most in full, on average; nothing known where none is set."""
    rows = [row for row in sight.of_project("project_outputs", period=True) if row["indicator"] in names]
    told = [row for row in rows if row["completion_centi"] is not None]
    if not told:
        return Measure(None)
    reached = sum(min(row["completion_centi"], 10_000) for row in told)
    centi = (2 * reached + len(told)) // (2 * len(told))
    if len(told) == 1:
        return Measure(centi, told[0]["quantity"], told[0]["target"], evidence_of(told))
    return Measure(centi, reached, 10_000 * len(told), evidence_of(told))


def clients_reached(sight: Sight, rule: Any) -> Measure:
    """服务人数: against the contract's target."""
    return _target(sight, frozenset({"clients"}))


def sessions_held(sight: Sight, rule: Any) -> Measure:
    """活动场次: against the contract's target."""
    return _target(sight, frozenset({"sessions"}))


def service_minutes(sight: Sight, rule: Any) -> Measure:
    """服务时长: against the contract's target."""
    return _target(sight, frozenset({"service_minutes"}))


def other_targets(sight: Sight, rule: Any) -> Measure:
    """其他指标: the contract's other targets."""
    names = {row["indicator"] for row in sight.of_project("project_outputs", period=True)}
    return _target(sight, frozenset(names - NAMED_TARGETS))


def outcome_change(sight: Sight, rule: Any) -> Measure:
    """前后测变化: of those measured before and after, how many are better off, which may be a lower score."""
    rows = [row for row in sight.of_project("outcomes") if row["change"] is not None]
    better = [row for row in rows if (row["change"] < 0 if row["instrument"] in rule.falling else row["change"] > 0)]
    return ratio(len(better), len(rows), rows)


def closure_rate(sight: Sight, rule: Any) -> Measure:
    """结案率: of the cases opened, how many are closed."""
    rows = sight.of_project("caseload", period=True)
    return ratio(sum(row["closed"] for row in rows), sum(row["opened"] for row in rows), rows)


def resident_review(sight: Sight, rule: Any) -> Measure:
    """群众评议: what residents gave the project or its implementer, 1 point as nothing and 5 as all."""
    judged = {sight.project, sight.parties().get("implementer")}
    rows = [row for row in sight.rows("resident_satisfaction") if row["subject"] in judged and row["ballots"]]
    if not rows:
        return Measure(None)
    points = sum((n + 1) * count for row in rows for n, count in enumerate(row["distribution"]))
    ballots = sum(row["ballots"] for row in rows)
    return Measure(share_centi(points - ballots, 4 * ballots), points, 5 * ballots, evidence_of(rows))


def budget_execution(sight: Sight, rule: Any) -> Measure:
    """预算执行: of what is approved for the days that have passed of the contract, how much is spent."""
    rows = [row for row in sight.of_project("budget_execution") if row["approved_fen"]]
    spent = sum(min(row["spent_fen"], row["approved_fen"]) for row in rows)
    return ratio(spent, _due_fen(sum(row["approved_fen"] for row in rows), sight), rows)


def _due_fen(approved_fen: int, sight: Sight) -> int:
    """So much of the budget as days of the contract have passed."""
    contracts = sight.facts("ProjectContracted")
    assert sight.pin.valid_on is not None
    if not contracts:
        return approved_fen
    first, last = (type(sight.first).fromisoformat(contracts[0]["fields"][name]) for name in ("from", "to"))
    passed = (min(sight.pin.valid_on, last) - first + timedelta(days=1)).days
    return approved_fen * max(passed, 0) // ((last - first).days + 1)


def _expenses(sight: Sight) -> list[Row]:
    found = sight.facts("ExpenseRecorded")
    return [row for row in found if sight.first <= row["occurred_on"] <= sight.last]


def supported_vouchers(sight: Sight, rule: Any) -> Measure:
    """凭证支持: of the fen spent on the project in the period, how many have a paper."""
    rows = _expenses(sight)
    supported = sum(row["fields"]["amount_fen"] for row in rows if row["papers"])
    return ratio(supported, sum(row["fields"]["amount_fen"] for row in rows), rows)


def earmarking(sight: Sight, rule: Any) -> Measure:
    """专款专用: budget lines spent without approval or beyond it."""
    rows = sight.of_project("budget_execution")
    wrong = [row for row in rows if row["spent_fen"] and (row["approved_fen"] is None or row["overrun"])]
    return findings(wrong, [f"{row['category']}/{row['channel']}" for row in wrong]) if rows else Measure(None)


def over_limit_shares(sight: Sight, rule: Any) -> Measure:
    """超限比例: categories that took a larger share of the project's spending than `fund-channels` allows."""
    rows = _expenses(sight)
    whole = sum(row["fields"]["amount_fen"] for row in rows)
    over: list[str] = []
    for limit in sight.policy("fund-channels").limits:
        spent = sum(row["fields"]["amount_fen"] for row in rows if row["fields"]["category"] == limit.category)
        if (share_centi(spent, whole) or 0) > limit.max_share_centi:
            over.append(limit.category)
    concerned = [row for row in rows if row["fields"]["category"] in over]
    return findings(concerned, over) if rows else Measure(None)


MEASURES: dict[str, Callable[[Sight, Any], Measure]] = {
    "contract-set-up": contract_set_up,
    "certified-share": certified_share,
    "four-plus-one": four_plus_one,
    "posts-filled": posts_filled,
    "continuing-education": continuing_education,
    "training-cadence": training_cadence,
    "file-completeness": file_completeness,
    "prompt-records": prompt_records,
    "service-cadence": service_cadence,
    "late-records": late_records,
    "overlap-conflicts": overlap_conflicts,
    "clients-reached": clients_reached,
    "sessions-held": sessions_held,
    "service-minutes": service_minutes,
    "other-targets": other_targets,
    "outcome-change": outcome_change,
    "closure-rate": closure_rate,
    "resident-review": resident_review,
    "budget-execution": budget_execution,
    "supported-vouchers": supported_vouchers,
    "earmarking": earmarking,
    "over-limit-shares": over_limit_shares,
}
