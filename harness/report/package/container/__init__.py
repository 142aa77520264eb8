"""What carries a package: names, files, bag, ZIP and ASiC-E, written and opened."""
