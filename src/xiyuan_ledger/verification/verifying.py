"""核验: whether a bundle's history is complete, unaltered and in order, and every claimed figure follows from it.

Needs the bundle and nothing of the ledger. Keys and policy come from who verifies; those inside a bundle are nobody's.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from xiyuan_ledger import calendar
from xiyuan_ledger.errors import ProofError
from xiyuan_ledger.note import Note
from xiyuan_ledger.store.mapper import event_of
from xiyuan_ledger.verification.apart import Apart, Here, Work
from xiyuan_ledger.verification.checkpoint import Checkpoint, checkpoint_of
from xiyuan_ledger.verification.claims import unclaimed
from xiyuan_ledger.verification.files import CHECKPOINT, BundleFiles, newer_or_differing
from xiyuan_ledger.verification.found import Findings, Stand, Unclaimed
from xiyuan_ledger.verification.inclusion import BundleTree
from xiyuan_ledger.verification.opened import check_opened, commitment_faults, disclosure_files
from xiyuan_ledger.verification.policy import NO_QUORUM, Policy
from xiyuan_ledger.verification.reading import EventsRead, Submit, Tell, processes, read_events
from xiyuan_ledger.verification.recomputing import claims_in, manifest_faults, opened_faults, report_faults
from xiyuan_ledger.verification.replay import replay
from xiyuan_ledger.verification.rotation import keys_after
from xiyuan_ledger.verification.seals import age_faults, quorum_faults, seen_by, signature_faults
from xiyuan_ledger.verification.timestamps import TOKEN, certificates_of, stamped_at
from xiyuan_ledger.verification.writing import manifest_head

T = TypeVar("T")
Begin = Callable[[Work[list[ProofError]]], Apart[list[ProofError]] | Here[list[ProofError]]]
UNCHECKABLE = frozenset({"bundle-newer", "event-newer", "claims-newer", "check-ended"})
"""What another version wrote, or what was not looked at to its end: neither right nor wrong."""
NOT_READ = (
    UNCHECKABLE
    | {"bundle-missing", "policy-file-missing", "policy-line", "policy-log", "since-missing"}
    | {
        "timestamps-extra",
        "timestamps-certificate",
    }
)
"""Why a bundle could not be checked at all; everything else that is raised was found in it."""


def verify(
    bundle: Path | str,
    policy: Policy | Path | str,
    *,
    since: Note | Path | str | None = None,
    now: datetime | None = None,
    tell: Tell | None = None,
) -> Findings:
    """核验一个核验包: every check of a bundle, by an evaluator's policy and, if there is one, a remembered checkpoint.

    `now` is the instant at which freshness is judged. Raises ProofError where it could not be checked: no bundle, no
    policy, a bundle of a newer version.
    """
    rules = policy if isinstance(policy, Policy) else Policy.read(Path(policy))
    before = since if since is None or isinstance(since, Note) else remembered(Path(since))
    files = BundleFiles.open(Path(bundle))
    try:
        return _Verification(files, rules, before, now or calendar.now(), tell or _silent).findings()
    finally:
        files.close()


def remembered(path: Path) -> Note:
    """The checkpoint of an earlier verification; ProofError `since-missing` where the file holds none."""
    try:
        note = Note.parse(path.read_bytes())
        checkpoint_of(note)
    except (OSError, ProofError) as error:
        raise ProofError("since-missing", field="since", found=str(path)) from error
    return note


def _silent(name: str, done: int, of: int) -> None:
    """Nobody is told how far it got."""


def _stand(policy: Policy, since: Checkpoint | None) -> Stand:
    if policy.quorum != NO_QUORUM and policy.age_max is not None:
        return "witnessed"
    return "key" if since is None else "remembered"


class _Verification:
    """One bundle while it is verified."""

    def __init__(self, files: BundleFiles, policy: Policy, since: Note | None, now: datetime, tell: Tell):
        self._files = files
        self._policy = policy
        self._since = since and checkpoint_of(since)
        self._now = now
        self._tell = tell
        self._note = Note.parse(files.read(CHECKPOINT))
        self._checkpoint = checkpoint_of(self._note)
        self._found = Findings(self._checkpoint, _stand(policy, self._since))

    def findings(self) -> Findings:
        """Every check that can be made: what follows from events that are wrong is not computed."""
        found, size = self._found, self._checkpoint.size
        told = TemporaryDirectory(prefix="xiyuan-told-", ignore_cleanup_errors=True)
        with processes(size, 2) as submit, told as folder:
            begin = partial(self._begin, submit, Path(folder))
            replayed = begin(Work("rules", size, replay, (self._files.folder, self._checkpoint.ledger, size)))
            found.note("manifest", self._manifest_faults())
            try:
                read = read_events(self._files, self._checkpoint, self._tell, Path(folder))
            except ProofError as fault:
                if fault.code in UNCHECKABLE:
                    raise
                found.note("events", [fault])
                return found
            found.note("events", read.faults, size)
            found.note("tree", read.tree_faults)
            self._check_seals(read)
            if not read.faults:
                self._check_what_follows(read, begin)
                found.note("rules", replayed.found(), size)
        return found

    def _begin(self, submit: Submit | None, told: Path, work: Work[T]) -> Apart[T] | Here[T]:
        """Work in a process of its own; in a short bundle it is done here, when it is asked for."""
        return Here(work, self._tell) if submit is None else Apart(work, self._tell, submit, told / work.name)

    def _manifest_faults(self) -> list[ProofError]:
        """What is wrong with the list of files; ProofError `bundle-newer` where another version wrote it."""
        faults = manifest_faults(self._files, self._checkpoint)
        if [fault.code for fault in faults] == ["manifest-differs"]:
            return [newer_or_differing(self._files, manifest_head(self._checkpoint))]
        return faults

    def _check_seals(self, read: EventsRead) -> None:
        """Who signed, who saw it, when; and whether it continues what was seen before."""
        found, policy = self._found, self._policy
        keys, faults = keys_after(policy.log, map(event_of, read.kept))
        found.note("rotation", faults, len(keys))
        found.note("signature", signature_faults(self._note, self._checkpoint, policy, keys))
        seen, faults = seen_by(self._note, policy)
        if policy.quorum == NO_QUORUM:
            found.leave_out("quorum")
        elif found.note("quorum", faults + quorum_faults(seen, policy), len(seen)) and policy.age_max is not None:
            found.note("freshness", age_faults(seen, policy, self._now))
        if found.checks[-1].name != "freshness":
            found.leave_out("freshness")
        self._check_since(read)
        self._check_timestamp()

    def _check_timestamp(self) -> None:
        """The token of an authority that the policy names; without either there is nothing to look at."""
        if self._policy.tsa is None or TOKEN not in self._files.names():
            self._found.leave_out("timestamps")
            return
        certificates = certificates_of(self._policy.tsa)
        try:
            stamped_at(self._files.read(TOKEN), self._note.text, certificates)
        except ProofError as fault:
            if fault.code in NOT_READ:
                raise
            self._found.note("timestamps", [fault])
        else:
            self._found.note("timestamps", [], 1)

    def _check_since(self, read: EventsRead) -> None:
        if self._since is None:
            self._found.leave_out("consistency")
            return
        old, new = self._since, self._checkpoint
        faults = []
        if old.origin != new.origin:
            faults.append(ProofError("since-origin", found=new.origin[:80], expected=old.origin))
        elif old.size > new.size:
            faults.append(ProofError("since-shrunk", found=new.size, last=old.size))
        elif read.faults or read.tree_faults or BundleTree(self._files, new.size).root(old.size) != old.root:
            faults.append(ProofError("since-fork", last=old.size))
        self._found.note("consistency", faults, old.size)

    def _check_what_follows(self, read: EventsRead, begin: Begin) -> None:
        """The journal and the claimed views: what the events decide, but for the hard rules."""
        found, files, checkpoint = self._found, self._files, self._checkpoint
        found.note("journal", read.journal_faults)
        try:
            claims = claims_in(files, checkpoint)
            found.unclaimed = [Unclaimed(view, why) for view, why in unclaimed(claims)]
            faults, listed = opened_faults(files, checkpoint, read, claims)
            found.note("opened", faults)
            found.opened, faults = check_opened(files, checkpoint)
            late = [] if read.journal_faults else commitment_faults(files, read)
            found.note("disclosures", faults + late, len(found.opened))
            listed |= {TOKEN, *disclosure_files(files)}
            found.note("strangers", [ProofError("bundle-stranger", found=n) for n in files.names() if n not in listed])
            if not read.journal_faults:
                asked = (files.folder, checkpoint, read.journal, read.superseded(), claims)
                found.note("reports", begin(Work("reports", len(claims), report_faults, asked)).found(), len(claims))
        except ProofError as fault:
            if fault.code in UNCHECKABLE:
                raise
            found.note("reports", [fault])
