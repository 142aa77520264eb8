"""Diagnostics over IP (ISO 13400), sans-IO: codec, the entity of a vehicle, the client of a tester, a listener."""
