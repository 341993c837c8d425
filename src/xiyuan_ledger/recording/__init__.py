"""How an entry becomes an event: read, judged by the hard rules, written - or refused, and nothing written."""
