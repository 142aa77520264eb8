"""Protocol machines and codecs without I/O: one folder per standard, time is an argument."""
