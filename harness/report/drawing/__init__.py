"""Drawings of a report whose markup is all our own: sequence, phases, periods, margins. A page takes them in, the PDF sets them."""
