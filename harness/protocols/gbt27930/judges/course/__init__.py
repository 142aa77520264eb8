"""Rules about messages in their order: phases, periods, transfers, agreement of one with another, reactions to silence."""
