"""Measurements: ratios taken side by side in one run. Numbers in the docs are printed by these scripts."""
