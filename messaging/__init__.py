"""Text messages over NXCloud DID numbers: the one app of the project."""
