"""Apply delivery receipts to their messages, whichever of the two comes first."""
