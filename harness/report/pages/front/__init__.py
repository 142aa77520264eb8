"""The first pages: cover, statements, summary with its conclusion, and what an amendment replaces."""
