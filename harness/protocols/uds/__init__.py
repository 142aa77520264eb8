"""Unified diagnostic services (ISO 14229) on ISO-TP."""
