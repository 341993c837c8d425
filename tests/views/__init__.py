"""Every view twice: as the SQL that is shipped, and as a slow plain definition, over small histories."""
