"""What may go wrong on a page, and with which status it is answered."""

from __future__ import annotations

from xiyuan_ledger.errors import FileError, LedgerError, StoreError

STATUS = {
    "address-too-long": 414,
    "access-denied": 403,
    "access-token": 401,
    "body-too-long": 413,
    "entry-unknown": 404,
    "host-unknown": 421,
    "method-unknown": 405,
    "page-unknown": 404,
    "proof-unsigned": 404,
    "reveal-not-sampled": 403,
    "row-unknown": 404,
    "target-unknown": 404,
    "view-unknown": 404,
    "page-failed": 500,
}


class PageError(LedgerError):
    """A page that cannot be shown as it was asked for."""


def status_of(error: LedgerError) -> int:
    """The status with which an error is answered: what was asked wrongly is 400."""
    if error.code in STATUS:
        return STATUS[error.code]
    if isinstance(error, StoreError):
        return 503
    return 501 if isinstance(error, FileError) and error.code == "extra-missing" else 400
