"""What was tested, where, by whom and with what: item, conditions, people, equipment, runs."""
