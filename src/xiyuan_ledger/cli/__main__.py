"""`python -m xiyuan_ledger.cli`: the same as `xiyuan`."""

from __future__ import annotations

from xiyuan_ledger.cli.main import main

main()
