"""The claimed views of a bundle, computed from its own columns: when it is written, and when it is verified."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import partial

import pyarrow as pa

from xiyuan_ledger.journal.reading import give_back
from xiyuan_ledger.projections.catalogue import definition
from xiyuan_ledger.projections.engine import Question
from xiyuan_ledger.projections.parts import in_parts
from xiyuan_ledger.projections.view import View
from xiyuan_ledger.verification.checkpoint import Checkpoint
from xiyuan_ledger.verification.claims import Claim, report_parts
from xiyuan_ledger.verification.columns import Columns
from xiyuan_ledger.verification.id_file import IdFile


def computed(
    columns: Columns, checkpoint: Checkpoint, claims: Sequence[Claim], *, lean: bool
) -> Iterator[tuple[Claim, Iterator[tuple[bytes, ...]]]]:
    """Each claim with the parts of its files, to be taken before the next is asked for.

    `lean` is for who may have a small machine: who verifies.
    """
    arguments = dict.fromkeys(name for claim in claims for name in definition(claim.view).arguments)
    asked = Question(checkpoint.ledger, claims[0].pin, columns.attach, arguments, {}, lean=lean)
    with closing(asked) as question, closing(columns.ids()) as ids:
        for number, claim in enumerate(claims):
            question.keep_only(definition(each.view) for each in claims[number:])
            yield claim, report_parts(_PutAside(question, ids, claim, checkpoint))
            give_back()


class _PutAside(View):
    """A view whose rows are taken up a part at a time: memory does not grow with them."""

    def __init__(self, question: Question, ids: IdFile, claim: Claim, checkpoint: Checkpoint):
        nothing = pa.table({})
        super().__init__(
            checkpoint.ledger, definition(claim.view), claim.pin, nothing, simulated=checkpoint.simulated, what_if={}
        )
        self._parts = partial(in_parts, question, self.definition, ids)

    def tables(self) -> Iterator[pa.Table]:
        return self._parts()
