"""Plant models of a battery swap: lock, high voltage, packs, and the robot yard around them."""
