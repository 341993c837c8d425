"""What a bundle says of itself to who opens it: what this is, and how to check it."""

from __future__ import annotations

from importlib import resources

from xiyuan_ledger.verification.checkpoint import Checkpoint

README = "README.md"
_TEXT = "bundle.md"


def readme_bytes(checkpoint: Checkpoint) -> bytes:
    """The bundle's README, Chinese and English."""
    template = (resources.files(__package__) / _TEXT).read_text("utf-8")
    simulated = "**SIMULATED · 模拟数据 · SIMULATED**\n\n" if checkpoint.simulated else ""
    said = {"ledger": checkpoint.ledger, "origin": checkpoint.origin, "size": checkpoint.size}
    return template.format(root=checkpoint.root.hex(), simulated=simulated, **said).encode()
