"""ISO 15118 and DIN SPEC 70121: communication between an electric vehicle and a charging station over IP."""
