"""Matching of vehicle and station over power line (SLAC on HomePlug Green PHY): messages, and both sides without I/O."""
