"""How the office reaches the bank of the tests: the Bank protocol over a socket."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Sequence
from typing import Any

from xiyuan_ledger.payouts.bank.folder import BankError, BankFile, Standing

SECONDS = 2
PORT = "XIYUAN_TEST_BANK"


class CalledBank:
    """The bank behind a port."""

    def __init__(self, port: int):
        self._port = port

    def submit(self, file: BankFile) -> str:
        return str(self._ask("submit", file.number, content=file.content.hex())["reference"])

    def inquire(self, number: str) -> Standing:
        standing: Standing = self._ask("inquire", number)["standing"]
        return standing

    def answers(self, number: str) -> Sequence[tuple[str, bytes]]:
        answers = self._ask("answers", number)["answers"]
        return [(f"answer-{nth}.csv", answer.encode("gbk")) for nth, answer in enumerate(answers, start=1)]

    def _ask(self, ask: str, number: str, **more: str) -> dict[str, Any]:
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=SECONDS) as line:
                line.sendall(json.dumps({"ask": ask, "number": number} | more).encode() + b"\n")
                reply: dict[str, Any] = json.loads(line.makefile("rb").readline())
                return reply
        except (OSError, ValueError) as error:
            raise BankError(type(error).__name__) from None


def bank() -> CalledBank:
    """The bank of the environment: what `XIYUAN_BANK=tests.chaos.bank_client:bank` names."""
    return CalledBank(int(os.environ[PORT]))
