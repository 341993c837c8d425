"""账册: every movement of money as a double-entry journal that other people's tools check."""
