"""From run folders to the report: PDF, HTML, plots. Pure functions of what the run left on disk."""
