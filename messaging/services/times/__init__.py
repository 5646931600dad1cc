"""Times as people write and read them.

Tests that are not in a file of the module's name:
    chinese, clock_times, dates, durations, english: services/times/test_parser
"""
