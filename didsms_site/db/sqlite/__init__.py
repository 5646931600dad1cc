"""Django's SQLite backend with writers that queue fairly; `base` is what Django loads."""
