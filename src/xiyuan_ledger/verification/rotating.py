"""Changing the log's key: the old one signs that the new one follows it, and that becomes an event."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from xiyuan_ledger import calendar
from xiyuan_ledger.aggregates import Fact
from xiyuan_ledger.aggregates.control import LedgerContinued, LogKeyRotated
from xiyuan_ledger.errors import ProofError
from xiyuan_ledger.note import Key, Note
from xiyuan_ledger.verification.checkpoint import ORIGIN, checkpoint_of
from xiyuan_ledger.verification.keys import new_key_file, read_key_file
from xiyuan_ledger.verification.signing import Signer, signed_file


def rotate(
    key_file: Path, recorded: Iterable[LogKeyRotated], record: Callable[[LogKeyRotated], object], told: dict[str, Any]
) -> Key:
    """Put a new key in the place of the one in a file; the old one is kept beside it under its id.

    May be run again after it broke off: a new key that is there already is the one that is rotated to.
    """
    signer = Signer(key_file)
    draft = key_file.with_name(key_file.name + ".new")
    if not draft.exists():
        new_key_file(draft, signer.key.name)
    new = read_key_file(draft).public()
    if not any(fact.new_key == str(new) for fact in recorded):
        record(rotation(signer, new).model_copy(update=told))
    signer.hand_over(draft)
    retired = key_file.with_name(f"{key_file.name}.{signer.key.public().key_id.hex()}")
    if signed_file(draft).exists():
        signed_file(draft).replace(signed_file(key_file))
    key_file.rename(retired)
    draft.rename(key_file)
    return new


def rotation(signer: Signer, new: Key) -> LogKeyRotated:
    """The event that hands over to a new key, signed by the one that signs now."""
    old = str(signer.key.public())
    unsigned = LogKeyRotated(old_key=old, new_key=str(new), signature="-", occurred_on=calendar.today())
    signature = base64.b64encode(signer.key.sign(unsigned.statement()).body).decode()
    return unsigned.model_copy(update={"signature": signature})


def continuing(note: Note | None, name: str) -> list[Fact]:
    """The first event of a ledger that takes the place of another, whose last witnessed checkpoint this is.

    ProofError `continues-itself` where it has the same name: two histories of one origin are a fork.
    """
    if note is None:
        return []
    last = checkpoint_of(note)
    if last.origin == ORIGIN + name:
        raise ProofError("continues-itself", field="name", found=name)
    day = calendar.today()
    return [LedgerContinued(origin=last.origin, size=last.size, root=last.root.hex(), occurred_on=day)]
