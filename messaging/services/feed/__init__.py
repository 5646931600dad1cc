"""The change feed: hints written with each change, and streamed to browsers."""
