"""A suite of another distribution: what a depot asks of a truck before it may charge there."""
