"""What an outsider derives again: checkpoints, witnesses, tiles, bundles, and what is found in them."""
