"""ISO 20022 pain.002: what the bank says of a pain.001, in whatever version of the message it says it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from xiyuan_ledger.errors import FileError
from xiyuan_ledger.payouts.bank.answers import REASON_UNLISTED, Judge, Said
from xiyuan_ledger.payouts.bank.findings import Findings, Place
from xiyuan_ledger.payouts.bank.order import Order, Outcome, State

NAMESPACE = re.compile(rb"urn:iso:std:iso:20022:tech:xsd:pain\.002\.001\.(\d\d)\b")
HEAD_BYTES = 2_000
STATES: dict[str, State] = {"ACSC": "paid", "ACCC": "paid", "RJCT": "rejected", "CANC": "rejected"}
"""Accepted, in progress, pending: all else is not yet known."""


def read_pain_answer(content: bytes, name: str, order: Order) -> list[Outcome]:
    """What the bank says of each line of an order. Raises FileError as `read_sheet_answer` does."""
    report = _report(content, name)
    findings = Findings(name)
    judge = Judge(order, findings, content)
    group = report.orgnl_grp_inf_and_sts
    if group.orgnl_msg_id != order.number:
        findings.add("answer-other-file", Place(None, None), field="OrgnlMsgId", ordered=order.number)
    for number, line in enumerate(_lines(report), start=1):
        place = Place("TxInfAndSts", number)
        if line.orgnl_end_to_end_id is None:
            findings.add("answer-line-foreign", place)
            continue
        state = STATES.get(line.tx_sts or "", "unknown")
        amount = _amount_fen(line)
        judge.take(Said(place, line.orgnl_end_to_end_id, amount, state, line.acct_svcr_ref, _reason(line, state)))
    _check_sums(report, order, judge, findings)
    findings.refuse()
    return judge.outcomes


def _report(content: bytes, name: str) -> Any:
    try:
        from xsdata.exceptions import ParserError
        from xsdata.formats.dataclass.parsers import XmlParser
        from xsdata.formats.dataclass.parsers.config import ParserConfig
        from xsdata.formats.dataclass.parsers.handlers import XmlEventHandler
    except ImportError as error:
        raise FileError("extra-missing", found="bank") from error
    version = NAMESPACE.search(content[:HEAD_BYTES])
    if version is None:
        raise FileError("answer-no-pain", path=name)
    try:
        module = import_module(f"pyiso20022.pain.pain_002_001_{version[1].decode()}")
    except ImportError:
        raise FileError("answer-no-pain", path=name) from None
    try:
        # The library's other reader mends what is broken, and so would take half a file for a whole one.
        parser = XmlParser(config=ParserConfig(fail_on_unknown_properties=True), handler=XmlEventHandler)
        return parser.from_bytes(content, module.Document).cstmr_pmt_sts_rpt
    except (ParserError, TypeError, ValueError, SyntaxError):
        # What the parser says would show what stands there.
        raise FileError("answer-xml-broken", path=name) from None


def _lines(report: Any) -> Iterator[Any]:
    for instruction in report.orgnl_pmt_inf_and_sts:
        yield from instruction.tx_inf_and_sts


def _amount_fen(line: Any) -> int | None:
    original = line.orgnl_tx_ref
    amount = None if original is None or original.amt is None else original.amt.instd_amt
    return None if amount is None else int(amount.value.scaleb(2))


def _reason(line: Any, state: State) -> str | None:
    """The code of the reason. Its free text may name a person, and stays in the file."""
    codes = [each.rsn.cd for each in line.sts_rsn_inf if each.rsn is not None and each.rsn.cd is not None]
    if codes:
        return str(codes[0])
    return REASON_UNLISTED if state == "rejected" else None


def _check_sums(report: Any, order: Order, judge: Judge, findings: Findings) -> None:
    """The numbers that the message gives of the file it answers, and of its own lines."""
    nowhere = Place(None, None)
    group = report.orgnl_grp_inf_and_sts
    for source in (group, *report.orgnl_pmt_inf_and_sts):
        if source.orgnl_nb_of_txs is not None and source.orgnl_nb_of_txs != str(len(order.transfers)):
            counted = len(order.transfers)
            findings.add(
                "answer-total-wrong", nowhere, sum="OrgnlNbOfTxs", found=source.orgnl_nb_of_txs, counted=counted
            )
        if source.orgnl_ctrl_sum is not None and source.orgnl_ctrl_sum.scaleb(2) != order.total_fen:
            found = int(source.orgnl_ctrl_sum.scaleb(2))
            findings.add("answer-total-wrong", nowhere, sum="OrgnlCtrlSum", found=found, counted=order.total_fen)
        said = {each.dtld_sts: each.dtld_nb_of_txs for each in source.nb_of_txs_per_sts}
        if said and sum(map(int, said.values())) != len(judge.outcomes):
            found = sum(map(int, said.values()))
            findings.add("answer-total-wrong", nowhere, sum="NbOfTxsPerSts", found=found, counted=len(judge.outcomes))
