"""What is asked of the street: every view that an office prints, at one pin.

Left out is `conflicts`, which an audit asks once: it compares everything with everything, and costs the most.
"""

from __future__ import annotations

from typing import Any

from xiyuan_ledger.projections.catalogue import definitions

VALID_ON = "2026-06-30"
ASKED: dict[str, dict[str, Any]] = {"history": {"subject": "W-001"}, "journal": {"month": "2024-03"}}
ASKED_VIEWS = [name for name in definitions() if name != "conflicts"]
