"""The truck's own network: J1939 and diagnostics on its buses, seen and asked from outside."""
