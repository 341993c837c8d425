"""The claimed views of a bundle, computed from its own columns: when it is written, and when it is verified."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing

import pyarrow as pa

from xiyuan_ledger.projections.catalogue import definition
from xiyuan_ledger.projections.engine import Question
from xiyuan_ledger.projections.view import View
from xiyuan_ledger.verification.checkpoint import Checkpoint
from xiyuan_ledger.verification.claims import Claim, report_parts
from xiyuan_ledger.verification.columns import Columns

MEMORY_MB = 128
"""Half of what a ledger's own views may take: whoever verifies may have a small machine, and more time."""
GIVE_BACK = "SET allocator_flush_threshold = '1MB'; SET allocator_bulk_deallocation_flush_threshold = '1MB'"
"""What a view took is given back to the system after it, and not kept for the next."""


def computed(
    columns: Columns, checkpoint: Checkpoint, claims: Sequence[Claim]
) -> Iterator[tuple[Claim, Iterator[tuple[bytes, ...]]]]:
    """Each claim with the parts of its files, to be taken before the next is asked for."""
    arguments = dict.fromkeys(name for claim in claims for name in definition(claim.view).arguments)
    asked = Question(checkpoint.ledger, claims[0].pin, columns.attach, arguments, {}, memory_mb=MEMORY_MB)
    with closing(asked) as question:
        question.con.execute(GIVE_BACK)
        for claim in claims:
            yield claim, report_parts(_PutAside(question, claim, checkpoint))


class _PutAside(View):
    """A view whose rows are taken up a part at a time: memory does not grow with them."""

    def __init__(self, question: Question, claim: Claim, checkpoint: Checkpoint):
        nothing = pa.table({})
        super().__init__(
            checkpoint.ledger, definition(claim.view), claim.pin, nothing, simulated=checkpoint.simulated, what_if={}
        )
        self._question = question

    def tables(self) -> Iterator[pa.Table]:
        return self._question.parts(self.definition)
