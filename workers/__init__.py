"""Payout workers: `dramatiq workers`. Redis is the doorbell, the ledger is the truth.

The broker is that of `XIYUAN_REDIS`, the ledger that of `XIYUAN_LEDGER`; without Redis the same actors run in process.
"""

from workers.broker import install_broker
from workers.logs import ending_in_words

with ending_in_words():
    broker = install_broker()

from workers.actors import advance_chunk, close_run, sweep  # actors are declared on the broker

__all__ = ["advance_chunk", "broker", "close_run", "sweep"]
