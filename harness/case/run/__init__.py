"""A run on paper: the sealed plan, records, the run folder, results and what reads them again."""
