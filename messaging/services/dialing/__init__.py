"""What a typed phone number means: its country, what is wrong with it, what will be dialed."""
