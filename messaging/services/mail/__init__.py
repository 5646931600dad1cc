"""E-mail that no request waits for and that goes out once."""
