"""Files back from the bank: read whole against the order they answer, or refused whole, the line named."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from openpyxl import Workbook

from tests.bank_files import NAMES, answered, as_csv, order
from xiyuan_ledger.errors import FileError
from xiyuan_ledger.payouts.bank.answer_pain import read_pain_answer
from xiyuan_ledger.payouts.bank.answer_sheets import read_sheet_answer
from xiyuan_ledger.payouts.bank.order import Outcome
from xiyuan_ledger.payouts.bank.template import AnswerTemplate, Template, load_template

TEMPLATE = load_template("payroll-csv")
Rows = list[list[str]]


def _read(rows: Rows, template: Template = TEMPLATE) -> list[Outcome]:
    return read_sheet_answer(as_csv(rows), "back.csv", order(), template)


def _states(outcomes: list[Outcome]) -> list[tuple[str, str, str | None]]:
    return [(each.state, each.bank_ref, each.reason) for each in outcomes]


@pytest.mark.parametrize("encoding", ["gbk", "utf-8", "utf-8-sig"])
def test_an_answer_says_what_became_of_each_line(encoding: str) -> None:
    rows = answered("成功", "失败", "处理中")
    rows[2][4] = "户名不符"
    found = read_sheet_answer(as_csv(rows, encoding), "back.csv", order(), TEMPLATE)
    assert _states(found) == [("paid", "B1", None), ("rejected", "B2", "name-differs"), ("unknown", "B3", None)]
    assert [each.amount_fen for each in found] == [10_000, 20_005, 30_000]


def test_a_reason_in_the_banks_own_words_stays_in_its_file() -> None:
    rows = answered("成功", "失败", "成功")
    rows[2][4] = "户名应为林秀珍"
    assert _states(_read(rows))[1] == ("rejected", "B2", "unlisted")


def test_what_a_file_does_not_name_stays_open_where_the_bank_answers_in_parts() -> None:
    rows = answered("成功", "成功", "成功")
    del rows[3]
    rows[3] = ["合计", "2", "300.05", "2", "300.05"]
    assert [each.state for each in _read(rows)] == ["paid", "paid"]
    assert TEMPLATE.answer is not None
    whole = TEMPLATE.model_copy(update={"answer": TEMPLATE.answer.model_copy(update={"whole": True})})
    assert _refused(rows, whole) == ("answer-lines-missing", "1 lines of the file are not answered, those of W-003")


def test_an_answer_comes_as_a_workbook_too() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in answered("成功", "成功", "退票"):
        sheet.append([float(cell) if cell.replace(".", "").isdecimal() and "." in cell else cell for cell in row])
    stream = io.BytesIO()
    book.save(stream)
    found = read_sheet_answer(stream.getvalue(), "back.xlsx", order(), TEMPLATE)
    assert [each.state for each in found] == ["paid", "paid", "returned"]


def test_a_line_is_known_by_its_number_where_the_bank_gives_no_reference() -> None:
    told: dict[str, Any] = {
        "headings": False,
        "columns": [
            {"holds": "number", "title": "1"},
            {"holds": "amount_fen", "title": "2"},
            {"holds": "state", "title": "3"},
        ],
        "states": {"S": "paid", "F": "rejected"},
    }
    template = TEMPLATE.model_copy(update={"answer": AnswerTemplate(**told), "separator": "|"})
    content = b"2|20005|F\r\n1|10000|S\r\n3|30000|S\r\n"
    found = read_sheet_answer(content, "back.txt", order(), template)
    assert [each.state for each in found] == ["rejected", "paid", "paid"]
    assert [each.reference for each in found] == [order().transfers[at].reference for at in (1, 0, 2)]
    with pytest.raises(FileError) as refused:
        read_sheet_answer(content.replace(b"3|", b"4|"), "back.txt", order(), template)
    assert refused.value.values["codes"] == ("answer-cell", "answer-lines-missing")


def _refused(rows: Rows, template: Template = TEMPLATE) -> tuple[str, str]:
    with pytest.raises(FileError) as refused:
        _read(rows, template)
    assert refused.value.code == "answer-refused"
    (code,) = refused.value.values["codes"]
    return code, refused.value.values["found"].partition(":")[0]


def _altered(row: int, column: int, cell: str) -> Callable[[Rows], None]:
    def change(rows: Rows) -> None:
        rows[row][column] = cell

    return change


def _without(row: int) -> Callable[[Rows], None]:
    def change(rows: Rows) -> None:
        del rows[row]

    return change


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        (_altered(2, 1, "200.06"), "answer-amount", "row 3, column A"),
        (_altered(2, 1, "二百"), "answer-cell", "row 3, column B `金额(元)` should hold 12.00"),
        (_altered(2, 2, "也许"), "answer-cell", "row 3, column C `处理结果` should hold 成功 / 失败 / 退票 / 处理中"),
        (_altered(1, 0, "0" * 32), "answer-line-foreign", "row 2, column A"),
        (_altered(2, 0, order().transfers[0].reference), "answer-line-twice", "row 3, column A"),
        (_altered(0, 2, "结果"), "answer-heading-missing", "no row has these headings"),
        (_altered(4, 2, "600.06"), "answer-total-wrong", "row 5, column C `total_yuan` says 60006"),
        (_altered(4, 4, "300.00"), "answer-total-wrong", "row 5, column E `paid_yuan` says 30000"),
        (_without(4), "answer-total-missing", "there is no total line `合计`"),
        (lambda rows: rows.append(rows[4]), "answer-total-twice", "row 6"),
        (lambda rows: rows.append(rows[1]), "answer-after-total", "row 6"),
        (lambda rows: rows.clear(), "answer-heading-missing", "no row has these headings"),
    ],
)  # fmt: skip
def test_a_file_that_is_wrong_anywhere_is_refused_whole_and_the_place_is_named(
    change: Callable[[Rows], None], code: str, place: str
) -> None:
    rows = answered("成功", "成功", "成功")
    change(rows)
    found = _found_codes(rows)
    assert code in found
    assert any(said.startswith(place) for said in found[code])


def _found_codes(rows: Rows) -> dict[str, list[str]]:
    with pytest.raises(FileError) as refused:
        _read(rows)
    said = refused.value.values["found"].split("; ")
    found: dict[str, list[str]] = {}
    for code, text in zip(refused.value.values["codes"], said, strict=True):
        found.setdefault(code, []).append(text)
    return found


def test_the_answer_to_another_run_is_refused_at_every_line() -> None:
    other = order(run="post-subsidy-2013-04-1")
    with pytest.raises(FileError) as refused:
        _read(answered("成功", "成功", "成功", of=other))
    assert refused.value.values["codes"].count("answer-line-foreign") == 3


@pytest.mark.parametrize("cut", range(1, 15))
def test_a_file_cut_off_anywhere_is_refused(cut: int) -> None:
    content = as_csv(answered("成功", "成功", "成功"))
    with pytest.raises(FileError):
        read_sheet_answer(content[: len(content) * cut // 15], "back.csv", order(), TEMPLATE)


def test_what_a_refusal_says_shows_no_cell_of_the_file() -> None:
    rows = answered("成功", "成功", "成功")
    rows[1] = [NAMES[0], NAMES[1], NAMES[2], "6222021234567", NAMES[0]]
    with pytest.raises(FileError) as refused:
        _read(rows)
    assert not any(secret in str(refused.value) for secret in (*NAMES, "6222021234567"))


PAIN = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt>
<GrpHdr><MsgId>R1</MsgId><CreDtTm>2013-04-09T08:00:00+08:00</CreDtTm></GrpHdr>
<OrgnlGrpInfAndSts><OrgnlMsgId>{number}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>
<OrgnlNbOfTxs>3</OrgnlNbOfTxs><OrgnlCtrlSum>600.05</OrgnlCtrlSum></OrgnlGrpInfAndSts>
<OrgnlPmtInfAndSts><OrgnlPmtInfId>{number}</OrgnlPmtInfId>
<NbOfTxsPerSts><DtldNbOfTxs>2</DtldNbOfTxs><DtldSts>ACSC</DtldSts></NbOfTxsPerSts>
<NbOfTxsPerSts><DtldNbOfTxs>1</DtldNbOfTxs><DtldSts>RJCT</DtldSts></NbOfTxsPerSts>
<TxInfAndSts><OrgnlEndToEndId>{a}</OrgnlEndToEndId><TxSts>ACSC</TxSts><AcctSvcrRef>B1</AcctSvcrRef></TxInfAndSts>
<TxInfAndSts><OrgnlEndToEndId>{b}</OrgnlEndToEndId><TxSts>RJCT</TxSts><StsRsnInf><Rsn><Cd>AC04</Cd></Rsn>
<AddtlInf>林秀英 account closed</AddtlInf></StsRsnInf><AcctSvcrRef>B2</AcctSvcrRef>
<OrgnlTxRef><Amt><InstdAmt Ccy="CNY">200.05</InstdAmt></Amt></OrgnlTxRef></TxInfAndSts>
<TxInfAndSts><OrgnlEndToEndId>{c}</OrgnlEndToEndId><TxSts>ACSC</TxSts><AcctSvcrRef>B3</AcctSvcrRef></TxInfAndSts>
</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"""


def _pain(**changed: str) -> bytes:
    a, b, c = (each.reference for each in order().transfers)
    return PAIN.format(**{"number": order().number, "a": a, "b": b, "c": c} | changed).encode()


def test_a_pain_answer_says_what_became_of_each_line() -> None:
    found = read_pain_answer(_pain(), "back.xml", order())
    assert _states(found) == [("paid", "B1", None), ("rejected", "B2", "AC04"), ("paid", "B3", None)]


def test_a_payment_still_on_its_way_is_neither_paid_nor_rejected() -> None:
    found = read_pain_answer(_pain().replace(b"<TxSts>ACSC", b"<TxSts>ACSP", 1), "back.xml", order())
    assert [each.state for each in found] == ["unknown", "rejected", "paid"]


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        (_pain(number="0" * 32), ("answer-other-file",)),
        (_pain(b=order().transfers[0].reference), ("answer-line-twice", "answer-total-wrong")),
        (_pain(c="0" * 32), ("answer-line-foreign", "answer-total-wrong")),
        (_pain().replace(b">200.05<", b">200.06<"), ("answer-amount", "answer-total-wrong")),
        (_pain().replace(b"<OrgnlNbOfTxs>3", b"<OrgnlNbOfTxs>4"), ("answer-total-wrong",)),
        (_pain().replace(b">600.05<", b">600.04<"), ("answer-total-wrong",)),
    ],
)
def test_a_pain_answer_that_is_wrong_anywhere_is_refused_whole(content: bytes, codes: tuple[str, ...]) -> None:
    with pytest.raises(FileError) as refused:
        read_pain_answer(content, "back.xml", order())
    assert refused.value.values["codes"] == codes


@pytest.mark.parametrize("cut", range(1, 20))
def test_a_pain_answer_cut_off_anywhere_is_refused(cut: int) -> None:
    content = _pain()
    with pytest.raises(FileError) as refused:
        read_pain_answer(content[: len(content) * cut // 20], "back.xml", order())
    assert refused.value.code in ("answer-xml-broken", "answer-no-pain")
    assert "林秀英" not in str(refused.value)
