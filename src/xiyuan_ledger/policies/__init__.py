"""制度: the office's rules with their dates and papers: a schema for each, defaults in TOML."""

from __future__ import annotations

from xiyuan_ledger.policies import schemas
from xiyuan_ledger.policies.files import adoptions, default_policies, load_policy
from xiyuan_ledger.policies.register import SCHEMAS

__all__ = ["SCHEMAS", "adoptions", "default_policies", "load_policy", "schemas"]
