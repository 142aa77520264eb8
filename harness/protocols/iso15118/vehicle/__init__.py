"""The vehicle side of ISO 15118 and DIN SPEC 70121."""
