"""An open conversation and everything that is done in it."""
