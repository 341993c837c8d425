"""ISO 20022 pain.001.001.09: a file for the bank as XML, in CNY. The same order gives the same bytes."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from xiyuan_ledger.errors import FileError
from xiyuan_ledger.payouts.bank.accounts import Accounts, accounts_of
from xiyuan_ledger.payouts.bank.order import Order, Transfer
from xiyuan_ledger.vault.vault import Account

if TYPE_CHECKING:
    from pyiso20022.pain.pain_001_001_09 import CreditTransferTransaction34, PaymentInstruction30

CURRENCY = "CNY"
CLEARING = "CNAPS"
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
MIDNIGHT = "T00:00:00+08:00"
"""A file is dated by the day it is to be paid on, not by a clock: it is made twice, and has to be the same."""


def pain_of(order: Order, accounts: Accounts) -> bytes:
    """A file for the bank. Raises FileError where a payee has no account."""
    try:
        from pyiso20022.pain import pain_001_001_09 as pain
        from xsdata.formats.dataclass.serializers import XmlSerializer
        from xsdata.formats.dataclass.serializers.config import SerializerConfig
        from xsdata.models.datatype import XmlDateTime
    except ImportError as error:
        raise FileError("extra-missing", found="bank") from error
    payer, payees = accounts_of(order, accounts)
    document = pain.Document(
        cstmr_cdt_trf_initn=pain.CustomerCreditTransferInitiationV09(
            grp_hdr=pain.GroupHeader85(
                msg_id=order.number,
                cre_dt_tm=XmlDateTime.from_string(order.pay_on.isoformat() + MIDNIGHT),
                nb_of_txs=str(len(order.transfers)),
                ctrl_sum=_yuan(order.total_fen),
                initg_pty=pain.PartyIdentification135(nm=payer.name),
            ),
            pmt_inf=[_instruction(pain, order, payer, payees)],
        )
    )
    text = XmlSerializer(config=SerializerConfig(indent=" ")).render(document, ns_map={None: NAMESPACE})
    return text.encode()


def _yuan(fen: int) -> Decimal:
    return Decimal(fen).scaleb(-2)


def _instruction(pain: Any, order: Order, payer: Account, payees: list[Account]) -> PaymentInstruction30:
    from xsdata.models.datatype import XmlDate

    instruction: PaymentInstruction30 = pain.PaymentInstruction30(
        pmt_inf_id=order.number,
        pmt_mtd=pain.PaymentMethod3Code.TRF,
        btch_bookg=False,
        nb_of_txs=str(len(order.transfers)),
        ctrl_sum=_yuan(order.total_fen),
        reqd_exctn_dt=pain.DateAndDateTime2Choice(dt=XmlDate.from_date(order.pay_on)),
        dbtr=pain.PartyIdentification135(nm=payer.name),
        dbtr_acct=_cash_account(pain, payer),
        dbtr_agt=_agent(pain, payer),
        chrg_br=pain.ChargeBearerType1Code.SLEV,
        cdt_trf_tx_inf=[_line(pain, each, account) for each, account in zip(order.transfers, payees, strict=True)],
    )
    return instruction


def _line(pain: Any, transfer: Transfer, account: Account) -> CreditTransferTransaction34:
    amount = pain.ActiveOrHistoricCurrencyAndAmount(value=_yuan(transfer.amount_fen), ccy=CURRENCY)
    line: CreditTransferTransaction34 = pain.CreditTransferTransaction34(
        pmt_id=pain.PaymentIdentification6(instr_id=transfer.reference, end_to_end_id=transfer.reference),
        amt=pain.AmountType4Choice(instd_amt=amount),
        cdtr_agt=_agent(pain, account) if account.bank else None,
        cdtr=pain.PartyIdentification135(nm=account.name),
        cdtr_acct=_cash_account(pain, account),
        rmt_inf=pain.RemittanceInformation16(ustrd=[transfer.remark]),
    )
    return line


def _cash_account(pain: Any, account: Account) -> Any:
    named = pain.GenericAccountIdentification1(id=account.number)
    return pain.CashAccount38(id=pain.AccountIdentification4Choice(othr=named), ccy=CURRENCY)


def _agent(pain: Any, account: Account) -> Any:
    """The bank of an account by its clearing code; where the office knows none, said to be not provided."""
    if account.bank is None:
        institution = pain.FinancialInstitutionIdentification18(
            othr=pain.GenericFinancialIdentification1(id="NOTPROVIDED")
        )
    else:
        system = pain.ClearingSystemIdentification2Choice(prtry=CLEARING)
        member = pain.ClearingSystemMemberIdentification2(clr_sys_id=system, mmb_id=account.bank)
        institution = pain.FinancialInstitutionIdentification18(clr_sys_mmb_id=member)
    return pain.BranchAndFinancialInstitutionIdentification6(fin_instn_id=institution)
