"""脚注: where a document's figures come from: pin, tree head, versions of policies. Every output carries it."""

from __future__ import annotations

from collections.abc import Sequence

from xiyuan_ledger.errors import Language
from xiyuan_ledger.evaluation.seeds import head_at
from xiyuan_ledger.ledger import Ledger
from xiyuan_ledger.projections.pin import Pin, Settled
from xiyuan_ledger.reports.document import Table, rows_table


def settled(ledger: Ledger, pin: Pin) -> Settled:
    """The pin with everything filled in."""
    return ledger.view("policy_register", pin=pin).pin


def footer(ledger: Ledger, pin: Settled, lang: Language) -> list[tuple[str, str]]:
    """Pin, tree head and policy versions, each with its label."""
    head = head_at(ledger, pin.known_at)
    chinese = lang == "zh"
    rows = ledger.view("policy_register", pin=Pin(known_at=pin.known_at, valid_on=pin.valid_on)).rows
    versions = " ".join(f"{row['policy']}@{row['version']}" for row in rows if row["in_force"])
    return [
        ("账本" if chinese else "ledger", ledger.name),
        ("截至序号" if chinese else "known at", str(pin.known_at)),
        ("基准日" if chinese else "valid on", pin.valid_on.isoformat()),
        ("树根" if chinese else "tree root", f"{head.size}:{head.root}"),
        ("制度版本" if chinese else "policy versions", versions),
    ]


def banner(ledger: Ledger) -> str:
    """What every page of a simulated ledger's output says."""
    return "SIMULATED 模拟数据" if ledger.simulated else ""


def policies_table(ledger: Ledger, pin: Pin, lang: Language, only: Sequence[str] = ()) -> Table:
    """The policies in force, with their authorities."""
    rows = [row for row in ledger.view("policy_register", pin=pin).rows if row["in_force"]]
    wanted = [row for row in rows if not only or row["policy"] in only]
    return rows_table("policy_register", wanted, ("policy", "version", "effective_from", "authority"), lang)
