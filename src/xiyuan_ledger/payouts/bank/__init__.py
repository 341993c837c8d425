"""The bank: files out and back, and the one small protocol behind which every bank stands."""
