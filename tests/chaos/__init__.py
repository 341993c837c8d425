"""Chaos: the payout workers under every fault that the office may meet, with real servers, by seed."""
