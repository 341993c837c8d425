"""报告: what is handed in: reports, dossiers, notices and charts, each the same bytes at the same pin."""
