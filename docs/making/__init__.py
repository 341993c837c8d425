"""The pages of the reference, one file each: they say what the code says."""
