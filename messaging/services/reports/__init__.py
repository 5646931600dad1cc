"""Figures of messages: kept as roll-ups behind a cursor, read for reports.

`catch_up` counts what happened since, `rebuild` counts everything again, `check` compares with
the rows.
"""
