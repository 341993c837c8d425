"""What the office pays: runs computed from the ledger, files for the bank and back, books for outside tools."""
