"""What requests and responses need: middleware, headers, errors, the client's address."""
