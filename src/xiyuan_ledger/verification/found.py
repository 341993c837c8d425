"""What a verification found: each check with what is wrong, and from which position one can tell."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from xiyuan_ledger.errors import ProofError
from xiyuan_ledger.verification.checkpoint import Checkpoint
from xiyuan_ledger.verification.disclosures import Disclosed

Status = Literal["passed", "failed", "unchecked"]
Stand = Literal["key", "remembered", "witnessed"]
"""Where an evaluator stands: with the log's key only, with a checkpoint remembered too, or with witnesses."""
FAULTS_SHOWN_MAX = 20


class Unclaimed(NamedTuple):
    """A view that a bundle hands in no figures of: nothing of it was checked."""

    view: str
    why: Literal["left-out", "argument", "columns"]
    """It was left out; or it answers for an argument only; or its rows are the bundle's columns themselves."""


class Check(NamedTuple):
    """One thing that was looked at."""

    name: str
    status: Status
    counted: int = 0
    """How many there were of what was looked at."""
    faults: tuple[ProofError, ...] = ()


@dataclass
class Findings:
    """核验结果: every check, and what it means where the evaluator stands."""

    checkpoint: Checkpoint
    stand: Stand
    checks: list[Check] = field(default_factory=list)
    opened: list[Disclosed] = field(default_factory=list)
    """What was disclosed of persons: verified, erased with its basis, or failed."""

    unclaimed: list[Unclaimed] = field(default_factory=list)
    """The views that the bundle does not claim."""

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong and nothing was left out that the others rest on."""
        return all(check.status != "failed" for check in self.checks)

    def note(self, name: str, faults: list[ProofError], counted: int = 0) -> bool:
        """Add a check; whether it passed."""
        self.checks.append(Check(name, "failed" if faults else "passed", counted, tuple(faults[:FAULTS_SHOWN_MAX])))
        return not faults

    def leave_out(self, name: str) -> None:
        """Add a check that could not be made, or that there was nothing for."""
        self.checks.append(Check(name, "unchecked"))

    def to_json(self) -> dict[str, Any]:
        """The same for programs, with the words of both languages."""
        return {
            "passed": self.passed,
            "stand": self.stand,
            "origin": self.checkpoint.origin,
            "size": self.checkpoint.size,
            "root": self.checkpoint.root.hex(),
            "simulated": "SIMULATED" if self.checkpoint.simulated else None,
            "checks": [_check_json(check) for check in self.checks],
            "unclaimed": [each._asdict() for each in self.unclaimed],
            "disclosures": [{**each._asdict(), "values": dict(each.values)} for each in self.opened],
        }


def _check_json(check: Check) -> dict[str, Any]:
    faults = [
        {"code": each.code, "en": each.message("en"), "zh": each.message("zh"), **_plain(each)} for each in check.faults
    ]
    return {"check": check.name, "status": check.status, "counted": check.counted, "faults": faults}


def _plain(fault: ProofError) -> dict[str, Any]:
    """What was found, and the events that it concerns."""
    values = {name: value for name, value in fault.values.items() if not name.endswith("_zh")}
    return {"values": values, "events": list(fault.events)}
