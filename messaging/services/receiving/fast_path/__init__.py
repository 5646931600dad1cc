"""The ordinary inbound message in SQL of our own; everything else goes the long way."""
