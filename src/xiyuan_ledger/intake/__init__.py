"""What comes in: files read as entries, every line answered for."""
