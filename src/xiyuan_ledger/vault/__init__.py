"""保密库: personal data under a key for each person, apart from the facts, and destroyed with the key."""
