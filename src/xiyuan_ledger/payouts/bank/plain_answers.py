"""回盘快读: the lines of an answer in CSV that is as plain as can be: column by column instead of cell by cell.

Where anything needs to be looked into - a quotation mark, another form of an amount, a line that does not fit - nothing
is said here, and the one-by-one way reads the file and names what is wrong. So both ways give the same outcomes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import NamedTuple

from xiyuan_ledger.intake.jsonl import LINE_BYTES_MAX
from xiyuan_ledger.payouts.bank.answers import REASON_UNLISTED
from xiyuan_ledger.payouts.bank.order import Order, Outcome, State
from xiyuan_ledger.payouts.bank.sheets import plain_yuan
from xiyuan_ledger.payouts.bank.template import BACK, Template

ENCODINGS = ("utf-8-sig", "gb18030")
"""The order in which they are tried, as for any sheet."""
NEVER_PLAIN = ('"', "\r", "\0")


class PlainAnswer(NamedTuple):
    """What such an answer says, and its total line, with the number of its row, for who holds it against the sums."""

    outcomes: list[Outcome]
    total: tuple[int, Sequence[str]]


def plain_answer(content: bytes, order: Order, template: Template, digest: str) -> PlainAnswer | None:
    """The answer; None where it is to be read one by one."""
    answer, rows = template.answer, _rows(content, template.separator)
    if answer is None or answer.total is None or answer.total.place != "last" or not answer.headings or len(rows) < 3:
        return None
    head, *body, total = rows
    columns: dict[BACK, int] = {each.holds: head.index(each.title) for each in answer.columns if each.title in head}
    if len(columns) < len(answer.columns) or "reference" not in columns or total[0] != answer.total.cells[0]:
        return None
    if {*map(len, body)} != {len(head)}:
        return None
    read = list(zip(*body, strict=True))
    if total[0] in map(str.strip, read[0]):
        return None
    outcomes = _outcomes({holds: read[at] for holds, at in columns.items()}, order, template, digest)
    return None if outcomes is None else PlainAnswer(outcomes, (len(rows), total))


def _rows(content: bytes, separator: str) -> list[list[str]]:
    """The rows of a file; none where its lines are not simply parted by the separator."""
    text = _text(content).replace("\r\n", "\n").removesuffix("\n")
    lines = text.split("\n")
    if any(each in text for each in NEVER_PLAIN) or max(map(len, lines)) * 4 > LINE_BYTES_MAX or "" in lines:
        return []
    return [line.split(separator) for line in lines]


def _text(content: bytes) -> str:
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return ""


def _outcomes(
    read: Mapping[BACK, Sequence[str]], order: Order, template: Template, digest: str
) -> list[Outcome] | None:
    """What each line says; None unless each belongs to the order, comes once, and has the amount as it was ordered."""
    assert template.answer is not None
    references = read["reference"]
    named, _, ordered, _ = zip(*order.transfers, strict=True)
    fen_of = {} if references == named else dict(zip(named, ordered, strict=True))
    fen = list(ordered) if references == named else [fen_of.get(each, 0) for each in references]
    states = list(map(template.answer.states.get, read["state"]))
    if 0 in fen or None in states or len(set(references)) < len(references):
        return None
    if not _as_ordered(read, fen) or any(each != order.number for each in read.get("file", ())):
        return None
    blank = ("",) * len(references)
    said = list(map(str.strip, read.get("bank_ref", blank)))
    if {*states} == {"paid"} and all(said):
        return list(map(Outcome, references, states, fen, said, repeat(None)))  # type: ignore[arg-type]  # no None
    known = template.answer.reasons
    each_line = zip(references, states, fen, read.get("bank_ref", blank), read.get("reason", blank), strict=True)
    return [
        Outcome(reference, state, amount, said.strip() or f"{digest[:16]}-{number}", _reason(reason, state, known))
        for number, (reference, state, amount, said, reason) in enumerate(each_line, start=1)
        if state is not None
    ]


def _as_ordered(read: Mapping[BACK, Sequence[str]], fen: Sequence[int]) -> bool:
    """Whether the amounts stand as the file to the bank wrote them."""
    if "amount_yuan" in read:
        written = {each: plain_yuan(each) for each in set(fen)}
        return [written[each] for each in fen] == list(read["amount_yuan"])
    return list(map(str, fen)) == list(read["amount_fen"])


def _reason(said: str, state: State, known: Mapping[str, str]) -> str | None:
    told = said.strip()
    return known.get(told, REASON_UNLISTED) if told and state != "paid" else None
