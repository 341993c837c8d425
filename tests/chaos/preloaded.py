"""What every process of an office imports, imported once, by the nursery. Not `workers`: that reads its environment."""

import dramatiq.cli
import duckdb
import pandas
import psycopg
import redis
import time_machine

import tests.chaos.striking
import xiyuan_ledger.cli.main
import xiyuan_ledger.store.postgres

__all__ = ["dramatiq", "duckdb", "pandas", "psycopg", "redis", "tests", "time_machine", "xiyuan_ledger"]
