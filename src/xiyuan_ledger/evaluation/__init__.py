"""评估: what a third party does with the ledger: draw samples, compute scores, conclude."""
