"""Imports of contacts, opt-outs and saved replies: upload, columns, trial run, import, undo."""
