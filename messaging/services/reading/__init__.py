"""What each person has read."""
