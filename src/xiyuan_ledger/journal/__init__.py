"""The facts in columns: one typed table per fact, a cache made from the stored bytes and from nothing else."""
