"""GB/T 27930: DC charging communication between an off-board charger and the BMS of a vehicle."""
