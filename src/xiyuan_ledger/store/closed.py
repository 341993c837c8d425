"""What is left of a store that was let go of."""

from __future__ import annotations

from typing import Any

from xiyuan_ledger.errors import StoreError
from xiyuan_ledger.store.rows import Meta


class ClosedStore:
    """What stands in the place of a store that was let go of: it still says its name, and refuses the rest."""

    def __init__(self, meta: Meta):
        self.meta = meta

    def close(self) -> None:
        """Nothing is left to let go of."""

    def __getattr__(self, name: str) -> Any:
        raise StoreError("ledger-closed", where=self.meta.name)
