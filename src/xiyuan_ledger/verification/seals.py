"""Who signed a bundle's checkpoint: the log's key as the policy has it, the witnesses, how long ago."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from xiyuan_ledger.calendar import instant_text
from xiyuan_ledger.errors import ProofError
from xiyuan_ledger.note import Key, Note
from xiyuan_ledger.verification.checkpoint import Checkpoint
from xiyuan_ledger.verification.policy import Policy

AHEAD_MAX = timedelta(minutes=10)
"""How far a witness's clock may be ahead of ours."""


def signature_faults(note: Note, checkpoint: Checkpoint, policy: Policy, rotated: Sequence[Key]) -> list[ProofError]:
    """What is wrong with the log's own signature. `rotated` are the keys that the log's events lead to, in order."""
    faults = []
    if checkpoint.origin != policy.log.name:
        faults.append(ProofError("seal-origin", found=checkpoint.origin[:80], expected=policy.log.name))
    key = rotated[-1] if rotated else policy.log
    try:
        if note.signed_by(key) is None:
            faults.append(ProofError("seal-missing", key=str(key)))
    except ProofError as fault:
        faults.append(fault)
    return faults


def seen_by(note: Note, policy: Policy) -> tuple[dict[str, int], list[ProofError]]:
    """When each witness of the policy says to have seen the checkpoint; and cosignatures that do not hold."""
    seen: dict[str, int] = {}
    faults = []
    for witness in policy.witnesses.values():
        try:
            found = note.signed_by(witness.key)
        except ProofError as fault:
            faults.append(fault)
            continue
        at = found and witness.key.cosigned_at(note.text.encode(), found)
        if at is not None:
            seen[witness.name] = at
    return seen, faults


def quorum_faults(seen: dict[str, int], policy: Policy) -> list[ProofError]:
    """Whether enough witnesses saw it."""
    if policy.reached_at(seen) is None:
        return [ProofError("seal-quorum", quorum=policy.quorum, found=", ".join(sorted(seen)) or "-")]
    return []


def age_faults(seen: dict[str, int], policy: Policy, now: datetime) -> list[ProofError]:
    """Whether the quorum saw it recently enough."""
    at = policy.reached_at(seen)
    assert at is not None
    assert policy.age_max is not None
    try:
        reached = datetime.fromtimestamp(at, UTC)
    except (OverflowError, ValueError, OSError):
        reached = datetime.max.replace(tzinfo=UTC)
    if reached > now + AHEAD_MAX:
        return [ProofError("seal-ahead", found=instant_text(reached), now=instant_text(now))]
    if now - reached > policy.age_max:
        days = (now - reached) // timedelta(days=1)
        return [ProofError("seal-old", found=instant_text(reached), days=days, limit=str(policy.age_max))]
    return []
