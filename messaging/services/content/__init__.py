"""What a text says and what will be sent: keywords, reactions, variables, digests."""
