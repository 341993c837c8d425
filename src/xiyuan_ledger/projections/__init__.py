"""What can be asked: views, each an SQL file over the journal at a pin."""
