"""Figures of messages: kept as roll-ups behind a cursor, read for reports.

`catch_up` counts what happened since, `rebuild` counts everything again, `check` compares with
the rows, `figures` answers a question.

Tests that are not in a file of the module's name:
    access, csv_text: api/test_reports
    facts, rebuild, series: services/reports/test_catch_up
    differences, opt_outs: views/reports/test_pages
    day_sums, sums: services/reports/test_figures
    page_day_check, page_days: services/reports/test_check
"""
