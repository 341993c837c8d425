"""资金: three channels - government support, members' fees, donations. All amounts are illustrative, in fen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from story.desk import Desk, Fields
from story.names import AGENCY, ASSOCIATION, CSO_MEMBERS, CSOS, PROJECTS, STREET, TROUPE
from story.organisations import cso_registered_on
from story.projects import AMOUNTS_FEN, instalments

FILE = "14-money"
FEE_FEN = 500
GRANT_FEN = 150_000_000
TRAINING_GRANT_FEN = 20_000_000
MONTHS = tuple(date(2012 + (n + 7) // 12, (n + 7) % 12 + 1, 25) for n in range(11))
"""August 2012 to June 2013."""
MONTHLY_CENTI = {"staff": 360, "activity": 150, "admin": 60}
"""Of the project's money, each month: six hundredths of each budget line."""

Movement = tuple[date, str, Fields]


def tell(desk: Desk) -> None:
    """Write the chapter in the order in which the money moved; vouchers are numbered by organisation."""
    chance = Random("xiyuan/money")
    moves = [*_street(), *_projects(chance), *_members_fees(chance), *_donations(chance)]
    numbers: dict[str, int] = {}
    for on, fact, fields in sorted(moves, key=lambda move: move[0]):
        org = fields["org"]
        numbers[org] = numbers.get(org, 0) + 1
        voucher = f"{org}-V{numbers[org]:04d}"
        lag: Fields = {"lag": 21} if fields.get("payee") == "印刷费" else {}
        desk.note(FILE, fact, on, **lag, **fields, voucher=voucher)
    _reverse(desk)
    _correct(desk)


def _street() -> Iterator[Movement]:
    own: Fields = {"org": STREET, "channel": "government"}
    for on in (date(2012, 6, 15), date(2013, 1, 18)):
        yield on, "FundsReceived", own | {"amount_fen": GRANT_FEN, "payer": "蜀山区财政局"}
        grant = {"amount_fen": TRAINING_GRANT_FEN, "payer": "蜀山区财政局", "restricted_to": "training"}
        yield on, "FundsReceived", own | grant
    for n, on in enumerate((date(2012, 6, 29), *MONTHS)):
        fields = {"amount_fen": 900_000 + 10_000 * n, "category": "training", "payee": "授课及教材费"}
        yield on - timedelta(days=3), "ExpenseRecorded", own | fields
    for on in (date(2012, 10, 12), date(2013, 1, 11), date(2013, 4, 12)):
        yield on, "ExpenseRecorded", own | {"amount_fen": 4_800_000, "category": "purchase", "payee": AGENCY}
    for n, code in enumerate(CSOS[6:24]):
        on = cso_registered_on(code) + timedelta(days=45)
        yield on, "FundsTransferred", own | {"to_org": code, "amount_fen": 250_000 + 5_000 * n}


def _projects(chance: Random) -> Iterator[Movement]:
    for project, implementer in PROJECTS.items():
        for n, on in enumerate((date(2012, 7, 10), date(2013, 2, 4))):
            amount = instalments(project)[n]["amount_fen"]
            fields: Fields = {
                "org": STREET,
                "channel": "government",
                "to_org": implementer,
                "amount_fen": amount,
                "project": project,
            }
            yield on, "FundsTransferred", fields
        own: Fields = {"org": implementer, "channel": "government", "project": project}
        amount = AMOUNTS_FEN[project]
        fields = {"amount_fen": amount // 20, "category": "equipment", "payee": "设备购置"}
        yield date(2012, 9, 6), "ExpenseRecorded", own | fields
        for on in MONTHS:
            for category, centi in MONTHLY_CENTI.items():
                fen = amount * centi // 10_000 - (chance.randrange(0, 60) * 100 if category == "activity" else 0)
                payee = {"staff": "人员工资", "activity": "活动物资", "admin": "办公费"}[category]
                yield on, "ExpenseRecorded", own | {"amount_fen": fen, "category": category, "payee": payee}


def _members_fees(chance: Random) -> Iterator[Movement]:
    """Every organisation asks its members for a fee, and spends part of it."""
    for code in CSOS:
        own: Fields = {"org": code, "channel": "member"}
        for days in (60, 150):
            on = cso_registered_on(code) + timedelta(days=days)
            members = CSO_MEMBERS * chance.randrange(60, 95) // 100
            yield on, "FundsReceived", own | {"amount_fen": members * FEE_FEN, "payer": "会员会费"}
            spent = members * FEE_FEN * chance.randrange(30, 70) // 100
            yield (
                on + timedelta(days=12),
                "ExpenseRecorded",
                own | {"amount_fen": spent, "category": "activity", "payee": "会员活动"},
            )


def _donations(chance: Random) -> Iterator[Movement]:
    for n, code in enumerate((*CSOS[:10], TROUPE)):
        own: Fields = {"org": code, "channel": "social"}
        on = date(2012, 9, 10) + timedelta(days=17 * n)
        yield on, "FundsReceived", own | {"amount_fen": chance.randrange(20, 90) * 10_000, "payer": "爱心企业捐赠"}
        payee = "印刷费" if n % 4 == 1 else "慰问品"
        yield (
            on + timedelta(days=30),
            "ExpenseRecorded",
            own | {"amount_fen": 120_000 + n * 1_000, "category": "activity", "payee": payee},
        )
    association: Fields = {"org": ASSOCIATION, "channel": "social"}
    yield date(2012, 10, 8), "FundsReceived", association | {"amount_fen": 3_000_000, "payer": "社会募集"}
    for n, code in enumerate(CSOS[30:36]):
        on = date(2013, 3, 4) + timedelta(days=3 * n)
        yield on, "FundsTransferred", association | {"to_org": code, "amount_fen": 200_000}


def _reverse(desk: Desk) -> None:
    """A tent hired for the elders and not used: the rent comes back."""
    own: Fields = {"org": "XY-CSO-02", "channel": "government"}
    rent: Fields = {
        "amount_fen": 80_000,
        "category": "venue",
        "payee": "帐篷租赁",
        "project": "XY-P3",
        "voucher": "XY-CSO-02-R001",
    }
    desk.note(FILE, "ExpenseRecorded", date(2013, 4, 9), entered_on=date(2013, 6, 27), **own, **rent)
    reversed_: Fields = {"amount_fen": 80_000, "voucher": "XY-CSO-02-R001", "reason": "活动改期，租金退回"}
    desk.note(FILE, "ExpenseReversed", date(2013, 4, 26), entered_on=date(2013, 6, 27), **own, **reversed_)


def _correct(desk: Desk) -> None:
    """A figure with a nought too many."""
    key, voucher = "XY-CSO-04-R001", "XY-CSO-04-R001"
    own: Fields = {
        "org": "XY-CSO-04",
        "channel": "government",
        "category": "activity",
        "payee": "宣传展板",
        "project": "XY-P5",
    }
    paid_on = date(2013, 6, 5)
    desk.note(
        FILE,
        "ExpenseRecorded",
        paid_on,
        entered_on=date(2013, 6, 27),
        **own,
        amount_fen=350_000,
        voucher=voucher,
        key=key,
    )
    desk.note(
        FILE,
        "ExpenseRecorded",
        paid_on,
        entered_on=date(2013, 6, 28),
        **own,
        amount_fen=35_000,
        voucher=voucher,
        corrects=f"key:{key}",
        reason="金额多录一个零",
    )
